//! Making a client, without a call.

use std::hint::black_box;

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig};

use crate::Result;
use crate::work::unknown;

pub(crate) fn run(contender: &str, clients: u64) -> Result<u64> {
    for _ in 0..clients {
        match contender {
            "ours" => drop(black_box(ours()?)),
            "reqwest" => drop(black_box(reqwest::Client::builder().build()?)),
            _ => return unknown(contender),
        }
    }
    Ok(clients)
}

/// A client of the cloud, by https, whatever this machine's environment says.
fn ours() -> Result<RunAgentClient> {
    let options = ClientOptions::new().with_environment(|_| None);
    let config = RunAgentClientConfig::new("weather", "echo").with_api_key("key").with_options(options);
    Ok(RunAgentClient::connect_lazy(config)?)
}
