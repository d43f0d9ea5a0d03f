//! The same without `async`.

use runagent::{
    ErrorCode, RunAgentClientConfig, RunOptions,
    blocking::{RunAgentClient, platform::Client},
    platform::{InvocationFilter, MetadataUpload, ProjectQuery},
    transport::testing::ScriptedTransport,
};
use serde_json::{Map, json};

use crate::{
    captured::{INFO, LIST, MISSING, STATS},
    cloud::{AGENT, KEY, METADATA_DONE, START_DONE, config, options, refused, scripted, shown},
};

fn client(cloud: &ScriptedTransport) -> Client {
    Client::new(config(cloud)).expect("a client")
}

#[test]
fn an_agent_is_asked_for_its_runs() {
    let cloud = scripted([(200, LIST), (404, MISSING), (200, STATS), (200, INFO), (200, r#"{"status":"deployed"}"#)]);
    let config = RunAgentClientConfig::new(AGENT, "echo").with_api_key(KEY).with_options(options(&cloud));
    let client = RunAgentClient::connect_lazy(config).expect("a client");
    assert_eq!(client.invocations(InvocationFilter::new().all()).expect("a page").invocations.len(), 2);
    assert_eq!(refused(client.invocation("nope")).code().as_str(), "NOT_FOUND");
    assert_eq!(client.invocation_stats().expect("statistics").total_invocations, 50);
    assert_eq!(client.server_info().expect("an answer").port, Some(18450));
    assert_eq!(client.agent_status().expect("an answer"), json!({"status": "deployed"}));
    let asked: Vec<_> = cloud.requests().iter().map(shown).collect();
    assert_eq!(
        asked,
        [
            format!("GET /api/v1/agents/{AGENT}/invocations?limit=-1 -"),
            "GET /api/v1/invocations/nope -".to_owned(),
            format!("GET /api/v1/agents/{AGENT}/invocations/stats -"),
            "GET /api/v1 -".to_owned(),
            format!("GET /api/v1/agents/{AGENT}/status -"),
        ]
    );
}

#[test]
fn the_account_is_asked_for_what_it_has() {
    let cloud = scripted([
        (200, r#"{"status":"healthy"}"#),
        (200, r#"{"max_agents":5}"#),
        (200, r#"{"valid":true}"#),
        (200, r#"{"success":true,"data":{"email":"ada@example.com"}}"#),
        (200, r#"{"success":true,"data":{"projects":[{"id":"p1"}]}}"#),
        (200, r#"{"status":"deployed"}"#),
        (200, METADATA_DONE),
        (200, START_DONE),
    ]);
    let client = client(&cloud);
    assert_eq!(client.health().expect("health").status, "healthy");
    assert!(client.limits().expect("limits").max_agents.is_some());
    assert!(client.validate_token().expect("an answer").valid);
    assert_eq!(client.profile().expect("a profile")["email"], "ada@example.com");
    assert_eq!(client.projects(ProjectQuery::new()).expect("a page").projects[0].id, "p1");
    assert_eq!(client.agent_status(AGENT).expect("an answer")["status"], "deployed");
    let metadata = MetadataUpload::new(AGENT, Map::new());
    assert_eq!(client.upload_metadata(&metadata).expect("an answer").agent_id, AGENT);
    assert!(client.start(AGENT, &Map::new()).expect("an answer").endpoint.is_some());
    assert_eq!(cloud.requests().len(), 8);
    assert_eq!(client.explain().get("api_key").map(|setting| setting.value().to_owned()).as_deref(), Some("set"));

    let bad = client.with_options(RunOptions::new().with_header("host", "elsewhere"));
    assert_eq!(*refused(bad.limits()).code(), ErrorCode::VALIDATION_ERROR);
}

#[test]
fn all_projects_are_an_iterator() {
    let cloud = scripted([
        (200, r#"{"success":true,"data":{"projects":[{"id":"a"},{"id":"b"}]}}"#),
        (200, r#"{"success":true,"data":{"projects":[{"id":"c"}]}}"#),
        (500, ""),
    ]);
    let mut projects = client(&cloud).all_projects(ProjectQuery::new());
    let ids: String = projects.by_ref().take(3).map(|project| project.expect("a project").id).collect();
    assert_eq!(ids, "abc");
    assert_eq!(*refused(projects.next().expect("an item")).code(), ErrorCode::SERVER_ERROR);
    assert!(projects.next().is_none());
}

#[cfg(feature = "deploy")]
#[test]
fn an_agent_is_deployed() {
    use runagent::platform::{Archive, Deployment};

    use crate::cloud::{STATUS_DONE, UPLOAD_DONE};

    let cloud =
        scripted([(200, UPLOAD_DONE), (200, METADATA_DONE), (200, UPLOAD_DONE), (200, START_DONE), (200, STATUS_DONE)]);
    let client = client(&cloud);
    let archive = Archive::from_zip("zip");
    assert_eq!(client.upload(AGENT, &archive, |_, _| {}).expect("an answer").status.as_deref(), Some("uploaded"));
    let deployment = Deployment::new(MetadataUpload::new(AGENT, Map::new()), archive);
    assert_eq!(client.deploy(&deployment, |_| {}).expect("it is deployed").status["status"], "deployed");
    assert_eq!(cloud.requests().len(), 5);
}
