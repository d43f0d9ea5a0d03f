//! Limits of one call.

use std::time::{Duration, Instant};

use crate::socket::SocketConfig;

/// Limits of one call, carried to the transport in the extensions of its request.
///
/// ```
/// use std::time::{Duration, Instant};
/// use runagent_transport::CallOptions;
///
/// let options = CallOptions::new().with_connect_timeout(Duration::from_secs(2));
/// let mut request = http::Request::get("http://localhost/").body(())?;
/// request.extensions_mut().insert(options);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    connect_timeout: Option<Duration>,
    deadline: Option<Instant>,
    socket: Option<SocketConfig>,
}

impl CallOptions {
    /// Nothing set: the transport's own defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { connect_timeout: None, deadline: None, socket: None }
    }

    /// The limits that a request carries.
    pub(crate) fn of<B>(request: &http::Request<B>) -> Self {
        request.extensions().get().copied().unwrap_or_default()
    }

    /// Limits the time to a connection: name resolution, TCP and TLS together, and for a WebSocket its handshake.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// The limit on the time to a connection.
    #[must_use]
    pub const fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// Says when the call as a whole is given up. Whoever sets it also enforces it; a transport that knows of it can say that
    /// nothing was sent by then.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// When the call as a whole is given up.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Limits the messages of a WebSocket and what is kept of them.
    #[must_use]
    pub const fn with_socket(mut self, socket: SocketConfig) -> Self {
        self.socket = Some(socket);
        self
    }

    /// The limits of a WebSocket.
    #[must_use]
    pub const fn socket(&self) -> Option<SocketConfig> {
        self.socket
    }
}
