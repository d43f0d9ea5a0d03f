//! The key, the URL it may be in, and what is sent: never in an error, in `Debug` or in a log.

use std::{
    error::Error,
    fmt::Write as _,
    io,
    sync::{Arc, Mutex},
};

use runagent::{
    RunAgentError, RunOptions,
    transport::testing::{Reply, ScriptedTransport, cut_off},
    v1::{AgentClient, Client, Invoke},
};
use serde_json::json;
use tracing::Level;

use crate::api::{DONE, chunk, events, options, reply};

const SECRET_KEY: &str = "rau_CANARY+k/e=y&x";

/// Everything that can be read in an error.
fn everything(error: &RunAgentError) -> String {
    let json = serde_json::to_string(error).expect("an error has a JSON form");
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{}\n{json}\n", error.report());
    let mut source = error.source();
    while let Some(cause) = source {
        writeln!(text, "{cause} {cause:?} {cause:#?}").expect("a string takes everything");
        source = cause.source();
    }
    text
}

fn assert_clean(text: &str) {
    assert!(!text.contains("CANARY"), "{text}");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn invoke() -> Invoke {
    Invoke::new("QUERY-CANARY")
        .with_parameter("p", "PARAMETER-CANARY")
        .with_session_id("SESSION-CANARY")
        .with_options(RunOptions::new().with_idempotency_key("IDEMPOTENCY-CANARY"))
}

/// Makes every sort of call, each answered in this way, and gives the errors.
async fn provoke(answer: impl Fn() -> Reply) -> Vec<RunAgentError> {
    let transport = ScriptedTransport::new((0..8).map(|_| answer()));
    let config = runagent::ApiConfig::new().with_api_key(SECRET_KEY).with_options(options().with_transport(transport));
    let client = Client::new(config).expect("a client");
    let agent: AgentClient = client.agent("agent-123").expect("an id");
    assert_clean(&format!("{client:?} {client:#?} {agent:?} {agent:#?}"));
    let mut errors = Vec::new();
    errors.extend(agent.get().await.err());
    errors.extend(agent.invoke(invoke()).await.err());
    errors.extend(agent.batch([Invoke::new("QUERY-CANARY")]).await.err());
    errors.extend(agent.run_generic(json!({"query": "QUERY-CANARY"})).await.err());
    errors.extend(client.operation("op_1").expect("an id").status().await.err());
    errors.extend(client.agents(runagent::v1::AgentQuery::new()).await.err());
    for stream in [agent.stream(invoke()).await, agent.stream_get(Invoke::new("QUERY-CANARY")).await] {
        match stream {
            Ok(mut stream) => {
                assert_clean(&format!("{stream:?}"));
                while let Some(item) = stream.next().await {
                    errors.extend(item.err());
                }
            }
            Err(error) => errors.push(error),
        }
    }
    errors
}

#[tokio::test]
async fn no_failure_shows_a_secret() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let echo = format!("<html><title>Bearer {SECRET_KEY}</title></html>");
    let echoed = json!({"status": "error", "error": {"code": "X", "message": format!("key {SECRET_KEY} refused")}});
    let mut errors = Vec::new();
    errors.extend(provoke(|| Reply::json(401, echo.clone())).await);
    errors.extend(provoke(|| Reply::json(500, echoed.to_string())).await);
    errors.extend(provoke(|| Reply::json(200, "{")).await);
    errors.extend(provoke(|| reply(200, &[], cut_off("{"))).await);
    errors.extend(provoke(|| reply(302, &[("location", "https://u:CANARY@example.com/?token=CANARY")], "")).await);
    errors.extend(provoke(|| events(chunk("a", 0))).await);
    errors.extend(provoke(|| events(format!("event: chunk\ndata: CANARY\n\n{DONE}"))).await);
    assert_eq!(errors.len(), 7 * 8, "each call fails");
    for error in &errors {
        assert_clean(&everything(error));
    }
    let log = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("UTF-8");
    assert!(log.contains("invoke_agent"), "nothing was logged");
    assert_clean(&log);
}

#[test]
fn what_is_asked_is_not_shown() {
    assert_clean(&format!("{:?}", invoke()));
}
