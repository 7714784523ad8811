//! What a customer's words object to: by the words that `objections.toml` has, then by what they mean.

use std::cmp::Reverse;

use crate::config::{Category, Config, Heard};
use crate::language;

/// A meaning less likely than this brings no scripts: 「要回扣」 is like nothing that was learned.
const LIKELY: f64 = 0.35;

/// What was heard in `said`: kinds of objections, the likeliest first, and the competitor that it names.
pub fn heard<'a>(rules: &'a Config, said: &'a str) -> Heard<'a> {
    let objections = &rules.objections;
    let weight = |category: &Category| {
        let heard = category.words.iter().filter(|word| said.contains(word.as_str()));
        let longest = heard.map(|word| word.chars().count()).max().unwrap_or(0);
        if category.name == said { usize::MAX } else { longest }
    };
    let mut likely: Vec<(usize, &str)> = objections
        .categories
        .iter()
        .map(|category| (weight(category), category.key.as_str()))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    likely.sort_by_key(|(weight, _)| Reverse(*weight));
    let mut categories: Vec<&str> = likely.into_iter().map(|(_, key)| key).collect();
    // Behind the admin's own words stands what the sentence means, however it is put.
    for meant in language::objections::read(said).into_iter().filter(|meant| meant.score >= LIKELY) {
        let key = meant.category.key();
        let known = objections.categories.iter().any(|category| category.key == key);
        if known && !categories.contains(&key) {
            categories.push(key);
        }
    }
    let competitor = objections.competitor_in(said).map(|competitor| competitor.key.as_str());
    // Behind the scripts against one competitor stand those against any.
    if let Some(key) = competitor {
        let against = rules.scripts.iter().filter(|script| script.competitors.iter().any(|own| own == key));
        for kind in against.filter_map(|script| script.category.as_deref()) {
            if !categories.contains(&kind) {
                categories.push(kind);
            }
        }
    }
    Heard { said, categories, competitor }
}

/// A note is told of scripts only where it objects so likely: a fact is not to be taken for a complaint.
const TOLD: f64 = 0.75;

/// The name of what a note's customer objects to, if that is beyond doubt and there are scripts for it.
pub fn told<'r>(rules: &'r Config, note: &str) -> Option<&'r str> {
    let meant = language::objections::read(note).into_iter().next().filter(|meant| meant.score >= TOLD)?;
    let key = meant.category.key();
    let answered = rules.scripts.iter().any(|script| script.category.as_deref() == Some(key));
    rules.objections.category(key).filter(|_| answered).map(|category| category.name.as_str())
}
