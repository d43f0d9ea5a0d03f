//! The Python environment that holds the real server, and the player of the Autobahn cases.

use std::fs;
use std::io;
use std::process::Command;

use cargo_metadata::camino::{Utf8Path, Utf8PathBuf};

use crate::Result;
use crate::workspace::Workspace;

/// The variable that tells tests and benchmarks which Python has the packages of `tests/interop`.
pub(crate) const PYTHON_VARIABLE: &str = "RUNAGENT_TEST_PYTHON";

const REQUIREMENTS: [&str; 2] = ["tests/interop/requirements.txt", "tests/interop/requirements-autobahn.txt"];

const HOW_TO_INSTALL: &str = "install Python 3 with its venv module \
    (Debian and Ubuntu: `apt-get install python3 python3-venv`; macOS: `brew install python`), \
    or leave these tests out with `cargo xtask test --no-interop`";

/// Makes the environment under the target folder unless it is there already; returns its interpreter.
pub(crate) fn prepare(workspace: &Workspace) -> Result<Utf8PathBuf> {
    let requirements = REQUIREMENTS.map(|file| workspace.root().join(file));
    let folder = workspace.metadata.target_directory.join("interop").join("venv");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });

    // An environment serves until the interpreter or the requirements change.
    let stamp = folder.join("made-from");
    let mut wanted = version()?;
    for file in &requirements {
        wanted.push_str(&fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?);
    }
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    println!("making {folder}");
    make(&folder, &python, &requirements)?;
    // Last, so that an interrupted run starts over.
    fs::write(&stamp, wanted)?;
    Ok(python)
}

fn make(folder: &Utf8Path, python: &Utf8Path, requirements: &[Utf8PathBuf]) -> Result {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(format!("{folder}: {error}").into());
        }
        _ => {}
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    run(Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
        .arg("--require-hashes")
        .args(requirements.iter().map(|file| format!("--requirement={file}"))))
}

/// The version of the `python3` on the path, which must be able to make an environment.
fn version() -> Result<String> {
    let script = "import sys, venv, ensurepip; print(sys.version)";
    let output = Command::new("python3").args(["-c", script]).output();
    let output = output.map_err(|error| format!("python3 did not start ({error}): {HOW_TO_INSTALL}"))?;
    if !output.status.success() {
        return Err(format!("python3 lacks its venv or ensurepip module: {HOW_TO_INSTALL}").into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run(command: &mut Command) -> Result {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
