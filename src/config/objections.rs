//! `objections.toml`: the kinds of objections that scripts answer, and the competitors that customers name.

use super::table::Table;

/// What customers object to, and to whom they compare us.
#[derive(Clone, Debug, Default)]
pub struct Objections {
    /// In the order in which they are listed.
    pub categories: Vec<Category>,
    /// In the order in which they are listed.
    pub competitors: Vec<Competitor>,
}

/// One kind of objection.
#[derive(Clone, Debug)]
pub struct Category {
    /// What scripts name it by: `price`.
    pub key: String,
    /// What people read and may say: 价格.
    pub name: String,
    /// Words of a customer that tell it.
    pub words: Vec<String>,
}

/// Somebody who sells the like.
#[derive(Clone, Debug)]
pub struct Competitor {
    /// What scripts name it by.
    pub key: String,
    /// What people call it: 锐目.
    pub name: String,
    /// What else it is called.
    pub aliases: Vec<String>,
}

impl Objections {
    /// By key.
    pub fn category(&self, key: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.key == key)
    }

    /// By key.
    pub fn competitor(&self, key: &str) -> Option<&Competitor> {
        self.competitors.iter().find(|competitor| competitor.key == key)
    }

    /// The first competitor that `text` names.
    pub fn competitor_in(&self, text: &str) -> Option<&Competitor> {
        self.competitors.iter().find(|competitor| competitor.names().any(|name| text.contains(name)))
    }

    pub(super) fn read(root: &Table<'_>) -> Self {
        root.only(&["categories", "competitors"]);
        Self {
            categories: root.tables("categories").iter().map(Category::read).collect(),
            competitors: root.tables("competitors").iter().map(Competitor::read).collect(),
        }
    }
}

/// A name is sent as a word, and stands on a button.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=6;

fn name_of(table: &Table<'_>) -> String {
    let name = table.required("name");
    let chars = name.chars().count();
    if chars != 0 && !NAME_CHARS.contains(&chars) {
        table.fault("name", format!("名字「{name}」有 {chars} 个字"), "用 2 到 6 个字，销售要能随手打出来");
    }
    name.into()
}

fn words_of(table: &Table<'_>, key: &str) -> Vec<String> {
    let words = table.words(key);
    for word in words.iter().filter(|word| word.text.is_empty()) {
        table.source.fault(word.line, "空的词会对上每一句话", "删掉它");
    }
    words.iter().filter(|word| !word.text.is_empty()).map(|word| word.text.into()).collect()
}

impl Category {
    fn read(table: &Table<'_>) -> Self {
        table.only(&["key", "name", "words"]);
        Self { key: table.required("key").into(), name: name_of(table), words: words_of(table, "words") }
    }
}

impl Competitor {
    fn read(table: &Table<'_>) -> Self {
        table.only(&["key", "name", "aliases"]);
        let read = Self {
            key: table.required("key").into(),
            name: name_of(table),
            aliases: words_of(table, "aliases"),
        };
        for alias in read.aliases.iter().filter(|alias| alias.chars().count() < 2) {
            table.fault("aliases", format!("叫法「{alias}」太短，会认错人"), "用 2 个字以上");
        }
        read
    }

    /// All that it is called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}
