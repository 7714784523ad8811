//! A batch that may be written: checked, one change a key, with the head it leads to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::frame::{self, FRAME_MAX};
use super::keys::KEY_MAX;
use super::sum::pair_hash;
use super::{Batch, CommitError, Head, IdentityBytes, Key, Value};

/// A batch checked against a head.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) time: DateTime<Utc>,
    pub(super) changes: BTreeMap<&'a Key, Option<&'a Value>>,
    /// The hash of each pair written, in the order of `changes`; `None` where one is removed.
    pub(super) hashes: Vec<Option<u128>>,
    pub(super) identities: &'a [IdentityBytes],
    pub(super) head: Head,
}

/// Checks a batch and works out the head after it, changing nothing. `old` gives the hash of the pair that is there.
pub(super) fn draft<'a>(
    head: &Head,
    batch: &'a Batch,
    old: &mut dyn FnMut(&Key) -> Result<Option<u128>, CommitError>,
) -> Result<Draft<'a>, CommitError> {
    let mut head = head.clone();
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
        // What lets a line of this commit be known to be new without a look.
        if let Some(later) = key.line_seq().filter(|seq| *seq > batch.seq) {
            return refused(format!("a line of commit {later} cannot be in commit {}", batch.seq));
        }
        changes.insert(key, value.as_ref());
    }
    let bytes = frame::encoded_len(&changes, batch.identities.len());
    if bytes > FRAME_MAX {
        return refused(format!("it takes {bytes} bytes, allowed are {FRAME_MAX}"));
    }
    let mut hashes = Vec::with_capacity(changes.len());
    for (key, value) in &changes {
        let sum = if key.is_history() { &mut head.history } else { &mut head.live };
        if key.line_seq() != Some(batch.seq)
            && let Some(old) = old(key)?
        {
            sum.remove(old);
        }
        let new = value.map(|value| pair_hash(&key.0, value));
        if let Some(new) = new {
            sum.add(new);
        }
        hashes.push(new);
    }
    Ok(Draft { time: batch.time, changes, hashes, identities: &batch.identities, head })
}

fn refused<T>(why: String) -> Result<T, CommitError> {
    Err(CommitError::Refused(why))
}
