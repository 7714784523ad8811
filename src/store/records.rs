//! All records of a workspace in one ordered map, with the head that belongs to them: the memory store.
//! Invariant: the head's sums are those of the map.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Write};
use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::draft::{self, Draft};
use super::keys::{HISTORY, as_slice, is_empty};
use super::lines::{Line, Reader, Writer};
use super::sum::{Sums, pair_hash};
use super::tree::Mark;
use super::{
    Batch, CommitError, Each, Head, IDENTITIES_KEPT, IdentityBytes, Key, Order, Page, Refusal, StoreError,
    Value,
};

/// The records of one workspace.
#[derive(Debug)]
pub(super) struct Records {
    map: BTreeMap<Key, Value>,
    head: Head,
    identities: VecDeque<(DateTime<Utc>, IdentityBytes)>,
}

impl Records {
    pub(super) fn empty(head: Head) -> Self {
        Self { map: BTreeMap::new(), head, identities: VecDeque::new() }
    }

    /// The records of an export.
    pub(super) fn import(from: &mut dyn Read) -> Result<Self, StoreError> {
        let mut lines = Reader::new(from)?;
        let mut records = Self::empty(lines.mark.head.clone());
        while let Some(line) = lines.next()? {
            match line {
                Line::Pair(key, value) => drop(records.map.insert(key, value)),
                Line::Identities(time, day) => {
                    records.identities.extend(day.into_iter().map(|identity| (time, identity)));
                }
                Line::File(..) => {}
            }
        }
        Ok(records)
    }

    /// All of it as lines.
    pub(super) fn export(&self, to: &mut dyn Write, workspace: &str) -> io::Result<()> {
        let mark = Mark { head: self.head.clone(), checksum: 0 };
        let mut lines = Writer::begin(to, workspace, &mark)?;
        self.map.iter().try_for_each(|(key, value)| lines.pair(key, value))?;
        lines.identities(self.identities.iter())?;
        lines.finish().map(drop)
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn with_epoch(mut self, epoch: u64) -> Self {
        self.head.epoch = epoch;
        self
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &(DateTime<Utc>, IdentityBytes)> {
        self.identities.iter()
    }

    /// Checks a batch and works out the head after it, changing nothing.
    pub(super) fn draft<'a>(&self, batch: &'a Batch) -> Result<Draft<'a>, CommitError> {
        let mut old = |key: &Key| Ok(self.map.get(key).map(|value| pair_hash(&key.0, value)));
        draft::draft(&self.head, batch, &mut old)
    }

    /// Takes over what is durable now.
    pub(super) fn apply(
        &mut self,
        time: DateTime<Utc>,
        changes: impl IntoIterator<Item = (Key, Option<Value>)>,
        identities: &[IdentityBytes],
        head: Head,
    ) {
        for (key, value) in changes {
            match value {
                Some(value) => self.map.insert(key, value),
                None => self.map.remove(&key),
            };
        }
        self.identities.extend(identities.iter().map(|identity| (time, *identity)));
        while self.identities.front().is_some_and(|(at, _)| *at < time - IDENTITIES_KEPT) {
            self.identities.pop_front();
        }
        self.head = head;
    }

    /// [`Records::apply`] for a draft of these records.
    pub(super) fn apply_draft(&mut self, draft: Draft<'_>) {
        let changes = draft.changes.into_iter().map(|(key, value)| (key.clone(), value.cloned()));
        self.apply(draft.time, changes, draft.identities, draft.head);
    }

    /// Counts and hashes every record and compares with the head.
    pub(super) fn prove(&self) -> Result<(), Refusal> {
        let mut sums = Sums::default();
        for (key, value) in &self.map {
            sums.of_mut(key.is_history()).add(pair_hash(&key.0, value));
        }
        sums.prove(&self.head)
    }

    /// Every live record of a kind, in key order.
    pub(super) fn load(&self, kind: u8, each: &mut Each<'_>) -> Result<(), StoreError> {
        if kind == HISTORY {
            return Ok(());
        }
        let from_kind = self.map.range::<[u8], _>((Bound::Included(&[kind][..]), Bound::Unbounded));
        for (key, value) in from_kind.take_while(|(key, _)| key.0[0] == kind) {
            each(&key.0, value)?;
        }
        Ok(())
    }

    /// One page of pairs.
    pub(super) fn page(&self, page: &Page<'_>) -> Vec<(Key, Value)> {
        let bounds = page.bounds();
        if is_empty(&bounds.0, &bounds.1) {
            return Vec::new();
        }
        let owned = |(key, value): (&Key, &Value)| (key.clone(), value.clone());
        let pairs = self.map.range::<[u8], _>((as_slice(&bounds.0), as_slice(&bounds.1)));
        match page.order {
            Order::OldestFirst => pairs.take(page.limit).map(owned).collect(),
            Order::NewestFirst => pairs.rev().take(page.limit).map(owned).collect(),
        }
    }
}
