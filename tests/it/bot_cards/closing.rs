//! 移交, 关闭商机 and 重开.

use genjin::sales::{LossReason, MeetingState, Outcome};

use super::*;

fn closing_card(desk: &mut Desk, member: &str) -> (CardId, CardId, DealId) {
    let (warning, deal) = desk.warned(member);
    let rows = desk.taps(member, warning, "close");
    assert_eq!(names(&rows), ["close_deal"]);
    (warning, desk.newest(member, |kind| matches!(kind, CardKind::Closing { .. })), deal)
}

#[test]
fn handing_over_moves_the_deal_its_meetings_and_its_clock() {
    let mut desk = Desk::open();
    let (warning, deal) = desk.warned("wang-lei");
    let rows = desk.taps("wang-lei", warning, "handover");
    assert_eq!(names(&rows), ["hand_over"]);
    let options = vars(&rows[0])["options"].to_string();
    assert!(options.contains("陈浩") && !options.contains("王磊") && !options.contains("李明"), "{options}");
    let ask = desk.newest("wang-lei", |kind| matches!(kind, CardKind::HandOver { .. }));
    desk.taps("wang-lei", ask, "1");
    assert_eq!(desk.deal(deal).owner, "chen-hao".into());
    assert_eq!(desk.deal(deal).last_follow_up, Some(desk.now));
    assert_eq!((desk.done(ask), desk.done(warning)), ("已移交陈浩", "已移交陈浩"));
    assert_eq!(desk.sent("chen-hao", "handed_over").len(), 1);
    assert_eq!(desk.counts("wang-lei").handled, 1);
}

#[test]
fn second_hand_over_card_cannot_give_away_what_is_gone() {
    let mut desk = Desk::open();
    let (warning, deal) = desk.warned("li-na");
    desk.taps("li-na", warning, "handover");
    let first = desk.newest("li-na", |kind| matches!(kind, CardKind::HandOver { .. }));
    desk.taps("li-na", warning, "handover");
    let second = desk.newest("li-na", |kind| matches!(kind, CardKind::HandOver { .. }));
    assert_ne!(first, second);
    desk.taps("li-na", first, "1");
    let owner = desk.deal(deal).owner.clone();
    desk.taps("li-na", second, "2");
    assert_eq!(desk.deal(deal).owner, owner);
}

#[test]
fn mate_on_leave_is_not_offered() {
    let mut config = demo();
    let mate = config.people.members.iter_mut().find(|member| &*member.id.to_string() == "chen-hao").unwrap();
    let day = |text: &str| text.parse().unwrap();
    mate.leave = vec![config::Leave { from: day("2026-11-20"), to: day("2026-12-20") }];
    let mut desk = Desk::with(config);
    let (warning, _) = desk.warned("wang-lei");
    let rows = desk.taps("wang-lei", warning, "handover");
    assert!(!vars(&rows[0])["options"].to_string().contains("陈浩"));
}

#[test]
fn deal_that_comes_to_a_new_owner_at_night_is_told_in_the_morning() {
    let mut desk = Desk::open();
    let (warning, _) = desk.warned("wang-lei");
    desk.until(at("11-26T22:00"));
    desk.taps("wang-lei", warning, "handover");
    let ask = desk.newest("wang-lei", |kind| matches!(kind, CardKind::HandOver { .. }));
    desk.taps("wang-lei", ask, "1");
    let told = desk.sent("chen-hao", "handed_over");
    let ready = genjin::state::RowState::Ready { from: at("11-27T08:00") };
    assert_eq!(told[0].state, ready);
}

#[test]
fn won_deal_counts_for_its_owner_and_ends_its_warning() {
    let mut desk = Desk::open();
    let (warning, card, deal) = closing_card(&mut desk, "wang-lei");
    let rows = desk.taps("wang-lei", card, "won");
    assert!(names(&rows).contains(&"closed"), "{:?}", names(&rows));
    assert_eq!((desk.done(card), desk.done(warning)), ("赢单", "赢单"));
    let closing = desk.deal(deal).closing.clone().unwrap();
    assert_eq!((closing.outcome, closing.by), (Outcome::Won, "wang-lei".into()));
    let counts = desk.counts("wang-lei");
    assert_eq!((counts.won, counts.won_amount, counts.handled), (1, desk.deal(deal).amount, 1));
}

