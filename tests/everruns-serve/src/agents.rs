//! One agent for each way in which a turn can go. Each starts its script again with the next message.
//!
//! Beside these, every agent plays a scenario of the simulator when the message names one, such as `[[llmsim:thinking]]`.

use std::time::Duration;

use everruns::{LlmSimConfig, SimError, SimToolCall, SimTurn};
use serde_json::Value;
use serve::prelude::*;
use serve::{AgentBuilder, sim};

/// An agent without tools but `ask_user`, which all have.
fn simulated(model: LlmSimConfig) -> AgentBuilder {
    Agent::builder().model("sim").instructions("You are simulated.").tools(Vec::<String>::new()).offline(model)
}

fn delayed(seconds: u64, answer: &str) -> Agent {
    simulated(LlmSimConfig::fixed(answer).with_response_delay(Duration::from_secs(seconds))).build()
}

fn call(id: &str, name: &str, arguments: Value) -> SimToolCall {
    SimToolCall { id: Some(id.to_owned()), name: name.to_owned(), arguments }
}

/// Answers `Echo: ` and the text of the message.
#[agent(default)]
fn echo() -> Agent {
    simulated(LlmSimConfig::echo()).build()
}

/// Answers a long text, piece by piece.
#[agent]
fn lorem() -> Agent {
    simulated(LlmSimConfig::lorem(500).with_latency()).build()
}

/// Makes two calls of a tool at the same time, of which one fails, and answers.
#[agent]
fn dicer() -> Agent {
    let calls =
        vec![call("call_a", "roll_dice", json!({"sides": 6})), call("call_b", "roll_dice", json!({"sides": 1}))];
    simulated(sim::script([
        SimTurn::Mixed { text: "Let me roll.".into(), tool_calls: calls },
        sim::reply("You rolled a 4; the other die has too few sides."),
    ]))
    .tools(["roll_dice"])
    .build()
}

/// Roll one die.
#[tool]
async fn roll_dice(cx: &Cx, sides: u32) -> Result<Value> {
    ensure!((2..=100).contains(&sides), "a die needs between 2 and 100 sides, not {sides}");
    cx.progress(format!("rolling a d{sides}")).await;
    Ok(json!({"sides": sides, "value": 4}))
}

/// Asks where to deploy, and answers whatever the answer was.
#[agent]
fn asker() -> Agent {
    let question = json!({
        "id": "target",
        "header": "Target",
        "question": "Where should I deploy?",
        "options": [
            {"label": "staging", "description": "the staging cluster"},
            {"label": "production", "description": "live"},
        ],
    });
    simulated(sim::script([
        sim::call("ask_user", json!({"questions": [question]})),
        sim::reply("Deploying as you asked."),
    ]))
    .build()
}

/// Calls a tool that needs approval, and once more after the decision: the call that was approved runs only then.
#[agent]
fn approver() -> Agent {
    simulated(sim::script([
        sim::call("delete_record", json!({"id": "r1"})),
        sim::call("delete_record", json!({"id": "r1"})),
        sim::reply("Handled the record."),
    ]))
    .tools(["delete_record"])
    .build()
}

/// Delete one record.
#[tool(needs_approval)]
async fn delete_record(id: String) -> Result<String> {
    Ok(format!("deleted {id}"))
}

/// Fails, as if the provider of its model was down.
#[agent]
fn failer() -> Agent {
    simulated(LlmSimConfig::error("simulated provider outage")).build()
}

/// Fails, as if the provider of its model did not know the server's key.
#[agent]
fn authfail() -> Agent {
    simulated(sim::script([SimTurn::Error(SimError::Authentication)])).build()
}

/// Answers after 20 seconds.
#[agent]
fn slow() -> Agent {
    delayed(20, "At last.")
}

/// Answers after 70 seconds without an event: longer than two heartbeats.
#[agent]
fn silent() -> Agent {
    delayed(70, "Still here.")
}

/// Calls a tool that takes 20 seconds, and answers.
#[agent]
fn slowtool() -> Agent {
    simulated(sim::script([sim::call("wait", json!({"seconds": 20})), sim::reply("That took long.")]))
        .tools(["wait"])
        .build()
}

/// Wait.
#[tool]
async fn wait(cx: &Cx, seconds: u64) -> Result<String> {
    cx.progress(format!("waiting for {seconds} seconds")).await;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    Ok(format!("waited for {seconds} seconds"))
}
