//! A customer's words, however put → the kinds of objections that they are: 「老板一看报价单就摇头」 is `price`.

use std::ops::Range;

use serde::Serialize;

use super::learned::{self, Feature};
use super::text::Text;
use super::{READ_AT_MOST, passages};

/// What an objection is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// 价格: dear, wants it cheaper.
    Price,
    /// 预算: the money is not there.
    Budget,
    /// 时机: not now, for a reason that will pass.
    Timing,
    /// 竞品: another supplier is ahead or cheaper.
    Competitor,
    /// 决策: others decide.
    Authority,
    /// 信任: doubts us.
    Trust,
    /// 功能: the product cannot, or not well enough.
    FeatureGap,
    /// 安全: data, secrets, certificates, people's safety.
    Security,
    /// 实施: the way there is hard.
    Implementation,
    /// 售后: who helps when it breaks.
    AfterSales,
    /// 条款: terms, ways of paying, liability.
    Contract,
    /// 现状: what there is does well enough.
    StatusQuo,
    /// 回报: what is it good for, when does it pay.
    Value,
    /// 拖着: puts us off without a reason.
    Stall,
}

impl Category {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Price,
        Self::Budget,
        Self::Timing,
        Self::Competitor,
        Self::Authority,
        Self::Trust,
        Self::FeatureGap,
        Self::Security,
        Self::Implementation,
        Self::AfterSales,
        Self::Contract,
        Self::StatusQuo,
        Self::Value,
        Self::Stall,
    ];

    /// As config and records write it: `feature_gap`.
    pub fn key(self) -> &'static str {
        self.names().0
    }

    /// As a person reads it: 功能.
    pub fn name(self) -> &'static str {
        self.names().1
    }

    /// The category that `key` writes.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.key() == key)
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Price => ("price", "价格"),
            Self::Budget => ("budget", "预算"),
            Self::Timing => ("timing", "时机"),
            Self::Competitor => ("competitor", "竞品"),
            Self::Authority => ("authority", "决策"),
            Self::Trust => ("trust", "信任"),
            Self::FeatureGap => ("feature_gap", "功能"),
            Self::Security => ("security", "安全"),
            Self::Implementation => ("implementation", "实施"),
            Self::AfterSales => ("after_sales", "售后"),
            Self::Contract => ("contract", "条款"),
            Self::StatusQuo => ("status_quo", "现状"),
            Self::Value => ("value", "回报"),
            Self::Stall => ("stall", "拖着"),
        }
    }
}

/// What a text objects to.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Objection {
    /// The kind.
    pub category: Category,
    /// How likely, 0 to 1, in hundredths; over all categories and "none" it sums to 1.
    pub score: f64,
}

/// So many categories are offered.
const OFFERED: usize = 3;
/// From here on it is likelier than not that a text objects.
const OBJECTS: f32 = 0.5;

/// What `text` objects to, the likeliest first, three categories at most; none where it does not object. Pure, never
/// fails and never panics, whatever the text.
pub fn read(text: &str) -> Vec<Objection> {
    weighed(text).map(|(likely, _)| offered(&likely)).unwrap_or_default()
}

/// [`read`], and the words that spoke for the first category.
pub(super) fn read_with_reason(text: &str) -> (Vec<Objection>, Vec<String>) {
    let Some((likely, passage)) = weighed(text) else { return Default::default() };
    let offered = offered(&likely);
    let Some(first) = offered.first() else { return Default::default() };
    let words = reasons(&passage, first.category);
    (offered, words)
}

type Likely = [f32; Category::ALL.len() + 1];

