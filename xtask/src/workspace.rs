//! The workspace as cargo sees it.

use std::env;
use std::process::Command;

use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::Result;

pub(crate) struct Workspace {
    pub(crate) metadata: Metadata,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        let metadata = MetadataCommand::new().exec()?;
        Ok(Self { metadata })
    }

    pub(crate) fn root(&self) -> &Utf8Path {
        &self.metadata.workspace_root
    }

    /// The crates that users get, in the order of their names.
    pub(crate) fn published(&self) -> Vec<&Package> {
        let mut packages = self.metadata.workspace_packages();
        // `publish = false` is an empty list of registries.
        packages.retain(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()));
        packages.sort_by_key(|package| &package.name);
        packages
    }

    /// The cargo that runs this task, at the root of the workspace.
    pub(crate) fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(self.root()).args(arguments);
        command
    }

    /// A program that a task has built, at this path from the root of the workspace.
    pub(crate) fn program(&self, path: &str) -> Command {
        let mut command = Command::new(self.root().join(path));
        command.current_dir(self.root());
        command
    }
}
