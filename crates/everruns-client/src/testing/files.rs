//! Files of a workspace or a memory.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};

use super::{clock::Clock, problem::Problem};

/// Files of a workspace or a memory, by path.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<String, File>);

/// A file or a folder.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// `None` for a folder: the content as it was sent, and its encoding.
    content: Option<(String, String)>,
    pub(super) is_readonly: bool,
    id: String,
    created_at: String,
    updated_at: String,
}

/// A path, absolute and without a slash at its end.
pub(super) fn absolute(path: &str) -> String {
    format!("/{}", path.trim_matches('/'))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl File {
    pub(super) const fn is_directory(&self) -> bool {
        self.content.is_none()
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match &self.content {
            Some((content, encoding)) if encoding == "base64" => decoded_base64(content),
            Some((content, _)) => content.clone().into_bytes(),
            None => Vec::new(),
        }
    }

    /// As lists tell of it.
    pub(super) fn info(&self, owner: &str, path: &str) -> Value {
        json!({
            "id": self.id,
            "session_id": owner,
            "path": path,
            "name": path.rsplit('/').next(),
            "is_directory": self.is_directory(),
            "is_readonly": self.is_readonly,
            "size_bytes": self.bytes().len(),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    /// With its content.
    pub(super) fn whole(&self, owner: &str, path: &str) -> Value {
        let mut whole = self.info(owner, path);
        if let Some((content, encoding)) = &self.content {
            whole["content"] = content.clone().into();
            whole["encoding"] = encoding.clone().into();
        }
        whole
    }
}

impl Files {
    pub(super) fn get(&self, path: &str) -> Result<&File, Problem> {
        self.0.get(path).ok_or_else(|| Problem::not_found("file", path))
    }

    /// What a folder has; the root is always there.
    pub(super) fn list(&self, folder: &str, is_recursive: bool) -> impl Iterator<Item = (&str, &File)> {
        let folder = folder.trim_end_matches('/').to_owned();
        self.0.iter().map(|(path, file)| (path.as_str(), file)).filter(move |(path, _)| {
            let is_within = path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'));
            is_within && (is_recursive || parent(path) == folder)
        })
    }

    /// Creates a file or a folder, and the folders above it.
    pub(super) fn create(&mut self, clock: &mut Clock, path: &str, body: &Value) -> Result<&File, Problem> {
        if self.0.contains_key(path) {
            return Err(Problem::conflict(format!("{path} exists")).with_code("file_exists"));
        }
        if !parent(path).is_empty() && !self.0.contains_key(parent(path)) {
            self.create(clock, parent(path), &json!({"is_directory": true}))?;
        }
        let now = clock.now();
        let file = File {
            content: (body["is_directory"] != true).then(|| content(body)),
            is_readonly: body["is_readonly"] == true,
            id: clock.id("file"),
            created_at: now.clone(),
            updated_at: now,
        };
        Ok(self.0.entry(path.to_owned()).or_insert(file))
    }

    /// Changes a file, if it is as it is expected to be.
    pub(super) fn update(&mut self, clock: &mut Clock, path: &str, body: &Value) -> Result<&File, Problem> {
        let now = clock.now();
        let file = self.0.get_mut(path).ok_or_else(|| Problem::not_found("file", path))?;
        if file.is_readonly && body["is_readonly"] != false {
            return Err(read_only(path));
        }
        if let Some(expected) = body["expected_content"].as_str()
            && file.content.as_ref().is_none_or(|(content, _)| content != expected)
        {
            return Err(Problem::conflict(format!("{path} was changed")).with_code("file_changed"));
        }
        if body["content"].is_string() {
            file.content = Some(content(body));
        }
        if let Some(is_readonly) = body["is_readonly"].as_bool() {
            file.is_readonly = is_readonly;
        }
        file.updated_at = now;
        Ok(file)
    }

    /// Removes a file, or a folder with all that it has.
    pub(super) fn remove(&mut self, path: &str, is_recursive: bool) -> Result<(), Problem> {
        let file = self.get(path)?;
        if file.is_readonly {
            return Err(read_only(path));
        }
        if !is_recursive && self.list(path, true).next().is_some() {
            return Err(Problem::bad_request(format!("{path} is not empty")).with_code("directory_not_empty"));
        }
        let within = format!("{path}/");
        self.0.retain(|other, _| other != path && !other.starts_with(&within));
        Ok(())
    }

    /// Copies a file or a folder to where nothing is.
    pub(super) fn copy(&mut self, clock: &mut Clock, from: &str, to: &str) -> Result<&File, Problem> {
        let file = self.get(from)?.clone();
        let within: Vec<_> = self.list(from, true).map(|(path, file)| (path.to_owned(), file.clone())).collect();
        self.create(clock, to, &json!({"is_directory": true}))?;
        for (path, file) in within {
            self.0.insert(format!("{to}{}", &path[from.len()..]), file);
        }
        Ok(self.0.entry(to.to_owned()).insert_entry(file).into_mut())
    }

    /// The lines with a text, of files whose path begins with a text.
    pub(super) fn matches(&self, pattern: &str, path_pattern: &str) -> Vec<(String, Vec<Value>)> {
        let within = path_pattern.trim_end_matches('*');
        let found = self.0.iter().filter(|(path, _)| path.starts_with(within)).map(|(path, file)| {
            let text = String::from_utf8_lossy(&file.bytes()).into_owned();
            let lines = text.lines().zip(1..).filter(|(line, _)| line.contains(pattern));
            let of = |(line, number)| json!({"path": path, "line_number": number, "line": line});
            (path.clone(), lines.map(of).collect::<Vec<_>>())
        });
        found.filter(|(_, lines)| !lines.is_empty()).collect()
    }
}

fn content(body: &Value) -> (String, String) {
    let text = |name: &str, default: &str| body[name].as_str().unwrap_or(default).to_owned();
    (text("content", ""), text("encoding", "text"))
}

fn read_only(path: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, format!("{path} is read-only")).with_code("file_readonly")
}

/// The bytes of base64; what is not of its alphabet is skipped.
fn decoded_base64(text: &str) -> Vec<u8> {
    let value = |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for six in text.bytes().filter_map(value) {
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
