//! Reading a journal: every segment in order, every frame checked and chained to the one before.
//!
//! It changes no file. It believes a journal only as far as it can be proved: a bad frame is an unfinished write only
//! if no other begins behind it in the newest segment; anything else is damage, named by file and byte.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::frame::{self, Frame};
use super::segment::{self, BadHeader, FORMAT, HEADER, Header, number_of, path_of};
use super::{READER, Refusal, StoreError};

/// What a walk through a journal found.
#[derive(Debug)]
pub(super) struct Walked {
    /// The number of the first commit that the segments may hold, and the checksum of the frame before it.
    pub(super) first_seq: u64,
    pub(super) first_before: u32,
    /// The number of the last commit, `first_seq - 1` if there is none, and the checksum of its frame.
    pub(super) last_seq: u64,
    pub(super) checksum: u32,
    pub(super) epoch: u64,
    pub(super) newest: Newest,
}

/// The newest segment as read.
#[derive(Debug)]
pub(super) struct Newest {
    pub(super) number: u32,
    pub(super) header: Header,
    pub(super) path: PathBuf,
    /// The bytes of the good frames.
    pub(super) frames: Vec<u8>,
    /// Where an unfinished frame begins, if there is one.
    pub(super) torn_at: Option<u64>,
}

/// What takes the frames of a walk, in order.
pub(super) type Sink<'a> = dyn FnMut(Frame) -> Result<(), StoreError> + 'a;

/// Reads the journal of `workspace` in `dir` and hands each frame to `sink`.
pub(super) fn walk(
    disk: &Disk,
    dir: &Path,
    workspace: &str,
    sink: &mut Sink<'_>,
) -> Result<Walked, StoreError> {
    walk_to(disk, dir, workspace, u64::MAX, sink)
}

/// The same up to commit `upto`, which is durable. What follows is not looked at: beside a writer a read may see a
/// later frame and not yet the one before it.
pub(super) fn walk_to(
    disk: &Disk,
    dir: &Path,
    workspace: &str,
    upto: u64,
    sink: &mut Sink<'_>,
) -> Result<Walked, StoreError> {
    let numbers = segment_numbers(disk, dir)?;
    let Some((&first, &last)) = numbers.first().zip(numbers.last()) else {
        return Err(Refusal::NoJournal { dir: dir.to_owned() }.into());
    };
    let mut walk = Walk { dir, workspace, upto, sink, at: None };
    let mut newest = None;
    let last = last.max(segment::newest_noted(disk, dir)?.unwrap_or(last));
    for number in first..=last {
        if !numbers.contains(&number) {
            return Err(walk.missing(number).into());
        }
        newest = Some(walk.segment(disk, number, number == last)?);
        if walk.is_done() {
            break;
        }
    }
    let at = walk.at.expect("a segment was read");
    let newest = newest.expect("`first..=last` is not empty");
    let (first_seq, first_before) = at.first;
    let (last_seq, checksum, epoch) = (at.seq, at.checksum, at.epoch);
    Ok(Walked { first_seq, first_before, last_seq, checksum, epoch, newest })
}

/// The numbers of the segments in `dir`, ascending.
pub(super) fn segment_numbers(disk: &Disk, dir: &Path) -> Result<Vec<u32>, StoreError> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut numbers: Vec<_> = disk.names(dir)?.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The journal as far as it was read.
struct Walk<'a, 'b> {
    dir: &'a Path,
    workspace: &'a str,
    upto: u64,
    sink: &'a mut Sink<'b>,
    /// `None` before the first segment.
    at: Option<At>,
}

/// The last commit read.
struct At {
    first: (u64, u32),
    seq: u64,
    checksum: u32,
    epoch: u64,
}

impl Walk<'_, '_> {
    fn segment(&mut self, disk: &Disk, number: u32, is_newest: bool) -> Result<Newest, StoreError> {
        let path = path_of(self.dir, number);
        let bytes = disk.read(&path)?;
        let header = self.header(&path, &bytes)?;
        let (end, torn_at) = self.frames(&path, &bytes, is_newest)?;
        let frames = if is_newest { bytes[HEADER..end].to_vec() } else { Vec::new() };
        Ok(Newest { number, header, path, frames, torn_at })
    }

