//! Whatever callers put into a call: it arrives as it is, or it is refused before anything is sent.

use runagent::{Call, ErrorCode, RunAgentClient, RunAgentClientConfig};
use runagent_transport::testing::wire::{Script, WireServer};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    agent::{KEY, lazy, local_on, ok, refused, remote, result},
    memory::Memory,
};

#[tokio::test]
async fn an_id_that_no_path_can_carry_is_refused() {
    let memory = Memory::default();
    let long = "x".repeat(257);
    for id in [
        "",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2e%2e",
        "%2E%2e",
        ".%2e",
        "%2e.",
        "a\0b",
        "\0",
        "a\r\nx-evil: 1",
        "a\nb",
        "a\tb",
        "\u{7f}",
        "a\u{85}",
        "\u{1b}[2J",
        &long,
    ] {
        for config in [
            RunAgentClientConfig::new(id, "chat").with_api_key(KEY),
            RunAgentClientConfig::new(id, "chat").with_local(true).with_address("127.0.0.1", 8450),
        ] {
            let error = refused(RunAgentClient::new(config.with_options(memory.options())).await);
            assert_eq!(*error.code(), ErrorCode::VALIDATION_ERROR, "{id:?}");
            assert!(error.message().starts_with("the agent id"), "{error}");
            assert!(!error.message().contains(char::is_control) && error.message().len() < 200, "{error}");
        }
    }
    assert!(memory.asked().is_empty());
}

#[tokio::test]
async fn any_other_id_is_one_encoded_segment_of_the_path() {
    let long = "x".repeat(256);
    for (id, segment) in [
        ("11111111-2222-4333-8444-555555555555", "11111111-2222-4333-8444-555555555555"),
        ("agent_1.v2~x", "agent_1.v2~x"),
        ("a/b", "a%2Fb"),
        ("//", "%2F%2F"),
        ("/", "%2F"),
        ("a\\b", "a%5Cb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a%2Fb", "a%252Fb"),
        ("%", "%25"),
        ("%00", "%2500"),
        ("a b", "a%20b"),
        (" ", "%20"),
        ("...", "..."),
        (".hidden", ".hidden"),
        ("../x", "..%2Fx"),
        ("..;", "..%3B"),
        ("a+b&c=d", "a%2Bb%26c%3Dd"),
        ("user@host", "user%40host"),
        ("a:80", "a%3A80"),
        ("[::1]", "%5B%3A%3A1%5D"),
        ("\"'<>`{}|^", "%22%27%3C%3E%60%7B%7D%7C%5E"),
        ("é", "%C3%A9"),
        ("e\u{301}", "e%CC%81"),
        ("\u{202e}abc", "%E2%80%AEabc"),
        ("\u{1f980}", "%F0%9F%A6%80"),
        ("👩\u{200d}🚀", "%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80"),
        (long.as_str(), long.as_str()),
    ] {
        let server = WireServer::start([Script::new().read_request().send(ok(&result(7)))]).await;
        let config = RunAgentClientConfig { agent_id: id.to_owned(), ..local_on(&server, "chat") };
        assert_eq!(lazy(config).run(&[]).await.expect(id), 7);
        assert_eq!(server.requests()[0].target, format!("/api/v1/agents/{segment}/run"));
    }
}

#[tokio::test]
async fn a_tag_without_control_characters_arrives_as_it_is() {
    let memory = Memory::default();
    for tag in ["", "a\0b", "a\r\nb", "\u{1b}[2J", "\t", "\u{7f}", "\u{9b}"] {
        let error = refused(RunAgentClient::new(remote(tag).with_options(memory.options())).await);
        assert_eq!(*error.code(), ErrorCode::VALIDATION_ERROR, "{tag:?}");
        assert!(error.message().contains("tag"), "{error}");
    }
    assert!(memory.asked().is_empty());
    let long = "x".repeat(10_000);
    for tag in [
        "chat",
        "Chat",
        "a b",
        " ",
        "..",
        "a/b?c#d",
        "\"quoted\"",
        "back\\slash",
        "chat_streaming",
        "_stream_",
        "größe",
        "\u{1f980}",
        "null",
        &long,
    ] {
        let memory = Memory::default().answer(200, result(1));
        lazy(remote(tag).with_options(memory.options())).run(&[]).await.expect(tag);
        let body: Value = serde_json::from_str(&memory.asked()[0].body).expect("JSON");
        assert_eq!(body["entrypoint_tag"], *tag);
    }
}

