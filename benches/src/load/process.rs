use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runagent_registry::Registry;
use tempfile::TempDir;

use crate::Result;

/// The unit of CPU time in `/proc`, on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// The binary `agents`, until this is dropped.
pub(crate) struct AgentProcess {
    process: Child,
    address: String,
    folder: TempDir,
}

impl AgentProcess {
    /// Ours, with a registry of its own.
    pub(crate) fn ours() -> Result<Self> {
        Self::spawn("ours")
    }

    /// A bare axum handler.
    pub(crate) fn axum() -> Result<Self> {
        Self::spawn("axum")
    }

    fn spawn(contender: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(std::env::current_exe()?.with_file_name("agents"));
        command.arg(contender);
        if contender == "ours" {
            command.arg(folder.path());
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        let server = Self { process, address: address.trim().to_owned(), folder };
        if server.address.is_empty() { Err("the server said no address".into()) } else { Ok(server) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// How many calls are in its registry.
    pub(crate) async fn recorded(&self) -> Result<u64> {
        Ok(Registry::in_folder(self.folder.path()).invocation_stats("a").await?.total_invocations)
    }

    /// The most memory that it has held, in MiB.
    pub(crate) fn peak_mib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(peak.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// The CPU time that it has taken so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program comes second, in parentheses, and may hold anything.
        let (_, fields) = stat.rsplit_once(") ").ok_or("no stat")?;
        let ticks: u32 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap_or(0)).sum();
        Ok(TICK * ticks)
    }
}

impl Drop for AgentProcess {
    fn drop(&mut self) {
        // It ends with its input as well; this waits for it.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
