//! Days and times of day joined to moments, and each told apart: a plan, or something that has happened.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

use super::clocks::{Clock, clock_at};
use super::days::{Day, Today, day_at};
use super::numbers::small;
use super::text::Text;
use crate::calendar::Calendar;

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
    /// It has happened: 昨天见了张总.
    pub(super) past: bool,
}

/// What moments are read against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) calendar: &'a Calendar,
}

/// Every moment in `text`, in its order.
pub(super) fn moments(text: &Text<'_>, present: Present<'_>) -> Vec<Told> {
    let mut found: Vec<Told> = Vec::new();
    for clause in text.clauses() {
        let tense = Tense::of(text, clause.clone());
        let mut at = clause.start;
        while at < clause.end {
            let told = present.told_at(text, at, &tense);
            let Some((told, clock)) = told else {
                at += 1;
                continue;
            };
            at = told.span.end.max(at + 1);
            let told = match (clock, found.last_mut()) {
                (Some(clock), Some(day)) => present.join(day, clock, told, text),
                _ => Some(told),
            };
            found.extend(told);
        }
    }
    found
}

/// What a clause says of its time.
struct Tense {
    told: bool,
    planned: bool,
    /// Someone said something.
    reported: bool,
}

impl Tense {
    fn of(text: &Text<'_>, clause: Range<usize>) -> Self {
        const PLANS: &str = "\
            约 定在 定了 定好 准备 打算 计划 要 会议 再 去 过来 来看 来厂 来公司 见面 看厂 拜访 \
            上门 开会 演示 前 交 安排 预计 提醒 下午 晚上 出差 答应 回访 联系 应该";
        const DONE: &str = "已经 已 刚刚 刚 完成 见过 去过 聊过";
        let completed = clause.clone().any(|at| {
            text.get(at) == Some('了')
                && !text.before(at).is_some_and(|c| "约定订好除为说太算应罢极要".contains(c))
        });
        let done = text.has(clause.clone(), DONE) && !text.has(clause.clone(), "约 定");
        let reported = text.has(clause.clone(), "说 问 反馈 表示 提到");
        Self { told: completed || done, planned: text.has(clause, PLANS), reported }
    }
}

