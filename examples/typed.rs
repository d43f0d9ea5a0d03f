//! Arguments and results of one's own types, a time limit, a stream into a string, an error for a log, and where each
//! setting came from: `cargo run --example typed`. The agent is in the same process; nothing else is needed.
#![allow(clippy::print_stdout, reason = "it talks to a person")]

use std::{error::Error, time::Duration};

use futures_util::{Stream, stream};
use runagent::{Call, ClientOptions, RunAgentClient, RunAgentClientConfig, RunOptions};
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, InProcess};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Question {
    text: String,
    words: usize,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    text: String,
    sources: Vec<String>,
}

/// The agent's side: its arguments and its result are the same types.
async fn ask(question: Question) -> Answer {
    let text = "Ada Lovelace wrote the first program for a machine that was never built.";
    Answer {
        text: text.split(' ').take(question.words).collect::<Vec<_>>().join(" "),
        sources: vec!["Notes on the Analytical Engine, 1843".to_owned()],
    }
}

fn tell() -> impl Stream<Item = &'static str> {
    stream::iter(["Once ", "upon ", "a ", "time"])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let agent = Agent::new("librarian").entrypoint("ask", ask).stream_entrypoint("tell_stream", tell);
    let options = ClientOptions::new().with_transport(InProcess::new(agent)?);
    let config = RunAgentClientConfig::new("librarian", "ask").with_local(true).with_address("127.0.0.1", 8450);
    let client = RunAgentClient::new(config.with_options(options)).await?;

    let call = Call::new()
        .with_kwargs(Question { text: "Who was Ada?".to_owned(), words: 7 })
        .with_options(RunOptions::new().with_timeout(Duration::from_secs(5)));
    let output = client.call::<Answer>(call.clone()).await?;
    println!("{} ({})", output.value.text, output.value.sources.join(", "));
    println!("request {:?}, {} attempt", output.metadata.request_id, output.metadata.attempts);

    let mut story = String::new();
    client.entrypoint("tell_stream")?.run_stream(&[]).await?.read_to_string(&mut story).await?;
    println!("{story}");

    // An answer of another type: the error says where it differs.
    match client.call::<Vec<u8>>(call).await {
        Ok(output) => println!("{:?}", output.value),
        Err(error) => println!("{}", serde_json::to_string_pretty(&error)?),
    }

    println!("{}", client.explain());
    Ok(())
}
