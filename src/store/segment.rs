//! A segment: one file of the journal, a header of [`HEADER`] bytes and frames behind it.
//!
//! It is laid out in zeros and synced before it gets its name, so a commit only overwrites: its sync moves no length
//! and no block map, a full disk shows at the laying out, and a file that became shorter is seen. A file under its
//! final name therefore always has a whole header and its whole length. Header, big-endian, zeros up to the checksum:
//!
//! ```text
//! "genjin-j" | format u32 | size u64 | epoch u64 | first seq u64 | before u32 | name length u16 | workspace … | CRC-32
//! ```

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile};

/// The journal's format. A newer one is refused; its header keeps magic, format and checksum where they are.
pub(super) const FORMAT: u32 = 1;
/// A block of its own, so that no append ever rewrites it.
pub(super) const HEADER: usize = 4096;

const MAGIC: &[u8; 8] = b"genjin-j";
const CHECKSUM_AT: usize = HEADER - 4;
/// The first segment of a workspace, in bytes; each next one is twice as large up to [`LARGEST`].
pub(super) const SMALLEST: u64 = 256 << 10;
const LARGEST: u64 = 8 << 20;
const BLOCK: u64 = 4096;
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
const UNFINISHED: &str = ".new";
/// The file that names the newest segment: without it, nobody would miss that one together with the state.
const NEWEST: &str = "newest";

/// What a segment says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) workspace: String,
    pub(super) epoch: u64,
    /// The length of the file, in bytes.
    pub(super) size: u64,
    /// The number of the first commit in it.
    pub(super) first_seq: u64,
    /// The checksum of the frame before that; 0 in a workspace's first segment.
    pub(super) before: u32,
}

/// Why the first bytes of a file are no header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    Damaged,
    Newer(u32),
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(HEADER);
        to.extend(MAGIC);
        to.extend(FORMAT.to_be_bytes());
        to.extend(self.size.to_be_bytes());
        to.extend(self.epoch.to_be_bytes());
        to.extend(self.first_seq.to_be_bytes());
        to.extend(self.before.to_be_bytes());
        to.extend((self.workspace.len() as u16).to_be_bytes());
        to.extend(self.workspace.as_bytes());
        to.resize(CHECKSUM_AT, 0);
        to.extend(crc32fast::hash(&to).to_be_bytes());
        to
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
        let header = bytes.first_chunk::<HEADER>().ok_or(BadHeader::Damaged)?;
        let checksum = crc32fast::hash(&header[..CHECKSUM_AT]).to_be_bytes();
        if !header.starts_with(MAGIC) || header[CHECKSUM_AT..] != checksum {
            return Err(BadHeader::Damaged);
        }
        let format = number(header, 8, 4) as u32;
        if format > FORMAT {
            return Err(BadHeader::Newer(format));
        }
        let name = header[42..].get(..number(header, 40, 2) as usize).unwrap_or_default();
        Ok(Self {
            size: number(header, 12, 8),
            epoch: number(header, 20, 8),
            first_seq: number(header, 28, 8),
            before: number(header, 36, 4) as u32,
            workspace: String::from_utf8(name.to_vec()).map_err(|_| BadHeader::Damaged)?,
        })
    }
}

