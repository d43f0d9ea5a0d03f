//! The shapes of lists.

use everruns_sdk::{
    AgentClient, Error,
    transport::testing::{Reply, ScriptedTransport},
};

use crate::script::{asked, script};

#[tokio::test]
async fn a_list_comes_in_any_of_three_shapes() {
    for (body, total) in [
        (r#"{"data":[{"id":"mem_1"}],"total":1,"offset":0,"limit":20}"#, Some(1)),
        (r#"{"data":[{"id":"mem_1"}],"total":null,"more":true}"#, None),
        (r#"[{"id":"mem_1"}]"#, None),
    ] {
        let (client, _) = script([(200, body)]);
        let page = client.memories().list().await.expect(body);
        assert_eq!((page.data.len(), page.total), (1, total), "{body}");
    }
    for body in ["{}", r#"{"data":{}}"#, "null", "7", r#"{"data":[{"name":"without an id"}]}"#] {
        let (client, _) = script([(200, body)]);
        assert!(matches!(client.memories().list().await, Err(Error::Decode(_))), "{body}");
    }
}

#[tokio::test]
async fn a_list_without_pages_is_asked_for_once() {
    let (client, transport) = script([(200, r#"{"data":[{"id":"wsp_1"},{"id":"wsp_2"}]}"#)]);
    let mut workspaces = client.workspaces().search("w").stream();
    let mut ids = Vec::new();
    while let Some(workspace) = workspaces.next().await {
        ids.push(workspace.expect("a workspace").id);
    }
    assert_eq!(ids, ["wsp_1", "wsp_2"]);
    assert_eq!(asked(&transport), ["GET /workspaces?search=w"]);
}

#[tokio::test]
async fn pages_of_nothing_are_an_end() {
    for body in ["[]", r#"{"data":[]}"#, r#"{"data":[],"total":7,"offset":0,"limit":0}"#] {
        let (client, transport) = script([(200, body)]);
        assert!(client.images().list().limit(0).stream().next().await.is_none(), "{body}");
        assert_eq!(asked(&transport).len(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_server_that_gives_another_page_than_was_asked_for_is_an_error_and_no_loop() {
    let page = r#"{"data":[{"id":"agent_1"}],"total":2,"offset":0,"limit":1}"#;
    let (client, _) = script([(200, page), (200, page)]);
    let mut agents = client.agents().list().limit(1).stream();
    assert_eq!(agents.next().await.expect("one").expect("an agent").id, "agent_1");
    assert!(matches!(agents.next().await, Some(Err(Error::Stream(_)))));
    assert!(agents.next().await.is_none());
    // Nor does one that gives the same token for ever.
    let transport = ScriptedTransport::new([(); 3].map(|()| Reply::json(200, r#"{"data":[],"next_page_token":"t"}"#)));
    let agent = AgentClient::builder().base_url("http://localhost").transport(transport.clone()).build_agent();
    assert!(matches!(agent.sessions().stream().next().await, Some(Err(_))));
    assert_eq!(transport.requests().len(), 2);
}
