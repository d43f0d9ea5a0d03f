//! An agent of Everruns, a session with it, and a message: `EVERRUNS_API_KEY=… cargo run --example everruns_session`.

use everruns_sdk::{Client, CreateAgentRequest, CreateMessageRequest, CreateSessionRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;

    // Create an agent
    let agent = client
        .agents()
        .create(CreateAgentRequest {
            name: "my-assistant".to_string(),
            system_prompt: "You are a helpful assistant.".to_string(),
            ..Default::default()
        })
        .await?;

    // Create a session
    let session =
        client.sessions().create(CreateSessionRequest { agent_id: agent.id.clone(), ..Default::default() }).await?;

    // Send a message
    client
        .messages()
        .create(CreateMessageRequest {
            session_id: session.id.clone(),
            content: "Hello! What can you help me with?".to_string(),
        })
        .await?;

    Ok(())
}
