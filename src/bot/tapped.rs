//! Taps on cards, and the digits that mean the same. Only the person whom a card was sent to moves it; a card that is
//! done shows its end again and changes nothing, which makes double taps harmless.

use chrono::{DateTime, Utc};

use super::draft::Draft;
use super::warn::NINE;
use super::{
    action_card, checkpoints, closing, hand_over, media, meeting_outcome, pack, questions, said,
    script_kinds, script_offers, script_votes, scripts, undo, warn, words,
};
use crate::config::Member;
use crate::event::{SUBMIT, Sender, Tapped};
use crate::sales::{
    Awaiting, Card, CardId, CardKind, CardState, DealId, LossReason, NextStep, Snooze, Subject,
};
use crate::state::{Counts, Deed};

/// A button of an open card, pressed by a tap or by a digit or word that means it.
#[derive(Clone, Copy)]
pub struct Press<'p> {
    pub card: CardId,
    pub button: &'p str,
    pub from: &'p Sender,
    /// None when it was said.
    pub tapped: Option<&'p Tapped>,
}

/// Somebody tapped a button.
pub fn tap(draft: &mut Draft<'_>, tapped: &Tapped) {
    let state = draft.state;
    let Some(member) = state.rules().people.find_user(tapped.from.platform, &tapped.from.user) else {
        return;
    };
    let card = CardId::from_outside(&tapped.card, state.epoch()).and_then(|id| state.card(id));
    match card {
        Some(card) if card.to != member.id => {}
        Some(card) => {
            draft.keep_handle(card.id, tapped);
            match &card.state {
                CardState::Open if *tapped.button == *SUBMIT => {
                    super::chosen::sent_in(draft, member, card, tapped);
                }
                CardState::Open => {
                    press(draft, member, card.id, &tapped.button, &tapped.from, Some(tapped));
                }
                CardState::Done(done) => draft.finish(card.id, done, Some(tapped)),
                CardState::Stale => draft.finish(card.id, "已过期", Some(tapped)),
            }
        }
        None => drop(draft.answer(&tapped.from, "stale_card", words::vars([]))),
    }
}

/// The key of a card's nth button, in the order in which they are drawn.
pub fn button_at(card: &Card, n: u8) -> Option<String> {
    let place = usize::from(n).checked_sub(1)?;
    let fixed = |keys: &[&str]| keys.get(place).map(|key| (*key).to_owned());
    let digits = |count: usize| (place < count).then(|| n.to_string());
    match &card.kind {
        CardKind::Warning { .. } => fixed(&["note", "tomorrow", "handover", "close"]),
        CardKind::Closing { .. } => fixed(&["won", "lost", "shelved"]),
        CardKind::LossReason { .. } => fixed(&LossReason::ALL.map(closing::key_of_reason)),
        CardKind::Noted { materials, rival, .. } => {
            let own = ["edit", "undo"].into_iter().chain(rival.iter().map(|_| "rival"));
            materials.iter().map(|key| key.as_str()).chain(own).nth(place).map(str::to_owned)
        }
        CardKind::Checkpoint { materials, .. } => materials.get(place).map(ToString::to_string),
        CardKind::EmptyNote { .. } => fixed(&["meet", "send", "wait", "say"]),
        CardKind::MeetingOutcome { .. } => fixed(&["moved", "material", "missed", "say"]),
        CardKind::Warnings { deals }
        | CardKind::WhichDeal { deals }
        | CardKind::Deals { deals }
        | CardKind::Stuck { deals }
        | CardKind::WhosePicture { deals, .. } => digits(deals.len()),
        CardKind::Lead { .. } => fixed(&["assign"]),
        CardKind::Action(ask) => action_card::button_at(ask, n),
        CardKind::Scripts { scripts, .. } => digits(scripts.len()).or_else(|| {
            let more = card.vars["more"] == true;
            let own = ["useful"].into_iter().chain(more.then_some("others")).chain(["useless"]);
            own.into_iter().nth(place - scripts.len()).map(str::to_owned)
        }),
        CardKind::ScriptKinds { asks, .. } => digits(asks.len()),
        CardKind::Estimate { .. } | CardKind::NewCustomer => None,
        CardKind::ScriptOffer { .. } => fixed(&["take", "decline"]),
        CardKind::HandOver { mates, .. } => digits(mates.len()),
        CardKind::Pack { materials, .. } => materials.get(place).map(ToString::to_string),
    }
}

