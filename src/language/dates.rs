//! Days by their date: 12月3日, 下月3号, 月底, 2026-12-03, 12.3, 3号.

use chrono::{Datelike, NaiveDate};

use super::days::{Day, Today, moved_months};
use super::numbers::small;
use super::text::{Text, is_blank_or_mark};

/// 12月3日, 2027年1月5号, 下月3号, 月底, 12月初, 下个月, 年底.
pub(super) fn month(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    const MONTHS: &[(&str, i32)] = &[
        ("下下个月", 2),
        ("上个月", -1),
        ("下个月", 1),
        ("这个月", 0),
        ("当月", 0),
        ("本月", 0),
        ("这月", 0),
        ("上月", -1),
        ("下月", 1),
    ];
    if let Some(end) = text.any(at, "年底 年末") {
        let next_year = NaiveDate::from_ymd_opt(today.date.year() + 1, 1, 1)?;
        return Some(Day::vague(today.calendar.workdays_before(next_year, 1).max(today.date), end));
    }
    if let Some((months, end)) = text.one_of(at, MONTHS) {
        let first = today.date.with_day(1)?;
        let first = moved_months(first, months)?;
        return in_month(text, end, first, today).or_else(|| {
            let next = moved_months(first, 1)?;
            Some(match months {
                ..0 => Day { vague: true, ..Day::passed(first, end) },
                0 => Day {
                    earlier: Some(first),
                    ..Day::vague(today.calendar.workdays_before(next, 1).max(today.date), end)
                },
                _ => Day::vague(today.calendar.workday_from(first), end),
            })
        });
    }
    if text.word(at, "月").is_some() {
        if text
            .before(at)
            .is_some_and(|c| c.is_ascii_digit() || "一二三四五六七八九十两几个每当满岁".contains(c))
        {
            return None;
        }
        let first = today.date.with_day(1)?;
        let this = in_month(text, at + 1, first, today)?;
        if !this.past {
            return Some(this);
        }
        return in_month(text, at + 1, moved_months(first, 1)?, today);
    }
    if number_goes_on(text, at) {
        return None;
    }
    let (year, from) = year(text, at, today.date.year());
    let (number, end) = small(text, from)?;
    let end = text.word(text.skip_blanks(end), "月")?;
    let end = text.any(end, "份").unwrap_or(end);
    let first = |year| NaiveDate::from_ymd_opt(year, number, 1);
    if let Some(year) = year {
        return in_month(text, end, first(year)?, today);
    }
    let this = in_month(text, end, first(today.date.year())?, today);
    match this {
        Some(day) if !day.past => this,
        this => {
            let next = in_month(text, end, first(today.date.year() + 1)?, today)?;
            Some(Day { earlier: this.map(|day| day.date), ..next })
        }
    }
}

/// 2027年, 明年, 今年, 去年.
fn year(text: &Text<'_>, at: usize, this: i32) -> (Option<i32>, usize) {
    const YEARS: &[(&str, i32)] = &[("明年", 1), ("今年", 0), ("去年", -1)];
    if let Some((years, end)) = text.one_of(at, YEARS) {
        return (Some(this + years), end);
    }
    let digits = small(text, at).filter(|(year, end)| (2000..2100).contains(year) && end - at == 4);
    match digits.and_then(|(year, end)| Some((i32::try_from(year).ok()?, text.word(end, "年")?))) {
        Some((year, end)) => (Some(year), end),
        None => (None, at),
    }
}

