use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use runagent_types::platform::{Invocation, InvocationStatus};
use runagent_types::{rfc3339, value_from_str};

/// How a server was asked, which decides what the Python side keeps about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Run,
    Stream,
}

/// One run or stream of an agent: what [`Registry::record`](crate::Registry::record) writes about it.
///
/// It begins as pending; [`completed`](Self::completed) and [`failed`](Self::failed) end it. A server records it twice,
/// so that a run which never ends leaves a trace; the second time carries everything, so the first may get lost.
///
/// `Debug` leaves out what was passed and returned: it may be secret.
///
/// ```
/// use std::time::Duration;
///
/// use runagent_registry::InvocationRecord;
///
/// let pending = InvocationRecord::run("weather", "42d9dfab-2c15-4b69-8c0e-2a2a4e0a9d2f", "forecast")
///     .with_input(r#"{"input_args": ["Berlin"], "input_kwargs": {}}"#)
///     .with_client_info(r#"{"server_host": "127.0.0.1"}"#);
/// assert!(!pending.is_ended());
///
/// let completed = pending.completed(r#""Rain.""#, Duration::from_millis(12));
/// assert!(completed.is_ended());
/// ```
///
/// Cloning is cheap, and what many calls have in common can be passed as one `Arc<str>`, which they share.
#[derive(Clone, PartialEq)]
pub struct InvocationRecord {
    pub(crate) start: Arc<Start>,
    pub(crate) end: Option<End>,
}

/// What is known when it begins.
#[derive(Clone, PartialEq)]
pub(crate) struct Start {
    pub(crate) kind: Kind,
    pub(crate) agent_id: Arc<str>,
    pub(crate) invocation_id: Arc<str>,
    pub(crate) entrypoint_tag: Arc<str>,
    pub(crate) input: Arc<str>,
    pub(crate) client_info: Option<Arc<str>>,
    pub(crate) time: SystemTime,
}

/// How it ended.
#[derive(Clone, PartialEq)]
pub(crate) struct End {
    /// JSON that it returned, or the words of why it failed.
    pub(crate) outcome: Result<Arc<str>, Arc<str>>,
    pub(crate) took: Duration,
}

