//! One call after the other, each on the connection of the one before.

use std::hint::black_box;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use runagent::{RunAgentClient, RunAgentClientConfig};
use runagent_transport::{HttpTransport, Transport};
use runagent_types::Envelope;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::work::unknown;
use crate::{Result, decoded};

/// Large enough for every answer of the server.
const MAX_BYTES: usize = 256 * 1024 * 1024;

pub(crate) async fn run(contender: &str, server: &str, agent: &str, calls: u64) -> Result<u64> {
    match contender {
        "ours" => ours(server, agent, calls).await?,
        "ours-raw" => ours_raw(server, agent, calls).await?,
        "hyper" => hyper(server, agent, calls, decoded::result).await?,
        // What the body alone costs to parse: the payload stays inside its string.
        "hyper-value" => hyper(server, agent, calls, |body| Ok(serde_json::from_slice(body)?)).await?,
        "legacy" => legacy(server, agent, calls).await?,
        "reqwest" => reqwest(server, agent, calls).await?,
        _ => return unknown(contender),
    }
    Ok(calls)
}

pub(crate) fn client(server: &str, agent: &str, entrypoint: &str) -> Result<RunAgentClient> {
    let (host, port) = server.split_once(':').ok_or("the server is `host:port`")?;
    let config = RunAgentClientConfig::new(agent, entrypoint).with_local(true).with_address(host, port.parse()?);
    Ok(RunAgentClient::connect_lazy(config)?)
}

async fn ours(server: &str, agent: &str, calls: u64) -> Result {
    let client = client(server, agent, "echo")?;
    for _ in 0..calls {
        black_box(client.run(&[("name", json!("Ada"))]).await?);
    }
    Ok(())
}

/// The transport and the envelope: the body is collected and its payload left as it is.
async fn ours_raw(server: &str, agent: &str, calls: u64) -> Result {
    let transport = HttpTransport::new();
    for _ in 0..calls {
        let response = transport.send(request(&url(server, agent), server)?.map(|body| body.into())).await?;
        let body = response.into_body().collect(MAX_BYTES).await?;
        black_box(Envelope::decode(&body)?.into_result()?.raw_data());
    }
    Ok(())
}

async fn hyper(server: &str, agent: &str, calls: u64, decode: fn(&[u8]) -> Result<Value>) -> Result {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    for _ in 0..calls {
        let request = request(&format!("/api/v1/agents/{agent}/run"), server)?.map(Full::new);
        let response = sender.send_request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        black_box(decode(&body)?);
    }
    connection.abort();
    Ok(())
}

async fn legacy(server: &str, agent: &str, calls: u64) -> Result {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    for _ in 0..calls {
        let response = client.request(request(&url(server, agent), server)?.map(Full::new)).await?;
        let body = response.into_body().collect().await?.to_bytes();
        black_box(decoded::result(&body)?);
    }
    Ok(())
}

async fn reqwest(server: &str, agent: &str, calls: u64) -> Result {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = url(server, agent);
    for _ in 0..calls {
        let response = client.post(&url).json(&body()).send().await?;
        black_box(response.json::<Value>().await?);
    }
    Ok(())
}

fn url(server: &str, agent: &str) -> String {
    format!("http://{server}/api/v1/agents/{agent}/run")
}

fn request(uri: &str, host: &str) -> Result<http::Request<Bytes>> {
    let request = http::Request::post(uri).header(HOST, host).header(CONTENT_TYPE, "application/json");
    Ok(request.body(serde_json::to_vec(&body())?.into())?)
}

fn body() -> Value {
    json!({
        "entrypoint_tag": "echo", "input_args": [], "input_kwargs": { "name": "Ada" },
        "timeout_seconds": 300, "async_execution": false,
    })
}
