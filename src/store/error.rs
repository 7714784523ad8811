//! Why a store could not be opened, read or written. A variant exists because a caller decides differently; the
//! sentences are for the operator, each with the cure.

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use thiserror::Error;

/// An error of opening, reading, exporting or importing.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No such workspace.
    #[error("there is no workspace `{0}` here: create it first, or check --data")]
    Missing(String),
    /// Something is there already.
    #[error(
        "workspace `{0}` has files already: a store is only made where none was; move that folder away first"
    )]
    Exists(String),
    /// Not a name for a folder.
    #[error(
        "`{0}` cannot name a workspace: 1 to 100 bytes without `/` and control characters, no `.` in front"
    )]
    Name(String),
    /// Another process, or another handle of this one, holds it.
    #[error("the workspace is in use by process {}, since {}: stop that one first", known(pid), known(since))]
    Busy {
        /// The holder's process id, where its LOCK could be read.
        pid: Option<u32>,
        /// Since when it holds it.
        since: Option<DateTime<Utc>>,
    },
    /// The store cannot be proved to be whole.
    #[error("the workspace stays shut: {0}")]
    Shut(#[from] Refusal),
    /// The input of an import is not a whole export.
    #[error("nothing was imported: {0}")]
    Import(#[from] ImportError),
    /// An earlier error ended this handle.
    #[error("the store was closed by an earlier error: open it again")]
    Closed,
    /// The disk failed; the message names the file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn known<T: ToString>(what: &Option<T>) -> String {
    what.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// Why a workspace is not opened. Files are never changed by a refusal.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The journal is gone.
    #[error(
        "{} holds no journal though a store was made here: put the folder back, or restore the newest backup", dir.display()
    )]
    NoJournal {
        /// Where it should be.
        dir: PathBuf,
    },
    /// A segment is gone from the row.
    #[error("{} is missing, and with it commits from {first_lost} on: put the file back, or restore the newest backup", file.display())]
    SegmentMissing {
        /// The file that should be there.
        file: PathBuf,
        /// The first commit that cannot be read.
        first_lost: u64,
    },
    /// The first bytes of a segment are no header.
    #[error("the header of {} is damaged, so commits from {first_lost} on cannot be read: put back a good copy of the file, or restore the newest backup", file.display())]
    Header {
        /// The segment.
        file: PathBuf,
        /// The first commit that cannot be read.
        first_lost: u64,
    },
    /// A segment is not as long as it was laid out.
    #[error("{} has {is} bytes but was laid out with {laid_out}, so its end is lost: put back a good copy of the file, or restore the newest backup", file.display())]
    Length {
        /// The segment.
        file: PathBuf,
        /// Its length in bytes.
        is: u64,
        /// The length it was made with.
        laid_out: u64,
    },
    /// A segment of another workspace.
    #[error("{} belongs to workspace `{found}`, not to `{wanted}`: give the folder its name back, or use export and import", file.display())]
    Workspace {
        /// The segment.
        file: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// A segment from before an import or restore.
    #[error("{} comes from another life of this workspace (epoch {found:016x}, not {wanted:016x}): take it out of the folder, or restore the newest backup", file.display())]
    Epoch {
        /// The segment.
        file: PathBuf,
        /// Its epoch.
        found: u64,
        /// The epoch of the segments before.
        wanted: u64,
    },
    /// Written by a newer program.
    #[error("{} has journal format {found}, this program reads up to {known}: start the newer genjin again", file.display())]
    Format {
        /// The segment.
        file: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The records need a newer program.
    #[error("the records need reader {needed}, this program has {known}: start the newer genjin again")]
    Reader {
        /// What the head demands.
        needed: u32,
        /// Ours.
        known: u32,
    },
    /// A damaged frame that cannot be the unfinished last one.
    #[error("{} is damaged at byte {at}: commits from {first_lost} on cannot be read{}; put back a good copy of the file, or restore the newest backup", file.display(), followed(*behind))]
    Rot {
        /// The segment.
        file: PathBuf,
        /// Where the bad frame begins, in bytes.
        at: u64,
        /// The first commit that cannot be read.
        first_lost: u64,
        /// A commit that begins behind the damage, which proves that it is no unfinished write.
        behind: Option<u64>,
    },
    /// A whole frame or segment that does not follow the one before.
    #[error("{} does not go on where the journal before it ends: at byte {at} stands commit {found} where {wanted} must follow; put the right file back, or restore the newest backup", file.display())]
    Gap {
        /// The segment.
        file: PathBuf,
        /// Where, in bytes.
        at: u64,
        /// The commit found there.
        found: u64,
        /// The commit that must follow.
        wanted: u64,
    },
    /// The right number, but written after another past.
    #[error("{} was written after another commit {before} than the one before it: put the right file back, or restore the newest backup", file.display())]
    Chain {
        /// The segment.
        file: PathBuf,
        /// The number of the commit whose checksum differs.
        before: u64,
    },
    /// The journal ends before what was settled or backed up from it.
    #[error("{} ends at commit {last}, but commit {settled} was there: put back a good copy of the file, or restore the newest backup", file.display())]
    Behind {
        /// The newest segment.
        file: PathBuf,
        /// The last commit that can be read in it.
        last: u64,
        /// The commit that the state or a backup goes to.
        settled: u64,
    },
    /// The state cannot be right and cannot be built anew.
    #[error(
        "the state is wrong ({why}) and cannot be built anew: commits {first} to {last} are in no backup and no segment; put the missing files back, or restore the newest backup"
    )]
    State {
        /// What is wrong with it.
        why: String,
        /// The first commit that is missing.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// A newer program settled the state.
    #[error("the state has format {found}, this program reads up to {known}: start the newer genjin again")]
    StateFormat {
        /// The format found.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// All frames are good but the records do not add up.
    #[error(
        "the {part} records do not add up: {found} where the head of commit {seq} says {wanted}; restore the newest backup, and tell the makers"
    )]
    Sum {
        /// Which: "live" or "history".
        part: &'static str,
        /// The head's commit.
        seq: u64,
        /// Records counted.
        found: u64,
        /// Records by the head.
        wanted: u64,
    },
}