impl Present<'_> {
    fn today(&self) -> Today<'_> {
        Today { date: self.calendar.date(self.now), calendar: self.calendar }
    }

    /// What stands at `at`; the clock too when it stands there without a day.
    fn told_at(&self, text: &Text<'_>, at: usize, tense: &Tense) -> Option<(Told, Option<Clock>)> {
        if let Some(told) = self.soon(text, at) {
            return Some((told, None));
        }
        let work = self.calendar.work_hours();
        let Some(day) = day_at(text, at, self.today()) else {
            let clock = clock_at(text, at, false, work)?;
            return Some((self.clock_alone(text, at, clock, tense), Some(clock)));
        };
        let mut end = self.restated(text, day.end);
        let from = text.any(text.skip_blanks(end), "的").unwrap_or(end);
        let clock = clock_at(text, text.skip_blanks(from), true, work);
        if let Some(clock) = clock {
            end = self.restated(text, clock.end);
        }
        Some((self.day_told(text, at..end, day, clock, tense), None))
    }

    /// Where a repetition of the day behind it ends: 「（12月3日 周四）」「周四」.
    fn restated(&self, text: &Text<'_>, end: usize) -> usize {
        const FURTHEST: usize = 18;
        let from = text.skip_blanks(end);
        if text.get(from) == Some('(') {
            let close = (from..from + FURTHEST).find(|at| text.get(*at) == Some(')'));
            let is_day = day_at(text, text.skip_blanks(from + 1), self.today()).is_some();
            return close.filter(|_| is_day).map_or(end, |close| close + 1);
        }
        let weekday = text.any(from, "周 星期 礼拜").and_then(|_| day_at(text, from, self.today()));
        weekday.map_or(end, |day| day.end)
    }

    fn day_told(
        &self,
        text: &Text<'_>,
        span: Range<usize>,
        day: Day,
        clock: Option<Clock>,
        tense: &Tense,
    ) -> Told {
        let today = self.today().date;
        let (by, end) = deadline(text, span.end);
        let span = span.start..end;
        // A date of last month or week, told without any word of a plan, was not meant for next year.
        const RECENT_DAYS: i64 = 45;
        let told_earlier = day.earlier.filter(|earlier| {
            let recent = (today - *earlier).num_days() <= RECENT_DAYS && (day.date - today).num_days() > 300;
            !by && if recent { !tense.planned } else { tense.told }
        });
        let (date, mut past) = match told_earlier {
            Some(earlier) => (earlier, true),
            None => (day.date, day.past),
        };
        let mut moment = self.moment(date, clock, text.raw(span.clone()));
        moment.by = by;
        moment.vague |= day.vague;
        if date == today && !past {
            // 今天 alone is when the note was written; any other word for this day points to it.
            let said_today = matches!(text.get(span.start), Some('今' | '当'));
            past = match clock {
                Some(clock) if moment.at <= self.now => self.part_is_over(clock, today, tense) && !by,
                Some(_) => false,
                None => (tense.told || said_today && !tense.planned) && !by,
            };
            if !past && moment.at <= self.now {
                // The part of the day has begun: all that is known is that it is still today.
                moment = Moment { by, vague: true, ..self.moment(date, None, &moment.said) };
            }
        }
        Told { moment, span, past }
    }

    /// 「下午去宏远」「三点到」: a time without a day is today's, or tomorrow's once it has passed.
    fn clock_alone(&self, text: &Text<'_>, at: usize, clock: Clock, tense: &Tense) -> Told {
        let today = self.today().date;
        let (by, end) = deadline(text, clock.end);
        let said = text.raw(at..end);
        let mut moment = self.moment(today, Some(clock), said);
        // 「下午去了」 said in the morning speaks of an afternoon before.
        let mut past = tense.told && clock.part_ends.is_some();
        if moment.at <= self.now {
            if tense.told || (clock.part_ends.is_some() && (!tense.planned || tense.reported)) {
                past = true;
            } else if clock.part_ends.is_some() && !self.part_is_over(clock, today, tense) {
                moment = Moment { vague: true, ..self.moment(today, None, said) };
            } else {
                let tomorrow = self.calendar.date(self.calendar.end_of_day(today));
                moment = Moment { vague: true, ..self.moment(tomorrow, Some(clock), said) };
            }
        }
        Told { moment: Moment { by, ..moment }, span: at..end, past }
    }

    fn part_is_over(&self, clock: Clock, today: NaiveDate, tense: &Tense) -> bool {
        let ends = clock.part_ends.map(|ends| self.calendar.instant(today.and_time(ends)));
        ends.is_none_or(|ends| ends <= self.now) || tense.told
    }

    /// A time without a day belongs to the day said shortly before: 「下周二看厂，下午三点到」 is one moment, 「周一9点评审，
    /// 下午2点签字」 are two of one day. Gives back `told` unless it was taken up.
    fn join(&self, day: &mut Told, clock: Clock, told: Told, text: &Text<'_>) -> Option<Told> {
        const FURTHEST: usize = 24;
        let between = day.span.end..told.span.start;
        let near =
            between.len() <= FURTHEST && !text.chars(between).iter().any(|c| matches!(c, '。' | ';' | '\n'));
        let on_that_day = self.moment(day.moment.day, Some(clock), &told.moment.said);
        if !near || day.past || day.moment.by || on_that_day.at <= self.now {
            return Some(told);
        }
        let by = told.moment.by;
        if !day.moment.all_day() {
            return Some(Told { moment: Moment { by, ..on_that_day }, past: false, ..told });
        }
        let said = format!("{}{}", day.moment.said, told.moment.said);
        day.moment = Moment { said, vague: on_that_day.vague || day.moment.vague, by, ..on_that_day };
        None
    }

    fn moment(&self, date: NaiveDate, clock: Option<Clock>, said: &str) -> Moment {
        let said = said.trim().to_owned();
        let Some(clock) = clock else {
            let at = self.calendar.opening(date);
            return Moment { at, day: date, time: None, until: None, by: false, vague: false, said };
        };
        let day = if clock.next_day { date.succ_opt().unwrap_or(date) } else { date };
        let at = self.calendar.instant(day.and_time(clock.time));
        let until = clock.until.map(|until| self.calendar.instant(day.and_time(until)));
        Moment { at, day, time: Some(clock.time), until, by: false, vague: clock.vague, said }
    }

    /// 半小时后, 两个小时后, 20分钟后, to the minute.
    fn soon(&self, text: &Text<'_>, at: usize) -> Option<Told> {
        const UNITS: &[(&str, i64)] =
            &[("个小时", 60), ("小时", 60), ("个钟头", 60), ("个钟", 60), ("分钟", 1)];
        if text
            .before(at)
            .is_some_and(|c| c.is_ascii_alphanumeric() || "一二两三四五六七八九十百.".contains(c))
        {
            return None;
        }
        let (minutes, end) = if let Some(end) = text.any(at, "半个小时 半小时 半个钟") {
            (30, end)
        } else {
            let (count, end) = small(text, at)?;
            let half = text.word(end, "个半小时");
            match half {
                Some(end) => (i64::from(count) * 60 + 30, end),
                None => {
                    let (unit, end) = text.one_of(text.skip_blanks(end), UNITS)?;
                    (i64::from(count) * unit, end)
                }
            }
        };
        let end = text.any(end, "以后 之后 后 内")?;
        let instant = self.calendar.local(self.now.checked_add_signed(TimeDelta::minutes(minutes))?);
        let time = instant.time().with_second(0)?.with_nanosecond(0)?;
        let day = instant.date_naive();
        let moment = Moment {
            at: self.calendar.instant(day.and_time(time)),
            day,
            time: Some(time),
            until: None,
            by: false,
            vague: false,
            said: text.raw(at..end).to_owned(),
        };
        Some(Told { moment, span: at..end, past: false })
    }
}

/// Whether the words go on as a deadline, and where they end then.
fn deadline(text: &Text<'_>, end: usize) -> (bool, usize) {
    let found = text.any(end, "之前 以前 前 之内 以内 内 截止");
    match found {
        Some(after) if !text.get(after).is_some_and(|c| "台天面线期景往提段容部".contains(c)) => {
            (true, after)
        }
        _ => (false, end),
    }
}
