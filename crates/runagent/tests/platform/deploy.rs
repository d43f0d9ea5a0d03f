//! A deployment, step by step.

use std::sync::{Arc, Mutex};

use runagent::{
    CancelToken, ErrorCode, RunOptions,
    platform::{Archive, DeployProgress, Deployment, InvocationFilter, MetadataUpload},
    transport::{
        Progress, TransportError, TransportErrorKind,
        testing::{Reply, ScriptedTransport},
    },
};
use serde_json::{Map, Value, json};

use crate::cloud::{
    AGENT, EXISTS, METADATA_DONE, START_DONE, STATUS_DONE, UPLOAD_DONE, client, json, refused, scripted,
};

fn deployment() -> Deployment {
    Deployment::new(MetadataUpload::new(AGENT, Map::new()), Archive::from_zip("a zip archive"))
}

/// What is told, and where it is kept.
fn account() -> (Arc<Mutex<Vec<DeployProgress>>>, impl Fn(DeployProgress) + Send + Sync + 'static) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = told.clone();
    (told, move |progress| keep.lock().expect("no panic").push(progress))
}

fn paths(cloud: &ScriptedTransport) -> Vec<String> {
    cloud.requests().iter().map(|request| format!("{} {}", request.method(), request.uri().path())).collect()
}

const STEPS: [&str; 4] = [
    "POST /api/v1/agents/metadata-upload",
    "POST /api/v1/agents/upload",
    "POST /api/v1/agents/11111111-2222-4333-8444-555555555555/start",
    "GET /api/v1/agents/11111111-2222-4333-8444-555555555555/status",
];

#[tokio::test]
async fn a_deployment_is_four_calls_in_their_order() {
    let cloud = scripted([(200, METADATA_DONE), (200, UPLOAD_DONE), (200, START_DONE), (200, STATUS_DONE)]);
    let (told, progress) = account();
    let about = Map::from_iter([("framework".to_owned(), json!("default"))]);
    let deployment = deployment().with_project_id("p1").with_overwrite(true).with_start_metadata(about);
    let deployed = client(&cloud).deploy(&deployment, progress).await.expect("it is deployed");
    assert_eq!(deployed.metadata.entrypoints_created, Some(2));
    assert_eq!(deployed.uploaded.file_name.as_deref(), Some("agent_11111111.zip"));
    assert_eq!(deployed.started.endpoint, Some(format!("/agents/{AGENT}/run")));
    assert_eq!(deployed.status, json!({"status": "deployed"}));
    assert_eq!(paths(&cloud), STEPS);

    let body = |index: usize| String::from_utf8(cloud.requests()[index].body().to_vec()).expect("text");
    let metadata = json(&body(0));
    assert_eq!((&metadata["project_id"], &metadata["overwrite"]), (&json!("p1"), &json!(true)));
    assert!(body(1).contains("\r\n\r\na zip archive\r\n"), "{}", body(1));
    assert_eq!(body(2), r#"{"framework":"default"}"#);

    let total = body(1).len() as u64;
    let told = told.lock().expect("no panic").clone();
    let is_upload = |progress: &DeployProgress| matches!(progress, DeployProgress::Uploading { .. });
    let others: Vec<_> = told.iter().copied().filter(|progress| !is_upload(progress)).collect();
    use DeployProgress::{Checking, Done, Metadata, Starting};
    assert_eq!(others, [Metadata, Starting, Checking, Done]);
    let uploads: Vec<_> = told[1..].iter().take_while(|progress| is_upload(progress)).collect();
    assert_eq!(uploads.last(), Some(&&DeployProgress::Uploading { sent: total, total }), "{told:?}");
    assert_eq!(uploads.len() + others.len(), told.len(), "all of them between the metadata and the start");
}

#[tokio::test]
async fn a_deployment_that_fails_says_at_which_step_and_what_was_done() {
    let answers = [METADATA_DONE, UPLOAD_DONE, START_DONE, STATUS_DONE];
    for (step, place, way_on) in [
        (0, "step 1 of 4, the metadata, failed: ", ""),
        (1, "step 2 of 4, the upload, failed; the metadata are done: ", "Client::upload"),
        (2, "step 3 of 4, the start, failed; metadata and upload are done: ", "Client::start"),
        (3, "step 4 of 4, the status, failed; metadata, upload and start are done: ", "Client::agent_status"),
    ] {
        for (status, body, code, message) in [
            (403, r#"{"detail":"no access"}"#, "PERMISSION_ERROR", "no access"),
            (
                500,
                r#"{"success":false,"error":{"code":"BUILD_FAILED","message":"no disk","details":{"free":0}}}"#,
                "BUILD_FAILED",
                "no disk",
            ),
            (
                200,
                r#"{"success":false,"error":{"code":"BUILD_FAILED","message":"no disk"}}"#,
                "BUILD_FAILED",
                "no disk",
            ),
            (200, "<html>", "DECODE_ERROR", "not JSON"),
        ] {
            let replies = answers[..step].iter().map(|body| Reply::json(200, *body)).chain([Reply::json(status, body)]);
            let cloud = ScriptedTransport::new(replies);
            let (told, progress) = account();
            let error = refused(client(&cloud).deploy(&deployment(), progress).await);
            let expected = format!("deploying agent {AGENT}, {place}");
            assert_eq!(error.code().as_str(), code, "{place}{error}");
            assert!(error.message().starts_with(&expected), "{error}");
            assert!(code == "DECODE_ERROR" || error.message().ends_with(message), "{error}");
            assert!(error.suggestion().unwrap_or_default().contains(way_on), "{error:?}");
            assert!(step == 0 || !error.is_retryable(), "the agent is there by now: {error:?}");
            assert_eq!(paths(&cloud), STEPS[..=step], "nothing follows");
            assert!(!told.lock().expect("no panic").contains(&DeployProgress::Done));
            if status == 500 {
                let runagent::RunAgentError::Execution { details: Some(details), .. } = &error else {
                    panic!("{error}")
                };
                assert_eq!((details["free"].as_i64(), error.status()), (Some(0), Some(500)));
            }
        }
    }
}

#[tokio::test]
async fn a_step_that_was_not_sent_may_be_repeated_when_the_agent_may_be_replaced() {
    let unsent = || TransportError::new(TransportErrorKind::Refused, Progress::NotSent, "nothing listens there");
    for (overwrite, retryable) in [(true, true), (false, false)] {
        let cloud = ScriptedTransport::new([Reply::json(200, METADATA_DONE), unsent().into()]);
        let error = refused(client(&cloud).deploy(&deployment().with_overwrite(overwrite), |_| {}).await);
        assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::CONNECTION_ERROR, retryable));
    }
    let error = refused(client(&ScriptedTransport::new([unsent()])).deploy(&deployment(), |_| {}).await);
    assert!(error.is_retryable(), "nothing was done: {error:?}");
}

