//! What a caller of the raw HTTP clients decodes by hand, as cheaply as serde allows.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Result;

/// The answer to a call.
#[derive(Deserialize)]
struct Envelope<'a> {
    success: bool,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// A value inside a string, with its type beside it.
#[derive(Deserialize)]
struct Structured<'a> {
    #[serde(borrow, rename = "type")]
    _kind: Cow<'a, str>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

/// An event of an Everruns session; its data is left as it came.
#[derive(Deserialize)]
pub(crate) struct SessionEvent<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) ts: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) session_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) data: &'a RawValue,
}

/// The value in the answer to a call.
pub(crate) fn result(body: &[u8]) -> Result<Value> {
    let envelope: Envelope<'_> = serde_json::from_slice(body)?;
    if !envelope.success {
        return Err("the call failed".into());
    }
    let data = envelope.data.get();
    if !data.starts_with('"') {
        return Ok(serde_json::from_str(data)?);
    }
    let text: Cow<'_, str> = serde_json::from_str::<Text<'_>>(data)?.0;
    let structured: Structured<'_> = serde_json::from_str(&text)?;
    Ok(serde_json::from_str(&structured.payload)?)
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
