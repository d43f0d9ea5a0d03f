use serde_json::json;

use super::*;

fn structured(kind: &str, payload: &str) -> String {
    json!({"type": kind, "payload": payload}).to_string()
}

#[test]
fn exactly_one_layer_is_taken_off() {
    let inner = structured("note", "\"inner\"");
    let outer = structured("object", &inner);
    assert_eq!(decode_text(&outer).unwrap(), json!({"type": "note", "payload": "\"inner\""}));

    let twice = structured("string", &json!(structured("integer", "1")).to_string());
    assert_eq!(decode_text(&twice).unwrap(), json!(structured("integer", "1")));
}

#[test]
fn other_objects_are_not_structured() {
    for text in [
        "",
        "[]",
        "\"x\"",
        "{}",
        r#"{"type":"string"}"#,
        r#"{"payload":"1"}"#,
        r#"{"type":null,"payload":"1"}"#,
        r#"{"type":"integer","payload":null}"#,
        r#"{"type":"integer","payload":1}"#,
        r#"{"type":1,"payload":"1"}"#,
        r#"{"type":"integer","payload":"1"}}"#,
        r#"["integer","1"]"#,
    ] {
        assert_eq!(StructuredValue::parse(text), None, "{text}");
    }
}

#[test]
fn text_is_json_if_it_can_be_and_itself_if_not() {
    assert_eq!(decode_text(r#"{"type":"integer","payload":1}"#).unwrap(), json!({"type": "integer", "payload": 1}));
    for plain in ["", "hello", "{oops", "[1, 2", "<generator object f at 0x1>", "12 monkeys"] {
        assert_eq!(decode_text(plain).unwrap(), plain);
    }
    assert_eq!(deserialize_text::<String>("42").unwrap(), "42");
    assert_eq!(deserialize_text::<u8>("42").unwrap(), 42);
    assert!(deserialize_text::<u8>("hello").is_err());
}

#[test]
fn a_users_own_type_and_payload_survive_as_text_too() {
    let own = structured("note", "not json");
    assert_eq!(decode_text(&own).unwrap(), json!({"type": "note", "payload": "not json"}));
    assert_eq!(decode_text(&structured("decimal", "1.5")).unwrap(), 1.5);
}

#[test]
fn a_broken_payload_of_a_known_kind_is_an_error() {
    for kind in ["string", "integer", "number", "boolean", "array", "object"] {
        let error = decode_text(&structured(kind, "{oops")).unwrap_err();
        assert!(error.is_malformed(), "{kind}: {error}");
    }
    assert_eq!(decode_text(&structured("null", "{oops")).unwrap(), Value::Null);
}

#[test]
fn a_blank_payload_is_the_empty_value_of_its_kind() {
    for (kind, empty) in [
        ("string", json!("")),
        ("integer", json!(0)),
        ("number", json!(0.0)),
        ("boolean", json!(false)),
        ("array", json!([])),
        ("object", json!({})),
        ("null", json!(null)),
        ("else", json!(null)),
    ] {
        for blank in ["", " \n"] {
            assert_eq!(decode_text(&structured(kind, blank)).unwrap(), empty, "{kind}");
        }
    }
}

#[test]
fn floats_that_json_cannot_hold() {
    let infinite = structured("number", "\"inf\"");
    let negative = structured("number", "\"-inf\"");
    let nan = structured("number", "null");
    assert_eq!(decode_text(&infinite).unwrap(), "inf");
    assert_eq!(decode_text(&negative).unwrap(), "-inf");
    assert_eq!(decode_text(&nan).unwrap(), Value::Null);
    assert_eq!(decode_text(&structured("number", "NaN")).unwrap(), Value::Null);

    assert_eq!(deserialize_text::<f64>(&infinite).unwrap(), f64::INFINITY);
    assert_eq!(deserialize_text::<f32>(&negative).unwrap(), f32::NEG_INFINITY);
    assert_eq!(deserialize_text::<Option<f64>>(&negative).unwrap(), Some(f64::NEG_INFINITY));
    assert_eq!(deserialize_text::<Option<f64>>(&nan).unwrap(), None);
    assert!(deserialize_text::<f64>(&nan).unwrap().is_nan());
    assert_eq!(deserialize_text::<String>(&infinite).unwrap(), "inf");

    #[derive(serde::Deserialize)]
    struct Celsius(f64);
    assert!(deserialize_text::<Celsius>(&nan).unwrap().0.is_nan());
    assert_eq!(deserialize_text::<f64>(&structured("number", "3")).unwrap(), 3.0);
    assert!(deserialize_text::<u8>(&nan).is_err());
    // Only a number that has no JSON form is special: words of another kind stay words.
    assert!(deserialize_text::<f64>(&structured("string", "\"inf\"")).is_err());
}

#[test]
fn integers_of_any_size_are_exact() {
    let wide = structured("integer", "1180591620717411303424");
    assert_eq!(decode_text(&wide).unwrap(), "1180591620717411303424");
    assert_eq!(deserialize_text::<i128>(&wide).unwrap(), 1 << 70);
    assert_eq!(deserialize_text::<Box<serde_json::value::RawValue>>(&wide).unwrap().get(), "1180591620717411303424");
}

#[test]
fn depth_is_an_error_at_every_layer() {
    for depth in [200, 100_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(decode_text(&deep).unwrap_err().is_malformed());
        assert!(decode_text(&structured("array", &deep)).unwrap_err().is_malformed());
        assert_eq!(deserialize_text::<String>(&deep).unwrap(), deep);
    }
}

#[test]
fn encoding_names_the_json_kind() {
    for (value, wire) in [
        (json!(null), r#"{"type": "null", "payload": "null"}"#),
        (json!(true), r#"{"type": "boolean", "payload": "true"}"#),
        (json!(-7), r#"{"type": "integer", "payload": "-7"}"#),
        (json!(u64::MAX), r#"{"type": "integer", "payload": "18446744073709551615"}"#),
        (json!(3.0), r#"{"type": "number", "payload": "3.0"}"#),
        (json!(1e-300), r#"{"type": "number", "payload": "1e-300"}"#),
        (json!("naïve 🚀\u{2028}"), "{\"type\": \"string\", \"payload\": \"\\\"naïve 🚀\u{2028}\\\"\"}"),
        (json!([1]), r#"{"type": "array", "payload": "[1]"}"#),
        (json!({"a": "b"}), r#"{"type": "object", "payload": "{\"a\":\"b\"}"}"#),
    ] {
        assert_eq!(StructuredValue::encode(&value), wire);
        assert_eq!(decode_text(wire).unwrap(), value);
    }
}

#[test]
fn only_the_exact_form_is_a_generator() {
    for text in [
        "<generator object make_generator.<locals>.g at 0x7fdf90f8b030>",
        "<async_generator object g at 0xABC>",
        "<generator object a at 0x1 at 0x2>",
    ] {
        assert!(generator_repr(&json!(text)), "{text}");
    }
    for value in [
        json!("A generator object is an iterator"),
        json!(" <generator object g at 0x1>"),
        json!("<generator object g at 0x1> "),
        json!("<generator object g at 0x>"),
        json!("<generator object g at 0xg>"),
        json!("<generator object  at 0x1"),
        json!("<generator object at 0x1>"),
        json!("<generator object g\nh at 0x1>"),
        json!("<coroutine object g at 0x1>"),
        json!(["<generator object g at 0x1>"]),
        json!(null),
    ] {
        assert!(!generator_repr(&value), "{value}");
    }
}