    /// Reads a segment's header and proves that the segment is the next one.
    fn header(&mut self, path: &Path, bytes: &[u8]) -> Result<Header, Refusal> {
        let file = path.to_owned();
        let header = match Header::decode(bytes) {
            Ok(header) => header,
            Err(BadHeader::Damaged) => return Err(Refusal::Header { file, first_lost: self.next_seq() }),
            Err(BadHeader::Newer(found)) => return Err(Refusal::Format { file, found, known: FORMAT }),
        };
        if header.workspace != self.workspace {
            let (found, wanted) = (header.workspace, self.workspace.to_owned());
            return Err(Refusal::Workspace { file, found, wanted });
        }
        if header.size != bytes.len() as u64 {
            return Err(Refusal::Length { file, is: bytes.len() as u64, laid_out: header.size });
        }
        let Some(at) = &self.at else {
            let first = (header.first_seq, header.before);
            let seq = header.first_seq.saturating_sub(1);
            self.at = Some(At { first, seq, checksum: header.before, epoch: header.epoch });
            return Ok(header);
        };
        if header.epoch != at.epoch {
            return Err(Refusal::Epoch { file, found: header.epoch, wanted: at.epoch });
        }
        if header.first_seq != at.seq + 1 {
            return Err(Refusal::Gap { file, at: 0, found: header.first_seq, wanted: at.seq + 1 });
        }
        if header.before != at.checksum {
            return Err(Refusal::Chain { file, before: at.seq });
        }
        Ok(header)
    }

    /// Hands on the frames of a segment. Returns where they end, and again if an unfinished frame stands there.
    fn frames(
        &mut self,
        path: &Path,
        bytes: &[u8],
        is_newest: bool,
    ) -> Result<(usize, Option<u64>), StoreError> {
        let mut at = HEADER;
        while !self.is_done()
            && let Some(frame) = frame::decode(&bytes[at..])
        {
            let len = frame.len;
            self.take(path, at as u64, frame)?;
            at += len;
        }
        if self.is_done() || bytes[at..].iter().all(|byte| *byte == 0) {
            return Ok((at, None));
        }
        let first_lost = self.next_seq();
        let behind = frame::find_behind(&bytes[at..], first_lost);
        if !is_newest || behind.is_some() {
            return Err(Refusal::Rot { file: path.to_owned(), at: at as u64, first_lost, behind }.into());
        }
        Ok((at, Some(at as u64)))
    }

    fn take(&mut self, path: &Path, at: u64, frame: Frame) -> Result<(), StoreError> {
        let last = self.at.as_mut().expect("the header came first");
        let (file, head) = (path.to_owned(), &frame.head);
        if head.seq != last.seq + 1 {
            return Err(Refusal::Gap { file, at, found: head.seq, wanted: last.seq + 1 }.into());
        }
        if frame.before != last.checksum {
            return Err(Refusal::Chain { file, before: last.seq }.into());
        }
        if head.epoch != last.epoch {
            return Err(Refusal::Epoch { file, found: head.epoch, wanted: last.epoch }.into());
        }
        if head.oldest_reader > READER {
            return Err(Refusal::Reader { needed: head.oldest_reader, known: READER }.into());
        }
        (last.seq, last.checksum) = (head.seq, frame.checksum);
        (self.sink)(frame)
    }

    fn is_done(&self) -> bool {
        self.at.as_ref().is_some_and(|at| at.seq >= self.upto)
    }

    fn next_seq(&self) -> u64 {
        self.at.as_ref().map_or(1, |at| at.seq + 1)
    }

    fn missing(&self, number: u32) -> Refusal {
        Refusal::SegmentMissing { file: path_of(self.dir, number), first_lost: self.next_seq() }
    }
}
