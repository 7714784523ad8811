//! Brings commits from the overlay into the tree, behind the answers: a thread of its own merges what gathered into one
//! batch, applies it, syncs it. An error drops the tree and opens it again later; meanwhile commits go on, up to a bound.
//! A tree that nobody needed for a while is closed.

mod settling;
mod still;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::Disk;
use super::overlay::Overlay;
use super::tree::{self, Mark, Tree};
use super::tree_error::TreeError;
use super::{Key, Value};
pub use settling::Settling;
pub(super) use still::{LOOK_EVERY, Still};

/// The ending of a tree that was exchanged, until it is removed.
pub(super) const OLD: &str = "old";
/// Pauses between attempts after an error, in seconds.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 30];
/// So many times at most a gathering waits for commits to pause: under a steady stream it is the bytes that end it, since
/// each settling syncs the disk that the next commit waits for.
const GATHERINGS: u32 = 5_000;

/// The tree with the overlay over it, shared by the engine's thread, the settler's and those who read at leisure.
#[derive(Debug)]
pub(super) struct Settler {
    inner: Mutex<Inner>,
    changed: Condvar,
    disk: Disk,
    dir: PathBuf,
    settling: Settling,
}

#[derive(Debug)]
struct Inner {
    overlay: Overlay,
    /// `None` while it is closed.
    tree: Option<Arc<Tree>>,
    /// Up to where the tree is durable.
    settled: Mark,
    /// The last commit.
    committed: u64,
    is_settling: bool,
    is_asleep: bool,
    is_stopping: bool,
    is_ended: bool,
    /// Somebody waits for everything to be settled.
    hurries: usize,
    /// Those who read the tree as it stands; nothing is settled beside them.
    readers: usize,
    faults: u64,
    fault: Option<String>,
    /// Why the tree cannot be right, if so.
    doubt: Option<String>,
}

/// How far settling is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledTo {
    /// The last commit that is durable in the tree.
    pub seq: u64,
    /// Bytes that wait.
    pub debt: usize,
    /// Whether the tree is open.
    pub is_open: bool,
    /// Why it does not go on, if it does not.
    pub fault: Option<String>,
}

impl Inner {
    fn close(&mut self) {
        if let Some(tree) = self.tree.take()
            && let Some(why) = tree.doubted()
        {
            self.doubt.get_or_insert_with(|| why.to_owned());
        }
    }
}

impl Settler {
    /// Over an open tree that is durable up to `settled`, with what the journal has beyond it.
    pub(super) fn new(
        disk: Disk,
        dir: PathBuf,
        settling: Settling,
        tree: Tree,
        settled: Mark,
        overlay: Overlay,
    ) -> Self {
        let inner = Inner {
            committed: overlay.upto().unwrap_or(settled.head.seq),
            overlay,
            tree: Some(Arc::new(tree)),
            settled,
            is_settling: false,
            is_asleep: false,
            is_stopping: false,
            is_ended: false,
            hurries: 0,
            readers: 0,
            faults: 0,
            fault: None,
            doubt: None,
        };
        Self { inner: Mutex::new(inner), changed: Condvar::new(), disk, dir, settling }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change; says whether none came.
    fn wait_for<'a>(&self, inner: MutexGuard<'a, Inner>, time: Duration) -> (MutexGuard<'a, Inner>, bool) {
        let (inner, waited) = self.changed.wait_timeout(inner, time).unwrap_or_else(PoisonError::into_inner);
        (inner, waited.timed_out())
    }

    /// Why another commit must not be made, if so.
    pub(super) fn refusal(&self) -> Option<String> {
        let inner = self.inner();
        let debt = inner.overlay.debt();
        (debt >= self.settling.bound).then(|| {
            let why = inner.fault.as_deref().unwrap_or("the disk is too slow, give it a faster one");
            let (kb, dir) = (debt.div_ceil(1 << 10), self.dir.display());
            format!("{kb} KB wait to be settled in {dir}, commits go on when that does: {why}")
        })
    }

    /// Why the tree cannot be right, if that showed: it is to be opened anew, which proves all of it.
    pub(super) fn doubt(&self) -> Option<String> {
        let inner = self.inner();
        let of_tree = inner.tree.as_ref().and_then(|tree| tree.doubted());
        inner.doubt.as_deref().or(of_tree).map(str::to_owned)
    }

