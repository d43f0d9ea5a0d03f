//! Every test, in the order in which a failure is cheapest to read.

use std::collections::BTreeSet;

use crate::python_env::{self, PYTHON_VARIABLE};
use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{Result, browser};

/// The feature that turns on the targets which need Python.
const INTEROP: &str = "interop";

/// The feature that turns on the target which needs the client of crates.io.
const PEERS: &str = "peers";

/// The variable that tells that target where the client is.
const PEER_VARIABLE: &str = "RUNAGENT_TEST_PEER";

/// The feature that turns on the target which needs the server of Everruns.
const EVERRUNS: &str = "everruns";

/// The variable that tells that target where the server is.
const EVERRUNS_VARIABLE: &str = "EVERRUNS_TEST_SERVER";

pub(crate) fn run(workspace: &Workspace, interop: bool) -> Result {
    Steps::run(|steps| {
        // With every feature named for every package, all steps but the next three share one build.
        let features = features(workspace).join(",");
        steps.tests(
            "workspace",
            &mut workspace.cargo(["test", "--workspace", "--no-fail-fast", "--features", &features]),
        )?;
        steps.tests(
            "bare facade",
            &mut workspace.cargo(["test", "--package", "runagent", "--no-fail-fast", "--no-default-features"]),
        )?;
        // All features together always have one.
        steps.tests(
            "transport without a TLS provider",
            &mut workspace.cargo([
                "test",
                "--package",
                "runagent-transport",
                "--no-fail-fast",
                "--no-default-features",
                "--features",
                "rustls",
                "--test",
                "http",
                "--test",
                "rustls",
            ]),
        )?;
        // Features unite: any crate in a user's build can turn these on.
        steps.tests(
            "types under serde_json's other features",
            &mut workspace.cargo([
                "test",
                "--package",
                "runagent-types",
                "--package",
                "everruns-client",
                "--no-fail-fast",
                "--features",
                "serde_json/arbitrary_precision,serde_json/preserve_order",
            ]),
        )?;
        if !interop {
            return Ok(());
        }
        let targets = interop_targets(workspace);
        if targets.is_empty() {
            return Err(format!("no test target requires the feature `{INTEROP}`").into());
        }
        let mut python = None;
        steps.check("Python environment", "cargo xtask test", || {
            python = Some(python_env::prepare(workspace)?);
            Ok(())
        })?;
        let mut command = workspace.cargo(["test", "--workspace", "--no-fail-fast", "--features"]);
        command.arg(format!("{features},runagent-tests/{INTEROP}"));
        for target in &targets {
            command.args(["--test", target]);
        }
        steps.tests("with Python", command.envs(python.map(|python| (PYTHON_VARIABLE, python))))
    })
}

/// The client that crates.io has under our name, built from source, against our server.
pub(crate) fn peers(workspace: &Workspace) -> Result {
    Steps::run(|steps| {
        let mut build = workspace.cargo(["build", "--release", "--bin", "call", "--target-dir", "benches/target"]);
        steps.command("build of the client", build.args(["--manifest-path", "benches/peer-runagent/Cargo.toml"]))?;
        let mut command = workspace.cargo(["test", "--package", "runagent-tests", "--test", "published_client"]);
        command.args(["--features", &format!("runagent-tests/{PEERS}")]);
        let program = workspace.root().join("benches/target/release/call");
        steps.tests("published client", command.env(PEER_VARIABLE, program))
    })
}

/// The server of Everruns that crates.io has, built from source, under our client of it.
pub(crate) fn everruns(workspace: &Workspace) -> Result {
    let target = workspace.metadata.target_directory.join("everruns-serve");
    if !target.exists() {
        println!("the server has five hundred crates: its first build takes about 15 minutes on two cores");
    }
    Steps::run(|steps| {
        let mut build = workspace.cargo(["build", "--manifest-path", "tests/everruns-serve/Cargo.toml"]);
        steps.command("build of the server", build.args(["--target-dir", target.as_str()]))?;
        let mut command = workspace.cargo(["test", "--package", "runagent-tests", "--test", "everruns_serve"]);
        command.args(["--features", &format!("runagent-tests/{EVERRUNS}")]);
        let program = target.join("debug/everruns-serve-fixture");
        steps.tests("against the server of Everruns", command.env(EVERRUNS_VARIABLE, program))
    })
}

/// `package/feature` for every feature of every package, but those that need another program.
fn features(workspace: &Workspace) -> Vec<String> {
    let packages = workspace.metadata.workspace_packages();
    let features =
        packages.iter().flat_map(|package| package.features.keys().map(|feature| (package.name.as_str(), feature)));
    features
        .filter(|(_, feature)| ![INTEROP, PEERS, EVERRUNS, browser::FEATURE].contains(&feature.as_str()))
        .map(|(package, feature)| format!("{package}/{feature}"))
        .collect()
}

/// The names of the test targets that only the interop feature builds.
fn interop_targets(workspace: &Workspace) -> BTreeSet<&str> {
    let packages = workspace.metadata.workspace_packages();
    packages
        .iter()
        .flat_map(|package| &package.targets)
        .filter(|target| target.is_test() && target.required_features.iter().any(|feature| feature == INTEROP))
        .map(|target| target.name.as_str())
        .collect()
}
