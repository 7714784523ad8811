//! Packs before meetings, and what came of them.

use genjin::sales::MeetingState;

use super::*;

#[test]
fn pack_comes_fifteen_minutes_before_with_all_that_is_needed() {
    let mut desk = Desk::open();
    let meeting = desk.meeting_of("wang-lei");
    desk.until(meeting.starts_at - TimeDelta::minutes(16));
    assert!(desk.sent("wang-lei", "pack").is_empty());
    desk.until(meeting.starts_at - TimeDelta::minutes(15));
    let sent = desk.sent("wang-lei", "pack");
    let told = vars(&sent[0]);
    assert_eq!((told["time"].as_str(), told["minutes"].as_i64()), (Some("14:30"), Some(15)));
    assert_eq!((told["customer"].as_str(), told["purpose"].as_str()), (Some("宏远机械"), Some("看厂")));
    let people = told["people"].as_str().unwrap();
    assert!(people.contains("张总") && people.contains("李工") && people.contains('（'), "{people}");
    assert_eq!(told["materials"].as_array().unwrap().len(), 3);
    assert_eq!(told["materials"][0]["done"], true, "given before: {told}");
    assert!(told["materials"][0]["link"].as_str().unwrap().starts_with("material://"));
    assert!(!told["likely"].as_array().unwrap().is_empty());
    assert_eq!(sent[0].useful_until, meeting.starts_at);
}

#[test]
fn pack_is_dropped_once_the_meeting_has_begun() {
    let mut desk = Desk::open();
    let meeting = desk.meeting_of("wang-lei");
    desk.away_until(meeting.starts_at + TimeDelta::minutes(5));
    assert!(desk.sent("wang-lei", "pack").is_empty());
    assert_eq!(desk.deeds(Deed::Packed), 0);
}

#[test]
fn meeting_that_moves_moves_its_pack() {
    let mut desk = Desk::open();
    let meeting = desk.meeting_of("wang-lei");
    desk.until(meeting.starts_at - TimeDelta::minutes(15));
    assert_eq!(desk.sent("wang-lei", "pack").len(), 1);
    let rows = desk.says("wang-lei", "宏远看厂改到明天下午四点");
    let moved = desk.state().meeting(meeting.id).unwrap().clone();
    assert_eq!(moved.starts_at, at("11-25T16:00"), "{:?}", names(&rows));
    desk.until(moved.starts_at);
    let packs = desk.sent("wang-lei", "pack");
    let times = packs.iter().filter(|row| vars(row)["customer"] == "宏远机械").map(|row| &vars(row)["time"]);
    assert_eq!(times.collect::<Vec<_>>(), ["14:30", "16:00"], "a pack anew");
}

#[test]
fn cancelled_meeting_has_neither_pack_nor_question() {
    let mut desk = Desk::open();
    let meeting = desk.meeting_of("wang-lei");
    desk.says("wang-lei", "宏远看厂取消了");
    assert_eq!(desk.state().meeting(meeting.id).unwrap().state, MeetingState::Cancelled);
    desk.until(meeting.ends_at + TimeDelta::hours(2));
    assert!(desk.sent("wang-lei", "pack").is_empty());
    assert!(desk.sent("wang-lei", "meeting_outcome").is_empty());
}

#[test]
fn tick_is_kept_on_the_deal_and_a_second_one_takes_it_off() {
    let mut desk = Desk::open();
    let meeting = desk.meeting_of("wang-lei");
    desk.until(meeting.starts_at - TimeDelta::minutes(15));
    let card = desk.newest("wang-lei", |kind| matches!(kind, CardKind::Pack { .. }));
    let CardKind::Pack { materials, .. } = desk.card(card).kind.clone() else { unreachable!() };
    let key = materials[1].clone();
    let done = |desk: &Desk| desk.card(card).vars["materials"][1]["done"].clone();
    let missing = desk.card(card).vars["missing"].clone();
    let rows = desk.taps("wang-lei", card, key.as_str());
    assert_eq!(names(&rows), ["update"], "the card alone changes");
    assert!(desk.deal(meeting.deal).given.contains(&key));
    assert_eq!(done(&desk), true);
    assert_ne!(desk.card(card).vars["missing"], missing, "what it fulfils is missing no more");
    assert_eq!(desk.card(card).state, CardState::Open);
    desk.says("wang-lei", "2");
    assert!(!desk.deal(meeting.deal).given.contains(&key), "the digit means the same button");
    assert_eq!((done(&desk), desk.deeds(Deed::Ticked)), (false.into(), 2));
}

