//! The store in memory, for tests and the seeded simulation. It keeps what a handle committed when the handle is
//! dropped, so that an engine can be ended and opened anew as on disk.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::records::Records;
use super::{Batch, CommitError, Each, Head, Key, Opened, Page, Report, Store, StoreError, Stores, Value};

/// Workspaces in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStores(Arc<Mutex<BTreeMap<String, Slot>>>);

/// Where a workspace's records are; `Held` while a store has them.
#[derive(Debug)]
enum Slot {
    Held,
    Free(Records),
}

impl MemoryStores {
    /// No workspace yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, workspace: &str, records: Records) -> Result<(), StoreError> {
        let mut slots = self.slots();
        if slots.contains_key(workspace) {
            return Err(StoreError::Exists(workspace.to_owned()));
        }
        slots.insert(workspace.to_owned(), Slot::Free(records));
        Ok(())
    }
}

impl Stores for MemoryStores {
    type Store = MemoryStore;

    fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.slots().keys().cloned().collect())
    }

    fn create(&self, workspace: &str, epoch: u64) -> Result<Opened<MemoryStore>, StoreError> {
        self.add(workspace, Records::empty(Head::fresh(epoch)))?;
        self.open(workspace)
    }

    fn open(&self, workspace: &str) -> Result<Opened<MemoryStore>, StoreError> {
        let mut slots = self.slots();
        let slot = slots.get_mut(workspace).ok_or_else(|| StoreError::Missing(workspace.to_owned()))?;
        let Slot::Free(records) = std::mem::replace(slot, Slot::Held) else {
            return Err(StoreError::Busy { pid: Some(process::id()), since: None });
        };
        let head = records.head().clone();
        let identities = records.identities().copied().collect();
        let store =
            MemoryStore { home: self.clone(), workspace: workspace.to_owned(), records: Some(records) };
        Ok(Opened { store, head, identities, repaired: None })
    }

    fn import(&self, workspace: &str, from: &mut dyn Read, epoch: u64) -> Result<Head, StoreError> {
        let records = Records::import(from)?.with_epoch(epoch);
        let head = records.head().clone();
        self.add(workspace, records)?;
        Ok(head)
    }
}

/// One workspace in memory, held until it is dropped.
#[derive(Debug)]
pub struct MemoryStore {
    home: MemoryStores,
    workspace: String,
    /// `Some` until the drop gives them back.
    records: Option<Records>,
}

impl MemoryStore {
    fn records(&self) -> &Records {
        self.records.as_ref().expect("only the drop takes them")
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        if let Some(records) = self.records.take() {
            self.home.slots().insert(self.workspace.clone(), Slot::Free(records));
        }
    }
}

impl Store for MemoryStore {
    fn head(&self) -> &Head {
        self.records().head()
    }

    fn load(&mut self, kind: u8, each: &mut Each<'_>) -> Result<(), StoreError> {
        self.records().load(kind, each)
    }

    fn history(&mut self, page: &Page<'_>) -> Result<Vec<(Key, Value)>, StoreError> {
        Ok(self.records().page(page))
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        let records = self.records.as_mut().expect("only the drop takes them");
        let draft = records.draft(batch)?;
        records.apply_draft(draft);
        Ok(())
    }

    fn export(&mut self, to: &mut dyn Write) -> Result<Head, StoreError> {
        self.records().export(to, &self.workspace)?;
        Ok(self.head().clone())
    }

    fn check(&mut self) -> Result<Report, StoreError> {
        let problems = self.records().prove().err().iter().map(ToString::to_string).collect();
        Ok(Report { head: self.head().clone(), problems })
    }
}
