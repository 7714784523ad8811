//! 移交: to a team mate, who hears of it; the deal goes on under the new owner.

use super::draft::{Draft, Push};
use super::words;
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{CardId, CardKind, CardState, DealId, MemberId};
use crate::state::{Counts, Deed};

/// At most so many mates are offered.
const OFFERED: usize = 5;

/// Asks to whom.
pub fn ask(draft: &mut Draft<'_>, member: &Member, id: DealId, from: &Sender) {
    let Some(deal) = draft.deal(id).filter(|deal| deal.is_open()).cloned() else { return };
    let customer = words::customer(draft.state, &deal);
    let mates = mates(draft, member);
    if mates.is_empty() {
        let manager = member.manager.as_ref().map(|manager| words::call(draft.state.rules(), manager));
        let vars = words::vars([("customer", Some(customer.into())), ("manager", manager.map(Into::into))]);
        draft.answer(from, "no_mates", vars);
        return;
    }
    let names = words::options(mates.iter().map(|mate| mate.name.clone()));
    let vars = words::vars([("customer", Some(customer.into())), ("options", Some(names))]);
    let mates = mates.iter().map(|mate| mate.id.clone()).collect();
    draft.answer_card(from, &member.id, CardKind::HandOver { deal: id, mates }, "hand_over", vars);
}

/// 「移交 … 给小陈」: done at once where one is named.
pub fn ask_or_do(draft: &mut Draft<'_>, member: &Member, id: DealId, to: &[MemberId], from: &Sender) {
    match to {
        [one] if *one != member.id => hand(draft, member, id, &one.clone(), from, None),
        _ => ask(draft, member, id, from),
    }
}

/// Hands the deal to `mate`.
pub fn hand(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    mate: &MemberId,
    from: &Sender,
    card: Option<(CardId, Option<&Tapped>)>,
) {
    let state = draft.state;
    let (Some(mate), Some(deal)) = (state.rules().people.find(mate), draft.deal(id).cloned()) else { return };
    let now = draft.now;
    if let Some(changed) = draft.deal_mut(id) {
        changed.owner = mate.id.clone();
        // The new owner begins a stretch of their own.
        changed.last_follow_up = Some(now);
        (changed.warned_lapse, changed.snooze) = (None, None);
    }
    draft.count(&member.id, Counts { handled: 1, ..Counts::default() });
    let line = draft.about(id, Deed::HandedOver).by(&member.id).saying(mate.id.as_str());
    draft.line(line);
    let done = format!("已移交{}", mate.call);
    if let Some((card, tapped)) = card {
        draft.finish(card, &done, tapped);
    }
    for warning in open_warnings(draft, id) {
        draft.finish(warning, &done, None);
    }
    let customer = words::customer(state, &deal);
    let told = words::vars([
        ("customer", Some(customer.clone().into())),
        ("from", Some(member.call.as_str().into())),
        ("stage", Some(words::stage(state.rules(), &deal.stage).into())),
        ("amount", Some(deal.amount.to_string().into())),
        ("last", deal.recent.first().map(|note| note.gist.to_string().into())),
    ]);
    let useful_until = draft.now + chrono::TimeDelta::hours(48);
    draft.push(mate, Push { template: "handed_over", vars: told, card: None, useful_until, bulk: false });
    if card.is_none() {
        let vars =
            words::vars([("customer", Some(customer.into())), ("to", Some(mate.call.as_str().into()))]);
        draft.answer(from, "handed_off", vars);
    }
}

fn mates<'s>(draft: &Draft<'s>, member: &Member) -> Vec<&'s Member> {
    let rules = draft.state.rules();
    let today = rules.calendar.date(draft.now);
    let fits =
        |mate: &&Member| mate.rep && mate.id != member.id && mate.team == member.team && !mate.is_away(today);
    rules.people.members.iter().filter(fits).take(OFFERED).collect()
}

fn open_warnings(draft: &Draft<'_>, id: DealId) -> Vec<CardId> {
    let is_open = |card: &&crate::sales::Card| {
        card.state == CardState::Open && card.kind == CardKind::Warning { deal: id }
    };
    draft.state.cards().filter(is_open).map(|card| card.id).collect()
}
