use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::StatusCode;
use runagent_types::v1::{AgentHealth, AgentInfo, Page, Pagination};
use serde_json::json;

use super::query;
use crate::refusal::Refusal;
use crate::router::App;
use crate::{Agent, reply};

/// How many agents a page has when nobody asks for another number.
const PAGE: u64 = 20;

/// `GET /v1/agents?page=1&limit=20`, in the order in which they were added. A page behind the last is empty.
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let page = query::number(request.uri(), "page", 1)?;
    let limit = query::number(request.uri(), "limit", PAGE)?;
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let agents = app.agents.iter().skip(count((page - 1).saturating_mul(limit))).take(count(limit));
    let pagination = Pagination::new(page, limit, app.agents.len() as u64);
    let body = Page::new(agents.map(|agent| info(agent)).collect(), Some(pagination)).to_json();
    let failure = |error: runagent_types::EncodeError| {
        Refusal::failure(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", error.to_string())
    };
    Ok(reply::json(StatusCode::OK, body.map_err(failure)?))
}

/// `GET /v1/agents/{id}`.
pub(super) async fn get(Extension(agent): Extension<Arc<Agent>>) -> Response {
    reply::json(StatusCode::OK, info(&agent).to_json())
}

/// `GET /v1/agents/{id}/health`: `degraded` while a call would find no place.
pub(super) async fn health(State(app): State<Arc<App>>, Extension(agent): Extension<Arc<Agent>>) -> Response {
    let is_free = app.places.has_free();
    let mut health = AgentHealth::new(if is_free { "healthy" } else { "degraded" });
    health.checks.insert("agent".to_owned(), json!("ok"));
    health.checks.insert("resources".to_owned(), json!(if is_free { "ok" } else { "busy" }));
    health.version = agent.version().map(str::to_owned);
    health.uptime = Some(json!(app.started.elapsed().as_secs()));
    if !is_free {
        health.warnings.push("as many calls run as may".to_owned());
    }
    reply::json(StatusCode::OK, health.to_json())
}

fn info(agent: &Agent) -> AgentInfo {
    let mut info = AgentInfo::new(agent.id());
    info.name = Some(agent.name().to_owned());
    info.status = Some("deployed".to_owned());
    info.entrypoints = agent.architecture().entrypoints;
    for (name, text) in [("description", agent.description()), ("version", agent.version())] {
        if let Some(text) = text {
            info.other.insert(name.to_owned(), json!(text));
        }
    }
    info
}
