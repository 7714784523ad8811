//! Days by their week: 周三 is the next one, 下周二 the one of the week after this, and weeks begin on Monday.

use super::days::{Day, Today, moved};
use super::text::Text;

const WEEK_WORDS: &str = "星期 礼拜 周";

/// 周三, 下周二, 本周五, 下下周一, 周末, 下周.
pub(super) fn weekday(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    const WEEKS: &[(&str, i64)] = &[
        ("上上个", -2),
        ("下下个", 2),
        ("上上", -2),
        ("下下", 2),
        ("上个", -1),
        ("下个", 1),
        ("这个", 0),
        ("本", 0),
        ("这", 0),
        ("上", -1),
        ("下", 1),
        ("当", 0),
    ];
    let (week, after) = match text.one_of(at, WEEKS) {
        Some((week, end)) => (Some(week), end),
        None => (None, at),
    };
    let word_end = text.any(after, WEEK_WORDS)?;
    // 每周一, 一周一次: a rhythm, no day.
    if week.is_none()
        && text.before(at).is_some_and(|c| "每一二两三四五六七八九十几半整双单0123456789".contains(c))
    {
        return None;
    }
    let monday = today.monday()?;
    let of_week = |week: i64, day: i64| moved(monday, week * 7 + day);
    let Some(weekday) = weekday_name(text, word_end) else {
        return week.and_then(|week| whole_week(text, word_end, week, today));
    };
    let end = word_end + 1;
    let Some(week) = week else {
        let date = of_week(0, weekday)?;
        if date > today.date {
            return Some(Day::exact(date, end));
        }
        // Said of its own weekday it may mean today, which people call 今天.
        let vague = date == today.date;
        return Some(Day { earlier: Some(date), vague, ..Day::exact(of_week(1, weekday)?, end) });
    };
    Some(Day::of(of_week(week, weekday)?, today.date, end))
}

/// Days after Monday.
fn weekday_name(text: &Text<'_>, at: usize) -> Option<i64> {
    let day = match text.get(at)? {
        '一' | '1' => 0,
        '二' | '2' => 1,
        '三' | '3' => 2,
        '四' | '4' => 3,
        '五' | '5' => 4,
        '六' | '6' => 5,
        '日' | '天' | '7' => 6,
        '末' => 5,
        _ => return None,
    };
    let next = text.get(at + 1);
    // 这周一直在忙, 上周三次: no weekday.
    let other_word = match text.get(at)? {
        '一' => next.is_some_and(|c| "般直共定样起次个些趟".contains(c)),
        '二' | '三' | '四' | '五' | '六' => next.is_some_and(|c| "次个趟场家".contains(c)),
        '日' | '天' => false,
        _ => next.is_some_and(|c| c.is_ascii_digit() || "次个趟场家点:".contains(c)),
    };
    (!other_word).then_some(day)
}

/// 下周, 这周内, 下周初: a week without a day.
fn whole_week(text: &Text<'_>, end: usize, week: i64, today: Today<'_>) -> Option<Day> {
    let monday = moved(today.monday()?, week * 7)?;
    if week < 0 {
        return Some(Day { vague: true, ..Day::passed(monday, end) });
    }
    let last = today.calendar.workdays_before(moved(monday, 7)?, 1).max(today.date);
    let first = today.calendar.workday_from(monday).max(today.date);
    if let Some(end) = text.any(end, "中") {
        return Some(Day::vague(moved(monday, 2)?.max(today.date), end));
    }
    let whole = text.any(end, "之内 以内 内 前").is_some();
    let earlier = (week == 0).then_some(monday);
    let date = if whole || week == 0 { last } else { first };
    Some(Day { earlier, ..Day::vague(date, text.any(end, "初").unwrap_or(end)) })
}
