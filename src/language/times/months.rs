//! Days by their month: 12月3日, 下月3号, 月底, 2026-12-03, 12.3, 3号.

use chrono::{Datelike, Months, NaiveDate};

use super::super::numbers::{is_numeral, small};
use super::super::text::{Text, is_blank_or_mark};
use super::days::Days;
use super::{Present, years};

const DATE: &str = "日期已过就顺延到下一个；说的是过去就是最近过去的那个";
const EDGE: &str = "月初、月底是当月第一天、最后一天，月中是 15 号";
const THIRD: &str = "上旬 1–10 日，中旬 11–20 日，下旬 21 日到月末";
const MONTH: &str = "月份是从 1 号到月末";

/// A month with what stands behind it.
struct In {
    first: NaiveDate,
    last: NaiveDate,
    end: usize,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Day,
    Edge,
    Third,
}

/// 12月3日, 2027年1月5号, 下月3号, 月底, 12月初, 下个月.
pub(super) fn named(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    const MONTHS: &[(&str, i32)] = &[
        ("下下个月", 2),
        ("下下月", 2),
        ("上上个月", -2),
        ("上个月", -1),
        ("下个月", 1),
        ("这个月", 0),
        ("本月", 0),
        ("这月", 0),
        ("上月", -1),
        ("下月", 1),
    ];
    let today = present.today();
    let this = today.with_day(1)?;
    if let Some((months, end)) = text.one_of(at, MONTHS) {
        let first = moved_months(this, months)?;
        let within = text.word(end, "的").unwrap_or(end);
        return days(within_month(text, within, first), first, end);
    }
    if text.word(at, "月").is_some() {
        let before = text.before(at);
        if before.is_some_and(|c| c.is_ascii_digit() || "一二三四五六七八九十两几个每当满岁".contains(c))
        {
            return None;
        }
        let within = |months| within_month(text, at + 1, moved_months(this, months)?);
        let found = within(0).filter(|found| found.what != What::Day)?;
        return rolled(&found, within(1), within(-1), today);
    }
    if text.any(at, "上旬 中旬 下旬").is_some() {
        let within = |months| within_month(text, at, moved_months(this, months)?);
        return rolled(&within(0)?, within(1), within(-1), today);
    }
    if number_goes_on(text, at) {
        return None;
    }
    let (year, from) = years::before_month(text, at, today.year());
    let (number, end) = small(text, from)?;
    let end = text.word(text.skip_blanks(end), "月")?;
    let end = text.any(end, "份").unwrap_or(end);
    // 一月一结, 月饼: no month.
    let first = |year| NaiveDate::from_ymd_opt(year, number, 1);
    if let Some(year) = year {
        let first = first(year)?;
        return days(within_month(text, end, first), first, end);
    }
    let in_year = |year| within_month(text, end, first(year)?);
    if let Some(found) = in_year(today.year()).or_else(|| in_year(today.year() + 1)) {
        return rolled(&found, in_year(found.first.year() + 1), in_year(found.first.year() - 1), today);
    }
    if text.get(end).is_some_and(|c| "饼嫂光一两几度均".contains(c)) {
        return None;
    }
    let whole = |year: i32| Some(whole(first(year)?, end));
    rolled(&whole(today.year())?, whole(today.year() + 1), whole(today.year() - 1), today).map(|days| Days {
        why: MONTH,
        vague: true,
        shape: super::days::Shape::Stretch,
        ..days
    })
}

fn days(found: Option<In>, first: NaiveDate, end: usize) -> Option<Days> {
    Some(match found {
        Some(found) => found.days(),
        None => Days::stretch(first, last_of(first)?, end, MONTH),
    })
}

/// The next that is not over, with the last that has begun as what may be told of.
fn rolled(this: &In, next: Option<In>, before: Option<In>, today: NaiveDate) -> Option<Days> {
    let span = |found: &In| (found.first, found.last);
    let ahead = if this.last >= today { span(this) } else { span(&next?) };
    let told = if this.first <= today { Some(span(this)) } else { before.as_ref().map(span) };
    Some(Days { ahead, told, bare: true, ..this.days() })
}

