//! What a request sends.

use bytes::Bytes;
use http::HeaderValue;

use super::JSON;
#[cfg(feature = "multipart")]
use crate::multipart::Form;
use crate::{Body, TransportError};

/// The content of a request, from which each attempt makes its body.
#[derive(Clone, Default)]
pub(super) enum Content {
    #[default]
    None,
    Json(Bytes),
    Other(HeaderValue, Bytes),
    #[cfg(feature = "multipart")]
    Form(Box<Form>),
}

impl Content {
    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Its media type, when there is content.
    pub(super) fn media_type(&self) -> Option<HeaderValue> {
        match self {
            Self::None => None,
            Self::Json(_) => Some(JSON),
            Self::Other(media_type, _) => Some(media_type.clone()),
            #[cfg(feature = "multipart")]
            Self::Form(form) => form.media_type(),
        }
    }

    /// The body of one attempt.
    pub(super) async fn body(&self) -> Result<Body, TransportError> {
        match self {
            Self::Json(bytes) | Self::Other(_, bytes) if !bytes.is_empty() => Ok(bytes.clone().into()),
            Self::None | Self::Json(_) | Self::Other(..) => Ok(Body::empty()),
            #[cfg(feature = "multipart")]
            Self::Form(form) => Box::pin(form.body()).await,
        }
    }
}
