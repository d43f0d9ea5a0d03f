#![allow(unreachable_pub, reason = "what the macros make is public")]

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Patch, Timestamp};

open_enum! {
    /// A set of words.
    pub enum Colour {
        /// One with another spelling.
        Grey = "grey" | "gray",
        /// Another.
        Red = "red",
    }
}

record! {
    /// An object of a server.
    pub struct Thing requires id, owner {
        /// Required.
        pub id: String,
        /// Required.
        pub owner: Colour,
        /// With another name.
        pub colour: Colour = "color",
        /// Optional.
        pub note: Option<String>,
        /// A list.
        pub tags: Vec<String>,
        /// A figure.
        pub size: u64,
        /// A time.
        pub made: Timestamp,
        /// Anything.
        pub value: Option<Value>,
    }
}

shared! {
    /// An object that travels both ways.
    pub struct Paint {
        /// Written even when it is empty.
        pub name: String; always,
        /// Written even when it is empty, under another name.
        pub colour: Colour = "color"; always,
        /// Written when it is not empty.
        pub coats: u64,
    }
}

tagged! {
    /// Objects told apart.
    pub enum Tool by "is" {
        /// With another spelling.
        Paint(Paint) = "paint" | "varnish",
        /// Another.
        Thing(Thing) = "thing",
    }
}

request! {
    /// An object that is sent.
    pub struct Order {
        /// Always.
        pub id: String,
        /// Unless it is empty.
        pub shop: String; optional,
        /// When there is one.
        pub note: Option<String>,
        /// When there are any.
        pub tags: Vec<String>,
        /// Even when there are none.
        pub lines: Vec<String>; always,
        /// When there are any.
        pub prices: BTreeMap<String, f64>,
        /// When there are any.
        pub extras: Map<String, Value>,
        /// As it says.
        pub title: Patch<String> = "orderTitle",
        /// When it is not empty.
        pub colour: Colour,
        /// Always.
        pub gift: bool,
        /// Always.
        pub payment: Value,
        /// When there is one.
        pub inner: Option<Box<Order>>,
    }
}

fn thing(json: &str) -> Result<Thing, serde_json::Error> {
    serde_json::from_str(json)
}

fn minimal() -> Thing {
    Thing { id: "t".to_owned(), owner: Colour::Red, ..Thing::default() }
}

#[test]
fn words_travel_round() {
    for (word, colour) in [("grey", Colour::Grey), ("red", Colour::Red), ("puce", Colour::Other("puce".to_owned()))] {
        assert_eq!(Colour::from(word), colour);
        assert_eq!(Colour::from(word.to_owned()), colour);
        assert_eq!(serde_json::from_value::<Colour>(json!(word)).unwrap(), colour);
        assert_eq!(serde_json::from_str::<Colour>(&format!("\"{word}\"")).unwrap(), colour);
        assert_eq!(serde_json::to_value(&colour).unwrap(), json!(word));
        assert_eq!((colour.as_str(), format!("{colour:>6}")), (word, format!("{word:>6}")));
    }
    // Escapes make the decoder hand the word over in another way.
    assert_eq!(serde_json::from_str::<Colour>("\"\\u0072ed\"").unwrap(), Colour::Red);
}

#[test]
fn other_spellings_are_read_and_not_written() {
    assert_eq!(Colour::from("gray"), Colour::Grey);
    assert_eq!(Colour::from("gray".to_owned()).as_str(), "grey");
}

#[test]
fn what_is_no_word_is_refused_with_some_words() {
    let error = serde_json::from_str::<Colour>("5").unwrap_err().to_string();
    assert!(error.starts_with("invalid type: integer `5`, expected a word, such as `grey` `red`"), "{error}");
    assert_eq!(Colour::default(), Colour::Other(String::new()));
}

