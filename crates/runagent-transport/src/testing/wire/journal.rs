//! What the server saw and did, in order.

use std::sync::Arc;

use tokio::sync::watch;

use super::RecordedRequest;

/// Something that happened on one connection; `connection` counts accepted connections from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A connection was accepted.
    Accepted {
        /// Which connection.
        connection: usize,
    },
    /// There was no script left for this connection; it was reset.
    Unscripted {
        /// Which connection.
        connection: usize,
    },
    /// A request's head was read, and its body stays unread.
    HeadRead {
        /// Which connection.
        connection: usize,
    },
    /// A request was read to the end of its body.
    RequestRead {
        /// Which connection.
        connection: usize,
    },
    /// The script arrived at a [`Gate`](super::Gate), open or not.
    AtGate {
        /// Which connection.
        connection: usize,
    },
    /// The script has taken all its steps; what the client still sends is read and nothing is answered.
    Silent {
        /// Which connection.
        connection: usize,
    },
    /// The client's text message, fragments put together.
    WsText {
        /// Which connection.
        connection: usize,
        /// The message.
        text: String,
    },
    /// The client's binary message, fragments put together.
    WsBinary {
        /// Which connection.
        connection: usize,
        /// The message.
        payload: Vec<u8>,
    },
    /// The client's PING. Nothing answers it but the script.
    Ping {
        /// Which connection.
        connection: usize,
        /// At most 125 bytes.
        payload: Vec<u8>,
    },
    /// The client's PONG.
    Pong {
        /// Which connection.
        connection: usize,
        /// At most 125 bytes.
        payload: Vec<u8>,
    },
    /// The client's Close frame.
    WsClose {
        /// Which connection.
        connection: usize,
        /// The status code, `None` when the frame was empty.
        code: Option<u16>,
        /// The reason, often empty.
        reason: String,
    },
    /// The client left, in good order or by a reset.
    ClientClosed {
        /// Which connection.
        connection: usize,
    },
    /// The script closed or reset the connection, and the client's side of the socket knows.
    Closed {
        /// Which connection.
        connection: usize,
    },
    /// The client sent what HTTP/1.1 or RFC 6455 forbids; the connection was reset, and the test fails when the
    /// server is dropped.
    Violation {
        /// Which connection.
        connection: usize,
        /// What was wrong.
        reason: String,
    },
}

/// The shared record of one server; clones write to the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    log: Arc<watch::Sender<Log>>,
}

/// What a [`Journal`] holds.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) events: Vec<Event>,
    pub(super) requests: Vec<RecordedRequest>,
}

impl Journal {
    pub(super) fn event(&self, event: Event) {
        self.log.send_modify(|log| log.events.push(event));
    }

    /// Records a request and its event in one step, so that who sees one finds the other.
    pub(super) fn request(&self, request: RecordedRequest, event: Event) {
        self.log.send_modify(|log| {
            log.requests.push(request);
            log.events.push(event);
        });
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        look(&self.log.borrow())
    }

    pub(super) async fn wait_until(&self, condition: impl FnMut(&Log) -> bool) {
        let mut log = self.log.subscribe();
        log.wait_for(condition).await.expect("the sender is in self");
    }
}
