//! Working days, quiet hours, schedules, and how times are said.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use genjin::calendar::{Calendar, CalendarError, CalendarRules, Festival, When, WhenError, spoken_duration};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Shanghai's wall time: `2026-11-24 09:30`.
fn at(text: &str) -> DateTime<Utc> {
    Calendar::default().instant(wall(text))
}

fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn shown(calendar: &Calendar, at: DateTime<Utc>) -> String {
    calendar.local(at).format("%Y-%m-%d %H:%M").to_string()
}

fn rules(toml: &str) -> CalendarRules {
    toml::from_str(toml).unwrap()
}

fn in_zone(zone: Tz) -> Calendar {
    Calendar::new(zone, rules("statutory = false")).unwrap()
}

#[test]
fn statutory_days_are_free_and_exchanged_weekends_are_worked() {
    let calendar = Calendar::default();
    for free in ["2026-10-01", "2026-10-07", "2026-02-17", "2026-06-19", "2026-11-28"] {
        assert!(!calendar.is_workday(day(free)), "{free}");
    }
    for worked in ["2026-10-10", "2026-02-14", "2026-09-20", "2026-11-24"] {
        assert!(calendar.is_workday(day(worked)), "{worked}");
    }
    assert_eq!(calendar.holiday(day("2026-10-03")), Some("国庆节"));
    assert_eq!(calendar.holiday(day("2026-10-10")), None, "a day that is worked in exchange is no holiday");
}

#[test]
fn year_not_announced_yet_has_weekends_only_and_says_so() {
    let calendar = Calendar::default();
    assert!(calendar.known(2026));
    assert!(!calendar.known(2045));
    assert!(calendar.is_workday(day("2045-10-02")), "a Monday");
    assert!(in_zone(Tz::Europe__Berlin).known(2045), "without statutory days nothing is missing");
}

#[test]
fn company_days_win_over_the_statutory_ones() {
    let calendar = Calendar::new(
        Tz::Asia__Shanghai,
        rules(
            r#"
            work_week = ["mon", "tue", "wed", "thu", "fri", "sat"]
            holidays = ["2026-11-24"]
            workdays = ["2026-10-07"]
            work_hours = { from = "08:30", to = "17:30" }
            "#,
        ),
    )
    .unwrap();
    assert!(!calendar.is_workday(day("2026-11-24")));
    assert!(calendar.is_workday(day("2026-10-07")));
    assert!(calendar.is_workday(day("2026-11-28")), "a Saturday of a six-day week");
    assert_eq!(shown(&calendar, calendar.opening(day("2026-11-25"))), "2026-11-25 08:30");
}

