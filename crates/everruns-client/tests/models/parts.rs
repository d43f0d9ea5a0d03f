//! Objects that are told apart by a word in them.

use everruns_sdk::types::*;
use serde_json::{Value, json};

fn part(json: Value) -> ContentPart {
    serde_json::from_str(&json.to_string()).unwrap()
}

#[test]
fn each_kind_of_part_is_told_from_the_others() {
    let parts = [
        json!({"type": "text", "text": "a", "annotations": [
            {"start": 0, "end": 1, "origin": "search", "source": {"uri": "https://example.com"}, "verified": {"status": "entailed"}},
        ]}),
        json!({"type": "image", "url": "https://example.com/a.png"}),
        json!({"type": "image_file", "image_id": "img_1", "filename": "a.png"}),
        json!({"type": "file", "file_id": "file_1"}),
        json!({"type": "tool_call", "id": "call_1", "name": "roll", "arguments": {"sides": 6}, "native": {"type": "function_call"}}),
        json!({"type": "tool_result", "tool_call_id": "call_1", "result": {"value": 4}}),
        json!({"type": "tool_result", "tool_call_id": "call_1", "error": "no dice"}),
        json!({"type": "reasoning", "provider": "openai", "item_id": "rs_1", "text": {"kind": "summary", "parts": ["a"]}, "tokens": 7}),
        json!({"type": "provider_opaque", "provider": "openai", "content": [1]}),
    ];
    for json in parts {
        let part = part(json.clone());
        assert!(!matches!(part, ContentPart::Unknown(_)), "{json}");
        assert_eq!(part.kind(), json["type"]);
        assert_eq!(serde_json::to_value(&part).unwrap(), json);
    }
}

#[test]
fn unknown_kinds_are_kept_as_they_came() {
    for json in [
        json!({"type": "hologram", "depth": 3}),
        json!({"kind": "text"}),
        json!({"type": 5, "text": "a"}),
        json!("text"),
        json!([1]),
        json!(null),
    ] {
        let part = part(json.clone());
        assert_eq!(part, ContentPart::Unknown(json.clone()));
        assert_eq!(serde_json::to_value(&part).unwrap(), json);
    }
    assert_eq!(part(json!({"type": "hologram"})).kind(), "hologram");
    assert_eq!(part(json!("text")).kind(), "");
}

#[test]
fn a_known_kind_that_does_not_decode_is_kept_as_it_came() {
    let json = json!({"type": "text", "text": ["not", "text"]});
    let part = part(json.clone());
    assert_eq!(part, ContentPart::Unknown(json.clone()));
    assert_eq!(part.kind(), "text");
    assert_eq!(serde_json::to_value(&part).unwrap(), json);
}

#[test]
fn one_bad_part_spoils_neither_its_message_nor_the_list() {
    let json = r#"{"data": [{"id": "m", "role": "agent", "content": [
        {"type": "text", "text": "a"}, {"type": "text", "text": 1}, {"type": "hologram"}, {"text": "b", "type": "text"}
    ]}]}"#;
    let list: Value = serde_json::from_str(json).unwrap();
    let messages: Vec<Message> = serde_json::from_value(list["data"].clone()).unwrap();
    assert_eq!(messages[0].text(), "ab");
    assert_eq!(messages[0].content.len(), 4);
}

#[test]
fn a_part_keeps_fields_that_are_new() {
    let json = json!({"type": "text", "text": "a", "language": "la"});
    let ContentPart::Text(text) = part(json.clone()) else { panic!("text") };
    assert_eq!(text.extra, serde_json::Map::from_iter([("language".to_owned(), json!("la"))]));
    assert_eq!(serde_json::to_value(ContentPart::Text(text)).unwrap(), json);
}

#[test]
fn tools_are_told_apart() {
    let json = json!([
        {"type": "builtin", "name": "a", "description": "A.", "parameters": {}, "policy": "requires_approval",
         "hints": {"readonly": true, "side_effect_class": "AtMostOnce"}},
        {"type": "client_side", "name": "b", "description": "B.", "parameters": {"type": "object"}},
        {"type": "telepathic", "name": "c"},
    ]);
    let tools: Vec<ToolDefinition> = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(tools.iter().map(ToolDefinition::kind).collect::<Vec<_>>(), ["builtin", "client_side", "telepathic"]);
    let ToolDefinition::Builtin(builtin) = &tools[0] else { panic!("builtin") };
    assert_eq!(builtin.policy, Some(ToolPolicy::RequiresApproval));
    assert_eq!(
        builtin.hints.as_ref().and_then(|hints| hints.side_effect_class.clone()),
        Some(SideEffectClass::AtMostOnce)
    );
    assert_eq!(serde_json::to_value(&tools).unwrap(), json);
}

#[test]
fn sources_of_memories_have_another_tag_in_answers_than_in_requests() {
    let source: MemorySource =
        serde_json::from_value(json!({"provider": "github", "repository": "a/b", "branch": "main"})).unwrap();
    let MemorySource::GitHub(github) = source else { panic!("github") };
    let request = CreateMemoryRequest { name: "notes".to_owned(), source: Some(github.into()), ..Default::default() };
    let expected = json!({"name": "notes", "source": {"type": "github", "repository": "a/b", "branch": "main"}});
    assert_eq!(serde_json::to_value(&request).unwrap(), expected);
    let manual: MemorySource = serde_json::from_value(json!({"provider": "manual"})).unwrap();
    assert_eq!(serde_json::to_value(&manual).unwrap(), json!({"provider": "manual"}));
}

#[test]
fn words_are_read_in_all_their_spellings() {
    for word in ["waitingfortoolresults", "waiting_for_tool_results"] {
        assert_eq!(SessionStatus::from(word), SessionStatus::WaitingForToolResults);
    }
    for word in ["Commentary", "commentary"] {
        assert_eq!(Phase::from(word), Phase::Commentary);
    }
    for word in ["AtMostOnce", "at_most_once"] {
        assert_eq!(SideEffectClass::from(word), SideEffectClass::AtMostOnce);
    }
    assert_eq!(MessageRole::from("assistant"), MessageRole::Agent);
    assert_eq!(SideEffectClass::AtMostOnce.as_str(), "AtMostOnce");
    assert_eq!(SessionStatus::WaitingForToolResults.as_str(), "waitingfortoolresults");
}

#[test]
fn secrets_are_sent_and_not_shown() {
    let request = ConnectRequest { api_key: "t0ken".into() };
    assert_eq!(serde_json::to_value(&request).unwrap(), json!({"api_key": "t0ken"}));
    let server: McpServer =
        serde_json::from_value(json!({"headers": {"Authorization": "t0ken"}, "env": {"K": "t0ken"}})).unwrap();
    let token: RuntimeToken = serde_json::from_value(json!({"access_token": "t0ken"})).unwrap();
    assert_eq!(token.access_token.expose(), "t0ken");
    for debug in [format!("{request:?}"), format!("{server:?}"), format!("{token:?}")] {
        assert!(!debug.contains("t0ken"), "{debug}");
    }
}
