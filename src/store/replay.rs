//! The head of a store that is being used: the hash of every live pair, so that a commit knows its sums without a look
//! at the disk; and the frames of the journal brought over the tree at opening.

use std::collections::HashMap;
use std::io;
use std::ops::Bound;

use super::draft::{self, Draft};
use super::frame::Frame;
use super::keys::HISTORY;
use super::overlay::Overlay;
use super::sum::{Sums, pair_hash};
use super::tree::{Mark, Tree};
use super::tree_error::TreeError;
use super::{Batch, CommitError, Head, Key, Refusal, StoreError, Value};

/// The hashes of the live pairs by key.
pub(super) type Hashes = HashMap<Box<[u8]>, u128>;

/// The head and what it takes to work out the next one.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) head: Head,
    hashes: Hashes,
}

impl Heading {
    /// Reads every live pair of a tree and compares with its mark; [`TreeError::Wrong`] if they do not add up.
    pub(super) fn read(tree: &Tree, mark: &Mark) -> Result<Self, TreeError> {
        let (mut hashes, mut sums) = (Hashes::new(), Sums { history: mark.head.history, ..Sums::default() });
        for bounds in super::keys::live_bounds() {
            for pair in tree.range(bounds.0, bounds.1) {
                let (key, value) = pair?;
                let hash = pair_hash(&key.0, &value);
                sums.live.add(hash);
                hashes.insert(key.0.into_boxed_slice(), hash);
            }
        }
        sums.prove(&mark.head).map_err(|refusal| match refusal {
            Refusal::Sum { found, wanted, seq, .. } => TreeError::Wrong(format!(
                "its live records do not add up: {found} where commit {seq} left {wanted}"
            )),
            other => TreeError::Wrong(other.to_string()),
        })?;
        Ok(Self { head: mark.head.clone(), hashes })
    }

    /// Checks a batch and works out the head after it; `old` is asked for a line of an earlier commit.
    pub(super) fn draft<'a>(
        &self,
        batch: &'a Batch,
        old: &mut dyn FnMut(&Key) -> Result<Option<Value>, TreeError>,
    ) -> Result<Draft<'a>, CommitError> {
        draft::draft(&self.head, batch, &mut |key| {
            if !key.is_history() {
                return Ok(self.hashes.get(key.0.as_slice()).copied());
            }
            let value =
                old(key).map_err(|error| CommitError::Unknown(io::Error::other(error.to_string())))?;
            Ok(value.map(|value| pair_hash(&key.0, &value)))
        })
    }

    /// Takes over a draft that is durable.
    pub(super) fn follow(&mut self, draft: &Draft<'_>) {
        for (key, hash) in draft.changes.keys().zip(&draft.hashes) {
            if key.is_history() {
                continue;
            }
            match hash {
                Some(hash) => drop(self.hashes.insert(key.0.as_slice().into(), *hash)),
                None => drop(self.hashes.remove(key.0.as_slice())),
            }
        }
        self.head = draft.head.clone();
    }
}

/// Reads the history lines of a tree and compares with its head; [`TreeError::Wrong`], which the tree remembers, if
/// they do not add up. `goes_on` is asked at each line; `false` if it ended there.
pub(super) fn prove_lines(
    tree: &Tree,
    head: &Head,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<bool, TreeError> {
    let mut sums = Sums { live: head.live, ..Sums::default() };
    for pair in tree.range(Bound::Included(&[HISTORY]), Bound::Excluded(&[HISTORY + 1])) {
        let (key, value) = pair?;
        sums.history.add(pair_hash(&key.0, &value));
        if !goes_on() {
            return Ok(false);
        }
    }
    if sums.history == head.history {
        return Ok(true);
    }
    let (found, wanted) = (sums.history.count, head.history.count);
    let why = format!("its history lines do not add up: {found} where commit {} left {wanted}", head.seq);
    tree.doubt(&why);
    Err(TreeError::Wrong(why))
}

/// The journal's frames brought over a tree.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    pub(super) heading: Heading,
    pub(super) overlay: Overlay,
    tree: &'a Tree,
    /// What the sums come to, whatever the frames say.
    sums: Sums,
}

impl<'a> Replay<'a> {
    pub(super) fn over(tree: &'a Tree, heading: Heading) -> Self {
        let sums = Sums { live: heading.head.live, history: heading.head.history };
        Self { heading, overlay: Overlay::default(), tree, sums }
    }

    /// Applies the next frame.
    pub(super) fn apply(&mut self, frame: Frame) -> Result<(), StoreError> {
        for (key, value) in &frame.changes {
            let sum = self.sums.of_mut(key.is_history());
            if let Some(old) = old_hash(&self.heading, &self.overlay, self.tree, key, frame.head.seq)? {
                sum.remove(old);
            }
            let new = value.as_ref().map(|value| pair_hash(&key.0, value));
            if let Some(new) = new {
                sum.add(new);
            }
            if key.0.first() != Some(&HISTORY) {
                match new {
                    Some(new) => drop(self.heading.hashes.insert(key.0.as_slice().into(), new)),
                    None => drop(self.heading.hashes.remove(key.0.as_slice())),
                }
            }
        }
        self.heading.head = frame.head.clone();
        self.overlay.put(frame.changes, Mark { head: frame.head, checksum: frame.checksum });
        Ok(())
    }

    /// Compares what the records came to with what the last frame says.
    pub(super) fn prove(&self) -> Result<(), Refusal> {
        self.sums.prove(&self.heading.head)
    }
}

fn old_hash(
    heading: &Heading,
    overlay: &Overlay,
    tree: &Tree,
    key: &Key,
    seq: u64,
) -> Result<Option<u128>, StoreError> {
    if !key.is_history() {
        return Ok(heading.hashes.get(key.0.as_slice()).copied());
    }
    if key.line_seq() == Some(seq) {
        return Ok(None);
    }
    let value = match overlay.get(key) {
        Some(value) => value.cloned(),
        None => tree.get(&key.0)?,
    };
    Ok(value.map(|value| pair_hash(&key.0, &value)))
}
