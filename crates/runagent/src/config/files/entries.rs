//! The entries of a file.

use std::{path::Path, sync::Arc};

use serde_json::{Map, Value};

use super::{KNOWN, config_error, shown};
use crate::{
    RunAgentError, RunAgentResult,
    config::{
        kind::Kind,
        setting::{Setting, Source},
    },
};

/// What an entry is called, in both spellings, with the object before a point that it is in.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) snake: &'static str,
    pub(super) camel: &'static str,
}

/// The entries of an object in a file. Those that are asked for are taken away.
pub(super) struct Entries {
    path: Arc<Path>,
    object: Map<String, Value>,
}

impl Entries {
    pub(super) const fn new(path: Arc<Path>, object: Map<String, Value>) -> Self {
        Self { path, object }
    }

    /// An entry that is a number.
    pub(super) fn number<T>(&mut self, entry: Entry, kind: &Kind<T>) -> RunAgentResult<Option<Setting<T>>> {
        let Some((name, value)) = self.take(entry) else { return Ok(None) };
        let number = if let Value::Number(number) = value { Some(number.to_string()) } else { None };
        self.setting(name, number.as_deref(), kind).map(Some)
    }

    /// An entry that is text. Empty text counts as unset, as in a variable.
    pub(super) fn text<T>(&mut self, entry: Entry, kind: &Kind<T>) -> RunAgentResult<Option<Setting<T>>> {
        let Some((name, value)) = self.take(entry) else { return Ok(None) };
        if value.as_str() == Some("") {
            return Ok(None);
        }
        self.setting(name, value.as_str(), kind).map(Some)
    }

    /// An entry that is an object: an empty one when it is not there.
    pub(super) fn object(&mut self, entry: Entry) -> RunAgentResult<Map<String, Value>> {
        match self.take(entry) {
            None => Ok(Map::new()),
            Some((_, Value::Object(object))) => Ok(object),
            Some((name, _)) => Err(self.unusable(name, "an object")),
        }
    }

    /// Takes an entry, with the name it has here. If both spellings are there, the first counts.
    fn take(&mut self, entry: Entry) -> Option<(&'static str, Value)> {
        let [snake, camel] = [entry.snake, entry.camel].map(|name| (name, self.object.remove(last(name))));
        let set = |(name, value): (_, Option<Value>)| value.filter(|value| !value.is_null()).map(|value| (name, value));
        set(snake).or_else(|| set(camel))
    }

    fn setting<T>(&self, name: &'static str, text: Option<&str>, kind: &Kind<T>) -> RunAgentResult<Setting<T>> {
        let value = text.and_then(kind.read).ok_or_else(|| self.unusable(name, kind.wanted))?;
        Ok(Setting { value, source: Source::File(self.path.clone(), name) })
    }

    fn unusable(&self, name: &str, wanted: &str) -> RunAgentError {
        config_error(format!("{name} in {} is not {wanted}", shown(&self.path)))
            .with_suggestion(format!("Write {wanted}, or null for the default."))
    }

    /// Warns of each entry that is left, with the known one that it resembles.
    pub(super) fn warn_of_others(&self) {
        let path = shown(&self.path);
        for entry in self.object.keys() {
            let name: String = entry.chars().filter(|character| !character.is_control()).take(80).collect();
            match nearest(entry) {
                Some(known) => tracing::warn!(path, "`{name}` is no setting here: is `{known}` meant?"),
                None => tracing::warn!(path, "`{name}` is no setting here"),
            }
        }
    }
}

/// The name of an entry in its own object.
fn last(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

/// The name that it takes the fewest changes to get to, if they are few. Case and underscores are no changes.
fn nearest(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect();
    let typed: Vec<char> = plain(name);
    // Longer than any name with as many changes as are allowed.
    if typed.len() > 32 {
        return None;
    }
    let distances = KNOWN.iter().map(|entry| {
        let known = if name.contains(char::is_uppercase) { entry.camel } else { entry.snake };
        (distance(&typed, &plain(last(known))), known)
    });
    let (changes, name) = distances.min_by_key(|(changes, _)| *changes)?;
    (changes <= 2 && changes * 2 < typed.len()).then_some(name)
}

/// How many letters to add, to take away or to replace (Levenshtein).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}
