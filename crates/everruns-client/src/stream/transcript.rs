//! The text of messages, delta by delta.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
};

use crate::Event;

/// How many messages are remembered after their end, for deltas that come late, and how many may be open.
const REMEMBERED: usize = 256;
/// How many deltas are remembered, for those that come again.
const RECENT: usize = 16;

/// Follows the messages of a session, so that the deltas of each are its text.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    open: HashMap<String, Text>,
    closed: VecDeque<String>,
    /// How many messages were begun.
    count: u64,
    /// The ids of the last deltas that did not tell the text before them.
    recent: VecDeque<String>,
    /// Nobody tells when messages are complete: deltas are handed out as they are.
    blind: bool,
    /// The sequence of the last event that may have happened before the connection was made; `None` while that is not known.
    past: Option<i64>,
}

/// A message that is not complete.
#[derive(Debug, Default)]
struct Text {
    /// What was handed out.
    handed: String,
    /// How much of that the server has streamed. It begins anew when the model is asked again.
    streamed: usize,
    /// How many messages were begun before it.
    number: u64,
    /// Whether its beginning was seen.
    begun: bool,
    /// What the server streams is not what was handed out.
    differs: bool,
    /// Whether a delta may be missing. Then none is handed out any more, unless the server says what came before it.
    broken: bool,
}

impl Text {
    /// The model is asked, perhaps again.
    fn begin(&mut self, broken: bool) {
        (self.streamed, self.differs) = (0, false);
        (self.begun, self.broken) = (true, broken);
    }

    /// Takes the next piece that the server streams, and leaves of it what was not handed out before. `false` when that is
    /// nothing, or must wait.
    fn take(&mut self, piece: &mut String) -> bool {
        if self.broken || self.differs {
            return false;
        }
        let known = &self.handed[self.streamed..];
        if known.starts_with(piece.as_str()) {
            self.streamed += piece.len();
            return false;
        }
        let Some(new) = piece.strip_prefix(known) else {
            self.differs = true;
            return false;
        };
        if !known.is_empty() {
            *piece = new.to_owned();
        }
        self.handed.push_str(piece);
        self.streamed = self.handed.len();
        true
    }

    /// The same for a piece with the text up to its end.
    fn take_with(&mut self, piece: &mut String, accumulated: &str) -> bool {
        if !self.broken && !self.differs && accumulated.len() == self.streamed + piece.len() {
            return self.take(piece);
        }
        // Something came before it that was not seen.
        self.begin(false);
        piece.clear();
        piece.push_str(accumulated);
        self.take(piece)
    }

    /// What is left of the whole text. If it is another than what was handed out, it follows that.
    fn rest(&self, whole: &str) -> Option<String> {
        match whole.strip_prefix(self.handed.as_str()) {
            Some("") => None,
            Some(rest) => Some(rest.to_owned()),
            // White space at the ends is nothing that was said, and a channel may not show what was.
            None if self.handed.trim() == whole.trim() || whole.trim().is_empty() => None,
            None => Some(format!("\n\n{whole}")),
        }
    }
}

impl Transcript {
    /// Of a stream that has no events that say when messages are complete.
    pub(super) fn blind() -> Self {
        Self { blind: true, ..Self::default() }
    }

    /// These messages were complete before.
    pub(super) fn closed(mut self, messages: VecDeque<String>) -> Self {
        self.closed = messages;
        self
    }

    /// The connection is lost, and with it the deltas until the next one.
    pub(super) fn interrupted(&mut self) {
        self.past = None;
        self.doubt();
    }

    /// What is streamed of the open messages may not go on where it was.
    fn doubt(&mut self) {
        for text in self.open.values_mut() {
            text.broken = true;
        }
    }

    /// Everything up to this event is known; whatever comes after it has happened since the connection was made.
    pub(super) fn caught_up(&mut self, sequence: Option<i64>) {
        self.past = sequence;
    }

