//! An API over a script, and what was asked of it.

use http::header::AsHeaderName;
use runagent_transport::{
    Api, ApiBuilder, BaseUrl, Progress, Transport, TransportError, TransportErrorKind,
    testing::{Reply, ScriptedTransport},
};

/// An API over replies.
pub(crate) fn scripted<const N: usize>(
    replies: [Reply; N],
    configure: impl FnOnce(ApiBuilder) -> ApiBuilder,
) -> (Api, ScriptedTransport) {
    let script = ScriptedTransport::new(replies);
    (over(script.clone(), configure), script)
}

/// An API over a transport.
pub(crate) fn over(transport: impl Transport, configure: impl FnOnce(ApiBuilder) -> ApiBuilder) -> Api {
    let base = BaseUrl::parse("https://api.example.com").expect("a URL");
    configure(Api::builder(base, transport)).build()
}

pub(crate) fn ok() -> Reply {
    Reply::json(200, "")
}

/// An answer with headers.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)]) -> Reply {
    let response = headers
        .iter()
        .fold(http::Response::builder().status(status), |response, (name, value)| response.header(*name, *value));
    response.body("").expect("a response").into()
}

pub(crate) fn lost() -> Reply {
    TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "lost").into()
}

/// The value of a header in each request; empty where there is none.
pub(crate) fn header(script: &ScriptedTransport, name: impl AsHeaderName + Clone) -> Vec<String> {
    let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
    script.requests().iter().map(|request| request.headers().get(name.clone()).map(text).unwrap_or_default()).collect()
}
