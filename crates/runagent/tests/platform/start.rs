//! The steps of a deployment that need no archive.

use runagent::{
    ErrorCode,
    platform::{AgentMetadata, MetadataUpload},
};
use serde_json::{Map, Value, json};

use crate::cloud::{AGENT, EXISTS, METADATA_DONE, START_DONE, client, json, only, refused, scripted};

fn metadata() -> MetadataUpload {
    let Value::Object(config) = json!({"agent_name": "interop-agent", "agent_id": AGENT}) else { unreachable!() };
    let mut about = AgentMetadata::default();
    about.file_structure = vec!["main.py".to_owned(), "runagent.config.json".to_owned()];
    about.env_vars.insert("INTEROP_FLAG".to_owned(), json!("from-config"));
    MetadataUpload::new(AGENT, config).with_agent_metadata(about)
}

#[tokio::test]
async fn the_metadata_go_as_the_official_clients_send_them() {
    let cloud = scripted([(200, METADATA_DONE)]);
    let uploaded = client(&cloud).upload_metadata(&metadata()).await.expect("an answer");
    assert_eq!((uploaded.agent_id.as_str(), uploaded.entrypoints_created), (AGENT, Some(2)));
    let request = only(&cloud);
    let body = request.strip_prefix("POST /api/v1/agents/metadata-upload application/json ").expect("the request line");
    let expected = json!({
        "agent_id": AGENT,
        "agent_metadata": {
            "file_structure": ["main.py", "runagent.config.json"],
            "auth_settings": {"type": "none"},
            "env_vars": {"INTEROP_FLAG": "from-config"},
        },
        "config": {"agent_name": "interop-agent", "agent_id": AGENT},
        "project_id": "default",
        "overwrite": false,
    });
    assert_eq!(json(body), expected);
}

#[tokio::test]
async fn an_agent_that_is_there_already_can_be_replaced() {
    for status in [200, 400, 409] {
        let error = refused(client(&scripted([(status, EXISTS)])).upload_metadata(&metadata()).await);
        assert_eq!((error.code().as_str(), error.message()), ("RESOURCE_ALREADY_EXISTS", "Agent exists"), "{status}");
        assert!(error.suggestion().is_some_and(|text| text.contains("with_overwrite(true)")), "{error:?}");
        assert_eq!((error.status(), error.request_id()), (Some(status), Some("r9")));
        assert!(!error.is_retryable());
    }
    let cloud = scripted([(200, METADATA_DONE)]);
    client(&cloud).upload_metadata(&metadata().with_overwrite(true).with_project_id("p1")).await.expect("an answer");
    let sent = json(std::str::from_utf8(cloud.requests()[0].body()).expect("text"));
    assert_eq!((&sent["overwrite"], &sent["project_id"]), (&json!(true), &json!("p1")));
}

#[tokio::test]
async fn an_agent_is_started_with_what_the_platform_is_to_know() {
    let cloud = scripted([(200, START_DONE)]);
    let started = client(&cloud).start(AGENT, &Map::new()).await.expect("an answer");
    assert_eq!(started.endpoint, Some(format!("/agents/{AGENT}/run")));
    assert_eq!(started.network_info["zone"], "eu");
    assert_eq!(only(&cloud), format!("POST /api/v1/agents/{AGENT}/start application/json {{}}"));

    let cloud = scripted([(200, r#"{"success":true,"data":{}}"#)]);
    let about = Map::from_iter([("framework".to_owned(), json!("unknown"))]);
    client(&cloud).start("a b", &about).await.expect("an answer");
    assert_eq!(only(&cloud), r#"POST /api/v1/agents/a%20b/start application/json {"framework":"unknown"}"#);
}

#[tokio::test]
async fn what_changes_something_is_not_repeated_blindly() {
    for (status, retryable) in [(408, false), (429, true), (500, false), (502, false), (503, false), (504, false)] {
        let error = refused(client(&scripted([(status, "")])).start(AGENT, &Map::new()).await);
        assert_eq!(error.is_retryable(), retryable, "{status}");
        // A question is another matter.
        assert!(refused(client(&scripted([(status, "")])).agent_status(AGENT).await).is_retryable(), "{status}");
    }
    let cloud = scripted([(502, ""), (200, START_DONE)]);
    let options = crate::cloud::options(&cloud).with_max_retries(3);
    let client = runagent::platform::Client::new(runagent::ApiConfig::new().with_api_key("key").with_options(options));
    let error = refused(client.expect("a client").start(AGENT, &Map::new()).await);
    assert_eq!((error.code(), cloud.requests().len()), (&ErrorCode::SERVER_ERROR, 1));
}

#[tokio::test]
async fn an_id_that_no_path_can_have_is_refused_before_anything_is_sent() {
    for id in ["", ".", "..", "a\nb"] {
        let cloud = scripted([]);
        assert_eq!(*refused(client(&cloud).start(id, &Map::new()).await).code(), ErrorCode::VALIDATION_ERROR, "{id:?}");
        assert_eq!(*refused(client(&cloud).agent_status(id).await).code(), ErrorCode::VALIDATION_ERROR, "{id:?}");
        assert!(cloud.requests().is_empty());
    }
}
