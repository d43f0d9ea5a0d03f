//! Makes calls by crates.io `runagent`, for the test that compares what comes back with what our server was asked for.
//!
//! usage: call HOST PORT AGENT_ID < CALLS > ANSWERS
//!
//! CALLS    [{"tag": TAG, "args": [...], "kwargs": {...}}, ...]
//! ANSWERS  [{"result": VALUE} | {"chunks": [VALUE, ...]} | {"error": TEXT}, ...]

use futures::StreamExt;
use runagent::{RunAgentClient, RunAgentClientConfig};
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: call HOST PORT AGENT_ID");
    let (host, port, agent) = (next()?, next()?.parse()?, next()?);
    let calls: Vec<Value> = serde_json::from_reader(std::io::stdin())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut answers = Vec::new();
    for made in &calls {
        let answer = runtime.block_on(call(&host, port, &agent, made));
        answers.push(answer.unwrap_or_else(|error| json!({ "error": error.to_string() })));
    }
    serde_json::to_writer(std::io::stdout(), &answers)?;
    Ok(())
}

async fn call(host: &str, port: u16, agent: &str, call: &Value) -> Result<Value> {
    let tag = call["tag"].as_str().ok_or("a call has a tag")?;
    let args = call["args"].as_array().ok_or("a call has arguments")?;
    let kwargs = call["kwargs"].as_object().ok_or("a call has keyword arguments")?;
    let kwargs: Vec<(&str, Value)> = kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let config = RunAgentClientConfig::new(agent, tag).with_local(true).with_address(host, port);
    let client = RunAgentClient::new(config).await?;
    if !tag.ends_with("_stream") {
        return Ok(json!({ "result": client.run_with_args(args, &kwargs).await? }));
    }
    let mut stream = client.run_stream_with_args(args, &kwargs).await?;
    let mut chunks = Vec::new();
    while let Some(chunk) = stream.next().await {
        chunks.push(chunk?);
    }
    Ok(json!({ "chunks": chunks }))
}
