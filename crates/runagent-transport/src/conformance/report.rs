//! What a run of the suite found.

use std::fmt;

/// What became of each case, in the order in which they ran.
///
/// `Display` is a table: a line a case, then a line that counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    cases: Vec<CaseReport>,
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseReport {
    /// The rule, as a sentence.
    pub name: &'static str,
    /// Whether it was kept.
    pub outcome: Outcome,
}

/// Whether a rule was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was.
    Passed,
    /// It does not apply: why.
    Skipped(String),
    /// It was not: what was found.
    Failed(String),
}

impl Report {
    pub(super) fn push(&mut self, case: CaseReport) {
        self.cases.push(case);
    }

    /// All cases.
    #[must_use]
    pub fn cases(&self) -> &[CaseReport] {
        &self.cases
    }

    /// The names of the rules that were broken.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed(_)));
        failed.map(|case| case.name).collect()
    }

    /// Fails a test, with the whole report, when a rule was broken.
    ///
    /// # Panics
    ///
    /// When a case failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.failed().is_empty(), "the transport breaks its contract:\n{self}");
    }
}

impl Outcome {
    const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "FAILED",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.cases.iter().map(|case| case.name.len()).max().unwrap_or_default();
        for CaseReport { name, outcome } in &self.cases {
            let word = outcome.word();
            match outcome {
                Outcome::Passed => writeln!(f, "{word:<7}  {name}")?,
                Outcome::Skipped(why) | Outcome::Failed(why) => writeln!(f, "{word:<7}  {name:<width$}  {why}")?,
            }
        }
        let count = |word| self.cases.iter().filter(|case| case.outcome.word() == word).count();
        write!(f, "{} passed, {} skipped, {} failed", count("passed"), count("skipped"), count("FAILED"))
    }
}
