//! How times are said to people (style/messages.md 1.8): as they say them themselves, exact in brackets where it
//! matters, never a bare ISO date. What [`Calendar::spoken_time`] says, `language` understands as the same instant.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

use super::Calendar;

/// 「35 分钟」「1 小时 20 分钟」「5 小时」「2 天 4 小时」「12 天」, rounded down; minutes only below two hours, hours only below
/// ten days.
pub fn spoken_duration(length: TimeDelta) -> String {
    let minutes = length.num_minutes().max(0);
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    match (days, hours, minutes % 60) {
        (0, 0, 0) => "不到 1 分钟".to_owned(),
        (0, 0, minutes) => format!("{minutes} 分钟"),
        (0, 1, minutes) if minutes > 0 => format!("1 小时 {minutes} 分钟"),
        (0, hours, _) => format!("{hours} 小时"),
        (1..10, 1.., _) => format!("{days} 天 {hours} 小时"),
        _ => format!("{days} 天"),
    }
}

/// 「周一」 to 「周日」.
pub fn spoken_weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "周一",
        Weekday::Tue => "周二",
        Weekday::Wed => "周三",
        Weekday::Thu => "周四",
        Weekday::Fri => "周五",
        Weekday::Sat => "周六",
        Weekday::Sun => "周日",
    }
}

/// 「上午 9:30」「中午 12:00」「下午 3:00」「晚上 7:15」; seconds are dropped.
pub fn spoken_clock(time: NaiveTime) -> String {
    let part = match time.hour() {
        0..6 => "凌晨",
        6..9 => "早上",
        9..12 => "上午",
        12 => "中午",
        13..18 => "下午",
        _ => "晚上",
    };
    let hour = if time.hour() > 12 { time.hour() - 12 } else { time.hour() };
    format!("{part} {hour}:{:02}", time.minute())
}

impl Calendar {
    /// 「12月1日（周二）」, with the year when it is not that of `now`: 「2027年1月5日（周二）」.
    pub fn spoken_month_day(&self, date: NaiveDate, now: DateTime<Utc>) -> String {
        format!("{}（{}）", self.month_day(date, now), spoken_weekday(date.weekday()))
    }

    /// The day of `at` as one says it at `now`: 「今天」「明天」「后天」「周五」「下周二」「上周四」「12月20日」.
    pub fn spoken_day(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let day = self.date(at);
        self.relative_day(day, now).unwrap_or_else(|| self.month_day(day, now))
    }

    /// 「今天下午 3:00」「明天下午 3:00（12月3日 周四）」, further away 「12月20日（周日）下午 3:00」.
    pub fn spoken_time(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let local = self.local(at);
        let day = local.date_naive();
        let clock = spoken_clock(local.time());
        match self.relative_day(day, now) {
            Some(relative) if day == self.date(now) => format!("{relative}{clock}"),
            Some(relative) => {
                let exact = self.month_day(day, now);
                format!("{relative}{clock}（{exact} {}）", spoken_weekday(day.weekday()))
            }
            None => format!("{}{clock}", self.spoken_month_day(day, now)),
        }
    }

    fn month_day(&self, date: NaiveDate, now: DateTime<Utc>) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        if year == self.date(now).year() {
            format!("{month}月{day}日")
        } else {
            format!("{year}年{month}月{day}日")
        }
    }

    /// The name of a day near `now`; `None` beyond the weeks before and after this one.
    fn relative_day(&self, day: NaiveDate, now: DateTime<Utc>) -> Option<String> {
        let today = self.date(now);
        let near = match (day - today).num_days() {
            -2 => Some("前天"),
            -1 => Some("昨天"),
            0 => Some("今天"),
            1 => Some("明天"),
            2 => Some("后天"),
            _ => None,
        };
        if let Some(near) = near {
            return Some(near.to_owned());
        }
        let monday = |date: NaiveDate| date.week(Weekday::Mon).checked_first_day();
        let weeks = (monday(day)? - monday(today)?).num_weeks();
        let week = match weeks {
            -1 => "上",
            0 => "",
            1 => "下",
            _ => return None,
        };
        Some(format!("{week}{}", spoken_weekday(day.weekday())))
    }
}
