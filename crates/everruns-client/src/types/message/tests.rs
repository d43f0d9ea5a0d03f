use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn request(content: &str) -> CreateMessageRequest {
    CreateMessageRequest { session_id: "session_1".to_owned(), content: content.to_owned() }
}

#[test]
fn text_alone_is_one_part_of_a_user() {
    let body = serde_json::to_value(request("Hello").body(&MessageOptions::default())).unwrap();
    assert_eq!(body, json!({"message": {"role": "user", "content": [{"type": "text", "text": "Hello"}]}}));
}

#[test]
fn files_go_beside_the_message() {
    let file = MessageFile { name: Some("a.txt".to_owned()), data: Some("QQ==".to_owned()), ..MessageFile::default() };
    let options = MessageOptions { files: vec![file], ..MessageOptions::default() };
    let body = serde_json::to_value(request("Read").body(&options)).unwrap();
    assert_eq!(body["files"], json!([{"name": "a.txt", "data": "QQ=="}]));
    assert_eq!(body["message"]["content"][0]["text"], "Read");
}

#[test]
fn everything_that_a_message_may_say_is_sent() {
    let options = MessageOptions {
        content: vec![InputPart::image_file("img_1")],
        files: Vec::new(),
        role: Some(MessageRole::System),
        controls: Some(Controls { model_id: Some("model_1".to_owned()), ..Controls::default() }),
        metadata: Map::from_iter([("k".to_owned(), json!(1))]),
        tags: vec!["t".to_owned()],
        external_actor: Some(ExternalActor {
            actor_id: "U1".to_owned(),
            source: "chat".to_owned(),
            ..ExternalActor::default()
        }),
        addressed_participant_id: Some("participant_1".to_owned()),
        client_message_id: Some("mine".to_owned()),
        request_id: Some("request_1".to_owned()),
    };
    let body = serde_json::to_value(request("Look").body(&options)).unwrap();
    let expected = json!({
        "message": {
            "role": "system",
            "content": [{"type": "text", "text": "Look"}, {"type": "image_file", "image_id": "img_1"}],
        },
        "controls": {"model_id": "model_1"},
        "metadata": {"k": 1},
        "tags": ["t"],
        "external_actor": {"actor_id": "U1", "source": "chat"},
        "addressed_participant_id": "participant_1",
        "client_message_id": "mine",
        "request_id": "request_1",
    });
    assert_eq!(body, expected);

    let list = include_str!("../../../tests/fixtures/wire-fields.txt");
    let names = list.lines().find_map(|line| line.strip_prefix("request POST /v1/sessions/{session_id}/messages: "));
    let names = BTreeSet::from_iter(names.unwrap().split(' ').map(|name| name.trim_start_matches('*')));
    assert_eq!(
        names,
        BTreeSet::from_iter(body.as_object().unwrap().keys().map(String::as_str)),
        "what the server takes"
    );
}

#[test]
fn parts_stand_in_the_place_of_text_that_is_empty() {
    let options = MessageOptions { content: vec![InputPart::file("file_1")], ..MessageOptions::default() };
    let body = serde_json::to_value(request("").body(&options)).unwrap();
    assert_eq!(body["message"]["content"], json!([{"type": "file", "file_id": "file_1"}]));
    let body = serde_json::to_value(request("").body(&MessageOptions::default())).unwrap();
    assert_eq!(body["message"]["content"], json!([{"type": "text", "text": ""}]));
}
