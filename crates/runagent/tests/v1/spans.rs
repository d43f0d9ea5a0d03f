//! The span of a call.

use std::{
    io,
    sync::{Arc, Mutex},
};

use runagent::{RunAgentError, testing::FakeV1, v1::Invoke};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::api::{AGENT, agent_with, refused};

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

#[tokio::test]
async fn an_invocation_is_a_span_with_its_agent_and_its_error() {
    let (lines, _guard) = Lines::record();
    let api = FakeV1::new(AGENT).on_invoke(|_| Err(RunAgentError::new("NO_CREDIT", "nothing left")));
    let agent = agent_with(api.into_options().with_max_retries(0));
    refused(agent.invoke(Invoke::new("INPUT-CANARY")).await);
    let closed = lines.closed();
    assert_eq!(closed.len(), 1, "{closed:?}");
    for field in [
        "invoke_agent{",
        "gen_ai.agent.id=\"agent-123\"",
        "gen_ai.request.stream=false",
        "otel.status_code=\"ERROR\"",
        "error.type=\"NO_CREDIT\"",
    ] {
        assert!(closed[0].contains(field), "{field}: {closed:?}");
    }
    assert!(!closed[0].contains("entrypoint") && !closed[0].contains("CANARY"), "{closed:?}");
}

#[tokio::test]
async fn the_span_of_a_stream_lasts_until_its_end() {
    let (lines, _guard) = Lines::record();
    let agent = agent_with(FakeV1::new(AGENT).into_options());
    let mut stream = agent.stream(Invoke::new("CHUNK-CANARY")).await.expect("a stream").into_text();
    assert!(stream.next().await.expect("a chunk").is_ok());
    assert_eq!(lines.closed().len(), 0);
    assert!(stream.next().await.is_none());
    let closed = lines.closed();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert!(closed[0].contains("gen_ai.response.time_to_first_chunk="), "{closed:?}");
    assert!(!closed[0].contains("error.type") && !closed[0].contains("CANARY"), "{closed:?}");
}
