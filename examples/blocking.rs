//! Calls a local agent without `async`: `cargo run --example blocking -- AGENT_ID TAG [NAME=JSON …]`.
//!
//! The agent must be served on this machine (`runagent serve`, or a program with `runagent-server`). A tag that ends with
//! `_stream` is streamed.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person")]

use std::{env, process::ExitCode};

use runagent::{
    RunAgentResult,
    blocking::{RunAgentClient, RunAgentClientConfig},
};
use serde_json::Value;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(agent_id), Some(tag)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: cargo run --example blocking -- AGENT_ID TAG [NAME=JSON …]");
        return ExitCode::from(2);
    };
    let kwargs: Vec<(String, Value)> = arguments.map(|argument| split(&argument)).collect();
    match call(&agent_id, &tag, &kwargs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.report());
            ExitCode::FAILURE
        }
    }
}

fn call(agent_id: &str, tag: &str, kwargs: &[(String, Value)]) -> RunAgentResult<()> {
    let kwargs: Vec<(&str, Value)> = kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let client = RunAgentClient::new(RunAgentClientConfig::new(agent_id, tag).with_local(true))?;
    if tag.ends_with("_stream") {
        for chunk in client.run_stream(&kwargs)? {
            println!("{}", chunk?);
        }
    } else {
        println!("{}", client.run(&kwargs)?);
    }
    Ok(())
}

/// `NAME=JSON`; what is no JSON is a string.
fn split(argument: &str) -> (String, Value) {
    let (name, value) = argument.split_once('=').unwrap_or((argument, "null"));
    (name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into()))
}
