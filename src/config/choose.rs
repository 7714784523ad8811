//! What to offer a rep: the scripts and materials that fit a deal, best first. Order among equals is the admin's.

use std::cmp::Reverse;

use super::{Config, Material, RoiModel, Script, roi};
use crate::sales::{ScriptKey, StageKey};

impl Config {
    /// First sentences for a deal that has gone quiet, best first.
    pub fn openers(&self, stage: &StageKey, industry: &str) -> Vec<&Script> {
        self.fitting(stage, industry, |script| script.opener)
    }

    /// Answers to objections that may come in this stage, best first.
    pub fn objections(&self, stage: &StageKey, industry: &str) -> Vec<&Script> {
        self.fitting(stage, industry, |script| !script.opener)
    }

    fn fitting(&self, stage: &StageKey, industry: &str, wanted: impl Fn(&Script) -> bool) -> Vec<&Script> {
        let fit = |script: &&Script| script.fit(stage, industry);
        let mut scripts: Vec<&Script> =
            self.scripts.iter().filter(|script| wanted(script) && fit(script) > 0).collect();
        scripts.sort_by_key(|script| Reverse(fit(script)));
        scripts
    }

    /// Answers of the files to what was heard, best first; see [`answers`].
    pub fn answers(
        &self,
        heard: &Heard<'_>,
        stage: &StageKey,
        industry: &str,
        useful: impl Fn(&ScriptKey) -> i64,
    ) -> Vec<&Script> {
        answers(self.scripts.iter(), heard, stage, industry, useful)
    }

    /// How the return is estimated of a deal in this industry, on this product line; both empty for no deal.
    pub fn roi_model(&self, industry: &str, product_line: &str) -> Option<&RoiModel> {
        roi::fitting(&self.roi, industry, product_line)
    }

    /// At most `n` materials to bring: what the stage demands, then its own list, then whatever else fits.
    pub fn materials_for(
        &self,
        stage: &StageKey,
        industry: &str,
        product_line: &str,
        n: usize,
    ) -> Vec<&Material> {
        let stage_of = self.process.stage(stage);
        let demanded = stage_of.into_iter().flat_map(|stage| stage.demanded());
        let listed: Vec<_> =
            demanded.chain(stage_of.into_iter().flat_map(|stage| &stage.materials)).collect();
        let place = |material: &Material| listed.iter().position(|key| **key == material.key);
        let mut fitting: Vec<&Material> =
            self.materials.iter().filter(|material| material.fits(stage, industry, product_line)).collect();
        fitting.sort_by_key(|material| place(material).unwrap_or(usize::MAX));
        fitting.truncate(n);
        fitting
    }
}

/// Answers of a library to what was heard, best first; see [`Script::rank`]. Of the customer's industry alone; a script
/// whose own word was said comes first whatever it fits, unless reps found it of no use. `useful` is what they found of a
/// script, in hundredths of a point.
pub fn answers<'s>(
    library: impl Iterator<Item = &'s Script>,
    heard: &Heard<'_>,
    stage: &StageKey,
    industry: &str,
    useful: impl Fn(&ScriptKey) -> i64,
) -> Vec<&'s Script> {
    let named = |script: &Script| script.word == heard.said || script.name == heard.said;
    let rank = |script: &Script| {
        let (points, worth) = (script.rank(heard, stage, industry)?, useful(&script.key));
        Some((named(script) && worth > NO_USE, script.is_against(heard), points + worth))
    };
    let said = |script: &&Script| named(script) || (!script.opener && script.is_for(industry));
    let mut found: Vec<_> = library.filter(said).filter_map(|script| Some((rank(script)?, script))).collect();
    found.sort_by_key(|(rank, _)| Reverse(*rank));
    found.into_iter().map(|(_, script)| script).collect()
}

/// What was heard of a customer's objection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heard<'a> {
    /// The words.
    pub said: &'a str,
    /// The kinds of objections that they are, the likeliest first: keys of `objections.toml`.
    pub categories: Vec<&'a str>,
    /// The competitor that they name, by key.
    pub competitor: Option<&'a str>,
}

/// A point in the rank of scripts.
const POINT: i64 = 100;

/// Two voices against a script, with none for it, are worth so much.
const NO_USE: i64 = -150;

impl Script {
    /// How well it answers, in hundredths of a point; `None` when it does not. Up to five points for stage and industry,
    /// two, one, … for the kinds of objection in their order, a fifth for each character of its own words
    /// that was said.
    fn rank(&self, heard: &Heard<'_>, stage: &StageKey, industry: &str) -> Option<i64> {
        let foreign = !self.competitors.is_empty() && !self.is_against(heard);
        let is_kind = |key: &&str| self.category.as_deref() == Some(*key);
        let place = heard.categories.iter().position(is_kind).and_then(|place| i64::try_from(place).ok());
        let letters = i64::try_from(self.longest_match(heard.said)).unwrap_or(0);
        if foreign || (place.is_none() && letters == 0 && !self.is_against(heard) && self.name != heard.said)
        {
            return None;
        }
        let kind = place.map_or(0, |place| 2 * POINT / (place + 1));
        Some(POINT * i64::from(self.fit(stage, industry)) + kind + letters.min(10) * POINT / 5)
    }

    /// Whether it is meant against the competitor that was named.
    fn is_against(&self, heard: &Heard<'_>) -> bool {
        heard.competitor.is_some_and(|key| self.competitors.iter().any(|own| own == key))
    }

    fn is_for(&self, industry: &str) -> bool {
        self.industries.is_empty() || self.industries.iter().any(|key| key == industry)
    }

    /// How many characters of the longest of its words that occurs in `said`.
    fn longest_match(&self, said: &str) -> usize {
        let words = self.triggers.iter().chain([&self.word, &self.objection]);
        let found = words.filter(|word| !word.is_empty() && said.contains(word.as_str()));
        found.map(|word| word.chars().count()).max().unwrap_or(0)
    }
}
