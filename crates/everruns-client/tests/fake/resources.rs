//! What the platform keeps: one test for each kind.

use everruns_sdk::testing::{FakeEverruns, Gate, Turn};
use runagent_testkit::HttpServer;
use runagent_transport::{HttpTransport, Transport};
use serde_json::{Value, json};

use crate::caller::{Stream, ask, event, get, kind, read, say, send, session};

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test(start_paused = true)]
async fn agents_have_versions_checks_and_documents() {
    let fake = FakeEverruns::new();
    let document = "---\nname: poet\ndescription: It rhymes.\n---\n\nRhyme.\n";
    let text = [("content-type", "text/plain")];
    let imported = read(send(&fake, "POST", "/agents/import", &text, document).await).await;
    assert_eq!(imported.status, 201);
    assert_eq!(read(send(&fake, "POST", "/agents/import", &text, document).await).await.status, 200);
    let agent = imported.json();
    let path = format!("/agents/{}", id(&agent));
    let exported = get(&fake, &format!("{path}/export")).await;
    assert_eq!(
        (&*exported.body, exported.header("content-type")),
        (document.as_bytes(), Some("text/markdown; charset=utf-8"))
    );
    assert_eq!(ask(&fake, "POST", &format!("{path}/copy"), None).await.json()["name"], "poet-copy");

    let versions = format!("{path}/versions");
    let one = ask(&fake, "POST", &versions, json!({"summary": "first"})).await.json();
    ask(&fake, "PATCH", &path, json!({"system_prompt": "Do not rhyme."})).await;
    let two = ask(&fake, "POST", &versions, json!({})).await.json();
    assert_eq!(get(&fake, &versions).await.json().as_array().map(Vec::len), Some(2));
    let diff = get(&fake, &format!("{versions}/{}/diff/{}", id(&one), id(&two))).await.json();
    assert_eq!(diff["authored_diff"]["system_prompt"]["to"], "Do not rhyme.");
    let rolled = ask(&fake, "POST", &format!("{versions}/{}/rollback", id(&one)), json!({})).await.json();
    assert_eq!(rolled["system_prompt"], "Rhyme.");
    let default = ask(&fake, "POST", &format!("{versions}/default"), json!({"version_id": id(&two)})).await.json();
    assert_eq!(default["default_version_id"], two["id"]);
    let fork = ask(&fake, "POST", &format!("{versions}/{}/fork", id(&two)), json!({"name": "prosaist"})).await.json();
    assert_eq!((&fork["name"], &fork["forked_from_version_id"]), (&json!("prosaist"), &two["id"]));

    let checks = format!("{path}/health-checks");
    let run = ask(&fake, "POST", &checks, None).await.json();
    assert_eq!(get(&fake, &format!("{checks}/latest")).await.json()["run"]["id"], run["id"]);
    assert_eq!(get(&fake, &format!("{checks}/{}", id(&run))).await.json()["status"], "completed");
    assert_eq!(
        ask(&fake, "POST", "/agents/analyze", json!({})).await.json()["findings"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(get(&fake, &format!("{path}/stats")).await.json()["session_count"], 0);
}

#[tokio::test(start_paused = true)]
async fn errors_have_codes() {
    let fake = FakeEverruns::new();
    let unknown = get(&fake, "/agents/agent_00000000000000000000000000000000").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["code"]), (404, &json!("agent_not_found")));
    assert_eq!(get(&fake, "/agents/nope").await.status, 400);
    assert_eq!(get(&fake, "/sessions/nope/sse").await.status, 400);
    let unfiltered = get(&fake, "/sessions/nope/events?types=moon").await;
    assert_eq!(unfiltered.status, 400);
    let no_route = get(&fake, "/moon").await;
    assert_eq!((no_route.status.as_u16(), no_route.body.len()), (404, 0));
    let incomplete = ask(&fake, "POST", "/agents", json!({"name": "x"})).await;
    assert_eq!(
        (incomplete.status.as_u16(), incomplete.header("content-type")),
        (422, Some("text/plain; charset=utf-8"))
    );
    let invalid = ask(&fake, "POST", "/agents", json!({"name": "No Slug", "system_prompt": ""})).await;
    assert_eq!(invalid.status, 400);
}

