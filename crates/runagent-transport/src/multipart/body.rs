//! A form on its way.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{
    OnProgress,
    file::{OpenFile, Reading},
};
use crate::TransportError;

/// The most that is handed to the connection at a time.
pub(super) const PIECE: usize = 64 * 1024;

pub(super) struct FormBody {
    pieces: VecDeque<Piece>,
    /// The next piece of a file.
    reading: Option<Reading>,
    sent: u64,
    total: u64,
    progress: Option<OnProgress>,
}

pub(super) enum Piece {
    Bytes(Bytes),
    File(OpenFile),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.left(),
        }
    }
}

impl FormBody {
    pub(super) fn new(pieces: Vec<Piece>, progress: Option<OnProgress>) -> Self {
        let total = pieces.iter().map(Piece::len).sum();
        Self { pieces: pieces.into(), reading: None, sent: 0, total, progress }
    }

    fn hand_out(&mut self, bytes: Bytes) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.sent += bytes.len() as u64;
        if let Some(progress) = &self.progress {
            progress(self.sent, self.total);
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

impl HttpBody for FormBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        loop {
            if let Some(reading) = &mut self.reading {
                let read = ready!(reading.poll(cx));
                self.reading = None;
                let (file, bytes) = match read {
                    Ok(read) => read,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                };
                self.pieces.push_front(Piece::File(file));
                return self.hand_out(bytes);
            }
            match self.pieces.pop_front() {
                None => return Poll::Ready(None),
                Some(piece) if piece.len() == 0 => {}
                Some(Piece::Bytes(mut bytes)) => {
                    let rest = bytes.split_off(bytes.len().min(PIECE));
                    self.pieces.push_front(Piece::Bytes(rest));
                    return self.hand_out(bytes);
                }
                Some(Piece::File(file)) => match file.read() {
                    Ok(reading) => self.reading = Some(reading),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.sent == self.total
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.total - self.sent)
    }
}
