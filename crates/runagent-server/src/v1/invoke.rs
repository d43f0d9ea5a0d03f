use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use runagent_types::v1::{InvokeMetadata, InvokeOutput};
use serde_json::value::RawValue;

use super::arguments::{Asked, no_entrypoint};
use super::documented::failed;
use crate::recording::Sort;
use crate::refusal::Refusal;
use crate::router::App;
use crate::run::{Ran, execute};
use crate::{Agent, AgentError, Context, body, reply, request_id};

/// `POST /v1/agents/{id}/invoke`; with `Prefer: respond-async` (RFC 7240) the run goes on after the answer.
pub(super) async fn invoke(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (headers, body) = body::read_json(request, app.limits.request_bytes).await?;
    let asked = read(&agent, &body)?;
    let place = app.places.take().await?;
    let (context, running) = output(&app, &agent, asked)?;
    let response = if prefers_async(&headers) {
        app.operations.start(place, app.shutdown.participant(), running)
    } else {
        let output = running.await?;
        drop(place);
        reply::json(StatusCode::OK, success(&output))
    };
    Ok(request_id::with_id(response, context.invocation_id()))
}

pub(super) fn read(agent: &Agent, body: &[u8]) -> Result<Asked, Refusal> {
    let (tag, _) = agent.v1_run().ok_or_else(|| no_entrypoint("entrypoint"))?;
    Asked::read(agent, tag, body)
}

/// Runs what is asked, in this context. The output is JSON: the result and what is told about it.
pub(super) fn output(
    app: &Arc<App>,
    agent: &Agent,
    asked: Asked,
) -> Result<(Context, impl Future<Output = Result<String, Refusal>> + Send + use<>), Refusal> {
    let (_, run) = agent.v1_run().ok_or_else(|| no_entrypoint("entrypoint"))?;
    let (invocation, input) = asked.begin(app, agent, Sort::Run);
    let context = invocation.context().clone();
    let running = execute(run, invocation, input, app.limits.run_time);
    let version = agent.version().map(str::to_owned);
    let output = async move {
        let Ran { result, context, elapsed } = running.await?;
        let id = context.invocation_id();
        let mut metadata = InvokeMetadata::default();
        metadata.execution_time = Some(elapsed.as_secs_f64());
        metadata.agent_version = version;
        metadata.request_id = Some(id.to_owned());
        let output = result.and_then(|json| {
            // The text of the result: a value could not hold every number.
            let result = RawValue::from_string(json)?;
            Ok::<_, AgentError>(serde_json::to_string(&InvokeOutput::new(result).with_metadata(metadata))?)
        });
        output.map_err(|error| failed(error, id))
    };
    Ok((context, output))
}

/// The envelope of a success; `data` is JSON.
pub(super) fn success(data: &str) -> String {
    format!(r#"{{"status":"success","data":{data}}}"#)
}

fn prefers_async(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut wishes = values.flat_map(|value| value.split(',')).filter_map(|wish| wish.split(';').next());
    wishes.any(|wish| wish.trim().eq_ignore_ascii_case("respond-async"))
}
