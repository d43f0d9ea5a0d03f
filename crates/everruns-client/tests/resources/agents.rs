//! `Client::agents`.

use everruns_sdk::{
    CreateAgentRequest, Error, Patch, UpdateAgentRequest,
    types::{
        CreateAgentVersionRequest, ForkAgentVersionRequest, PreviewAgentRequest, RollbackAgentVersionRequest,
        VersionChange,
    },
};

use crate::script::{ask, asked, line, script};

const AGENT: &str = r#"{"id":"agent_1","name":"librarian"}"#;
const VERSION: &str = r#"{"id":"agentver_1","version":"1.0.0"}"#;
const RUN: &str = r#"{"id":"run_1"}"#;

#[tokio::test]
async fn agents_are_listed_and_searched() {
    let page = r#"{"data":[{"id":"agent_1"}],"total":41,"offset":20,"limit":20}"#;
    let (asked, page) = ask(page, |client| client.agents().list().offset(20).limit(20).include_archived(true)).await;
    assert_eq!(asked, "GET /agents?include_archived=true&offset=20&limit=20");
    assert_eq!((page.data.len(), page.total, page.offset, page.limit), (1, Some(41), Some(20), Some(20)));
    let asked = line(r#"{"data":[]}"#, |client| client.agents().search("a & b")).await;
    assert_eq!(asked, "GET /agents?search=a%20%26%20b");
}

#[tokio::test]
async fn an_agent_is_made_read_changed_archived_and_destroyed() {
    let request = || CreateAgentRequest {
        name: "librarian".to_owned(),
        system_prompt: "Be brief.".to_owned(),
        ..Default::default()
    };
    let body = r#"{"name":"librarian","system_prompt":"Be brief."}"#;
    let (asked, agent) = ask(AGENT, |client| client.agents().create(request())).await;
    assert_eq!((asked, &*agent.name), (format!("POST /agents {body}"), "librarian"));
    let asked = line(AGENT, |client| client.agents().put("agent_1", request())).await;
    assert_eq!(asked, format!("PUT /agents/agent_1 {body}"));
    assert_eq!(line(AGENT, |client| client.agents().get("agent_1")).await, "GET /agents/agent_1");

    let changes = UpdateAgentRequest {
        display_name: Patch::Clear,
        description: "Books".into(),
        tags: Some(Vec::new()),
        ..Default::default()
    };
    let asked = line(AGENT, |client| client.agents().update("agent_1", changes)).await;
    assert_eq!(asked, r#"PATCH /agents/agent_1 {"display_name":null,"description":"Books","tags":[]}"#);
    let asked = line(AGENT, |client| client.agents().update("agent_1", UpdateAgentRequest::default())).await;
    assert_eq!(asked, "PATCH /agents/agent_1 {}");

    assert_eq!(line("", |client| client.agents().archive("agent_1")).await, "DELETE /agents/agent_1");
    assert_eq!(line("", |client| client.agents().destroy("agent_1")).await, "POST /agents/agent_1/delete");
    assert_eq!(line(AGENT, |client| client.agents().copy("agent_1")).await, "POST /agents/agent_1/copy null");
    assert_eq!(line("{}", |client| client.agents().stats("agent_1")).await, "GET /agents/agent_1/stats");
    let (asked, analysis) = ask(r#"{"findings":[{"rule_id":"r"}]}"#, |client| {
        client.agents().analyze(PreviewAgentRequest { system_prompt: "Be.".to_owned(), ..Default::default() })
    })
    .await;
    assert!(asked.starts_with(r#"POST /agents/analyze {"system_prompt":"Be.""#), "{asked}");
    assert_eq!(analysis.findings[0].rule_id, "r");
}

#[tokio::test]
async fn an_agent_travels_as_text() {
    let (client, transport) = script([(201, AGENT), (200, AGENT), (200, "# librarian\n")]);
    client.agents().import("# librarian\n").await.expect("imported");
    client.agents().import_example("book club").await.expect("imported");
    assert_eq!(client.agents().export("agent_1").await.expect("text"), "# librarian\n");
    assert_eq!(
        asked(&transport),
        [
            "POST /agents/import # librarian",
            "POST /agents/import?from-example=book%20club",
            "GET /agents/agent_1/export"
        ]
    );
    let requests = transport.requests();
    assert_eq!(requests[0].headers()["content-type"], "text/plain");
    assert!(!requests[1].headers().contains_key("content-type"));
}

#[tokio::test]
async fn versions_of_an_agent() {
    let (asked, page) = ask(r#"[{"id":"agentver_1"}]"#, |client| client.agents().versions("agent_1")).await;
    assert_eq!((&*asked, page.data.len()), ("GET /agents/agent_1/versions", 1));
    let version = CreateAgentVersionRequest { change_kind: Some(VersionChange::Minor), ..Default::default() };
    let asked = line(VERSION, |client| client.agents().create_version("agent_1", version)).await;
    assert_eq!(asked, r#"POST /agents/agent_1/versions {"change_kind":"minor"}"#);
    let asked = line(AGENT, |client| client.agents().set_default_version("agent_1", "agentver_1")).await;
    assert_eq!(asked, r#"POST /agents/agent_1/versions/default {"version_id":"agentver_1"}"#);
    let asked = line("{}", |client| client.agents().diff_versions("agent_1", "agentver_1", "agentver_2")).await;
    assert_eq!(asked, "GET /agents/agent_1/versions/agentver_1/diff/agentver_2");
    let fork = ForkAgentVersionRequest { name: "other".to_owned(), ..Default::default() };
    let asked = line(AGENT, |client| client.agents().fork_version("agent_1", "agentver_1", fork)).await;
    assert_eq!(asked, r#"POST /agents/agent_1/versions/agentver_1/fork {"name":"other"}"#);
    let rollback = RollbackAgentVersionRequest { save_version: Some(true), ..Default::default() };
    let asked = line(AGENT, |client| client.agents().rollback_version("agent_1", "agentver_1", rollback)).await;
    assert_eq!(asked, r#"POST /agents/agent_1/versions/agentver_1/rollback {"save_version":true}"#);
}

#[tokio::test]
async fn health_checks_of_an_agent() {
    let asked = line(r#"[{"id":"run_1"}]"#, |client| client.agents().health_checks("agent_1")).await;
    assert_eq!(asked, "GET /agents/agent_1/health-checks");
    let asked = line(RUN, |client| client.agents().check_health("agent_1")).await;
    assert_eq!(asked, "POST /agents/agent_1/health-checks {}");
    let asked = line(RUN, |client| client.agents().health_check("agent_1", "run_1")).await;
    assert_eq!(asked, "GET /agents/agent_1/health-checks/run_1");
}

#[tokio::test]
async fn an_agent_is_tried_before_it_is_made_and_looked_after() {
    let request = PreviewAgentRequest { system_prompt: "Be brief.".to_owned(), ..Default::default() };
    let answer = r#"{"system_prompt":"Be brief. Use tools.","tools":[{}]}"#;
    let (asked, preview) = ask(answer, |client| client.agents().preview(request)).await;
    assert_eq!(asked, r#"POST /agents/preview {"system_prompt":"Be brief."}"#);
    assert_eq!((preview.system_prompt.as_str(), preview.tools.len()), ("Be brief. Use tools.", 1));
    for (answer, expected) in
        [(r#"{"run":null,"config_changed":true}"#, None), (r#"{"run":{"id":"run_1"}}"#, Some("run_1"))]
    {
        let (asked, latest) = ask(answer, |client| client.agents().latest_health_check("agent_1")).await;
        assert_eq!(asked, "GET /agents/agent_1/health-checks/latest");
        assert_eq!(latest.run.map(|run| run.id).as_deref(), expected);
        assert_eq!(latest.config_changed, expected.is_none());
    }
}

#[tokio::test]
async fn an_answer_that_is_no_agent_is_an_error() {
    for body in ["", "{}", "[]", r#"{"name":"without an id"}"#, "<html>", r#"{"id":"#] {
        let (client, _) = script([(200, body)]);
        assert!(matches!(client.agents().get("agent_1").await, Err(Error::Decode(_))), "{body}");
    }
}
