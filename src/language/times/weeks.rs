//! Days by their week. Weeks begin on Monday; 下周二 is the one of the next week on whatever day it is said, 周三 the next
//! to come.

use chrono::Weekday;

use super::super::contacts::titled;
use super::super::text::Text;
use super::bounds::behind_hesitation;
use super::days::{Days, Shape};
use super::{Present, moved};

const WEEK_WORDS: &str = "星期 礼拜 周";
const NAMED: &str = "上周X、这周X、下周X 是那一个自然周（周一到周日）的那天";
const BARE: &str = "单说周X 是接下来的那一天；说的是过去就是刚过去的那天";
const WEEK: &str = "上周、这周、下周是周一到周日";
const WEEKEND: &str = "周末是周六和周日";

/// 周三, 下周二, 本周五, 下下周一, 周末, 下周.
pub(super) fn at(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    const WEEKS: &[(&str, i64)] = &[
        ("上上个", -2),
        ("下下个", 2),
        ("上上", -2),
        ("下下", 2),
        ("上一个", -1),
        ("下一个", 1),
        ("上个", -1),
        ("下个", 1),
        ("这个", 0),
        ("本", 0),
        ("这", 0),
        ("上", -1),
        ("下", 1),
    ];
    let (week, after) = match text.one_of(at, WEEKS) {
        Some((week, end)) => (Some(week), end),
        None => (None, at),
    };
    let word_end = text.any(after, WEEK_WORDS)?;
    let today = present.today();
    let monday = today.week(Weekday::Mon).checked_first_day()?;
    let of_week = |week: i64, day: i64| moved(monday, week * 7 + day);
    let Some(week) = week else {
        return bare(text, at, word_end, present);
    };
    if let Some((name, end)) = named(text, word_end) {
        return Some(match name {
            Name::Day(day) => Days::day(of_week(week, day)?, end, NAMED),
            Name::End => {
                Days { vague: false, ..Days::stretch(of_week(week, 5)?, of_week(week, 6)?, end, WEEKEND) }
            }
        });
    }
    // 下周期, 这周边: other words.
    if text.get(word_end).is_some_and(|c| "期边围".contains(c)) {
        return None;
    }
    // 下周呃周四, 下周的周四
    let again = behind_hesitation(text, word_end).or_else(|| text.word(word_end, "的")).unwrap_or(word_end);
    if let Some((Name::Day(day), end)) = text.any(again, WEEK_WORDS).and_then(|end| named(text, end)) {
        return Some(Days::day(of_week(week, day)?, end, NAMED));
    }
    let part = |words: &str, day: i64| {
        let end = text.any(word_end, words)?;
        Some(Days { vague: true, ..Days::day(of_week(week, day)?, end, WEEK) })
    };
    let part = part("初", 0).or_else(|| {
        let mid = !text.get(word_end + 1).is_some_and(|c| "国标心午".contains(c));
        part("中", 2).filter(|_| mid)
    });
    part.or_else(|| Some(Days::stretch(of_week(week, 0)?, of_week(week, 6)?, word_end, WEEK)))
}

/// 周三, 星期天, 周末 without a word for the week.
fn bare(text: &Text<'_>, at: usize, word_end: usize, present: Present<'_>) -> Option<Days> {
    let before = text.before(at);
    // 每周一, 一周一次: a rhythm, no day.
    if before.is_some_and(|c| "每一二两三四五六七八九十几半整双单各0123456789".contains(c))
    {
        return None;
    }
    // 周一鸣经理 is a person.
    if titled(text, at).is_some_and(|who| who.len() > 2) {
        return None;
    }
    let today = present.today();
    let monday = today.week(Weekday::Mon).checked_first_day()?;
    let (name, end) = named(text, word_end)?;
    match name {
        Name::End => {
            let (first, last) = (moved(monday, 5)?, moved(monday, 6)?);
            let told = Some((moved(first, -7)?, moved(last, -7)?));
            Some(Days { told, vague: false, ..Days::stretch(first, last, end, WEEKEND) })
        }
        Name::Day(day) => {
            let this = moved(monday, day)?;
            let next = if this > today { this } else { moved(this, 7)? };
            let last = moved(next, -7)?;
            let told = Some((last, last));
            // Said of its own weekday it may mean today, which people call 今天.
            let other = (this == today).then_some(today);
            let vague = other.is_some();
            Some(Days { told, other, vague, bare: true, shape: Shape::Day, ..Days::day(next, end, BARE) })
        }
    }
}

enum Name {
    /// Days after Monday.
    Day(i64),
    End,
}

/// 三, 日, 末 behind 周, and where it ends.
fn named(text: &Text<'_>, at: usize) -> Option<(Name, usize)> {
    let c = text.get(at)?;
    let day = match c {
        '一' | '1' | '壹' => 0,
        '二' | '2' | '贰' => 1,
        '三' | '3' | '叁' => 2,
        '四' | '4' | '肆' => 3,
        '五' | '5' | '伍' => 4,
        '六' | '6' | '陆' => 5,
        '日' | '天' | '7' => 6,
        '末' => return Some((Name::End, at + 1)),
        _ => return None,
    };
    let next = text.get(at + 1);
    // 这周一直在忙, 上周三次, 周日用品: no weekday.
    let other_word = match c {
        '一' => {
            next.is_some_and(|c| "般直共定样次个些趟".contains(c))
                || next == Some('起') && text.get(at + 2).is_some_and(|c| c.is_alphabetic())
        }
        '二' | '三' | '四' | '五' | '六' => next.is_some_and(|c| "次个趟场家".contains(c)),
        '日' | '天' => next == Some('用'),
        _ => next.is_some_and(|c| c.is_ascii_digit() || "次个趟场家点:.%".contains(c)),
    };
    (!other_word).then_some((Name::Day(day), at + 1))
}
