//! Events that were seen on the wire, and those that the contract describes.

use everruns_sdk::Event;
use serde_json::Value;

/// One a line: each type with each set of fields that was seen, its texts cut short.
const SEEN: &str = include_str!("../fixtures/events.jsonl");
/// What only servers of an older version than this client say.
const OLD: [&str; 3] = ["input.received", "message.agent", "message.user"];
/// What the server adds about itself, which nobody needs.
const LEFT_OUT: [&str; 1] = ["worker_thread_cpu_ns"];

fn seen() -> impl Iterator<Item = (&'static str, Value)> {
    let lines = SEEN.lines().map(|line| (line, serde_json::from_str(line).expect("JSON")));
    lines.filter(|(_, event): &(_, Value)| !OLD.contains(&event["type"].as_str().expect("a type")))
}

#[test]
fn each_is_known_and_nothing_of_it_is_lost() {
    let mut missing = Vec::new();
    let mut count = 0;
    for (line, json) in seen() {
        let event = Event::from_json(line).expect("an event");
        assert!(!matches!(event, Event::Unknown { .. }), "{event:?}");
        assert_eq!(event.raw(), line);
        assert_eq!(serde_json::to_value(&event).expect("JSON"), json);
        assert_eq!(event.sequence(), json["sequence"].as_i64());
        assert_eq!(event.meta().timestamp.to_system_time().is_some(), json["ts"].is_string(), "{line}");
        let shown = format!("{event:?}");
        for name in json["data"].as_object().expect("data").keys() {
            if !shown.contains(&format!("{name}: ")) && !LEFT_OUT.contains(&name.as_str()) {
                missing.push(format!("{} {name}", event.kind()));
            }
        }
        count += 1;
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count > 60, "{count}");
}

#[test]
fn each_field_may_be_missing_or_null() {
    for (_, json) in seen() {
        for name in json["data"].as_object().expect("data").keys() {
            let mut without = json.clone();
            without["data"].as_object_mut().expect("data").remove(name);
            let mut null = json.clone();
            null["data"][name] = Value::Null;
            for event in [without, null] {
                let event = Event::from_json(event.to_string()).expect("an event");
                assert!(!matches!(event, Event::Unknown { .. }), "{name}: {event:?}");
            }
        }
        for name in ["id", "ts", "session_id", "context", "sequence", "metadata", "tags"] {
            let mut null = json.clone();
            null[name] = Value::Null;
            let event = Event::from_json(null.to_string()).expect("an event");
            assert!(!matches!(event, Event::Unknown { .. }), "{name}: {event:?}");
        }
    }
}

#[test]
fn each_survives_the_cut_of_its_line_and_strange_values() {
    for (line, json) in seen() {
        for end in (0..line.len()).filter(|end| line.is_char_boundary(*end)) {
            assert!(Event::from_json(&line[..end]).is_err());
        }
        for name in json["data"].as_object().expect("data").keys() {
            for strange in [Value::from(-1), Value::from(u64::MAX), Value::from(1e300), "x".into(), Value::Bool(true)] {
                let mut event = json.clone();
                event["data"][name] = strange.clone();
                let event = Event::from_json(event.to_string()).expect("an event");
                if let Event::Unknown { data, fault, .. } = &event {
                    assert!(fault.is_some());
                    assert_eq!(data[name], strange);
                }
            }
        }
    }
}

#[test]
fn old_types_are_kept() {
    for kind in OLD {
        let line = SEEN.lines().find(|line| line.contains(&format!(r#""type":"{kind}""#))).expect("a line");
        assert!(matches!(Event::from_json(line).expect("an event"), Event::Unknown { fault: None, .. }));
    }
}

#[test]
fn what_is_strange_about_an_event_takes_nothing_from_the_rest() {
    for name in ["id", "ts", "session_id", "context", "metadata", "tags"] {
        for strange in [r#"[{}]"#, "7", r#""x""#, "true", r#"{"a":[1]}"#] {
            let json =
                format!(r#"{{"type":"turn.failed","{name}":{strange},"sequence":3,"data":{{"error":"because"}}}}"#);
            let event = Event::from_json(json.as_str()).expect("an event");
            assert!(matches!(&event, Event::TurnFailed { error, .. } if error == "because"), "{json}");
            assert_eq!((event.sequence(), event.raw()), (Some(3), json.as_str()));
        }
    }
    for strange in ["7.5", r#""7""#, "18446744073709551615"] {
        let json = format!(r#"{{"type":"turn.failed","sequence":{strange},"data":{{}}}}"#);
        assert_eq!(Event::from_json(json).expect("an event").sequence(), None);
    }
}
