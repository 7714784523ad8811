//! What can be done with an open store beside its engine: back it up, prove it, look at it. It never touches the
//! engine's thread; what is committed meanwhile waits in the overlay.

use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::backup::{self, Beside};
use super::disk::Disk;
use super::identities::{self, Identities};
use super::journal::JOURNAL;
use super::opening::{self, STATE};
use super::proof::Proof;
use super::segment::{self, Header};
use super::settler::{SettledTo, Settler, Still};
use super::walk::{segment_numbers, walk_to};
use super::{Each, Head, Progress, StoreError, replay};
use crate::clock::Clock;

/// What the parts of one open store share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) disk: Disk,
    pub(super) folder: PathBuf,
    pub(super) workspace: String,
    pub(super) clock: Clock,
    pub(super) settler: Settler,
    /// Bytes of journal since the last backup.
    pub(super) written: AtomicU64,
    /// Held while a backup or a proof reads; it remembers why the last backup failed.
    pub(super) reading: Mutex<Option<String>>,
}

/// Works on an open store from any thread; clones share it. It outlives the store, and then refuses.
#[derive(Clone, Debug)]
pub struct Keeper(pub(super) Arc<Shared>);

/// A backup that was read back and proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// The file.
    pub file: PathBuf,
    /// The last commit in it.
    pub seq: u64,
    /// Its records and lines.
    pub records: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A store in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How far settling is.
    pub settled: SettledTo,
    /// The head of the settled state.
    pub head: Head,
    /// Segments of the journal, and their bytes.
    pub segments: (usize, u64),
    /// Bytes of the settled state.
    pub state_bytes: u64,
    /// The verified backups, newest first, with their bytes.
    pub backups: Vec<(PathBuf, u64)>,
    /// Bytes of journal since the last backup.
    pub since_backup: u64,
    /// Why the last backup failed, if it did.
    pub backup_fault: Option<String>,
}

impl Keeper {
    /// Makes a verified backup in the workspace's folder, keeps two, and frees the segments that they cover.
    ///
    /// # Errors
    /// The store is shut, the disk failed, or it gave way to commits ([`io::ErrorKind::WouldBlock`]).
    pub fn backup(&self, progress: &dyn Progress) -> Result<BackedUp, StoreError> {
        let shared = &self.0;
        let mut fault = shared.reading();
        let done = shared.backup(progress);
        *fault = done.as_ref().err().map(ToString::to_string);
        done
    }

    /// Writes a backup that leaves the folder: media and versions go with it.
    ///
    /// # Errors
    /// As [`Keeper::backup`]; a file is never replaced.
    pub fn backup_to(&self, file: &Path, progress: &dyn Progress) -> Result<BackedUp, StoreError> {
        let shared = &self.0;
        let _reading = shared.reading();
        if file.exists() {
            let why = format!("{} is there already: choose another name", file.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why).into());
        }
        shared.back_up_to(file, &FILES, progress)
    }

    /// Writes every file anew that may hold what was overwritten or removed: a fresh backup, the tree built from it, and
    /// nothing older beside them. Commits go on meanwhile.
    ///
    /// # Errors
    /// As [`Keeper::backup`]; it can be called again.
    pub fn renew(&self, progress: &dyn Progress) -> Result<BackedUp, StoreError> {
        let shared = &self.0;
        let _reading = shared.reading();
        shared.renew(progress)
    }

    /// Reads journal, state, backups and media, and proves each.
    ///
    /// # Errors
    /// The store is shut or the disk cannot be read; what is wrong with the files is no error but in the proof.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Proof, StoreError> {
        let shared = &self.0;
        let _reading = shared.reading();
        let mut proof = Proof::default();
        let still = shared.still()?;
        proof.journal(shared, still.mark.head.seq)?;
        proof.state(&still, progress)?;
        drop(still);
        for backup in backup::list(&shared.disk, &shared.folder)? {
            proof.backup(shared, &backup.path, progress)?;
        }
        proof.media(shared)?;
        Ok(proof)
    }

    /// Hands every pair of the store to `each`, in key order, as they are at one commit, whose head it gives.
    ///
    /// # Errors
    /// Those of `each`, or the store cannot be read.
    pub fn scan(&self, each: &mut Each<'_>) -> Result<Head, StoreError> {
        let still = self.0.still()?;
        for (pair, n) in still.tree.range(Bound::Unbounded, Bound::Unbounded).zip(1..) {
            let (key, value) = pair?;
            each(&key.0, &value)?;
            still.give_way(n)?;
        }
        Ok(still.mark.head.clone())
    }

    /// The store in figures.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let shared = &self.0;
        let dir = shared.folder.join(JOURNAL);
        let numbers = segment_numbers(&shared.disk, &dir)?;
        let size = |path: &Path| path.metadata().map_or(0, |meta| meta.len());
        let bytes = numbers.iter().map(|number| size(&segment::path_of(&dir, *number))).sum();
        let backups = backup::list(&shared.disk, &shared.folder)?;
        let state = shared.folder.join(STATE);
        let state_bytes = shared.disk.names(&state)?.iter().map(|name| size(&state.join(name))).sum();
        Ok(Stats {
            settled: shared.settler.status(),
            head: shared.settler.settled().head,
            segments: (numbers.len(), bytes),
            state_bytes,
            backups: backups.into_iter().map(|each| (each.path.clone(), size(&each.path))).collect(),
            since_backup: shared.written.load(Ordering::Relaxed),
            backup_fault: shared.reading.try_lock().ok().and_then(|fault| fault.clone()),
        })
    }
}

