//! `Client::harnesses`.

use everruns_sdk::types::{CreateHarnessRequest, UpdateHarnessRequest};

use crate::script::{ask, line};

const HARNESS: &str = r#"{"id":"harness_1","name":"generic","session_count":2}"#;

#[tokio::test]
async fn harnesses_are_listed_and_searched() {
    let list = r#"{"data":[{"id":"harness_1","name":"generic"}]}"#;
    let (asked, page) = ask(list, |client| client.harnesses().list()).await;
    assert_eq!((&*asked, &*page.data[0].name, page.total), ("GET /harnesses", "generic", None));
    assert_eq!(line(list, |client| client.harnesses().search("gen")).await, "GET /harnesses?search=gen");

    let examples = r#"[{"name":"coding","dev_only":true}]"#;
    let (asked, page) = ask(examples, |client| client.harnesses().examples()).await;
    assert_eq!((&*asked, page.data[0].dev_only), ("GET /harness-examples", true));
}

#[tokio::test]
async fn a_harness_is_made_read_changed_copied_and_archived() {
    let request = CreateHarnessRequest { name: "generic".to_owned(), ..Default::default() };
    let asked = line(HARNESS, |client| client.harnesses().create(request)).await;
    assert_eq!(asked, r#"POST /harnesses {"name":"generic"}"#);

    let (asked, harness) = ask(HARNESS, |client| client.harnesses().get("harness_1")).await;
    assert_eq!((&*asked, harness.session_count), ("GET /harnesses/harness_1", Some(2)));

    let changes = UpdateHarnessRequest { display_name: "Generic".into(), tags: Some(vec![]), ..Default::default() };
    let call = line(HARNESS, |client| client.harnesses().update("harness_1", changes));
    assert_eq!(call.await, r#"PATCH /harnesses/harness_1 {"display_name":"Generic","tags":[]}"#);

    assert_eq!(
        line(HARNESS, |client| client.harnesses().copy("harness_1")).await,
        "POST /harnesses/harness_1/copy null"
    );
    assert_eq!(line("", |client| client.harnesses().archive("harness_1")).await, "DELETE /harnesses/harness_1");

    let (asked, stats) = ask(r#"{"session_count":7}"#, |client| client.harnesses().stats("harness_1")).await;
    assert_eq!((&*asked, stats.session_count), ("GET /harnesses/harness_1/stats", 7));
}
