//! WebSockets to the service.

use super::{
    case::{Case, Stop, Verdict, ensure, error_of, same, same_bytes},
    echo::Echo,
    pieces::pattern,
    requests::{check_additions, check_headers, with_headers},
    service::{CLOSE, NOTE},
    subject::Subject,
    visits::token,
};
use crate::{CloseFrame, Message, Socket, TransportErrorKind};

pub(super) fn cases(subject: Subject<'_>) -> Vec<Case<'_>> {
    vec![
        Case::new("a handshake arrives as it was sent", handshake(subject)),
        Case::new("a handshake adds nothing that could be a credential", credentials(subject)),
        Case::new("a refused handshake carries status and body", refused(subject)),
        Case::new("an ordinary response to a handshake is Rejected", ordinary(subject)),
        Case::new("text messages go both ways", text(subject)),
        Case::new("binary messages go both ways", binary(subject)),
        Case::new("messages of 5 MiB go both ways", large(subject)),
        Case::new("messages keep their order", order(subject)),
        Case::new("the code and reason of a peer that closes come", peer_closes(subject)),
        Case::new("our code and reason arrive when we close", we_close(subject)),
        Case::new("a dropped socket says goodbye", dropped(subject)),
    ]
}

/// The handshake that the service saw, by way of its refusal.
async fn echo(subject: Subject<'_>, handshake: http::request::Builder) -> Verdict<Echo> {
    let error = error_of("an echo of the handshake", subject.connect(handshake).await?)?;
    let response = error.response().cloned().ok_or(error)?;
    Echo::read(response.into_body())
}

async fn handshake(subject: Subject<'_>) -> Verdict {
    let path = "echo/a%20b%2Fc?a=1&a=%26&b";
    let echo = echo(subject, with_headers(subject.request("GET", path))).await?;
    same("the method", echo.method.as_str(), "GET")?;
    same("path and query", echo.target.as_str(), subject.target(path).as_str())?;
    check_headers(&echo)
}

async fn credentials(subject: Subject<'_>) -> Verdict {
    let echo = echo(subject, subject.request("GET", "echo")).await?;
    check_additions(&echo)?;
    ensure(!echo.target.contains('?'), || "a query was added".to_owned())
}

async fn refused(subject: Subject<'_>) -> Verdict {
    for status in [400, 401, 403, 404, 429, 500, 503] {
        rejected(subject, status).await?;
    }
    Ok(())
}

async fn ordinary(subject: Subject<'_>) -> Verdict {
    for status in [200, 302] {
        rejected(subject, status).await?;
    }
    Ok(())
}

/// Whether a handshake that is answered by this status is refused with it.
async fn rejected(subject: Subject<'_>, status: u16) -> Verdict {
    let path = if status == 302 { "redirect/302".to_owned() } else { format!("status/{status}") };
    let error = error_of("a refused handshake", subject.connect(subject.request("GET", &path)).await?)?;
    same("the kind of error", error.kind(), TransportErrorKind::Rejected)?;
    let Some(response) = error.response() else {
        return Err(Stop::Failed("the error carries no response".to_owned()));
    };
    same("the status", response.status().as_u16(), status)?;
    same("the body", &response.body()[..], format!("status {status}").as_bytes())
}

async fn text(subject: Subject<'_>) -> Verdict {
    let mut socket = subject.open().await?;
    for text in ["", "a", "na\u{ef}ve \u{1f980} \0\r\n", &"long ".repeat(20_000)] {
        let message = exchange(&mut socket, Message::text(text)).await?;
        let found = message.as_text().ok_or_else(|| Stop::Failed(format!("no text came back: {message:?}")))?;
        same_bytes("the text", found.as_bytes(), text.as_bytes())?;
    }
    Ok(())
}

async fn binary(subject: Subject<'_>) -> Verdict {
    let mut socket = subject.open().await?;
    for length in [0, 1, 125, 126, 65_535, 65_536] {
        exchange_binary(&mut socket, length).await?;
    }
    Ok(())
}

async fn large(subject: Subject<'_>) -> Verdict {
    exchange_binary(&mut subject.open().await?, 5 * 1024 * 1024 + 1).await
}

async fn order(subject: Subject<'_>) -> Verdict {
    let mut socket = subject.open().await?;
    for number in 0..200 {
        socket.send(Message::text(number.to_string())).await?;
    }
    for number in 0..200 {
        let message = next(&mut socket).await?;
        same("the message", message.as_text(), Some(number.to_string().as_str()))?;
    }
    Ok(())
}

async fn peer_closes(subject: Subject<'_>) -> Verdict {
    for (code, reason) in [(1000, ""), (1012, "restart"), (4321, "na\u{ef}ve reason")] {
        let mut socket = subject.open().await?;
        socket.send(Message::text(format!("{CLOSE}{code} {reason}"))).await?;
        let message = next(&mut socket).await?;
        same("the Close frame", message, Message::Close(Some(CloseFrame::new(code, reason))))?;
        ensure(socket.recv().await.is_none(), || "something came after the Close frame".to_owned())?;
        ensure(socket.send(Message::text("late")).await.is_err(), || "a closed socket takes messages".to_owned())?;
    }
    Ok(())
}

async fn we_close(subject: Subject<'_>) -> Verdict {
    for (code, reason) in [(1000, ""), (4321, "enough")] {
        let (socket, token) = noted(subject).await?;
        socket.close(CloseFrame::new(code, reason)).await?;
        let goodbye = subject.bytes(&format!("goodbye/{token}")).await?;
        same("what the peer got", String::from_utf8_lossy(&goodbye).as_ref(), format!("{code} {reason}").trim_end())?;
    }
    Ok(())
}

async fn dropped(subject: Subject<'_>) -> Verdict {
    let (socket, token) = noted(subject).await?;
    drop(socket);
    let goodbye = subject.bytes(&format!("goodbye/{token}")).await?;
    let goodbye = String::from_utf8_lossy(&goodbye);
    ensure(!goodbye.starts_with("no"), || format!("what the peer got: {goodbye}"))
}

/// A socket whose end the service notes.
async fn noted(subject: Subject<'_>) -> Verdict<(Socket, String)> {
    let token = token();
    let mut socket = subject.open().await?;
    exchange(&mut socket, Message::text(format!("{NOTE}{token}"))).await?;
    Ok((socket, token))
}

/// Sends a message and takes the next one that comes.
async fn exchange(socket: &mut Socket, message: Message) -> Verdict<Message> {
    socket.send(message).await?;
    next(socket).await
}

async fn exchange_binary(socket: &mut Socket, length: usize) -> Verdict {
    let bytes = pattern(length);
    match exchange(socket, Message::Binary(bytes.clone())).await? {
        Message::Binary(found) => same_bytes("the message", &found, &bytes),
        other => Err(Stop::Failed(format!("no bytes came back: {other:?}"))),
    }
}

pub(super) async fn next(socket: &mut Socket) -> Verdict<Message> {
    let message = socket.recv().await.ok_or_else(|| Stop::Failed("the socket ended".to_owned()))?;
    Ok(message?)
}
