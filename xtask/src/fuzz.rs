//! The search for inputs that break a property.
//!
//! The targets are in `fuzz/`, which is a workspace of its own. What a search finds is kept beside what is built, for the
//! next one to go on from; the corpus that is committed is only read.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::table::Table;
use crate::workspace::Workspace;
use crate::{Result, step};

const HOW_TO_INSTALL: &str = "cargo-fuzz did not start: install it (`cargo install --locked cargo-fuzz`); \
    it builds with a C++ compiler";

/// An input that takes longer, in seconds, is a fault. Most take some microseconds; the rest is room for a busy machine.
const LONGEST: &str = "-timeout=10";

/// The most memory that a target may take, in MiB.
const LARGEST: &str = "-rss_limit_mb=512";

/// What one search has to say.
#[derive(Default)]
struct Report {
    inputs: String,
    inputs_a_second: String,
    kept: String,
    /// Where the input is that broke the property.
    broken_by: Option<String>,
}

/// Searches with the target, or with each of them, for so many seconds.
pub(crate) fn run(workspace: &Workspace, target: Option<&str>, seconds: u32) -> Result {
    if !workspace.cargo(["fuzz", "--version"]).output()?.status.success() {
        return Err(HOW_TO_INSTALL.into());
    }
    let targets = targets(workspace, target)?;
    step::succeeded(cargo_fuzz(workspace, "build").args(target).status()?)?;

    let mut table = Table::new(["target", "inputs", "a second", "kept"]);
    let mut faults = Vec::new();
    for target in targets {
        eprintln!("    {target}, {seconds} s");
        let report = search(workspace, &target, seconds).map_err(|error| format!("{target}: {error}"))?;
        if let Some(input) = report.broken_by {
            faults.push(format!("{target}: {input}\nto repeat it: cargo fuzz run -s none {target} {input}"));
        }
        table.push([target, report.inputs, report.inputs_a_second, report.kept]);
    }
    print!("{table}");
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The targets to run, in the order of their names.
fn targets(workspace: &Workspace, only: Option<&str>) -> Result<Vec<String>> {
    let list = workspace.cargo(["fuzz", "list"]).output()?;
    let list = String::from_utf8(list.stdout)?;
    match only {
        None => Ok(list.lines().map(str::to_owned).collect()),
        Some(target) if list.lines().any(|name| name == target) => Ok(vec![target.to_owned()]),
        Some(target) => {
            let list = list.lines().collect::<Vec<_>>().join(", ");
            Err(format!("there is no fuzz target `{target}`; there are {list}").into())
        }
    }
}

/// Without a sanitizer it works with every toolchain; there is no `unsafe` here for one to watch.
fn cargo_fuzz(workspace: &Workspace, subcommand: &str) -> Command {
    workspace.cargo(["fuzz", subcommand, "--sanitizer", "none"])
}

fn search(workspace: &Workspace, target: &str, seconds: u32) -> Result<Report> {
    let found = format!("fuzz/target/corpus/{target}");
    fs::create_dir_all(workspace.root().join(&found))?;
    let mut command = cargo_fuzz(workspace, "run");
    // The first folder is written to.
    command.args([target, &found, &format!("fuzz/corpus/{target}"), "--", LONGEST, LARGEST, "-print_final_stats=1"]);
    let mut child = command.arg(format!("-max_total_time={seconds}")).stderr(Stdio::piped()).spawn()?;
    let mut report = Report::default();
    let mut output = String::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            report.read(&line);
            // What libFuzzer says of its progress would hide what went wrong.
            if !line.starts_with('#') && !line.starts_with("\tNEW_FUNC") {
                output.push_str(&line);
                output.push('\n');
            }
        }
    }
    match step::succeeded(child.wait()?) {
        // Of inputs that only took long it says the same.
        Ok(()) => report.broken_by = None,
        Err(error) => {
            eprint!("{output}");
            if report.broken_by.is_none() {
                return Err(error);
            }
        }
    }
    Ok(report)
}

impl Report {
    /// Takes what a line of libFuzzer's says, if it is one that counts.
    fn read(&mut self, line: &str) {
        if let Some((_, input)) = line.split_once("Test unit written to ") {
            self.broken_by = Some(input.to_owned());
        }
        let Some((name, value)) = line.strip_prefix("stat::").and_then(|rest| rest.split_once(':')) else {
            return;
        };
        let value = value.trim().to_owned();
        match name {
            "number_of_executed_units" => self.inputs = value,
            "average_exec_per_sec" => self.inputs_a_second = value,
            "new_units_added" => self.kept = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_from_what_libfuzzer_prints() {
        let mut report = Report::default();
        for line in [
            "#2\tINITED cov: 297 ft: 579 corp: 21/214b exec/s: 0 rss: 27Mb",
            "artifact_prefix='/w/fuzz/artifacts/a/'; Test unit written to /w/fuzz/artifacts/a/crash-01",
            "stat::number_of_executed_units: 81024",
            "stat::average_exec_per_sec:     6654",
            "stat::new_units_added:          12",
            "stat::peak_rss_mb:              28",
        ] {
            report.read(line);
        }
        assert_eq!([&*report.inputs, &*report.inputs_a_second, &*report.kept], ["81024", "6654", "12"]);
        assert_eq!(report.broken_by.as_deref(), Some("/w/fuzz/artifacts/a/crash-01"));
    }
}
