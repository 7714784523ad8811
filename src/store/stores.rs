//! The folders of the workspaces under `--data`: which there are, how one is made.
//!
//! A workspace is built under a name of its own (`.<name>.new`) and appears under its real one by a single rename, so
//! a crash leaves either none or a whole one, and a store is never made where one was.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::disk::Disk;
use super::journal::{JOURNAL, JournalStore};
use super::keeper::{Keeper, Shared, is_kept_file};
use super::lines::{Line, Reader};
use super::lock::{LOCK, Lock};
use super::opening::{self, Opening, STATE};
use super::segment::{Header, SMALLEST, Segment};
use super::settler::Settling;
use super::tree::Mark;
use super::upkeep::Upkeep;
use super::{Head, ImportError, Opened, Progress, StoreError, Stores, backup};
use crate::clock::Clock;

const NAME_MAX: usize = 100;

/// Stores on disk, one folder a workspace. Clones share what is open.
#[derive(Clone, Debug)]
pub struct JournalStores {
    root: PathBuf,
    pub(super) clock: Clock,
    pub(super) disk: Disk,
    pub(super) options: Options,
    open: Arc<Mutex<BTreeMap<String, Weak<Shared>>>>,
}

/// How the stores behave behind their commits.
#[derive(Clone, Debug)]
pub struct Options {
    /// When commits are settled.
    pub settling: Settling,
    /// When backups are made by themselves; `None` for never.
    pub upkeep: Option<Upkeep>,
    /// So many history lines at most are proved before opening returns; more of them by the upkeep right behind it.
    pub prove_lines: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { settling: Settling::default(), upkeep: Some(Upkeep::default()), prove_lines: 100_000 }
    }
}

impl JournalStores {
    /// The workspaces under `root`. The clock stamps LOCK files and tells when it is night.
    pub fn new(root: impl Into<PathBuf>, clock: Clock) -> Self {
        let open = Arc::new(Mutex::new(BTreeMap::new()));
        Self { root: root.into(), clock, disk: Disk::default(), options: Options::default(), open }
    }

    /// The same on a disk that a test interferes with.
    pub fn with_disk(root: impl Into<PathBuf>, clock: Clock, disk: Disk) -> Self {
        Self { disk, ..Self::new(root, clock) }
    }

