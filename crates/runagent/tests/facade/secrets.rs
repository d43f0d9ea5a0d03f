//! The key, the URL it may be in, and what is sent: never in an error, in `Debug` or in a log.

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig, RunAgentError};
use runagent_transport::testing::wire::{Script, WireServer, refused_port};
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    agent::{AGENT, COMPLETED, answer, architecture, chunk, drain, lazy, ok, opened, options, result},
    log::Log,
    shown::everything,
};

const SECRET_KEY: &str = "rau_CANARY+k/e=y&x";
/// What is sent to the agent.
const SECRET_INPUT: &str = "INPUT-CANARY";

fn assert_clean(text: &str) {
    assert!(!text.contains("CANARY"), "{text}");
}

fn config(url: &str, tag: &str) -> RunAgentClientConfig {
    RunAgentClientConfig::new(AGENT, tag).with_api_key(SECRET_KEY).with_base_url(url).with_options(options())
}

/// Makes a client by `new`, runs, streams and asks for the health on a server whose every connection plays the script.
async fn provoke(script: Script) -> Vec<RunAgentError> {
    let server = WireServer::start_repeating(script).await;
    provoke_at(&server.url("")).await
}

async fn provoke_at(url: &str) -> Vec<RunAgentError> {
    let kwargs = [("query", json!(SECRET_INPUT))];
    let mut errors = Vec::new();
    errors.extend(RunAgentClient::new(config(url, "chat")).await.err());
    errors.extend(lazy(config(url, "chat")).run(&kwargs).await.err());
    errors.extend(lazy(config(url, "chat")).health().await.err());
    match lazy(config(url, "chat_stream")).run_stream_with_args(&[json!(SECRET_INPUT)], &kwargs).await {
        Ok(mut stream) => errors.extend(drain(&mut stream).await.1),
        Err(error) => errors.push(error),
    }
    errors
}

/// The local server's refusal of a field, with what was in it.
fn refused_input() -> String {
    let fault = json!({"type": "dict_type", "loc": ["body", "input_kwargs"], "msg": "not a dictionary",
        "input": SECRET_INPUT, "ctx": {"is": SECRET_INPUT}});
    json!({ "detail": [fault] }).to_string()
}

/// The local server's failure to write down a run, with what it would have written.
fn failed_query() -> Value {
    let query = format!("[SQL: INSERT INTO agent_runs VALUES (?)]\n[parameters: ('{SECRET_INPUT}')]");
    json!({"code": "INTERNAL_ERROR", "message": format!("database is locked\n{query}")})
}