    /// Takes over a durable commit.
    pub(super) fn put(&self, changes: impl IntoIterator<Item = (Key, Option<Value>)>, mark: Mark) {
        let mut inner = self.inner();
        inner.committed = mark.head.seq;
        inner.overlay.put(changes, mark);
        let presses = inner.overlay.debt() >= self.settling.batch && !inner.is_settling;
        if inner.is_asleep || presses {
            inner.is_asleep = false;
            drop(inner);
            self.changed.notify_all();
        }
    }

    /// Reads overlay and tree together.
    pub(super) fn read<T, E: From<TreeError>>(
        &self,
        look: impl FnOnce(&Overlay, &Tree) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut inner = self.inner();
        let tree = self.tree(&mut inner)?;
        look(&inner.overlay, &tree)
    }

    /// The tree, opened again where it was closed.
    fn tree(&self, inner: &mut Inner) -> Result<Arc<Tree>, TreeError> {
        if let Some(tree) = &inner.tree {
            return Ok(tree.clone());
        }
        if inner.is_ended {
            return Err(TreeError::Io(io::Error::other("the store is closed")));
        }
        let opened = self.opened(inner.settled.head.seq);
        if let Err(TreeError::Wrong(why)) = &opened {
            inner.doubt.get_or_insert_with(|| why.clone());
        }
        Ok(inner.tree.insert(Arc::new(opened?)).clone())
    }

    fn opened(&self, settled: u64) -> Result<Tree, TreeError> {
        let tree = Tree::open(&self.disk, &self.dir)?;
        let seq = tree.mark()?.map_or(0, |mark| mark.head.seq);
        if seq < settled {
            return Err(TreeError::Wrong(format!("it went back from commit {settled} to {seq}")));
        }
        Ok(tree)
    }

    /// Waits until everything that is committed now is durable in the tree.
    ///
    /// # Errors
    /// Why it is not.
    pub(super) fn settle(&self) -> Result<Mark, String> {
        if !self.settling.enabled {
            return Err("settling is off".to_owned());
        }
        let mut inner = self.inner();
        let (upto, faults) = (inner.committed, inner.faults);
        inner.hurries += 1;
        inner.is_asleep = false;
        self.changed.notify_all();
        while inner.settled.head.seq < upto && inner.faults == faults && !inner.is_stopping {
            inner = self.wait(inner);
        }
        inner.hurries -= 1;
        if inner.settled.head.seq >= upto {
            return Ok(inner.settled.clone());
        }
        Err(inner.fault.clone().unwrap_or_else(|| "the store is being closed".to_owned()))
    }

