//! One row: ours, a peer perhaps, and what is asked of it.

use serde_json::{Value, json};

use crate::Result;
use crate::bench::cost::{Costs, Measure, Work};

/// Ours beside a peer, or alone.
pub(crate) struct Comparison {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) measure: Measure,
    pub(crate) ours: Work,
    pub(crate) peer: Option<(&'static str, Work)>,
    /// The largest ratio, or without a peer the largest figure, that the design allows.
    pub(crate) must: Option<f64>,
    /// The one that it hopes for.
    pub(crate) stretch: Option<f64>,
    /// Whether a quick run has it.
    pub(crate) quick: bool,
}

/// What a comparison came to.
pub(crate) struct Outcome {
    comparison: &'static Comparison,
    ours: f64,
    peer: Option<f64>,
}

impl Comparison {
    pub(crate) fn title(&self) -> String {
        match self.peer {
            Some((peer, _)) => format!("{}, beside {peer}", self.name),
            None => self.name.to_owned(),
        }
    }

    pub(crate) fn measure(&'static self, costs: &mut Costs) -> Result<Outcome> {
        let mut cost = |work| costs.of(self.measure, work).map_err(|error| format!("{}: {error}", self.title()));
        let ours = cost(self.ours)?;
        let peer = self.peer.map(|(_, work)| cost(work)).transpose()?;
        Ok(Outcome { comparison: self, ours, peer })
    }
}

impl Outcome {
    fn ratio(&self) -> Option<f64> {
        self.peer.map(|peer| self.ours / peer)
    }

    /// Whether what must be so is so; `None` where nothing must.
    pub(crate) fn met(&self) -> Option<bool> {
        self.comparison.must.map(|must| self.ratio().unwrap_or(self.ours) <= must)
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.comparison.name,
            "unit": self.comparison.unit,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.comparison.peer.map(|(name, _)| name),
            "ratio": self.ratio(),
            "must": self.comparison.must,
            "met": self.met(),
        })
    }

    pub(crate) fn row(&self) -> [String; 8] {
        let met = match self.met() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        let bound = |bound: Option<f64>| bound.map(figure).unwrap_or_default();
        [
            self.comparison.title(),
            self.comparison.unit.to_owned(),
            figure(self.ours),
            self.peer.map(figure).unwrap_or_default(),
            self.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            bound(self.comparison.must),
            bound(self.comparison.stretch),
            met.to_owned(),
        ]
    }
}

/// Three digits are what a repeated run agrees on.
fn figure(value: f64) -> String {
    if value >= 100.0 {
        grouped(&format!("{value:.0}"))
    } else if value >= 10.0 {
        trimmed(&format!("{value:.1}"))
    } else {
        trimmed(&format!("{value:.2}"))
    }
}

/// Thousands apart, which is what makes a count of instructions readable.
fn grouped(digits: &str) -> String {
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

fn trimmed(decimal: &str) -> String {
    decimal.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cost::Program;

    const WORK: Work = Work { program: Program::Ours, kind: "decode", contender: "ours", counts: [0, 1] };

    const ROW: Comparison = Comparison {
        name: "decoder",
        unit: "instructions a byte",
        measure: Measure::Instructions,
        ours: WORK,
        peer: Some(("other", WORK)),
        must: Some(0.6),
        stretch: None,
        quick: true,
    };

    #[test]
    fn with_a_peer_the_ratio_is_what_must_be_small() {
        let row: &Comparison = const { &ROW };
        let outcome = Outcome { comparison: row, ours: 60.0, peer: Some(100.0) };
        assert_eq!(outcome.met(), Some(true));
        assert_eq!(
            outcome.row(),
            ["decoder, beside other", "instructions a byte", "60", "100", "0.60", "0.6", "", "yes"]
        );
        assert_eq!(Outcome { comparison: row, ours: 61.0, peer: Some(100.0) }.met(), Some(false));
    }

    #[test]
    fn alone_the_figure_is_what_must_be_small() {
        let row: &Comparison = const { &Comparison { peer: None, must: Some(45.0), ..ROW } };
        let outcome = Outcome { comparison: row, ours: 45.0, peer: None };
        assert_eq!(outcome.met(), Some(true));
        assert_eq!(
            outcome.json().to_string(),
            r#"{"met":true,"must":45.0,"name":"decoder","ours":45.0,"peer":null,"peer_name":null,"ratio":null,"unit":"instructions a byte"}"#
        );
        assert_eq!(Outcome { comparison: row, ours: 45.1, peer: None }.met(), Some(false));
    }

    #[test]
    fn what_nothing_must_be_is_neither_met_nor_missed() {
        let row: &Comparison = const { &Comparison { must: None, ..ROW } };
        assert_eq!(Outcome { comparison: row, ours: 1.0, peer: Some(1.0) }.met(), None);
    }

    #[test]
    fn figures_have_three_digits_and_groups_of_thousands() {
        let figures = [0.004, 0.49, 9.123, 45.0, 52.36, 480.4, 1_234_567.0].map(figure);
        assert_eq!(figures, ["0", "0.49", "9.12", "45", "52.4", "480", "1 234 567"]);
    }
}
