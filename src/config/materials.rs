//! `materials.toml`: documents that a rep brings.

use std::collections::BTreeMap;

use super::names::Names;
use super::process::Stage;
use super::table::Table;
use crate::sales::{MaterialKey, StageKey};

/// A document that a rep brings.
#[derive(Clone, Debug)]
pub struct Material {
    /// The key.
    pub key: MaterialKey,
    /// 竞品对比表; at most 10 characters, since it stands on a button.
    pub name: String,
    /// One line: when to take it out.
    pub hint: String,
    /// An outside address, or none when `text` holds the document.
    pub link: Option<String>,
    /// A Markdown document of the folder (`materials/<key>.md`), shown as a page.
    pub text: Option<String>,
    /// Stages it belongs to; all when empty.
    pub stages: Vec<StageKey>,
    /// Industries it belongs to; all when empty.
    pub industries: Vec<String>,
    /// Product lines it belongs to; all when empty.
    pub product_lines: Vec<String>,
}

impl Material {
    /// Whether it belongs to this stage, industry and product line.
    pub fn fits(&self, stage: &StageKey, industry: &str, product_line: &str) -> bool {
        let has = |list: &[String], key: &str| list.is_empty() || list.iter().any(|entry| entry == key);
        (self.stages.is_empty() || self.stages.contains(stage))
            && has(&self.industries, industry)
            && has(&self.product_lines, product_line)
    }
}

/// A name stands on a button.
const NAME_CHARS: usize = 10;

/// `texts` are the documents of `materials/`, by key; `stages` recommend some of them.
pub(super) fn read(
    root: &Table<'_>,
    names: &Names,
    stages: &[Stage],
    texts: &BTreeMap<&str, &str>,
) -> Vec<Material> {
    root.only(&["materials"]);
    let read = |table: &Table<'_>| {
        let material = Material::read(table, names, texts);
        material.check_stages(table, stages);
        material
    };
    root.tables("materials").iter().map(read).collect()
}

impl Material {
    fn read(table: &Table<'_>, names: &Names, texts: &BTreeMap<&str, &str>) -> Self {
        table.only(&["key", "name", "hint", "link", "stages", "industries", "product_lines"]);
        let (key, name) = (table.required("key"), table.required("name"));
        let (link, text) = (table.text("link"), texts.get(key));
        let chars = name.chars().count();
        if chars > NAME_CHARS {
            let what = format!("名字「{name}」有 {chars} 个字，按钮放不下");
            table.fault("name", what, format!("缩短到 {NAME_CHARS} 个字以内"));
        }
        match (link, text) {
            (Some(_), Some(_)) => {
                let cure = format!("删掉 link，或者删掉 materials/{key}.md");
                table.fault("link", "又有 link 又有文件，不知道用哪个", cure);
            }
            (None, None) if !key.is_empty() => {
                let what = format!("「{name}」没有内容");
                table.fault("key", what, format!("放一份 materials/{key}.md，或者写 link = \"https://…\""));
            }
            (Some(link), None) if !link.starts_with("https://") && !link.starts_with("http://") => {
                table.fault("link", "link 不是一个网址", "以 https:// 开头写全");
            }
            _ => {}
        }
        Self {
            key: key.into(),
            name: name.into(),
            hint: table.required("hint").into(),
            link: link.map(Into::into),
            text: text.map(|text| (*text).into()),
            stages: table.references("stages", &names.stages),
            industries: table.references("industries", &names.industries),
            product_lines: table.references("product_lines", &names.product_lines),
        }
    }

    /// A stage that recommends it is one that it belongs to.
    fn check_stages(&self, table: &Table<'_>, stages: &[Stage]) {
        let strange =
            |stage: &&Stage| stage.materials.contains(&self.key) && !self.stages.contains(&stage.key);
        if self.stages.is_empty() {
            return;
        }
        for stage in stages.iter().filter(strange) {
            let what = format!("「{}」推荐了「{}」，这里的 stages 却没有它", stage.name, self.name);
            table.fault(
                "stages",
                what,
                format!("把 \"{}\" 加进 stages，或者从 process.toml 里去掉", stage.key),
            );
        }
    }
}
