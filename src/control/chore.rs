//! The operator's chores on a store, which a running service does where it holds it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::sales::{CustomerId, MemberId};

/// Work on a workspace's store, which may take its time. Paths are absolute.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chore {
    /// A verified backup to a file that must not exist yet.
    Backup {
        /// The file.
        file: PathBuf,
    },
    /// Puts a backup in the place of the workspace.
    Restore {
        /// The backup.
        file: PathBuf,
        /// The workspace that is there is moved aside.
        replace: bool,
    },
    /// Reads everything and proves it.
    Verify,
    /// All data as lines of JSON, to a file that must not exist yet.
    Export {
        /// The file.
        file: PathBuf,
    },
    /// The store in figures.
    Stats,
    /// Somebody's data go for good.
    Erase {
        /// Whose.
        whose: Whose,
        /// Whether it is done; else only what it would do is said.
        go: bool,
    },
}

impl Chore {
    /// Whether it makes no sense for several workspaces at once.
    pub fn is_about_one(&self) -> bool {
        matches!(self, Self::Backup { .. } | Self::Restore { .. } | Self::Export { .. } | Self::Erase { .. })
    }
}

/// Whose data are to be erased, as the operator names them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// A customer with its deals, meetings and contacts.
    Customer(Which),
    /// A person at a customer.
    Contact {
        /// The customer.
        customer: Which,
        /// Their name.
        who: String,
    },
    /// A member who left.
    Member(MemberId),
}

/// A customer, as the operator names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// By its number.
    Number(CustomerId),
    /// By one of its names, with or without 有限公司.
    Name(String),
}

/// What became of a chore in one workspace.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Chored {
    /// The workspace.
    pub workspace: String,
    /// What was done or found, a sentence each.
    pub said: Vec<String>,
    /// What is wrong, a sentence each with its cure.
    pub problems: Vec<String>,
    /// The same for scripts.
    pub figures: serde_json::Value,
}

/// How far a chore is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// What is being done.
    pub what: String,
    /// Records done.
    pub done: u64,
    /// Of so many.
    pub of: u64,
}

/// Does chores; the service's own hands on its stores.
pub trait Chores: Send + Sync {
    /// Does one in one workspace, on a thread where it may block.
    ///
    /// # Errors
    /// It could not be done; the message says what to do.
    fn run(
        &self,
        workspace: &str,
        chore: &Chore,
        tell: &(dyn Fn(Step) + Send + Sync),
    ) -> anyhow::Result<Chored>;
}
