//! What a run sends, and what becomes of one that gets no answer.

use std::time::Duration;

use runagent::{ErrorCode, RunAgentClient, RunAgentClientConfig, transport::transport_fn};
use runagent_transport::testing::wire::{Event, Gate, Script, WireServer, refused_port};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    agent::{AGENT, KEY, answer, architecture, lazy, local_on, ok, options, refused, remote, remote_on, result},
    memory::Memory,
};

#[tokio::test]
async fn the_body_is_what_the_protocol_asks_for() {
    let plain = remote("chat");
    let full = || remote("chat").with_user_id("u-1").with_persistent_memory(true);
    let extra = remote("chat").with_extra_params([("never".to_owned(), json!("sent"))].into());
    for (config, expected) in [
        (
            plain,
            r#"{"entrypoint_tag":"chat","input_args":[1,"zwei"],"input_kwargs":{"z":null,"a":{"b":[true]}},"timeout_seconds":300,"async_execution":false}"#,
        ),
        (
            full(),
            r#"{"entrypoint_tag":"chat","input_args":[1,"zwei"],"input_kwargs":{"z":null,"a":{"b":[true]}},"timeout_seconds":300,"async_execution":false,"user_id":"u-1","persistent_memory":true}"#,
        ),
        (
            full().with_persistent_memory(false),
            r#"{"entrypoint_tag":"chat","input_args":[1,"zwei"],"input_kwargs":{"z":null,"a":{"b":[true]}},"timeout_seconds":300,"async_execution":false,"user_id":"u-1"}"#,
        ),
        (
            extra,
            r#"{"entrypoint_tag":"chat","input_args":[1,"zwei"],"input_kwargs":{"z":null,"a":{"b":[true]}},"timeout_seconds":300,"async_execution":false}"#,
        ),
    ] {
        let memory = Memory::default().answer(200, result(1));
        let client = lazy(config.with_options(memory.options()));
        let kwargs = [("z", json!(null)), ("a", json!({"b": [true]}))];
        client.run_with_args(&[json!(1), json!("zwei")], &kwargs).await.expect("an answer");
        assert_eq!(memory.asked()[0].body, expected);
    }
}

#[tokio::test]
async fn the_server_is_told_the_limit_in_whole_seconds() {
    for (limit, expected) in [
        (Duration::from_secs(20), ",\"timeout_seconds\":20,"),
        (Duration::from_millis(1500), ",\"timeout_seconds\":2,"),
        (Duration::from_millis(100), ",\"timeout_seconds\":1,"),
        (Duration::MAX, "\"input_kwargs\":{},\"async_execution\""),
    ] {
        let memory = Memory::default().answer(200, result(1));
        let client = lazy(remote("chat").with_options(memory.options().with_run_timeout(limit)));
        client.run(&[]).await.expect("an answer");
        let body = &memory.asked()[0].body;
        assert!(body.contains(expected), "{limit:?}: {body}");
    }
}

#[tokio::test]
async fn a_request_has_the_headers_of_the_protocol_and_no_key_in_its_url() {
    let server = WireServer::start([Script::new().read_request().send(ok(&result(1)))]).await;
    lazy(remote_on(&server, "chat")).run(&[("q", json!("x"))]).await.expect("an answer");
    let request = server.requests().remove(0);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/v1/agents/agent-1/run"));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept"), Some("application/json"));
    let agent = format!("runagent-rust/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    assert_eq!(request.header("host"), Some(server.addr().to_string().as_str()));
}

