//! Every file operation that a store's promise rests on, in one place, so that a test can make any one of them fail.
//!
//! An error names its file. Nothing here retries: a failed sync may have lost the data it reports success for later.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// What the store asks of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Making or emptying a file.
    Create,
    /// Writing so many bytes.
    Write(usize),
    /// Making a file's content (and length) durable.
    Sync,
    /// Giving a file or directory its final name.
    Rename,
    /// Making names in a directory durable.
    SyncDir,
    /// Making a directory.
    CreateDir,
    /// Removing a leftover.
    Remove,
    /// Reading a whole file, or a directory's names.
    Read,
    /// Opening, writing or syncing the settled state.
    Settle,
}

/// What becomes of an operation.
#[derive(Debug)]
pub enum Meet {
    /// It is done.
    Pass,
    /// It fails and nothing is done.
    Fail(io::Error),
    /// A write stops after so many bytes, then fails; any other operation fails.
    Short(usize, io::Error),
    /// It is done, then reported as failed.
    Late(io::Error),
}

/// Decides about each operation before it happens; for tests.
pub trait Interfere: Send + Sync {
    /// Called with each operation and its path.
    fn meet(&self, op: Op, path: &Path) -> Meet;
}

/// The disk, or a disk that a test interferes with. Clones share it.
#[derive(Clone, Default)]
pub struct Disk(Option<Arc<dyn Interfere>>);

impl Disk {
    /// A disk where `by` decides what fails.
    pub fn interfered(by: Arc<dyn Interfere>) -> Self {
        Self(Some(by))
    }

    pub(super) fn create(&self, path: &Path) -> io::Result<DiskFile> {
        let make = || OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = self.run(Op::Create, path, make)?;
        Ok(DiskFile { file, path: path.to_owned(), disk: self.clone(), end: 0 })
    }

    pub(super) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.run(Op::Read, path, || fs::read(path))
    }

    /// The first `count` bytes of a file, or all of a shorter one.
    pub(super) fn read_start(&self, path: &Path, count: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.take(count).read_to_end(&mut bytes).map_err(|error| at_path(path, error))?;
        Ok(bytes)
    }

    /// A file to read piece by piece.
    pub(super) fn open(&self, path: &Path) -> io::Result<File> {
        self.run(Op::Read, path, || File::open(path))
    }

    /// The names in a directory, sorted; names that are not UTF-8 are not ours and left out.
    pub(super) fn names(&self, dir: &Path) -> io::Result<Vec<String>> {
        let list = || -> io::Result<Vec<String>> {
            let entries = fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
            let mut names: Vec<_> =
                entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect();
            names.sort();
            Ok(names)
        };
        self.run(Op::Read, dir, list)
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(Op::Rename, to, || fs::rename(from, to))
    }

    pub(super) fn remove(&self, file: &Path) -> io::Result<()> {
        self.run(Op::Remove, file, || fs::remove_file(file))
    }

    pub(super) fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.run(Op::SyncDir, dir, || File::open(dir)?.sync_all())
    }

    /// Makes a directory and those above it, each one durable in its parent.
    pub(super) fn create_dirs(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            self.create_dirs(parent)?;
        }
        self.run(Op::CreateDir, dir, || fs::create_dir(dir))?;
        self.sync_dir(parent.unwrap_or(Path::new(".")))
    }

    /// Asks about an operation that happens elsewhere.
    pub(super) fn ask(&self, op: Op, path: &Path) -> io::Result<()> {
        self.run(op, path, || Ok(()))
    }

    fn run<T>(&self, op: Op, path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let done = match self.meet(op, path) {
            Meet::Pass => act(),
            Meet::Fail(error) | Meet::Short(_, error) => Err(error),
            Meet::Late(error) => act().and(Err(error)),
        };
        done.map_err(|error| at_path(path, error))
    }

    fn meet(&self, op: Op, path: &Path) -> Meet {
        self.0.as_ref().map_or(Meet::Pass, |by| by.meet(op, path))
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Disk(interfered)" } else { "Disk" })
    }
}

/// A file open for writing.
#[derive(Debug)]
pub(super) struct DiskFile {
    file: File,
    path: PathBuf,
    disk: Disk,
    /// Where [`DiskFile::append`] goes on.
    end: u64,
}

impl DiskFile {
    /// Writes behind what was appended so far.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_at(bytes, self.end)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let write = |count: usize| self.file.write_all_at(&bytes[..count.min(bytes.len())], at);
        let done = match self.disk.meet(Op::Write(bytes.len()), &self.path) {
            Meet::Pass => write(bytes.len()),
            Meet::Fail(error) => Err(error),
            Meet::Short(count, error) => write(count).and(Err(error)),
            Meet::Late(error) => write(bytes.len()).and(Err(error)),
        };
        done.map_err(|error| at_path(&self.path, error))
    }

    /// Makes the content durable; enough where the length does not change.
    pub(super) fn sync_data(&self) -> io::Result<()> {
        self.disk.run(Op::Sync, &self.path, || self.file.sync_data())
    }

    /// Makes content and length durable.
    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.disk.run(Op::Sync, &self.path, || self.file.sync_all())
    }
}

#[derive(Debug, Error)]
#[error("{}: {source}{}", path.display(), cure(source.kind()))]
struct AtPath {
    path: PathBuf,
    source: io::Error,
}

/// The error with the file that it is about, and what helps.
pub(super) fn at_path(path: &Path, source: io::Error) -> io::Error {
    if source.get_ref().is_some_and(|inner| inner.is::<AtPath>()) {
        return source;
    }
    io::Error::new(source.kind(), AtPath { path: path.to_owned(), source })
}

fn cure(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match kind {
        StorageFull | QuotaExceeded => {
            "; make room on that disk: nothing acknowledged is lost, and it goes on by itself"
        }
        ReadOnlyFilesystem => {
            "; make that disk writable (see `dmesg` for why it is not): then it goes on by itself"
        }
        PermissionDenied => {
            "; give the data folder to the user who runs genjin (chown -R): then it goes on by itself"
        }
        _ => "",
    }
}
