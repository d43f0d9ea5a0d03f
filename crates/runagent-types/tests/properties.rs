//! Decoders never panic, and what is encoded is decoded to the same.
#![allow(clippy::unwrap_used, reason = "clippy's exception for tests stops at functions that tests call")]

use proptest::prelude::*;
use runagent_types::platform::{
    self, AgentLimits, Invocation, InvocationPage, InvocationStats, ProjectPage, ServerInfo,
};
use runagent_types::v1::{
    AgentHealth, AgentInfo, BatchReply, BatchRequest, InvokeOutput, InvokeRequest, Operation, Page, StreamEvent,
};
use runagent_types::{
    ApiError, Architecture, Envelope, Frame, Reply, RunRequest, StreamFrame, StructuredValue, decode_text,
    generator_repr, value_from_slice, value_from_str,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text that is nearly what the decoders look for.
fn near_misses() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(":".to_owned()),
        Just(",".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("\\\"".to_owned()),
        "[-0-9.eE]{1,24}",
        ".{0,6}",
        prop::sample::select(vec![
            "success",
            "data",
            "error",
            "detail",
            "type",
            "payload",
            "content",
            "status",
            "message",
            "entrypoints",
            "agent_id",
            "result_data",
            "output_data",
            "number",
            "string",
            "loc",
            "msg",
            "code",
            "retry_after",
            "result",
            "results",
            "metadata",
            "usage",
            "pagination",
            "operation_id",
            "completed",
            "query",
            "parameters",
            "batch",
            "index",
            "id",
            "invocations",
            "invocation_id",
            "stats",
            "max_agents",
            "projects",
        ])
        .prop_map(|word| format!("\"{word}\"")),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

fn decode_all(bytes: &[u8]) {
    let in_steps = Envelope::decode(bytes).and_then(|envelope| match envelope.into_result() {
        Ok(payload) => payload.to_value().map(Ok),
        Err(error) => Ok(Err(error)),
    });
    let at_once = Envelope::decode_result::<Value>(bytes);
    assert_eq!(at_once.map_err(|error| error.to_string()), in_steps.map_err(|error| error.to_string()));
    if let Ok(envelope) = Envelope::decode(bytes) {
        match envelope.into_result() {
            Ok(payload) => {
                let _ = (payload.to_value(), payload.deserialize::<f64>(), payload.deserialize::<Box<RawValue>>());
            }
            Err(error) => assert!(!error.to_string().contains('\n')),
        }
    }
    let error = ApiError::from_body(bytes);
    assert!(!error.message.is_empty() && !error.to_string().contains(['\n', '\r']));
    let _ = (Architecture::decode(bytes), RunRequest::from_slice(bytes), value_from_slice(bytes));
    let text = String::from_utf8_lossy(bytes);
    let _ = (decode_text(&text), Frame::<i128>::decode(&text), StreamFrame::decode(&text));
    if let Some(value) = StructuredValue::parse(&text) {
        let _ = (value.to_value(), value.deserialize::<f64>(), value.deserialize::<String>());
    }
    let _ = generator_repr(&Value::from(text.as_ref()));
}

/// Every decoder of the documented API and of the platform calls; what one reads it can write.
fn decode_documented(bytes: &[u8]) {
    if let Ok(Ok(output)) = InvokeOutput::<Value>::decode(bytes) {
        assert_eq!(InvokeOutput::decode(&output.to_json()).unwrap(), Ok(output));
    }
    if let Ok(Ok(page)) = Page::<AgentInfo>::decode(bytes) {
        assert_eq!(Page::decode(&page.to_json().unwrap()).unwrap(), Ok(page.clone()));
        assert!(page.next_page().is_none_or(|next| page.pagination.unwrap().page.unwrap() < next));
    }
    if let Ok(Ok(agent)) = AgentInfo::decode(bytes) {
        assert_eq!(AgentInfo::decode(&agent.to_json()).unwrap(), Ok(agent));
    }
    let told = [
        BatchReply::<f64>::decode(bytes).map(|told| told.err()),
        Operation::<i128>::decode(bytes).map(|told| told.err()),
        AgentHealth::decode(bytes).map(|told| told.err()),
        platform::decode::<Invocation>(bytes).map(|told| told.err()),
        platform::decode::<InvocationPage>(bytes).map(|told| told.err()),
        platform::decode::<InvocationStats>(bytes).map(|told| told.err()),
        platform::decode::<ServerInfo>(bytes).map(|told| told.err()),
        platform::decode::<AgentLimits>(bytes).map(|told| told.err()),
        platform::decode::<ProjectPage>(bytes).map(|told| told.err()),
    ];
    for error in told.into_iter().flatten().flatten() {
        assert!(!error.message.is_empty() && error.is_envelope);
    }
    if let Ok(request) = InvokeRequest::from_slice(bytes) {
        assert_eq!(InvokeRequest::from_slice(&request.to_json()).unwrap(), request);
        assert_eq!(InvokeRequest::from(request.clone().into_map()), request);
    }
    if let Ok(batch) = BatchRequest::from_slice(bytes) {
        assert_eq!(BatchRequest::from_slice(&batch.to_json()).unwrap(), batch);
    }
    let data = String::from_utf8_lossy(bytes);
    for event in ["start", "chunk", "done", "error", "message", "", "other"] {
        if let Ok(event) = StreamEvent::decode(event, &data) {
            assert_eq!(
                StreamEvent::decode(event.event_name(), &event.data()).unwrap().event_name(),
                event.event_name()
            );
        }
    }
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        decode_all(&bytes);
        decode_documented(&bytes);
    }

    #[test]
    fn near_misses_never_panic(text in near_misses()) {
        decode_all(text.as_bytes());
        decode_all(json!({"success": true, "data": text}).to_string().as_bytes());
        decode_all(format!(r#"{{"success":true,"data":{text}}}"#).as_bytes());
        decode_all(json!({"type": "number", "payload": text}).to_string().as_bytes());
        decode_all(format!(r#"{{"success":false,"error":{text},"detail":{text}}}"#).as_bytes());
        decode_all(format!(r#"{{"type":"error","data":{text},"content":{text}}}"#).as_bytes());
        for members in [
            format!(r#""result":{text},"usage":{text},"metadata":{text}"#),
            format!(r#""data":[{text}],"pagination":{{"page":1,"pages":{text}}}"#),
            format!(r#""operation_id":"op","status":"completed","result":{text},"error":{text}"#),
            format!(r#""results":[{text},{{"result":{text}}}],"batch":[{text}],"invocations":[{text}]"#),
            format!(r#""query":{text},"parameters":{text},"more":{text}"#),
            format!(r#""content":{text},"index":{text},"type":"chunk","error":{text}"#),
            format!(r#""max_agents":{text},"stats":{text},"projects":[{text}],"id":{text},"entrypoints":[{text}]"#),
        ] {
            decode_documented(format!("{{{members}}}").as_bytes());
            decode_documented(format!(r#"{{"status":"success","data":{{{members}}}}}"#).as_bytes());
        }
    }

    #[test]
    fn cut_off_bodies_never_panic(value in values(), cut in any::<prop::sample::Index>()) {
        let body = Reply::success(&value).to_json();
        decode_all(&body[..cut.index(body.len())]);
    }

    #[test]
    fn an_answer_arrives_as_it_was_sent(value in values()) {
        let body = Reply::success(&value).to_json();
        let result = Envelope::decode(&body).unwrap().into_result().unwrap();
        prop_assert_eq!(result.to_value().unwrap(), value.clone());
        let body = Reply::success_data(&json!([value])).unwrap().to_json();
        let result = Envelope::decode(&body).unwrap().into_result().unwrap();
        prop_assert_eq!(result.to_value().unwrap(), json!([value]));
        prop_assert_eq!(Envelope::decode_result(&body).unwrap(), Ok(json!([value])));
    }

    #[test]
    fn a_chunk_arrives_as_it_was_sent(value in values()) {
        let frame = StreamFrame::Data(value);
        let wire = frame.to_json();
        prop_assert_eq!(StreamFrame::decode(&wire).unwrap(), frame.clone());
        // With a member more, it is read another way.
        let wire = wire.replacen('{', r#"{"seq":[7],"#, 1);
        prop_assert_eq!(StreamFrame::decode(&wire).unwrap(), frame);
    }

    #[test]
    fn an_output_arrives_as_it_was_sent(result in values(), metadata in values(), tokens in any::<Option<u64>>()) {
        let mut output = InvokeOutput::new(result.clone());
        if let Value::Object(members) = metadata {
            output.metadata = members.into();
        }
        output.metadata.tokens_used = tokens;
        prop_assert_eq!(InvokeOutput::decode(&output.to_json()).unwrap(), Ok(output.clone()));
        let mut operation = Operation::new("op", "completed".into());
        operation.result = Some(output.clone());
        prop_assert_eq!(Operation::decode(&operation.to_json()).unwrap(), Ok(operation));
        let bare = json!({"operation_id": "op", "status": "completed", "result": [result]});
        let bare = Operation::<Value>::decode(bare.to_string().as_bytes()).unwrap().unwrap();
        prop_assert_eq!(bare.result.unwrap().result, json!([result]));
        let reply = BatchReply::new([Ok(output), Err(ApiError::new("X", "m"))]);
        prop_assert_eq!(BatchReply::decode(&reply.to_json()).unwrap(), Ok(reply));
    }

    #[test]
    fn an_object_is_sent_as_an_invoke_request_as_it_is(value in values(), query in values(), parameters in values()) {
        let object = json!({"query": query, "parameters": parameters, "more": value});
        let request = InvokeRequest::from_slice(object.to_string().as_bytes()).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&request.to_json()).unwrap(), object.clone());
        prop_assert_eq!(Value::Object(request.into_map()), object);
    }

    #[test]
    fn an_event_arrives_as_it_was_sent(text in ".*", index in any::<Option<u64>>(), time in any::<f64>()) {
        for event in [
            StreamEvent::Chunk { content: text.clone(), index },
            StreamEvent::Start { message: Some(text.clone()), session_id: index.map(|index| index.to_string()) },
            StreamEvent::Done { message: Some(text), usage: None, execution_time: Some(time) },
        ] {
            prop_assert!(!event.data().contains(['\n', '\r']));
            prop_assert_eq!(StreamEvent::decode(event.event_name(), &event.data()).unwrap(), event);
        }
    }

    #[test]
    fn a_request_arrives_as_it_was_sent(tag in ".*", args in prop::collection::vec(values(), 0..4), kwarg in values()) {
        let mut kwargs = Map::new();
        kwargs.insert("k".to_owned(), kwarg);
        let body = RunRequest::new(tag.as_str(), &args, &kwargs).to_json().unwrap();
        let read = RunRequest::from_slice(&body).unwrap();
        prop_assert_eq!((read.entrypoint_tag.as_ref(), read.input_args, read.input_kwargs), (tag.as_str(), args, kwargs));
    }

    #[test]
    fn an_error_arrives_as_it_was_sent(code in "[A-Z_]{1,20}", message in ".+", details in values()) {
        let mut error = ApiError::new(code, message);
        if !details.is_null() && details.get("retry_after").is_none() {
            error = error.with_details(details);
        }
        let body = Reply::failure(&error).to_json();
        prop_assert_eq!(ApiError::from_body(&body), error);
    }

    #[test]
    fn wide_integers_survive_at_any_depth(number in any::<i128>(), depth in 0usize..100, pad in " {0,40}") {
        let text = format!("{}{pad}{number}{}", "[{\"k\":".repeat(depth / 2), "}]".repeat(depth / 2));
        let mut value = &value_from_str(&text).unwrap();
        for _ in 0..depth / 2 {
            value = &value[0]["k"];
        }
        let digits = value.to_string();
        prop_assert_eq!(digits.trim_matches('"'), number.to_string());
        prop_assert_eq!(value.is_number(), i64::try_from(number).is_ok() || u64::try_from(number).is_ok());
    }

    #[test]
    fn text_without_wide_integers_is_read_as_serde_json_reads_it(text in near_misses()) {
        if let Ok(expected) = serde_json::from_str::<Value>(&text)
            && !text.contains(|c: char| c.is_ascii_digit())
        {
            prop_assert_eq!(value_from_str(&text).unwrap(), expected);
        }
    }
}