/// The folders whose files go with a backup that leaves.
const FILES: [&str; 2] = ["media", "versions"];

/// What a backup carries of them; a secret that lies among the kept texts of a config stays here.
const VERSION_ENDINGS: [&str; 6] = ["toml", "md", "html", "json", "zst", ""];
/// Folders in folders, at most: `versions/<hash>/scripts/`.
const DEEPEST: usize = 4;

/// Whether a backup may carry a file of this name: `media/…` or `versions/…`, without a way out of the folder.
pub(super) fn is_kept_file(name: &str) -> bool {
    let Some((dir, rest)) = name.split_once('/') else { return false };
    let file = rest.rsplit('/').next().unwrap_or(rest);
    // A file without an ending is `last`; any other would be a secret's.
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_known = match dir {
        "media" => file == rest,
        "versions" => VERSION_ENDINGS.contains(&ending) && (!ending.is_empty() || rest == "last"),
        _ => false,
    };
    is_known && rest.split('/').count() <= DEEPEST && rest.split('/').all(is_plain_name)
}

/// A name that stays where it is put, on any system. People name their files in Chinese too.
fn is_plain_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)
}

impl Shared {
    pub(super) fn reading(&self) -> MutexGuard<'_, Option<String>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that is committed now, settled and held still.
    fn still(&self) -> Result<Still<'_>, StoreError> {
        self.settler.settle().map_err(io::Error::other)?;
        Ok(self.settler.still()?)
    }

    /// Proves the settled history lines, where opening left that to later; what is wrong makes the tree doubted.
    /// Says whether it got to the end.
    pub(super) fn prove_lines(&self) -> Result<bool, StoreError> {
        let _reading = self.reading();
        let still = self.settler.still()?;
        let mut looked = 0_u64;
        let proved = replay::prove_lines(&still.tree, &still.mark.head, &mut || {
            looked += 1;
            !looked.is_multiple_of(4_096) || !still.is_in_the_way()
        })?;
        Ok(proved)
    }

    fn backup(&self, progress: &dyn Progress) -> Result<BackedUp, StoreError> {
        let written = self.written.load(Ordering::Relaxed);
        let file = backup::path_of(&self.folder, self.settler.settle().map_err(io::Error::other)?.head.seq);
        if file.exists() {
            match backup::prove(&self.disk, &file, progress) {
                Ok(_) => return self.backed_up(file),
                // It rotted: a new one takes its name.
                Err(StoreError::Import(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let done = self.back_up_to(&file, &[], progress)?;
        self.written.fetch_sub(written, Ordering::Relaxed);
        backup::forget_older(&self.disk, &self.folder, progress)?;
        self.free_segments(backup::covered(&self.disk, &self.folder)?)?;
        Ok(done)
    }

    fn back_up_to(
        &self,
        file: &Path,
        dirs: &[&str],
        progress: &dyn Progress,
    ) -> Result<BackedUp, StoreError> {
        self.write(&self.still()?, file, dirs, progress)
    }

    fn write(
        &self,
        still: &Still<'_>,
        file: &Path,
        dirs: &[&str],
        progress: &dyn Progress,
    ) -> Result<BackedUp, StoreError> {
        // After the records stand still: whatever they name is there by now, since files come before their commits.
        let files = self.kept_files(dirs)?;
        let identities = self.identities(still.mark.head.seq)?;
        let (workspace, folder) = (self.workspace.as_str(), self.folder.as_path());
        let beside = Beside { workspace, identities: &identities, files: &files, folder };
        // While it was being settled more may have been committed: the name says up to where it goes.
        let named = if file.starts_with(self.folder.join(backup::BACKUP)) {
            backup::path_of(&self.folder, still.mark.head.seq)
        } else {
            file.to_owned()
        };
        backup::write(&self.disk, &named, still, &beside, progress)?;
        self.backed_up(named)
    }

    /// The files of these folders that a backup carries.
    fn kept_files(&self, dirs: &[&str]) -> Result<Vec<String>, StoreError> {
        let mut files = Vec::new();
        let mut dirs: Vec<String> = dirs.iter().map(|dir| (*dir).to_owned()).collect();
        while let Some(dir) = dirs.pop() {
            let path = self.folder.join(&dir);
            if !path.is_dir() {
                continue;
            }
            for name in self.disk.names(&path)? {
                let (inner, at) = (format!("{dir}/{name}"), path.join(&name));
                // A link may lead anywhere.
                if at.is_symlink() {
                    continue;
                }
                if at.is_dir() && inner.split('/').count() <= DEEPEST && is_plain_name(&name) {
                    dirs.push(inner);
                } else if at.is_file() && is_kept_file(&inner) {
                    files.push(inner);
                }
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    fn renew(&self, progress: &dyn Progress) -> Result<BackedUp, StoreError> {
        let written = self.written.load(Ordering::Relaxed);
        let still = self.still()?;
        let seq = still.mark.head.seq;
        let done = self.write(&still, &backup::path_of(&self.folder, seq), &[], progress)?;
        let new = self.folder.join(opening::STATE_NEW);
        opening::fill(&self.disk, &new, &done.file, progress)?;
        self.settler.exchange(still, &new)?;
        for old in backup::list(&self.disk, &self.folder)?.iter().filter(|old| old.path != done.file) {
            self.disk.remove(&old.path)?;
        }
        self.disk.sync_dir(&self.folder.join(backup::BACKUP))?;
        for name in self.disk.names(&self.folder)?.iter().filter(|name| opening::is_laid_aside(name)) {
            super::tree::remove(&self.folder.join(name))?;
        }
        self.disk.sync_dir(&self.folder)?;
        self.free_segments(seq)?;
        self.written.fetch_sub(written, Ordering::Relaxed);
        Ok(done)
    }

    fn backed_up(&self, file: PathBuf) -> Result<BackedUp, StoreError> {
        let mark = super::lines::Reader::new(&mut self.disk.open(&file)?)?.mark;
        let bytes = file.metadata()?.len();
        let records = mark.head.live.count + mark.head.history.count;
        Ok(BackedUp { seq: mark.head.seq, records, bytes, file })
    }

    /// The identities of the last seven days up to commit `upto`, from the journal and the newest backup.
    pub(super) fn identities(&self, upto: u64) -> Result<Identities, StoreError> {
        let mut own = Vec::new();
        let dir = self.folder.join(JOURNAL);
        let walked = walk_to(&self.disk, &dir, &self.workspace, upto, &mut |frame| {
            own.extend(frame.identities.into_iter().map(|identity| (frame.time, identity)));
            Ok(())
        })?;
        let older = identities::older_identities(&self.disk, &self.folder, walked.first_seq, &own)?;
        Ok(identities::joined(older.unwrap_or_default(), own))
    }

    /// Removes segments of which neither the tree nor a rotten newest backup would leave anything to be missed.
    fn free_segments(&self, covered: u64) -> Result<(), StoreError> {
        let dir = self.folder.join(JOURNAL);
        let covered = covered.min(self.settler.settled().head.seq);
        let numbers = segment_numbers(&self.disk, &dir)?;
        let mut freed = false;
        for pair in numbers.windows(2) {
            let next = self.disk.read_start(&segment::path_of(&dir, pair[1]), segment::HEADER as u64)?;
            match Header::decode(&next) {
                Ok(next) if next.first_seq <= covered + 1 => {
                    self.disk.remove(&segment::path_of(&dir, pair[0]))?;
                    freed = true;
                }
                _ => break,
            }
        }
        if freed {
            self.disk.sync_dir(&dir)?;
        }
        Ok(())
    }
}
