//! Entrypoints with typed arguments, in every form of an answer.

use std::io;

use futures_util::{Stream, stream};
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, AgentError, Context, InProcess};
use runagent_types::{Architecture, StreamFrame};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{get, read, run, serve, start};
use crate::in_process::{call, open};

/// Divides one number by another.
#[derive(Deserialize, JsonSchema)]
struct Divide {
    /// What is divided.
    dividend: i64,
    #[serde(default = "two")]
    divisor: i64,
    #[serde(default)]
    style: Option<Style>,
}

fn two() -> i64 {
    2
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Style {
    Words,
    Digits,
}

#[derive(Serialize)]
struct Quotient {
    quotient: i64,
    remainder: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot divide")]
struct CannotDivide(#[source] io::Error);

async fn divide(args: Divide) -> Result<Quotient, CannotDivide> {
    match args.style {
        Some(Style::Words) => return Err(CannotDivide(io::Error::other("no words for it"))),
        Some(Style::Digits) | None => {}
    }
    let quotient = args.dividend.checked_div(args.divisor);
    let quotient = quotient.ok_or_else(|| CannotDivide(io::Error::other("by zero")))?;
    Ok(Quotient { quotient, remainder: args.dividend - quotient * args.divisor })
}

async fn halve(args: Divide) -> i64 {
    args.dividend / 2
}

async fn refuse(_: Divide) -> Result<(), AgentError> {
    let error = AgentError::new("no more").with_code("QUOTA").with_suggestion("Wait.");
    Err(error.with_retry_after(std::time::Duration::from_millis(2500)))
}

fn count(args: Divide) -> impl Stream<Item = i64> {
    stream::iter(0..args.dividend)
}

fn count_to_error(args: Divide) -> impl Stream<Item = Result<i64, io::Error>> {
    stream::iter((0..args.dividend).map(Ok).chain([Err(io::Error::other("enough"))]))
}

async fn opened(args: Divide, context: Context) -> impl Stream<Item = String> {
    stream::iter([args.dividend.to_string(), context.entrypoint_tag().to_owned()])
}

async fn opened_or_not(args: Divide) -> Result<impl Stream<Item = Result<i64, AgentError>>, io::Error> {
    if args.dividend < 0 {
        return Err(io::Error::other("less than nothing"));
    }
    Ok(stream::iter((0..args.dividend).map(Ok)))
}

fn agent() -> Agent {
    Agent::new("a")
        .entrypoint("divide", divide)
        .describe("divide", "Divides.")
        .entrypoint("halve", halve)
        .entrypoint("refuse", refuse)
        .entrypoint("nothing", async || "nothing")
        .entrypoint("add", async |(a, b): (i128, i128)| Ok::<_, AgentError>([a + b]))
        .entrypoint("count", |args: Vec<Value>| async move { args.len() })
        .entrypoint("panic", async || -> Value { panic!("kaboom") })
        .stream_entrypoint("count_stream", count)
        .stream_entrypoint("error_stream", count_to_error)
        .stream_entrypoint("opened_stream", opened)
        .stream_entrypoint("wide_stream", || stream::iter([i128::MAX, i128::MIN]))
        .stream_entrypoint("maybe_stream", opened_or_not)
        .stream_entrypoint("panic_stream", || -> stream::Empty<u8> { panic!("kaboom") })
}

#[tokio::test]
async fn every_form_of_an_answer_arrives() {
    let agent = InProcess::new(agent()).unwrap();
    let failed = |message: &str| {
        Err(json!(["INTERNAL_ERROR", format!("Agent execution failed: Server error running agent a: {message}")]))
    };
    let invalid = |message: &str| Err(json!(["VALIDATION_ERROR", message]));
    for (tag, args, kwargs, expected) in [
        ("divide", json!([7]), json!({}), Ok(json!({"quotient": 3, "remainder": 1}))),
        ("divide", json!([7]), json!({"divisor": 4}), Ok(json!({"quotient": 1, "remainder": 3}))),
        ("divide", json!([7, 0]), json!({}), failed("cannot divide: by zero")),
        ("divide", json!([7]), json!({"style": "words"}), failed("cannot divide: no words for it")),
        ("divide", json!([]), json!({}), invalid("divide() needs the argument `dividend`")),
        (
            "divide",
            json!(["7"]),
            json!({}),
            invalid("divide() got something else for `dividend`: invalid type: string \"7\", expected i64"),
        ),
        ("halve", json!([8]), json!({}), Ok(json!(4))),
        ("nothing", json!([]), json!({}), Ok(json!("nothing"))),
        ("nothing", json!([1]), json!({}), invalid("nothing() takes no arguments by position, and got 1")),
        ("nothing", json!([]), json!({"a": 1}), invalid("nothing() takes no arguments by name, and got `a`")),
        ("add", json!([u64::MAX, u64::MAX]), json!({}), Ok(json!(["36893488147419103230"]))),
        ("count", json!([1, "two", null]), json!({}), Ok(json!(3))),
        ("panic", json!([]), json!({}), failed("the entrypoint panicked: kaboom")),
        ("refuse", json!([1]), json!({}), Err(json!(["QUOTA", "no more"]))),
    ] {
        assert_eq!(call(&agent, tag, &args, &kwargs).await, expected, "{tag} {args} {kwargs}");
    }
}

#[tokio::test]
async fn every_form_of_a_stream_arrives() {
    let agent = InProcess::new(agent()).unwrap();
    for (tag, args, chunks, end) in [
        ("count_stream", json!([2]), vec![json!(0), json!(1)], None),
        ("error_stream", json!([1]), vec![json!(0)], Some("enough")),
        ("opened_stream", json!([5]), vec![json!("5"), json!("opened_stream")], None),
        ("wide_stream", json!([]), vec![json!(i128::MAX.to_string()), json!(i128::MIN.to_string())], None),
        ("maybe_stream", json!([2]), vec![json!(0), json!(1)], None),
        ("maybe_stream", json!([-1]), vec![], Some("less than nothing")),
        ("maybe_stream", json!([]), vec![], Some("maybe_stream() needs the argument `dividend`")),
        ("panic_stream", json!([]), vec![], Some("the entrypoint panicked: kaboom")),
    ] {
        let (frames, _) = read(&mut open(&agent, tag, &args).await).await;
        let frames: Vec<_> = frames.iter().map(|frame| StreamFrame::decode(frame).unwrap()).collect();
        let [StreamFrame::Started { .. }, data @ .., last] = &frames[..] else { panic!("{tag}: {frames:?}") };
        let expected: Vec<_> = chunks.into_iter().map(StreamFrame::Data).collect();
        assert_eq!(data, expected, "{tag} {args}");
        match (last, end) {
            (StreamFrame::Completed { .. }, None) => {}
            (StreamFrame::Error(error), Some(end)) => {
                assert!(error.message.ends_with(end), "{tag} {args}: {error}");
                let code = end.contains("needs").then_some("VALIDATION_ERROR");
                assert_eq!(error.code.as_ref().map(|code| code.as_str()), code, "{tag} {args}");
            }
            _ => panic!("{tag} {args}: {last:?}"),
        }
    }
}

#[tokio::test]
async fn an_error_says_when_to_come_back() {
    let server = serve(agent().stream_entrypoint("refuse_stream", || {
        stream::once(async { Err::<(), _>(AgentError::new("no").with_retry_after(std::time::Duration::from_secs(3))) })
    }))
    .await;
    let answer = run(server.address(), r#"{"entrypoint_tag":"refuse","input_args":[1]}"#).await;
    assert_eq!((answer.status, answer.header("retry-after")), (200, None));
    assert_eq!(answer.json()["error"]["retry_after"], 2.5);
    let (frames, _) = read(&mut start(server.address(), "refuse_stream").await).await;
    assert_eq!(frames[1], r#"{"type":"error","error":"Streaming error: no","retry_after":3.0}"#);
}

#[tokio::test]
async fn the_architecture_has_the_schema_of_the_arguments() {
    let agent = Agent::new("a")
        .entrypoint("divide", divide)
        .describe("divide", "Divides.")
        .entrypoint("nothing", async || 1)
        .entrypoint("add", async |(a, b): (u8, u8)| a + b)
        .entrypoint("raw", async |_: runagent_server::Input| Ok(()));
    let server = serve(agent).await;
    let answer = get(server.address(), "/api/v1/agents/a/architecture").await;
    let draft = "https://json-schema.org/draft/2020-12/schema";
    let expected = json!({"agent_id": "a", "entrypoints": [
        {"tag": "divide", "extractor": {}, "description": "Divides.", "input_schema": {
            "$schema": draft,
            "title": "Divide",
            "description": "Divides one number by another.",
            "type": "object",
            "properties": {
                "dividend": {"description": "What is divided.", "type": "integer", "format": "int64"},
                "divisor": {"type": "integer", "format": "int64", "default": 2},
                "style": {"anyOf": [{"$ref": "#/$defs/Style"}, {"type": "null"}]},
            },
            "required": ["dividend"],
            "$defs": {"Style": {"type": "string", "enum": ["words", "digits"]}},
        }},
        {"tag": "nothing", "extractor": {}, "input_schema": {"$schema": draft, "type": "object", "properties": {}}},
        {"tag": "add", "extractor": {}, "input_schema": {
            "$schema": draft,
            "title": "Tuple_of_uint8_and_uint8",
            "type": "array",
            "prefixItems": [
                {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255},
                {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255},
            ],
            "minItems": 2,
            "maxItems": 2,
        }},
        {"tag": "raw", "extractor": {}},
    ]});
    assert_eq!(answer.json()["data"], expected);
    assert_eq!(
        get(server.address(), "/api/v1").await.json()["config"]["agent_architecture"]["entrypoints"],
        expected["entrypoints"]
    );

    let read = Architecture::decode(answer.body.as_bytes()).unwrap();
    let divide = read.find("divide").unwrap();
    assert_eq!(divide.description.as_deref(), Some("Divides."));
    assert_eq!(divide.input_schema.as_ref().unwrap()["required"], json!(["dividend"]));
    assert_eq!(read.find("raw").unwrap().input_schema, None);
}
