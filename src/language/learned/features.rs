//! A text → the features that are weighed: runs of one or two characters, concepts, and pairs of concepts.

use std::ops::Range;

use super::concepts;
use crate::language::text::fold;
use crate::language::text::is_blank_or_mark;

/// The longest run of characters that is a feature.
const LONGEST_RUN: usize = 2;
/// So many characters are weighed at once; a passage longer than this is cut.
pub(super) const WEIGHED_AT_MOST: usize = 160;
/// Stands before the first character and after the last.
const EDGE: char = '\u{2}';
/// Stands for marks and blanks.
const PAUSE: char = ',';
/// Stands for a number of any length.
const NUMBER: char = '0';

/// A feature by its hash, and where it stands among the characters given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::language) struct Feature {
    /// FNV-1a over the feature's kind and characters.
    pub(super) hash: u32,
    /// Characters of the text as it was given; empty for a pair of concepts.
    pub(super) span: Range<usize>,
    /// Whether it is a word of the lexicon.
    word: bool,
}

impl Feature {
    /// Whether it is a word, rather than any two characters.
    pub(in crate::language) fn is_word(&self) -> bool {
        self.word
    }

    /// Where it stands among the characters that were given; empty where it has no one place.
    pub(in crate::language) fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

/// The features of `chars`, each once, in the order of their hashes.
pub(in crate::language) fn features(chars: &[char]) -> Vec<Feature> {
    let (plain, places) = normal(chars);
    let mut found = Vec::with_capacity(plain.len() * (LONGEST_RUN + 1));
    for start in 0..plain.len() {
        let mut hash = Hash::new(1);
        for (length, (c, place)) in
            plain.iter().zip(&places).skip(start).take(LONGEST_RUN).enumerate().map(|(at, it)| (at + 1, it))
        {
            hash = hash.with(u32::from(*c));
            let silent = length == 1 && (*c == EDGE || *c == PAUSE);
            if !silent {
                let from = places.get(start).copied().unwrap_or(*place);
                found.push(Feature { hash: hash.of(length), span: from..*place + 1, word: false });
            }
        }
    }
    let inner = plain.get(1..plain.len().saturating_sub(1)).unwrap_or_default();
    let concepts = concepts::in_text(inner);
    for (at, (concept, range)) in concepts.iter().enumerate() {
        let place = |at: usize| places.get(at + 1).copied().unwrap_or_default();
        let span = place(range.start)..place(range.end.saturating_sub(1)) + 1;
        found.push(Feature { hash: Hash::new(2).with(u32::from(*concept)).of(0), span, word: true });
        for (other, _) in concepts.iter().skip(at + 1).take(6) {
            let pair = Hash::new(3).with(u32::from(*concept)).with(u32::from(*other)).of(0);
            found.push(Feature { hash: pair, span: 0..0, word: false });
        }
    }
    found.sort_unstable_by(|a, b| a.hash.cmp(&b.hash).then(a.span.start.cmp(&b.span.start)));
    found.dedup_by_key(|feature| feature.hash);
    found
}

/// Characters folded, marks and numbers each as one, edges at both ends; and where each stood.
fn normal(chars: &[char]) -> (Vec<char>, Vec<usize>) {
    let mut plain = Vec::with_capacity(chars.len() + 2);
    let mut places = Vec::with_capacity(chars.len() + 2);
    plain.push(EDGE);
    places.push(0);
    for (at, c) in chars.iter().enumerate().take(WEIGHED_AT_MOST) {
        let c = match fold(*c) {
            c if is_blank_or_mark(c) => PAUSE,
            '0'..='9' => NUMBER,
            c => c,
        };
        let again = plain.last() == Some(&c) && (c == PAUSE || c == NUMBER);
        let leads = c == PAUSE && plain.len() == 1;
        if !(again || leads) {
            plain.push(c);
            places.push(at);
        }
    }
    if plain.len() > 1 && plain.last() == Some(&PAUSE) {
        plain.pop();
        places.pop();
    }
    places.push(places.last().copied().unwrap_or_default());
    plain.push(EDGE);
    (plain, places)
}

/// FNV-1a, 32 bits.
#[derive(Clone, Copy)]
struct Hash(u32);

impl Hash {
    fn new(kind: u32) -> Self {
        Self(0x811c_9dc5).with(kind)
    }

    fn with(self, value: u32) -> Self {
        value
            .to_le_bytes()
            .iter()
            .fold(self, |hash, byte| Self((hash.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193)))
    }

    fn of(self, length: usize) -> u32 {
        self.0 ^ (u32::try_from(length).unwrap_or_default() << 29)
    }
}
