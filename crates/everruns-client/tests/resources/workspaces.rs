//! `Client::workspaces`.

use everruns_sdk::{
    Patch,
    types::{CreateWorkspaceRequest, UpdateWorkspaceRequest, WorkspaceStatus},
};

use crate::script::{ask, line};

const WORKSPACE: &str = r#"{"id":"wsp_1","name":"books","status":"active"}"#;

#[tokio::test]
async fn workspaces_are_listed_and_searched() {
    let list = r#"{"data":[{"id":"wsp_1","name":"books","status":"archived"}]}"#;
    let (asked, page) = ask(list, |client| client.workspaces().list().include_archived(true)).await;
    assert_eq!(asked, "GET /workspaces?include_archived=true");
    assert_eq!((&*page.data[0].name, &page.data[0].status), ("books", &WorkspaceStatus::Archived));
    assert_eq!(line(list, |client| client.workspaces().search("a b")).await, "GET /workspaces?search=a%20b");
}

#[tokio::test]
async fn a_workspace_is_made_read_changed_and_archived() {
    let request = CreateWorkspaceRequest { name: "books".to_owned(), ..Default::default() };
    let (asked, workspace) = ask(WORKSPACE, |client| client.workspaces().create(request)).await;
    assert_eq!((&*asked, &*workspace.id), (r#"POST /workspaces {"name":"books"}"#, "wsp_1"));

    assert_eq!(line(WORKSPACE, |client| client.workspaces().get("wsp_1")).await, "GET /workspaces/wsp_1");

    let changes = UpdateWorkspaceRequest {
        description: Patch::Clear,
        status: Some(WorkspaceStatus::Active),
        ..Default::default()
    };
    let asked = line(WORKSPACE, |client| client.workspaces().update("wsp_1", changes)).await;
    assert_eq!(asked, r#"PATCH /workspaces/wsp_1 {"description":null,"status":"active"}"#);

    assert_eq!(line("", |client| client.workspaces().archive("wsp_1")).await, "DELETE /workspaces/wsp_1");
}
