//! `/sessions/{id}/sse`.

use std::collections::VecDeque;

use http::{HeaderValue, header::CACHE_CONTROL};
use serde_json::json;
use tokio::{sync::watch, time::timeout};

use super::{
    connection::{Connection, Deltas, End, Sequences},
    event::{Event, HEARTBEAT, frame, is_ephemeral},
    events::{Filter, cursor},
    fake_everruns::FakeEverruns,
    problem::{Answer, Problem, with_type},
    recorded_request::RecordedRequest,
    written_body::{Ending, Pen, written},
};

/// What a connection tells: some of the past, and all that is to come.
struct EventStream {
    fake: FakeEverruns,
    session_id: String,
    filter: Filter,
    retry: u64,
    behaviour: Connection,
    past: VecDeque<Event>,
    /// How much of the log is told.
    told: usize,
    changed: watch::Receiver<()>,
    /// How many frames are sent.
    sent: usize,
    /// Deltas that wait for their message.
    held: Vec<Event>,
    pen: Pen,
}

impl FakeEverruns {
    pub(super) fn stream_events(&self, id: &str, request: &RecordedRequest, filter: Option<Filter>) -> Answer {
        let mut state = self.lock();
        let dialect = state.dialect;
        state.session(id)?;
        let behaviour = state.connections.pop_front().unwrap_or_default();
        let session = state.session(id)?;
        let filter = match filter {
            Some(filter) => filter,
            None => Filter::new(request, dialect)?,
        };
        let after = match (behaviour.sequences, request.query("after_sequence")) {
            (Sequences::Rejected, Some(_)) => {
                return Err(Problem::bad_request("unknown query parameter `after_sequence`"));
            }
            (Sequences::Ignored, Some(_)) => None,
            _ => cursor(request, session, dialect)?,
        };
        let past = after.map_or_else(VecDeque::new, |after| {
            let is_after = |event: &&Event| event.sequence() > Some(after) && filter.admits(event);
            session.durable().filter(is_after).take(behaviour.replay).cloned().collect()
        });
        let (fake, session_id) = (self.clone(), id.to_owned());
        let (told, changed, retry) = (session.log.len(), session.listen(), dialect.retry_hint());
        let body = written(|pen| async move {
            let (sent, held) = (0, Vec::new());
            let stream =
                EventStream { fake, session_id, filter, retry, behaviour, past, told, changed, sent, held, pen };
            stream.write().await.err().unwrap_or(Ending::Complete)
        });
        let mut response = with_type("text/event-stream", body);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(response)
    }
}

impl EventStream {
    async fn write(mut self) -> Result<(), Ending> {
        self.frame(frame("connected", r#"{"status":"connected"}"#, self.retry, None)).await?;
        loop {
            self.end().await?;
            if let Some(event) = self.next() {
                self.event(event).await?;
                continue;
            }
            match timeout(HEARTBEAT, self.changed.changed()).await {
                Ok(Ok(())) => {}
                // The session is deleted.
                Ok(Err(_)) => return Ok(()),
                Err(_) => self.piece(": heartbeat\n\n".to_owned()).await?,
            }
        }
    }

    /// What is to be told next, if there is anything.
    fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.past.pop_front() {
            return Some(event);
        }
        let mut state = self.fake.lock();
        let session = state.session(&self.session_id).ok()?;
        let mut news = session.log[self.told..].iter().enumerate();
        let (skipped, event) = news.find(|(_, event)| self.filter.admits(event))?;
        self.told += skipped + 1;
        Some(event.clone())
    }

    async fn event(&mut self, event: Event) -> Result<(), Ending> {
        let behaviour = &self.behaviour;
        let is_lost = event.sequence().is_some_and(|sequence| behaviour.drops.contains(&sequence));
        if behaviour.only_heartbeats || is_lost {
            return Ok(());
        }
        match behaviour.deltas {
            Deltas::Late if is_ephemeral(event.kind()) => {
                self.held.push(event);
                return Ok(());
            }
            Deltas::Never if is_ephemeral(event.kind()) => return Ok(()),
            _ => {}
        }
        let is_garbled = event.sequence().is_some_and(|sequence| behaviour.garbles.contains(&sequence));
        let frame = if is_garbled {
            frame(event.kind(), r#"{"id": garbled"#, self.retry, Some(event.id()))
        } else {
            event.frame(self.retry)
        };
        if behaviour.repeats {
            self.frame(frame.clone()).await?;
        }
        self.frame(frame).await?;
        if event.kind() == "output.message.completed" {
            for delta in std::mem::take(&mut self.held) {
                self.frame(delta.frame(self.retry)).await?;
            }
        }
        Ok(())
    }

    async fn frame(&mut self, frame: String) -> Result<(), Ending> {
        self.end().await?;
        if matches!(&self.behaviour.end, Some((frames, End::BrokenWithin)) if *frames == self.sent) {
            self.piece(frame[..frame.len() / 2].to_owned()).await?;
            return Err(Ending::Broken);
        }
        self.sent += 1;
        self.piece(frame).await
    }

    /// Ends the connection, when it is time.
    async fn end(&self) -> Result<(), Ending> {
        match &self.behaviour.end {
            Some((frames, end)) if *frames == self.sent => match end {
                End::Complete => Err(Ending::Complete),
                End::Broken => Err(Ending::Broken),
                End::Silence => std::future::pending().await,
                End::Disconnecting { reason, retry_ms } => {
                    let data = json!({"reason": reason, "retry_ms": retry_ms}).to_string();
                    self.piece(frame("disconnecting", &data, *retry_ms, None)).await?;
                    Err(Ending::Complete)
                }
                End::BrokenWithin => Ok(()),
            },
            _ => Ok(()),
        }
    }

    async fn piece(&self, piece: String) -> Result<(), Ending> {
        // Nobody reads on.
        self.pen.send(piece.into()).await.map_err(|_| Ending::Complete)
    }
}
