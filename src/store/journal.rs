//! The store on disk: a journal of commits, and the tree that they settle into.
//!
//! A commit is one frame appended and synced. Whatever fails after the first byte may or may not be on disk, so this
//! handle is dead from then on: a later sync could report success for data that the kernel has already given up.

use std::io::{self, Write};
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::backup;
use super::keeper::{Keeper, Shared};
use super::lines::Writer;
use super::lock::Lock;
use super::opening::{Found, STATE};
use super::replay::Heading;
use super::segment::{self, Header, Segment};
use super::settler::Settler;
use super::stores::JournalStores;
use super::sum::{Sums, pair_hash};
use super::tree::Mark;
use super::walk::walk;
use super::{
    Batch, CommitError, Each, HISTORY, Head, Key, Opened, Page, Repair, Report, Store, StoreError, Value,
    frame, opening, upkeep,
};

/// Where the segments lie in a workspace's folder.
pub(super) const JOURNAL: &str = "journal";

/// A workspace's store on disk, open; made by [`JournalStores`].
#[derive(Debug)]
pub struct JournalStore {
    dir: PathBuf,
    segment: Segment,
    heading: Heading,
    /// The checksum of the last frame.
    checksum: u32,
    is_dead: bool,
    /// The next frame begins a new segment, however much room there is.
    begins_anew: bool,
    shared: Arc<Shared>,
    upkeep: Option<upkeep::Thread>,
    settler: Option<JoinHandle<()>>,
    _lock: Lock,
}

impl JournalStore {
    /// Takes over what opening found, and starts the threads behind it.
    pub(super) fn start(
        stores: &JournalStores,
        folder: PathBuf,
        workspace: &str,
        found: Found,
        lock: Lock,
    ) -> Result<Opened<Self>, StoreError> {
        let Found {
            tree,
            settled,
            heading,
            overlay,
            segment,
            checksum,
            identities,
            repairs,
            are_lines_proved,
        } = found;
        let settling = stores.options.settling;
        let state = folder.join(STATE);
        let shared = Arc::new(Shared {
            disk: stores.disk.clone(),
            workspace: workspace.to_owned(),
            clock: stores.clock.clone(),
            settler: Settler::new(stores.disk.clone(), state, settling, tree, settled, overlay),
            written: AtomicU64::new(0),
            reading: Mutex::new(None),
            folder,
        });
        let settler = std::thread::Builder::new().name("genjin-settler".into()).spawn({
            let shared = shared.clone();
            move || shared.settler.run()
        })?;
        let mut store = Self {
            dir: shared.folder.join(JOURNAL),
            segment,
            heading,
            checksum,
            is_dead: false,
            begins_anew: false,
            upkeep: None,
            settler: Some(settler),
            _lock: lock,
            shared,
        };
        store.shared.written.store(store.journal_since_backup()?, Ordering::Relaxed);
        store.upkeep = match stores.options.upkeep.clone() {
            Some(upkeep) => Some(upkeep::Thread::start(store.shared.clone(), upkeep, !are_lines_proved)?),
            None => None,
        };
        // A long replay is settled before commits add to it, as far as that goes.
        if store.shared.settler.status().debt >= settling.batch
            && let Err(why) = store.shared.settler.settle()
        {
            tracing::warn!(why, workspace, "The replayed commits could not be settled yet");
        }
        let (head, repaired) = (store.heading.head.clone(), Repair::of(repairs));
        Ok(Opened { head, identities, repaired, store })
    }

    /// Works on this store from other threads.
    pub fn keeper(&self) -> Keeper {
        Keeper(self.shared.clone())
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Bytes of segments that the newest backup does not cover, roughly: whole segments.
    fn journal_since_backup(&self) -> Result<u64, StoreError> {
        let disk = &self.shared.disk;
        let newest = backup::list(disk, &self.shared.folder)?.first().map_or(0, |newest| newest.seq);
        let mut bytes = 0;
        for number in super::walk::segment_numbers(disk, &self.dir)? {
            let path = segment::path_of(&self.dir, number);
            let start = disk.read_start(&path, segment::HEADER as u64)?;
            if Header::decode(&start).is_ok_and(|header| header.first_seq > newest) {
                bytes += path.metadata()?.len();
            }
        }
        Ok(bytes)
    }

    fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        let begins_anew = std::mem::take(&mut self.begins_anew) && !self.segment.is_empty();
        if begins_anew || !self.segment.has_room_for(frame) {
            let head = &self.heading.head;
            let number = self.segment.number() + 1;
            let lay_out = |size| {
                let header = Header {
                    workspace: self.shared.workspace.clone(),
                    epoch: head.epoch,
                    size,
                    first_seq: head.seq + 1,
                    before: self.checksum,
                };
                Segment::lay_out(&self.shared.disk, &self.dir, number, &header, &[])
            };
            let laid_out = lay_out(self.segment.next_size(frame.len()));
            self.segment = match laid_out {
                // Where little room is left, a short segment may still fit: serving goes on while the operator makes room.
                Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                    lay_out(segment::shortest(frame.len()))?
                }
                laid_out => laid_out?,
            };
        }
        self.segment.append(frame)?;
        self.shared.written.fetch_add(frame.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn alive(&self) -> Result<&Shared, StoreError> {
        if self.is_dead { Err(StoreError::Closed) } else { Ok(&self.shared) }
    }

    /// Hands every pair between two bounds to `each`.
    fn scan(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        each: &mut dyn FnMut(&Key, Value) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut each = |key: &Key, value| each(key, value).map(|()| true);
        self.alive()?.settler.read(|overlay, tree| overlay.scan(tree, from, to, &mut each))
    }

    fn prove(&self) -> Result<(), StoreError> {
        let mut sums = Sums::default();
        self.scan(Bound::Unbounded, Bound::Unbounded, &mut |key, value| {
            sums.of_mut(key.is_history()).add(pair_hash(&key.0, &value));
            Ok(())
        })?;
        Ok(sums.prove(&self.heading.head)?)
    }
}

impl Drop for JournalStore {
    /// A clean stop: what waits is settled, as far as that goes, before the folder is let go of.
    fn drop(&mut self) {
        self.shared.settler.stop();
        self.upkeep = None;
        let doubt = self.shared.settler.doubt();
        if let Some(settler) = self.settler.take()
            && settler.join().is_err()
        {
            tracing::error!(workspace = self.shared.workspace, "The settler's thread ended with a panic");
        }
        if let Some(why) = doubt.or_else(|| self.shared.settler.doubt())
            && let Err(error) = opening::note_doubt(&self.shared.disk, &self.shared.folder, &why)
        {
            tracing::error!(%error, "A doubt about the settled state could not be noted; the next proof finds it again");
        }
    }
}

impl Store for JournalStore {
    fn head(&self) -> &Head {
        &self.heading.head
    }

