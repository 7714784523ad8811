//! Cutting text that is too long, where a reader would pause.

/// What a limit counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// UTF-8 bytes.
    Bytes,
    /// Characters (字).
    Chars,
    /// Entries of a list.
    Items,
}

impl Unit {
    /// How long `text` is.
    pub fn of(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Chars | Self::Items => text.chars().count(),
        }
    }

    /// The unit's word in Chinese.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "字节",
            Self::Chars => "字",
            Self::Items => "项",
        }
    }
}

/// The mark of something left out.
const MORE: &str = "…";

/// `text`, or its beginning with 「…」, at most `max` long. It ends after a sentence where one ends in the second
/// half, else after a clause, else anywhere.
pub fn shorten(text: &str, max: usize, unit: Unit) -> String {
    if unit.of(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(unit.of(MORE));
    let head = beginning(text, room, unit);
    let cut =
        last_of(head, &['。', '！', '？', '；', '\n']).or_else(|| last_of(head, &['，', '、', ' ', '·']));
    let kept = cut.map_or(head, |end| &head[..end]);
    let kept = opened(kept).trim_end_matches(['，', '、', '；', ' ', '·', '\n']);
    format!("{kept}{MORE}")
}

/// `head` without a bracket that was opened near its end and is not closed any more.
fn opened(head: &str) -> &str {
    match head.rfind(['（', '「']) {
        Some(at) if at * 2 > head.len() && !head[at..].contains(['）', '」']) => &head[..at],
        _ => head,
    }
}

/// The end of the last of `marks` in the second half of `head`.
fn last_of(head: &str, marks: &[char]) -> Option<usize> {
    let (at, mark) = head.char_indices().rev().find(|(_, c)| marks.contains(c))?;
    (at * 2 > head.len()).then_some(at + mark.len_utf8())
}

fn beginning(text: &str, room: usize, unit: Unit) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += match unit {
            Unit::Bytes => c.len_utf8(),
            Unit::Chars | Unit::Items => 1,
        };
        if used > room {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Unit, shorten};

    #[test]
    fn long_text_ends_at_a_sentence_then_a_clause_then_anywhere() {
        let text = "总价动不了。付款能谈：首付三成，验收后再付七成。";
        assert_eq!(shorten(text, 24, Unit::Chars), text);
        assert_eq!(shorten(text, 10, Unit::Chars), "总价动不了。…");
        assert_eq!(shorten(text, 18, Unit::Chars), "总价动不了。付款能谈：首付三成…");
        assert_eq!(shorten("宏远精密机械制造", 5, Unit::Chars), "宏远精密…");
        assert_eq!(shorten("宏远精密机械（还有 15 分钟）", 12, Unit::Chars), "宏远精密机械…");
        assert_eq!(shorten("宏远精密机械制造", 10, Unit::Bytes), "宏远…");
        assert_eq!(shorten("宏远", 0, Unit::Chars), "…");
    }
}
