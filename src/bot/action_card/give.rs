//! 发起: a sentence, 「@小王 周五前 给鑫源食品发报价单：1 有图 2 写明交期」, or a tap on what a deal still lacks.

use std::cmp::Reverse;

use chrono::{NaiveDate, TimeDelta};

use super::super::draft::{Draft, Push};
use super::super::{notes, said, words};
use super::{Hand, by_when, leads, title};
use crate::config::Member;
use crate::event::Sender;
use crate::language::Assignment;
use crate::sales::{
    ActionAsk, ActionCard, ActionCardId, ActionState, Awaiting, CardKind, CustomerId, Deal, DealId, MemberId,
};
use crate::state::{Counts, Deed};

/// Without a day it is to be done in so many working days.
const WORKDAYS: u32 = 2;
/// The card is news until a day after its day is over.
const NEWS: TimeDelta = TimeDelta::days(1);
/// At most so many things that a deal lacks are offered.
const OFFERED: usize = 3;
/// What is to be done is one sentence.
const WHAT: usize = 80;

/// A task was given in words. From somebody who leads nobody it is a note like any other.
pub fn give(draft: &mut Draft<'_>, member: &Member, task: &Assignment, text: &str, from: &Sender) {
    if task.what.is_empty() {
        draft.answer(from, "action_how", words::vars([]));
        return;
    }
    if let Some(name) = &task.unknown {
        let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(text);
        draft.line(line);
        let vars = words::vars([("who", Some(name.as_str().into())), ("unknown", Some(true.into()))]);
        draft.answer(from, "action_nobody", vars);
        return;
    }
    let context = awaited_deal(draft, member).filter(|_| task.to.is_empty());
    let owner = context.and_then(|id| draft.deal(id)).map(|deal| deal.owner.clone());
    let named: Vec<MemberId> = if task.to.is_empty() { owner.into_iter().collect() } else { task.to.clone() };
    let allowed = |id: &MemberId| *id == member.id || leads(draft, member, id);
    let mut may: Vec<MemberId> = named.iter().filter(|id| allowed(id)).cloned().collect();
    if let [to] = &may[..] {
        let to = to.clone();
        let deal = context.or_else(|| deal_of(draft, &to, &task.customers));
        issue(draft, &Hand { member, from, card: None, tapped: None }, &to, deal, task, text);
        return;
    }
    if !member.lead && context.is_none() {
        return match said::read_note(draft.state, &member.id, text, draft.now) {
            Some(note) => notes::take(draft, member, &note, from),
            None => notes::keep_as_draft(draft, member, text, from),
        };
    }
    let several = may.len() > 1;
    if !several {
        may = named;
    }
    let call = |id: &MemberId| words::call(draft.state.rules(), id);
    let who: Vec<String> = may.iter().map(call).collect();
    let vars =
        words::vars([("who", Some(who.join("、").into())), ("several", several.then_some(true.into()))]);
    let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(text);
    draft.line(line);
    draft.answer(from, "action_nobody", vars);
}

/// 派任务: what is to be done on this deal? What its stage lacks is offered; a sentence says anything else.
pub fn begin(draft: &mut Draft<'_>, member: &Member, id: DealId, from: &Sender) {
    let state = draft.state;
    let Some(deal) = draft.deal(id).filter(|deal| deal.is_open()).cloned() else { return };
    if deal.owner != member.id && !leads(draft, member, &deal.owner) {
        let who = words::call(state.rules(), &deal.owner);
        draft.answer(from, "action_nobody", words::vars([("who", Some(who.into()))]));
        return;
    }
    let offers = lacks(draft, &deal);
    let texts = offers.iter().map(|offer| offer.to_string());
    let vars = words::vars([
        ("customer", Some(words::customer(state, &deal).into())),
        ("who", Some(words::call(state.rules(), &deal.owner).into())),
        ("stage", Some(words::stage(state.rules(), &deal.stage).into())),
        ("options", Some(words::options(texts))),
    ]);
    let kind = CardKind::Action(ActionAsk::Create { deal: id, offers });
    draft.answer_card(from, &member.id, kind, "action_create", vars);
    let expires_at = draft.now + state.rules().workspace.subject_window;
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Assignment(id);
    dialogue.expires_at = expires_at;
}

/// What a deal's stage lacks, as tasks.
fn lacks(draft: &Draft<'_>, deal: &Deal) -> Vec<Box<str>> {
    let stage = draft.state.rules().process.stage(&deal.stage);
    let open = stage.map_or(&[][..], |stage| &stage.checkpoints).iter().filter(|checkpoint| {
        checkpoint.material.as_ref().is_none_or(|material| !deal.given.contains(material))
    });
    let names: Vec<Box<str>> = open.map(|checkpoint| checkpoint.name.as_str().into()).take(OFFERED).collect();
    if names.is_empty() { vec!["约客户见一面".into(), "推进到下一步".into()] } else { names }
}