#[test]
fn fields_may_be_missing_or_null() {
    assert_eq!(thing(r#"{"id": "t", "owner": "red"}"#).unwrap(), minimal());
    let nulls = r#"{"id": "t", "owner": "red", "note": null, "tags": null, "size": null, "made": null, "value": null}"#;
    assert_eq!(thing(nulls).unwrap(), minimal());
}

#[test]
fn a_required_field_that_is_missing_is_named() {
    for json in ["{}", r#"{"id": null, "owner": "red"}"#, r#"{"id": "", "owner": "red"}"#] {
        assert!(thing(json).unwrap_err().to_string().starts_with("missing field `id`"), "{json}");
    }
    let error = thing(r#"{"id": "t", "color": "red"}"#).unwrap_err().to_string();
    assert!(error.starts_with("missing field `owner`"), "{error}");
}

#[test]
fn fields_that_are_not_known_are_kept() {
    let json = json!({"id": "t", "owner": "red", "n\u{e9}w": {"deep": [1, null]}, "nothing": null});
    let thing = thing(&json.to_string()).unwrap();
    assert_eq!(thing.extra.len(), 2);
    assert_eq!(serde_json::to_value(&thing).unwrap(), json);
    assert_eq!(serde_json::from_value::<Thing>(json).unwrap(), thing);
}

#[test]
fn the_last_of_two_fields_of_one_name_counts_unless_it_is_null() {
    let json = r#"{"id": "a", "owner": "red", "color": "grey", "id": "t", "x": 1, "x": 2, "color": null}"#;
    let thing = thing(json).unwrap();
    assert_eq!((thing.id.as_str(), &thing.colour), ("t", &Colour::Grey));
    assert_eq!(thing.extra["x"], 2);
}

#[test]
fn what_is_no_object_is_refused() {
    for json in ["[]", "\"t\"", "null", "5"] {
        assert!(thing(json).unwrap_err().to_string().contains("expected an object"), "{json}");
    }
}

#[test]
fn a_field_of_the_wrong_kind_is_refused() {
    assert!(thing(r#"{"id": "t", "owner": "red", "size": -1}"#).is_err());
    assert!(thing(r#"{"id": "t", "owner": "red", "tags": "a"}"#).is_err());
}

#[test]
fn figures_keep_all_their_digits() {
    let json = format!(r#"{{"id":"t","owner":"red","size":{},"value":0.1,"odd":{}}}"#, u64::MAX, i64::MIN);
    let thing = thing(&json).unwrap();
    assert_eq!(thing.size, u64::MAX);
    assert_eq!(serde_json::to_string(&thing).unwrap(), json);
}

#[test]
fn what_is_missing_is_not_written_unless_it_must_be() {
    assert_eq!(serde_json::to_value(minimal()).unwrap(), json!({"id": "t", "owner": "red"}));
    assert_eq!(serde_json::to_value(Paint::default()).unwrap(), json!({"name": "", "color": ""}));
}

#[test]
fn objects_are_told_apart() {
    let tool: Tool =
        serde_json::from_value(json!({"is": "varnish", "name": "oak", "color": "red", "gloss": 1})).unwrap();
    let Tool::Paint(paint) = &tool else { panic!("{tool:?}") };
    assert_eq!((paint.name.as_str(), paint.extra.len(), tool.kind()), ("oak", 1, "paint"));
    let expected = json!({"is": "paint", "name": "oak", "color": "red", "gloss": 1});
    assert_eq!(serde_json::to_value(&tool).unwrap(), expected);
    assert!(matches!(Tool::from(minimal()), Tool::Thing(_)));
}

#[test]
fn an_object_that_is_not_as_its_kind_should_be_is_kept() {
    for json in [json!({"is": "thing"}), json!({"is": "hammer"}), json!({"name": "a"}), json!("paint"), json!(null)] {
        let tool: Tool = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(tool, Tool::Unknown(json.clone()));
        assert_eq!(serde_json::to_value(&tool).unwrap(), json);
    }
}

#[test]
fn a_request_leaves_out_what_is_empty() {
    let bare = json!({"id": "", "lines": [], "gift": false, "payment": null});
    assert_eq!(serde_json::to_value(Order::default()).unwrap(), bare);
    assert_eq!(serde_json::from_str::<Value>(&serde_json::to_string(&Order::default()).unwrap()).unwrap(), bare);
    let full = Order {
        id: "o".to_owned(),
        shop: "s".to_owned(),
        note: Some(String::new()),
        tags: vec!["t".to_owned()],
        lines: vec!["l".to_owned()],
        prices: [("p".to_owned(), 1.5)].into(),
        extras: Map::from_iter([("e".to_owned(), json!(1))]),
        title: "T".into(),
        colour: Colour::Grey,
        gift: true,
        payment: json!({"by": "card"}),
        inner: Some(Box::default()),
    };
    let expected = json!({
        "id": "o", "shop": "s", "note": "", "tags": ["t"], "lines": ["l"], "prices": {"p": 1.5}, "extras": {"e": 1},
        "orderTitle": "T", "colour": "grey", "gift": true, "payment": {"by": "card"}, "inner": bare,
    });
    assert_eq!(serde_json::to_value(full).unwrap(), expected);
}

#[test]
fn a_patch_keeps_clears_or_sets() {
    let order = |title| serde_json::to_value(Order { title, ..Order::default() }).unwrap().get("orderTitle").cloned();
    assert_eq!(order(Patch::Keep), None);
    assert_eq!(order(Patch::Clear), Some(Value::Null));
    assert_eq!(order(Patch::Set("T".to_owned())), Some(json!("T")));
}
