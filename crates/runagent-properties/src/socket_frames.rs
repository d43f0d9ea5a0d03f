use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use runagent_transport::{Message, Socket, TransportErrorKind, socket::SocketConfig};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{sleep, timeout},
};

use crate::chunked::Chunked;

/// Whatever a client sends, a socket gives the same messages and the same end whatever the pieces in which it arrives; it
/// ends when the client does, and holds no more than its limits, also for a reader that pauses.
///
/// An input is a stream in pieces, as `src/chunked.rs` says.
pub fn socket_frames(input: &[u8]) {
    let Some(chunked) = Chunked::parse(input) else { return };
    let limit = 64 * chunked.limit;
    let config = SocketConfig::new().with_max_message_bytes(limit).with_queue_bytes(limit);

    let mut messages = Vec::new();
    converse(config, &[chunked.stream.clone()].into(), Duration::ZERO, |message| messages.push(message));

    // They outlive the conversation: what it frees of them would hide what it holds.
    let pieces = chunked.pieces().map(<[u8]>::to_vec).collect();
    let mut expected = messages.iter();
    // A message that is being put together, the queue, and the message that fills it.
    chunked.within_memory(3 * limit, || {
        converse(config, &pieces, Duration::from_secs(60), |message| assert_eq!(Some(&message), expected.next()));
    });
    assert_eq!(expected.len(), 0, "fewer messages than from the whole");
}

/// Hands out what the reader of a socket gets when the client sends these pieces and is gone.
fn converse(
    config: SocketConfig,
    pieces: &Arc<[Vec<u8>]>,
    pause: Duration,
    mut read: impl FnMut(Result<Message, TransportErrorKind>),
) {
    // With its clock paused time passes when nobody has anything left to do: no waiting, and a hang shows.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let mut socket = Socket::server(Client { pieces: pieces.clone(), sent: 0, read: 0 }, config);
        sleep(pause).await;
        while let Some(message) = promptly(socket.recv()).await {
            read(message.map_err(|error| error.kind()));
        }
        drop(socket);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(Arc::strong_count(pieces), 1, "the connection is still open");
    });
}

async fn promptly<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), work).await.expect("an end")
}

/// The other end of the connection: sends its pieces, one at each turn of the runtime, hangs up, and takes whatever comes.
struct Client {
    pieces: Arc<[Vec<u8>]>,
    /// How many pieces are on their way, and how much of the last of them was read.
    sent: usize,
    read: usize,
}

impl AsyncRead for Client {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let rest = this.sent.checked_sub(1).map_or(&[][..], |last| &this.pieces[last][this.read..]);
        if !rest.is_empty() {
            let length = rest.len().min(buffer.remaining());
            buffer.put_slice(&rest[..length]);
            this.read += length;
            return Poll::Ready(Ok(()));
        }
        if this.sent == this.pieces.len() {
            return Poll::Ready(Ok(()));
        }
        this.sent += 1;
        this.read = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncWrite for Client {
    fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
