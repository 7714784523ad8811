//! Commands with something beside their word: a name, a number, days. Each must fill the whole message.

use std::ops::Range;

use super::command_words::outcome;
use super::commands::Command;
use super::names::ids;
use super::notes::own_contacts_only;
use super::numbers::small;
use super::text::{Text, is_blank_or_mark};
use super::{Context, edits, estimates, handing_over, reminders};
use crate::sales::CustomerId;

/// The command that `text` is as a whole, if it is one.
pub(super) fn read(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    numbered_correction(text, ctx)
        .or_else(|| correction(text, ctx))
        .or_else(|| estimates::read(raw, text, ctx))
        .or_else(|| with_argument(raw, text, ctx))
}

/// 「2 不对，是瑞丰」「2 不是周二是周三」: one of several notes.
fn numbered_correction(text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    let said = text.trim(text.whole());
    let (number, end) = numbered(text, said.start)?;
    let start = text.trim(end..said.end).start;
    let correction = corrected(text, start..said.end);
    if let Some((wrong, right)) = correction.clone()
        && customers_covering(text.raw(right.clone()), ctx).is_none()
        && let Some(edit) = edits::edit(text, wrong, right, ctx)
    {
        return Some(Command::Amend { number: Some(number), edit });
    }
    let wrong = text.any(start, "不对 错了 记错了 不是")?;
    let name = correction.map(|(_, right)| right).unwrap_or(wrong..wrong);
    let to = customers_covering(text.raw(name.clone()), ctx).unwrap_or_default();
    Some(Command::Correct { number, to, said: text.raw(name).to_owned() })
}

/// 「不是宏远是永兴」「记错了，是永兴」「应该是永兴」「不是周二是周三」: the last note.
fn correction(text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    /// A longer name that is not known is a sentence.
    const LONGEST_NAME: usize = 12;
    let (wrong, right) = corrected(text, text.trim(text.whole()))?;
    let found = customers_covering(text.raw(right.clone()), ctx);
    // 「不是价格问题，是交期」 names nobody.
    let known = wrong.clone().is_some_and(|wrong| customers_covering(text.raw(wrong), ctx).is_some());
    let name_like = known && (1..=LONGEST_NAME).contains(&right.len());
    if found.is_some() || name_like {
        let said = text.raw(right).to_owned();
        return Some(Command::MoveNote { to: found.unwrap_or_default(), said });
    }
    edits::edit(text, wrong, right, ctx).map(|edit| Command::Amend { number: None, edit })
}

/// What is wrong, if that is said, and what is right, in words that do nothing but correct.
fn corrected(text: &Text<'_>, said: Range<usize>) -> Option<(Option<Range<usize>>, Range<usize>)> {
    let (wrong, right) = if let Some(start) = text.any(said.start, "不是 不对不是 错了不是 记错了不是")
    {
        let is = (start + 1..said.end).find(|at| text.get(*at) == Some('是'))?;
        (Some(without_tail(text, text.trim(start..is), "而应该,")), is + 1..said.end)
    } else if let Some(start) = text.any(said.start, "应该是 改成 改为 改到 是") {
        // 「是周三不是周二」
        match text.find(start..said.end, "不是 而不是") {
            Some(not) => (Some(text.trim(not.end..said.end)), start..not.start),
            None => (None, start..said.end),
        }
    } else {
        let start = text.any(said.start, "记错了 搞错了 弄错了 说错了 错了 不对")?;
        (None, after_is(text, start, said.end)?)
    };
    let right = without_tail(text, text.trim(right), "的呀啊了");
    (!right.is_empty()).then_some((wrong, right))
}

/// `range` without the characters of `tail` at its end.
pub(super) fn without_tail(text: &Text<'_>, range: Range<usize>, tail: &str) -> Range<usize> {
    let kept = range.clone().rev().find(|at| text.get(*at).is_some_and(|c| !tail.contains(c)));
    range.start..kept.map_or(range.start, |last| last + 1)
}

/// 「2」「第2条」 before something else.
fn numbered(text: &Text<'_>, at: usize) -> Option<(u8, usize)> {
    let from = text.word(at, "第").unwrap_or(at);
    let (number, end) = small(text, from).filter(|(number, _)| (1..=20).contains(number))?;
    Some((u8::try_from(number).ok()?, text.any(end, "条 个 号").unwrap_or(end)))
}

