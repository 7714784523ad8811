//! `process.toml`: stages with their limits and checkpoints, and the words for industries, types and lines.

use crate::sales::lapse::Limit;
use crate::sales::{MaterialKey, StageKey};

/// How we sell.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// In selling order.
    pub stages: Vec<Stage>,
    /// 机械制造, 食品加工 …
    pub industries: Vec<Named>,
    /// Customer types.
    pub customer_types: Vec<Named>,
    /// Product lines.
    pub product_lines: Vec<Named>,
}

/// A key and the word people read.
#[derive(Clone, Debug)]
pub struct Named {
    /// What records hold.
    pub key: String,
    /// What people read.
    pub name: String,
}

/// One stage of a deal.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The key.
    pub key: StageKey,
    /// 需求确认
    pub name: String,
    /// How long it may go without a follow-up.
    pub limit: Limit,
    /// What it demands before a deal may leave it.
    pub checkpoints: Vec<Checkpoint>,
    /// What a rep brings to a meeting in it, most useful first.
    pub materials: Vec<MaterialKey>,
}

/// What a stage demands.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// 技术参数确认
    pub name: String,
    /// The material whose tick fulfils it, if one does.
    pub material: Option<MaterialKey>,
}

impl Process {
    /// By key.
    pub fn stage(&self, key: &StageKey) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.key == *key)
    }

    /// The word people read for an industry's key; the key itself where there is none.
    pub fn industry_name<'a>(&'a self, key: &'a str) -> &'a str {
        name_of(&self.industries, key)
    }

    /// The word people read for a product line's key; the key itself where there is none.
    pub fn product_line_name<'a>(&'a self, key: &'a str) -> &'a str {
        name_of(&self.product_lines, key)
    }
}

fn name_of<'a>(named: &'a [Named], key: &'a str) -> &'a str {
    named.iter().find(|entry| entry.key == key).map_or(key, |entry| &entry.name)
}
