//! 移交: to a team mate, who hears of it; the deal goes on under the new owner, and so do its meetings.

use chrono::TimeDelta;

use super::draft::{Draft, Push};
use super::{warn, words};
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{CardId, CardKind, CardSubject, Deal, DealId, MeetingState, MemberId, Platform};
use crate::state::{Counts, Deed};

/// At most so many mates are offered: what buttons bear, and WeCom's list with one submit.
const OFFERED: usize = 5;
const OFFERED_IN_A_LIST: usize = 20;
/// The new owner has to know; this long it is news.
const USEFUL: TimeDelta = TimeDelta::hours(48);

/// Asks to whom; `stranger` was named and is nobody here, or is empty.
pub fn ask(draft: &mut Draft<'_>, member: &Member, id: DealId, stranger: &str, from: &Sender) {
    let Some(deal) = draft.deal(id).filter(|deal| deal.is_open()).cloned() else { return };
    let customer = words::customer(draft.state, &deal);
    // A manager hands on to the owner's mates.
    let owner = draft.state.rules().people.find(&deal.owner).unwrap_or(member);
    let most = if from.platform == Platform::WeCom { OFFERED_IN_A_LIST } else { OFFERED };
    let mates = mates(draft, owner, most);
    if mates.is_empty() {
        let manager = member.manager.as_ref().map(|manager| words::call(draft.state.rules(), manager));
        let vars = words::vars([("customer", Some(customer.into())), ("manager", manager.map(Into::into))]);
        draft.answer(from, "no_mates", vars);
        return;
    }
    let names = words::options(mates.iter().map(|mate| mate.name.clone()));
    let stranger = (!stranger.is_empty()).then(|| stranger.into());
    let vars =
        words::vars([("customer", Some(customer.into())), ("options", Some(names)), ("stranger", stranger)]);
    let mates = mates.iter().map(|mate| mate.id.clone()).collect();
    draft.answer_card(from, &member.id, CardKind::HandOver { deal: id, mates }, "hand_over", vars);
}

