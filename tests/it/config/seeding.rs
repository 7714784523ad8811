//! What the demo begins with: nothing overdue on day 0, and two days later one rep on each platform with one overdue
//! deal and one with three.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use genjin::config::seed::{self, Seed};
use genjin::config::{Config, Member};
use genjin::sales::{Lapse, MeetingState, Platform};

use super::faults::Copy;
use super::{demo, folder, told};

/// Working days that two working days follow: a Monday, midweek, before National Day, within 调休, before New Year.
const FIRST_DAYS: [&str; 8] = [
    "2026-11-23",
    "2026-11-24",
    "2026-11-25",
    "2026-09-28",
    "2026-10-08",
    "2026-02-11",
    "2026-12-29",
    "2027-03-01",
];

fn half_past_nine(config: &Config, day: &str) -> DateTime<Utc> {
    let day: NaiveDate = day.parse().unwrap();
    config.calendar.instant(day.and_time(NaiveTime::from_hms_opt(9, 30, 0).unwrap()))
}

#[track_caller]
fn seed(config: &Config, day0: DateTime<Utc>) -> Seed {
    seed::read(&folder(), config, day0).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

/// Each open deal's owner and when they are to be warned of it.
fn warnings<'a>(config: &'a Config, seed: &Seed) -> Vec<(&'a Member, DateTime<Utc>)> {
    let open = seed.deals.iter().filter(|deal| deal.is_open());
    open.map(|deal| {
        let meetings = seed.meetings.iter().filter(|meeting| meeting.deal == deal.id);
        let held: Vec<NaiveDate> = meetings
            .map(|meeting| config.calendar.date(meeting.starts_at))
            .chain(deal.next_step.as_ref().map(|step| step.day))
            .collect();
        let limit = config.process.stage(&deal.stage).unwrap().limit;
        let lapse = Lapse::of(deal.last_follow_up.unwrap(), &held, limit, &config.calendar);
        (config.people.find(&deal.owner).unwrap(), lapse.warn_at)
    })
    .collect()
}

