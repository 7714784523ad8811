//! Keys: how records and history lines are ordered. Big-endian numbers, so that key order is number order.
//!
//! Live records are `kind u8 | id u64`, or any other key whose first byte is not [`HISTORY`]; history lines are
//! `'h' | subject kind u8 | subject id u64 | seq u64 | n u16`, so that a subject's story is one prefix in time order.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Bound;

use super::{Order, Page};

/// The first byte of history lines; every other first byte is a live kind.
pub const HISTORY: u8 = b'h';

/// The longest key, in bytes.
pub const KEY_MAX: usize = 1024;

/// A key: 1 to [`KEY_MAX`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Vec<u8>);

impl Key {
    /// The key of a live record.
    pub fn record(kind: u8, id: u64) -> Self {
        let mut key = Vec::with_capacity(9);
        key.push(kind);
        key.extend_from_slice(&id.to_be_bytes());
        Self(key)
    }

    /// The key of the `n`th history line that commit `seq` wrote about a subject.
    pub fn line(subject_kind: u8, subject_id: u64, seq: u64, n: u16) -> Self {
        let mut key = Vec::with_capacity(20);
        key.extend_from_slice(&line_prefix(subject_kind, subject_id));
        key.extend_from_slice(&seq.to_be_bytes());
        key.extend_from_slice(&n.to_be_bytes());
        Self(key)
    }

    /// The id in a key made by [`Key::record`].
    pub fn id(&self) -> Option<u64> {
        let id = self.0.get(1..)?.try_into().ok()?;
        (!self.is_history()).then(|| u64::from_be_bytes(id))
    }

    /// The commit that wrote a line, if this is a key made by [`Key::line`].
    pub fn line_seq(&self) -> Option<u64> {
        let line: &[u8; 20] = self.0.as_slice().try_into().ok()?;
        let seq = line[10..18].try_into().ok()?;
        self.is_history().then(|| u64::from_be_bytes(seq))
    }

    /// Whether this is a history line.
    pub fn is_history(&self) -> bool {
        self.0.first() == Some(&HISTORY)
    }
}

/// What all history lines of one subject begin with.
pub fn line_prefix(subject_kind: u8, subject_id: u64) -> [u8; 10] {
    let mut prefix = [0; 10];
    prefix[0] = HISTORY;
    prefix[1] = subject_kind;
    prefix[2..].copy_from_slice(&subject_id.to_be_bytes());
    prefix
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.escape_ascii())
    }
}

/// The first key behind all keys that begin with `prefix`; `None` if there is no such key.
pub(super) fn end_of_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

impl Page<'_> {
    /// The keys that the page may hold.
    pub(super) fn bounds(&self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
        let end = end_of_prefix(self.prefix);
        let first = Bound::Included(self.prefix.to_vec());
        let last = end.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let Some(after) = self.after else { return (first, last) };
        match self.order {
            Order::OldestFirst if after >= self.prefix => (Bound::Excluded(after.to_vec()), last),
            Order::OldestFirst => (first, last),
            Order::NewestFirst if end.is_some_and(|end| end.as_slice() <= after) => (first, last),
            Order::NewestFirst => (first, Bound::Excluded(after.to_vec())),
        }
    }
}

/// A stretch of keys.
pub(super) type Bounds = (Bound<&'static [u8]>, Bound<&'static [u8]>);

/// The two stretches of keys that are live records: those before and those behind the history.
pub(super) fn live_bounds() -> [Bounds; 2] {
    [(Bound::Unbounded, Bound::Excluded(&[HISTORY])), (Bound::Included(&[HISTORY + 1]), Bound::Unbounded)]
}

/// Whether no key lies between the bounds.
pub(super) fn is_empty<T: AsRef<[u8]>>(from: &Bound<T>, to: &Bound<T>) -> bool {
    match (from, to) {
        (Bound::Included(a), Bound::Included(b)) => a.as_ref() > b.as_ref(),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
            a.as_ref() >= b.as_ref()
        }
        _ => false,
    }
}

pub(super) fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_numbers() {
        assert!(Key::record(b'd', 255) < Key::record(b'd', 256));
        assert!(Key::line(b'd', 1, 255, 9) < Key::line(b'd', 1, 256, 0));
        assert!(Key::line(b'd', 1, u64::MAX, u16::MAX) < Key::line(b'd', 2, 0, 0));
    }

    #[test]
    fn id_comes_back_from_a_record_key_alone() {
        assert_eq!(Key::record(b'd', 1234).id(), Some(1234));
        assert_eq!(Key::line(b'd', 1, 2, 3).id(), None);
        assert_eq!(Key(vec![]).id(), None);
    }

    #[test]
    fn end_of_prefix_is_the_next_key_that_does_not_begin_with_it() {
        assert_eq!(end_of_prefix(b"ab").unwrap(), b"ac");
        assert_eq!(end_of_prefix(&[1, 255, 255]).unwrap(), [2]);
        assert_eq!(end_of_prefix(&[255, 255]), None);
        assert_eq!(end_of_prefix(&[]), None);
    }
}
