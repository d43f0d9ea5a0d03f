//! What a path turns out to be: one route answers with a file, or with what is in a folder.

use std::{collections::HashMap, convert::Infallible};

use bytes::Bytes;
use http::Response;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny},
};

use crate::{Error, Page, Result, call::json, error::decode, wire::Object};

/// A file, and no folder.
pub(in crate::api) fn file<T: DeserializeOwned + Object>(
    operation: &'static str,
    response: Response<Bytes>,
) -> Result<T> {
    let mut file: T = decode(operation, response.body()).map_err(Error::Decode)?;
    if file.extra_mut().contains_key("data") { unwanted::<_, true>(operation, &response) } else { Ok(file) }
}

/// What is in a folder, and no file.
pub(in crate::api) fn listing<T: DeserializeOwned>(
    operation: &'static str,
    response: Response<Bytes>,
) -> Result<Page<T>> {
    let fields: HashMap<String, IgnoredAny> = serde_json::from_slice(response.body()).unwrap_or_default();
    if fields.contains_key("path") && !fields.contains_key("data") {
        return unwanted::<_, false>(operation, &response);
    }
    json(operation, response)
}

/// What no answer decodes as: the error says what it is in place of what was asked for.
struct Unwanted<const FOLDER: bool>(Infallible);

fn unwanted<T, const FOLDER: bool>(operation: &'static str, response: &Response<Bytes>) -> Result<T> {
    match decode::<Unwanted<FOLDER>>(operation, response.body()) {
        Ok(Unwanted(never)) => match never {},
        Err(error) => Err(Error::Decode(error)),
    }
}

impl<'de, const FOLDER: bool> Deserialize<'de> for Unwanted<FOLDER> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        let noun = if FOLDER { "a folder" } else { "a file" };
        Err(D::Error::custom(format_args!("the path is that of {noun}")))
    }
}
