//! The keys that entries of one file name in another. They are gathered from all files before any is read, so that
//! a reference is checked where it stands, whatever the order of the files.

use std::collections::BTreeMap;

use super::fault::did_you_mean;
use super::table::{Doc, Source, Table, Word};

/// The keys of one kind of entry.
#[derive(Debug)]
pub(super) struct Known {
    /// What people call it: 小组.
    kind: &'static str,
    /// Where it stands.
    file: &'static str,
    /// Each with its line; `None` when the file could not be read, then anything may be named.
    keys: Option<BTreeMap<String, usize>>,
}

impl Known {
    /// The `key` of each `tables` entry of `doc`; records those that are written twice or badly.
    fn gather(kind: &'static str, file: &'static str, doc: &Doc<'_>, tables: &[Table<'_>]) -> Self {
        let mut keys = BTreeMap::new();
        for table in tables {
            let key = table.required("key");
            let line = table.line_of("key");
            if !key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b)) {
                let what = format!("代号「{key}」里有不能用的字符");
                table.source.fault(line, what, "只用小写字母、数字和短横线");
            }
            if let Some(first) = keys.insert(key.to_owned(), line).filter(|_| !key.is_empty()) {
                let what = format!("{kind}「{key}」重复了，第 {first} 行已经有一个");
                table.source.fault(line, what, "换一个代号，或者删掉多的一段");
            }
        }
        Self { kind, file, keys: doc.whole.then_some(keys) }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains_key(key))
    }

    /// Whether `word` is one of them; records it when it is not.
    pub(super) fn check(&self, source: &Source<'_>, word: Word<'_>) -> bool {
        if self.has(word.text) {
            return true;
        }
        let known = self.keys.iter().flatten().map(|(key, _)| key.as_str());
        let cure = did_you_mean(word.text, known, format!("先在 {} 里加上，或者换成已有的代号", self.file));
        source.fault(word.line, format!("没有代号是「{}」的{}", word.text, self.kind), cure);
        false
    }
}

/// The kinds of keys that entries name.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) robots: Known,
    pub(super) members: Known,
    pub(super) teams: Known,
    pub(super) stages: Known,
    pub(super) industries: Known,
    pub(super) product_lines: Known,
    pub(super) materials: Known,
    pub(super) categories: Known,
    pub(super) competitors: Known,
}

impl Names {
    pub(super) fn gather(
        apps: &Doc<'_>,
        people: &Doc<'_>,
        process: &Doc<'_>,
        materials: &Doc<'_>,
        objections: &Doc<'_>,
        roi: &Doc<'_>,
    ) -> Self {
        let of =
            |kind, file, doc: &Doc<'_>, key: &str| Known::gather(kind, file, doc, &doc.table().tables(key));
        let robots: Vec<Table<'_>> =
            apps.table().tables("apps").iter().flat_map(|app| app.tables("robots")).collect();
        // No entry names these, but their keys must be sound as well.
        of("应用", "apps.toml", apps, "apps");
        of("测算模型", "roi.toml", roi, "models");
        of("客户类型", "process.toml", process, "customer_types");
        Self {
            robots: Known::gather("群机器人", "apps.toml", apps, &robots),
            members: of("成员", "people.toml", people, "members"),
            teams: of("小组", "people.toml", people, "teams"),
            stages: of("阶段", "process.toml", process, "stages"),
            industries: of("行业", "process.toml", process, "industries"),
            product_lines: of("产品线", "process.toml", process, "product_lines"),
            materials: of("物料", "materials.toml", materials, "materials"),
            categories: of("异议分类", "objections.toml", objections, "categories"),
            competitors: of("竞品", "objections.toml", objections, "competitors"),
        }
    }
}