#[tokio::test]
async fn no_failure_and_no_log_tells_a_secret() {
    let log = Log::start(Level::TRACE);
    let request = || Script::new().read_request();
    let envelope = json!({"success": false, "error": failed_query()}).to_string();
    let mut errors = Vec::new();
    for (script, at_least) in [
        (request().send(answer("401 Unauthorized", r#"{"detail":"no"}"#)), 4),
        (request().send(answer("403 Forbidden", "")), 4),
        (request().send(answer("404 Not Found", r#"{"detail":"Not Found"}"#)), 4),
        (request().send(answer("422 Unprocessable Entity", r#"{"detail":[]}"#)), 4),
        (request().send(answer("429 Too Many Requests", "")), 4),
        (request().send(answer("500 Internal Server Error", "<html>")), 4),
        (request().send("HTTP/1.1 302 Found\r\nlocation: /x?token=CANARY\r\ncontent-length: 0\r\n\r\n"), 4),
        (request().send(ok("not json")), 4),
        (request().send(ok(r#"{"success":false,"error":"boom"}"#)), 3),
        // Somebody on the way, or the server itself, repeats what it was sent.
        (request().send(answer("401 Unauthorized", &format!(r#"{{"detail":"bad key {SECRET_KEY}"}}"#))), 4),
        (request().send(answer("502 Bad Gateway", &format!("<title>Authorization: Bearer {SECRET_KEY}</title>"))), 4),
        (request().send(answer("403 Forbidden", "GET /run-stream?token=rau_CANARY%2Bk%2Fe%3Dy%26x")), 4),
        (request().send(ok(&format!("<title>{SECRET_KEY}</title>"))), 4),
        (request().send(answer("422 Unprocessable Entity", &refused_input())), 4),
        (request().send(answer("500 Internal Server Error", &envelope)), 4),
        (request().send(ok(&envelope)), 3),
        (request().send("not http\r\n\r\n"), 4),
        (request().send("HTTP/1.1 101 Switching Protocols\r\n\r\n"), 4),
        (request().close(), 4),
        (request().reset(), 4),
        (request().send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").close(), 4),
    ] {
        let provoked = provoke(script).await;
        assert!(provoked.len() >= at_least, "{provoked:?}");
        errors.extend(provoked);
    }
    errors.extend(provoke_at(&format!("http://127.0.0.1:{}", refused_port())).await);
    let upgrades: [fn(Script) -> Script; 7] = [
        |script| script.ws_close(1008, ""),
        |script| script.ws_close(1012, ""),
        |script| script.ws_text("not json"),
        |script| script.ws_text(r#"{"type":"error","error":"boom"}"#),
        |script| script.ws_text(json!({"type": "error", "error": failed_query()}).to_string()),
        |script| script.send([0xFF; 8]),
        Script::reset,
    ];
    for end in upgrades {
        for script in [Script::new().upgrade().expect_ws_text(), opened()] {
            let server = WireServer::start_repeating(end(script)).await;
            let client = lazy(config(&server.url(""), "chat_stream"));
            match client.run_stream(&[("query", json!(SECRET_INPUT))]).await {
                Ok(mut stream) => errors.push(drain(&mut stream).await.1.expect("an error")),
                Err(error) => errors.push(error),
            }
        }
    }
    for error in &errors {
        assert_clean(&everything(error));
    }
    assert_clean(&log.text());
}

#[tokio::test]
async fn a_stream_with_the_key_in_its_url_does_not_log_it() {
    let log = Log::start(Level::TRACE);
    let refusal = Script::new().read_request().send(answer("401 Unauthorized", ""));
    let stream = opened().ws_text(r#"{"type":"news"}"#).ws_text(chunk(1)).ws_text(COMPLETED);
    let server = WireServer::start([refusal, stream]).await;
    let client = lazy(config(&server.url(""), "chat_stream"));
    let mut stream = client.run_stream(&[("query", json!(SECRET_INPUT))]).await.expect("a stream");
    assert_clean(&format!("{stream:?} {stream:#?} {client:?}"));
    assert_eq!(drain(&mut stream).await.0, [1]);
    assert!(server.requests()[1].target.contains("token=rau_CANARY%2Bk%2Fe%3Dy%26x"), "the query was used");
    // The log is not empty: a frame was skipped.
    assert!(log.text().contains("news"), "{}", log.text());
    assert_clean(&log.text());
}

#[tokio::test]
async fn nothing_that_prints_itself_prints_a_secret() {
    let literal = RunAgentClientConfig {
        agent_id: AGENT.to_owned(),
        entrypoint_tag: "chat".to_owned(),
        api_key: Some(SECRET_KEY.to_owned()),
        base_url: Some("https://user:CANARY@agents.example.com/?token=CANARY".to_owned()),
        host: Some("user:CANARY@localhost".to_owned()),
        extra_params: Some([("password".to_owned(), json!("CANARY"))].into()),
        ..Default::default()
    };
    let environment = ClientOptions::new().with_environment(|_| Some(SECRET_KEY.into()));
    assert_clean(&format!("{literal:?} {literal:#?} {environment:?} {environment:#?}"));
    assert!(format!("{literal:?}").contains("[redacted]"));

    let script = Script::new().read_request().send(ok(&architecture(&["chat"]))).read_request().send(ok(&result(1)));
    let server = WireServer::start([script]).await;
    let config = config(&server.url(""), "chat").with_extra_params([("password".to_owned(), json!("CANARY"))].into());
    let client = RunAgentClient::new(config).await.expect("a client");
    client.run(&[("query", json!(SECRET_INPUT))]).await.expect("a result");
    assert_clean(&format!("{client:?} {client:#?}"));
    assert!(server.requests().iter().all(|request| !request.target.contains("CANARY")));

    #[cfg(feature = "blocking")]
    {
        let config = self::config("https://agents.example.com", "chat");
        let client = runagent::blocking::RunAgentClient::connect_lazy(config).expect("a client");
        assert_clean(&format!("{client:?} {client:#?}"));
    }
}

#[tokio::test]
async fn a_configuration_that_is_refused_is_refused_without_an_echo() {
    let base = || RunAgentClientConfig::new(AGENT, "chat").with_options(options()).with_api_key(SECRET_KEY);
    for config in [
        base().with_api_key(format!("{SECRET_KEY}\n\n")),
        base().with_api_key(format!("{SECRET_KEY} ")),
        base().with_base_url("https://user:CANARY@agents.example.com"),
        base().with_base_url("https://agents.example.com?token=CANARY"),
        base().with_base_url("https://CANARY@"),
        base().with_base_url("ftp://user:CANARY@agents.example.com"),
        base().with_base_url("http://agents.example.com"),
        RunAgentClientConfig { agent_id: "..".to_owned(), ..base() },
    ] {
        let error = RunAgentClient::connect_lazy(config).expect_err("it can't be used");
        assert_clean(&everything(&error));
    }
}
