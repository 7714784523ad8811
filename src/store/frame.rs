//! The frame: one commit as the journal holds it. Big-endian throughout:
//!
//! ```text
//! mark 4 | len u32 | seq u64 | before u32 | seconds i64 | nanoseconds u32
//! changes u32 × { key length u16 | key | value length u32, u32::MAX = removed | value }
//! identities u32 × 16 | next id u64 | epoch u64 | oldest reader u32 | live { u64, u128 } | history { u64, u128 }
//! checksum u32: CRC-32 of all before it
//! ```
//!
//! `len` counts from the mark to the end of the checksum; `before` is the checksum of the frame before, 0 in the very
//! first one. A change of this layout is a new [`super::segment::FORMAT`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::draft::Draft;
use super::tree::Mark;
use super::{Head, IdentityBytes, Key, Sum, Value};

/// The largest frame, in bytes; a batch that needs more is refused.
pub const FRAME_MAX: usize = 64 << 20;

/// No UTF-8 text holds these bytes, so a value cannot look like the start of a frame.
const MARK: [u8; 4] = [0xff, b'G', b'J', 0xfe];
const CHECKSUM: usize = 4;
/// All of a frame without changes and identities.
const BARE: usize = 4 + 4 + 8 + 4 + 12 + 4 + 4 + 8 + 8 + 4 + 24 + 24 + CHECKSUM;
const REMOVED: u32 = u32::MAX;
/// The layout of a tree with its mark.
pub(super) const MARK_FORMAT: u32 = 1;
/// More than any segment holds.
const MOST_FRAMES: u64 = (FRAME_MAX / BARE) as u64 + 2;

/// A frame read back.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) len: usize,
    pub(super) checksum: u32,
    pub(super) before: u32,
    pub(super) time: DateTime<Utc>,
    pub(super) changes: Vec<(Key, Option<Value>)>,
    pub(super) identities: Vec<IdentityBytes>,
    pub(super) head: Head,
}

/// How many bytes [`encode`] will make.
pub(super) fn encoded_len(changes: &BTreeMap<&Key, Option<&Value>>, identities: usize) -> usize {
    let of = |(key, value): (&&Key, &Option<&Value>)| 6 + key.0.len() + value.map_or(0, Vec::len);
    BARE + 16 * identities + changes.iter().map(of).sum::<usize>()
}

/// The frame of a draft, which is within [`FRAME_MAX`], and its checksum.
pub(super) fn encode(draft: &Draft<'_>, before: u32) -> (Vec<u8>, u32) {
    let len = encoded_len(&draft.changes, draft.identities.len());
    let mut to = Vec::with_capacity(len);
    to.extend(MARK);
    to.extend((len as u32).to_be_bytes());
    to.extend(draft.head.seq.to_be_bytes());
    to.extend(before.to_be_bytes());
    to.extend(draft.time.timestamp().to_be_bytes());
    to.extend(draft.time.timestamp_subsec_nanos().to_be_bytes());
    to.extend((draft.changes.len() as u32).to_be_bytes());
    for (key, value) in &draft.changes {
        to.extend((key.0.len() as u16).to_be_bytes());
        to.extend_from_slice(&key.0);
        match value {
            Some(value) => {
                to.extend((value.len() as u32).to_be_bytes());
                to.extend_from_slice(value);
            }
            None => to.extend(REMOVED.to_be_bytes()),
        }
    }
    to.extend((draft.identities.len() as u32).to_be_bytes());
    for identity in draft.identities {
        to.extend_from_slice(identity);
    }
    encode_head(&draft.head, &mut to);
    let checksum = crc32fast::hash(&to);
    to.extend(checksum.to_be_bytes());
    debug_assert_eq!(to.len(), len);
    (to, checksum)
}

fn encode_head(head: &Head, to: &mut Vec<u8>) {
    to.extend(head.next_id.to_be_bytes());
    to.extend(head.epoch.to_be_bytes());
    to.extend(head.oldest_reader.to_be_bytes());
    for sum in [head.live, head.history] {
        to.extend(sum.count.to_be_bytes());
        to.extend(sum.sum.to_be_bytes());
    }
}

