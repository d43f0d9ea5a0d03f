//! What must not be seen.

use everruns_sdk::{
    AgentClient, Client,
    testing::FakeEverruns,
    types::{ConnectRequest, CreateAgentRequest, McpServer, RuntimeToken, SetSecretsRequest},
};

#[tokio::test]
async fn values_that_are_secret_are_sent_and_not_shown() {
    let secret = || [("NAME".to_owned(), "CANARY".into())];
    let server = McpServer { headers: secret().into(), env: secret().into(), ..Default::default() };
    let agent = CreateAgentRequest {
        name: "a".to_owned(),
        mcp_servers: [("mcp".to_owned(), server)].into(),
        ..Default::default()
    };
    let secrets = SetSecretsRequest { secrets: secret().into(), ..Default::default() };
    let connect = ConnectRequest { api_key: "CANARY".into() };
    let token: RuntimeToken = serde_json::from_str(r#"{"access_token":"CANARY"}"#).expect("a token");
    let shown = format!("{agent:?} {secrets:?} {connect:?} {token:?} {agent:#?}");
    assert!(!shown.contains("CANARY"), "{shown}");

    let fake = FakeEverruns::new();
    let client = Client::builder().api_key("key").transport(fake.clone()).build();
    let created = client.agents().create(agent).await.expect("an agent");
    let session = client.sessions().create(Default::default()).await.expect("a session");
    client.sessions().set_secrets(&session.id, secrets).await.expect("set");
    client.connections().set("daytona", "CANARY").await.expect("connected");
    let sent: Vec<String> = fake.requests().iter().map(|request| request.json().to_string()).collect();
    assert_eq!(sent.iter().filter(|body| body.contains("CANARY")).count(), 3, "{sent:?}");
    // Nor what the server says of it, nor the clients.
    let shown = format!("{created:?} {client:?} {:?}", client.connections());
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[tokio::test]
async fn clients_of_agents_show_as_little() {
    let agent = AgentClient::new("https://example.com/agent", "evr_ak_CANARY");
    let shown = format!("{agent:?} {:?}", agent.for_end_user("customer").expect("an id"));
    assert!(!shown.contains("CANARY") && shown.contains("https://example.com/agent"), "{shown}");
}

#[cfg(feature = "blocking")]
#[test]
fn blocking_clients_show_as_little() {
    let client = everruns_sdk::blocking::Client::from(Client::builder().api_key("CANARY").build());
    assert!(!format!("{client:?}").contains("CANARY"));
}
