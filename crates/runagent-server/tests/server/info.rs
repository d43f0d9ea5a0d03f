use runagent_registry::{Address, Registry, RegistryError};
use runagent_server::{Agent, AgentError, Input, Server, ServerError};
use serde_json::{Value, json};

use crate::client::{get, run, send, serve};

async fn nothing(_: Input) -> Result<(), AgentError> {
    Ok(())
}

fn agent() -> Agent {
    Agent::new("a").with_name("Ada").with_description("Says nothing").with_version("1.2.0").entrypoint("quiet", nothing)
}

#[tokio::test]
async fn tells_what_it_serves() {
    let server = serve(agent()).await;
    let address = server.address();

    let about = get(address, "/api/v1").await;
    assert_eq!((about.status, about.header("content-type")), (200, Some("application/json")));
    let about = about.json();
    assert_eq!(about["message"], "RunAgent API - Ada(a)");
    assert_eq!((&about["host"], &about["port"]), (&json!("127.0.0.1"), &json!(address.port())));
    assert_eq!(about["config"]["agent_id"], "a");
    assert_eq!(about["config"]["agent_architecture"]["entrypoints"], json!([{"tag": "quiet", "extractor": {}}]));

    let health = get(address, "/api/v1/health").await.json();
    assert_eq!(health["status"], "healthy");
    assert_eq!((&health["agent_id"], &health["agent_name"]), (&json!("a"), &json!("Ada")));
    assert_eq!((&health["framework"], &health["version"]), (&json!("rust"), &json!("1.0.0")));
    assert!(health["uptime_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0));

    let architecture = get(address, "/api/v1/agents/a/architecture").await.json();
    assert_eq!(architecture["success"], true);
    assert_eq!(architecture["message"], "Agent architecture retrieved successfully");
    assert_eq!(architecture["data"], json!({"agent_id": "a", "entrypoints": [{"tag": "quiet", "extractor": {}}]}));
}

#[tokio::test]
async fn what_is_not_there_is_refused_as_by_fastapi() {
    let server = serve(agent()).await;
    let address = server.address();
    for path in [
        "/health",
        "/api/v1/agents",
        "/api/v1/agents/nope/architecture",
        "/api/v1/agents/%ff/architecture",
        "/api/v1/agents/a/run-stream",
        "/api/v1/agents/a/run/",
    ] {
        let answer = get(address, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"detail":"Not Found"}"#), "{path}");
    }
    for (request, allowed) in [
        ("GET /api/v1/agents/a/run", "POST"),
        ("PUT /api/v1/agents/a/run", "POST"),
        ("OPTIONS /api/v1/agents/a/run", "POST"),
        ("POST /api/v1/health", "GET,HEAD"),
        ("DELETE /api/v1", "GET,HEAD"),
    ] {
        let answer = send(address, &format!("{request} HTTP/1.1\r\nhost: {address}"), "").await;
        assert_eq!((answer.status, answer.body.as_str()), (405, r#"{"detail":"Method Not Allowed"}"#), "{request}");
        assert_eq!(answer.header("allow"), Some(allowed), "{request}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let answer = get(address, "/api/v1/").await;
    assert_eq!((answer.status, answer.header("location")), (307, Some("/api/v1")));
}

#[tokio::test]
async fn an_id_may_be_any_text() {
    let server = serve(Agent::new("my agent/é").entrypoint("quiet", nothing)).await;
    let answer = get(server.address(), "/api/v1/agents/my%20agent%2F%C3%A9/architecture").await;
    assert_eq!(answer.json()["data"]["agent_id"], "my agent/é");
}

#[tokio::test]
async fn foreign_pages_are_kept_out() {
    let server = serve(agent()).await;
    let address = server.address();
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    for (request, extra) in [
        ("GET /api/v1/health", "host: evil.example"),
        ("GET /api/v1/health", &format!("host: {address}\r\norigin: http://evil.example")),
        ("GET /api/v1/agents/a/run-stream", &format!("host: {address}\r\norigin: http://evil.example\r\n{upgrade}")),
        ("GET /api/v1/agents/a/run-stream", &format!("host: evil.example:{}\r\n{upgrade}", address.port())),
        ("POST /api/v1/agents/a/run", &format!("host: {address}\r\norigin: null")),
    ] {
        let answer = send(address, &format!("{request} HTTP/1.1\r\n{extra}"), "").await;
        assert_eq!(answer.status, 403, "{request} {extra}");
        assert_eq!(answer.json()["error"]["code"], "PERMISSION_ERROR");
    }
    let own = format!("GET /api/v1/health HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}");
    assert_eq!(send(address, &own, "").await.status, 200);
}

#[tokio::test]
async fn a_token_closes_everything_but_the_health_page() {
    let server = Server::builder(agent()).token("s3cret").bind().await.unwrap().spawn();
    let address = server.address();
    let refused = run(address, r#"{"entrypoint_tag":"quiet"}"#).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(refused.json()["error"]["code"], "AUTHENTICATION_ERROR");
    assert_eq!(get(address, "/api/v1/health").await.status, 200);
    assert_eq!(get(address, "/api/v1?token=s3cret").await.status, 200);
    let shown = format!("GET /api/v1 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer s3cret");
    assert_eq!(send(address, &shown, "").await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_served_is_an_error() {
    let open = Server::builder(agent()).address("0.0.0.0", 0).bind().await.unwrap_err();
    assert!(matches!(&open, ServerError::TokenRequired { address } if address == "0.0.0.0:0"), "{open}");
    let empty = Server::builder(agent()).token("").bind().await.unwrap_err();
    assert!(matches!(empty, ServerError::InvalidToken(_)), "{empty}");
    let tag = Server::bind(agent().entrypoint("quiet", nothing)).await.unwrap_err();
    assert!(matches!(tag, ServerError::InvalidTag { .. }), "{tag}");

    let first = Server::bind(agent()).await.unwrap();
    let port = first.address().port();
    let taken = Server::builder(agent()).address("127.0.0.1", port).bind().await.unwrap_err();
    assert!(matches!(taken, ServerError::Listen { .. }), "{taken}");
}

#[tokio::test]
async fn with_a_token_the_network_may_call() {
    let server = Server::builder(agent()).address("0.0.0.0", 0).token("s3cret").bind().await.unwrap();
    let address = format!("127.0.0.1:{}", server.address().port()).parse().unwrap();
    let _running = server.spawn();
    let request = "GET /api/v1 HTTP/1.1\r\nhost: agents.example\r\nauthorization: Bearer s3cret";
    assert_eq!(send(address, request, "").await.status, 200);
    assert_eq!(get(address, "/api/v1").await.status, 401);
}

#[tokio::test]
async fn the_registry_knows_the_agent_while_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let server = Server::builder(agent()).registry(registry.clone()).bind().await.unwrap();
    let address = Address::try_from(server.address()).unwrap();
    assert_eq!(registry.find("a").await.unwrap(), address);

    let running = server.spawn();
    let health: Value = get(running.address(), "/api/v1/health").await.json();
    assert_eq!(health["agent_id"], "a");
    running.shutdown().await.unwrap();
    let stopped = registry.find("a").await.unwrap_err();
    assert!(matches!(stopped, RegistryError::NotServed { .. }), "{stopped}");
}
