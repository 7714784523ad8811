//! The records as sled keeps them, in `state/`: one tree, synced by ourselves, since sled's own `flush` survives
//! `kill -9` but not a power cut.
//!
//! ```text
//! 'r' | key                            0 | value, or 1 | how many parts u32 where the value is longer than PART
//! 'p' | key length u16 | key | n u32   the n-th part of such a value
//! '!'                                  the mark: up to which commit all of this goes
//! ```
//!
//! No value of the tree is longer than [`PART`]: a page with larger ones goes to a file of its own, which sled never
//! syncs. sled may panic on damaged files, so everything that touches it runs caught.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::disk::{Disk, Op};
use super::frame;
use super::keys::is_empty;
use super::tree_error::TreeError;
use super::{Head, Key, Value};

/// The longest value in the tree, in bytes.
const PART: usize = 4_000;
const RECORD: u8 = b'r';
const PARTS: u8 = b'p';
const MARK: &[u8] = b"!";
const WHOLE: u8 = 0;
const IN_PARTS: u8 = 1;
/// sled's own cache: the records that matter are in the engine's memory.
const CACHE: u64 = 8 << 20;
/// How often sled's thread writes its log and, which alone matters here, collects thinly filled segments.
const FLUSH_EVERY_MS: u64 = 500;

/// How sled says that its file is locked.
const LOCKED: &str = "could not acquire lock";
const LOOKS: u32 = 500;
const BETWEEN: Duration = Duration::from_millis(10);

/// Up to which commit a tree or a backup goes: the head after it, and the checksum of its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) head: Head,
    pub(super) checksum: u32,
}

/// The tree, open.
pub(super) struct Tree {
    db: sled::Db,
    /// Our own handle on sled's file, to sync it.
    file: File,
    disk: Disk,
    path: Box<Path>,
    /// What was found wrong with it while it was used.
    doubt: OnceLock<String>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Tree {
    /// Opens the tree in `dir`, or makes an empty one. The caller holds the workspace's lock.
    pub(super) fn open(disk: &Disk, dir: &Path) -> Result<Self, TreeError> {
        disk.create_dirs(dir)?;
        for name in disk.names(dir)? {
            // A snapshot that was never renamed is rubbish, yet sled would read it.
            if name.starts_with("snap.") && name.ends_with(".generating") {
                disk.remove(&dir.join(name))?;
            }
        }
        let path = dir.join("db");
        disk.ask(Op::Settle, &path)?;
        let opened = caught(|| {
            let db = open_db(dir)?;
            let file = OpenOptions::new().write(true).open(&path)?;
            file.sync_all()?;
            disk.sync_dir(dir)?;
            Ok(Self { db, file, disk: disk.clone(), path: path.as_path().into(), doubt: OnceLock::new() })
        });
        opened.map_err(|error| error.at(&path))
    }

    /// Says that it is wrong, so that the next opening looks at all of it.
    pub(super) fn doubt(&self, why: &str) {
        self.doubt.get_or_init(|| why.to_owned());
    }

    /// What was found wrong with it.
    pub(super) fn doubted(&self) -> Option<&str> {
        self.doubt.get().map(String::as_str)
    }

    /// Runs what touches sled, names the file in errors, and keeps what it shows to be wrong.
    fn run<T>(&self, act: impl FnOnce() -> Result<T, TreeError>) -> Result<T, TreeError> {
        self.noted(caught(act))
    }

    fn noted<T>(&self, done: Result<T, TreeError>) -> Result<T, TreeError> {
        done.map_err(|error| {
            if let TreeError::Wrong(why) = &error {
                self.doubt(why);
            }
            error.at(&self.path)
        })
    }

    /// Up to which commit the tree goes; `None` for one that was just made.
    pub(super) fn mark(&self) -> Result<Option<Mark>, TreeError> {
        let Some(bytes) = self.run(|| Ok(self.db.get(MARK)?))? else { return Ok(None) };
        match frame::decode_mark(&bytes) {
            Some(Ok(mark)) => Ok(Some(mark)),
            Some(Err(format)) => Err(TreeError::Newer(format)),
            None => Err(wrong("its mark does not read")),
        }
    }

    /// Applies changes and the mark that they lead to, all or nothing; durable after [`Tree::sync`].
    pub(super) fn apply<'a>(
        &self,
        changes: impl Iterator<Item = (&'a Key, Option<&'a Value>)>,
        mark: &Mark,
    ) -> Result<(), TreeError> {
        self.disk.ask(Op::Settle, &self.path)?;
        self.run(|| {
            let mut batch = sled::Batch::default();
            for (key, value) in changes {
                self.change(&mut batch, key, value)?;
            }
            batch.insert(MARK, frame::encode_mark(mark));
            Ok(self.db.apply_batch(batch)?)
        })
    }

