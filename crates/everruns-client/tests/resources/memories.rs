//! `Client::memories`.

use everruns_sdk::{
    Error,
    types::{
        CreateMemoryFileRequest, CreateMemoryRequest, GitHubSource, GrepRequest, MemoryStatus, UpdateMemoryFileRequest,
        UpdateMemoryRequest,
    },
};

use crate::script::{ask, asked, line, script};

const MEMORY: &str = r#"{"id":"mem_1","name":"bees","status":"active"}"#;
const FILE: &str = r#"{"path":"/a.md","content":"Bees.","encoding":"text","size_bytes":5}"#;
const LIST: &str = r#"{"data":[{"path":"/a.md","is_directory":false,"size_bytes":5}]}"#;

#[tokio::test]
async fn memories_are_listed_and_searched() {
    let list = r#"{"data":[{"id":"mem_1","status":"active"}]}"#;
    let (asked, page) = ask(list, |client| client.memories().list()).await;
    assert_eq!((&*asked, &page.data[0].status), ("GET /memories", &MemoryStatus::Active));
    assert_eq!(line(list, |client| client.memories().search("bee")).await, "GET /memories?search=bee");
}

#[tokio::test]
async fn a_memory_is_made_read_changed_fetched_and_deleted() {
    let source = GitHubSource { repository: "owner/name".to_owned(), ..Default::default() };
    let request = CreateMemoryRequest { name: "bees".to_owned(), source: Some(source.into()), ..Default::default() };
    let asked = line(MEMORY, |client| client.memories().create(request)).await;
    assert_eq!(asked, r#"POST /memories {"name":"bees","source":{"type":"github","repository":"owner/name"}}"#);

    let (asked, memory) = ask(MEMORY, |client| client.memories().get("mem_1")).await;
    assert_eq!((&*asked, &*memory.name), ("GET /memories/mem_1", "bees"));

    let changes = UpdateMemoryRequest { description: "On bees".into(), ..Default::default() };
    let asked = line(MEMORY, |client| client.memories().update("mem_1", changes)).await;
    assert_eq!(asked, r#"PATCH /memories/mem_1 {"description":"On bees"}"#);

    assert_eq!(line(MEMORY, |client| client.memories().sync("mem_1")).await, "POST /memories/mem_1/sync {}");
    assert_eq!(line("", |client| client.memories().delete("mem_1")).await, "DELETE /memories/mem_1");
}

#[tokio::test]
async fn files_of_a_memory() {
    let files = |client: everruns_sdk::Client| client.memories().files("mem_1");
    let (asked, page) = ask(LIST, |client| files(client).list("/")).await;
    assert_eq!((&*asked, &*page.data[0].path), ("GET /memories/mem_1/fs", "/a.md"));
    assert_eq!(line(LIST, |client| files(client).list("b c/")).await, "GET /memories/mem_1/fs/b%20c");

    let (asked, file) = ask(FILE, |client| files(client).read("a.md")).await;
    assert_eq!((&*asked, &*file.content), ("GET /memories/mem_1/fs/a.md", "Bees."));

    let request = CreateMemoryFileRequest { content: Some("Bees.".to_owned()), ..Default::default() };
    let asked = line(FILE, |client| files(client).create("/a.md", request)).await;
    assert_eq!(asked, r#"POST /memories/mem_1/fs/a.md {"content":"Bees."}"#);
    let changes = UpdateMemoryFileRequest { content: Some("Wasps.".to_owned()), ..Default::default() };
    let asked = line(FILE, |client| files(client).update("a.md", changes)).await;
    assert_eq!(asked, r#"PUT /memories/mem_1/fs/a.md {"content":"Wasps."}"#);

    assert_eq!(line("", |client| files(client).delete("a.md")).await, "DELETE /memories/mem_1/fs/a.md");
    let asked = line("", |client| files(client).delete_recursive("b")).await;
    assert_eq!(asked, "DELETE /memories/mem_1/fs/b?recursive=true");

    let (asked, bytes) = ask("Bees.", |client| files(client).download("b/a.md")).await;
    assert_eq!((&*asked, &*bytes), ("GET /memories/mem_1/fs/_/download/b/a.md", &b"Bees."[..]));

    let pattern = GrepRequest { pattern: "Be+s".to_owned(), path_pattern: Some("*.md".to_owned()) };
    let (asked, found) = ask(LIST, |client| files(client).grep(pattern)).await;
    assert_eq!(asked, r#"POST /memories/mem_1/fs/_/grep {"pattern":"Be+s","path_pattern":"*.md"}"#);
    assert_eq!(found.data[0].size_bytes, 5);

    let (asked, stat) = ask(r#"{"path":"/a.md","size_bytes":5}"#, |client| files(client).stat("/a.md")).await;
    assert_eq!((&*asked, stat.size_bytes), (r#"POST /memories/mem_1/fs/_/stat {"path":"a.md"}"#, 5));
}

#[tokio::test]
async fn a_path_of_a_memory_is_what_it_is_taken_for() {
    let (client, transport) = script([(200, LIST), (200, FILE)]);
    let files = client.memories().files("mem_1");
    let error = files.read("a.md").await.expect_err("a folder");
    assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("is that of a folder"), "{error}");
    let error = files.list("a.md").await.expect_err("a file");
    assert!(matches!(error, Error::Decode(_)) && error.to_string().contains("is that of a file"), "{error}");

    for path in ["", "/", "..", "a/../b", "a//b"] {
        assert!(matches!(files.read(path).await, Err(Error::Config(_))), "{path:?}");
        assert!(matches!(files.stat(path).await, Err(Error::Config(_))), "{path:?}");
        assert!(matches!(files.delete_recursive(path).await, Err(Error::Config(_))), "{path:?}");
    }
    assert_eq!(asked(&transport).len(), 2);
}
