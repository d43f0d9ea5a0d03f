use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use runagent_transport::sse::Event;
use runagent_types::v1::StreamEvent;
use runagent_types::{ErrorCode, v1};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::arguments::{Asked, members, no_entrypoint};
use super::documented::{error, failed};
use super::query;
use crate::events::{self, Moment};
use crate::recording::Sort;
use crate::refusal::Refusal;
use crate::router::App;
use crate::{Agent, body};

/// `POST /v1/agents/{id}/stream`, with the body of an invocation.
pub(super) async fn by_body(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (_, body) = body::read_json(request, app.limits.request_bytes).await?;
    stream(&app, &agent, &body).await
}

/// `GET /v1/agents/{id}/stream?query=…&session_id=…`; other parameters are arguments too, as text.
pub(super) async fn by_query(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    // The token is the guard's.
    let sent = query::parameters(request.uri()).filter(|(name, _)| name != "token");
    let members: Map<String, Value> = sent.map(|(name, value)| (name, value.into())).collect();
    stream(&app, &agent, Value::from(members).to_string().as_bytes()).await
}

async fn stream(app: &Arc<App>, agent: &Agent, body: &[u8]) -> Result<Response, Refusal> {
    let (tag, open) = agent.v1_stream().ok_or_else(|| no_entrypoint("streaming entrypoint"))?;
    let asked = Asked::read(agent, tag, body)?;
    let session_id = session_id(body)?;
    let place = app.places.take().await?;
    let call = asked.begin(app, agent, Sort::Stream);
    let id = call.0.context().invocation_id().to_owned();
    Ok(events::answer(open, call, place, app.shutdown.participant(), move |moment| {
        let event = event(moment, &session_id, &id);
        Event::new(event.data()).with_kind(event.event_name().to_owned())
    }))
}

/// The conversation that the request continues, or a new one.
fn session_id(body: &[u8]) -> Result<String, Refusal> {
    let sent = members(body)?.get("session_id").and_then(|value| serde_json::from_str(value.get()).ok());
    Ok(sent.unwrap_or_else(|| Uuid::new_v4().to_string()))
}

fn event(moment: Moment<'_>, session_id: &str, invocation_id: &str) -> v1::StreamEvent {
    match moment {
        Moment::Started => StreamEvent::Start { message: None, session_id: Some(session_id.to_owned()) },
        Moment::Chunk { json, index } => StreamEvent::Chunk { content: text(json), index: Some(index) },
        Moment::Failed(fault) => {
            let (_, mut error) = error(failed(fault, invocation_id));
            error.code.get_or_insert(ErrorCode::STREAM_ERROR);
            StreamEvent::Error(error)
        }
        Moment::Completed { seconds, .. } => {
            StreamEvent::Done { message: None, usage: None, execution_time: Some(seconds) }
        }
    }
}

/// A chunk as text: what is no text is its JSON.
fn text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}
