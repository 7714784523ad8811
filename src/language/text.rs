//! A message's text made comparable: full-width letters and marks folded, Latin letters lowered, one character for
//! one character, so that every find can be shown in the words that were written.

use std::ops::Range;

/// A character as it is compared: 「Ａ」, `A` and `a` are one, 「：」 and `:` too.
pub(super) fn fold(c: char) -> char {
    match c {
        '\u{3000}' | '\t' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c).to_ascii_lowercase(),
        '點' => '点',
        _ => c.to_ascii_lowercase(),
    }
}

/// A text with its folded characters; positions are counted in characters.
#[derive(Debug)]
pub(super) struct Text<'a> {
    raw: &'a str,
    chars: Vec<char>,
    /// Where each character starts in `raw`, and where the last one ends.
    bytes: Vec<usize>,
    /// Which characters stand in it at all: most words of most lists are ruled out by it.
    seen: Seen,
}

/// A set of characters that may hold too many, never too few.
#[derive(Clone, Copy, Debug, Default)]
struct Seen([u64; 4]);

impl Seen {
    fn of(chars: &[char]) -> Self {
        let mut seen = Self::default();
        for c in chars {
            let (word, bit) = Self::place(*c);
            seen.0[word] |= bit;
        }
        seen
    }

    fn may_hold(&self, c: char) -> bool {
        let (word, bit) = Self::place(c);
        self.0[word] & bit != 0
    }

    fn place(c: char) -> (usize, u64) {
        let code = u32::from(c);
        ((code >> 6) as usize & 3, 1 << (code & 63))
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        let bytes = raw.char_indices().map(|(at, _)| at).chain([raw.len()]).collect();
        let chars: Vec<char> = raw.chars().map(fold).collect();
        Self { raw, seen: Seen::of(&chars), chars, bytes }
    }

    /// Stands for a character of a name in [`Text::masked`]: no rule reads it.
    pub(super) const MASK: char = '\u{25a0}';
    /// Stands for a character of a colleague's name.
    pub(super) const COLLEAGUE: char = '\u{25cb}';

    /// The same text with `spans` unreadable, so that 「三月农庄」 is no date and 「百万庄园」 no amount.
    pub(super) fn masked(&self, spans: &[Range<usize>]) -> Self {
        self.filled(spans, Self::MASK)
    }

    /// The same text with every character of `spans` read as `c`.
    pub(super) fn filled(&self, spans: &[Range<usize>], c: char) -> Self {
        let mut chars = self.chars.clone();
        for span in spans {
            if let Some(name) = chars.get_mut(span.start..span.end.min(self.chars.len())) {
                name.fill(c);
            }
        }
        Self { raw: self.raw, seen: Seen::of(&chars), chars, bytes: self.bytes.clone() }
    }

    /// The first `limit` characters.
    pub(super) fn cut(raw: &'a str, limit: usize) -> Self {
        let end = raw.char_indices().nth(limit).map_or(raw.len(), |(at, _)| at);
        Self::new(raw.get(..end).unwrap_or(raw))
    }

    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    pub(super) fn whole(&self) -> Range<usize> {
        0..self.chars.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.get(at.checked_sub(1)?)
    }

    /// The folded characters of `range`, as far as they exist.
    pub(super) fn chars(&self, range: Range<usize>) -> &[char] {
        let end = range.end.min(self.chars.len());
        self.chars.get(range.start.min(end)..end).unwrap_or_default()
    }

