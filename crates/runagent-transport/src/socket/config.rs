//! Limits of a socket.

/// Limits of a [`Socket`](super::Socket) over a network.
///
/// What arrives while nobody reads is kept up to [`with_queue_bytes`](Self::with_queue_bytes); then the socket stops
/// reading, so that TCP holds the peer back. From there on PINGs of the peer wait behind the data and are not answered:
/// a peer that insists on PONGs hangs up, and the reader gets that as an error after the messages that were kept.
///
/// A task on the runtime that opened the socket does all of this. While that runtime runs nothing, because its only thread
/// is blocked or is outside `block_on`, PINGs are not answered either; they are as soon as it runs again.
///
/// ```
/// use runagent_transport::socket::SocketConfig;
///
/// let config = SocketConfig::new().with_max_message_bytes(1024 * 1024);
/// assert_eq!(config.max_message_bytes(), 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketConfig {
    max_message_bytes: usize,
    queue_bytes: usize,
}

impl SocketConfig {
    /// Messages up to 16 MiB, 4 MiB kept for a reader that pauses.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_message_bytes: 16 * 1024 * 1024, queue_bytes: 4 * 1024 * 1024 }
    }

    /// Limits a message, in bytes. A larger one is an error, and the peer is told so (close code 1009).
    #[must_use]
    pub const fn with_max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// The largest message, in bytes.
    #[must_use]
    pub const fn max_message_bytes(&self) -> usize {
        self.max_message_bytes
    }

    /// Limits what is kept for a reader that pauses, in bytes: 64 a message and its payload. The message that reaches the
    /// limit is still kept, whatever its size.
    #[must_use]
    pub const fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// What is kept for a reader that pauses, in bytes.
    #[must_use]
    pub const fn queue_bytes(&self) -> usize {
        self.queue_bytes
    }
}

impl Default for SocketConfig {
    fn default() -> Self {
        Self::new()
    }
}
