//! What is recorded of one call.

use std::borrow::Cow;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use runagent_registry::InvocationRecord;
use runagent_types::RunRequest;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::info::FRAMEWORK;
use crate::router::App;
use crate::{Agent, AgentError, Context};

/// How much is kept of what was passed or returned, in bytes of JSON.
const MAX_JSON: usize = 64 * 1024;
/// How much is kept of a chunk that is shown as a sample.
const MAX_SAMPLE: usize = 4 * 1024;
/// How many chunks of a stream are kept.
const SAMPLES: usize = 10;

/// Which of the two sorts of calls it is, which are told apart in what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Run,
    Stream,
}

/// A call that has begun. Dropped before its end is told, it has failed: the client is gone, or the server ends.
pub(crate) struct Recording {
    app: Arc<App>,
    sort: Sort,
    /// `None` once the end is told, and when nothing is kept.
    record: Option<InvocationRecord>,
    started: Instant,
}

impl Recording {
    pub(crate) fn begin(
        app: &Arc<App>,
        agent: &Agent,
        sort: Sort,
        request: &RunRequest<'_>,
        context: &Context,
    ) -> Self {
        let record = app.history.begin(|| {
            let arguments = Arguments { input_args: &request.input_args, input_kwargs: &request.input_kwargs };
            let (agent_id, id, tag) = context.shared();
            let record = match sort {
                Sort::Run => InvocationRecord::run(agent_id, id, tag)
                    .with_client_info(agent.client_info(|| client_of_run(app, agent))),
                Sort::Stream => {
                    InvocationRecord::stream(agent_id, id, tag).with_client_info(Arc::clone(&CLIENT_OF_STREAM))
                }
            };
            record.with_input(clipped(&arguments, MAX_JSON))
        });
        Self { app: Arc::clone(app), sort, record, started: Instant::now() }
    }

    /// Tells that a run returned this JSON.
    pub(crate) fn complete(&mut self, json: &str) {
        self.end(|record, took| record.completed(clipped_json(json, MAX_JSON), took));
    }

    /// Tells that a stream had these chunks.
    pub(crate) fn complete_stream(&mut self, summary: &Summary) {
        self.end(|record, took| record.completed(summary.to_json(took.as_secs_f64()), took));
    }

    /// Tells that it failed, in the words of the Python server.
    pub(crate) fn fail(&mut self, error: &AgentError) {
        let sort = self.sort;
        self.end(|record, took| {
            let prefix = match sort {
                Sort::Run => format!("Server error running agent {}", record.agent_id()),
                Sort::Stream => "Streaming error".to_owned(),
            };
            let detail = shortened(format!("{prefix}: {}", error.message()));
            record.failed(detail, took)
        });
    }

    /// Tells why it was given up.
    pub(crate) fn give_up(&mut self, reason: &str) {
        let what = match self.sort {
            Sort::Run => "run",
            Sort::Stream => "stream",
        };
        self.end(|record, took| record.failed(format!("{reason} before the {what} ended"), took));
    }

