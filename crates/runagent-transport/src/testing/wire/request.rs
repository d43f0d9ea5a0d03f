//! HTTP/1.1 requests as they came over the wire (RFC 9112).

use std::fmt;

use bytes::Bytes;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use super::connection::Stop;
use crate::testing::is_credential;

/// One line of a head; a client that sends more is broken.
const LONGEST_LINE: u64 = 1 << 20;

/// A request that a [`WireServer`](super::WireServer) read. `Debug` shows no credentials.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The connection it came on, from 0.
    pub connection: usize,
    /// `GET`, `POST`, ...
    pub method: String,
    /// The request target as sent: path and query.
    pub target: String,
    /// Names in lower case, values without the space around them, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding; empty after [`read_head`](super::Script::read_head).
    pub body: Vec<u8>,
}

impl RecordedRequest {
    /// The first value of header `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Reads a request line and headers; the body is empty.
    pub(super) async fn read_head(connection: usize, input: &mut (impl AsyncBufRead + Unpin)) -> Result<Self, Stop> {
        let line = read_line(input).await?;
        let mut words = line.split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Stop::violation(format!("request line {:?}", shown(&line))));
        };
        let mut request =
            Self { connection, method: method.into(), target: target.into(), headers: Vec::new(), body: Vec::new() };
        loop {
            let line = read_line(input).await?;
            if line.is_empty() {
                return Ok(request);
            }
            match line.split_once(':') {
                Some((name, value)) if !name.is_empty() && !name.contains([' ', '\t']) => {
                    let value = value.trim_matches([' ', '\t']);
                    request.headers.push((name.to_ascii_lowercase(), value.into()));
                }
                // Without the line: it may be half of a secret.
                _ => return Err(Stop::violation("a header line without a name")),
            }
        }
    }

    /// Reads the body that the headers announce.
    pub(super) async fn read_body(&mut self, input: &mut (impl AsyncBufRead + Unpin)) -> Result<(), Stop> {
        let lengths: Vec<&str> = self.values("content-length").collect();
        let codings: Vec<&str> = self.values("transfer-encoding").collect();
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) => Ok(()),
            ([length], []) => {
                let length = length.parse().map_err(|_| Stop::violation(format!("content-length {length:?}")))?;
                read_exactly(input, length, &mut self.body).await
            }
            ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => read_chunks(input, &mut self.body).await,
            _ => Err(Stop::violation(format!(
                "body framed by content-length {lengths:?} and transfer-encoding {codings:?}"
            ))),
        }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a failed assertion prints ends up in the logs of CI.
        let redacted = |(name, value): &(String, String)| {
            let value = if is_credential(name) { "[redacted]" } else { value };
            format!("{name}: {value}")
        };
        f.debug_struct("RecordedRequest")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("target", &shown(&self.target))
            .field("headers", &self.headers.iter().map(redacted).collect::<Vec<_>>())
            .field("body", &Bytes::copy_from_slice(&self.body))
            .finish()
    }
}

/// A target without its query, which may be a credential.
fn shown(target: &str) -> String {
    target.split_once('?').map_or_else(|| target.to_owned(), |(path, _)| format!("{path}?[redacted]"))
}

/// Chunks up to the last one, and the trailers after it.
async fn read_chunks(input: &mut (impl AsyncBufRead + Unpin), body: &mut Vec<u8>) -> Result<(), Stop> {
    loop {
        let line = read_line(input).await?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16).map_err(|_| Stop::violation(format!("chunk size {line:?}")))?;
        if length == 0 {
            while !read_line(input).await?.is_empty() {}
            return Ok(());
        }
        read_exactly(input, length, body).await?;
        if !read_line(input).await?.is_empty() {
            return Err(Stop::violation("a chunk longer than its size"));
        }
    }
}

/// Appends `length` bytes to `body`, which grows with what comes and not with what was announced.
async fn read_exactly(input: &mut (impl AsyncBufRead + Unpin), length: u64, body: &mut Vec<u8>) -> Result<(), Stop> {
    let read = input.take(length).read_to_end(body).await?;
    if read as u64 == length { Ok(()) } else { Err(Stop::ClientClosed) }
}

/// One line without its CRLF.
async fn read_line(input: &mut (impl AsyncBufRead + Unpin)) -> Result<String, Stop> {
    let mut line = Vec::new();
    let read = input.take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None if line.ends_with(b"\n") => Err(Stop::violation("a line that ends without CR")),
        None if read as u64 == LONGEST_LINE => Err(Stop::violation("a line of 1 MiB")),
        None => Err(Stop::ClientClosed),
    }
}