impl In {
    fn days(&self) -> Days {
        match self.what {
            What::Day => Days::day(self.first, self.end, DATE),
            What::Edge => Days { vague: true, ..Days::day(self.first, self.end, EDGE) },
            What::Third => Days::stretch(self.first, self.last, self.end, THIRD),
        }
    }
}

fn whole(first: NaiveDate, end: usize) -> In {
    In { first, last: last_of(first).unwrap_or(first), end, what: What::Third }
}

/// What follows a month: its day, or a part of it.
fn within_month(text: &Text<'_>, at: usize, first: NaiveDate) -> Option<In> {
    let last = last_of(first)?;
    let part = |from: u32, to: Option<u32>, end, what| {
        let last = to.map_or(Some(last), |to| first.with_day(to))?;
        Some(In { first: first.with_day(from)?, last, end, what })
    };
    // The last day of 下旬 is the month's.
    const THIRDS: &[(&str, (u32, u32))] = &[("上旬", (1, 10)), ("中旬", (11, 20)), ("下旬", (21, 31))];
    if let Some(((from, to), end)) = text.one_of(at, THIRDS) {
        return part(from, Some(to).filter(|to| *to < 31), end, What::Third);
    }
    if let Some(end) = text.word(at, "初") {
        return part(1, Some(1), end, What::Edge);
    }
    if let Some(end) = text.any(at, "底 末") {
        return Some(In { first: last, last, end, what: What::Edge });
    }
    if let Some(end) = text.any(at, "中").filter(|end| text.any(*end, "国 心 间 标 秋 午").is_none()) {
        return part(15, Some(15), end, What::Edge);
    }
    let from = text.skip_blanks(at);
    let (day, number_end) = small(text, from)?;
    let date = first.with_day(day)?;
    let unit = text.any(text.skip_blanks(number_end), "日 号");
    // 12月3: without 日 only in digits, and where no count goes on.
    let plain = || {
        let digits = text.get(from).is_some_and(|c| c.is_ascii_digit());
        let next = text.get(number_end);
        let counted = next.is_some_and(|c| "个台件箱万千百元块%.吨套次款家人天月批米".contains(c));
        (digits && !counted).then_some(number_end)
    };
    Some(In { first: date, last: date, end: unit.or_else(plain)?, what: What::Day })
}

/// 2026-12-03, 2026/12/3, 20261203, 12/3, 12.3. Two numbers with a mark between are a day only where nothing else fits.
pub(super) fn numeric(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    const FOLLOWERS: &str = "\
        日 号 前 之前 以前 后 上午 下午 中午 晚 早 去 来 见 看 到 开 拜访 演示 交 发 签 寄 送 约 再 \
        给 回 ( 周 起 至 -";
    if number_goes_on(text, at) || !text.get(at)?.is_ascii_digit() {
        return None;
    }
    let today = present.today();
    if let Some(date) = compact(text, at).filter(|date| (date.year() - today.year()).abs() <= 2) {
        return Some(Days::day(date, at + 8, DATE));
    }
    let (one, end) = small(text, at)?;
    let mark = text.get(end).filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (two, end) = digits(text, end + 1)?;
    if (2000..2100).contains(&one) {
        let (three, end) = digits(text, text.word(end, mark.encode_utf8(&mut [0; 4]))?)?;
        let date = NaiveDate::from_ymd_opt(i32::try_from(one).ok()?, two, three)?;
        let end = text.any(end, "日 号").unwrap_or(end);
        return Some(Days::day(date, end, DATE));
    }
    let follows = text.get(text.skip_blanks(end));
    let at_end = follows.is_none_or(|c| is_blank_or_mark(c) && !matches!(c, '.' | '/' | '-' | ':'));
    let clock_follows = text.get(end) == Some(' ') && follows.is_some_and(|c| c.is_ascii_digit());
    let led_on = text.any(text.skip_blanks(end), FOLLOWERS).is_some();
    let fits = at_end || clock_follows || led_on;
    let figure = text
        .before(at)
        .is_some_and(|c| "降涨价率差高低比本利润为是减加长宽厚重v条第版占数寸径报单费额款".contains(c))
        || text.any_before(at, "降了 涨了 让了 贵了 高了 低了 便宜了 加了 减了 多了 少了 参数");
    // 1/3 and 2/3 alone are fractions; 3.5 alone is a figure unless something leads up to a day.
    let fraction = mark == '/' && !led_on && !clock_follows && one < two && two <= 5;
    let cue = text.before(at).is_none_or(|c| is_blank_or_mark(c) || "到至在于约期定改".contains(c));
    let lonely = mark == '.' && at_end && !led_on && !clock_follows && !cue;
    if mark == '-' || !fits || figure || fraction || lonely {
        return None;
    }
    let end = text.any(end, "日 号").unwrap_or(end);
    let on = |year| {
        let date = NaiveDate::from_ymd_opt(year, one, two)?;
        Some(In { first: date, last: date, end, what: What::Day })
    };
    let year = today.year();
    rolled(&on(year).or_else(|| on(year + 1))?, on(year + 1), on(year - 1), today)
}

