//! Where a workspace's records live: keys and values as bytes, no word of sales.
//!
//! The engine is the only caller. It gathers what a drain of events changed into one [`Batch`] and answers the world
//! when [`Store::commit`] has returned, so the invariant of everything here is: what was committed survives `kill -9`
//! and a power cut, whole or not at all, and a store that cannot prove that it is whole stays shut and says why.
//!
//! [`JournalStores`] keep a workspace on disk, [`MemoryStores`] in memory for tests and the seeded simulation,
//! [`FaultyStores`] wrap either of them and fail on command. One conformance suite holds for all.
//!
//! A value may have any size up to the frame limit ([`FRAME_MAX`]) and is stored, hashed and given back whole.

mod backup;
mod disk;
mod draft;
mod error;
mod faulty;
mod frame;
mod identities;
mod journal;
mod keeper;
mod keys;
mod lines;
mod lock;
mod media;
mod memory;
mod opening;
mod overlay;
mod proof;
mod records;
mod replay;
mod segment;
mod settler;
mod stores;
mod sum;
mod tree;
mod tree_error;
mod upkeep;
mod walk;

use std::fmt;
use std::io::{Read, Write};
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

pub use disk::{Disk, Interfere, Meet, Op};
pub use error::{CommitError, ImportError, Refusal, StoreError};
pub use faulty::{Fault, Faults, Faulty, FaultyStores};
pub use frame::FRAME_MAX;
pub use journal::JournalStore;
pub use keeper::{BackedUp, Keeper, Stats};
pub use keys::{HISTORY, KEY_MAX, Key, line_prefix};
pub use media::MediaFolder;
pub use memory::{MemoryStore, MemoryStores};
pub use proof::Proof;
pub use settler::{SettledTo, Settling};
pub use stores::{JournalStores, Options};
pub use upkeep::{Nightly, Upkeep};

/// A record as the caller encoded it: JSON with a version inside. The store never looks into it.
pub type Value = Vec<u8>;

/// The identity of an event that was committed: the mark by which a re-send is known.
pub type IdentityBytes = [u8; 16];

/// How long identities are kept, counted back from the last commit's time.
pub const IDENTITIES_KEPT: TimeDelta = TimeDelta::days(7);

/// The version of the record encodings that this program reads; see [`Head::oldest_reader`].
pub const READER: u32 = 1;

/// How many records there are and the wrapping sum of a 128-bit hash of each `key | value`: what proves that none is
/// missing and none was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Records counted.
    pub count: u64,
    /// Wrapping sum of the truncated SHA-256 of every pair.
    pub sum: u128,
}

/// What a store knows of itself after its last commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last commit; a fresh store has 0.
    pub seq: u64,
    /// The next free id; a fresh store has 1.
    pub next_id: u64,
    /// A random number, new at create and import, that outside ids carry.
    pub epoch: u64,
    /// The oldest record reader that may open this store; one above [`READER`] is refused.
    pub oldest_reader: u32,
    /// Count and hash sum of the live records: every key whose first byte is not [`HISTORY`].
    pub live: Sum,
    /// The same of the history lines.
    pub history: Sum,
}

impl Head {
    /// The head of a store that nothing was committed to.
    pub fn fresh(epoch: u64) -> Self {
        Self {
            seq: 0,
            next_id: 1,
            epoch,
            oldest_reader: READER,
            live: Sum::default(),
            history: Sum::default(),
        }
    }
}

/// One drain of the engine: all of it becomes durable, or nothing does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Must be the head's `seq + 1`.
    pub seq: u64,
    /// When the drain happened, by the workspace's clock.
    pub time: DateTime<Utc>,
    /// Records written (`Some`) and removed (`None`). Of two changes of one key the later one holds.
    pub changes: Vec<(Key, Option<Value>)>,
    /// The identities of the events drained.
    pub identities: Vec<IdentityBytes>,
    /// The next free id after this drain; never lower than the head's.
    pub next_id: u64,
}

/// Is told how far long work is.
pub trait Progress: Send + Sync {
    /// `done` of `of` records of what is being done now.
    fn step(&self, what: &'static str, done: u64, of: u64);
}

/// Tells nobody.
impl Progress for () {
    fn step(&self, _what: &'static str, _done: u64, _of: u64) {}
}

/// What takes the records that [`Store::load`] hands out: key, then value.
pub type Each<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError> + 'a;

/// In which order a page reads its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ascending keys.
    OldestFirst,
    /// Descending keys.
    NewestFirst,
}

/// A stretch of keys to read.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Only keys that begin with this.
    pub prefix: &'a [u8],
    /// Only keys behind this one in reading order: the last key of the page before.
    pub after: Option<&'a [u8]>,
    /// Direction of reading.
    pub order: Order,
    /// At most so many pairs.
    pub limit: usize,
}

/// What [`Store::check`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The head that the store was checked against.
    pub head: Head,
    /// One sentence for each thing that is wrong; empty if all is well.
    pub problems: Vec<String>,
}

