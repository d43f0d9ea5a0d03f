//! Streams of the caller's own types, with their events, into what takes them.

use std::{io, time::Duration};

use runagent::{Call, CancelToken, ErrorCode, RunEvent, RunOptions, RunStream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    agent::{COMPLETED, STARTED, chunk, details, lazy, refused, remote, text_chunk},
    memory::{Memory, Peer},
};

/// A stream that is open, and its server.
async fn open<T: serde::de::DeserializeOwned>(frames: &[String], call: Call) -> (RunStream<T>, Peer) {
    let (socket, peer) = Peer::new();
    peer.say(STARTED);
    for frame in frames {
        peer.say(frame);
    }
    let memory = Memory::default().socket(socket);
    let client = lazy(remote("tell_stream").with_options(memory.options()));
    (client.call_stream(call).await.expect("a stream"), peer)
}

fn object_chunk(json: &str) -> String {
    json!({"type": "data", "content": json!({"type": "object", "payload": json}).to_string()}).to_string()
}

#[tokio::test]
async fn chunks_are_whatever_deserialises_and_a_misfit_is_the_last_item() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Delta {
        text: String,
    }

    let frames =
        [object_chunk(r#"{"text": "a"}"#), object_chunk(r#"{"text": ["b"]}"#), object_chunk(r#"{"text": "c"}"#)];
    let (mut stream, mut peer) = open::<Delta>(&frames, Call::new()).await;
    assert_eq!(stream.next().await.expect("a chunk").expect("no error"), Delta { text: "a".to_owned() });
    let error = refused(stream.next().await.expect("an error"));
    assert_eq!(error.code(), &ErrorCode::DECODE_ERROR);
    assert!(error.message().ends_with(", in `text`"), "{error}");
    assert!(stream.next().await.is_none());
    peer.hear().await.expect("the request");
    assert!(peer.hear().await.is_none(), "the socket is gone");
}

#[tokio::test]
async fn events_are_the_start_the_chunks_and_the_completion() {
    let (stream, _peer) = open::<Value>(&[chunk(7), chunk(8), COMPLETED.to_owned()], Call::new()).await;
    let mut events = stream.into_events();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(event.expect("no error"));
    }
    let shown: Vec<_> = seen.iter().map(|event| format!("{event:?}")).collect();
    assert_eq!(
        shown,
        [
            r#"Started { invocation_id: Some("inv-1") }"#,
            "Chunk { index: 0, value: Number(7) }",
            "Chunk { index: 1, value: Number(8) }",
            r#"Completed { total_chunks: Some(2), execution_time: Some(250ms), invocation_id: Some("inv-1") }"#,
        ]
    );
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_breaks_has_no_completion() {
    let (stream, peer) = open::<Value>(&[chunk(7)], Call::new()).await;
    drop(peer);
    let mut events = stream.into_events();
    assert!(matches!(events.next().await, Some(Ok(RunEvent::Started { .. }))));
    assert!(matches!(events.next().await, Some(Ok(RunEvent::Chunk { index: 0, .. }))));
    assert_eq!(refused(events.next().await.expect("an error")).code(), &ErrorCode::STREAM_TRUNCATED);
    assert!(events.next().await.is_none() && events.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_has_failed_has_no_completion_later_on() {
    let (mut stream, peer) = open::<Value>(&[], Call::new()).await;
    drop(peer);
    assert_eq!(refused(stream.next().await.expect("an error")).code(), &ErrorCode::STREAM_TRUNCATED);
    let mut events = stream.into_events();
    assert!(matches!(events.next().await, Some(Ok(RunEvent::Started { .. }))));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn nothing_follows_an_error_not_even_a_chunk_that_came_before_the_start() {
    let token = CancelToken::new();
    let (socket, peer) = Peer::new();
    peer.say(chunk(7));
    let client = lazy(remote("tell_stream").with_options(Memory::default().socket(socket).options()));
    let call = Call::new().with_options(RunOptions::new().with_cancel(&token));
    let mut stream = client.call_stream::<Value>(call).await.expect("a stream");
    token.cancel();
    assert_eq!(refused(stream.next().await.expect("an error")).code(), &ErrorCode::CANCELLED);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn what_came_before_an_error_is_kept() {
    let (mut stream, peer) = open::<u8>(&[chunk(7), chunk(8)], Call::new()).await;
    drop(peer);
    let mut chunks = vec![6];
    let error = refused(stream.read_to_end(&mut chunks).await);
    assert_eq!((error.code(), chunks), (&ErrorCode::STREAM_TRUNCATED, vec![6, 7, 8]));

    let (mut stream, peer) = open::<Value>(&[text_chunk("Once "), text_chunk("upon")], Call::new()).await;
    drop(peer);
    let mut text = String::from("> ");
    let error = refused(stream.read_to_string(&mut text).await);
    assert_eq!((error.code(), text.as_str()), (&ErrorCode::STREAM_TRUNCATED, "> Once upon"));
}

#[tokio::test]
async fn text_is_strings_as_they_are_and_the_rest_as_json() {
    let frames = [text_chunk("ü\n"), object_chunk(r#"{"a": [1, "x"]}"#), chunk(3), COMPLETED.to_owned()];
    let (mut stream, _peer) = open::<Value>(&frames, Call::new()).await;
    let mut text = String::new();
    assert_eq!(stream.read_to_string(&mut text).await.expect("no error"), text.len());
    assert_eq!(text, "ü\n{\"a\":[1,\"x\"]}3");

    let (mut stream, _peer) = open::<Value>(&frames, Call::new()).await;
    let mut bytes = Vec::new();
    assert_eq!(stream.write_to(&mut bytes).await.expect("no error"), bytes.len() as u64);
    assert_eq!(String::from_utf8(bytes).expect("UTF-8"), text);
}

#[tokio::test]
async fn a_writer_that_fails_ends_the_stream() {
    struct Full;

    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let (mut stream, mut peer) = open::<Value>(&[text_chunk("a"), text_chunk("b")], Call::new()).await;
    let error = refused(stream.write_to(&mut Full).await);
    assert_eq!(error.code(), &ErrorCode::UNKNOWN_ERROR);
    assert!(std::error::Error::source(&error).is_some_and(|source| source.is::<io::Error>()));
    peer.hear().await.expect("the request");
    assert!(peer.hear().await.is_none(), "the socket is gone");
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_a_limit_in_total_when_the_call_says_so() {
    let limit = Duration::from_secs(30);
    let call = Call::new().with_options(RunOptions::new().with_timeout(limit));
    let since = Instant::now();
    let (mut stream, peer) = open::<Value>(&[], call.clone()).await;
    tokio::time::advance(Duration::from_secs(29)).await;
    peer.say(chunk(1));
    assert!(matches!(stream.next().await, Some(Ok(_))));
    let error = refused(stream.next().await.expect("an error"));
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::TIMEOUT_ERROR, limit));
    assert_eq!(details(&error), json!({"received": 1}));
    assert!(stream.next().await.is_none());

    // A server that never says that the agent has started.
    let (socket, mut peer) = Peer::new();
    let memory = Memory::default().socket(socket);
    let client = lazy(remote("tell_stream").with_options(memory.options()));
    let since = Instant::now();
    let error = refused(client.call_stream::<Value>(call).await);
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::TIMEOUT_ERROR, limit));
    let request = peer.hear().await.expect("the request");
    assert!(request.as_text().is_some_and(|request| request.contains("\"timeout_seconds\":30")));
}

#[tokio::test(start_paused = true)]
async fn a_call_sets_how_long_a_server_may_be_silent() {
    let options =
        RunOptions::new().with_first_frame_timeout(Duration::from_secs(1)).with_idle_timeout(Duration::from_secs(2));
    let call = Call::new().with_options(options);
    let (mut stream, _peer) = open::<Value>(&[], call.clone()).await;
    let since = Instant::now();
    assert_eq!(refused(stream.next().await.expect("an error")).code(), &ErrorCode::STREAM_IDLE);
    assert_eq!(since.elapsed(), Duration::from_secs(2));

    let (socket, _peer) = Peer::new();
    let memory = Memory::default().socket(socket);
    let client = lazy(remote("tell_stream").with_options(memory.options()));
    let since = Instant::now();
    assert_eq!(refused(client.call_stream::<Value>(call).await).code(), &ErrorCode::STREAM_IDLE);
    assert_eq!(since.elapsed(), Duration::from_secs(1));
}

#[tokio::test]
async fn a_token_ends_a_stream_and_its_opening() {
    let token = CancelToken::new();
    let call = Call::new().with_options(RunOptions::new().with_cancel(&token));
    let (mut stream, mut peer) = open::<Value>(&[chunk(1)], call.clone()).await;
    assert!(matches!(stream.next().await, Some(Ok(_))));
    let ends = async {
        tokio::task::yield_now().await;
        token.cancel();
    };
    let (item, ()) = tokio::join!(stream.next(), ends);
    let error = refused(item.expect("an error"));
    assert_eq!((error.code(), details(&error)), (&ErrorCode::CANCELLED, json!({"received": 1})));
    assert!(stream.next().await.is_none());
    peer.hear().await.expect("the request");
    assert!(peer.hear().await.is_none(), "the socket is gone");

    let client = lazy(remote("tell_stream").with_options(Memory::default().options()));
    assert_eq!(refused(client.call_stream::<Value>(call).await).code(), &ErrorCode::CANCELLED);
}
