//! What the clients call, a process of its own so that only clients are counted.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use cargo_metadata::camino::Utf8Path;

use crate::Result;

/// The variable that tells a client where the server is.
pub(crate) const VARIABLE: &str = "BENCH_SERVER";

/// Runs until it is dropped.
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    pub(crate) fn start(target: &Utf8Path) -> Result<Self> {
        let mut command = Command::new(target.join("release").join("server"));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        let server = Self { process, address: address.trim().to_owned() };
        if server.address.is_empty() { Err("the server said no address".into()) } else { Ok(server) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input as well; this waits for it.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
