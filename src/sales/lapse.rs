//! When a deal is overdue. A lapse is one stretch without a follow-up: it begins at the last follow-up, or at the
//! end of the day of an agreed date, and ends with the next follow-up or the closing (product.md 1.2).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;

/// How long a stage may go without a follow-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// The length.
    pub hours: u32,
    /// Whether only working hours count.
    #[serde(default)]
    pub working: bool,
}

impl Limit {
    /// The instant at which a lapse that began at `start` is over this limit.
    pub fn ends(self, start: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
        if self.working {
            calendar.add_working_hours(start, self.hours)
        } else {
            start + TimeDelta::hours(i64::from(self.hours))
        }
    }
}

/// At most so many working days an agreed date holds the clock, per lapse.
pub const HELD_AT_MOST_WORKDAYS: u32 = 14;

/// One stretch without a follow-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lapse {
    /// Where the clock began to run: the lapse's name.
    pub start: DateTime<Utc>,
    /// When the owner is to be warned.
    pub warn_at: DateTime<Utc>,
    /// When it goes to the manager.
    pub escalate_at: DateTime<Utc>,
}

impl Lapse {
    /// The lapse of a deal last followed up at `last`, whose agreed dates (next step, planned meetings) are `agreed`.
    pub fn of(last: DateTime<Utc>, agreed: &[NaiveDate], limit: Limit, calendar: &Calendar) -> Self {
        let held_until = agreed.iter().max().map(|day| {
            let furthest = calendar.workdays_after(calendar.date(last), HELD_AT_MOST_WORKDAYS);
            calendar.end_of_day(*day.min(&furthest))
        });
        let start = held_until.filter(|end| *end > last).unwrap_or(last);
        let warn_at = limit.ends(start, calendar);
        Self { start, warn_at, escalate_at: limit.ends(warn_at, calendar) }
    }
}
