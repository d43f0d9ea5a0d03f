//! Arguments and results of one's own types, a time limit, a stream into a string, an error for a log, and where each
//! setting came from: `cargo run --example typed`. The agent is in the same process; nothing else is needed.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person")]

use std::{error::Error, time::Duration};

use futures_util::stream;
use runagent::{Call, ClientOptions, RunAgentClient, RunAgentClientConfig, RunOptions};
use runagent_server::{Agent, InProcess, Input};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize)]
struct Question<'a> {
    text: &'a str,
    words: u32,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
    sources: Vec<String>,
}

fn agent() -> Agent {
    Agent::new("librarian")
        .entrypoint("ask", async |input: Input| {
            let words: usize = input.kwarg_or("words", 10)?;
            let text = "Ada Lovelace wrote the first program for a machine that was never built.";
            let text = text.split(' ').take(words).collect::<Vec<_>>().join(" ");
            Ok(json!({ "text": text, "sources": ["Notes on the Analytical Engine, 1843"] }))
        })
        .stream_entrypoint("tell_stream", async |_| Ok(stream::iter(["Once ", "upon ", "a ", "time"].map(Ok))))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = ClientOptions::new().with_transport(InProcess::new(agent())?);
    let config = RunAgentClientConfig::new("librarian", "ask").with_local(true).with_address("127.0.0.1", 8450);
    let client = RunAgentClient::new(config.with_options(options)).await?;

    let call = Call::new()
        .with_kwargs(Question { text: "Who was Ada?", words: 7 })
        .with_options(RunOptions::new().with_timeout(Duration::from_secs(5)));
    let output = client.call::<Answer>(call).await?;
    println!("{} ({})", output.value.text, output.value.sources.join(", "));
    println!("request {:?}, {} attempt", output.metadata.request_id, output.metadata.attempts);

    let mut story = String::new();
    client.entrypoint("tell_stream")?.run_stream(&[]).await?.read_to_string(&mut story).await?;
    println!("{story}");

    // An answer of another type: the error says where it differs.
    match client.call::<Vec<u8>>(Call::new()).await {
        Ok(output) => println!("{:?}", output.value),
        Err(error) => println!("{}", serde_json::to_string_pretty(&error)?),
    }

    println!("{}", client.explain());
    Ok(())
}
