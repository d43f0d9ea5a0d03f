//! The agent, which counts how often it runs.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream;
use runagent_registry::Registry;
use runagent_server::{Agent, AgentError, Input, Server};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;

use crate::Result;
use crate::report::{Holdings, count_panics};

/// The longest that a run takes, in milliseconds.
const LONGEST: u64 = 20;

#[derive(Default)]
struct Counts {
    /// How often the agent ran, by the id in the arguments.
    runs: Mutex<HashMap<u64, u64>>,
    /// How many calls it is at.
    running: AtomicI64,
}

/// A call that runs, until this is dropped.
struct Running(Arc<Counts>);

impl Running {
    fn begin(counts: &Arc<Counts>) -> Self {
        counts.running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counts))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Prints the port, and serves until standard input ends.
pub(crate) async fn run() -> Result {
    count_panics();
    let folder = tempfile::tempdir()?;
    let server = Server::builder(agent()).registry(Registry::in_folder(folder.path())).max_concurrent_calls(256);
    let server = server.bind().await?;
    println!("{}", server.address().port());
    server.serve_until(async { drop(tokio::io::stdin().read_to_end(&mut Vec::new()).await) }).await?;
    Ok(())
}

pub(crate) fn agent() -> Agent {
    let counts = Arc::new(Counts::default());
    let count = Arc::clone(&counts);
    let count = move |input: Input| {
        let running = Running::begin(&count);
        async move {
            let id: u64 = input.kwarg("id")?;
            *running.0.runs.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default() += 1;
            sleep(Duration::from_millis(fastrand::u64(0..LONGEST))).await;
            Ok(id)
        }
    };
    let take = Arc::clone(&counts);
    let take = move |input: Input| {
        let counts = Arc::clone(&take);
        async move {
            let id: u64 = input.kwarg("id")?;
            Ok(counts.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&id).unwrap_or(0))
        }
    };
    let hang = Arc::clone(&counts);
    let hang = move |_: Input| {
        let running = Running::begin(&hang);
        async move {
            pending::<()>().await;
            drop(running);
            Ok(())
        }
    };
    let numbers = Arc::clone(&counts);
    let numbers = move |input: Input| {
        let running = Running::begin(&numbers);
        async move {
            let n: u64 = input.kwarg("n")?;
            let next = |(i, running)| async move {
                sleep(Duration::from_millis(1)).await;
                Some((Ok::<_, AgentError>(i), (i + 1, running)))
            };
            Ok(futures_util::StreamExt::take(stream::unfold((0_u64, running), next), usize::try_from(n)?))
        }
    };
    let state = move |_: Input| {
        let counts = Arc::clone(&counts);
        async move {
            let holdings = Holdings::now().map_err(|error| AgentError::new(error.to_string()))?;
            Ok(json!({"holdings": holdings, "running": counts.running.load(Ordering::Relaxed)}))
        }
    };
    Agent::new("soak")
        .entrypoint("count", count)
        .entrypoint("take", take)
        .entrypoint("hang", hang)
        .stream_entrypoint("numbers_stream", numbers)
        .entrypoint("state", state)
}
