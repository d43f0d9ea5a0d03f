//! What an entrypoint knows of its call.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use futures_util::{Stream, StreamExt, stream};
use runagent_server::{Agent, Context, InProcess, Input, Server};
use runagent_transport::Transport;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Duration, timeout};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::client::{PATIENCE, text};
use crate::in_process::{call, open, request};

async fn who(_: (), context: Context) -> (String, String, Option<String>, bool) {
    let user = context.user_id().map(str::to_owned);
    (context.agent_id().to_owned(), context.entrypoint_tag().to_owned(), user, context.persistent_memory())
}

#[tokio::test]
async fn it_names_the_call_and_the_caller() {
    let agent = Agent::new("a")
        .entrypoint("who", who)
        .entrypoint("raw", async |input: Input| Ok(json!([input.agent_id(), input.entrypoint_tag()])));
    let agent = InProcess::new(agent).unwrap();
    assert_eq!(call(&agent, "who", &json!([]), &json!({})).await, Ok(json!(["a", "who", null, false])));
    assert_eq!(call(&agent, "raw", &json!([]), &json!({})).await, Ok(json!(["a", "raw"])));
    let body = json!({"entrypoint_tag": "who", "user_id": "u1", "persistent_memory": true}).to_string();
    let response = agent.send(request("who", &json!([])).map(|_| body.into())).await.unwrap();
    let body = response.into_body().collect(1 << 20).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains(r#"\\\"u1\\\",true"#), "{body:?}");
}

/// An agent whose calls hand out their context and hang, or end at once.
fn watched() -> (Agent, mpsc::UnboundedReceiver<Context>) {
    let (seen, contexts) = mpsc::unbounded_channel();
    let (hang, end, streamed) = (seen.clone(), seen.clone(), seen);
    let agent = Agent::new("a")
        .entrypoint("hang", move |_: (), context: Context| {
            let _ = hang.send(context);
            std::future::pending::<()>()
        })
        .entrypoint("end", move |_: (), context: Context| {
            let _ = end.send(context);
            std::future::ready(())
        })
        .stream_entrypoint("hang_stream", move |_: (), context: Context| {
            let _ = streamed.send(context);
            stream::iter([1]).chain(stream::pending())
        });
    (agent, contexts)
}

#[tokio::test]
async fn a_call_that_is_given_up_says_so_to_what_it_spawned() {
    let (agent, mut contexts) = watched();
    let agent = InProcess::new(agent).unwrap();
    let context = tokio::select! {
        answer = agent.send(request("hang", &json!([]))) => panic!("{answer:?}"),
        context = contexts.recv() => context.unwrap(),
    };
    timeout(PATIENCE, context.cancelled()).await.unwrap();
    assert!(context.is_cancelled());

    let mut socket = open(&agent, "hang_stream", &json!([])).await;
    text(&mut socket).await;
    text(&mut socket).await;
    let context = contexts.recv().await.unwrap();
    assert!(!context.is_cancelled());
    drop(socket);
    timeout(PATIENCE, context.cancelled()).await.unwrap();
    assert!(context.is_cancelled());
}

#[tokio::test]
async fn a_server_that_stops_says_so_too() {
    let (agent, mut contexts) = watched();
    let server = Server::bind(agent).await.unwrap().spawn();
    let address = server.address();
    let hanging = tokio::spawn(async move { crate::client::run(address, r#"{"entrypoint_tag":"hang"}"#).await.status });
    let context = timeout(PATIENCE, contexts.recv()).await.unwrap().unwrap();
    assert!(!context.is_cancelled());
    server.shutdown().await.unwrap();
    timeout(PATIENCE, context.cancelled()).await.unwrap();
    assert!(hanging.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ended_is_never_given_up() {
    let (agent, mut contexts) = watched();
    let agent = InProcess::new(agent).unwrap();
    call(&agent, "end", &json!([]), &json!({})).await.unwrap();
    let context = contexts.recv().await.unwrap();
    assert!(timeout(Duration::from_secs(3600), context.cancelled()).await.is_err());
    assert!(!context.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_run_out_of_time_is_given_up() {
    let (agent, mut contexts) = watched();
    let agent = Server::builder(agent).max_run_time(Duration::from_secs(5)).in_process().unwrap();
    let response = agent.send(request("hang", &json!([]))).await.unwrap();
    assert_eq!(response.status(), 504);
    let context = contexts.recv().await.unwrap();
    assert!(context.is_cancelled());
    let body = response.into_body().collect(1 << 20).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&body["error"]["code"], &body["request_id"]),
        (&json!("TIMEOUT_ERROR"), &json!(context.invocation_id()))
    );
}

/// Keeps each span with its fields, and for each event of this file the span that it is in.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    spans: Vec<(&'static str, BTreeMap<&'static str, String>)>,
    entered: Vec<u64>,
    events: Vec<(String, Option<u64>)>,
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "invocation" || metadata.target() == module_path!()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = BTreeMap::new();
        span.record(&mut Fields(&mut fields));
        let mut recorded = self.0.lock().unwrap();
        recorded.spans.push((span.metadata().name(), fields));
        Id::from_u64(recorded.spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let mut recorded = self.0.lock().unwrap();
        let span = recorded.entered.last().copied();
        recorded.events.push((fields["message"].clone(), span));
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().entered.pop();
    }
}

#[tokio::test]
async fn an_entrypoint_runs_inside_the_span_of_its_call() {
    let spans = Spans::default();
    // With one subscriber alone, whichever thread comes first to a span decides whether anybody wants it, and other tests
    // have no subscriber. With two of them both are asked.
    let _second = tracing::Dispatch::new(spans.clone());
    let _guard = tracing::subscriber::set_default(spans.clone());
    fn chunks() -> impl Stream<Item = u8> {
        stream::iter([1]).inspect(|_| tracing::info!("in the stream"))
    }
    let agent = Agent::new("a")
        .entrypoint("log", async |_: (), context: Context| {
            tracing::info!("in the run");
            tokio::task::yield_now().await;
            tracing::info!("later in the run");
            context.invocation_id().to_owned()
        })
        .stream_entrypoint("log_stream", chunks);
    let agent = InProcess::new(agent).unwrap();
    let id = call(&agent, "log", &json!([]), &json!({})).await.unwrap();
    crate::client::read(&mut open(&agent, "log_stream", &json!([])).await).await;
    tracing::info!("outside");

    let recorded = spans.0.lock().unwrap();
    let events: Vec<_> = recorded.events.iter().map(|(message, span)| (message.as_str(), *span)).collect();
    assert_eq!(
        events,
        [("in the run", Some(1)), ("later in the run", Some(1)), ("in the stream", Some(2)), ("outside", None)]
    );
    let fields = |tag: &str, id: &str| {
        BTreeMap::from([
            ("agent_id", "a".to_owned()),
            ("entrypoint_tag", tag.to_owned()),
            ("invocation_id", id.to_owned()),
        ])
    };
    assert_eq!(recorded.spans[0], ("invocation", fields("log", id.as_str().unwrap())));
    let streamed = &recorded.spans[1].1["invocation_id"];
    assert_eq!(recorded.spans[1], ("invocation", fields("log_stream", streamed)));
}
