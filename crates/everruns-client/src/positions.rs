//! How far the events of sessions were read.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

/// How many sessions are remembered.
const MAX_SESSIONS: usize = 4096;
/// How many messages of each are remembered after their end.
const MAX_MESSAGES: usize = 8;

/// For each session that this client has sent something to, the sequence of the last event that came before it or was read
/// since. A stream that is opened later starts there, and so has everything that was brought about.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    /// With the number of its last use.
    known: HashMap<String, (Position, u64)>,
    uses: u64,
}

/// One session's.
#[derive(Clone, Debug)]
pub(crate) struct Position(Arc<Place>);

#[derive(Debug)]
struct Place {
    sequence: AtomicI64,
    /// The last messages that were complete: a delta of theirs may come late, even to the next stream.
    closed: Mutex<VecDeque<String>>,
}

impl Position {
    pub(crate) fn at(sequence: i64) -> Self {
        Self(Arc::new(Place { sequence: AtomicI64::new(sequence), closed: Mutex::default() }))
    }

    pub(crate) fn sequence(&self) -> i64 {
        self.0.sequence.load(Ordering::Relaxed)
    }

    /// Moves on, and never back.
    pub(crate) fn advance(&self, sequence: i64) {
        self.0.sequence.fetch_max(sequence, Ordering::Relaxed);
    }

    /// A message is complete.
    pub(crate) fn close(&self, message_id: &str) {
        let mut closed = self.0.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if closed.iter().any(|closed| closed == message_id) {
            return;
        }
        if closed.len() == MAX_MESSAGES {
            closed.pop_front();
        }
        closed.push_back(message_id.to_owned());
    }

    /// The last messages that were complete.
    pub(crate) fn closed(&self) -> VecDeque<String> {
        self.0.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Positions {
    pub(crate) fn of(&self, session_id: &str) -> Option<Position> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.uses += 1;
        let now = sessions.uses;
        sessions.known.get_mut(session_id).map(|(position, used)| {
            *used = now;
            position.clone()
        })
    }

    /// Remembers where a session is, unless that is known.
    pub(crate) fn start(&self, session_id: &str, sequence: i64) -> Position {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.known.len() >= MAX_SESSIONS && !sessions.known.contains_key(session_id) {
            sessions.forget();
        }
        sessions.uses += 1;
        let now = sessions.uses;
        sessions.known.entry(session_id.to_owned()).or_insert_with(|| (Position::at(sequence), now)).0.clone()
    }
}

impl Sessions {
    /// Forgets the half that was not used for longest. Those that are being read stay; a session that is forgotten is asked
    /// for its position again.
    fn forget(&mut self) {
        let mut uses: Vec<u64> = self.known.values().map(|(_, used)| *used).collect();
        let middle = uses.len() / 2;
        let (_, &mut recent, _) = uses.select_nth_unstable(middle);
        self.known.retain(|_, (position, used)| *used >= recent || Arc::strong_count(&position.0) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_never_moves_back() {
        let positions = Positions::default();
        positions.start("session_1", 7).advance(9);
        positions.start("session_1", 3).advance(8);
        assert_eq!(positions.of("session_1").expect("known").sequence(), 9);
    }

    #[test]
    fn only_so_many_sessions_are_remembered_beside_those_that_are_read() {
        let positions = Positions::default();
        let read = positions.start("read", 1);
        for number in 0..=MAX_SESSIONS {
            positions.start(&format!("session_{number}"), 0);
        }
        assert_eq!(positions.of("read").expect("known").sequence(), read.sequence());
        assert!(positions.sessions.lock().expect("whole").known.len() <= MAX_SESSIONS);
    }

    #[test]
    fn those_that_were_used_last_are_remembered() {
        let positions = Positions::default();
        for number in 0..MAX_SESSIONS {
            positions.start(&format!("session_{number}"), 7);
        }
        positions.of("session_0").expect("known");
        positions.start("one_more", 7);
        for used in ["session_0", &format!("session_{}", MAX_SESSIONS - 1), "one_more"] {
            assert!(positions.of(used).is_some(), "{used}");
        }
        assert!(positions.of("session_1").is_none());
    }
}
