//! Runs that go on after the answer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use runagent_types::ApiError;
use runagent_types::v1::{Operation, OperationStatus};
use serde_json::json;
use tokio::select;
use tokio::time::Instant;
use uuid::Uuid;

use super::documented::error;
use crate::places::Place;
use crate::refusal::Refusal;
use crate::reply;
use crate::router::App;
use crate::shutdown::Participant;

/// How long the result of an operation is kept.
const KEPT_TIME: Duration = Duration::from_secs(60 * 60);
/// How many operations are kept. Those that go on have places, whose number is limited anyway.
const KEPT: usize = 1000;
/// How many bytes their results may have together.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The operations of a server, in the order in which they began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operations(Arc<Mutex<VecDeque<Kept>>>);

#[derive(Debug)]
struct Kept {
    id: String,
    /// When it ended, and how: with the output as JSON, or an error.
    done: Option<(Instant, Result<String, ApiError>)>,
}

/// `GET /v1/operations/{id}`.
pub(super) async fn get(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let body = app.operations.tell(&id).ok_or_else(|| {
        let message = "there is no such operation, or no longer";
        Refusal::failure(StatusCode::NOT_FOUND, "OPERATION_NOT_FOUND", message)
    })?;
    Ok(reply::json(StatusCode::OK, body))
}

impl Operations {
    /// Lets a run go on, and says where to ask for its result. It has its place already.
    pub(super) fn start(
        &self,
        place: Place,
        mut shutdown: Participant,
        running: impl Future<Output = Result<String, Refusal>> + Send + 'static,
    ) -> Response {
        let id = format!("op_{}", Uuid::new_v4().simple());
        self.kept().push_back(Kept { id: id.clone(), done: None });
        let body = Operation::new(&*id, OperationStatus::Pending).with_check_url(check_url(&id)).to_json();
        let operations = self.clone();
        tokio::spawn(async move {
            let outcome = select! {
                outcome = running => outcome.map_err(|refusal| error(refusal).1),
                () = shutdown.begun() => return,
            };
            drop(place);
            operations.end(&id, outcome);
        });
        let mut response = reply::json(StatusCode::ACCEPTED, body);
        response.headers_mut().insert("preference-applied", HeaderValue::from_static("respond-async"));
        response
    }

    fn end(&self, id: &str, outcome: Result<String, ApiError>) {
        let mut kept = self.kept();
        if let Some(operation) = kept.iter_mut().find(|operation| operation.id == id) {
            operation.done = Some((Instant::now(), outcome));
        }
        let mut bytes: usize = kept.iter().map(Kept::bytes).sum();
        // What has just ended stays, whatever its size.
        while (kept.len() > KEPT || bytes > KEPT_BYTES)
            && let Some(oldest) = kept.iter().position(|operation| operation.done.is_some() && operation.id != id)
        {
            bytes -= kept.remove(oldest).map_or(0, |operation| operation.bytes());
        }
    }

    /// The answer about an operation.
    fn tell(&self, id: &str) -> Option<String> {
        self.kept().iter().find(|operation| operation.id == id).map(Kept::to_json)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|operation| operation.done.as_ref().is_none_or(|(at, _)| at.elapsed() < KEPT_TIME));
        kept
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        self.done.as_ref().map_or(0, |(_, outcome)| outcome.as_ref().map_or(0, String::len))
    }

    fn to_json(&self) -> String {
        let check_url = check_url(&self.id);
        let mut operation = Operation::new(&*self.id, OperationStatus::Running).with_check_url(check_url.as_str());
        match &self.done {
            None => {}
            Some((_, Ok(output))) => {
                let [id, url] = [&self.id, &check_url].map(|text| json!(text));
                return format!(r#"{{"operation_id":{id},"status":"completed","result":{output},"check_url":{url}}}"#);
            }
            Some((_, Err(error))) => {
                operation.status = OperationStatus::Failed;
                operation.error = Some(error.clone());
            }
        }
        String::from_utf8_lossy(&operation.to_json()).into_owned()
    }
}

fn check_url(id: &str) -> String {
    format!("/v1/operations/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(operations: &Operations, id: usize) {
        operations.kept().push_back(Kept { id: id.to_string(), done: None });
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_are_kept_and_those_that_go_on() {
        let operations = Operations::default();
        for id in 0..=KEPT + 1 {
            begin(&operations, id);
        }
        for id in 1..=KEPT + 1 {
            operations.end(&id.to_string(), Ok("1".to_owned()));
        }
        assert!(operations.tell("0").unwrap().contains("running"));
        assert_eq!((operations.tell("1"), operations.tell("2")), (None, None));
        assert!(operations.tell("3").unwrap().contains("completed"));
        tokio::time::advance(KEPT_TIME).await;
        assert_eq!(operations.tell("3"), None);
        assert!(operations.tell("0").is_some());
    }

    #[tokio::test]
    async fn large_results_push_out_older_ones() {
        let operations = Operations::default();
        for id in 0..3 {
            begin(&operations, id);
            operations.end(&id.to_string(), Ok("1".repeat(KEPT_BYTES / 2)));
        }
        assert_eq!(operations.tell("0"), None);
        assert!(operations.tell("1").is_some() && operations.tell("2").is_some());
    }
}