#[test]
fn two_days_on_one_rep_of_each_platform_has_one_overdue_deal_and_one_has_three() {
    let config = demo();
    for day in FIRST_DAYS {
        let day0 = half_past_nine(&config, day);
        let warnings = warnings(&config, &seed(&config, day0));
        let overdue = |at: DateTime<Utc>| {
            let mut reps = BTreeMap::<(Platform, &str), usize>::new();
            for (member, _) in warnings.iter().filter(|(_, due)| *due <= at) {
                *reps.entry((member.primary, &member.name)).or_default() += 1;
            }
            reps.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(overdue(day0), [], "{day}");
        assert_eq!(overdue(day0 + TimeDelta::hours(24)), [], "{day}");
        assert_eq!(
            overdue(day0 + TimeDelta::hours(48)),
            [
                ((Platform::WeCom, "王磊"), 1),
                ((Platform::WeCom, "陈浩"), 3),
                ((Platform::DingTalk, "刘洋"), 3),
                ((Platform::DingTalk, "李娜"), 1),
            ],
            "{day}"
        );
    }
}

#[test]
fn warnings_of_the_second_day_fall_due_in_working_hours_and_three_of_one_rep_at_once() {
    let config = demo();
    for day in FIRST_DAYS {
        let day0 = half_past_nine(&config, day);
        let mut instants = BTreeMap::<&str, Vec<DateTime<Utc>>>::new();
        for (member, due) in warnings(&config, &seed(&config, day0)) {
            if due <= day0 + TimeDelta::hours(48) {
                assert_eq!(config.calendar.next_loud(due), due, "{day}");
                assert!(config.calendar.work_hours().contain(config.calendar.local(due).time()), "{day}");
                instants.entry(&member.name).or_default().push(due);
            }
        }
        assert!(instants.values().all(|due| due.iter().all(|at| at == &due[0])), "{day}");
    }
}

#[test]
fn demo_begins_with_forty_customers_and_sixty_deals_numbered_by_one_counter() {
    let config = demo();
    let seed = seed(&config, half_past_nine(&config, "2026-11-24"));
    assert_eq!((seed.customers.len(), seed.deals.len()), (40, 60));
    let customers = seed.customers.iter().map(|customer| customer.id.0);
    let deals = seed.deals.iter().map(|deal| deal.id.0);
    let meetings = seed.meetings.iter().map(|meeting| meeting.id.0);
    let ids: Vec<u64> = customers.chain(deals).chain(meetings).collect();
    assert_eq!(ids, (1..=seed.last_id()).collect::<Vec<_>>());
}

#[test]
fn every_rep_and_every_customer_has_a_deal_that_is_not_older_than_its_customer() {
    let config = demo();
    let seed = seed(&config, half_past_nine(&config, "2026-11-24"));
    for rep in config.people.members.iter().filter(|member| member.rep) {
        let deals = seed.deals.iter().filter(|deal| deal.owner == rep.id).count();
        assert!((4..=8).contains(&deals), "{} {deals}", rep.name);
    }
    for customer in &seed.customers {
        let mut deals = seed.deals.iter().filter(|deal| deal.customer == customer.id).peekable();
        assert!(deals.peek().is_some(), "{}", customer.name);
        for deal in deals {
            let times = [customer.created_at, deal.created_at, deal.stage_since];
            assert!(
                times.is_sorted() && deal.created_at <= deal.last_follow_up.unwrap(),
                "{}",
                customer.name
            );
            assert!(deal.recent.iter().map(|note| note.at).is_sorted_by(|a, b| a > b), "{}", customer.name);
        }
    }
}

#[test]
fn meetings_lie_ahead_in_working_hours_and_today_has_some_on_both_platforms() {
    let config = demo();
    for day in FIRST_DAYS {
        let day0 = half_past_nine(&config, day);
        let seed = seed(&config, day0);
        for meeting in &seed.meetings {
            assert!(meeting.starts_at > day0 + TimeDelta::hours(1), "{day}");
            assert!(config.calendar.is_workday(config.calendar.date(meeting.starts_at)), "{day}");
            assert_eq!(meeting.state, MeetingState::Planned);
        }
        let today =
            seed.meetings.iter().filter(|meeting| config.calendar.date(meeting.starts_at).to_string() == day);
        let mut platforms: Vec<_> =
            today.map(|meeting| config.people.find(&meeting.member).unwrap().primary).collect();
        platforms.sort();
        platforms.dedup();
        assert_eq!(platforms, [Platform::WeCom, Platform::DingTalk], "{day}");
    }
}

#[test]
fn a_contact_s_call_is_one_customer_of_one_rep_and_two_of_another() {
    let config = demo();
    let seed = seed(&config, half_past_nine(&config, "2026-11-24"));
    let of = |rep: &str| {
        let mine = |customer: &&genjin::sales::Customer| {
            seed.deals.iter().any(|deal| deal.customer == customer.id && deal.owner.as_str() == rep)
        };
        let called = seed
            .customers
            .iter()
            .filter(|customer| customer.contacts.iter().any(|contact| &*contact.call == "张总"));
        called.filter(mine).map(|customer| customer.short.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of("wang-lei"), ["宏远机械"]);
    assert_eq!(of("li-na"), ["永兴铸造", "瑞丰五金"]);
}

#[test]
fn broken_sheet_is_told_with_file_line_and_cure() {
    let config = demo();
    let copy = Copy::of_demo();
    let day0 = half_past_nine(&config, "2026-11-24");
    let deals = "demo/deals.csv";
    copy.replace(deals, "宏远机械,wang-lei,,demo,80", "红远机械,wang-lei,,demo,八十");
    copy.replace(deals, "鑫源食品,wang-lei", "鑫源食品,wang-le");
    copy.replace(deals, "14:30", "下午");
    copy.replace(deals, ",赢单", ",丢了");
    copy.replace("demo/customers.csv", "沈丽/沈总/总经理/决策人", "沈丽");
    copy.replace("demo/customers.csv", ",aliases,", ",alias,");
    insta::assert_snapshot!(told(&seed::read(copy.path(), &config, day0).unwrap_err()));
}
