//! From an answer of success to what it says.

use bytes::Bytes;
use http::Response;
use serde::de::DeserializeOwned;

use crate::{Error, Result, error};

/// How an answer is read.
pub(crate) type Read<T> = fn(&'static str, Response<Bytes>) -> Result<T>;

/// A JSON document.
pub(crate) fn json<T: DeserializeOwned>(operation: &'static str, response: Response<Bytes>) -> Result<T> {
    error::decode(operation, response.body()).map_err(Error::Decode)
}

/// Whatever is in it, it says that the thing was done.
#[allow(clippy::unnecessary_wraps, reason = "one of several ways to read")]
pub(crate) fn done(_: &'static str, _: Response<Bytes>) -> Result<()> {
    Ok(())
}

/// The bytes of a document.
#[allow(clippy::unnecessary_wraps, reason = "one of several ways to read")]
pub(crate) fn bytes(_: &'static str, response: Response<Bytes>) -> Result<Bytes> {
    Ok(response.into_body())
}

/// A document in text, any bytes of which that are no UTF-8 are replaced.
#[allow(clippy::unnecessary_wraps, reason = "one of several ways to read")]
pub(crate) fn text(_: &'static str, response: Response<Bytes>) -> Result<String> {
    Ok(String::from_utf8_lossy(response.body()).into_owned())
}
