//! The span of a call.

use std::{
    io,
    sync::{Arc, Mutex},
};

use runagent::testing::FakeAgent;
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::agent::{AGENT, lazy, refused, remote};

/// What was logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn record() -> (Self, tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// The spans that were closed, one line each.
    fn closed(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned();
        text.lines().filter(|line| line.contains(": close ")).map(str::to_owned).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn agent() -> runagent::ClientOptions {
    FakeAgent::new(AGENT)
        .on_run("chat", |_, _| Err(runagent::RunAgentError::new("NO_CREDIT", "nothing left")))
        .on_stream("count_stream", |_, _| vec![json!("CHUNK-CANARY")])
        .into_options()
}

#[tokio::test]
async fn a_run_is_a_span_with_its_agent_and_its_error() {
    let (lines, _guard) = Lines::record();
    let client = lazy(remote("chat").with_options(agent()));
    refused(client.run(&[("q", json!("INPUT-CANARY"))]).await);
    let closed = lines.closed();
    assert_eq!(closed.len(), 1, "{closed:?}");
    for field in [
        "invoke_agent{",
        "otel.kind=\"client\"",
        "gen_ai.operation.name=\"invoke_agent\"",
        "gen_ai.provider.name=\"runagent\"",
        "gen_ai.agent.id=\"agent-1\"",
        "runagent.entrypoint.tag=\"chat\"",
        "otel.status_code=\"ERROR\"",
        "error.type=\"NO_CREDIT\"",
    ] {
        assert!(closed[0].contains(field), "{field}: {closed:?}");
    }
    assert!(!closed[0].contains("CANARY"), "{closed:?}");
}

#[tokio::test]
async fn what_is_refused_before_it_is_sent_is_an_error_of_its_span() {
    let (lines, _guard) = Lines::record();
    refused(lazy(remote("count_stream").with_options(agent())).run(&[]).await);
    refused(lazy(remote("chat").with_options(agent())).run_stream(&[]).await);
    let closed = lines.closed();
    assert_eq!(closed.len(), 2, "{closed:?}");
    for (line, code) in closed.iter().zip(["STREAM_ENTRYPOINT", "NON_STREAM_ENTRYPOINT"]) {
        assert!(line.contains(&format!("error.type=\"{code}\"")), "{line}");
    }
}

#[tokio::test]
async fn the_span_of_a_stream_lasts_until_its_end() {
    let (lines, _guard) = Lines::record();
    let client = lazy(remote("count_stream").with_options(agent()));
    let mut stream = client.run_stream(&[]).await.expect("a stream");
    assert!(stream.next().await.expect("a chunk").is_ok());
    assert_eq!(lines.closed().len(), 0);
    assert!(stream.next().await.is_none());
    let closed = lines.closed();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert!(closed[0].contains("gen_ai.response.time_to_first_chunk="), "{closed:?}");
    assert!(!closed[0].contains("error.type") && !closed[0].contains("CANARY"), "{closed:?}");
}