/// The big-endian number of `count` bytes at `at`.
fn number(header: &[u8; HEADER], at: usize, count: usize) -> u64 {
    header[at..at + count].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The newest segment, open for appending.
#[derive(Debug)]
pub(super) struct Segment {
    file: DiskFile,
    number: u32,
    size: u64,
    /// Where the next frame goes.
    end: u64,
}

impl Segment {
    /// Makes segment `number` with `frames` in it, durable under its name when this returns; an older file of that
    /// name is replaced at once.
    pub(super) fn lay_out(
        disk: &Disk,
        dir: &Path,
        number: u32,
        header: &Header,
        frames: &[u8],
    ) -> io::Result<Self> {
        let path = path_of(dir, number);
        let unfinished = dir.join(format!("{number:06}.log{UNFINISHED}"));
        let file = Self::fill(disk, &unfinished, header, frames).inspect_err(|_| {
            // On a full disk the attempt itself takes the room; if it cannot be removed, the next opening will.
            let _removed = disk.remove(&unfinished);
        })?;
        disk.rename(&unfinished, &path)?;
        disk.sync_dir(dir)?;
        note_newest(disk, dir, number)?;
        let end = (HEADER + frames.len()) as u64;
        Ok(Self { file, number, size: header.size, end })
    }

    fn fill(disk: &Disk, path: &Path, header: &Header, frames: &[u8]) -> io::Result<DiskFile> {
        let file = disk.create(path)?;
        file.write_at(&header.encode(), 0)?;
        file.write_at(frames, HEADER as u64)?;
        let mut at = (HEADER + frames.len()) as u64;
        while at < header.size {
            let count = (header.size - at).min(ZEROS.len() as u64);
            file.write_at(&ZEROS[..count as usize], at)?;
            at += count;
        }
        file.sync_all()?;
        Ok(file)
    }

    /// Whether no frame is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.end == HEADER as u64
    }

    pub(super) fn has_room_for(&self, frame: &[u8]) -> bool {
        self.end + frame.len() as u64 <= self.size
    }

    /// Appends a frame for which there is room; it is durable when this returns.
    pub(super) fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        self.file.write_at(frame, self.end)?;
        self.file.sync_data()?;
        self.end += frame.len() as u64;
        Ok(())
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The length of the segment after this one, whose first frame has `first_frame` bytes.
    pub(super) fn next_size(&self, first_frame: usize) -> u64 {
        (self.size * 2).min(LARGEST).next_multiple_of(BLOCK).max(shortest(first_frame))
    }
}

/// The length of the shortest segment whose first frame has `first_frame` bytes.
pub(super) fn shortest(first_frame: usize) -> u64 {
    ((HEADER + first_frame) as u64).max(SMALLEST).next_multiple_of(BLOCK)
}

/// Notes the number of the newest segment beside them, so that it is missed when it is gone.
fn note_newest(disk: &Disk, dir: &Path, number: u32) -> io::Result<()> {
    if newest_noted(disk, dir)? == Some(number) {
        return Ok(());
    }
    let unfinished = dir.join(format!("{NEWEST}{UNFINISHED}"));
    let file = disk.create(&unfinished)?;
    file.write_at(format!("{number:06}\n").as_bytes(), 0)?;
    file.sync_all()?;
    disk.rename(&unfinished, &dir.join(NEWEST))?;
    disk.sync_dir(dir)
}

/// The number of the newest segment as noted; `None` where nothing is noted that can be read.
pub(super) fn newest_noted(disk: &Disk, dir: &Path) -> io::Result<Option<u32>> {
    match disk.read(&dir.join(NEWEST)) {
        Ok(text) => {
            Ok(std::str::from_utf8(&text).ok().and_then(|text| text.strip_suffix('\n')?.parse().ok()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where segment `number` lies.
pub(super) fn path_of(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:06}.log"))
}

/// The number in a segment's file name.
pub(super) fn number_of(name: &str) -> Option<u32> {
    name.strip_suffix(".log")?.parse().ok().filter(|number| format!("{number:06}.log") == name)
}

/// Whether a file name is that of a segment whose laying out did not end.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.strip_suffix(UNFINISHED).and_then(number_of).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header { workspace: "demo".into(), epoch: 7, size: SMALLEST, first_seq: 12, before: 0xabcd }
    }

    #[test]
    fn header_comes_back_and_any_changed_byte_is_seen() {
        let bytes = header().encode();
        assert_eq!(Header::decode(&bytes), Ok(header()));
        for at in 0..HEADER {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(Header::decode(&damaged), Err(BadHeader::Damaged));
        }
        assert_eq!(Header::decode(&bytes[..HEADER - 1]), Err(BadHeader::Damaged));
    }

    #[test]
    fn header_of_a_newer_format_names_it() {
        let mut bytes = header().encode();
        bytes[11] = 9;
        let checksum = crc32fast::hash(&bytes[..CHECKSUM_AT]).to_be_bytes();
        bytes[CHECKSUM_AT..].copy_from_slice(&checksum);
        assert_eq!(Header::decode(&bytes), Err(BadHeader::Newer(9)));
    }

    #[test]
    fn segment_names_are_six_digits_or_more() {
        assert_eq!(number_of("000042.log"), Some(42));
        assert_eq!(number_of("1000000.log"), Some(1_000_000));
        assert_eq!(number_of("42.log"), None);
        assert_eq!(number_of("000042.log.new"), None);
        assert!(is_unfinished("000042.log.new"));
        assert!(!is_unfinished("notes.new"));
    }
}
