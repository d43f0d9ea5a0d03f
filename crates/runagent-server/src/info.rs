//! What the server tells about itself and its agents.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Extension, State};
use axum::response::Response;
use http::StatusCode;
use runagent_types::{Health, Reply, rfc3339};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::router::App;
use crate::{Agent, reply, request_id};

/// What the registry and the server call an agent that is written in Rust.
pub(crate) const FRAMEWORK: &str = "rust";
/// The version of the protocol, as the Python server states it.
const VERSION: &str = "1.0.0";

/// `GET /api/v1`. `config` is that of the first agent, as of a server that has but one; `agents` names them all.
pub(crate) async fn about(State(app): State<Arc<App>>) -> Response {
    let names: Vec<_> = app.agents.iter().map(|agent| format!("{}({})", agent.name(), agent.id())).collect();
    let agents = app.agents.iter().map(|agent| listed(agent));
    let body = json!({
        "message": format!("RunAgent API - {}", names.join(", ")),
        "version": VERSION,
        "host": app.guard.address.ip().to_string(),
        "port": app.guard.address.port(),
        "config": app.agents.first().map(|agent| config(agent)),
        "agents": agents.collect::<Vec<_>>(),
        "endpoints": {
            "GET /": "A page for people",
            "GET /api/v1": "Agent info",
            "GET /api/v1/health": "Health check",
            "GET /api/v1/agents/{agent_id}/architecture": "Agent architecture",
            "GET /api/v1/agents/{agent_id}/invocations": "Invocation history",
            "GET /api/v1/agents/{agent_id}/invocations/stats": "Invocation statistics",
            "GET /api/v1/invocations/{invocation_id}": "One invocation",
            "POST /api/v1/agents/{agent_id}/run": "Run an entrypoint",
            "WS /api/v1/agents/{agent_id}/run-stream": "Run a streaming entrypoint",
        },
    });
    reply::json(StatusCode::OK, body.to_string())
}

fn listed(agent: &Agent) -> Value {
    let mut listed = json!({"agent_id": agent.id(), "agent_name": agent.name()});
    for (name, text) in [("description", agent.description()), ("version", agent.version())] {
        if let Some(text) = text {
            listed[name] = text.into();
        }
    }
    listed
}

fn config(agent: &Agent) -> Value {
    json!({
        "agent_name": agent.name(),
        "description": agent.description(),
        "framework": FRAMEWORK,
        "version": agent.version(),
        "agent_architecture": {"entrypoints": agent.architecture().entrypoints},
        "agent_id": agent.id(),
    })
}

/// `GET /api/v1/health`. The path names no agent, and clients take an id that is not theirs for the proof that theirs is
/// not served here: so a server of several agents names none.
pub(crate) async fn health(State(app): State<Arc<App>>) -> Response {
    let mut health = Health::new("healthy");
    health.server = Some("RunAgent Rust Server".to_owned());
    health.timestamp = Some(rfc3339(SystemTime::now()));
    health.uptime_seconds = Some(app.started.elapsed().as_secs_f64());
    health.version = Some(VERSION.to_owned());
    if let [agent] = &app.agents[..] {
        health.agent_id = Some(agent.id().to_owned());
        health.agent_name = Some(agent.name().to_owned());
    }
    health.framework = Some(FRAMEWORK.to_owned());
    reply::json(StatusCode::OK, json!(health).to_string())
}

/// `GET /api/v1/agents/{id}/architecture`.
pub(crate) async fn architecture(Extension(agent): Extension<Arc<Agent>>) -> Response {
    match Reply::success_data(&agent.architecture()) {
        Ok(reply) => {
            let id = Uuid::new_v4().to_string();
            let reply = reply
                .with_message("Agent architecture retrieved successfully")
                .with_timestamp(rfc3339(SystemTime::now()))
                .with_request_id(&*id);
            request_id::with_id(reply::json(StatusCode::OK, reply.to_json()), &id)
        }
        Err(error) => reply::json(StatusCode::INTERNAL_SERVER_ERROR, json!({"detail": error.to_string()}).to_string()),
    }
}
