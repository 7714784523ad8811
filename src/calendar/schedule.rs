//! Schedules as admins write them in `schedule.toml`: `workdays 08:50`, `weekly 周五 17:30`, or five-field cron with
//! weekdays by name. The `cron` crate wants six fields and counts Sunday as 1, so the text is translated; it runs on
//! the wall's time, and each run becomes an instant by [`Calendar::instant`].

use std::fmt::Write as _;
use std::str::FromStr;

use chrono::{DateTime, NaiveTime, TimeZone, Utc};
use cron::{Schedule, TimeUnitSpec};
use serde::Deserialize;

use super::{Calendar, spoken_weekday};

/// When something goes out.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct When {
    said: String,
    rule: Rule,
}

#[derive(Clone, PartialEq, Debug)]
enum Rule {
    /// Every working day, 调休 ones too, holidays not.
    Workdays(NaiveTime),
    Cron(Box<Schedule>),
}

/// What is wrong with a schedule's text, with the cure.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WhenError {
    /// Not a form we know.
    #[error(
        "{0:?} is no schedule: write `workdays 08:50`, `weekly FRI 17:30`, or five cron fields like `30 17 * * FRI`"
    )]
    Form(String),
    /// Cron of another length.
    #[error("{0:?} has {1} fields: write five (minute hour day month weekday), like `50 8 * * MON-FRI`")]
    Fields(String, usize),
    /// 1 is Monday to some programs and Sunday to others.
    #[error(
        "weekday {0:?} is a number, which cron programs read differently: write its name, like `MON-FRI` or `SUN`"
    )]
    NumberedWeekday(String),
    /// Not the name of a weekday.
    #[error("{0:?} is no weekday: write MON, TUE, WED, THU, FRI, SAT or SUN, like `50 8 * * MON-FRI`")]
    Weekday(String),
    /// Some programs then want either to fit, some both.
    #[error(
        "{0:?} limits both day and weekday, which cron programs read differently: put `*` in one of them"
    )]
    DayAndWeekday(String),
    /// Not a time of day.
    #[error("{0:?} is no time of day: write 24 hours and minutes, like `08:50`")]
    Time(String),
    /// Fields that the cron crate refuses.
    #[error(
        "{0:?} has a field out of range: minute 0-59, hour 0-23, day 1-31, month 1-12, like `50 8 * * MON-FRI`"
    )]
    Range(String),
    /// A day that no year has.
    #[error("{0:?} never happens: choose a day that the month has, like `0 9 28 2 *`")]
    Never(String),
}

impl When {
    /// Reads an admin's text.
    ///
    /// # Errors
    /// When it is no schedule, may be read in two ways, or never happens; the text says the cure.
    pub fn parse(text: &str) -> Result<Self, WhenError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let rule = match fields[..] {
            [word, time] if word.eq_ignore_ascii_case("workdays") => Rule::Workdays(time_of_day(time)?),
            [word, days, time] if word.eq_ignore_ascii_case("weekly") => {
                let time = time_of_day(time)?.format("%-M %-H");
                cron(text, &format!("0 {time} * * {}", weekdays(days)?))?
            }
            [minute, hour, day, month, weekday] => {
                let weekday = weekdays(weekday)?;
                if !is_any(day) && weekday != "*" {
                    return Err(WhenError::DayAndWeekday(text.to_owned()));
                }
                cron(text, &format!("0 {minute} {hour} {day} {month} {weekday}"))?
            }
            _ if fields
                .first()
                .is_some_and(|field| field.starts_with(|c: char| c.is_ascii_digit() || c == '*')) =>
            {
                return Err(WhenError::Fields(text.to_owned(), fields.len()));
            }
            _ => return Err(WhenError::Form(text.to_owned())),
        };
        Ok(Self { said: fields.join(" "), rule })
    }

    /// The text as the admin wrote it.
    pub fn as_str(&self) -> &str {
        &self.said
    }

    /// The first run later than `at`; `None` when there is none before the year 2100.
    pub fn next_after(&self, at: DateTime<Utc>, calendar: &Calendar) -> Option<DateTime<Utc>> {
        match &self.rule {
            Rule::Workdays(time) => {
                let today = calendar.date(at);
                [calendar.workday_from(today), calendar.next_workday(today)]
                    .map(|day| calendar.instant(day.and_time(*time)))
                    .into_iter()
                    .find(|run| *run > at)
            }
            // The wall's time, dressed as UTC so that the crate neither skips nor doubles a run in a change of offset.
            Rule::Cron(schedule) => schedule
                .after(&Utc.from_utc_datetime(&calendar.local(at).naive_local()))
                .map(|shown| calendar.instant(shown.naive_utc()))
                .find(|run| *run > at),
        }
    }

    /// The runs later than `at`, in order.
    pub fn upcoming(&self, at: DateTime<Utc>, calendar: &Calendar) -> impl Iterator<Item = DateTime<Utc>> {
        std::iter::successors(self.next_after(at, calendar), move |run| self.next_after(*run, calendar))
    }

    /// In Chinese, for people: 「每个工作日 08:50」「每周五 17:30」「每月 1 号 09:00」.
    pub fn describe(&self) -> String {
        match &self.rule {
            Rule::Workdays(time) => format!("每个工作日 {}", time.format("%H:%M")),
            Rule::Cron(schedule) => format!("{} {}", describe_days(schedule), describe_times(schedule)),
        }
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for When {
    type Error = WhenError;

    fn try_from(text: String) -> Result<Self, WhenError> {
        Self::parse(&text)
    }
}

fn cron(text: &str, six_fields: &str) -> Result<Rule, WhenError> {
    let schedule = Schedule::from_str(six_fields).map_err(|_| WhenError::Range(text.to_owned()))?;
    // From here to 2100, where the crate ends, every day that there is comes up, 29 February too.
    if schedule.after(&DateTime::UNIX_EPOCH).next().is_none() {
        return Err(WhenError::Never(text.to_owned()));
    }
    Ok(Rule::Cron(Box::new(schedule)))
}

fn time_of_day(text: &str) -> Result<NaiveTime, WhenError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| WhenError::Time(text.to_owned()))
}

