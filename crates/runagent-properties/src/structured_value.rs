use runagent_types::{StructuredValue, ValueKind, decode_text, generator_repr};
use serde_json::{Value, value::RawValue};

/// Whatever text a result is, it is a value or an error, and a value that we wrap ourselves is unwrapped to the same.
///
/// An input is the text of a result.
pub fn structured_value(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(structured) = StructuredValue::parse(&text) {
        let _ = (structured.deserialize::<f64>(), structured.deserialize::<i128>(), structured.deserialize::<String>());
        let _ = structured.deserialize::<Box<RawValue>>();
        if let Ok(value) = structured.to_value() {
            // A payload of a kind that the protocol names is the result; any other may be an agent's own dictionary.
            if structured.kind() != ValueKind::Other {
                assert_eq!(decode_text(&text).expect("the same value"), value);
            }
            is_wrapped(&value);
        }
    }
    if let Ok(value) = decode_text(&text) {
        is_wrapped(&value);
    }
    let _ = generator_repr(&Value::from(text.as_ref()));
}

fn is_wrapped(value: &Value) {
    let wrapped = StructuredValue::encode(value);
    let structured = StructuredValue::parse(&wrapped).expect("a structured value");
    assert_eq!(structured.to_value().expect("a value"), *value);
    assert_eq!(decode_text(&wrapped).expect("a value"), *value);
    let kind = match value {
        Value::Null => ValueKind::Null,
        Value::Bool(_) => ValueKind::Boolean,
        Value::Number(number) if number.is_f64() => ValueKind::Number,
        Value::Number(_) => ValueKind::Integer,
        Value::String(_) => ValueKind::String,
        Value::Array(_) => ValueKind::Array,
        Value::Object(_) => ValueKind::Object,
    };
    assert_eq!(structured.kind(), kind);
}