/// 「移交 … 给小陈」: done at once where one is named.
pub fn ask_or_do(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    to: &[MemberId],
    stranger: &str,
    from: &Sender,
) {
    match to {
        [one] if *one != member.id => hand(draft, member, id, &one.clone(), from, None),
        _ => ask(draft, member, id, stranger, from),
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
    let Some(mate) = state.rules().people.find(mate) else { return };
    let Some(deal) = draft.deal(id).filter(|deal| deal.is_open()).cloned() else { return };
    let handled = i64::from(warn::is_unanswered(draft, id));
    give(draft, &deal, &mate.id);
    draft.count(&member.id, Counts { handled, ..Counts::default() });
    let line = draft.about(id, Deed::HandedOver).by(&member.id).saying(mate.id.as_str());
    draft.line(line);
    let done = format!("已移交{}", mate.call);
    if let Some((card, tapped)) = card {
        draft.finish(card, &done, tapped);
    }
    let asks = |kind: &CardKind| matches!(kind, CardKind::Warning { .. } | CardKind::HandOver { .. });
    for card in draft.open_cards(CardSubject::Deal(id), asks) {
        draft.finish(card, &done, None);
    }
    tell(draft, member, mate, &deal);
    tell_owner_before(draft, member, mate, &deal);
    if card.is_none() {
        let customer = words::customer(state, &deal);
        let vars =
            words::vars([("customer", Some(customer.into())), ("to", Some(mate.call.as_str().into()))]);
        draft.answer(from, "handed_off", vars);
    }
}

/// 「小王离职 给小李」: every open deal of one goes to another, by whoever leads them, or by themselves. The new owner hears
/// of all at once.
pub fn all(draft: &mut Draft<'_>, member: &Member, of: &[MemberId], to: &[MemberId], from: &Sender) {
    let state = draft.state;
    let people = &state.rules().people;
    let who = match of {
        [one] => people.find(one),
        _ => None,
    };
    let Some(who) = who else {
        draft.answer(from, "hand_over_all", words::vars([]));
        return;
    };
    let deals: Vec<Deal> = state.deals_of_owner(&who.id).filter(|deal| deal.is_open()).cloned().collect();
    let may = who.id == member.id || deals.iter().all(|deal| state.leads(member, deal));
    let mate = match to {
        [one] => people.find(one).filter(|mate| mate.id != who.id && may),
        _ => None,
    };
    let mut vars = vec![("who", who.call.clone().into()), ("count", deals.len().into())];
    if !may {
        let manager = who.manager.as_ref().map(|manager| words::call(state.rules(), manager));
        vars.push(("manager", manager.unwrap_or_else(|| "主管".to_owned()).into()));
    }
    if let Some(mate) = mate {
        for deal in &deals {
            give(draft, deal, &mate.id);
            let line = draft.about(deal.id, Deed::HandedOver).by(&member.id).saying(mate.id.as_str());
            draft.line(line);
            for card in draft.open_cards(CardSubject::Deal(deal.id), |_| true) {
                draft.finish(card, &format!("已移交{}", mate.call), None);
            }
        }
        vars.push(("to", mate.call.clone().into()));
        tell_all(draft, who, mate, &deals);
    }
    let vars =
        serde_json::Value::Object(vars.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    draft.answer(from, "hand_over_all", vars);
}

/// The new owner of many deals hears of them in one message.
fn tell_all(draft: &mut Draft<'_>, who: &Member, mate: &Member, deals: &[Deal]) {
    const NAMED: usize = 5;
    let names: Vec<String> =
        deals.iter().take(NAMED).map(|deal| words::customer(draft.state, deal)).collect();
    if names.is_empty() {
        return;
    }
    let vars = words::vars([
        ("from", Some(who.call.as_str().into())),
        ("count", Some(deals.len().into())),
        ("customers", Some(names.join("、").into())),
        ("more", (deals.len() > NAMED).then_some(true.into())),
    ]);
    let useful_until = draft.now + USEFUL;
    draft.push(mate, Push { template: "taken_over", vars, card: None, useful_until, bulk: false });
}

/// The new owner begins a stretch of their own, and goes to the meetings.
fn give(draft: &mut Draft<'_>, deal: &Deal, mate: &MemberId) {
    let now = draft.now;
    if let Some(changed) = draft.deal_mut(deal.id) {
        changed.owner = mate.clone();
        changed.helpers.retain(|helper| helper != mate);
        changed.last_follow_up = Some(now);
        (changed.warned_lapse, changed.escalated_lapse, changed.snooze) = (None, None, None);
    }
    let to_come = draft.state.meetings_of(deal.id).filter(|meeting| {
        meeting.state == MeetingState::Planned && meeting.member == deal.owner && meeting.ends_at > now
    });
    for id in to_come.map(|meeting| meeting.id).collect::<Vec<_>>() {
        if let Some(meeting) = draft.meeting_mut(id) {
            meeting.member = mate.clone();
        }
    }
}

/// The new owner hears what it is and where it stands.
fn tell(draft: &mut Draft<'_>, from: &Member, mate: &Member, deal: &Deal) {
    let (state, rules) = (draft.state, draft.state.rules());
    let vars = words::vars([
        ("customer", Some(words::customer(state, deal).into())),
        ("from", Some(from.call.as_str().into())),
        ("stage", Some(words::stage(rules, &deal.stage).into())),
        ("amount", Some(deal.amount.to_string().into())),
        ("last", deal.recent.first().map(|note| note.gist.to_string().into())),
    ]);
    let useful_until = draft.now + USEFUL;
    draft.push(mate, Push { template: "handed_over", vars, card: None, useful_until, bulk: false });
}

/// Whose deal a manager gave away hears of it.
fn tell_owner_before(draft: &mut Draft<'_>, by: &Member, mate: &Member, deal: &Deal) {
    let before = draft.state.rules().people.find(&deal.owner);
    let Some(before) = before.filter(|before| before.id != by.id && before.id != mate.id) else { return };
    let vars = words::vars([
        ("customer", Some(words::customer(draft.state, deal).into())),
        ("by", Some(by.call.as_str().into())),
        ("to", Some(mate.call.as_str().into())),
    ]);
    let useful_until = draft.now + USEFUL;
    draft.push(before, Push { template: "handed_on", vars, card: None, useful_until, bulk: true });
}

fn mates<'s>(draft: &Draft<'s>, member: &Member, most: usize) -> Vec<&'s Member> {
    let rules = draft.state.rules();
    let today = rules.calendar.date(draft.now);
    let fits = |mate: &&Member| {
        let of_team = mate.team.is_some() && mate.team == member.team;
        mate.rep && of_team && mate.id != member.id && !mate.is_away(today)
    };
    rules.people.members.iter().filter(fits).take(most).collect()
}
