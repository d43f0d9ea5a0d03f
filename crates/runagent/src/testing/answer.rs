//! What an agent answers.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use runagent_transport::{Progress, TransportError, TransportErrorKind, testing::Reply};
use runagent_types::{ApiError, Reply as Envelope, StreamFrame};
use serde_json::{Map, Value};

use super::{Expectation, RecordedCall};
use crate::{RunAgentError, RunAgentResult};

type Run = dyn Fn(&[Value], &Map<String, Value>) -> RunAgentResult<Value> + Send + Sync;
type Stream = dyn Fn(&[Value], &Map<String, Value>) -> Vec<Value> + Send + Sync;

/// The answer to a run: see [`Expectation`].
#[derive(Clone)]
pub struct RunAnswer(RunKind);

#[derive(Clone)]
enum RunKind {
    Computed(Arc<Run>),
    Value(Value),
    Failure(ApiError),
    Response(http::Response<Bytes>),
    Refused,
    BreaksOff,
    Silence,
}

/// The answer to a stream: see [`Expectation`].
#[derive(Clone)]
pub struct StreamAnswer(StreamKind);

#[derive(Clone)]
enum StreamKind {
    Computed(Arc<Stream>),
    Steps(Vec<Step>),
}

/// What the server's end of a stream does next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Frame(StreamFrame),
    Wait(Duration),
    BreaksOff,
    Silence,
}

impl Expectation<RunAnswer> {
    /// The agent returns this. Without an answer it returns null.
    pub fn returns(mut self, result: impl Into<Value>) -> Self {
        self.answer = RunAnswer(RunKind::Value(result.into()));
        self
    }

    /// The agent runs and fails: its code, message, suggestion and details go over the wire.
    pub fn fails(mut self, error: RunAgentError) -> Self {
        self.answer = RunAnswer(RunKind::Failure(to_api(error)));
        self
    }

    /// Somebody on the way answers, or the server in its own name: any status, any headers, any body, garbage too.
    ///
    /// # Panics
    ///
    /// When the status or a header is none that HTTP knows.
    #[track_caller]
    pub fn responds(mut self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        match response.body(body.into()) {
            Ok(response) => self.answer = RunAnswer(RunKind::Response(response)),
            Err(error) => panic!("a response that can't be: {error}"),
        }
        self
    }

    /// Nothing listens: the request is not sent.
    pub fn refuses(mut self) -> Self {
        self.answer = RunAnswer(RunKind::Refused);
        self
    }

    /// The connection breaks when the request was sent: nobody knows whether the agent ran.
    pub fn breaks_off(mut self) -> Self {
        self.answer = RunAnswer(RunKind::BreaksOff);
        self
    }

    /// No answer ever comes: the time limit of the call decides. With Tokio's paused clock a test need not wait for it.
    pub fn falls_silent(mut self) -> Self {
        self.answer = RunAnswer(RunKind::Silence);
        self
    }
}

impl Expectation<StreamAnswer> {
    /// The agent yields these. The stream is complete after the last of them, unless an end of another sort follows.
    ///
    /// # Panics
    ///
    /// When the stream has ended before.
    #[track_caller]
    pub fn chunks(mut self, chunks: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        for chunk in chunks {
            self.answer.then(Step::Frame(StreamFrame::Data(chunk.into())));
        }
        self
    }

    /// The agent takes its time, on Tokio's clock: a paused one makes it no time at all.
    ///
    /// # Panics
    ///
    /// When the stream has ended before. Reading the stream panics outside a Tokio runtime.
    #[track_caller]
    pub fn then_wait(mut self, time: Duration) -> Self {
        self.answer.then(Step::Wait(time));
        self
    }

    /// The agent fails here: its code, message, suggestion and details go over the wire.
    ///
    /// # Panics
    ///
    /// When the stream has ended before.
    #[track_caller]
    pub fn fails(mut self, error: RunAgentError) -> Self {
        self.answer.then(Step::Frame(StreamFrame::Error(to_api(error))));
        self
    }

    /// The connection breaks here, and the stream is not complete.
    ///
    /// # Panics
    ///
    /// When the stream has ended before.
    #[track_caller]
    pub fn breaks_off(mut self) -> Self {
        self.answer.then(Step::BreaksOff);
        self
    }

    /// Nothing more comes: the limit on silence decides. With Tokio's paused clock a test need not wait for it.
    ///
    /// # Panics
    ///
    /// When the stream has ended before.
    #[track_caller]
    pub fn falls_silent(mut self) -> Self {
        self.answer.then(Step::Silence);
        self
    }
}

