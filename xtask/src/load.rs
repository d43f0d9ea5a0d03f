//! How a server bears load, beside others, in times: a thing to look at, on a machine that does nothing else.
//!
//! The programs are in `benches/`: `load` starts the servers and calls them.

use std::env;

use crate::python_env::{self, PYTHON_VARIABLE};
use crate::workspace::Workspace;
use crate::{Result, step};

/// Prints a table. Streams go on for so many seconds.
pub(crate) fn run(workspace: &Workspace, seconds: u32) -> Result {
    let mut build = workspace.cargo(["build", "--release", "--manifest-path", "benches/Cargo.toml"]);
    build.args(["--target-dir", "benches/target", "--bin", "load", "--bin", "agents"]);
    step::succeeded(build.status()?)?;
    let mut load = workspace.program("benches/target/release/load");
    load.arg(seconds.to_string());
    if env::var_os(PYTHON_VARIABLE).is_none() {
        match python_env::prepare(workspace) {
            Ok(python) => drop(load.env(PYTHON_VARIABLE, python)),
            Err(error) => eprintln!("without the Python server: {error}"),
        }
    }
    step::succeeded(load.status()?)
}