    fn load(&mut self, kind: u8, each: &mut Each<'_>) -> Result<(), StoreError> {
        if kind == HISTORY {
            self.alive()?;
            return Ok(());
        }
        let (from, after) = ([kind], kind.checked_add(1).map(|next| [next]));
        let to = after.as_ref().map_or(Bound::Unbounded, |after| Bound::Excluded(&after[..]));
        self.scan(Bound::Included(&from), to, &mut |key, value| each(&key.0, &value))
    }

    fn history(&mut self, page: &Page<'_>) -> Result<Vec<(Key, Value)>, StoreError> {
        self.alive()?.settler.read(|overlay, tree| Ok(overlay.page(tree, page)?))
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if self.is_dead {
            return Err(CommitError::Unknown(io::Error::other(StoreError::Closed)));
        }
        if let Some(why) = self.shared.settler.doubt() {
            self.is_dead = true;
            let why =
                format!("the settled state cannot be right and is built anew at the next opening: {why}");
            return Err(CommitError::Unknown(io::Error::other(why)));
        }
        if let Some(why) = self.shared.settler.refusal() {
            return Err(CommitError::Refused(why));
        }
        let settler = &self.shared.settler;
        let draft = self.heading.draft(batch, &mut |key| {
            settler.read(|overlay, tree| match overlay.get(key) {
                Some(value) => Ok(value.cloned()),
                None => tree.get(&key.0),
            })
        })?;
        let (frame, checksum) = frame::encode(&draft, self.checksum);
        if let Err(error) = self.append(&frame) {
            self.is_dead = true;
            return Err(CommitError::Unknown(error));
        }
        self.checksum = checksum;
        self.heading.follow(&draft);
        let mark = Mark { head: draft.head, checksum };
        let changes = draft.changes.into_iter().map(|(key, value)| (key.clone(), value.cloned()));
        self.shared.settler.put(changes, mark);
        Ok(())
    }

    fn begin_anew(&mut self) {
        self.begins_anew = true;
    }

    fn export(&mut self, to: &mut dyn Write) -> Result<Head, StoreError> {
        let identities = {
            let shared = self.alive()?;
            let _reading = shared.reading();
            shared.identities(self.heading.head.seq)?
        };
        let mark = Mark { head: self.heading.head.clone(), checksum: self.checksum };
        let mut lines = Writer::begin(to, &self.shared.workspace, &mark)?;
        self.scan(Bound::Unbounded, Bound::Unbounded, &mut |key, value| Ok(lines.pair(key, &value)?))?;
        lines.identities(identities.iter())?;
        lines.finish()?;
        Ok(mark.head)
    }

    fn check(&mut self) -> Result<Report, StoreError> {
        let mut problems = Vec::new();
        self.alive()?;
        // So that no segment is freed while it is read.
        let _reading = self.shared.reading();
        match self.prove() {
            Ok(()) => {}
            Err(StoreError::Shut(refusal)) => problems.push(refusal.to_string()),
            Err(other) => return Err(other),
        }
        let (disk, workspace) = (&self.shared.disk, &self.shared.workspace);
        match walk(disk, &self.dir, workspace, &mut |_| Ok(())) {
            Ok(walked) if walked.newest.torn_at.is_none() && walked.checksum == self.checksum => {}
            Ok(walked) => problems.push(format!(
                "{} ends at commit {}, acknowledged is {}: stop the service and restore the newest backup",
                walked.newest.path.display(),
                walked.last_seq,
                self.heading.head.seq
            )),
            Err(StoreError::Shut(refusal)) => problems.push(refusal.to_string()),
            Err(other) => return Err(other),
        }
        Ok(Report { head: self.heading.head.clone(), problems })
    }
}
