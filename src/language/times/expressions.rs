//! Words for days and hours joined to one expression: a day with its hour, a range, a bound.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};

use super::super::numbers::is_numeral;
use super::super::text::Text;
use super::bounds::{Suffix, behind_filler, deadline_before, suffix, to};
use super::clocks::{self, Clock};
use super::days::{self, Days};
use super::festivals::is_over;
use super::lengths::{Counted, Quantity, counted, lasting};
use super::{Present, weeks};

/// One expression of time, not yet decided between past and plan.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) span: Range<usize>,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// Counted from now.
    Counted(Counted),
    /// How long something takes.
    Lasting(Quantity),
    /// A place in the calendar.
    Place(Place),
}

/// A day, an hour or both, perhaps with another end and a bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) days: Option<Days>,
    pub(super) clock: Option<Clock>,
    /// Where the other end begins.
    pub(super) to: Option<usize>,
    pub(super) bound: Option<Suffix>,
}

impl Expression {
    /// The expression that begins at `at`.
    pub(super) fn at(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Self> {
        text.get(at).filter(|c| may_begin(*c))?;
        if let Some(counted) = counted(text, at, present) {
            return Some(Self { span: at..counted.end, what: What::Counted(counted) });
        }
        if let Some((place, end)) = bounded_before(text, at, present) {
            return Some(Self { span: at..end, what: What::Place(place) });
        }
        if let Some((place, end)) = place(text, at, present) {
            return Some(Self { span: at..end, what: What::Place(place) });
        }
        let said = lasting(text, at)?;
        Some(Self { span: at..said.end, what: What::Lasting(said) })
    }
}

/// Whether an expression can begin with `c`: most words of a note are passed by without looking further.
fn may_begin(c: char) -> bool {
    is_numeral(c)
        || matches!(
            c,
            '半' | '几' | '今' | '明' | '昨' | '去' | '前' | '后' | '大' | '周' | '星' | '礼' | '上' | '下'
        )
        || matches!(
            c,
            '这' | '本' | '月' | '年' | '正' | '腊' | '冬' | '农' | '阴' | '旧' | '初' | '节' | '元'
        )
        || matches!(
            c,
            '春' | '过' | '清' | '劳' | '端' | '中' | '国' | '双' | '圣' | '平' | '情' | '妇' | '儿'
        )
        || matches!(
            c,
            '教' | '重' | '除' | '假' | '长' | '最' | '不' | '截' | '从' | '自' | '凌' | '早' | '晨'
        )
        || matches!(c, '晚' | '夜' | '午' | '傍' | '深' | '再' | '差' | '第' | 'a' | 'p' | 'q')
}

/// 最晚周五, 从周一起.
fn bounded_before(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<(Place, usize)> {
    if let Some(from) = deadline_before(text, at) {
        let (place, end) = place(text, from, present)?;
        return Some((Place { bound: Some(Suffix::Within), ..place }, end));
    }
    let from = text.any(at, "从 自")?;
    place(text, text.skip_blanks(from), present).filter(|(place, _)| place.bound == Some(Suffix::From))
}

fn place(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<(Place, usize)> {
    let work = present.calendar.work_hours();
    let Some(days) = days::at(text, at, present) else {
        let clock = clocks::at(text, at, false, work)?;
        return Some(bounded(
            text,
            Place { days: None, clock: Some(clock), to: None, bound: None },
            clock.end,
        ));
    };
    let mut end = restated(text, at, &days, days.end, present);
    let clock = clocks::at(text, behind_filler(text, end), true, work);
    if let Some(clock) = clock {
        end = restated(text, at, &days, clock.end, present);
    }
    let mut place = Place { days: Some(days), clock, to: None, bound: None };
    let range = to(text, end).filter(|_| clock.is_none_or(|clock| clock.until.is_none()));
    let other =
        range.and_then(|from| Some((from, other_end(text, from, days.ahead.0, clock.is_some(), present)?)));
    if let Some((from, other)) = other {
        place.to = Some(from);
        end = other.end;
    }
    Some(bounded(text, place, end))
}

/// The other end of a range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    pub(super) last: NaiveDate,
    pub(super) clock: Option<Clock>,
    end: usize,
}

/// The end of a range that begins on `first`; with an hour if the beginning has one.
pub(super) fn other_end(
    text: &Text<'_>,
    from: usize,
    first: NaiveDate,
    timed: bool,
    present: Present<'_>,
) -> Option<Other> {
    let said = days::at(text, from, present)?;
    // 「周三到周五」 counts from Wednesday, 「周三到下周一」 from today.
    let there = Present { now: present.calendar.start_of_day(first), ..present };
    let days = if said.bare { days::at(text, from, there)? } else { said };
    let clock = clocks::at(text, behind_filler(text, days.end), true, present.calendar.work_hours());
    let clock = clock.filter(|_| timed);
    let end = clock.map_or(days.end, |clock| clock.end);
    (days.ahead.1 >= first).then_some(Other { last: days.ahead.1, clock, end })
}

fn bounded(text: &Text<'_>, place: Place, end: usize) -> (Place, usize) {
    // 「三点开始」 is when it begins, 「周一开始」 from when on.
    let hour = place.clock.is_some_and(|clock| clock.time.is_some());
    let begins = hour && text.any(text.skip_blanks(end), "开始").is_some();
    match suffix(text, end) {
        Some((bound, end)) if place.to.is_none() && !begins => {
            return (Place { bound: Some(bound), ..place }, end);
        }
        _ => {}
    }
    let over = place.clock.is_none() && place.days.is_some_and(|days| is_over(text, days.end));
    (Place { bound: over.then_some(Suffix::After).or(place.bound), ..place }, end)
}

/// Where a repetition of the day behind it ends: 「（12月3日 周四）」「周四」.
fn restated(text: &Text<'_>, at: usize, days: &Days, end: usize, present: Present<'_>) -> usize {
    const FURTHEST: usize = 18;
    let from = text.skip_blanks(end);
    if text.get(from) == Some('(') {
        let close = (from..from + FURTHEST).find(|at| text.get(*at) == Some(')'));
        let is_day = days::at(text, text.skip_blanks(from + 1), present).is_some();
        return close.filter(|_| is_day).map_or(end, |close| close + 1);
    }
    let is_week = text.any(at, "周 星期 礼拜").is_some();
    let again = weeks::at(text, from, present)
        .filter(|again| !is_week && again.bare && again.ahead.0.weekday() == days.ahead.0.weekday());
    again.map_or(end, |again| again.end)
}
