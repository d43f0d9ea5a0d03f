//! Connections that nobody uses, in paused time: so over memory.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "tokio")]

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use runagent_transport::{Body, HttpTransport, Transport as _};
use tokio::{
    io::duplex,
    sync::Notify,
    time::{Instant, advance},
};

const IDLE: Duration = Duration::from_secs(4);

/// What the server sees of its connections.
#[derive(Default)]
struct Connections {
    made: AtomicUsize,
    ended: Notify,
}

/// A transport to a server that says "ok" and never closes a connection by itself.
fn transport() -> (HttpTransport, Arc<Connections>) {
    let connections = Arc::<Connections>::default();
    let seen = connections.clone();
    let transport = HttpTransport::builder().idle_timeout(IDLE).dial_with(move |_| {
        let (client, server) = duplex(1024);
        let seen = seen.clone();
        seen.made.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let ok = service_fn(|_| async { Ok::<_, Infallible>(http::Response::new(Body::from("ok"))) });
            drop(http1::Builder::new().serve_connection(TokioIo::new(server), ok).await);
            seen.ended.notify_one();
        });
        async { Ok(client) }
    });
    (transport.build(), connections)
}

async fn call(transport: &HttpTransport) {
    let request = http::Request::get("http://agent.example/").body(Body::empty()).expect("a request");
    let response = transport.send(request).await.expect("an answer");
    assert_eq!(response.into_body().collect(64).await.expect("a body"), "ok");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_used_until_its_time_is_over() {
    let (transport, connections) = transport();
    for _ in 0..3 {
        call(&transport).await;
        advance(IDLE - Duration::from_secs(1)).await;
    }
    assert_eq!(connections.made.load(Ordering::Relaxed), 1);
    advance(Duration::from_secs(1)).await;
    call(&transport).await;
    assert_eq!(connections.made.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_goes_when_its_time_is_over() {
    let (transport, connections) = transport();
    for _ in 0..2 {
        // The time of the second one runs from its own last call.
        call(&transport).await;
        advance(Duration::from_secs(1)).await;
        call(&transport).await;
        let start = Instant::now();
        // Nobody asks for a connection any more.
        connections.ended.notified().await;
        assert!((IDLE..2 * IDLE).contains(&start.elapsed()), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_with_its_transport() {
    let (transport, connections) = transport();
    call(&transport).await;
    let start = Instant::now();
    drop(transport);
    connections.ended.notified().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}
