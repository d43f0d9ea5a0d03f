//! The spans of a call: their names and fields, and what they leave out.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use runagent_transport::{
    Api, ApiKey, BaseUrl, Progress, SocketCredentials, TransportError, TransportErrorKind, retry::StandardRetry,
    transport_fn,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Keeps the spans and their fields.
#[derive(Clone, Default)]
struct Spans {
    spans: Arc<Mutex<BTreeMap<u64, Fields>>>,
    next: Arc<AtomicU64>,
}

#[derive(Clone, Debug, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("runagent")
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields::default();
        fields.0.insert("span", attributes.metadata().name().to_owned());
        attributes.record(&mut fields);
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        self.spans.lock().expect("no panic").insert(id, fields);
        span::Id::from_u64(id)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        values.record(self.spans.lock().expect("no panic").entry(id.into_u64()).or_default());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Spans {
    /// The spans, one line each.
    fn lines(&self) -> Vec<String> {
        let spans = self.spans.lock().expect("no panic");
        spans
            .values()
            .map(|Fields(fields)| {
                fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_a_span_by_the_names_of_opentelemetry() {
    let spans = Spans::default();
    let _default = tracing::subscriber::set_default(spans.clone());

    let answers = AtomicU64::new(0);
    let transport = transport_fn(move |_| {
        let number = answers.fetch_add(1, Ordering::Relaxed);
        async move {
            match number {
                0 => Ok(http::Response::builder().status(503).body("".into()).expect("a response")),
                1 => Err(TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "lost")),
                _ => Ok(http::Response::new("".into())),
            }
        }
    });
    let base = BaseUrl::parse("https://api.example.com:8443/v1").expect("a URL");
    let api = Api::builder(base, transport).api_key(ApiKey::new("rk_CANARY").expect("a key")).build();
    api.get(&["agents", "a b"]).send().await.expect("the third answer");

    let client = "otel.kind=\"client\" otel.name=GET server.address=\"api.example.com\" server.port=8443 \
                  span=http.client.request url.full=https://api.example.com:8443/v1/agents/a%20b";
    let expected = [
        format!("error.type=\"503\" http.request.method=GET http.response.status_code=503 {client}"),
        format!("error.type=Closed http.request.method=GET http.request.resend_count=1 {client}"),
        format!("http.request.method=GET http.request.resend_count=2 http.response.status_code=200 {client}"),
    ];
    assert_eq!(spans.lines(), expected);
}

#[tokio::test]
async fn a_key_in_the_query_of_a_socket_is_not_in_its_span() {
    let spans = Spans::default();
    let _default = tracing::subscriber::set_default(spans.clone());
    let transport = transport_fn(|_| async { Ok(http::Response::new("".into())) });
    let api = Api::builder(BaseUrl::parse("http://localhost:1").expect("a URL"), transport)
        .api_key(ApiKey::new("rk_CANARY").expect("a key"))
        .retry(StandardRetry::new().with_max_retries(0))
        .build();
    api.get(&["s"]).connect(SocketCredentials::HeaderAndQuery).await.expect_err("it opens no sockets");
    let lines = spans.lines().join("\n");
    assert!(lines.contains("url.full=http://localhost:1/s") && lines.contains("error.type=Unsupported"), "{lines}");
    assert!(!lines.contains("CANARY") && !lines.contains("token"), "{lines}");
}
