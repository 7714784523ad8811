//! A store that fails on command: for the engine's seeded simulation, over any other store.
//!
//! [`Faults`] is the script. Each commit takes the next fault from it; a faulty commit ends the handle as a real error
//! would, and only opening anew through the same [`FaultyStores`] shows whether the batch is in.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Batch, CommitError, Each, Head, Key, Opened, Page, Report, Store, StoreError, Stores, Value};

/// What becomes of one commit, or one opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It goes well.
    None,
    /// It fails before anything is written.
    Before,
    /// It fails after all of it is durable.
    After,
}

/// The script of faults; clones share it. An empty script means that all goes well.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    commits: VecDeque<Fault>,
    failing_opens: u32,
}

impl Faults {
    /// A script without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what becomes of the next commit for which nothing is said yet.
    pub fn then(&self, fault: Fault) {
        self.script().commits.push_back(fault);
    }

    /// The next `count` openings fail, as on a full disk.
    pub fn fail_opens(&self, count: u32) {
        self.script().failing_opens = count;
    }

    /// How many of the faults are still to come.
    pub fn left(&self) -> usize {
        self.script().commits.len()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_commit(&self) -> Fault {
        self.script().commits.pop_front().unwrap_or(Fault::None)
    }

    fn open_fails(&self) -> bool {
        let mut script = self.script();
        let fails = script.failing_opens > 0;
        script.failing_opens = script.failing_opens.saturating_sub(1);
        fails
    }
}

/// Stores whose handles fail by one script.
#[derive(Clone, Debug)]
pub struct FaultyStores<T> {
    inner: T,
    faults: Faults,
}

impl<T> FaultyStores<T> {
    /// Puts `faults` before `inner`.
    pub fn new(inner: T, faults: Faults) -> Self {
        Self { inner, faults }
    }

    fn wrap<S>(&self, opened: Opened<S>) -> Opened<Faulty<S>> {
        let Opened { store, head, identities, repaired } = opened;
        Opened { store: Faulty::new(store, self.faults.clone()), head, identities, repaired }
    }
}

impl<T: Stores> Stores for FaultyStores<T> {
    type Store = Faulty<T::Store>;

    fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        self.inner.workspaces()
    }

    fn create(&self, workspace: &str, epoch: u64) -> Result<Opened<Self::Store>, StoreError> {
        self.inner.create(workspace, epoch).map(|opened| self.wrap(opened))
    }

    fn open(&self, workspace: &str) -> Result<Opened<Self::Store>, StoreError> {
        if self.faults.open_fails() {
            return Err(scripted().into());
        }
        self.inner.open(workspace).map(|opened| self.wrap(opened))
    }

    fn import(&self, workspace: &str, from: &mut dyn Read, epoch: u64) -> Result<Head, StoreError> {
        self.inner.import(workspace, from, epoch)
    }
}

/// A store that fails by a script.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    faults: Faults,
    /// The last head that the caller may know, once the handle is dead.
    dead_at: Option<Head>,
}

impl<S> Faulty<S> {
    /// Puts `faults` before `inner`.
    pub fn new(inner: S, faults: Faults) -> Self {
        Self { inner, faults, dead_at: None }
    }

    fn alive(&mut self) -> Result<&mut S, StoreError> {
        if self.dead_at.is_some() { Err(StoreError::Closed) } else { Ok(&mut self.inner) }
    }
}

impl<S: Store> Store for Faulty<S> {
    fn head(&self) -> &Head {
        self.dead_at.as_ref().unwrap_or_else(|| self.inner.head())
    }

    fn load(&mut self, kind: u8, each: &mut Each<'_>) -> Result<(), StoreError> {
        self.alive()?.load(kind, each)
    }

    fn history(&mut self, page: &Page<'_>) -> Result<Vec<(Key, Value)>, StoreError> {
        self.alive()?.history(page)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if self.dead_at.is_some() {
            return Err(CommitError::Unknown(io::Error::other(StoreError::Closed)));
        }
        let head = self.inner.head().clone();
        match self.faults.next_commit() {
            Fault::None => return self.inner.commit(batch),
            Fault::Before => {}
            Fault::After => self.inner.commit(batch)?,
        }
        self.dead_at = Some(head);
        Err(CommitError::Unknown(scripted()))
    }

    fn begin_anew(&mut self) {
        self.inner.begin_anew();
    }

    fn export(&mut self, to: &mut dyn Write) -> Result<Head, StoreError> {
        self.alive()?.export(to)
    }

    fn check(&mut self) -> Result<Report, StoreError> {
        self.alive()?.check()
    }
}

fn scripted() -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "a scripted fault")
}
