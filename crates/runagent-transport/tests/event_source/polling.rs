//! How the stream behaves towards who polls it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use http_body::Frame;
use runagent_transport::{
    Body, TransportError, TransportErrorKind,
    sse::{EventSource, EventSourceBuilder, EventSourceError, EventSourceItem},
    transport_fn,
};
use static_assertions::{assert_impl_all, const_assert_eq};

use crate::script::{Server, answer, event, live, status, stream};

assert_impl_all!(EventSource: futures_util::Stream, Send, Unpin, std::fmt::Debug);
assert_impl_all!(EventSourceBuilder: Send, std::fmt::Debug);
assert_impl_all!(EventSourceItem: Send, Sync);
assert_impl_all!(EventSourceError: std::error::Error, Send, Sync);
const_assert_eq!(size_of::<EventSourceError>(), size_of::<usize>());

fn is_static<T: 'static>(_: &T) {}

#[tokio::test(start_paused = true)]
async fn it_is_a_stream() {
    let server = Server::new([stream("data: one\n\n"), stream("data: two\n\n"), status(204)]);
    let source = server.builder().build();
    is_static(&source);
    let all: Vec<_> = tokio::spawn(source.map(|item| event(Some(item)).data).collect()).await.expect("no panic");
    assert_eq!(all, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_next_at_any_point_loses_nothing() {
    let text = "\u{feff}id: 1\r\nevent: a\r\ndata: eins\r\n\r\n: c\r\ndata: zwei €\r\rdata:drei\n\n";
    let (writer, open) = live();
    let server = Server::new([open]);
    let mut source = server.builder().build();
    let mut events = Vec::new();
    for byte in text.as_bytes() {
        assert!(source.next().now_or_never().is_none());
        writer.send([*byte]);
        if let Some(item) = source.next().now_or_never() {
            events.push(event(item));
        }
        // Else Tokio calls this task greedy and lets nothing in it be ready.
        tokio::task::yield_now().await;
    }
    let events: Vec<_> = events.iter().map(|e| (e.kind.as_ref(), e.data.as_str(), e.id.as_str())).collect();
    assert_eq!(events, [("a", "eins", "1"), ("message", "zwei €", "1"), ("message", "drei", "1")]);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_it_closes_the_connection() {
    let (writer, open) = live();
    let server = Server::new([open]);
    let mut source = server.builder().build();
    assert!(source.next().now_or_never().is_none());
    assert!(!writer.is_closed());
    drop(source);
    assert!(writer.is_closed());
}

/// Comments without a pause.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b": and on\n")))))
    }
}

#[tokio::test]
async fn a_server_that_sends_without_a_pause_does_not_keep_the_thread() {
    let server = Server::new([answer(200, Some(("content-type", "text/event-stream")), Body::stream(Endless))]);
    let mut source = server.builder().build();
    let done = Arc::new(AtomicBool::new(false));
    let other = Arc::clone(&done);
    tokio::spawn(async move { other.store(true, Ordering::Relaxed) });
    std::future::poll_fn(|cx| {
        assert!(source.poll_next_unpin(cx).is_pending(), "an item of comments");
        if done.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn outside_a_runtime_it_ends_with_an_error() {
    let transport = transport_fn(|_| async { panic!("sent without a runtime") });
    let mut source = EventSource::new(transport, http::Request::get("http://server/").body("").expect("a request"));
    let error = source.next().now_or_never().flatten().expect("an item").expect_err("an error");
    assert_eq!(error.transport().expect("an error").kind(), TransportErrorKind::Unsupported);
    assert!(source.next().now_or_never().expect("ready").is_none());
}

#[test]
fn an_open_stream_can_be_polled_from_outside_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let (writer, mut source) = runtime.block_on(async {
        let (writer, open) = live();
        let mut source = Server::new([open]).builder().build();
        writer.send("data: one\n\n");
        assert_eq!(event(source.next().await).data, "one");
        (writer, source)
    });
    assert!(source.next().now_or_never().is_none());
    writer.send("data: two\n\n");
    assert_eq!(event(source.next().now_or_never().flatten()).data, "two");
}