    /// The same for a tree that is being built: it has no mark before its last batch.
    pub(super) fn fill(&self, pairs: &[(Key, Value)], mark: Option<&Mark>) -> Result<(), TreeError> {
        self.disk.ask(Op::Settle, &self.path)?;
        self.run(|| {
            let mut batch = sled::Batch::default();
            for (key, value) in pairs {
                put(&mut batch, key, value);
            }
            if let Some(mark) = mark {
                batch.insert(MARK, frame::encode_mark(mark));
            }
            Ok(self.db.apply_batch(batch)?)
        })
    }

    fn change(&self, batch: &mut sled::Batch, key: &Key, value: Option<&Value>) -> Result<(), TreeError> {
        // A shorter value leaves parts behind, which nobody would ever find again.
        if let Some(old) = self.db.get(record_key(&key.0))?
            && let Some(count) = count_of_parts(&old)?
        {
            (0..count).for_each(|n| batch.remove(part_key(&key.0, n)));
        }
        match value {
            Some(value) => put(batch, key, value),
            None => batch.remove(record_key(&key.0)),
        }
        Ok(())
    }

    /// Makes what was applied durable, against a power cut too.
    pub(super) fn sync(&self) -> Result<(), TreeError> {
        self.disk.ask(Op::Settle, &self.path)?;
        self.run(|| {
            self.db.flush()?;
            Ok(self.file.sync_data()?)
        })
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Value>, TreeError> {
        self.run(|| match self.db.get(record_key(key))? {
            Some(stored) => self.whole(key, &stored).map(Some),
            None => Ok(None),
        })
    }

    /// Pairs in key order, from both ends, of a tree that is not being changed.
    pub(super) fn range(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = Result<(Key, Value), TreeError>> {
        self.range_but(from, to, &|_| false)
    }

    /// The same without the `hidden` keys, which alone may be changed meanwhile: a long value lies in parts, and half of
    /// one must not be read.
    pub(super) fn range_but<'a>(
        &'a self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        hidden: &'a dyn Fn(&Key) -> bool,
    ) -> impl DoubleEndedIterator<Item = Result<(Key, Value), TreeError>> + use<'a> {
        let is_empty = is_empty(&from, &to);
        let from = match from {
            Bound::Unbounded => Bound::Included(vec![RECORD]),
            bound => bound.map(record_key),
        };
        let to = match to {
            Bound::Unbounded => Bound::Excluded(vec![RECORD + 1]),
            bound => bound.map(record_key),
        };
        let pairs = (!is_empty).then(|| self.db.range::<Vec<u8>, _>((from, to)));
        Range { tree: self, pairs, hidden }
    }

    fn pair(&self, key: Key, stored: &[u8]) -> Result<(Key, Value), TreeError> {
        let value = self.whole(&key.0, stored)?;
        Ok((key, value))
    }