/// Does what a button of an open card says; whether it has that button.
pub fn press(
    draft: &mut Draft<'_>,
    member: &Member,
    id: CardId,
    button: &str,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    let Some(card) = draft.state.card(id) else { return false };
    if let Some(over) = overtaken(draft, member, &card.kind) {
        draft.finish(id, &over, tapped);
        if tapped.is_none() {
            let customer = card.kind.deal().and_then(|id| draft.deal(id));
            let customer = customer.map(|deal| words::customer(draft.state, deal).into());
            draft.answer(
                from,
                "stale_card",
                words::vars([("customer", customer), ("state", Some(over.into()))]),
            );
        }
        return true;
    }
    let press = Press { card: id, button, from, tapped };
    let place = button.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    match (&card.kind, button) {
        (CardKind::Warning { deal }, "note") => prompt(draft, member, *deal, from),
        (CardKind::Warning { deal }, "tomorrow") => snooze(draft, member, *deal, id, tapped),
        (CardKind::Warning { deal }, "handover") => hand_over::ask(draft, member, *deal, "", from),
        (CardKind::Warning { deal }, "close") => closing::ask(draft, member, *deal, from),
        (CardKind::Warnings { deals }, _) => {
            let Some(deal) = place.and_then(|place| deals.get(place)) else { return false };
            open(draft, member, *deal, from);
        }
        (CardKind::Closing { deal }, _) => {
            return closing::pressed(draft, member, *deal, press);
        }
        (CardKind::LossReason { deal }, _) => {
            return closing::reason_pressed(draft, member, *deal, press);
        }
        (CardKind::HandOver { deal, mates }, _) => {
            let Some(mate) = place.and_then(|place| mates.get(place)) else { return false };
            hand_over::hand(draft, member, *deal, mate, from, Some((id, tapped)));
        }
        (CardKind::WhichDeal { deals }, _) => {
            let Some(deal) = place.and_then(|place| deals.get(place)) else { return false };
            chosen(draft, member, *deal, id, from, tapped);
        }
        (CardKind::Stuck { deals }, _) => {
            let Some(deal) = place.and_then(|place| deals.get(place)) else { return false };
            return questions::show(draft, member, *deal, from);
        }
        (CardKind::Lead { deal }, "assign") => action_card::begin(draft, member, *deal, from),
        (CardKind::WhosePicture { media, deals }, _) => {
            let Some(deal) = place.and_then(|place| deals.get(place)) else { return false };
            media::chosen(draft, member, media, *deal, id, from, tapped);
        }
        (CardKind::Action(ask), _) => {
            return action_card::pressed(draft, member, id, ask, button, from, tapped);
        }
        (CardKind::Deals { deals }, _) => {
            let Some(deal) = place.and_then(|place| deals.get(place)) else { return false };
            return questions::show(draft, member, *deal, from);
        }
        (CardKind::Scripts { .. }, "others") => return scripts::others(draft, member, Some(card), from),
        (CardKind::Scripts { .. }, "useful" | "useless") => {
            let verdict = script_votes::Verdict { useful: button == "useful", number: None };
            return script_votes::judge(draft, member, card, verdict, from, tapped);
        }
        (CardKind::Scripts { .. }, _) => {
            return place.is_some_and(|place| scripts::send(draft, id, place, from));
        }
        (CardKind::ScriptKinds { .. }, _) => {
            return place.is_some_and(|place| script_kinds::chosen(draft, member, card, place, from));
        }
        (CardKind::ScriptOffer { offer }, _) => {
            return script_offers::pressed(draft, member, *offer, press);
        }
        (CardKind::Noted { .. }, "undo") => {
            draft.finish(id, "已撤销", tapped);
            undo::undo_of_card(draft, member, card, from);
        }
        (CardKind::Noted { deal, rival: Some(rival), .. }, "rival") => {
            let asked = scripts::Asked { ask: rival, deal: draft.state.deal(*deal) };
            scripts::answer(draft, member, asked, &[], from);
        }
        (CardKind::Noted { deal, .. }, "edit") => {
            draft.finish(id, "重说一句", tapped);
            if undo::undo_of_card(draft, member, card, from).is_some() {
                prompt(draft, member, *deal, from);
            }
        }
        (CardKind::EmptyNote { deal }, _) => return fact(draft, member, *deal, press),
        (CardKind::Pack { meeting, .. }, _) => {
            return pack::tick(draft, member, *meeting, press);
        }
        (CardKind::MeetingOutcome { meeting }, _) => {
            return meeting_outcome::pressed(draft, member, *meeting, press);
        }
        (CardKind::Noted { .. } | CardKind::Checkpoint { .. }, _) => {
            return checkpoints::press(draft, member, card, button, from, tapped);
        }
        (
            CardKind::Warning { .. }
            | CardKind::Lead { .. }
            | CardKind::Estimate { .. }
            | CardKind::NewCustomer,
            _,
        ) => return false,
    }
    true
}

