//! A call that a test expects.

use std::{fmt, panic::Location};

use serde_json::{Map, Value};

use super::{RecordedCall, recorded_call::write_arguments};

/// A call that a [`FakeAgent`](super::FakeAgent) is told to expect, and its answer: `A` is
/// [`RunAnswer`](super::RunAnswer) or [`StreamAnswer`](super::StreamAnswer), which decides what can be answered.
///
/// Unless it says otherwise it is met by one call of its entrypoint, with any arguments.
///
/// ```
/// use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// let agent = FakeAgent::new("agent-id")
///     .expect_run("double", |call| call.args(json!([21])).times(2).returns(42))
///     .expect_run("double", |call| call.matching(|call| call.user_id.is_none()).returns(json!(null)));
/// # let config = RunAgentClientConfig::new("agent-id", "double").with_api_key("key");
/// # let client = RunAgentClient::new(config.with_options(agent.clone().into_options())).await?;
/// for (argument, result) in [(21, json!(42)), (1, json!(null)), (21, json!(42))] {
///     assert_eq!(client.run_with_args(&[json!(argument)], &[]).await?, result);
/// }
/// agent.verify();
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Expectation<A> {
    pub(super) tag: String,
    streams: bool,
    args: Option<Vec<Value>>,
    kwargs: Option<Map<String, Value>>,
    conditions: Vec<Condition>,
    times: usize,
    came: usize,
    /// Where the test says so.
    line: &'static Location<'static>,
    pub(super) answer: A,
}

type Condition = Box<dyn Fn(&RecordedCall) -> bool + Send + Sync>;

impl<A: Default> Expectation<A> {
    #[track_caller]
    pub(super) fn new(tag: impl Into<String>, streams: bool) -> Self {
        Self {
            tag: tag.into(),
            streams,
            args: None,
            kwargs: None,
            conditions: Vec::new(),
            times: 1,
            came: 0,
            line: Location::caller(),
            answer: A::default(),
        }
    }
}

impl<A> Expectation<A> {
    /// Only with these positional arguments, a JSON array.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[track_caller]
    pub fn args(mut self, args: Value) -> Self {
        let Value::Array(args) = args else { panic!("positional arguments are a JSON array, and not {args}") };
        self.args = Some(args);
        self
    }

    /// Only with these keyword arguments, a JSON object; their order means nothing.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[track_caller]
    pub fn kwargs(mut self, kwargs: Value) -> Self {
        let Value::Object(kwargs) = kwargs else { panic!("keyword arguments are a JSON object, and not {kwargs}") };
        self.kwargs = Some(kwargs);
        self
    }

    /// Only calls of which this is true, beside what else is asked of them.
    pub fn matching(mut self, condition: impl Fn(&RecordedCall) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Box::new(condition));
        self
    }

    /// This many calls, each attempt counted. The default is 1.
    ///
    /// # Panics
    ///
    /// When it is 0: a call that must not come is one that is not expected.
    #[track_caller]
    pub fn times(mut self, times: usize) -> Self {
        assert!(times > 0, "a call that must not come is one that is not expected: leave it out");
        self.times = times;
        self
    }

    /// Takes a call that meets it, unless all have come.
    pub(super) fn take(&mut self, call: &RecordedCall) -> bool {
        let taken = self.came < self.times
            && self.tag == call.tag
            && self.args.as_ref().is_none_or(|args| *args == call.args)
            && self.kwargs.as_ref().is_none_or(|kwargs| *kwargs == call.kwargs)
            && self.conditions.iter().all(|condition| condition(call));
        self.came += usize::from(taken);
        taken
    }

    /// What is missing, when something is.
    pub(super) fn unmet(&self) -> Option<String> {
        (self.came < self.times).then(|| format!("{}: expected {} × {self}, came {}", self.line, self.times, self.came))
    }
}

impl<A> fmt::Display for Expectation<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.streams { "stream" } else { "run" };
        write!(f, "{kind} of `{}`", self.tag.escape_debug())?;
        write_arguments(f, self.args.as_deref(), self.kwargs.as_ref())?;
        f.write_str(if self.conditions.is_empty() { "" } else { ", and what the test asks of it" })
    }
}

impl<A: fmt::Debug> fmt::Debug for Expectation<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expectation")
            .field("call", &format_args!("{self}"))
            .field("times", &self.times)
            .field("came", &self.came)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}
