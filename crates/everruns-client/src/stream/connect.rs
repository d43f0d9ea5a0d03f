//! Connections, and pages of what they may not bring.

use std::time::Duration;

use runagent_transport::{BoxFuture, sse::EventSource};

use super::{Cursor, Filter, Route, fault, route::Surface};
use crate::{
    Event, Result,
    call::{Call, json},
    list::Page,
};

/// How long the server may be silent. It sends a comment at least every 30 s.
const SILENCE: Duration = Duration::from_secs(45);

/// A connection that brings what comes after the cursor.
pub(super) fn open(route: &Route, filter: &Filter, cursor: &Cursor) -> BoxFuture<'static, Result<EventSource>> {
    let request = route.request("sse", "stream_events").map(|request| {
        // Retries are the stream's own.
        let request = filter.apply(request).retries(false).attempt_timeout(SILENCE);
        match (cursor.sequence, &cursor.id) {
            (Some(sequence), _) if !cursor.by_id => request.query("after_sequence", sequence.to_string()),
            (Some(_), Some(id)) => request.query("since_id", id),
            _ => request,
        }
    });
    Box::pin(async move {
        let mut source = request?.events().max_reconnects(0).idle_timeout(SILENCE).build();
        source.connect().await.map_err(fault::of_source)?;
        Ok(source)
    })
}

/// The events after one sequence and before another, or the first of them.
pub(super) fn page(
    route: &Route,
    filter: &Filter,
    after: i64,
    before: Option<i64>,
) -> BoxFuture<'static, Result<Vec<Event>>> {
    let request = route.request("events", "list_events").map(|request| {
        let request = filter.apply(request).query("after_sequence", after.to_string());
        match before {
            Some(before) if route.api == Surface::Management => request.query("before_sequence", before.to_string()),
            // No limit: for some servers it means the last ones.
            _ => request,
        }
    });
    let call = Call::new(request, "list_events", route.service.timeout(), json::<Page<Event>>);
    Box::pin(async move {
        let mut events = call.await?.data;
        let wanted = |event: &Event| {
            let sequence = event.sequence();
            sequence.is_some_and(|sequence| sequence > after && before.is_none_or(|before| sequence < before))
        };
        events.retain(wanted);
        events.sort_by_key(Event::sequence);
        Ok(events)
    })
}

/// The sequence of the last event of a session; 0 when nothing has happened.
pub(super) fn last_sequence(route: &Route) -> BoxFuture<'static, Result<i64>> {
    let route = route.clone();
    Box::pin(async move {
        if route.api == Surface::Management {
            let request = route.request("events", "list_events").map(|request| request.query("limit", "1"));
            let call = Call::new(request, "list_events", route.service.timeout(), json::<Page<Event>>);
            return Ok(call.await?.data.iter().filter_map(Event::sequence).max().unwrap_or(0));
        }
        let mut last = 0;
        loop {
            let events = page(&route, &Filter::default(), last, None).await?;
            match events.last().and_then(Event::sequence) {
                Some(sequence) => last = sequence,
                None => return Ok(last),
            }
        }
    })
}
