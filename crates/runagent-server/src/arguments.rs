//! Arguments as the fields of a type: what the type takes, and how a call fills it.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::{self, Display};
use std::marker::PhantomData;

use runagent_types::{ErrorCode, typed_from_str};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use serde_path_to_error::Track;

use crate::{AgentError, Input};

/// What a type of arguments takes, as it tells a deserializer.
#[derive(Debug, PartialEq)]
pub(crate) enum Signature {
    /// No argument at all.
    Nothing,
    /// A struct: fields by name, and the first of them by position.
    Fields { names: &'static [&'static str], positional: Vec<&'static str> },
    /// A map: any names, no positions.
    Names,
    /// A sequence: positions, no names; a tuple has this many.
    Positions(Option<usize>),
    /// One position, and no name.
    One,
    /// One position, or any names: a type that takes whatever comes.
    Any,
}

/// The arguments of a call as they were sent. Values would have changed the integers beyond 64 bits.
#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(borrow, default, rename = "input_args")]
    positional: Vec<&'a RawValue>,
    #[serde(borrow, default, rename = "input_kwargs")]
    named: BTreeMap<String, &'a RawValue>,
}

impl Signature {
    /// What `A` takes, and the JSON Schema of it (draft 2020-12).
    pub(crate) fn of<A: DeserializeOwned + JsonSchema>() -> (Self, Value) {
        let schema = SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<A>();
        let signature = match A::deserialize(Probe) {
            Err(Found(Self::Fields { names, .. })) => {
                // Serde names the aliases among the fields; they have no position of their own.
                let properties = properties(schema.as_value());
                let is_own = |name: &&str| properties.is_none_or(|properties| properties.contains_key(*name));
                Self::Fields { names, positional: names.iter().copied().filter(is_own).collect() }
            }
            Err(Found(signature)) => signature,
            // It asks for nothing.
            Ok(_) => Self::Nothing,
        };
        (signature, schema.to_value())
    }

    /// Reads the arguments of a call.
    pub(crate) fn read<A: DeserializeOwned>(&self, input: &Input) -> Result<A, AgentError> {
        let text = self.bind(input)?;
        typed_from_str(&text).map_err(|error| {
            // To keep the path costs time, so it is asked for only when it is needed.
            let located = typed_from_str::<Located<A>>(&text).err().unwrap_or(error);
            let problem = located.source().map_or_else(|| located.to_string(), ToString::to_string);
            invalid(input.entrypoint_tag(), mismatch(&problem))
        })
    }

    /// Refuses arguments where there should be none.
    pub(crate) fn check(&self, input: &Input) -> Result<(), AgentError> {
        self.bind(input).map(drop)
    }

    /// Puts the arguments of a call where they belong, as the JSON of the whole.
    fn bind(&self, input: &Input) -> Result<String, AgentError> {
        let body = input.body();
        let sent = serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))?;
        self.place(sent).map_err(|problem| invalid(input.entrypoint_tag(), problem))
    }

    fn place(&self, Sent { positional, mut named }: Sent<'_>) -> Result<String, String> {
        if !matches!(self, Self::Fields { .. } | Self::Names | Self::Any)
            && let Some(name) = named.keys().next()
        {
            return Err(format!("takes no arguments by name, and got `{name}`"));
        }
        let most = match self {
            Self::Nothing | Self::Names => 0,
            Self::Fields { positional: order, .. } => order.len(),
            Self::Positions(count) => count.unwrap_or(usize::MAX),
            Self::One | Self::Any => 1,
        };
        let got = positional.len();
        if got > most {
            return Err(format!("takes {}, and got {got}", by_position(most)));
        }
        match self {
            Self::Nothing => Ok("null".to_owned()),
            Self::Names => text(&named),
            Self::Fields { names, positional: order } => {
                if let Some(unknown) = named.keys().find(|name| !names.contains(&name.as_str())) {
                    return Err(format!("has no argument `{unknown}`; it has {}", list(order)));
                }
                for (name, value) in order.iter().zip(positional) {
                    if named.insert((*name).to_owned(), value).is_some() {
                        return Err(format!("got `{name}` twice, by position and by name"));
                    }
                }
                text(&named)
            }
            Self::Positions(Some(count)) if got < *count => {
                Err(format!("needs {}, and got {got}", by_position(*count)))
            }
            Self::Positions(_) => text(&positional),
            Self::One | Self::Any => match positional.first() {
                Some(_) if !named.is_empty() => {
                    Err("takes one argument by position or any by name, not both".to_owned())
                }
                Some(value) => Ok(value.get().to_owned()),
                None if *self == Self::One => Err(format!("needs {}, and got 0", by_position(1))),
                None => text(&named),
            },
        }
    }
}

