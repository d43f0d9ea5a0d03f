//! Responses that were compressed on the way (RFC 9110, section 8.4.1.3, and RFC 1952).

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use flate2::{Decompress, FlushDecompress, Status};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE},
};
use http_body::{Body as HttpBody, Frame};

use crate::{Body, Progress, Request, Response, TransportError, TransportErrorKind};

/// The sizes of a decoded piece, in bytes. Small ones are events.
const MIN_PIECE: usize = 1024;
const MAX_PIECE: usize = 32 * 1024;
/// How much a response may decode to, whatever it is made of.
const UNSUSPECTED: u64 = 16 * 1024 * 1024;
/// How many bytes a compressed one may decode to beyond that. Text seldom gets to 20, and what gzip can do is 1032.
const MAX_RATIO: u64 = 100;
/// The largest window that gzip can ask for, as a power of two.
const WINDOW_BITS: u8 = 15;

/// Whether the transport decodes the response.
#[derive(Clone, Copy)]
pub(super) struct Gzip {
    decodes: bool,
}

impl Gzip {
    /// Asks for it, unless the caller has said what he takes. A range would be one of the compressed bytes, and a HEAD has
    /// nothing to compress.
    pub(super) fn ask(request: &mut Request) -> Self {
        let is_head = request.method() == Method::HEAD;
        let headers = request.headers_mut();
        let decodes = !is_head && !headers.contains_key(ACCEPT_ENCODING) && !headers.contains_key(RANGE);
        // Many that compress hold events back until there is enough of them.
        if decodes && headers.get(ACCEPT).is_none_or(|accept| accept != "text/event-stream") {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Self { decodes }
    }

    /// Decodes what was asked for. A response in another encoding, or without a body, is handed on as it is.
    pub(super) fn decode(self, mut response: Response) -> Response {
        let has_body = !matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            && !response.body().is_end_stream();
        if !self.decodes || !has_body || !is_gzip(response.headers()) {
            return response;
        }
        // They tell of what is gone.
        response.headers_mut().remove(CONTENT_ENCODING);
        response.headers_mut().remove(CONTENT_LENGTH);
        response.map(|body| Body::stream(Decoded::new(body)))
    }
}

/// Whether the content has this encoding and no other on top.
fn is_gzip(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    let only = (encodings.next(), encodings.next());
    matches!(only, (Some(name), None) if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip"))
}

/// The content of a compressed body, as it arrives.
struct Decoded {
    body: Body,
    decompress: Decompress,
    /// What came and is not decoded yet.
    input: Bytes,
    /// Whether the last piece was full: there may be more of it.
    full: bool,
    /// Whether a member has begun and not ended.
    in_member: bool,
    read: u64,
    written: u64,
}

impl Decoded {
    fn new(body: Body) -> Self {
        let decompress = Decompress::new_gzip(WINDOW_BITS);
        Self { body, decompress, input: Bytes::new(), full: false, in_member: false, read: 0, written: 0 }
    }

    /// Decodes some of the input, which may give nothing yet.
    fn piece(&mut self) -> Result<Bytes, TransportError> {
        let size = if self.full { MAX_PIECE } else { (4 * self.input.len()).clamp(MIN_PIECE, MAX_PIECE) };
        let mut piece = Vec::with_capacity(size);
        let before = self.decompress.total_in();
        let status =
            self.decompress.decompress_vec(&self.input, &mut piece, FlushDecompress::None).map_err(|error| {
                let message = "the compressed response is broken";
                TransportError::new(TransportErrorKind::Protocol, Progress::ResponseStarted, message).with_source(error)
            })?;
        let read = self.decompress.total_in() - before;
        // No more than there was.
        self.input.advance(usize::try_from(read).unwrap_or(self.input.len()));
        self.full = piece.len() == piece.capacity();
        self.in_member = true;
        if status == Status::StreamEnd {
            // Its checksum and length were right. Another member may follow.
            (self.decompress, self.full, self.in_member) = (Decompress::new_gzip(WINDOW_BITS), false, false);
        }
        self.read += read;
        self.written += piece.len() as u64;
        let fault = if self.written > UNSUSPECTED && self.written / MAX_RATIO > self.read {
            format!("the response grows to more than {MAX_RATIO} times its compressed size")
        } else if self.read > UNSUSPECTED && self.read / MAX_RATIO > self.written {
            format!("the response shrinks to less than a part in {MAX_RATIO} of its compressed size")
        } else {
            return Ok(piece.into());
        };
        Err(TransportError::new(TransportErrorKind::TooLarge, Progress::ResponseStarted, fault))
    }

    /// Drops zeros behind the last member: some pad it to the size of a block.
    fn skip_padding(&mut self) {
        if !self.in_member && self.read > 0 {
            let zeros = self.input.iter().take_while(|byte| **byte == 0).count();
            self.input.advance(zeros);
        }
    }

    /// Whether the compressed body may end here. One without a byte has no content either.
    fn end(&self) -> Result<(), TransportError> {
        if self.in_member {
            let message = "the compressed response ended in its middle";
            return Err(TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message));
        }
        Ok(())
    }
}

impl HttpBody for Decoded {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        loop {
            self.skip_padding();
            while self.full || !self.input.is_empty() {
                let piece = self.piece()?;
                if !piece.is_empty() {
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
                self.skip_padding();
            }
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)?) else {
                return Poll::Ready(self.end().err().map(Err));
            };
            match frame.into_data() {
                Ok(data) => self.input = data,
                Err(trailers) => {
                    self.end()?;
                    return Poll::Ready(Some(Ok(trailers)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
