//! What Everruns says of an agent that is not there: `EVERRUNS_API_KEY=… cargo run --example everruns_errors`.
#![allow(clippy::print_stdout, reason = "it talks to a person")]

use everruns_sdk::{Client, Error};

#[tokio::main]
async fn main() {
    let client = Client::new(std::env::var("EVERRUNS_API_KEY").unwrap_or_default());
    match client.agents().get("invalid-id").await {
        Ok(agent) => println!("Found: {}", agent.name),
        Err(Error::NotFound(msg)) => println!("Not found: {}", msg),
        Err(Error::Authentication(msg)) => println!("Auth error: {}", msg),
        Err(e) => println!("Other error: {}", e),
    }
}
