//! An address where connection attempts neither succeed nor fail.

use std::{
    net::{self, Ipv4Addr, SocketAddr},
    os::fd::OwnedFd,
};

use tokio::net::{TcpSocket, TcpStream};

/// A port of 127.0.0.1 on which a connection attempt gets no answer, for tests of connect timeouts. Linux only.
///
/// It is a listener that never accepts and whose queue, one connection long, is full: the kernel drops every
/// further SYN. It works under a paused clock too. Dropping it ends the silence: attempts are refused then.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// use std::time::Duration;
/// use tokio::{net::TcpStream, time::timeout};
///
/// let silent = runagent_transport::testing::wire::BlackHole::start().await;
/// let attempt = timeout(Duration::from_secs(10), TcpStream::connect(silent.addr()));
/// assert!(attempt.await.is_err());
/// # }
/// ```
#[derive(Debug)]
pub struct BlackHole {
    addr: SocketAddr,
    _listener: TcpStream,
    _filler: TcpStream,
}

impl BlackHole {
    /// Binds the port and fills its queue.
    ///
    /// # Panics
    ///
    /// When loopback has no free port, and outside a Tokio runtime with I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is left behind.
    pub async fn start() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(any).expect("a free port on loopback");
        // Linux queues one connection more than the backlog says.
        let listener = socket.listen(0).expect("a listening socket");
        let addr = listener.local_addr().expect("a bound address");
        // Tokio's listener can only accept; seen as a stream, the same socket tells when it is readable.
        let listener = OwnedFd::from(listener.into_std().expect("a listener of our own"));
        let listener = TcpStream::from_std(net::TcpStream::from(listener)).expect("a Tokio socket");
        let filler = TcpStream::connect(addr).await.expect("an empty queue");
        // Connected on the client's side is not yet queued on the listener's side.
        listener.readable().await.expect("a listening socket");
        Self { addr, _listener: listener, _filler: filler }
    }

    /// The address that does not answer.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT` followed by `path`, which starts with a slash or is empty.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }
}