fn asked(desk: &mut Desk) -> (Meeting, CardId) {
    let meeting = desk.meeting_of("wang-lei");
    desk.until(meeting.ends_at + TimeDelta::minutes(30));
    assert_eq!(desk.sent("wang-lei", "meeting_outcome").len(), 1);
    (meeting, desk.newest("wang-lei", |kind| matches!(kind, CardKind::MeetingOutcome { .. })))
}

#[test]
fn outcome_is_asked_once_after_the_meeting() {
    let mut desk = Desk::open();
    asked(&mut desk);
    desk.until(day0() + TimeDelta::days(3));
    let asked = desk.sent("wang-lei", "meeting_outcome");
    assert_eq!(asked.iter().filter(|row| vars(row)["customer"] == "宏远机械").count(), 1);
}

#[test]
fn tapped_outcome_is_a_follow_up() {
    for (button, state, template) in [
        ("moved", MeetingState::Told, None),
        ("material", MeetingState::Told, Some("materials")),
        ("missed", MeetingState::Cancelled, None),
    ] {
        let mut desk = Desk::open();
        let (meeting, card) = asked(&mut desk);
        let rows = desk.taps("wang-lei", card, button);
        assert_eq!(rows.iter().map(name).find(|name| *name != "update"), template, "{button}");
        assert_eq!(desk.state().meeting(meeting.id).unwrap().state, state, "{button}");
        assert!(matches!(desk.card(card).state, CardState::Done(_)), "{button}");
        let deal = desk.deal(meeting.deal);
        assert_eq!(deal.last_follow_up, Some(desk.now), "{button}");
        assert!(deal.recent[0].gist.starts_with("看厂："), "{button}: {}", deal.recent[0].gist);
    }
}

#[test]
fn sentence_tells_the_outcome_and_until_then_nothing_changes() {
    let mut desk = Desk::open();
    let (meeting, card) = asked(&mut desk);
    assert_eq!(names(&desk.taps("wang-lei", card, "say")), ["note_prompt"]);
    assert_eq!(desk.state().meeting(meeting.id).unwrap().state, MeetingState::Planned);
    desk.says("wang-lei", "张总认可方案，要分期付款的条款");
    assert_eq!(desk.state().meeting(meeting.id).unwrap().state, MeetingState::Told);
    assert_eq!(desk.done(card), "记下了");
    assert_eq!(desk.deal(meeting.deal).last_follow_up, Some(desk.now));
}

#[test]
fn note_after_the_meeting_spares_the_question() {
    let mut desk = Desk::open();
    let meeting = desk.meeting_of("wang-lei");
    desk.until(meeting.starts_at - TimeDelta::minutes(5));
    desk.until(meeting.ends_at + TimeDelta::minutes(5));
    desk.says("wang-lei", "宏远 看厂看完了，张总满意");
    let chosen = desk.state().cards().next_back().unwrap().clone();
    if let CardKind::WhichDeal { deals } = &chosen.kind {
        let place = deals.iter().position(|deal| *deal == meeting.deal).unwrap() + 1;
        desk.taps("wang-lei", chosen.id, &place.to_string());
    }
    desk.until(meeting.ends_at + TimeDelta::hours(3));
    assert!(desk.sent("wang-lei", "meeting_outcome").is_empty());
}
