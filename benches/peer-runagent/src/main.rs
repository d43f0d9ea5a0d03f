//! The same work as `measure` of the package around this one, done by crates.io `runagent`.

use std::hint::black_box;

use futures::StreamExt;
use runagent::{RunAgentClient, RunAgentClientConfig};
use serde_json::json;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: <kind> <contender> <count>");
    let (kind, _contender, count) = (next()?, next()?, next()?.parse()?);
    let units = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(&kind, count))?;
    println!("{units}");
    Ok(())
}

async fn run(kind: &str, count: u64) -> Result<u64> {
    match kind.split_once(':').unwrap_or((kind, "")) {
        ("call", agent) => {
            let client = client(agent, "echo").await?;
            for _ in 0..count {
                black_box(client.run(&[("name", json!("Ada"))]).await?);
            }
        }
        ("ws", _) => {
            let client = client("weather", "count_stream").await?;
            let mut stream = client.run_stream(&[("events", json!(count))]).await?;
            let mut seen = 0;
            while let Some(chunk) = stream.next().await {
                black_box(chunk?);
                seen += 1;
            }
            if seen != count {
                return Err("another number of events".into());
            }
        }
        ("construct", _) => {
            for _ in 0..count {
                black_box(client("weather", "echo").await?);
            }
        }
        (kind, _) => return Err(format!("no work is called `{kind}`").into()),
    }
    Ok(count)
}

async fn client(agent: &str, entrypoint: &str) -> Result<RunAgentClient> {
    let server = std::env::var("BENCH_SERVER")?;
    let (host, port) = server.split_once(':').ok_or("the server is `host:port`")?;
    let config = RunAgentClientConfig::new(agent, entrypoint).with_local(true).with_address(host, port.parse()?);
    Ok(RunAgentClient::new(config).await?)
}
