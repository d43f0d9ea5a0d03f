//! The key, the URL it may be in, and what is sent: never in an error, in `Debug` or in a log.

use runagent::{
    RunAgentError, RunOptions,
    transport::testing::{Reply, ScriptedTransport, cut_off},
    v1::{AgentClient, Client, Invoke},
};
use serde_json::json;
use tracing::Level;

use crate::{
    api::{DONE, chunk, events, options, reply},
    log::Log,
    shown::everything,
};

const SECRET_KEY: &str = "rau_CANARY+k/e=y&x";

fn assert_clean(text: &str) {
    assert!(!text.contains("CANARY"), "{text}");
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
    let log = Log::start(Level::TRACE);
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
    let log = log.text();
    assert!(log.contains("invoke_agent"), "nothing was logged");
    assert_clean(&log);
}

#[test]
fn what_is_asked_is_not_shown() {
    assert_clean(&format!("{:?}", invoke()));
}
