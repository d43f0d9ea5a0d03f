//! What a caller sends, and what is wrong with it in the words of the Python server.

use runagent_types::{DecodeError, RunRequest, value_from_slice};
use serde_json::{Map, Value, json};

struct Field {
    name: &'static str,
    fits: fn(&Value) -> bool,
    kind: &'static str,
    message: &'static str,
}

const FIELDS: [Field; 3] = [
    Field {
        name: "entrypoint_tag",
        fits: Value::is_string,
        kind: "string_type",
        message: "Input should be a valid string",
    },
    Field { name: "input_args", fits: Value::is_array, kind: "list_type", message: "Input should be a valid list" },
    Field {
        name: "input_kwargs",
        fits: Value::is_object,
        kind: "dict_type",
        message: "Input should be a valid dictionary",
    },
];
const NOT_AN_OBJECT: &str = "Input should be a valid dictionary or object to extract fields from";

/// Why a request for a run cannot be read.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// Nothing was sent.
    Empty,
    /// Not JSON, from this byte on.
    Malformed { offset: usize, error: DecodeError },
    /// JSON, or text that does not claim to be JSON.
    NotAnObject(Value),
    /// An object; the first fault counts where only one can be told.
    Fields { body: Map<String, Value>, faults: Vec<Fault> },
}

#[derive(Debug)]
pub(crate) struct Fault {
    name: &'static str,
    /// What is there instead, and of which type it should be; `None` when it is missing.
    mistyped: Option<(&'static str, &'static str)>,
}

/// Reads the body of `POST …/run`, where only the tag must be there.
pub(crate) fn read_run(body: &[u8]) -> Result<RunRequest<'static>, RequestError> {
    read(body, 1)
}

/// Reads the first message of a stream, where the arguments must be there too.
pub(crate) fn read_stream(message: &str) -> Result<RunRequest<'static>, RequestError> {
    read(message.as_bytes(), FIELDS.len())
}

fn read(body: &[u8], required: usize) -> Result<RunRequest<'static>, RequestError> {
    if body.is_empty() {
        return Err(RequestError::Empty);
    }
    let value =
        value_from_slice(body).map_err(|error| RequestError::Malformed { offset: offset(body, &error), error })?;
    let Value::Object(body) = value else {
        return Err(RequestError::NotAnObject(value));
    };
    let fault = |(index, field): (usize, &Field)| match body.get(field.name) {
        None if index < required => Some(Fault { name: field.name, mistyped: None }),
        Some(value) if !(field.fits)(value) => {
            Some(Fault { name: field.name, mistyped: Some((field.kind, field.message)) })
        }
        _ => None,
    };
    let faults: Vec<_> = FIELDS.iter().enumerate().filter_map(fault).collect();
    if !faults.is_empty() {
        return Err(RequestError::Fields { body, faults });
    }
    serde_json::from_value(Value::Object(body)).map_err(|_| RequestError::NotAnObject(Value::Null))
}

fn offset(body: &[u8], error: &DecodeError) -> usize {
    let Some((line, column)) = error.position() else { return 0 };
    let before: usize = body.split(|byte| *byte == b'\n').take(line - 1).map(|line| line.len() + 1).sum();
    (before + column).min(body.len())
}

impl RequestError {
    /// The `detail` of a 422, as FastAPI forms it.
    pub(crate) fn into_detail(self) -> Value {
        match self {
            Self::Empty => json!([{"type": "missing", "loc": ["body"], "msg": "Field required", "input": null}]),
            Self::Malformed { offset, error } => json!([{
                "type": "json_invalid",
                "loc": ["body", offset],
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": error.to_string()},
            }]),
            Self::NotAnObject(input) => json!([{
                "type": "model_attributes_type",
                "loc": ["body"],
                "msg": NOT_AN_OBJECT,
                "input": input,
            }]),
            Self::Fields { body, faults } => faults
                .into_iter()
                .map(|Fault { name, mistyped }| match mistyped {
                    Some((kind, message)) => {
                        json!({"type": kind, "loc": ["body", name], "msg": message, "input": body.get(name)})
                    }
                    None => json!({"type": "missing", "loc": ["body", name], "msg": "Field required", "input": body}),
                })
                .collect(),
        }
    }

