//! What ran, for whoever asks.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use percent_encoding::percent_decode_str;
use runagent_registry::RegistryError;
use runagent_types::platform::InvocationStatus;
use serde::Serialize;
use serde_json::json;

use crate::refusal::Refusal;
use crate::router::App;
use crate::{Agent, reply};

/// How many invocations a page has, unless the query says.
const LIMIT: i64 = 50;

/// `GET /api/v1/agents/{id}/invocations?limit=50&status=failed`.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let limit = match parameter(&query, "limit") {
        Some(text) => integer(&text).ok_or_else(|| not_an_integer("limit", &text))?,
        None => LIMIT,
    };
    let status = parameter(&query, "status").filter(|status| !status.is_empty());
    let status = status.map(|status| InvocationStatus::from(&*status));
    // Less than none is all, as in SQL.
    let page = app.history.invocations(agent.id(), status.as_ref(), u64::try_from(limit).ok()).await;
    answer(page.map_err(unreadable)?)
}

/// `GET /api/v1/agents/{id}/invocations/stats`.
pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    Extension(agent): Extension<Arc<Agent>>,
) -> Result<Response, Refusal> {
    answer(app.history.stats(agent.id()).await.map_err(unreadable)?)
}

/// `GET /api/v1/invocations/{invocation_id}`.
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let Ok(Path(id)) = id else { return Err(Refusal::not_found()) };
    let found = app.history.invocation(&id).await.map_err(unreadable)?;
    // The registry has those of other agents too, and they are not for the callers of these.
    match found.filter(|found| app.agents.iter().any(|agent| agent.id() == found.agent_id)) {
        Some(invocation) => answer(invocation),
        None => {
            let message = format!("Invocation {id} not found");
            Err(Refusal::failure(StatusCode::NOT_FOUND, "NOT_FOUND", message))
        }
    }
}

fn answer<T: Serialize>(body: T) -> Result<Response, Refusal> {
    match serde_json::to_vec(&body) {
        Ok(body) => Ok(reply::json(StatusCode::OK, body)),
        Err(_) => Err(internal()),
    }
}

/// The path of the registry is nothing for callers.
#[allow(clippy::needless_pass_by_value, reason = "it is what map_err passes")]
fn unreadable(error: RegistryError) -> Refusal {
    tracing::warn!(%error, "the invocations cannot be read");
    internal()
}

fn internal() -> Refusal {
    Refusal::failure(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Failed to get invocations")
}

/// The last parameter of this name.
fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let mut pairs = query.rsplit('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decode(key) == name).map(|(_, value)| decode(value).into())
}

/// Reads an integer as FastAPI does; one that is too large is the largest.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let digits = match digits.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => digits,
    };
    // An underscore stands between two digits.
    digits
        .split('_')
        .try_fold(0_i64, |sum, group| {
            let numeric = !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
            let append = |sum: i64, digit: u8| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
            numeric.then(|| group.bytes().fold(sum, append))
        })
        .map(|size| sign * size)
}

fn not_an_integer(name: &str, input: &str) -> Refusal {
    let detail = json!([{
        "type": "int_parsing",
        "loc": ["query", name],
        "msg": "Input should be a valid integer, unable to parse string as an integer",
        "input": input,
    }]);
    Refusal::Detail(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_that_fastapi_takes() {
        for (text, expected) in [
            ("5", Some(5)),
            (" 5 ", Some(5)),
            ("5\n", Some(5)),
            ("+5", Some(5)),
            ("-1", Some(-1)),
            ("-0", Some(0)),
            ("05", Some(5)),
            ("00", Some(0)),
            ("1_000", Some(1000)),
            ("5.0", Some(5)),
            ("5.00", Some(5)),
            ("-1.0", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("99999999999999999999999999", Some(i64::MAX)),
            ("5.5", None),
            ("5.", None),
            (".0", None),
            ("0x10", None),
            ("", None),
            (" ", None),
            ("+", None),
            ("--1", None),
            ("+-1", None),
            ("- 1", None),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("1e3", None),
            ("\u{661}", None),
            ("\u{ff11}", None),
            ("NaN", None),
            ("true", None),
        ] {
            assert_eq!(integer(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_last_parameter_of_a_name_counts() {
        for (query, expected) in [
            ("", None),
            ("limits=1", None),
            ("limit=1", Some("1")),
            ("limit=1&limit=2", Some("2")),
            ("a=b&limit=%2B1&c", Some("+1")),
            ("limit", Some("")),
            ("limit=1+2", Some("1 2")),
            ("l%69mit=3", Some("3")),
            ("limit=%ff", Some("\u{fffd}")),
            ("limit=a=b", Some("a=b")),
        ] {
            assert_eq!(parameter(query, "limit").as_deref(), expected, "{query}");
        }
    }
}
