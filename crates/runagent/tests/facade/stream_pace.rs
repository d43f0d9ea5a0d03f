//! Silence of the server, and slowness of the consumer.

use std::time::Duration;

use futures_util::FutureExt;
use runagent::{ClientOptions, ErrorCode, RunAgentResult, RunStream};
use runagent_transport::testing::wire::Event;
use serde_json::json;
use tokio::time::{Instant, advance};

use crate::{
    agent::{COMPLETED, STARTED, chunk, details, drain, lazy, opened, refused, remote, stream_of},
    memory::{Memory, Peer},
};

async fn open(
    peer: &Peer,
    socket: runagent::transport::Socket,
    options: fn(ClientOptions) -> ClientOptions,
) -> RunAgentResult<RunStream> {
    peer.say(STARTED);
    open_silent(socket, options).await
}

async fn open_silent(
    socket: runagent::transport::Socket,
    options: fn(ClientOptions) -> ClientOptions,
) -> RunAgentResult<RunStream> {
    let memory = Memory::default().socket(socket);
    lazy(remote("count_stream").with_options(options(memory.options()))).run_stream(&[]).await
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_request_has_a_limit() {
    for (options, limit) in [
        ((|options| options) as fn(ClientOptions) -> ClientOptions, 60),
        (|options| options.with_first_frame_timeout(Duration::from_secs(5)), 5),
    ] {
        let (socket, mut peer) = Peer::new();
        let since = Instant::now();
        let error = refused(open_silent(socket, options).await);
        assert_eq!((error.code(), since.elapsed()), (&ErrorCode::STREAM_IDLE, Duration::from_secs(limit)));
        assert_eq!(details(&error), json!({"received": 0}));
        assert!(error.suggestion().expect("a suggestion").contains("logs"), "{error:?}");
        assert!(!error.is_retryable(), "the server has the request");
        assert!(peer.hear().await.is_some_and(|request| request.as_text().is_some()));
        assert!(peer.hear().await.is_none(), "the socket is gone");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_between_two_frames_has_a_limit() {
    for (options, limit) in [
        ((|options| options) as fn(ClientOptions) -> ClientOptions, 600),
        (|options| options.with_stream_idle_timeout(Duration::from_secs(5)), 5),
    ] {
        let (socket, mut peer) = Peer::new();
        let mut stream = open(&peer, socket, options).await.expect("a stream");
        peer.say(chunk(1));
        assert_eq!(stream.next().await.expect("a chunk").expect("no error"), 1);
        let since = Instant::now();
        let error = refused(stream.next().await.expect("an item"));
        assert_eq!((error.code(), since.elapsed()), (&ErrorCode::STREAM_IDLE, Duration::from_secs(limit)));
        assert_eq!(details(&error), json!({"received": 1}));
        assert!(!error.is_retryable());
        assert!(stream.next().await.is_none() && stream.next().await.is_none());
        assert!(peer.hear().await.is_some());
        assert!(peer.hear().await.is_none(), "the socket is gone");
    }
}

#[tokio::test(start_paused = true)]
async fn every_frame_starts_the_limit_anew() {
    let (socket, peer) = Peer::new();
    let mut stream = open(&peer, socket, |options| options.with_stream_idle_timeout(Duration::from_secs(10)))
        .await
        .expect("a stream");
    let talking = tokio::spawn(async move {
        for n in 0..5 {
            tokio::time::sleep(Duration::from_secs(9)).await;
            // What means nothing to the caller is a sign of life all the same.
            peer.say(if n % 2 == 0 { chunk(n) } else { r#"{"type":"keepalive"}"#.to_owned() });
        }
        peer.say(COMPLETED);
        peer
    });
    let (chunks, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks, [0, 2, 4]);
    talking.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_is_no_silent_server() {
    let (socket, peer) = Peer::new();
    let mut stream = open(&peer, socket, |options| options).await.expect("a stream");
    for n in 0..3 {
        peer.say(chunk(n));
    }
    for n in 0..3 {
        advance(Duration::from_secs(3600)).await;
        assert_eq!(stream.next().await.expect("a chunk").expect("no error"), n);
    }
    // Waited for and given up, then read late: the frame was in time.
    assert!(stream.next().now_or_never().is_none());
    advance(Duration::from_secs(500)).await;
    peer.say(chunk(3));
    advance(Duration::from_secs(3600)).await;
    assert_eq!(stream.next().await.expect("a chunk").expect("no error"), 3);
    // And the limit is whole again.
    let since = Instant::now();
    assert_eq!(*refused(stream.next().await.expect("an item")).code(), ErrorCode::STREAM_IDLE);
    assert_eq!(since.elapsed(), Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_no_limit() {
    let (socket, peer) = Peer::new();
    let unlimited = |options: ClientOptions| {
        options
            .with_connect_timeout(Duration::MAX)
            .with_control_timeout(Duration::MAX)
            .with_first_frame_timeout(Duration::MAX)
            .with_stream_idle_timeout(Duration::MAX)
    };
    let opening = tokio::spawn(open_silent(socket, unlimited));
    advance(Duration::from_secs(86_400)).await;
    peer.say(STARTED);
    let mut stream = opening.await.expect("no panic").expect("a stream");
    let reading = tokio::spawn(async move { (stream.next().await, stream) });
    advance(Duration::from_secs(86_400)).await;
    peer.say(chunk(1));
    let (item, _stream) = reading.await.expect("no panic");
    assert_eq!(item.expect("a chunk").expect("no error"), 1);
}

#[tokio::test]
async fn pings_are_answered_while_the_consumer_pauses() {
    let script = opened().ws_text(chunk(1)).ws_ping("still there?").expect_pong().ws_text(chunk(2)).ws_text(COMPLETED);
    let (server, mut stream) = stream_of(script).await;
    // Nothing is read until the server has its answer.
    server.wait_for(|events| events.contains(&Event::Pong { connection: 0, payload: b"still there?".to_vec() })).await;
    let (chunks, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks, [1, 2]);
}
