//! One call, before and while it is made.

mod answer;
mod conflict;
mod options;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderName, HeaderValue, header::ACCEPT};
use runagent_transport::{ApiRequest, BoxFuture};
use serde::Serialize;
use tokio::{runtime::Handle, time::Instant};

pub(crate) use self::{
    answer::{Read, bytes, done, json, text},
    conflict::Conflicts,
};
use crate::{Error, Result, error::Problem, file_routes::Detour};

/// Any media type.
pub(crate) const ANY: HeaderValue = HeaderValue::from_static("*/*");

/// A call of the API: a future of its answer, which can still be changed until it is first polled. Nothing is sent before.
///
/// It borrows from nothing, so calls can be collected, joined and spawned.
///
/// ```
/// use std::time::Duration;
/// use everruns_sdk::{Client, UpdateAgentRequest, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new();
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// # let agent = client.agents().create(everruns_sdk::CreateAgentRequest { name: "a".into(), ..Default::default() }).await?;
/// let update = UpdateAgentRequest { display_name: "Librarian".into(), ..Default::default() };
/// let agent = client
///     .agents()
///     .update(&agent.id, update)
///     .change_reason("new name by the board")
///     .timeout(Duration::from_secs(5))
///     .await?;
/// assert_eq!(agent.display_name.as_deref(), Some("Librarian"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error`](crate::Error): what the server answered with, by its status; a time limit; a connection that could not be made
/// or broke; an answer that can't be decoded; settings that can't be used.
///
/// # Cancel safety
///
/// Dropping the future closes the connection; the server may act on the request all the same.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    state: State<T>,
}

enum State<T> {
    Ready(Option<Box<Plan<T>>>),
    Running(BoxFuture<'static, Result<T>>),
}

/// What is to be done.
struct Plan<T> {
    request: Result<ApiRequest>,
    operation: &'static str,
    timeout: Duration,
    conflicts: Conflicts,
    read: Read<T>,
    first: Option<BoxFuture<'static, ()>>,
    detour: Option<Box<Detour>>,
    then: Option<Note<T>>,
}

/// Looks at an answer.
type Note<T> = Box<dyn FnOnce(&T) + Send>;

impl<T> Call<T> {
    pub(crate) fn new(request: Result<ApiRequest>, operation: &'static str, timeout: Duration, read: Read<T>) -> Self {
        let conflicts = Conflicts::None;
        let plan = Plan { request, operation, timeout, conflicts, read, first: None, detour: None, then: None };
        Self { state: State::Ready(Some(Box::new(plan))) }
    }

    /// Limits the whole call: its attempts, the waits between them, and the body of the answer. The default is that of the
    /// client.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|plan| plan.timeout = timeout)
    }

    /// Sends a header, in the place of one of that name that the client sends.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.map(|request| Ok(request.header(name, value)))
    }

    /// Takes an answer of any media type: by default it is JSON that is asked for.
    pub(crate) fn any_media_type(self) -> Self {
        self.header(ACCEPT, ANY)
    }

    /// Sends a JSON document.
    pub(crate) fn body(self, body: &impl Serialize) -> Self {
        let json =
            serde_json::to_vec(body).map_err(|error| Error::Config(format!("what is to be sent is no JSON: {error}")));
        self.map(|request| Ok(request.json(json?)))
    }

    /// Which conflicts pass, and are waited for.
    pub(crate) fn conflicts(self, conflicts: Conflicts) -> Self {
        self.with(|plan| plan.conflicts = conflicts)
    }

    /// What is to be known before it is sent.
    pub(crate) fn first(self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        self.with(|plan| plan.first = Some(Box::pin(work)))
    }

    /// Where else the server may have it.
    pub(crate) fn detour(self, detour: Option<Detour>) -> Self {
        self.with(|plan| plan.detour = detour.map(Box::new))
    }

    /// What is to be noted of the answer.
    pub(crate) fn then(self, note: impl FnOnce(&T) + Send + 'static) -> Self {
        self.with(|plan| plan.then = Some(Box::new(note)))
    }

    /// Changes the request, if there is one.
    pub(crate) fn map(self, change: impl FnOnce(ApiRequest) -> Result<ApiRequest>) -> Self {
        self.with(|plan| {
            let refused = || Err(Error::Config("the request was refused before".to_owned()));
            plan.request = std::mem::replace(&mut plan.request, refused()).and_then(change);
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Plan<T>)) -> Self {
        // Once it was polled it is on its way.
        if let State::Ready(Some(plan)) = &mut self.state {
            change(plan);
        }
        self
    }
}

impl<T> Plan<T> {
    async fn run(self) -> Result<T> {
        let mut request = self.request?;
        let mut detour = self.detour;
        let deadline = Instant::now().checked_add(self.timeout);
        let left = || deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        if let Some(first) = self.first {
            // Half of the time at most: the call itself needs some.
            within(left() / 2, first).await;
        }
        if let Some(detour) = &mut detour {
            request = detour.begin(request, left()).await?;
        }
        let mut conflicts = self.conflicts.pacer();
        loop {
            let response = request.clone().timeout(left()).send().await?;
            if let Some(detour) = &mut detour
                && let Some(other) = detour.after(&request, response.status(), response.body(), left()).await?
            {
                request = other;
                continue;
            }
            if response.status().is_success() {
                let answer = (self.read)(self.operation, response)?;
                if let Some(note) = self.then {
                    note(&answer);
                }
                return Ok(answer);
            }
            let problem = Problem::of(&response);
            let Some(delay) = conflicts.delay(&problem).filter(|delay| *delay < left() && has_timer()) else {
                return Err(Error::of_problem(problem));
            };
            tokio::time::sleep(delay).await;
        }
    }
}

/// What comes of the work in this time. Where there is no timer it has all the time that it takes.
pub(crate) async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    if has_timer() { tokio::time::timeout(time, work).await.ok() } else { Some(work.await) }
}

fn has_timer() -> bool {
    Handle::try_current().is_ok()
}

impl<T: Send + 'static> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        if let State::Ready(plan) = &mut self.state {
            let Some(plan) = plan.take() else { return Poll::Pending };
            self.state = State::Running(Box::pin(plan.run()));
        }
        match &mut self.state {
            State::Running(running) => running.as_mut().poll(cx),
            State::Ready(_) => Poll::Pending,
        }
    }
}

// What runs is pinned by itself, and an answer is moved.
impl<T> Unpin for Call<T> {}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Ready(Some(plan)) => f.debug_tuple("Call").field(&plan.operation).finish(),
            _ => f.write_str("Call"),
        }
    }
}
