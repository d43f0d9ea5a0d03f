//! The description that tools read.

use std::collections::HashSet;

use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, InProcess, Input, Server};
use serde::Deserialize;
use serde_json::Value;

use crate::v1::get;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Tree {
    query: String,
    /// More of them.
    #[serde(rename = "a/b~c d")]
    children: Vec<Tree>,
    kind: Kind,
}

#[derive(Deserialize, JsonSchema)]
enum Kind {
    Leaf,
    Inner,
}

fn server() -> InProcess {
    let agent = Agent::new("a {x}/b")
        .with_name("Trees")
        .entrypoint("grow it", async |_: Tree| 1)
        .describe("grow it", "Grows a tree.")
        .stream_entrypoint("grow_stream", |_: Tree| futures_util::stream::iter([1]))
        .entrypoint("invoke", async |_: Tree| 1);
    let plain = Agent::new("plain").entrypoint("any", async |_: Input| Ok(1));
    Server::builder(agent).agent(plain).agent(Agent::new("empty")).in_process().unwrap()
}

/// Every object in a document, with the key under which it is.
fn objects<'a>(value: &'a Value, key: &'a str, found: &mut Vec<(&'a str, &'a Value)>) {
    match value {
        Value::Object(members) => {
            found.push((key, value));
            members.iter().for_each(|(key, value)| objects(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, key, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = get(&server(), "/openapi.json").await.json();
    let mut found = Vec::new();
    objects(&document, "", &mut found);
    let references: Vec<_> = found.iter().filter_map(|(_, object)| object.get("$ref")?.as_str()).collect();
    for reference in &references {
        let path = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}"));
        let path = path.replace("%7E", "~").replace("%7e", "~").replace("%20", " ");
        assert!(document.pointer(&path).is_some(), "{reference}");
    }
    assert!(references.iter().any(|reference| reference.contains("/$defs/")), "{references:?}");
    assert!(
        references.iter().any(|reference| reference.contains("a~1b~0c") || reference.contains("%7E")),
        "{references:?}"
    );
}

#[tokio::test]
async fn it_is_shaped_as_openapi_3_1_asks() {
    let document = get(&server(), "/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut ids = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/'), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            assert!(matches!(method.as_str(), "get" | "post"), "{path} {method}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path} {method}");
            for response in operation["responses"].as_object().unwrap().values() {
                assert!(response["description"].is_string(), "{path} {method}");
            }
            // Each parameter of a path is declared, and none else.
            let declared: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
            assert!(declared.iter().all(|parameter| parameter["schema"].is_object()), "{path}");
            let named = declared.iter().filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(named, path.matches('{').count(), "{path}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
    }
    assert!(document.get("security").is_none());
}

#[tokio::test]
async fn each_agent_has_the_paths_that_answer_for_it() {
    let document = get(&server(), "/openapi.json").await.json();
    let paths: HashSet<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for path in [
        "/api/v1",
        "/api/v1/health",
        "/v1/agents",
        "/v1/operations/{id}",
        "/api/v1/agents/a%20%7Bx%7D%2Fb/run",
        "/api/v1/agents/a%20%7Bx%7D%2Fb/run-stream",
        "/v1/agents/a%20%7Bx%7D%2Fb/invoke",
        "/v1/agents/a%20%7Bx%7D%2Fb/batch",
        "/v1/agents/a%20%7Bx%7D%2Fb/stream",
        "/v1/agents/plain/invoke",
        "/v1/agents/plain/health",
        "/v1/agents/empty",
        "/api/v1/agents/empty/architecture",
    ] {
        assert!(paths.contains(path), "{path}");
    }
    for path in ["/v1/agents/plain/stream", "/api/v1/agents/plain/run-stream", "/v1/agents/empty/invoke"] {
        assert!(!paths.contains(path), "{path}");
    }
    let run = &document["paths"]["/api/v1/agents/a%20%7Bx%7D%2Fb/run"]["post"]["requestBody"]["content"];
    let forms = run["application/json"]["schema"]["oneOf"].as_array().unwrap();
    assert_eq!(forms.len(), 2);
    assert_eq!(forms[0]["properties"]["entrypoint_tag"]["const"], "grow it");
    assert_eq!(forms[0]["description"], "Grows a tree.");
}

#[tokio::test]
async fn a_token_is_declared_and_asked_for() {
    let server = Server::builder(Agent::new("a")).token("s3cret").in_process().unwrap();
    assert_eq!(get(&server, "/openapi.json").await.status, 401);
    let document = get(&server, "/openapi.json?token=s3cret").await.json();
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert!(!document.to_string().contains("s3cret"));
}
