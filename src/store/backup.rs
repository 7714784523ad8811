//! Verified backups in `backup/`: one compressed file of lines each, named by the last commit in it. A file gets its
//! name only after it was read back and proved, so whatever has a name was whole once.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Bound;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::disk::{Disk, DiskFile};
use super::lines::{Line, Reader, Writer};
use super::settler::{LOOK_EVERY, Still};
use super::tree::Mark;
use super::{IdentityBytes, ImportError, Key, Progress, StoreError, Value};

/// Where they lie in a workspace's folder.
pub(super) const BACKUP: &str = "backup";
const ENDING: &str = ".jsonl.zst";
const UNFINISHED: &str = ".new";
/// So many are kept.
const KEPT: usize = 2;
/// zstd's own default: a third more speed or a tenth less size are not worth another.
const LEVEL: i32 = 3;

/// A file in `backup/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backup {
    pub(super) seq: u64,
    pub(super) path: PathBuf,
}

/// The backups in a workspace's folder, newest first.
pub(super) fn list(disk: &Disk, folder: &Path) -> io::Result<Vec<Backup>> {
    let dir = folder.join(BACKUP);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let seq_of = |name: &str| name.strip_suffix(ENDING)?.parse().ok();
    let of = |name: &String| Some(Backup { seq: seq_of(name)?, path: dir.join(name) });
    let mut backups: Vec<_> = disk.names(&dir)?.iter().filter_map(of).collect();
    backups.sort_by_key(|backup| std::cmp::Reverse(backup.seq));
    Ok(backups)
}

/// Where a backup that goes up to commit `seq` lies.
pub(super) fn path_of(folder: &Path, seq: u64) -> PathBuf {
    folder.join(BACKUP).join(format!("{seq:012}{ENDING}"))
}

/// What goes into a backup beside the pairs.
pub(super) struct Beside<'a> {
    pub(super) workspace: &'a str,
    pub(super) identities: &'a [(DateTime<Utc>, IdentityBytes)],
    /// Paths in the workspace's folder whose content goes with it.
    pub(super) files: &'a [String],
    pub(super) folder: &'a Path,
}

