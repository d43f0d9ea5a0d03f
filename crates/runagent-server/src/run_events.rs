use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::ACCEPT;
use runagent_transport::sse::Event;
use runagent_types::{ErrorCode, StreamFrame};

use crate::agent::Call;
use crate::events::{self, Moment};
use crate::invocation::Invocation;
use crate::recording::Sort;
use crate::refusal::Refusal;
use crate::request::read_run;
use crate::router::App;
use crate::{Agent, body};

/// `POST /api/v1/agents/{id}/run-stream` with `Accept: text/event-stream`: what the WebSocket says, one frame an event,
/// for those who have no WebSocket. The body is that of a run.
pub(crate) async fn run_events(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    if !accepts_events(&request) {
        return Err(Refusal::not_found());
    }
    let (_, body) = body::read_json(request, app.limits.request_bytes).await?;
    let request = read_run(&body)?;
    let tag = &request.entrypoint_tag;
    let open = match agent.find(tag) {
        Some(Call::Stream(open)) => open,
        Some(Call::Run(_)) => {
            let message = format!(
                "Entrypoint `{tag}` is not a streaming entrypoint. Use a streaming entrypoint (ending with '_stream')."
            );
            return Err(Refusal::failure(StatusCode::BAD_REQUEST, ErrorCode::VALIDATION_ERROR, message));
        }
        None => return Err(Refusal::no_entrypoint(tag)),
    };
    let place = app.places.take().await?;
    let call = Invocation::begin(&app, &agent, Sort::Stream, request, body);
    let id = call.0.context().invocation_id().to_owned();
    Ok(events::answer(open, call, place, app.shutdown.participant(), move |moment| {
        Event::new(frame(moment, Some(id.clone())))
    }))
}

fn frame(moment: Moment<'_>, invocation_id: Option<String>) -> String {
    let frame = match moment {
        Moment::Started => StreamFrame::Started { invocation_id },
        Moment::Chunk { json, .. } => return StreamFrame::data_json(json),
        Moment::Failed(error) => StreamFrame::Error(error.into_stream_failure()),
        Moment::Completed { chunks, seconds } => {
            StreamFrame::Completed { total_chunks: Some(chunks), execution_time: Some(seconds), invocation_id }
        }
    };
    frame.to_json()
}

fn accepts_events(request: &Request) -> bool {
    let values = request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = values.flat_map(|value| value.split(',')).filter_map(|range| range.split(';').next());
    types.any(|essence| essence.trim().eq_ignore_ascii_case("text/event-stream"))
}
