//! An image on its way to the server.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method};
use runagent_transport::{BoxFuture, multipart::Form};
use tokio::runtime::Handle;

use super::{super::files::CONTENT_TIMEOUT, kind::Kind};
use crate::{
    Error, Result,
    call::{Call, json},
    service::Service,
    types::Image,
};

/// An image, before it is uploaded: a future of what the server knows of it.
///
/// # Errors
///
/// Those of a [`Call`]; [`Error::Config`] for an image of another kind, or a file that can't be read. It is not tried again when
/// nobody knows whether it got through.
///
/// # Cancel safety
///
/// That of a [`Call`].
#[must_use = "an image is not uploaded until it is awaited"]
pub struct ImageUpload {
    plan: Option<Plan>,
    running: Option<BoxFuture<'static, Result<Image>>>,
}

struct Plan {
    service: Service,
    source: Source,
    file_name: Option<String>,
    content_type: Option<String>,
    session_id: Option<String>,
    timeout: Duration,
}

pub(super) enum Source {
    Bytes(Bytes),
    File(PathBuf),
}

impl ImageUpload {
    pub(super) fn new(service: Service, source: Source) -> Self {
        let timeout = service.long_timeout(CONTENT_TIMEOUT);
        let plan = Plan { service, source, file_name: None, content_type: None, session_id: None, timeout };
        Self { plan: Some(plan), running: None }
    }

    /// What it is called. The default is the name of the file, else `image.png` and so on.
    pub fn file_name(self, name: impl Into<String>) -> Self {
        self.with(|plan| plan.file_name = Some(name.into()))
    }

    /// What it is: `image/png`, `image/jpeg`, `image/gif` or `image/webp`. By default the image itself tells.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.with(|plan| plan.content_type = Some(content_type.into()))
    }

    /// The session that it belongs to.
    pub fn session_id(self, id: impl Into<String>) -> Self {
        self.with(|plan| plan.session_id = Some(id.into()))
    }

    /// Limits the whole upload. The default is five minutes, or the limit that the client was given.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|plan| plan.timeout = timeout)
    }

    fn with(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        // Once it was polled it is on its way.
        if let Some(plan) = &mut self.plan {
            change(plan);
        }
        self
    }
}

impl Plan {
    async fn run(self) -> Result<Image> {
        let kind = match &self.content_type {
            Some(content_type) => Kind::of_content_type(content_type)?,
            None => self.source.kind().await?,
        };
        let content_type = HeaderValue::from_static(kind.content_type());
        let own_name = match &self.source {
            Source::Bytes(_) => None,
            Source::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        };
        let name = self.file_name.or(own_name).unwrap_or_else(|| kind.file_name().to_owned());
        let form = match self.source {
            Source::Bytes(bytes) => Form::new().file("file", &name, content_type, bytes),
            Source::File(path) => Form::new().file_at("file", &name, content_type, path),
        };
        let call: Call<Image> = self.service.call(Method::POST, &["images"], "upload_image", json);
        let call = call.timeout(self.timeout).map(|request| {
            let request = request.multipart(form);
            Ok(match self.session_id {
                Some(id) => request.query("session_id", id),
                None => request,
            })
        });
        call.await
    }
}

impl Source {
    async fn kind(&self) -> Result<Kind> {
        match self {
            Self::Bytes(bytes) => Kind::of_bytes(bytes),
            Self::File(path) => Kind::of_bytes(&beginning(path).await?),
        }
    }
}

/// The first bytes of a file.
async fn beginning(path: &Path) -> Result<Vec<u8>> {
    let runtime =
        Handle::try_current().map_err(|_| Error::Config("no Tokio runtime here to read a file in".to_owned()))?;
    let own = path.to_owned();
    let read = move || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(Kind::SIGNATURE);
        File::open(own)?.take(Kind::SIGNATURE as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let read = runtime.spawn_blocking(read).await.map_err(io::Error::other).flatten();
    read.map_err(|error| Error::Config(format!("the file {path:?} can't be read: {error}")))
}

impl Future for ImageUpload {
    type Output = Result<Image>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Image>> {
        if let Some(plan) = self.plan.take() {
            self.running = Some(Box::pin(plan.run()));
        }
        self.running.as_mut().map_or(Poll::Pending, |running| running.as_mut().poll(cx))
    }
}

impl fmt::Debug for ImageUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageUpload").finish_non_exhaustive()
    }
}
