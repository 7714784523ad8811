//! What to offer a rep: the scripts and materials that fit a deal, best first. Order among equals is the admin's.

use std::cmp::Reverse;

use super::{Config, Material, Script};
use crate::sales::StageKey;

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

    /// The script that `word` means: its own word at any stage, else the best fitting one that it triggers.
    pub fn find_script(&self, word: &str, stage: &StageKey, industry: &str) -> Option<&Script> {
        let own = self.scripts.iter().find(|script| script.word == word);
        own.or_else(|| {
            let triggered =
                |script: &Script| script.name == word || script.triggers.iter().any(|t| t == word);
            self.fitting(stage, industry, triggered).first().copied()
        })
    }

    /// Answers to what the customer said, best first: those whose words occur in `said`, of this industry, the ones
    /// of this stage before others.
    pub fn answers(&self, said: &str, stage: &StageKey, industry: &str) -> Vec<&Script> {
        let rank = |script: &Script| (script.fit(stage, industry), script.longest_match(said));
        let mut found: Vec<&Script> = self
            .scripts
            .iter()
            .filter(|script| !script.opener && script.is_for(industry) && script.longest_match(said) > 0)
            .collect();
        found.sort_by_key(|script| Reverse(rank(script)));
        found
    }

    /// At most `n` materials to bring: the stage's own list first, then whatever else fits.
    pub fn materials_for(
        &self,
        stage: &StageKey,
        industry: &str,
        product_line: &str,
        n: usize,
    ) -> Vec<&Material> {
        let listed = self.process.stage(stage).map_or(&[][..], |stage| &stage.materials);
        let place = |material: &Material| listed.iter().position(|key| *key == material.key);
        let mut fitting: Vec<&Material> =
            self.materials.iter().filter(|material| material.fits(stage, industry, product_line)).collect();
        fitting.sort_by_key(|material| place(material).unwrap_or(usize::MAX));
        fitting.truncate(n);
        fitting
    }
}

impl Script {
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
