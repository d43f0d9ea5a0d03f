//! What comes back of a response.

use std::{future::poll_fn, task::Poll};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, LOCATION};

use super::{
    case::{Case, Verdict, same, same_bytes, same_values},
    pieces::{HELD, pattern},
    service::{CALL, OPAQUE},
    subject::{MAX_BODY, Subject, next_bytes},
    visits::token,
};
use crate::BoxFuture;

/// Calls at once.
const CALLS: usize = 50;

pub(super) fn cases(subject: Subject<'_>) -> Vec<Case<'_>> {
    vec![
        Case::new("any status is a response", any_status(subject)),
        Case::new("a redirect is not followed", redirects(subject)),
        Case::new("the headers come back as they were sent", headers(subject)),
        Case::new("the body comes back byte for byte", body(subject)),
        Case::new("a response body of 5 MiB comes back", large_body(subject)),
        Case::new("a streamed response body comes back", streamed_body(subject)),
        Case::new("responses to HEAD, 204 and 304 have no body", bodiless(subject)),
        Case::new("a body comes piece by piece, before it has ended", piece_by_piece(subject)),
        Case::new("50 calls at once are not mixed up", at_once(subject)),
    ]
}

async fn any_status(subject: Subject<'_>) -> Verdict {
    for status in
        [200, 201, 202, 206, 400, 401, 402, 403, 404, 405, 408, 409, 410, 418, 422, 429, 500, 502, 503, 504, 599]
    {
        let response = subject.get(&format!("status/{status}")).await?;
        same("the status", response.status().as_u16(), status)?;
        let body = response.into_body().collect(MAX_BODY).await?;
        same("the body", &body[..], format!("status {status}").as_bytes())?;
    }
    Ok(())
}

async fn redirects(subject: Subject<'_>) -> Verdict {
    for status in [301, 302, 303, 307, 308] {
        let response = subject.get(&format!("redirect/{status}")).await?;
        same("the status", response.status().as_u16(), status)?;
        let location = response.headers().get(LOCATION).map(|location| location.to_str().unwrap_or_default());
        same("the location", location, Some(subject.target("status/200").as_str()))?;
    }
    Ok(())
}

async fn headers(subject: Subject<'_>) -> Verdict {
    let response = subject.get("headers").await?;
    let expected: [(&str, &[&[u8]]); 3] =
        [("set-cookie", &[b"a=1; Path=/", b"b=2, c"]), ("x-empty", &[b""]), ("x-opaque", &[OPAQUE])];
    for (name, values) in expected {
        let found: Vec<&[u8]> = response.headers().get_all(name).iter().map(|value| value.as_bytes()).collect();
        same_values(name, &found, values)?;
    }
    Ok(())
}

async fn body(subject: Subject<'_>) -> Verdict {
    for length in [0, 1, 256 * 256] {
        let body = subject.bytes(&format!("bytes/{length}")).await?;
        same_bytes("the body", &body, &pattern(length))?;
    }
    Ok(())
}

async fn large_body(subject: Subject<'_>) -> Verdict {
    let length = 5 * 1024 * 1024 + 1;
    same_bytes("the body", &subject.bytes(&format!("bytes/{length}")).await?, &pattern(length))
}

async fn streamed_body(subject: Subject<'_>) -> Verdict {
    for length in [0, 1, 1024 * 1024] {
        let body = subject.bytes(&format!("stream/{length}")).await?;
        same_bytes("the body", &body, &pattern(length))?;
    }
    Ok(())
}

async fn bodiless(subject: Subject<'_>) -> Verdict {
    for (method, path, status) in
        [("HEAD", "bytes/11", 200), ("GET", "status/204", 204), ("GET", "status/304", 304), ("POST", "status/204", 204)]
    {
        let response = subject.send(subject.request(method, path), "").await?;
        same("the status", response.status().as_u16(), status)?;
        if method == "HEAD" {
            let length = response.headers().get(CONTENT_LENGTH).map(|length| length.as_bytes());
            same("the length that a HEAD is told", length, Some(&b"11"[..]))?;
        }
        same_bytes(
            &format!("the body of a {status} to a {method}"),
            &response.into_body().collect(MAX_BODY).await?,
            b"",
        )?;
    }
    Ok(())
}

async fn piece_by_piece(subject: Subject<'_>) -> Verdict {
    let token = token();
    let mut body = subject.get(&format!("held/{token}")).await?.into_body();
    // A network may cut pieces, but holds nothing back.
    let mut first = BytesMut::new();
    while first.len() < HELD[0].len() {
        match next_bytes(&mut body).await? {
            Some(bytes) => first.extend_from_slice(&bytes),
            None => break,
        }
    }
    same_bytes("what came before the rest was asked for", &first, HELD[0].as_bytes())?;
    subject.get(&format!("release/{token}")).await?;
    same_bytes("the rest of the body", &body.collect(MAX_BODY).await?, HELD[1].as_bytes())
}

async fn at_once(subject: Subject<'_>) -> Verdict {
    let mut calls: Vec<Option<BoxFuture<'_, Verdict>>> =
        (0..CALLS).map(|number| Some(Box::pin(numbered(subject, number)) as BoxFuture<'_, _>)).collect();
    poll_fn(|cx| {
        let mut left = false;
        for slot in &mut calls {
            match slot.as_mut().map(|call| call.as_mut().poll(cx)) {
                Some(Poll::Ready(Ok(()))) => *slot = None,
                Some(Poll::Ready(Err(stop))) => return Poll::Ready(Err(stop)),
                Some(Poll::Pending) => left = true,
                None => {}
            }
        }
        if left { Poll::Pending } else { Poll::Ready(Ok(())) }
    })
    .await
}

/// A call whose response tells it from others.
async fn numbered(subject: Subject<'_>, number: usize) -> Verdict {
    let body = Bytes::from(format!("call {number} ").repeat(1 + number * 10));
    let request = subject.request("POST", "body").header(CALL, number);
    let response = subject.send(request, body.clone()).await?;
    let call = response.headers().get(CALL).map(|call| call.to_str().unwrap_or_default().to_owned());
    same("the call that was answered", call, Some(number.to_string()))?;
    same_bytes("the body", &response.into_body().collect(MAX_BODY).await?, &body)
}
