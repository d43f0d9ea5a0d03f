//! Paths of files.

use crate::{Error, Result};

/// What the server does with files, in the place of a file's path below the root.
const ACTIONS: [&str; 7] = ["copy", "download", "grep", "move", "preview", "search", "stat"];

/// The path of a file below the root of a file system, in segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePath(Vec<String>);

impl FilePath {
    /// A path, or the root: with or without a slash before and after it.
    pub(super) fn folder(path: &str) -> Result<Self> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return if matches!(path, "" | "/") {
                Ok(Self(Vec::new()))
            } else {
                Err(refuse(path, "it has an empty segment"))
            };
        }
        let segments: Vec<_> = inner.split('/').map(str::to_owned).collect();
        for segment in &segments {
            match segment.as_str() {
                "" => return Err(refuse(path, "it has an empty segment")),
                "." | ".." => return Err(refuse(path, "it has a dot segment")),
                _ => {}
            }
        }
        match segments.as_slice() {
            [first, second, ..] if first == "_" && ACTIONS.contains(&second.as_str()) => {
                Err(refuse(path, "the server would take it for something to be done with files"))
            }
            _ => Ok(Self(segments)),
        }
    }

    /// A path that is not the root.
    pub(super) fn file(path: &str) -> Result<Self> {
        let path = Self::folder(path)?;
        if path.0.is_empty() { Err(refuse("/", "it is the root")) } else { Ok(path) }
    }

    /// Something to be done with files, below which there may be a path.
    pub(super) fn action(name: &str, path: Option<Self>) -> Self {
        let mut segments = vec!["_".to_owned(), name.to_owned()];
        segments.extend(path.into_iter().flat_map(|path| path.0));
        Self(segments)
    }

    /// The segments of the address below those of the file system.
    pub(super) fn below<'a>(&'a self, root: &[&'a str]) -> Vec<&'a str> {
        root.iter().copied().chain(self.0.iter().map(String::as_str)).collect()
    }

    /// The path in a document.
    pub(super) fn to_text(&self) -> String {
        self.0.join("/")
    }
}

fn refuse(path: &str, why: &str) -> Error {
    let shown: String = path.escape_debug().take(80).collect();
    Error::Config(format!("`{shown}` is no path of a file: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_its_segments() {
        for (path, segments) in [
            ("", &[][..]),
            ("/", &[]),
            ("a", &["a"]),
            ("/a", &["a"]),
            ("a/", &["a"]),
            ("/a/b.txt/", &["a", "b.txt"]),
            ("a?b#c %.txt", &["a?b#c %.txt"]),
            ("..a/b..", &["..a", "b.."]),
            ("_", &["_"]),
            ("_/notes", &["_", "notes"]),
            ("a/_/copy", &["a", "_", "copy"]),
        ] {
            assert_eq!(FilePath::folder(path).expect(path).0, segments, "{path:?}");
            assert_eq!(FilePath::file(path).is_ok(), !segments.is_empty(), "{path:?}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for path in
            ["//", "///", "a//b", "//a", "a//", ".", "..", "/..", "a/../b", "a/./b", "../a", "_/copy", "/_/download/a"]
        {
            let error = FilePath::folder(path).expect_err(path);
            assert!(matches!(&error, Error::Config(message) if message.contains(path)), "{path:?}: {error}");
        }
    }
}