#[tokio::test]
async fn an_agent_that_is_there_already_is_left_alone() {
    let cloud = scripted([(409, EXISTS)]);
    let error = refused(client(&cloud).deploy(&deployment(), |_| {}).await);
    assert_eq!(error.code().as_str(), "RESOURCE_ALREADY_EXISTS");
    assert!(error.suggestion().is_some_and(|text| text.contains("with_overwrite(true)")), "{error:?}");
    assert_eq!(paths(&cloud), STEPS[..1]);
}

#[tokio::test]
async fn a_deployment_that_is_cancelled_ends_where_it_is() {
    for (at, requests) in [(DeployProgress::Metadata, 0), (DeployProgress::Starting, 2), (DeployProgress::Checking, 3)]
    {
        let cloud = scripted([(200, METADATA_DONE), (200, UPLOAD_DONE), (200, START_DONE), (200, STATUS_DONE)]);
        let token = CancelToken::new();
        let client = client(&cloud).with_options(RunOptions::new().with_cancel(&token));
        let stop = move |progress| {
            if progress == at {
                token.cancel();
            }
        };
        let error = refused(client.deploy(&deployment(), stop).await);
        assert_eq!(*error.code(), ErrorCode::CANCELLED, "{at:?}");
        assert_eq!(paths(&cloud), STEPS[..requests], "{at:?}");
    }
}

#[tokio::test]
async fn no_error_tells_the_environment_of_the_agent() {
    let mut metadata = MetadataUpload::new(AGENT, Map::from_iter([("k".to_owned(), json!("CANARY"))]));
    metadata.agent_metadata.env_vars.insert("TOKEN".to_owned(), Value::from("CANARY"));
    let deployment = Deployment::new(metadata, Archive::from_zip("CANARY"));
    assert!(!format!("{deployment:?} {deployment:#?}").contains("CANARY"));
    for (status, body) in [(500, "boom"), (422, r#"{"detail":[{"loc":["body"],"msg":"no","input":"CANARY"}]}"#)] {
        let error = refused(client(&scripted([(status, body)])).deploy(&deployment, |_| {}).await);
        // `Serialize` and the report leave out what was refused.
        assert!(!crate::shown::everything(&error).contains("CANARY"), "{}", crate::shown::everything(&error));
    }
}

#[tokio::test]
async fn calls_can_be_tasks_of_their_own() {
    let cloud = scripted([(200, METADATA_DONE), (200, UPLOAD_DONE), (200, START_DONE), (200, STATUS_DONE)]);
    let client = client(&cloud);
    let task = tokio::spawn(async move { client.deploy(&deployment(), |_| {}).await });
    assert!(task.await.expect("no panic").is_ok());

    let cloud = scripted([(200, r#"{"invocations":[]}"#), (200, "{}"), (200, "{}")]);
    let agent = crate::invocations::remote(&cloud);
    let task = tokio::spawn(async move {
        agent.invocations(InvocationFilter::new()).await?;
        agent.server_info().await?;
        agent.agent_status().await
    });
    assert!(task.await.expect("no panic").is_ok());
}
