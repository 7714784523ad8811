//! Digests: figures that are the tallies, and who hears what.

use super::*;

fn group(desk: &Desk, team: &str) -> Vec<Row> {
    let name_of = |row: &Row| vars(row)["team"].as_str().map(str::to_owned);
    let digests = desk.state().rows().filter(|row| name(row) == "group_digest");
    digests.filter(|row| name_of(row).as_deref() == Some(team)).cloned().collect()
}

#[test]
fn group_digest_is_the_sum_of_the_teams_tallies() {
    let mut desk = Desk::open();
    desk.says("wang-lei", "鑫源食品 客户认可方案");
    desk.says("chen-hao", "客户说再等等，下周一给答复");
    desk.until(at("11-24T18:04"));
    let sent = group(&desk, "华东组");
    let told = vars(sent.last().unwrap());
    let rules = desk.state().rules();
    let day = rules.calendar.date(desk.now);
    let team = "east".into();
    let sum: Counts = rules
        .people
        .members_of(&team)
        .map(|it| desk.state().counts(&it.id, day))
        .collect::<Vec<_>>()
        .iter()
        .sum();
    assert!(sum.notes >= 1);
    assert_eq!(told["notes"], sum.notes);
    assert_eq!((told["new_deals"].clone(), told["moved"].clone()), (sum.new_deals.into(), sum.moves.into()));
    assert_eq!(told["day"], "周二");
}

#[test]
fn group_hears_of_wins_by_name_and_of_trouble_by_number_only() {
    let mut desk = Desk::open();
    let (warning, deal) = desk.warned("wang-lei");
    desk.taps("wang-lei", warning, "close");
    let card = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Closing { .. }));
    desk.taps("wang-lei", card, "won");
    desk.until(at("11-26T18:30"));
    let sent = group(&desk, "华东组");
    let told = vars(sent.last().unwrap());
    assert_eq!(told["won"][0]["by"], "王磊");
    assert_eq!(told["won"][0]["amount"], desk.deal(deal).amount.to_string());
    assert!(told["stuck"].as_i64().unwrap() >= 3, "{told}");
    let rest = told.as_object().unwrap().iter().filter(|(key, _)| *key != "won");
    assert!(rest.clone().all(|(_, value)| !value.is_array()), "no lists of names: {told}");
}

#[test]
fn win_after_the_digest_stands_in_the_next_one() {
    let mut desk = Desk::open();
    let (warning, _) = desk.warned("wang-lei");
    desk.until(at("11-26T19:00"));
    desk.taps("wang-lei", warning, "close");
    let card = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Closing { .. }));
    desk.taps("wang-lei", card, "won");
    desk.until(at("11-27T18:30"));
    let sent = group(&desk, "华东组");
    assert_eq!(vars(sent.last().unwrap())["won"][0]["by"], "王磊");
}

#[test]
fn digests_go_where_the_team_is() {
    let mut desk = Desk::open();
    desk.until(at("11-24T18:30"));
    let to = |team: &str| group(&desk, team).into_iter().map(|row| row.to).collect::<Vec<_>>();
    assert_eq!(to("华东组"), [Recipient::Robot { key: "east-group".into() }]);
    assert_eq!(to("华南组"), [Recipient::Group { id: "sim".into() }]);
    assert_eq!(to("华北组").len(), 2);
}

#[test]
fn manager_hears_of_a_deal_after_its_second_limit_and_not_before() {
    let mut desk = Desk::open();
    let (_, deal) = desk.warned("wang-lei");
    let customer = desk.state().customer(desk.deal(deal).customer).unwrap().short.to_string();
    let escalates = desk.state().lapse(desk.deal(deal)).unwrap().escalate_at;
    desk.until(escalates - TimeDelta::minutes(1));
    let told = |desk: &Desk| {
        desk.sent("li-ming", "manager_digest").iter().any(|row| {
            vars(row)["stuck"].as_array().into_iter().flatten().any(|item| item["customer"] == *customer)
        })
    };
    assert!(!told(&desk));
    desk.until(escalates + TimeDelta::days(4));
    let mut all = desk.sent("li-ming", "manager_digest");
    all.retain(|row| row.at > escalates);
    assert!(!all.is_empty());
    assert!(desk.deal(deal).escalated_lapse.is_some());
    assert!(desk.sent("wang-lei", "manager_digest").is_empty(), "it is the manager's alone");
}

