//! `scripts/*.md`: what to say, by the customer's objection or by the stage that a deal is stuck in.
//!
//! A file is a `+++` front matter with what holds for all its scripts, then a section a script: `## 太贵`, a `toml`
//! block with its facts, the words to say, and `> 别说：` with what not to say.

use std::collections::HashMap;

use super::fault::did_you_mean;
use super::names::Names;
use super::table::{Doc, Source, Table};
use crate::sales::{MaterialKey, ScriptKey, StageKey};

/// What a good salesperson would say aloud.
#[derive(Clone, Debug)]
pub struct Script {
    /// `<file>/<heading key>`
    pub key: ScriptKey,
    /// In two to four characters, so that it can be sent as a word: 太贵, 停产.
    pub word: String,
    /// Whom it is said to: 老板, 技术, 采购. Empty when to anyone.
    pub speaker: String,
    /// What the customer says: 「比别家贵」. Empty for an opener.
    pub objection: String,
    /// The kind of objection, a key of `objections.toml`; none for an opener.
    pub category: Option<String>,
    /// The competitors that it is meant against, keys of `objections.toml`; empty when it is said of anyone.
    pub competitors: Vec<String>,
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

/// Whom a script may be said to.
const SPEAKERS: [&str; 3] = ["老板", "技术", "采购"];

/// The longest that a person would say in one go, and that a card shows.
const SAY_CHARS: usize = 140;

/// Where each word was seen first, over all files.
#[derive(Default, Debug)]
pub(super) struct Words(HashMap<String, String>);

/// The scripts of one file, in its order.
pub(super) fn read(source: Source<'_>, text: &str, names: &Names, words: &mut Words) -> Vec<Script> {
    let (front, body) = front_matter(text);
    let front = Doc::parse(source.part(front.start), &text[front]);
    let defaults = front.table();
    defaults.only(&["stages", "industries", "opener", "category", "competitors"]);
    let starts: Vec<usize> = body.clone().filter(|at| is_heading(text, *at)).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let sections = starts.iter().copied().zip(ends).collect::<Vec<_>>();
    if sections.is_empty() {
        source.fault_of_file("一条话术也没有", "每条话术从「## 词」开始");
    }
    sections
        .into_iter()
        .filter_map(|(start, end)| {
            let section = Section::cut(source, text, start, end)?;
            section.check_word(words);
            Some(section.read(&defaults, names))
        })
        .collect()
}

/// Where the front matter lies, and what comes after it.
fn front_matter(text: &str) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    const FENCE: &str = "+++\n";
    let end = text.strip_prefix(FENCE).and_then(|rest| rest.find("\n+++\n"));
    match end {
        Some(end) => (FENCE.len()..FENCE.len() + end, FENCE.len() + end + 1 + FENCE.len()..text.len()),
        None => (0..0, 0..text.len()),
    }
}

fn is_heading(text: &str, at: usize) -> bool {
    text.as_bytes()[at..].starts_with(b"## ") && (at == 0 || text.as_bytes()[at - 1] == b'\n')
}

/// One script as it is written.
#[derive(Debug)]
struct Section<'a> {
    source: Source<'a>,
    line: usize,
    word: &'a str,
    facts: Doc<'a>,
    say: String,
    avoid: String,
}

impl<'a> Section<'a> {
    fn cut(source: Source<'a>, text: &'a str, start: usize, end: usize) -> Option<Self> {
        const OPEN: &str = "```toml\n";
        let section = &text[start..end];
        let line = source.line_at(start);
        let (heading, rest) = section.split_once('\n').unwrap_or((section, ""));
        let word = heading.trim_start_matches('#').trim();
        let block = rest.trim_start();
        let facts_at = end - block.len() + OPEN.len();
        let Some((facts, prose)) = block.strip_prefix(OPEN).and_then(|block| block.split_once("\n```"))
        else {
            let cure = "在标题下面加一段 ```toml 开头、``` 结尾的小方块，照着第一个文件写";
            source.fault(line, format!("「{word}」下面没有完整的 toml 小方块"), cure);
            return None;
        };
        let (quoted, said): (Vec<&str>, Vec<&str>) = prose
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .partition(|line| line.starts_with('>'));
        let avoid = quoted.iter().map(|line| line.trim_start_matches('>').trim()).collect::<String>();
        Some(Self {
            source,
            line,
            word,
            facts: Doc::parse(source.part(facts_at), facts),
            say: said.join("\n"),
            avoid: avoid.trim_start_matches("别说：").into(),
        })
    }