    fn whole(&self, key: &[u8], stored: &[u8]) -> Result<Value, TreeError> {
        let Some(count) = count_of_parts(stored)? else { return Ok(stored[1..].to_vec()) };
        let mut value = Vec::new();
        for n in 0..count {
            let part = self.db.get(part_key(key, n))?.ok_or_else(|| wrong("a part of a value is missing"))?;
            value.extend_from_slice(&part);
        }
        Ok(value)
    }
}

/// Pairs of a tree. It ends behind its first error.
struct Range<'a> {
    tree: &'a Tree,
    pairs: Option<sled::Iter>,
    /// Passed over unread: the settler may be changing them, part by part.
    hidden: &'a dyn Fn(&Key) -> bool,
}

impl Range<'_> {
    fn step(
        &mut self,
        mut step: impl FnMut(&mut sled::Iter) -> Option<sled::Result<(sled::IVec, sled::IVec)>>,
    ) -> Option<Result<(Key, Value), TreeError>> {
        let (tree, pairs, hidden) = (self.tree, self.pairs.as_mut()?, self.hidden);
        let next = || {
            while let Some(stored) = step(pairs) {
                let (key, stored) = stored?;
                let key = Key(key.get(1..).unwrap_or_default().to_vec());
                if !hidden(&key) {
                    return tree.pair(key, &stored).map(Some);
                }
            }
            Ok(None)
        };
        let pair = tree.run(next).transpose();
        if !matches!(pair, Some(Ok(_))) {
            self.pairs = None;
        }
        pair
    }
}

impl Iterator for Range<'_> {
    type Item = Result<(Key, Value), TreeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(Iterator::next)
    }
}

impl DoubleEndedIterator for Range<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(DoubleEndedIterator::next_back)
    }
}

fn open_db(dir: &Path) -> Result<sled::Db, TreeError> {
    let config = sled::Config::new().path(dir).cache_capacity(CACHE).flush_every_ms(Some(FLUSH_EVERY_MS));
    let mut looks = 0;
    loop {
        match config.open() {
            // We hold the workspace, so sled's own lock is held by nobody but a child process that is just being
            // started, or by an earlier handle's thread that is just ending.
            Err(sled::Error::Io(error)) if error.to_string().contains(LOCKED) && looks < LOOKS => {
                looks += 1;
                std::thread::sleep(BETWEEN);
            }
            opened => return Ok(opened?),
        }
    }
}

/// Runs what touches sled; a panic of its means that its files cannot be right.
pub(super) fn caught<T>(act: impl FnOnce() -> Result<T, TreeError>) -> Result<T, TreeError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(TreeError::Wrong(format!("sled gave up: {text}")))
    })
}

/// Removes a tree's folder with all in it.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn wrong(why: &str) -> TreeError {
    TreeError::Wrong(why.to_owned())
}

fn put(batch: &mut sled::Batch, key: &Key, value: &Value) {
    if value.len() < PART {
        return batch.insert(record_key(&key.0), [&[WHOLE], value.as_slice()].concat());
    }
    let parts = value.chunks(PART);
    let count = (parts.len() as u32).to_be_bytes();
    batch.insert(record_key(&key.0), [&[IN_PARTS][..], &count].concat());
    for (part, n) in parts.zip(0..) {
        batch.insert(part_key(&key.0, n), part);
    }
}

/// In how many parts a stored value lies; `None` when it is whole.
fn count_of_parts(stored: &[u8]) -> Result<Option<u32>, TreeError> {
    match stored.split_first() {
        Some((&WHOLE, _)) => Ok(None),
        Some((&IN_PARTS, count)) => {
            let count = count.try_into().map_err(|_| wrong("a value does not read"))?;
            Ok(Some(u32::from_be_bytes(count)))
        }
        _ => Err(wrong("a value does not read")),
    }
}

fn record_key(key: &[u8]) -> Vec<u8> {
    [&[RECORD], key].concat()
}

fn part_key(key: &[u8], n: u32) -> Vec<u8> {
    [&[PARTS][..], &(key.len() as u16).to_be_bytes(), key, &n.to_be_bytes()].concat()
}
