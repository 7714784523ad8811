//! 投稿: a rep's words are kept, each admin gets one card, and the first to say so takes them into the library or leaves
//! them out. The rep hears what became of them either way.

use chrono::TimeDelta;
use serde_json::Value;

use super::draft::{Draft, Push};
use super::tapped::Press;
use super::{objections, words};
use crate::config::{Config, Member};
use crate::event::Sender;
use crate::sales::{Card, CardKind, CardSubject, OfferState, ScriptOffer, ScriptOfferId};
use crate::state::{Deed, Record};

/// The longest that a person would say in one go; the same as for the files' scripts.
const SAY_CHARS: usize = 140;
/// An admin may look at it so long.
const OPEN: TimeDelta = TimeDelta::days(14);
/// What became of it is news so long.
const NEWS: TimeDelta = TimeDelta::days(7);

/// 投稿话术 价格：……
pub fn offered(draft: &mut Draft<'_>, member: &Member, ask: &str, say: &str, text: &str, from: &Sender) {
    let state = draft.state;
    let chars = say.chars().count();
    if chars == 0 || chars > SAY_CHARS {
        // What was typed is kept where drafts are, until it comes shorter.
        let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(text);
        draft.line(line);
        let vars = words::vars([
            ("chars", (chars > 0).then(|| chars.to_string().into())),
            ("most", Some(SAY_CHARS.to_string().into())),
        ]);
        draft.answer(from, "script_offer_how", vars);
        return;
    }
    if state.scripts().any(|script| script.say == say) {
        let vars = words::vars([("say", Some(say.into())), ("known", Some(true.into()))]);
        draft.answer(from, "script_offer_kept", vars);
        return;
    }
    // Said once more while it waits, it is the same offer.
    let waiting = state.offers().any(|offer| offer.is_open() && offer.by == member.id && *offer.say == *say);
    let offer = if waiting { None } else { Some(keep(draft, member, ask, say)) };
    let live = member.admin && !waiting;
    let kind = offer.as_ref().map(|offer| kind_of(state.rules(), offer));
    if let Some(offer) = offer {
        match live {
            true => settle(draft, member, &offer, true),
            false => ask_admins(draft, &offer),
        }
    }
    let vars = words::vars([
        ("say", Some(say.into())),
        ("kind", kind.map(Into::into)),
        ("live", live.then_some(true.into())),
        ("admin", admin(draft, member).map(Into::into)),
    ]);
    draft.answer(from, "script_offer_kept", vars);
}

/// Who is asked.
fn admin(draft: &Draft<'_>, member: &Member) -> Option<String> {
    let mut admins =
        draft.state.rules().people.members.iter().filter(|each| each.admin && each.id != member.id);
    admins.next().map(|admin| admin.call.clone())
}

fn keep(draft: &mut Draft<'_>, member: &Member, ask: &str, say: &str) -> ScriptOffer {
    let rules = draft.state.rules();
    let heard = objections::heard(rules, if ask.is_empty() { say } else { ask });
    let (category, competitor) =
        (heard.categories.first().map(|key| (*key).into()), heard.competitor.map(Into::into));
    let offer = ScriptOffer {
        id: ScriptOfferId(draft.id()),
        by: member.id.clone(),
        at: draft.now,
        ask: ask.into(),
        category,
        competitor,
        say: say.into(),
        state: OfferState::Offered,
    };
    draft.put(Record::ScriptOffer(offer.clone()));
    let line = draft.about_workspace(Deed::ScriptOffered).by(&member.id).saying(say);
    draft.line(line);
    offer
}

fn ask_admins(draft: &mut Draft<'_>, offer: &ScriptOffer) {
    let rules = draft.state.rules();
    let kind = kind_of(rules, offer);
    let vars = words::vars([
        ("who", Some(words::call(rules, &offer.by).into())),
        ("ask", (*offer.ask != *kind).then(|| (*offer.ask).into())),
        ("kind", Some(kind.into())),
        ("say", Some((*offer.say).into())),
    ]);
    for admin in rules.people.members.iter().filter(|member| member.admin) {
        let card = Some(CardKind::ScriptOffer { offer: offer.id });
        let (vars, useful_until) = (vars.clone(), draft.now + OPEN);
        draft.push(admin, Push { template: "script_offer", vars, card, useful_until, bulk: true });
    }
}