static NO_ARGUMENTS: LazyLock<Arc<str>> = LazyLock::new(|| r#"{"input_args":[],"input_kwargs":{}}"#.into());

impl InvocationRecord {
    /// A call of `POST …/run` that begins now, without arguments. The Python side counts it for its agent, once it has
    /// ended.
    #[must_use]
    pub fn run(
        agent_id: impl Into<Arc<str>>,
        invocation_id: impl Into<Arc<str>>,
        entrypoint_tag: impl Into<Arc<str>>,
    ) -> Self {
        Self::new(Kind::Run, agent_id.into(), invocation_id.into(), entrypoint_tag.into())
    }

    /// A call of `run-stream` that begins now, without arguments. The Python side does not count it.
    #[must_use]
    pub fn stream(
        agent_id: impl Into<Arc<str>>,
        invocation_id: impl Into<Arc<str>>,
        entrypoint_tag: impl Into<Arc<str>>,
    ) -> Self {
        Self::new(Kind::Stream, agent_id.into(), invocation_id.into(), entrypoint_tag.into())
    }

    fn new(kind: Kind, agent_id: Arc<str>, invocation_id: Arc<str>, entrypoint_tag: Arc<str>) -> Self {
        let input = Arc::clone(&NO_ARGUMENTS);
        let time = SystemTime::now();
        let start = Start { kind, agent_id, invocation_id, entrypoint_tag, input, client_info: None, time };
        Self { start: Arc::new(start), end: None }
    }

    /// Sets the arguments: JSON, `{"input_args": […], "input_kwargs": {…}}`.
    #[must_use]
    pub fn with_input(mut self, json: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.start).input = json.into();
        self
    }

    /// Notes what else is known of the call: a JSON object.
    #[must_use]
    pub fn with_client_info(mut self, json: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.start).client_info = Some(json.into());
        self
    }

    /// Sets when it began, to the second.
    #[must_use]
    pub fn with_start(mut self, time: SystemTime) -> Self {
        Arc::make_mut(&mut self.start).time = time;
        self
    }

    /// It has returned this JSON, `took` after it began.
    #[must_use]
    pub fn completed(mut self, json: impl Into<Arc<str>>, took: Duration) -> Self {
        self.end = Some(End { outcome: Ok(json.into()), took });
        self
    }

    /// It has failed, `took` after it began; `detail` says why, to a person.
    #[must_use]
    pub fn failed(mut self, detail: impl Into<Arc<str>>, took: Duration) -> Self {
        self.end = Some(End { outcome: Err(detail.into()), took });
        self
    }

    /// The id of the agent.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.start.agent_id
    }

    /// The id of this call.
    #[must_use]
    pub fn invocation_id(&self) -> &str {
        &self.start.invocation_id
    }

    /// Whether it has returned or failed.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.end.is_some()
    }

    /// As [`Registry::invocation`](crate::Registry::invocation) gives it back.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// use runagent_registry::InvocationRecord;
    ///
    /// let record = InvocationRecord::run("weather", "i1", "forecast").with_start(UNIX_EPOCH);
    /// let invocation = record.completed("\"Rain.\"", Duration::from_millis(1500)).to_invocation();
    /// assert_eq!(invocation.output_data, "Rain.");
    /// assert_eq!(invocation.response_timestamp.as_deref(), Some("1970-01-01T00:00:01"));
    /// ```
    #[must_use]
    pub fn to_invocation(&self) -> Invocation {
        let json = |text: &str| value_from_str(text).unwrap_or_else(|_| text.into());
        let start = &*self.start;
        let mut invocation = Invocation::new(&*start.invocation_id, self.status());
        start.agent_id.as_ref().clone_into(&mut invocation.agent_id);
        invocation.input_data = json(&start.input);
        invocation.output_data = self.output().map(|output| json(output)).unwrap_or_default();
        invocation.error_detail = self.error_detail().map(|detail| detail.to_string());
        invocation.request_timestamp = Some(iso(&utc(start.time)));
        invocation.response_timestamp = self.ended().map(|time| iso(&utc(time)));
        invocation.execution_time_ms = self.took().map(milliseconds);
        invocation.entrypoint_tag = Some(start.entrypoint_tag.to_string());
        invocation.sdk_type = Some(self.sdk_type().to_owned());
        invocation.client_info =
            start.client_info.as_deref().and_then(|text| json(text).as_object().cloned()).unwrap_or_default();
        invocation
    }

    pub(crate) fn status(&self) -> InvocationStatus {
        match self.end.as_ref().map(|end| &end.outcome) {
            None => InvocationStatus::Pending,
            Some(Ok(_)) => InvocationStatus::Completed,
            Some(Err(_)) => InvocationStatus::Failed,
        }
    }

    pub(crate) fn sdk_type(&self) -> &'static str {
        match self.start.kind {
            Kind::Run => "local_server",
            Kind::Stream => "websocket_stream",
        }
    }

    /// The JSON that it returned. Python keeps no null, so there is none for null.
    pub(crate) fn output(&self) -> Option<&Arc<str>> {
        self.end.as_ref()?.outcome.as_ref().ok().filter(|json| &***json != "null")
    }

    pub(crate) fn error_detail(&self) -> Option<&Arc<str>> {
        self.end.as_ref()?.outcome.as_ref().err()
    }

    pub(crate) fn took(&self) -> Option<Duration> {
        self.end.as_ref().map(|end| end.took)
    }

    /// When it ended; where no clock can tell, when it began.
    pub(crate) fn ended(&self) -> Option<SystemTime> {
        self.took().map(|took| self.start.time.checked_add(took).unwrap_or(self.start.time))
    }

    /// How many bytes of text it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        let end = self.end.as_ref().map_or(0, |end| match &end.outcome {
            Ok(text) | Err(text) => text.len(),
        });
        let Start { agent_id, invocation_id, entrypoint_tag, input, client_info, .. } = &*self.start;
        let names = agent_id.len() + invocation_id.len() + entrypoint_tag.len();
        names + input.len() + client_info.as_ref().map_or(0, |json| json.len()) + end
    }
}

pub(crate) fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// A time as SQLite's `CURRENT_TIMESTAMP` writes it, in which the Python side keeps these: UTC, to the second.
pub(crate) fn utc(time: SystemTime) -> String {
    let mut text = rfc3339(time);
    text.truncate("1970-01-01T00:00:00".len());
    text.replace('T', " ")
}

/// The same in the form in which the Python server answers.
pub(crate) fn iso(text: &str) -> String {
    let text = text.replacen(' ', "T", 1);
    text.strip_suffix(".000000").map(str::to_owned).unwrap_or(text)
}

impl fmt::Debug for InvocationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationRecord")
            .field("kind", &self.start.kind)
            .field("agent_id", &self.start.agent_id)
            .field("invocation_id", &self.start.invocation_id)
            .field("entrypoint_tag", &self.start.entrypoint_tag)
            .field("time", &self.start.time)
            .field("succeeded", &self.end.as_ref().map(|end| end.outcome.is_ok()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_795_292_855, "2026-11-21 20:27:35"),
            (1_798_761_599, "2026-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (253_402_300_799, "9999-12-31 23:59:59"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
        assert_eq!(utc(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01 00:00:00");
    }

    #[test]
    fn a_duration_that_no_clock_can_tell_is_no_panic() {
        let record = InvocationRecord::run("a", "i", "e").failed("never", Duration::MAX).to_invocation();
        assert_eq!(record.response_timestamp, record.request_timestamp);
    }

    #[test]
    fn debug_keeps_what_was_passed_and_returned_to_itself() {
        let run =
            InvocationRecord::run("a", "i", "e").with_input(r#"["hunter2"]"#).with_client_info(r#"{"x":"hunter2"}"#);
        for record in
            [run.clone(), run.clone().completed(r#""hunter2""#, Duration::ZERO), run.failed("hunter2", Duration::ZERO)]
        {
            let shown = format!("{record:?}");
            assert!(shown.contains("invocation_id: \"i\"") && !shown.contains("hunter2"), "{shown}");
        }
    }
}
