//! Times as a note needs them: one moment each, on a working day where the words leave it open, and told apart into what
//! is planned and what has happened.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::text::Text;
pub(super) use super::times::Present;
use super::times::{self, Edge, Reading, Time};

/// A day, or a time on it, that was said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// The instant; of an all-day moment the opening of working hours on its day, which may already be over.
    pub at: DateTime<Utc>,
    /// The day, in the calendar's zone.
    pub day: NaiveDate,
    /// The time on it; `None` when the day alone was said.
    pub time: Option<NaiveTime>,
    /// When it ends, if that was said: 三点到四点.
    pub until: Option<DateTime<Utc>>,
    /// It is a deadline: 周五前, 三天内.
    pub by: bool,
    /// It says only from when on: 元旦以后.
    pub since: bool,
    /// The words leave it open; `at` is our reading: 下午 is 14:00, 下周 its first working day.
    pub vague: bool,
    /// The words, as written.
    pub said: String,
}

impl Moment {
    /// Whether the day alone was said.
    pub fn all_day(&self) -> bool {
        self.time.is_none()
    }
}

/// A moment where it stands in the text.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) moment: Moment,
    pub(super) span: Range<usize>,
    /// The last day, where a range of days was said.
    pub(super) last: Option<NaiveDate>,
    /// The last day of what was said, on whatever day work ends.
    pub(super) end: NaiveDate,
    /// It has happened: 昨天见了张总.
    pub(super) past: bool,
}

/// Every moment in `text`, in its order. A length of time is none.
pub(super) fn moments(text: &Text<'_>, present: Present<'_>) -> Vec<Told> {
    let mut found: Vec<Told> = Vec::new();
    for time in times::read(text, present) {
        let Some(told) = told(text, &time, present) else { continue };
        // 「下周二看厂，下午三点到」 is one moment, 「周一9点评审，下午2点签字」 are two.
        match found.last_mut() {
            Some(day) if time.joined && day.moment.all_day() && day.moment.day == told.moment.day => {
                let said = format!("{}{}", day.moment.said, told.moment.said);
                let vague = told.moment.vague || day.moment.vague;
                day.moment = Moment { said, vague, ..told.moment };
            }
            _ => found.push(told),
        }
    }
    found
}

fn told(text: &Text<'_>, time: &Time, present: Present<'_>) -> Option<Told> {
    let calendar = present.calendar;
    let today = calendar.date(present.now);
    let said = text.raw(time.span.clone()).trim().to_owned();
    let vague = time.vague;
    let on = |day: NaiveDate| Moment {
        at: calendar.opening(day),
        day,
        time: None,
        until: None,
        by: false,
        since: false,
        vague,
        said: said.clone(),
    };
    let at = |at: NaiveDateTime| Moment {
        at: calendar.instant(at),
        day: at.date(),
        time: Some(at.time()),
        ..on(at.date())
    };
    let work_until = |day| if calendar.is_workday(day) { day } else { calendar.workdays_before(day, 1) };
    // Our reading of vague words is a working day.
    let working = |day: NaiveDate| {
        let open = vague && time.alternatives.is_empty() && !time.past;
        let last_of_month = day.succ_opt().is_some_and(|next| next.month() != day.month());
        match (open, last_of_month) {
            (false, _) => day,
            (true, true) => work_until(day).max(today),
            (true, false) => calendar.workday_from(day),
        }
    };
    let moment = match time.reading {
        Reading::Instant(wall) => at(wall),
        Reading::Hours(start, end) => Moment { until: Some(calendar.instant(end)), ..at(start) },
        Reading::Date(day) => begun(on(working(day)), time, present),
        Reading::Part(day, _) => {
            let usual = time.clock.and_then(|clock| clock.part)?.usual(calendar.work_hours());
            let moment = at(day.and_time(usual));
            // The part of the day has begun: all that is known is that it is still today.
            let begun = day == today && !time.past && moment.at <= present.now;
            if begun { on(day) } else { moment }
        }
        // 比去年多: so long a time is no moment.
        Reading::Days(first, last) if time.past && (last - first).num_days() > 31 => return None,
        Reading::Days(first, last) if time.past => on(if last < today { first } else { first.min(today) }),
        Reading::Days(first, last) if !vague => on(first.max(today).min(last)),
        Reading::Days(first, last) if first <= today => on(work_until(last).max(today)),
        Reading::Days(first, _) => on(calendar.workday_from(first)),
        Reading::By(Edge::Day(day)) => {
            let day = if vague { work_until(day).max(today) } else { day };
            Moment { by: true, ..on(day) }
        }
        Reading::By(Edge::At(wall)) => Moment { by: true, ..at(wall) },
        Reading::Since(Edge::Day(day)) => {
            let day = if vague { calendar.workday_from(day) } else { day };
            Moment { since: true, ..on(day) }
        }
        Reading::Since(Edge::At(wall)) => at(wall),
        Reading::Lasting(_) => return None,
    };
    let last = match time.reading {
        Reading::Days(_, last) => Some(last),
        _ => None,
    };
    let end = match time.reading {
        Reading::Date(day) | Reading::Days(_, day) | Reading::By(Edge::Day(day)) => day,
        Reading::By(Edge::At(wall)) => wall.date(),
        Reading::Part(..)
        | Reading::Instant(_)
        | Reading::Hours(..)
        | Reading::Since(_)
        | Reading::Lasting(_) => moment.day,
    };
    Some(Told { moment, span: time.span.clone(), last, end, past: time.past })
}

/// A day whose working hours have begun is open until its end.
fn begun(moment: Moment, time: &Time, present: Present<'_>) -> Moment {
    let today = moment.day == present.calendar.date(present.now);
    let vague = moment.vague || today && !time.past && moment.at <= present.now;
    Moment { vague, ..moment }
}
