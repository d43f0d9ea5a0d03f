//! An agent written in Rust is served on this machine, found by its id, called, and streamed.
//!
//! `cargo run --example quickstart` needs no account, no key, no Python and no network beyond this machine. Everything it
//! writes is in a temporary folder.
#![allow(clippy::print_stdout, reason = "it talks to a person")]

use std::{
    error::Error,
    io::{self, IsTerminal, Write as _},
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig};
use runagent_server::{Agent, AgentError, Input, Server, registry::Registry};
use serde_json::json;

const AGENT_ID: &str = "storyteller";
const STORY: &str = "Once a crab learned to talk. It had little to say, and said it without copying.";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("\n{}\n", bold("runagent quickstart"));

    // An agent is a set of functions with tags. One whose tag ends with `_stream` yields its answer piece by piece.
    let agent = Agent::new(AGENT_ID)
        .entrypoint("greet", |input: Input| async move {
            let name: String = input.kwarg("name")?;
            if name.trim().is_empty() {
                return Err(AgentError::new("nobody to greet")
                    .with_code("NAME_MISSING")
                    .with_suggestion("Pass a name that is not empty."));
            }
            Ok(format!("Hello, {name}!"))
        })
        .stream_entrypoint("tell_stream", || {
            stream::iter(STORY.split_inclusive(' ')).then(async |word| {
                tokio::time::sleep(Duration::from_millis(60)).await;
                word
            })
        });

    // It is served on a free port of this machine, and registered where clients look it up.
    let folder = tempfile::tempdir()?;
    let server = Server::builder(agent).registry(Registry::in_folder(folder.path())).bind().await?;
    step(1, "An agent written in Rust is served on this machine");
    println!("     {AGENT_ID} at {}", server.base_url());
    let running = server.spawn();

    // A client needs its id. Without `with_registry_folder` it would look into ~/.runagent.
    let options = ClientOptions::new().with_registry_folder(folder.path());
    let config = |tag: &str| RunAgentClientConfig::new(AGENT_ID, tag).with_local(true).with_options(options.clone());

    let greeter = RunAgentClient::new(config("greet")).await?;
    step(2, "A client finds it by its id");
    let architecture = greeter.get_agent_architecture().await?;
    println!("     it has {}", architecture.tags().collect::<Vec<_>>().join(", "));

    step(3, "It is called");
    let started = Instant::now();
    let greeting = greeter.run(&[("name", json!("Ada"))]).await?;
    println!("     greet(name = \"Ada\") = {greeting}   {}", dim(&format!("{:.1?}", started.elapsed())));

    step(4, "It is streamed");
    let teller = RunAgentClient::new(config("tell_stream")).await?;
    let mut story = teller.run_stream(&[]).await?;
    print!("     ");
    while let Some(word) = story.next().await {
        print!("{}", word?.as_str().unwrap_or_default());
        io::stdout().flush()?;
    }
    let took = story.execution_time().unwrap_or_default();
    println!("   {}", dim(&format!("{} chunks in {took:.1?}, complete", story.received())));

    step(5, "Errors say what to do");
    for error in [
        greeter.run(&[("name", json!(" "))]).await.map(drop),
        teller.run(&[]).await.map(drop),
        RunAgentClient::new(config("gret")).await.map(drop),
    ]
    .into_iter()
    .filter_map(Result::err)
    {
        println!("     {}", error.code().as_str());
        println!("       {}", error.message());
        println!("       {}", dim(error.suggestion().unwrap_or_default()));
    }

    running.shutdown().await?;
    println!("\nRead on: README.md has the clients, and examples/quickstart.rs is what you just saw.\n");
    Ok(())
}

fn step(number: u32, title: &str) {
    println!("\n  {number}  {}", bold(title));
}

fn bold(text: &str) -> String {
    styled("1", text)
}

fn dim(text: &str) -> String {
    styled("2", text)
}

/// Styles text for a terminal that wants it (https://no-color.org).
fn styled(code: &str, text: &str) -> String {
    if io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
