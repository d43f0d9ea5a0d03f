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
            #[cfg(feature = "multipart")]
            Self::Form(form) => form.media_type(),
        }
    }

    /// The body of one attempt.
    pub(super) async fn body(&self) -> Result<Body, TransportError> {
        match self {
            Self::Json(json) if !json.is_empty() => Ok(json.clone().into()),
            Self::None | Self::Json(_) => Ok(Body::empty()),
            #[cfg(feature = "multipart")]
            Self::Form(form) => Box::pin(form.body()).await,
        }
    }
}
