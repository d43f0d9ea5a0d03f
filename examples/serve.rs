//! A demo agent, served until Ctrl-C or SIGTERM: something to point a client, `curl` or a browser at.
//!
//! `cargo run --example serve -- --port 8450`. One line of JSON on standard output says where it is once it answers; the
//! log goes to standard error (`RUST_LOG=debug` for more). Clients on this machine find it by its id, unless
//! `--no-registry` is given.

use std::{
    error::Error,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use futures_util::{Stream, StreamExt as _, stream};
use runagent_server::{
    Agent, AgentError, Input, Server,
    registry::Registry,
    schemars::{self, JsonSchema},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;
use tracing_subscriber::EnvFilter;

const AGENT_ID: &str = "demo";
/// The largest answer of `big`, in bytes.
const BIGGEST: usize = 64 * 1024 * 1024;

/// Serves a demo agent until Ctrl-C or SIGTERM.
#[derive(Parser)]
struct Arguments {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The host name or IP address to listen on; one that other machines can reach needs a token
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// What callers must show as `Authorization: Bearer TOKEN`
    #[arg(long)]
    token: Option<String>,
    /// The registry file to record the agent in, instead of the one of this user
    #[arg(long, value_name = "FILE", conflicts_with = "no_registry")]
    registry: Option<PathBuf>,
    /// Do not record the agent
    #[arg(long)]
    no_registry: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).init();
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut message = format!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                message.push_str(&format!(": {error}"));
                cause = error.source();
            }
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let mut builder = Server::builder(demo()).address(arguments.host, arguments.port);
    if let Some(token) = arguments.token {
        builder = builder.token(token);
    }
    if !arguments.no_registry {
        builder = builder.registry(match arguments.registry {
            Some(file) => Registry::at(file),
            None => Registry::from_env()?,
        });
    }
    let server = builder.bind().await?;
    let (address, url) = (server.address(), server.base_url());
    let ready = json!({"agent_id": AGENT_ID, "host": address.ip(), "port": address.port(), "url": url});
    // The server is polled first, so that whoever reads the line may end it at once.
    let (served, said) = tokio::join!(biased; server.serve(), async { writeln!(io::stdout(), "{ready}") });
    served?;
    Ok(said?)
}

fn demo() -> Agent {
    Agent::new(AGENT_ID)
        .with_name("Demo agent")
        .with_description("Shows what an agent can do, and what can go wrong.")
        .entrypoint("echo", async |input: Input| Ok(json!({"args": input.args(), "kwargs": input.kwargs()})))
        .describe("echo", "Returns what it was given.")
        .entrypoint("greet", async |args: Greet| format!("Hello, {}{}", args.name, args.punctuation))
        .describe("greet", "Greets somebody by name.")
        .entrypoint("fail", async |args: Fail| Err::<(), _>(AgentError::new(args.msg)))
        .describe("fail", "Fails.")
        .entrypoint("sleepy", sleepy)
        .describe("sleepy", "Answers after a while.")
        .entrypoint("big", big)
        .describe("big", "Returns a long text.")
        .stream_entrypoint("count_stream", |args: Count| count(args.n))
        .describe("count_stream", "Counts.")
        .stream_entrypoint("slow_stream", slow_stream)
        .describe("slow_stream", "Counts slowly.")
        .stream_entrypoint("midfail_stream", midfail_stream)
        .describe("midfail_stream", "Counts, then fails.")
        .stream_entrypoint("fast_stream", |args: Fast| count(args.n))
        .describe("fast_stream", "Counts far.")
}

#[derive(Deserialize, JsonSchema)]
struct Greet {
    /// Whom to greet.
    name: String,
    /// What ends the sentence.
    #[serde(default = "exclamation_mark")]
    punctuation: String,
}

fn exclamation_mark() -> String {
    "!".to_owned()
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Fail {
    /// What the error says.
    msg: String,
}

impl Default for Fail {
    fn default() -> Self {
        Self { msg: "boom".to_owned() }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Sleep {
    /// For how many seconds.
    s: f64,
}

impl Default for Sleep {
    fn default() -> Self {
        Self { s: 1.0 }
    }
}

async fn sleepy(args: Sleep) -> Result<Value, AgentError> {
    sleep(Duration::try_from_secs_f64(args.s)?).await;
    Ok(json!({"slept": args.s}))
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Big {
    /// How many bytes.
    size: usize,
}

impl Default for Big {
    fn default() -> Self {
        Self { size: 1_000_000 }
    }
}

async fn big(args: Big) -> Result<String, AgentError> {
    if args.size > BIGGEST {
        return Err(AgentError::new(format!("at most {BIGGEST} bytes")));
    }
    Ok("x".repeat(args.size))
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Count {
    /// How far to count.
    n: u64,
}

impl Default for Count {
    fn default() -> Self {
        Self { n: 3 }
    }
}

fn count(n: u64) -> impl Stream<Item = Value> {
    stream::iter((0..n).map(|i| json!({"i": i})))
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Slow {
    /// How far to count.
    n: u64,
    /// How many seconds between two numbers.
    delay: f64,
}

impl Default for Slow {
    fn default() -> Self {
        Self { n: 5, delay: 1.0 }
    }
}

async fn slow_stream(args: Slow) -> Result<impl Stream<Item = Value>, AgentError> {
    let delay = Duration::try_from_secs_f64(args.delay)?;
    Ok(count(args.n).enumerate().then(move |(i, number)| async move {
        if i > 0 {
            sleep(delay).await;
        }
        number
    }))
}

fn midfail_stream(args: Count) -> impl Stream<Item = Result<Value, AgentError>> {
    let failure = Err(AgentError::new("the stream failed midway"));
    count(args.n).map(Ok).chain(stream::iter([failure]))
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Fast {
    /// How far to count.
    n: u64,
}

impl Default for Fast {
    fn default() -> Self {
        Self { n: 10_000 }
    }
}
