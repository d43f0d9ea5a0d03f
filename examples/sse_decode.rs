//! Looks at an event stream: `curl -N URL | cargo run --example sse_decode`.
//!
//! Reads bytes from standard input and prints one JSON object a line, `{"type","data","id"}` for each event. Options:
//!
//! - `--chunk N`: decodes at most N bytes at a time, to see that it makes no difference.
//! - `--comments`: prints `{"comment"}` for each comment, too.
//! - `--retry`: prints `{"retry"}`, in milliseconds, for each reconnection time, too.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person")]

use std::{
    env,
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use runagent::transport::sse::{Decoder, Item};
use serde_json::Value;

struct Options {
    chunk: usize,
    comments: bool,
    retry: bool,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\nusage: sse_decode [--chunk N] [--comments] [--retry] < STREAM");
            return ExitCode::from(2);
        }
    };
    match decode(&options) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options { chunk: 16 * 1024, comments: false, retry: false };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--chunk" => {
                let number = arguments.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
                options.chunk = number.ok_or("--chunk takes a number of bytes")?;
            }
            "--comments" => options.comments = true,
            "--retry" => options.retry = true,
            other => return Err(format!("unknown argument {other}")),
        }
    }
    Ok(options)
}

fn decode(options: &Options) -> io::Result<()> {
    let mut decoder = Decoder::new().with_comments(options.comments);
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = vec![0; options.chunk.min(1 << 20)];
    loop {
        let length = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        decoder.push(buffer[..length].to_vec().into());
        while let Some(item) = decoder.next_item() {
            if let Some(line) = line(&item.map_err(io::Error::other)?, options) {
                writeln!(output, "{line}")?;
            }
        }
        output.flush()?;
    }
}

/// The members in the order in which people read them.
fn line(item: &Item<'_>, options: &Options) -> Option<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    match item {
        Item::Event(event) => Some(format!(
            r#"{{"type":{},"data":{},"id":{}}}"#,
            quoted(&event.kind),
            quoted(&event.data),
            quoted(event.id)
        )),
        Item::Comment(comment) => Some(format!(r#"{{"comment":{}}}"#, quoted(comment))),
        Item::Retry(time) if options.retry => Some(format!(r#"{{"retry":{}}}"#, time.as_millis())),
        _ => None,
    }
}
