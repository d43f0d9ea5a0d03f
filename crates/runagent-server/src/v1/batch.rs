use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use runagent_types::v1::error_to_json;
use serde_json::value::RawValue;

use super::arguments::members;
use super::documented::{error, invalid};
use super::invoke::{output, read, success};
use crate::places::Place;
use crate::refusal::Refusal;
use crate::router::App;
use crate::{Agent, body, reply};

/// How many requests a batch may have.
const MOST: usize = 100;
/// How many of them run at the same time, where there are places.
const AT_ONCE: usize = 8;

/// `POST /v1/agents/{id}/batch`: each request has its own result, in the order of the requests.
pub(super) async fn batch(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (_, body) = body::read_json(request, app.limits.request_bytes).await?;
    let requests = requests(&body)?;
    let places = places(&app, requests.len()).await?;
    let results = requests.into_iter().map(|request| {
        let (app, agent) = (Arc::clone(&app), Arc::clone(&agent));
        async move { result(&app, &agent, &request).await }
    });
    let results: Vec<_> = stream::iter(results).buffered(places.len()).collect().await;
    let body = success(&format!(r#"{{"results":[{}]}}"#, results.join(",")));
    Ok(reply::json(StatusCode::OK, body))
}

fn requests(body: &Bytes) -> Result<Vec<Bytes>, Refusal> {
    let members = members(body)?;
    let batch =
        members.get("batch").ok_or_else(|| invalid("INVALID_INPUT", "batch", "missing", "batch is required"))?;
    let requests: Vec<&RawValue> = serde_json::from_str(batch.get())
        .map_err(|_| invalid("INVALID_FIELD_TYPE", "batch", "type", "batch must be a list of requests"))?;
    if requests.len() > MOST {
        let message = format!("a batch has {MOST} requests at most, and this one {}", requests.len());
        return Err(invalid("INVALID_INPUT", "batch", "too_long", message));
    }
    Ok(requests.into_iter().map(|request| body.slice_ref(request.get().as_bytes())).collect())
}

/// A place, or more of them where they are free: each lets one request run.
async fn places(app: &App, requests: usize) -> Result<Vec<Place>, Refusal> {
    let mut places = vec![app.places.take().await?];
    while places.len() < requests.min(AT_ONCE)
        && let Some(place) = app.places.take_free()
    {
        places.push(place);
    }
    Ok(places)
}

async fn result(app: &Arc<App>, agent: &Agent, request: &[u8]) -> String {
    let outcome = match read(agent, request).and_then(|asked| output(app, agent, asked)) {
        Ok((_, running)) => running.await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(output) => success(&output),
        Err(refusal) => String::from_utf8_lossy(&error_to_json(&error(refusal).1)).into_owned(),
    }
}
