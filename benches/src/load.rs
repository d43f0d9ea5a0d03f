//! How a server bears load, beside a bare axum handler and the Python server.
//!
//! The generator is this process, on one thread; each server is another. What is compared is measured in turns, so that a
//! busy machine slows down both.

mod calls;
mod process;
mod streams;

use std::time::{Duration, Instant};

use runagent_testkit::python_server::PythonServer;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Result;
use calls::{Calls, Target};
use process::AgentProcess;
use streams::{Channel, Load};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_secs(3);
/// The Python server answers some seven calls a second.
const PYTHON_TURN: Duration = Duration::from_secs(20);
const STARTS: usize = 10;
const PYTHON: &str = "RUNAGENT_TEST_PYTHON";

/// What was measured, and what it must be.
struct Row {
    what: String,
    figure: String,
    must: &'static str,
    met: Option<bool>,
}

/// Measures everything and prints a table. The argument, if there is one, is how many seconds streams go on; 60 unless
/// said.
///
/// # Errors
///
/// When a server cannot be started, or a must is missed.
pub fn load() -> Result {
    let seconds = std::env::args().nth(1).map_or(Ok(60), |seconds| seconds.parse())?;
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(measure(Duration::from_secs(seconds)))?;
    let width = rows.iter().map(|row| row.what.len()).max().unwrap_or(0);
    for Row { what, figure, must, met } in &rows {
        let met = met.map_or("", |met| if met { "yes" } else { "NO" });
        println!("{what:<width$}  {figure:<28}  {must:<10}  {met}");
    }
    match rows.iter().filter(|row| row.met == Some(false)).count() {
        0 => Ok(()),
        missed => Err(format!("{missed} missed").into()),
    }
}

async fn measure(time: Duration) -> Result<Vec<Row>> {
    let mut rows = vec![start().await?];
    rows.extend(echo().await?);
    for channel in [Channel::WebSocket, Channel::EventStream] {
        rows.extend(stream(channel, time).await?);
    }
    Ok(rows)
}

/// From the start of the process to its first answer; the best of several.
async fn start() -> Result<Row> {
    let mut best = Duration::MAX;
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = AgentProcess::ours()?;
        Target::new(server.address(), "a").once().await?;
        best = best.min(started.elapsed());
    }
    Ok(Row {
        what: "start to first answer".into(),
        figure: format!("{:.1} ms", best.as_secs_f64() * 1e3),
        must: "<= 50 ms",
        met: Some(best <= Duration::from_millis(50)),
    })
}

async fn echo() -> Result<Vec<Row>> {
    let (ours, axum) = (AgentProcess::ours()?, AgentProcess::axum()?);
    let python = match std::env::var_os(PYTHON) {
        Some(_) => Some(PythonServer::start().await),
        None => None,
    };
    let mut totals = [const { Vec::<Calls>::new() }; 2];
    let mut python_calls = None;
    for _ in 0..ROUNDS {
        for (server, total) in [&ours, &axum].into_iter().zip(&mut totals) {
            let cpu = server.cpu()?;
            let mut calls = Target::new(server.address(), "a").call(CONNECTIONS, TURN).await?;
            calls.cpu = server.cpu()?.saturating_sub(cpu);
            total.push(calls);
        }
    }
    if let Some(python) = &python {
        let target = Target::new(format!("127.0.0.1:{}", python.port()), python.agent_id());
        python_calls = Some(target.call(CONNECTIONS, PYTHON_TURN).await?);
    }
    let [ours_calls, axum_calls] = totals.map(Calls::sum);
    let mut rows = vec![row("echo, 64 connections", &ours_calls), row("echo, bare axum handler", &axum_calls)];
    rows.push(Row {
        what: "echo, calls recorded".into(),
        figure: format!("{:.0}/s", ours.recorded().await? as f64 / ours_calls.seconds()),
        must: "",
        met: None,
    });
    rows.push(ratio("echo, beside bare axum", ours_calls.rate() / axum_calls.rate(), 0.6, ">= 0.6"));
    match python_calls {
        Some(python) => {
            rows.push(row("echo, Python server", &python));
            rows.push(ratio("echo, beside the Python server", ours_calls.rate() / python.rate(), 100.0, ">= 100"));
        }
        None => eprintln!("without the Python server: {PYTHON} is not set"),
    }
    rows.push(Row {
        what: "memory of the server after it".into(),
        figure: format!("{:.1} MiB at most", ours.peak_mib()?),
        must: "",
        met: None,
    });
    Ok(rows)
}

fn row(what: &str, calls: &Calls) -> Row {
    let figure = format!("{:.0}/s, p99 {:.1} ms, CPU {:.0} us", calls.rate(), calls.p99_ms(), calls.cpu_us());
    Row { what: what.into(), figure, must: "", met: None }
}

fn ratio(what: &str, ratio: f64, at_least: f64, must: &'static str) -> Row {
    Row { what: what.into(), figure: format!("{ratio:.2}"), must, met: Some(ratio >= at_least) }
}

async fn stream(channel: Channel, time: Duration) -> Result<Vec<Row>> {
    let server = AgentProcess::ours()?;
    if !channel.is_served(server.address()).await? {
        eprintln!("without {channel:?}: the server does not serve it");
        return Ok(Vec::new());
    }
    let load = Load { streams: 1_000, every: Duration::from_millis(50), time };
    let cpu = server.cpu()?;
    let mut outcome = load.run(channel, server.address()).await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    let (p50, p99, last) = outcome.latencies();
    let peak = server.peak_mib()?;
    let named = |what: &str| format!("{channel:?}, 1000 streams, {what}");
    Ok(vec![
        Row {
            what: named("events lost or out of order"),
            figure: format!("{} of {}", outcome.wrong, load.events()),
            must: "0",
            met: Some(outcome.wrong == 0),
        },
        Row {
            what: named("p99 of the delay"),
            figure: format!("{p99:.1} ms (p50 {p50:.1}, max {last:.1})"),
            must: "<= 50 ms",
            met: Some(p99 <= 50.0),
        },
        Row {
            what: named("memory of the server"),
            figure: format!("{peak:.1} MiB at most"),
            must: "<= 120 MiB",
            met: Some(peak <= 120.0),
        },
        Row {
            what: named("CPU of the server"),
            figure: format!("{:.2} cores", cpu.as_secs_f64() / outcome.took.as_secs_f64()),
            must: "",
            met: None,
        },
    ])
}
