//! Headers beside the key.

use everruns_sdk::{
    AgentClient, Client, Error,
    transport::testing::{Reply, ScriptedTransport},
};
use http::{HeaderName, HeaderValue};

use crate::sent::sent;

#[tokio::test]
async fn an_organisation_is_named_or_not_at_all() {
    for (id, expected) in [
        (Some("org_00000000000000000000000000000000"), Some("org_00000000000000000000000000000000")),
        (Some("org_1\n"), Some("org_1")),
        (Some(" org_1 "), Some("org_1")),
        (Some(""), None),
        (Some(" "), None),
        (None, None),
    ] {
        let builder = Client::builder().api_key("key");
        let builder = id.into_iter().fold(builder, everruns_sdk::ClientBuilder::org_id);
        let request = sent(builder).await.expect("sent");
        let header = request.headers().get("x-org-id").map(|value| value.to_str().expect("text"));
        assert_eq!(header, expected, "{id:?}");
    }
    for id in ["org_1\r\nX-Evil: 1", "org\0", "org\u{7f}"] {
        let error = sent(Client::builder().api_key("key").org_id(id)).await.expect_err(id);
        assert!(
            matches!(&error, Error::Config(message) if message.starts_with("the id of the organisation")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_user_agent_is_that_of_the_crate_or_of_the_caller() {
    let own = concat!("everruns-client/", env!("CARGO_PKG_VERSION"));
    for (agent, expected) in [(None, own), (Some("librarian/2"), "librarian/2"), (Some("a (b; c)"), "a (b; c)")] {
        let builder = Client::builder().api_key("key");
        let builder = agent.into_iter().fold(builder, everruns_sdk::ClientBuilder::user_agent);
        assert_eq!(sent(builder).await.expect("sent").headers()["user-agent"], expected);
    }
    for agent in ["a\r\nX-Evil: 1", "a\nb", "\0"] {
        let error = sent(Client::builder().api_key("key").user_agent(agent)).await.expect_err(agent);
        assert!(matches!(&error, Error::Config(message) if message.starts_with("the user agent")), "{error}");
    }
}

#[tokio::test]
async fn a_reason_for_a_change_is_percent_encoded() {
    let long = "ä".repeat(1000);
    for (reason, expected) in [
        ("new name", "new%20name"),
        (" trimmed\n", "trimmed"),
        ("a+b-c.d_e~f", "a%2Bb-c.d_e~f"),
        ("100 %", "100%20%25"),
        ("über\r\nX-Evil: 1", "%C3%BCber%0D%0AX-Evil%3A%201"),
        (&long, &"%C3%A4".repeat(1000)),
    ] {
        let transport = ScriptedTransport::new([Reply::json(204, "")]);
        let client = Client::builder().api_key("key").transport(transport.clone()).build();
        client.agents().archive("agent_1").change_reason(reason).await.expect("archived");
        assert_eq!(transport.requests()[0].headers()["everruns-change-reason"], expected);
    }
    for reason in ["", " \n", &(long.clone() + "x")] {
        let client = Client::builder().api_key("key").transport(ScriptedTransport::new([Reply::json(204, "")])).build();
        let error = client.agents().archive("agent_1").change_reason(reason).await.expect_err("refused");
        assert!(matches!(&error, Error::Config(message) if message.contains("1 to 1000 characters")), "{error}");
    }
}

#[tokio::test]
async fn one_header_of_a_call_goes_in_the_place_of_that_of_the_client() {
    let transport = ScriptedTransport::new([Reply::json(204, "")]);
    let client = Client::builder().api_key("key").org_id("org_1").transport(transport.clone()).build();
    let header = (HeaderName::from_static("x-org-id"), HeaderValue::from_static("org_2"));
    client.agents().archive("agent_1").header(header.0, header.1).await.expect("archived");
    let request = &transport.requests()[0];
    assert_eq!(request.headers().get_all("x-org-id").iter().collect::<Vec<_>>(), ["org_2"]);
}

#[tokio::test]
async fn an_end_user_has_a_name() {
    let transport = ScriptedTransport::new([Reply::json(200, "{}"), Reply::json(200, "{}")]);
    let builder = AgentClient::builder().base_url("http://localhost/agent").transport(transport.clone());
    let agent = builder.build_agent();
    agent.for_end_user("customer-7").expect("an id").card().await.expect("a card");
    agent.card().await.expect("a card");
    let requests = transport.requests();
    assert_eq!(requests[0].headers()["end-user"], "customer-7");
    assert!(!requests[1].headers().contains_key("end-user"));
    // Without a name it would be a call in the caller's own.
    for id in ["", " ", "a\r\nX-Evil: 1"] {
        assert!(matches!(agent.for_end_user(id), Err(Error::Config(_))), "{id:?}");
    }
}

#[tokio::test]
async fn an_idempotency_key_is_no_way_into_the_head() {
    let client = Client::builder().api_key("key").transport(ScriptedTransport::new([Reply::json(204, "")])).build();
    let error = client.agents().archive("agent_1").idempotency_key("a\r\nX-Evil: 1").await.expect_err("refused");
    assert!(matches!(&error, Error::Config(message) if message.contains("the idempotency key")), "{error}");
}