    /// What was written in `range`.
    pub(super) fn raw(&self, range: Range<usize>) -> &'a str {
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(self.raw.len());
        self.raw.get(byte(range.start)..byte(range.end)).unwrap_or_default()
    }

    /// The character that starts at byte `at`, or the first one after.
    pub(super) fn position(&self, at: usize) -> usize {
        self.bytes.partition_point(|start| *start < at)
    }

    /// Where `word` ends if it stands at `at`.
    pub(super) fn word(&self, at: usize, word: &str) -> Option<usize> {
        let mut end = at;
        for c in word.chars() {
            if self.get(end) != Some(c) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// The first of `words` that stands at `at`, and where it ends. Longer words must come first.
    pub(super) fn one_of<T: Copy>(&self, at: usize, words: &[(&str, T)]) -> Option<(T, usize)> {
        words.iter().find_map(|(word, value)| Some((*value, self.word(at, word)?)))
    }

    /// Where the first of `words`, which blanks separate, ends if it stands at `at`. Longer words must come first.
    pub(super) fn any(&self, at: usize, words: &str) -> Option<usize> {
        // Looking for the character in the whole list is much faster than taking the list apart.
        words
            .contains(self.get(at)?)
            .then(|| words.split_ascii_whitespace().find_map(|word| self.word(at, word)))?
    }

    /// Whether one of `words` ends right before `at`.
    pub(super) fn any_before(&self, at: usize, words: &str) -> bool {
        let ends_here = |word: &str| {
            at.checked_sub(word.chars().count()).is_some_and(|from| self.word(from, word).is_some())
        };
        self.before(at).is_some_and(|last| words.contains(last))
            && words.split_ascii_whitespace().any(ends_here)
    }

    /// The first place in `range` where one of `words` stands; of those that stand there the first in the list.
    pub(super) fn find(&self, range: Range<usize>, words: &str) -> Option<Range<usize>> {
        let places = words.split_ascii_whitespace().filter_map(|word| self.place_of(range.clone(), word));
        places.min_by_key(|place| place.start)
    }

    pub(super) fn has(&self, range: Range<usize>, words: &str) -> bool {
        words.split_ascii_whitespace().any(|word| self.place_of(range.clone(), word).is_some())
    }

    /// Where `word` stands first in `range`.
    fn place_of(&self, range: Range<usize>, word: &str) -> Option<Range<usize>> {
        let first = word.chars().next().filter(|first| self.seen.may_hold(*first))?;
        let chars = self.chars(range.clone());
        let starts = chars.iter().enumerate().filter(|(_, c)| **c == first).map(|(at, _)| range.start + at);
        starts.filter_map(|at| Some(at..self.word(at, word)?)).find(|place| place.end <= range.end)
    }

    /// The first position from `at` on that is no blank.
    pub(super) fn skip_blanks(&self, at: usize) -> usize {
        (at..self.len()).find(|at| self.get(*at) != Some(' ')).unwrap_or(self.len())
    }

    /// `range` without blanks and marks at its ends.
    pub(super) fn trim(&self, range: Range<usize>) -> Range<usize> {
        let word = |at: &usize| self.get(*at).is_some_and(|c| !is_blank_or_mark(c));
        let start = range.clone().find(word).unwrap_or(range.end);
        let end = (start..range.end).rev().find(word).map_or(start, |last| last + 1);
        start..end
    }

    /// The clause that `at` stands in, else the next one; an empty range at `at` where none follows.
    pub(super) fn clause_at(&self, at: usize) -> Range<usize> {
        let inside = |at: &usize| self.get(*at).is_some_and(|c| !ends_clause(c));
        let Some(within) = (at..self.len()).find(inside) else { return at..at };
        let start = (0..within).rev().find(|at| !inside(at)).map_or(0, |mark| mark + 1);
        let end = (within..self.len()).find(|at| !inside(at)).unwrap_or(self.len());
        start..end
    }

    /// The clauses, parted at blanks between letters too: whoever dictates makes no marks. None is empty.
    pub(super) fn thoughts(&self) -> Vec<Range<usize>> {
        self.clauses().into_iter().flat_map(|clause| self.parted(clause)).collect()
    }

    /// The thought that `at` stands in.
    pub(super) fn thought_at(&self, at: usize) -> Range<usize> {
        let clause = self.clause_at(at);
        let at = at.clamp(clause.start, clause.end.saturating_sub(1).max(clause.start));
        self.parted(clause.clone()).into_iter().find(|part| part.contains(&at)).unwrap_or(clause)
    }

    fn parted(&self, clause: Range<usize>) -> Vec<Range<usize>> {
        /// A shorter piece is no thought: 「宏远 张总」.
        const SHORTEST: usize = 4;
        /// What speakers put between two thoughts.
        const LINKS: &str = "然后 就是说 反正 另外 还有就是 接着又";
        /// A run of more characters has several thoughts, and these words begin one.
        const LONG: usize = 26;
        const TURNS: &str =
            "我说 我就说 那我 那就 他说 她说 他答应 她答应 我答应 我讲好 到时候 完了又 我寻思";
        let letter = |at: usize| self.get(at).is_some_and(|c| c.is_alphabetic() && !c.is_ascii());
        let mut parts = Vec::new();
        let mut start = clause.start;
        for at in clause.clone() {
            let parts_here = self.get(at) == Some(' ')
                && at >= start + SHORTEST
                && clause.end - at > SHORTEST
                && letter(at - 1)
                && letter(at + 1);
            let long = clause.len() > LONG && at >= start + 8 && clause.end - at > 6;
            let links = !parts_here
                && at >= start + SHORTEST
                && (self.any(at, LINKS).is_some() || long && self.any(at, TURNS).is_some());
            if parts_here || links {
                parts.push(start..at);
                start = at + usize::from(parts_here);
            }
        }
        if start < clause.end {
            parts.push(start..clause.end);
        }
        parts
    }

    /// The parts between marks that end a thought, commas too; none is empty.
    pub(super) fn clauses(&self) -> Vec<Range<usize>> {
        let mut clauses = Vec::new();
        let mut start = 0;
        for at in 0..=self.len() {
            if self.get(at).is_none_or(ends_clause) {
                if start < at {
                    clauses.push(start..at);
                }
                start = at + 1;
            }
        }
        clauses
    }
}

fn ends_clause(c: char) -> bool {
    matches!(c, ',' | '。' | '!' | '?' | ';' | '\n' | '\r' | '…')
}

/// Whether `c` says nothing by itself.
pub(super) fn is_blank_or_mark(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{fe0f}')
        || (c.is_ascii_punctuation() && !matches!(c, '%' | '#' | '&' | '+' | '(' | ')' | '[' | ']'))
        || matches!(
            c,
            '。' | '、'
                | '，'
                | '！'
                | '？'
                | '；'
                | '：'
                | '…'
                | '—'
                | '·'
                | '～'
                | '「'
                | '」'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '《'
                | '》'
        )
}
