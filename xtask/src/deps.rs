//! Who may depend on what, how many crates that brings, and under which licences.

use std::collections::BTreeSet;
use std::fs;

use cargo_metadata::{DependencyKind, Package};
use spdx::{Expression, ParseMode};

use crate::Result;
use crate::table::Table;
use crate::workspace::Workspace;

/// What one published crate may bring into a user's build.
struct Rules {
    name: &'static str,
    workspace: &'static [&'static str],
    external: &'static [&'static str],
    budgets: &'static [Budget],
}

/// The most crates in the tree, the crate itself among them, with these features on.
struct Budget {
    features: Features,
    crates: usize,
}

enum Features {
    Default,
    DefaultAnd(&'static str),
    Only(&'static str),
}

const RULES: &[Rules] = &[
    Rules {
        name: "runagent-types",
        workspace: &[],
        external: &["serde", "serde_json", "thiserror"],
        budgets: &[Budget { features: Features::Default, crates: 16 }],
    },
    Rules {
        name: "runagent-transport",
        workspace: &[],
        external: &[
            "base64",
            "bytes",
            "fastrand",
            "flate2",
            "futures-core",
            "getrandom",
            "http",
            "http-body",
            "http-body-util",
            "httpdate",
            "hyper",
            "hyper-util",
            "memchr",
            "pin-project-lite",
            "rustls",
            "rustls-platform-verifier",
            "serde",
            "serde_json",
            "sha1_smol",
            "simdutf8",
            "thiserror",
            "tokio",
            "tokio-rustls",
            "tower-service",
            "tracing",
            "zeroize",
        ],
        budgets: &[
            Budget { features: Features::Only(""), crates: 4 },
            Budget { features: Features::Only("http"), crates: 45 },
            Budget { features: Features::Only("http,ws"), crates: 64 },
            Budget { features: Features::Only("http,ws,tls"), crates: 85 },
            Budget { features: Features::Only("http,ws,tls-aws-lc"), crates: 85 },
            Budget { features: Features::Only("http,gzip"), crates: 47 },
        ],
    },
    Rules {
        name: "runagent-registry",
        workspace: &["runagent-types"],
        external: &["sqlx", "thiserror", "tokio", "tracing"],
        budgets: &[Budget { features: Features::Default, crates: 110 }],
    },
    Rules {
        name: "runagent",
        workspace: &["runagent-registry", "runagent-transport", "runagent-types"],
        external: &[
            "bytes",
            "futures-core",
            "http",
            // Only with `deploy`: what git ignores, and the archive.
            "ignore",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "tempfile",
            "thiserror",
            "tokio",
            "tracing",
            "tracing-subscriber",
            "zip",
        ],
        budgets: &[
            Budget { features: Features::Default, crates: 90 },
            Budget { features: Features::DefaultAnd("db"), crates: 150 },
            Budget { features: Features::DefaultAnd("deploy"), crates: 105 },
        ],
    },
    Rules {
        name: "runagent-server",
        workspace: &["runagent-registry", "runagent-transport", "runagent-types"],
        external: &[
            "axum",
            "bytes",
            "futures-core",
            "futures-util",
            "http",
            "http-body-util",
            "hyper",
            "hyper-util",
            "percent-encoding",
            "schemars",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "thiserror",
            "tokio",
            "tower",
            "tracing",
            "uuid",
        ],
        budgets: &[],
    },
    Rules {
        name: "everruns-client",
        workspace: &["runagent-transport"],
        external: &[
            "base64",
            "bytes",
            "fastrand",
            "futures-core",
            "http",
            "http-body",
            // RFC 3339, and nothing below it.
            "humantime",
            "percent-encoding",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "tokio",
            "tracing",
            "uuid",
        ],
        budgets: &[Budget { features: Features::Default, crates: 90 }],
    },
];

/// Users' builds differ by platform: the budgets count this one.
const TARGET: &str = "x86_64-unknown-linux-gnu";

pub(crate) fn run(workspace: &Workspace) -> Result {
    let mut faults = edges(workspace);
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    faults.extend(sizes(workspace)?);
    faults.extend(licences(workspace)?);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Dependencies that the rules do not name, and rules without a crate.
fn edges(workspace: &Workspace) -> Vec<String> {
    let published = workspace.published();
    let missing = RULES.iter().filter(|rules| !published.iter().any(|package| package.name.as_str() == rules.name));
    let mut faults: Vec<String> = missing
        .map(|rules| format!("{}: xtask/src/deps.rs has rules for it, the workspace has no such crate", rules.name))
        .collect();
    for package in published {
        let Some(rules) = RULES.iter().find(|rules| rules.name == package.name.as_str()) else {
            faults.push(format!("{}: has no rules in xtask/src/deps.rs", package.name));
            continue;
        };
        let used = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        for dependency in used {
            let (allowed, place) = match dependency.path {
                Some(_) => (rules.workspace, "workspace crate"),
                None => (rules.external, "external crate"),
            };
            if !allowed.contains(&dependency.name.as_str()) {
                faults.push(format!("{}: may not depend on the {place} {}", package.name, dependency.name));
            }
        }
    }
    faults
}

/// Prints the size of each crate's tree, and returns those above their budget.
fn sizes(workspace: &Workspace) -> Result<Vec<String>> {
    let mut table = Table::new(["crate", "features", "crates", "at most"]);
    let mut faults = Vec::new();
    for rules in RULES {
        for budget in rules.budgets {
            let crates = tree(workspace, rules.name, &budget.features)?.len();
            let features = budget.features.to_string();
            if crates > budget.crates {
                faults.push(format!("{}, {features}: {crates} crates in tree, at most {}", rules.name, budget.crates));
            }
            table.push([rules.name.to_owned(), features, crates.to_string(), budget.crates.to_string()]);
        }
    }
    print!("{table}");
    Ok(faults)
}

/// The unique packages that a user of this crate alone builds.
fn tree(workspace: &Workspace, package: &str, features: &Features) -> Result<BTreeSet<String>> {
    let mut command = workspace.cargo([
        "tree",
        "--edges",
        "normal,build",
        "--target",
        TARGET,
        "--prefix",
        "none",
        "--package",
        package,
    ]);
    match features {
        Features::Default => &mut command,
        Features::DefaultAnd(features) => command.args(["--features", features]),
        Features::Only(features) => command.args(["--no-default-features", "--features", features]),
    };
    let output = command.output()?;
    if !output.status.success() {
        return Err(
            format!("cargo tree --package {package}:\n{}", String::from_utf8_lossy(&output.stderr).trim_end()).into()
        );
    }
    let output = String::from_utf8(output.stdout)?;
    // A package that came before is marked, and its own dependencies are left out.
    Ok(output.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect())
}

/// External packages, of every platform, whose licence cannot be met by the list in `deny.toml`.
fn licences(workspace: &Workspace) -> Result<Vec<String>> {
    let allowed = allowed_licences(&fs::read_to_string(workspace.root().join("deny.toml"))?)?;
    let external = workspace.metadata.packages.iter().filter(|package| package.source.is_some());
    Ok(external.filter_map(|package| licence_fault(package, &allowed)).collect())
}

fn licence_fault(package: &Package, allowed: &[String]) -> Option<String> {
    let Some(licence) = &package.license else {
        return Some(format!("{} {}: names no licence", package.name, package.version));
    };
    match satisfiable(licence, allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!("{} {}: the licence {licence} is not allowed", package.name, package.version)),
        Err(error) => Some(format!("{} {}: {error}", package.name, package.version)),
    }
}

/// The list `licenses.allow`, which cargo-deny reads too.
fn allowed_licences(deny: &str) -> Result<Vec<String>> {
    let deny: toml::Table = toml::from_str(deny)?;
    let allowed = deny.get("licenses").and_then(|licences| licences.get("allow")).and_then(toml::Value::as_array);
    let allowed = allowed.ok_or("deny.toml has no list licenses.allow")?;
    Ok(allowed.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// Whether someone who accepts only the allowed licences may use what this expression covers.
fn satisfiable(expression: &str, allowed: &[String]) -> Result<bool> {
    // Older manifests write `MIT/Apache-2.0`.
    let expression = Expression::parse_mode(expression, ParseMode::LAX)?;
    Ok(expression.evaluate(|required| allowed.contains(&required.to_string())))
}

impl std::fmt::Display for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::DefaultAnd(features) => write!(f, "default,{features}"),
            Self::Only("") => f.write_str("none"),
            Self::Only(features) => f.write_str(features),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<String> {
        ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into()
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        for expression in ["MIT", "GPL-3.0-only OR MIT", "MIT/Apache-2.0", "Apache-2.0 WITH LLVM-exception"] {
            assert!(satisfiable(expression, &allowed()).unwrap(), "{expression}");
        }
    }

    #[test]
    fn every_part_of_a_conjunction_counts() {
        for expression in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "(MIT OR ISC) AND ISC", "MIT WITH LLVM-exception"] {
            assert!(!satisfiable(expression, &allowed()).unwrap(), "{expression}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(satisfiable("do what you like", &allowed()).is_err());
    }

    #[test]
    fn the_list_comes_from_deny_toml() {
        let list = allowed_licences("[licenses]\nallow = [\"MIT\", \"ISC\"]").unwrap();
        assert_eq!(list, ["MIT", "ISC"]);
        assert!(allowed_licences("[bans]").is_err());
    }
}