/// The `input_kwargs` that a server sees when `x` is this.
async fn seen(value: impl Serialize) -> String {
    let memory = Memory::default().answer(200, result(1));
    let client = lazy(remote("chat").with_options(memory.options()));
    client.call::<Value>(Call::new().with_kwarg("x", value)).await.expect("an answer");
    let body = memory.asked().remove(0).body;
    let (_, rest) = body.split_once(r#""input_kwargs":{"x":"#).expect("the argument");
    rest.split_once(r#"},"timeout_seconds""#).expect("what follows").0.to_owned()
}

#[tokio::test]
async fn values_keep_their_every_digit_and_character() {
    assert_eq!(seen(()).await, "null");
    assert_eq!(seen(None::<u8>).await, "null");
    assert_eq!(seen(Some(1)).await, "1");
    assert_eq!(seen(true).await, "true");
    assert_eq!(seen(0).await, "0");
    assert_eq!(seen(-0.0).await, "-0.0");
    assert_eq!(seen(i64::MIN).await, "-9223372036854775808");
    assert_eq!(seen(u64::MAX).await, "18446744073709551615");
    assert_eq!(seen(i128::MIN).await, "-170141183460469231731687303715884105728");
    assert_eq!(seen(u128::MAX).await, "340282366920938463463374607431768211455");
    assert_eq!(seen(1.0).await, "1.0");
    assert_eq!(seen(0.1).await, "0.1");
    assert_eq!(seen(5e-324).await, "5e-324");
    assert_eq!(seen(f64::MAX).await, "1.7976931348623157e+308");
    assert_eq!(seen(0.1_f32).await, "0.1");
    assert_eq!(seen(f64::NAN).await, "null");
    assert_eq!(seen(f64::INFINITY).await, "null");
    assert_eq!(seen("").await, r#""""#);
    assert_eq!(seen("a\"\\\n\0").await, r#""a\"\\\n\u0000""#);
    assert_eq!(seen("\u{2028}\u{feff}é🦀").await, "\"\u{2028}\u{feff}é🦀\"");
    assert_eq!(seen('x').await, r#""x""#);
    assert_eq!(seen([1, 2]).await, "[1,2]");
    assert_eq!(seen((1, "a", [(); 0])).await, r#"[1,"a",[]]"#);
    assert_eq!(seen(std::collections::BTreeMap::from([(3, "k")])).await, r#"{"3":"k"}"#);
    assert_eq!(
        seen(json!({"z": 1, "a": {"type": "x", "payload": "1"}})).await,
        json!({"z": 1, "a": {"type": "x", "payload": "1"}}).to_string()
    );
    assert_eq!(seen(std::time::Duration::from_millis(1500)).await, r#"{"secs":1,"nanos":500000000}"#);
    assert_eq!(seen("x".repeat(1 << 20)).await.len(), (1 << 20) + 2);
    let raw = serde_json::value::RawValue::from_string(r#"{ "n": 1.00, "n": 2e0 }"#.to_owned()).expect("JSON");
    assert_eq!(seen(&raw).await, raw.get());
}

#[tokio::test]
async fn names_of_arguments_are_any_text_and_each_counts_once() {
    let memory = Memory::default().answer(200, result(1));
    let client = lazy(remote("chat").with_options(memory.options()));
    let mut call = Call::new();
    for name in ["", "a b", "\"", "\\", "\n", "é", "__class__", "self", "a", "a"] {
        call = call.with_kwarg(name, name.len());
    }
    client.call::<Value>(call).await.expect("an answer");
    let body = &memory.asked()[0].body;
    let sent = r#""input_kwargs":{"":0,"a b":3,"\"":1,"\\":1,"\n":1,"é":2,"__class__":9,"self":4,"a":1}"#;
    assert!(body.contains(sent), "{body}");
}
