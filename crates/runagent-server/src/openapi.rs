//! The description of the server that tools read: OpenAPI 3.1.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::router::App;
use crate::{Agent, reply};

/// What a segment of a path can have as it is. Braces would stand for a parameter.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `GET /openapi.json`: each agent has its own paths, since each takes arguments of its own.
pub(crate) async fn openapi(State(app): State<Arc<App>>) -> Response {
    reply::json(StatusCode::OK, document(&app).to_string())
}

fn document(app: &App) -> Value {
    let mut paths = server_paths();
    let mut schemas = schemas();
    for (index, agent) in app.agents.iter().enumerate() {
        let described = Described::new(index, agent, &mut schemas);
        described.describe(&mut paths);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": "RunAgent", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    if app.guard.token.is_some() {
        document["components"]["securitySchemes"] = json!({"token": {"type": "http", "scheme": "bearer"}});
        document["security"] = json!([{"token": []}]);
    }
    document
}

/// The paths that belong to no agent.
fn server_paths() -> Map<String, Value> {
    let number = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1}});
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    let mut health = operation("health", "Whether the server is up", "Any");
    // Open to everybody.
    health["security"] = json!([]);
    let mut agents = operation("v1_agents", "The agents, in pages", "Page");
    agents["parameters"] = json!([number("page"), number("limit")]);
    let mut result = operation("v1_operation", "How far a run is that goes on after the answer", "Operation");
    result["parameters"] = json!([id]);
    Map::from_iter([
        ("/api/v1".to_owned(), json!({"get": operation("about", "What is served here", "Any")})),
        ("/api/v1/health".to_owned(), json!({"get": health})),
        ("/v1/agents".to_owned(), json!({"get": agents})),
        ("/v1/operations/{id}".to_owned(), json!({"get": result})),
    ])
}

/// The schemas that belong to no agent.
fn schemas() -> Map<String, Value> {
    let text = json!({"type": "string"});
    let schemas = json!({
        "Any": {"type": "object"},
        "Envelope": {
            "type": "object",
            "properties": {
                "success": {"type": "boolean"},
                "data": {"description": "The result, as a structured value in a string."},
                "message": {"type": ["string", "null"]},
                "error": {"type": ["object", "null"]},
                "timestamp": text,
                "request_id": text,
            },
            "required": ["success"],
        },
        "Success": {
            "type": "object",
            "properties": {"status": {"const": "success"}, "data": {"type": "object"}},
            "required": ["status", "data"],
        },
        "Failure": {
            "type": "object",
            "properties": {
                "status": {"const": "error"},
                "error": {
                    "type": "object",
                    "properties": {"code": text, "message": text, "details": {}, "retry_after": {"type": "number"}},
                    "required": ["code", "message"],
                },
            },
            "required": ["status", "error"],
        },
        "Page": {
            "type": "object",
            "properties": {"data": {"type": "array", "items": {"type": "object"}}, "pagination": {"type": "object"}},
            "required": ["data", "pagination"],
        },
        "Operation": {
            "type": "object",
            "properties": {
                "operation_id": text,
                "status": {"enum": ["pending", "running", "completed", "failed", "cancelled"]},
                "result": {"type": "object"},
                "error": {"type": "object"},
                "check_url": text,
            },
            "required": ["operation_id", "status", "check_url"],
        },
        "Health": {
            "type": "object",
            "properties": {"status": {"enum": ["healthy", "degraded", "unhealthy"]}, "checks": {"type": "object"}},
            "required": ["status", "checks"],
        },
    });
    if let Value::Object(schemas) = schemas { schemas } else { Map::new() }
}

/// An agent, and where the schemas of its arguments are.
struct Described<'a> {
    index: usize,
    agent: &'a Agent,
    /// The tag of each entrypoint, what it does, and the name of its schema.
    entrypoints: Vec<(String, Option<String>, String)>,
}

impl<'a> Described<'a> {
    fn new(index: usize, agent: &'a Agent, schemas: &mut Map<String, Value>) -> Self {
        let listed = agent.architecture().entrypoints.into_iter().enumerate();
        let entrypoints = listed.map(|(position, entrypoint)| {
            let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let name = format!("a{index}.e{position}.{}", entrypoint.tag.chars().map(word).collect::<String>());
            let schema = entrypoint.input_schema.unwrap_or_else(|| json!({"type": "object"}));
            schemas.insert(name.clone(), component(schema, &name));
            (entrypoint.tag, entrypoint.description, name)
        });
        Self { index, agent, entrypoints: entrypoints.collect() }
    }

