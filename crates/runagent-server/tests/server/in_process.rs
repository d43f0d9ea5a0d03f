use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::{Request, StatusCode};
use runagent_server::{Agent, AgentError, InProcess, Input, Server, ServerError};
use runagent_transport::{Body, CloseFrame, Message, Socket, Transport};
use runagent_types::{Envelope, StreamFrame};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::client::{next, text};

const HOUR: Duration = Duration::from_secs(3600);

/// Tells when it is dropped.
struct Dropped(mpsc::UnboundedSender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// Entrypoints that end, and some that only end with their callers; what becomes of these.
fn agent() -> (Agent, mpsc::UnboundedReceiver<&'static str>) {
    let (events, seen) = mpsc::unbounded_channel();
    let hang_events = events.clone();
    let agent = Agent::new("a")
        .entrypoint("double", async |input: Input| Ok(2 * input.arg::<i64>(0)?))
        .entrypoint("fail", async |_: Input| {
            Err::<(), _>(AgentError::new("no credit").with_code("QUOTA").with_suggestion("Pay."))
        })
        .entrypoint("slow", async |_: Input| {
            sleep(HOUR).await;
            Ok("done")
        })
        .entrypoint("hang", move |_: Input| {
            let events = hang_events.clone();
            async move {
                let _guard = Dropped(events.clone());
                events.send("begun")?;
                std::future::pending::<Result<(), AgentError>>().await
            }
        })
        .stream_entrypoint("slow_stream", async |_: Input| {
            Ok(stream::iter(0..3).then(async |i| {
                sleep(HOUR).await;
                Ok::<_, AgentError>(i)
            }))
        })
        .stream_entrypoint("wait_stream", move |_: Input| {
            let guard = Dropped(events.clone());
            async move {
                let chunks = stream::iter([Ok(1)]).chain(stream::pending());
                // The guard lives as long as the stream.
                Ok(chunks.inspect(move |_: &Result<i32, AgentError>| {
                    let _ = &guard;
                }))
            }
        });
    (agent, seen)
}

pub(crate) fn request(tag: &str, args: &Value) -> Request<Body> {
    request_with(tag, args, &json!({}))
}

fn request_with(tag: &str, args: &Value, kwargs: &Value) -> Request<Body> {
    let body = json!({"entrypoint_tag": tag, "input_args": args, "input_kwargs": kwargs}).to_string();
    let uri = "https://agents.example/api/v1/agents/a/run";
    Request::post(uri).header(CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap()
}

async fn run(transport: &impl Transport, tag: &str, args: Value) -> (StatusCode, Value) {
    let response = transport.send(request(tag, &args)).await.unwrap();
    let (status, body) = (response.status(), response.into_body().collect(1 << 20).await.unwrap());
    (status, serde_json::from_slice(&body).unwrap())
}

/// The result of a call, or the code and the message of its failure.
pub(crate) async fn call(transport: &impl Transport, tag: &str, args: &Value, kwargs: &Value) -> Result<Value, Value> {
    let response = transport.send(request_with(tag, args, kwargs)).await.unwrap();
    let body = response.into_body().collect(1 << 20).await.unwrap();
    let reply = Envelope::decode(&body).unwrap();
    match reply.into_result() {
        Ok(result) => Ok(result.to_value().unwrap()),
        Err(error) => Err(json!([error.code.unwrap().as_str(), error.message])),
    }
}

async fn start(transport: &impl Transport, tag: &str) -> Socket {
    open(transport, tag, &json!([])).await
}

pub(crate) async fn open(transport: &impl Transport, tag: &str, args: &Value) -> Socket {
    let uri = "wss://agents.example/api/v1/agents/a/run-stream";
    let mut socket = transport.connect(Request::get(uri).body(()).unwrap()).await.unwrap();
    let first = json!({"entrypoint_tag": tag, "input_args": args, "input_kwargs": {}}).to_string();
    socket.send(Message::text(first)).await.unwrap();
    socket
}

#[tokio::test]
async fn runs_and_failures_are_answered_as_over_the_network() {
    let agent = InProcess::new(agent().0).unwrap();
    let (status, answer) = run(&agent, "double", json!([21])).await;
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
    let (status, answer) = run(&agent, "fail", json!([])).await;
    assert_eq!(
        (status, &answer["success"], &answer["error"]["code"]),
        (StatusCode::OK, &json!(false), &json!("QUOTA"))
    );
    let (status, answer) = run(&agent, "nope", json!([])).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
    let other = Request::get("http://localhost/api/v1/agents/other/architecture").body(Body::empty()).unwrap();
    assert_eq!(agent.send(other).await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn time_stands_still_between_the_steps_of_an_agent() {
    let agent = InProcess::new(agent().0).unwrap();
    let started = Instant::now();
    let (_, answer) = run(&agent, "slow", json!([])).await;
    assert_eq!(answer["success"], true);
    assert_eq!(started.elapsed().as_secs(), HOUR.as_secs());

    let started = Instant::now();
    let mut socket = start(&agent, "slow_stream").await;
    let mut messages = Vec::new();
    while let Some(message) = socket.recv().await {
        messages.push(message.unwrap());
    }
    // Status, three chunks, status, Close.
    assert_eq!((messages.len(), &messages[5]), (6, &Message::Close(Some(CloseFrame::NORMAL))));
    assert_eq!(StreamFrame::decode(messages[3].as_text().unwrap()).unwrap(), StreamFrame::Data(json!(2)));
    assert_eq!(started.elapsed().as_secs(), 3 * HOUR.as_secs());
}

#[tokio::test]
async fn a_caller_that_leaves_takes_its_call_along() {
    let (agent, mut seen) = agent();
    let agent = InProcess::new(agent).unwrap();
    {
        let hang = agent.send(request("hang", &json!([])));
        tokio::select! {
            answer = hang => panic!("{answer:?}"),
            begun = seen.recv() => assert_eq!(begun, Some("begun")),
        }
    }
    assert_eq!(seen.recv().await, Some("dropped"));

    let mut socket = start(&agent, "wait_stream").await;
    text(&mut socket).await;
    text(&mut socket).await;
    assert!(seen.try_recv().is_err());
    drop(socket);
    assert_eq!(seen.recv().await, Some("dropped"));
}

#[tokio::test]
async fn the_last_clone_takes_everything_along() {
    let (agent, mut seen) = agent();
    let agent = InProcess::new(agent).unwrap();
    let clone = agent.clone();
    let mut socket = start(&agent, "wait_stream").await;
    text(&mut socket).await;
    text(&mut socket).await;
    drop(agent);
    assert_eq!(run(&clone, "double", json!([1])).await.0, StatusCode::OK);
    assert!(seen.try_recv().is_err());
    drop(clone);
    assert!(matches!(next(&mut socket).await, Message::Close(Some(frame)) if frame.code == 1012));
    assert_eq!(seen.recv().await, Some("dropped"));
}

#[tokio::test]
async fn it_is_guarded_as_any_server() {
    let agent = || agent().0;
    let token = Server::builder(agent()).token("s3cret").in_process().unwrap();
    assert_eq!(run(&token, "double", json!([1])).await.0, StatusCode::UNAUTHORIZED);
    let mut shown = request("double", &json!([1]));
    shown.headers_mut().insert(AUTHORIZATION, "Bearer s3cret".parse().unwrap());
    assert_eq!(token.send(shown).await.unwrap().status(), StatusCode::OK);

    let page = InProcess::new(agent()).unwrap();
    let mut foreign = request("double", &json!([1]));
    foreign.headers_mut().insert(ORIGIN, "https://evil.example".parse().unwrap());
    assert_eq!(page.send(foreign).await.unwrap().status(), StatusCode::FORBIDDEN);

    let full = Server::builder(agent()).max_concurrent_calls(0).in_process().unwrap();
    assert_eq!(run(&full, "double", json!([1])).await.0, StatusCode::TOO_MANY_REQUESTS);

    assert!(matches!(InProcess::new(Agent::new("")), Err(ServerError::InvalidAgentId { .. })));
}