#[tokio::test(start_paused = true)]
async fn sessions_are_changed_forked_archived_pinned_and_exported() {
    let gate = Gate::new();
    let fake = FakeEverruns::new().with_agent("agent", {
        let gate = gate.clone();
        move |turn| if turn.text == "wait" { Turn::new().wait_for(&gate) } else { Turn::from("Hello") }
    });
    let session_id = session(&fake, "agent").await;
    let path = format!("/sessions/{session_id}");
    let patched = ask(&fake, "PATCH", &path, json!({"title": "Talk"})).await.json();
    assert_eq!((&patched["title"], &patched["status"]), (&json!("Talk"), &json!("started")));
    say(&fake, &session_id, "go").await;

    let fork = ask(&fake, "POST", &format!("{path}/fork"), json!({"title": "Other"})).await;
    assert_eq!((fork.status.as_u16(), &fork.json()["forked_from_session_id"]), (201, &json!(session_id)));
    let fork = fork.json();
    let messages = get(&fake, &format!("/sessions/{}/messages", id(&fork))).await.json();
    assert_eq!(messages["data"].as_array().map(Vec::len), Some(2));
    say(&fake, &session_id, "wait").await;
    assert_eq!(ask(&fake, "POST", &format!("{path}/fork"), None).await.status, 409);
    gate.open();

    assert_eq!(get(&fake, "/sessions?search=talk").await.json()["total"], 1);
    assert_eq!(ask(&fake, "PUT", &format!("{path}/archive"), None).await.status, 204);
    assert_eq!(get(&fake, "/sessions").await.json()["total"], 1);
    assert_eq!(get(&fake, "/sessions?include_archived=true").await.json()["total"], 2);
    assert_eq!(ask(&fake, "DELETE", &format!("{path}/archive"), None).await.status, 204);
    assert_eq!(ask(&fake, "PUT", &format!("{path}/pin"), None).await.status, 204);
    assert_eq!(get(&fake, &path).await.json()["is_pinned"], true);
    let exported = get(&fake, &format!("{path}/export")).await;
    assert_eq!(exported.header("content-type"), Some("application/x-ndjson"));
    assert!(exported.body.ends_with(b"\n"));
    let secrets = ask(&fake, "PUT", &format!("{path}/storage/secrets"), json!({"secrets": {"A": "1"}})).await;
    assert_eq!(secrets.json()["count"], 1);
    let summary = get(&fake, &format!("{path}/events/summary")).await.json();
    assert_eq!(summary["turn_count"], 2);
}

