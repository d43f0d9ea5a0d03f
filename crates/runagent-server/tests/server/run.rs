use runagent_server::{Agent, AgentError, Input, RunningServer};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{PATIENCE, get, post_head, run, send, serve};

async fn echo(input: Input) -> Result<Value, AgentError> {
    Ok(
        json!({"args": input.args(), "kwargs": input.kwargs(), "user": input.user_id(), "memory": input.persistent_memory()}),
    )
}

async fn fail(input: Input) -> Result<(), AgentError> {
    match input.kwarg_or("how", String::new())?.as_str() {
        "code" => Err(AgentError::new("no more").with_code("QUOTA").with_suggestion("Pay.").with_details(json!([1]))),
        "panic" => panic!("kaboom"),
        "json" => Ok("x".parse::<u8>().map(drop)?),
        _ => Err(AgentError::new("boom")),
    }
}

async fn echo_server() -> RunningServer {
    let agent = Agent::new("a")
        .entrypoint("echo", echo)
        .entrypoint("fail", fail)
        .entrypoint("id", async |input: Input| Ok(input.invocation_id().to_owned()))
        .entrypoint("early", |_: Input| -> std::future::Ready<Result<(), AgentError>> { panic!("before the future") })
        .entrypoint("map", async |_: Input| Ok(std::collections::BTreeMap::from([(vec![1], 1)])))
        .stream_entrypoint("echo_stream", async |_: Input| Ok(futures_util::stream::empty::<Result<(), AgentError>>()));
    serve(agent).await
}

