//! A reader of everything at one commit: while it reads, nothing is settled, so it gives way to the commits that wait.

use std::io;
use std::sync::Arc;

use super::Settler;
use crate::store::tree::{Mark, Tree};

/// How often a reader looks whether it is in the way, in pairs.
pub(in crate::store) const LOOK_EVERY: u64 = 4_096;

/// The tree as it stands, at one commit, until this is dropped.
pub(in crate::store) struct Still<'a> {
    pub(super) settler: &'a Settler,
    pub(in crate::store) tree: Arc<Tree>,
    pub(in crate::store) mark: Mark,
}

impl Still<'_> {
    /// Called after `done` pairs: now and then it looks whether this reader holds commits up too long.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when it does, or the store is being closed.
    pub(in crate::store) fn give_way(&self, done: u64) -> io::Result<()> {
        if done.is_multiple_of(LOOK_EVERY) && self.is_in_the_way() {
            let why = "too much is being written to read everything beside it: try again when it is quieter";
            return Err(io::Error::new(io::ErrorKind::WouldBlock, why));
        }
        Ok(())
    }

    /// Whether this reader should give way: so much waits by now, or the store is being closed.
    pub(in crate::store) fn is_in_the_way(&self) -> bool {
        let inner = self.settler.inner();
        inner.is_stopping || inner.overlay.debt() >= self.settler.settling.bound / 2
    }
}

impl Drop for Still<'_> {
    fn drop(&mut self) {
        self.settler.inner().readers -= 1;
        self.settler.changed.notify_all();
    }
}