    fn describe(&self, paths: &mut Map<String, Value>) {
        let id = utf8_percent_encode(self.agent.id(), SEGMENT).to_string();
        let mut add = |path: String, item: Value| paths.insert(path, item);
        let get = |name: &str, what: &str, schema: &str| json!({"get": self.operation(name, what, schema)});
        add(format!("/api/v1/agents/{id}/architecture"), get("architecture", "The entrypoints", "Envelope"));
        add(format!("/v1/agents/{id}"), get("v1_agent", "The agent", "Success"));
        add(format!("/v1/agents/{id}/health"), get("v1_health", "Whether the agent can be called", "Health"));
        if let Some(body) = self.run_body(false) {
            let run = self.operation("run", "Call an entrypoint", "Envelope");
            add(format!("/api/v1/agents/{id}/run"), json!({"post": keyed(with_body(run, body))}));
        }
        if let Some(body) = self.run_body(true) {
            let stream = events(self.operation("run_stream", "Call a streaming entrypoint", "Any"));
            add(format!("/api/v1/agents/{id}/run-stream"), json!({"post": with_body(stream, body)}));
        }
        if let Some(body) = self.agent.v1_run().and_then(|(tag, _)| self.v1_body(tag)) {
            let invoke = self.operation("v1_invoke", "Call the agent", "Success");
            add(format!("/v1/agents/{id}/invoke"), json!({"post": keyed(with_body(invoke, body.clone()))}));
            let requests = json!({"type": "array", "maxItems": 100, "items": body});
            let body = json!({"type": "object", "properties": {"batch": requests}, "required": ["batch"]});
            let batch = self.operation("v1_batch", "Call the agent several times", "Success");
            add(format!("/v1/agents/{id}/batch"), json!({"post": keyed(with_body(batch, body))}));
        }
        if let Some(body) = self.agent.v1_stream().and_then(|(tag, _)| self.v1_body(tag)) {
            let mut get = events(self.operation("v1_stream_get", "Stream the agent's answer", "Any"));
            let text = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
            get["parameters"] = json!([text("query"), text("session_id")]);
            let post = with_body(events(self.operation("v1_stream", "Stream the agent's answer", "Any")), body);
            add(format!("/v1/agents/{id}/stream"), json!({"get": get, "post": post}));
        }
    }

    fn operation(&self, name: &str, what: &str, schema: &str) -> Value {
        let mut operation = operation(&format!("a{}_{name}", self.index), what, schema);
        operation["tags"] = json!([self.agent.name()]);
        operation
    }

    /// The body of a run, of one entrypoint or another; `None` if there is none of the sort.
    fn run_body(&self, streams: bool) -> Option<Value> {
        let of_sort = self.entrypoints.iter().filter(|(tag, ..)| runagent_types::is_stream_tag(tag) == streams);
        let forms: Vec<_> = of_sort
            .map(|(tag, description, schema)| {
                let mut form = json!({
                    "type": "object",
                    "properties": {
                        "entrypoint_tag": {"const": tag},
                        "input_args": {"type": "array", "description": "The arguments by position."},
                        "input_kwargs": reference(schema),
                    },
                    "required": ["entrypoint_tag"],
                });
                if let Some(description) = description {
                    form["description"] = json!(description);
                }
                form
            })
            .collect();
        (!forms.is_empty()).then(|| json!({ "oneOf": forms }))
    }

    /// The body of an invocation.
    fn v1_body(&self, tag: &str) -> Option<Value> {
        let (_, _, schema) = self.entrypoints.iter().find(|(known, ..)| known == tag)?;
        let listed = self.agent.input_schema(tag).and_then(|schema| schema["properties"].as_object());
        let names =
            listed.into_iter().flat_map(Map::keys).filter(|name| !matches!(name.as_str(), "query" | "session_id"));
        let parameters: Map<_, _> =
            names.map(|name| (name.clone(), reference(&format!("{schema}/properties/{}", pointer(name))))).collect();
        Some(json!({
            "type": "object",
            "properties": {
                "query": {"type": "string"},
                "parameters": {"type": "object", "properties": parameters},
                "session_id": {"type": "string"},
            },
        }))
    }
}

fn operation(id: &str, summary: &str, schema: &str) -> Value {
    let content = |schema: &str| json!({"application/json": {"schema": reference(schema)}});
    json!({
        "operationId": id,
        "summary": summary,
        "responses": {
            "200": {"description": "The answer", "content": content(schema)},
            "default": {
                "description": "Why there is none; under /v1 in this form",
                "content": content("Failure"),
            },
        },
    })
}

fn with_body(mut operation: Value, schema: Value) -> Value {
    operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    operation
}

/// An operation that answers with server-sent events.
fn events(mut operation: Value) -> Value {
    operation["responses"]["200"]["content"] = json!({"text/event-stream": {"schema": {"type": "string"}}});
    operation
}

/// An operation that may be sent again with its key.
fn keyed(mut operation: Value) -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": 255});
    operation["parameters"] = json!([{"name": "Idempotency-Key", "in": "header", "schema": schema}]);
    operation
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A name as a part of a JSON pointer in a URL (RFC 6901, section 6).
fn pointer(name: &str) -> String {
    utf8_percent_encode(&name.replace('~', "~0").replace('/', "~1"), SEGMENT).to_string()
}

/// A schema that was a document of its own, as the component `name` of this one.
fn component(mut schema: Value, name: &str) -> Value {
    if let Value::Object(members) = &mut schema {
        members.remove("$schema");
    }
    relocate(&mut schema, name);
    schema
}

/// Lets references within a schema go on meaning what they meant.
fn relocate(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(path) = target.strip_prefix('#') {
                            *target = format!("#/components/schemas/{name}{path}");
                        }
                    }
                    _ => relocate(value, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| relocate(item, name)),
        _ => {}
    }
}
