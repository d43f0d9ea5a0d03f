//! What is recorded of an agent's runs.

use runagent::{
    ErrorCode, ErrorKind, RunAgentClient, RunAgentClientConfig,
    platform::{InvocationFilter, InvocationStatus},
    transport::testing::ScriptedTransport,
};
use serde_json::{Value, json};

use crate::{
    captured::{BAD_LIMIT, FAILED, HEALTH, LIST, MISSING, NAN, STATS},
    cloud::{AGENT, KEY, only, options, refused, scripted},
};

const NOT_FOUND: &str = r#"{"detail":"Not Found"}"#;

pub(crate) fn remote(transport: &ScriptedTransport) -> RunAgentClient {
    let config = RunAgentClientConfig::new(AGENT, "echo").with_api_key(KEY).with_options(options(transport));
    RunAgentClient::connect_lazy(config).expect("a client")
}

pub(crate) fn local(transport: &ScriptedTransport) -> RunAgentClient {
    let config = RunAgentClientConfig::new(AGENT, "echo").with_local(true).with_address("127.0.0.1", 18450);
    RunAgentClient::connect_lazy(config.with_options(options(transport))).expect("a client")
}

pub(crate) fn paths(transport: &ScriptedTransport) -> Vec<String> {
    transport.requests().iter().map(|request| request.uri().to_string()).collect()
}

#[tokio::test]
async fn a_list_is_asked_for_with_what_was_said_and_no_more() {
    let path = format!("/api/v1/agents/{AGENT}/invocations");
    for (filter, query) in [
        (InvocationFilter::new(), ""),
        (InvocationFilter::new().with_limit(2), "?limit=2"),
        (InvocationFilter::new().with_limit(0), "?limit=0"),
        (InvocationFilter::new().all(), "?limit=-1"),
        (InvocationFilter::new().with_limit(2).all(), "?limit=-1"),
        (InvocationFilter::new().all().with_limit(2), "?limit=2"),
        (InvocationFilter::new().with_status("failed"), "?status=failed"),
        (InvocationFilter::new().with_status(InvocationStatus::Completed).with_limit(1), "?limit=1&status=completed"),
        (InvocationFilter::new().with_status("a&b"), "?status=a%26b"),
    ] {
        let cloud = scripted([(200, LIST)]);
        remote(&cloud).invocations(filter).await.expect(query);
        assert_eq!(only(&cloud), format!("GET {path}{query} -"));
    }
}

