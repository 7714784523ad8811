//! What a customer's words object to: the one place where words become kinds of objections. Today by the words that
//! `objections.toml` and the scripts have; whatever reads meaning gives its kinds here, by the same keys.

use std::cmp::Reverse;

use crate::config::{Category, Config, Heard};

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
