use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::*;

const WIDE: &str = "1180591620717411303424";

#[test]
fn integers_of_64_bits_stay_numbers_and_wider_ones_become_their_digits() {
    for (text, expected) in [
        ("9223372036854775807", json!(i64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551615", json!(u64::MAX)),
        ("18446744073709551616", json!("18446744073709551616")),
        ("-9223372036854775809", json!("-9223372036854775809")),
        (WIDE, json!(WIDE)),
    ] {
        assert_eq!(value_from_str(text).unwrap(), expected);
        assert_eq!(value_from_str(&format!(" {text}\n")).unwrap(), expected);
        let nested = format!(r#"{{"a":[{text},{{"b" : {text} }}]}}"#);
        assert_eq!(value_from_str(&nested).unwrap(), json!({"a": [expected, {"b": expected}]}));
    }
}

#[test]
fn digits_elsewhere_are_left_alone() {
    for text in [
        format!(r#"["{WIDE}"]"#),
        format!(r#"{{"{WIDE}": 1}}"#),
        format!(r#"["\"{WIDE}", "\\"]"#),
        format!(r#"["{WIDE}\\", 1]"#),
    ] {
        let expected: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value_from_str(&text).unwrap(), expected, "{text}");
    }
    for text in [format!("{WIDE}.5"), format!("-{WIDE}e3"), format!("{WIDE}E-4"), format!("0.{WIDE}")] {
        assert!(value_from_str(&text).unwrap().is_number(), "{text}");
    }
}

#[test]
fn what_is_not_json_is_not_made_json() {
    for text in [
        format!("{{{WIDE}: 1}}"),
        format!("{{ {WIDE}\n: 1}}"),
        format!("0{WIDE}"),
        format!("--{WIDE}"),
        format!("+{WIDE}"),
        format!("{WIDE}-{WIDE}"),
        format!("{WIDE} {WIDE}"),
        format!("[{WIDE}"),
        format!("{WIDE}abc"),
        format!("\"{WIDE}"),
        format!("\"{WIDE}\\"),
        format!("[\"\\u{WIDE}\"]x"),
    ] {
        assert!(value_from_str(&text).is_err(), "{text}");
    }
}

#[test]
fn a_wide_integer_is_suspected_at_every_offset() {
    for offset in 0..80 {
        let text = format!("[{}-9223372036854775809]", " ".repeat(offset));
        assert!(wide::suspected(&text), "{offset}");
        assert_eq!(value_from_str(&text).unwrap(), json!(["-9223372036854775809"]), "{offset}");
    }
    for offset in 0..80 {
        assert!(!wide::suspected(&format!("{}123456789012345678,{}", " ".repeat(offset), "12345678")), "{offset}");
    }
}

#[test]
fn a_typed_target_gets_every_integer_exactly_and_so_do_the_values_inside_it() {
    #[derive(Deserialize)]
    struct Typed<'a> {
        exact: i128,
        maybe: Option<u128>,
        value: Value,
        #[serde(borrow)]
        raw: &'a RawValue,
        wrapped: Wrapped,
        choice: Choice,
        choices: Vec<Choice>,
        pair: (u128, Value),
    }
    #[derive(Deserialize)]
    struct Wrapped(i128);
    #[derive(Deserialize, Debug, PartialEq)]
    enum Choice {
        Unit,
        One(i128),
        Two(Value, i128),
        Named { n: u128, v: Value },
    }

    let text = format!(
        r#"{{"value":[{WIDE}],"raw":[{WIDE}, 1],"choice":{{"One":{WIDE}}},"exact":-{WIDE},"maybe":{WIDE},"wrapped":{WIDE},
            "choices":["Unit",{{"Two":[{WIDE},{WIDE}]}},{{"Named":{{"n":{WIDE},"v":{WIDE}}}}}],"pair":[{WIDE},{WIDE}]}}"#
    );
    let typed: Typed<'_> = from_text(&text).unwrap();
    let wide: i128 = WIDE.parse().unwrap();
    assert_eq!((typed.exact, typed.maybe, typed.wrapped.0), (-wide, Some(wide.unsigned_abs()), wide));
    assert_eq!((typed.value, typed.raw.get()), (json!([WIDE]), &*format!("[{WIDE}, 1]")));
    assert_eq!(typed.choice, Choice::One(wide));
    assert_eq!(
        typed.choices,
        [Choice::Unit, Choice::Two(json!(WIDE), wide), Choice::Named { n: wide.unsigned_abs(), v: json!(WIDE) },]
    );
    assert_eq!(typed.pair, (wide.unsigned_abs(), json!(WIDE)));
}

#[test]
fn a_flattened_map_keeps_wide_integers() {
    #[derive(Deserialize)]
    struct Open {
        id: u8,
        #[serde(flatten)]
        rest: serde_json::Map<String, Value>,
    }
    let open: Open = from_text(&format!(r#"{{"id":1,"more":[{WIDE}]}}"#)).unwrap();
    assert_eq!((open.id, &open.rest["more"]), (1, &json!([WIDE])));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(value_from_slice(b"\xef\xbb\xbf[1]").unwrap(), json!([1]));
    assert!(value_from_str("\u{feff}\u{feff}1").is_err());
    assert!(value_from_slice(b"\"\xff\"").unwrap_err().to_string().contains("UTF-8"));
}

#[test]
fn depth_is_limited_and_never_overflows_the_stack() {
    let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(value_from_str(&nested(127, "1")).is_ok());
    for depth in [128, 129, 100_000] {
        for inner in ["1", WIDE] {
            assert!(value_from_str(&nested(depth, inner)).unwrap_err().is_malformed(), "{depth} {inner}");
        }
    }
}

#[test]
fn of_a_name_given_twice_the_last_counts_and_null_is_absent() {
    let [a, b, c] = members(r#"{"a":1,"\u0062":[2],"a":3,"c":null,"d":{"a":9}}"#, ["a", "b", "c"]).unwrap();
    assert_eq!(a, Some("3"));
    assert_eq!(b, Some("[2]"));
    assert!(c.is_none());
    for text in ["", "[]", "1", "{", "{}x", "{\"a\":}"] {
        assert!(members(text, ["a"]).is_err(), "{text}");
    }
}

#[test]
fn two_texts_are_found_in_either_order() {
    let find = |json| two_texts(json, [r#""a""#, r#""b""#]).map(|[a, b]| format!("{a} {b}"));
    for json in [
        r#"{"a":"one","b":"\"two\""}"#,
        r#"{"b":"\u0022two\"","a":"one"}"#,
        "\n{ \"a\" : \"one\" ,\t\"b\":\"\\\"two\\\"\" }\r\n",
    ] {
        assert_eq!(find(json).as_deref(), Some("one \"two\""), "{json}");
    }
    // Other objects may have the two as well, and are read otherwise.
    for json in [
        "",
        "[]",
        "{}",
        r#"{"a":"1"}"#,
        r#"{"a":"1","b":2}"#,
        r#"{"a":"1","b":"2","c":"3"}"#,
        r#"{"a":"1","a":"1","b":"2"}"#,
        r#"{"a":"1","\u0062":"2"}"#,
        r#"{"a":"1","b":"2",}"#,
        r#"{"a":"1","b":"2"}x"#,
        r#"{"a":"1","b":"2"]"#,
        r#"{"a":"1" "b":"2"}"#,
        r#"{"a":"1","b":"2\x"}"#,
        r#"{"a":"1","b":"2"#,
    ] {
        assert_eq!(find(json), None, "{json}");
    }
}

#[test]
fn members_are_found_beside_any_depth() {
    let deep = format!(r#"{{"x":{}{},"a":1}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let [a] = members(&deep, ["a"]).unwrap();
    assert_eq!(a, Some("1"));
}

#[test]
fn text_is_borrowed_unless_it_has_escapes() {
    assert!(matches!(text(r#""plain""#), Some(std::borrow::Cow::Borrowed("plain"))));
    assert_eq!(text("1"), None);
    assert_eq!(text("\""), None);
}

#[test]
fn text_is_what_serde_json_makes_of_it() {
    for json in [
        r#""""#,
        r#""a\nb\\\"\/\b\f\r\t""#,
        r#""\\""#,
        r#""\\u0041 \u0041\u00e9\u65e5 naïve 🚀\n🚀""#,
        r#""\ud83d\ude80 \uD83D\uDE80""#,
        r#""\ud800""#,
        r#""\ud800x""#,
        r#""\ud800\n""#,
        r#""\ud800\u0041""#,
        r#""\udc00\ud800""#,
        r#""\ud83d\ud83d\ude80""#,
        r#""\u+041""#,
        r#""\u004""#,
        r#""\u00é1""#,
        r#""\x""#,
        r#""a longer text without escapes, then \" and a longer text, then \\ and the end""#,
    ] {
        let expected = serde_json::from_str::<String>(json).ok();
        assert_eq!(text(json).as_deref(), expected.as_deref(), "{json}");
    }
}

#[test]
fn a_string_ends_where_serde_json_says() {
    for json in
        [r#"{"a":"x\\"}"#, r#"{"a":"x\"}"#, r#"{"a":"x\\\"","b":"1"}"#, "{\"a\":\"x\ny\"}", "{\"a\":\"\u{7f}é\"}"]
    {
        let expected = serde_json::from_str::<Value>(json).ok();
        let found = members(json, ["a"]).ok().map(|[a]| json!(text(a.unwrap()).unwrap()));
        assert_eq!(found, expected.map(|value| value["a"].clone()), "{json}");
    }
}

/// JSON, and what nearly is.
fn nearly_json() -> impl Strategy<Value = String> {
    let tokens = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"a\"",
        "\"\\n\"",
        "\"\\u00e9\"",
        "\"\\ud800\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"",
        "\u{1}",
        "0",
        "-",
        "1",
        "23",
        ".5",
        "e7",
        "E+8",
        "true",
        "false",
        "null",
        "tru",
        "é",
    ];
    let grown =
        prop::sample::select(vec!["1", "-0.5e-7", "\"a\"", "\"\\\\é\"", "true", "null", "[]", "{}", "[ ]", "{\n}"])
            .prop_map(str::to_owned)
            .prop_recursive(6, 32, 4, |inner| {
                let blank = prop::sample::select(vec!["", "", " ", "\r\n\t"]);
                (prop::collection::vec(inner, 1..4), blank, any::<bool>()).prop_map(|(values, blank, array)| {
                    if array {
                        return format!("[{blank}{}{blank}]", values.join(&format!("{blank},{blank}")));
                    }
                    let members = values.iter().map(|value| format!("\"k\"{blank}:{blank}{value}")).collect::<Vec<_>>();
                    format!("{{{blank}{}{blank}}}", members.join(&format!("{blank},{blank}")))
                })
            });
    let changed = (grown, any::<prop::sample::Index>(), prop::sample::select(tokens.to_vec()), 0..3usize).prop_map(
        |(json, at, token, cut)| {
            let mut characters = json.chars().collect::<Vec<_>>();
            let at = at.index(characters.len());
            characters.splice(at..(at + cut).min(characters.len()), token.chars());
            characters.into_iter().collect()
        },
    );
    prop_oneof![
        changed,
        prop::collection::vec(prop::sample::select(tokens.to_vec()), 0..12).prop_map(|tokens| tokens.concat()),
    ]
}

proptest! {
    #[test]
    fn a_member_ends_where_serde_json_says(json in nearly_json()) {
        let object = format!("{{\"a\":{json},\"b\":1}}");
        let expected = serde_json::from_str::<BTreeMap<String, &RawValue>>(&object).ok();
        let found = members(&object, ["a", "b"]).ok();
        prop_assert_eq!(found.is_some(), expected.is_some());
        if let (Some([a, b]), Some(expected)) = (found, expected) {
            prop_assert_eq!(a.unwrap_or("null"), expected["a"].get());
            prop_assert_eq!(b, Some("1"));
        }
    }

    #[test]
    fn strings_are_read_as_serde_json_reads_them(content in r#"([a-z"é\u{1}]{0,12}|\\["\\/bfnrtux]|\\u[0-9a-fA-F]{4}|\\ud8[0-9]{2}\\ud[cf]00){0,12}"#) {
        let json = format!("\"{content}\"");
        let expected = serde_json::from_str::<String>(&json).ok();
        let object = format!("{{\"a\":1,\"b\" : {json} }}");
        let found = members(&object, ["b"]).ok().and_then(|[b]| text(b?));
        prop_assert_eq!(found.as_deref(), expected.as_deref());
        for pair in [format!("{{\"a\":\"\",\"b\" : {json} }}"), format!("{{\"b\":{json},\"a\":\"\"}}")] {
            let found = two_texts(&pair, ["\"a\"", "\"b\""]).map(|[_, b]| b);
            prop_assert_eq!(found.as_deref(), expected.as_deref());
        }
    }

    #[test]
    fn any_string_survives(content in any::<String>()) {
        let json = serde_json::to_string(&content).unwrap();
        let read = text(&json);
        prop_assert_eq!(read.as_deref(), Some(content.as_str()));
    }

    #[test]
    fn every_member_is_found(values in prop::collection::vec((any::<String>(), any::<Option<i64>>()), 3)) {
        let [a, b, c] = ["a", "b\"", "c"];
        let object = json!({a: values[0], b: values[1], c: values[2]}).to_string();
        let found = members(&object, [c, a, b]).unwrap().map(|raw| serde_json::from_str::<Value>(raw.unwrap()).unwrap());
        prop_assert_eq!(found, [json!(values[2]), json!(values[0]), json!(values[1])]);
    }
}