/// What happened to the deal since the card asked about it, when its buttons mean nothing any more.
fn overtaken(draft: &Draft<'_>, member: &Member, kind: &CardKind) -> Option<String> {
    let (CardKind::Warning { deal } | CardKind::Closing { deal } | CardKind::HandOver { deal, .. }) = kind
    else {
        return None;
    };
    let deal = draft.deal(*deal)?;
    let gives = matches!(kind, CardKind::HandOver { .. }) && draft.state.leads(member, deal);
    match &deal.closing {
        Some(closing) => Some(format!("已经{}", closing.outcome.name())),
        None if deal.is_with(&member.id) || gives => None,
        None => Some(format!("{}接手了", words::call(draft.state.rules(), &deal.owner))),
    }
}

/// 记一笔: the next text in this chat is the note.
pub fn prompt(draft: &mut Draft<'_>, member: &Member, id: DealId, from: &Sender) {
    listen(draft, member, id, Awaiting::Note(id), from);
}

/// Asks for one sentence about the deal: the next text in this chat is taken for what is awaited.
pub fn listen(draft: &mut Draft<'_>, member: &Member, id: DealId, awaiting: Awaiting, from: &Sender) {
    let Some(deal) = draft.deal(id).cloned() else { return };
    let customer = draft.state.customer(deal.customer);
    let vars = words::vars([
        ("customer", Some(words::customer(draft.state, &deal).into())),
        ("contact", words::contact(customer).map(Into::into)),
        ("link", Some(words::page("note", id).into())),
    ]);
    draft.answer(from, "note_prompt", vars);
    let (now, window) = (draft.now, draft.state.rules().workspace.subject_window);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = awaiting;
    dialogue.expires_at = now + window;
    dialogue.subject = Some(Subject { deal: id, at: now });
}

/// 明天提醒: 09:00 of the next working day, in the same lapse.
fn snooze(draft: &mut Draft<'_>, member: &Member, id: DealId, card: CardId, tapped: Option<&Tapped>) {
    let until = draft.state.rules().calendar.next_workday_at(draft.now, NINE);
    let Some(said) = put_off(draft, member, id, until) else { return };
    draft.finish(card, &format!("{said} 提醒"), tapped);
}

