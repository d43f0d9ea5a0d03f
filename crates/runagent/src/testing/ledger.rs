//! What is expected of a client, and what came.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Expectation, RecordedCall, RunAnswer, StreamAnswer};

/// Shared by all handles of an agent; checked when the last of them goes.
pub(super) struct Ledger {
    pub(super) agent_id: String,
    /// Locked while the test's own conditions are asked, which may look at the calls.
    state: Mutex<State>,
    /// Locked after the state, where both are.
    came: Mutex<Came>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) runs: Entrypoints<RunAnswer>,
    pub(super) streams: Entrypoints<StreamAnswer>,
}

#[derive(Default)]
struct Came {
    calls: Vec<RecordedCall>,
    /// Of the calls, those that nobody expected.
    unexpected: Vec<usize>,
}

/// The entrypoints of one sort.
#[derive(Default)]
pub(super) struct Entrypoints<A> {
    expectations: Vec<Expectation<A>>,
    /// What answers any number of calls, by tag.
    stubs: BTreeMap<String, A>,
}

/// What becomes of a call.
pub(super) enum Verdict<A> {
    Answer(A),
    /// Nobody expects it, or not any more.
    Unexpected,
    /// There is no such entrypoint.
    Unknown,
}

impl<A: Clone> Entrypoints<A> {
    pub(super) fn expect(&mut self, expectation: Expectation<A>) {
        self.expectations.push(expectation);
    }

    pub(super) fn stub(&mut self, tag: String, answer: A) {
        self.stubs.insert(tag, answer);
    }

    /// The tags, in alphabetical order.
    pub(super) fn tags(&self) -> Vec<String> {
        let expected = self.expectations.iter().map(|expectation| &expectation.tag);
        let mut tags: Vec<String> = expected.chain(self.stubs.keys()).cloned().collect();
        tags.sort();
        tags.dedup();
        tags
    }

    fn judge(&mut self, call: &RecordedCall) -> Verdict<A> {
        if let Some(met) = self.expectations.iter_mut().find_map(|expectation| {
            let taken = expectation.take(call);
            taken.then_some(expectation)
        }) {
            return Verdict::Answer(met.answer.clone());
        }
        match self.stubs.get(&call.tag) {
            Some(stub) => Verdict::Answer(stub.clone()),
            None if self.expectations.iter().any(|expectation| expectation.tag == call.tag) => Verdict::Unexpected,
            None => Verdict::Unknown,
        }
    }

    fn unmet(&self) -> impl Iterator<Item = String> {
        self.expectations.iter().filter_map(Expectation::unmet)
    }
}

impl Ledger {
    pub(super) fn new(agent_id: String) -> Self {
        Self { agent_id, state: Mutex::default(), came: Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A condition of the test may have panicked: that is what the test fails for.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn came(&self) -> MutexGuard<'_, Came> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn calls(&self) -> Vec<RecordedCall> {
        self.came().calls.clone()
    }

    /// Records a run and finds what answers it.
    pub(super) fn run(&self, call: &RecordedCall) -> Verdict<RunAnswer> {
        let mut state = self.state();
        let verdict = state.runs.judge(call);
        self.came().record(call, &verdict, state.is_strict());
        verdict
    }

    /// Records a stream and finds what answers it.
    pub(super) fn stream(&self, call: &RecordedCall) -> Verdict<StreamAnswer> {
        let mut state = self.state();
        let verdict = state.streams.judge(call);
        self.came().record(call, &verdict, state.is_strict());
        verdict
    }

    /// What differs between that which was expected and that which came.
    pub(super) fn faults(&self) -> Option<String> {
        let (state, came) = (self.state(), self.came());
        let unexpected = came.unexpected.iter().filter_map(|index| came.calls.get(*index));
        let unexpected = unexpected.map(|call| format!("nobody expected a {call}"));
        let faults: Vec<String> = state.runs.unmet().chain(state.streams.unmet()).chain(unexpected).collect();
        if faults.is_empty() {
            return None;
        }
        let mut message = format!("agent {} was not called as the test expects:", self.agent_id.escape_debug());
        for fault in &faults {
            // Writing to a string does not fail.
            let _ = write!(message, "\n  {fault}");
        }
        message.push_str(if came.calls.is_empty() { "\nNo call came." } else { "\nThese calls came:" });
        for (index, call) in came.calls.iter().enumerate() {
            let _ = write!(message, "\n  {}. {call}", index + 1);
        }
        Some(message)
    }
}

impl State {
    fn is_strict(&self) -> bool {
        !self.runs.expectations.is_empty() || !self.streams.expectations.is_empty()
    }
}

impl Came {
    fn record<A>(&mut self, call: &RecordedCall, verdict: &Verdict<A>, strict: bool) {
        if strict && !matches!(verdict, Verdict::Answer(_)) {
            self.unexpected.push(self.calls.len());
        }
        self.calls.push(call.clone());
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(faults) = self.faults() {
            panic!("{faults}");
        }
    }
}
