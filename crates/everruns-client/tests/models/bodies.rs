//! Bodies of the server: those that were captured, and one of each object with all its fields.

use std::fmt::Debug;

use everruns_sdk::types::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// What holds for every body.
trait Law {
    fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(&self, name: &str, json: &str);
}

fn hold(law: &impl Law) {
    macro_rules! captured {
        ($($name:literal: $type:ty,)+) => {
            $(law.check::<$type>($name, include_str!(concat!("../fixtures/everruns/", $name, ".json")));)+
        };
    }
    captured! {
        "session": Session,
        "session-asking": Session,
        "session-approving": Session,
        "session-0.3.0": Session,
        "sessions-of-agent": Page<Session>,
        "message": Message,
        "messages-0.3.0": Page<Message>,
        "agent-0.3.0": Agent,
        "agents-0.3.0": Page<Agent>,
        "model-0.3.0": Model,
        "file-0.3.0": FileContent,
        "capabilities-0.3.0": Page<Capability>,
        "question-answers": AnswerQuestionsResponse,
        "tool-approvals": ToolApprovalsResponse,
        "cancel": CancelResponse,
        "cancel-nothing": CancelResponse,
        "agent-card": AgentCard,
        "event-parts": EventParts,
    }
    let mut filled: Map<String, Value> =
        serde_json::from_str(include_str!("../fixtures/everruns/filled.json")).unwrap();
    macro_rules! each_filled {
        ($($name:literal: $type:ty,)+) => {
            $(if let Some(object) = filled.remove($name) {
                law.check::<$type>($name, &object.to_string());
            })+
        };
    }
    records!(each_filled);
    assert!(filled.is_empty(), "not decoded: {filled:?}");
}

/// A list as it comes.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
struct Page<T> {
    data: Vec<T>,
}

/// What events carried.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
struct EventParts {
    messages: Vec<Message>,
    usage: Vec<TokenUsage>,
    tool_calls: Vec<ToolCall>,
    tool_call_summaries: Vec<ToolCallSummary>,
    tool_definition_summaries: Vec<ToolDefinitionSummary>,
    outputs: Vec<LlmGenerationOutput>,
    generations: Vec<LlmGenerationMetadata>,
    models: Vec<ModelMetadata>,
    capability_usage: Vec<CapabilityUsageRecord>,
    results: Vec<ContentPart>,
}

/// The same without what is empty, and with each word in the spelling that we write: a field that is missing decodes to the
/// same as one that is empty.
fn essence(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = map.into_iter().map(|(key, value)| (key, essence(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(essence).collect()),
        Value::String(word) if word == "comingsoon" => "coming_soon".into(),
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn decode<T: DeserializeOwned>(name: &str, what: &str, value: &Value) -> T {
    serde_json::from_str(&value.to_string()).unwrap_or_else(|error| panic!("{name} {what}: {error}: {value}"))
}

/// Calls `change` once for each member of an object, at any depth, with the object and the name of the member.
fn each_member(value: &Value, change: &mut impl FnMut(&str, &dyn Fn(Option<Value>) -> Value)) {
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, member) in map {
                    let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                    pointers(member, &pointer, found);
                    found.push(pointer);
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), found));
            }
            _ => {}
        }
    }

    let mut found = Vec::new();
    pointers(value, "", &mut found);
    for pointer in &found {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let with = |member: Option<Value>| {
            let mut changed = value.clone();
            let map = changed.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            match member {
                Some(member) => map.insert(key.to_owned(), member),
                None => map.remove(key),
            };
            changed
        };
        change(pointer, &with);
    }
}

/// Nothing of a body is lost on the way through a type.
struct Lossless;

impl Law for Lossless {
    fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(&self, name: &str, json: &str) {
        let body: Value = serde_json::from_str(json).unwrap();
        let decoded: T = decode(name, "as it is", &body);
        let encoded = serde_json::to_value(&decoded).unwrap();
        assert_eq!(decode::<T>(name, "once more", &encoded), decoded, "{name}");
        assert_eq!(essence(encoded), essence(body), "{name}");
    }
}

#[test]
fn nothing_is_lost() {
    hold(&Lossless);
}

/// The same holds when the body is a `Value` already, which has its own decoder.
struct FromValue;

impl Law for FromValue {
    fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(&self, name: &str, json: &str) {
        let body: Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::from_value::<T>(body.clone()).unwrap(), decode::<T>(name, "as it is", &body), "{name}");
    }
}

