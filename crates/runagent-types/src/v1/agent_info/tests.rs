use serde_json::json;

use super::*;

fn read(agent: Value) -> AgentInfo {
    serde_json::from_value(agent).unwrap()
}

#[test]
fn the_id_has_two_names() {
    for agent in [json!({"id": "a"}), json!({"agent_id": "a"}), json!({"id": null, "agent_id": "a"})] {
        assert_eq!(read(agent).id, "a");
    }
    let both = read(json!({"id": "a", "agent_id": "b"}));
    assert_eq!((both.id.as_str(), &both.other["agent_id"]), ("a", &json!("b")));
    assert_eq!(read(json!({})), AgentInfo::new(""));
}

#[test]
fn members_of_another_type_are_kept() {
    let agent = read(json!({"id": 7, "name": null, "status": ["up"], "entrypoints": ["chat"], "framework": "x"}));
    assert_eq!((agent.id.as_str(), &agent.name, &agent.status), ("", &None, &None));
    assert!(agent.entrypoints.is_empty());
    assert_eq!(
        Value::Object(agent.other),
        json!({"id": 7, "name": null, "status": ["up"], "entrypoints": ["chat"], "framework": "x"})
    );
}

#[test]
fn enveloped_or_bare() {
    let expected = AgentInfo { entrypoints: vec![Entrypoint::new("chat")], ..AgentInfo::new("a") };
    for body in [
        r#"{"status":"success","data":{"id":"a","entrypoints":[{"tag":"chat"}]}}"#,
        r#"{"id":"a","entrypoints":[{"tag":"chat"}]}"#,
        r#"{"success":true,"data":{"agent_id":"a","entrypoints":[{"tag":"chat","extractor":null}]},"error":null}"#,
    ] {
        assert_eq!(AgentInfo::decode(body.as_bytes()).unwrap().as_ref(), Ok(&expected), "{body}");
    }
    let error = AgentInfo::decode(br#"{"status":"error","error":{"code":"AGENT_NOT_FOUND","message":"no agent x"}}"#);
    assert_eq!(error.unwrap(), Err(ApiError::new("AGENT_NOT_FOUND", "no agent x")));
}

#[test]
fn it_arrives_as_it_was_sent() {
    let mut agent = AgentInfo::new("a");
    agent.name = Some("greeter".to_owned());
    agent.status = Some("deployed".to_owned());
    agent.entrypoints = vec![Entrypoint::new("chat"), Entrypoint::new("chat_stream")];
    agent.other.insert("framework".to_owned(), json!("langgraph"));
    assert_eq!(AgentInfo::decode(&agent.to_json()).unwrap().as_ref(), Ok(&agent));
    agent.other.insert("id".to_owned(), json!("another"));
    assert_eq!(serde_json::to_string(&agent).unwrap().matches("\"id\"").count(), 1);
}