    /// Hands out the event, and before it the text that belongs before it.
    pub(super) fn follow(&mut self, event: Event, ready: &mut VecDeque<Event>) {
        match &event {
            Event::OutputMessageDelta { .. } => {
                ready.extend(self.delta(event));
                return;
            }
            Event::OutputMessageStarted { message_id, turn_id, .. } => {
                // One that began before the connection was made may have had deltas that nobody has.
                let broken = self.past.is_none_or(|past| event.sequence().is_none_or(|sequence| sequence <= past));
                let text = self.open(&key(message_id, turn_id));
                // A delta that came before this was dropped.
                let early = !text.begun && text.broken;
                text.begin(broken || early);
            }
            Event::OutputMessageCompleted { message, .. } => {
                let turn_id = event.turn_id().unwrap_or_default();
                let open = self.open.remove(&message.id).or_else(|| self.open.remove(&*key("", turn_id)));
                if !self.closed.contains(&message.id)
                    && let Some(rest) = open.unwrap_or_default().rest(&message.text())
                {
                    ready.push_back(Event::added_delta(event.meta(), turn_id, &message.id, &rest));
                }
                self.close(&message.id);
            }
            // What was streamed does not hold any more, and nothing is to be added to it.
            Event::OutputMessageReplaced { message_id, .. } => {
                self.open.remove(message_id);
                self.close(message_id);
            }
            // The model may say again what it has said.
            Event::ReasonRecovered { .. } => self.doubt(),
            // Messages that a turn has left open, such as one that was cancelled, are never completed.
            Event::SessionIdled { .. } => {
                for (id, _) in std::mem::take(&mut self.open) {
                    self.close(&id);
                }
            }
            _ => {}
        }
        ready.push_back(event);
    }

    /// The text of a message that is not complete.
    fn open(&mut self, key: &str) -> &mut Text {
        if self.open.len() >= REMEMBERED && !self.open.contains_key(key) {
            let oldest = self.open.iter().min_by_key(|(_, text)| text.number).map(|(key, _)| key.clone());
            self.open.remove(oldest.as_deref().unwrap_or_default());
            self.close(&oldest.unwrap_or_default());
        }
        self.count += 1;
        let number = self.count;
        self.open.entry(key.to_owned()).or_insert_with(|| Text { number, ..Text::default() })
    }

    /// Whether a delta came before.
    fn is_repeated(&mut self, id: &str) -> bool {
        if id.is_empty() {
            return false;
        }
        if self.recent.iter().any(|recent| recent == id) {
            return true;
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(id.to_owned());
        false
    }

    /// The delta with what comes next of the text, unless there is nothing, or it must wait.
    fn delta(&mut self, mut event: Event) -> Option<Event> {
        if self.blind {
            return Some(event);
        }
        let tells_all = matches!(&event, Event::OutputMessageDelta { accumulated: Some(_), .. });
        if !tells_all && self.is_repeated(event.id()) {
            return None;
        }
        let Event::OutputMessageDelta { message_id, turn_id, delta, accumulated, .. } = &mut event else {
            return Some(event);
        };
        let mut take = |text: &mut Text| match accumulated {
            Some(accumulated) => text.take_with(delta, accumulated),
            None => text.take(delta),
        };
        let key = key(message_id, turn_id);
        let is_new = match self.open.get_mut(&*key) {
            Some(text) => take(text),
            None if self.closed.contains(message_id) => false,
            None => {
                let text = self.open(&key);
                // A message whose beginning was not seen has a beginning all the same.
                text.broken = true;
                take(text)
            }
        };
        if is_new { Some(event) } else { None }
    }

    fn close(&mut self, message_id: &str) {
        if message_id.is_empty() || self.closed.iter().any(|closed| closed == message_id) {
            return;
        }
        if self.closed.len() == REMEMBERED {
            self.closed.pop_front();
        }
        self.closed.push_back(message_id.to_owned());
    }
}

/// Old servers name no message in deltas, but the turn.
fn key<'a>(message_id: &'a str, turn_id: &str) -> Cow<'a, str> {
    if message_id.is_empty() { format!("turn {turn_id}").into() } else { message_id.into() }
}

#[cfg(test)]
mod tests;
