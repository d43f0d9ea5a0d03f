//! What holds for every call.

use std::time::Duration;

use everruns_sdk::{
    AgentClient, Client, CreateMessageRequest, CreateSessionRequest, Error,
    testing::FakeEverruns,
    transport::{
        Progress, TransportError, TransportErrorKind,
        testing::{Reply, ScriptedTransport},
    },
};

use crate::script::{asked, client, script};

fn hello() -> CreateMessageRequest {
    CreateMessageRequest { session_id: "session_1".to_owned(), content: "Hello!".to_owned() }
}

/// A connection that breaks after the request was sent.
fn lost() -> Reply {
    TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "the connection was closed").into()
}

/// Where the session is, is asked for before a message is sent to it, which takes half of the time at most.
#[tokio::test(start_paused = true)]
async fn the_time_limit_is_on_all_that_a_call_takes() {
    for (answer, waited) in [(Reply::json(201, r#"{"id":"message_1"}"#), 1), (Reply::silence(), 2)] {
        let is_answered = waited == 1;
        let transport = ScriptedTransport::new([Reply::silence(), answer]);
        let start = tokio::time::Instant::now();
        let call = client(&transport).messages().create(hello()).timeout(Duration::from_secs(2)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(waited));
        assert_eq!(asked(&transport).len(), 2);
        assert_eq!(call.is_ok(), is_answered);
        assert!(is_answered || matches!(call, Err(Error::Timeout(_))));
    }
    let transport = ScriptedTransport::new([Reply::silence(), Reply::json(201, r#"{"id":"message_1"}"#)]);
    client(&transport).messages().create(hello()).timeout(Duration::MAX).await.expect("sent");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_is_not_done_again() {
    for failure in [Reply::json(500, ""), Reply::json(502, ""), Reply::json(504, ""), lost()] {
        let replies = [Reply::json(200, r#"{"data":[]}"#), failure, Reply::json(201, r#"{"id":"message_1"}"#)];
        let transport = ScriptedTransport::new(replies);
        let builder = Client::builder().base_url("http://localhost/api").api_key("key").max_retries(3);
        let call = builder.transport(transport.clone()).build();
        assert!(call.messages().create(hello()).await.is_err());
        let asked = asked(&transport);
        assert_eq!(asked.iter().filter(|line| line.starts_with("POST")).count(), 1, "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_a_key_is_done_again_with_the_same_where_keys_are_looked_at() {
    let busy = r#"{"title":"Conflict","status":409,"code":"idempotency_key_in_progress"}"#;
    // By the id of a channel it is the platform, by a name an application that serves its own agents.
    for (url, repeats) in [
        ("http://localhost/api/v1/channels/appchan_0198c0ffee0198c0ffee0198c0ffee01", true),
        ("http://localhost/v1/channels/librarian", false),
    ] {
        let replies = [
            Reply::json(200, r#"{"data":[]}"#),
            Reply::json(429, ""),
            lost(),
            Reply::json(502, ""),
            Reply::json(409, busy),
            Reply::json(201, r#"{"id":"message_1"}"#),
        ];
        let transport = ScriptedTransport::new(replies);
        let agent = AgentClient::builder().base_url(url).transport(transport.clone()).build_agent();
        assert_eq!(agent.send_message(hello(), Default::default()).await.is_ok(), repeats);
        let requests = transport.requests();
        let keys: Vec<_> = requests[1..].iter().map(|request| request.headers()["idempotency-key"].clone()).collect();
        // What was refused before it had an effect is tried again everywhere.
        assert_eq!(keys.len(), if repeats { 5 } else { 2 });
        assert!(keys.iter().all(|key| *key == keys[0] && key.len() == 36), "{keys:?}");
    }
}

/// Without a timer there is no waiting, and nothing to panic about.
#[test]
fn outside_a_runtime_nothing_panics() {
    let conflict = r#"{"title":"Conflict","status":409}"#;
    let (client, _) = script([(404, r#"{"title":"Not Found","status":404}"#), (409, conflict)]);
    let error = futures::executor::block_on(client.files("session_1").open("a")).expect_err("no such file");
    assert!(matches!(error, Error::NotFound(_)), "{error}");
    let error = futures::executor::block_on(client.messages().tool_results("session_1", [])).expect_err("not waiting");
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    // The real transport says so.
    let client = Client::builder().base_url("http://localhost:9").build();
    let error = futures::executor::block_on(client.agents().get("agent_1")).expect_err("no runtime");
    assert!(matches!(&error, Error::Config(message) if message.contains("no Tokio runtime")), "{error}");
}

#[tokio::test]
async fn an_id_stays_one_segment_of_the_path() {
    let (client, transport) = script([(404, "{}"); 4]);
    for id in ["../agents/x?y=1#z", "a/b", "%2e%2e%2f", "ä é"] {
        assert!(matches!(client.sessions().get(id).await, Err(Error::NotFound(_))), "{id}");
    }
    assert_eq!(
        asked(&transport),
        [
            "GET /sessions/..%2Fagents%2Fx%3Fy%3D1%23z",
            "GET /sessions/a%2Fb",
            "GET /sessions/%252e%252e%252f",
            "GET /sessions/%C3%A4%20%C3%A9",
        ]
    );
    let (client, transport) = script([]);
    for id in ["", ".", "..", "%2e%2E", "a\r\nb", &"x".repeat(257)] {
        for error in [
            client.sessions().get(id).await.expect_err(id),
            client.agents().archive(id).await.expect_err(id),
            client.agents().diff_versions("agent_1", "agentver_1", id).await.expect_err(id),
            client.memories().files(id).list("/").await.expect_err(id),
            client.files(id).read("a").await.expect_err(id),
            client.events().list(id).await.expect_err(id),
            client.events().stream(id).await.expect_err(id),
            client.messages().list(id).await.expect_err(id),
        ] {
            assert!(matches!(error, Error::Config(_)), "{id:?}: {error:?}");
        }
    }
    assert!(asked(&transport).is_empty());
}

/// What a proxy or authorities of the caller's are set for carries streams as well.
#[tokio::test]
async fn streams_go_by_the_transport_of_the_calls() {
    let fake = FakeEverruns::new().with_agent("librarian", |_| "Three books.");
    let client = Client::builder().api_key("key").transport(fake.clone()).build();
    let agent = client.agents().search("librarian").await.expect("a page").data.remove(0);
    let session = CreateSessionRequest { agent_id: agent.id, ..Default::default() };
    let session = client.sessions().create(session).await.expect("a session");
    let message = CreateMessageRequest { session_id: session.id.clone(), content: "Bees?".to_owned() };
    client.clone().messages().create(message).await.expect("sent");
    let mut text = client.events().stream(&session.id).await.expect("a stream").into_text();
    assert_eq!(text.next().await.expect("text").expect("text"), "Three books.");
    let requests = fake.requests();
    assert!(requests.iter().any(|request| request.path.ends_with("/sse")));
    assert!(requests.iter().all(|request| request.header("authorization") == Some("Bearer key")));
}

#[tokio::test(start_paused = true)]
async fn a_server_says_in_the_body_when_to_come_again() {
    for (status, seconds, waited) in [(429, 7, 7), (503, 3, 3), (429, 61, 0)] {
        let body = format!(r#"{{"title":"Later","status":{status},"retry_after_seconds":{seconds}}}"#);
        let transport = ScriptedTransport::new([Reply::json(status, body), Reply::json(200, r#"{"id":"agent_1"}"#)]);
        let client = Client::builder().api_key("key").transport(transport.clone()).build();
        let start = tokio::time::Instant::now();
        let answer = client.agents().get("agent_1").await;
        assert_eq!(start.elapsed(), Duration::from_secs(waited), "{status}");
        let hint = answer.err().map(|error| error.retry_after());
        // One that asks for more than a minute is not waited for, and told.
        assert_eq!(hint, (waited == 0).then_some(Some(Duration::from_secs(seconds))));
    }
}

#[tokio::test]
async fn counts_are_not_bound_by_32_bits() {
    let session = r#"{"id":"session_1","usage":{"input_tokens":5000000000,"output_tokens":18446744073709551615}}"#;
    let page = r#"{"data":[{"id":"img_1","size_bytes":5000000000}],"total":5000000000}"#;
    let (client, _) = script([(200, session), (200, page)]);
    let usage = client.sessions().get("session_1").await.expect("a session").usage.expect("usage");
    assert_eq!((usage.input_tokens, usage.output_tokens), (5_000_000_000, u64::MAX));
    let page = client.images().list().await.expect("a page");
    assert_eq!((page.total, page.data[0].size_bytes), (Some(5_000_000_000), 5_000_000_000));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_stays_one_however_long_its_document_is() {
    let document = format!(r#"{{"detail":"{}"}}"#, "x".repeat(100_000));
    let transport = ScriptedTransport::new([Reply::json(429, document)]);
    let client = Client::builder().api_key("key").max_retries(0).transport(transport).build();
    let error = client.agents().get("agent_1").await.expect_err("refused");
    assert!(matches!(error, Error::RateLimit(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_is_not_asked_again_sooner_than_it_says() {
    let refusals = [Reply::json(429, r#"{"retry_after_seconds":1.5}"#), Reply::json(200, r#"{"id":"a","name":"a"}"#)];
    let client = Client::builder().api_key("key").transport(ScriptedTransport::new(refusals)).build();
    let started = tokio::time::Instant::now();
    client.agents().get("agent_1").await.expect("an agent");
    assert!(started.elapsed() >= Duration::from_millis(1500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn what_is_no_json_is_not_asked_for_as_json() {
    let (client, transport) = script([(200, ""); 7]);
    client.agents().export("agent_1").await.expect("text");
    client.images().get("img_1").await.expect("an image");
    client.images().thumbnail("img_1").await.expect("an image");
    client.sessions().export("session_1", None).await.expect("bytes");
    client.workspace_files("wsp_1").download("a").await.expect("bytes");
    client.workspace_files("wsp_1").open("a").await.expect("bytes");
    client.memories().files("mem_1").download("a").await.expect("bytes");
    let requests = transport.requests();
    assert_eq!(requests.len(), 7);
    assert!(requests.iter().all(|request| request.headers()["accept"] == "*/*"), "{requests:?}");
    let (client, transport) = script([(200, r#"{"id":"agent_1"}"#)]);
    client.agents().get("agent_1").await.expect("an agent");
    assert_eq!(transport.requests()[0].headers()["accept"], "application/json");
}
