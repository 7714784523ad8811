//! Names that were misheard or mistyped: 「鸿远」 for 宏远. Speech recognition and phone keyboards write what sounds alike.

use std::collections::BTreeSet;
use std::ops::Range;

use pinyin::ToPinyin as _;

use super::names::{Mention, Via};
use super::text::Text;

/// Names of more characters are compared as far as here.
const LONGEST: usize = 24;
/// Of so short a name every syllable must sound the same, and it must stand where names stand.
const SHORT: usize = 2;

/// Where names of `names` stand in `text` by their sound, without the places in `taken`, in the text's order. Meant
/// for the few names that one person uses: its cost grows with their number.
pub fn alike<'n, Id: Clone>(
    text: &str,
    taken: &[Range<usize>],
    names: impl IntoIterator<Item = (Id, &'n str)>,
) -> Vec<Mention<Id>> {
    let text = Text::cut(text, super::READ_AT_MOST);
    let sounds: Vec<Option<&str>> = text.whole().map(|at| text.get(at).and_then(syllable)).collect();
    let heard: BTreeSet<(&str, &str)> = sounds.iter().flatten().map(|sound| plain(sound)).collect();
    let byte = |at: usize| text.raw(0..at).len();
    let mut found: Vec<Mention<Id>> = Vec::new();
    for (id, name) in names {
        // Most names begin with a sound that the text does not have.
        let first = name.trim_start().chars().next().and_then(syllable);
        let Some(first) = first.filter(|first| heard.contains(&plain(first))) else { continue };
        let name: Vec<char> = name.trim().chars().take(LONGEST).collect();
        if name.len() < SHORT {
            continue;
        }
        let starts = sounds.iter().enumerate();
        let starts = starts.filter(|(_, sound)| sound.is_some_and(|sound| sounds_like(sound, first)));
        for (start, _) in starts {
            let range = start..start + name.len();
            if !fits(&text, &sounds, range.clone(), &name) {
                continue;
            }
            let span = byte(range.start)..byte(range.end);
            let overlaps = |other: &Range<usize>| other.start < span.end && span.start < other.end;
            let known = found.iter().any(|known| overlaps(&known.span) && known.span.len() >= span.len());
            if taken.iter().any(overlaps) || known {
                continue;
            }
            found.retain(|known| !overlaps(&known.span));
            found.push(Mention { id: id.clone(), span, via: Via::Misheard });
        }
    }
    found.sort_by_key(|mention| mention.span.start);
    found
}

/// Whether what stands in `range` sounds like `name` and could be meant as a name.
fn fits(text: &Text<'_>, sounds: &[Option<&str>], range: Range<usize>, name: &[char]) -> bool {
    let Some(sounds) = sounds.get(range.clone()) else { return false };
    let short = name.len() == SHORT;
    let alike = |(sound, own): (&Option<&str>, &char)| match (sound, syllable(*own)) {
        (Some(sound), Some(own)) if short => *sound == own,
        (Some(sound), Some(own)) => sounds_like(sound, own),
        _ => false,
    };
    let kept = text.chars(range.clone()).iter().zip(name).filter(|(said, own)| said == own).count();
    let placed = begins_like_a_name(text, range.start, kept > 0);
    kept < name.len() && sounds.iter().zip(name).all(alike) && (kept > 0 && !short || placed)
}

/// A name begins a thought, or follows 去, 约, 跟 and the like. One of which no character is left must follow those.
fn begins_like_a_name(text: &Text<'_>, at: usize, kept: bool) -> bool {
    const BEFORE: &str = "去到约跟和给在找见把对从催陪与同问让叫请帮天午晚上早";
    let before = (0..at).rev().find_map(|at| text.get(at).filter(|c| *c != ' '));
    before.map_or(kept, |c| BEFORE.contains(c) || kept && (!c.is_alphanumeric() || c.is_ascii_digit()))
}

fn syllable(c: char) -> Option<&'static str> {
    c.to_pinyin().map(|pinyin| pinyin.plain())
}

/// Whether two syllables are told apart neither by all ears nor by all accents: shi and si, lan and nan, xin and xing.
fn sounds_like(one: &str, other: &str) -> bool {
    one == other || plain(one) == plain(other)
}

/// A syllable's first consonant and the rest, as accents merge them.
fn plain(syllable: &str) -> (&str, &str) {
    let vowel = syllable.find(['a', 'e', 'i', 'o', 'u', 'v', 'ü']).unwrap_or(syllable.len());
    let (first, rest) = syllable.split_at(vowel);
    let first = match first {
        "zh" | "ch" | "sh" => first.trim_end_matches('h'),
        "n" => "l",
        other => other,
    };
    let open = ["ang", "eng", "ing"].iter().any(|end| rest.ends_with(end));
    (first, if open { rest.trim_end_matches('g') } else { rest })
}

#[cfg(test)]
mod tests {
    use super::{alike, sounds_like};

    fn found(text: &str) -> Vec<(u8, &str)> {
        let names = [(1, "宏远"), (2, "永兴"), (3, "鑫源食品"), (4, "精锐模具"), (5, "皖中传动")];
        alike(text, &[], names).into_iter().map(|mention| (mention.id, &text[mention.span])).collect()
    }

    #[test]
    fn syllables_that_accents_merge_are_alike() {
        for (one, other) in [("shi", "si"), ("lan", "nan"), ("xin", "xing"), ("zheng", "zen"), ("an", "ang")]
        {
            assert!(sounds_like(one, other), "{one} {other}");
        }
        for (one, other) in [("shi", "xi"), ("dong", "don"), ("yuan", "yan"), ("hong", "heng")] {
            assert!(!sounds_like(one, other), "{one} {other}");
        }
    }

    #[test]
    fn misheard_names_are_found_where_names_stand() {
        assert_eq!(found("鸿远那边周二看厂"), [(1, "鸿远")]);
        assert_eq!(found("今天去洪源见了张总"), [(1, "洪源")]);
        assert_eq!(found("心源食品要补样品"), [(3, "心源食品")]);
        assert_eq!(found("下午到精瑞磨具，然后去皖钟船动"), [(4, "精瑞磨具"), (5, "皖钟船动")]);
    }

    #[test]
    fn other_words_are_no_names() {
        for text in ["客户很用心", "红圆的那台", "他说用兴奋剂", "宏远", "眼光很红远", ""]
        {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
