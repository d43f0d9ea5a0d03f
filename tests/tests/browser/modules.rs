//! The page's modules, one function at a time, as the browser runs them.

use serde_json::{Value, json};

use crate::agent::serve;
use crate::tab::Tab;

/// Calls functions of a module, each with one row of a table, and returns what they return.
async fn table(module: &str, body: &str, rows: Value) -> Vec<Value> {
    let (server, _strings) = serve().await;
    let mut tab = Tab::open(&server.base_url()).await;
    let script = format!("import('/{module}.js').then((module) => ({rows}).map((row) => {{ {body} }}))");
    let results = tab.value(&script).await;
    tab.is_content().await;
    results.as_array().unwrap().clone()
}

#[tokio::test]
async fn json_text_keeps_every_digit_and_every_character() {
    let rows = json!([
        r#"{"a":12345678901234567890.10,"b":["x, y: \"{z}\"\\",[],{}]}"#,
        r#"[1e400,-0.0,true,null,"é\u00e9"]"#,
        r#""just text""#,
    ]);
    let pretty = table("json", "return module.pretty(row);", rows.clone()).await;
    assert_eq!(
        pretty[0],
        "{\n  \"a\": 12345678901234567890.10,\n  \"b\": [\n    \"x, y: \\\"{z}\\\"\\\\\",\n    [],\n    {}\n  ]\n}"
    );
    assert_eq!(pretty[1], "[\n  1e400,\n  -0.0,\n  true,\n  null,\n  \"é\\u00e9\"\n]");
    assert_eq!(pretty[2], rows[2]);

    let members =
        table("json", "return module.members(row);", json!([rows[0], rows[1], "{}", "[]", "[[1, 2], 3]"])).await;
    assert_eq!(members[0], json!([["a", "12345678901234567890.10"], ["b", r#"["x, y: \"{z}\"\\",[],{}]"#]]));
    assert_eq!(members[1].as_array().unwrap().len(), 5);
    assert_eq!((&members[2], &members[3]), (&json!([]), &json!([])));
    assert_eq!(members[4], json!([[null, "[1,2]"], [null, "3"]]));
}

#[tokio::test]
async fn what_a_server_sends_for_a_value_is_read_once() {
    let rows = [
        (json!(r#"{"type":"string","payload":"\"a\\nb\""}"#), json!({"text": "a\nb"})),
        (json!(r#"{"type":"string","payload":""}"#), json!({"text": ""})),
        (json!(r#"{"type":"integer","payload":"9007199254740993"}"#), json!({"json": "9007199254740993"})),
        (json!(r#"{"type":"null","payload":"null"}"#), json!({"json": "null"})),
        (
            json!(r#"{"type":"object","payload":"{\"type\": \"x\", \"payload\": \"y\"}"}"#),
            json!({"json": r#"{"type": "x", "payload": "y"}"#}),
        ),
        (json!(r#"{"other": 1}"#), json!({"json": r#"{"other": 1}"#})),
        (json!("plain <generator"), json!({"text": "plain <generator"})),
        (json!({"not": "text"}), json!({"json": r#"{"not":"text"}"#})),
    ];
    let sent = rows.iter().map(|(sent, _)| sent.clone()).collect();
    let read = table("json", "return module.structured(row);", sent).await;
    for ((sent, expected), read) in rows.iter().zip(read) {
        assert_eq!(read, *expected, "{sent}");
    }
}

#[tokio::test]
async fn every_schema_has_its_fields() {
    let schemas = json!([
        null,
        true,
        {"type": "object", "properties": {}},
        {"type": "null"},
        {"type": "object", "additionalProperties": {"type": "number"}},
        {"type": "array", "items": {"type": "number"}},
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]},
        {"type": "string"},
        {"$ref": "#/$defs/Level", "$defs": {"Level": {"type": "string", "enum": ["low", "high"]}}},
        {"type": "object", "required": ["z", "a"], "properties": {
            "a": {"type": "number", "minimum": 0, "maximum": 1}, "b": {"type": ["integer", "null"]},
            "c": {"anyOf": [{"$ref": "#/$defs/Deep"}, {"type": "null"}]}, "d": {"type": "boolean"},
            "e": {"allOf": [{"$ref": "#/$defs/Level"}], "default": "low"}, "z": {"type": "array"},
            "f": {"$ref": "#/$defs/Loop"}, "g": {"type": "boolean", "default": true}},
         "$defs": {"Deep": {"type": "object"}, "Loop": {"$ref": "#/$defs/Loop"},
            "Level": {"oneOf": [{"const": "low", "description": "Cheap."}, {"enum": ["high"]}]}}},
        {"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}}}, {"type": "object"}]},
    ]);
    let body = "const parent = document.createElement('div'); module.fill(parent, row ?? undefined); \
                return [...parent.querySelectorAll('.label')].map((label) => [...label.children].map((at) => at.textContent).join(': '));";
    let fields = table("form", body, schemas).await;
    let anything = json!(["keyword arguments: object in JSON", "positional arguments: array in JSON"]);
    for (fields, expected) in fields.iter().zip([
        anything.clone(),
        anything.clone(),
        json!([]),
        json!([]),
        json!(["keyword arguments: object in JSON"]),
        json!(["positional arguments: array in JSON"]),
        json!(["argument 1: integer, required", "argument 2: boolean, required"]),
        json!(["argument: string, required"]),
        json!(["argument: choice, required"]),
        json!([
            "z: array in JSON, required",
            "a: number from 0 to 1, required",
            "b: integer",
            "c: object in JSON",
            "d: boolean",
            "e: choice",
            "f: JSON",
            "g: boolean"
        ]),
        anything,
    ]) {
        assert_eq!(*fields, expected);
    }
}

#[tokio::test]
async fn the_call_is_written_as_its_language_writes_it() {
    let values = [
        ("positional", json!(["\"it's \\\"quoted\\\"\\n\"", "{\"a\": [true, null, 12345678901234567890]}"])),
        ("named", json!([["name", "\"\\u0007 {x} é\""], ["class", "false"]])),
    ];
    let call = Value::from_iter(values.map(|(name, value)| (name.to_owned(), value)));
    let target = json!({"agentId": "a/b", "tag": "t", "streams": false, "call": call});
    let body = "return ['Rust', 'Python', 'curl'].map((language) => module.snippet(language, row));";
    let mut stream = target.clone();
    stream["streams"] = json!(true);
    let snippets = table("snippets", body, json!([target, stream])).await;
    let snippet = |at: usize| snippets[0][at].as_str().unwrap();
    for (at, part) in [
        (
            0,
            r#"client.run_with_args(&[json!("it's \"quoted\"\n"), json!({"a": [true, null, 12345678901234567890]})], "#,
        ),
        (0, r#"&[("name", json!("\u{7} {x} é")), ("class", json!(false))]).await?;"#),
        (1, r#"client.run("it's \"quoted\"\n", {"a": [True, None, 12345678901234567890]}, "#),
        (1, r#"**{"name": "\u0007 {x} é", "class": False})"#),
        (2, "/api/v1/agents/a%2Fb/run' \\\n"),
        (2, r#""input_args": ["it'\''s \"quoted\"\n", {"a": [true, null, 12345678901234567890]}]"#),
    ] {
        assert!(snippet(at).contains(part), "{part} in\n{}", snippet(at));
    }
    let curl = snippets[1][2].as_str().unwrap();
    let (address, rest) = curl.split_once(" \\\n").unwrap();
    assert!(address.starts_with("curl -N 'http://") && address.ends_with("/api/v1/agents/a%2Fb/run-stream'"), "{curl}");
    assert!(rest.starts_with("  --header 'Accept: text/event-stream' \\\n  --header 'Content-Type: "), "{curl}");
}
