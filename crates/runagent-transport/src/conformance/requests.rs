//! What arrives of a request.

use super::{
    case::{Case, Verdict, ensure, same, same_bytes, same_values},
    echo::Echo,
    pieces::{pattern, streamed},
    service::OPAQUE,
    subject::{MAX_BODY, Subject},
    visits::token,
};
use crate::Body;

/// Headers that a transport may add to those of the caller: they say how a message is framed, where it goes, and which way
/// it came, and let nobody in.
const HARMLESS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "baggage",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "pragma",
    "priority",
    "te",
    "trailer",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
    // Those of a WebSocket's handshake.
    "origin",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
];

pub(super) fn cases(subject: Subject<'_>) -> Vec<Case<'_>> {
    vec![
        Case::new("the method arrives as it was sent", method(subject)),
        Case::new("the path arrives as it was sent", path(subject)),
        Case::new("the query arrives as it was sent", query(subject)),
        Case::new("the headers arrive as they were sent", headers(subject)),
        Case::new("nothing is added that could be a credential", credentials(subject)),
        Case::new("a request without a body has none when it arrives", empty_body(subject)),
        Case::new("the body arrives byte for byte", body(subject)),
        Case::new("a request body of 5 MiB arrives", large_body(subject)),
        Case::new("a streamed request body arrives", streamed_body(subject)),
        Case::new("a call is one attempt", one_attempt(subject)),
    ]
}

/// The request that the service saw.
async fn echo(subject: Subject<'_>, request: http::request::Builder, body: impl Into<Body>) -> Verdict<Echo> {
    let response = subject.send(request, body).await?;
    same("the status of an echo", response.status().as_u16(), 200)?;
    Echo::read(response.into_body().collect(MAX_BODY).await?)
}

async fn method(subject: Subject<'_>) -> Verdict {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"] {
        let echo = echo(subject, subject.request(method, "echo"), Body::empty()).await?;
        same("the method", echo.method.as_str(), method)?;
    }
    Ok(())
}

async fn path(subject: Subject<'_>) -> Verdict {
    for path in ["echo", "echo/", "echo/a%20b%2Fc/%C3%BC", "echo/%7e~;v=1,2/a+b:@&$!'()*="] {
        let echo = echo(subject, subject.request("GET", path), Body::empty()).await?;
        let found = echo.target.split('?').next().unwrap_or_default();
        same("the path", found, subject.target(path).as_str())?;
    }
    Ok(())
}

async fn query(subject: Subject<'_>) -> Verdict {
    for query in ["a=b", "a=1&a=2&b=%26%3D&c=+&d&e=", "q=a/b?c:@!$'()*,;", "%C3%BC=%20"] {
        let request = subject.request("GET", &format!("echo?{query}"));
        let echo = echo(subject, request, Body::empty()).await?;
        same("the query", echo.target.split_once('?').map(|(_, query)| query), Some(query))?;
    }
    Ok(())
}

/// Headers that are easily lost, or replaced by a transport's own.
const SENT: &[(&str, &[u8])] = &[
    ("authorization", b"Bearer of-the-caller"),
    ("cookie", b"a=1; b=2"),
    ("user-agent", b"conformance/1"),
    ("accept", b"text/event-stream"),
    ("content-type", b"application/json; charset=utf-8"),
    ("x-repeated", b"one"),
    ("x-empty", b""),
    ("x-opaque", OPAQUE),
    ("x-repeated", b"two, three"),
    ("x-repeated", b"one"),
];

pub(super) fn with_headers(request: http::request::Builder) -> http::request::Builder {
    SENT.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Whether the headers of [`with_headers`] came.
pub(super) fn check_headers(echo: &Echo) -> Verdict {
    for (name, _) in SENT {
        let sent: Vec<&[u8]> = SENT.iter().filter(|(other, _)| other == name).map(|(_, value)| *value).collect();
        same_values(name, &echo.values(name), &sent)?;
    }
    Ok(())
}

async fn headers(subject: Subject<'_>) -> Verdict {
    check_headers(&echo(subject, with_headers(subject.request("POST", "echo")), "{}").await?)
}

/// Whether headers came that nobody sent, and that are not known to be harmless.
pub(super) fn check_additions(echo: &Echo) -> Verdict {
    let added = echo.headers.iter().find(|(name, _)| !HARMLESS.contains(&name.as_str()));
    ensure(added.is_none(), || {
        format!("the header {} was added", added.map(|(name, _)| name.as_str()).unwrap_or_default())
    })
}

async fn credentials(subject: Subject<'_>) -> Verdict {
    for (method, body) in [("GET", ""), ("POST", "{}")] {
        let echo = echo(subject, subject.request(method, "echo"), body).await?;
        check_additions(&echo)?;
        ensure(!echo.target.contains('?'), || "a query was added".to_owned())?;
    }
    Ok(())
}

async fn empty_body(subject: Subject<'_>) -> Verdict {
    for method in ["GET", "POST", "DELETE"] {
        let echo = echo(subject, subject.request(method, "echo"), Body::empty()).await?;
        same_bytes(&format!("the body of a {method}"), &echo.body, b"")?;
    }
    Ok(())
}

async fn body(subject: Subject<'_>) -> Verdict {
    let every_byte: Vec<u8> = (0..=255).chain(*b"\r\n\r\n0\r\n\r\n").collect();
    for method in ["POST", "PUT", "DELETE"] {
        let echo = echo(subject, subject.request(method, "echo"), every_byte.clone()).await?;
        same_bytes(&format!("the body of a {method}"), &echo.body, &every_byte)?;
    }
    Ok(())
}

async fn large_body(subject: Subject<'_>) -> Verdict {
    let bytes = pattern(5 * 1024 * 1024 + 1);
    let echo = echo(subject, subject.request("POST", "echo"), bytes.clone()).await?;
    same_bytes("the body", &echo.body, &bytes)
}

async fn streamed_body(subject: Subject<'_>) -> Verdict {
    for length in [0, 1, 1024 * 1024] {
        let bytes = pattern(length);
        let echo = echo(subject, subject.request("POST", "echo"), streamed(bytes.clone())).await?;
        same_bytes("the body", &echo.body, &bytes)?;
    }
    Ok(())
}

async fn one_attempt(subject: Subject<'_>) -> Verdict {
    let token = token();
    // Whatever comes of it: how often the service was asked is the question.
    drop(subject.get(&format!("busy/{token}")).await);
    let requests = subject.bytes(&format!("requests/{token}")).await?;
    same("how often a request came that was answered with 503", &requests[..], &b"1"[..])
}