/// What follows a month: its day, or a part of it.
fn in_month(text: &Text<'_>, at: usize, first: NaiveDate, today: Today<'_>) -> Option<Day> {
    let next = moved_months(first, 1)?;
    if let Some(end) = text.any(at, "底 末 下旬") {
        let date = today.calendar.workdays_before(next, 1);
        return Some(Day { vague: true, ..Day::of(date, today.date, end) });
    }
    if let Some(end) = text.any(at, "初 上旬") {
        let date = today.calendar.workday_from(first);
        return Some(Day { vague: true, ..Day::of(date, today.date, end) });
    }
    if let Some(end) = text.any(at, "中旬 中").filter(|end| text.any(*end, "国 心 间").is_none()) {
        let date = today.calendar.workday_from(first.with_day(15)?);
        return Some(Day { vague: true, ..Day::of(date, today.date, end) });
    }
    let (day, end) = small(text, text.skip_blanks(at))?;
    let date = first.with_day(day)?;
    let end = text.any(end, "日 号").or_else(|| (text.get(end) != Some('.')).then_some(end))?;
    Some(Day::of(date, today.date, end))
}

/// 2026-12-03, 2026/12/3, 12/3, 12.3. Two numbers with a mark between are a day only where nothing else fits.
pub(super) fn numeric(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    const FOLLOWERS: &str = "\
        日 号 前 之前 以前 上午 下午 中午 晚 早 去 来 见 看 到 开 拜访 演示 交 发 签 寄 送 约 再 \
        给 回 ( 周";
    if number_goes_on(text, at) || !text.get(at)?.is_ascii_digit() {
        return None;
    }
    let (one, end) = small(text, at)?;
    let mark = text.get(end).filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (two, end) = digits(text, end + 1)?;
    if (2000..2100).contains(&one) {
        let (three, end) = digits(text, text.word(end, mark.encode_utf8(&mut [0; 4]))?)?;
        let date = NaiveDate::from_ymd_opt(i32::try_from(one).ok()?, two, three)?;
        return Some(Day::of(date, today.date, end));
    }
    let follows = text.get(text.skip_blanks(end));
    let at_end = follows.is_none_or(|c| is_blank_or_mark(c) && !matches!(c, '.' | '/' | '-' | ':'));
    let clock_follows = text.get(end) == Some(' ') && follows.is_some_and(|c| c.is_ascii_digit());
    let fits = at_end || clock_follows || text.any(text.skip_blanks(end), FOLLOWERS).is_some();
    let figure = text
        .before(at)
        .is_some_and(|c| "降涨价率差高低比本利润为约了是减加长宽厚重v".contains(c) && c != '约' && c != '了');
    if mark == '-' || !fits || figure {
        return None;
    }
    let end = text.any(end, "日 号").unwrap_or(end);
    let this = NaiveDate::from_ymd_opt(today.date.year(), one, two)?;
    if this >= today.date {
        return Some(Day::exact(this, end));
    }
    let next = NaiveDate::from_ymd_opt(today.date.year() + 1, one, two)?;
    Some(Day { earlier: Some(this), ..Day::exact(next, end) })
}

/// 3号, 二十八号: this month's, or the next month's that has it.
pub(super) fn day_of_month(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    if number_goes_on(text, at) || text.before(at) == Some('第') {
        return None;
    }
    let (day, end) = small(text, at)?;
    let end = text.any(end, "号 日")?;
    // 3号线, 1号车间, 5日内: no date.
    if text
        .get(end)
        .is_some_and(|c| "线机楼仓车厂店门产样罐炉泵款料配库位工柜床池塔井站游内后会展馆桌".contains(c))
    {
        return None;
    }
    let first = today.date.with_day(1)?;
    let in_month = |months| moved_months(first, months)?.with_day(day);
    let plan = (0..=12).filter_map(in_month).find(|date| *date >= today.date)?;
    let earlier = in_month(0).filter(|date| *date < today.date);
    Some(Day { earlier, ..Day::exact(plan, end) })
}

/// Whether what stands at `at` goes on with a number begun before.
fn number_goes_on(text: &Text<'_>, at: usize) -> bool {
    text.before(at).is_some_and(|c| {
        c.is_ascii_alphanumeric()
            || matches!(c, '.' | '/' | '-' | ':' | '¥' | '第')
            || "一二三四五六七八九十百千零〇".contains(c)
    })
}

fn digits(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    text.get(at).filter(char::is_ascii_digit)?;
    small(text, at).filter(|(_, end)| end - at <= 2)
}
