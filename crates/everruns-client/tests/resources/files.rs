//! `Client::files` and `Client::workspace_files`.

use std::time::Duration;

use everruns_sdk::{
    Client, Error, Files,
    testing::{FakeEverruns, Fault},
    transport::testing::{Reply, ScriptedTransport},
    types::{CreateFileRequest, FileEncoding, GrepRequest, SearchRequest, UpdateFileRequest},
};

use crate::script::{ask, asked, client, line, script};

const FILE: &str = r#"{"path":"/a.md","name":"a.md","content":"Bees.","encoding":"text","size_bytes":5}"#;
const LIST: &str = r#"{"data":[{"path":"/a.md","name":"a.md","is_directory":false,"size_bytes":5}]}"#;

fn files(client: Client) -> Files {
    client.files("session_1")
}

#[tokio::test]
async fn files_are_listed_and_read() {
    let (asked, page) = ask(LIST, |client| files(client).list("")).await;
    assert_eq!((&*asked, &*page.data[0].path), ("GET /sessions/session_1/fs", "/a.md"));
    assert_eq!(line(LIST, |client| files(client).list("/notes/")).await, "GET /sessions/session_1/fs/notes");
    let asked = line(LIST, |client| files(client).list_recursive("/")).await;
    assert_eq!(asked, "GET /sessions/session_1/fs?recursive=true");

    let (asked, file) = ask(FILE, |client| files(client).read("/notes/a.md")).await;
    assert_eq!(asked, "GET /sessions/session_1/fs/notes/a.md");
    assert_eq!((file.content.as_deref(), file.encoding), (Some("Bees."), FileEncoding::Text));

    let (asked, stat) = ask(r#"{"path":"/a.md","size_bytes":5}"#, |client| files(client).stat("/notes/a.md")).await;
    assert_eq!((&*asked, stat.size_bytes), (r#"POST /sessions/session_1/fs/_/stat {"path":"notes/a.md"}"#, 5));
    let (asked, bytes) = ask("\u{1}\u{2}", |client| files(client).download("notes/a.md")).await;
    assert_eq!((&*asked, &*bytes), ("GET /sessions/session_1/fs/_/download/notes/a.md", &[1, 2][..]));
}

#[tokio::test]
async fn files_are_made_and_changed() {
    let request =
        CreateFileRequest { content: Some("Bees.".to_owned()), is_readonly: Some(true), ..Default::default() };
    let asked = line(FILE, |client| files(client).create("a.md", request)).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/a.md {"content":"Bees.","is_readonly":true}"#);
    let asked = line(FILE, |client| files(client).create_directory("b")).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/b {"is_directory":true}"#);

    let asked = line(FILE, |client| files(client).upload("a.bin", [0, 255, 254])).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/a.bin {"content":"AP/+","encoding":"base64"}"#);
    let asked = line(FILE, |client| files(client).replace("a.bin", "f")).await;
    assert_eq!(asked, r#"PUT /sessions/session_1/fs/a.bin {"content":"Zg==","encoding":"base64"}"#);

    let changes = UpdateFileRequest {
        content: Some("Wasps.".to_owned()),
        expected_content: Some("Bees.".to_owned()),
        ..Default::default()
    };
    let asked = line(FILE, |client| files(client).update("a.md", changes)).await;
    assert_eq!(asked, r#"PUT /sessions/session_1/fs/a.md {"content":"Wasps.","expected_content":"Bees."}"#);
}

#[tokio::test]
async fn files_are_moved_copied_and_deleted() {
    let (asked, file) = ask(FILE, |client| files(client).move_to("/a.md", "b/c d.md")).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/_/move {"src_path":"a.md","dst_path":"b/c d.md"}"#);
    assert_eq!(file.path, "/a.md");
    let asked = line(FILE, |client| files(client).copy("a.md", "b/")).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/_/copy {"src_path":"a.md","dst_path":"b"}"#);

    let (asked, deleted) = ask(r#"{"deleted":true}"#, |client| files(client).delete("a.md")).await;
    assert_eq!((&*asked, deleted.deleted), ("DELETE /sessions/session_1/fs/a.md", true));
    let asked = line(r#"{"deleted":true}"#, |client| files(client).delete_recursive("b")).await;
    assert_eq!(asked, "DELETE /sessions/session_1/fs/b?recursive=true");
}

#[tokio::test]
async fn files_are_searched() {
    let answer = r#"{"data":[{"path":"/a.md","matches":[{"path":"/a.md","line_number":3,"line":"Bees."}]}]}"#;
    let pattern = GrepRequest { pattern: "Be+s".to_owned(), ..Default::default() };
    let (asked, found) = ask(answer, |client| files(client).grep(pattern)).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/_/grep {"pattern":"Be+s"}"#);
    assert_eq!(found.data[0].matches[0].line_number, 3);

    let pattern = SearchRequest { pattern: "Be+s".to_owned(), before_context: Some(1), ..Default::default() };
    let (asked, found) = ask(r#"{"total_matches":4,"blocks":[]}"#, |client| files(client).search(pattern)).await;
    assert_eq!(asked, r#"POST /sessions/session_1/fs/_/search {"pattern":"Be+s","before_context":1}"#);
    assert_eq!(found.total_matches, 4);
}

#[tokio::test]
async fn files_of_a_workspace_are_asked_for_directly() {
    let files = |client: Client| client.workspace_files("wsp_1");
    assert_eq!(line(LIST, |client| files(client).list("/")).await, "GET /workspaces/wsp_1/fs");
    assert_eq!(line(FILE, |client| files(client).read("a.md")).await, "GET /workspaces/wsp_1/fs/a.md");
    let (client, transport) = script([(404, "")]);
    let error = client.workspace_files("wsp_1").copy("a", "b").await.expect_err("no such route");
    assert!(matches!(error, Error::NotFound(_)), "{error}");
    assert_eq!(asked(&transport), [r#"POST /workspaces/wsp_1/fs/_/copy {"src_path":"a","dst_path":"b"}"#]);
}

#[tokio::test]
async fn each_segment_of_a_path_is_encoded_by_itself() {
    for (path, expected) in [
        ("a?b#c %.txt", "a%3Fb%23c%20%25.txt"),
        ("/ä/日本.md", "%C3%A4/%E6%97%A5%E6%9C%AC.md"),
        ("a\\b", "a%5Cb"),
        ("..a", "..a"),
        ("a%2Fb", "a%252Fb"),
        ("_", "_"),
        ("_/notes.md", "_/notes.md"),
        ("a&b=c+d;e", "a%26b%3Dc%2Bd%3Be"),
    ] {
        let asked = line(FILE, |client| files(client).read(path)).await;
        assert_eq!(asked, format!("GET /sessions/session_1/fs/{expected}"), "{path:?}");
        let asked = line(FILE, |client| files(client).download(path)).await;
        assert_eq!(asked, format!("GET /sessions/session_1/fs/_/download/{expected}"), "{path:?}");
    }
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_not_sent() {
    let (client, transport) = script([]);
    let files = files(client);
    for path in ["..", ".", "/../agents/agent_1", "a/../../b", "a/./b", "a//b", "//", "_/move", "_/download/a"] {
        for error in [
            files.list(path).await.expect_err(path),
            files.read(path).await.expect_err(path),
            files.upload(path, "").await.expect_err(path),
            files.delete_recursive(path).await.expect_err(path),
            files.copy("a", path).await.expect_err(path),
            files.move_to(path, "a").await.expect_err(path),
            files.stat(path).await.expect_err(path),
            files.open(path).await.expect_err(path),
        ] {
            assert!(matches!(error, Error::Config(_)), "{path:?}: {error}");
        }
    }
    // The root is no file.
    for path in ["", "/"] {
        for error in [
            files.read(path).await.expect_err(path),
            files.create_directory(path).await.expect_err(path),
            files.replace(path, "").await.expect_err(path),
            files.delete(path).await.expect_err(path),
            files.download(path).await.expect_err(path),
        ] {
            assert!(matches!(error, Error::Config(_)), "{path:?}: {error}");
        }
    }
    // In whatever spelling a proxy would resolve.
    for path in ["%2e%2e/b", "a/.%2E", "a\n"] {
        let error = files.read(path).await.expect_err(path);
        assert!(matches!(error, Error::Config(_)), "{path:?}: {error}");
    }
    assert!(asked(&transport).is_empty());
}

#[tokio::test]
async fn a_path_is_what_it_is_taken_for() {
    let (client, _) = script([(200, LIST), (200, FILE), (200, "[]")]);
    let files = files(client);
    let error = files.read("notes").await.expect_err("a folder");
    assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("that of a folder"), "{error}");
    let error = files.list("a.md").await.expect_err("a file");
    assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("that of a file"), "{error}");
    assert!(files.list("notes").await.expect("a bare list").data.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_carries_content_has_more_time() {
    let silent = || client(&ScriptedTransport::new([Reply::silence()])).files("session_1");
    let within = |seconds| Duration::from_secs(seconds)..Duration::from_secs(seconds + 1);
    let start = tokio::time::Instant::now();
    assert!(matches!(silent().stat("a").await, Err(Error::Timeout(_))));
    assert!(within(30).contains(&start.elapsed()));

    let start = tokio::time::Instant::now();
    assert!(matches!(silent().download("a").await, Err(Error::Timeout(_))));
    assert!(within(300).contains(&start.elapsed()));

    let start = tokio::time::Instant::now();
    assert!(matches!(silent().open("a").await, Err(Error::Timeout(_))));
    assert!(within(30).contains(&start.elapsed()));
}

#[tokio::test]
async fn an_open_file_has_no_limit() {
    let transport = ScriptedTransport::new([Reply::json(200, "0123456789"), Reply::json(200, "0123456789")]);
    let client = Client::builder()
        .base_url("http://localhost/api")
        .api_key("key")
        .max_response_bytes(4)
        .transport(transport)
        .build();
    assert!(matches!(files(client.clone()).download("a").await, Err(Error::Transport(_))));
    let body = files(client).open("a").await.expect("a body");
    assert_eq!(body.collect(usize::MAX).await.expect("all of it"), "0123456789");

    let (client, _) = script([(403, r#"{"title":"Forbidden","status":403,"code":"insufficient_scope"}"#)]);
    let error = files(client).open("a").await.expect_err("refused");
    assert_eq!(error.code(), Some("insufficient_scope"));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_depends_on_what_was_there_is_not_tried_again() {
    let content = || Some("Wasps.".to_owned());
    for (expected_content, requests) in [(None, 2), (content(), 1)] {
        let fake = FakeEverruns::new();
        let client = Client::builder().api_key("key").transport(fake.clone()).build();
        let session = client.sessions().create(Default::default()).await.expect("a session");
        let files = client.files(&session.id);
        files.upload("a.md", "Bees.").await.expect("uploaded");
        let before = fake.requests().len();
        fake.inject("PUT /sessions/*/fs/a.md", 1, Fault::answer_lost());
        let is_repeatable = expected_content.is_none();
        let changes = UpdateFileRequest { content: content(), expected_content, ..Default::default() };
        let updated = files.update("a.md", changes).await;
        assert_eq!(updated.is_ok(), is_repeatable, "{updated:?}");
        assert_eq!(fake.requests().len() - before, requests);
    }
}

#[tokio::test]
async fn a_server_has_what_was_sent() {
    let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    let session = client.sessions().create(Default::default()).await.expect("a session");
    let files = client.files(&session.id);
    let name = "a?b#c %.txt";

    let bytes: Vec<u8> = (0..=255).collect();
    files.upload(name, &bytes).await.expect("uploaded");
    assert_eq!(files.download(name).await.expect("downloaded"), bytes);
    assert!(matches!(files.upload(name, "").await, Err(Error::Conflict(_))));
    files.replace(name, "other").await.expect("replaced");
    files.move_to(name, "docs/b.txt").await.expect("moved");
    files.copy("docs/b.txt", "docs/c.txt").await.expect("copied");
    let mut paths: Vec<_> =
        files.list_recursive("/").await.expect("a list").data.into_iter().map(|file| file.path).collect();
    paths.sort();
    assert_eq!(paths, ["/docs", "/docs/b.txt", "/docs/c.txt"]);
    assert!(matches!(files.read("docs").await, Err(Error::Decode(_))));
    assert!(matches!(files.delete("docs").await, Err(Error::Validation(_))));
    assert!(files.delete_recursive("docs").await.expect("deleted").deleted);
    assert!(matches!(files.read("docs/b.txt").await, Err(Error::NotFound(_))));
}
