//! What a request sends.

use bytes::Bytes;
use http::HeaderValue;

use super::JSON;
use crate::Body;

/// The content of a request, from which each attempt makes its body.
#[derive(Clone, Default)]
pub(super) enum Content {
    #[default]
    None,
    Json(Bytes),
}

impl Content {
    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Its media type, when there is content.
    pub(super) const fn media_type(&self) -> Option<HeaderValue> {
        match self {
            Self::None => None,
            Self::Json(_) => Some(JSON),
        }
    }

    /// The body of one attempt.
    pub(super) fn body(&self) -> Body {
        match self {
            Self::Json(json) if !json.is_empty() => json.clone().into(),
            Self::None | Self::Json(_) => Body::empty(),
        }
    }
}