impl RunAnswer {
    pub(super) fn computed(
        run: impl Fn(&[Value], &Map<String, Value>) -> RunAgentResult<Value> + Send + Sync + 'static,
    ) -> Self {
        Self(RunKind::Computed(Arc::new(run)))
    }

    pub(super) fn reply(&self, call: &RecordedCall) -> Reply {
        let outcome = match &self.0 {
            RunKind::Computed(run) => run(&call.args, &call.kwargs).map_err(to_api),
            RunKind::Value(value) => Ok(value.clone()),
            RunKind::Failure(error) => Err(error.clone()),
            RunKind::Response(response) => return response.clone().into(),
            RunKind::Refused => {
                let message = "nothing listens where the agent was, as the test says";
                return TransportError::new(TransportErrorKind::Refused, Progress::NotSent, message).into();
            }
            RunKind::BreaksOff => return broken(Progress::MaybeSent).into(),
            RunKind::Silence => return Reply::silence(),
        };
        match outcome {
            Ok(value) => Reply::json(200, Envelope::success(&value).to_json()),
            Err(error) => Reply::json(200, Envelope::failure(&error).to_json()),
        }
    }
}

impl Default for RunAnswer {
    fn default() -> Self {
        Self(RunKind::Value(Value::Null))
    }
}

impl StreamAnswer {
    pub(super) fn computed(run: impl Fn(&[Value], &Map<String, Value>) -> Vec<Value> + Send + Sync + 'static) -> Self {
        Self(StreamKind::Computed(Arc::new(run)))
    }

    /// What the server does once it has the request.
    pub(super) fn steps(&self, call: &RecordedCall) -> Vec<Step> {
        let middle = match &self.0 {
            StreamKind::Computed(run) => {
                run(&call.args, &call.kwargs).into_iter().map(|chunk| Step::Frame(StreamFrame::Data(chunk))).collect()
            }
            StreamKind::Steps(steps) => steps.clone(),
        };
        let chunks = middle.iter().filter(|step| matches!(step, Step::Frame(StreamFrame::Data(_)))).count();
        let mut steps = vec![Step::Frame(StreamFrame::Started { invocation_id: None })];
        steps.extend(middle);
        if !steps.last().is_some_and(Step::is_end) {
            let total_chunks = Some(chunks as u64);
            let end = StreamFrame::Completed { total_chunks, execution_time: None, invocation_id: None };
            steps.push(Step::Frame(end));
        }
        steps
    }

    /// A step that can never be taken would make a test that proves nothing.
    #[track_caller]
    fn then(&mut self, step: Step) {
        if let StreamKind::Steps(steps) = &mut self.0 {
            if let Some(end) = steps.last().filter(|step| step.is_end()) {
                panic!("{end:?} ends a stream, nothing can follow it");
            }
            steps.push(step);
        }
    }
}

impl Default for StreamAnswer {
    fn default() -> Self {
        Self(StreamKind::Steps(Vec::new()))
    }
}

impl Step {
    const fn is_end(&self) -> bool {
        matches!(self, Self::Frame(StreamFrame::Error(_)) | Self::BreaksOff | Self::Silence)
    }
}

pub(super) fn broken(progress: Progress) -> TransportError {
    TransportError::new(TransportErrorKind::Closed, progress, "the connection broke, as the test says")
}

pub(super) fn to_api(error: RunAgentError) -> ApiError {
    let RunAgentError::Execution { code, message, suggestion, details } = error;
    let mut api = ApiError::new(code, message);
    api.suggestion = suggestion;
    api.details = details.map(|details| (*details).clone()).filter(|details| !details.is_null());
    api
}

impl fmt::Debug for RunAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            RunKind::Computed(_) => f.write_str("Computed"),
            RunKind::Value(value) => write!(f, "Value({value})"),
            RunKind::Failure(error) => write!(f, "Failure({error})"),
            RunKind::Response(response) => write!(f, "Response({})", response.status()),
            RunKind::Refused => f.write_str("Refused"),
            RunKind::BreaksOff => f.write_str("BreaksOff"),
            RunKind::Silence => f.write_str("Silence"),
        }
    }
}

impl fmt::Debug for StreamAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StreamKind::Computed(_) => f.write_str("Computed"),
            StreamKind::Steps(steps) => f.debug_list().entries(steps).finish(),
        }
    }
}
