//! Warnings, and the first three of their buttons.

use super::*;

#[test]
fn after_two_days_each_owner_gets_exactly_the_promised_card() {
    let mut desk = Desk::open();
    desk.until(day0() + TimeDelta::hours(48));
    for member in ["wang-lei", "li-na"] {
        assert_eq!(desk.sent(member, "overdue_warning").len(), 1, "{member}");
        assert!(desk.sent(member, "overdue_list").is_empty(), "{member}");
        assert_eq!(desk.counts(member).warnings, 0, "the warning was not today");
    }
    for member in ["chen-hao", "liu-yang"] {
        let lists = desk.sent(member, "overdue_list");
        assert_eq!(lists.len(), 1, "{member}");
        assert_eq!(vars(&lists[0])["count"], "3");
        assert!(desk.sent(member, "overdue_warning").is_empty(), "{member}");
    }
}

#[test]
fn warning_says_who_how_long_what_was_said_last_and_what_to_say() {
    let mut desk = Desk::open();
    desk.warned("wang-lei");
    let sent = desk.sent("wang-lei", "overdue_warning");
    let told = vars(&sent[0]);
    assert_eq!(told["customer"], "鑫源食品");
    assert_eq!(told["stage"], "报价");
    assert_eq!(told["amount"], "68 万");
    assert_eq!(told["close"], "明年1月初");
    assert_eq!(told["rule"], "报价 48 小时规则");
    assert!(told["idle"].as_str().unwrap().starts_with("2 天"), "{told}");
    assert!(told["last"].as_str().unwrap().contains("贵八万"), "{told}");
    assert!(!told["opener"].as_str().unwrap().contains("{{"), "{told}");
}

#[test]
fn lapse_is_warned_of_once_however_long_it_lasts() {
    let mut desk = Desk::open();
    let (_, deal) = desk.warned("wang-lei");
    let customer = desk.state().customer(desk.deal(deal).customer).unwrap().short.clone();
    desk.until(day0() + TimeDelta::days(9));
    let warned = desk.sent("wang-lei", "overdue_warning");
    let of_deal = warned.iter().filter(|row| vars(row)["customer"] == *customer);
    assert_eq!(of_deal.count(), 1);
}

#[test]
fn no_warning_comes_at_night_or_on_a_free_day() {
    let mut desk = Desk::open();
    desk.until(day0() + TimeDelta::days(20));
    let calendar = &desk.state().rules().calendar;
    let warnings = desk.state().rows().filter(|row| name(row).starts_with("overdue"));
    let loud = warnings.map(|row| assert_eq!(calendar.next_loud(row.at), row.at)).count();
    assert!(loud > 5);
}

#[test]
fn owner_on_leave_is_not_warned_and_the_manager_hears_of_it() {
    let mut config = demo();
    let day = |text: &str| text.parse().unwrap();
    let away = config.people.members.iter_mut().find(|member| &*member.id.to_string() == "wang-lei").unwrap();
    away.leave = vec![config::Leave { from: day("2026-11-24"), to: day("2026-12-04") }];
    let mut desk = Desk::with(config);
    desk.until(at("11-27T19:00"));
    assert!(desk.sent("wang-lei", "overdue_warning").is_empty());
    let digests = desk.sent("li-ming", "manager_digest");
    let stuck = vars(digests.last().unwrap())["stuck"].to_string();
    assert!(stuck.contains("小王，请假"), "{stuck}");
}

#[test]
fn owner_who_left_the_company_leaves_no_deal_in_the_dark() {
    let mut config = demo();
    config.people.members.retain(|member| &*member.id.to_string() != "wang-lei");
    let mut desk = Desk::with(config);
    desk.until(at("11-27T19:00"));
    let digests = desk.sent("li-ming", "manager_digest");
    let stuck = vars(digests.last().unwrap())["stuck"].to_string();
    assert!(stuck.contains("没人负责"), "{stuck}");
}

#[test]
fn beyond_the_daily_cap_a_warning_waits_for_the_next_morning() {
    let mut config = demo();
    config.workspace.pushes_a_day = 1;
    let mut desk = Desk::with(config);
    let deal = desk.deal_with("wang-lei", "鑫源食品");
    desk.until(at("11-25T13:00"));
    let before = desk.counts("wang-lei").pushes;
    desk.until(day0() + TimeDelta::days(4));
    assert!(desk.deal(deal).warned_lapse.is_some(), "it comes in the end");
    let days: Vec<_> = desk
        .sent("wang-lei", "overdue_warning")
        .iter()
        .map(|row| desk.state().rules().calendar.date(row.at))
        .collect();
    let once: std::collections::BTreeSet<_> = days.iter().collect();
    assert_eq!(once.len(), days.len(), "at most one a day: {days:?}, {before} before");
}

#[test]
fn list_shows_three_and_a_digit_opens_one() {
    let mut desk = Desk::open();
    desk.until(day0() + TimeDelta::hours(48));
    let sent = desk.sent("liu-yang", "overdue_list");
    assert_eq!(vars(&sent[0])["items"].as_array().unwrap().len(), 3);
    let customer = vars(&sent[0])["items"][1]["customer"].clone();
    let list = desk.newest("liu-yang", |kind| matches!(kind, CardKind::Warnings { .. }));
    let rows = desk.taps("liu-yang", list, "2");
    assert_eq!(names(&rows), ["overdue_warning"]);
    assert_eq!(vars(&rows[0])["customer"], customer);
}

