//! `scripts/*.md`: what to say, by the customer's objection or by the stage that a deal is stuck in.

use crate::sales::{MaterialKey, ScriptKey, StageKey};

/// What a good salesperson would say aloud.
#[derive(Clone, Debug)]
pub struct Script {
    /// `<file>/<heading key>`
    pub key: ScriptKey,
    /// In two to four characters, so that it can be sent as a word: 太贵, 停产.
    pub word: String,
    /// What the customer says: 「比别家贵」. Empty for an opener.
    pub objection: String,
    /// Whether it opens a conversation that has gone quiet (the script pack of a warning).
    pub opener: bool,
    /// A name in two or three characters: 算总账.
    pub name: String,
    /// The words themselves, as said to the customer; may use `{{ contact }}`.
    pub say: String,
    /// What not to say.
    pub avoid: String,
    /// What to attach.
    pub material: Option<MaterialKey>,
    /// Stages it fits; all when empty.
    pub stages: Vec<StageKey>,
    /// Industries it fits; all when empty.
    pub industries: Vec<String>,
    /// Other words that find it.
    pub triggers: Vec<String>,
}

impl Script {
    /// How well it fits: 0 not at all, more is better.
    pub fn fit(&self, stage: &StageKey, industry: &str) -> u32 {
        if !self.stages.is_empty() && !self.stages.contains(stage) {
            return 0;
        }
        if !self.industries.is_empty() && !self.industries.iter().any(|key| key == industry) {
            return 0;
        }
        1 + 2 * u32::from(!self.stages.is_empty()) + 2 * u32::from(!self.industries.is_empty())
    }
}
