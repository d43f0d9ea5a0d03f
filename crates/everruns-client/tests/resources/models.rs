//! `Client::models`.

use everruns_sdk::types::ModelVendor;

use crate::script::{ask, line};

#[tokio::test]
async fn models_are_listed_and_read() {
    let (asked, page) =
        ask(r#"{"data":[{"id":"model_1","model_vendor":"mistral"}]}"#, |client| client.models().list()).await;
    assert_eq!((&*asked, &page.data[0].model_vendor), ("GET /models", &Some(ModelVendor::Mistral)));

    let filtered = line(r#"{"data":[]}"#, |client| {
        client.models().list().filter("source", "manual").filter("favorites_only", "true")
    });
    assert_eq!(filtered.await, "GET /models?source=manual&favorites_only=true");

    let (asked, model) = ask(r#"{"id":"model_1","enabled":true}"#, |client| client.models().get("model_1")).await;
    assert_eq!((&*asked, model.enabled), ("GET /models/model_1", true));
}
