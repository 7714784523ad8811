//! Which events were committed in the last seven days: one set a day, so that forgetting is dropping a set.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// How long an identity is remembered.
const KEPT: TimeDelta = TimeDelta::days(7);

/// Identities of committed events.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<NaiveDate, HashSet<[u8; 16]>>);

impl Seen {
    pub(super) fn contains(&self, identity: &[u8; 16]) -> bool {
        self.0.values().any(|day| day.contains(identity))
    }

    pub(super) fn insert(&mut self, at: DateTime<Utc>, identity: [u8; 16]) {
        self.0.entry(at.date_naive()).or_default().insert(identity);
    }

    pub(super) fn forget_before(&mut self, now: DateTime<Utc>) {
        let first = (now - KEPT).date_naive();
        self.0.retain(|day, _| *day >= first);
    }
}
