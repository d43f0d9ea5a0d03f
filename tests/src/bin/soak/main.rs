//! A server and its clients in processes of their own, over connections of which one in twenty breaks, for a long time:
//! every call ends in time, none runs twice, nothing panics, and nothing grows.
//!
//! `cargo xtask soak` builds and runs it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports to its user")]

mod client;
mod faults;
mod report;
mod server;
mod watch;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a step returns; the message of an error is all that its reader sees.
type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Calls a server over connections that break, and checks that every call ends and nothing grows.
#[derive(Parser)]
struct Arguments {
    /// How many minutes it goes on
    #[arg(default_value_t = 20)]
    minutes: u32,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What the processes are that this program starts.
#[derive(Subcommand)]
enum Role {
    /// Serves until standard input ends
    Server,
    /// Calls for so long
    Client { port: u16, seconds: u64, seed: u64 },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.role {
        None => watch::run(arguments.minutes).await,
        Some(Role::Server) => server::run().await,
        Some(Role::Client { port, seconds, seed }) => client::run(port, seconds, seed).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
