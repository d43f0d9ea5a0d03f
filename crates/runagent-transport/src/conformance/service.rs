//! The reference service, without a network.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONTENT_LENGTH, LOCATION, SET_COOKIE},
};

use super::{
    echo::Echo,
    pieces::{held, pattern, streamed},
    subject::MAX_BODY,
    visits::{self, Presence},
};
use crate::{Body, CloseFrame, Message, Request, Response, Socket};

/// The header that comes back with the body of a request for `body`.
pub(super) const CALL: &str = "x-call";
/// Values of one header, as the service sends them and as the cases send them.
pub(super) const OPAQUE: &[u8] = b"na\xEFve; \"a\", b=c";
/// What makes the service close a socket: the code and the reason follow.
pub(super) const CLOSE: &str = "close with ";
/// What makes the service note how a socket ends: a token follows.
pub(super) const NOTE: &str = "note the end as ";

/// Answers one request as the suite expects it, whatever comes before `/conformance/` in its path.
///
/// A 101 means that a WebSocket may be opened here: its other end belongs to [`converse`]. The handshake is the host's
/// business; any other answer to one refuses it.
///
/// What callers do across requests is noted in the process that runs this function.
///
/// # Cancel safety
///
/// The host drops the future, or the body of the response, when its caller has gone: that is noted, and the suite asks
/// for it.
pub async fn respond(request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let Some((prefix, route)) = path.split_once("/conformance/") else {
        return status(StatusCode::NOT_FOUND);
    };
    let (route, rest) = route.split_once('/').unwrap_or((route, ""));
    if let Some(response) = respond_across(route, rest).await {
        return response;
    }
    let Ok(body) = body.collect(MAX_BODY).await else {
        return status(StatusCode::BAD_REQUEST);
    };
    match route {
        "echo" => Response::new(Echo::write(&http::Request::from_parts(head, body)).into()),
        "status" => rest.parse().map_or_else(|_| status(StatusCode::NOT_FOUND), status),
        "redirect" => redirect(rest.parse().unwrap_or(StatusCode::FOUND), &format!("{prefix}/conformance/status/200")),
        "headers" => with_headers(),
        "bytes" => sized(&head.method, pattern(rest.parse().unwrap_or_default())),
        "stream" => Response::new(streamed(pattern(rest.parse().unwrap_or_default()))),
        "body" => give_back(&head.headers, body).await,
        "socket" => status(StatusCode::SWITCHING_PROTOCOLS),
        _ => status(StatusCode::NOT_FOUND),
    }
}

/// Requests by which a case sees what the service saw of another.
async fn respond_across(route: &str, token: &str) -> Option<Response> {
    let response = match route {
        // Counted before anything else, and refused.
        "busy" => {
            visits::note(token, |visit| visit.requests += 1);
            status(StatusCode::SERVICE_UNAVAILABLE)
        }
        // Never answered.
        "silence" => {
            let _presence = Presence::new(token);
            visits::note(token, |visit| visit.requests += 1);
            std::future::pending().await
        }
        "held" => {
            visits::note(token, |visit| visit.requests += 1);
            Response::new(held(token))
        }
        "release" => {
            visits::note(token, |visit| visit.released = true);
            status(StatusCode::NO_CONTENT)
        }
        // Answered once it holds.
        "arrived" => {
            visits::wait_for(token, |visit| visit.requests > 0).await;
            status(StatusCode::NO_CONTENT)
        }
        "left" => {
            visits::wait_for(token, |visit| visit.left).await;
            status(StatusCode::NO_CONTENT)
        }
        "requests" => Response::new(visits::wait_for(token, |_| true).await.requests.to_string().into()),
        "goodbye" => {
            let visit = visits::wait_for(token, |visit| visit.goodbye.is_some()).await;
            Response::new(visit.goodbye.unwrap_or_default().into())
        }
        _ => return None,
    };
    Some(response)
}

/// A response that says in its body what its status is, where it may have one.
fn status(status: StatusCode) -> Response {
    let bodiless = status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let body = if bodiless { Body::empty() } else { format!("status {}", status.as_u16()).into() };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn redirect(to: StatusCode, location: &str) -> Response {
    let mut response = status(to);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// A response with headers that are easily lost.
fn with_headers() -> Response {
    let mut response = Response::new("headers".into());
    let headers = response.headers_mut();
    headers.append(SET_COOKIE, HeaderValue::from_static("a=1; Path=/"));
    headers.append(SET_COOKIE, HeaderValue::from_static("b=2, c"));
    headers.append("x-empty", HeaderValue::from_static(""));
    headers.append("x-opaque", HeaderValue::from_bytes(OPAQUE).expect("bytes for a header"));
    response
}

/// A response that announces its length, to a HEAD as well, which gets nothing else.
fn sized(method: &Method, bytes: Bytes) -> Response {
    let length = HeaderValue::from(bytes.len());
    let mut response = Response::new(if method == Method::HEAD { Body::empty() } else { bytes.into() });
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response
}

/// The body of the request and the header that numbers it, later or sooner by that number.
async fn give_back(headers: &HeaderMap, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    if let Some(call) = headers.get(CALL) {
        let number: usize = call.to_str().ok().and_then(|call| call.parse().ok()).unwrap_or_default();
        for _ in 0..number % 7 {
            tokio::task::yield_now().await;
        }
        response.headers_mut().insert(CALL, call.clone());
    }
    response
}

/// The service's end of a WebSocket: it sends back each message, closes when it is told to, and notes how the other side
/// closes.
///
/// # Cancel safety
///
/// Dropping the future drops the socket.
pub async fn converse(mut socket: Socket) {
    let mut token = None;
    let mut goodbye = "nothing".to_owned();
    while let Some(message) = socket.recv().await {
        let answer = match message {
            Ok(Message::Close(frame)) => {
                goodbye = frame.map_or_else(|| "a Close frame without a code".to_owned(), |frame| frame.to_string());
                continue;
            }
            Ok(message) => message,
            Err(error) => {
                goodbye = format!("no Close frame: {error}");
                continue;
            }
        };
        let text = answer.as_text().unwrap_or_default();
        if let Some(noted) = text.strip_prefix(NOTE) {
            token = Some(noted.to_owned());
        }
        let answer = match text.strip_prefix(CLOSE).and_then(|frame| frame.split_once(' ')) {
            Some((code, reason)) => Message::Close(code.parse().ok().map(|code| CloseFrame::new(code, reason))),
            None => answer,
        };
        // What came before the end is still to be read.
        drop(socket.send(answer).await);
    }
    if let Some(token) = token {
        visits::note(&token, |visit| visit.goodbye = Some(goodbye));
    }
}
