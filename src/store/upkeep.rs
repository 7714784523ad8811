//! The thread that makes backups by itself: every night, and whenever the journal has grown by enough.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::StoreError;
use super::backup;
use super::keeper::{Keeper, Shared};

/// After a failure it is tried again this much later.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// The next night after an instant.
pub type Nightly = Arc<dyn Fn(DateTime<Utc>) -> DateTime<Utc> + Send + Sync>;

/// When backups are made without being asked for.
#[derive(Clone)]
pub struct Upkeep {
    /// When the next night's backup is due, from an instant.
    pub nightly: Nightly,
    /// After so many bytes of journal.
    pub journal: u64,
    /// How often it looks whether one is due.
    pub look: Duration,
}

impl Default for Upkeep {
    fn default() -> Self {
        // Without a word about the workspace's zone: 19:00 UTC is three in the morning in China.
        let nightly = |after: DateTime<Utc>| {
            let tonight = after.date_naive().and_hms_opt(19, 0, 0).expect("19:00 is a time").and_utc();
            if tonight > after { tonight } else { tonight + TimeDelta::days(1) }
        };
        Self { nightly: Arc::new(nightly), journal: 64 << 20, look: Duration::from_secs(1) }
    }
}

impl std::fmt::Debug for Upkeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upkeep").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// The thread, until it is stopped.
#[derive(Debug)]
pub(super) struct Thread {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Thread {
    pub(super) fn start(shared: Arc<Shared>, upkeep: Upkeep, prove_lines: bool) -> io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let thread = std::thread::Builder::new().name("genjin-upkeep".into()).spawn({
            let stop = stop.clone();
            move || run(&shared, &upkeep, &stop, prove_lines)
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            // Its panic would be told already.
            let _ended = thread.join();
        }
    }
}

fn run(shared: &Arc<Shared>, upkeep: &Upkeep, stop: &(Mutex<bool>, Condvar), mut prove_lines: bool) {
    let mut night = (upkeep.nightly)(shared.clock.now());
    let mut not_before = None;
    let mut stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !*stopped {
        stopped = stop.1.wait_timeout(stopped, upkeep.look).unwrap_or_else(PoisonError::into_inner).0;
        let now = shared.clock.now();
        if prove_lines && !*stopped {
            drop(stopped);
            prove_lines = match shared.prove_lines() {
                Ok(is_done) => !is_done,
                Err(error) => {
                    tracing::error!(%error, workspace = shared.workspace, "The settled history could not be proved");
                    true
                }
            };
            // What is doubted is told once: the next commit has it opened anew.
            prove_lines &= shared.settler.doubt().is_none();
            stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        }
        let is_due = now >= night || shared.written.load(Ordering::Relaxed) >= upkeep.journal;
        if *stopped || !is_due || not_before.is_some_and(|until| now < until) {
            continue;
        }
        drop(stopped);
        match back_up(shared) {
            Ok(()) => {
                night = (upkeep.nightly)(now);
                not_before = None;
            }
            // It gave way to commits: as soon as there are fewer.
            Err(StoreError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                tracing::error!(%error, workspace = shared.workspace, "The backup failed; it is tried again in ten minutes");
                not_before = Some(now + AGAIN);
            }
        }
        stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
    }
}

/// Backs up, unless nothing was committed since the last one.
fn back_up(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let newest = backup::list(&shared.disk, &shared.folder)?.first().map_or(0, |newest| newest.seq);
    let status = shared.settler.status();
    if newest >= status.seq && status.debt == 0 {
        return Ok(());
    }
    let done = Keeper(shared.clone()).backup(&())?;
    tracing::info!(workspace = shared.workspace, seq = done.seq, bytes = done.bytes, "Backed up and proved");
    Ok(())
}