/// How likely each category is in the part of `text` that objects most, and that part.
fn weighed(text: &str) -> Option<(Likely, Vec<char>)> {
    let text = Text::cut(text, READ_AT_MOST);
    let none = |likely: &Likely| likely.last().copied().unwrap_or(1.0);
    let weigh = |part: Range<usize>| {
        let chars = text.chars(part);
        (learned::likely(&learned::heads(&learned::features(chars))), chars)
    };
    let passages = passages::passages(&text).into_iter().map(weigh);
    let complaints = complaints(&text).into_iter().map(|(part, sure)| {
        let (likely, chars) = weigh(part);
        (if sure { complained(likely) } else { likely }, chars)
    });
    passages
        .chain(complaints)
        .min_by(|a, b| none(&a.0).total_cmp(&none(&b.0)))
        .filter(|(likely, _)| none(likely) < 1.0 - OBJECTS)
        .map(|(likely, chars)| (likely, chars.to_vec()))
}

/// Where somebody finds fault by the very word, with what it stands beside, which a long note hides from the weights;
/// and whether the word leaves no doubt.
fn complaints(text: &Text<'_>) -> Vec<(Range<usize>, bool)> {
    const SURE: &str = "嫌 信不过 受不了 不待见";
    const LIKELY: &str = "怕 担心 顾虑 不放心 做不了主 定不了";
    /// Who finds it stands so near before, what with behind.
    const BEFORE: usize = 4;
    const BEHIND: usize = 22;
    let mut found = Vec::new();
    for clause in text.clauses() {
        for (words, sure) in [(SURE, true), (LIKELY, false)] {
            let mut from = clause.start;
            while let Some(word) = text.find(from..clause.end, words) {
                let start = clause.start.max(word.start.saturating_sub(BEFORE));
                let denied = text.any_before(word.start, "不 没 没再 不再");
                if !denied {
                    found.push((start..clause.end.min(word.end + BEHIND), sure));
                }
                from = word.end;
            }
        }
    }
    found
}

/// What is a complaint by its own word is one, whatever else is told beside it.
fn complained(mut likely: Likely) -> Likely {
    /// So likely it is none all the same: 「我怕迟到」.
    const MISTAKEN: f32 = 0.3;
    let [kinds @ .., none] = &mut likely;
    if *none > MISTAKEN {
        let sum: f32 = kinds.iter().sum();
        for kind in kinds.iter_mut() {
            *kind *= (1.0 - MISTAKEN) / sum.max(f32::EPSILON);
        }
        *none = MISTAKEN;
    }
    likely
}

fn offered(likely: &Likely) -> Vec<Objection> {
    let mut found: Vec<(Category, f32)> = Category::ALL.into_iter().zip(likely.iter().copied()).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let hundredths = |score: f32| (f64::from(score) * 100.0).round() / 100.0;
    found
        .into_iter()
        .take(OFFERED)
        .map(|(category, score)| Objection { category, score: hundredths(score) })
        .collect()
}

/// The words of `passage` that speak most for `category`, at most three, none within another.
fn reasons(passage: &[char], category: Category) -> Vec<String> {
    let mut found: Vec<(f32, Feature)> = learned::features(passage)
        .into_iter()
        .filter(|feature| feature.span().len() > 1)
        .map(|feature| (learned::speaks_for(&feature, category), feature))
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    // Words first: two characters of which none is a word say little to a person.
    found.sort_by(|a, b| {
        let words = b.1.is_word().cmp(&a.1.is_word());
        words.then(b.0.total_cmp(&a.0)).then(a.1.span().start.cmp(&b.1.span().start))
    });
    let words = found.iter().filter(|(_, feature)| feature.is_word()).count();
    if words > 0 {
        found.truncate(words);
    }
    let mut chosen: Vec<Feature> = Vec::new();
    for (_, feature) in found {
        let apart = |other: &Feature| {
            other.span().end <= feature.span().start || feature.span().end <= other.span().start
        };
        if chosen.len() < 3 && chosen.iter().all(apart) {
            chosen.push(feature);
        }
    }
    chosen.sort_by_key(|feature| feature.span().start);
    let word = |feature: Feature| passage.get(feature.span()).unwrap_or_default().iter().collect();
    chosen.into_iter().map(word).collect()
}
