//! The documented REST API, whose paths begin with `/v1`.

mod agents;
mod arguments;
mod batch;
mod documented;
mod invoke;
mod operations;
mod query;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::StatusCode;

pub(crate) use self::documented::documented;
pub(crate) use self::operations::Operations;
use crate::idempotency;
use crate::refusal::Refusal;
use crate::router::App;

pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let once = || from_fn_with_state(Arc::clone(app), idempotency::once);
    let agent = Router::new()
        .route("/v1/agents/{id}", get(agents::get))
        .route("/v1/agents/{id}/health", get(agents::health))
        .route("/v1/agents/{id}/invoke", post(invoke::invoke).layer(once()))
        .route("/v1/agents/{id}/batch", post(batch::batch).layer(once()))
        .route("/v1/agents/{id}/stream", get(stream::by_query).post(stream::by_body))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .route_layer(from_fn_with_state(Arc::clone(app), served));
    Router::new()
        .route("/v1/agents", get(agents::list))
        .route("/v1/operations/{id}", get(operations::get))
        .route("/v1", any(async || Refusal::not_found()))
        .route("/v1/{*path}", any(async || Refusal::not_found()))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .merge(agent)
        .layer(from_fn_with_state(Arc::clone(app), counted))
}

/// Finds the agent for those who answer.
async fn served(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let Some(agent) = id.ok().and_then(|Path(id)| app.agent(&id)) else {
        let message = "no agent with this id is served here";
        return Err(Refusal::failure(StatusCode::NOT_FOUND, "AGENT_NOT_FOUND", message));
    };
    request.extensions_mut().insert(Arc::clone(agent));
    Ok(next.run(request).await)
}

/// Counts a request, where that is limited.
async fn counted(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Refusal> {
    if let Some(limit) = &app.rate_limit {
        limit.take()?;
    }
    Ok(next.run(request).await)
}
