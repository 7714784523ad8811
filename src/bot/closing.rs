//! 关闭商机: 赢单, 丢单 or 搁置. A tap closes at once; the reason of a loss is added when it is tapped. It stands in the
//! manager's next digest, and 重开 undoes it for seven days.

use chrono::{DateTime, TimeDelta, Utc};

use super::draft::Draft;
use super::tapped::Press;
use super::{warn, words};
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{
    CardKind, CardSubject, Closing, CustomerId, Deal, DealId, LossReason, Meeting, MeetingId, MeetingState,
    Money, Outcome,
};
use crate::state::{Counts, Deed};

/// So long a closed deal can be opened again.
const REOPENS: TimeDelta = TimeDelta::days(7);

/// The button of an outcome.
pub fn key_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Won => "won",
        Outcome::Lost(_) => "lost",
        Outcome::Shelved => "shelved",
    }
}

/// The button of a reason.
pub fn key_of_reason(reason: LossReason) -> &'static str {
    match reason {
        LossReason::Price => "price",
        LossReason::Competitor => "competitor",
        LossReason::Budget => "budget",
        LossReason::NoContact => "no_contact",
        LossReason::Cancelled => "cancelled",
    }
}

/// Asks how it ended.
pub fn ask(draft: &mut Draft<'_>, member: &Member, id: DealId, from: &Sender) {
    let Some(customer) = open_customer(draft, id) else { return };
    let vars = words::vars([("customer", Some(customer.into()))]);
    draft.answer_card(from, &member.id, CardKind::Closing { deal: id }, "close_deal", vars);
}

/// Asks how it ended, where a note says that it has: 「单子丢了，被科锐抢了」.
pub fn ask_after(draft: &mut Draft<'_>, member: &Member, id: DealId, noted: &str, from: &Sender) {
    let Some(customer) = open_customer(draft, id) else { return };
    let vars = words::vars([("customer", Some(customer.into())), ("noted", Some(noted.into()))]);
    draft.answer_card(from, &member.id, CardKind::Closing { deal: id }, "close_deal", vars);
}

/// 赢单, 丢单 or 搁置 was tapped.
pub fn pressed(draft: &mut Draft<'_>, member: &Member, id: DealId, press: Press<'_>) -> bool {
    let outcomes = [Outcome::Won, Outcome::Lost(None), Outcome::Shelved];
    let is_pressed = |outcome: &Outcome| key_of(*outcome) == press.button;
    let Some(outcome) = outcomes.into_iter().find(is_pressed) else { return false };
    draft.finish(press.card, outcome.name(), press.tapped);
    close(draft, member, id, outcome, press.from);
    true
}

/// The reason of a loss was tapped: it is added to the closing.
pub fn reason_pressed(draft: &mut Draft<'_>, member: &Member, id: DealId, press: Press<'_>) -> bool {
    let is_pressed = |reason: &LossReason| key_of_reason(*reason) == press.button;
    let Some(reason) = LossReason::ALL.into_iter().find(is_pressed) else { return false };
    draft.finish(press.card, reason.name(), press.tapped);
    let closing = draft.deal_mut(id).and_then(|deal| deal.closing.as_mut());
    let Some(closing) = closing.filter(|closing| matches!(closing.outcome, Outcome::Lost(_))) else {
        return true;
    };
    closing.outcome = Outcome::Lost(Some(reason));
    let line = draft.about(id, Deed::Closed).by(&member.id).saying(reason.name());
    draft.line(line);
    say(draft, id, Outcome::Lost(Some(reason)), press.from);
    true
}

/// Closes the deal; its open cards and planned meetings end with it. A loss is asked for its reason.
pub fn close(draft: &mut Draft<'_>, member: &Member, id: DealId, outcome: Outcome, from: &Sender) {
    let Some(customer) = open_customer(draft, id) else { return };
    let handled = i64::from(warn::is_unanswered(draft, id));
    let (now, by) = (draft.now, member.id.clone());
    let Some(deal) = draft.deal(id) else { return };
    let (amount, owner) = (deal.amount, deal.owner.clone());
    let called_off = end_meetings(draft, id);
    if let Some(deal) = draft.deal_mut(id) {
        deal.closing = Some(Closing { outcome, at: now, by, called_off });
    }
    draft.count(&owner, counts_of(outcome, amount));
    draft.count(&member.id, Counts { handled, ..Counts::default() });
    end_cards(draft, id, outcome.name());
    let line = draft.about(id, Deed::Closed).by(&member.id).saying(outcome.name());
    draft.line(line);
    if outcome == Outcome::Lost(None) {
        let vars = words::vars([("customer", Some(customer.into()))]);
        draft.answer_card(from, &member.id, CardKind::LossReason { deal: id }, "loss_reason", vars);
    } else {
        say(draft, id, outcome, from);
    }
}

