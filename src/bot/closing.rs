//! 关闭商机: 赢单, 丢单 or 搁置. A tap closes at once; the reason of a loss is added when it is tapped. It stands in the
//! manager's next digest, and 重开 undoes it for seven days.

use chrono::TimeDelta;

use super::draft::Draft;
use super::{warn, words};
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{
    CardId, CardKind, Closing, CustomerId, Deal, DealId, LossReason, MeetingState, Money, Outcome,
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
    close(draft, member, id, outcome, from, tapped);
    true
}

/// The reason of a loss was tapped: it is added to the closing.
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
    let closing = draft.deal_mut(id).and_then(|deal| deal.closing.as_mut());
    let Some(closing) = closing.filter(|closing| matches!(closing.outcome, Outcome::Lost(_))) else {
        return true;
    };
    closing.outcome = Outcome::Lost(Some(reason));
    let line = draft.about(id, Deed::Closed).by(&member.id).saying(reason.name());
    draft.line(line);
    say(draft, id, Outcome::Lost(Some(reason)), from);
    true
}

/// Closes the deal; its open cards and planned meetings end with it. A loss is asked for its reason.
pub fn close(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    outcome: Outcome,
    from: &Sender,
    _tapped: Option<&Tapped>,
) {
    let Some(customer) = open_customer(draft, id) else { return };
    let handled = i64::from(warn::is_unanswered(draft, id));
    let (now, by) = (draft.now, member.id.clone());
    let Some(deal) = draft.deal_mut(id) else { return };
    deal.closing = Some(Closing { outcome, at: now, by });
    let (amount, owner) = (deal.amount, deal.owner.clone());
    draft.count(&owner, counts_of(outcome, amount));
    draft.count(&member.id, Counts { handled, ..Counts::default() });
    end_meetings(draft, id);
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

fn end_meetings(draft: &mut Draft<'_>, id: DealId) {
    let planned = draft.state.meetings_of(id).filter(|meeting| meeting.state == MeetingState::Planned);
    for meeting in planned.map(|meeting| meeting.id).collect::<Vec<_>>() {
        if let Some(meeting) = draft.meeting_mut(meeting) {
            meeting.state = MeetingState::Cancelled;
        }
    }
}

/// Whatever still asks about the deal, in whichever app, is answered by its end.
fn end_cards(draft: &mut Draft<'_>, id: DealId, done: &str) {
    let asks = |kind: &CardKind| match kind {
        CardKind::Warning { deal } | CardKind::Closing { deal } | CardKind::HandOver { deal, .. } => {
            *deal == id
        }
        _ => false,
    };
    for card in draft.open_cards(asks) {
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
    if let Some(Closing { outcome, at, .. }) = last.closing {
        let day = draft.state.rules().calendar.date(at);
        draft.count_on(&last.owner, day, counts_of(outcome, last.amount).negated());
    }
    for card in draft.open_cards(|kind| *kind == CardKind::LossReason { deal: last.id }) {
        draft.finish(card, "已重开", None);
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