    /// The tree at a commit, as long as the result lives; what is committed meanwhile waits.
    pub(super) fn still(&self) -> Result<Still<'_>, TreeError> {
        let mut inner = self.inner();
        inner.readers += 1;
        while inner.is_settling {
            inner = self.wait(inner);
        }
        // After a failure the tree may be ahead of what is known to be durable.
        let tree = match &inner.fault {
            Some(why) => Err(TreeError::Io(io::Error::other(why.clone()))),
            None => self.tree(&mut inner),
        };
        match tree {
            Ok(tree) => Ok(Still { settler: self, tree, mark: inner.settled.clone() }),
            Err(error) => {
                inner.readers -= 1;
                self.changed.notify_all();
                Err(error)
            }
        }
    }

    /// Puts a tree that was built in `new`, of the same records as `still`, in the place of the one that is there, whose
    /// files are removed: sled keeps what was overwritten until it needs the room.
    pub(super) fn exchange(&self, still: Still<'_>, new: &Path) -> Result<(), TreeError> {
        let aside = self.dir.with_extension(OLD);
        tree::remove(&aside)?;
        // As a reader of its own: nothing is settled between the look and the exchange.
        self.inner().readers += 1;
        drop(still);
        let mut inner = self.inner();
        while inner.readers > 1 {
            inner = self.wait(inner);
        }
        inner.tree = None;
        let exchanged = self.rename(&self.dir, &aside).and_then(|()| {
            let opened = self.rename(new, &self.dir).and_then(|()| self.tree(&mut inner));
            if opened.is_err() {
                tree::remove(&self.dir)?;
                self.rename(&aside, &self.dir)?;
            }
            opened.map(drop)
        });
        inner.readers -= 1;
        drop(inner);
        self.changed.notify_all();
        exchanged?;
        Ok(tree::remove(&aside)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), TreeError> {
        self.disk.rename(from, to)?;
        Ok(self.disk.sync_dir(to.parent().unwrap_or(Path::new(".")))?)
    }

    /// How far it is.
    pub(super) fn status(&self) -> SettledTo {
        let inner = self.inner();
        SettledTo {
            seq: inner.settled.head.seq,
            debt: inner.overlay.debt(),
            is_open: inner.tree.is_some(),
            fault: inner.fault.clone(),
        }
    }

    /// Up to where the tree is durable.
    pub(super) fn settled(&self) -> Mark {
        self.inner().settled.clone()
    }

    /// Asks [`Settler::run`] to settle what it can and end.
    pub(super) fn stop(&self) {
        self.inner().is_stopping = true;
        self.changed.notify_all();
    }

    /// Settles until it is stopped.
    pub(super) fn run(&self) {
        let mut failures = 0;
        let mut inner = self.inner();
        loop {
            inner = self.gather(inner);
            if !self.settling.enabled || inner.overlay.is_empty() {
                break;
            }
            while inner.readers > 0 {
                inner = self.wait(inner);
            }
            let tree = self.tree(&mut inner);
            let Some(layer) = inner.overlay.freeze() else { continue };
            inner.is_settling = true;
            drop(inner);
            let done = tree.and_then(|tree| {
                tree.apply(layer.changes.iter().map(|(key, value)| (key, value.as_ref())), &layer.mark)?;
                tree.sync()
            });
            inner = self.inner();
            inner.is_settling = false;
            match done {
                Ok(()) => {
                    inner.settled = layer.mark.clone();
                    inner.overlay.settled();
                    (inner.fault, failures) = (None, 0);
                    self.changed.notify_all();
                }
                Err(error) => {
                    inner = self.failed(inner, &error, failures);
                    failures += 1;
                    if inner.is_stopping {
                        break;
                    }
                }
            }
        }
        while inner.readers > 0 {
            inner = self.wait(inner);
        }
        inner.close();
        inner.is_ended = true;
    }

    /// Waits until something is to be settled, or until it is stopped with nothing left.
    fn gather<'a>(&self, mut inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        while (inner.overlay.is_empty() || !self.settling.enabled) && !inner.is_stopping {
            inner.is_asleep = true;
            let (back, nothing_came) = self.wait_for(inner, self.settling.close_after);
            inner = back;
            if nothing_came && inner.readers == 0 && inner.overlay.is_empty() {
                inner.close();
            }
        }
        inner.is_asleep = false;
        for _ in 0..GATHERINGS {
            let presses = inner.overlay.debt() >= self.settling.batch || inner.hurries > 0;
            if presses || inner.is_stopping || !inner.overlay.has_fresh() {
                break;
            }
            let before = inner.committed;
            inner = self.wait_for(inner, self.settling.idle).0;
            if inner.committed == before {
                break;
            }
        }
        inner
    }

    fn failed<'a>(
        &self,
        mut inner: MutexGuard<'a, Inner>,
        error: &TreeError,
        failures: usize,
    ) -> MutexGuard<'a, Inner> {
        if let TreeError::Wrong(why) = error {
            inner.doubt.get_or_insert_with(|| why.clone());
        }
        // sled repeats its first error for ever: only a new handle can do better.
        inner.tree = None;
        tracing::error!(
            %error, dir = %self.dir.display(),
            "Commits could not be settled; they are safe in the journal, and it is tried again"
        );
        inner.fault = Some(error.to_string());
        inner.faults += 1;
        self.changed.notify_all();
        let mut left = Duration::from_secs(PAUSES[failures.min(PAUSES.len() - 1)]);
        let slice = Duration::from_millis(50);
        while !left.is_zero() && !inner.is_stopping && inner.hurries == 0 {
            inner = self.wait_for(inner, slice.min(left)).0;
            left = left.saturating_sub(slice);
        }
        inner
    }
}