/// What it answers, in a word that finds it: 价格, 锐目, or the rep's own.
fn kind_of(rules: &Config, offer: &ScriptOffer) -> String {
    let rival = offer.competitor.as_deref().and_then(|key| rules.objections.competitor(key));
    let kind = offer.category.as_deref().and_then(|key| rules.objections.category(key));
    rival.map(|rival| &rival.name).or(kind.map(|kind| &kind.name)).map_or_else(String::new, Clone::clone)
}

/// 通过 or 不收, tapped or by its digit; whether the card has that button.
pub fn pressed(draft: &mut Draft<'_>, member: &Member, id: ScriptOfferId, press: Press<'_>) -> bool {
    let taken = match press.button {
        "take" => true,
        "decline" => false,
        _ => return false,
    };
    let offer = draft.state.offer(id).cloned();
    let over = match &offer {
        None => Some("已经没有了".to_owned()),
        Some(_) if !member.admin => Some("由管理员来定".to_owned()),
        Some(offer) => decided(draft.state.rules(), offer),
    };
    if let (None, Some(offer)) = (&over, &offer) {
        settle(draft, member, offer, taken);
        tell_author(draft, member, offer, taken);
        let done = if taken { "收进话术库了" } else { "没收" };
        draft.finish(press.card, done, press.tapped);
        close_others(draft, member, id, press);
    }
    if let Some(over) = &over {
        draft.finish(press.card, over, press.tapped);
    }
    if press.tapped.is_none() {
        let who = offer.map(|offer| words::call(draft.state.rules(), &offer.by));
        let vars = words::vars([
            ("who", who.map(Into::into)),
            ("over", over.map(Into::into)),
            ("taken", taken.then_some(true.into())),
        ]);
        draft.answer(press.from, "script_offer_settled", vars);
    }
    true
}

/// What somebody decided before.
fn decided(rules: &Config, offer: &ScriptOffer) -> Option<String> {
    match &offer.state {
        OfferState::Offered => None,
        OfferState::Taken { by, .. } => Some(format!("{}收进话术库了", words::call(rules, by))),
        OfferState::Declined { by, .. } => Some(format!("{}没收", words::call(rules, by))),
    }
}

fn settle(draft: &mut Draft<'_>, member: &Member, offer: &ScriptOffer, taken: bool) {
    let (by, at) = (member.id.clone(), draft.now);
    let (state, deed) = match taken {
        true => (OfferState::Taken { by, at }, Deed::ScriptTaken),
        false => (OfferState::Declined { by, at }, Deed::ScriptDeclined),
    };
    draft.put(Record::ScriptOffer(ScriptOffer { state, ..offer.clone() }));
    let line = draft.about_workspace(deed).by(&member.id).saying(&offer.say);
    draft.line(line);
}

/// One card a question: what one admin decided is decided on the others' cards too.
fn close_others(draft: &mut Draft<'_>, member: &Member, id: ScriptOfferId, press: Press<'_>) {
    let done = format!("{}{}", member.call, if press.button == "take" { "收进话术库了" } else { "没收" });
    let asks = |kind: &CardKind| matches!(kind, CardKind::ScriptOffer { .. });
    for card in draft.open_cards(CardSubject::Offer(id), asks) {
        if card != press.card {
            draft.finish(card, &done, None);
        }
    }
}

fn tell_author(draft: &mut Draft<'_>, member: &Member, offer: &ScriptOffer, taken: bool) {
    let rules = draft.state.rules();
    let Some(author) = rules.people.find(&offer.by).filter(|author| author.id != member.id) else { return };
    let kind = kind_of(rules, offer);
    let vars: Value = words::vars([
        ("say", Some((*offer.say).into())),
        ("kind", Some(kind.into())),
        ("by", Some(member.call.as_str().into())),
    ]);
    let template = if taken { "script_taken" } else { "script_declined" };
    let useful_until = draft.now + NEWS;
    draft.push(author, Push { template, vars, card: None, useful_until, bulk: true });
}

/// 通过, 收下, 不收 said while an offer is what was shown last; whether that is what was meant.
pub fn said(draft: &mut Draft<'_>, member: &Member, card: Option<&Card>, text: &str, from: &Sender) -> bool {
    let Some(Card { id, kind: CardKind::ScriptOffer { offer }, .. }) = card else { return false };
    let mark = |c: char| c.is_whitespace() || "，。！!,.".contains(c);
    let button = match text.trim_matches(mark) {
        "通过" | "收" | "收下" | "收了" | "可以收" => "take",
        "不收" | "先不收" | "不通过" | "退回" => "decline",
        _ => return false,
    };
    pressed(draft, member, *offer, Press { card: *id, button, from, tapped: None })
}
