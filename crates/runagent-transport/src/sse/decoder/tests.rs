//! The standard's cases at every chunking, and the bounds.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::{DecodeError, Decoder};
use crate::sse::Item;

/// An item that owns what it says, so that runs can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Owned {
    Event { kind: String, data: String, id: String },
    Comment(String),
    Retry(Duration),
    Error(DecodeError),
}

fn event(kind: &str, data: &str, id: &str) -> Owned {
    Owned::Event { kind: kind.into(), data: data.into(), id: id.into() }
}

fn drain(decoder: &mut Decoder, items: &mut Vec<Owned>) {
    while let Some(item) = decoder.next_item() {
        items.push(match item {
            Ok(Item::Event(event)) => {
                Owned::Event { kind: event.kind.into(), data: event.data.into(), id: event.id.into() }
            }
            Ok(Item::Comment(comment)) => Owned::Comment(comment.into()),
            Ok(Item::Retry(duration)) => Owned::Retry(duration),
            Err(error) => Owned::Error(error),
        });
    }
}

fn decode_with<'a>(mut decoder: Decoder, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Owned>, Decoder) {
    let mut items = Vec::new();
    for chunk in chunks {
        decoder.push(Bytes::copy_from_slice(chunk));
        drain(&mut decoder, &mut items);
    }
    (items, decoder)
}

fn decode(input: &[u8]) -> Vec<Owned> {
    decode_with(Decoder::new(), [input]).0
}

/// Calls `check` with the input whole, in chunks of several sizes, and split in two at every place.
fn at_every_chunking(input: &[u8], check: impl Fn(Vec<&[u8]>)) {
    check(vec![input]);
    for size in [1, 2, 3, 7, 4093] {
        check(input.chunks(size).collect());
    }
    for split in 0..=input.len() {
        let (head, tail) = input.split_at(split);
        check(vec![head, tail]);
    }
}

#[test]
fn standard_cases_at_every_chunking() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/sse-cases.json")).expect("the fixture is JSON");
    let cases = cases["parse_cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 30);
    for case in cases {
        let name = case["name"].as_str().expect("name");
        let input = BASE64_STANDARD.decode(case["input_b64"].as_str().expect("input")).expect("base64");
        let field = |value: &Value, key: &str| value[key].as_str().expect(key).to_owned();
        let expected: Vec<Owned> = case["expect"]["events"]
            .as_array()
            .expect("events")
            .iter()
            .map(|e| event(&field(e, "type"), &field(e, "data"), &field(e, "last_event_id")))
            .collect();
        let retries: Vec<u64> = case["expect"]["retry_ms"]
            .as_array()
            .expect("retry_ms")
            .iter()
            .map(|value| value.as_u64().expect("milliseconds"))
            .collect();
        at_every_chunking(&input, |chunks| {
            let (items, decoder) = decode_with(Decoder::new(), chunks);
            let (retry, events): (Vec<_>, Vec<_>) = items.into_iter().partition(|i| matches!(i, Owned::Retry(_)));
            assert_eq!(events, expected, "{name}");
            let expected_retry: Vec<_> = retries.iter().map(|ms| Owned::Retry(Duration::from_millis(*ms))).collect();
            assert_eq!(retry, expected_retry, "{name}");
            assert_eq!(decoder.last_event_id(), field(&case["expect"], "last_event_id_after"), "{name}");
        });
    }
}

#[test]
fn events_are_dispatched_without_another_byte() {
    for input in ["data: x\n\n", "data: x\r\r", "data: x\r\n\r\n", "data: x\r\n\r"] {
        assert_eq!(decode(input.as_bytes()), [event("message", "x", "")], "{input:?}");
    }
}

#[test]
fn a_second_byte_order_mark_is_part_of_the_name() {
    at_every_chunking(b"\xEF\xBB\xBF\xEF\xBB\xBFdata: no\n\ndata: yes\n\n", |chunks| {
        assert_eq!(decode_with(Decoder::new(), chunks).0, [event("message", "yes", "")]);
    });
}

#[test]
fn invalid_utf8_is_replaced_and_the_stream_goes_on() {
    at_every_chunking(b"data: a\xFFb\nid: \xC3\n\ndata: c\n\n", |chunks| {
        let expected = [event("message", "a\u{FFFD}b", "\u{FFFD}"), event("message", "c", "\u{FFFD}")];
        assert_eq!(decode_with(Decoder::new(), chunks).0, expected);
    });
}

#[test]
fn comments_are_reported_on_request_only() {
    let input = b":hello\ndata: x\n: there\n\n";
    at_every_chunking(input, |chunks| {
        assert_eq!(decode_with(Decoder::new(), chunks.clone()).0, [event("message", "x", "")]);
        let (items, _) = decode_with(Decoder::new().with_comments(true), chunks);
        let comment = |text: &str| Owned::Comment(text.into());
        assert_eq!(items, [comment("hello"), comment(" there"), event("message", "x", "")]);
    });
}

#[test]
fn an_unfinished_event_is_never_handed_out() {
    assert_eq!(decode(b"data: a\n\ndata: b\n"), [event("message", "a", "")]);
    assert_eq!(decode(b"data: a\n\ndata: b"), [event("message", "a", "")]);
}

#[test]
fn the_id_continues_a_stream_and_can_be_reset() {
    let decoder = Decoder::new().with_last_event_id("7");
    let (items, decoder) = decode_with(decoder, [&b"data: a\n\nid\ndata: b\n\n"[..]]);
    assert_eq!(items, [event("message", "a", "7"), event("message", "b", "")]);
    assert_eq!(decoder.last_event_id(), "");
}

