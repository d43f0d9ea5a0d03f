//! Every check that needs no test: the quick ones first, then clippy, whose work the later ones share.

use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{Result, api, deps, features, parity, tidy};

pub(crate) fn run(workspace: &Workspace) -> Result {
    Steps::run(|steps| {
        steps.command("format", &mut workspace.cargo(["fmt", "--all", "--check"]))?;
        steps.check("tidy", "cargo xtask tidy", || tidy::run(workspace))?;
        steps.check("dependencies", "cargo xtask deps", || deps::run(workspace))?;
        steps.command(
            "clippy",
            &mut workspace.cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
        )?;
        steps.command(
            "clippy, bare facade",
            &mut workspace.cargo([
                "clippy",
                "--package",
                "runagent",
                "--all-targets",
                "--no-default-features",
                "--",
                "-D",
                "warnings",
            ]),
        )?;
        steps.command(
            "docs",
            workspace
                .cargo(["doc", "--workspace", "--lib", "--no-deps", "--all-features"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )?;
        steps.commands("features", features::checks(workspace))?;
        steps.check("public API", "cargo xtask api", || api::run(workspace, false))?;
        steps.check("parity", "cargo xtask parity", || parity::run(workspace))
    })
}
