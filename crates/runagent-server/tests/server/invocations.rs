use std::net::SocketAddr;

use runagent_registry::{InvocationRecord, Registry};
use runagent_server::{Agent, AgentError, Input, RunningServer, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{get, read, run, send, start};

fn agent() -> Agent {
    Agent::new("a")
        .with_name("Ada")
        .entrypoint("greet", async |input: Input| Ok(format!("Hello, {}!", input.kwarg::<String>("name")?)))
        .entrypoint("nan", async |_: Input| Ok(f64::NAN))
        .stream_entrypoint("count_stream", async |_: Input| {
            Ok(futures_util::stream::iter((0..3).map(Ok::<_, AgentError>)))
        })
}

/// A server that has recorded four runs, one of which failed, and one stream, which is the newest.
async fn busy(registry: Option<Registry>) -> RunningServer {
    let builder = Server::builder(agent());
    let builder = if let Some(registry) = registry { builder.registry(registry) } else { builder };
    let server = builder.bind().await.unwrap().spawn();
    let address = server.address();
    for body in [
        r#"{"entrypoint_tag":"greet","input_args":[],"input_kwargs":{"name":"Ada"}}"#,
        r#"{"entrypoint_tag":"greet","input_args":[1],"input_kwargs":{"name":"Bob"}}"#,
        r#"{"entrypoint_tag":"greet"}"#,
        r#"{"entrypoint_tag":"nan"}"#,
    ] {
        assert_eq!(run(address, body).await.status, 200);
    }
    read(&mut start(address, "count_stream").await).await;
    server
}

/// The same for a server that keeps them in memory, and for one that keeps them in the registry.
async fn both() -> [(RunningServer, Option<TempDir>); 2] {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    [(busy(None).await, None), (busy(Some(registry)).await, Some(folder))]
}

async fn page(address: SocketAddr, query: &str) -> Value {
    get(address, &format!("/api/v1/agents/a/invocations{query}")).await.json()
}

#[tokio::test]
async fn a_page_is_what_the_query_asks_for() {
    for (server, _folder) in &both().await {
        for (query, expected) in [
            ("", 5),
            ("?", 5),
            ("?limit=50", 5),
            ("?limit=2", 2),
            ("?limit=0", 0),
            ("?limit=-1", 5),
            ("?limit=-50", 5),
            ("?limit=%2B3", 3),
            ("?limit=+3+", 3),
            ("?limit=3.0", 3),
            ("?limit=0_3", 3),
            ("?limit=9223372036854775807", 5),
            ("?limit=99999999999999999999", 5),
            ("?limit=4&limit=1", 1),
            ("?status=completed", 4),
            ("?status=failed", 1),
            ("?status=pending", 0),
            ("?status=nonsense", 0),
            ("?status=COMPLETED", 0),
            ("?status=", 5),
            ("?status", 5),
            ("?status=failed&status=completed", 4),
            ("?status=%66ailed", 1),
            ("?status=completed&limit=2", 2),
            ("?limit=1&status=failed", 1),
            ("?status=failed%27%20OR%201=1--", 0),
            ("?other=1&token=x", 5),
        ] {
            let page = page(server.address(), query).await;
            assert_eq!(page["total_count"], expected, "{query}");
            assert_eq!(page["invocations"].as_array().unwrap().len(), expected, "{query}");
            assert_eq!(page["agent_id"], "a");
        }
    }
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused_as_by_fastapi() {
    for (server, _folder) in &both().await {
        for limit in ["abc", "", "1.5", "1e3", "0x1", "--1", "1_", "NaN", "null", "%20"] {
            let answer = get(server.address(), &format!("/api/v1/agents/a/invocations?limit={limit}")).await;
            let input = if limit == "%20" { " " } else { limit };
            let detail = json!([{
                "type": "int_parsing",
                "loc": ["query", "limit"],
                "msg": "Input should be a valid integer, unable to parse string as an integer",
                "input": input,
            }]);
            assert_eq!((answer.status, answer.json()), (422, json!({"detail": detail})), "{limit}");
        }
    }
}

#[tokio::test]
async fn an_invocation_has_the_members_of_the_python_server_in_their_order() {
    for (server, _folder) in &both().await {
        let address = server.address();
        let answer = get(address, "/api/v1/agents/a/invocations?limit=-1").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        assert!(answer.body.starts_with(r#"{"agent_id":"a","invocations":[{"invocation_id":""#), "{}", answer.body);
        let page = answer.json();
        let invocations = page["invocations"].as_array().unwrap();

        let stream = &invocations[0];
        assert_eq!(
            (&stream["entrypoint_tag"], &stream["sdk_type"]),
            (&json!("count_stream"), &json!("websocket_stream"))
        );
        assert_eq!(stream["client_info"], json!({"connection_type": "websocket", "stream_mode": true}));
        assert_eq!(
            (&stream["output_data"]["total_chunks"], &stream["output_data"]["sample_chunks"]),
            (&json!(3), &json!([0, 1, 2]))
        );

        assert_eq!((&invocations[1]["status"], &invocations[1]["output_data"]), (&json!("completed"), &Value::Null));

        let failed = &invocations[2];
        let detail = "Server error running agent a: missing keyword argument `name`";
        assert_eq!((&failed["status"], &failed["error_detail"]), (&json!("failed"), &json!(detail)));
        assert_eq!(failed["output_data"], Value::Null);

        let first =
            get(address, &format!("/api/v1/invocations/{}", invocations[4]["invocation_id"].as_str().unwrap())).await;
        assert_eq!((first.status, &first.json()), (200, &invocations[4]));
        let members = [
            "invocation_id",
            "agent_id",
            "input_data",
            "output_data",
            "error_detail",
            "request_timestamp",
            "response_timestamp",
            "execution_time_ms",
            "status",
            "entrypoint_tag",
            "sdk_type",
            "client_info",
        ];
        let places: Vec<_> = members.iter().map(|member| first.body.find(&format!("\"{member}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "{}", first.body);
        let first = first.json();
        assert_eq!(first.as_object().unwrap().len(), members.len());
        assert_eq!(first["input_data"], json!({"input_args": [], "input_kwargs": {"name": "Ada"}}));
        assert_eq!((&first["output_data"], &first["error_detail"]), (&json!("Hello, Ada!"), &Value::Null));
        let client = json!({
            "server_host": "127.0.0.1", "server_port": address.port(), "agent_name": "Ada", "agent_framework": "rust",
        });
        assert_eq!((&first["client_info"], &first["sdk_type"]), (&client, &json!("local_server")));
        for time in ["request_timestamp", "response_timestamp"] {
            let shape: String =
                first[time].as_str().unwrap().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            assert_eq!(shape, "0000-00-00T00:00:00");
        }
        assert!(first["execution_time_ms"].as_f64().is_some_and(|ms| ms > 0.0 && ms < 20_000.0));
    }
}

#[tokio::test]
async fn the_numbers_are_those_of_the_page() {
    for (server, _folder) in &both().await {
        let answer = get(server.address(), "/api/v1/agents/a/invocations/stats").await;
        let start = r#"{"agent_id":"a","stats":{"total_invocations":5,"completed_invocations":4,"failed_invocations":1,"pending_invocations":0,"success_rate":80.0,"avg_execution_time_ms":"#;
        assert!(answer.body.starts_with(start) && answer.body.ends_with(r#","agent_id":"a"}}"#), "{}", answer.body);
    }
    let idle = Server::bind(agent()).await.unwrap().spawn();
    let stats = get(idle.address(), "/api/v1/agents/a/invocations/stats").await.json();
    assert_eq!(
        (&stats["stats"]["success_rate"], &stats["stats"]["avg_execution_time_ms"]),
        (&json!(0.0), &Value::Null)
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    for (server, folder) in &both().await {
        let address = server.address();
        if let Some(folder) = folder {
            // The registry has those of other agents too.
            let other = InvocationRecord::run("other", "secret", "e").completed("1", std::time::Duration::ZERO);
            Registry::in_folder(folder.path()).record(&[other]).await.unwrap();
        }
        for id in ["nope", "secret", "%20", "a'%20OR%20'1'='1", "..%2f..", "%E2%82%AC"] {
            let answer = get(address, &format!("/api/v1/invocations/{id}")).await;
            assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!("NOT_FOUND")), "{id}");
        }
        let answer = get(address, "/api/v1/invocations/nope").await;
        let start = r#"{"success":false,"data":null,"message":null,"error":{"code":"NOT_FOUND","message":"Invocation nope not found","details":null,"field":null},"timestamp":""#;
        assert!(answer.body.starts_with(start), "{}", answer.body);
        for path in [
            "/api/v1/invocations",
            "/api/v1/invocations/",
            "/api/v1/invocations/%ff",
            "/api/v1/agents/b/invocations",
            "/api/v1/agents/b/invocations/stats",
        ] {
            let answer = get(address, path).await;
            assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"detail":"Not Found"}"#), "{path}");
        }
        let answer = send(address, &format!("POST /api/v1/agents/a/invocations HTTP/1.1\r\nhost: {address}"), "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")));
    }
}

#[tokio::test]
async fn what_python_could_not_answer_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let server = busy(Some(registry.clone())).await;
    assert_eq!(page(server.address(), "").await["total_count"], 5);
    // As the Python server writes it.
    let nan = InvocationRecord::run("a", "nan", "e").completed("NaN", std::time::Duration::ZERO);
    registry.record(&[nan]).await.unwrap();
    let page = page(server.address(), "?limit=-1").await;
    assert_eq!((&page["total_count"], &page["invocations"][0]["output_data"]), (&json!(6), &json!("NaN")));
}

#[tokio::test]
async fn a_registry_that_is_gone_is_an_error_without_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let server = busy(Some(registry.clone())).await;
    assert_eq!(page(server.address(), "").await["total_count"], 5);
    std::fs::remove_file(registry.path()).unwrap();
    for path in ["agents/a/invocations", "agents/a/invocations/stats", "invocations/i"] {
        let answer = get(server.address(), &format!("/api/v1/{path}")).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (500, &json!("INTERNAL_ERROR")), "{path}");
        assert!(!answer.body.contains(folder.path().to_str().unwrap()));
    }
    assert_eq!(run(server.address(), r#"{"entrypoint_tag":"nan"}"#).await.status, 200);
}

#[tokio::test]
async fn the_last_200_stay_in_memory() {
    let server = Server::bind(agent()).await.unwrap().spawn();
    for n in 0..210 {
        run(
            server.address(),
            &format!(r#"{{"entrypoint_tag":"greet","input_args":[{n}],"input_kwargs":{{"name":"x"}}}}"#),
        )
        .await;
    }
    let page = page(server.address(), "?limit=-1").await;
    assert_eq!(page["total_count"], 200);
    assert_eq!(page["invocations"][0]["input_data"]["input_args"], json!([209]));
    assert_eq!(page["invocations"][199]["input_data"]["input_args"], json!([10]));
}