/// What follows 是 or 应该是 behind `at`.
fn after_is(text: &Text<'_>, at: usize, end: usize) -> Option<Range<usize>> {
    let is = (at..end).find(|at| text.get(*at) == Some('是'))?;
    Some(text.trim(is + 1..end))
}

/// The customers called by the whole of `said`, or by its beginning up to a word that belongs to no name.
pub(super) fn customers_covering(said: &str, ctx: &Context<'_>) -> Option<Vec<CustomerId>> {
    let mentions = own_contacts_only(ctx.names.customers_in(said));
    let covered: usize = mentions.iter().map(|mention| mention.span.end).max()?;
    let rest = said.get(covered..).unwrap_or_default();
    let starts = mentions.iter().any(|mention| mention.span.start == 0);
    let rest_is_call = matches!(rest.trim(), "" | "的" | "那家" | "公司" | "那边" | "集团" | "厂");
    (starts && rest_is_call).then(|| ids(&mentions))
}

fn with_argument(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    let said = text.trim(text.whole());
    let rest = |words: &str| text.any(said.start, words).map(|end| text.trim(end..said.end));
    if let Some(ask) = rest("商机 查商机 看商机") {
        let customers = customers_covering(text.raw(ask.clone()), ctx);
        let plain = ask.len() <= 8 && !text.has(ask.clone(), "了 要 在");
        return (customers.is_some() || plain).then(|| Command::Deals {
            customers: customers.unwrap_or_default(),
            said: text.raw(ask).to_owned(),
        });
    }
    if let Some(ask) = rest("话术") {
        let customers = ids(&own_contacts_only(ctx.names.customers_in(text.raw(ask.clone()))));
        return Some(Command::Script { ask: text.raw(ask).to_owned(), customers });
    }
    if let Some(ask) = rest("查找 搜索 搜 查 找") {
        let told = text.has(ask.clone(), "了 过 聊 谈 说 问 不到 他 客户");
        return (!ask.is_empty() && ask.len() <= 12 && !told)
            .then(|| Command::Find { ask: text.raw(ask).to_owned() });
    }
    handing_over::leaver(raw, text, ctx)
        .or_else(|| handing_over::hand_over(raw, text, ctx))
        .or_else(|| about_customer(text, said.clone(), ctx))
        .or_else(|| about_member(text, said.clone(), ctx))
        .or_else(|| reminders::dated(text, said.clone(), ctx))
        .or_else(|| reminders::remind_when(raw, text, said, ctx))
}

/// 「宏远」「宏远怎么样了」「宏远商机」「记一笔 宏远」「宏远丢单 价格」.
fn about_customer(text: &Text<'_>, said: Range<usize>, ctx: &Context<'_>) -> Option<Command> {
    let mentions = own_contacts_only(ctx.names.customers_in(text.raw(said.clone())));
    let offset = said.start;
    let base = text.raw(0..offset).len();
    let first = mentions.first()?;
    let span = text.position(base + first.span.start)..text.position(base + first.span.end);
    let one_name = mentions.iter().all(|mention| mention.span == first.span);
    if !one_name {
        return None;
    }
    let customers = ids(&mentions);
    let strip = |range: Range<usize>| -> String {
        text.chars(text.trim(range)).iter().filter(|c| !is_blank_or_mark(**c)).collect()
    };
    let (before, after) = (strip(offset..span.start), strip(span.end..said.end));
    if looks_up(&before) && !reports(&after) {
        return Some(Command::Deals { customers, said: String::new() });
    }
    let after = without_plea(&after);
    if before.is_empty() && how_it_stands(after) {
        return Some(Command::Deals { customers, said: String::new() });
    }
    match (before.as_str(), after) {
        ("", "")
        | (
            "" | "看看" | "查看" | "看一下" | "看",
            "商机" | "的商机" | "情况" | "的情况" | "进展" | "进度" | "怎么样" | "怎么样了" | "咋样"
            | "咋样了",
        )
        | ("看看" | "查看" | "看一下" | "看", "")
        | (
            "",
            "什么情况" | "到哪了" | "到哪一步" | "到哪一步了" | "到哪步了" | "进展如何" | "现在什么情况"
            | "最近怎么样" | "如何了",
        ) => Some(Command::Deals { customers, said: String::new() }),
        ("重开" | "恢复", "") | ("", "重开" | "恢复") => Some(Command::Reopen { customers }),
        ("记一笔" | "记" | "记一下", "") | ("", "记一笔") => Some(Command::Jot { customers }),
        ("关闭" | "关闭商机" | "关掉", "") | ("", "关闭商机" | "关闭" | "关掉") => {
            Some(Command::Close { customers, outcome: None })
        }
        ("", after) if asks(after) => Some(Command::Deals { customers, said: String::new() }),
        ("", after) => outcome(after).map(|outcome| Command::Close { customers, outcome: Some(outcome) }),
        (before, "") => outcome(before).map(|outcome| Command::Close { customers, outcome: Some(outcome) }),
        _ => None,
    }
}

