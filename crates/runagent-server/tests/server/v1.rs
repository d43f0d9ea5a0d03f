//! The documented API: its agents, and what an invocation is.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, Request};
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, AgentError, InProcess, Input, Server};
use runagent_transport::{Body, Transport};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A request with these headers; one with a body is JSON unless they say otherwise.
pub(crate) fn request(method: &Method, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("http://localhost{path}"));
    if *method == Method::POST && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

pub(crate) async fn send(server: &InProcess, request: Request<Body>) -> Answer {
    let response = server.send(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect(1 << 26).await.unwrap();
    Answer { status: head.status.as_u16(), headers: head.headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) async fn get(server: &InProcess, path: &str) -> Answer {
    send(server, request(&Method::GET, path, &[], "")).await
}

pub(crate) async fn post(server: &InProcess, path: &str, body: &str) -> Answer {
    send(server, request(&Method::POST, path, &[], body)).await
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Ask {
    query: String,
    #[serde(default)]
    loudly: bool,
    #[serde(default)]
    user: Option<String>,
}

pub(crate) async fn ask(ask: Ask) -> Result<String, AgentError> {
    match ask.query.as_str() {
        "fail" => Err(AgentError::new("boom")),
        "quota" => Err(AgentError::new("no more").with_code("QUOTA").with_suggestion("Pay.").with_details(json!([1]))),
        "panic" => panic!("kaboom"),
        query => Ok(format!("{query}{}{}", if ask.loudly { "!" } else { "." }, ask.user.unwrap_or_default())),
    }
}

async fn echo(input: Input) -> Result<Value, AgentError> {
    Ok(json!({"args": input.args(), "kwargs": input.kwargs(), "tag": input.entrypoint_tag()}))
}

/// Leaves out what no two runs share.
fn settled(mut answer: Value) -> Value {
    let metadata = &mut answer["data"]["metadata"];
    assert!(metadata["execution_time"].take().as_f64().unwrap() >= 0.0);
    assert_eq!(metadata["request_id"].take().as_str().unwrap().len(), 36);
    answer
}

#[tokio::test]
async fn an_agent_is_told_of() {
    let agent = Agent::new("a b").with_name("A").with_version("1.2").with_description("does").entrypoint("ask", ask);
    let server = InProcess::new(agent).unwrap();
    let answer = get(&server, "/v1/agents/a%20b").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let mut agent = answer.json();
    let schema = agent["data"]["entrypoints"][0]["input_schema"].take();
    assert_eq!(schema["required"], json!(["query"]));
    assert_eq!(agent["status"], "success");
    let data = &agent["data"];
    assert_eq!([&data["id"], &data["name"], &data["status"], &data["version"]], ["a b", "A", "deployed", "1.2"]);
    assert_eq!((&data["description"], &data["entrypoints"][0]["tag"]), (&json!("does"), &json!("ask")));
}

#[tokio::test]
async fn the_list_has_pages() {
    let mut builder = Server::builder(Agent::new("a0"));
    for id in 1..45 {
        builder = builder.agent(Agent::new(format!("a{id}")));
    }
    let server = builder.in_process().unwrap();
    for (query, first, count, pagination) in [
        ("", "a0", 20, [1, 20, 45, 3]),
        ("?page=3", "a40", 5, [3, 20, 45, 3]),
        ("?page=2&limit=7", "a7", 7, [2, 7, 45, 7]),
        ("?limit=100", "a0", 45, [1, 100, 45, 1]),
        ("?limit=18446744073709551615&page=1", "a0", 45, [1, u64::MAX, 45, 1]),
        ("?page=4", "", 0, [4, 20, 45, 3]),
        ("?page=18446744073709551615", "", 0, [u64::MAX, 20, 45, 3]),
        ("?other=x", "a0", 20, [1, 20, 45, 3]),
    ] {
        let page = get(&server, &format!("/v1/agents{query}")).await.json();
        let [number, limit, total, pages] = pagination;
        assert_eq!(
            page["pagination"],
            json!({"page": number, "limit": limit, "total": total, "pages": pages}),
            "{query}"
        );
        let agents = page["data"].as_array().unwrap();
        assert_eq!(agents.len(), count, "{query}");
        assert_eq!(agents.first().map_or("", |agent| agent["id"].as_str().unwrap()), first, "{query}");
    }
}

#[tokio::test]
async fn health_says_whether_there_is_a_place() {
    let agent = || Agent::new("a").with_version("1.2").entrypoint("ask", ask);
    let mut health = get(&InProcess::new(agent()).unwrap(), "/v1/agents/a/health").await.json();
    assert!(health["uptime"].take().is_u64());
    let checks = json!({"agent": "ok", "resources": "ok"});
    assert_eq!(health, json!({"status": "healthy", "checks": checks, "version": "1.2", "uptime": null}));
    let full = Server::builder(agent()).max_concurrent_calls(0).in_process().unwrap();
    let health = get(&full, "/v1/agents/a/health").await.json();
    assert_eq!((&health["status"], &health["checks"]["resources"]), (&json!("degraded"), &json!("busy")));
    assert_eq!(health["warnings"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_invocation_calls_by_name() {
    let server = InProcess::new(Agent::new("a").with_version("1.2").entrypoint("ask", ask)).unwrap();
    for (body, result) in [
        (r#"{"query":"Hi"}"#, "Hi."),
        (r#"{"query":"Hi","parameters":{"loudly":true}}"#, "Hi!"),
        (r#"{"query":"Hi","parameters":{"loudly":true,"user":"u"}}"#, "Hi!u"),
        (r#"{"query":"Hi","user":"u"}"#, "Hi.u"),
        (r#"{"query":"Hi","parameters":null,"session_id":null}"#, "Hi."),
        // It does not ask for the session.
        (r#"{"query":"Hi","session_id":"s"}"#, "Hi."),
        (r#"{"parameters":{"query":"Hi"}}"#, "Hi."),
        ("\u{feff}{\"query\":\"Hi\"}", "Hi."),
    ] {
        let answer = post(&server, "/v1/agents/a/invoke", body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text);
        let metadata = json!({"execution_time": null, "agent_version": "1.2", "request_id": null});
        let expected = json!({"status": "success", "data": {"result": result, "metadata": metadata}});
        assert_eq!(settled(answer.json()), expected, "{body}");
    }
}

#[tokio::test]
async fn an_entrypoint_that_takes_anything_gets_everything() {
    let server = InProcess::new(Agent::new("a").entrypoint("echo", echo)).unwrap();
    let body = r#"{"query":"q","parameters":{"t":0.5},"session_id":"s","more":[1]}"#;
    let answer = post(&server, "/v1/agents/a/invoke", body).await.json();
    let kwargs = json!({"query": "q", "t": 0.5, "session_id": "s", "more": [1]});
    assert_eq!(answer["data"]["result"], json!({"args": [], "kwargs": kwargs, "tag": "echo"}));
    let answer = post(&server, "/v1/agents/a/invoke", "{}").await.json();
    assert_eq!(answer["data"]["result"]["kwargs"], json!({}));
}

#[tokio::test]
async fn a_session_is_passed_to_whom_it_is_asked_for() {
    #[derive(Deserialize, JsonSchema)]
    struct Chat {
        session_id: Option<String>,
    }
    let agent = Agent::new("a")
        .entrypoint("chat", async |chat: Chat| chat.session_id)
        .entrypoint("map", async |names: BTreeMap<String, Value>| names);
    let server = InProcess::new(agent.v1_entrypoint("chat")).unwrap();
    for (body, result) in [(r#"{"session_id":"s"}"#, json!("s")), ("{}", Value::Null)] {
        assert_eq!(post(&server, "/v1/agents/a/invoke", body).await.json()["data"]["result"], result);
    }
    let agent = Agent::new("a").entrypoint("map", async |names: BTreeMap<String, Value>| names);
    let server = InProcess::new(agent).unwrap();
    let answer = post(&server, "/v1/agents/a/invoke", r#"{"query":"q","session_id":"s"}"#).await.json();
    assert_eq!(answer["data"]["result"], json!({"query": "q"}));
}

#[tokio::test]
async fn integers_beyond_64_bits_come_and_go_digit_for_digit() {
    #[derive(Deserialize, JsonSchema)]
    struct Big {
        n: u128,
    }
    let agent = Agent::new("a").entrypoint("next", async |big: Big| big.n + 1);
    let server = InProcess::new(agent).unwrap();
    let body = r#"{"parameters":{"n":340282366920938463463374607431768211454}}"#;
    let answer = post(&server, "/v1/agents/a/invoke", body).await;
    assert!(answer.text.contains(r#""result":340282366920938463463374607431768211455,"#), "{}", answer.text);
}
