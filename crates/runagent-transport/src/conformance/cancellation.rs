//! What the service notices of callers that leave.

use std::{future::poll_fn, pin::pin, task::Poll};

use super::{
    case::{Case, Stop, Verdict, ensure},
    subject::{Subject, next_bytes},
    visits::token,
};

pub(super) fn cases(subject: Subject<'_>) -> Vec<Case<'_>> {
    vec![
        Case::new("dropping the future of a call cancels it", dropped_call(subject)),
        Case::new("dropping the body of a response cancels it", dropped_body(subject)),
    ]
}

async fn dropped_call(subject: Subject<'_>) -> Verdict {
    let token = token();
    let path = format!("silence/{token}");
    let mut call = Box::pin(subject.get(&path));
    let path = format!("arrived/{token}");
    let mut arrived = pin!(subject.bytes(&path));
    poll_fn(|cx| match call.as_mut().poll(cx) {
        Poll::Ready(Ok(_)) => Poll::Ready(Err(Stop::Failed("a request without an answer was answered".to_owned()))),
        Poll::Ready(Err(stop)) => Poll::Ready(Err(stop)),
        Poll::Pending => arrived.as_mut().poll(cx).map_ok(drop),
    })
    .await?;
    drop(call);
    // Answered once the service has seen it.
    subject.bytes(&format!("left/{token}")).await.map(drop)
}

async fn dropped_body(subject: Subject<'_>) -> Verdict {
    let token = token();
    let mut body = subject.get(&format!("held/{token}")).await?.into_body();
    let first = next_bytes(&mut body).await?;
    ensure(first.is_some(), || "the body ended at its start".to_owned())?;
    drop(body);
    subject.bytes(&format!("left/{token}")).await.map(drop)
}