/// 20261203
fn compact(text: &Text<'_>, at: usize) -> Option<NaiveDate> {
    let eight: String = text.chars(at..at + 8).iter().filter(|c| c.is_ascii_digit()).collect();
    let alone = eight.len() == 8
        && !text.get(at + 8).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '#'))
        && !text.before(at).is_some_and(|c| "号单码编#:".contains(c));
    NaiveDate::parse_from_str(&eight, "%Y%m%d").ok().filter(|_| alone)
}

/// 3号, 二十八号: this month's, or the next month's that has it.
pub(super) fn day_of_month(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    // 3号线, 1号车间, 2号机: no date.
    const THINGS: &str =
        "线机楼仓车厂店门产样罐炉泵款料配库位工柜床池塔井站游会展馆桌码院区段层房间栋厅模桩船钢";
    let street = text.before(at).is_some_and(|c| "路街道巷弄村栋幢园牌座".contains(c));
    if number_goes_on(text, at) || street {
        return None;
    }
    let (day, end) = small(text, at)?;
    let end = text.any(text.skip_blanks(end), "号 日").or_else(|| shared_unit(text, end))?;
    let number = text.before(end) != Some('日');
    if number && text.get(end).is_some_and(|c| THINGS.contains(c)) {
        return None;
    }
    let today = present.today();
    let this = today.with_day(1)?;
    let in_month = |months| moved_months(this, months)?.with_day(day);
    let ahead = (0..=12).filter_map(in_month).find(|date| *date >= today)?;
    let told = (-12..=0).rev().filter_map(in_month).find(|date| *date <= today);
    let told = told.map(|date| (date, date));
    Some(Days { told, bare: true, ..Days::day(ahead, end, DATE) })
}

/// 「3」 of 「3到5号」: the unit stands behind the other end.
fn shared_unit(text: &Text<'_>, end: usize) -> Option<usize> {
    let from = super::bounds::to(text, end)?;
    let (_, after) = small(text, from)?;
    text.word(after, "号").map(|_| end)
}

/// Whether what stands at `at` goes on with a number begun before.
fn number_goes_on(text: &Text<'_>, at: usize) -> bool {
    let joins =
        |at: usize| at.checked_sub(2).and_then(|at| text.get(at)).is_some_and(|c| c.is_ascii_alphanumeric());
    text.before(at).is_some_and(|c| {
        c.is_ascii_alphanumeric()
            || matches!(c, '.' | '/' | ':' | '¥' | '第' | '#')
            || c == '-' && joins(at)
            || is_numeral(c)
    })
}

fn digits(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    text.get(at).filter(char::is_ascii_digit)?;
    small(text, at).filter(|(_, end)| end - at <= 2)
}

pub(super) fn last_of(first: NaiveDate) -> Option<NaiveDate> {
    first.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

pub(super) fn moved_months(first: NaiveDate, months: i32) -> Option<NaiveDate> {
    let by = Months::new(months.unsigned_abs());
    if months < 0 { first.checked_sub_months(by) } else { first.checked_add_months(by) }
}
