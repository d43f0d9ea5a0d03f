//! The tests of the page that the server has for people, in Chromium.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::Result;
use crate::step::Steps;
use crate::workspace::Workspace;

/// The feature that turns on the target which needs Chromium.
pub(crate) const FEATURE: &str = "browser";

/// The variable that says where Chromium is; the target reads it too.
const VARIABLE: &str = "CHROMIUM";

const HOW_TO_INSTALL: &str = "install Chromium (Debian: `apt-get install chromium`), \
    or name its program, or that of Chrome, in the variable CHROMIUM";

pub(crate) fn run(workspace: &Workspace) -> Result {
    let chromium = find()?;
    Steps::run(|steps| {
        // Each test has a browser of its own: more of them at a time only wait for each other.
        let arguments = ["test", "--package", "runagent-tests", "--features", FEATURE, "--test", "browser"];
        let mut command = workspace.cargo(arguments);
        steps.tests("in Chromium", command.args(["--", "--test-threads=2"]).env(VARIABLE, &chromium))
    })?;
    println!("\nscreenshots: {}", workspace.metadata.target_directory.join("browser"));
    Ok(())
}

/// The program, which must start.
fn find() -> Result<OsString> {
    let program = env::var_os(VARIABLE).unwrap_or_else(|| "chromium".into());
    let output = Command::new(&program).arg("--version").output();
    let output = output.map_err(|error| format!("{} did not start ({error}): {HOW_TO_INSTALL}", program.display()))?;
    if !output.status.success() {
        return Err(
            format!("{} does not tell its version ({}): {HOW_TO_INSTALL}", program.display(), output.status).into()
        );
    }
    println!("{}", String::from_utf8_lossy(&output.stdout).trim());
    Ok(program)
}
