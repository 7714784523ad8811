//! Reading a journal: every segment in order, every frame checked and chained to the one before, into [`Records`].
//!
//! Called at open, and by `check` on a running store. It changes no file. It believes a journal only as far as it can
//! be proved: a bad frame is an unfinished write only if no other begins behind it in the newest segment; anything
//! else is damage, named by file and byte.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::frame::{self, Frame};
use super::records::Records;
use super::segment::{BadHeader, FORMAT, HEADER, Header, number_of, path_of};
use super::{Head, READER, Refusal, StoreError};

/// What a journal holds.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) records: Records,
    pub(super) newest: Newest,
    /// The checksum of the last frame, 0 if there is none.
    pub(super) checksum: u32,
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

/// Reads the journal of `workspace` in `dir` and proves it.
pub(super) fn replay(disk: &Disk, dir: &Path, workspace: &str) -> Result<Replayed, StoreError> {
    let numbers = segment_numbers(disk, dir)?;
    let Some((&first, &last)) = numbers.first().zip(numbers.last()) else {
        return Err(Refusal::NoJournal { dir: dir.to_owned() }.into());
    };
    let mut walk = Walk { dir, workspace, records: None, checksum: 0 };
    let mut newest = None;
    for number in first..=last {
        if !numbers.contains(&number) {
            return Err(walk.missing(number).into());
        }
        newest = Some(walk.segment(disk, number, number == last)?);
    }
    let records = walk.records.expect("a segment gives the records their head");
    let needed = records.head().oldest_reader;
    if needed > READER {
        return Err(Refusal::Reader { needed, known: READER }.into());
    }
    records.prove()?;
    let newest = newest.expect("`first..=last` is not empty");
    Ok(Replayed { records, newest, checksum: walk.checksum })
}

fn segment_numbers(disk: &Disk, dir: &Path) -> Result<Vec<u32>, StoreError> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut numbers: Vec<_> = disk.names(dir)?.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The journal as far as it was read.
struct Walk<'a> {
    dir: &'a Path,
    workspace: &'a str,
    /// `None` before the first segment.
    records: Option<Records>,
    checksum: u32,
}

impl Walk<'_> {
    fn segment(&mut self, disk: &Disk, number: u32, is_newest: bool) -> Result<Newest, StoreError> {
        let path = path_of(self.dir, number);
        let bytes = disk.read(&path)?;
        let header = self.header(&path, number, &bytes)?;
        let (end, torn_at) = self.frames(&path, &bytes, is_newest)?;
        let frames = if is_newest { bytes[HEADER..end].to_vec() } else { Vec::new() };
        Ok(Newest { number, header, path, frames, torn_at })
    }

    /// Reads a segment's header and proves that the segment is the next one.
    fn header(&mut self, path: &Path, number: u32, bytes: &[u8]) -> Result<Header, Refusal> {
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
        let Some(records) = &self.records else {
            if header.before != 0 {
                return Err(self.missing(number.saturating_sub(1)));
            }
            let head = Head { seq: header.first_seq.saturating_sub(1), ..Head::fresh(header.epoch) };
            self.records = Some(Records::empty(head));
            return Ok(header);
        };
        let head = records.head();
        if header.epoch != head.epoch {
            return Err(Refusal::Epoch { file, found: header.epoch, wanted: head.epoch });
        }
        if header.first_seq != head.seq + 1 {
            return Err(Refusal::Gap { file, at: 0, found: header.first_seq, wanted: head.seq + 1 });
        }
        if header.before != self.checksum {
            return Err(Refusal::Chain { file, before: head.seq });
        }
        Ok(header)
    }

    /// Applies the frames of a segment. Returns where they end, and again if an unfinished frame stands there.
    fn frames(
        &mut self,
        path: &Path,
        bytes: &[u8],
        is_newest: bool,
    ) -> Result<(usize, Option<u64>), Refusal> {
        let mut at = HEADER;
        while let Some(frame) = frame::decode(&bytes[at..]) {
            let len = frame.len;
            self.apply(path, at as u64, frame)?;
            at += len;
        }
        if bytes[at..].iter().all(|byte| *byte == 0) {
            return Ok((at, None));
        }
        let first_lost = self.next_seq();
        let behind = frame::find_behind(&bytes[at..], first_lost);
        if !is_newest || behind.is_some() {
            return Err(Refusal::Rot { file: path.to_owned(), at: at as u64, first_lost, behind });
        }
        Ok((at, Some(at as u64)))
    }

    fn apply(&mut self, path: &Path, at: u64, frame: Frame) -> Result<(), Refusal> {
        let records = self.records.as_mut().expect("the header came first");
        let (file, head) = (path.to_owned(), records.head());
        if frame.head.seq != head.seq + 1 {
            return Err(Refusal::Gap { file, at, found: frame.head.seq, wanted: head.seq + 1 });
        }
        if frame.before != self.checksum {
            return Err(Refusal::Chain { file, before: head.seq });
        }
        if frame.head.epoch != head.epoch {
            return Err(Refusal::Epoch { file, found: frame.head.epoch, wanted: head.epoch });
        }
        self.checksum = frame.checksum;
        records.apply(frame.time, frame.changes, &frame.identities, frame.head);
        Ok(())
    }

    fn next_seq(&self) -> u64 {
        self.records.as_ref().map_or(1, |records| records.head().seq + 1)
    }

    fn missing(&self, number: u32) -> Refusal {
        Refusal::SegmentMissing { file: path_of(self.dir, number), first_lost: self.next_seq() }
    }
}