/// A mark as the tree keeps it: `format u32 | seq u64 | checksum u32`, then the head as in a frame, then CRC-32.
pub(super) fn encode_mark(mark: &Mark) -> Vec<u8> {
    let mut to = Vec::with_capacity(BARE);
    to.extend(MARK_FORMAT.to_be_bytes());
    to.extend(mark.head.seq.to_be_bytes());
    to.extend(mark.checksum.to_be_bytes());
    encode_head(&mark.head, &mut to);
    to.extend(crc32fast::hash(&to).to_be_bytes());
    to
}

/// The mark in these bytes, or the newer format that they name; `None` if they are none.
pub(super) fn decode_mark(bytes: &[u8]) -> Option<Result<Mark, u32>> {
    let (body, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    if crc32fast::hash(body).to_be_bytes() != checksum {
        return None;
    }
    let mut from = Reader(body);
    let format = from.u32()?;
    if format > MARK_FORMAT {
        return Some(Err(format));
    }
    let (seq, checksum) = (from.u64()?, from.u32()?);
    let head = from.head(seq)?;
    from.0.is_empty().then_some(Ok(Mark { head, checksum }))
}

/// The frame that `bytes` begin with; `None` if they do not begin with a whole and undamaged one.
pub(super) fn decode(bytes: &[u8]) -> Option<Frame> {
    let whole = whole_frame(bytes)?;
    let (body, checksum) = whole.split_at(whole.len() - CHECKSUM);
    let mut from = Reader(&body[8..]);
    let seq = from.u64()?;
    let before = from.u32()?;
    let time = DateTime::from_timestamp(i64::from_be_bytes(from.array()?), from.u32()?)?;
    let mut changes = Vec::new();
    for _ in 0..from.u32()? {
        let length = u16::from_be_bytes(from.array()?);
        let key = Key(from.bytes(length.into())?.to_vec());
        let value = match from.u32()? {
            REMOVED => None,
            length => Some(from.bytes(length as usize)?.to_vec()),
        };
        changes.push((key, value));
    }
    let mut identities = Vec::new();
    for _ in 0..from.u32()? {
        identities.push(from.array()?);
    }
    let head = from.head(seq)?;
    let checksum = u32::from_be_bytes(checksum.try_into().ok()?);
    from.0.is_empty().then_some(Frame { len: whole.len(), checksum, before, time, changes, identities, head })
}

/// The number of a later commit whose frame begins somewhere in `bytes`, though commit `lost` cannot be read at their
/// start: a frame is begun only when the one before is durable, so its first bytes alone prove that `lost` was whole
/// once. A good frame of `lost` itself counts too.
pub(super) fn find_behind(bytes: &[u8], lost: u64) -> Option<u64> {
    let starts = bytes.windows(MARK.len()).enumerate().filter(|(_, four)| *four == MARK);
    let mut later = starts.filter_map(|(at, _)| {
        let mut from = Reader(&bytes[at + MARK.len()..]);
        let (len, seq) = (from.u32()? as usize, from.u64()?);
        let is_later = (BARE..=FRAME_MAX).contains(&len) && (lost + 1..lost + MOST_FRAMES).contains(&seq);
        // At the very start stands the frame that cannot be read: its damaged number is no proof of another.
        (at > 0 && is_later || seq >= lost && whole_frame(&bytes[at..]).is_some()).then_some(seq)
    });
    later.next()
}

/// The bytes of the frame at the start of `bytes`, if mark, length and checksum hold.
fn whole_frame(bytes: &[u8]) -> Option<&[u8]> {
    let mut from = Reader(bytes.strip_prefix(&MARK)?);
    let len = from.u32()? as usize;
    if !(BARE..=FRAME_MAX).contains(&len) {
        return None;
    }
    let whole = bytes.get(..len)?;
    let (body, checksum) = whole.split_at(len - CHECKSUM);
    (crc32fast::hash(body).to_be_bytes() == checksum).then_some(whole)
}

/// Takes numbers and bytes off the front of a slice; `None` once it is too short.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.array()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.array()?))
    }

    fn head(&mut self, seq: u64) -> Option<Head> {
        Some(Head {
            seq,
            next_id: self.u64()?,
            epoch: self.u64()?,
            oldest_reader: self.u32()?,
            live: self.sum()?,
            history: self.sum()?,
        })
    }

    fn sum(&mut self) -> Option<Sum> {
        Some(Sum { count: self.u64()?, sum: u128::from_be_bytes(self.array()?) })
    }
}
