//! Which reading an expression has, by what its clause tells and what was said before.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::super::text::Text;
use super::bounds::Suffix;
use super::clocks::Clock;
use super::days::{Days, Shape};
use super::expressions::{Expression, Place, What, other_end};
use super::tense::Tense;
use super::{Edge, Present, Reading, Time, hour, moved};

const HOUR: &str = "没说上午下午的 1 到 6 点算下午；钟点已过就算明天";
const PART: &str = "只说时段就是那一段时间；时段已过就算明天";
const JOINED: &str = "钟点属于前面刚说的那一天";
const LASTING: &str = "说的是多长时间";

/// The time that `expression` says behind those `found` before it.
pub(super) fn time(
    text: &Text<'_>,
    expression: &Expression,
    tense: Tense,
    found: &[Time],
    present: Present<'_>,
) -> Option<Time> {
    let time = |reading, why| Time {
        reading,
        alternatives: Vec::new(),
        span: expression.span.clone(),
        past: false,
        vague: false,
        why,
        clock: None,
        joined: false,
    };
    match &expression.what {
        What::Counted(counted) => {
            Some(Time { past: counted.past, vague: counted.vague, ..time(counted.reading, counted.why) })
        }
        What::Lasting(said) => Some(time(Reading::Lasting(said.length), LASTING)),
        What::Place(place) => {
            let read = Read { text, place, tense, present };
            match place.days {
                Some(days) => read.on(days, time(Reading::Date(days.ahead.0), days.why)),
                None => {
                    let clock = place.clock?;
                    read.alone(clock, found, time(Reading::Date(present.today()), HOUR))
                }
            }
        }
    }
}

struct Read<'r, 't> {
    text: &'r Text<'t>,
    place: &'r Place,
    tense: Tense,
    present: Present<'r>,
}

impl Read<'_, '_> {
    /// A day, perhaps with an hour.
    fn on(&self, days: Days, time: Time) -> Option<Time> {
        let today = self.present.today();
        let told = days.told.filter(|told| self.is_told(days, *told));
        let (first, last) = told.unwrap_or(days.ahead);
        let mut time = Time { past: told.is_some() || last < today, vague: days.vague, ..time };
        if let Some(from) = self.place.to {
            return self.range(from, first, time);
        }
        if let Some(clock) = self.place.clock {
            time = self.clocked(clock, first, time)?;
            let said_today = first == today && !time.past && self.place.bound.is_none();
            if said_today {
                time.past = self.is_over(clock, today);
            }
        } else {
            let plain = match (days.shape, first == last) {
                (Shape::Stretch, _) | (_, false) => Reading::Days(first, last),
                _ => Reading::Date(first),
            };
            let bound = self.place.bound.map(|bound| day_bound(days, (first, last), bound));
            time.reading = match bound {
                Some(edge) => edge?,
                None => plain,
            };
            let other = days.other.filter(|_| self.place.bound.is_none() && told.is_none());
            time.alternatives = other.map(Reading::Date).into_iter().collect();
            // 今天 alone is when the note was written.
            let said_today = (first, last) == (today, today) && self.place.bound.is_none();
            if said_today && !time.past {
                let named = matches!(self.text.get(time.span.start), Some('今'));
                time.past = self.tense.told || named && !self.tense.planned;
            }
        }
        Some(time)
    }

    /// Whether the sentence tells of the earlier reading. What is over for weeks rather than to come in a year was meant
    /// of old, unless something is planned.
    fn is_told(&self, days: Days, told: (NaiveDate, NaiveDate)) -> bool {
        const RECENT_DAYS: i64 = 45;
        const FURTHEST_DAYS: i64 = 250;
        let today = self.present.today();
        let ago = (today - told.1).num_days();
        let limit = matches!(self.place.bound, Some(Suffix::Before | Suffix::Within));
        if limit || ago > FURTHEST_DAYS {
            return false;
        }
        let far = (days.ahead.0 - today).num_days() > 300;
        let recent =
            days.bare && days.shape == Shape::Day && !days.vague && (0..=RECENT_DAYS).contains(&ago) && far;
        if recent { !self.tense.planned || self.tense.told } else { self.tense.told }
    }

