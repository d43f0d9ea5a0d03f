//! The same work as `measure` of the package around this one, done by crates.io `everruns-sdk`.

use std::hint::black_box;

use everruns_sdk::Everruns;
use futures::StreamExt;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: <kind> <contender> <count>");
    let (kind, _contender, count) = (next()?, next()?, next()?.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match kind.as_str() {
        "sse" => runtime.block_on(events(count))?,
        _ => return Err(format!("no work is called `{kind}`").into()),
    }
    println!("{count}");
    Ok(())
}

/// The events of a session are as many as its id says.
async fn events(count: u64) -> Result {
    let server = std::env::var("BENCH_SERVER")?;
    let client = Everruns::with_base_url("key", &format!("http://{server}"))?;
    let mut stream = client.events().stream(&count.to_string());
    for _ in 0..count {
        black_box(stream.next().await.ok_or("the stream ended")??);
    }
    Ok(())
}
