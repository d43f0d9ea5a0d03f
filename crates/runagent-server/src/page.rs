//! The page for people: which agents are served, and a place to call them.
//!
//! Its files are part of the program and name nothing outside of it. There is no path to read others.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::router::App;

/// What the page may do, should an agent's answer ever become markup: nothing but call this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // The program behind an address changes; the browser asks each time, and is told that nothing has changed.
    (CACHE_CONTROL, "no-cache"),
];

const ROOT: &str = "/";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static FILES: [File; 10] = [
    File { path: ROOT, media_type: "text/html; charset=utf-8", content: include_str!("page/index.html") },
    File { path: "/style.css", media_type: "text/css; charset=utf-8", content: include_str!("page/style.css") },
    File { path: "/favicon.svg", media_type: "image/svg+xml", content: include_str!("page/favicon.svg") },
    File { path: "/app.js", media_type: SCRIPT, content: include_str!("page/app.js") },
    File { path: "/element.js", media_type: SCRIPT, content: include_str!("page/element.js") },
    File { path: "/form.js", media_type: SCRIPT, content: include_str!("page/form.js") },
    File { path: "/history.js", media_type: SCRIPT, content: include_str!("page/history.js") },
    File { path: "/json.js", media_type: SCRIPT, content: include_str!("page/json.js") },
    File { path: "/server.js", media_type: SCRIPT, content: include_str!("page/server.js") },
    File { path: "/snippets.js", media_type: SCRIPT, content: include_str!("page/snippets.js") },
];

struct File {
    path: &'static str,
    media_type: &'static str,
    content: &'static str,
}

/// The page and its files, at paths of their own.
pub(crate) fn routes() -> Router<Arc<App>> {
    let served = |router: Router<_>, file: &'static File| {
        router.route(file.path, get(async |headers: HeaderMap| file.answer(&headers)))
    };
    FILES.iter().fold(Router::new(), served)
}

/// Whether a request is for a file that the page loads. Browsers show no token there, and the files tell no more than that
/// this is such a server, as the health page does. The page itself needs the token.
pub(crate) fn is_loaded_by_page(method: &Method, path: &str) -> bool {
    (method == Method::GET || method == Method::HEAD) && FILES.iter().any(|file| file.path == path && path != ROOT)
}

impl File {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let etag = self.etag();
        let mut response = if is_known(headers, &etag) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            Response::new(self.content.into())
        };
        let answered = response.headers_mut();
        for (name, value) in HEADERS {
            answered.insert(name, HeaderValue::from_static(value));
        }
        answered.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        if let Ok(etag) = HeaderValue::try_from(etag) {
            answered.insert(ETAG, etag);
        }
        response
    }

    /// The same for the same content in the same program, which is all that is asked of it.
    fn etag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }
}

/// Whether the browser says that it has this version.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let mut known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.any(|known| known.split(',').any(|known| known.trim().trim_start_matches("W/") == etag))
}
