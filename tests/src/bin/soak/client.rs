//! Calls of every kind, and what came of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig};
use runagent_transport::{Api, BaseUrl, HttpTransport};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::faults::transport;
use crate::report::{Holdings, Line, Tally, count_panics};

const WORKERS: u64 = 16;
/// How long a call, the handshake of a stream, its first frame, and each chunk may take.
const LIMIT: Duration = Duration::from_secs(2);
const OPENING_LIMIT: Duration = LIMIT.saturating_mul(2);
/// How long an attempt of a call may take that can be repeated, and how long all of them.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(1);
const KEYED_LIMIT: Duration = Duration::from_secs(8);
/// What may come on top.
const MARGIN: Duration = Duration::from_secs(1);
/// A call is looked up when so many others have ended after it: by then a request that was on its way has arrived.
const BEHIND: usize = 100;
/// The longest pause after a call, in milliseconds.
const PAUSE: u64 = 20;

/// Who makes the calls.
struct Caller {
    client: RunAgentClient,
    api: Api,
    /// Over connections that hold.
    observer: RunAgentClient,
    tally: Arc<Mutex<Tally>>,
    next_id: u64,
    /// The unkeyed runs that have ended, and whether they succeeded.
    ended: VecDeque<(u64, bool)>,
}

/// Calls for so long, and says each second what came of it.
pub(crate) async fn run(port: u16, seconds: u64, seed: u64) -> Result {
    count_panics();
    let end = Instant::now() + Duration::from_secs(seconds);
    let (faults, tally) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Tally::default())));
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let mut caller = Caller::new(port, transport(&faults), &tally, (seed * WORKERS + worker) << 40)?;
        workers.spawn(async move {
            while Instant::now() < end {
                caller.call().await?;
                sleep(Duration::from_millis(fastrand::u64(0..PAUSE))).await;
            }
            caller.look_up(0).await
        });
    }
    let say = || -> Result<Holdings> {
        let mut tally = *tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.faults = faults.load(Ordering::Relaxed);
        let holdings = Holdings::now()?;
        println!("{}", serde_json::to_string(&Line { tally, holdings })?);
        Ok(holdings)
    };
    loop {
        match timeout(Duration::from_secs(1), workers.join_next()).await {
            Ok(Some(done)) => done??,
            Ok(None) => break,
            Err(_) => drop(say()?),
        }
    }
    // What a client has left behind gets a while to end.
    for _ in 0..30 {
        sleep(Duration::from_millis(100)).await;
        if say()?.tasks == 0 {
            break;
        }
    }
    Ok(())
}

impl Caller {
    fn new(port: u16, transport: HttpTransport, tally: &Arc<Mutex<Tally>>, first_id: u64) -> Result<Self> {
        let client = |transport: HttpTransport| {
            let options = ClientOptions::new()
                .with_transport(transport)
                .with_environment(|_| None)
                .with_run_timeout(LIMIT)
                .with_first_frame_timeout(LIMIT)
                .with_control_timeout(LIMIT)
                .with_stream_idle_timeout(LIMIT);
            let config = RunAgentClientConfig::new("soak", "count").with_local(true).with_address("127.0.0.1", port);
            RunAgentClient::connect_lazy(config.with_options(options))
        };
        Ok(Self {
            client: client(transport.clone())?,
            api: Api::builder(BaseUrl::http("127.0.0.1", port)?, transport).build(),
            observer: client(HttpTransport::new())?.entrypoint("take")?,
            tally: Arc::clone(tally),
            next_id: first_id,
            ended: VecDeque::new(),
        })
    }

    async fn call(&mut self) -> Result {
        match fastrand::u8(0..20) {
            0..8 => self.unkeyed().await,
            8..12 => self.keyed().await?,
            12..15 => self.stream(u64::MAX).await?,
            15..18 => self.stream(fastrand::u64(0..10)).await?,
            _ => self.cancelled().await?,
        }
        self.look_up(BEHIND).await
    }

