use serde_json::json;

use super::*;

/// A description that nothing is wrong with.
fn complete() -> Value {
    json!({
        "agent_id": "a1", "agent_name": "n", "description": "d", "framework": "default", "template": "default",
        "version": "1.0.0", "created_at": "2025-06-25 13:42:03",
        "template_source": {"repo_url": "https://example.com", "author": "a", "path": "p"},
        "agent_architecture": {"entrypoints": [
            {"file": "main.py", "module": "run", "tag": "run"},
            {"webhook_url": "http://localhost:5678/x", "method": "post", "tag": "hook"},
        ]},
        "something": "new",
    })
}

/// What is wrong with the description after this change.
fn complaint(pointer: &str, value: Option<Value>) -> String {
    let mut config = complete();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = config.pointer_mut(parent).expect("a parent");
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(key.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(key).expect("a member")),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().expect("an index")] = value,
        (parent, _) => panic!("{parent}"),
    }
    let error = ProjectConfig::parse(config.to_string().as_bytes()).expect_err(pointer);
    assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR);
    error.message().strip_prefix("runagent.config.json: ").expect("the file is named").to_owned()
}

#[test]
fn a_complete_description_is_kept_as_it_is() {
    let config = ProjectConfig::parse(complete().to_string().as_bytes()).expect("nothing is wrong");
    assert_eq!(Value::Object(config.members), complete());
    assert_eq!((config.agent_id.as_str(), config.entrypoint_files), ("a1", vec![("run".into(), "main.py".into())]));
}

#[test]
fn every_required_key_is_named_when_it_is_missing() {
    for pointer in [
        "/agent_id",
        "/agent_name",
        "/description",
        "/framework",
        "/template",
        "/version",
        "/created_at",
        "/template_source",
        "/template_source/repo_url",
        "/template_source/author",
        "/template_source/path",
        "/agent_architecture",
        "/agent_architecture/entrypoints",
        "/agent_architecture/entrypoints/0/tag",
        "/agent_architecture/entrypoints/0/file",
        "/agent_architecture/entrypoints/0/module",
    ] {
        let key = pointer[1..].replace('/', ".").replace(".0.", "[0].");
        assert_eq!(complaint(pointer, None), format!("`{key}` is missing"));
    }
}

#[test]
fn what_is_wrong_with_a_key_is_told() {
    let entrypoints = "/agent_architecture/entrypoints";
    for (pointer, value, expected) in [
        ("/agent_id", json!(""), "`agent_id` is empty"),
        ("/agent_id", json!(" \n"), "`agent_id` is empty"),
        ("/agent_id", json!(7), "`agent_id` is no text"),
        ("/version", json!(null), "`version` is no text"),
        ("/template_source", json!("here"), "`template_source` is no object"),
        ("/template_source/author", json!([]), "`template_source.author` is no text"),
        ("/agent_architecture", json!([]), "`agent_architecture` is no object"),
        (entrypoints, json!([]), "`agent_architecture.entrypoints` is empty: an agent has at least one"),
        (entrypoints, json!({}), "`agent_architecture.entrypoints` is no list"),
        ("/agent_architecture/entrypoints/1", json!("run"), "`agent_architecture.entrypoints[1]` is no object"),
        (
            "/agent_architecture/entrypoints/1/tag",
            json!("run"),
            "`agent_architecture.entrypoints[1].tag` is `run` once more: tags differ",
        ),
        (
            "/agent_architecture/entrypoints/1/webhook_url",
            json!(""),
            "`agent_architecture.entrypoints[1].webhook_url` is empty",
        ),
    ] {
        assert_eq!(complaint(pointer, Some(value)), expected);
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    for text in [&b""[..], b"[]", b"null", b"\xff\xfe", b"{\"agent_id\":", b"agent_id: a1"] {
        let error = ProjectConfig::parse(text).expect_err("it is no description");
        assert!(error.message().starts_with("runagent.config.json: it is no JSON object: "), "{error}");
    }
}
