//! Each published crate alone, under each set of features that users can choose.
//!
//! A build of the whole workspace unites the features of all its members, which hides a crate that forgot one.

use std::collections::BTreeMap;
use std::process::Command;

use crate::workspace::Workspace;

/// One clippy run for each published crate and set of features. Clippy finds what `cargo check` finds, and shares the
/// work of the other lint steps.
pub(crate) fn checks(workspace: &Workspace) -> Vec<Command> {
    let mut commands = Vec::new();
    for package in workspace.published() {
        for set in sets(&package.features) {
            let mut command = workspace.cargo(["clippy", "--quiet", "--package", &package.name]);
            command.args(set).args(["--", "-D", "warnings"]);
            commands.push(command);
        }
    }
    commands
}

/// The arguments for no feature, the default ones, each alone, and all.
fn sets(features: &BTreeMap<String, Vec<String>>) -> Vec<Vec<String>> {
    let mut sets = vec![Vec::new()];
    if features.is_empty() {
        return sets;
    }
    sets.push(vec!["--no-default-features".to_owned()]);
    for feature in features.keys().filter(|feature| *feature != "default") {
        sets.push(vec!["--no-default-features".to_owned(), "--features".to_owned(), feature.clone()]);
    }
    sets.push(vec!["--all-features".to_owned()]);
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_features_is_checked_once() {
        assert_eq!(sets(&BTreeMap::new()), [Vec::<String>::new()]);
    }

    #[test]
    fn default_is_checked_as_default_and_not_as_one_feature() {
        let features = ["default", "tls", "ws"].map(|name| (name.to_owned(), Vec::new()));
        let sets: Vec<String> = sets(&features.into()).iter().map(|set| set.join(" ")).collect();
        assert_eq!(
            sets,
            [
                "",
                "--no-default-features",
                "--no-default-features --features tls",
                "--no-default-features --features ws",
                "--all-features",
            ]
        );
    }
}