    fn range(&self, from: usize, first: NaiveDate, mut time: Time) -> Option<Time> {
        let timed = self.place.clock.is_some();
        let other = other_end(self.text, from, first, timed, self.present)?;
        let ends = self.place.clock.and_then(Clock::begins).zip(other.clock.and_then(Clock::begins));
        time.reading = match ends {
            Some((start, end)) => Reading::Hours(first.and_time(start), other.last.and_time(end)),
            None => Reading::Days(first, other.last),
        };
        time.vague = false;
        time.past = other.last < self.present.today();
        Some(time)
    }

    /// An hour or part on `date`, with its bound.
    fn clocked(&self, clock: Clock, date: NaiveDate, mut time: Time) -> Option<Time> {
        time.clock = Some(clock);
        let Some(said) = clock.time else {
            let part = clock.part?;
            let (from, to) = (part.window().from, part.window().to);
            let edge = |hour| Some(Edge::At(at_hour(date, hour)?));
            time.vague = true;
            time.reading = match self.place.bound {
                Some(Suffix::Before) => Reading::By(edge(from)?),
                Some(Suffix::Within) => Reading::By(edge(to)?),
                Some(Suffix::After) => Reading::Since(edge(to)?),
                Some(Suffix::From) => Reading::Since(edge(from)?),
                None => Reading::Part(date, part.window()),
            };
            return Some(time);
        };
        let evening = clock.or_evening && self.tense.evening;
        let shown = if evening { later(said)? } else { said };
        let day = if clock.next_day { date.succ_opt()? } else { date };
        let at = day.and_time(shown);
        time.vague |= clock.or_evening;
        time.reading = match (self.place.bound, clock.until) {
            (None, Some(until)) => Reading::Hours(at, day.and_time(until)),
            (None, None) => Reading::Instant(at),
            (Some(Suffix::Before | Suffix::Within), _) => Reading::By(Edge::At(at)),
            (Some(Suffix::After | Suffix::From), _) => Reading::Since(Edge::At(at)),
        };
        if clock.or_evening && self.place.bound.is_none() && clock.until.is_none() {
            let other = if evening { Some(said) } else { later(said) };
            time.alternatives =
                other.map(|other| Reading::Instant(day.and_time(other))).into_iter().collect();
        }
        if let Some(at) = time.reading.begins() {
            time.past |= at.date() < self.present.today() && self.place.bound.is_none();
        }
        Some(time)
    }

    /// Whether the hour or part said of today is over and told.
    fn is_over(&self, clock: Clock, today: NaiveDate) -> bool {
        let now = self.present.wall();
        let ends = match (clock.begins(), clock.part) {
            (Some(time), _) => Some(today.and_time(time)).filter(|_| !clock.next_day),
            (None, Some(part)) => {
                let began = at_hour(today, part.window().from).is_some_and(|from| from <= now);
                if self.tense.told && began { Some(now) } else { at_hour(today, part.window().to) }
            }
            (None, None) => None,
        };
        ends.is_some_and(|ends| ends <= now)
    }

    /// 「下午去宏远」「三点到」: an hour without a day belongs to the day said shortly before, else it is today's, or
    /// tomorrow's once it has passed.
    fn alone(&self, clock: Clock, found: &[Time], time: Time) -> Option<Time> {
        let (today, now) = (self.present.today(), self.present.wall());
        if let Some(day) = found.last().and_then(|before| self.day_before(before, &time)) {
            let joined = self.clocked(clock, day, Time { why: JOINED, joined: true, ..time.clone() })?;
            if joined.reading.begins().is_some_and(|begins| begins > now) {
                return Some(joined);
            }
        }
        let tomorrow = today.succ_opt()?;
        let mut read = self.clocked(clock, today, time)?;
        let told = self.tense.told && self.place.bound.is_none();
        if clock.time.is_none() {
            read.why = PART;
            let to = clock.part.and_then(|part| at_hour(today, part.window().to))?;
            if self.place.bound.is_some() {
                return self.future(read, clock, tomorrow);
            }
            // 「下午去了」 said in the morning speaks of an afternoon before.
            read.past = told || to <= now && (!self.tense.planned || self.tense.reported);
            if to <= now && !read.past {
                read = self.clocked(clock, tomorrow, read)?;
            }
            return Some(read);
        }
        if read.reading.begins().is_some_and(|begins| begins > now) {
            return Some(read);
        }
        if told {
            return Some(Time { past: true, ..read });
        }
        let others = std::mem::take(&mut read.alternatives);
        read = self.future(read, clock, tomorrow)?;
        // 8点 said at half past nine: tomorrow at eight, or tonight.
        let tonight = |other: &Reading| other.begins().is_some_and(|begins| begins > now);
        if let Some(other) = others.into_iter().find(tonight) {
            read.alternatives = vec![other];
        }
        Some(Time { vague: true, ..read })
    }

