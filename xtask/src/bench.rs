//! What the crates cost beside their peers, in figures that do not depend on how busy the machine is.
//!
//! The programs are in `benches/`, which is a workspace of its own. Each does a piece of work so many times; it is run
//! with two counts, and the difference is what the work costs without the start of a process.

mod comparison;
mod cost;
mod rows;
mod server;

use std::process::Command;

use crate::bench::comparison::Outcome;
use crate::bench::cost::Costs;
use crate::bench::server::Server;
use crate::table::Table;
use crate::workspace::Workspace;
use crate::{Result, step};

const HOW_TO_INSTALL: &str = "install it (Debian and Ubuntu: `apt-get install valgrind`; Fedora: `dnf install valgrind`); \
    it counts the instructions";

/// The manifests under `benches/`. What cannot share a lock file with ours is a workspace of its own.
const MANIFESTS: [&str; 3] = ["Cargo.toml", "peer-everruns/Cargo.toml", "peer-runagent/Cargo.toml"];

/// Prints a table, or with `json` one object a line. `quick` leaves out what is not in the design.
pub(crate) fn run(workspace: &Workspace, quick: bool, json: bool) -> Result {
    let version = Command::new("valgrind").arg("--version").output();
    version.map_err(|error| format!("valgrind did not start ({error}): {HOW_TO_INSTALL}"))?;
    build(workspace)?;

    let target = workspace.root().join("benches").join("target");
    let server = Server::start(&target)?;
    let mut costs = Costs::new(target, server.address())?;
    let mut outcomes = Vec::new();
    for comparison in rows::ROWS.iter().filter(|row| row.quick || !quick) {
        eprintln!("    {}", comparison.title());
        let outcome = comparison.measure(&mut costs)?;
        if json {
            println!("{}", outcome.json());
        }
        outcomes.push(outcome);
    }
    if !json {
        print!("{}", table(&outcomes));
        println!("\n{}", summary(&outcomes));
    }
    Ok(())
}

fn build(workspace: &Workspace) -> Result {
    for manifest in MANIFESTS {
        let mut command = workspace.cargo(["build", "--release", "--manifest-path"]);
        command.arg(format!("benches/{manifest}")).args(["--target-dir", "benches/target"]);
        step::succeeded(command.status()?).map_err(|error| format!("{command:?}: {error}"))?;
    }
    Ok(())
}

fn table(outcomes: &[Outcome]) -> Table<8> {
    let mut table = Table::new(["", "unit", "ours", "peer", "ratio", "must", "stretch", "met"]);
    for outcome in outcomes {
        table.push(outcome.row());
    }
    table
}

fn summary(outcomes: &[Outcome]) -> String {
    let musts: Vec<bool> = outcomes.iter().filter_map(Outcome::met).collect();
    format!("{} of {} musts met", musts.iter().filter(|met| **met).count(), musts.len())
}
