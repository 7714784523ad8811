//! What waits for the engine: callbacks before results before readers.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::config::Config;
use crate::event::{CardFace, Event};
use crate::state::{Row, State};

/// What a caller gets back once the event's drain is durable.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// Nothing but the acknowledgement.
    Done,
    /// The same event came before.
    Repeat,
    /// The event was put aside with its error.
    Parked,
    /// A DingTalk card to show in place of the tapped one.
    Card(Box<CardFace>),
    /// Rows to send.
    Rows(Vec<Row>),
}

/// Called after the sync; dropped unanswered if the drain did not become durable.
pub type Respond = Box<dyn FnOnce(Answer) + Send>;

/// Runs between turns: always committed, always one's own writes.
pub type Reader = Box<dyn FnOnce(&State, DateTime<Utc>) + Send>;

/// One thing that waits.
pub enum Entry {
    /// An event from a person, a platform, a file or the operator.
    Event(Box<Event>, Respond),
    /// New rules; the event names their versions.
    Rules(Box<Event>, Arc<Config>, Respond),
    /// The outbox's results and its room for more.
    Results(Box<Event>, Respond),
    /// A look at the state.
    Read(Reader),
}

/// What waits, in its order.
#[derive(Default)]
pub struct Inbox {
    events: VecDeque<Entry>,
    results: VecDeque<Entry>,
    readers: VecDeque<Reader>,
}

impl Inbox {
    /// Takes in one thing.
    pub fn push(&mut self, entry: Entry) {
        match entry {
            Entry::Event(..) | Entry::Rules(..) => self.events.push_back(entry),
            Entry::Results(..) => self.results.push_back(entry),
            Entry::Read(reader) => self.readers.push_back(reader),
        }
    }

    /// The next event: callbacks first.
    pub fn pop_event(&mut self) -> Option<Entry> {
        self.events.pop_front().or_else(|| self.results.pop_front())
    }

    /// The next reader.
    pub fn pop_reader(&mut self) -> Option<Reader> {
        self.readers.pop_front()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.results.is_empty() && self.readers.is_empty()
    }

    /// How much waits.
    pub fn len(&self) -> usize {
        self.events.len() + self.results.len() + self.readers.len()
    }
}

/// How long a turn may go on taking events.
pub trait Budget {
    /// Whether it is used up.
    fn is_spent(&mut self) -> bool;
}

/// A budget of so many looks: what tests use.
#[derive(Clone, Copy, Debug)]
pub struct Looks(pub usize);

impl Budget for Looks {
    fn is_spent(&mut self) -> bool {
        let spent = self.0 == 0;
        self.0 = self.0.saturating_sub(1);
        spent
    }
}
