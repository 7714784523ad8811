//! What one turn gathered: which records it touched, which lines it wrote, whom to answer after the sync.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::inbox::{Answer, Respond};
use crate::event::{Event, What};
use crate::state::{
    Chain, Change, Deed, FieldChange, Line, LineSubject, Outcome, Recent, Record, RecordKey, State,
    differences,
};
use crate::store::{Batch, Key};

/// What one turn gathered.
#[derive(Default)]
pub(super) struct Drain {
    touched: BTreeSet<RecordKey>,
    lines: Vec<(Key, Vec<u8>)>,
    pub(super) identities: BTreeSet<[u8; 16]>,
    pub(super) answers: Vec<(Respond, Answer)>,
    pub(super) events: usize,
}

impl Drain {
    /// Whether there is anything to make durable.
    pub(super) fn is_empty(&self) -> bool {
        self.touched.is_empty() && self.lines.is_empty() && self.identities.is_empty()
    }

    /// Applies an outcome to the state and remembers what it touched. `seq` is the commit that it will be part of.
    pub(super) fn take(&mut self, state: &mut State, outcome: Outcome, seq: u64) {
        let mut told = Vec::new();
        for change in &outcome.changes {
            told.extend(self.apply(state, change));
        }
        for row in outcome.messages {
            self.apply(state, &Change::Put(Box::new(Record::Row(row))));
        }
        for tally in &outcome.tallies {
            self.touched.insert(state.add(tally).key());
        }
        state.set_next_id(outcome.next_id);
        if outcome.lines.iter().any(|line| line.what == Deed::Erased) {
            // What is erased must not stand in the line that tells of it.
            told.clear();
        }
        let config: Box<str> = state.rules().version.get(..16).unwrap_or_default().into();
        let lines = with_changes(outcome.lines, told, outcome.tallies);
        for line in lines {
            self.write(state, Line { config: config.clone(), ..line }, seq);
        }
    }

    /// The entropy of a start goes into the audit chain's salts, and nowhere else.
    pub(super) fn stir(&mut self, state: &mut State, event: &Event) {
        let What::Adopted(adopted) = &event.what else { return };
        let Some(nonce) = &adopted.nonce else { return };
        let mut chain = chain_of(state);
        chain.stir(&nonce.0);
        self.put(state, Record::Chain(chain));
    }

    fn put(&mut self, state: &mut State, record: Record) {
        self.touched.insert(record.key());
        state.apply(&Change::Put(Box::new(record)));
    }

    /// Forgets a record that is too old to matter.
    pub(super) fn forget(&mut self, state: &mut State, key: RecordKey) {
        state.apply(&Change::Delete(key.clone()));
        self.touched.insert(key);
    }

    /// The commit.
    pub(super) fn batch(&mut self, state: &State, seq: u64, time: DateTime<Utc>) -> Batch {
        let mut changes: Vec<(Key, Option<Vec<u8>>)> = std::mem::take(&mut self.touched)
            .into_iter()
            .map(|key| (Key(key.to_bytes()), state.record(&key).map(|record| record.to_bytes())))
            .collect();
        changes.extend(std::mem::take(&mut self.lines).into_iter().map(|(key, line)| (key, Some(line))));
        Batch {
            seq,
            time,
            changes,
            identities: std::mem::take(&mut self.identities).into_iter().collect(),
            next_id: state.next_id(),
        }
    }

    fn apply(&mut self, state: &mut State, change: &Change) -> Vec<FieldChange> {
        let key = match change {
            Change::Put(record) => record.key(),
            Change::Delete(key) => key.clone(),
        };
        let told = |state: &State| state.record(&key).and_then(|record| record.told());
        let before = told(state);
        state.apply(change);
        let after = told(state);
        self.touched.insert(key.clone());
        let name = before.as_ref().or(after.as_ref()).map(|(name, _)| name.clone());
        let value = |told: &Option<(String, Value)>| told.as_ref().map(|(_, value)| value.clone());
        name.map_or_else(Vec::new, |name| differences(&name, value(&before).as_ref(), value(&after).as_ref()))
    }

    fn write(&mut self, state: &mut State, line: Line, seq: u64) {
        let n = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        let (kind, id) = match line.subject {
            LineSubject::Deal(id) => (b'd', id.0),
            LineSubject::Customer(id) => (b'c', id.0),
            LineSubject::Action(id) => (b'a', id.0),
            LineSubject::Workspace => (b'w', 0),
        };
        let mut chain = chain_of(state);
        let mut sealed = line.clone();
        chain.seal(&mut sealed);
        self.put(state, Record::Chain(chain));
        let value = serde_json::to_vec(&sealed).expect("lines are plain data with string keys");
        self.lines.push((Key::line(kind, id, seq, n), value));
        // The last day's lines are for taking back and for a day's report. A sheet is neither: its hundred thousand
        // lines are history alone.
        if line.what == Deed::Imported {
            return;
        }
        // The copy needs no seal: what it is for ends with the day.
        self.put(state, Record::Recent(Recent { seq, n, line }));
    }
}

fn chain_of(state: &State) -> Chain {
    state.chain().cloned().unwrap_or_else(|| Chain::begin(state.epoch()))
}

/// Each changed field goes to the line about its record, all others and the tallies to the first line.
fn with_changes(
    mut lines: Vec<Line>,
    told: Vec<FieldChange>,
    tallies: Vec<crate::state::Tally>,
) -> Vec<Line> {
    for change in told {
        let about = |line: &Line| match line.subject {
            LineSubject::Deal(id) => *change.record == *id.to_string(),
            LineSubject::Customer(id) => *change.record == *id.to_string(),
            LineSubject::Action(id) => *change.record == *id.to_string(),
            LineSubject::Workspace => false,
        };
        let place = lines.iter().position(about).unwrap_or(0);
        if let Some(line) = lines.get_mut(place) {
            line.changes.push(change);
        }
    }
    if let Some(first) = lines.first_mut() {
        first.tallies = tallies;
    }
    lines
}