#[test]
fn lost_deal_is_closed_at_once_and_takes_its_reason_later() {
    let mut desk = Desk::open();
    let (_, card, deal) = closing_card(&mut desk, "li-na");
    let rows = desk.taps("li-na", card, "lost");
    assert!(names(&rows).contains(&"loss_reason"), "{:?}", names(&rows));
    let outcome = |desk: &Desk| desk.deal(deal).closing.as_ref().map(|closing| closing.outcome);
    assert_eq!(outcome(&desk), Some(Outcome::Lost(None)));
    let why = desk.newest("li-na", |kind| matches!(kind, CardKind::LossReason { .. }));
    let rows = desk.taps("li-na", why, "competitor");
    assert_eq!(vars(rows.iter().find(|row| name(row) == "closed").unwrap())["reason"], "竞品");
    assert_eq!(outcome(&desk), Some(Outcome::Lost(Some(LossReason::Competitor))));
    desk.taps("li-na", why, "price");
    assert_eq!(outcome(&desk), Some(Outcome::Lost(Some(LossReason::Competitor))), "one reason");
    assert_eq!(desk.counts("li-na").lost, 1);
}

#[test]
fn shelved_deal_is_silent_from_then_on() {
    let mut desk = Desk::open();
    let (_, card, deal) = closing_card(&mut desk, "wang-lei");
    desk.taps("wang-lei", card, "shelved");
    let counts = desk.counts("wang-lei");
    assert_eq!((counts.won, counts.lost), (0, 0));
    assert_eq!(desk.state().lapse(desk.deal(deal)), None);
}

#[test]
fn second_closing_card_cannot_close_otherwise() {
    let mut desk = Desk::open();
    let (warning, first, deal) = closing_card(&mut desk, "wang-lei");
    desk.taps("wang-lei", warning, "close");
    let second = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Closing { .. }));
    desk.taps("wang-lei", first, "won");
    desk.taps("wang-lei", second, "lost");
    assert_eq!(desk.deal(deal).closing.as_ref().unwrap().outcome, Outcome::Won);
    assert_eq!((desk.counts("wang-lei").won, desk.counts("wang-lei").lost), (1, 0));
}

#[test]
fn closing_calls_off_the_meetings_and_their_packs() {
    let mut desk = Desk::open();
    let meeting = closed_before_its_meeting(&mut desk, "shelved");
    assert_eq!(desk.state().meeting(meeting.id).unwrap().state, MeetingState::Cancelled);
    desk.until(meeting.ends_at + TimeDelta::hours(2));
    assert!(desk.sent("wang-lei", "pack").is_empty());
    assert!(desk.sent("wang-lei", "meeting_outcome").is_empty());
}

#[test]
fn reopening_within_seven_days_takes_back_the_figures() {
    let mut desk = Desk::open();
    let (_, card, deal) = closing_card(&mut desk, "wang-lei");
    desk.taps("wang-lei", card, "won");
    let day = desk.state().rules().calendar.date(desk.now);
    desk.until(desk.now + TimeDelta::days(3));
    let rows = desk.says("wang-lei", "重开");
    assert_eq!(names(&rows), ["reopened"]);
    assert!(desk.deal(deal).is_open());
    assert_eq!(desk.deal(deal).last_follow_up, Some(desk.now), "the clock begins anew");
    let counts = desk.state().counts(&"wang-lei".into(), day);
    assert_eq!((counts.won, counts.won_amount.0), (0, 0));
}

/// 王磊's meeting at 14:30 of the first day, whose deal he closed by `button`.
fn closed_before_its_meeting(desk: &mut Desk, button: &str) -> genjin::sales::Meeting {
    let meeting = desk.meeting_of("wang-lei");
    desk.says("wang-lei", "关闭 宏远");
    let offered = desk.state().cards().next_back().unwrap().clone();
    if let CardKind::WhichDeal { deals } = &offered.kind {
        let place = deals.iter().position(|deal| *deal == meeting.deal).unwrap() + 1;
        desk.taps("wang-lei", offered.id, &place.to_string());
    }
    let card = desk.newest("wang-lei", |kind| *kind == CardKind::Closing { deal: meeting.deal });
    desk.taps("wang-lei", card, button);
    meeting
}