fn followed(behind: Option<u64>) -> String {
    behind.map(|seq| format!(", though commit {seq} stands behind it")).unwrap_or_default()
}

/// Why an export cannot be imported.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ImportError {
    /// Not an export.
    #[error("the first line is not that of a genjin backup: choose another file")]
    Format,
    /// Written by a newer program.
    #[error("the backup has version {0}: import it with the newer genjin that wrote it")]
    Version(u32),
    /// A line that cannot be read.
    #[error("line {0} is damaged: choose an older backup")]
    Line(u64),
    /// No last line.
    #[error("the backup ends in the middle: choose an older backup")]
    Cut,
    /// The hash of the content differs.
    #[error("the content does not match the hash in the last line: choose an older backup")]
    Hash,
    /// A file that does not belong into a workspace.
    #[error("the backup carries a file `{0}`, which has no place here: choose another backup")]
    File(String),
    /// The records do not add up to the head.
    #[error("the records do not add up to what the first line says: choose an older backup")]
    Sum,
}

/// Why a commit failed.
#[derive(Debug, Error)]
pub enum CommitError {
    /// Nothing was written (wrong seq, too large): the caller's fault, and the store goes on.
    #[error("the commit was refused: {0}")]
    Refused(String),
    /// Another node owns the workspace now: answer nobody, stop this engine.
    #[error("the workspace belongs to {owner} now")]
    Fenced {
        /// Who owns it.
        owner: String,
    },
    /// Perhaps durable, perhaps not: answer nobody, drop the store, open it again; `head.seq` tells.
    #[error("the commit may or may not be in: {0}")]
    Unknown(#[source] io::Error),
}
