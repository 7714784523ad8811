//! Days near today, and what every word for days is read to.

use chrono::NaiveDate;

use super::super::text::Text;
use super::{Present, festivals, months, moved, weeks, years};

/// Days that words name, with every reading that the words leave open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    /// First and last, read as a plan.
    pub(super) ahead: (NaiveDate, NaiveDate),
    /// First and last, if the sentence tells of the past.
    pub(super) told: Option<(NaiveDate, NaiveDate)>,
    /// Another plan that the words fit.
    pub(super) other: Option<NaiveDate>,
    /// What bounds of it mean.
    pub(super) shape: Shape,
    /// Nothing ties it to this day: behind another day it counts from there.
    pub(super) bare: bool,
    /// The words leave open which day.
    pub(super) vague: bool,
    /// Where the words end.
    pub(super) end: usize,
    /// The rule, for people.
    pub(super) why: &'static str,
}

/// What kind of days words name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// One day.
    Day,
    /// Several.
    Stretch,
    /// A festival, with the first day after its days off.
    Festival(NaiveDate),
}

impl Days {
    pub(super) fn day(date: NaiveDate, end: usize, why: &'static str) -> Self {
        Self {
            ahead: (date, date),
            told: None,
            other: None,
            shape: Shape::Day,
            bare: false,
            vague: false,
            end,
            why,
        }
    }

    pub(super) fn stretch(first: NaiveDate, last: NaiveDate, end: usize, why: &'static str) -> Self {
        Self { ahead: (first, last), shape: Shape::Stretch, vague: true, ..Self::day(first, end, why) }
    }
}

/// The days said at `at`, if any are.
pub(super) fn at(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    relative(text, at, present)
        .or_else(|| weeks::at(text, at, present))
        .or_else(|| years::at(text, at, present))
        .or_else(|| festivals::at(text, at, present))
        .or_else(|| months::named(text, at, present))
        .or_else(|| months::numeric(text, at, present))
        .or_else(|| months::day_of_month(text, at, present))
}

/// 明天, 大后天, 昨晚, 明后两天, 下个工作日.
fn relative(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    const SEVERAL: &[(&str, (i64, i64))] = &[
        ("明后两天", (1, 2)),
        ("明后天", (1, 2)),
        ("明天后天", (1, 2)),
        ("今明两天", (0, 1)),
        ("今明天", (0, 1)),
    ];
    const DAYS: &[(&str, i64)] = &[
        ("大后天", 3),
        ("大前天", -3),
        ("后天", 2),
        ("后日", 2),
        ("前天", -2),
        ("前日", -2),
        ("明天", 1),
        ("明日", 1),
        ("明儿", 1),
        ("今天", 0),
        ("今日", 0),
        ("今儿", 0),
        ("昨天", -1),
        ("昨日", -1),
        ("昨儿", -1),
    ];
    const SHORT: &[(&str, i64)] = &[("明", 1), ("今", 0), ("昨", -1)];
    const PARTS: &str = "早 晚 晨 夜 上午 下午 中午";
    const WHY: &str = "今天、明天这类词从当天数起";
    let today = present.today();
    if let Some(((from, to), end)) = text.one_of(at, SEVERAL) {
        let (first, last) = (moved(today, from)?, moved(today, to)?);
        return Some(Days { vague: false, ..Days::stretch(first, last, end, WHY) });
    }
    if let Some(end) = text.any(at, "下个工作日 下一个工作日") {
        return Some(Days::day(present.calendar.next_workday(today), end, "工作日按日历数"));
    }
    let short = || {
        let (days, end) = text.one_of(at, SHORT)?;
        text.any(end, PARTS).map(|_| (days, end))
    };
    // 前晚, 后晚: not 三天前晚上, not 之后晚上.
    let evening = || {
        let (days, end) = text.one_of(at, &[("前", -2), ("后", 2)])?;
        let free = text.before(at).is_none_or(|c| !c.is_alphanumeric());
        (free && text.word(end, "晚").is_some()).then_some((days, end))
    };
    let (days, end) = text.one_of(at, DAYS).or_else(short).or_else(evening)?;
    // 以后天天, 后天然气: not the day after tomorrow.
    let other_word = text.get(at) == Some('后')
        && (text.before(at).is_some_and(|c| "以之然随此今最".contains(c))
            || text.get(end).is_some_and(|c| "然性赋气".contains(c)));
    // 今日 within 今日头条, 明日 within a name: 发明天才. 「我说明天寄」 is a day.
    let within = text.get(at) == Some('明') && text.before(at).is_some_and(|c| "证声光文".contains(c))
        || text.word(at, "明天").is_some() && text.any(end, "气 然 理").is_some();
    if other_word || within {
        return None;
    }
    Some(Days::day(moved(today, days)?, end, WHY))
}
