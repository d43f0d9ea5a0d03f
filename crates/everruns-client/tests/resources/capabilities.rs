//! `Client::capabilities`.

use everruns_sdk::types::{GuardrailAction, GuardrailStage, GuardrailsDryRunRequest};
use serde_json::json;

use crate::script::{ask, line};

#[tokio::test]
async fn capabilities_are_listed_searched_and_read() {
    let (asked, page) = ask(r#"{"data":[{"id":"web_fetch"}],"total":3,"offset":0,"limit":1}"#, |client| {
        client.capabilities().list().limit(1)
    })
    .await;
    assert_eq!((&*asked, page.total, &*page.data[0].id), ("GET /capabilities?limit=1", Some(3), "web_fetch"));
    let empty = r#"{"data":[]}"#;
    assert_eq!(line(empty, |client| client.capabilities().search("web")).await, "GET /capabilities?search=web");

    let (asked, capability) =
        ask(r#"{"id":"mcp:1/x","is_mcp":true}"#, |client| client.capabilities().get("mcp:1/x")).await;
    assert_eq!((&*asked, capability.is_mcp), ("GET /capabilities/mcp%3A1%2Fx", true));
}

#[tokio::test]
async fn guards_are_tried_on_a_text() {
    let examples = r#"{"examples":[{"name":"no-secrets","stages":["output"],"config":{"a":1}}]}"#;
    let (asked, examples) = ask(examples, |client| client.capabilities().guardrail_examples()).await;
    assert_eq!(asked, "GET /capabilities/guardrails/examples");
    assert_eq!(examples.examples[0].stages, [GuardrailStage::Output]);

    let guard = GuardrailsDryRunRequest {
        config: json!({"a": 1}),
        stage: GuardrailStage::ToolUse,
        text: "rm".to_owned(),
        tool_name: Some("shell".to_owned()),
    };
    let answer = r#"{"blocked":true,"hits":[{"check_index":0,"action":"block"}]}"#;
    let (asked, found) = ask(answer, |client| client.capabilities().dry_run_guardrails(guard)).await;
    let sent = r#"{"config":{"a":1},"stage":"tool_use","text":"rm","tool_name":"shell"}"#;
    assert_eq!(asked, format!("POST /capabilities/guardrails/dry-run {sent}"));
    assert!(found.blocked);
    assert_eq!(found.hits[0].action, GuardrailAction::Block);
}
