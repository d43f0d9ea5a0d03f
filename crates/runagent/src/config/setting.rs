//! A value, and the search for it.

use std::{fmt, path::Path, sync::Arc};

use super::{Environment, config_error, kind::Kind};
use crate::RunAgentResult;

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The configuration that the client was made from.
    Builder,
    /// A variable of the environment.
    Variable(&'static str),
    /// An entry of a file: the path of the file, and the name of the entry as it is there.
    File(Arc<Path>, &'static str),
    /// The local registry.
    Registry,
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builder => f.write_str("builder"),
            Self::Variable(name) => f.write_str(name),
            Self::File(path, entry) => write!(f, "{} ({entry})", shown(path)),
            Self::Registry => f.write_str("registry"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A path on one line.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(char::is_control, "\u{FFFD}")
}

/// The search for a value, from the place that counts most to the one that counts least.
pub(super) struct Search<T>(Option<Setting<T>>);

impl<T: Clone> Search<T> {
    pub(super) fn builder(said: Option<T>) -> Self {
        Self(said.map(|value| Setting { value, source: Source::Builder }))
    }

    /// Looks at a variable. The message for one that can't be used does not repeat it: it may hold a key that belongs
    /// elsewhere.
    pub(super) fn variable(
        self,
        environment: &Environment,
        name: &'static str,
        kind: &Kind<T>,
    ) -> RunAgentResult<Self> {
        if self.0.is_some() {
            return Ok(self);
        }
        let Some(text) = environment.text(name)? else { return Ok(self) };
        match (kind.read)(&text) {
            Some(value) => Ok(Self(Some(Setting { value, source: Source::Variable(name) }))),
            None => Err(config_error(format!("{name} is not {}", kind.wanted))
                .with_suggestion(format!("Set {name} to {}, or leave it unset.", kind.wanted))),
        }
    }

    pub(super) fn file(self, entry: Option<&Setting<T>>) -> Self {
        Self(self.0.or_else(|| entry.cloned()))
    }

    pub(super) fn default(self, value: T) -> Setting<T> {
        self.0.unwrap_or(Setting { value, source: Source::Default })
    }

    pub(super) fn found(self) -> Option<Setting<T>> {
        self.0
    }
}