    fn end(&mut self, record: impl FnOnce(InvocationRecord, Duration) -> InvocationRecord) {
        if let Some(begun) = self.record.take() {
            self.app.history.end(record(begun, self.started.elapsed()));
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let stopped = self.app.shutdown.has_begun();
        self.give_up(if stopped { "the server stopped" } else { "the client went away" });
    }
}

/// What is kept of a stream: how many chunks it had, and the first of them.
#[derive(Default)]
pub(crate) struct Summary {
    total: u64,
    samples: Vec<String>,
}

impl Summary {
    /// Counts a chunk, which is this JSON.
    pub(crate) fn add(&mut self, json: &str) {
        self.total += 1;
        if self.samples.len() < SAMPLES {
            self.samples.push(clipped_json(json, MAX_SAMPLE).into_owned());
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The JSON that the Python server keeps of a stream.
    pub(crate) fn to_json(&self, seconds: f64) -> String {
        let Self { total, samples } = self;
        format!(
            r#"{{"stream_completed":true,"total_chunks":{total},"execution_type":"streaming","sample_chunks":[{}],"execution_time_seconds":{seconds},"chunk_summary":{{"total_chunks":{total},"stored_samples":{},"stream_type":"websocket"}}}}"#,
            samples.join(","),
            samples.len(),
        )
    }
}

/// What the Python server notes of the caller of a stream.
static CLIENT_OF_STREAM: LazyLock<Arc<str>> =
    LazyLock::new(|| r#"{"connection_type":"websocket","stream_mode":true}"#.into());

fn client_of_run(app: &App, agent: &Agent) -> Arc<str> {
    let address = app.guard.address;
    let client = Client {
        server_host: address.ip(),
        server_port: address.port(),
        agent_name: agent.name(),
        agent_framework: FRAMEWORK,
    };
    serde_json::to_string(&client).unwrap_or_default().into()
}

/// What the Python server notes of the caller of a run, though it is of itself.
#[derive(Serialize)]
struct Client<'a> {
    server_host: IpAddr,
    server_port: u16,
    agent_name: &'a str,
    agent_framework: &'static str,
}

#[derive(Serialize)]
struct Arguments<'a> {
    input_args: &'a [Value],
    input_kwargs: &'a Map<String, Value>,
}

/// The JSON of a value. Of one that takes more than `limit` bytes, `{"truncated": true, "preview": …}` with the
/// beginning of its JSON as text.
fn clipped<T: Serialize>(value: &T, limit: usize) -> String {
    let mut text = Limited { bytes: Vec::with_capacity(128), limit };
    if serde_json::to_writer(&mut text, value).is_ok() {
        // JSON is UTF-8.
        return String::from_utf8(text.bytes).unwrap_or_default();
    }
    preview(&text.bytes, limit)
}

/// The same of a value whose JSON is at hand.
fn clipped_json<'a>(json: &'a str, limit: usize) -> Cow<'a, str> {
    if json.len() <= limit { json.into() } else { preview(json.as_bytes(), limit).into() }
}

/// What is kept of JSON that is too long; it begins with these bytes.
fn preview(json: &[u8], limit: usize) -> String {
    // Quoting it adds a backslash to each quotation mark.
    let beginning = String::from_utf8_lossy(&json[..json.len().min(limit / 2)]);
    json!({"truncated": true, "preview": beginning.trim_end_matches(char::REPLACEMENT_CHARACTER)}).to_string()
}

/// Takes this many bytes and then no more.
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self.limit - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > MAX_JSON {
        text.truncate(text.floor_char_boundary(MAX_JSON));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_is_too_long_is_clipped_and_stays_json() {
        for (value, limit, whole) in [
            (json!({"a": [1, "two"]}), 64, true),
            (json!("x".repeat(62)), 64, true),
            (json!("x".repeat(63)), 64, false),
            (json!("é".repeat(100)), 64, false),
            (json!("é".repeat(100)), 65, false),
            (json!("日本語".repeat(100)), 66, false),
            (json!("\"\\\u{0}".repeat(100)), 64, false),
            (json!(vec![json!({"k": null}); 1000]), 64, false),
            (json!(null), 0, false),
        ] {
            let text = clipped(&value, limit);
            assert_eq!(clipped_json(&value.to_string(), limit), text);
            let read: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            if whole {
                assert_eq!(read, value);
                continue;
            }
            assert_eq!(read["truncated"], true, "{text}");
            let preview = read["preview"].as_str().unwrap();
            assert!(value.to_string().starts_with(preview), "{text}");
            assert!(preview.len() <= limit / 2 && preview.len() + 4 > limit / 2, "{text}");
            assert!(text.len() <= limit + 40, "{text}");
        }
    }

    #[test]
    fn words_that_are_too_many_are_cut_between_two_characters() {
        assert_eq!(shortened("x".repeat(MAX_JSON)).len(), MAX_JSON);
        let long = shortened("é".repeat(MAX_JSON));
        assert_eq!((long.len(), long.ends_with("é…")), (MAX_JSON + 3, true));
    }

    #[test]
    fn a_stream_is_counted_and_its_first_chunks_are_kept() {
        let mut summary = Summary::default();
        for n in 0..12 {
            summary.add(&json!({"i": n}).to_string());
        }
        let read: Value = serde_json::from_str(&summary.to_json(0.25)).unwrap();
        let samples: Vec<_> = (0..10).map(|n| json!({"i": n})).collect();
        let expected = json!({
            "stream_completed": true, "total_chunks": 12, "execution_type": "streaming", "sample_chunks": samples,
            "execution_time_seconds": 0.25,
            "chunk_summary": {"total_chunks": 12, "stored_samples": 10, "stream_type": "websocket"},
        });
        assert_eq!(read, expected);
    }
}
