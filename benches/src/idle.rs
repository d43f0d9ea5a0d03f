//! Streams that are open and silent, and the memory they hold.

use std::fs;

use runagent_transport::HttpTransport;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::work::unknown;
use crate::{Result, call, sse, ws};

/// Opens `streams` of them, reads what says that each is open, and returns the resident memory in bytes.
pub(crate) async fn run(contender: &str, server: &str, streams: u64) -> Result<u64> {
    allow_files()?;
    match contender {
        "sse" => {
            let transport = HttpTransport::new();
            let url = format!("http://{server}/v1/sessions/0/sse");
            let mut open = Vec::new();
            for _ in 0..streams {
                let mut events = sse::Events::open(&transport, &url).await?;
                events.read_chunk(|_| ()).await?;
                open.push(events);
            }
            resident(&open)
        }
        "socket" => {
            let transport = HttpTransport::new();
            let mut open = Vec::new();
            for _ in 0..streams {
                let mut socket = ws::open(&transport, server, 0).await?;
                socket.recv().await.ok_or("the stream ended")??;
                open.push(socket);
            }
            resident(&open)
        }
        "ws" => {
            let client = call::client(server, "weather", "count_stream")?;
            let mut open = Vec::new();
            for _ in 0..streams {
                open.push(client.run_stream(&[("events", json!(0))]).await?);
            }
            resident(&open)
        }
        _ => unknown(contender),
    }
}

/// What the process holds while `_open` lives.
fn resident<T>(_open: &[T]) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// A thousand streams are a thousand files.
fn allow_files() -> Result {
    let limit = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?)
}
