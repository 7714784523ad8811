//! Who takes over from whom: 「移交 宏远 给 李娜」「小王离职 给小李」.

use std::ops::Range;

use super::Context;
use super::commands::Command;
use super::names::ids;
use super::notes::own_contacts_only;
use super::phrases::{customers_covering, without_tail};
use super::text::{Text, is_blank_or_mark};

/// 「小王离职 给小李」「小王走了，客户都交给小李」: begins with a colleague, and no customer is named.
pub(super) fn leaver(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    const LEAVES: &str = "离职 要走了 走了 辞职 调岗 调走 不干了 休产假";
    const GIVEN: &str = "给 交给 转给 移交 交接 由 客户";
    let members = ctx.names.members_in(raw);
    let first = members.first().filter(|mention| text.position(mention.span.start) == 0)?;
    let behind = text.position(first.span.end);
    let left = text.find(behind..text.len(), LEAVES).filter(|word| word.start <= behind + 2)?;
    let (of, to): (Vec<_>, Vec<_>) = members.iter().cloned().partition(|mention| mention.span == first.span);
    let given = text.has(left.end..text.len(), GIVEN) || text.trim(left.end..text.len()).is_empty();
    let customers = ctx.names.customers_in(raw);
    (given && customers.is_empty()).then(|| Command::HandOverAll { of: ids(&of), to: ids(&to) })
}

/// 「移交 宏远 给 李娜」「把宏远移交给李娜」.
pub(super) fn hand_over(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    const WORDS: &str = "移交 转交 转给 交接给";
    let word = text.find(text.whole(), WORDS)?;
    let before = text.trim(0..word.start);
    let object = text.word(before.start, "把").map_or(before.clone(), |start| text.trim(start..before.end));
    let leads = before.is_empty() || customers_covering(text.raw(object), ctx).is_some();
    let (members, customers) = (ctx.names.members_in(raw), own_contacts_only(ctx.names.customers_in(raw)));
    let spans =
        members.iter().map(|mention| &mention.span).chain(customers.iter().map(|mention| &mention.span));
    let named: Vec<_> = spans.map(|span| text.position(span.start)..text.position(span.end)).collect();
    let to = members.into_iter().map(|mention| mention.id).collect::<Vec<_>>();
    let stranger = receiver(text, word.clone()).filter(|_| to.is_empty());
    let object_end = stranger.as_ref().map_or(text.len(), |stranger| stranger.start.max(word.end));
    let said = unknown(text, word.end..object_end, &named);
    let stranger = stranger.map_or_else(String::new, |stranger| text.raw(stranger).to_owned());
    let short = text.len() - word.end <= 12;
    (leads && short && !text.has(word.end..text.len(), "了 完")).then(|| Command::HandOver {
        customers: ids(&customers),
        to,
        said,
        stranger,
    })
}

/// Whom `text` names behind 给, in a command that `word` begins.
fn receiver(text: &Text<'_>, word: Range<usize>) -> Option<Range<usize>> {
    const NOBODY: &str = "他 她 谁 别人 同事";
    let gives = (word.start..text.len()).rev().find(|at| text.get(*at) == Some('给'))?;
    let said = without_tail(text, text.trim(gives + 1..text.len()), "吧了");
    (!said.is_empty() && text.any(said.start, NOBODY).is_none()).then_some(said)
}

/// What is left of `range` beside the names in it and the words that only link them, up to 给.
fn unknown(text: &Text<'_>, range: Range<usize>, named: &[Range<usize>]) -> String {
    const LINKS: &str = "到 把 由 吧 下 一下 商机 客户 单子 这个 这单 这家 那个 那家 出去 它 他 她 同事 给";
    let mut left = String::new();
    let mut at = range.start;
    while at < range.end {
        if let Some(name) = named.iter().find(|name| name.contains(&at)) {
            at = name.end;
        } else if let Some(end) = text.any(at, LINKS).filter(|_| left.is_empty()) {
            at = end;
        } else if text.get(at) == Some('给') {
            break;
        } else {
            left.push_str(text.raw(at..at + 1));
            left = left.trim_start_matches(is_blank_or_mark).to_owned();
            at += 1;
        }
    }
    left.trim_matches(is_blank_or_mark).to_owned()
}