    fn note(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn note_time(&self, what: &str, started: Instant, limit: Duration) {
        let took = started.elapsed();
        if took > limit + MARGIN {
            eprintln!("{what} took {took:?}");
            self.note(|tally| tally.late += 1);
        }
    }

    async fn unkeyed(&mut self) {
        let (id, started) = (self.next_id(), Instant::now());
        let succeeded = self.client.run(&[("id", json!(id))]).await.is_ok_and(|answer| answer == json!(id));
        self.note_time("a call", started, LIMIT);
        self.note(|tally| {
            tally.unkeyed += 1;
            tally.unkeyed_failed += u64::from(!succeeded);
        });
        self.ended.push_back((id, succeeded));
    }

    async fn keyed(&mut self) -> Result {
        let (id, started) = (self.next_id(), Instant::now());
        let body = json!({"entrypoint_tag": "count", "input_kwargs": {"id": id}}).to_string();
        let request = self.api.post_json(&["api", "v1", "agents", "soak", "run"], body);
        let request = request.idempotency_key(id.to_string().parse()?).attempt_timeout(ATTEMPT_LIMIT);
        let answer = request.timeout(KEYED_LIMIT).send().await;
        let succeeded = answer.is_ok_and(|answer| answer.body().starts_with(br#"{"success":true"#));
        self.note_time("a call with a key", started, KEYED_LIMIT);
        self.note(|tally| {
            tally.keyed += 1;
            tally.keyed_failed += u64::from(!succeeded);
        });
        // A server that does not know the key runs it once more, which is what the caller has allowed.
        self.observer.run(&[("id", json!(id))]).await?;
        Ok(())
    }

    /// Reads a stream to its end, or drops it after so many chunks.
    async fn stream(&self, at_most: u64) -> Result {
        const CHUNKS: u64 = 20;
        let client = self.client.entrypoint("numbers_stream")?;
        let started = Instant::now();
        let opened = client.run_stream(&[("n", json!(CHUNKS))]).await;
        self.note_time("the opening of a stream", started, OPENING_LIMIT);
        self.note(|tally| tally.streams += 1);
        let Ok(mut stream) = opened else {
            self.note(|tally| tally.streams_failed += 1);
            return Ok(());
        };
        let mut expected = 0;
        while expected < at_most {
            let started = Instant::now();
            let chunk = stream.next().await;
            self.note_time("a chunk", started, LIMIT);
            match chunk {
                Some(Ok(chunk)) if chunk == json!(expected) => expected += 1,
                None if expected == CHUNKS => return Ok(()),
                Some(Err(_)) => {
                    self.note(|tally| tally.streams_failed += 1);
                    return Ok(());
                }
                _ => {
                    self.note(|tally| tally.streams_wrong += 1);
                    return Ok(());
                }
            }
        }
        if fastrand::bool() {
            let started = Instant::now();
            stream.cancel().await;
            self.note_time("to close a stream", started, LIMIT);
        }
        Ok(())
    }

    /// A run that would never end is given up.
    async fn cancelled(&self) -> Result {
        let hang = self.client.entrypoint("hang")?;
        let _ = timeout(Duration::from_millis(fastrand::u64(0..30)), hang.run(&[])).await;
        self.note(|tally| tally.cancelled += 1);
        Ok(())
    }

    /// Asks how often the agent ran for the calls that ended longest ago.
    async fn look_up(&mut self, leave: usize) -> Result {
        while self.ended.len() > leave {
            let Some((id, succeeded)) = self.ended.pop_front() else { break };
            let runs = self.observer.run(&[("id", json!(id))]).await?.as_u64().unwrap_or(0);
            self.note(|tally| {
                tally.repeated += u64::from(runs > 1);
                tally.lost += u64::from(succeeded && runs == 0);
            });
        }
        Ok(())
    }

    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

#[cfg(test)]
mod tests {
    use runagent_server::Server;

    use super::*;
    use crate::server::agent;
    use crate::watch::judge;

    /// A client that repeated a run, or made one up, would not get away with it.
    #[tokio::test]
    async fn a_run_that_is_repeated_or_lost_is_reported() {
        let server = Server::bind(agent()).await.unwrap().spawn();
        let tally = Arc::new(Mutex::new(Tally::default()));
        let mut caller = Caller::new(server.address().port(), HttpTransport::new(), &tally, 0).unwrap();
        for runs in [1, 2, 0] {
            let id = caller.next_id();
            for _ in 0..runs {
                assert_eq!(caller.client.run(&[("id", json!(id))]).await.unwrap(), id);
            }
            caller.ended.push_back((id, true));
        }
        caller.look_up(0).await.unwrap();
        let tally = *tally.lock().unwrap();
        assert_eq!((tally.repeated, tally.lost), (1, 1));
        let problems = judge(tally);
        for problem in ["1 runs were repeated", "1 runs succeeded that never ran"] {
            assert!(problems.iter().any(|found| found == problem), "{problems:?}");
        }
    }
}
