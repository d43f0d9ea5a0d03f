//! Servers that do not answer as they should.

use std::{
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use super::{
    case::{Case, Stop, Verdict, error_of, same},
    subject::MAX_BODY,
};
use crate::{
    Body, CallOptions, Progress, Response, Transport, TransportError, TransportErrorKind,
    testing::wire::{Event, Script, WireServer, refused_port},
};

/// A limit that passes.
pub(super) const SHORT: Duration = Duration::from_millis(50);

pub(super) fn cases(transport: &dyn Transport) -> Vec<Case<'_>> {
    vec![
        Case::new("a refused connection is Refused, NotSent", refused(transport)),
        Case::new("a connection that closes before the answer is Closed, MaybeSent", closed(transport)),
        Case::new("a connection that closes in the head is Closed, MaybeSent", cut_head(transport)),
        Case::new("a body that breaks off is an error", cut_body(transport)),
        Case::new("an answer that is not HTTP is Protocol", not_http(transport)),
        Case::new("a lost request is not sent again", one_attempt(transport)),
        Case::new("a dropped call closes its connection", dropped(transport)),
        Case::new("the time to a connection is kept", connect_timeout(transport)),
        Case::new("a deadline without a connection is kept", deadline(transport)),
    ]
}

/// What a call of this URL ends with.
async fn call(transport: &dyn Transport, url: &str, options: CallOptions) -> Verdict<Result<Response, TransportError>> {
    let request = http::Request::post(url).extension(options).body(Body::from("{}"))?;
    Ok(transport.send(request).await)
}

/// What a call of a server that plays these scripts ends with.
async fn play(transport: &dyn Transport, script: Script) -> Verdict<Result<Response, TransportError>> {
    let server = WireServer::start_repeating(script).await;
    call(transport, &server.url("/"), CallOptions::new()).await
}

/// Whether an error says what happened, and how far the request got.
pub(super) fn says(error: &TransportError, kind: TransportErrorKind, progress: Progress) -> Verdict {
    same("kind and progress of the error", (error.kind(), error.progress()), (kind, progress))
}

async fn refused(transport: &dyn Transport) -> Verdict {
    let url = format!("http://127.0.0.1:{}/", refused_port());
    let error = error_of("a call of nobody", call(transport, &url, CallOptions::new()).await?)?;
    says(&error, TransportErrorKind::Refused, Progress::NotSent)
}

async fn closed(transport: &dyn Transport) -> Verdict {
    let read = || Script::new().read_request();
    for script in [read().close(), read().reset()] {
        let error = error_of("a call that nobody answers", play(transport, script).await?)?;
        says(&error, TransportErrorKind::Closed, Progress::MaybeSent)?;
    }
    Ok(())
}

async fn cut_head(transport: &dyn Transport) -> Verdict {
    for start in ["HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let script = Script::new().read_request().send(start).close();
        let error = error_of("half a head", play(transport, script).await?)?;
        says(&error, TransportErrorKind::Closed, Progress::MaybeSent)?;
    }
    Ok(())
}

async fn cut_body(transport: &dyn Transport) -> Verdict {
    for rest in ["content-length: 10\r\n\r\nhello", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        let script = || Script::new().read_request().send(format!("HTTP/1.1 200 OK\r\n{rest}"));
        for script in [script().close(), script().reset()] {
            let response = play(transport, script).await??;
            let error = error_of("half a body", response.into_body().collect(MAX_BODY).await)?;
            says(&error, TransportErrorKind::Closed, Progress::ResponseStarted)?;
        }
    }
    Ok(())
}

async fn not_http(transport: &dyn Transport) -> Verdict {
    for answer in ["SSH-2.0-OpenSSH_9.9\r\n\r\n", "HTTP/1.1 huge OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"] {
        let script = Script::new().read_request().send(answer).close();
        let error = error_of("nonsense", play(transport, script).await?)?;
        says(&error, TransportErrorKind::Protocol, Progress::ResponseStarted)?;
    }
    Ok(())
}

async fn one_attempt(transport: &dyn Transport) -> Verdict {
    let server = WireServer::start_repeating(Script::new().read_request().close()).await;
    let error = error_of("a call that nobody answers", call(transport, &server.url("/"), CallOptions::new()).await?);
    // What the error says is another case.
    error.map(drop)?;
    same("how often the request came", server.requests().len(), 1)
}

async fn dropped(transport: &dyn Transport) -> Verdict {
    let server = WireServer::start([Script::new().read_request().stall()]).await;
    let url = server.url("/");
    let mut sending = Box::pin(call(transport, &url, CallOptions::new()));
    let read = server.wait_for(|events| events.contains(&Event::RequestRead { connection: 0 }));
    let mut read = pin!(read);
    poll_fn(|cx| match sending.as_mut().poll(cx) {
        Poll::Ready(_) => Poll::Ready(Err(Stop::Failed("a call that nobody answers ended".to_owned()))),
        Poll::Pending => read.as_mut().poll(cx).map(Ok),
    })
    .await?;
    drop(sending);
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    Ok(())
}

async fn connect_timeout(transport: &dyn Transport) -> Verdict {
    unconnected(transport, CallOptions::new().with_connect_timeout(SHORT)).await
}

async fn deadline(transport: &dyn Transport) -> Verdict {
    let options = CallOptions::new().with_connect_timeout(Duration::MAX);
    unconnected(transport, options.with_deadline(Instant::now() + SHORT)).await
}

/// Whether a limit of these options is kept at an address that does not answer.
#[cfg(target_os = "linux")]
async fn unconnected(transport: &dyn Transport, options: CallOptions) -> Verdict {
    let hole = crate::testing::wire::BlackHole::start().await;
    let error = error_of("a connection that never comes", call(transport, &hole.url("/"), options).await?)?;
    says(&error, TransportErrorKind::Timeout, Progress::NotSent)
}

#[cfg(not(target_os = "linux"))]
async fn unconnected(_: &dyn Transport, _: CallOptions) -> Verdict {
    Err(Stop::Skipped("only Linux has an address that does not answer".to_owned()))
}
