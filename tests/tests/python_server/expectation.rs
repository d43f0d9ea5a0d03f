//! What the official Python client gets from the shared server, as `tests/interop/expect.py` prints it.

use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use crate::server::shared;

/// The document that `expect.py` printed.
pub(crate) async fn expectations() -> &'static Value {
    static DOCUMENT: OnceCell<Value> = OnceCell::const_new();
    DOCUMENT.get_or_init(async || shared().await.expect().await).await
}

/// The cases of one part of the document, by name.
pub(crate) fn part<'a>(document: &'a Value, name: &str) -> &'a Map<String, Value> {
    document[name].as_object().expect("a part of the document")
}

/// The value that our client must return where the Python client returned `result`. Everything is equal, but for what
/// JSON values can't hold:
///
/// | in Python | here |
/// |---|---|
/// | an integer beyond 64 bits | a string of its digits |
/// | infinities | `"inf"` and `"-inf"`, as the protocol has them |
/// | NaN, which the Python client can't read: it returns the protocol's own wrapper | null |
pub(crate) fn value(result: &Value) -> Value {
    let content = &result["v"];
    match tag(result) {
        "none" => Value::Null,
        "bool" | "str" => content.clone(),
        "int" => integer(text(content)),
        "float" => float(text(content)),
        "list" => content.as_array().expect("items").iter().map(value).collect(),
        "dict" if is_nan(content) => Value::Null,
        "dict" => {
            content.as_object().expect("members").iter().map(|(key, member)| (key.clone(), value(member))).collect()
        }
        other => panic!("no such tag: {other}"),
    }
}

fn integer(digits: &str) -> Value {
    let fits = digits.parse::<i64>().map(Value::from).or_else(|_| digits.parse::<u64>().map(Value::from));
    fits.unwrap_or_else(|_| digits.into())
}

fn float(text: &str) -> Value {
    let float: f64 = text.parse().expect("a float");
    if float.is_finite() { float.into() } else { text.into() }
}

fn is_nan(members: &Value) -> bool {
    *members == json!({"type": {"t": "str", "v": "number"}, "payload": {"t": "str", "v": "null"}})
}

fn tag(result: &Value) -> &str {
    text(&result["t"])
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Fails where the two differ. The text is compared too: it tells `-0.0` from `0.0`.
pub(crate) fn assert_same(case: &str, ours: &Value, expected: &Value) {
    assert_eq!(ours, expected, "{case}");
    assert_eq!(ours.to_string(), expected.to_string(), "{case}");
}
