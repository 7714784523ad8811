//! What the operator and the admin's files bring: first data, imports, erasures, rules and their faults, and what was put
//! aside.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Event, Identity, What};
use crate::sales::{Customer, Deal, ErasureSubject, ImportRow, Meeting};

/// The first data of a demo, laid into an empty store.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seed {
    /// Customers.
    pub customers: Vec<Customer>,
    /// Deals.
    pub deals: Vec<Deal>,
    /// Meetings.
    pub meetings: Vec<Meeting>,
    /// The first number that is free.
    pub next_id: u64,
}

/// One step of an import. Rows are laid aside chunk by chunk; [`ImportStep::Go`] is the one commit that makes them count,
/// so that after any crash either none of them or, in the end, all of them are in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Importing {
    /// The import's name.
    pub import: Identity,
    /// Which step.
    pub step: ImportStep,
}

/// The steps of an import, in order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStep {
    /// It begins. One that began before and never went on is forgotten.
    Begin {
        /// How many chunks will come.
        chunks: u32,
        /// Whether the sheet wins over what is known.
        overwrite: bool,
    },
    /// Rows to lay aside.
    Rows {
        /// The chunk's number, from 0.
        n: u32,
        /// Its rows.
        rows: Vec<ImportRow>,
    },
    /// All rows are there: they count from now on.
    Go,
    /// The next chunk becomes customers and deals.
    Next {
        /// Its number.
        n: u32,
    },
    /// It is not wanted any more, if it does not count yet.
    Drop,
}

impl Importing {
    /// The event of a step. The same step twice is a repeat.
    pub fn event(import: Identity, step: ImportStep) -> Event {
        let (word, n): (&[u8], u32) = match &step {
            ImportStep::Begin { .. } => (b"begin", 0),
            ImportStep::Rows { n, .. } => (b"rows", *n),
            ImportStep::Go => (b"go", 0),
            ImportStep::Next { n } => (b"next", *n),
            ImportStep::Drop => (b"drop", 0),
        };
        let identity = Identity::of(&[b"import", &import.0, word, &n.to_be_bytes()]);
        Event { identity, what: What::Imported(Self { import, step }) }
    }
}

/// A step of an erasure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Erase {
    /// The erasure's name, the same wherever it is run again.
    pub id: Identity,
    /// Which step.
    pub step: EraseStep,
}

/// The steps of an erasure that come from outside; between them the engine sweeps the history by itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EraseStep {
    /// It begins: the live records lose what is personal.
    Begin {
        /// Whose data.
        subject: ErasureSubject,
        /// Who asked for it: `operator`, or `restore` when the list of erasures is run again.
        by: Box<str>,
    },
    /// The files were written anew: nothing is left in them.
    Gone,
}

impl Erase {
    /// The event of a step.
    pub fn event(id: Identity, step: EraseStep) -> Event {
        let identity = match step {
            EraseStep::Begin { .. } => id,
            EraseStep::Gone => Identity::of(&[b"erased", &id.0]),
        };
        Event { identity, what: What::Erase(Self { id, step }) }
    }
}

/// New rules in force.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Adopted {
    /// The config folder's hash.
    pub config: Box<str>,
    /// The template folder's hash.
    pub templates: Box<str>,
    /// Who changed it, as far as is known: `start` or `files`.
    pub author: Box<str>,
    /// Chance for the audit chain's salts; never written.
    #[serde(skip)]
    pub nonce: Option<Nonce>,
    /// Faults were told before, and are mended now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mended: bool,
    /// The number in the list of versions of what was in force before, for who wants it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// Random bytes that nobody may see.
#[derive(Clone, Copy, PartialEq)]
pub struct Nonce(pub [u8; 32]);

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// One thing that is wrong in the admin's files, in the admin's language.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The file, relative to its folder.
    pub file: String,
    /// The line, counted from 1; none when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong, in Chinese, without a full stop.
    pub what: String,
    /// What to do about it, in Chinese, without a full stop.
    pub cure: String,
}

/// `people.toml:12: 没有代号是「eest」的小组。改法：写成「east」。`
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}。改法：{}。", self.what, self.cure)
    }
}

impl std::error::Error for Fault {}

/// The operator's word on parked things.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unpark {
    /// Their numbers; all when empty.
    pub ids: Vec<u64>,
    /// `true`: decide or send again; `false`: forget.
    pub again: bool,
}
