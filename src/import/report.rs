//! What an import did, or would do: told row by row, in words an admin can act on.

use serde::{Deserialize, Serialize};

use super::Column;

/// What an import did, or would do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Whether anything was written.
    pub written: bool,
    /// Rows that said anything.
    pub rows: usize,
    /// Customers that begin.
    pub new_customers: usize,
    /// Deals that begin.
    pub new_deals: usize,
    /// Customers that are known and learn something.
    pub changed_customers: usize,
    /// Deals that are known and learn something.
    pub changed_deals: usize,
    /// Rows that say what is known already.
    pub same: usize,
    /// Rows with a fault.
    pub faulty: usize,
    /// Members who are in the sheet and not in `people.toml`.
    pub new_members: usize,
    /// What is wrong, by sheet and line.
    pub faults: Vec<RowFault>,
    /// Where the sheet says otherwise than what is known, which was kept.
    pub kept: Vec<RowKept>,
    /// What to add to `people.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
}

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct RowFault {
    /// The sheet's place in the file.
    pub sheet: u16,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: Column,
    /// What is wrong, in Chinese, without a full stop.
    pub what: String,
    /// The cure, in Chinese, without a full stop.
    pub cure: String,
}

/// Where a row says otherwise than what is known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct RowKept {
    /// The sheet's place in the file.
    pub sheet: u16,
    /// The line.
    pub line: u32,
    /// The columns.
    pub columns: Vec<String>,
}

impl RowFault {
    /// With the column's title as the sheet writes it: 「负责人：没有叫「王蕾」的成员，写成「王磊」」
    pub fn reason(&self, title: &str) -> String {
        format!("{title}：{}，{}", self.what, self.cure)
    }
}