/// What opening mended, for the log and the admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The last frame was cut off while it was written, so nobody was ever answered for it; it was dropped.
    TornFrame {
        /// The segment's path.
        file: PathBuf,
        /// Where the frame began, in bytes from the start of the file.
        at: u64,
    },
    /// The settled state was missing or wrong and was built anew, whole.
    State {
        /// What was wrong.
        why: String,
        /// From what it was built.
        source: Source,
        /// How many commits of the journal followed.
        replayed: u64,
        /// Where the wrong one lies now.
        moved_to: Option<PathBuf>,
    },
    /// The backups that tell older identities cannot be read.
    Identities {
        /// The first commit whose identities are known.
        before: u64,
    },
    /// More than one of these.
    Several(Vec<Repair>),
}

impl Repair {
    /// All that was mended, as one.
    fn of(mut repairs: Vec<Self>) -> Option<Self> {
        if repairs.len() > 1 { Some(Self::Several(repairs)) } else { repairs.pop() }
    }

    /// Whether it hints at a disk that fails: an unfinished commit is what every crash leaves.
    pub fn is_alarming(&self) -> bool {
        match self {
            Self::TornFrame { .. } => false,
            Self::State { .. } | Self::Identities { .. } => true,
            Self::Several(repairs) => repairs.iter().any(Self::is_alarming),
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornFrame { file, at } => write!(
                f,
                "dropped an unfinished commit at byte {at} of {}: it was never acknowledged",
                file.display()
            ),
            Self::State { why, source, replayed, moved_to } => {
                let from = match source {
                    Source::Backup { file } => format!("the backup {} and", file.display()),
                    Source::Journal => String::new(),
                };
                let from = format!("{from} {replayed} commits of the journal");
                write!(f, "built the state anew from {}, nothing is lost: {why}", from.trim_start())?;
                let aside =
                    moved_to.as_ref().map(|aside| format!("; the old one lies in {}", aside.display()));
                f.write_str(&aside.unwrap_or_default())
            }
            Self::Identities { before } => write!(
                f,
                "no backup tells which callbacks came before commit {before}: one that is sent again may be taken twice"
            ),
            Self::Several(repairs) => {
                let said: Vec<_> = repairs.iter().map(ToString::to_string).collect();
                f.write_str(&said.join("; "))
            }
        }
    }
}

/// From what a state was built anew, before the journal was brought over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A verified backup.
    Backup {
        /// The file.
        file: PathBuf,
    },
    /// Nothing: the journal goes back to the first commit.
    Journal,
}

/// A store just opened.
#[derive(Debug)]
pub struct Opened<S> {
    /// The store, held by this process alone until it is dropped.
    pub store: S,
    /// Its head.
    pub head: Head,
    /// The identities of the last seven days with the time of their commit, oldest first. After an import a time may
    /// be that of the last commit of the same UTC day.
    pub identities: Vec<(DateTime<Utc>, IdentityBytes)>,
    /// What had to be mended.
    pub repaired: Option<Repair>,
}

/// Makes and opens the stores of workspaces; opening is the claim to be a workspace's only writer.
pub trait Stores: Send + Sync {
    /// The store of one workspace.
    type Store: Store + 'static;

    /// The names of all workspaces here, sorted.
    fn workspaces(&self) -> Result<Vec<String>, StoreError>;

    /// Makes an empty store and opens it. `epoch` is a random number.
    ///
    /// Fails with [`StoreError::Exists`] where the workspace has any file already: a fresh store is never made where
    /// one was.
    fn create(&self, workspace: &str, epoch: u64) -> Result<Opened<Self::Store>, StoreError>;

    /// Opens a workspace whole, or not at all.
    ///
    /// Fails with [`StoreError::Missing`] if there is none, [`StoreError::Busy`] if another holds it, and
    /// [`StoreError::Shut`] if it cannot be proved to be whole.
    fn open(&self, workspace: &str) -> Result<Opened<Self::Store>, StoreError>;

    /// Fills a workspace that must not exist yet from what [`Store::export`] wrote; the input is checked whole before
    /// anything is written. The new head is the exported one under the new `epoch` (its `seq` may be higher where
    /// the content takes more commits than there were).
    fn import(&self, workspace: &str, from: &mut dyn Read, epoch: u64) -> Result<Head, StoreError>;
}

/// One workspace, owned by one engine, used from one thread.
pub trait Store: Send {
    /// The head after the last commit.
    fn head(&self) -> &Head;

    /// Hands every live record of `kind` to `each`, key and value, in key order; an error of `each` ends it.
    fn load(&mut self, kind: u8, each: &mut Each<'_>) -> Result<(), StoreError>;

    /// Reads one page of history lines, or of live records if the prefix is theirs.
    fn history(&mut self, page: &Page<'_>) -> Result<Vec<(Key, Value)>, StoreError>;

    /// Makes the batch durable, all of it or nothing; it is safe on disk when this returns.
    ///
    /// After [`CommitError::Refused`] nothing was written and the store goes on. After any other error this handle is
    /// dead, every later call fails, and only opening anew tells by `head.seq` whether the batch is in.
    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError>;

    /// The next commit begins a new file, so that those before it can be removed. A store without files has none to begin.
    fn begin_anew(&mut self) {}

    /// Writes everything as lines of JSON with a hash at the end, for [`Stores::import`].
    fn export(&mut self, to: &mut dyn Write) -> Result<Head, StoreError>;

    /// Reads everything anew and compares it with the head.
    fn check(&mut self) -> Result<Report, StoreError>;
}
