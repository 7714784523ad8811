//! The folders of the workspaces under `--data`: which there are, how one is made.
//!
//! A workspace is built under a name of its own (`.<name>.new`) and appears under its real one by a single rename, so
//! a crash leaves either none or a whole one, and a store is never made where one was.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::export::{self, Imported};
use super::journal::{JOURNAL, JournalStore};
use super::lock::{LOCK, Lock};
use super::{CommitError, Head, Opened, Store, StoreError, Stores};
use crate::clock::Clock;

const NAME_MAX: usize = 100;

/// Journals on disk, one folder a workspace.
#[derive(Clone, Debug)]
pub struct JournalStores {
    root: PathBuf,
    clock: Clock,
    disk: Disk,
}

impl JournalStores {
    /// The workspaces under `root`. The clock stamps LOCK files.
    pub fn new(root: impl Into<PathBuf>, clock: Clock) -> Self {
        Self::with_disk(root, clock, Disk::default())
    }

    /// The same on a disk that a test interferes with.
    pub fn with_disk(root: impl Into<PathBuf>, clock: Clock, disk: Disk) -> Self {
        Self { root: root.into(), clock, disk }
    }

    fn folder(&self, workspace: &str) -> Result<PathBuf, StoreError> {
        check_name(workspace)?;
        Ok(self.root.join(workspace))
    }

    /// Builds a workspace aside and gives it its name when `fill` has written it.
    fn build(
        &self,
        workspace: &str,
        base: Head,
        fill: impl FnOnce(&mut JournalStore) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let folder = self.folder(workspace)?;
        if !is_empty_or_absent(&folder)? {
            return Err(StoreError::Exists(workspace.to_owned()));
        }
        let aside = self.root.join(format!(".{workspace}.new"));
        self.disk.create_dirs(&aside)?;
        let lock = Lock::claim(&aside, self.clock.now())?;
        remove_leftovers(&aside)?;
        let mut store = JournalStore::begin(&self.disk, &aside, workspace, base, lock)?;
        fill(&mut store)?;
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
        self.build(workspace, Head::fresh(epoch), |_| Ok(()))?;
        self.open(workspace)
    }

    fn open(&self, workspace: &str) -> Result<Opened<JournalStore>, StoreError> {
        let folder = self.folder(workspace)?;
        if is_empty_or_absent(&folder)? {
            return Err(StoreError::Missing(workspace.to_owned()));
        }
        let lock = Lock::claim(&folder, self.clock.now())?;
        JournalStore::open(&self.disk, &folder, workspace, lock)
    }

    fn import(&self, workspace: &str, from: &mut dyn Read, epoch: u64) -> Result<Head, StoreError> {
        let Imported { base, batches } = export::read(from)?.into_batches(epoch, self.clock.now());
        let mut head = base.clone();
        self.build(workspace, base, |store| {
            for batch in &batches {
                store.commit(batch).map_err(import_failed)?;
            }
            head = store.head().clone();
            Ok(())
        })?;
        Ok(head)
    }
}

fn import_failed(error: CommitError) -> StoreError {
    match error {
        CommitError::Unknown(error) => error.into(),
        other => io::Error::other(other).into(),
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
    let journal = aside.join(JOURNAL);
    if journal.is_dir() {
        fs::remove_dir_all(journal)?;
    }
    Ok(())
}