fn text<T: Serialize>(arguments: &T) -> Result<String, String> {
    serde_json::to_string(arguments).map_err(|error| error.to_string())
}

/// The properties of an object, or of the object that the schema of a newtype refers to.
fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    let referred = schema.get("$ref").and_then(Value::as_str).and_then(|path| schema.pointer(path.strip_prefix('#')?));
    referred.unwrap_or(schema).get("properties")?.as_object()
}

/// The schema of what takes no arguments.
pub(crate) fn no_arguments() -> Value {
    json!({"$schema": SchemaSettings::draft2020_12().meta_schema, "type": "object", "properties": {}})
}

fn by_position(count: usize) -> String {
    match count {
        0 => "no arguments by position".to_owned(),
        1 => "one argument by position".to_owned(),
        _ => format!("{count} arguments by position"),
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("`, `")) }
}

fn invalid(tag: &str, problem: impl Display) -> AgentError {
    AgentError::new(format!("{tag}() {problem}")).with_code(ErrorCode::VALIDATION_ERROR)
}

/// What a decoder says of a value that does not fit, in the words of a call.
fn mismatch(error: &str) -> String {
    let error = unplaced(error);
    let (path, problem) = error.strip_prefix(MARK).and_then(|error| error.split_once(MARK)).unwrap_or((".", error));
    let problem = unplaced(problem);
    match (path, problem.strip_prefix("missing field ")) {
        (".", Some(name)) => format!("needs the argument {name}"),
        (_, Some(name)) => format!("needs {name} in `{path}`"),
        (".", None) => format!("got something else: {problem}"),
        (_, None) => format!("got something else for `{path}`: {problem}"),
    }
}

/// An error without the place in the text, which tells the caller nothing: the text is ours.
fn unplaced(error: &str) -> &str {
    let is_place = |place: &str| place.replace(" column ", "").bytes().all(|byte| byte.is_ascii_digit());
    match error.rsplit_once(" at line ") {
        Some((error, place)) if is_place(place) => error,
        _ => error,
    }
}

/// Marks the path in the message of a decoder's error. No path has it, and no message begins with it.
const MARK: char = '\u{1}';

/// A type whose errors begin with the path to what does not fit.
struct Located<A>(PhantomData<A>);

impl<'de, A: Deserialize<'de>> Deserialize<'de> for Located<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut track = Track::new();
        match A::deserialize(serde_path_to_error::Deserializer::new(deserializer, &mut track)) {
            Ok(_) => Ok(Self(PhantomData)),
            Err(error) => Err(de::Error::custom(format_args!("{MARK}{}{MARK}{error}", track.path()))),
        }
    }
}

/// Asks a type what it takes, and never gives it anything: the answer is the error.
struct Probe;

#[derive(Debug)]
struct Found(Signature);

impl Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Found {}

impl de::Error for Found {
    /// A type that refuses before it has asked takes whatever comes, and refuses that.
    fn custom<T: Display>(_: T) -> Self {
        Self(Signature::Any)
    }
}

macro_rules! answer {
    ($($method:ident($($argument:ident: $type:ty),*) => $signature:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* _: V) -> Result<V::Value, Found> {
            Err(Found($signature))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Found;

    answer! {
        deserialize_any() => Signature::Any;
        deserialize_ignored_any() => Signature::Any;
        deserialize_struct(_name: &'static str, names: &'static [&'static str]) =>
            Signature::Fields { names, positional: Vec::new() };
        deserialize_map() => Signature::Names;
        deserialize_seq() => Signature::Positions(None);
        deserialize_tuple(count: usize) => Signature::Positions(Some(count));
        deserialize_tuple_struct(_name: &'static str, count: usize) => Signature::Positions(Some(count));
        deserialize_unit() => Signature::Nothing;
        deserialize_unit_struct(_name: &'static str) => Signature::Nothing;
        deserialize_enum(_name: &'static str, _variants: &'static [&'static str]) => Signature::One;
        deserialize_bool() => Signature::One;
        deserialize_i8() => Signature::One;
        deserialize_i16() => Signature::One;
        deserialize_i32() => Signature::One;
        deserialize_i64() => Signature::One;
        deserialize_i128() => Signature::One;
        deserialize_u8() => Signature::One;
        deserialize_u16() => Signature::One;
        deserialize_u32() => Signature::One;
        deserialize_u64() => Signature::One;
        deserialize_u128() => Signature::One;
        deserialize_f32() => Signature::One;
        deserialize_f64() => Signature::One;
        deserialize_char() => Signature::One;
        deserialize_str() => Signature::One;
        deserialize_string() => Signature::One;
        deserialize_bytes() => Signature::One;
        deserialize_byte_buf() => Signature::One;
        deserialize_identifier() => Signature::One;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Found> {
        visitor.visit_newtype_struct(self)
    }
}

#[cfg(test)]
mod tests;