/// 王磊, 「小王最近怎么样」「小王的商机」.
fn about_member(text: &Text<'_>, said: Range<usize>, ctx: &Context<'_>) -> Option<Command> {
    const BEHIND: [&str; 17] = [
        "",
        "的商机",
        "的客户",
        "商机",
        "客户",
        "情况",
        "的情况",
        "怎么样",
        "怎么样了",
        "最近怎么样",
        "最近情况",
        "手上有什么",
        "手上有哪些",
        "手上的商机",
        "在跟什么",
        "在跟哪些",
        "跟进情况",
    ];
    let raw = text.raw(said);
    let raw =
        ["看看", "看一下", "查看", "@"].iter().find_map(|word| raw.strip_prefix(word)).unwrap_or(raw).trim();
    let members = ctx.names.members_in(raw);
    let first = members.first().filter(|mention| mention.span.start == 0)?;
    let behind = raw.get(first.span.end..)?.trim_matches(is_blank_or_mark);
    let one_name = members.iter().all(|mention| mention.span == first.span);
    (one_name && BEHIND.contains(&behind)).then(|| Command::DealsOf { members: ids(&members) })
}

/// 「帮我翻翻」: what follows is asked of the bot.
fn looks_up(before: &str) -> bool {
    const PLEAS: [&str; 5] = ["帮我", "给我", "麻烦", "替我", "帮忙"];
    const LOOKS: [&str; 12] = [
        "查一下",
        "查查",
        "查下",
        "翻翻",
        "翻一下",
        "翻下",
        "看看",
        "看下",
        "看一下",
        "查",
        "找找",
        "找一下",
    ];
    let plea = PLEAS.iter().find_map(|plea| before.strip_prefix(plea));
    LOOKS.contains(&plea.unwrap_or(before)) && (plea.is_some() || before != "查")
}

/// 「现在啥情况了」「最近怎么样啦」.
fn how_it_stands(said: &str) -> bool {
    const HOW: [&str; 10] = [
        "怎么样",
        "咋样",
        "啥情况",
        "什么情况",
        "情况如何",
        "进展如何",
        "如何",
        "到哪了",
        "到哪步",
        "到哪一步",
    ];
    let said = ["那边", "那头", "现在", "最近", "目前"]
        .iter()
        .fold(said, |said, word| said.strip_prefix(word).unwrap_or(said));
    HOW.contains(&said.trim_end_matches(['了', '啦', '呢', '呀', '啊', '吗']))
}

/// Whether somebody's doings are told, not asked for.
fn reports(said: &str) -> bool {
    ["说", "约了", "答应", "来了", "去了", "的样", "的货"].iter().any(|word| said.contains(word))
}

/// 「怎么样了，帮我查查」 without the plea.
fn without_plea(said: &str) -> &str {
    const PLEAS: [&str; 10] = [
        "帮我查查",
        "帮我看看",
        "帮我查一下",
        "帮我查下",
        "帮忙看看",
        "查一下",
        "看一下",
        "最近",
        "现在",
        "呢",
    ];
    PLEAS.iter().filter_map(|plea| said.strip_suffix(plea)).find(|rest| !rest.is_empty()).unwrap_or(said)
}

/// 「上次说什么了」: a question about the customer, not one that the customer asks.
fn asks(said: &str) -> bool {
    const ENDS: &str = "什么 什么了 啥 啥了 多少 怎么样 怎么样了 咋样 如何 呢 吗 哪了 谁 谁在跟 几号 哪天 什么时候 几点 几次 几回 几趟 多久";
    const STARTS: &str = "什么时候 啥时候 几号 哪天 为什么 为啥 怎么还 谁";
    const REPORTED: &str = "问 想知道 不知道 让我 催 说要 怎么回 怎么说";
    let has = |word: &str| said.contains(word);
    let asks = ENDS.split_ascii_whitespace().any(|end| said.ends_with(end))
        || STARTS.split_ascii_whitespace().any(|start| said.starts_with(start));
    asks && !REPORTED.split_ascii_whitespace().any(has)
}
