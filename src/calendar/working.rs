//! Working days and working time. A break adds nothing to these clocks.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{Calendar, after};

/// How far a search for a working day goes; whoever asks for more gets the furthest day reached.
pub(super) const FURTHEST_DAYS: usize = 366 * 30;

impl Calendar {
    /// The first working day after `date`.
    pub fn next_workday(&self, date: NaiveDate) -> NaiveDate {
        self.workdays_after(date, 1)
    }

    /// `date` if people work on it, else the next day on which they do.
    pub fn workday_from(&self, date: NaiveDate) -> NaiveDate {
        if self.is_workday(date) { date } else { self.next_workday(date) }
    }

    /// The `n`th working day after `date`; `date` itself for 0.
    pub fn workdays_after(&self, date: NaiveDate, n: u32) -> NaiveDate {
        self.nth_workday(date, n, 1)
    }

    /// The `n`th working day before `date`; `date` itself for 0.
    pub fn workdays_before(&self, date: NaiveDate, n: u32) -> NaiveDate {
        self.nth_workday(date, n, -1)
    }

    fn nth_workday(&self, date: NaiveDate, n: u32, step: i64) -> NaiveDate {
        let mut day = date;
        let mut left = n;
        for _ in 0..FURTHEST_DAYS {
            if left == 0 {
                break;
            }
            day = after(day, step);
            left -= u32::from(self.is_workday(day));
        }
        day
    }

    /// How many working days lie after `from`, up to and including `to`; 0 when `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        u32::try_from(days.filter(|day| self.is_workday(*day)).count()).unwrap_or(u32::MAX)
    }

    /// `time` on the first working day after the day of `at`.
    pub fn next_workday_at(&self, at: DateTime<Utc>, time: NaiveTime) -> DateTime<Utc> {
        self.instant(self.next_workday(self.date(at)).and_time(time))
    }

    /// `hours` hours after `at`, by any clock.
    pub fn add_hours(&self, at: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
        at.checked_add_signed(TimeDelta::hours(i64::from(hours))).unwrap_or(at)
    }

    /// When `hours` working hours have passed since `from`. A count that ends with the day ends at closing.
    pub fn add_working_hours(&self, from: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
        let mut left = TimeDelta::hours(i64::from(hours));
        let mut reached = from;
        if left.is_zero() {
            return from;
        }
        for day in self.date(from).iter_days().take(FURTHEST_DAYS).filter(|day| self.is_workday(*day)) {
            let (opens, closes) = (self.opening(day).max(from), self.closing(day));
            if closes <= opens {
                continue;
            }
            if opens + left <= closes {
                return opens + left;
            }
            left -= closes - opens;
            reached = closes;
        }
        reached
    }

    /// How much working time lies between two instants; zero when `to` is not later.
    pub fn working_time_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        if to <= from {
            return TimeDelta::zero();
        }
        let last = self.date(to);
        let days = self.date(from).iter_days().take_while(|day| *day <= last);
        days.filter(|day| self.is_workday(*day))
            .map(|day| self.closing(day).min(to) - self.opening(day).max(from))
            .filter(|part| *part > TimeDelta::zero())
            .sum()
    }
}
