use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::StatusCode;
use runagent_types::{ErrorCode, Reply, rfc3339};
use serde_json::Value;
use tokio::time::timeout;
use tracing::Instrument;

use crate::agent::{Call, Run};
use crate::invocation::{Invocation, Outcome};
use crate::recording::Sort;
use crate::refusal::Refusal;
use crate::request::{RequestError, read_run};
use crate::router::App;
use crate::{Agent, AgentError, Context, Input, body, reply, request_id};

/// `POST /api/v1/agents/{id}/run`.
///
/// When the client goes away, hyper drops this future, and with it the agent's.
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(body, app.limits.request_bytes).await?;
    if !body::is_json(&head.headers) && !body.is_empty() {
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
        None => return Err(Refusal::no_entrypoint(tag)),
    };
    let _place = app.places.take().await?;
    let (invocation, input) = Invocation::begin(&app, &agent, Sort::Run, request, body);
    let Ran { result, context, .. } = execute(call, invocation, input, app.limits.run_time).await?;
    // An agent that fails is no failure of the server: both have status 200.
    let reply = match &result {
        Ok(json) => Reply::success_json(json)
            .with_timestamp(rfc3339(SystemTime::now()))
            .with_request_id(context.invocation_id())
            .to_json(),
        Err(error) => {
            let error = error.clone().into_run_failure(agent.id());
            Reply::failure(&error)
                .with_timestamp(rfc3339(SystemTime::now()))
                .with_request_id(context.invocation_id())
                .to_json()
        }
    };
    Ok(request_id::with_id(reply::json(StatusCode::OK, reply), context.invocation_id()))
}

/// What became of a run.
pub(crate) struct Ran {
    /// What the entrypoint returned, as JSON.
    pub(crate) result: Result<String, AgentError>,
    pub(crate) context: Context,
    pub(crate) elapsed: Duration,
}

/// Runs an entrypoint to its end, or until its time is up.
pub(crate) fn execute(
    call: &Run,
    invocation: Invocation,
    input: Input,
    limit: Option<Duration>,
) -> impl Future<Output = Result<Ran, Refusal>> + Send + use<> {
    let context = invocation.context().clone();
    let running = call(input).instrument(context.span().clone());
    async move {
        let result = match limit {
            Some(limit) => match timeout(limit, running).await {
                Ok(result) => result,
                Err(_) => {
                    invocation.run_out_of_time();
                    return Err(Refusal::out_of_time(limit, context.invocation_id()));
                }
            },
            None => running.await,
        };
        let elapsed = invocation.elapsed();
        match &result {
            Ok(json) => invocation.end(Outcome::Completed(json)),
            Err(error) => invocation.end(Outcome::Failed(error)),
        }
        Ok(Ran { result, context, elapsed })
    }
}
