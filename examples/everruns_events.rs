//! What an agent of Everruns says, as it says it: `EVERRUNS_API_KEY=… cargo run --example everruns_events -- "Hello!"`.
#![allow(clippy::print_stdout, reason = "it talks to a person")]

use everruns_sdk::{Client, CreateAgentRequest, CreateMessageRequest, CreateSessionRequest, Event};
#[allow(unused_imports, reason = "as documented; the stream has a `next` of its own, too")]
use futures::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let agent = CreateAgentRequest {
        name: "my-assistant".to_string(),
        system_prompt: "You are a helpful assistant.".to_string(),
        ..Default::default()
    };
    let agent = client.agents().create(agent).await?;
    let session = CreateSessionRequest { agent_id: agent.id, ..Default::default() };
    let session = client.sessions().create(session).await?;
    let content = std::env::args().nth(1).unwrap_or_else(|| "Hello!".to_string());
    client.messages().create(CreateMessageRequest { session_id: session.id.clone(), content }).await?;

    let mut stream = client.events().stream(&session.id).await?;
    while let Some(event) = stream.next().await {
        match event? {
            Event::OutputMessageDelta { delta, .. } => {
                print!("{}", delta);
            }
            Event::TurnCompleted { .. } => {
                println!("\n--- Turn completed ---");
                break;
            }
            _ => {}
        }
    }
    Ok(())
}