#[test]
fn values_decode_as_text_does() {
    hold(&FromValue);
}

/// Each member may be missing or `null`, but the id of what has an address of its own.
struct Tolerant;

impl Law for Tolerant {
    fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(&self, name: &str, json: &str) {
        let body: Value = serde_json::from_str(json).unwrap();
        each_member(&body, &mut |pointer, with| {
            // The members of maps are data: the description has one of them, named so.
            if pointer.ends_with("/key")
                || pointer == "/data"
                || name == "event-parts" && pointer.matches('/').count() == 1
            {
                return;
            }
            for member in [None, Some(Value::Null)] {
                let what = format!("with {pointer} {}", if member.is_none() { "missing" } else { "null" });
                let changed = with(member);
                match serde_json::from_str::<T>(&changed.to_string()) {
                    Ok(_) => assert!(!self.requires(name, pointer), "{name} {what} decodes"),
                    Err(error) => {
                        assert!(self.requires(name, pointer), "{name} {what}: {error}");
                        assert!(error.to_string().starts_with("missing field `id`"), "{name} {what}: {error}");
                    }
                }
            }
        });
    }
}

impl Tolerant {
    fn requires(&self, name: &str, pointer: &str) -> bool {
        let in_list = pointer.strip_prefix("/data/").and_then(|pointer| pointer.split_once('/'));
        match name {
            "message"
            | "messages-0.3.0"
            | "Message"
            | "file-0.3.0"
            | "SessionFile"
            | "FileInfo"
            | "SessionTask"
            | "TaskMessage"
            | "ToolCall"
            | "ToolCallContentPart"
            | "ToolCallSummary"
            | "TaskInputRequest"
            | "PrincipalSummary" => false,
            "LatestHealthCheckRun" => pointer == "/run/id",
            _ => pointer == "/id" || in_list.is_some_and(|(_, member)| member == "id"),
        }
    }
}

#[test]
fn each_member_may_be_missing_or_null() {
    hold(&Tolerant);
}

/// A word that nobody knows yet is kept, wherever it is.
struct NewWords;

impl Law for NewWords {
    fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(&self, name: &str, json: &str) {
        let body: Value = serde_json::from_str(json).unwrap();
        each_member(&body, &mut |pointer, with| {
            if !body.pointer(pointer).unwrap().is_string() {
                return;
            }
            let changed = with(Some("brand_new".into()));
            let decoded: T = decode(name, pointer, &changed);
            let encoded = serde_json::to_value(&decoded).unwrap();
            assert_eq!(essence(encoded), essence(changed), "{name} with a new word at {pointer}");
        });
    }
}

#[test]
fn new_words_are_kept() {
    hold(&NewWords);
}

/// A field that nobody knows yet is kept, in whatever object it is.
struct NewFields;

impl Law for NewFields {
    fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(&self, name: &str, json: &str) {
        let body: Value = serde_json::from_str(json).unwrap();
        each_member(&body, &mut |pointer, with| {
            let Value::Object(object) = body.pointer(pointer).unwrap() else { return };
            let mut object = object.clone();
            // The members of maps have types.
            if object.contains_key("key") {
                return;
            }
            object.insert("brand_new".to_owned(), serde_json::json!({"nested": [1, 2.5, null]}));
            let changed = with(Some(object.into()));
            let decoded: T = decode(name, pointer, &changed);
            let encoded = serde_json::to_value(&decoded).unwrap();
            assert_eq!(essence(encoded), essence(changed), "{name} with a new field in {pointer}");
        });
    }
}

#[test]
fn new_fields_are_kept() {
    hold(&NewFields);
}

/// Every type decodes from nothing but `null`s, and knows all the fields that the platform describes.
#[test]
fn every_field_may_be_null() {
    macro_rules! nulls {
        ($($name:literal: $type:ty,)+) => {
            $({
                let fields = crate::fields::of_record::<$type>();
                let object = Map::from_iter(fields.iter().map(|field| ((*field).to_owned(), Value::Null)));
                match serde_json::from_str::<$type>(&Value::Object(object).to_string()) {
                    Ok(decoded) => assert_eq!(decoded, <$type>::default(), $name),
                    Err(error) => assert!(error.to_string().starts_with("missing field `id`"), "{}: {error}", $name),
                }
            })+
        };
    }
    records!(nulls);
}
