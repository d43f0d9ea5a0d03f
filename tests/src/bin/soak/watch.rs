//! Starts the processes, watches what they hold, and judges.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::Result;
use crate::report::{Holdings, Line, Tally};

const CLIENTS: u64 = 2;
const SAMPLE: Duration = Duration::from_secs(5);
const SAMPLES_A_MINUTE: usize = 12;
/// How much more memory a process may hold in the last third than in the second; the first warms up.
const GROWTH_KIB: u64 = 4 * 1024;
/// How many files a server may hold more at the end than at the start: those of its database come and go.
const SPARE_FILES: u64 = 4;

/// What one process held, sample by sample.
#[derive(Default)]
struct History(Vec<Holdings>);

impl History {
    /// What memory has grown by since it was warm, in KiB.
    fn growth(&self) -> u64 {
        let third = self.0.len() / 3;
        let mean = |samples: &[Holdings]| {
            samples.iter().map(|held| held.memory_kib).sum::<u64>() / (samples.len() as u64).max(1)
        };
        mean(&self.0[2 * third..]).saturating_sub(mean(&self.0[third..2 * third]))
    }
}

/// Soaks for so many minutes; an error says what went wrong.
pub(crate) async fn run(minutes: u32) -> Result {
    let (mut server, mut lines) = spawn(&["server".to_owned()])?;
    let port: u16 = lines.next_line().await?.ok_or("the server ended")?.parse()?;
    let observer = observer(port)?;
    let (start, _) = state(&observer).await?;
    let latest = Arc::new(Mutex::new([Line::default(); CLIENTS as usize]));
    let mut clients = JoinSet::new();
    for (index, seed) in (1..=CLIENTS).enumerate() {
        let latest = Arc::clone(&latest);
        let arguments = ["client".to_owned(), port.to_string(), (minutes * 60).to_string(), seed.to_string()];
        clients.spawn(async move {
            let (mut client, mut lines) = spawn(&arguments)?;
            while let Some(line) = lines.next_line().await? {
                let line = serde_json::from_str(&line)?;
                latest.lock().unwrap_or_else(PoisonError::into_inner)[index] = line;
            }
            match client.wait().await? {
                status if status.success() => Ok(()),
                status => Err(format!("a client ended with {status}").into()),
            }
        });
    }
    let latest = || *latest.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut of_server, mut of_clients) = (History::default(), [const { History(Vec::new()) }; CLIENTS as usize]);
    let mut ticks = interval(SAMPLE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            ended = clients.join_next() => match ended {
                Some(ended) => ended?.map_err(|error: Box<dyn std::error::Error + Send + Sync>| error)?,
                None => break,
            },
            _ = ticks.tick() => {
                let (held, running) = state(&observer).await?;
                of_server.0.push(held);
                for (history, line) in of_clients.iter_mut().zip(latest()) {
                    history.0.push(line.holdings);
                }
                if of_server.0.len().is_multiple_of(SAMPLES_A_MINUTE) {
                    progress(of_server.0.len() / SAMPLES_A_MINUTE, sum(&latest()), held, running, &latest());
                }
            }
        }
    }
    let mut problems = judge(sum(&latest()));
    for (name, history) in std::iter::once(("server", &of_server)).chain(of_clients.iter().map(|h| ("client", h))) {
        let growth = history.growth();
        println!("memory of a {name}: {growth} KiB more in the last third than in the second");
        if growth > GROWTH_KIB {
            problems.push(format!("the memory of a {name} grew by {growth} KiB"));
        }
    }
    for line in latest() {
        let Holdings { panics, tasks, .. } = line.holdings;
        if panics + tasks > 0 {
            problems.push(format!("a client ended with {panics} panics and {tasks} tasks"));
        }
    }
    let (end, running) = settled(&observer, start).await?;
    println!("server, from its start to its end: {start:?} to {end:?}, {running} calls running");
    if end.panics > 0 || running > 0 || end.tasks > start.tasks || end.files > start.files + SPARE_FILES {
        problems.push("the server did not come to rest".into());
    }
    drop(server.stdin.take());
    if !server.wait().await?.success() {
        problems.push("the server failed".into());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ").into()) }
}

/// This program in another role, until it is dropped.
fn spawn(arguments: &[String]) -> Result<(Child, Lines<BufReader<ChildStdout>>)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    Ok((child, BufReader::new(output).lines()))
}

fn observer(port: u16) -> Result<RunAgentClient> {
    let options = ClientOptions::new().with_environment(|_| None);
    let config = RunAgentClientConfig::new("soak", "state").with_local(true).with_address("127.0.0.1", port);
    Ok(RunAgentClient::connect_lazy(config.with_options(options))?)
}

/// What the server holds, and how many calls run.
async fn state(observer: &RunAgentClient) -> Result<(Holdings, i64)> {
    let mut state = observer.run(&[]).await?;
    let running = state["running"].as_i64().ok_or("no count")?;
    Ok((serde_json::from_value::<Holdings>(Value::take(&mut state["holdings"]))?, running))
}

/// The same once every call has ended, or when that has taken too long.
async fn settled(observer: &RunAgentClient, start: Holdings) -> Result<(Holdings, i64)> {
    let mut last = state(observer).await?;
    for _ in 0..30 {
        if last.1 == 0 && last.0.tasks <= start.tasks {
            break;
        }
        sleep(Duration::from_millis(100)).await;
        last = state(observer).await?;
    }
    Ok(last)
}

fn sum(lines: &[Line]) -> Tally {
    lines.iter().fold(Tally::default(), |sum, line| sum.plus(line.tally))
}

fn progress(minute: usize, tally: Tally, server: Holdings, running: i64, clients: &[Line]) {
    let clients: Vec<_> = clients.iter().map(|line| format!("{} MiB", line.holdings.memory_kib / 1024)).collect();
    println!(
        "{minute} min: {} calls, {} faults, {} late, {} repeated; server {} MiB, {} files, {} tasks, {running} running; \
         clients {}",
        tally.calls(),
        tally.faults,
        tally.late,
        tally.repeated,
        server.memory_kib / 1024,
        server.files,
        server.tasks,
        clients.join(", ")
    );
}

/// What is wrong with what calls have come to.
pub(crate) fn judge(tally: Tally) -> Vec<String> {
    println!("{tally:#?}");
    let mut problems = Vec::new();
    for (what, count) in [
        ("calls took too long", tally.late),
        ("runs were repeated", tally.repeated),
        ("runs succeeded that never ran", tally.lost),
        ("streams were not what the agent sent", tally.streams_wrong),
    ] {
        if count > 0 {
            problems.push(format!("{count} {what}"));
        }
    }
    if tally.keyed_failed * 1_000 > tally.keyed {
        problems.push(format!("{} of {} calls with a key failed", tally.keyed_failed, tally.keyed));
    }
    if tally.calls() == 0 || tally.faults == 0 {
        problems.push("nothing was tried".into());
    }
    problems
}
