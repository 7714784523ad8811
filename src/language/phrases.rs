//! Commands with something beside their word: a name, a number, days. Each must fill the whole message.

use std::ops::Range;

use super::Context;
use super::commands::{Command, outcome};
use super::moments::{Told, moments};
use super::names::Mention;
use super::notes::own_contacts_only;
use super::numbers::small;
use super::text::{Text, is_blank_or_mark};
use crate::sales::CustomerId;

/// The command that `text` is as a whole, if it is one.
pub(super) fn read(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    correction(raw, text, ctx).or_else(|| with_argument(raw, text, ctx))
}

/// 「不是宏远是永兴」「记错了，是永兴」「2 不对，是瑞丰」.
fn correction(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    let said = text.trim(text.whole());
    if let Some((number, end)) = numbered(text, said.start) {
        let wrong = text.any(text.skip_blanks(end), "不对 错了 记错了 不是")?;
        let name = after_is(text, wrong, said.end).unwrap_or(wrong..wrong);
        let to = customers_covering(text.raw(name.clone()), ctx).unwrap_or_default();
        return Some(Command::Correct { number, to, said: text.raw(name).to_owned() });
    }
    let (from, to) = if let Some(start) = text.any(said.start, "不是 不对不是 错了不是") {
        let is = (start..said.end).find(|at| text.get(*at) == Some('是'))?;
        let from = text.trim(start..is);
        let from = from.start
            ..(from.start..from.end)
                .rev()
                .find(|at| !"而应该,".contains(text.get(*at).unwrap_or(' ')))
                .map_or(from.start, |at| at + 1);
        (Some(from), text.trim(is + 1..said.end))
    } else {
        let opened = text.any(said.start, "记错了 搞错了 弄错了 错了 不对 应该是 改成 改为 是")?;
        if text.any(said.start, "应该是 改成 改为 是").is_some() {
            (None, text.trim(opened..said.end))
        } else {
            (None, after_is(text, opened, said.end)?)
        }
    };
    let to = to.start
        ..(to.start..to.end)
            .rev()
            .find(|at| !"的呀啊".contains(text.get(*at).unwrap_or(' ')))
            .map_or(to.start, |at| at + 1);
    let found = customers_covering(text.raw(to.clone()), ctx);
    let known_before = from.and_then(|from| customers_covering(text.raw(from), ctx));
    // 「不是价格问题，是交期」 names nobody: it is a note.
    if found.is_none() && (known_before.is_none() || to.len() > 12) || raw.is_empty() {
        return None;
    }
    Some(Command::MoveNote { to: found.unwrap_or_default(), said: text.raw(to).to_owned() })
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
fn customers_covering(said: &str, ctx: &Context<'_>) -> Option<Vec<CustomerId>> {
    let mentions = own_contacts_only(ctx.names.customers_in(said));
    let covered: usize = mentions.iter().map(|mention| mention.span.end).max()?;
    let rest = said.get(covered..).unwrap_or_default();
    let starts = mentions.iter().any(|mention| mention.span.start == 0);
    let rest_is_call = matches!(rest.trim(), "" | "的" | "那家" | "公司" | "那边" | "集团" | "厂");
    (starts && rest_is_call).then(|| ids(&mentions))
}

fn ids(mentions: &[Mention<CustomerId>]) -> Vec<CustomerId> {
    let mut ids: Vec<CustomerId> = Vec::new();
    for mention in mentions {
        if !ids.contains(&mention.id) {
            ids.push(mention.id);
        }
    }
    ids
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
    hand_over(raw, text, ctx)
        .or_else(|| about_customer(text, said.clone(), ctx))
        .or_else(|| dated(text, said, ctx))
}

/// 「移交 宏远 给 李娜」「把宏远移交给李娜」.
fn hand_over(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    const WORDS: &str = "移交 转交 转给 交接给";
    let word = text.find(text.whole(), WORDS)?;
    let before = text.trim(0..word.start);
    let object = text.word(before.start, "把").map_or(before.clone(), |start| text.trim(start..before.end));
    let leads = before.is_empty() || customers_covering(text.raw(object), ctx).is_some();
    let to = ctx.names.members_in(raw).into_iter().map(|mention| mention.id).collect::<Vec<_>>();
    let short = text.len() - word.end <= 12;
    (leads && short && !text.has(word.end..text.len(), "了 完"))
        .then(|| Command::HandOver { customers: ids(&own_contacts_only(ctx.names.customers_in(raw))), to })
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
    match (before.as_str(), after.as_str()) {
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

/// 「上次说什么了」: a question about the customer, not one that the customer asks.
fn asks(said: &str) -> bool {
    const ENDS: &str = "什么 什么了 多少 怎么样 怎么样了 咋样 如何 呢 吗 哪了 谁";
    const REPORTED: &str = "问 想知道 让我 催 说要 怎么回 怎么说";
    let has = |word: &str| said.contains(word);
    ENDS.split_ascii_whitespace().any(|end| said.ends_with(end))
        && !REPORTED.split_ascii_whitespace().any(has)
}

/// 「周五提醒我」「免打扰到周一」「请假 12月1日到3日」: a word and days, nothing else.
fn dated(text: &Text<'_>, said: Range<usize>, ctx: &Context<'_>) -> Option<Command> {
    const WORDS: &[(&str, usize)] = &[
        ("提醒我", 0),
        ("提醒", 0),
        ("再说", 0),
        ("免打扰", 1),
        ("勿扰", 1),
        ("请假", 2),
        ("休假", 2),
        ("休年假", 2),
    ];
    let (word, kind, end) =
        said.clone().find_map(|at| text.one_of(at, WORDS).map(|(kind, end)| (at, kind, end)))?;
    let told = moments(text, ctx.present());
    let ahead: Vec<&Told> =
        told.iter().filter(|told| !told.past || told.moment.day == ctx.calendar.date(ctx.now)).collect();
    let covered = |at: usize| told.iter().any(|told| told.span.contains(&at)) || (word..end).contains(&at);
    let extra = said.clone().filter(|at| {
        !covered(*at)
            && text.get(*at).is_some_and(|c| {
                !is_blank_or_mark(c) && !"我到至从要一二两三四五六七八九十半天个再0123456789".contains(c)
            })
    });
    if extra.count() > 0 {
        return None;
    }
    let first = ahead.first();
    match kind {
        0 => first.map(|told| Command::Remind { at: Some(told.moment.at) }),
        1 => Some(Command::Mute { until: first.map(|told| told.moment.at) }),
        _ => {
            let until_only =
                first.filter(|told| ahead.len() == 1 && text.any_before(told.span.start, "到 至"));
            if let Some(last) = until_only {
                return Some(Command::Leave {
                    from: Some(ctx.calendar.date(ctx.now)),
                    to: Some(last.moment.day),
                });
            }
            let from = first.map(|told| told.moment.day);
            let last = ahead.last().map(|told| told.moment.day).filter(|_| ahead.len() > 1);
            let days = (end..said.end)
                .find_map(|at| small(text, at).filter(|(_, end)| text.word(*end, "天").is_some()));
            let counted = from.zip(days).and_then(|(from, (days, _))| {
                from.checked_add_days(chrono::Days::new(u64::from(days.max(1) - 1)))
            });
            Some(Command::Leave { from, to: last.or(counted).or(from) })
        }
    }
}
