use std::time::Duration;

use runagent_transport::sse::{Decoder, EncodeError, Event, Item};

use crate::UNIT_SEPARATOR;

const RECORD_SEPARATOR: char = '\u{1e}';

/// What is encoded is decoded to the same items, whatever their fields hold, or is refused and leaves nothing behind.
///
/// An input is text: records, separated by U+001E, of fields, separated by U+001F. One field is a comment, two are a
/// time in milliseconds and nothing, more are the type, the id and the data of an event.
pub fn sse_round_trip(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let records: Vec<Vec<&str>> =
        text.split(RECORD_SEPARATOR).map(|record| record.splitn(3, UNIT_SEPARATOR).collect()).collect();

    let mut stream = Vec::new();
    let mut expected = Vec::new();
    let mut last_id = "";
    for record in &records {
        match record[..] {
            [text] => {
                encode(&Item::Comment(text.into()), &mut stream).expect("any comment");
                expected.extend(lines(text).split('\n').map(|line| Item::Comment(line.to_owned().into())));
            }
            [milliseconds, _] => {
                let Ok(milliseconds) = milliseconds.parse() else { continue };
                let retry = Item::Retry(Duration::from_millis(milliseconds));
                encode(&retry, &mut stream).expect("any time");
                expected.push(retry);
            }
            [kind, id, data, ..] => {
                let event = Item::Event(Event::new(data).with_kind(kind).with_id(id));
                if let Err(error) = encode(&event, &mut stream) {
                    let broken = match error {
                        EncodeError::Kind => kind.contains(['\r', '\n']),
                        _ => id.contains(['\r', '\n', '\0']),
                    };
                    assert!(broken, "{event:?} was refused: {error}");
                    continue;
                }
                last_id = if id.is_empty() { last_id } else { id };
                let kind = if kind.is_empty() { "message" } else { kind };
                expected.push(Item::Event(Event::new(lines(data)).with_kind(kind).with_id(last_id)));
            }
            [] => {}
        }
    }

    let mut decoder = Decoder::new().with_comments(true);
    decoder.push(stream.into());
    for expected in &expected {
        assert_eq!(decoder.next_item(), Some(Ok(expected.clone())));
    }
    assert_eq!(decoder.next_item(), None);
}

/// Appends the item, or nothing.
fn encode(item: &Item<'_>, stream: &mut Vec<u8>) -> Result<(), EncodeError> {
    let before = stream.len();
    let outcome = item.encode(stream);
    assert!(outcome.is_ok() || stream.len() == before, "{item:?} was refused, and written in part");
    outcome
}

/// The text as a reader of a stream sees it.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