#[test]
fn manager_sees_the_stuck_deals_whole_and_one_by_its_digit() {
    let mut desk = Desk::open();
    desk.until(at("12-03T18:30"));
    let sent = desk.sent("li-ming", "manager_digest");
    let told = vars(sent.last().unwrap()).clone();
    assert!(told["more"].as_u64().unwrap() > 0, "{told}");
    let rows = desk.says("li-ming", "全部");
    assert_eq!(names(&rows), ["all"]);
    let lines = vars(&rows[0])["lines"].as_array().unwrap().len() as u64;
    assert_eq!(lines, 3 + told["more"].as_u64().unwrap());
    let rows = desk.says("li-ming", "1");
    assert_eq!(names(&rows), ["deal_lead"]);
    assert_eq!(vars(&rows[0])["customer"], told["stuck"][0]["customer"]);
}

#[test]
fn manager_hears_why_a_deal_was_lost_and_what_was_reopened() {
    let mut desk = Desk::open();
    let (warning, _) = desk.warned("wang-lei");
    desk.taps("wang-lei", warning, "close");
    let card = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Closing { .. }));
    desk.taps("wang-lei", card, "lost");
    let why = desk.newest("wang-lei", |kind| matches!(kind, CardKind::LossReason { .. }));
    desk.taps("wang-lei", why, "price");
    desk.until(at("11-26T18:30"));
    let sent = desk.sent("li-ming", "manager_digest");
    let closed = &vars(sent.last().unwrap())["closed"][0];
    assert_eq!((closed["outcome"].as_str(), closed["reason"].as_str()), (Some("丢单"), Some("价格")));
    desk.says("wang-lei", "重开");
    desk.until(at("11-27T18:30"));
    let sent = desk.sent("li-ming", "manager_digest");
    assert_eq!(vars(sent.last().unwrap())["reopened"], "鑫源食品（小王）");
}

#[test]
fn digest_missed_by_less_than_two_hours_is_made_up_for() {
    let mut desk = Desk::open();
    desk.away_until(at("11-24T19:30"));
    assert_eq!(group(&desk, "华东组").len(), 1);
    assert_eq!(desk.deeds(Deed::Missed), 0);
}

#[test]
fn digest_missed_by_more_is_told_as_missed_and_the_next_one_comes() {
    let mut desk = Desk::open();
    desk.away_until(at("11-24T23:00"));
    assert!(group(&desk, "华东组").is_empty());
    assert_eq!(desk.deeds(Deed::Missed), desk.state().rules().schedules.len());
    desk.until(at("11-25T18:30"));
    assert_eq!(group(&desk, "华东组").len(), 1);
}

#[test]
fn of_several_missed_digests_the_newest_is_served() {
    let mut desk = Desk::open();
    desk.away_until(at("11-26T18:30"));
    assert_eq!(group(&desk, "华东组").len(), 1);
}

#[test]
fn every_figure_is_the_fold_of_the_lines() {
    let mut desk = Desk::open();
    desk.until(day0() + TimeDelta::hours(20));
    let mut folded = std::collections::BTreeMap::<_, Counts>::new();
    for tally in desk.state().recent().flat_map(|recent| &recent.line.tallies) {
        folded.entry((tally.day, tally.member.clone())).or_default().add(&tally.counts);
    }
    let held: std::collections::BTreeMap<_, _> =
        desk.state().tallies().map(|(day, member, counts)| ((day, member.clone()), *counts)).collect();
    assert_eq!(held, folded);
    assert!(!held.is_empty());
}
