//! A request as the service saw it, in the body of a response.

use bytes::Bytes;

use super::case::{Stop, Verdict};

/// A request that arrived.
#[derive(Debug)]
pub(super) struct Echo {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Bytes,
}

impl Echo {
    /// The request as text: its line, its headers, a blank line, its body.
    pub(super) fn write(request: &http::Request<Bytes>) -> Vec<u8> {
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let mut text = format!("{} {target}\n", request.method()).into_bytes();
        for (name, value) in request.headers() {
            text.extend([name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"].concat());
        }
        text.push(b'\n');
        text.extend_from_slice(request.body());
        text
    }

    /// The request of such a text.
    pub(super) fn read(mut text: Bytes) -> Verdict<Self> {
        let line = |text: &mut Bytes| {
            let end = text.iter().position(|byte| *byte == b'\n')?;
            let line = text.split_to(end);
            drop(text.split_to(1));
            Some(line)
        };
        let broken = || Stop::Failed("what came back is no echo".to_owned());
        let first = line(&mut text).ok_or_else(broken)?;
        let first = String::from_utf8_lossy(&first).into_owned();
        let (method, target) = first.split_once(' ').ok_or_else(broken)?;
        let mut headers = Vec::new();
        loop {
            let header = line(&mut text).ok_or_else(broken)?;
            if header.is_empty() {
                return Ok(Self { method: method.into(), target: target.into(), headers, body: text });
            }
            let colon = header.iter().position(|byte| *byte == b':').ok_or_else(broken)?;
            headers.push((String::from_utf8_lossy(&header[..colon]).into_owned(), header[colon + 1..].to_vec()));
        }
    }

    /// The values of a header, in order.
    pub(super) fn values<'a>(&'a self, name: &str) -> Vec<&'a [u8]> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_slice()).collect()
    }
}
