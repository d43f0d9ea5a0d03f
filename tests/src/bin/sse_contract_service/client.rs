//! One stream that the harness had opened.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{self, HeaderName, HeaderValue, Request, header::CONTENT_TYPE};
use runagent_transport::sse::{EventSource, EventSourceItem};
use runagent_transport::{Body, HttpTransport, Transport};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// More than any test of the harness needs.
const MAX_REDIRECTS: u32 = 5;

/// What the harness says about the stream that it wants.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    stream_url: String,
    callback_url: String,
    initial_delay_ms: Option<u64>,
    read_timeout_ms: Option<u64>,
    last_event_id: Option<String>,
    headers: Option<HashMap<String, String>>,
    method: Option<String>,
    body: Option<String>,
}

impl Parameters {
    fn request(&self) -> http::Result<Request<String>> {
        let mut request = Request::builder().uri(&self.stream_url).method(self.method.as_deref().unwrap_or("GET"));
        for (name, value) in self.headers.iter().flatten() {
            request = request.header(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        let mut request = request.body(self.body.clone().unwrap_or_default())?;
        if self.body.is_some() {
            request.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain"));
        }
        Ok(request)
    }
}

/// A stream and the task that reads it. Dropping it ends both.
pub(super) struct Client {
    restart: Arc<Notify>,
    task: AbortHandle,
}

impl Client {
    pub(super) fn open(transport: &HttpTransport, parameters: Parameters) -> http::Result<Self> {
        let request = parameters.request()?;
        let callbacks = Callbacks::new(transport.clone(), parameters.callback_url)?;
        let mut source = EventSource::builder(transport.clone(), request)
            .comments(true)
            .report_reconnects(true)
            .max_redirects(MAX_REDIRECTS)
            .last_event_id(parameters.last_event_id.unwrap_or_default());
        if let Some(delay) = parameters.initial_delay_ms {
            source = source.reconnection_time(Duration::from_millis(delay));
        }
        if let Some(timeout) = parameters.read_timeout_ms {
            source = source.idle_timeout(Duration::from_millis(timeout));
        }
        let restart = Arc::new(Notify::new());
        let task = tokio::spawn(report(source.build(), Arc::clone(&restart), callbacks));
        Ok(Self { restart, task: task.abort_handle() })
    }

    /// Closes the connection and makes another.
    pub(super) fn restart(&self) {
        self.restart.notify_one();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Tells the harness of everything that the stream brings, until it ends or nobody listens any more.
async fn report(
    mut source: EventSource,
    restart: Arc<Notify>,
    mut callbacks: Callbacks,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    loop {
        let message = tokio::select! {
            () = restart.notified() => {
                source.reconnect();
                continue;
            }
            item = source.next() => match item {
                None => return Ok(()),
                Some(item) => describe(item),
            },
        };
        callbacks.send(&message).await?;
    }
}

fn describe<E: fmt::Display>(item: Result<EventSourceItem, E>) -> Value {
    match item {
        Ok(EventSourceItem::Event(event)) => {
            json!({ "kind": "event", "event": { "type": event.kind, "data": event.data, "id": event.id } })
        }
        Ok(EventSourceItem::Comment(text)) => json!({ "kind": "comment", "comment": text }),
        Ok(EventSourceItem::Reconnecting { error, .. }) => json!({ "kind": "error", "error": error.to_string() }),
        Ok(other) => json!({ "kind": "error", "error": format!("an item this service does not know: {other:?}") }),
        Err(error) => json!({ "kind": "error", "error": error.to_string() }),
    }
}

/// Where the harness listens for one stream.
struct Callbacks {
    transport: HttpTransport,
    url: String,
    /// The number of the last message: they may overtake each other.
    last: u64,
}

impl Callbacks {
    fn new(transport: HttpTransport, url: String) -> http::Result<Self> {
        // A URL that is none is refused now, and not with the first message.
        Request::post(format!("{url}/1")).body(())?;
        Ok(Self { transport, url, last: 0 })
    }

    async fn send(&mut self, message: &Value) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.last += 1;
        let request = Request::post(format!("{}/{}", self.url, self.last))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(message.to_string()))?;
        // Read to its end, it leaves the connection for the next.
        self.transport.send(request).await?.into_body().collect(64 * 1024).await?;
        Ok(())
    }
}