#[tokio::test]
async fn a_local_agent_without_a_key_is_sent_none() {
    let server = WireServer::start([Script::new().read_request().send(ok(&result(1)))]).await;
    lazy(local_on(&server, "chat")).run(&[]).await.expect("an answer");
    assert_eq!(server.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn clones_share_their_connections() {
    let script = Script::new().read_request().send(ok(&architecture(&["chat"])));
    let script = (0..3).fold(script, |script, n| script.read_request().send(ok(&result(n))));
    let server = WireServer::start([script]).await;
    let client = RunAgentClient::new(remote_on(&server, "chat")).await.expect("a client");
    for (n, client) in [client.clone(), client.clone(), client].into_iter().enumerate() {
        assert_eq!(client.run(&[]).await.expect("an answer"), n);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_call_owns_what_it_sends() {
    let server = WireServer::start_repeating(Script::new().read_request().send(ok(&result(5)))).await;
    let calls: Vec<_> = {
        let client = lazy(remote_on(&server, "chat"));
        (0..4)
            .map(|n| {
                let name = format!("n{n}");
                tokio::spawn(client.run(&[(name.as_str(), json!(n))]))
            })
            .collect()
    };
    for call in calls {
        assert_eq!(call.await.expect("no panic").expect("an answer"), 5);
    }
    let mut bodies: Vec<String> =
        server.requests().into_iter().map(|request| String::from_utf8(request.body).expect("UTF-8")).collect();
    bodies.sort();
    for (n, body) in bodies.iter().enumerate() {
        assert!(body.contains(&format!("\"input_kwargs\":{{\"n{n}\":{n}}}")), "{body}");
    }
}

#[tokio::test]
async fn an_answer_in_pieces_is_one_answer() {
    let body = ok(&result(9));
    let server = WireServer::start([Script::new().read_request().send_slowly(body, 3)]).await;
    assert_eq!(lazy(remote_on(&server, "chat")).run(&[]).await.expect("an answer"), 9);
}

#[tokio::test]
async fn a_run_that_is_lost_in_flight_is_not_run_again() {
    let half = &answer("200 OK", &result(1))[..60];
    for script in [
        Script::new().read_request().close(),
        Script::new().read_request().reset(),
        Script::new().read_request().send(half).close(),
        Script::new().read_request().send(answer("200 OK", "{\"success\"").replace("length: 10", "length: 99")).reset(),
    ] {
        let server = WireServer::start([script]).await;
        let error = refused(lazy(remote_on(&server, "chat")).run(&[]).await);
        assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR, "{error:?}");
        assert!(!error.is_retryable() && error.attempts() == 1, "{error:?}");
        assert!(error.suggestion().expect("a suggestion").contains("may have run"), "{error:?}");
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(server.connections(), 1, "the request was sent once");
    }
}

#[tokio::test]
async fn what_runs_no_agent_may_be_asked_again() {
    let server = WireServer::start([Script::new().read_request().close()]).await;
    let error = refused(RunAgentClient::new(remote_on(&server, "chat")).await);
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_run_that_was_never_sent_may_be_made_again() {
    let config = RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(options());
    let client = lazy(config.with_address("127.0.0.1", refused_port()));
    let error = refused(client.run(&[]).await);
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(error.is_retryable());
    assert!(error.message().contains(&refused_port().to_string()), "{error}");
    assert!(error.suggestion().expect("a suggestion").contains("runagent serve"));
    assert!(error.report().to_string().contains("caused by: "), "{}", error.report());

    let client = lazy(remote("chat").with_base_url(format!("http://127.0.0.1:{}", refused_port())));
    let error = refused(client.run(&[]).await);
    assert_eq!(error.suggestion(), ErrorCode::CONNECTION_ERROR.default_suggestion());
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_waited_for_as_long_as_was_said() {
    let silent = || options().with_transport(transport_fn(|_| std::future::pending()));
    let since = Instant::now();
    let error = refused(lazy(remote("chat").with_options(silent())).run(&[]).await);
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::TIMEOUT_ERROR, Duration::from_secs(300)));
    assert!(!error.is_retryable() && error.suggestion().expect("a suggestion").contains("may have run"), "{error:?}");

    let since = Instant::now();
    let error = refused(RunAgentClient::new(remote("chat").with_options(silent())).await);
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::TIMEOUT_ERROR, Duration::from_secs(30)));
    assert!(error.is_retryable(), "it ran no agent");

    let limits = silent().with_run_timeout(Duration::from_secs(5)).with_control_timeout(Duration::from_secs(2));
    let client = lazy(remote("chat").with_options(limits));
    let since = Instant::now();
    refused(client.run(&[]).await);
    assert_eq!(since.elapsed(), Duration::from_secs(5));
    refused(client.health().await);
    assert_eq!(since.elapsed(), Duration::from_secs(7));
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_come_about_ran_nothing() {
    let silent = runagent_transport::testing::wire::BlackHole::start().await;
    let client = lazy(remote("chat").with_base_url(silent.url("")));
    let since = Instant::now();
    let error = refused(client.run(&[]).await);
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::CONNECTION_ERROR, Duration::from_secs(10)));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_call_that_is_dropped_closes_its_connection() {
    let gate = Gate::new();
    let server = WireServer::start([Script::new().read_request().wait(&gate).stall()]).await;
    let call = tokio::spawn(lazy(remote_on(&server, "chat")).run(&[]));
    server.wait_for(|events| events.contains(&Event::AtGate { connection: 0 })).await;
    call.abort();
    assert!(call.await.expect_err("cancelled").is_cancelled());
    gate.open();
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[test]
fn outside_a_runtime_a_call_is_an_error() {
    let client = lazy(remote("chat").with_base_url("http://127.0.0.1:1"));
    let error = refused(futures_util::FutureExt::now_or_never(client.run(&[])).expect("it does not wait"));
    assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR);
    assert!(error.message().contains("runtime") && !error.is_retryable(), "{error}");
}
