//! Values can never become markup: what a person typed is *guarded* when a template writes it out, and taken back
//! to itself only after the template's own markup was read.
//!
//! A guarded character is its code plus U+E000, in the private use area. Every ASCII sign (not letters or digits),
//! the line break and the full-width colon are guarded, since these are all that [`super::Message`] and
//! [`super::Text`] take for markup. Private-use characters that a value brings along are dropped, so nobody can send
//! a forged one; so are controls and the bidirectional overrides that make text read otherwise than it is stored.

const BASE: u32 = 0xE000;
/// The place of 「：」, which divides a fact's key from its value.
const COLON: char = '\u{E0FF}';

/// `value` as a template may write it out.
pub(super) fn guard(value: &str) -> String {
    value.chars().filter_map(guarded).collect()
}

fn guarded(c: char) -> Option<char> {
    match c {
        '\n' => char::from_u32(BASE + u32::from('\n')),
        '\t' => Some(' '),
        '\u{2028}' | '\u{2029}' => guarded('\n'),
        '：' => Some(COLON),
        c if c.is_control() || is_hidden(c) => None,
        c if c.is_ascii_punctuation() => char::from_u32(BASE + u32::from(c)),
        c => Some(c),
    }
}

/// Private use, and marks that turn the direction of text.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{FEFF}')
}

/// The characters that were guarded.
pub(super) fn unguard(text: &str) -> String {
    text.chars().map(unguarded).collect()
}

fn unguarded(c: char) -> char {
    match c {
        COLON => '：',
        '\u{E000}'..='\u{E07F}' => char::from_u32(u32::from(c) - BASE).expect("ASCII is always a character"),
        c => c,
    }
}

/// A value that goes out without a template, as one line: a button's words, a material's name.
pub(super) fn one_line(value: &str) -> String {
    unguard(&guard(value)).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{guard, one_line, unguard};

    #[test]
    fn guarded_text_holds_no_sign_and_comes_back_whole() {
        let hostile =
            "[点我](http://evil) **x** <font color=\"warning\"> # - > {{7*7}} `a` @all\n---\n上次：好";
        let guarded = guard(hostile);
        assert!(!guarded.chars().any(|c| c.is_ascii_punctuation() || c == '\n' || c == '：'), "{guarded}");
        assert_eq!(unguard(&guarded), hostile);
    }

    #[test]
    fn forged_and_hidden_characters_are_dropped() {
        assert_eq!(guard("a\u{E023}b\u{202E}c\u{0}d\r\te"), "abcd e");
        assert_eq!(one_line(" 宏远\n\n机械\u{E05B} "), "宏远 机械");
    }
}