#[test]
fn rules_that_contradict_themselves_are_refused_with_the_cure() {
    let refused = |toml| Calendar::new(Tz::Asia__Shanghai, rules(toml)).unwrap_err();
    assert_eq!(refused(r#"work_hours = { from = "18:00", to = "09:00" }"#), CalendarError::WorkHours);
    assert_eq!(refused("work_week = []"), CalendarError::WorkWeek);
    let both = refused(
        r#"holidays = ["2026-12-01"]
workdays = ["2026-12-01"]"#,
    );
    assert_eq!(both.to_string(), "2026-12-01 stands in both holidays and workdays: keep it in one of them");
    assert!(toml::from_str::<CalendarRules>("holyday = []").is_err(), "an unknown key is an error");
}

#[test]
fn local_time_that_is_skipped_is_the_next_that_exists_and_a_doubled_one_is_the_first() {
    let new_york = in_zone(Tz::America__New_York);
    assert_eq!(
        new_york.instant(wall("2026-03-08 02:30")),
        "2026-03-08T07:00:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    assert_eq!(
        new_york.instant(wall("2026-11-01 01:30")),
        "2026-11-01T05:30:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    // Samoa went to bed on the 29th and rose on the 31st.
    let apia = in_zone(Tz::Pacific__Apia);
    assert_eq!(shown(&apia, apia.instant(wall("2011-12-30 12:00"))), "2011-12-31 00:00");
    assert_eq!(apia.end_of_day(day("2011-12-29")), apia.start_of_day(day("2011-12-31")));
}

#[test]
fn working_clock_stands_still_over_nights_weekends_and_breaks() {
    let calendar = Calendar::default();
    let cases = [
        ("2026-11-24 09:30", 4, "2026-11-24 13:30"),
        ("2026-11-24 16:00", 4, "2026-11-25 11:00"),
        ("2026-11-27 16:00", 4, "2026-11-30 11:00"),
        ("2026-11-28 12:00", 1, "2026-11-30 10:00"),
        ("2026-11-24 09:00", 9, "2026-11-24 18:00"),
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),
        ("2026-11-24 09:00", 0, "2026-11-24 09:00"),
    ];
    for (from, hours, end) in cases {
        assert_eq!(shown(&calendar, calendar.add_working_hours(at(from), hours)), end, "{from} + {hours}");
    }
    let over_the_break = calendar.working_time_between(at("2026-09-30 17:00"), at("2026-10-08 10:00"));
    assert_eq!(over_the_break, TimeDelta::hours(2));
    assert_eq!(
        calendar.working_time_between(at("2026-10-08 10:00"), at("2026-09-30 17:00")),
        TimeDelta::zero()
    );
}

#[test]
fn working_days_are_counted_after_the_first_day_up_to_the_last() {
    let calendar = Calendar::default();
    assert_eq!(calendar.next_workday(day("2026-09-30")), day("2026-10-08"));
    assert_eq!(calendar.working_days_between(day("2026-09-30"), day("2026-10-08")), 1);
    assert_eq!(calendar.working_days_between(day("2026-11-24"), day("2026-12-01")), 5);
    assert_eq!(calendar.working_days_between(day("2026-12-01"), day("2026-11-24")), 0);
    assert_eq!(
        calendar.workdays_after(day("2026-10-08"), 2),
        day("2026-10-10"),
        "a Saturday worked in exchange"
    );
    assert_eq!(calendar.workdays_before(day("2026-10-08"), 2), day("2026-09-29"));
}

#[test]
fn push_waits_for_the_first_loud_moment() {
    let calendar = Calendar::default();
    let cases = [
        ("2026-11-24 09:30", "2026-11-24 09:30"),
        ("2026-11-24 07:59", "2026-11-24 08:00"),
        ("2026-11-24 20:00", "2026-11-25 08:00"),
        ("2026-11-27 21:00", "2026-11-30 08:00"),
        ("2026-11-28 10:00", "2026-11-30 08:00"),
        ("2026-09-30 19:59", "2026-09-30 19:59"),
        ("2026-09-30 20:01", "2026-10-08 08:00"),
    ];
    for (asked, loud) in cases {
        assert_eq!(shown(&calendar, calendar.next_loud(at(asked))), loud, "{asked}");
    }
    let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
    assert_eq!(shown(&calendar, calendar.next_workday_at(at("2026-11-27 16:00"), nine)), "2026-11-30 09:00");
}

#[test]
fn quiet_hours_within_a_day_and_none_at_all_are_honoured() {
    let noon = Calendar::new(Tz::Asia__Shanghai, rules(r#"quiet_hours = { from = "12:00", to = "13:30" }"#))
        .unwrap();
    assert_eq!(shown(&noon, noon.next_loud(at("2026-11-24 12:10"))), "2026-11-24 13:30");
    assert_eq!(shown(&noon, noon.next_loud(at("2026-11-28 12:10"))), "2026-11-30 00:00");
    let never = Calendar::new(Tz::Asia__Shanghai, rules(r#"quiet_hours = { from = "00:00", to = "00:00" }"#))
        .unwrap();
    assert!(!never.is_quiet(at("2026-11-24 03:00")));
}

#[test]
fn breaks_and_festivals_are_found_also_in_years_not_announced() {
    let calendar = Calendar::default();
    let golden = calendar.next_break(day("2026-09-28"), 4).unwrap();
    assert_eq!((golden.first, golden.last, golden.days()), (day("2026-10-01"), day("2026-10-07"), 7));
    assert_eq!(calendar.next_break(day("2026-10-03"), 4), Some(golden), "also from within");
    let stretch =
        |festival, from| calendar.festival(festival, day(from)).map(|found| (found.first, found.last));
    assert_eq!(stretch(Festival::Spring, "2026-01-20"), Some((day("2026-02-15"), day("2026-02-23"))));
    assert_eq!(stretch(Festival::Spring, "2046-01-01"), Some((day("2046-02-05"), day("2046-02-12"))));
    assert_eq!(stretch(Festival::Qingming, "2045-03-01"), Some((day("2045-04-04"), day("2045-04-04"))));
}

#[test]
fn durations_are_said_without_minutes_above_two_hours() {
    let said = [0, 35, 60, 80, 119, 120, 125, 60 * 23, 60 * 24, 60 * 52, 60 * 24 * 12 + 300]
        .map(|minutes| spoken_duration(TimeDelta::minutes(minutes)));
    assert_eq!(
        said,
        [
            "不到 1 分钟",
            "35 分钟",
            "1 小时",
            "1 小时 20 分钟",
            "1 小时 59 分钟",
            "2 小时",
            "2 小时",
            "23 小时",
            "1 天",
            "2 天 4 小时",
            "12 天"
        ]
    );
}

#[test]
fn times_are_said_as_people_say_them() {
    let calendar = Calendar::default();
    let now = at("2026-12-02 09:30");
    let cases = [
        ("2026-12-02 15:00", "今天", "今天下午 3:00"),
        ("2026-12-03 15:00", "明天", "明天下午 3:00（12月3日 周四）"),
        ("2026-12-04 12:30", "后天", "后天中午 12:30（12月4日 周五）"),
        ("2026-12-05 09:05", "周六", "周六上午 9:05（12月5日 周六）"),
        ("2026-12-08 19:00", "下周二", "下周二晚上 7:00（12月8日 周二）"),
        ("2026-12-01 08:00", "昨天", "昨天早上 8:00（12月1日 周二）"),
        ("2026-11-26 16:00", "上周四", "上周四下午 4:00（11月26日 周四）"),
        ("2026-12-20 00:10", "12月20日", "12月20日（周日）凌晨 0:10"),
        ("2027-01-05 10:00", "2027年1月5日", "2027年1月5日（周二）上午 10:00"),
    ];
    for (when, day, time) in cases {
        assert_eq!(calendar.spoken_day(at(when), now), day);
        assert_eq!(calendar.spoken_time(at(when), now), time);
    }
    assert_eq!(calendar.spoken_month_day(day("2026-12-01"), now), "12月1日（周二）");
}

#[test]
fn schedules_run_when_the_admin_means() {
    let calendar = Calendar::default();
    let now = at("2026-11-24 09:30");
    let cases = [
        ("workdays 08:50", "每个工作日 08:50", ["2026-11-25 08:50", "2026-11-26 08:50", "2026-11-27 08:50"]),
        ("weekly 周五 17:30", "每周五 17:30", ["2026-11-27 17:30", "2026-12-04 17:30", "2026-12-11 17:30"]),
        (
            "50 8 * * MON-FRI",
            "每周一至周五 08:50",
            ["2026-11-25 08:50", "2026-11-26 08:50", "2026-11-27 08:50"],
        ),
        ("0 9 1 * *", "每月 1 号 09:00", ["2026-12-01 09:00", "2027-01-01 09:00", "2027-02-01 09:00"]),
        ("0 10 * * sun", "每周日 10:00", ["2026-11-29 10:00", "2026-12-06 10:00", "2026-12-13 10:00"]),
        (
            "0 9 * * SAT-MON",
            "每周一、周六、周日 09:00",
            ["2026-11-28 09:00", "2026-11-29 09:00", "2026-11-30 09:00"],
        ),
        ("0 9,14 * * *", "每天 09:00、14:00", ["2026-11-24 14:00", "2026-11-25 09:00", "2026-11-25 14:00"]),
        (
            "*/15 9-17 * * *",
            "每天 9–17 点，每小时第 0、15、30、45 分",
            ["2026-11-24 09:45", "2026-11-24 10:00", "2026-11-24 10:15"],
        ),
        ("0 9 5 1,7 *", "1、7 月 5 号 09:00", ["2027-01-05 09:00", "2027-07-05 09:00", "2028-01-05 09:00"]),
    ];
    for (text, described, runs) in cases {
        let when = When::parse(text).unwrap();
        assert_eq!(when.describe(), described, "{text}");
        let next: Vec<_> = when.upcoming(now, &calendar).take(3).map(|run| shown(&calendar, run)).collect();
        assert_eq!(next, runs, "{text}");
    }
}

#[test]
fn workday_schedule_skips_a_break_and_runs_on_an_exchanged_saturday() {
    let calendar = Calendar::default();
    let when = When::parse("workdays 08:50").unwrap();
    let runs: Vec<_> =
        when.upcoming(at("2026-09-30 08:50"), &calendar).take(3).map(|run| shown(&calendar, run)).collect();
    assert_eq!(runs, ["2026-10-08 08:50", "2026-10-09 08:50", "2026-10-10 08:50"]);
}

#[test]
fn schedule_in_a_change_of_offset_runs_once_at_the_next_time_that_exists() {
    let new_york = in_zone(Tz::America__New_York);
    let when = When::parse("30 2 * * *").unwrap();
    let runs: Vec<_> = when
        .upcoming("2026-03-07T12:00:00Z".parse().unwrap(), &new_york)
        .take(2)
        .map(|run| shown(&new_york, run))
        .collect();
    assert_eq!(runs, ["2026-03-08 03:00", "2026-03-09 02:30"]);
    let doubled = When::parse("30 1 * * *").unwrap();
    let runs: Vec<_> = doubled
        .upcoming("2026-10-31T12:00:00Z".parse().unwrap(), &new_york)
        .take(2)
        .map(|run| run.to_rfc3339())
        .collect();
    assert_eq!(runs, ["2026-11-01T05:30:00+00:00", "2026-11-02T06:30:00+00:00"]);
}

#[test]
fn schedule_that_may_be_misread_is_refused_with_the_cure() {
    let refused = |text: &str| When::parse(text).unwrap_err();
    assert_eq!(refused("0 9 * * 1-5"), WhenError::NumberedWeekday("1-5".into()));
    assert!(refused("0 9 * * 1-5").to_string().ends_with("write its name, like `MON-FRI` or `SUN`"));
    assert_eq!(refused("0 0 9 * * MON"), WhenError::Fields("0 0 9 * * MON".into(), 6));
    assert_eq!(refused("0 9 1 * MON"), WhenError::DayAndWeekday("0 9 1 * MON".into()));
    assert_eq!(refused("0 9 30 2 *"), WhenError::Never("0 9 30 2 *".into()));
    assert_eq!(refused("61 9 * * *"), WhenError::Range("61 9 * * *".into()));
    assert_eq!(refused("0 9 * * FUNDAY"), WhenError::Weekday("FUNDAY".into()));
    assert_eq!(refused("workdays 25:00"), WhenError::Time("25:00".into()));
    assert_eq!(refused("every day"), WhenError::Form("every day".into()));
    assert_eq!(refused(""), WhenError::Form(String::new()));
}

proptest! {
    #[test]
    fn schedule_parser_never_panics(text in ".{0,40}") {
        let _either = When::parse(&text);
    }

    #[test]
    fn working_hours_added_are_the_working_time_between(minutes in 0_i64..500_000, hours in 0_u32..500) {
        let calendar = Calendar::default();
        let from = at("2026-01-01 00:00") + TimeDelta::minutes(minutes);
        let end = calendar.add_working_hours(from, hours);
        prop_assert_eq!(calendar.working_time_between(from, end), TimeDelta::hours(i64::from(hours)));
    }

    #[test]
    fn loud_moment_is_loud_and_on_a_working_day(minutes in 0_i64..500_000) {
        let calendar = Calendar::default();
        let asked = at("2026-01-01 00:00") + TimeDelta::minutes(minutes);
        let loud = calendar.next_loud(asked);
        prop_assert!(loud >= asked && !calendar.is_quiet(loud) && calendar.is_workday(calendar.date(loud)));
    }

    #[test]
    fn every_instant_comes_back_from_its_wall_time_or_its_twin(minutes in 0_i64..1_000_000) {
        let new_york = in_zone(Tz::America__New_York);
        let instant = at("2026-01-01 00:00") + TimeDelta::minutes(minutes);
        let back = new_york.instant(new_york.local(instant).naive_local());
        prop_assert!(back == instant || back == instant - TimeDelta::hours(1));
    }
}
