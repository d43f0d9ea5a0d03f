//! Which types are known.

use std::collections::BTreeSet;

use everruns_sdk::Event;

/// The types that the contract 0.50.1 names, and those of older servers.
const CONTRACT: &str = "
    act.completed act.started budget.exhausted budget.paused budget.resumed budget.warning capability.usage
    context.compacted context.compacting context.compaction.failed context.compaction.skipped conversation.message
    dreaming.activity environment.instance_lost environment.recovered file.written input.message llm.generation
    output.message.completed output.message.delta output.message.replaced output.message.started reason.completed
    reason.item reason.recovered reason.started reason.thinking.completed reason.thinking.delta reason.thinking.started
    sandbox.instance_lost sandbox.recovered schedule.triggered session.activated session.idled session.model.changed
    session.started session.title.updated task.created task.message.received task.message.sent task.updated
    timer.cancelled timer.fired timer.set tool.call_repaired tool.call_requested tool.completed tool.hosted_call
    tool.nested_call tool.output.delta tool.progress tool.started transcript.repaired turn.cancelled turn.completed
    turn.failed turn.sealed turn.started voice.input_transcript.completed voice.input_transcript.delta
    voice.output.interrupted voice.output_transcript.completed voice.output_transcript.delta voice.session.ended
    voice.session.failed voice.session.started
";

#[test]
fn all_of_the_contract_are_known() {
    let contract: BTreeSet<&str> = CONTRACT.split_whitespace().collect();
    let known: BTreeSet<&str> = Event::KINDS.iter().copied().collect();
    assert_eq!(known, contract);
    assert_eq!(Event::KINDS.len(), known.len(), "each once");
}

#[test]
fn each_is_decoded_from_nothing_and_says_its_name() {
    for kind in Event::KINDS {
        for data in ["{}", "null"] {
            let event = Event::from_json(format!(r#"{{"type":"{kind}","data":{data}}}"#)).expect("an event");
            assert!(!matches!(event, Event::Unknown { .. }), "{kind}: {event:?}");
            assert_eq!(event.kind(), *kind);
        }
    }
}

#[test]
fn others_are_kept() {
    let json = r#"{"type":"hologram.projected","data":{"colour":"blue","n":[1,2]},"sequence":3,"new":true}"#;
    let event = Event::from_json(json).expect("an event");
    assert_eq!((event.kind(), event.sequence()), ("hologram.projected", Some(3)));
    let Event::Unknown { data, fault, .. } = &event else { panic!("{event:?}") };
    assert_eq!((data["colour"].as_str(), fault), (Some("blue"), &None));
    assert_eq!(event.raw(), json);
}

#[test]
fn data_that_does_not_fit_is_kept_with_the_reason() {
    let json = r#"{"type":"turn.started","data":{"turn_id":["not","text"]}}"#;
    let event = Event::from_json(json).expect("an event");
    let Event::Unknown { kind, data, fault, .. } = &event else { panic!("{event:?}") };
    assert_eq!((kind.as_str(), data["turn_id"][1].as_str()), ("turn.started", Some("text")));
    assert!(fault.is_some());
}

#[test]
fn what_is_no_event_is_an_error() {
    for json in ["", "null", "[]", "7", r#"{"data":{}}"#, r#"{"type":7}"#, r#"{"type":"turn.started","data":{}"#] {
        assert!(Event::from_json(json).is_err(), "{json}");
    }
}

#[test]
fn four_types_end_a_turn() {
    let ends =
        |kind: &&&str| Event::from_json(format!(r#"{{"type":"{kind}","data":{{}}}}"#)).expect("an event").ends_turn();
    let ending: Vec<_> = Event::KINDS.iter().filter(ends).collect();
    assert_eq!(ending, [&"turn.completed", &"turn.failed", &"turn.cancelled", &"turn.sealed"]);
}
