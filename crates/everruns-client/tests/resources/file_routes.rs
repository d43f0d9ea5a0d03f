//! Servers that have the files of sessions with workspaces only.

use everruns_sdk::{
    Client, Error, testing::FakeEverruns, transport::testing::Reply, transport::testing::ScriptedTransport,
};

use crate::script::{asked, client, script};

const FILE: &str = r#"{"path":"/a","content":"Bees."}"#;
const NO_FILE: &str = r#"{"title":"Not Found","status":404,"code":"file_not_found"}"#;
const SESSION: &str = r#"{"id":"session_1","workspace_id":"wsp_1"}"#;
const OTHER_SESSION: &str = r#"{"id":"session_2","workspace_id":"wsp_2"}"#;

#[tokio::test]
async fn a_route_that_is_missing_is_looked_for_at_the_workspace_and_remembered() {
    for unknown in [(404, ""), (404, "Not Found"), (405, "")] {
        let (client, transport) =
            script([unknown, (200, SESSION), (200, FILE), (404, NO_FILE), (200, OTHER_SESSION), (200, FILE)]);
        let files = client.files("session_1");
        assert_eq!(files.read("a").await.expect("a file").content.as_deref(), Some("Bees."));
        let error = files.upload("b", "x").await.expect_err("no such file");
        assert_eq!(error.code(), Some("file_not_found"));
        // By another handle, and for another session.
        client.clone().files("session_2").copy("a", "b").await.expect("copied");
        assert_eq!(
            asked(&transport),
            [
                "GET /sessions/session_1/fs/a",
                "GET /sessions/session_1",
                "GET /workspaces/wsp_1/fs/a",
                r#"POST /workspaces/wsp_1/fs/b {"content":"eA==","encoding":"base64"}"#,
                "GET /sessions/session_2",
                r#"POST /workspaces/wsp_2/fs/_/copy {"src_path":"a","dst_path":"b"}"#,
            ]
        );
    }
}

#[tokio::test]
async fn what_is_sent_goes_along_to_the_workspace() {
    let (client, transport) = script([(404, ""), (200, SESSION), (200, FILE), (200, FILE)]);
    let call = client.files("session_1").list_recursive("a").change_reason("tidy up");
    assert!(call.await.is_err(), "it is a file");
    client.files("session_1").delete_recursive("a").await.expect("deleted");
    let requests = transport.requests();
    assert_eq!(
        asked(&transport)[2..],
        ["GET /workspaces/wsp_1/fs/a?recursive=true", "DELETE /workspaces/wsp_1/fs/a?recursive=true"]
    );
    assert_eq!(requests[2].headers()["everruns-change-reason"], "tidy%20up");
}

#[tokio::test]
async fn a_file_that_is_missing_is_not_looked_for_elsewhere() {
    for body in [NO_FILE, r#"{"error":"File not found"}"#] {
        let (client, transport) = script([(404, body)]);
        let error = client.files("session_1").read("a").await.expect_err("no such file");
        assert!(matches!(error, Error::NotFound(_)), "{error}");
        assert_eq!(asked(&transport), ["GET /sessions/session_1/fs/a"]);
    }
    // Nor is anything else that fails.
    for status in [400, 401, 403, 409, 410, 429, 500] {
        let (client, transport) = script([(status, "")]);
        let error = client.files("session_1").read("a").await.expect_err("a failure");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(asked(&transport).len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_has_files_of_sessions_is_remembered_too() {
    let (client, transport) = script([(200, FILE), (404, "")]);
    let files = client.files("session_1");
    files.read("a").await.expect("a file");
    assert!(matches!(files.read("b").await, Err(Error::NotFound(_))));
    assert_eq!(asked(&transport), ["GET /sessions/session_1/fs/a", "GET /sessions/session_1/fs/b"]);
}

#[tokio::test]
async fn nothing_is_learned_from_a_detour_that_leads_nowhere() {
    // A session without a workspace, a session that is missing, and a server without either route.
    let missing = r#"{"title":"Not Found","status":404,"code":"session_not_found"}"#;
    let none = r#"{"id":"session_1"}"#;
    let (client, transport) =
        script([(404, ""), (200, none), (404, ""), (404, missing), (404, ""), (200, SESSION), (404, ""), (200, FILE)]);
    let files = client.files("session_1");
    let error = files.read("a").await.expect_err("no workspace");
    assert!(matches!(&error, Error::NotFound(problem) if problem.code().is_none()), "{error}");
    let error = files.read("a").await.expect_err("no session");
    assert_eq!(error.code(), Some("session_not_found"));
    let error = files.read("a").await.expect_err("no route");
    assert!(matches!(&error, Error::NotFound(problem) if problem.code().is_none()), "{error}");
    files.read("a").await.expect("a file");
    assert_eq!(asked(&transport).last().map(String::as_str), Some("GET /sessions/session_1/fs/a"));
}

#[tokio::test]
async fn a_file_is_opened_at_the_workspace() {
    let (client, transport) = script([(404, ""), (200, SESSION), (200, "Bees."), (200, "Bees."), (404, NO_FILE)]);
    let files = client.files("session_1");
    for _ in 0..2 {
        let body = files.open("a").await.expect("a body");
        assert_eq!(body.collect(usize::MAX).await.expect("all of it"), "Bees.");
    }
    assert!(matches!(files.open("a").await, Err(Error::NotFound(_))));
    let download = "GET /workspaces/wsp_1/fs/_/download/a";
    let first = ["GET /sessions/session_1/fs/_/download/a", "GET /sessions/session_1"];
    assert_eq!(asked(&transport), [&first[..], &[download; 3]].concat());
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_is_on_the_whole_way() {
    let replies = [Reply::json(404, ""), Reply::json(200, SESSION), Reply::silence()];
    let start = tokio::time::Instant::now();
    let call = client(&ScriptedTransport::new(replies)).files("session_1").stat("a");
    assert!(matches!(call.await, Err(Error::Timeout(_))));
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn an_older_server_has_the_same_files() {
    let fake = FakeEverruns::new().without_session_files();
    let client = Client::builder().api_key("key").transport(fake.clone()).build();
    let session = client.sessions().create(Default::default()).await.expect("a session");
    let files = client.files(&session.id);
    files.upload("docs/a.txt", "Bees.").await.expect("uploaded");
    assert_eq!(
        client.workspace_files(&session.workspace_id).download("docs/a.txt").await.expect("downloaded"),
        "Bees."
    );
    assert_eq!(files.list("docs").await.expect("a list").data.len(), 1);
    assert!(matches!(files.read("b").await, Err(Error::NotFound(_))));
    let to_sessions = fake
        .requests()
        .iter()
        .filter(|request| request.path.contains("/fs") && request.path.contains("/sessions/"))
        .count();
    assert_eq!(to_sessions, 1);
}
