//! Words that mean much the same, each group a concept: 报价单, 单价, 数目 are all `price`.

use std::ops::Range;
use std::sync::LazyLock;

/// One concept a line: its name, the categories of objections that it speaks of by itself (`-` for none), its words.
const CONCEPTS: &str = include_str!("concepts.txt");

static WORDS: LazyLock<Vec<(Vec<char>, u8)>> = LazyLock::new(|| {
    let mut words: Vec<(Vec<char>, u8)> = (0..)
        .zip(lines())
        .flat_map(|(concept, (_, words))| words.map(move |word| (word.chars().collect(), concept)))
        .collect();
    // Of words that begin alike the longest is met first.
    words.sort_by(|a, b| a.0.first().cmp(&b.0.first()).then(b.0.len().cmp(&a.0.len())).then(a.cmp(b)));
    words
});

fn lines() -> impl Iterator<Item = (&'static str, std::str::SplitAsciiWhitespace<'static>)> {
    CONCEPTS.lines().filter_map(|line| {
        let mut parts = line.splitn(3, '\t');
        parts.next()?;
        Some((parts.next()?, parts.next()?.split_ascii_whitespace()))
    })
}

/// The concepts of `chars`, folded, in the order of their places; the longest word counts where several stand.
pub(super) fn in_text(chars: &[char]) -> Vec<(u8, Range<usize>)> {
    let words = &*WORDS;
    let mut found: Vec<(u8, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
        let first = words.partition_point(|(word, _)| word.first() < rest.first());
        let met = words
            .iter()
            .skip(first)
            .take_while(|(word, _)| word.first() == rest.first())
            .find(|(word, _)| rest.starts_with(word));
        match met {
            Some((word, concept)) => {
                found.push((*concept, at..at + word.len()));
                at += word.len();
            }
            None => at += 1,
        }
    }
    found
}

/// The words that speak of `category` by themselves, for whoever measures how much is read without them.
pub fn words_of(category: &str) -> Vec<&'static str> {
    lines()
        .filter(|(homes, _)| homes.split(' ').any(|home| home == category))
        .flat_map(|(_, words)| words)
        .collect()
}
