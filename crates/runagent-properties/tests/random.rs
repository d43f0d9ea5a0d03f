//! Inputs that look like the real thing, put together at random from what the parsers look for.

use proptest::prelude::*;

/// Pieces in any order, and now and then any bytes.
fn made_of(pieces: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        9 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A stream with what stands before it, as `src/chunked.rs` says.
fn chunked(pieces: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let repeats = prop::sample::select(&[0, 0, 0, 0b1110_0000][..]);
    (any::<u8>(), repeats, prop::collection::vec(0_u8..16, 0..8), made_of(pieces)).prop_map(
        |(limit, repeats, sizes, stream)| [&[limit, repeats, sizes.len() as u8][..], &sizes, &stream].concat(),
    )
}

const JSON: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\"",
    b"\\",
    b"\\n",
    b"\\ud800",
    b"null",
    b"true",
    b"false",
    b"1",
    b"-1.5",
    b"1e999",
    b"18446744073709551616",
    b"\"success\":",
    b"\"data\":",
    b"\"error\":",
    b"\"type\":",
    b"\"status\":",
    b"\"code\":",
    b"\"message\":",
    b"\"detail\":",
    b"\"details\":",
    b"\"payload\":",
    b"\"content\":",
    b"\"retry_after\":",
    b"\"string\"",
    b"\"number\"",
    b"\"integer\"",
    b"\"object\"",
    b"\"NaN\"",
    b"\"data\"",
    b"\"error\"",
    b"\"stream_completed\"",
    b"\"execution_time\":",
    b"\"total_chunks\":",
    b"\"{\\\"type\\\": \\\"array\\\", \\\"payload\\\": \\\"[1]\\\"}\"",
];

const EVENTS: &[&[u8]] = &[
    b"data",
    b"event",
    b"id",
    b"retry",
    b":",
    b": ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\xEF\xBB\xBF",
    b"\0",
    b"\xFF",
    b"x",
    b"12",
];

const FIELDS: &[&[u8]] = &[
    b"\x1e",
    b"\x1f",
    b"\x1f\x1f",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b":",
    b" ",
    b"data: ",
    b"id",
    b"message",
    b"12",
    "é".as_bytes(),
    b"\xEF\xBB\xBF",
];

/// Frames of a client, whose mask is zero, and pieces of them.
const FRAMES: &[&[u8]] = &[
    b"\x81\x82\0\0\0\0hi",
    b"\x01\x82\0\0\0\0hi",
    b"\x80\x82\0\0\0\0hi",
    b"\0\x81\0\0\0\0x",
    b"\x82\x80\0\0\0\0",
    b"\x82\xfe\0\x80\0\0\0\0",
    b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    b"\x89\x81\0\0\0\0p",
    b"\x8a\x80\0\0\0\0",
    b"\x88\x82\0\0\0\0\x03\xe8",
    b"\x88\x80\0\0\0\0",
    b"\x81\x81\0\0\0\0\xc3",
    b"\x01\x81\0\0\0\0\xc3",
    b"\x80\x81\0\0\0\0\xa9",
    b"\x81\x01x",
];

const TIMES: &[&[u8]] = &[
    b"\n",
    b" ",
    b"-",
    b".",
    b"e",
    b"0",
    b"1",
    b"20",
    b"999999999",
    b"Mon, 01 Jan 2024 00:00:20 GMT",
    b"Monday, 01-Jan-24 00:00:20 GMT",
    b"Mon Jan  1 00:00:20 2024",
    b"GMT",
    b"nan",
    b"inf",
];

const URLS: &[&[u8]] = &[
    b"http",
    b"https",
    b"://",
    b"localhost",
    b"[::1]",
    b":80",
    b"/",
    b".",
    b"..",
    b"%2e",
    b"%2F",
    b"?",
    b"#",
    b"@",
    b"\\",
    b"a",
    b" ",
    b"\r\n",
    b"\0",
    "é".as_bytes(),
];

const SECRETS: &[&[u8]] = &[
    b"k+/\n",
    b"k+/",
    b"k%2B%2F",
    b"k%2b/",
    b"%6b+%2f",
    b"k%252B/",
    b"k",
    b"+",
    b"/",
    b"%",
    b"%2",
    b"%2B",
    b"%25",
    b"[redacted]",
];

proptest! {
    #[test]
    fn envelope(input in made_of(JSON)) {
        runagent_properties::envelope(&input);
    }

    #[test]
    fn redact(input in made_of(SECRETS), key in prop::sample::select(&["k+/", "%2", "a", "]k"][..])) {
        runagent_properties::redact(&input);
        runagent_properties::redact(&[key.as_bytes(), b"\n", &input].concat());
    }

    #[test]
    fn retry_after(input in made_of(TIMES), value in prop::sample::select(TIMES)) {
        runagent_properties::retry_after(&input);
        runagent_properties::retry_after(value);
    }

    #[test]
    fn socket_frames(input in chunked(FRAMES)) {
        runagent_properties::socket_frames(&input);
    }

    #[test]
    fn sse_decode(input in chunked(EVENTS)) {
        runagent_properties::sse_decode(&input);
    }

    #[test]
    fn sse_round_trip(input in made_of(FIELDS)) {
        runagent_properties::sse_round_trip(&input);
    }

    #[test]
    fn stream_frame(input in made_of(JSON)) {
        runagent_properties::stream_frame(&input);
        runagent_properties::stream_frame(&[b"{\"type\":\"status\",\"status\":", &input[..], b"}"].concat());
    }

    #[test]
    fn structured_value(input in made_of(JSON)) {
        runagent_properties::structured_value(&input);
    }

    #[test]
    fn url_path(input in made_of(URLS)) {
        runagent_properties::url_path(&input);
    }
}
