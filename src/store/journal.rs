//! The store on disk: a journal of commits, and the records it leads to in memory.
//!
//! A commit is one frame appended and synced. Whatever fails after the first byte may or may not be on disk, so this
//! handle is dead from then on: a later sync could report success for data that the kernel has already given up.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::lock::Lock;
use super::open::{self, Newest, Replayed};
use super::records::Records;
use super::segment::{self, Header, SMALLEST, Segment};
use super::{
    Batch, CommitError, Each, Head, Key, Opened, Page, Repair, Report, Store, StoreError, Value, export,
    frame,
};

/// Where the segments lie in a workspace's folder.
pub(super) const JOURNAL: &str = "journal";

/// A workspace's journal, open; made by [`JournalStores`](super::JournalStores).
#[derive(Debug)]
pub struct JournalStore {
    disk: Disk,
    dir: PathBuf,
    workspace: String,
    records: Records,
    segment: Segment,
    /// The checksum of the last frame.
    checksum: u32,
    is_dead: bool,
    _lock: Lock,
}

impl JournalStore {
    /// Begins a journal in a folder without one; its first commit will follow `head`.
    pub(super) fn begin(
        disk: &Disk,
        folder: &Path,
        workspace: &str,
        head: Head,
        lock: Lock,
    ) -> Result<Self, StoreError> {
        let dir = folder.join(JOURNAL);
        disk.create_dirs(&dir)?;
        let header = Header {
            workspace: workspace.to_owned(),
            epoch: head.epoch,
            size: SMALLEST,
            first_seq: head.seq + 1,
            before: 0,
        };
        let segment = Segment::lay_out(disk, &dir, 1, &header, &[])?;
        Ok(Self {
            disk: disk.clone(),
            dir,
            workspace: header.workspace,
            records: Records::empty(head),
            segment,
            checksum: 0,
            is_dead: false,
            _lock: lock,
        })
    }

    /// Opens the journal in a folder that is claimed.
    pub(super) fn open(
        disk: &Disk,
        folder: &Path,
        workspace: &str,
        lock: Lock,
    ) -> Result<Opened<Self>, StoreError> {
        let dir = folder.join(JOURNAL);
        let Replayed { records, newest, checksum } = open::replay(disk, &dir, workspace)?;
        let repaired = newest.torn_at.map(|at| Repair::TornFrame { file: newest.path.clone(), at });
        remove_unfinished(disk, &dir)?;
        let segment = write_again(disk, &dir, &newest)?;
        let store = Self {
            disk: disk.clone(),
            dir,
            workspace: workspace.to_owned(),
            records,
            segment,
            checksum,
            is_dead: false,
            _lock: lock,
        };
        let identities = store.records.identities().copied().collect();
        Ok(Opened { head: store.records.head().clone(), identities, repaired, store })
    }

    fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        if !self.segment.has_room_for(frame) {
            let head = self.records.head();
            let header = Header {
                workspace: self.workspace.clone(),
                epoch: head.epoch,
                size: self.segment.next_size(frame.len()),
                first_seq: head.seq + 1,
                before: self.checksum,
            };
            let number = self.segment.number() + 1;
            self.segment = Segment::lay_out(&self.disk, &self.dir, number, &header, &[])?;
        }
        self.segment.append(frame)
    }

    fn alive(&self) -> Result<&Records, StoreError> {
        if self.is_dead { Err(StoreError::Closed) } else { Ok(&self.records) }
    }
}

impl Store for JournalStore {
    fn head(&self) -> &Head {
        self.records.head()
    }

    fn load(&mut self, kind: u8, each: &mut Each<'_>) -> Result<(), StoreError> {
        self.alive()?.load(kind, each)
    }

    fn history(&mut self, page: &Page<'_>) -> Result<Vec<(Key, Value)>, StoreError> {
        Ok(self.alive()?.page(page))
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if self.is_dead {
            return Err(CommitError::Unknown(io::Error::other(StoreError::Closed)));
        }
        let draft = self.records.draft(batch)?;
        let (frame, checksum) = frame::encode(&draft, self.checksum);
        if let Err(error) = self.append(&frame) {
            self.is_dead = true;
            return Err(CommitError::Unknown(error));
        }
        self.checksum = checksum;
        self.records.apply_draft(draft);
        Ok(())
    }

    fn export(&mut self, to: &mut dyn Write) -> Result<Head, StoreError> {
        let records = self.alive()?;
        export::write(to, &self.workspace, records)?;
        Ok(records.head().clone())
    }

    fn check(&mut self) -> Result<Report, StoreError> {
        let records = self.alive()?;
        let mut problems: Vec<_> = records.prove().err().iter().map(ToString::to_string).collect();
        match open::replay(&self.disk, &self.dir, &self.workspace) {
            Ok(Replayed { records: on_disk, newest: Newest { torn_at: None, .. }, .. })
                if on_disk.head() == records.head() => {}
            Ok(Replayed { records: on_disk, newest, .. }) => problems.push(format!(
                "{} ends at commit {}, acknowledged is {}: stop the service and restore the newest backup",
                newest.path.display(),
                on_disk.head().seq,
                records.head().seq
            )),
            Err(StoreError::Shut(refusal)) => problems.push(refusal.to_string()),
            Err(other) => return Err(other),
        }
        Ok(Report { head: records.head().clone(), problems })
    }
}

/// Copies the good frames of the newest segment to a new file in its place. What was read may so far live in the page
/// cache alone, which survives `kill -9` but not the next power cut; only after this is it believed.
fn write_again(disk: &Disk, dir: &Path, newest: &Newest) -> io::Result<Segment> {
    Segment::lay_out(disk, dir, newest.number, &newest.header, &newest.frames)
}

fn remove_unfinished(disk: &Disk, dir: &Path) -> io::Result<()> {
    for name in disk.names(dir)?.iter().filter(|name| segment::is_unfinished(name)) {
        disk.remove(&dir.join(name))?;
    }
    Ok(())
}
