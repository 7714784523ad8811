//! Commands with days: reminders, leave, and quiet: 「周五提醒我给联创打电话」「请假到周五」「免打扰到周一」.

use std::ops::Range;

use chrono::{Days, NaiveDate};

use super::Context;
use super::commands::Command;
use super::moments::{Told, moments};
use super::names::{Via, ids};
use super::notes::own_contacts_only;
use super::numbers::small;
use super::text::{Text, is_blank_or_mark};

/// 「客户回来后再提醒」「等他出差回来再提醒我」: a day that nobody has said.
pub(super) fn remind_when(
    raw: &str,
    text: &Text<'_>,
    said: Range<usize>,
    ctx: &Context<'_>,
) -> Option<Command> {
    const AFTER: &str = "之后再提醒 以后再提醒 后再提醒 之后提醒 以后提醒 后提醒 再提醒我 再提醒";
    const LONGEST: usize = 24;
    let word = text.find(said.clone(), AFTER)?;
    let rest = text.trim(word.end..said.end);
    let ends = rest.is_empty() || text.any(rest.start, "我 一下 我一下").is_some_and(|end| end >= rest.end);
    let start = text.any(said.start, "等").unwrap_or(said.start);
    let what = text.trim(start..word.start);
    let customers = own_contacts_only(ctx.names.customers_in(raw));
    // The customer's name stands before it wherever it is shown.
    let named = customers
        .iter()
        .find(|mention| mention.via != Via::Contact && text.position(mention.span.start) == what.start);
    let what = named.map_or(what.clone(), |mention| text.trim(text.position(mention.span.end)..what.end));
    let undated = moments(text, ctx.present()).is_empty();
    (ends && undated && !what.is_empty() && said.len() <= LONGEST)
        .then(|| Command::RemindWhen { customers: ids(&customers), said: text.raw(what).to_owned() })
}

/// What a word beside days asks for.
#[derive(Clone, Copy)]
enum Dated {
    Remind,
    Mute,
    Leave,
}

/// 「周五提醒我」「免打扰到周一」「请假 12月1日到3日」: a word and days, nothing else.
pub(super) fn dated(text: &Text<'_>, said: Range<usize>, ctx: &Context<'_>) -> Option<Command> {
    const WORDS: &[(&str, Dated)] = &[
        ("提醒我", Dated::Remind),
        ("提醒", Dated::Remind),
        ("再说", Dated::Remind),
        ("免打扰", Dated::Mute),
        ("勿扰", Dated::Mute),
        ("请假", Dated::Leave),
        ("休假", Dated::Leave),
        ("休年假", Dated::Leave),
        ("调休", Dated::Leave),
    ];
    const LINKS: &str = "我到至从要一二两三四五六七八九十半天个再0123456789";
    let (word, (asked, end)) = said.clone().find_map(|at| Some((at, text.one_of(at, WORDS)?)))?;
    // 「请假到周二，有事找小陈」
    let said = match text.find(said.clone(), "有事 急事 有急事") {
        Some(tail) if matches!(asked, Dated::Leave) => text.trim(said.start..tail.start),
        _ => said,
    };
    let told = moments(text, ctx.present());
    let covered = |at: usize| told.iter().any(|told| told.span.contains(&at)) || (word..end).contains(&at);
    let link = |at: usize| text.get(at).is_none_or(|c| is_blank_or_mark(c) || LINKS.contains(c));
    // 「周五到时候提醒我给联创打电话」: nothing but the day stands before the word.
    let leads =
        |at: usize| covered(at) || link(at) || text.get(at).is_some_and(|c| "到时候记得请".contains(c));
    if matches!(asked, Dated::Remind)
        && text.word(word, "提醒我").is_some()
        && (said.start..word).all(leads)
        && let Some(command) = remind_of(text, end..said.end, &told, ctx)
    {
        return Some(command);
    }
    if said.clone().any(|at| !covered(at) && !link(at)) {
        return None;
    }
    let today = ctx.calendar.date(ctx.now);
    let ahead: Vec<&Told> = told.iter().filter(|told| !told.past || told.moment.day == today).collect();
    let instant = ahead.first().map(|told| told.moment.at);
    match asked {
        Dated::Remind => instant.map(|at| Command::Remind {
            customers: Vec::new(),
            what: String::new(),
            at: Some(at).filter(|at| *at > ctx.now),
        }),
        Dated::Mute => Some(Command::Mute { until: instant }),
        Dated::Leave => Some(leave(text, end..said.end, &ahead, today)),
    }
}

/// 「周五提醒我给联创打电话」「提醒我下午三点寄样品」: `rest` is what follows the word.
fn remind_of(text: &Text<'_>, rest: Range<usize>, told: &[Told], ctx: &Context<'_>) -> Option<Command> {
    let ahead = told.iter().find(|told| told.moment.at > ctx.now)?;
    // The time may stand before the word or lead what is to be done.
    let start = if ahead.span.start == text.trim(rest.clone()).start { ahead.span.end } else { rest.start };
    let what = text.raw(text.trim(start..rest.end));
    let customers = ids(&own_contacts_only(ctx.names.customers_in(text.raw(text.whole()))));
    let command = Command::Remind { customers, what: what.to_owned(), at: Some(ahead.moment.at) };
    (!what.is_empty()).then_some(command)
}

/// 「请假到周五」「请假 12月1日到3日」「下周一请假两天」; `behind` is what follows the word.
fn leave(text: &Text<'_>, behind: Range<usize>, ahead: &[&Told], today: NaiveDate) -> Command {
    let day = |told: &&Told| told.moment.day;
    let (from, to) = match ahead {
        [] => (None, None),
        [only] if only.last.is_some() => (Some(day(only)), only.last),
        [only] if text.any_before(only.span.start, "到 至") => (Some(today), Some(day(only))),
        [only] => {
            let counted = |at| small(text, at).filter(|(_, end)| text.word(*end, "天").is_some());
            let days = behind.into_iter().find_map(counted).map_or(1, |(days, _)| days.max(1));
            (Some(day(only)), day(only).checked_add_days(Days::new(u64::from(days - 1))))
        }
        [first, .., last] => (Some(day(first)), Some(day(last))),
    };
    Command::Leave { from, to }
}
