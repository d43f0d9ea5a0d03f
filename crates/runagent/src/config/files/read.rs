//! A file, as a JSON object.

use std::{
    fs::{self, File, Metadata},
    io::{ErrorKind, Read as _},
    path::Path,
};

use serde_json::{Map, Value};

use super::{config_error, shown};
use crate::{RunAgentError, RunAgentResult};

/// The largest file that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// The object in a file; `None` when there is no file.
pub(super) fn object(path: &Path) -> RunAgentResult<Option<Map<String, Value>>> {
    // Asked before it is opened: to open a pipe is to wait for whoever writes to it.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_missing(error.kind()) => return Ok(None),
        Err(error) => return Err(unreadable(path, &error.to_string())),
    };
    if !metadata.is_file() {
        return Err(unreadable(path, "it is no regular file"));
    }
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)) {
        Ok(_) => {}
        // It went since.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error.to_string())),
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable(path, "it is larger than 1 MiB"));
    }
    let object = parse(&bytes).map_err(|why| unreadable(path, &why))?;
    warn_of_readers(path, &metadata, &object);
    Ok(Some(object))
}

/// A service's user may have no home, or one that is not its own: nothing is meant by that.
const fn is_missing(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied)
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let text = str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("it is JSON, but no object".to_owned()),
        // The parser's own message tells what it expected, and no more of the text than the place.
        Err(error) => Err(format!("it is not JSON: {error}")),
    }
}

fn unreadable(path: &Path, why: &str) -> RunAgentError {
    config_error(format!("the configuration file {} can't be used: {why}", shown(path)))
        .with_suggestion("Correct the file, or remove it.")
}

/// Warns when others than its owner can read a key.
#[cfg(unix)]
fn warn_of_readers(path: &Path, metadata: &Metadata, object: &Map<String, Value>) {
    use std::os::unix::fs::PermissionsExt as _;

    let names = [super::API_KEY.snake, super::API_KEY.camel];
    let has_key = names.iter().any(|name| object.get(*name).is_some_and(Value::is_string));
    if has_key && metadata.permissions().mode() & 0o044 != 0 {
        let path = shown(path);
        tracing::warn!(path, "other users can read the API key in this file: allow only its owner to (chmod 600)");
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path, _: &Metadata, _: &Map<String, Value>) {}