#[test]
fn retry_saturates() {
    assert_eq!(
        decode(b"retry: 99999999999999999999999\nretry: 1.5\nretry:\n"),
        [Owned::Retry(Duration::from_millis(u64::MAX))]
    );
}

#[test]
fn chunks_pushed_before_the_last_was_read_are_kept() {
    let mut decoder = Decoder::new();
    decoder.push("data: a\n\nda".into());
    decoder.push("ta: b\n\n".into());
    let mut items = Vec::new();
    drain(&mut decoder, &mut items);
    assert_eq!(items, [event("message", "a", ""), event("message", "b", "")]);
}

#[test]
fn an_event_over_the_limit_is_an_error_and_the_last_thing() {
    let inputs: [&[u8]; 4] = [
        b"data: 12345678901\n\ndata: x\n\n",
        b"data: 123456\ndata: 123456\n\ndata: x\n\n",
        b"event: 12345678901\ndata: x\n\ndata: x\n\n",
        b"id: 12345678901\ndata: x\n\ndata: x\n\n",
    ];
    for input in inputs {
        let (items, mut decoder) = decode_with(Decoder::new().with_max_event_bytes(10), [input]);
        assert_eq!(items, [Owned::Error(DecodeError { limit: 10 })], "{input:?}");
        decoder.push("data: y\n\n".into());
        assert!(decoder.next_item().is_none());
    }
    let exact = decode_with(Decoder::new().with_max_event_bytes(10), [&b"data: 1234567890\n\n"[..]]).0;
    assert_eq!(exact, [event("message", "1234567890", "")]);
}

#[test]
fn the_id_to_resume_from_outlives_an_error() {
    let input = &b"id: 7\ndata: a\n\nid: 8\ndata: 12345678901\n\n"[..];
    let (items, decoder) = decode_with(Decoder::new().with_max_event_bytes(10), [input]);
    assert_eq!(items, [event("message", "a", "7"), Owned::Error(DecodeError { limit: 10 })]);
    assert_eq!(decoder.last_event_id(), "7");
}

#[test]
fn an_endless_line_is_bounded_and_an_endless_comment_takes_no_memory() {
    let mut decoder = Decoder::new().with_max_event_bytes(1024);
    for prefix in [": ", "unknown: ", "dat"] {
        decoder.push(prefix.into());
        for _ in 0..10_000 {
            decoder.push(Bytes::from_static(&[b'x'; 64]));
            assert!(decoder.next_item().is_none());
        }
        decoder.push("\n".into());
    }
    decoder.push("data: ".into());
    let mut chunks = 0;
    let error = loop {
        decoder.push(Bytes::from_static(&[b'x'; 64]));
        chunks += 1;
        if let Some(item) = decoder.next_item() {
            break item.expect_err("the limit");
        }
        assert!(chunks < 20);
    };
    assert_eq!(error.limit, 1024);
}

#[test]
fn an_ignored_line_over_the_limit_is_ignored_to_its_end() {
    at_every_chunking(b": 12345678901234567890 data: no\nunknown: 12345678901234567890\ndata: yes\n\n", |chunks| {
        let (items, _) = decode_with(Decoder::new().with_max_event_bytes(3), chunks);
        assert_eq!(items, [event("message", "yes", "")]);
    });
}

#[test]
fn lines_end_wherever_they_end() {
    // Around the 16 bytes that are looked at first, with what is nearly a line end before.
    for length in 0..40 {
        for end in ["\n", "\r", "\r\n"] {
            let data = "\t\u{B}é".repeat(10).chars().take(length).collect::<String>();
            let input = format!("data:{data}{end}{end}");
            assert_eq!(decode(input.as_bytes()), [event("message", &data, "")], "{input:?}");
        }
    }
}

/// What streams are made of, and what breaks them.
const PIECES: &[&[u8]] = &[
    b"data",
    b"event",
    b"id",
    b"retry",
    b":",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\xEF\xBB\xBF",
    b"\0",
    b"\xFF",
    b"\t",
    b"x",
    b"12",
    b"seventeen letters",
];

#[test]
fn a_chunk_that_is_used_up_is_let_go() {
    let mut decoder = Decoder::new();
    let chunk = Bytes::from(b"data: one\n\ndata: two\nid".to_vec());
    decoder.push(chunk.clone());
    let mut items = Vec::new();
    drain(&mut decoder, &mut items);
    assert!(chunk.is_unique());

    decoder.push("\n\n".into());
    drain(&mut decoder, &mut items);
    assert_eq!(items, [event("message", "one", ""), event("message", "two", "")]);
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_items_at_any_chunking(
        input in proptest::collection::vec(
            proptest::sample::select(PIECES),
            0..60,
        ),
        cuts in proptest::collection::vec(prop_oneof![1_usize..9, 9_usize..60], 0..80),
    ) {
        let input = input.concat();
        let decoder = || Decoder::new().with_comments(true).with_max_event_bytes(12);
        let whole = decode_with(decoder(), [&input[..]]).0;
        let mut rest = &input[..];
        let mut chunks = Vec::new();
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            chunks.push(head);
            rest = tail;
        }
        chunks.push(rest);
        prop_assert_eq!(&decode_with(decoder(), chunks.clone()).0, &whole);

        // The caller may also read less often than it pushes.
        let (mut decoder, mut items) = (decoder(), Vec::new());
        for (n, chunk) in chunks.into_iter().enumerate() {
            decoder.push(Bytes::copy_from_slice(chunk));
            if n % 3 == 0 {
                drain(&mut decoder, &mut items);
            }
        }
        drain(&mut decoder, &mut items);
        prop_assert_eq!(items, whole);
    }
}
