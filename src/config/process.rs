//! `process.toml`: stages with their limits and checkpoints, and the words for industries, types and lines.

use super::names::Names;
use super::table::Table;
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
    /// Whether a deal stays in it while something that it demands is missing; else it moves on and is told so.
    pub holds: bool,
    /// What a rep brings to a meeting in it, most useful first.
    pub materials: Vec<MaterialKey>,
}

impl Stage {
    /// The materials that it demands, in the order of its checkpoints.
    pub fn demanded(&self) -> impl Iterator<Item = &MaterialKey> {
        self.checkpoints.iter().filter_map(|checkpoint| checkpoint.material.as_ref())
    }
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

    /// The word people read for a customer type's key; the key itself where there is none.
    pub fn customer_type_name<'a>(&'a self, key: &'a str) -> &'a str {
        name_of(&self.customer_types, key)
    }

    /// The word people read for a product line's key; the key itself where there is none.
    pub fn product_line_name<'a>(&'a self, key: &'a str) -> &'a str {
        name_of(&self.product_lines, key)
    }
}

fn name_of<'a>(named: &'a [Named], key: &'a str) -> &'a str {
    named.iter().find(|entry| entry.key == key).map_or(key, |entry| &entry.name)
}

/// A stage that says nothing, in a process that says nothing, may go so long without a follow-up.
const DEFAULT_LIMIT_HOURS: u32 = 48;

impl Process {
    pub(super) fn read(root: &Table<'_>, names: &Names) -> Self {
        root.only(&[
            "default_limit_hours",
            "missing",
            "stages",
            "industries",
            "customer_types",
            "product_lines",
        ]);
        let hours = root.number("default_limit_hours", 1..=720).unwrap_or(DEFAULT_LIMIT_HOURS);
        let default = Limit { hours, working: false };
        let holds = holds(root, true);
        let named = |key| root.tables(key).iter().map(Named::read).collect();
        for (key, kind) in [("stages", "阶段"), ("industries", "行业"), ("product_lines", "产品线")] {
            root.needs(key, kind);
        }
        Self {
            stages: root
                .tables("stages")
                .iter()
                .map(|table| Stage::read(table, names, default, holds))
                .collect(),
            industries: named("industries"),
            customer_types: named("customer_types"),
            product_lines: named("product_lines"),
        }
    }
}

impl Named {
    fn read(table: &Table<'_>) -> Self {
        table.only(&["key", "name"]);
        Self { key: table.required("key").into(), name: table.required("name").into() }
    }
}

impl Stage {
    fn read(table: &Table<'_>, names: &Names, default: Limit, holds: bool) -> Self {
        table.only(&[
            "key",
            "name",
            "limit_hours",
            "limit_working_hours",
            "materials",
            "missing",
            "checkpoints",
        ]);
        let limit = |key, working| table.number(key, 1..=720).map(|hours| Limit { hours, working });
        let (plain, working) = (limit("limit_hours", false), limit("limit_working_hours", true));
        if plain.is_some() && working.is_some() {
            table.fault("limit_working_hours", "时限写了两种", "limit_hours 和 limit_working_hours 只留一个");
        }
        Self {
            key: table.required("key").into(),
            name: table.required("name").into(),
            limit: plain.or(working).unwrap_or(default),
            checkpoints: table
                .tables("checkpoints")
                .iter()
                .map(|entry| Checkpoint::read(entry, names))
                .collect(),
            holds: self::holds(table, holds),
            materials: table.references("materials", &names.materials),
        }
    }
}

/// `missing = "stop"` or `"flag"`.
fn holds(table: &Table<'_>, default: bool) -> bool {
    match table.text("missing") {
        None => default,
        Some("stop") => true,
        Some("flag") => false,
        Some(other) => {
            let what = format!("missing 没有「{other}」这种写法");
            table.fault("missing", what, "写 stop（缺了不让推进）或 flag（让推进，但说明缺什么）");
            default
        }
    }
}

impl Checkpoint {
    fn read(table: &Table<'_>, names: &Names) -> Self {
        table.only(&["name", "material"]);
        Self { name: table.required("name").into(), material: table.reference("material", &names.materials) }
    }
}
