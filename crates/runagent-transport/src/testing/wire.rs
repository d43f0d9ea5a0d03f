//! A scripted TCP server for fault tests: it sends exactly the bytes it is told to, right or wrong.
//!
//! [`WireServer`] listens on loopback and plays one [`Script`] per accepted connection. Nothing here sleeps: a
//! [`Gate`] holds a script back until the test opens it, and [`WireServer::wait_for`] returns as soon as what
//! the server saw ([`Event`]) is what the test waits for.
//!
//! ```
//! use runagent_transport::testing::wire::{Event, Script, WireServer};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! // The answer promises ten bytes of body, two come, then the connection is reset.
//! let script = Script::new()
//!     .read_request()
//!     .send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok")
//!     .reset();
//! let server = WireServer::start([script]).await;
//!
//! let mut client = tokio::net::TcpStream::connect(server.addr()).await?;
//! client.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
//! let lost = client.read_to_end(&mut Vec::new()).await.unwrap_err();
//!
//! assert_eq!(lost.kind(), std::io::ErrorKind::ConnectionReset);
//! assert_eq!(server.requests()[0].target, "/health");
//! server.wait_for(|events| events.contains(&Event::Closed { connection: 0 })).await;
//! # Ok(())
//! # }
//! ```

#[cfg(target_os = "linux")]
mod black_hole;
mod connection;
mod frame;
mod gate;
mod journal;
mod request;
mod script;

use std::{
    iter,
    net::{Ipv4Addr, SocketAddr},
    panic::Location,
    sync::OnceLock,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket},
    task::{AbortHandle, JoinSet},
};

#[cfg(target_os = "linux")]
pub use self::black_hole::BlackHole;
use self::{connection::Connection, journal::Journal};
pub use self::{frame::encode_frame, gate::Gate, journal::Event, request::RecordedRequest, script::Script};

/// How long [`WireServer::wait_for`] waits before it fails the test.
const PATIENCE: Duration = Duration::from_secs(5);

/// A TCP server on a free port of 127.0.0.1 that plays one [`Script`] per accepted connection.
///
/// Connections are numbered from 0 in the order in which they were accepted. Dropping the server closes its
/// listener and every connection. It needs Tokio's real clock: under a paused one, Tokio skips time ahead while
/// bytes are on their way.
///
/// ```
/// use runagent_transport::{
///     Body, HttpTransport, Transport,
///     testing::wire::{Script, WireServer},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let answer = Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
/// let server = WireServer::start([answer]).await;
///
/// let request = http::Request::get(server.url("/health?deep=1")).body(Body::empty())?;
/// let response = HttpTransport::new().send(request).await?;
/// assert_eq!(response.into_body().collect(1024).await?, "ok");
/// assert_eq!(server.requests()[0].target, "/health?deep=1");
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// Dropping it panics when a client broke its protocol ([`Event::Violation`]), unless the test fails already.
#[derive(Debug)]
pub struct WireServer {
    addr: SocketAddr,
    journal: Journal,
    accepting: AbortHandle,
}

impl WireServer {
    /// Starts a server whose n-th connection plays the n-th of `scripts`.
    ///
    /// A connection beyond the last script is reset at once; it counts in [`connections`](Self::connections) and
    /// leaves an [`Event::Unscripted`].
    ///
    /// # Panics
    ///
    /// When loopback has no free port, and outside a Tokio runtime with I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is left behind.
    pub async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        let scripts: Vec<Script> = scripts.into_iter().collect();
        Self::serve(scripts.into_iter()).await
    }

    /// Starts a server every connection of which plays `script`.
    ///
    /// # Panics
    ///
    /// When loopback has no free port, and outside a Tokio runtime with I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is left behind.
    pub async fn start_repeating(script: Script) -> Self {
        Self::serve(iter::repeat(script)).await
    }

    async fn serve(scripts: impl Iterator<Item = Script> + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port on loopback");
        let addr = listener.local_addr().expect("a bound address");
        let journal = Journal::default();
        let accepting = tokio::spawn(accept(listener, scripts, journal.clone())).abort_handle();
        Self { addr, journal, accepting }
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT` followed by `path`, which starts with a slash or is empty.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How many connections were accepted so far, those beyond the scripts included.
    #[must_use]
    pub fn connections(&self) -> usize {
        let accepted = |event: &&Event| matches!(event, Event::Accepted { .. });
        self.journal.read(|log| log.events.iter().filter(accepted).count())
    }

    /// Every request read so far, over all connections, in the order in which they were complete.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.journal.read(|log| log.requests.clone())
    }

    /// Everything that happened so far, over all connections, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.journal.read(|log| log.events.clone())
    }

    /// Waits until `condition` holds for the list of [`events`](Self::events), for 5 seconds at most.
    ///
    /// # Panics
    ///
    /// After 5 seconds, at the caller's line and with the list of events.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it only looks.
    #[track_caller]
    pub fn wait_for(&self, condition: impl FnMut(&[Event]) -> bool) -> impl Future<Output = ()> {
        self.wait_for_within(PATIENCE, condition)
    }

    /// [`wait_for`](Self::wait_for) with another deadline, counted from the first poll.
    ///
    /// # Panics
    ///
    /// When the deadline passes, at the caller's line and with the list of events.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it only looks.
    #[track_caller]
    pub fn wait_for_within(
        &self,
        deadline: Duration,
        mut condition: impl FnMut(&[Event]) -> bool,
    ) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let seen = self.journal.wait_until(|log| condition(&log.events));
            if tokio::time::timeout(deadline, seen).await.is_err() {
                panic!("{caller}: not seen within {deadline:?}; the events were {:#?}", self.events());
            }
        }
    }
}

impl Drop for WireServer {
    fn drop(&mut self) {
        self.accepting.abort();
        let events = self.events();
        let violated = events.iter().any(|event| matches!(event, Event::Violation { .. }));
        if violated && !std::thread::panicking() {
            panic!("a client broke its protocol; the events were {events:#?}");
        }
    }
}

/// Accepts until it is aborted, which drops the set and with it every connection.
async fn accept(listener: TcpListener, mut scripts: impl Iterator<Item = Script>, journal: Journal) {
    let mut playing = JoinSet::new();
    for number in 0.. {
        let (stream, _) = listener.accept().await.expect("a loopback listener accepts");
        let connection = Connection::new(number, stream, journal.clone());
        match scripts.next() {
            Some(script) => {
                playing.spawn(connection.play(script));
            }
            None => connection.refuse(),
        }
        while playing.try_join_next().is_some() {}
    }
}

/// A port of 127.0.0.1 that refuses connections, the same one for the whole process.
///
/// The port is bound but never listened on, so nobody else can take it between this call and the connection
/// attempt.
///
/// ```
/// let refused = std::net::TcpStream::connect(("127.0.0.1", runagent_transport::testing::wire::refused_port())).unwrap_err();
/// assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
/// ```
///
/// # Panics
///
/// When loopback has no free port, and, in the first call, outside a Tokio runtime with I/O.
#[must_use]
pub fn refused_port() -> u16 {
    static RESERVED: OnceLock<TcpSocket> = OnceLock::new();
    RESERVED
        .get_or_init(|| {
            let socket = TcpSocket::new_v4().expect("a socket");
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            socket.bind(any).expect("a free port on loopback");
            socket
        })
        .local_addr()
        .expect("a bound address")
        .port()
}