fn say(draft: &mut Draft<'_>, id: DealId, outcome: Outcome, from: &Sender) {
    let customer = draft.deal(id).map(|deal| words::customer(draft.state, deal).into());
    let reason = match outcome {
        Outcome::Lost(reason) => reason.map(|reason| reason.name().into()),
        Outcome::Won | Outcome::Shelved => None,
    };
    let vars =
        words::vars([("customer", customer), ("outcome", Some(outcome.name().into())), ("reason", reason)]);
    draft.answer(from, "closed", vars);
}

fn counts_of(outcome: Outcome, amount: Money) -> Counts {
    match outcome {
        Outcome::Won => Counts { won: 1, won_amount: amount, ..Counts::default() },
        Outcome::Lost(_) => Counts { lost: 1, ..Counts::default() },
        Outcome::Shelved => Counts::default(),
    }
}

/// Calls the planned meetings off; says which.
fn end_meetings(draft: &mut Draft<'_>, id: DealId) -> Vec<MeetingId> {
    let planned = draft.meetings_of(id).into_iter().filter(|meeting| meeting.state == MeetingState::Planned);
    let planned: Vec<MeetingId> = planned.map(|meeting| meeting.id).collect();
    for id in &planned {
        if let Some(meeting) = draft.meeting_mut(*id) {
            meeting.state = MeetingState::Cancelled;
        }
    }
    planned
}

/// Of the meetings that the closing called off, those that are not over yet take place again, with their packs; says
/// when the first begins.
fn bring_back(draft: &mut Draft<'_>, called_off: &[MeetingId]) -> Option<DateTime<Utc>> {
    let now = draft.now;
    let mut first = None;
    for id in called_off {
        let ahead =
            |meeting: &&mut Meeting| meeting.state == MeetingState::Cancelled && meeting.ends_at > now;
        let Some(meeting) = draft.meeting_mut(*id).filter(ahead) else { continue };
        meeting.state = MeetingState::Planned;
        first = first.into_iter().chain([meeting.starts_at]).min();
    }
    first
}

/// Whatever still asks about the deal, in whichever app, is answered by its end.
fn end_cards(draft: &mut Draft<'_>, id: DealId, done: &str) {
    let asks = |kind: &CardKind| {
        matches!(kind, CardKind::Warning { .. } | CardKind::Closing { .. } | CardKind::HandOver { .. })
    };
    for card in draft.open_cards(CardSubject::Deal(id), asks) {
        draft.finish(card, done, None);
    }
}

/// 重开: the deal closed last by or for this member, within seven days.
pub fn reopen(draft: &mut Draft<'_>, member: &Member, customers: &[CustomerId], from: &Sender) {
    let closed = |deal: &&Deal| {
        let fresh = deal.closing.as_ref().is_some_and(|closing| draft.now - closing.at <= REOPENS);
        fresh && deal.is_with(&member.id) && (customers.is_empty() || customers.contains(&deal.customer))
    };
    let last =
        draft.state.deals().filter(closed).max_by_key(|deal| deal.closing.as_ref().map(|closing| closing.at));
    let Some(last) = last.cloned() else {
        draft.answer(from, "reopen_none", words::vars([]));
        return;
    };
    let now = draft.now;
    if let Some(deal) = draft.deal_mut(last.id) {
        deal.closing = None;
        deal.last_follow_up = Some(now);
        (deal.warned_lapse, deal.escalated_lapse, deal.snooze) = (None, None, None);
    }
    let mut meeting = None;
    if let Some(Closing { outcome, at, called_off, .. }) = &last.closing {
        let calendar = &draft.state.rules().calendar;
        draft.count_on(&last.owner, calendar.date(*at), counts_of(*outcome, last.amount).negated());
        meeting = bring_back(draft, called_off)
            .map(|at| format!("{} {}", calendar.spoken_day(at, now), calendar.local(at).format("%-H:%M")));
    }
    let asks_why = |kind: &CardKind| matches!(kind, CardKind::LossReason { .. });
    for card in draft.open_cards(CardSubject::Deal(last.id), asks_why) {
        draft.finish(card, "已重开", None);
    }
    let line = draft.about(last.id, Deed::Reopened).by(&member.id);
    draft.line(line);
    let vars = words::vars([
        ("customer", Some(words::customer(draft.state, &last).into())),
        ("stage", Some(words::stage(draft.state.rules(), &last.stage).into())),
        ("meeting", meeting.map(Into::into)),
    ]);
    draft.answer(from, "reopened", vars);
}

fn open_customer(draft: &Draft<'_>, id: DealId) -> Option<String> {
    let deal = draft.deal(id).filter(|deal| deal.is_open())?;
    Some(words::customer(draft.state, deal))
}
