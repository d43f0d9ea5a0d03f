//! A whole turn with an agent that runs a tool of the caller's and asks for a decision: `cargo run --example
//! everruns_turn`. The server is in the same process; nothing else is needed.
#![allow(clippy::print_stdout, reason = "it talks to a person")]

use everruns_sdk::testing::{FakeEverruns, Tool, Turn};
use everruns_sdk::types::ApprovalDecision;
use everruns_sdk::{Client, CreateMessageRequest, CreateSessionRequest, Event};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The agent's side. With `Client::from_env()` it is a real one.
    let server = FakeEverruns::new().with_agent("gardener", |_| {
        Turn::new()
            .client_tool(Tool::new("soil").with_arguments(json!({ "bed": 3 })))
            .approval(Tool::new("open_valve").with_arguments(json!({ "litres": 40 })).returns(json!("done")))
            .text("Bed 3 was dry. It has had 40 litres.")
    });
    let client = Client::builder().api_key("key").transport(server).build();

    let request = CreateSessionRequest { agent_name: Some("gardener".to_string()), ..Default::default() };
    let session = client.sessions().create(request).await?;
    let message = CreateMessageRequest { session_id: session.id, content: "Water bed 3 if it needs it.".to_string() };
    let outcome = client
        .turn(message)
        .on_tool(async |call| match call.name.as_str() {
            "soil" => Ok(json!({ "moisture": 0.12 })),
            other => Err(format!("there is no tool `{other}`")),
        })
        .on_approval(async |request| {
            println!("May it run {} with {}? Yes.", request.tool, request.arguments);
            ApprovalDecision::Allow
        })
        .on_event(|event| match event {
            Event::ToolCallRequested { tool_calls, .. } => println!("asked for {}", tool_calls[0].name),
            Event::ToolCompleted { tool_name, success: true, .. } => println!("{tool_name} has run"),
            _ => {}
        })
        .await?;
    println!("{}", outcome.text);
    Ok(())
}
