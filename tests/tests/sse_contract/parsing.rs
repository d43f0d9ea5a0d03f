//! What is made of the bytes of a stream: basic parsing, byte order marks, comments, line ends.

use serde_json::{Value, json};

use crate::service::Service;
use crate::stream::{Stream, comment, event, message, pieces};

const MIB: usize = 1024 * 1024;

/// Runs all cases and counts them.
pub(crate) async fn run(service: &Service) -> usize {
    let basic = basic(service).await;
    assert_eq!(basic, 23);
    let marks = byte_order_marks(service).await;
    assert_eq!(marks, 11);
    let comments = comments(service).await;
    assert_eq!(comments, 4);
    let line_ends = line_ends(service).await;
    assert_eq!(line_ends, 55);
    basic + marks + comments + line_ends
}

/// One stream, in these pieces, gives these messages and no other.
async fn check<T: AsRef<[u8]>>(service: &Service, bytes: impl IntoIterator<Item = T>, expected: &[Value]) {
    const END: &str = "id:\nevent: end\ndata\n\n";
    let mut sent: Vec<Vec<u8>> = bytes.into_iter().map(|piece| piece.as_ref().to_vec()).collect();
    sent.push(END.into());
    let stream = Stream::open(service, json!({}), [pieces(sent)]).await;
    stream.command(&json!({ "command": "listen", "listen": { "type": "greeting" } })).await;
    let messages = stream.messages(expected.len() + 1).await;
    assert_eq!(messages.len(), expected.len() + 1);
    // Not `assert_eq`, which would print megabytes.
    let start: String = format!("{messages:?}").chars().take(500).collect();
    assert!(messages[..expected.len()] == *expected, "{start}");
    assert_eq!(messages[expected.len()], event("end", "", ""));
    stream.close().await;
}

async fn table(service: &Service, cases: &[(&[&str], &[Value])]) -> usize {
    for (pieces, expected) in cases {
        check(service, *pieces, expected).await;
    }
    cases.len()
}

async fn basic(service: &Service) -> usize {
    let greeting = |id| event("greeting", "Hello", id);
    let abc = |data| event("message", data, "abc");
    let hello = || message("Hello");
    let many: String = (0..100).map(|n| format!("data: message {n}\n\n")).collect();
    let counted: Vec<Value> = (0..100).map(|n| message(&format!("message {n}"))).collect();
    let cases: &[(&[&str], &[Value])] = &[
        (&["data: Hello\n\n"], &[hello()]),
        (&["data: He", "llo\n\n"], &[hello()]),
        (&["data: te", "st\n\ndata:", "more\n\n"], &[message("test"), message("more")]),
        (&["data: Hello\n\ndata: World\n\n"], &[hello(), message("World")]),
        (&["data: Hello\ndata:World\n\n"], &[message("Hello\nWorld")]),
        (&["data:\n\n"], &[message("")]),
        (&["event: greeting\ndata: Hello\n\n"], &[greeting("")]),
        (&["event:\ndata: Hello\n\n"], &[hello()]),
        (&["id: abc\ndata: Hello\n\n"], &[abc("Hello")]),
        (&["event: greeting\nid: abc\ndata: Hello\n\n"], &[greeting("abc")]),
        (&["id: a\0bc\ndata: Hello\n\n"], &[hello()]),
        (&["id: abc\ndata: one\n\n", "data: two\n\n"], &[abc("one"), abc("two")]),
        (&["id: abc\ndata: one\n\n", "id: \ndata: two\n\n"], &[abc("one"), message("two")]),
        (&["data: Hello\nid: abc\nevent: greeting\n\n"], &[greeting("abc")]),
        (&["event: greeting\ncolour: blue\ndata: Hello\n\n"], &[greeting("")]),
        (&["event:greeting\ndata:Hello\n\n"], &[greeting("")]),
        (&["event:  greeting\ndata:  Hello\n\n"], &[event(" greeting", " Hello", "")]),
        (&["data\n\ndata\ndata\n\n"], &[message(""), message("\n")]),
        (&["data: €豆腐\n\n"], &[message("€豆腐")]),
        (&[&many], &counted),
    ];
    let singles = "data: €豆腐\n\n".as_bytes().chunks(1);
    check(service, singles, &[message("€豆腐")]).await;
    let large = "0123456789abcdef".repeat(5 * MIB / 16);
    check(service, [format!("data: {large}\n\n")], &[message(&large)]).await;
    let twice = message(&large.repeat(2));
    check(service, [format!("data: {large}"), format!("{large}\n\n")], &[twice]).await;
    3 + table(service, cases).await
}

async fn byte_order_marks(service: &Service) -> usize {
    let hello = || message("Hello");
    let marked = |data| message(&format!("\u{feff}{data}"));
    let cases: &[(&[&str], &[Value])] = &[
        (&["data: Hello\n\n"], &[hello()]),
        (&["\u{feff}data: Hello\n\n"], &[hello()]),
        (&["\u{feff}event: greeting\nid: abc\ndata: Hello\n\n"], &[event("greeting", "Hello", "abc")]),
        (&["\u{feff}data: one\n\ndata: two\n\n"], &[message("one"), message("two")]),
        (&["data: one\n\n", "data: \u{feff}two\n\n"], &[message("one"), marked("two")]),
        (&["\u{feff}data: \u{feff}Hello\n\n"], &[marked("Hello")]),
        (&["\u{feff}data: one\ndata: two\n\n"], &[message("one\ntwo")]),
        (&["\u{feff}:comment\ndata: Hello\n\n"], &[comment("comment"), hello()]),
        (&["\u{feff}data:\n\n"], &[message("")]),
    ];
    check(service, [&b"\xEF\xBB"[..], b"\xBFdata: Hello\n\n"], &[hello()]).await;
    check(service, [&b"\xEF"[..], b"\xBB", b"\xBF", b"data: Hello\n\n"], &[hello()]).await;
    2 + table(service, cases).await
}

async fn comments(service: &Service) -> usize {
    let cases: &[(&[&str], &[Value])] = &[
        (&[":Hello\n"], &[comment("Hello")]),
        (&[":Hello\n", ":World\n"], &[comment("Hello"), comment("World")]),
        (&[":Hello\n", "data: World\n\n"], &[comment("Hello"), message("World")]),
        (&["data: Hello\n\n", ":World\n"], &[message("Hello"), comment("World")]),
    ];
    table(service, cases).await
}

/// Each text with each line end, whole and in pieces of one and two bytes.
async fn line_ends(service: &Service) -> usize {
    // Lines end where a `|` is.
    let texts: [(&str, &[&str]); 6] = [
        ("data: one||", &["one"]),
        ("data: one||data: two|data: lines||", &["one", "two\nlines"]),
        ("data:|data: two|data: three||", &["\ntwo\nthree"]),
        ("data: one|data:|data: three||", &["one\n\nthree"]),
        ("data: one|||data: two||", &["one", "two"]),
        ("data: one||||data: two||", &["one", "two"]),
    ];
    let mut count = 0;
    for line_end in ["\n", "\r\n", "\r"] {
        for (text, expected) in texts {
            let text = text.replace('|', line_end);
            let expected: Vec<Value> = expected.iter().map(|data| message(data)).collect();
            for size in [text.len(), 1, 2] {
                check(service, text.as_bytes().chunks(size), &expected).await;
                count += 1;
            }
        }
    }
    let split = ["data: Hello\r", "\ndata: World\r", "\n\r\ndata: OK\r", "\n", "\r", "\n"];
    check(service, split, &[message("Hello\nWorld"), message("OK")]).await;
    count + 1
}