fn is_any(field: &str) -> bool {
    matches!(field, "*" | "?")
}

/// The three letters that the cron crate knows, Monday first.
const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// A weekday field as the cron crate takes it: names only, ranges written out, since `SAT-MON` would end before it
/// begins where Sunday is 1.
fn weekdays(field: &str) -> Result<String, WhenError> {
    if is_any(field) {
        return Ok("*".to_owned());
    }
    if field.contains(|c: char| c.is_ascii_digit()) {
        return Err(WhenError::NumberedWeekday(field.to_owned()));
    }
    let mut chosen = [false; 7];
    for part in field.split([',', '、']) {
        let (first, last) = part.split_once('-').or_else(|| part.split_once('至')).unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        let length = (last + 7 - first) % 7;
        for step in 0..=length {
            chosen[(first + step) % 7] = true;
        }
    }
    if chosen == [true; 7] {
        return Ok("*".to_owned());
    }
    let names: Vec<&str> =
        WEEKDAYS.into_iter().zip(chosen).filter(|(_, is)| *is).map(|(name, _)| name).collect();
    Ok(names.join(","))
}

/// Monday is 0. Takes `MON`, `Monday`, 「周一」.
fn weekday(name: &str) -> Result<usize, WhenError> {
    let chinese = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    let english = name.parse::<chrono::Weekday>().ok().map(|day| day.num_days_from_monday() as usize);
    english
        .or_else(|| chinese.iter().position(|day| *day == name))
        .ok_or_else(|| WhenError::Weekday(name.to_owned()))
}

fn describe_days(schedule: &Schedule) -> String {
    let mut said = String::new();
    if !schedule.months().is_all() {
        let months: Vec<u32> = schedule.months().iter().collect();
        let _infallible = write!(said, "{} 月", listed(&months));
    }
    let dated = !schedule.days_of_month().is_all();
    if dated {
        let days: Vec<u32> = schedule.days_of_month().iter().collect();
        let prefix = if said.is_empty() { "每月 " } else { " " };
        let _infallible = write!(said, "{prefix}{} 号", listed(&days));
    }
    if !schedule.days_of_week().is_all() {
        // Sunday is 1 here; it is said last.
        let mut days: Vec<u32> = schedule.days_of_week().iter().map(|day| (day + 5) % 7).collect();
        days.sort_unstable();
        let names: Vec<&str> = days
            .iter()
            .filter_map(|day| chrono::Weekday::try_from(u8::try_from(*day).ok()?).ok())
            .map(spoken_weekday)
            .collect();
        let _infallible = match days[..] {
            [0, 1, 2, 3, 4] => write!(said, "每周一至周五"),
            _ => write!(said, "每{}", names.join("、")),
        };
    } else if !dated {
        said.push_str("每天");
    }
    said
}

fn describe_times(schedule: &Schedule) -> String {
    /// More times than these are told by their rule.
    const LISTED_AT_MOST: usize = 6;
    let hours: Vec<u32> = schedule.hours().iter().collect();
    let minutes: Vec<u32> = schedule.minutes().iter().collect();
    if hours.len() * minutes.len() <= LISTED_AT_MOST {
        let times =
            hours.iter().flat_map(|hour| minutes.iter().map(move |minute| format!("{hour:02}:{minute:02}")));
        return times.collect::<Vec<_>>().join("、");
    }
    let minutes = if minutes.len() == 60 {
        "每分钟".to_owned()
    } else {
        format!("每小时第 {} 分", listed(&minutes))
    };
    if hours.len() == 24 { minutes } else { format!("{} 点，{minutes}", listed(&hours)) }
}

/// 「1、15」, a run of three or more as 「9–18」.
fn listed(numbers: &[u32]) -> String {
    match numbers {
        [first, .., last] if numbers.len() > 2 && (last - first) as usize == numbers.len() - 1 => {
            format!("{first}–{last}")
        }
        _ => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join("、"),
    }
}
