//! The race of a request with the server's close of the kept connection that it is sent on.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::HeaderValue;
use runagent_transport::{Api, BaseUrl, HttpTransport, Progress, retry::StandardRetry};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    select,
    task::yield_now,
};

/// How many turns of the runtime the two sides wait at the most: from a close that is there before the request is written
/// to one that comes after it was answered.
const TURNS: usize = 20;

/// A server that closes each connection when it was idle for some turns of the runtime, whatever is on its way.
#[derive(Clone, Default)]
struct Server(Arc<State>);

#[derive(Default)]
struct State {
    idle_turns: AtomicUsize,
    connections: AtomicUsize,
    /// How often what a path names was done.
    done: Mutex<HashMap<String, usize>>,
}

impl Server {
    /// Starts it, and gives an API of its own for it.
    async fn start() -> (Self, Api) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = BaseUrl::http("127.0.0.1", listener.local_addr().expect("an address").port()).expect("a URL");
        let server = Self::default();
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.0.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(accepting.clone().serve(stream));
            }
        });
        let retry = StandardRetry::new().with_delay(Duration::ZERO).with_max_retries(9);
        (server, Api::builder(base, HttpTransport::new()).retry(retry).build())
    }

    async fn serve(self, mut stream: TcpStream) -> io::Result<()> {
        let mut request = Vec::new();
        loop {
            let mut idle = self.0.idle_turns.load(Ordering::Relaxed);
            // A request that has begun to arrive is waited for.
            let closing = async {
                while idle > 0 {
                    idle -= 1;
                    yield_now().await;
                }
            };
            select! {
                biased;
                read = stream.read_buf(&mut request) => if read? == 0 { return Ok(()) },
                () = closing, if request.is_empty() => return Ok(()),
            }
            if !request.ends_with(b"\r\n\r\n") {
                continue;
            }
            self.act(&String::from_utf8_lossy(&request));
            request.clear();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
    }

    /// Does what a request asks for. A key is honoured: what was done is only answered once more.
    fn act(&self, request: &str) {
        let path = request.split(' ').nth(1).expect("a path");
        let mut done = self.0.done.lock().expect("no panic");
        let count = done.entry(path.to_owned()).or_default();
        if !request.contains("idempotency-key") || *count == 0 {
            *count += 1;
        }
    }

    fn done(&self, path: &str) -> usize {
        self.0.done.lock().expect("no panic").get(path).copied().unwrap_or_default()
    }
}

/// For every pair of waits: a first call, so that a connection is kept, and behind it a call to look at.
async fn sweep(server: &Server, api: &Api, mut look: impl AsyncFnMut(&str)) {
    for idle_turns in 0..TURNS {
        for turns in 0..TURNS {
            server.0.idle_turns.store(TURNS, Ordering::Relaxed);
            api.get(&["first"]).send().await.expect("an answer");
            server.0.idle_turns.store(idle_turns, Ordering::Relaxed);
            for _ in 0..turns {
                yield_now().await;
            }
            look(&format!("{idle_turns}-{turns}")).await;
        }
    }
    let connections = server.0.connections.load(Ordering::Relaxed);
    assert!((TURNS..2 * TURNS * TURNS).contains(&connections), "no race in {connections} connections");
}

#[tokio::test]
async fn a_get_never_fails() {
    let (server, api) = Server::start().await;
    sweep(&server, &api, async |id| {
        assert_eq!(api.get(&[id]).send().await.expect(id).body(), "ok");
    })
    .await;
}

#[tokio::test]
async fn a_post_without_a_key_is_never_done_twice() {
    let (server, api) = Server::start().await;
    sweep(&server, &api, async |id| {
        let outcome = api.post_json(&[id], "").send().await;
        let done = server.done(&format!("/{id}"));
        match outcome {
            Ok(_) => assert_eq!(done, 1, "{id}"),
            Err(error) => assert!(error.progress() > Progress::NotSent && done <= 1, "{id}: {error:?}, done {done}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_post_with_a_key_never_fails_and_is_done_once() {
    let (server, api) = Server::start().await;
    sweep(&server, &api, async |id| {
        let key = HeaderValue::from_str(id).expect("a key");
        api.post_json(&[id], "").idempotency_key(key).send().await.expect(id);
        assert_eq!(server.done(&format!("/{id}")), 1, "{id}");
    })
    .await;
}
