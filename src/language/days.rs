//! Days as they are said: 大后天, 下周二, 12月3日, 3号, 月底, 国庆后, 两周后, 12.3. Each is read as a plan, so never in the
//! past; where the words fit a past day as well, that day is kept as the other reading.

use chrono::{Days, Months, NaiveDate, Weekday};

use super::dates::{day_of_month, month, numeric};
use super::numbers::small;
use super::text::Text;
use super::weeks::weekday;
use crate::calendar::{Calendar, Festival};

/// A day found in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Day {
    /// The day, read as a plan unless `past`.
    pub(super) date: NaiveDate,
    /// The day meant if something is told rather than planned.
    pub(super) earlier: Option<NaiveDate>,
    /// The words can only mean a past day: 昨天, 上周四.
    pub(super) past: bool,
    /// The words leave open which day: 下周, 月底.
    pub(super) vague: bool,
    /// Where the words end.
    pub(super) end: usize,
}

impl Day {
    pub(super) fn exact(date: NaiveDate, end: usize) -> Self {
        Self { date, earlier: None, past: false, vague: false, end }
    }

    pub(super) fn vague(date: NaiveDate, end: usize) -> Self {
        Self { vague: true, ..Self::exact(date, end) }
    }

    pub(super) fn passed(date: NaiveDate, end: usize) -> Self {
        Self { past: true, ..Self::exact(date, end) }
    }

    /// A day that may already be over: then only its past reading holds.
    pub(super) fn of(date: NaiveDate, today: NaiveDate, end: usize) -> Self {
        if date < today { Self::passed(date, end) } else { Self::exact(date, end) }
    }
}

/// Where days are counted from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Today<'a> {
    pub(super) date: NaiveDate,
    pub(super) calendar: &'a Calendar,
}

/// The day said at `at`, if one is.
pub(super) fn day_at(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    relative(text, at, today)
        .or_else(|| weekday(text, at, today))
        .or_else(|| counted(text, at, today))
        .or_else(|| festival(text, at, today))
        .or_else(|| month(text, at, today))
        .or_else(|| numeric(text, at, today))
        .or_else(|| day_of_month(text, at, today))
}

fn relative(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    const DAYS: &[(&str, i64)] = &[
        ("大后天", 3),
        ("大前天", -3),
        ("后天", 2),
        ("后日", 2),
        ("前天", -2),
        ("前日", -2),
        ("前晚", -2),
        ("明天", 1),
        ("明日", 1),
        ("明儿", 1),
        ("今天", 0),
        ("今日", 0),
        ("今儿", 0),
        ("当天", 0),
        ("昨天", -1),
        ("昨日", -1),
        ("昨儿", -1),
        ("刚才", 0),
    ];
    const SHORT: &[(&str, i64)] = &[("明", 1), ("今", 0), ("昨", -1)];
    const PARTS: &str = "早 晚 晨 上午 下午 中午";
    if let Some(end) = text.any(at, "过几天 过些天 过两天 过两日") {
        let days = if text.get(at + 1) == Some('两') { 2 } else { 3 };
        return Some(Day::vague(today.workday_in(days)?, end));
    }
    let short = || text.one_of(at, SHORT).filter(|(_, end)| text.any(*end, PARTS).is_some());
    let (days, mut end) = text.one_of(at, DAYS).or_else(short)?;
    // 以后天天, 然后天冷: not the day after tomorrow.
    if text.get(at) == Some('后') && text.before(at).is_some_and(|c| "以之然随此今最".contains(c)) {
        return None;
    }
    if text.word(at, "前晚").is_some() {
        end -= 1;
    }
    let date = today.plus(days)?;
    Some(if days < 0 || text.word(at, "刚才").is_some() {
        Day::passed(date, end)
    } else {
        Day::exact(date, end)
    })
}

