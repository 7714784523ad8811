//! All records of a workspace in one ordered map, with the head that belongs to them. The memory store is this alone;
//! the journal store reads from it what it wrote to disk. Invariant: the head's sums are those of the map.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::frame::{self, FRAME_MAX};
use super::keys::{HISTORY, KEY_MAX, end_of_prefix};
use super::{
    Batch, CommitError, Each, Head, IDENTITIES_KEPT, IdentityBytes, Key, Order, Page, Refusal, StoreError,
    Sum, Value,
};

/// The records of one workspace.
#[derive(Debug)]
pub(super) struct Records {
    map: BTreeMap<Key, Value>,
    head: Head,
    identities: VecDeque<(DateTime<Utc>, IdentityBytes)>,
}

/// A batch that may be written: checked, one change a key, with the head it leads to.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) time: DateTime<Utc>,
    pub(super) changes: BTreeMap<&'a Key, Option<&'a Value>>,
    pub(super) identities: &'a [IdentityBytes],
    pub(super) head: Head,
}

impl Records {
    pub(super) fn empty(head: Head) -> Self {
        Self { map: BTreeMap::new(), head, identities: VecDeque::new() }
    }

    /// The records of an import, which the caller has proved with [`Records::prove`].
    pub(super) fn imported(
        head: Head,
        map: BTreeMap<Key, Value>,
        identities: VecDeque<(DateTime<Utc>, IdentityBytes)>,
    ) -> Self {
        Self { map, head, identities }
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn with_epoch(mut self, epoch: u64) -> Self {
        self.head.epoch = epoch;
        self
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.map.iter()
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &(DateTime<Utc>, IdentityBytes)> {
        self.identities.iter()
    }

    /// Checks a batch and works out the head after it, changing nothing.
    pub(super) fn draft<'a>(&self, batch: &'a Batch) -> Result<Draft<'a>, CommitError> {
        let mut head = self.head.clone();
        if batch.seq != head.seq + 1 {
            return refused(format!("commit {} cannot follow commit {}", batch.seq, head.seq));
        }
        if batch.next_id < head.next_id {
            return refused(format!("next id {} is below {}", batch.next_id, head.next_id));
        }
        (head.seq, head.next_id) = (batch.seq, batch.next_id);
        let mut changes = BTreeMap::new();
        for (key, value) in &batch.changes {
            if key.0.is_empty() || key.0.len() > KEY_MAX {
                return refused(format!("a key has {} bytes, allowed are 1 to {KEY_MAX}", key.0.len()));
            }
            changes.insert(key, value.as_ref());
        }
        let bytes = frame::encoded_len(&changes, batch.identities.len());
        if bytes > FRAME_MAX {
            return refused(format!("it takes {bytes} bytes, allowed are {FRAME_MAX}"));
        }
        for (key, value) in &changes {
            let sum = if key.is_history() { &mut head.history } else { &mut head.live };
            if let Some(old) = self.map.get(*key) {
                sum.remove(key, old);
            }
            if let Some(new) = value {
                sum.add(key, new);
            }
        }
        Ok(Draft { time: batch.time, changes, identities: &batch.identities, head })
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
        let (mut live, mut history) = (Sum::default(), Sum::default());
        for (key, value) in &self.map {
            if key.is_history() { &mut history } else { &mut live }.add(key, value);
        }
        let parts = [("live", live, self.head.live), ("history", history, self.head.history)];
        for (part, found, wanted) in parts {
            if found != wanted {
                let seq = self.head.seq;
                return Err(Refusal::Sum { part, seq, found: found.count, wanted: wanted.count });
            }
        }
        Ok(())
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
        let mine = |(key, _): &(&Key, &Value)| key.0.starts_with(page.prefix);
        let owned = |(key, value): (&Key, &Value)| (key.clone(), value.clone());
        match page.order {
            Order::OldestFirst => {
                let from = match page.after {
                    Some(after) if after >= page.prefix => Bound::Excluded(after),
                    _ => Bound::Included(page.prefix),
                };
                let pairs = self.map.range::<[u8], _>((from, Bound::Unbounded));
                pairs.take_while(mine).take(page.limit).map(owned).collect()
            }
            Order::NewestFirst => {
                let end = end_of_prefix(page.prefix);
                let to = match (page.after, end.as_deref()) {
                    (Some(after), Some(end)) => Bound::Excluded(after.min(end)),
                    (Some(one), None) | (None, Some(one)) => Bound::Excluded(one),
                    (None, None) => Bound::Unbounded,
                };
                let pairs = self.map.range::<[u8], _>((Bound::Unbounded, to)).rev();
                pairs.take_while(mine).take(page.limit).map(owned).collect()
            }
        }
    }
}

fn refused<T>(why: String) -> Result<T, CommitError> {
    Err(CommitError::Refused(why))
}

impl Sum {
    /// Counts a pair in.
    fn add(&mut self, key: &Key, value: &[u8]) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(pair_hash(key, value));
    }

    /// Takes a pair out that was counted in.
    fn remove(&mut self, key: &Key, value: &[u8]) {
        self.count -= 1;
        self.sum = self.sum.wrapping_sub(pair_hash(key, value));
    }
}

/// The first 128 bits of SHA-256 over key length, key and value.
fn pair_hash(key: &Key, value: &[u8]) -> u128 {
    let length = (key.0.len() as u64).to_be_bytes();
    let digest = Sha256::new().chain_update(length).chain_update(&key.0).chain_update(value).finalize();
    let (half, _) = digest.split_at(16);
    u128::from_be_bytes(half.try_into().expect("SHA-256 has 32 bytes"))
}
