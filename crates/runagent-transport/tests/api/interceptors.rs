//! Interceptors: what they see, what they change.

use std::sync::{Arc, Mutex};

use http::{HeaderValue, request::Parts};
use runagent_transport::{
    ApiKey, Interceptor, OperationContext, Outcome, Progress, Socket, SocketCredentials, TransportError,
    TransportErrorKind, retry::Idempotency,
};

use super::script::{answer, lost, ok, scripted};

/// Notes what it is told, under its name.
#[derive(Clone, Debug, Default)]
struct Log {
    name: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
    refuses: bool,
}

impl Log {
    fn note(&self, hook: &str, context: &OperationContext, what: &str) {
        let line = format!("{}{hook} {} {} {what}", self.name, context.name(), context.attempt());
        self.lines.lock().expect("no panic").push(line.trim_end().to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().expect("no panic"))
    }
}

fn shown(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Error(error) => format!("{:?} {:?}", error.kind(), outcome.status().map(|status| status.as_u16())),
        _ => outcome.status().map(|status| status.as_u16().to_string()).unwrap_or_default(),
    }
}

impl Interceptor for Log {
    fn before_attempt(&self, context: &OperationContext, request: &mut Parts) -> Result<(), TransportError> {
        let authorization = request.headers.get("authorization").is_some_and(HeaderValue::is_sensitive);
        self.note("before", context, if authorization { "with a key" } else { "" });
        request.headers.append("x-seen-by", HeaderValue::from_static(self.name));
        match self.refuses {
            true => Err(TransportError::new(TransportErrorKind::Request, Progress::NotSent, "not today")),
            false => Ok(()),
        }
    }

    fn after_attempt(&self, context: &OperationContext, outcome: &Outcome<'_>) {
        self.note("after", context, &shown(outcome));
    }

    fn after_operation(&self, context: &OperationContext, outcome: &Outcome<'_>) {
        self.note("end", context, &shown(outcome));
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_seen_and_the_end_once() {
    let log = Log::default();
    let key = ApiKey::new("key").expect("a key");
    let (api, _) = scripted([answer(503, &[]), lost(), ok()], |api| api.interceptor(log.clone()).api_key(key));
    api.get(&["x"]).operation("list").send().await.expect("an answer");
    assert_eq!(
        log.take(),
        [
            "before list 1 with a key",
            "after list 1 503",
            "before list 2 with a key",
            "after list 2 Closed None",
            "before list 3 with a key",
            "after list 3 200",
            "end list 3 200",
        ]
    );
}

#[tokio::test]
async fn several_are_asked_in_order() {
    let first = Log { name: "1", ..Log::default() };
    let second = Log { name: "2", lines: first.lines.clone(), ..Log::default() };
    let (api, script) = scripted([ok()], |api| api.interceptor(first.clone()).interceptor(second));
    api.post_json(&["x"], "{}").send().await.expect("an answer");
    assert_eq!(
        first.take(),
        [
            "1before POST 1",
            "2before POST 1",
            "1after POST 1 200",
            "2after POST 1 200",
            "1end POST 1 200",
            "2end POST 1 200"
        ]
    );
    let requests = script.requests();
    let seen: Vec<_> = requests[0].headers().get_all("x-seen-by").iter().collect();
    assert_eq!(seen, ["1", "2"]);
}

#[tokio::test]
async fn what_one_refuses_is_not_sent() {
    let log = Log { refuses: true, ..Log::default() };
    let (api, script) = scripted([], |api| api.interceptor(log.clone()));
    let error = api.get(&["x"]).send().await.expect_err("refused");
    assert_eq!((error.to_string().as_str(), error.attempts()), ("not today", 1));
    assert_eq!(script.requests().len(), 0);
    assert_eq!(log.take(), ["before GET 1", "after GET 1 Request None", "end GET 1 Request None"]);
}

#[tokio::test]
async fn handshakes_are_calls_too() {
    let log = Log::default();
    let replies = [Socket::scripted([]).into(), answer(403, &[])];
    let (api, _) = scripted(replies, |api| api.interceptor(log.clone()));
    let connect = || api.get(&["s"]).operation("talk").connect(SocketCredentials::Header);
    connect().await.expect("a socket");
    assert_eq!(log.take(), ["before talk 1", "after talk 1 101", "end talk 1 101"]);
    connect().await.expect_err("refused");
    assert_eq!(log.take(), ["before talk 1", "after talk 1 Rejected Some(403)", "end talk 1 Rejected Some(403)"]);
}

#[tokio::test(start_paused = true)]
async fn the_transport_is_told_which_attempt_of_what_it_makes() {
    let (api, script) = scripted([lost(), ok()], |api| api);
    let call = api.post_json(&["x"], "{}").operation("run").idempotency_key(HeaderValue::from_static("k"));
    call.send().await.expect("an answer");
    for (number, request) in (1..).zip(script.requests()) {
        let context = request.extensions().get::<OperationContext>().expect("told");
        assert_eq!((context.name(), context.attempt(), context.idempotency()), ("run", number, Idempotency::Keyed));
    }
}
