//! Civil time: zones, working days, quiet hours, and how people say all of it. Instants are UTC everywhere else;
//! what day, hour or holiday it is where the team works is computed here alone, and never from the process's zone.
//!
//! [`Calendar`] answers questions about days and working time, [`When`] is a schedule as an admin writes it, and the
//! `spoken_*` methods say times to people. Pure: each answer follows from the rules and the arguments.

mod holidays;
mod schedule;
mod spoken;
mod working;

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::Deserialize;

use holidays::Statutory;
pub use holidays::{Festival, Stretch, lunar, winter_solstice};
pub use schedule::{When, WhenError};
pub use spoken::{spoken_clock, spoken_duration, spoken_weekday};

/// `calendar.toml` as it is written; every key may be left out.
///
/// Dates are strings like `"2026-10-08"`, times like `"09:00"`, weekdays like `"mon"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarRules {
    /// Whether China's statutory days and 调休 hold. Years not announced yet have weekends only.
    pub statutory: bool,
    /// The days of an ordinary working week.
    pub work_week: Vec<Weekday>,
    /// Days off of this company, beside the statutory ones.
    pub holidays: Vec<NaiveDate>,
    /// Days this company works although they would be free.
    pub workdays: Vec<NaiveDate>,
    /// Opening and closing; working clocks run only in between.
    pub work_hours: Hours,
    /// When nothing is pushed; may span midnight. Equal ends mean that no hour is quiet.
    pub quiet_hours: Hours,
}

impl Default for CalendarRules {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        Self {
            statutory: true,
            work_week: vec![Mon, Tue, Wed, Thu, Fri],
            holidays: Vec::new(),
            workdays: Vec::new(),
            work_hours: Hours { from: hour(9), to: hour(18) },
            quiet_hours: Hours { from: hour(20), to: hour(8) },
        }
    }
}

/// A part of the day, from its first moment up to, but without, its last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The first moment.
    pub from: NaiveTime,
    /// The first moment after.
    pub to: NaiveTime,
}

impl Hours {
    /// Whether `time` lies within, also across midnight.
    pub fn contain(self, time: NaiveTime) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }
}

/// What is wrong with `calendar.toml`, with the cure.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// Working hours that end before they begin.
    #[error(
        "work_hours must end after they begin: write work_hours = {{ from = \"09:00\", to = \"18:00\" }}"
    )]
    WorkHours,
    /// A week without a working day would let no clock run.
    #[error("work_week names no day: write work_week = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]")]
    WorkWeek,
    /// A day that is to be both.
    #[error("{0} stands in both holidays and workdays: keep it in one of them")]
    Both(NaiveDate),
}

/// The days and hours of one workspace.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Tz,
    statutory: Option<Statutory>,
    work_week: Vec<Weekday>,
    extra_holidays: BTreeSet<NaiveDate>,
    extra_workdays: BTreeSet<NaiveDate>,
    work_hours: Hours,
    quiet_hours: Hours,
}

impl Default for Calendar {
    /// Shanghai, Monday to Friday, 09:00 to 18:00, quiet from 20:00 to 08:00.
    fn default() -> Self {
        Self::new(Tz::Asia__Shanghai, CalendarRules::default()).expect("the default rules are sound")
    }
}

impl Calendar {
    /// The calendar of a workspace in `zone` under `rules`.
    ///
    /// # Errors
    /// When the rules contradict themselves; the text says the cure.
    pub fn new(zone: Tz, rules: CalendarRules) -> Result<Self, CalendarError> {
        if rules.work_hours.from >= rules.work_hours.to {
            return Err(CalendarError::WorkHours);
        }
        if rules.work_week.is_empty() {
            return Err(CalendarError::WorkWeek);
        }
        let extra_holidays: BTreeSet<_> = rules.holidays.into_iter().collect();
        let extra_workdays: BTreeSet<_> = rules.workdays.into_iter().collect();
        if let Some(day) = extra_holidays.intersection(&extra_workdays).next() {
            return Err(CalendarError::Both(*day));
        }
        Ok(Self {
            zone,
            statutory: rules.statutory.then(Statutory::read),
            work_week: rules.work_week,
            extra_holidays,
            extra_workdays,
            work_hours: rules.work_hours,
            quiet_hours: rules.quiet_hours,
        })
    }

    /// The zone that days and hours are counted in.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Opening and closing of a working day.
    pub fn work_hours(&self) -> Hours {
        self.work_hours
    }

    /// When nothing is pushed.
    pub fn quiet_hours(&self) -> Hours {
        self.quiet_hours
    }

    /// `at` as clocks on the wall show it.
    pub fn local(&self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.with_timezone(&self.zone)
    }

