//! The `runagent.config.json` of a project.

use std::{collections::HashSet, fs, path::Path};

use runagent_types::ErrorCode;
use serde_json::{Map, Value};

use crate::{RunAgentError, RunAgentResult};

/// The file that describes an agent, at the top of its folder.
pub(super) const FILE_NAME: &str = "runagent.config.json";

/// What every agent must say of itself, in text.
const REQUIRED: [&str; 7] = ["agent_id", "agent_name", "description", "framework", "template", "version", "created_at"];

/// Where a template came from.
const TEMPLATE_SOURCE: [&str; 3] = ["repo_url", "author", "path"];

/// The description of an agent, checked.
#[derive(Debug)]
pub(super) struct ProjectConfig {
    pub(super) agent_id: String,
    /// The files that the entrypoints are in, by their tags.
    pub(super) entrypoint_files: Vec<(String, String)>,
    /// All of it, as it is.
    pub(super) members: Map<String, Value>,
}

impl ProjectConfig {
    /// Reads it from the folder of the project.
    pub(super) fn read(folder: &Path) -> RunAgentResult<Self> {
        match fs::read(folder.join(FILE_NAME)) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(missing(folder)),
            Err(error) => Err(fault("it can't be read").with_source(error)),
        }
    }

    fn parse(text: &[u8]) -> RunAgentResult<Self> {
        let members: Map<String, Value> =
            serde_json::from_slice(text).map_err(|error| fault(&format!("it is no JSON object: {error}")))?;
        for key in REQUIRED {
            self::text(&members, "", key)?;
        }
        let source = object(&members, "", "template_source")?;
        for key in TEMPLATE_SOURCE {
            self::text(source, "template_source.", key)?;
        }
        let agent_id = self::text(&members, "", "agent_id")?.to_owned();
        let entrypoint_files = entrypoints(object(&members, "", "agent_architecture")?)?;
        Ok(Self { agent_id, entrypoint_files, members })
    }
}

/// The tags of the entrypoints with their files; a webhook has none.
fn entrypoints(architecture: &Map<String, Value>) -> RunAgentResult<Vec<(String, String)>> {
    let path = "agent_architecture.entrypoints";
    let list = match architecture.get("entrypoints") {
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(Value::Array(_)) => return Err(fault(&format!("`{path}` is empty: an agent has at least one"))),
        Some(_) => return Err(fault(&format!("`{path}` is no list"))),
        None => return Err(fault(&format!("`{path}` is missing"))),
    };
    let mut tags = HashSet::new();
    let mut files = Vec::new();
    for (index, entrypoint) in list.iter().enumerate() {
        let Value::Object(entrypoint) = entrypoint else {
            return Err(fault(&format!("`{path}[{index}]` is no object")));
        };
        let path = format!("{path}[{index}].");
        let tag = text(entrypoint, &path, "tag")?;
        if !tags.insert(tag) {
            return Err(fault(&format!("`{path}tag` is `{}` once more: tags differ", tag.escape_debug())));
        }
        if entrypoint.contains_key("webhook_url") {
            text(entrypoint, &path, "webhook_url")?;
        } else {
            text(entrypoint, &path, "module")?;
            files.push((tag.to_owned(), text(entrypoint, &path, "file")?.to_owned()));
        }
    }
    Ok(files)
}

fn text<'a>(members: &'a Map<String, Value>, path: &str, key: &str) -> RunAgentResult<&'a str> {
    match members.get(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
        Some(Value::String(_)) => Err(fault(&format!("`{path}{key}` is empty"))),
        Some(_) => Err(fault(&format!("`{path}{key}` is no text"))),
        None => Err(fault(&format!("`{path}{key}` is missing"))),
    }
}

fn object<'a>(members: &'a Map<String, Value>, path: &str, key: &str) -> RunAgentResult<&'a Map<String, Value>> {
    match members.get(key) {
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(fault(&format!("`{path}{key}` is no object"))),
        None => Err(fault(&format!("`{path}{key}` is missing"))),
    }
}

fn fault(what: &str) -> RunAgentError {
    RunAgentError::new(ErrorCode::CONFIG_ERROR, format!("{FILE_NAME}: {what}"))
}

fn missing(folder: &Path) -> RunAgentError {
    let error = RunAgentError::new(ErrorCode::CONFIG_ERROR, format!("{folder:?} has no {FILE_NAME}"));
    if ["runagent.config.yaml", "runagent.config.yml"].iter().any(|name| folder.join(name).exists()) {
        return error.with_suggestion(format!("Write the YAML file as JSON: only {FILE_NAME} is read."));
    }
    error.with_suggestion("Name the folder of an agent's project, as `runagent init` makes it.")
}

#[cfg(test)]
mod tests;
