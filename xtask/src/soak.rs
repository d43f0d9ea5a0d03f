//! Calls over connections that break, for as long as one likes.

use crate::workspace::Workspace;
use crate::{Result, step};

/// Prints its progress each minute, and what it came to.
pub(crate) fn run(workspace: &Workspace, minutes: u32) -> Result {
    let minutes = minutes.to_string();
    let arguments = ["run", "--release", "--package", "runagent-tests", "--bin", "soak", "--", &minutes];
    step::succeeded(workspace.cargo(arguments).status()?)
}
