use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use runagent_types::{ErrorCode, Reply};
use serde_json::Value;
use tokio::time::timeout;
use tracing::Instrument;

use crate::agent::Call;
use crate::invocation::{Invocation, Outcome};
use crate::recording::Sort;
use crate::refusal::Refusal;
use crate::request::{RequestError, read_run};
use crate::router::App;
use crate::{Agent, reply, timestamp};

/// How long the body of a request may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// `POST /api/v1/agents/{id}/run`.
///
/// When the client goes away, hyper drops this future, and with it the agent's.
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let body = read(body, app.limits.request_bytes).await?;
    if !is_json(&head.headers) && !body.is_empty() {
        let text = String::from_utf8_lossy(&body).into_owned();
        return Err(RequestError::NotAnObject(Value::String(text)).into());
    }
    let request = read_run(&body)?;
    let tag = &request.entrypoint_tag;
    let call = match agent.find(tag) {
        Some(Call::Run(call)) => call,
        Some(Call::Stream(_)) => {
            let message = format!("Can't use Streaming Entrypoint `{tag}` through non-streaming endpoint.");
            return Err(Refusal::failure(StatusCode::BAD_REQUEST, ErrorCode::VALIDATION_ERROR, message));
        }
        None => {
            let message = format!("Entrypoint {tag} not found");
            return Err(Refusal::failure(StatusCode::NOT_FOUND, "NOT_FOUND", message));
        }
    };
    let _place = app.places.take().await?;
    let (invocation, input) = Invocation::begin(&app, &agent, Sort::Run, request, body);
    let context = invocation.context().clone();
    let running = call(input).instrument(context.span().clone());
    let result = match app.limits.run_time {
        Some(limit) => match timeout(limit, running).await {
            Ok(result) => result,
            Err(_) => {
                invocation.run_out_of_time();
                return Err(Refusal::out_of_time(limit, context.invocation_id()));
            }
        },
        None => running.await,
    };
    // An agent that fails is no failure of the server: both have status 200.
    let body = match result {
        Ok(json) => {
            invocation.end(Outcome::Completed(&json));
            Reply::success_json(&json)
                .with_timestamp(timestamp::now())
                .with_request_id(context.invocation_id())
                .to_json()
        }
        Err(error) => {
            invocation.end(Outcome::Failed(&error));
            let error = error.into_run_failure(agent.id());
            Reply::failure(&error).with_timestamp(timestamp::now()).with_request_id(context.invocation_id()).to_json()
        }
    };
    Ok(reply::json(StatusCode::OK, body))
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Refusal::too_large(limit));
    }
    let refuse = |status, message: &str| Refusal::failure(status, ErrorCode::VALIDATION_ERROR, message);
    match timeout(BODY_TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if is_over_limit(&*error) => Err(Refusal::too_large(limit)),
        Ok(Err(_)) => Err(refuse(StatusCode::BAD_REQUEST, "the body of the request broke off")),
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "the body of the request did not arrive in time")),
    }
}

fn is_over_limit(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_over_limit)
}

/// Whether the body claims to be JSON. A page of another site cannot make that claim without being asked first.
fn is_json(headers: &HeaderMap) -> bool {
    let essence =
        |value: &str| value.split(';').next().is_some_and(|e| e.trim().eq_ignore_ascii_case("application/json"));
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(essence)
}