#[test]
fn reopening_brings_back_the_meetings_that_the_closing_called_off_and_their_packs() {
    let mut desk = Desk::open();
    let meeting = closed_before_its_meeting(&mut desk, "shelved");
    desk.until(meeting.starts_at - TimeDelta::minutes(10));
    let rows = desk.says("wang-lei", "重开");
    assert_eq!(vars(&rows[0])["meeting"], "今天 14:30", "{rows:?}");
    desk.until(desk.now + TimeDelta::minutes(1));
    assert_eq!(desk.sent("wang-lei", "pack").len(), 1, "its time has come meanwhile, and it is still ahead");
    desk.until(meeting.ends_at + TimeDelta::hours(1));
    assert_eq!(desk.sent("wang-lei", "meeting_outcome").len(), 1);
}

#[test]
fn meeting_that_is_over_when_its_deal_is_reopened_stays_called_off() {
    let mut desk = Desk::open();
    let meeting = closed_before_its_meeting(&mut desk, "shelved");
    desk.until(meeting.ends_at + TimeDelta::minutes(1));
    let rows = desk.says("wang-lei", "重开");
    assert_eq!(vars(&rows[0])["meeting"], Value::Null, "{rows:?}");
    assert_eq!(desk.state().meeting(meeting.id).unwrap().state, MeetingState::Cancelled);
}

#[test]
fn undo_after_the_reason_of_a_loss_takes_back_the_closing_whole() {
    let mut desk = Desk::open();
    let meeting = closed_before_its_meeting(&mut desk, "lost");
    let why = desk.newest("wang-lei", |kind| matches!(kind, CardKind::LossReason { .. }));
    desk.taps("wang-lei", why, "price");
    let rows = desk.says("wang-lei", "撤销");
    let undone = rows.iter().find(|row| name(row) == "undone").unwrap();
    assert_eq!(vars(undone)["gist"], "关闭商机（丢单）");
    assert!(desk.deal(meeting.deal).is_open());
    assert_eq!(desk.state().meeting(meeting.id).unwrap().state, MeetingState::Planned);
    assert_eq!(desk.counts("wang-lei").lost, 0);
}

#[test]
fn undo_before_the_reason_is_told_ends_the_question() {
    let mut desk = Desk::open();
    let meeting = closed_before_its_meeting(&mut desk, "lost");
    let why = desk.newest("wang-lei", |kind| matches!(kind, CardKind::LossReason { .. }));
    desk.says("wang-lei", "撤销");
    assert!(desk.deal(meeting.deal).is_open());
    assert_eq!(desk.done(why), "已撤销");
    desk.taps("wang-lei", why, "price");
    assert!(desk.deal(meeting.deal).is_open());
}

/// Every message that the cards bring fits its template: no variable that it does not know, none missing.
#[test]
fn every_message_carries_what_its_template_declares() {
    let templates = genjin::messages::Templates::shipped();
    let mut seen = std::collections::BTreeSet::new();
    for button in ["note", "tomorrow", "handover", "won", "lost", "shelved"] {
        let mut desk = Desk::open();
        let (warning, card, _) = closing_card(&mut desk, "wang-lei");
        let on = if matches!(button, "won" | "lost" | "shelved") { card } else { warning };
        desk.taps("wang-lei", on, button);
        desk.taps("wang-lei", warning, "note");
        let newest = desk.state().dialogue(&"wang-lei".into()).and_then(|it| it.card).unwrap();
        desk.taps("wang-lei", newest, "1");
        desk.taps("wang-lei", newest, "price");
        desk.says("wang-lei", "重开");
        desk.until(day0() + TimeDelta::days(5));
        for row in desk.state().rows().filter(|row| name(row) != "update") {
            let head =
                &templates.get(name(row)).unwrap_or_else(|| panic!("{} is no template", name(row))).head;
            let given = vars(row).as_object().unwrap();
            for known in given.keys() {
                assert!(head.variables.contains_key(known), "{} has no {known}", name(row));
            }
            for (wanted, variable) in &head.variables {
                assert!(
                    variable.optional || given.contains_key(wanted),
                    "{} lacks {wanted}: {given:?}",
                    name(row)
                );
            }
            seen.insert(name(row).to_owned());
        }
    }
    assert!(seen.len() >= 12, "{seen:?}");
}

#[test]
fn after_seven_days_nothing_is_reopened() {
    let mut desk = Desk::open();
    let (_, card, deal) = closing_card(&mut desk, "wang-lei");
    desk.taps("wang-lei", card, "won");
    desk.until(desk.now + TimeDelta::days(8));
    assert_eq!(names(&desk.says("wang-lei", "重开")), ["reopen_none"]);
    assert!(!desk.deal(deal).is_open());
}
