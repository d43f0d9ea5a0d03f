//! Answers that say no.

use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_TYPE, WWW_AUTHENTICATE},
};
use runagent_transport::{Body, Response};
use serde_json::{Value, json};

use super::dialect::Dialect;

/// What a handler answers: a response, or why there is none.
pub(super) type Answer = Result<Response, Problem>;

/// An answer that says no.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// RFC 9457.
    Json {
        detail: String,
        code: Option<String>,
    },
    /// What the framework below the server answers.
    Text(String),
    Empty,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: Kind::Json { detail: detail.into(), code: None } }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a valid credential is required")
    }

    /// There is no such thing.
    pub(super) fn not_found(noun: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{noun} {id} not found")).with_code(&format!("{noun}_not_found"))
    }

    /// No id at all.
    pub(super) fn malformed(noun: &str, id: &str) -> Self {
        Self::bad_request(format!("invalid {noun} id {id:?}"))
    }

    pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, kind: Kind::Text(text.into()) }
    }

    /// There is no such route.
    pub(super) const fn no_route() -> Self {
        Self { status: StatusCode::NOT_FOUND, kind: Kind::Empty }
    }

    /// The code by which clients tell it from others of its status.
    pub(super) fn with_code(mut self, name: &str) -> Self {
        if let Kind::Json { code, .. } = &mut self.kind {
            *code = Some(name.to_owned());
        }
        self
    }

    pub(super) fn into_response(self, dialect: Dialect, path: &str) -> Response {
        let mut response = match self.kind {
            Kind::Json { detail, code } => {
                let title = self.status.canonical_reason().unwrap_or("Error");
                let mut body = json!({"title": title, "status": self.status.as_u16(), "detail": detail});
                if dialect == Dialect::Hosted {
                    body["instance"] = path.into();
                    if let Some(code) = code {
                        body["type"] = format!("https://docs.everruns.com/errors/{code}").into();
                        body["code"] = code.into();
                    }
                }
                with_type("application/problem+json", body.to_string())
            }
            Kind::Text(text) => with_type("text/plain; charset=utf-8", text),
            Kind::Empty => Response::default(),
        };
        *response.status_mut() = self.status;
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A body of some type.
pub(super) fn with_type(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// JSON, with 200.
pub(super) fn ok(value: &Value) -> Answer {
    Ok(with_type("application/json", value.to_string()))
}

/// JSON, with another status.
pub(super) fn with_status(status: StatusCode, value: &Value) -> Answer {
    let mut response = with_type("application/json", value.to_string());
    *response.status_mut() = status;
    Ok(response)
}

/// 201, and where it is.
pub(super) fn created(location: &str, value: &Value) -> Answer {
    let mut response = with_type("application/json", value.to_string());
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(http::header::LOCATION, location);
    }
    Ok(response)
}

/// 204.
pub(super) fn no_content() -> Answer {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