#[tokio::test]
async fn a_result_is_what_the_python_server_writes() {
    let server = echo_server().await;
    let answer = run(server.address(), r#"{"entrypoint_tag":"echo","input_args":[1],"input_kwargs":{"a":2},"user_id":"u1","persistent_memory":true,"other":0}"#).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let start = r#"{"success":true,"data":"{\"type\": \"object\", \"payload\": \"{\\\"args\\\":[1],\\\"kwargs\\\":{\\\"a\\\":2},\\\"memory\\\":true,\\\"user\\\":\\\"u1\\\"}\"}","message":"Agent execution completed successfully","error":null,"timestamp":""#;
    assert!(answer.body.starts_with(start), "{}", answer.body);

    let answer = run(server.address(), r#"{"entrypoint_tag":"id"}"#).await.json();
    let data: Value = serde_json::from_str(answer["data"].as_str().unwrap()).unwrap();
    assert_eq!(data["payload"], answer["request_id"].to_string());
}

#[tokio::test]
async fn a_failure_of_the_agent_has_status_200() {
    let server = echo_server().await;
    let prefix = "Agent execution failed: Server error running agent a: ";
    for (how, error) in [
        ("", json!({"code": "INTERNAL_ERROR", "message": format!("{prefix}boom"), "details": null, "field": null})),
        (
            "panic",
            json!({"code": "INTERNAL_ERROR", "message": format!("{prefix}the entrypoint panicked: kaboom"), "details": null, "field": null}),
        ),
        (
            "json",
            json!({"code": "INTERNAL_ERROR", "message": format!("{prefix}invalid digit found in string"), "details": null, "field": null}),
        ),
        ("code", json!({"code": "QUOTA", "message": "no more", "details": [1], "field": null, "suggestion": "Pay."})),
    ] {
        let body = json!({"entrypoint_tag": "fail", "input_kwargs": {"how": how}}).to_string();
        let answer = run(server.address(), &body).await;
        assert_eq!(answer.status, 200);
        let answer = answer.json();
        assert_eq!((&answer["success"], &answer["data"]), (&json!(false), &Value::Null));
        assert_eq!(answer["error"], error);
        assert!(answer["request_id"].is_string() && answer["timestamp"].is_string());
    }
    let answer = run(server.address(), r#"{"entrypoint_tag":"fail","input_kwargs":{"how":5}}"#).await.json();
    assert_eq!(answer["error"]["code"], "VALIDATION_ERROR");
    for (tag, message) in [("early", "before the future"), ("map", "no JSON form")] {
        let answer = run(server.address(), &json!({ "entrypoint_tag": tag }).to_string()).await.json();
        assert!(answer["error"]["message"].as_str().unwrap().contains(message), "{answer}");
    }
    assert_eq!(get(server.address(), "/api/v1/health").await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_as_by_the_python_server() {
    let server = echo_server().await;
    for (body, status, code, message) in [
        (r#"{"entrypoint_tag":"zzz"}"#, 404, "NOT_FOUND", "Entrypoint zzz not found"),
        (r#"{"entrypoint_tag":"zzz_stream"}"#, 404, "NOT_FOUND", "Entrypoint zzz_stream not found"),
        (
            r#"{"entrypoint_tag":"echo_stream"}"#,
            400,
            "VALIDATION_ERROR",
            "Can't use Streaming Entrypoint `echo_stream` through non-streaming endpoint.",
        ),
    ] {
        let answer = run(server.address(), body).await;
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(answer.json()["error"], json!({"code": code, "message": message, "details": null, "field": null}));
    }
    let address = server.address();
    let unknown = send(address, &post_head(address, "/api/v1/agents/nope/run", 2), "{}").await;
    assert_eq!((unknown.status, unknown.body.as_str()), (404, r#"{"detail":"Not Found"}"#));
}

#[tokio::test]
async fn a_body_that_is_no_request_is_a_422() {
    let server = echo_server().await;
    let address = server.address();
    for (body, kind) in [
        ("", "missing"),
        ("{}", "missing"),
        ("[]", "model_attributes_type"),
        (r#"{"entrypoint_tag":"#, "json_invalid"),
        (r#"{"entrypoint_tag":5}"#, "string_type"),
        (r#"{"entrypoint_tag":"echo","input_args":null}"#, "list_type"),
        (r#"{"entrypoint_tag":"echo","input_kwargs":[]}"#, "dict_type"),
    ] {
        let answer = run(address, body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.json()["detail"][0]["type"], kind, "{body}");
    }
    let deep = format!(r#"{{"entrypoint_tag":"echo","input_args":[{}]}}"#, "[".repeat(100_000));
    assert_eq!(run(address, &deep).await.status, 422);

    let body = r#"{"entrypoint_tag":"echo"}"#;
    for (content_type, status) in [
        ("content-type: application/json", 200),
        ("content-type: Application/JSON ; charset=utf-8", 200),
        ("content-type: text/plain", 422),
        ("content-type: text/plain; application/json", 422),
        ("content-type: application/x-www-form-urlencoded", 422),
        ("content-type: application/jsonp", 422),
        ("content-type: application/json;", 200),
        ("content-type: application/json;boundary=x", 200),
        ("content-type: multipart/form-data; boundary=x", 422),
        ("content-type: application/json-patch+json", 422),
        ("content-type: text/json", 422),
        ("content-type: application/*", 422),
        ("content-type: */*", 422),
        ("content-type: json", 422),
        ("content-type: application/ json", 422),
        ("content-type:", 422),
        ("x-nothing: 1", 422),
    ] {
        let head = format!(
            "POST /api/v1/agents/a/run HTTP/1.1\r\nhost: {address}\r\n{content_type}\r\ncontent-length: {}",
            body.len()
        );
        let answer = send(address, &head, body).await;
        assert_eq!(answer.status, status, "{content_type}");
        if status == 422 {
            assert_eq!(answer.json()["detail"][0]["input"], body);
        }
    }
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let server = echo_server().await;
    let address = server.address();
    let head = format!(
        "POST /api/v1/agents/a/run HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked"
    );
    let answer = send(address, &head, "5\r\n{\"ent\r\n14\r\nrypoint_tag\":\"echo\"}\r\n0\r\n\r\n").await;
    assert_eq!(answer.json()["success"], true);
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_run_along() {
    struct Dropped(mpsc::UnboundedSender<&'static str>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.send("dropped").unwrap();
        }
    }
    let (events, mut seen) = mpsc::unbounded_channel();
    let server = serve(Agent::new("a").entrypoint("wait", move |_: Input| {
        let events = events.clone();
        async move {
            events.send("started")?;
            let _guard = Dropped(events);
            std::future::pending::<Result<(), AgentError>>().await
        }
    }))
    .await;
    let address = server.address();
    let body = r#"{"entrypoint_tag":"wait"}"#;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{}\r\n\r\n{body}", post_head(address, "/api/v1/agents/a/run", body.len()));
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(timeout(PATIENCE, seen.recv()).await.unwrap(), Some("started"));
    drop(stream);
    assert_eq!(timeout(PATIENCE, seen.recv()).await.unwrap(), Some("dropped"));
}
