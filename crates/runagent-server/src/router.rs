use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use http::StatusCode;
use http::header::UPGRADE;

use crate::guard::{self, Guard};
use crate::history::History;
use crate::idempotency::{self, Idempotency};
use crate::limits::Limits;
use crate::places::Places;
use crate::rate_limit::RateLimit;
use crate::refusal::Refusal;
use crate::shutdown::Shutdown;
use crate::v1::{self, Operations};
use crate::{Agent, info, invocations, openapi, page, run, run_events, run_stream};

pub(crate) const HEALTH: &str = "/api/v1/health";

/// What every request sees.
pub(crate) struct App {
    /// One or more, each with an id of its own.
    pub(crate) agents: Vec<Arc<Agent>>,
    pub(crate) guard: Guard,
    pub(crate) limits: Limits,
    pub(crate) started: Instant,
    pub(crate) places: Places,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) idempotency: Idempotency,
    pub(crate) operations: Operations,
    pub(crate) shutdown: Shutdown,
    pub(crate) history: History,
}

impl App {
    pub(crate) fn agent(&self, id: &str) -> Option<&Arc<Agent>> {
        self.agents.iter().find(|agent| agent.id() == id)
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    // Each path names the agent.
    let agent = Router::new()
        .route("/api/v1/agents/{id}/architecture", get(info::architecture))
        .route("/api/v1/agents/{id}/run", post(run::run).layer(from_fn_with_state(Arc::clone(&app), idempotency::once)))
        .route("/api/v1/agents/{id}/run-stream", any(run_stream::run_stream).post(run_events::run_events))
        .route("/api/v1/agents/{id}/invocations", get(invocations::list))
        .route("/api/v1/agents/{id}/invocations/stats", get(invocations::stats))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .route_layer(from_fn_with_state(Arc::clone(&app), served));
    page::routes()
        .route("/api/v1", get(info::about))
        .route("/api/v1/", get(async || Redirect::temporary("/api/v1")))
        .route(HEALTH, get(info::health))
        .route("/api/v1/invocations/{invocation_id}", get(invocations::one))
        .route("/openapi.json", get(openapi::openapi))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .merge(agent)
        .merge(v1::router(&app))
        .fallback(async || Refusal::not_found())
        .layer(from_fn_with_state(Arc::clone(&app), guard::check))
        .layer(from_fn_with_state(Arc::clone(&app), v1::documented))
        .with_state(app)
}

/// Finds the agent for those who answer, and turns away who asks for one that is not served here.
async fn served(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let agent = id.ok().and_then(|Path(id)| app.agent(&id));
    if let Some(agent) = agent {
        request.extensions_mut().insert(Arc::clone(agent));
        next.run(request).await
    } else if request.headers().contains_key(UPGRADE) {
        // How the Python server refuses the handshake of a path that it does not know.
        StatusCode::FORBIDDEN.into_response()
    } else {
        Refusal::not_found().into_response()
    }
}
