//! A file that is read while it is sent. Files have no readiness to wait for, so a thread that may block reads them.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::{runtime::Handle, task::JoinHandle};

use super::body::PIECE;
use crate::{Progress, TransportError, TransportErrorKind};

pub(super) struct OpenFile {
    file: File,
    path: Arc<Path>,
    /// How much of it is to be sent still.
    left: u64,
}

/// A piece of a file, soon.
pub(super) struct Reading {
    path: Arc<Path>,
    work: JoinHandle<io::Result<(OpenFile, Bytes)>>,
}

impl OpenFile {
    pub(super) async fn open(path: Arc<Path>) -> Result<Self, TransportError> {
        let own = path.clone();
        let open = move || {
            // Before it is opened: a pipe without a writer would block.
            if !fs::metadata(&own)?.is_file() {
                return Err(io::Error::other("it is no regular file"));
            }
            let file = File::open(&own)?;
            let left = file.metadata()?.len();
            Ok(Self { file, path: own, left })
        };
        let opened = runtime()?.spawn_blocking(open).await.map_err(io::Error::other).flatten();
        opened.map_err(|error| failed(&path, Progress::NotSent, error))
    }

    pub(super) const fn left(&self) -> u64 {
        self.left
    }

    /// Begins to read the next piece.
    pub(super) fn read(mut self) -> Result<Reading, TransportError> {
        let path = self.path.clone();
        let length = usize::try_from(self.left).map_or(PIECE, |left| left.min(PIECE));
        let work = runtime()?.spawn_blocking(move || {
            let mut bytes = vec![0; length];
            self.file.read_exact(&mut bytes)?;
            self.left -= length as u64;
            Ok((self, bytes.into()))
        });
        Ok(Reading { path, work })
    }
}

impl Reading {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(OpenFile, Bytes), TransportError>> {
        let read = ready!(Pin::new(&mut self.work).poll(cx)).map_err(io::Error::other).flatten();
        Poll::Ready(read.map_err(|error| failed(&self.path, Progress::MaybeSent, error)))
    }
}

fn runtime() -> Result<Handle, TransportError> {
    Handle::try_current().map_err(|_| TransportError::unsupported("no Tokio runtime here to read a file in"))
}

fn failed(path: &Path, progress: Progress, error: io::Error) -> TransportError {
    let message = if error.kind() == io::ErrorKind::UnexpectedEof {
        format!("the file {path:?} became shorter while it was sent")
    } else {
        format!("the file {path:?} can't be read")
    };
    TransportError::new(TransportErrorKind::Request, progress, message).with_source(error)
}