#[tokio::test(start_paused = true)]
async fn files_are_those_of_the_workspace() {
    let fake = FakeEverruns::new().with_agent("agent", |_| "");
    let created = ask(
        &fake,
        "POST",
        "/sessions",
        json!({"agent_name": "agent", "initial_files": [{"path": "/a.txt", "content": "one\ntwo"}]}),
    )
    .await
    .json();
    let workspace = format!("/workspaces/{}/fs", created["workspace_id"].as_str().expect("a workspace"));
    let root = format!("/sessions/{}/fs", id(&created));

    let file =
        ask(&fake, "POST", &format!("{root}/dir/b%20%23.bin"), json!({"content": "AQID", "encoding": "base64"})).await;
    assert_eq!(
        (file.status.as_u16(), &file.json()["path"], &file.json()["size_bytes"]),
        (201, &json!("/dir/b #.bin"), &json!(3))
    );
    assert_eq!(ask(&fake, "POST", &format!("{root}/a.txt"), json!({})).await.status, 409);
    assert_eq!(get(&fake, &format!("{workspace}/_/download/dir/b%20%23.bin")).await.body, &[1, 2, 3][..]);
    assert_eq!(get(&fake, &workspace).await.json()["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        get(&fake, &format!("{workspace}?recursive=true")).await.json()["data"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(get(&fake, &format!("{root}/a.txt")).await.json()["content"], "one\ntwo");

    let changed = json!({"content": "three", "expected_content": "zero"});
    assert_eq!(ask(&fake, "PUT", &format!("{root}/a.txt"), changed).await.status, 409);
    let changed = json!({"content": "three", "expected_content": "one\ntwo"});
    assert_eq!(ask(&fake, "PUT", &format!("{root}/a.txt"), changed).await.json()["content"], "three");
    let moved = json!({"src_path": "/dir", "dst_path": "/other"});
    assert_eq!(ask(&fake, "POST", &format!("{root}/_/move"), moved).await.json()["path"], "/other");
    let found = ask(&fake, "POST", &format!("{root}/_/grep"), json!({"pattern": "hre"})).await.json();
    assert_eq!(found["data"][0]["matches"][0]["line_number"], 1);
    let stat = ask(&fake, "POST", &format!("{root}/_/stat"), json!({"path": "/other/b #.bin"})).await.json();
    assert_eq!(stat["size_bytes"], 3);
    assert_eq!(ask(&fake, "DELETE", &format!("{root}/other"), None).await.status, 400);
    assert_eq!(
        ask(&fake, "DELETE", &format!("{root}/other?recursive=true"), None).await.json(),
        json!({"deleted": true})
    );
    assert_eq!(get(&fake, &format!("{root}/other")).await.status, 404);

    let fake = fake.without_session_files();
    let absent = get(&fake, &format!("{root}/a.txt")).await;
    assert_eq!((absent.status.as_u16(), absent.body.len()), (404, 0));
    assert_eq!(get(&fake, &format!("{workspace}/a.txt")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn images_come_as_forms_and_go_as_bytes() {
    let fake = FakeEverruns::new();
    let form = |name: &str, kind: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\nContent-Type: {kind}\r\n\r\n1\r\n2\r\n--x--\r\n"
        )
    };
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    let upload = async |body: String| read(send(&fake, "POST", "/images", &headers, body).await).await;
    let uploaded = upload(form("file", "image/png")).await;
    assert_eq!(uploaded.status, 201);
    let image = uploaded.json();
    assert_eq!(
        (&image["filename"], &image["size_bytes"], image.as_object().map(serde_json::Map::len)),
        (&json!("a.png"), &json!(4), Some(5))
    );
    assert_eq!(upload(form("image", "image/png")).await.status, 400);
    assert_eq!(upload(form("file", "text/plain")).await.status, 400);

    let bytes = get(&fake, &format!("/images/{}", id(&image))).await;
    assert_eq!((&*bytes.body, bytes.header("content-type")), (&b"1\r\n2"[..], Some("image/png")));
    let thumbnail = get(&fake, &format!("/images/{}/thumbnail", id(&image))).await;
    assert_eq!(thumbnail.header("content-type"), Some("image/jpeg"));
    assert_eq!(get(&fake, "/images").await.json()[0]["id"], image["id"]);
    assert_eq!(ask(&fake, "DELETE", &format!("/images/{}", id(&image)), None).await.status, 204);
    assert_eq!(get(&fake, &format!("/images/{}", id(&image))).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn the_rest_is_kept_as_well() {
    let fake = FakeEverruns::new();
    assert_eq!(get(&fake, "/capabilities?search=ask").await.json()["data"][0]["id"], "ask_user");
    assert_eq!(get(&fake, "/capabilities/ask_user").await.json()["name"], "Ask User");
    assert_eq!(get(&fake, "/models").await.json()["data"][0]["model_id"], "fake-model");
    let harness = get(&fake, "/harnesses").await.json()["data"][0].clone();
    assert_eq!(ask(&fake, "DELETE", &format!("/harnesses/{}", id(&harness)), None).await.status, 400);
    for kind in ["harnesses", "workspaces", "memories"] {
        let created = ask(&fake, "POST", &format!("/{kind}"), json!({"name": "mine"})).await;
        assert_eq!(created.status, 201, "{kind}");
        let path = format!("/{kind}/{}", id(&created.json()));
        assert!(created.header("location").expect("a location").ends_with(&path));
        assert_eq!(ask(&fake, "PATCH", &path, json!({"name": "yours"})).await.json()["name"], "yours");
        assert_eq!(ask(&fake, "DELETE", &path, None).await.status, 204);
        assert_eq!(get(&fake, &path).await.json()["status"], "archived");
    }
    let memory = ask(&fake, "POST", "/memories", json!({"name": "facts"})).await.json();
    let root = format!("/memories/{}", id(&memory));
    let fact = ask(&fake, "POST", &format!("{root}/fs/a.md"), json!({"content": "x"})).await.json();
    assert_eq!((&fact["path"], &fact["id"]), (&json!("/a.md"), &Value::Null));
    assert_eq!(ask(&fake, "DELETE", &format!("{root}/fs/a.md"), None).await.status, 204);
    assert_eq!(ask(&fake, "POST", &format!("{root}/sync"), None).await.json()["sync_status"], "synced");

    assert_eq!(
        ask(&fake, "POST", "/user/connections/brave", json!({"api_key": "k"})).await.json()["provider"],
        "brave"
    );
    assert_eq!(get(&fake, "/user/connections").await.json()["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(ask(&fake, "DELETE", "/user/connections/brave", None).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn budgets_are_spent_topped_up_and_resumed() {
    let fake = FakeEverruns::new().with_agent("agent", |_| "");
    let session_id = session(&fake, "agent").await;
    let body = json!({"subject_type": "session", "subject_id": session_id, "currency": "usd", "limit": 5.0});
    let budget = ask(&fake, "POST", "/budgets", body).await.json();
    let path = format!("/budgets/{}", id(&budget));
    assert_eq!(get(&fake, &format!("{path}/check")).await.json()["action"], "continue");
    let topped = ask(&fake, "POST", &format!("{path}/top-up"), json!({"amount": 2.5})).await.json();
    assert_eq!(topped["balance"], 7.5);
    assert_eq!(get(&fake, &format!("{path}/ledger")).await.json()[0]["amount"], 2.5);
    ask(&fake, "PATCH", &path, json!({"status": "paused"})).await;
    assert_eq!(get(&fake, &format!("/sessions/{session_id}/budget-check")).await.json()["action"], "pause");
    let resumed = ask(&fake, "POST", &format!("/sessions/{session_id}/resume"), None).await.json();
    assert_eq!(resumed, json!({"resumed_budgets": 1, "session_id": session_id}));
    assert_eq!(get(&fake, &format!("/sessions/{session_id}/budgets")).await.json()[0]["status"], "active");
    assert_eq!(get(&fake, "/budgets?subject_type=agent").await.json(), json!([]));
    assert_eq!(ask(&fake, "DELETE", &path, None).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn an_agent_has_an_api_of_its_own() {
    let fake = FakeEverruns::new().with_agent("agent", |_| "Hello").with_agent("other", |_| "");
    let base = "/channels/agent";
    assert_eq!(get(&fake, base).await.json()["name"], "agent");
    let post = async |path: &str, key: &str, body: Value| {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        read(send(&fake, "POST", &format!("{base}{path}"), &headers, body.to_string()).await).await
    };
    let created = post("/sessions", "one", json!({"title": "a"})).await;
    let again = post("/sessions", "one", json!({"title": "a"})).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.json(), created.json());
    let reused = post("/sessions", "one", json!({"title": "b"})).await;
    assert_eq!((reused.status.as_u16(), &reused.json()["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(post("/sessions", "two", json!({"metadata": {}})).await.status, 400);
    // A failure lets the key go.
    assert_eq!(post("/sessions", "two", json!({})).await.status, 201);

    let page = get(&fake, &format!("{base}/sessions?limit=1")).await.json();
    let token = page["next_page_token"].as_str().expect("a token");
    let rest = get(&fake, &format!("{base}/sessions?limit=1&page_token={token}")).await.json();
    assert_eq!((&rest["data"][0]["id"], rest.get("next_page_token")), (&created.json()["id"], None));

    let session_id = id(&created.json()).to_owned();
    let hello = json!({"message": {"role": "user", "content": [{"type": "text", "text": "Hi"}]}});
    for _ in 0..2 {
        assert_eq!(post(&format!("/sessions/{session_id}/messages"), "three", hello.clone()).await.status, 201);
    }
    let events = format!("{base}/sessions/{session_id}/events");
    let first = get(&fake, &format!("{events}?limit=2")).await.json();
    assert_eq!((&first["data"][0]["sequence"], &first["data"][1]["sequence"]), (&json!(1), &json!(2)));
    let all = get(&fake, &events).await.json();
    let inputs = all["data"].as_array().expect("events").iter().filter(|event| event["type"] == "input.message");
    assert_eq!(inputs.count(), 1, "the second message was a replay");
    let stream =
        send(&fake, "GET", &format!("{base}/sessions/{session_id}/sse?after_sequence=0&types=moon"), &[], "").await;
    assert_eq!(kind(Stream::of(stream).await.until("session.idled").await.last().expect("a frame")), "session.idled");
    assert_eq!(get(&fake, &format!("/channels/other/sessions/{session_id}")).await.status, 404);

    assert_eq!(ask(&fake, "POST", &format!("{base}/runtime-auth"), None).await.status, 400);
    let token = read(send(&fake, "POST", &format!("{base}/runtime-auth"), &[("end-user", "u1")], "").await).await;
    assert_eq!(token.json()["token_type"], "Bearer");
}

#[tokio::test]
async fn it_is_reached_by_sockets() {
    let gate = Gate::new();
    let fake = FakeEverruns::new().with_agent("slow", {
        let gate = gate.clone();
        move |_| Turn::new().delta("Half").wait_for(&gate).delta(" and half")
    });
    let server = HttpServer::start(fake.clone()).await;
    let session_id = session(&fake, "slow").await;
    let client = HttpTransport::new();
    let request = |method: &str, path: &str, body: String| {
        let request =
            http::Request::builder().method(method).uri(format!("{}/v1/sessions/{session_id}/{path}", server.url()));
        request.header("content-type", "application/json").body(body.into()).expect("a request")
    };
    let stream = client.send(request("GET", "sse?after_sequence=0", String::new())).await.expect("a stream");
    let mut stream = Stream::of(stream).await;
    let body = json!({"message": {"role": "user", "content": [{"type": "text", "text": "Hi"}]}});
    let posted = client.send(request("POST", "messages", body.to_string())).await.expect("an answer");
    assert_eq!(posted.status(), 201);
    let first = stream.until("output.message.delta").await;
    assert_eq!(event(first.last().expect("a frame"))["data"]["delta"], "Half");
    gate.open();
    stream.until("session.idled").await;
}