    /// The `detail` of the frame that refuses a stream.
    pub(crate) fn sentence(&self) -> String {
        let missing = |name| format!("Missing required field: {name}");
        match self {
            Self::Empty => "Invalid JSON format: the message is empty".to_owned(),
            Self::Malformed { error, .. } => format!("Invalid JSON format: {error}"),
            Self::NotAnObject(_) => missing(FIELDS[0].name),
            Self::Fields { faults, .. } => match faults.first() {
                Some(Fault { name, mistyped: Some((_, message)) }) => format!("Invalid field: {name}: {message}"),
                Some(fault) => missing(fault.name),
                None => missing(FIELDS[0].name),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_body_is_told_as_the_python_server_tells_it() {
        for (body, detail) in [
            ("", r#"[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]"#),
            (
                r#"{"input_args":[],"input_kwargs":{}}"#,
                r#"[{"type":"missing","loc":["body","entrypoint_tag"],"msg":"Field required","input":{"input_args":[],"input_kwargs":{}}}]"#,
            ),
            (
                r#"{"entrypoint_tag":5,"input_args":{},"input_kwargs":[]}"#,
                r#"[{"type":"string_type","loc":["body","entrypoint_tag"],"msg":"Input should be a valid string","input":5},{"type":"list_type","loc":["body","input_args"],"msg":"Input should be a valid list","input":{}},{"type":"dict_type","loc":["body","input_kwargs"],"msg":"Input should be a valid dictionary","input":[]}]"#,
            ),
            (
                r#"{"entrypoint_tag":"echo","input_args":null,"input_kwargs":null}"#,
                r#"[{"type":"list_type","loc":["body","input_args"],"msg":"Input should be a valid list","input":null},{"type":"dict_type","loc":["body","input_kwargs"],"msg":"Input should be a valid dictionary","input":null}]"#,
            ),
            (
                "[]",
                r#"[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]}]"#,
            ),
        ] {
            let expected: Value = serde_json::from_str(detail).unwrap();
            assert_eq!(read_run(body.as_bytes()).unwrap_err().into_detail(), expected, "{body}");
        }
    }

    #[test]
    fn malformed_json_is_located() {
        for (body, offset) in [(r#"{"entrypoint_tag":"#, 18), ("{\n\"a\": tru}", 11), ("\u{1}", 1)] {
            let detail = read_run(body.as_bytes()).unwrap_err().into_detail();
            assert_eq!(detail[0]["type"], "json_invalid");
            assert_eq!(detail[0]["loc"], json!(["body", offset]), "{body}");
        }
        assert_eq!(read_run(b"\xff").unwrap_err().into_detail()[0]["loc"], json!(["body", 0]));
    }

    #[test]
    fn a_stream_names_the_first_field_that_is_missing() {
        for (message, sentence) in [
            (r#"{"input_args":[],"input_kwargs":{}}"#, "Missing required field: entrypoint_tag"),
            (r#"{"entrypoint_tag":"a_stream","input_kwargs":{}}"#, "Missing required field: input_args"),
            (r#"{"entrypoint_tag":"a_stream","input_args":[]}"#, "Missing required field: input_kwargs"),
            ("[]", "Missing required field: entrypoint_tag"),
            ("5", "Missing required field: entrypoint_tag"),
            (
                r#"{"entrypoint_tag":["a_stream"],"input_args":[],"input_kwargs":{}}"#,
                "Invalid field: entrypoint_tag: Input should be a valid string",
            ),
        ] {
            assert_eq!(read_stream(message).unwrap_err().sentence(), sentence, "{message}");
        }
        for message in ["", "{"] {
            let sentence = read_stream(message).unwrap_err().sentence();
            assert!(sentence.starts_with("Invalid JSON format: "), "{sentence}");
        }
    }

    #[test]
    fn a_tag_is_enough_for_a_run() {
        assert_eq!(read_run(br#"{"entrypoint_tag":"e"}"#).unwrap().entrypoint_tag, "e");
    }
}
