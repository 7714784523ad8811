//! Lengths of time and what is counted by them: 两个小时, 三天后, 两周内, 半个月前, 3个工作日内, 过两天.

use chrono::{Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::super::numbers::{is_numeral, small};
use super::super::text::Text;
use super::{Edge, Length, Present, Reading, moved};

/// A length as said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantity {
    pub(super) length: Length,
    /// Counted in working days.
    workdays: Option<u32>,
    /// 几天, 两三天: nobody said how many.
    vague: bool,
    pub(super) end: usize,
}

/// Something counted from now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) reading: Reading,
    pub(super) past: bool,
    pub(super) vague: bool,
    pub(super) end: usize,
    pub(super) why: &'static str,
}

const DAYS: &str = "N 天后、N 周后、N 个月后是日期，从今天数";
const HOURS: &str = "N 小时后、N 分钟后从现在数";
const WITHIN: &str = "N 天内是最晚那一天";
const WORKDAYS: &str = "工作日按日历数，跳过周末和放假";

/// 三天后, 两小时后, 三天内, 三天前, 过两天.
pub(super) fn counted(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Counted> {
    let passing =
        text.any(at, "再过 再等 过").filter(|_| !text.before(at).is_some_and(|c| "经超通不见".contains(c)));
    let said = quantity(text, passing.unwrap_or(at), passing.is_some())?;
    let end = said.end;
    let within =
        text.any(end, "之内 以内 内").filter(|end| !text.get(*end).is_some_and(|c| "部容存贸饰".contains(c)));
    let after = text
        .any(end, "以后 之后 过后 后")
        .filter(|end| !text.get(*end).is_some_and(|c| "面台期".contains(c)));
    let before =
        text.any(end, "之前 以前 前").filter(|end| !text.get(*end).is_some_and(|c| "台面".contains(c)));
    let hours = said.length.minutes > 0
        && said.length == Length { minutes: said.length.minutes, ..Length::default() };
    let why = match (hours, said.workdays) {
        (true, _) => HOURS,
        (_, Some(_)) => WORKDAYS,
        _ => DAYS,
    };
    let reading = |ahead: bool| {
        if hours {
            present.minutes(said.length, ahead).map(Reading::Instant)
        } else {
            present.counted(said, ahead).map(Reading::Date)
        }
    };
    let (reading, past, end, why) = match (within, after, before) {
        (Some(end), _, _) => {
            let edge = match reading(true)? {
                Reading::Instant(at) => Edge::At(at),
                Reading::Date(date) => Edge::Day(date),
                _ => return None,
            };
            (Reading::By(edge), false, end, if said.workdays.is_some() || hours { why } else { WITHIN })
        }
        (_, Some(end), _) => (reading(true)?, false, end, why),
        (_, _, Some(end)) if passing.is_none() => (reading(false)?, true, end, why),
        _ if passing.is_some() => (reading(true)?, false, end, why),
        _ => return None,
    };
    // 过两天 is soon, not the day after tomorrow to the hour.
    let soon = passing.is_some() && text.before(said.end - 1) == Some('两');
    Some(Counted { reading, past, vague: said.vague || soon, end, why })
}

/// A length that says how long something takes.
pub(super) fn lasting(text: &Text<'_>, at: usize) -> Option<Quantity> {
    // 这两年, 每天, 第三天, 7x24小时: no lengths.
    if text.before(at).is_some_and(|c| "这近头前后那每第上下有某哪改同整过x×*/".contains(c))
    {
        return None;
    }
    let said = quantity(text, at, false).filter(|said| !said.vague && said.workdays.is_none())?;
    let next = text.get(said.end);
    // 一年四季, 三天两头, 一周年, 一天到晚, 小时候, 24小时制
    let rhythm = next.is_some_and(|c| "年岁候到比制级次趟回遍头度限".contains(c))
        || text
            .any(said.end, "一次 一结 一签 一换 一个 四季 两头 两夜 三次 两次 以上的人 来 前 后 内 之")
            .is_some();
    let day_of_month = text.any_before(said.end, "日");
    (!rhythm && !day_of_month).then_some(said)
}

#[derive(Clone, Copy)]
enum Unit {
    Minutes(u32),
    Days,
    Weeks,
    Months(u32),
    Years,
    Workdays,
}

/// A number with a unit of time; `passing` when 过 stands before it.
fn quantity(text: &Text<'_>, at: usize, passing: bool) -> Option<Quantity> {
    const UNITS: &[(&str, Unit)] = &[
        ("个工作日", Unit::Workdays),
        ("工作日", Unit::Workdays),
        ("个小时", Unit::Minutes(60)),
        ("小时", Unit::Minutes(60)),
        ("个钟头", Unit::Minutes(60)),
        ("钟头", Unit::Minutes(60)),
        ("个钟", Unit::Minutes(60)),
        ("刻钟", Unit::Minutes(15)),
        ("分钟", Unit::Minutes(1)),
        ("个星期", Unit::Weeks),
        ("星期", Unit::Weeks),
        ("个礼拜", Unit::Weeks),
        ("礼拜", Unit::Weeks),
        ("个周", Unit::Weeks),
        ("周", Unit::Weeks),
        ("个季度", Unit::Months(3)),
        ("个月", Unit::Months(1)),
        ("天", Unit::Days),
        ("日", Unit::Days),
        ("年", Unit::Years),
    ];
    let glued = |c: char| c.is_ascii_alphanumeric() || "第.-:/¥#几".contains(c) || is_numeral(c);
    if !passing && text.before(at).is_some_and(glued) {
        return None;
    }
    if let Some(found) = half(text, at) {
        return Some(found);
    }
    let (count, number_end, vague) = match approximate(text, at) {
        Some((upper, end)) => (upper, end, true),
        None => match small(text, at) {
            Some((count, end)) => (count, end, false),
            None => (3, text.word(at, "几")?, true),
        },
    };
    let number_at = text.skip_blanks(number_end);
    if let Some((unit, end)) = text.one_of(number_at, &[("个半小时", 60), ("个半钟头", 60), ("个半月", 0)])
    {
        let length = match unit {
            60 => Length { minutes: count.checked_mul(60)?.checked_add(30)?, ..Length::default() },
            // A month and a half is forty-five days.
            _ => Length { days: count.checked_mul(30)?.checked_add(15)?, ..Length::default() },
        };
        return Some(Quantity { length, workdays: None, vague, end });
    }
    let (unit, end) = text.one_of(number_at, UNITS)?;
    let digits = text.get(at).is_some_and(|c| c.is_ascii_digit());
    let mut quantity = Quantity { length: Length::default(), workdays: None, vague, end };
    match unit {
        Unit::Minutes(minutes) => {
            quantity.length.minutes = count.checked_mul(minutes)?;
            if minutes == 60 {
                let more = small(text, end).and_then(|(more, at)| Some((more, text.word(at, "分钟")?)));
                if let Some((more, end)) = more {
                    quantity.length.minutes = quantity.length.minutes.checked_add(more)?;
                    quantity.end = end;
                }
            }
        }
        Unit::Days => quantity.length.days = count,
        Unit::Weeks if text.get(end).is_some_and(|c| "期边转年岁".contains(c)) => return None,
        Unit::Weeks => quantity.length.weeks = count,
        Unit::Months(months) => quantity.length.months = count.checked_mul(months)?,
        // 27年, 2027年: a year of the calendar.
        Unit::Years if digits && count >= 20 => return None,
        Unit::Years => {
            quantity.length.years = count;
            if let Some(end) = text.word(end, "半") {
                (quantity.length.months, quantity.end) = (6, end);
            }
        }
        Unit::Workdays => quantity.workdays = Some(count.min(1000)),
    }
    Some(quantity)
}

/// 半小时, 半个月, 半年, 一刻钟.
fn half(text: &Text<'_>, at: usize) -> Option<Quantity> {
    let of = |length| (length, None);
    let found: &[(&str, (Length, Option<u32>))] = &[
        ("半个多小时", of(Length { minutes: 30, ..Length::default() })),
        ("半个小时", of(Length { minutes: 30, ..Length::default() })),
        ("半小时", of(Length { minutes: 30, ..Length::default() })),
        ("半个钟头", of(Length { minutes: 30, ..Length::default() })),
        ("半个钟", of(Length { minutes: 30, ..Length::default() })),
        ("半个月", of(Length { days: 15, ..Length::default() })),
        ("半年", of(Length { months: 6, ..Length::default() })),
    ];
    let ((length, workdays), end) = text.one_of(at, found)?;
    // 上半年, 后半年: a part of a year.
    let other = text.before(at).is_some_and(|c| "上下前后大小".contains(c) || is_numeral(c));
    (!other).then_some(Quantity { length, workdays, vague: false, end })
}

/// 两三天, 三五个: the upper of the two.
fn approximate(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    const PAIRS: &[(&str, u32)] = &[
        ("一两", 2),
        ("一二", 2),
        ("两三", 3),
        ("二三", 3),
        ("三五", 5),
        ("三四", 4),
        ("四五", 5),
        ("五六", 6),
        ("六七", 7),
        ("七八", 8),
    ];
    text.one_of(at, PAIRS).filter(|(_, end)| text.any(*end, "天 个 周 年 小时 分钟").is_some())
}

impl Present<'_> {
    fn minutes(&self, length: Length, ahead: bool) -> Option<NaiveDateTime> {
        let by = TimeDelta::try_minutes(i64::from(length.minutes))?;
        let at = if ahead { self.now.checked_add_signed(by)? } else { self.now.checked_sub_signed(by)? };
        let local = self.calendar.local(at).naive_local();
        local.with_second(0)?.with_nanosecond(0)
    }

    fn counted(&self, said: Quantity, ahead: bool) -> Option<NaiveDate> {
        let today = self.today();
        if let Some(workdays) = said.workdays {
            return Some(if ahead {
                self.calendar.workdays_after(today, workdays)
            } else {
                self.calendar.workdays_before(today, workdays)
            });
        }
        let Length { years, months, weeks, days, .. } = said.length;
        let months = Months::new(years.checked_mul(12)?.checked_add(months)?);
        let days = i64::from(weeks.checked_mul(7)?.checked_add(days)?);
        if ahead {
            moved(today.checked_add_months(months)?, days)
        } else {
            moved(today.checked_sub_months(months)?, -days)
        }
    }
}
