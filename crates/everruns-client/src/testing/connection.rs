//! How a connection for a stream behaves.

use std::collections::BTreeSet;

/// How many events of the past a connection tells at most.
const MAX_REPLAY: usize = 10_000;

/// How a connection for a stream of events behaves: as it should, but for what is said here. See
/// [`FakeEverruns::connect_as`](super::FakeEverruns::connect_as).
///
/// Frames are counted from the first one of the connection, `connected`, and heartbeats not at all.
///
/// ```
/// use everruns_sdk::testing::{Connection, FakeEverruns};
///
/// let fake = FakeEverruns::new();
/// // The first two connections of a client break, the next ones are good.
/// fake.connect_as([Connection::new().breaks_after(5), Connection::new().breaks_within(2)]);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Connection {
    pub(super) end: Option<(usize, End)>,
    pub(super) only_heartbeats: bool,
    pub(super) drops: BTreeSet<u64>,
    pub(super) garbles: BTreeSet<u64>,
    pub(super) repeats: bool,
    pub(super) sequences: Sequences,
    pub(super) deltas: Deltas,
    pub(super) replay: usize,
}

/// How a connection ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// As if all was told.
    Complete,
    /// By a broken connection.
    Broken,
    /// The same, with half of the next frame.
    BrokenWithin,
    /// It says that it ends.
    Disconnecting { reason: String, retry_ms: u64 },
    /// It does not, and says nothing more.
    Silence,
}

/// What becomes of `after_sequence`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sequences {
    Known,
    Rejected,
    Ignored,
}

/// When deltas are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Deltas {
    InTime,
    Late,
    Never,
}

impl Connection {
    /// A connection as it should be.
    pub const fn new() -> Self {
        Self {
            end: None,
            only_heartbeats: false,
            drops: BTreeSet::new(),
            garbles: BTreeSet::new(),
            repeats: false,
            sequences: Sequences::Known,
            deltas: Deltas::InTime,
            replay: MAX_REPLAY,
        }
    }

    /// Ends after so many frames, as if all was told.
    pub fn ends_after(self, frames: usize) -> Self {
        self.end(frames, End::Complete)
    }

    /// Breaks after so many frames.
    pub fn breaks_after(self, frames: usize) -> Self {
        self.end(frames, End::Broken)
    }

    /// Breaks in the middle of the frame after so many.
    pub fn breaks_within(self, frames: usize) -> Self {
        self.end(frames, End::BrokenWithin)
    }

    /// Says after so many frames that it ends (`disconnecting`), and does.
    pub fn disconnects_after(self, frames: usize, reason: impl Into<String>, retry_ms: u64) -> Self {
        self.end(frames, End::Disconnecting { reason: reason.into(), retry_ms })
    }

    /// Says nothing after so many frames, not even by heartbeats.
    pub fn silent_after(self, frames: usize) -> Self {
        self.end(frames, End::Silence)
    }

    /// Tells no events; its heartbeats go on.
    pub const fn only_heartbeats(mut self) -> Self {
        self.only_heartbeats = true;
        self
    }

    /// Loses the event with this sequence.
    pub fn drops(mut self, sequence: u64) -> Self {
        self.drops.insert(sequence);
        self
    }

    /// Tells of the event with this sequence what is no JSON.
    pub fn garbles(mut self, sequence: u64) -> Self {
        self.garbles.insert(sequence);
        self
    }

    /// Tells each event twice.
    pub const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Refuses `after_sequence` with 400, as servers do that do not know it.
    pub const fn rejects_sequences(mut self) -> Self {
        self.sequences = Sequences::Rejected;
        self
    }

    /// Ignores `after_sequence`: it tells only what is to come.
    pub const fn ignores_sequences(mut self) -> Self {
        self.sequences = Sequences::Ignored;
        self
    }

    /// Tells no deltas.
    pub const fn without_deltas(mut self) -> Self {
        self.deltas = Deltas::Never;
        self
    }

    /// Tells deltas after the message that they are pieces of.
    pub const fn late_deltas(mut self) -> Self {
        self.deltas = Deltas::Late;
        self
    }

    /// Tells at most so many events of the past, instead of 10 000.
    pub const fn replays(mut self, events: usize) -> Self {
        self.replay = events;
        self
    }

    fn end(mut self, frames: usize, end: End) -> Self {
        self.end = Some((frames, end));
        self
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}
