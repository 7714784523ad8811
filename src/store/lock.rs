//! The claim on a workspace folder: an exclusive lock on its LOCK file for as long as the store is open. The kernel
//! lets go of it when the process ends, however it ends; the text inside only tells others who holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::process;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::StoreError;
use super::disk::{Disk, Op, at_path};

/// The name of the file.
pub(super) const LOCK: &str = "LOCK";

/// A child process that is just being started holds its parent's locks until it has become another program, so a lock
/// that was let go of may look held for a moment.
const LOOKS: u32 = 20;
/// Between two looks.
const BETWEEN: Duration = Duration::from_millis(10);

/// A claim held; dropping it lets go.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Claims the folder, or says who holds it.
    pub(super) fn claim(disk: &Disk, dir: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let path = dir.join(LOCK);
        disk.ask(Op::Create, &path)?;
        let named = |error: io::Error| at_path(&path, error);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(named)?;
        let mut looks = 0;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if looks < LOOKS => {
                    looks += 1;
                    std::thread::sleep(BETWEEN);
                }
                Err(TryLockError::WouldBlock) => return Err(holder(&path)),
                Err(TryLockError::Error(error)) => return Err(named(error).into()),
            }
        }
        let since = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        file.set_len(0).map_err(named)?;
        writeln!(file, "pid {} since {since}", process::id()).map_err(named)?;
        Ok(Self { _file: file })
    }
}

fn holder(path: &Path) -> StoreError {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut words = text.split_whitespace();
    let pid = words.nth(1).and_then(|pid| pid.parse().ok());
    let since = words.nth(1).and_then(|since| since.parse().ok());
    StoreError::Busy { pid, since }
}
