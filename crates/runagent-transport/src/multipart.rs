//! Forms with files: `multipart/form-data` (RFC 7578).

mod body;
mod file;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use http::HeaderValue;

use self::{
    body::{FormBody, Piece},
    file::OpenFile,
};
use crate::{Body, TransportError};

/// A form to send: see [`ApiRequest::multipart`](crate::ApiRequest::multipart).
///
/// Names are sent in UTF-8, with `"`, CR and LF percent-encoded as in the [HTML
/// standard](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data); values and files
/// as they are. The parts come in the order in which they were added. The body has an exact `Content-Length`, and goes to the
/// connection in pieces of at most 64 KiB.
///
/// ```
/// use http::HeaderValue;
/// use runagent_transport::{Api, BaseUrl, multipart::Form, testing::{Reply, ScriptedTransport}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::new([Reply::json(200, "{}")]);
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport.clone()).build();
///
/// let form = Form::new()
///     .text("purpose", "knowledge")
///     .file("file", "notes.txt", HeaderValue::from_static("text/plain"), "hello")
///     .progress(|sent, total| assert!(sent <= total));
/// api.request(http::Method::POST, &["files"]).multipart(form).send().await?;
///
/// let requests = transport.requests();
/// let body = std::str::from_utf8(requests[0].body())?;
/// assert!(body.contains("name=\"file\"; filename=\"notes.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Form {
    boundary: String,
    parts: Vec<Part>,
    progress: Option<OnProgress>,
}

/// Is told how many bytes were sent, of how many.
type OnProgress = Arc<dyn Fn(u64, u64) + Send + Sync>;

#[derive(Clone)]
struct Part {
    /// The delimiter before it, and its headers.
    head: Bytes,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    File(Arc<Path>),
}

impl Form {
    /// A form without parts, and with a random boundary.
    pub fn new() -> Self {
        Self { boundary: format!("{:032x}", fastrand::u128(..)), parts: Vec::new(), progress: None }
    }

    /// Adds a field with a value.
    pub fn text(self, name: &str, value: impl Into<String>) -> Self {
        let value = Bytes::from(value.into());
        self.part(name, None, Content::Bytes(value))
    }

    /// Adds a file whose content is at hand.
    pub fn file(self, name: &str, file_name: &str, content_type: HeaderValue, content: impl Into<Bytes>) -> Self {
        self.part(name, Some((file_name, content_type)), Content::Bytes(content.into()))
    }

    /// Adds a regular file of this machine. It is opened for each attempt, and read while it is sent, in pieces: memory does
    /// not grow with its size. That needs a Tokio runtime.
    ///
    /// What is sent has the length that the file has when it is opened. When it becomes shorter before it was read to its
    /// end, the request is broken off; what is appended to it is not sent.
    pub fn file_at(self, name: &str, file_name: &str, content_type: HeaderValue, path: impl Into<PathBuf>) -> Self {
        self.part(name, Some((file_name, content_type)), Content::File(path.into().into()))
    }

    /// Tells `callback` of each piece that is handed to the connection: how many bytes of the body were by then, and how many
    /// it has. Each attempt begins anew. It is called on the road of the request, so it must not block.
    pub fn progress(mut self, callback: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    fn part(mut self, name: &str, file: Option<(&str, HeaderValue)>, content: Content) -> Self {
        let mut head = format!("\r\n--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, escape(name))
            .into_bytes();
        if let Some((file_name, content_type)) = file {
            head.extend_from_slice(format!("; filename=\"{}\"\r\nContent-Type: ", escape(file_name)).as_bytes());
            head.extend_from_slice(content_type.as_bytes());
        }
        head.extend_from_slice(b"\r\n\r\n");
        self.parts.push(Part { head: head.into(), content });
        self
    }

    /// The media type with the boundary. It is always one.
    pub(crate) fn media_type(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary)).ok()
    }

    /// The body of one attempt.
    pub(crate) async fn body(&self) -> Result<Body, TransportError> {
        let mut pieces = Vec::with_capacity(self.parts.len() * 2 + 1);
        for part in &self.parts {
            pieces.push(Piece::Bytes(part.head.clone()));
            pieces.push(match &part.content {
                Content::Bytes(bytes) => Piece::Bytes(bytes.clone()),
                Content::File(path) => Piece::File(OpenFile::open(path.clone()).await?),
            });
        }
        pieces.push(Piece::Bytes(format!("\r\n--{}--\r\n", self.boundary).into()));
        if let Some(Piece::Bytes(first)) = pieces.first_mut() {
            // A line break is before a delimiter that something precedes.
            *first = first.slice(2..);
        }
        Ok(Body::stream(FormBody::new(pieces, self.progress.clone())))
    }
}

/// A name between quotes.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}
