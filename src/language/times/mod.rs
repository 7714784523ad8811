//! Times as reps write them, typed: a point, a day, a part of a day, a stretch, a bound, a length.
//!
//! A reader walks each clause from left to right. Words for days ([`days`], [`weeks`], [`months`], [`years`],
//! [`festivals`]) and for hours ([`clocks`]) are found first with every reading that they leave open; [`expressions`] joins
//! them to ranges and bounds; [`resolve`] chooses the reading by what the clause tells ([`tense`]). Pure: the same words
//! at the same moment mean the same.

mod bounds;
mod clocks;
mod days;
mod expressions;
mod festivals;
mod lengths;
mod months;
mod resolve;
mod tense;
mod weeks;
mod years;

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::text::Text;
use crate::calendar::Calendar;
pub(super) use clocks::Clock;
use expressions::Expression;
use tense::Tense;

/// What times are read against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) calendar: &'a Calendar,
}

/// What a time says. All of it is the calendar's civil time; ends are inclusive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// A moment: 明天下午三点, 两小时后.
    Instant(NaiveDateTime),
    /// A day: 下周二.
    Date(NaiveDate),
    /// A part of a day: 明天下午.
    Part(NaiveDate, Window),
    /// From one day to another: 周三到周五, 下周, Q4.
    Days(NaiveDate, NaiveDate),
    /// From one moment to another: 三点到五点.
    Hours(NaiveDateTime, NaiveDateTime),
    /// Not later than: 周五前, 三天内.
    By(Edge),
    /// Not earlier than: 国庆后, 三点后.
    Since(Edge),
    /// A length: 聊了两个小时.
    Lasting(Length),
}

/// The end of a bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edge {
    /// A whole day.
    Day(NaiveDate),
    /// A moment.
    At(NaiveDateTime),
}

/// A part of the day, `to` being 24:00 where it is midnight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The hour that it begins with.
    pub from: u32,
    /// The hour that it ends with.
    pub to: u32,
}

/// A length of time in the units that were said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Length {
    /// Years.
    pub years: u32,
    /// Months.
    pub months: u32,
    /// Weeks.
    pub weeks: u32,
    /// Days.
    pub days: u32,
    /// Minutes, of any number.
    pub minutes: u32,
}

/// One time in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Time {
    /// What it says.
    pub reading: Reading,
    /// What it may say as well.
    pub alternatives: Vec<Reading>,
    /// Where it stands, in characters.
    pub span: Range<usize>,
    /// It tells of the past.
    pub past: bool,
    /// The words leave open which day or hour; the reading is the usual one.
    pub vague: bool,
    /// The rule by which it was read, for people.
    pub why: &'static str,
    /// The time of day within, if one was said.
    pub(super) clock: Option<Clock>,
    /// A time of day alone that belongs to the day said before.
    pub(super) joined: bool,
}

/// Every time in `text`, in its order, none overlapping another.
pub(super) fn read(text: &Text<'_>, present: Present<'_>) -> Vec<Time> {
    let mut found: Vec<Time> = Vec::new();
    let mut at = 0;
    for clause in text.thoughts() {
        let tense = Tense::of(text, clause.clone());
        at = at.max(clause.start);
        while at < clause.end {
            match Expression::at(text, at, present) {
                Some(expression) => {
                    at = expression.span.end.max(at + 1);
                    let time = resolve::time(text, &expression, tense, &found, present);
                    found.extend(time);
                }
                None => at += 1,
            }
        }
    }
    without_corrected(text, found)
}

/// 「周二不对周三」「不是周二是周三」: the first was a slip of the tongue.
fn without_corrected(text: &Text<'_>, mut found: Vec<Time>) -> Vec<Time> {
    const SLIPS: &str = "不对 不对是 啊不 啊不是 哦不 哦不是 呃不 呃不是 额不 不不 不不是 说错了 说错了是 错了 错了是 \
        记错了 记错了是 不是 应该是 更正";
    let slip = |a: &Time, b: &Time| {
        let between: String =
            text.chars(a.span.end..b.span.start).iter().filter(|c| c.is_alphanumeric()).collect();
        let denied = text.any_before(a.span.start, "不是") && matches!(between.as_str(), "是" | "而是");
        let comparable =
            !matches!(a.reading, Reading::Lasting(_)) && !matches!(b.reading, Reading::Lasting(_));
        comparable && (denied || SLIPS.split_ascii_whitespace().any(|slip| slip == between))
    };
    let mut at = 1;
    while at < found.len() {
        match found.get(at - 1..=at) {
            Some([a, b]) if slip(a, b) => drop(found.remove(at - 1)),
            _ => at += 1,
        }
    }
    found
}

impl Present<'_> {
    fn today(&self) -> NaiveDate {
        self.calendar.date(self.now)
    }

    /// The wall clock.
    fn wall(&self) -> NaiveDateTime {
        self.calendar.local(self.now).naive_local()
    }
}

impl Window {
    /// 「14:00」 to 「18:00」.
    pub fn hours(self) -> [String; 2] {
        [self.from, self.to].map(|hour| format!("{hour:02}:00"))
    }
}

impl Length {
    const MINUTES_A_DAY: u32 = 1440;

    /// ISO 8601, in the units that were said: P1Y6M, P2W, PT1H30M.
    pub fn iso(self) -> String {
        let part = |count: u32, unit: &str| if count > 0 { format!("{count}{unit}") } else { String::new() };
        let (hours, minutes) = (self.minutes / 60, self.minutes % 60);
        let date =
            [part(self.years, "Y"), part(self.months, "M"), part(self.weeks, "W"), part(self.days, "D")]
                .concat();
        let time = [part(hours, "H"), part(minutes, "M")].concat();
        match (date.is_empty(), time.is_empty()) {
            (true, true) => "PT0M".to_owned(),
            (_, true) => format!("P{date}"),
            _ => format!("P{date}T{time}"),
        }
    }

    /// Its seconds, with months of 30 days and years of 365.
    pub fn seconds(self) -> u64 {
        let days = u64::from(self.years) * 365
            + u64::from(self.months) * 30
            + u64::from(self.weeks) * 7
            + u64::from(self.days);
        (days * u64::from(Self::MINUTES_A_DAY) + u64::from(self.minutes)) * 60
    }
}

fn moved(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    date.checked_add_signed(TimeDelta::try_days(days)?)
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()
}
