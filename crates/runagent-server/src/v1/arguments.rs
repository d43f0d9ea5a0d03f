//! What a request asks of an entrypoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use runagent_types::v1::InvokeRequest;
use runagent_types::{ApiError, ErrorCode, RunRequest};
use serde_json::Value;
use serde_json::value::RawValue;

use super::documented::invalid;
use crate::invocation::Invocation;
use crate::recording::Sort;
use crate::refusal::Refusal;
use crate::router::App;
use crate::{Agent, Input};

/// The members of an object as they were sent. Values would have changed the integers beyond 64 bits.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// A request as that of a run: the keyword arguments are the `query`, each of the `parameters`, and all other members.
#[derive(Debug)]
pub(super) struct Asked {
    request: RunRequest<'static>,
    body: Bytes,
}

impl Asked {
    /// Reads the body of a request to the entrypoint `tag`.
    pub(super) fn read(agent: &Agent, tag: &str, body: &[u8]) -> Result<Self, Refusal> {
        let documented = InvokeRequest::from_slice(body).map_err(|error| malformed(&error.to_string()))?;
        if let Some(name) = documented.mistyped_member() {
            let kind = if name == "parameters" { "an object" } else { "text" };
            return Err(invalid("INVALID_FIELD_TYPE", name, "type", format!("{name} must be {kind}")));
        }
        let schema = agent.input_schema(tag);
        let arguments = arguments(members(body)?, takes(schema, "session_id"))?;
        if let Some(name) = required(schema).find(|name| !arguments.contains_key(*name)) {
            let subject = if name == "query" { "Query" } else { name };
            return Err(invalid("INVALID_INPUT", name, "missing", format!("{subject} parameter is required")));
        }
        let unreadable = |error: &dyn std::error::Error| malformed(&error.to_string());
        let body =
            RunRequest::new(tag, Vec::<Value>::new(), arguments).to_json().map_err(|error| unreadable(&error))?;
        let request = RunRequest::from_slice(&body).map_err(|error| unreadable(&error))?;
        Ok(Self { request, body: body.into() })
    }

    /// Hands the arguments over.
    pub(super) fn begin(self, app: &Arc<App>, agent: &Agent, sort: Sort) -> (Invocation, Input) {
        Invocation::begin(app, agent, sort, self.request, self.body)
    }
}

/// The refusal of an agent that has several entrypoints, or none, and none for `/v1`.
pub(super) fn no_entrypoint(sort: &str) -> Refusal {
    let message = format!("the agent has no {sort} that it is clear to call");
    let error = ApiError::new(ErrorCode::ENTRYPOINT_NOT_FOUND, message)
        .with_suggestion("Call an entrypoint by its tag, under /api/v1; or choose one with Agent::v1_entrypoint.");
    Refusal::Failure(StatusCode::NOT_FOUND, Box::new(error))
}

/// The members of a body that must be an object.
pub(super) fn members(body: &[u8]) -> Result<Members<'_>, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))
}

pub(super) fn malformed(problem: &str) -> Refusal {
    Refusal::failure(StatusCode::BAD_REQUEST, "INVALID_INPUT", format!("the body is no JSON object: {problem}"))
}

fn arguments(sent: Members<'_>, takes_session: bool) -> Result<Members<'_>, Refusal> {
    let mut arguments = Members::new();
    let mut parameters = Members::new();
    for (name, value) in sent {
        match name.as_str() {
            // Null is how clients leave these out.
            "query" | "session_id" | "parameters" if value.get() == "null" => {}
            "parameters" => parameters = members(value.get().as_bytes())?,
            "session_id" if !takes_session => {}
            _ => {
                arguments.insert(name, value);
            }
        }
    }
    for (name, value) in parameters {
        if arguments.contains_key(&name) {
            let message = format!("{name} is given twice, as a parameter and beside the parameters");
            return Err(invalid("INVALID_INPUT", &name, "duplicate", message));
        }
        arguments.insert(name, value);
    }
    Ok(arguments)
}

/// Whether arguments with this schema list `name`. What lists no names takes those of the documents' own only where it
/// has no schema at all, and sorts them out itself.
fn takes(schema: Option<&Value>, name: &str) -> bool {
    schema.is_none_or(|schema| schema["properties"].get(name).is_some())
}

/// The names without which there is no call.
fn required(schema: Option<&Value>) -> impl Iterator<Item = &str> {
    let names = schema.and_then(|schema| schema["required"].as_array()).into_iter().flatten();
    names.filter_map(Value::as_str)
}