#[test]
fn list_item_that_was_closed_meanwhile_says_so() {
    let mut desk = Desk::open();
    desk.until(day0() + TimeDelta::hours(48));
    let list = desk.newest("liu-yang", |kind| matches!(kind, CardKind::Warnings { .. }));
    desk.taps("liu-yang", list, "1");
    let warning = desk.newest("liu-yang", |kind| matches!(kind, CardKind::Warning { .. }));
    desk.taps("liu-yang", warning, "close");
    let closing = desk.newest("liu-yang", |kind| matches!(kind, CardKind::Closing { .. }));
    desk.taps("liu-yang", closing, "won");
    let rows = desk.taps("liu-yang", list, "1");
    assert_eq!(names(&rows), ["stale_card"]);
    assert_eq!(vars(&rows[0])["state"], "已经赢单");
}

#[test]
fn note_button_prompts_and_the_next_text_ends_the_card() {
    for member in ["wang-lei", "li-na"] {
        let mut desk = Desk::open();
        let (card, deal) = desk.warned(member);
        assert_eq!(names(&desk.taps(member, card, "note")), ["note_prompt"]);
        assert_eq!(desk.card(card).state, CardState::Open, "it ends when the note comes");
        assert_eq!(desk.counts(member).handled, 0);
        let rows = desk.says(member, "客户认可方案，等老板签字");
        assert!(names(&rows).contains(&"update"), "{:?}", names(&rows));
        assert_eq!(desk.done(card), "记下了");
        assert_eq!(desk.deal(deal).last_follow_up, Some(desk.now));
        assert_eq!(desk.counts(member).handled, 1);
    }
}

#[test]
fn tomorrow_button_reminds_at_nine_of_the_next_working_day_once() {
    let mut desk = Desk::open();
    let (card, deal) = desk.warned("wang-lei");
    let rows = desk.taps("wang-lei", card, "tomorrow");
    assert_eq!(names(&rows), ["update"], "the card itself says it");
    assert_eq!(desk.done(card), "明天 9:00 提醒");
    assert_eq!(desk.counts("wang-lei").handled, 1);
    let reminders = |desk: &Desk| {
        let told = desk.sent("wang-lei", "overdue_warning");
        told.iter().filter(|row| vars(row)["customer"] == "鑫源食品").map(|row| row.at).collect::<Vec<_>>()
    };
    desk.until(at("11-27T08:59"));
    assert_eq!(reminders(&desk).len(), 1, "not before");
    desk.until(at("12-02T18:00"));
    assert_eq!(reminders(&desk)[1..], [at("11-27T09:00")], "and never again");
    assert_eq!(desk.deal(deal).snooze, None, "the reminder was served");
}

#[test]
fn second_tap_shows_the_end_again_and_changes_nothing() {
    let mut desk = Desk::open();
    let (card, deal) = desk.warned("wang-lei");
    desk.taps("wang-lei", card, "tomorrow");
    let (before, snoozed) = (desk.deal(deal).clone(), desk.deeds(Deed::Snoozed));
    let rows = desk.taps("wang-lei", card, "close");
    assert_eq!(names(&rows), ["update"]);
    let Saying::Update { face, code } = &rows[0].says else { panic!("{rows:?}") };
    assert_eq!(face.done.as_deref(), Some("明天 9:00 提醒"));
    assert!(code.as_deref().is_some_and(|code| code.starts_with("code-")), "with that tap's own code");
    assert_eq!((desk.deal(deal), desk.deeds(Deed::Snoozed)), (&before, snoozed));
}

#[test]
fn dingtalk_card_ends_in_the_answer_to_the_tap() {
    let mut desk = Desk::open();
    let (card, _) = desk.warned("li-na");
    let (rows, answer) = desk.taps_and("li-na", card, "tomorrow");
    assert!(rows.is_empty(), "{:?}", names(&rows));
    let Answer::Card(face) = answer else { panic!("{answer:?}") };
    assert_eq!((face.card, face.done.as_deref()), (card, Some("明天 9:00 提醒")));
}

#[test]
fn tap_of_somebody_else_does_nothing() {
    let mut desk = Desk::open();
    let (card, deal) = desk.warned("wang-lei");
    let before = desk.deal(deal).clone();
    assert!(desk.taps("chen-hao", card, "tomorrow").is_empty());
    assert_eq!((desk.deal(deal), &desk.card(card).state), (&before, &CardState::Open));
}

#[test]
fn card_of_another_epoch_is_told_to_be_over() {
    let mut desk = Desk::open();
    let (card, _) = desk.warned("wang-lei");
    let from = desk.sender("wang-lei");
    let name = card.outside(EPOCH + 1).into();
    desk.post(What::Tapped(Tapped {
        from,
        card: name,
        button: "tomorrow".into(),
        chosen: vec![],
        code: None,
    }));
    assert_eq!(desk.sent("wang-lei", "stale_card").len(), 1);
    assert_eq!(desk.card(card).state, CardState::Open);
}
