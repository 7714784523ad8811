//! The identities of the last seven days, from the journal and, where that begins later, from a backup.

use std::collections::HashSet;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::backup;
use super::disk::Disk;
use super::lines::Line;
use super::{IDENTITIES_KEPT, IdentityBytes, StoreError};

/// Identities with the times of their commits.
pub(super) type Identities = Vec<(DateTime<Utc>, IdentityBytes)>;

/// The identities of a backup, where the journal's `own` do not reach back seven days; `None` if no backup has them.
pub(super) fn older_identities(
    disk: &Disk,
    folder: &Path,
    first_seq: u64,
    own: &Identities,
) -> Result<Option<Identities>, StoreError> {
    let ends = own.first().zip(own.last());
    if first_seq == 1 || ends.is_some_and(|(first, last)| first.0 < last.0 - IDENTITIES_KEPT) {
        return Ok(Some(Vec::new()));
    }
    for candidate in backup::list(disk, folder)? {
        if candidate.seq + 1 >= first_seq
            && let Some(identities) = identities_in(disk, &candidate.path)?
        {
            return Ok(Some(identities));
        }
    }
    Ok(None)
}

/// The identities in a backup; `None` if it cannot be proved.
fn identities_in(disk: &Disk, file: &Path) -> Result<Option<Identities>, StoreError> {
    let mut identities = Vec::new();
    let read = backup::read(disk, file, "reading", &(), &mut |line| {
        if let Line::Identities(time, day) = line {
            identities.extend(day.into_iter().map(|identity| (time, identity)));
        }
        Ok(())
    });
    match read {
        Ok(_) => Ok(Some(identities)),
        Err(StoreError::Import(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Older identities and newer ones, each once, those of the last seven days.
pub(super) fn joined(before: Identities, own: Identities) -> Identities {
    let known: HashSet<IdentityBytes> = own.iter().map(|(_, identity)| *identity).collect();
    let mut all: Identities = before.into_iter().filter(|(_, identity)| !known.contains(identity)).collect();
    all.extend(own);
    if let Some(last) = all.iter().map(|(time, _)| *time).max() {
        all.retain(|(time, _)| *time >= last - IDENTITIES_KEPT);
    }
    all
}
