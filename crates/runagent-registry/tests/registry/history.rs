//! What the Python side wrote, read back: the files in `fixtures` are of a real server.

use runagent_registry::{Registry, RegistryError};
use runagent_types::platform::{Invocation, InvocationPage, InvocationStats, InvocationStatus};
use serde_json::{Value, json};

use crate::database::{Database, PYTHON_SCHEMA};

const ROWS: &str = include_str!("fixtures/python_invocations.sql");
/// What the server answered for these rows, before the last of them was there.
const ANSWERS: &str = include_str!("fixtures/python_invocations.json");
const AGENT: &str = "00000000-0000-0000-0000-000000000000";

fn answers() -> Value {
    serde_json::from_str(ANSWERS).unwrap()
}

/// As far as the answers go: without the run that returned NaN.
async fn python() -> Database {
    let database = Database::with(PYTHON_SCHEMA).await;
    database.run(ROWS).await;
    database.run("DELETE FROM agent_invocations WHERE output_data = 'NaN'").await;
    database
}

/// The Python side leaves those of one second in no order.
fn sorted(page: &Value) -> Vec<Value> {
    let mut invocations = page["invocations"].as_array().unwrap().clone();
    invocations.sort_by_key(|invocation| invocation["invocation_id"].to_string());
    invocations
}

#[tokio::test]
async fn a_page_is_what_the_python_server_answers() {
    let database = python().await;
    let page = database.registry.invocations(AGENT, None, None).await.unwrap();
    let (page, expected) = (serde_json::to_value(&page).unwrap(), &answers()["list"]);
    assert_eq!((&page["agent_id"], &page["total_count"]), (&expected["agent_id"], &expected["total_count"]));
    // The integer beyond 64 bits arrives as its digits.
    let mut expected = sorted(expected);
    let wide = expected.iter_mut().find(|invocation| invocation["output_data"].as_f64() == Some(2f64.powi(70)));
    wide.unwrap()["output_data"] = json!("1180591620717411303424");
    assert_eq!(sorted(&page), expected);
}

#[tokio::test]
async fn one_invocation_and_the_numbers_are_what_the_python_server_answers() {
    let database = python().await;
    let expected: Invocation = serde_json::from_value(answers()["one"].clone()).unwrap();
    assert_eq!(database.registry.invocation(&expected.invocation_id).await, Ok(Some(expected)));
    let stats = database.registry.invocation_stats(AGENT).await.unwrap();
    assert_eq!(serde_json::to_value(&stats).unwrap(), answers()["stats"]);
}

#[tokio::test]
async fn a_page_has_as_many_of_a_status_as_are_wanted_and_the_newest_are_first() {
    let database = python().await;
    let registry = &database.registry;
    for (status, limit, expected) in [
        (None, None, 21),
        (None, Some(0), 0),
        (None, Some(2), 2),
        (None, Some(u64::MAX), 21),
        (Some("failed"), None, 4),
        (Some("failed"), Some(3), 3),
        (Some("completed"), None, 17),
        (Some("pending"), None, 0),
        (Some("no such status"), None, 0),
    ] {
        let wanted = status.map(InvocationStatus::from);
        let page = registry.invocations(AGENT, wanted.as_ref(), limit).await.unwrap();
        assert_eq!(page.total_count, Some(expected), "{status:?} {limit:?}");
        assert_eq!(page.invocations.len() as u64, expected);
        assert!(page.invocations.iter().all(|i| wanted.as_ref().is_none_or(|wanted| i.status == *wanted)));
        assert!(page.invocations.is_sorted_by(|a, b| a.request_timestamp >= b.request_timestamp));
    }
    let newest = registry.invocations(AGENT, None, Some(1)).await.unwrap();
    assert_eq!(newest.invocations[0].entrypoint_tag.as_deref(), Some("empty_stream"));
    assert_eq!(registry.invocations("other", None, None).await, Ok(InvocationPage::new("other", Vec::new())));
}

#[tokio::test]
async fn what_python_writes_for_nan_is_text() {
    let database = Database::with(PYTHON_SCHEMA).await;
    database.run(ROWS).await;
    let page = database.registry.invocations(AGENT, None, Some(1)).await.unwrap();
    assert_eq!(page.invocations[0].output_data, "NaN");
}

#[tokio::test]
async fn rows_of_any_content_are_read_as_far_as_they_go() {
    let database = Database::with("CREATE TABLE agent_invocations (invocation_id, agent_id, input_data, output_data, \
         error_detail, request_timestamp, response_timestamp, execution_time_ms, status, entrypoint_tag, sdk_type, client_info)").await;
    for row in [
        "NULL, 'a', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
        "1, 'a', 2, x'00ff', 3.5, 4, 5, 'slow', 6, 7, 8, 9",
        "'i', 'a', '', '{', '', '', 'never', 9e999, '', '', '', '[]'",
        "'j', 'a', '[1', 'None', 'x', '2026-11-21 20:27:35.000000', '2026-11-21 20:27:35.120000', -1, 'odd', 't', 's', '{\"a\": 1}'",
    ] {
        database.run(&format!("INSERT INTO agent_invocations VALUES ({row})")).await;
    }
    let page = database.registry.invocations("a", None, None).await.unwrap();
    assert_eq!(page.invocations.len(), 4);
    let last = database.registry.invocation("j").await.unwrap().unwrap();
    assert_eq!((&last.input_data, &last.output_data), (&json!("[1"), &json!("None")));
    assert_eq!(last.request_timestamp.as_deref(), Some("2026-11-21T20:27:35"));
    assert_eq!(last.response_timestamp.as_deref(), Some("2026-11-21T20:27:35.120000"));
    assert_eq!((last.status.as_str(), &last.client_info["a"]), ("odd", &json!(1)));
    let stats = database.registry.invocation_stats("a").await.unwrap();
    assert_eq!((stats.total_invocations, stats.success_rate), (4, Some(0.0)));
}

#[tokio::test]
async fn a_registry_that_kept_none_has_none() {
    for statements in ["CREATE TABLE agents (agent_id, host, port, status)", "CREATE TABLE other (a)"] {
        let database = Database::with(statements).await;
        let registry = &database.registry;
        assert_eq!(registry.invocations("a", None, None).await, Ok(InvocationPage::new("a", Vec::new())));
        assert_eq!(registry.invocation("i").await, Ok(None));
        let stats = registry.invocation_stats("a").await.unwrap();
        let mut none = InvocationStats::default();
        (none.agent_id, none.success_rate) = ("a".to_owned(), Some(0.0));
        assert_eq!(stats, none);
    }
}

#[tokio::test]
async fn reading_creates_nothing() {
    let database = Database::absent();
    let registry: &Registry = &database.registry;
    let absent = RegistryError::NoFile { path: database.path().to_owned() };
    assert_eq!(registry.invocations("a", None, None).await.unwrap_err(), absent);
    assert_eq!(registry.invocation("i").await.unwrap_err(), absent);
    assert_eq!(registry.invocation_stats("a").await.unwrap_err(), absent);
    assert!(database.listing().is_empty());
}