    /// The same with other options.
    pub fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Works on a workspace that these stores have open; `None` if they have not.
    pub fn keeper(&self, workspace: &str) -> Option<Keeper> {
        self.held().get(workspace)?.upgrade().map(Keeper)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Weak<Shared>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder(&self, workspace: &str) -> Result<PathBuf, StoreError> {
        check_name(workspace)?;
        Ok(self.root.join(workspace))
    }

    /// Opens a workspace and tells how far long work is.
    ///
    /// # Errors
    /// As [`Stores::open`].
    pub fn open_telling(
        &self,
        workspace: &str,
        progress: &dyn Progress,
    ) -> Result<Opened<JournalStore>, StoreError> {
        let folder = self.folder(workspace)?;
        if is_empty_or_absent(&folder)? {
            return Err(StoreError::Missing(workspace.to_owned()));
        }
        let now = self.clock.now();
        let lock = Lock::claim(&self.disk, &folder, now)?;
        let (disk, prove_lines) = (&self.disk, self.options.prove_lines);
        let found = Opening { disk, folder: &folder, workspace, now, progress, prove_lines }.open()?;
        let opened = JournalStore::start(self, folder, workspace, found, lock)?;
        self.held().insert(workspace.to_owned(), Arc::downgrade(opened.store.shared()));
        Ok(opened)
    }

    /// [`Stores::import`] that tells how far it is.
    ///
    /// # Errors
    /// As [`Stores::import`].
    pub fn import_telling(
        &self,
        workspace: &str,
        from: &mut dyn Read,
        epoch: u64,
        progress: &dyn Progress,
    ) -> Result<Head, StoreError> {
        let mut head = Head::fresh(epoch);
        self.build(workspace, |aside| {
            let mark = self.spool(aside, workspace, from, epoch)?;
            let file = backup::path_of(aside, mark.head.seq);
            opening::fill(&self.disk, &aside.join(STATE), &file, progress)?;
            self.begin_journal(aside, workspace, &mark)?;
            head = mark.head;
            Ok(())
        })?;
        Ok(head)
    }

    /// Brings an export into `aside` as its first verified backup, under the new epoch; files go to their places.
    fn spool(
        &self,
        aside: &Path,
        workspace: &str,
        from: &mut dyn Read,
        epoch: u64,
    ) -> Result<Mark, StoreError> {
        let mut lines = Reader::new(from)?;
        let mark = Mark { head: Head { epoch, ..lines.mark.head.clone() }, ..lines.mark.clone() };
        let file = backup::path_of(aside, mark.head.seq);
        self.disk.create_dirs(&aside.join(backup::BACKUP))?;
        let mut spool = backup::create(&self.disk, &file, workspace, &mark)?;
        while let Some(line) = lines.next()? {
            match &line {
                Line::File(name, content) => self.put_file(aside, name, content)?,
                line => spool.again(line)?,
            }
        }
        backup::finish(spool)?;
        self.disk.sync_dir(&aside.join(backup::BACKUP))?;
        Ok(mark)
    }

    fn put_file(&self, aside: &Path, name: &str, content: &[u8]) -> Result<(), StoreError> {
        if !is_kept_file(name) {
            return Err(ImportError::File(name.to_owned()).into());
        }
        let path = aside.join(name);
        let dir = path.parent().unwrap_or(aside);
        self.disk.create_dirs(dir)?;
        let file = self.disk.create(&path)?;
        file.write_at(content, 0)?;
        file.sync_all()?;
        Ok(self.disk.sync_dir(dir)?)
    }

    /// Begins the journal of a workspace whose next commit follows `mark`.
    fn begin_journal(&self, folder: &Path, workspace: &str, mark: &Mark) -> Result<(), StoreError> {
        let dir = folder.join(JOURNAL);
        self.disk.create_dirs(&dir)?;
        let header = Header {
            workspace: workspace.to_owned(),
            epoch: mark.head.epoch,
            size: SMALLEST,
            first_seq: mark.head.seq + 1,
            before: mark.checksum,
        };
        Segment::lay_out(&self.disk, &dir, 1, &header, &[])?;
        Ok(())
    }

    /// Builds a workspace aside and gives it its name when `fill` has written it.
    fn build(
        &self,
        workspace: &str,
        fill: impl FnOnce(&Path) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let folder = self.folder(workspace)?;
        if !is_empty_or_absent(&folder)? {
            return Err(StoreError::Exists(workspace.to_owned()));
        }
        let aside = self.root.join(format!(".{workspace}.new"));
        self.disk.create_dirs(&aside)?;
        let _lock = Lock::claim(&self.disk, &aside, self.clock.now())?;
        remove_leftovers(&aside)?;
        fill(&aside)?;
        self.disk.sync_dir(&aside)?;
        self.disk.rename(&aside, &folder)?;
        self.disk.sync_dir(&self.root)?;
        Ok(())
    }
}

impl Stores for JournalStores {
    type Store = JournalStore;

    fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        if !self.root.is_dir() {
            return Ok(Vec::new());
        }
        let mut names = self.disk.names(&self.root)?;
        names.retain(|name| {
            let folder = self.root.join(name);
            check_name(name).is_ok() && (folder.join(JOURNAL).is_dir() || folder.join(LOCK).is_file())
        });
        Ok(names)
    }

    fn create(&self, workspace: &str, epoch: u64) -> Result<Opened<JournalStore>, StoreError> {
        self.build(workspace, |aside| {
            let mark = Mark { head: Head::fresh(epoch), checksum: 0 };
            opening::make_empty(&self.disk, &aside.join(STATE), &mark)?;
            self.begin_journal(aside, workspace, &mark)
        })?;
        self.open(workspace)
    }

    fn open(&self, workspace: &str) -> Result<Opened<JournalStore>, StoreError> {
        self.open_telling(workspace, &())
    }

    fn import(&self, workspace: &str, from: &mut dyn Read, epoch: u64) -> Result<Head, StoreError> {
        self.import_telling(workspace, from, epoch, &())
    }
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let bad = |c: char| c == '/' || c.is_control();
    if name.is_empty() || name.len() > NAME_MAX || name.starts_with('.') || name.contains(bad) {
        return Err(StoreError::Name(name.to_owned()));
    }
    Ok(())
}

fn is_empty_or_absent(folder: &Path) -> Result<bool, StoreError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Removes what an attempt that did not end left in a folder without a name.
fn remove_leftovers(aside: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(aside)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