/// 周五提醒我, without a card.
pub fn remind(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    at: Option<DateTime<Utc>>,
    what: &str,
    from: &Sender,
) {
    let now = draft.now;
    let until = at.unwrap_or_else(|| draft.state.rules().calendar.next_workday_at(now, NINE));
    let day = draft.state.rules().calendar.date(until);
    // What is to be done then is what comes next; it holds the clock until its day.
    if let Some(deal) = draft.deal_mut(id).filter(|_| !what.is_empty()) {
        deal.next_step = Some(NextStep { day, what: words::gist(what), agreed_at: now });
    }
    let customer = draft.deal(id).map(|deal| words::customer(draft.state, deal));
    if let Some(when) = put_off(draft, member, id, until) {
        let what = (!what.is_empty()).then(|| what.into());
        let vars = words::vars([
            ("customer", customer.map(Into::into)),
            ("when", Some(when.into())),
            ("what", what),
        ]);
        draft.answer(from, "remind_set", vars);
    }
}

fn put_off(draft: &mut Draft<'_>, member: &Member, id: DealId, until: DateTime<Utc>) -> Option<String> {
    let lapse = draft.deal(id).and_then(|deal| draft.state.lapse(deal))?;
    let handled = i64::from(warn::is_unanswered(draft, id));
    draft.deal_mut(id)?.snooze = Some(Snooze { until, lapse: lapse.start });
    draft.count(&member.id, Counts { handled, ..Counts::default() });
    let line = draft.about(id, Deed::Snoozed).by(&member.id);
    draft.line(line);
    let calendar = &draft.state.rules().calendar;
    let day = calendar.spoken_day(until, draft.now);
    Some(format!("{day} {}", calendar.local(until).format("%-H:%M")))
}

/// A digit of the list opens that deal's warning; of one that needs none any more it says why.
fn open(draft: &mut Draft<'_>, member: &Member, id: DealId, from: &Sender) {
    let kind = CardKind::Warning { deal: id };
    if let Some(over) = overtaken(draft, member, &kind) {
        let customer = draft.deal(id).map(|deal| words::customer(draft.state, deal).into());
        let vars = words::vars([("customer", customer), ("state", Some(over.into()))]);
        draft.answer(from, "stale_card", vars);
        return;
    }
    let vars = warn::warning(draft, id);
    draft.answer_card(from, &member.id, kind, "overdue_warning", vars);
}

/// The deal that a kept note is about was chosen.
fn chosen(
    draft: &mut Draft<'_>,
    member: &Member,
    deal: DealId,
    card: CardId,
    from: &Sender,
    tapped: Option<&Tapped>,
) {
    let customer = draft.deal(deal).map(|deal| words::customer(draft.state, deal)).unwrap_or_default();
    draft.finish(card, &customer, tapped);
    draft.dialogue_mut(&member.id).awaiting = Awaiting::Nothing;
    match kept(draft, member, card) {
        Some(words) => said::resume(draft, member, deal, &words, from),
        None => {
            let customer = Some(customer.into());
            draft.answer(from, "stale_card", words::vars([("customer", customer)]));
        }
    }
}

/// The words that were kept when the card asked which deal they mean: in the history, whatever was said since.
fn kept(draft: &Draft<'_>, member: &Member, card: CardId) -> Option<Box<str>> {
    let asked_at = draft.state.card(card)?.at;
    let is_kept = |recent: &&crate::state::Recent| {
        let line = &recent.line;
        line.what == Deed::Drafted && line.at == asked_at && line.by.as_ref() == Some(&member.id)
    };
    draft.state.recent().rev().find(is_kept)?.line.text.clone()
}

/// One tapped fact after a note that said nothing.
fn fact(draft: &mut Draft<'_>, member: &Member, deal: DealId, press: Press<'_>) -> bool {
    let Press { card, button, from, tapped } = press;
    let words = match button {
        "meet" => "下一步：约见面",
        "send" => "下一步：发材料",
        "wait" => "下一步：等对方回复",
        "say" => {
            draft.finish(card, "说一句", tapped);
            prompt(draft, member, deal, from);
            return true;
        }
        _ => return false,
    };
    draft.finish(card, words, tapped);
    said::resume(draft, member, deal, words, from);
    true
}
