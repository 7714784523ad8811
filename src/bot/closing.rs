//! 关闭商机: 赢单, 丢单 with one tapped reason, or 搁置. It stands in the manager's next digest, and 重开 undoes it for
//! seven days.

use chrono::TimeDelta;

use super::draft::Draft;
use super::words;
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{
    CardId, CardKind, CardState, Closing, CustomerId, DealId, LossReason, MeetingState, Money, Outcome,
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

/// 赢单, 丢单 or 搁置 was tapped.
pub fn pressed(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    card: CardId,
    button: &str,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    let outcomes = [Outcome::Won, Outcome::Lost(None), Outcome::Shelved];
    let Some(outcome) = outcomes.into_iter().find(|outcome| key_of(*outcome) == button) else { return false };
    draft.finish(card, outcome.name(), tapped);
    if let (Outcome::Lost(None), Some(customer)) = (outcome, open_customer(draft, id)) {
        let vars = words::vars([("customer", Some(customer.into()))]);
        draft.answer_card(from, &member.id, CardKind::LossReason { deal: id }, "loss_reason", vars);
    } else {
        close(draft, member, id, outcome, from, tapped);
    }
    true
}

/// The reason of a loss was tapped.
pub fn reason_pressed(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    card: CardId,
    button: &str,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    let Some(reason) = LossReason::ALL.into_iter().find(|reason| key_of_reason(*reason) == button) else {
        return false;
    };
    draft.finish(card, reason.name(), tapped);
    close(draft, member, id, Outcome::Lost(Some(reason)), from, tapped);
    true
}

/// Closes the deal; its open warnings and planned meetings end with it.
pub fn close(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    outcome: Outcome,
    from: &Sender,
    _tapped: Option<&Tapped>,
) {
    let Some(customer) = open_customer(draft, id) else { return };
    let (now, by) = (draft.now, member.id.clone());
    let (mut amount, mut owner) = (Money::default(), by.clone());
    if let Some(deal) = draft.deal_mut(id) {
        deal.closing = Some(Closing { outcome, at: now, by: by.clone() });
        (amount, owner) = (deal.amount, deal.owner.clone());
    }
    let won = i64::from(outcome == Outcome::Won);
    draft.count(
        &owner,
        Counts {
            won,
            won_amount: if won == 1 { amount } else { Money::default() },
            lost: i64::from(matches!(outcome, Outcome::Lost(_))),
            ..Counts::default()
        },
    );
    end_meetings(draft, id);
    end_warnings(draft, id, outcome.name());
    let line = draft.about(id, Deed::Closed).by(&by).saying(outcome.name());
    draft.line(line);
    let reason = match outcome {
        Outcome::Lost(reason) => reason.map(|reason| reason.name().into()),
        Outcome::Won | Outcome::Shelved => None,
    };
    let vars = words::vars([
        ("customer", Some(customer.into())),
        ("outcome", Some(outcome.name().into())),
        ("reason", reason),
    ]);
    draft.answer(from, "closed", vars);
}

fn end_meetings(draft: &mut Draft<'_>, id: DealId) {
    let planned: Vec<_> = draft
        .state
        .meetings_of(id)
        .filter(|meeting| meeting.state == MeetingState::Planned)
        .map(|meeting| meeting.id)
        .collect();
    for meeting in planned {
        if let Some(meeting) = draft.meeting_mut(meeting) {
            meeting.state = MeetingState::Cancelled;
        }
    }
}

fn end_warnings(draft: &mut Draft<'_>, id: DealId, done: &str) {
    let warnings: Vec<_> = draft
        .state
        .cards()
        .filter(|card| card.state == CardState::Open && card.kind == CardKind::Warning { deal: id })
        .map(|card| card.id)
        .collect();
    for card in warnings {
        draft.finish(card, done, None);
    }
}

/// 重开: the deal closed last by or for this member, within seven days.
pub fn reopen(draft: &mut Draft<'_>, member: &Member, customers: &[CustomerId], from: &Sender) {
    let closed = |deal: &&crate::sales::Deal| {
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
        deal.warned_lapse = None;
    }
    if let Some(Closing { outcome, at, .. }) = last.closing {
        let won = i64::from(outcome == Outcome::Won);
        let day = draft.state.rules().calendar.date(at);
        let counts = Counts {
            won: -won,
            won_amount: Money(-last.amount.0 * won),
            lost: -i64::from(matches!(outcome, Outcome::Lost(_))),
            ..Counts::default()
        };
        draft.count_on(&last.owner, day, counts);
    }
    let line = draft.about(last.id, Deed::Reopened).by(&member.id);
    draft.line(line);
    let vars = words::vars([
        ("customer", Some(words::customer(draft.state, &last).into())),
        ("stage", Some(words::stage(draft.state.rules(), &last.stage).into())),
    ]);
    draft.answer(from, "reopened", vars);
}

fn open_customer(draft: &Draft<'_>, id: DealId) -> Option<String> {
    let deal = draft.deal(id).filter(|deal| deal.is_open())?;
    Some(words::customer(draft.state, deal))
}
