//! Steps run in order, timed, and stop at the first that fails.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::table::Table;
use crate::tally::Tally;

/// The steps taken so far.
#[derive(Default)]
pub(crate) struct Steps {
    taken: Vec<Step>,
    tests: Option<Tally>,
}

struct Step {
    name: String,
    took: Duration,
    passed: bool,
}

impl Steps {
    /// Runs `plan`, then prints what each step took, also when one failed.
    pub(crate) fn run(plan: impl FnOnce(&mut Self) -> Result) -> Result {
        let mut steps = Self::default();
        let outcome = plan(&mut steps);
        steps.print();
        outcome
    }

    /// A step that is a piece of this program; `repeat` is the command that runs it alone.
    pub(crate) fn check(&mut self, name: &str, repeat: &str, work: impl FnOnce() -> Result) -> Result {
        self.timed(name, || repeatable(repeat, work))
    }

    /// A step that is another program.
    pub(crate) fn command(&mut self, name: &str, command: &mut Command) -> Result {
        self.check(name, &shown(command), || succeeded(command.status()?))
    }

    /// A step that is several programs, one after the other.
    pub(crate) fn commands(&mut self, name: &str, commands: Vec<Command>) -> Result {
        self.timed(name, || {
            commands
                .into_iter()
                .try_for_each(|mut command| repeatable(&shown(&command), || succeeded(command.status()?)))
        })
    }

    /// A step that is a run of `cargo test`: what it prints is passed on, and its tests are counted.
    pub(crate) fn tests(&mut self, name: &str, command: &mut Command) -> Result {
        let mut tally = self.tests.unwrap_or_default();
        let outcome = self.check(name, &shown(command), || count_tests(command, &mut tally));
        self.tests = Some(tally);
        outcome
    }

    fn timed(&mut self, name: &str, work: impl FnOnce() -> Result) -> Result {
        println!("\n==> {name}");
        let start = Instant::now();
        let outcome = work();
        self.taken.push(Step { name: name.to_owned(), took: start.elapsed(), passed: outcome.is_ok() });
        outcome.map_err(|error| format!("step `{name}` failed: {error}").into())
    }

    fn print(&self) {
        let mut table = Table::new(["step", "seconds", ""]);
        for step in &self.taken {
            let verdict = if step.passed { "ok" } else { "FAILED" };
            table.push([step.name.clone(), format!("{:.1}", step.took.as_secs_f64()), verdict.to_owned()]);
        }
        print!("\n{table}");
        if let Some(tests) = self.tests {
            println!("\n{tests}");
        }
    }
}

/// Says what is about to run, and says it again when that fails.
fn repeatable(command: &str, work: impl FnOnce() -> Result) -> Result {
    println!("    {command}");
    work().map_err(|error| format!("{error}\nto repeat it: {command}").into())
}

fn count_tests(command: &mut Command, tally: &mut Tally) -> Result {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line)? > 0 {
            stdout().write_all(&line)?;
            tally.read(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    succeeded(child.wait()?)
}

/// The status of a program as a result.
pub(crate) fn succeeded(status: ExitStatus) -> Result {
    if status.success() { Ok(()) } else { Err(status.to_string().into()) }
}

/// The command as one would type it, with the variables it sets.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    // The full path of the toolchain's cargo is noise.
    let program = match program.file_name() {
        Some(name) if name == "cargo" => name,
        _ => program.as_os_str(),
    };
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| value.map(|value| format!("{}={}", name.to_string_lossy(), quoted(value))));
    let words = std::iter::once(program).chain(command.get_args()).map(quoted);
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.contains(' ') { format!("'{word}'") } else { word.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/opt/toolchain/bin/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(shown(&command), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn a_failed_step_stops_the_plan_and_names_its_command() {
        let mut ran_after = false;
        let outcome = Steps::run(|steps| {
            steps.check("first", "cargo first", || Err("broken".into()))?;
            ran_after = true;
            Ok(())
        });
        let message = outcome.map_err(|error| error.to_string());
        assert_eq!(message, Err("step `first` failed: broken\nto repeat it: cargo first".to_owned()));
        assert!(!ran_after);
    }
}
