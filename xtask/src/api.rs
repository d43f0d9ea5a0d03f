//! The public API of the published crates: a snapshot of each, and the foreign types it may name.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::{Command, ExitCode};

use cargo_metadata::Package;
use cargo_metadata::camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::Result;
use crate::workspace::Workspace;

/// Whose types any public signature may name: a crate, or the start of a path in one.
const ALLOWED: &[&str] = &[
    "alloc",
    "bytes",
    "core",
    "futures_core::stream",
    "http",
    "http_body",
    "serde",
    "serde_core",
    "serde_json::map::Map",
    "serde_json::number::Number",
    "serde_json::value",
    "std",
];

/// What a crate's users write in their own code anyway: those who describe arguments derive the trait of schemars, which
/// the server re-exports.
const PART_OF: &[(&str, &str)] = &[("runagent-server", "schemars")];

/// Crates that are the same to a user as the feature of another name that brings them.
const FEATURE_OF: &[(&str, &str)] = &[("tower_layer", "tower"), ("tower_service", "tower")];

/// Set for the copy of this program that cargo runs in place of rustdoc; its value is the real one.
const RUSTDOC: &str = "XTASK_RUSTDOC";

/// Compares each crate's API with its snapshot, or writes the snapshots.
pub(crate) fn run(workspace: &Workspace, bless: bool) -> Result {
    let folder = workspace.root().join("docs").join("api");
    // A library may have another name than its package.
    let libraries =
        workspace.published().into_iter().flat_map(|package| &package.targets).filter(|target| target.is_lib());
    let own: BTreeSet<String> = libraries.map(|target| target.name.replace('-', "_")).collect();
    let mut faults = Vec::new();
    for package in workspace.published() {
        let Some(library) = package.targets.iter().find(|target| target.is_lib()) else {
            continue;
        };
        let json = rustdoc_json(workspace, package, &library.name)?;
        let lines = public_items(&json)?;
        let features = package.features.keys().map(String::as_str).collect();
        for path in named_paths(&lines, &fs::read_to_string(&json)?)? {
            if !may_name(&path, &own, &features) && !PART_OF.contains(&(package.name.as_str(), head(&path))) {
                faults.push(format!("{}: names {path} in its public API", package.name));
            }
        }
        let snapshot = folder.join(format!("{}.txt", package.name));
        if bless {
            fs::create_dir_all(&folder)?;
            fs::write(&snapshot, lines.join("\n") + "\n")?;
            println!("{}: {} items", package.name, lines.len());
        } else {
            faults.extend(compare(&snapshot, &lines));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Stands in for rustdoc when cargo asks for it, with the unstable JSON output unlocked.
///
/// Unlocking it for cargo as a whole would reach the build scripts that read the same variable, and through them rebuild
/// most of the tree.
pub(crate) fn run_as_rustdoc() -> Option<ExitCode> {
    let rustdoc = env::var_os(RUSTDOC)?;
    let status = Command::new(rustdoc).args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn rustdoc_json(workspace: &Workspace, package: &Package, library: &str) -> Result<Utf8PathBuf> {
    let status = workspace
        .cargo(["rustdoc", "--quiet", "--package", &package.name, "--lib", "--all-features", "--"])
        .args(["-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"])
        .env(RUSTDOC, env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()))
        .env("RUSTDOC", env::current_exe()?)
        .status()?;
    if !status.success() {
        return Err(format!("cargo rustdoc --package {}: {status}", package.name).into());
    }
    Ok(workspace.metadata.target_directory.join("doc").join(format!("{library}.json")))
}

/// One line for each public item, sorted.
fn public_items(json: &Utf8Path) -> Result<Vec<String>> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .map_err(|error| {
            format!(
                "{json}: {error}\nEach Rust release may change this format: \
                 use the one that .github/workflows/ci.yml names"
            )
        })?;
    Ok(api.items().map(ToString::to_string).collect())
}

fn compare(snapshot: &Utf8Path, lines: &[String]) -> Vec<String> {
    let Ok(before) = fs::read_to_string(snapshot) else {
        return vec![format!("{snapshot} is missing: write it with `cargo xtask api --bless`")];
    };
    let mut faults = differences(&before, lines);
    if !faults.is_empty() {
        faults.push(format!("{snapshot} is out of date: if that is meant, `cargo xtask api --bless`"));
    }
    faults
}

/// Lines that only the snapshot has (`-`) or only the code (`+`).
fn differences(before: &str, lines: &[String]) -> Vec<String> {
    let before: BTreeSet<&str> = before.lines().collect();
    let now: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
    let gone = before.difference(&now).map(|line| format!("-{line}"));
    let new = now.difference(&before).map(|line| format!("+{line}"));
    gone.chain(new).collect()
}

/// The paths of all items that the signatures name, and what the crate re-exports from others.
fn named_paths(lines: &[String], json: &str) -> Result<BTreeSet<String>> {
    let mut paths: BTreeSet<String> = lines.iter().flat_map(|line| paths(line)).map(str::to_owned).collect();
    let json: Value = serde_json::from_str(json)?;
    let crates: BTreeSet<&str> = objects(&json["external_crates"]).filter_map(|it| it["name"].as_str()).collect();
    let uses = objects(&json["index"]).filter_map(|item| item["inner"]["use"]["source"].as_str());
    // A signature shows a re-export under the name it gets here.
    paths.extend(uses.filter(|path| crates.contains(head(path))).map(str::to_owned));
    Ok(paths)
}

fn objects(map: &Value) -> impl Iterator<Item = &Value> {
    map.as_object().into_iter().flat_map(|map| map.values())
}

/// The paths in a signature that start at a crate: `core::fmt::Result`, but neither `Self::Item` nor `T::Error`.
fn paths(signature: &str) -> impl Iterator<Item = &str> {
    signature
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|word| word.trim_end_matches(':'))
        .filter(|word| word.contains("::") && word.starts_with(|c: char| c.is_lowercase()))
}

fn head(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn may_name(path: &str, own: &BTreeSet<String>, features: &BTreeSet<&str>) -> bool {
    let name = head(path);
    let feature = FEATURE_OF.iter().find(|(krate, _)| *krate == name).map_or(name, |(_, feature)| feature);
    own.contains(name)
        || ALLOWED.iter().any(|allowed| is_at_or_below(path, allowed))
        || features.iter().any(|declared| declared.replace('-', "_") == feature)
}

fn is_at_or_below(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_start_at_a_crate_are_found() {
        let signature = "pub fn a::S::next<T: b::Stream<Item = c::Bytes>>(&'a mut self, T::Item) \
                         -> <T as d::e::F>::Output where Self::G: core::fmt::Debug";
        assert_eq!(
            paths(signature).collect::<Vec<_>>(),
            ["a::S::next", "b::Stream", "c::Bytes", "d::e::F", "core::fmt::Debug"]
        );
    }

    #[test]
    fn a_reexport_of_another_crate_is_found_under_the_name_it_has_there() {
        let json = r#"{
            "external_crates": { "1": { "name": "hyper" } },
            "index": {
                "1": { "inner": { "use": { "source": "hyper::Uri" } } },
                "2": { "inner": { "use": { "source": "crate::client::Client" } } },
                "3": { "inner": { "struct": {} } }
            }
        }"#;
        let paths = named_paths(&["pub use own::Uri".to_owned()], json).unwrap();
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["hyper::Uri", "own::Uri"]);
    }

    #[test]
    fn differences_name_both_sides() {
        let lines = ["pub fn b()", "pub fn c()"].map(str::to_owned);
        assert_eq!(differences("pub fn a()\npub fn b()\n", &lines), ["-pub fn a()", "+pub fn c()"]);
        assert!(differences("pub fn b()\npub fn c()\n", &lines).is_empty());
    }

    #[test]
    fn other_crates_need_a_feature_with_their_name() {
        let features = BTreeSet::from(["tokio", "tower", "hyper-util"]);
        let own = BTreeSet::from(["runagent_types".to_owned()]);
        for path in [
            "bytes::bytes::Bytes",
            "serde_json::value::Value",
            "runagent_types::Code",
            "tokio::io::AsyncRead",
            "tower_service::Service",
            "hyper_util::rt::TokioIo",
        ] {
            assert!(may_name(path, &own, &features), "{path}");
        }
        for path in ["hyper::Uri", "serde_json::error::Error", "bytes_utils::Str", "rustls::ClientConfig"] {
            assert!(!may_name(path, &own, &features), "{path}");
        }
    }
}
