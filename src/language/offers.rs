//! 「投稿话术 价格：……」「这句话术收一下：……」: words that a rep offers to the library.

use super::commands::Command;
use super::text::{Text, is_blank_or_mark};

/// Longer words first.
const OFFERS: &str = "投稿话术 话术投稿 我要投稿 贡献话术 贡献一句话术 贡献一句 推荐话术 投个稿 投稿";
/// These ask for words behind a colon.
const KEEPS: &str = "\
    这句话术收一下 这条话术收一下 把这句话术收一下 这句话术收录一下 这句话术收了吧 这句话收一下 这句收一下 这条收一下 \
    收一下这句话术 收一下这条话术 收一下这句 收录这句话术 收录这句 收录话术 收一下话术 这句话术不错 这句话术好用 \
    这句话术收";
/// What the words answer is put so briefly.
const LONGEST_ASK: usize = 16;

/// The command that the whole of `raw` is, if it offers words.
pub(super) fn read(raw: &str) -> Option<Command> {
    let raw = raw.trim();
    let text = Text::new(raw);
    if let Some(end) = text.any(0, KEEPS) {
        let at = text.skip_blanks(end);
        let words = (at..text.len()).find(|at| is_colon(&text, *at)).filter(|colon| *colon == at)?;
        return Some(offered("", text.raw(words + 1..text.len())));
    }
    let end = text.any(0, OFFERS)?;
    if text.get(end).is_some_and(|c| !is_blank_or_mark(c)) {
        // 「投稿了三次」 tells something.
        return None;
    }
    let from =
        (end..text.len()).find(|at| !is_colon(&text, *at) && !is_blank(&text, *at)).unwrap_or(text.len());
    let colon = (from..text.len()).find(|at| is_colon(&text, *at)).filter(|at| at - from <= LONGEST_ASK);
    Some(match colon {
        Some(colon) => offered(text.raw(from..colon), text.raw(colon + 1..text.len())),
        None => offered("", text.raw(from..text.len())),
    })
}

/// A colon or the end of a line.
fn is_colon(text: &Text<'_>, at: usize) -> bool {
    matches!(text.get(at), Some(':' | '\n'))
}

fn is_blank(text: &Text<'_>, at: usize) -> bool {
    text.get(at).is_some_and(char::is_whitespace)
}

fn offered(ask: &str, words: &str) -> Command {
    let quoted = |words: &str| {
        let inner = words.strip_prefix(['「', '“', '"'])?.strip_suffix(['」', '”', '"'])?;
        (!inner.contains(['「', '“', '"'])).then(|| inner.to_owned())
    };
    let words = words.trim();
    let ask = ask.trim_matches(is_blank_or_mark);
    Command::OfferScript { ask: ask.to_owned(), words: quoted(words).unwrap_or_else(|| words.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Option<(String, String)> {
        match read(text)? {
            Command::OfferScript { ask, words } => Some((ask, words)),
            _ => None,
        }
    }

    #[test]
    fn words_are_offered_with_what_they_answer_or_without() {
        for (text, ask, words) in [
            ("投稿话术 价格：贵在哪，咱们一项项拆？", "价格", "贵在哪，咱们一项项拆？"),
            ("投稿 客户说太贵: 您比的是哪一项？", "客户说太贵", "您比的是哪一项？"),
            ("投稿话术：您比的是哪一项？", "", "您比的是哪一项？"),
            ("投稿话术\n价格\n您比的是哪一项？", "价格", "您比的是哪一项？"),
            ("这句话术收一下：「您比的是哪一项？」", "", "您比的是哪一项？"),
            ("收一下这句：您比的是哪一项？", "", "您比的是哪一项？"),
            (
                "投稿 您先别急着定，先问问：停一天线要多少钱，谁来担这个钱",
                "您先别急着定，先问问",
                "停一天线要多少钱，谁来担这个钱",
            ),
            ("投稿话术", "", ""),
            ("话术投稿 锐目：他们的相机要两年一换，您问过吗？", "锐目", "他们的相机要两年一换，您问过吗？"),
        ] {
            assert_eq!(heard(text), Some((ask.to_owned(), words.to_owned())), "{text}");
        }
    }

    #[test]
    fn sentences_that_only_begin_so_offer_nothing() {
        for text in
            ["投稿了三次，客户都没看", "这句话术收一下就行", "话术 太贵", "宏远投稿：好", "这句收一下"]
        {
            assert_eq!(heard(text), None, "{text}");
        }
    }
}
