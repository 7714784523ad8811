//! Sweeps the history for an erasure, a page a turn, so that nobody waits for it. An erasure whose scope is still there
//! when a store is loaded was cut short: it is swept again from the beginning, which changes nothing twice.

use chrono::{DateTime, Utc};

use super::{Ended, Engine};
use crate::event::Identity;
use crate::state::{Change, Erasure, Line, Record, Scope};
use crate::store::{Batch, HISTORY, Key, Order, Page, Store, Value};

/// At most so many lines a turn.
const LINES: usize = 256;

/// How far a sweep is.
pub(super) struct Sweep {
    erasure: Identity,
    /// The last key of the page before.
    after: Option<Key>,
}

impl<S: Store> Engine<S> {
    /// Sweeps one page, if there is anything to sweep; whether there is more.
    pub(super) fn sweep(&mut self, now: DateTime<Utc>) -> Result<bool, Ended> {
        let Some((id, at, scope)) = self.state.erasures().find_map(under_way) else { return Ok(false) };
        let after = self.sweep.take().filter(|sweep| sweep.erasure == id).and_then(|sweep| sweep.after);
        let page = Page {
            prefix: &[HISTORY],
            after: after.as_ref().map(|key| key.0.as_slice()),
            order: Order::OldestFirst,
            limit: LINES,
        };
        let lines = self.store.history(&page)?;
        let changes: Vec<_> = lines.iter().filter_map(|(key, value)| erased(key, value, at, scope)).collect();
        let last = lines.last().map(|(key, _)| key.clone());
        if lines.len() < LINES {
            self.swept(id, changes, now)?;
            return Ok(true);
        }
        if !changes.is_empty() {
            self.rewrite(changes, now)?;
        }
        self.sweep = Some(Sweep { erasure: id, after: last });
        Ok(true)
    }

    /// The last page: the scope, which holds the words, goes in the first commit of a new file.
    fn swept(
        &mut self,
        id: Identity,
        mut changes: Vec<(Key, Option<Value>)>,
        now: DateTime<Utc>,
    ) -> Result<(), Ended> {
        let Some(erasure) = self.state.erasure(&id) else { return Ok(()) };
        let swept = Record::Erasure(Erasure { scope: None, ..erasure.clone() });
        changes.push((Key(swept.key().to_bytes()), Some(swept.to_bytes())));
        self.store.begin_anew();
        self.rewrite(changes, now)?;
        self.state.apply(&Change::Put(Box::new(swept)));
        Ok(())
    }

    fn rewrite(&mut self, changes: Vec<(Key, Option<Value>)>, time: DateTime<Utc>) -> Result<(), Ended> {
        let (seq, next_id) = (self.store.head().seq + 1, self.state.next_id());
        Ok(self.store.commit(&Batch { seq, time, changes, identities: Vec::new(), next_id })?)
    }
}

fn under_way(erasure: &Erasure) -> Option<(Identity, DateTime<Utc>, &Scope)> {
    Some((erasure.id, erasure.at, erasure.scope.as_ref()?))
}

/// The line without its words, where it is touched and was there when the erasure began.
fn erased(key: &Key, value: &[u8], began: DateTime<Utc>, scope: &Scope) -> Option<(Key, Option<Value>)> {
    let Ok(mut line) = serde_json::from_slice::<Line>(value) else {
        tracing::error!(?key, "A history line does not read and could not be looked at for an erasure");
        return None;
    };
    if line.erased || line.at > began || !scope.touches(&line) {
        return None;
    }
    line.erase();
    Some((key.clone(), Some(serde_json::to_vec(&line).expect("lines are plain data with string keys"))))
}