    /// `read` if it is to come, else the same tomorrow.
    fn future(&self, read: Time, clock: Clock, tomorrow: NaiveDate) -> Option<Time> {
        let over = read.reading.begins().is_some_and(|begins| begins <= self.present.wall());
        if over {
            self.clocked(clock, tomorrow, Time { alternatives: Vec::new(), ..read })
        } else {
            Some(read)
        }
    }

    /// The day of the time said before, if the hour `time` stands near enough to belong to it.
    fn day_before(&self, before: &Time, time: &Time) -> Option<NaiveDate> {
        const FURTHEST: usize = 24;
        let day = match before.reading {
            Reading::Date(day) | Reading::Part(day, _) => day,
            Reading::Instant(at) | Reading::Hours(at, _) => at.date(),
            Reading::Days(..) | Reading::By(_) | Reading::Since(_) | Reading::Lasting(_) => return None,
        };
        let between = before.span.end..time.span.start;
        let near = between.len() <= FURTHEST
            && !self.text.chars(between).iter().any(|c| matches!(c, '。' | ';' | '\n'));
        (near && !before.past).then_some(day)
    }
}

fn day_bound(days: Days, (first, last): (NaiveDate, NaiveDate), bound: Suffix) -> Option<Reading> {
    let by = |day| Reading::By(Edge::Day(day));
    let since = |day| Reading::Since(Edge::Day(day));
    Some(match (bound, days.shape) {
        (Suffix::Before, Shape::Day) | (Suffix::Within, _) => by(last),
        (Suffix::Before, Shape::Festival(_) | Shape::Stretch) => by(moved(first, -1)?),
        (Suffix::After, Shape::Festival(after)) => since(after),
        (Suffix::After, Shape::Day | Shape::Stretch) => since(moved(last, 1)?),
        (Suffix::From, _) => since(first),
    })
}

impl Reading {
    /// Its first moment, as far as it has one; of a bound the bound itself.
    pub(super) fn begins(self) -> Option<NaiveDateTime> {
        match self {
            Self::Instant(at) | Self::Hours(at, _) => Some(at),
            Self::By(Edge::At(at)) | Self::Since(Edge::At(at)) => Some(at),
            Self::Part(date, window) => at_hour(date, window.to),
            Self::Date(date) | Self::Days(date, _) => Some(date.and_time(NaiveTime::MIN)),
            Self::By(Edge::Day(date)) | Self::Since(Edge::Day(date)) => Some(date.and_time(NaiveTime::MIN)),
            Self::Lasting(_) => None,
        }
    }
}

impl Clock {
    /// When it begins, if an hour was said.
    fn begins(self) -> Option<NaiveTime> {
        self.time
    }
}

/// Twelve hours later on the same day.
fn later(time: NaiveTime) -> Option<NaiveTime> {
    let (later, days) = time.overflowing_add_signed(TimeDelta::hours(12));
    (days == 0).then_some(later)
}

/// `window`'s hour on `date`; 24 is the next midnight.
fn at_hour(date: NaiveDate, at: u32) -> Option<NaiveDateTime> {
    if at == 24 { Some(date.succ_opt()?.and_time(NaiveTime::MIN)) } else { Some(date.and_time(hour(at))) }
}
