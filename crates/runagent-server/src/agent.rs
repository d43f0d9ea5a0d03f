use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::future::lazy;
use futures_util::{FutureExt, StreamExt, TryFutureExt};
use runagent_types::{Architecture, is_stream_tag};
use serde_json::Value;

use crate::answer::{IntoAnswer, IntoChunks};
use crate::handler::{Handler, Prepared};
use crate::{AgentError, Input, ServerError};

/// Calls an entrypoint, which answers with JSON; its panic is an error.
pub(crate) type Run = Box<dyn Fn(Input) -> BoxFuture<'static, Result<String, AgentError>> + Send + Sync>;
/// Calls a streaming entrypoint, whose chunks are JSON; its panic is the last item.
pub(crate) type Open = Box<dyn Fn(Input) -> BoxStream<'static, Result<String, AgentError>> + Send + Sync>;

/// Functions under one id, each with the tag that callers name.
///
/// # Arguments
///
/// An entrypoint is an async function. Its arguments are a struct: callers pass the fields by name, or by position in
/// the order of the struct, as they call a function in Python. Serde says which have a default; a call that does not fit
/// is told so with a `VALIDATION_ERROR`, and never reaches the function. The struct's JSON Schema, with the comments on it,
/// is listed in the architecture.
///
/// ```
/// use runagent_server::schemars::{self, JsonSchema};
/// use runagent_server::{Agent, AgentError, Context};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Greet {
///     /// Whom to greet.
///     name: String,
///     #[serde(default)]
///     loudly: bool,
/// }
///
/// async fn greet(args: Greet) -> Result<String, AgentError> {
///     if args.name.is_empty() {
///         return Err(AgentError::new("nobody to greet"));
///     }
///     Ok(format!("Hello, {}{}", args.name, if args.loudly { "!" } else { "." }))
/// }
///
/// async fn whoami(_: (), context: Context) -> Option<String> {
///     context.user_id().map(str::to_owned)
/// }
///
/// let agent = Agent::new("greeter")
///     .with_name("Greeter")
///     .with_version("1.2.0")
///     .entrypoint("greet", greet)
///     .describe("greet", "Greets somebody by name.")
///     .entrypoint("whoami", whoami);
/// assert_eq!(agent.tags().collect::<Vec<_>>(), ["greet", "whoami"]);
/// ```
///
/// | parameter | what callers pass |
/// |---|---|
/// | none, or `()` | nothing |
/// | a struct | its fields, by name or position |
/// | a map, such as `HashMap<String, f64>` | any names |
/// | a tuple, or a `Vec` | positions |
/// | a string, a number, an enum | one position |
/// | an [`Input`] | anything: the function sorts it out |
///
/// A [`Context`](crate::Context) may follow, except after an `Input`, which has one.
///
/// # Results
///
/// An entrypoint returns anything that serialises to JSON, or a `Result` of it, whose error becomes an [`AgentError`]: any
/// [`Error`](std::error::Error) does. A panic in it is such an error too. Its future is dropped when the caller goes away.
///
/// The error of an entrypoint that takes an `Input` is an `AgentError`. Elsewhere a closure says which error it has, as in
/// `async |args: Greet| Ok::<_, AgentError>(args.name)`.
pub struct Agent {
    id: Arc<str>,
    name: Option<String>,
    description: Option<String>,
    version: Option<String>,
    entrypoints: Vec<Entrypoint>,
    /// Of tags, which need not be those of entrypoints.
    descriptions: Vec<(String, String)>,
    /// Tags, which need not be those of entrypoints.
    chosen: Vec<String>,
    client_info: OnceLock<Arc<str>>,
}

struct Entrypoint {
    tag: Arc<str>,
    input_schema: Option<Value>,
    call: Call,
}

/// What is behind a tag.
pub(crate) enum Call {
    Run(Run),
    Stream(Open),
}

