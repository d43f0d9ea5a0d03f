//! Event streams to decode.

use bytes::Bytes;

use crate::Result;

/// About as much as one pass decodes.
const BYTES: usize = 64 * 1024;

/// The chunks of `name@size`, for example `delta@1400`.
pub(crate) fn chunks(input: &str) -> Result<Vec<Bytes>> {
    let (name, size) = input.split_once('@').ok_or("an input is `name@chunk`")?;
    let (text, size) = (text(name)?, size.parse()?);
    let whole = Bytes::from(text);
    Ok((0..whole.len()).step_by(size).map(|at| whole.slice(at..whole.len().min(at + size))).collect())
}

fn text(name: &str) -> Result<String> {
    Ok(match name {
        // One token an event, as language models stream them: with an id to resume from, with a name, with neither.
        "delta" => repeated(|n| format!("event: delta\nid: {}\ndata: {}\n\n", 100_000 + n, delta(n))),
        "named" => repeated(|n| format!("event: content_block_delta\ndata: {}\n\n", delta(n))),
        "data" => repeated(|n| format!("data: {}\n\n", delta(n))),
        // Every line ending, and comments between.
        "mixed" => repeated(|n| {
            let end = ["\n", "\r\n", "\r"][n % 3];
            let comment = if n.is_multiple_of(5) { format!(": keep-alive{end}") } else { String::new() };
            format!("{comment}event: content_block_delta{end}id: {n}{end}data: {}{end}{end}", delta(n))
        }),
        "heartbeat" => repeated(|_| ": heartbeat\n\n".to_owned()),
        "manyline" => repeated(|n| format!("{}\n", format!("data: {}\n", delta(n)).repeat(64))),
        // One event whose line is as long as its name says, in KiB.
        "line64" => format!("data: {}\n\n", line(64 * 1024)),
        "line128" => format!("data: {}\n\n", line(128 * 1024)),
        _ => return Err(format!("no input is called `{name}`").into()),
    })
}

fn delta(n: usize) -> String {
    let word = ["the", " agent", " naïve", " answer", " is", " well-known"][n % 6];
    format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{word}"}}}}"#)
}

/// Text that is not ASCII alone, since validation is quicker there.
fn line(bytes: usize) -> String {
    let mut line = "the answer is naïve, well-known and long. ".repeat(bytes / 43 + 1);
    line.truncate(line.floor_char_boundary(bytes));
    line
}

fn repeated(event: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for n in 0.. {
        if text.len() >= BYTES {
            break;
        }
        text.push_str(&event(n));
    }
    text
}