/// Writes the tree as it stands to `path`, reads it back, and gives the file its name when it is proved.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] where it gave way to commits, so that it is to be tried again later.
pub(super) fn write(
    disk: &Disk,
    path: &Path,
    still: &Still<'_>,
    beside: &Beside<'_>,
    progress: &dyn Progress,
) -> Result<(), StoreError> {
    // A bare file name has the empty path for its parent.
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.create_dirs(dir)?;
    let unfinished = with_ending(path, UNFINISHED);
    let written = fill(disk, &unfinished, still, beside, progress).and_then(|()| {
        let why = match prove(disk, &unfinished, progress) {
            Ok(proved) if proved == still.mark => None,
            Ok(_) => Some("it is another".to_owned()),
            Err(StoreError::Import(ImportError::Sum)) => {
                still.tree.doubt("its records do not add up");
                let why =
                    "the settled state does not add up; it is built anew at the next opening, then try again";
                return Err(io::Error::other(why).into());
            }
            Err(StoreError::Import(why)) => Some(why.to_string()),
            Err(other) => return Err(other),
        };
        if let Some(why) = why {
            let why =
                format!("the backup does not read back as it was written ({why}): check disk and memory");
            return Err(io::Error::other(why).into());
        }
        disk.rename(&unfinished, path)?;
        Ok(disk.sync_dir(dir)?)
    });
    if written.is_err() {
        let _unfinished = disk.remove(&unfinished);
    }
    written
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

fn fill(
    disk: &Disk,
    path: &Path,
    still: &Still<'_>,
    beside: &Beside<'_>,
    progress: &dyn Progress,
) -> Result<(), StoreError> {
    let mut lines = create(disk, path, beside.workspace, &still.mark)?;
    let head = &still.mark.head;
    let (of, mut done) = (head.live.count + head.history.count, 0);
    for pair in still.tree.range(Bound::Unbounded, Bound::Unbounded) {
        let (key, value) = pair?;
        lines.pair(&key, &value)?;
        done += 1;
        if done % LOOK_EVERY == 0 {
            progress.step("writing", done, of);
        }
        still.give_way(done)?;
    }
    progress.step("writing", of, of);
    lines.identities(beside.identities.iter())?;
    for name in beside.files {
        match disk.read(&beside.folder.join(name)) {
            Ok(content) => lines.file(name, &content)?,
            // An old version may be removed meanwhile; what records name never is.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    finish(lines)
}

/// A compressed file of lines that is being written.
pub(super) type Compressed = Writer<zstd::Encoder<'static, BufWriter<DiskFile>>>;

/// Begins a compressed file of lines.
pub(super) fn create(disk: &Disk, path: &Path, workspace: &str, mark: &Mark) -> io::Result<Compressed> {
    let file = BufWriter::with_capacity(1 << 16, disk.create(path)?);
    Writer::begin(zstd::Encoder::new(file, LEVEL)?, workspace, mark)
}

/// Ends one; it is durable under the name that it has.
pub(super) fn finish(lines: Compressed) -> Result<(), StoreError> {
    let file = lines.finish()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(file.sync_all()?)
}

/// Reads a file of lines and proves it: its hash, its order, and its sums against its own head.
pub(super) fn prove(disk: &Disk, path: &Path, progress: &dyn Progress) -> Result<Mark, StoreError> {
    read(disk, path, "proving", progress, &mut |_| Ok(()))
}

/// Reads a file of lines, which is proved when this returns.
pub(super) fn read(
    disk: &Disk,
    path: &Path,
    what: &'static str,
    progress: &dyn Progress,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<Mark, StoreError> {
    let mut file: File = disk.open(path)?;
    let mut lines = Reader::new(&mut file)?;
    let of = lines.mark.head.live.count + lines.mark.head.history.count;
    while let Some(line) = lines.next()? {
        each(line)?;
        if lines.number() % LOOK_EVERY == 0 {
            progress.step(what, lines.number().min(of), of);
        }
    }
    progress.step(what, of, of);
    Ok(lines.mark)
}

/// Keeps the newest, which was just proved, and the next older ones that still prove themselves; removes the others.
pub(super) fn forget_older(disk: &Disk, folder: &Path, progress: &dyn Progress) -> Result<(), StoreError> {
    let mut kept = 1;
    for old in list(disk, folder)?.iter().skip(1) {
        if kept < KEPT {
            match prove(disk, &old.path, progress) {
                Ok(_) => {
                    kept += 1;
                    continue;
                }
                // Whole, as far as the program that wrote it can tell: it is not ours to remove.
                Err(StoreError::Import(ImportError::Version(_))) => {
                    kept += 1;
                    continue;
                }
                Err(StoreError::Import(error)) => {
                    tracing::error!(file = %old.path.display(), %error, "A backup rotted; an older one is kept for it");
                }
                Err(other) => return Err(other),
            }
        }
        disk.remove(&old.path)?;
    }
    Ok(())
}

/// Removes what a stopped process left unfinished.
pub(super) fn remove_unfinished(disk: &Disk, folder: &Path) -> io::Result<()> {
    let dir = folder.join(BACKUP);
    if dir.is_dir() {
        for name in disk.names(&dir)?.iter().filter(|name| name.ends_with(UNFINISHED)) {
            disk.remove(&dir.join(name))?;
        }
    }
    Ok(())
}

/// Up to which commit the backups alone can bring everything back: the older of the two kept, so that one may rot.
pub(super) fn covered(disk: &Disk, folder: &Path) -> io::Result<u64> {
    Ok(list(disk, folder)?.get(KEPT - 1).map_or(0, |older| older.seq))
}

/// Collects pairs until so many bytes are there, for a tree that is filled.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) pairs: Vec<(Key, Value)>,
    bytes: usize,
}

impl Pairs {
    /// Adds one; says whether it is time to write them.
    pub(super) fn add(&mut self, key: Key, value: Value) -> bool {
        self.bytes += key.0.len() + value.len();
        self.pairs.push((key, value));
        self.bytes >= 1 << 20 || self.pairs.len() >= 2_000
    }

    pub(super) fn clear(&mut self) {
        self.pairs.clear();
        self.bytes = 0;
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