impl Agent {
    /// An agent without entrypoints. The id is any text; the Python tools write a UUID.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into().into(),
            name: None,
            description: None,
            version: None,
            entrypoints: Vec::new(),
            descriptions: Vec::new(),
            chosen: Vec::new(),
            client_info: OnceLock::new(),
        }
    }

    /// Sets the name shown to people; the id, unless set.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says in a sentence what the agent does.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the version of the agent, such as `1.2.0`.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a function that answers once. Its tag must not end with `_stream`, which is what tells callers the two
    /// sorts apart; [`Server::bind`](crate::Server::bind) checks it.
    ///
    /// See [above](Self#arguments) for what the function may take and return; `M` and `K` are inferred from it.
    #[must_use]
    pub fn entrypoint<H, M, K: 'static>(self, tag: impl Into<String>, handler: H) -> Self
    where
        H: Handler<M>,
        H::Output: IntoAnswer<(H::Form, K)>,
    {
        let Prepared { input_schema, call } = handler.prepare();
        let call = Arc::new(call);
        let run = move |input| {
            let call = Arc::clone(&call);
            // The function is called inside the future, where a panic is caught.
            let answer = lazy(move |_| call(input)).and_then(IntoAnswer::into_answer);
            AssertUnwindSafe(answer).catch_unwind().map(|caught| caught.unwrap_or_else(panicked)).boxed()
        };
        self.with(Entrypoint { tag: tag.into().into(), input_schema, call: Call::Run(Box::new(run)) })
    }

    /// Adds a function that answers with a stream of chunks, and whose tag ends with `_stream`. The first error ends
    /// the stream.
    ///
    /// It takes what [`entrypoint`](Self::entrypoint) takes. It returns a [`Stream`](futures_core::Stream) of values or
    /// of `Result`s, or is async and returns such a stream, or a `Result` of it. `M` and `K` are inferred from it.
    ///
    /// ```
    /// use futures_util::{Stream, stream};
    /// use runagent_server::schemars::{self, JsonSchema};
    /// use runagent_server::{Agent, AgentError};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Count {
    ///     n: u64,
    /// }
    ///
    /// fn count(args: Count) -> impl Stream<Item = u64> {
    ///     stream::iter(0..args.n)
    /// }
    ///
    /// async fn halves(args: Count) -> Result<impl Stream<Item = Result<f64, AgentError>>, AgentError> {
    ///     if args.n == 0 {
    ///         return Err(AgentError::new("nothing to halve"));
    ///     }
    ///     Ok(stream::iter((0..args.n).map(|i| Ok(i as f64 / 2.0))))
    /// }
    ///
    /// let agent = Agent::new("a").stream_entrypoint("count_stream", count).stream_entrypoint("halves_stream", halves);
    /// # assert_eq!(agent.tags().count(), 2);
    /// ```
    #[must_use]
    pub fn stream_entrypoint<H, M, K: 'static>(self, tag: impl Into<String>, handler: H) -> Self
    where
        H: Handler<M>,
        H::Output: IntoChunks<(H::Form, K)>,
    {
        let Prepared { input_schema, call } = handler.prepare();
        let call = Arc::new(call);
        let open = move |input| {
            let call = Arc::clone(&call);
            let chunks = lazy(move |_| call(input)).map_ok(IntoChunks::into_chunks).try_flatten_stream();
            AssertUnwindSafe(chunks).catch_unwind().map(|caught| caught.unwrap_or_else(panicked)).boxed()
        };
        self.with(Entrypoint { tag: tag.into().into(), input_schema, call: Call::Stream(Box::new(open)) })
    }

    /// Says in a sentence what the entrypoint `tag` does, for the architecture.
    #[must_use]
    pub fn describe(mut self, tag: impl Into<String>, description: impl Into<String>) -> Self {
        self.descriptions.push((tag.into(), description.into()));
        self
    }

    /// Chooses the entrypoint that answers `POST /v1/agents/{id}/invoke` and its batches, or, if it streams,
    /// `/v1/agents/{id}/stream`: these paths name no entrypoint. Where none is chosen it is the one with the tag `invoke`,
    /// or `invoke_stream`, else the only one of its sort.
    ///
    /// It is called by name, with the `query` and with each of the `parameters`, and with whatever other members the
    /// request has; with the `session_id` only if its arguments list one.
    ///
    /// ```
    /// use runagent_server::Agent;
    /// use runagent_server::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Ask {
    ///     query: String,
    ///     #[serde(default)]
    ///     temperature: f64,
    ///     session_id: Option<String>,
    /// }
    ///
    /// let agent = Agent::new("a")
    ///     .entrypoint("ask", async |ask: Ask| format!("{}?", ask.query))
    ///     .entrypoint("tokens", async |ask: Ask| ask.query.len())
    ///     .v1_entrypoint("ask");
    /// # assert_eq!(agent.tags().count(), 2);
    /// ```
    #[must_use]
    pub fn v1_entrypoint(mut self, tag: impl Into<String>) -> Self {
        self.chosen.push(tag.into());
        self
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tags, in the order they were added.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.entrypoints.iter().map(|entrypoint| &*entrypoint.tag)
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(crate) fn find(&self, tag: &str) -> Option<&Call> {
        self.entrypoint_of(tag).map(|entrypoint| &entrypoint.call)
    }

    fn entrypoint_of(&self, tag: &str) -> Option<&Entrypoint> {
        self.entrypoints.iter().find(|entrypoint| *entrypoint.tag == *tag)
    }

    /// The id, for what outlives the agent: all calls share it.
    pub(crate) fn shared_id(&self) -> Arc<str> {
        Arc::clone(&self.id)
    }

    /// A tag in the same way.
    pub(crate) fn shared_tag(&self, tag: &str) -> Arc<str> {
        self.entrypoint_of(tag).map_or_else(|| tag.into(), |entrypoint| Arc::clone(&entrypoint.tag))
    }

    /// What is recorded as the caller of its runs: the same for all, since it is of the server. `make` says it once.
    pub(crate) fn client_info(&self, make: impl FnOnce() -> Arc<str>) -> Arc<str> {
        Arc::clone(self.client_info.get_or_init(make))
    }

    /// What `/v1` runs, and its tag.
    pub(crate) fn v1_run(&self) -> Option<(&str, &Run)> {
        self.v1("invoke", |call| if let Call::Run(run) = call { Some(run) } else { None })
    }

    /// What `/v1` streams, and its tag.
    pub(crate) fn v1_stream(&self) -> Option<(&str, &Open)> {
        self.v1("invoke_stream", |call| if let Call::Stream(open) = call { Some(open) } else { None })
    }

    fn v1<'a, T>(&'a self, default: &str, pick: impl Fn(&'a Call) -> Option<&'a T>) -> Option<(&'a str, &'a T)> {
        let all = self.entrypoints.iter().filter_map(|Entrypoint { tag, call, .. }| Some((&**tag, pick(call)?)));
        let all: Vec<_> = all.collect();
        let chosen = self.chosen.iter().rev().find_map(|chosen| all.iter().find(|(tag, _)| tag == chosen));
        let found = chosen.or_else(|| all.iter().find(|(tag, _)| *tag == default));
        found.or(if let [only] = &all[..] { Some(only) } else { None }).copied()
    }

    /// The JSON Schema of the arguments, of an entrypoint that has one.
    pub(crate) fn input_schema(&self, tag: &str) -> Option<&Value> {
        self.entrypoint_of(tag)?.input_schema.as_ref()
    }

    /// What callers learn of the entrypoints, in the order they were added.
    pub(crate) fn architecture(&self) -> Architecture {
        let described = |tag: &str| self.descriptions.iter().rev().find(|(described, _)| described == tag);
        let entrypoint = |entrypoint: &Entrypoint| {
            let mut listed = runagent_types::Entrypoint::new(&*entrypoint.tag);
            listed.description = described(&entrypoint.tag).map(|(_, description)| description.clone());
            listed.input_schema.clone_from(&entrypoint.input_schema);
            listed
        };
        Architecture::new(&*self.id, self.entrypoints.iter().map(entrypoint).collect())
    }

    /// What the builder methods could not refuse.
    pub(crate) fn check(&self) -> Result<(), ServerError> {
        if self.id.is_empty() || self.id.contains(char::is_control) {
            return Err(ServerError::InvalidAgentId { id: self.id.to_string() });
        }
        let mut seen = HashSet::new();
        for Entrypoint { tag, call, .. } in &self.entrypoints {
            let problem = match call {
                _ if tag.is_empty() => "is empty",
                _ if tag.contains(char::is_control) => "has control characters",
                _ if !seen.insert(&**tag) => "is given twice",
                Call::Run(_) if is_stream_tag(tag) => "ends with `_stream`, but does not stream",
                Call::Stream(_) if !is_stream_tag(tag) => "streams, but does not end with `_stream`",
                _ => continue,
            };
            return Err(ServerError::InvalidTag { tag: tag.to_string(), problem });
        }
        let described = self.descriptions.iter().map(|(tag, _)| (tag, "is described, but is no entrypoint"));
        let chosen = self.chosen.iter().map(|tag| (tag, "is chosen for /v1, but is no entrypoint"));
        match described.chain(chosen).find(|(tag, _)| !seen.contains(tag.as_str())) {
            Some((tag, problem)) => Err(ServerError::InvalidTag { tag: tag.clone(), problem }),
            None => Ok(()),
        }
    }

    fn with(mut self, entrypoint: Entrypoint) -> Self {
        self.entrypoints.push(entrypoint);
        self
    }
}

