//! An agent whose every step the tests see and control.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{Stream, stream};
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, AgentError, Input, RunningServer, Server, ServerBuilder};
use serde::Deserialize;
use tokio::sync::{Semaphore, mpsc};

/// Greets somebody, as often as they like.
#[derive(Deserialize, JsonSchema)]
struct Greet {
    /// Whom to greet.
    name: String,
    #[serde(default = "once")]
    times: u32,
    /// With an exclamation mark.
    #[serde(default)]
    loudly: bool,
    style: Option<Style>,
    /// What to say after the name.
    #[serde(default)]
    titles: Vec<String>,
}

fn once() -> u32 {
    1
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Style {
    /// As in a letter.
    Formal,
    Casual,
}

async fn greet(args: Greet) -> String {
    let word = if matches!(args.style, Some(Style::Formal)) { "Good day" } else { "Hello" };
    let who = [vec![args.name], args.titles].concat().join(", ");
    let greeting = format!("{word}, {who}{}", if args.loudly { "!" } else { "." });
    vec![greeting; args.times as usize].join(" ")
}

async fn refuse() -> Result<(), AgentError> {
    Err(AgentError::new("no more today").with_code("QUOTA").with_suggestion("Come back tomorrow."))
}

/// What the tests hold in their hands.
pub(crate) struct Strings {
    /// One permit lets one word of `tell_stream` out.
    pub(crate) words: Arc<Semaphore>,
    /// Gets a message when `endless_stream` is dropped.
    pub(crate) dropped: mpsc::UnboundedReceiver<()>,
    /// How often `count` and `count_stream` were called.
    pub(crate) calls: Arc<AtomicUsize>,
}

struct TellsOnDrop(mpsc::UnboundedSender<()>);

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

fn endless(guard: TellsOnDrop) -> impl Stream<Item = &'static str> {
    stream::unfold((guard, false), async |(guard, begun)| {
        if begun {
            std::future::pending::<()>().await;
        }
        Some(("and so on ", (guard, true)))
    })
}

/// The agent, not yet served.
pub(crate) fn agent() -> (ServerBuilder, Strings) {
    let (sender, dropped) = mpsc::unbounded_channel();
    let words = Arc::new(Semaphore::new(0));
    let calls = Arc::new(AtomicUsize::new(0));
    let (gate, counter, stream_counter) = (Arc::clone(&words), Arc::clone(&calls), Arc::clone(&calls));
    let agent = Agent::new("greeter-7f3a")
        .with_name("Greeter")
        .with_description("Greets people, tells stories, and now and then refuses.")
        .with_version("1.2.0")
        .entrypoint("greet", greet)
        .stream_entrypoint("tell_stream", move || {
            let gate = Arc::clone(&gate);
            stream::unfold(["Once ", "upon ", "a ", "time."].into_iter(), move |mut words| {
                let gate = Arc::clone(&gate);
                async move {
                    let word = words.next()?;
                    gate.acquire().await.ok()?.forget();
                    Some((word, words))
                }
            })
        })
        .describe("tell_stream", "Tells a story, word by word.")
        .stream_entrypoint("endless_stream", move || endless(TellsOnDrop(sender.clone())))
        .entrypoint("refuse", refuse)
        .entrypoint("sum", async |(a, b): (i128, i128)| Ok::<_, AgentError>(BTreeMap::from([("sum", a + b)])))
        .entrypoint("anything", async |input: Input| {
            Ok(serde_json::json!({"args": input.args(), "kwargs": input.kwargs()}))
        })
        .entrypoint("count", move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { "counted" }
        })
        .stream_entrypoint("count_stream", move || {
            stream_counter.fetch_add(1, Ordering::SeqCst);
            stream::iter(["counted"])
        })
        .v1_entrypoint("count_stream");
    (Server::builder(agent), Strings { words, dropped, calls })
}

pub(crate) async fn serve() -> (RunningServer, Strings) {
    let (server, strings) = agent();
    (server.bind().await.unwrap().spawn(), strings)
}