/// 三天后, 两周内, 半个月后, 过三天, 3个工作日内, 三天前.
fn counted(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    #[derive(Clone, Copy)]
    enum Unit {
        Days(u32),
        Months,
        Workdays,
    }
    const UNITS: &[(&str, Unit)] = &[
        ("个工作日", Unit::Workdays),
        ("工作日", Unit::Workdays),
        ("个星期", Unit::Days(7)),
        ("星期", Unit::Days(7)),
        ("个礼拜", Unit::Days(7)),
        ("礼拜", Unit::Days(7)),
        ("个周", Unit::Days(7)),
        ("周", Unit::Days(7)),
        ("个月", Unit::Months),
        ("天", Unit::Days(1)),
        ("日", Unit::Days(1)),
    ];
    let passing = text.any(at, "再过 过");
    let from = passing.unwrap_or(at);
    if passing.is_none()
        && text.before(at).is_some_and(|c| c.is_ascii_alphanumeric() || "第.十百千几".contains(c))
    {
        return None;
    }
    let (count, unit, vague, unit_end) = if let Some(end) = text.word(from, "半个月") {
        (15, Unit::Days(1), false, end)
    } else {
        let (count, end, vague) = match small(text, from) {
            Some((count, end)) => (count, end, false),
            None => (3, text.word(from, "几")?, true),
        };
        let (unit, end) = text.one_of(text.skip_blanks(end), UNITS)?;
        (count, unit, vague, end)
    };
    let within = text.any(unit_end, "之内 以内 内");
    let after = text.any(unit_end, "以后 之后 后 过后");
    let before = text.any(unit_end, "之前 以前 前");
    let date = |ahead: bool| match (unit, ahead) {
        (Unit::Days(days), true) => {
            today.date.checked_add_days(Days::new(u64::from(days) * u64::from(count)))
        }
        (Unit::Days(days), false) => {
            today.date.checked_sub_days(Days::new(u64::from(days) * u64::from(count)))
        }
        (Unit::Months, true) => today.date.checked_add_months(Months::new(count)),
        (Unit::Months, false) => today.date.checked_sub_months(Months::new(count)),
        (Unit::Workdays, true) => Some(today.calendar.workdays_after(today.date, count.min(1000))),
        (Unit::Workdays, false) => Some(today.calendar.workdays_before(today.date, count.min(1000))),
    };
    match (within, after, before) {
        // The word itself stays for whoever asks whether it is a deadline.
        (Some(_), _, _) => Some(Day { vague, ..Day::exact(date(true)?, unit_end) }),
        (_, Some(end), _) => Some(Day { vague, ..Day::exact(date(true)?, end) }),
        (_, _, Some(end)) if passing.is_none() => Some(Day { vague, ..Day::passed(date(false)?, end) }),
        _ if passing.is_some() => Some(Day { vague, ..Day::exact(date(true)?, unit_end) }),
        _ => None,
    }
}

/// 国庆后, 年前, 节后, 春节前.
fn festival(text: &Text<'_>, at: usize, today: Today<'_>) -> Option<Day> {
    const FESTIVALS: &[(&str, Option<Festival>)] = &[
        ("元旦", Some(Festival::NewYear)),
        ("春节", Some(Festival::Spring)),
        ("过完年", Some(Festival::Spring)),
        ("过年", Some(Festival::Spring)),
        ("过了年", Some(Festival::Spring)),
        ("年", Some(Festival::Spring)),
        ("清明节", Some(Festival::Qingming)),
        ("清明", Some(Festival::Qingming)),
        ("五一", Some(Festival::Labour)),
        ("劳动节", Some(Festival::Labour)),
        ("端午节", Some(Festival::DragonBoat)),
        ("端午", Some(Festival::DragonBoat)),
        ("中秋节", Some(Festival::MidAutumn)),
        ("中秋", Some(Festival::MidAutumn)),
        ("国庆节", Some(Festival::National)),
        ("国庆", Some(Festival::National)),
        ("十一", Some(Festival::National)),
        ("长假", None),
        ("假期", None),
        ("节", None),
    ];
    let (festival, name_end) = text.one_of(at, FESTIVALS)?;
    let before_is = |words: &str| text.before(at).is_some_and(|c| words.contains(c));
    if before_is("双")
        || matches!(text.get(at), Some('年' | '节'))
            && before_is("今明去前后半每一二两三四五六七八九十几环细季春过0123456789")
    {
        return None;
    }
    let finished = text.any(at, "过完年 过了年").is_some();
    let mut at = text.any(name_end, "假期 放假 长假 节 假").unwrap_or(name_end);
    let ahead = text.any(at, "之前 以前 前");
    let behind = text.any(at, "回来 结束 之后 以后 过后 后 过完");
    if ahead.is_none() && behind.is_none() && !finished {
        return None;
    }
    let stretch = match festival {
        Some(festival) => today.calendar.festival(festival, today.date)?,
        None => today.calendar.next_break(today.date, 3)?,
    };
    let date = match (ahead, behind) {
        (Some(end), _) => {
            // The word stays for whoever asks whether it is a deadline.
            at = if text.get(end) == Some('的') { end } else { at };
            today.calendar.workdays_before(stretch.first, 1).max(today.date)
        }
        (None, end) => {
            at = end.unwrap_or(at);
            today.calendar.next_workday(stretch.last)
        }
    };
    Some(Day::vague(date, at))
}

pub(super) fn moved(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    let by = Days::new(days.unsigned_abs());
    if days < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) }
}

pub(super) fn moved_months(first: NaiveDate, months: i32) -> Option<NaiveDate> {
    let by = Months::new(months.unsigned_abs());
    if months < 0 { first.checked_sub_months(by) } else { first.checked_add_months(by) }
}

impl Today<'_> {
    fn plus(self, days: i64) -> Option<NaiveDate> {
        moved(self.date, days)
    }

    fn workday_in(self, days: i64) -> Option<NaiveDate> {
        Some(self.calendar.workday_from(self.plus(days)?))
    }

    pub(super) fn monday(self) -> Option<NaiveDate> {
        self.date.week(Weekday::Mon).checked_first_day()
    }
}
