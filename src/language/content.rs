//! Whether a note tells anything: 「客户很感兴趣，持续跟进中」 does not.

use super::learned;
use super::text::{Text, is_blank_or_mark};
use super::{READ_AT_MOST, passages};

/// A text tells something where it is at least so likely that it does.
const SAYS_NOTHING: f32 = 0.65;

/// Whether `text` tells a fact that the next reader could use. Pure, never fails and never panics, whatever the text.
pub fn has_content(text: &str) -> bool {
    tells(&Text::cut(text, READ_AT_MOST))
}

/// Fewer characters are too little to judge by.
const SHORTEST: usize = 5;

/// Whether a note's text, its names masked, tells nothing. A name is no fact, and three words alone may be an answer.
pub(super) fn is_silent(text: &Text<'_>) -> bool {
    let said =
        text.chars(text.whole()).iter().filter(|c| **c != Text::MASK && !is_blank_or_mark(**c)).count();
    said >= SHORTEST && !tells(text)
}

/// Whether a text that is about nobody is a sigh: 「累死了」. It must tell something beyond doubt not to be one.
pub(super) fn is_sigh(raw: &str) -> bool {
    const BEYOND_DOUBT: f32 = 0.85;
    let text = Text::cut(raw, READ_AT_MOST);
    let said = text.chars(text.whole()).iter().filter(|c| !is_blank_or_mark(**c)).count();
    said >= SHORTEST && !tells_at_least(&text, BEYOND_DOUBT)
}

fn tells(text: &Text<'_>) -> bool {
    tells_at_least(text, SAYS_NOTHING)
}

fn tells_at_least(text: &Text<'_>, least: f32) -> bool {
    let likely =
        |passage| learned::content(&learned::heads(&learned::features(text.chars(passage)))) >= least;
    passages::passages(text).into_iter().any(likely)
}
