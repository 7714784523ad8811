//! `materials.toml`: documents that a rep brings.

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
