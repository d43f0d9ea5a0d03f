//! Connections that break at random.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use runagent_transport::{DialTarget, HttpTransport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// Of so many writes, which are about as many requests, one meets a fault.
const ONE_IN: u32 = 20;
/// How many bytes pass before a connection is cut; most answers have more.
const BYTES: usize = 400;

/// A transport over such connections, which counts the faults.
pub(crate) fn transport(faults: &Arc<AtomicU64>) -> HttpTransport {
    let faults = Arc::clone(faults);
    let dial = move |target: DialTarget| {
        let faults = Arc::clone(&faults);
        async move {
            let io = TcpStream::connect((target.host(), target.port())).await?;
            io.set_nodelay(true)?;
            Ok(Faulty { io, fault: None, faults })
        }
    };
    HttpTransport::builder().no_proxy().dial_with(dial).build()
}

struct Faulty {
    io: TcpStream,
    fault: Option<Fault>,
    faults: Arc<AtomicU64>,
}

/// What a connection does from now on.
enum Fault {
    /// Breaks once it has sent so many bytes.
    CutWrite(usize),
    /// Breaks once it has received so many bytes.
    CutRead(usize),
    /// Ends, as if the server had closed it, once it has received so many bytes.
    Truncate(usize),
    /// Brings nothing more.
    Stall,
    /// Brings nothing until then, and is whole again.
    Slow(Pin<Box<Sleep>>),
}

impl Fault {
    fn any() -> Self {
        let bytes = fastrand::usize(0..BYTES);
        match fastrand::u8(0..5) {
            0 => Self::CutWrite(bytes),
            1 => Self::CutRead(bytes),
            2 => Self::Truncate(bytes),
            3 => Self::Stall,
            _ => Self::Slow(Box::pin(sleep(Duration::from_millis(fastrand::u64(50..500))))),
        }
    }
}

fn reset<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(ErrorKind::ConnectionReset.into()))
}

impl AsyncRead for Faulty {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match &mut this.fault {
            None | Some(Fault::CutWrite(_)) => Pin::new(&mut this.io).poll_read(cx, buffer),
            Some(Fault::CutRead(0)) => reset(),
            Some(Fault::Truncate(0)) => Poll::Ready(Ok(())),
            Some(Fault::CutRead(left) | Fault::Truncate(left)) => {
                let mut part = buffer.take(*left);
                ready!(Pin::new(&mut this.io).poll_read(cx, &mut part))?;
                let read = part.filled().len();
                // The bytes are those of the buffer, which only has to learn of them.
                let filled = part.filled().to_vec();
                buffer.put_slice(&filled);
                // Nothing is the end of what the server sent.
                *left = if read == 0 { 0 } else { *left - read };
                Poll::Ready(Ok(()))
            }
            // Whoever waits here is freed by a deadline.
            Some(Fault::Stall) => Poll::Pending,
            Some(Fault::Slow(until)) => {
                ready!(until.as_mut().poll(cx));
                this.fault = None;
                Pin::new(&mut this.io).poll_read(cx, buffer)
            }
        }
    }
}

impl AsyncWrite for Faulty {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.fault.is_none() && fastrand::u32(0..ONE_IN) == 0 {
            this.faults.fetch_add(1, Ordering::Relaxed);
            this.fault = Some(Fault::any());
        }
        match &mut this.fault {
            Some(Fault::CutWrite(0)) => reset(),
            Some(Fault::CutWrite(left)) => {
                let part = bytes.len().min(*left);
                let written = ready!(Pin::new(&mut this.io).poll_write(cx, &bytes[..part]))?;
                *left -= written;
                Poll::Ready(Ok(written))
            }
            _ => Pin::new(&mut this.io).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