    /// The day that `at` falls on.
    pub fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date_naive()
    }

    /// When the clocks on the wall show `local`: the first time if they do so twice, and if they skip it (a change
    /// to summer time) the next moment that they show.
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        /// The longest skip on record is a whole day (Samoa, 2011); skips begin and end on whole minutes.
        const LONGEST_SKIP_MINUTES: i64 = 25 * 60;
        let minute = local - TimeDelta::nanoseconds(nanos_past_minute(local.time()));
        std::iter::once(local)
            .chain(
                (1..=LONGEST_SKIP_MINUTES).filter_map(|n| minute.checked_add_signed(TimeDelta::minutes(n))),
            )
            .find_map(|shown| self.zone.from_local_datetime(&shown).earliest())
            .map_or_else(|| local.and_utc(), |found| found.with_timezone(&Utc))
    }

    /// The first moment of `date`.
    pub fn start_of_day(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(NaiveTime::MIN))
    }

    /// The moment at which `date` is over: the first one of the next day.
    pub fn end_of_day(&self, date: NaiveDate) -> DateTime<Utc> {
        self.start_of_day(after(date, 1))
    }

    /// When working hours begin on `date`, whether or not it is a working day.
    pub fn opening(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(self.work_hours.from))
    }

    /// When working hours end on `date`.
    pub fn closing(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(self.work_hours.to))
    }

    /// Whether people work on `date`: what the company says, else the statutory days and 调休, else the week.
    pub fn is_workday(&self, date: NaiveDate) -> bool {
        if self.extra_workdays.contains(&date) {
            return true;
        }
        if self.extra_holidays.contains(&date) {
            return false;
        }
        match self.statutory.as_ref().and_then(|days| days.on(date)) {
            Some(day) => day.work,
            None => self.work_week.contains(&date.weekday()),
        }
    }

    /// Whether the statutory days of `year` are known. Those of a year are announced in the November before;
    /// until this program learns them, that year has weekends only.
    pub fn known(&self, year: i32) -> bool {
        self.statutory.as_ref().is_none_or(|days| days.known(year))
    }

    /// The holiday that `date` belongs to, such as 国庆节; `None` on working days, 调休 ones too.
    pub fn holiday(&self, date: NaiveDate) -> Option<&'static str> {
        self.statutory.as_ref()?.on(date).filter(|day| !day.work).map(|day| day.name)
    }

    /// The next stretch of at least `days` free days that ends on or after `date`, within 400 days.
    pub fn next_break(&self, date: NaiveDate, days: u32) -> Option<Stretch> {
        let mut first = date;
        while !self.is_workday(first)
            && !self.is_workday(after(first, -1))
            && date - first < TimeDelta::days(60)
        {
            first = after(first, -1);
        }
        let mut free: Option<Stretch> = None;
        for day in first.iter_days().take(460) {
            free = match (self.is_workday(day), free) {
                (true, Some(stretch)) if stretch.days() >= days && stretch.last >= date => {
                    return Some(stretch);
                }
                (true, _) => None,
                (false, None) => Some(Stretch { first: day, last: day }),
                (false, Some(stretch)) => Some(Stretch { last: day, ..stretch }),
            };
        }
        None
    }

    /// The next `festival` whose days off are not over on `date`. In a year not announced yet it is the festival's
    /// own days, without the days that 调休 will add.
    pub fn festival(&self, festival: Festival, date: NaiveDate) -> Option<Stretch> {
        (date.year() - 1..=date.year() + 1)
            .filter_map(|year| {
                let announced = self.statutory.as_ref().and_then(|days| days.festival(festival, year));
                announced.or_else(|| festival.by_rule(year))
            })
            .find(|stretch| stretch.last >= date)
    }

    /// Whether `at` lies in the quiet hours.
    pub fn is_quiet(&self, at: DateTime<Utc>) -> bool {
        self.quiet_hours.contain(self.local(at).time())
    }

    /// The first moment, not before `at`, when a push may go: on a working day, outside the quiet hours.
    pub fn next_loud(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let today = self.date(at);
        if self.is_workday(today) && !self.is_quiet(at) {
            return at;
        }
        today
            .iter_days()
            .take(working::FURTHEST_DAYS)
            .filter(|day| self.is_workday(*day))
            .flat_map(|day| {
                [NaiveTime::MIN, self.quiet_hours.to].map(|time| self.instant(day.and_time(time)))
            })
            .find(|loud| *loud >= at && !self.is_quiet(*loud))
            .unwrap_or(at)
    }
}

/// `date` moved by `days`; stays where it is at the ends of time.
fn after(date: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    if days < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) }.unwrap_or(date)
}

fn nanos_past_minute(time: NaiveTime) -> i64 {
    use chrono::Timelike;
    i64::from(time.second()) * 1_000_000_000 + i64::from(time.nanosecond())
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("the callers' hours are below 24")
}
