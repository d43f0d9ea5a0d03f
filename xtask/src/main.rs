//! `cargo xtask`: the checks and tests of this workspace, the same here and in CI.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to its user on the standard streams"
)]

mod api;
mod bench;
mod browser;
mod deps;
mod features;
mod fuzz;
mod lint;
mod load;
mod parity;
mod python_env;
mod soak;
mod step;
mod table;
mod tally;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// What a task returns; the message of an error is all that its reader sees.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The checks and tests of this workspace")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every check that needs no test: format, tidiness, dependencies, clippy, docs, features, public API
    Lint,
    /// Run every test: Rust, documentation, then those that need Python: end to end, and Autobahn
    Test {
        /// Leave out the tests that need Python
        #[arg(long)]
        no_interop: bool,
        /// Instead of them, the client of crates.io, built from source, against our server
        #[arg(long, conflicts_with_all = ["no_interop", "everruns", "browser"])]
        peers: bool,
        /// Instead of them, those of the client of Everruns against the server of crates.io, built from source
        #[arg(long, conflicts_with_all = ["no_interop", "browser"])]
        everruns: bool,
        /// Instead of them, those of the server's page, which need Chromium
        #[arg(long, conflicts_with = "no_interop")]
        browser: bool,
    },
    /// Count what the crates cost beside their peers, with valgrind
    Bench {
        /// Only what the design asks for, in five minutes once built
        #[arg(long)]
        quick: bool,
        /// Print one JSON object a line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Put the server under load beside others, and measure how it bears it
    Load {
        /// How long a thousand streams go on, once over each channel
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Call the server over connections that break, and check that every call ends and nothing grows
    Soak {
        /// How long
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
    },
    /// Search for inputs that break a property, with cargo-fuzz
    Fuzz {
        /// The target; all of them, one after the other, when it is left out
        target: Option<String>,
        /// How long each target runs
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Compare the public API of the published crates with docs/api/
    Api {
        /// Write docs/api/ instead of comparing with it
        #[arg(long)]
        bless: bool,
    },
    /// Check who depends on what, the size of each crate's tree, and the licences
    Deps,
    /// Compare the blocking clients with the asynchronous ones, and docs/parity.md and docs/everruns.md with them
    Parity,
    /// Check the rules for files that no compiler knows
    Tidy,
}

fn main() -> ExitCode {
    if let Some(code) = api::run_as_rustdoc() {
        return code;
    }
    match run(&Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result {
    let workspace = Workspace::load()?;
    match task {
        Task::Lint => lint::run(&workspace),
        Task::Test { peers: true, .. } => test::peers(&workspace),
        Task::Test { everruns: true, .. } => test::everruns(&workspace),
        Task::Test { browser: true, .. } => browser::run(&workspace),
        Task::Test { no_interop, .. } => test::run(&workspace, !no_interop),
        Task::Bench { quick, json } => bench::run(&workspace, *quick, *json),
        Task::Load { seconds } => load::run(&workspace, *seconds),
        Task::Soak { minutes } => soak::run(&workspace, *minutes),
        Task::Fuzz { target, seconds } => fuzz::run(&workspace, target.as_deref(), *seconds),
        Task::Api { bless } => api::run(&workspace, *bless),
        Task::Deps => deps::run(&workspace),
        Task::Parity => parity::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
    }
}