#[tokio::test]
async fn the_runs_of_a_real_server_are_read() {
    let transport = scripted([(200, LIST)]);
    let page = local(&transport).invocations(InvocationFilter::new().with_limit(2)).await.expect("a page");
    assert_eq!((page.agent_id.as_str(), page.invocations.len(), page.total_count), (AGENT, 2, Some(2)));
    let [generator, extracted] = &page.invocations[..] else { panic!("{page:?}") };
    assert_eq!(generator.output_data["type"], "async_generator");
    assert_eq!(extracted.output_data, json!({"answer": "the answer", "missing": null}));
    assert_eq!(extracted.status, InvocationStatus::Completed);
    assert_eq!(extracted.execution_time_ms, Some(10.447502136230469));
    assert_eq!(extracted.client_info["server_port"], 18450);
    assert_eq!(paths(&transport), [format!("http://127.0.0.1:18450/api/v1/agents/{AGENT}/invocations?limit=2")]);

    let transport = scripted([(200, FAILED)]);
    let filter = InvocationFilter::new().with_limit(1).with_status(InvocationStatus::Failed);
    let page = local(&transport).invocations(filter).await.expect("a page");
    let [failed] = &page.invocations[..] else { panic!("{page:?}") };
    assert_eq!((&failed.status, &failed.output_data), (&InvocationStatus::Failed, &Value::Null));
    assert!(failed.error_detail.as_deref().is_some_and(|detail| detail.ends_with(": boom")));

    let empty = format!(r#"{{"agent_id":"{AGENT}","invocations":[],"total_count":0}}"#);
    let page = local(&scripted([(200, &empty)])).invocations(InvocationFilter::new().with_limit(0)).await;
    assert!(page.expect("a page").invocations.is_empty());
}

#[tokio::test]
async fn results_that_are_false_are_what_the_server_makes_of_them() {
    for (recorded, expected) in [
        ("null", json!(null)),
        ("0", json!(0)),
        ("\"\"", json!("")),
        ("[]", json!([])),
        ("{}", json!({})),
        ("false", json!(false)),
    ] {
        let body = format!(r#"{{"invocation_id":"i1","status":"completed","output_data":{recorded}}}"#);
        let run = local(&scripted([(200, &body)])).invocation("i1").await.expect("a run");
        assert_eq!(run.output_data, expected);
    }
}

#[tokio::test]
async fn one_run_is_asked_for_by_its_id() {
    let body = r#"{"invocation_id":"i 1","agent_id":"x","status":"pending"}"#;
    let cloud = scripted([(200, body)]);
    let run = remote(&cloud).invocation("i 1").await.expect("a run");
    assert_eq!((run.invocation_id.as_str(), run.status), ("i 1", InvocationStatus::Pending));
    assert_eq!(only(&cloud), "GET /api/v1/invocations/i%201 -");
}

#[tokio::test]
async fn an_unknown_run_keeps_the_code_of_the_server() {
    for client in [local as fn(&ScriptedTransport) -> RunAgentClient, remote] {
        let transport = scripted([(404, MISSING)]);
        let error = refused(client(&transport).invocation("nope").await);
        assert_eq!((error.code().as_str(), error.message()), ("NOT_FOUND", "Invocation nope not found"));
        // It is not the agent that is missing.
        assert_eq!((error.kind(), error.status()), (ErrorKind::Validation, Some(404)));
        assert_eq!(error.request_id(), Some("021e27dd-be58-45e8-88b0-d2c2c97da8bd"));
        assert_eq!(transport.requests().len(), 1);
    }
}

#[tokio::test]
async fn the_statistics_of_a_real_server_are_read() {
    let cloud = scripted([(200, STATS)]);
    let stats = remote(&cloud).invocation_stats().await.expect("statistics");
    assert_eq!((stats.total_invocations, stats.completed_invocations, stats.failed_invocations), (50, 45, 5));
    assert_eq!((stats.success_rate, stats.avg_execution_time_ms), (Some(90.0), Some(25.65)));
    assert_eq!(only(&cloud), format!("GET /api/v1/agents/{AGENT}/invocations/stats -"));
}

#[tokio::test]
async fn a_list_that_the_server_can_not_write_is_explained() {
    let error = refused(local(&scripted([(500, NAN)])).invocations(InvocationFilter::new().all()).await);
    assert_eq!((error.code().as_str(), error.kind()), ("INTERNAL_ERROR", ErrorKind::Server));
    assert!(error.suggestion().is_some_and(|text| text.contains("NaN") && text.contains("fewer")), "{error:?}");
    assert!(!error.is_retryable());
    // Any other failure may pass.
    let error = refused(local(&scripted([(500, "boom")])).invocations(InvocationFilter::new()).await);
    assert!(error.is_retryable() && !error.suggestion().unwrap_or_default().contains("NaN"));
}

#[tokio::test]
async fn a_refused_filter_is_told_with_its_field() {
    let error = refused(local(&scripted([(422, BAD_LIMIT)])).invocations(InvocationFilter::new()).await);
    assert_eq!(*error.code(), ErrorCode::VALIDATION_ERROR);
    assert!(error.report().to_string().contains(r#"["query","limit"]"#), "{}", error.report());
}

#[tokio::test]
async fn a_local_server_without_such_a_record_says_so() {
    // Not found; whose server is it? And once more, as nobody is named by then.
    for call in ["list", "stats", "status", "one"] {
        let transport = scripted([(404, NOT_FOUND), (200, HEALTH), (200, HEALTH)]);
        let client = local(&transport);
        let error = match call {
            "list" => refused(client.invocations(InvocationFilter::new()).await),
            "stats" => refused(client.invocation_stats().await),
            "status" => refused(client.agent_status().await),
            _ => refused(client.invocation("i1").await),
        };
        assert_eq!((error.code(), error.status()), (&ErrorCode::VALIDATION_ERROR, Some(404)), "{call}");
        assert!(error.message().contains("does not have this call"), "{call}: {error}");
    }
    let other = HEALTH.replace(AGENT, "other");
    let transport = scripted([(404, NOT_FOUND), (200, &other), (200, &other)]);
    let error = refused(local(&transport).invocations(InvocationFilter::new()).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(error.message().contains("serves agent other"), "{error}");

    let error = refused(remote(&scripted([(404, NOT_FOUND)])).invocations(InvocationFilter::new()).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_REMOTE);
}

#[tokio::test]
async fn an_answer_of_another_form_is_told_with_the_place() {
    let body = r#"{"agent_id":"a","invocations":[{"invocation_id":"i1"},{"status":"failed"}]}"#;
    let error = refused(local(&scripted([(200, body)])).invocations(InvocationFilter::new()).await);
    assert_eq!(*error.code(), ErrorCode::DECODE_ERROR);
    assert!(error.message().contains("`invocations[1]`"), "{error}");
}