/// An offer was tapped.
pub(super) fn give_offer(draft: &mut Draft<'_>, hand: &Hand<'_>, id: DealId, offer: &str) {
    let Some(deal) = draft.deal(id).cloned() else { return };
    if let Some(card) = hand.card {
        draft.finish(card, &format!("派了：{offer}"), hand.tapped);
    }
    let customer = words::customer(draft.state, &deal);
    let task = Assignment {
        to: Vec::new(),
        unknown: None,
        customers: Vec::new(),
        due: None,
        what: format!("{customer}补齐「{offer}」"),
        criteria: vec!["有图片或文件".to_owned()],
    };
    issue(draft, hand, &deal.owner, Some(id), &task, offer);
}

/// The deal that a sentence of this member is awaited for.
fn awaited_deal(draft: &Draft<'_>, member: &Member) -> Option<DealId> {
    let dialogue = draft.state.dialogue(&member.id).filter(|dialogue| dialogue.expires_at > draft.now)?;
    match dialogue.awaiting {
        Awaiting::Assignment(deal) => Some(deal),
        _ => None,
    }
}

/// The open deal of these customers that the doer works on, newest first; else any.
fn deal_of(draft: &Draft<'_>, to: &MemberId, customers: &[CustomerId]) -> Option<DealId> {
    let deals = customers.iter().flat_map(|id| draft.state.deals_of_customer(*id));
    let open = deals.filter(|deal| deal.is_open());
    open.min_by_key(|deal| (!deal.is_with(to), Reverse(deal.last_follow_up), deal.id)).map(|deal| deal.id)
}

fn issue(
    draft: &mut Draft<'_>,
    hand: &Hand<'_>,
    to: &MemberId,
    deal: Option<DealId>,
    task: &Assignment,
    text: &str,
) {
    let (state, now) = (draft.state, draft.now);
    let calendar = &state.rules().calendar;
    let today = calendar.date(now);
    let due = task.due.filter(|day| *day >= today);
    let guessed = due.is_none();
    let due = due.unwrap_or_else(|| calendar.workdays_after(today, WORKDAYS));
    let id = ActionCardId(draft.id());
    let mut card = ActionCard {
        id,
        deal,
        what: task.what.chars().take(WHAT).collect::<String>().into(),
        by: hand.member.id.clone(),
        to: to.clone(),
        due,
        criteria: task.criteria.iter().map(|criterion| criterion.as_str().into()).collect(),
        evidence: Vec::new(),
        steps: Vec::new(),
        warned_for: None,
        put_off: None,
    };
    card.step(ActionState::Issued, now, Some(&hand.member.id), "");
    draft.actions.insert(id, card.clone());
    draft.count(to, Counts { actions: 1, ..Counts::default() });
    let line = draft.about_action(&card, Deed::ActionIssued).by(&hand.member.id).saying(text);
    draft.line(line);
    let dialogue = draft.dialogue_mut(&hand.member.id);
    dialogue.awaiting = Awaiting::Nothing;
    if *to != hand.member.id {
        tell_giver(draft, hand, &card, guessed);
    }
    offer(draft, &card, (*to == hand.member.id).then_some(hand.from));
}

fn tell_giver(draft: &mut Draft<'_>, hand: &Hand<'_>, card: &ActionCard, guessed: bool) {
    let rules = draft.state.rules();
    let vars = words::vars([
        ("who", Some(words::call(rules, &card.to).into())),
        ("by_when", Some(by_when(draft, card.due).into())),
        ("what", Some(title(draft, card).into())),
        ("criteria", criteria(card).map(Into::into)),
        ("guessed", guessed.then(|| exact(draft, card.due).into())),
    ]);
    let kind = CardKind::Action(ActionAsk::Issued(card.id));
    draft.answer_card(hand.from, &hand.member.id, kind, "action_issued", vars);
}

/// Shows its doer the card as it is given: in answer to `from`, else as a push.
pub fn offer(draft: &mut Draft<'_>, card: &ActionCard, from: Option<&Sender>) {
    let (state, rules) = (draft.state, draft.state.rules());
    let Some(doer) = rules.people.find(&card.to) else { return };
    let by = (card.by != card.to).then(|| words::call(rules, &card.by));
    let vars = words::vars([
        ("who", Some(doer.call.as_str().into())),
        ("by_when", Some(by_when(draft, card.due).into())),
        ("what", Some(title(draft, card).into())),
        ("criteria", criteria(card).map(Into::into)),
        ("by", by.map(Into::into)),
        ("due", Some(exact(draft, card.due).into())),
    ]);
    let kind = CardKind::Action(ActionAsk::Offered(card.id));
    if let Some(from) = from {
        draft.answer_card(from, &doer.id, kind, "action_card", vars);
        return;
    }
    let useful_until = state.rules().calendar.end_of_day(card.due).max(draft.now) + NEWS;
    let push = Push { template: "action_card", vars, card: Some(kind), useful_until, bulk: false };
    draft.push(doer, push);
}

/// 「含等保三级认证页；含架构图」
pub(super) fn criteria(card: &ActionCard) -> Option<String> {
    (!card.criteria.is_empty()).then(|| card.criteria.join("；"))
}

/// 「11月27日（周五）」
pub(super) fn exact(draft: &Draft<'_>, due: NaiveDate) -> String {
    words::day(draft.state.rules(), due, draft.now)
}
