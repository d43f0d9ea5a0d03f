//! The list of projects.

use futures_util::StreamExt as _;
use runagent::{ErrorCode, platform::ProjectQuery};

use crate::cloud::{client, only, refused, scripted, shown};

/// A page with these ids.
fn page(ids: &[&str]) -> String {
    let projects: Vec<_> =
        ids.iter().map(|id| serde_json::json!({"id": id, "name": id, "is_default": false})).collect();
    serde_json::json!({"success": true, "data": {"projects": projects, "total": 9}}).to_string()
}

#[tokio::test]
async fn a_page_is_asked_for_as_the_official_clients_do() {
    let cloud = scripted([(200, &page(&["p1", "p2"]))]);
    let page = client(&cloud).projects(ProjectQuery::new()).await.expect("a page");
    assert_eq!(page.projects.iter().map(|project| project.id.as_str()).collect::<Vec<_>>(), ["p1", "p2"]);
    assert_eq!(page.other["total"], 9);
    assert_eq!(only(&cloud), "GET /api/v1/projects?page=1&per_page=20&include_stats=false -");

    let cloud = scripted([(200, &self::page(&[]))]);
    let query = ProjectQuery::new().with_page(3).with_per_page(50).with_include_stats(true);
    client(&cloud).projects(query).await.expect("a page");
    assert_eq!(only(&cloud), "GET /api/v1/projects?page=3&per_page=50&include_stats=true -");
}

#[tokio::test]
async fn all_projects_are_those_of_all_pages() {
    for (pages, expected, requests) in [
        // The server gives fewer than it is asked for.
        (vec![vec!["a", "b"], vec!["c", "d"], vec!["e"], vec![]], "abcde", 4),
        (vec![vec![]], "", 1),
        // It knows no pages.
        (vec![vec!["a", "b"], vec!["a", "b"]], "ab", 2),
        // A project that was made in between moved the list on.
        (vec![vec!["a", "b"], vec!["b", "c"], vec![]], "abc", 3),
    ] {
        let replies = pages.iter().map(|ids| runagent::transport::testing::Reply::json(200, page(ids)));
        let cloud = runagent::transport::testing::ScriptedTransport::new(replies);
        let projects = client(&cloud).all_projects(ProjectQuery::new().with_per_page(3));
        let ids: String = projects.map(|project| project.expect("a project").id).collect().await;
        assert_eq!(ids, expected);
        let asked: Vec<_> = cloud.requests().iter().map(shown).collect();
        let path = |page| format!("GET /api/v1/projects?page={page}&per_page=3&include_stats=false -");
        assert_eq!(asked, (1..=requests).map(path).collect::<Vec<_>>(), "{expected}");
    }
}

#[tokio::test]
async fn nothing_is_asked_before_the_first_project_is() {
    let cloud = scripted([(200, &page(&["a"])), (500, "")]);
    let mut projects = client(&cloud).all_projects(ProjectQuery::new().with_page(2));
    assert!(cloud.requests().is_empty());
    assert_eq!(projects.next().await.expect("an item").expect("a project").id, "a");
    assert_eq!(cloud.requests().len(), 1);
    let error = refused(projects.next().await.expect("an item"));
    assert_eq!(*error.code(), ErrorCode::SERVER_ERROR);
    assert!(projects.next().await.is_none());
}