fn panicked<T>(payload: Box<dyn Any + Send>) -> Result<T, AgentError> {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Err(AgentError::new(format!("the entrypoint panicked: {}", text.unwrap_or("it did not say why"))))
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("id", &self.id).field("tags", &self.tags().collect::<Vec<_>>()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(_: Input) -> Result<(), AgentError> {
        Ok(())
    }

    async fn stream(_: Input) -> Result<futures_util::stream::Empty<Result<(), AgentError>>, AgentError> {
        Ok(futures_util::stream::empty())
    }

    #[test]
    fn refuses_tags_that_callers_could_not_use() {
        for (agent, problem) in [
            (Agent::new("a").entrypoint("", run), "is empty"),
            (Agent::new("a").entrypoint("a\nb", run), "control"),
            (Agent::new("a").entrypoint("a", run).entrypoint("a", run), "twice"),
            (Agent::new("a").stream_entrypoint("a_stream", stream).entrypoint("a_stream", run), "twice"),
            (Agent::new("a").entrypoint("a_stream", run), "does not stream"),
            (Agent::new("a").stream_entrypoint("streamer", stream), "does not end"),
            (Agent::new("a").entrypoint("a", run).v1_entrypoint("b"), "chosen"),
        ] {
            let error = agent.check().unwrap_err();
            assert!(matches!(&error, ServerError::InvalidTag { .. }), "{error}");
            assert!(error.to_string().contains(problem), "{error}");
        }
        let fine =
            Agent::new("a").entrypoint("a", run).entrypoint("Ünï côdé", run).stream_entrypoint("_stream", stream);
        assert!(fine.check().is_ok());
    }

    #[test]
    fn v1_has_one_entrypoint_of_each_sort() {
        let [a, ab, invoke] = [&["a"][..], &["a", "b"], &["a", "invoke"]]
            .map(|tags| tags.iter().fold(Agent::new("a"), |agent, tag| agent.entrypoint(*tag, run)));
        let tag = |agent: &Agent| agent.v1_run().map(|(tag, _)| tag.to_owned());
        assert_eq!(tag(&a).as_deref(), Some("a"));
        assert_eq!(tag(&ab), None);
        assert_eq!(tag(&ab.v1_entrypoint("b")).as_deref(), Some("b"));
        assert_eq!(tag(&invoke).as_deref(), Some("invoke"));
        // The last choice counts.
        assert_eq!(tag(&invoke.v1_entrypoint("invoke").v1_entrypoint("a")).as_deref(), Some("a"));

        let streams = a.stream_entrypoint("x_stream", stream);
        assert_eq!(streams.v1_stream().map(|(tag, _)| tag), Some("x_stream"));
        let streams = streams.stream_entrypoint("invoke_stream", stream);
        assert_eq!(streams.v1_stream().map(|(tag, _)| tag), Some("invoke_stream"));
        assert_eq!(streams.v1_entrypoint("x_stream").v1_stream().map(|(tag, _)| tag), Some("x_stream"));
    }

    #[test]
    fn refuses_ids_that_no_path_can_name() {
        for id in ["", "a\0b"] {
            assert!(matches!(Agent::new(id).check(), Err(ServerError::InvalidAgentId { .. })), "{id:?}");
        }
    }
}
