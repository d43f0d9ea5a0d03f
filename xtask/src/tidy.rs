//! Rules for files that no compiler knows.

mod error_codes;

use std::fs;
use std::process::Command;

use cargo_metadata::camino::Utf8Path;

use crate::Result;
use crate::workspace::Workspace;

/// A longer file holds more than one noun.
const MAX_LINES: usize = 700;

/// What is larger belongs in no clone.
const MAX_BYTES: usize = 1024 * 1024;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helpers", "misc", "mod", "util", "utils"];

/// Split, so that this file passes its own rules.
const RUST_LEFTOVERS: &[&str] = &[
    concat!("dbg", "!("),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ig", "nore"),
    concat!("```ig", "nore"),
    concat!("```rust,ig", "nore"),
];

/// Folders of one machine.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

pub(crate) fn run(workspace: &Workspace) -> Result {
    let mut faults = Vec::new();
    for path in files(workspace.root())? {
        // What git still lists may be deleted.
        if let Ok(content) = fs::read(workspace.root().join(&path)) {
            faults.extend(file_faults(&path, &content));
        }
    }
    let list = fs::read_to_string(workspace.root().join("examples/README.md"))?;
    faults.extend(unlisted_examples(&examples(workspace), &list));
    faults.extend(error_codes::faults(&fs::read_to_string(workspace.root().join(error_codes::PAGE))?));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The files that are in the repository or about to be.
fn files(root: &Utf8Path) -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = command.output().map_err(|error| format!("git did not start ({error}): install git"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let paths = String::from_utf8(output.stdout)?;
    Ok(paths.split_terminator('\0').map(str::to_owned).collect())
}

fn file_faults(path: &str, content: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if content.len() > MAX_BYTES {
        faults.push(format!("{path}: {} bytes, at most {MAX_BYTES}", content.len()));
    }
    let Ok(text) = str::from_utf8(content) else {
        return faults;
    };
    faults.extend(words(path, text, MACHINE_PATHS));
    if path.ends_with(".rs") {
        faults.extend(words(path, text, RUST_LEFTOVERS));
        let lines = text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{path}: {lines} lines, at most {MAX_LINES}"));
        }
        let names = path.trim_end_matches(".rs").split('/');
        faults.extend(
            names
                .filter(|name| EMPTY_NAMES.contains(name))
                .map(|name| format!("{path}: `{name}` says nothing about what is inside")),
        );
    }
    faults
}

fn words(path: &str, text: &str, unwanted: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let found = unwanted.iter().filter(|word| line.contains(*word));
        faults.extend(found.map(|word| format!("{path}:{}: contains `{word}`", index + 1)));
    }
    faults
}

/// The names of all examples in the workspace.
fn examples(workspace: &Workspace) -> Vec<String> {
    let packages = workspace.metadata.workspace_packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    targets.filter(|target| target.is_example()).map(|target| target.name.clone()).collect()
}

fn unlisted_examples(examples: &[String], list: &str) -> Vec<String> {
    let unlisted = examples.iter().filter(|example| !list.contains(&format!("`{example}`")));
    unlisted.map(|example| format!("examples/README.md: does not name the example `{example}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_file_has_no_faults() {
        assert!(file_faults("crates/a/src/client.rs", b"//! One noun.\nfn main() {}\n").is_empty());
    }

    #[test]
    fn leftovers_are_found_in_rust_with_their_line() {
        for leftover in RUST_LEFTOVERS {
            let content = format!("\n{leftover}");
            let faults = file_faults("src/client.rs", content.as_bytes());
            assert!(faults[0].starts_with("src/client.rs:2: "), "{leftover}: {faults:?}");
            assert!(file_faults("notes.md", content.as_bytes()).is_empty());
        }
    }

    #[test]
    fn machine_paths_are_found_in_every_text_file() {
        for path in MACHINE_PATHS {
            assert_eq!(file_faults("docs/guide.md", format!("see {path}x").as_bytes()).len(), 1);
        }
    }

    #[test]
    fn long_files_are_faults_when_they_are_rust() {
        let longest = "\n".repeat(MAX_LINES);
        assert!(file_faults("src/a.rs", longest.as_bytes()).is_empty());
        assert_eq!(file_faults("src/a.rs", (longest.clone() + "\n").as_bytes()).len(), 1);
        assert!(file_faults("data.json", (longest + "\n").as_bytes()).is_empty());
    }

    #[test]
    fn large_files_are_faults_whatever_is_in_them() {
        assert!(file_faults("a.bin", &vec![0xff; MAX_BYTES]).is_empty());
        assert_eq!(file_faults("a.bin", &vec![0xff; MAX_BYTES + 1]).len(), 1);
    }

    #[test]
    fn names_that_say_nothing_are_faults_for_files_and_folders() {
        for path in ["src/utils.rs", "src/sse/mod.rs", "tests/common/server.rs"] {
            assert_eq!(file_faults(path, b"").len(), 1, "{path}");
        }
        assert!(file_faults("src/commonmark.rs", b"").is_empty());
    }

    #[test]
    fn every_example_is_listed() {
        let examples = ["quickstart", "stream"].map(str::to_owned);
        let faults = unlisted_examples(&examples, "- `quickstart`: the first steps of a stream");
        assert_eq!(faults, ["examples/README.md: does not name the example `stream`"]);
    }
}