    fn check_word(&self, words: &mut Words) {
        let chars = self.word.chars().count();
        if !(2..=4).contains(&chars) {
            let what = format!("词「{}」有 {chars} 个字", self.word);
            self.source.fault(self.line, what, "用 2 到 4 个字，销售要能随手打出来");
        }
        let place = format!("{} 第 {} 行", self.source.file, self.line);
        if let Some(first) = words.0.insert(self.word.into(), place) {
            self.source.fault(self.line, format!("词「{}」重复了，{first}已经有一个", self.word), "换一个词");
        }
    }

    fn read(&self, defaults: &Table<'_>, names: &Names) -> Script {
        let table = self.facts.table();
        table.only(&[
            "name",
            "objection",
            "category",
            "competitors",
            "triggers",
            "speaker",
            "material",
            "stages",
            "industries",
            "opener",
        ]);
        let own = |key| if table.has(key) { table } else { *defaults };
        let opener = table.flag("opener", defaults.flag("opener", false));
        self.check_facts(&table, opener);
        self.check_say();
        let file = self.source.file.trim_start_matches("scripts/").trim_end_matches(".md");
        Script {
            key: format!("{file}/{}", self.word).into(),
            word: self.word.into(),
            speaker: table.text("speaker").unwrap_or_default().into(),
            objection: table.text("objection").unwrap_or_default().into(),
            category: own("category").reference("category", &names.categories),
            competitors: own("competitors").references("competitors", &names.competitors),
            opener,
            name: table.text("name").unwrap_or_default().into(),
            say: self.say.clone(),
            avoid: self.avoid.clone(),
            material: table.reference("material", &names.materials),
            stages: own("stages").references("stages", &names.stages),
            industries: own("industries").references("industries", &names.industries),
            triggers: table.words("triggers").iter().map(|word| word.text.into()).collect(),
        }
    }

    fn check_facts(&self, table: &Table<'_>, opener: bool) {
        let name = table.required("name");
        let chars = name.chars().count();
        if chars != 0 && !(2..=3).contains(&chars) {
            table.fault("name", format!("名字「{name}」有 {chars} 个字"), "用 2 到 3 个字");
        }
        if !opener && !table.has("objection") && self.facts.whole {
            self.source.fault(
                self.line,
                "没写客户原话",
                "补上 objection = \"…\"；要是开场白，写 opener = true",
            );
        }
        if let Some(speaker) = table.text("speaker").filter(|word| !SPEAKERS.contains(word)) {
            let cure = did_you_mean(speaker, SPEAKERS, "可选 老板、技术、采购；对谁都行就不写");
            table.fault("speaker", format!("没有「{speaker}」这种对象"), cure);
        }
    }

    fn check_say(&self) {
        let chars = self.say.chars().count();
        if chars == 0 {
            let cure = "在小方块后面写上要对客户说的话";
            self.source.fault(self.line, format!("「{}」没有要说的话", self.word), cure);
        } else if chars > SAY_CHARS {
            let what = format!("「{}」要说 {chars} 个字，一口气说不完", self.word);
            self.source.fault(self.line, what, format!("缩短到 {SAY_CHARS} 个字以内"));
        }
        for rest in self.say.split("{{").skip(1) {
            let name = rest.split("}}").next().unwrap_or_default().trim();
            if name != "contact" {
                let cure = did_you_mean(name, ["contact"], "只能用 {{ contact }}");
                self.source.fault(self.line, format!("「{}」里用了不认识的 {name}", self.word), cure);
            }
        }
    }
}
