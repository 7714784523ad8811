//! Years and their parts: 明年, Q4, 上半年, 下季度, 年底.

use chrono::{Datelike, NaiveDate};

use super::super::numbers::{digit, small};
use super::super::text::Text;
use super::Present;
use super::days::{Days, Shape};
use super::months::last_of;

const YEAR: &str = "一年是 1 月 1 日到 12 月 31 日";
const PART: &str = "季度、半年按自然年算，已过完就顺延到明年";
const EDGE: &str = "年初、年底是 1 月 1 日、12 月 31 日";

/// 2027年, 明年, 今年, 去年 before a month; the year and where the month begins.
pub(super) fn before_month(text: &Text<'_>, at: usize, this: i32) -> (Option<i32>, usize) {
    match year(text, at, this) {
        Some((year, end)) => (Some(year), text.word(end, "的").unwrap_or(end)),
        None => (None, at),
    }
}

fn year(text: &Text<'_>, at: usize, this: i32) -> Option<(i32, usize)> {
    const YEARS: &[(&str, i32)] =
        &[("明年", 1), ("今年", 0), ("本年度", 0), ("去年", -1), ("前年", -2), ("后年", 2), ("大后年", 3)];
    if let Some((years, end)) = text.one_of(at, YEARS) {
        // 三年前年度, 今后年年: other words.
        let other = matches!(text.get(at), Some('前' | '后'))
            && text.before(at).is_some_and(|c| "年月天周以之今然目".contains(c));
        let end = text.word(end, "度").unwrap_or(end);
        return (!other).then_some((this + years, end));
    }
    let ascii = small(text, at).filter(|(year, end)| (2000..2100).contains(year) && end - at == 4);
    let spoken = || {
        let digits = text.chars(at..at + 4).iter().map(|c| digit(*c)).collect::<Option<Vec<_>>>()?;
        let year = digits.iter().fold(0, |year, digit| year * 10 + digit);
        u32::try_from(year).ok().filter(|year| (2000..2100).contains(year)).map(|year| (year, at + 4))
    };
    let begins = !text.before(at).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let (year, end) = ascii.or_else(spoken).filter(|_| begins)?;
    Some((i32::try_from(year).ok()?, text.word(end, "年")?))
}

/// 明年, 明年上半年, Q4, 三季度, 年底, 年内.
pub(super) fn at(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    let this = present.today().year();
    // 年内: the bound 内 stays for whoever reads bounds.
    let within = text.any(at, "年内 年之内 年以内").is_some() && !text.before(at).is_some_and(in_a_year_word);
    if within {
        return Part { months: (1, 12), edge: None, end: at + 1, why: YEAR }.of(this);
    }
    if let Some((year, end)) = year(text, at, this) {
        let from = text.word(text.skip_blanks(end), "的").unwrap_or(text.skip_blanks(end));
        if let Some(part) = part(text, from) {
            return part.of(year);
        }
        // A month follows: that is for months.
        if small(text, from).is_some_and(|(_, end)| text.word(text.skip_blanks(end), "月").is_some()) {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
        return Some(Days::stretch(first, NaiveDate::from_ymd_opt(year, 12, 31)?, end, YEAR));
    }
    quarter_from_here(text, at, present).or_else(|| {
        // 一年底线, 学年初: part of other words.
        let glued = text.before(at).is_some_and(in_a_year_word);
        let part = part(text, at).filter(|_| !glued)?;
        let today = present.today();
        let (now, next) = (part.of(this)?, part.of(this + 1)?);
        let before = part.of(this - 1)?;
        let ahead = if now.ahead.1 >= today { now } else { next };
        let told = if now.ahead.0 <= today { now.ahead } else { before.ahead };
        Some(Days { told: Some(told), bare: true, ..ahead })
    })
}

/// What before 年 makes it no year of the calendar alone: 三年, 学年.
fn in_a_year_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "一二三四五六七八九十两几半每学多".contains(c)
}

/// 本季度, 下个季度.
fn quarter_from_here(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    const QUARTERS: &[(&str, i32)] = &[
        ("这个季度", 0),
        ("本季度", 0),
        ("这季度", 0),
        ("下个季度", 1),
        ("下季度", 1),
        ("上个季度", -1),
        ("上季度", -1),
    ];
    let (moved, end) = text.one_of(at, QUARTERS)?;
    let today = present.today();
    let number = i32::try_from(today.month0() / 3).ok()? + moved;
    let (year, quarter) = (today.year() + number.div_euclid(4), number.rem_euclid(4));
    let first = u32::try_from(quarter * 3 + 1).ok()?;
    Part { months: (first, first + 2), edge: None, end, why: PART }.of(year)
}

struct Part {
    months: (u32, u32),
    /// One day of it: its first or last.
    edge: Option<bool>,
    end: usize,
    why: &'static str,
}

/// 上半年, Q4, 第一季度, 年底.
fn part(text: &Text<'_>, at: usize) -> Option<Part> {
    const PARTS: &[(&str, (u32, u32))] = &[
        ("上半年", (1, 6)),
        ("下半年", (7, 12)),
        ("q1", (1, 3)),
        ("q2", (4, 6)),
        ("q3", (7, 9)),
        ("q4", (10, 12)),
    ];
    const EDGES: &[(&str, bool)] =
        &[("年底", true), ("年末", true), ("年终", true), ("年初", false), ("底", true), ("初", false)];
    if let Some((months, end)) = text.one_of(at, PARTS) {
        let named = text.get(at) == Some('q')
            && (text.before(at).is_some_and(|c| c.is_ascii_alphanumeric())
                || text.get(end).is_some_and(|c| c.is_ascii_alphanumeric()));
        return (!named).then_some(Part { months, edge: None, end, why: PART });
    }
    let edge = text.one_of(at, EDGES).filter(|(_, end)| {
        // 年终奖, 年初一, 底下: other words; 底 and 初 alone stand only behind a year.
        let single = *end - at == 1;
        let others = if single {
            "价牌蕴层下次步中始一二三四五六七八九十"
        } else {
            "奖总一二三四五六七八九十"
        };
        let led = !single || text.before(at) == Some('年');
        led && !text.get(*end).is_some_and(|c| others.contains(c))
    });
    if let Some((last, end)) = edge {
        return Some(Part { months: (1, 12), edge: Some(last), end, why: EDGE });
    }
    let from = text.word(at, "第").unwrap_or(at);
    let (number, end) = small(text, from).filter(|(number, _)| (1..=4).contains(number))?;
    let end = text.word(end, "季度")?;
    Some(Part { months: (number * 3 - 2, number * 3), edge: None, end, why: PART })
}

impl Part {
    fn of(&self, year: i32) -> Option<Days> {
        let first = NaiveDate::from_ymd_opt(year, self.months.0, 1)?;
        let last = last_of(NaiveDate::from_ymd_opt(year, self.months.1, 1)?)?;
        Some(match self.edge {
            Some(true) => Days { vague: true, ..Days::day(last, self.end, self.why) },
            Some(false) => Days { vague: true, ..Days::day(first, self.end, self.why) },
            None => Days { shape: Shape::Stretch, ..Days::stretch(first, last, self.end, self.why) },
        })
    }
}
