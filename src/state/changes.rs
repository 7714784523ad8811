//! What an event changes, as data: `decide` makes it, `apply` cannot fail on it.

use super::{Counts, Line, Record, RecordKey, Row, Tally};
use crate::event::Reply;
use crate::sales::MemberId;

/// One change of the state.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// A record as it is from now on.
    Put(Box<Record>),
    /// A record is no more.
    Delete(RecordKey),
}

/// Everything the bot does about one event.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outcome {
    /// Changes of records, in order.
    pub changes: Vec<Change>,
    /// History.
    pub lines: Vec<Line>,
    /// Counts to add to members' days; the first line carries them.
    pub tallies: Vec<Tally>,
    /// Messages on their way out.
    pub messages: Vec<Row>,
    /// What the platform takes only in its answer.
    pub reply: Reply,
    /// The counter after the ids that were given out.
    pub next_id: u64,
}

impl Outcome {
    /// A record as it is from now on.
    pub fn put(&mut self, record: Record) {
        self.changes.push(Change::Put(Box::new(record)));
    }

    /// Adds to a member's day.
    pub fn count(&mut self, member: &MemberId, day: chrono::NaiveDate, counts: Counts) {
        self.tallies.push(Tally { member: member.clone(), day, counts });
    }
}
