//! What a unit of work costs.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use cargo_metadata::camino::Utf8PathBuf;

use crate::Result;
use crate::bench::server;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// Instructions in user space, by callgrind.
    Instructions,
    /// Allocations and reallocations.
    Allocations,
    /// Kibibytes of resident memory.
    Memory,
    /// System calls that reach for the network or for certificates.
    Reaches,
}

/// The package a contender lives in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Program {
    /// Ours, and the peers that can share a lock file with it.
    Ours,
    /// crates.io `runagent`.
    RunAgent,
    /// crates.io `everruns-sdk`.
    Everruns,
}

/// A contender at a kind of work, done as often as each of the counts says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Work {
    pub(crate) program: Program,
    pub(crate) kind: &'static str,
    pub(crate) contender: &'static str,
    pub(crate) counts: [u64; 2],
}

/// Measures work, each piece once.
pub(crate) struct Costs {
    target: Utf8PathBuf,
    server: String,
    known: BTreeMap<(Measure, Work), f64>,
}

impl Costs {
    /// `target` is where the programs were built, `server` the `host:port` of what they call.
    pub(crate) fn new(target: Utf8PathBuf, server: &str) -> Result<Self> {
        fs::create_dir_all(target.join("callgrind"))?;
        fs::create_dir_all(target.join("home"))?;
        Ok(Self { target, server: server.to_owned(), known: BTreeMap::new() })
    }

    /// The cost of one unit of `work`.
    pub(crate) fn of(&mut self, measure: Measure, work: Work) -> Result<f64> {
        if let Some(cost) = self.known.get(&(measure, work)) {
            return Ok(*cost);
        }
        let [few, many] = work.counts;
        let (few, many) = (self.sample(measure, work, few)?, self.sample(measure, work, many)?);
        let units = many.units.checked_sub(few.units).filter(|units| *units > 0).ok_or("no more units than before")?;
        #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 would take weeks")]
        let cost = many.cost.saturating_sub(few.cost) as f64 / units as f64;
        self.known.insert((measure, work), cost);
        Ok(cost)
    }

    fn sample(&self, measure: Measure, work: Work, count: u64) -> Result<Sample> {
        match measure {
            Measure::Instructions => self.instructions(work, count),
            Measure::Allocations => {
                let output = output(self.environment(Command::new(self.binary("allocations"))), work, count)?;
                let (units, cost) = output.printed.split_once(' ').ok_or("no number of allocations")?;
                Ok(Sample { units: units.parse()?, cost: cost.parse()? })
            }
            Measure::Memory => {
                let output = output(self.environment(Command::new(self.program(work))), work, count)?;
                let bytes: u64 = output.printed.parse()?;
                Ok(Sample { units: count, cost: bytes / 1024 })
            }
            Measure::Reaches => {
                let mut command = Command::new("valgrind");
                command.args(["--tool=none", "--trace-syscalls=yes"]).arg(self.program(work));
                let output = output(self.environment(command), work, count)?;
                let reaches = output.traced.lines().filter(|line| is_reach(line)).count();
                Ok(Sample { units: output.printed.parse()?, cost: reaches as u64 })
            }
        }
    }

    fn instructions(&self, work: Work, count: u64) -> Result<Sample> {
        // Kept, for whoever asks which functions it was.
        let name = format!("{}-{}-{count}", work.kind.replace([':', '@'], "-"), work.contender);
        let profile = self.target.join("callgrind").join(name);
        let mut command = Command::new("valgrind");
        command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={profile}")).arg(self.program(work));
        let output = output(self.environment(command), work, count)?;
        let cost = total(&fs::read_to_string(profile)?).ok_or("callgrind counted nothing")?;
        Ok(Sample { units: output.printed.parse()?, cost })
    }

    fn program(&self, work: Work) -> Utf8PathBuf {
        self.binary(match work.program {
            Program::Ours => "measure",
            Program::RunAgent => "peer-runagent",
            Program::Everruns => "peer-everruns",
        })
    }

    fn binary(&self, name: &str) -> Utf8PathBuf {
        self.target.join("release").join(name)
    }

    /// Nothing of the user's own: no keys, no proxies, no files in the home folder.
    fn environment(&self, mut command: Command) -> Command {
        command.env_clear().env("HOME", self.target.join("home")).env(server::VARIABLE, &self.server);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // Callgrind counts each round of `rep movsb` as an instruction; a copy would cost what no processor takes.
        command.env("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=1000000000");
        command
    }
}

struct Sample {
    units: u64,
    cost: u64,
}

struct Output {
    printed: String,
    traced: String,
}

fn output(mut command: Command, work: Work, count: u64) -> Result<Output> {
    command.args([work.kind, work.contender, &count.to_string()]).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let traced = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{traced}", output.status).into());
    }
    Ok(Output { printed: String::from_utf8(output.stdout)?.trim().to_owned(), traced })
}

/// The last sum in a file of callgrind's.
fn total(profile: &str) -> Option<u64> {
    let sum = |line: &str| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")).map(str::to_owned);
    profile.lines().rev().find_map(sum)?.trim().parse().ok()
}

fn is_reach(line: &str) -> bool {
    let opens = line.contains("sys_open");
    let certificates = ["cert", "ssl", ".pem", "resolv.conf", "hosts"].iter().any(|part| line.contains(part));
    line.contains("sys_socket") || line.contains("sys_connect") || (opens && certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_last_sum() {
        assert_eq!(total("events: Ir\nsummary: 7\nfn=(1)\n1 2\n\ntotals: 1234\n"), Some(1234));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn sockets_and_certificates_are_reached_for_and_other_files_are_not() {
        assert!(is_reach("SYSCALL[1,1](41) sys_socket ( 2, 524289, 0 )"));
        assert!(is_reach("SYSCALL[1,1](257) sys_openat ( 4294967196, 0x1(/etc/ssl/certs/ca.pem), 0 )"));
        assert!(!is_reach("SYSCALL[1,1](257) sys_openat ( 4294967196, 0x1(/proc/self/maps), 0 )"));
        assert!(!is_reach("SYSCALL[1,1](12) sys_brk ( 0x0 )"));
    }
}
