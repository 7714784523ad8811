//! An action card whose day is over: its doer hears it once for that day, its giver reads it in the next digest.

use chrono::TimeDelta;

use super::super::draft::{Draft, Push};
use super::super::warn::NINE;
use super::super::words;
use super::give::exact;
use super::{leads, title, work};
use crate::config::Member;
use crate::sales::{ActionAsk, ActionCard, ActionCardId, ActionState, CardKind};
use crate::state::{Deed, action_due};

/// A list shows so many.
const SHOWN: usize = 3;
/// That a day has passed is news this long.
const NEWS: TimeDelta = TimeDelta::hours(48);

/// An action card's day may be over: a firing is a hint, the mark stands in the same commit as the message.
pub fn due(draft: &mut Draft<'_>, id: ActionCardId) {
    let (state, now) = (draft.state, draft.now);
    let Some(card) = state.action(id) else { return };
    if action_due(card, state.rules()).is_none_or(|at| at > now) {
        return;
    }
    let doer = state.rules().people.find(&card.to).filter(|doer| doer.user_on(doer.primary).is_some());
    let today = state.rules().calendar.date(now);
    let cap = i64::from(state.rules().workspace.pushes_a_day);
    if doer.is_some_and(|doer| state.counts(&doer.id, today).pushes >= cap) {
        let morning = state.rules().calendar.next_workday_at(now, NINE);
        if let Some(card) = draft.action_mut(id) {
            card.put_off = Some(morning);
        }
        return;
    }
    // What is due with it goes with it: one message for many facts.
    let with_it = |other: &&ActionCard| {
        other.to == card.to && action_due(other, state.rules()).is_some_and(|at| at <= now)
    };
    let all: Vec<&ActionCard> = state.actions().filter(with_it).collect();
    for card in &all {
        mark(draft, card);
    }
    match (doer, &all[..]) {
        (Some(doer), [one]) => tell(draft, doer, one),
        (Some(doer), several) => tell_all(draft, doer, several),
        // Nobody to tell: it stands in the digest.
        (None, _) => {}
    }
}

fn mark(draft: &mut Draft<'_>, card: &ActionCard) {
    if let Some(card) = draft.action_mut(card.id) {
        card.warned_for = Some(card.due);
        card.put_off = None;
    }
    work::count_late(draft, card);
    let line = draft.about_action(card, Deed::ActionWarned).saying(&card.what);
    draft.line(line);
}

/// Several at once are one list; a digit opens one.
fn tell_all(draft: &mut Draft<'_>, doer: &Member, cards: &[&ActionCard]) {
    let item = |(n, card): (usize, &&ActionCard)| serde_json::json!({ "n": n + 1, "what": title(draft, card), "due": exact(draft, card.due) });
    let items: Vec<serde_json::Value> = cards.iter().take(SHOWN).enumerate().map(item).collect();
    let more = cards.len().saturating_sub(SHOWN);
    let vars = words::vars([
        ("count", Some(cards.len().into())),
        ("items", Some(items.into())),
        ("more", (more > 0).then(|| more.into())),
    ]);
    let kind = CardKind::Action(ActionAsk::List(cards.iter().map(|card| card.id).collect()));
    let useful_until = draft.now + NEWS;
    let push = Push { template: "action_overdue_list", vars, card: Some(kind), useful_until, bulk: false };
    draft.push(doer, push);
}

fn tell(draft: &mut Draft<'_>, doer: &Member, card: &ActionCard) {
    let begun = card.state() == ActionState::Doing;
    let (kind, first) = match begun {
        true => (ActionAsk::Doing(card.id), ("submit", "提交")),
        false => (ActionAsk::Offered(card.id), ("start", "开始做")),
    };
    let options = [first, ("trouble", "有困难")];
    let options = options.map(|(key, text)| serde_json::json!({ "key": key, "text": text }));
    let by = (card.by != card.to).then(|| words::call(draft.state.rules(), &card.by));
    let all = work::summary(draft, card);
    let vars = words::vars([
        ("what", Some(title(draft, card).into())),
        ("due", Some(exact(draft, card.due).into())),
        ("criteria", super::give::criteria(card).map(Into::into)),
        ("got", (!all.is_empty()).then(|| all.into())),
        ("by", by.map(Into::into)),
        ("options", Some(options.to_vec().into())),
    ]);
    // What asked the same before says nothing new any more.
    let asks = |ask: &ActionAsk| matches!(ask, ActionAsk::Offered(_) | ActionAsk::Doing(_));
    draft.finish_asks(card.id, asks, "到期了", None);
    let useful_until = draft.now + NEWS;
    let push = Push {
        template: "action_overdue",
        vars,
        card: Some(CardKind::Action(kind)),
        useful_until,
        bulk: false,
    };
    draft.push(doer, push);
}

/// The open cards that this manager gave, or whose doers they lead, and whose day is over: 「小王 发报价单」.
pub fn late(draft: &Draft<'_>, manager: &Member) -> Vec<String> {
    let today = draft.state.rules().calendar.date(draft.now);
    let theirs = |card: &&ActionCard| card.by == manager.id || leads(draft, manager, &card.to);
    let late = draft.state.actions().filter(|card| card.is_with_doer() && card.due < today).filter(theirs);
    late.map(|card| format!("{} {}", words::call(draft.state.rules(), &card.to), title(draft, card)))
        .collect()
}
