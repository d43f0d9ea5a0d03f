//! An image that is downloaded.

use std::fmt;

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};

use crate::Result;

/// An image: what it is, and its bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageContent {
    /// What it is, such as `image/png`; empty when the server does not say.
    pub content_type: String,
    /// The image.
    pub bytes: Bytes,
}

#[allow(clippy::unnecessary_wraps, reason = "one of several ways to read")]
pub(super) fn read(_: &'static str, response: Response<Bytes>) -> Result<ImageContent> {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    Ok(ImageContent { content_type, bytes: response.into_body() })
}

impl fmt::Debug for ImageContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageContent")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
