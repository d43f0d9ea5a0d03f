//! `/sessions/{id}/events`.

use std::collections::BTreeMap;

use http::HeaderValue;
use serde_json::{Value, json};

use super::{
    clock::is_id,
    dialect::Dialect,
    event::{Event, TYPES},
    problem::{Answer, Problem, ok},
    recorded_request::RecordedRequest,
    session::Session,
    state::State,
};

/// How many types a filter has at most.
const MAX_TYPES: usize = 64;
/// How many events a page has at most.
const MAX_LIMIT: u64 = 1000;
/// How many events a window has when nobody says, and at most.
const WINDOW: (u64, u64) = (50, 500);

/// Which events a request is about.
#[derive(Debug)]
pub(super) struct Filter {
    types: Vec<String>,
    exclude: Vec<String>,
}

impl Filter {
    pub(super) fn new(request: &RecordedRequest, dialect: Dialect) -> Result<Self, Problem> {
        let list = |name: &str| -> Result<Vec<String>, Problem> {
            let types: Vec<_> = request.each_query(name).into_iter().map(str::to_owned).collect();
            let is_known = |kind: &String| TYPES.contains(&kind.as_str());
            if types.len() > MAX_TYPES {
                return Err(Problem::bad_request(format!("{name} has more than {MAX_TYPES} values")));
            }
            match types.iter().find(|kind| !is_known(kind)) {
                Some(unknown) if dialect == Dialect::Hosted => {
                    Err(Problem::bad_request(format!("unknown event type {unknown:?}")))
                }
                _ => Ok(types),
            }
        };
        Ok(Self { types: list("types")?, exclude: list("exclude")? })
    }

    /// All events.
    pub(super) const fn none() -> Self {
        Self { types: Vec::new(), exclude: Vec::new() }
    }

    pub(super) fn admits(&self, event: &Event) -> bool {
        let is_in = |types: &[String]| types.iter().any(|kind| kind == event.kind());
        (self.types.is_empty() || is_in(&self.types)) && !is_in(&self.exclude)
    }
}

/// The sequence after which a request wants events; none for those to come only.
pub(super) fn cursor(request: &RecordedRequest, session: &Session, dialect: Dialect) -> Result<Option<u64>, Problem> {
    let after = request.number("after_sequence")?;
    let header = request.header("last-event-id").filter(|_| dialect == Dialect::Serve && after.is_none());
    let Some(since) = request.query("since_id").or(header) else {
        return Ok(after);
    };
    if after.is_some() {
        return Err(Problem::bad_request("since_id and after_sequence exclude each other"));
    }
    if !is_id("event", since) {
        return Err(Problem::bad_request(format!("invalid since_id {since:?}")));
    }
    match (session.durable().find(|event| event.id() == since), dialect) {
        (Some(event), _) => Ok(event.sequence()),
        // Nothing is after an event that is not there.
        (None, Dialect::Hosted) => Ok(Some(u64::MAX)),
        (None, Dialect::Serve) => Err(Problem::bad_request("the cursor is no event of this session")),
    }
}

impl State {
    pub(super) fn list_events(&mut self, id: &str, request: &RecordedRequest) -> Answer {
        let dialect = self.dialect;
        let session = self.session(id)?;
        let filter = Filter::new(request, dialect)?;
        let after = cursor(request, session, dialect)?;
        let before = request.number("before_sequence")?;
        let texts = ["from_ts", "to_ts", "turn_id", "exec_id", "trace_id", "tool_name", "q"];
        let [from, to, turn, exec, trace, tool, q] = texts.map(|name| request.query(name));
        let tags = request.each_query("tags");
        let wanted = |event: &&Event| {
            let (sequence, Event(event_json)) = (event.sequence().unwrap_or_default(), event);
            let context = &event_json["context"];
            let is = |asked: Option<&str>, value: &Value| asked.is_none_or(|asked| value == asked);
            let ts = event_json["ts"].as_str().unwrap_or_default();
            let tool_name = [&event_json["data"]["tool_name"], &event_json["data"]["tool_call"]["name"]];
            filter.admits(event)
                && after.is_none_or(|after| sequence > after)
                && before.is_none_or(|before| sequence < before)
                && from.is_none_or(|from| ts >= from)
                && to.is_none_or(|to| ts <= to)
                && is(turn, &context["turn_id"])
                && is(exec, &context["exec_id"])
                && is(trace, &context["trace_id"])
                && tool.is_none_or(|tool| tool_name.iter().any(|name| **name == tool))
                && tags
                    .iter()
                    .all(|tag| event_json["tags"].as_array().is_some_and(|tags| tags.iter().any(|t| t == tag)))
                && q.is_none_or(|q| event_json["data"].to_string().to_lowercase().contains(&q.to_lowercase()))
        };
        let mut events: Vec<_> = session.durable().filter(wanted).collect();
        let total = events.len();
        if let Some(around) = request.query("around") {
            events = window(&events, around, request)?;
        }
        if let Some(limit) = request.number("limit")? {
            if !(1..=MAX_LIMIT).contains(&limit) {
                return Err(Problem::bad_request(format!("limit is between 1 and {MAX_LIMIT}")));
            }
            events = last(&events, limit as usize);
        }
        let mut data: Vec<_> = events.iter().map(|event| &event.0).collect();
        if request.flag("order_desc") {
            data.reverse();
        }
        let mut response = ok(&json!({"data": data}))?;
        if request.query("limit").is_some() {
            response.headers_mut().insert("x-total-count", HeaderValue::from(total));
            let exposed = HeaderValue::from_static("X-Total-Count");
            response.headers_mut().insert(http::header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        Ok(response)
    }

    pub(super) fn summarize_events(&mut self, id: &str) -> Answer {
        let session = self.session(id)?;
        let mut counts = BTreeMap::<&str, u64>::new();
        for event in session.durable() {
            *counts.entry(event.kind()).or_default() += 1;
        }
        let count = |kind| counts.get(kind).copied().unwrap_or_default();
        let by_type: Vec<_> = counts.iter().map(|(kind, count)| json!({"event_type": kind, "count": count})).collect();
        let mut times = session.durable().map(|event| &event.0["ts"]);
        let first = times.next();
        ok(&json!({
            "total": session.last_sequence(),
            "turn_count": count("turn.started"),
            "error_count": count("turn.failed"),
            "by_type": by_type,
            "first_ts": first,
            "last_ts": times.next_back().or(first),
        }))
    }
}

/// The last so many, and fewer where a turn begins among them: a page has whole turns.
fn last<'a>(events: &[&'a Event], limit: usize) -> Vec<&'a Event> {
    let mut last = events[events.len().saturating_sub(limit)..].to_vec();
    let begins_within = last.len() < events.len() && last.len() > 1;
    if begins_within && let Some(start) = last.iter().position(|event| event.kind() == "turn.started") {
        last.drain(..start);
    }
    last
}

/// Those around one of them.
fn window<'a>(events: &[&'a Event], id: &str, request: &RecordedRequest) -> Result<Vec<&'a Event>, Problem> {
    let size = request.number("window")?.unwrap_or(WINDOW.0).min(WINDOW.1) as usize;
    let middle = events.iter().position(|event| event.id() == id);
    let middle = middle.ok_or_else(|| Problem::bad_request("around is no event of this session"))?;
    let start = middle.saturating_sub(size / 2);
    Ok(events[start..events.len().min(start + size.max(1))].to_vec())
}
