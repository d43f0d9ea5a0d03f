//! Several agents under one address.

use http::Request;
use runagent_registry::{Address, Registry, RegistryError};
use runagent_server::{Agent, Server, ServerError};
use runagent_transport::{Body, Transport};
use serde_json::{Value, json};

use crate::client::{get, post_head, send};

fn agents() -> [Agent; 2] {
    [
        Agent::new("writer")
            .with_name("Writer")
            .with_description("Writes")
            .with_version("2")
            .entrypoint("who", async || "writer"),
        Agent::new("critic").entrypoint("who", async || "critic").entrypoint("judge", async || 0),
    ]
}

#[tokio::test]
async fn each_has_its_own_paths() {
    let [writer, critic] = agents();
    let server = Server::builder(writer).agent(critic).bind().await.unwrap().spawn();
    let address = server.address();
    let body = r#"{"entrypoint_tag":"who"}"#;
    for id in ["writer", "critic"] {
        let path = format!("/api/v1/agents/{id}/run");
        let answer = send(address, &post_head(address, &path, body.len()), body).await.json();
        assert!(answer["data"].as_str().unwrap().contains(id), "{answer}");
        let architecture = get(address, &format!("/api/v1/agents/{id}/architecture")).await.json();
        assert_eq!(architecture["data"]["agent_id"], id);
        assert_eq!(architecture["data"]["entrypoints"].as_array().unwrap().len(), if id == "writer" { 1 } else { 2 });
    }
    let judge = r#"{"entrypoint_tag":"judge"}"#;
    let other = send(address, &post_head(address, "/api/v1/agents/writer/run", judge.len()), judge).await;
    assert_eq!(other.status, 404);
    assert_eq!(get(address, "/api/v1/agents/other/architecture").await.status, 404);

    // Which of them a client means is not known there, and another id would tell it that its agent is gone.
    let health = get(address, "/api/v1/health").await.json();
    assert_eq!((&health["status"], health.get("agent_id"), health.get("agent_name")), (&json!("healthy"), None, None));
    let about = get(address, "/api/v1").await.json();
    assert_eq!(about["message"], "RunAgent API - Writer(writer), critic(critic)");
    assert_eq!(about["config"]["agent_id"], "writer");
    let agents = json!([
        {"agent_id": "writer", "agent_name": "Writer", "description": "Writes", "version": "2"},
        {"agent_id": "critic", "agent_name": "critic"},
    ]);
    assert_eq!(about["agents"], agents);
}

#[tokio::test]
async fn each_is_registered_while_they_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let [writer, critic] = agents();
    let server = Server::builder(writer).agent(critic).registry(registry.clone()).bind().await.unwrap();
    let address = Address::try_from(server.address()).unwrap();
    for id in ["writer", "critic"] {
        assert_eq!(registry.find(id).await.unwrap(), address);
    }
    server.spawn().shutdown().await.unwrap();
    for id in ["writer", "critic"] {
        let stopped = registry.find(id).await.unwrap_err();
        assert!(matches!(stopped, RegistryError::NotServed { .. }), "{stopped}");
    }
}

#[tokio::test]
async fn two_with_one_id_are_refused() {
    let [writer, _] = agents();
    let error = Server::builder(writer).agent(Agent::new("writer")).bind().await.unwrap_err();
    assert!(matches!(&error, ServerError::DuplicateAgentId { id } if id == "writer"), "{error}");
}

#[tokio::test]
async fn they_are_called_in_process_too() {
    let [writer, critic] = agents();
    let agents = Server::builder(writer).agent(critic).in_process().unwrap();
    for id in ["writer", "critic"] {
        let request = Request::get(format!("http://localhost/api/v1/agents/{id}/architecture"));
        let response = agents.send(request.body(Body::empty()).unwrap()).await.unwrap();
        let body = response.into_body().collect(1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["data"]["agent_id"], id);
    }
}
