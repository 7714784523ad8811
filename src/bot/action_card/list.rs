//! 任务: the action cards of a member, one as a whole, and why a card came.

use serde_json::{Value, json};

use super::super::draft::Draft;
use super::super::words;
use super::give::{criteria, exact, offer};
use super::work::{ask_for_evidence, summary};
use super::{by_when, lasted, leads, review, reviewer, title};
use crate::calendar::spoken_duration;
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{ActionAsk, ActionCard, ActionCardId, ActionState, CardKind};

/// A list shows so many.
const SHOWN: usize = 3;
/// And a whole one so many.
const WHOLE: usize = 20;

/// 任务: what the member has to do, what waits for their review, and what they gave.
pub fn list(draft: &mut Draft<'_>, member: &Member, whole: bool, from: &Sender) {
    let turn = |card: &&ActionCard| (card.to != member.id || !card.is_with_doer(), card.due, card.id);
    let mut cards: Vec<&ActionCard> = draft.state.actions_of(&member.id).collect();
    cards.sort_by_key(turn);
    let shown = if whole { WHOLE } else { SHOWN };
    let items: Vec<Value> =
        cards.iter().take(shown).enumerate().map(|(n, card)| item(draft, member, n, card)).collect();
    let more = cards.len().saturating_sub(items.len());
    let own = cards.iter().filter(|card| card.to == member.id && card.is_with_doer()).count();
    let vars = words::vars([
        ("own", (own > 0).then(|| own.into())),
        ("count", Some(cards.len().into())),
        ("items", Some(items.into())),
        ("more", (more > 0).then(|| more.into())),
    ]);
    let ids: Vec<ActionCardId> = cards.iter().take(WHOLE).map(|card| card.id).collect();
    if ids.is_empty() {
        draft.answer(from, "action_none", words::vars([("lead", member.lead.then_some(true.into()))]));
        return;
    }
    draft.answer_list(from, &member.id, CardKind::Action(ActionAsk::List(ids)), "action_list", vars);
}

fn item(draft: &Draft<'_>, member: &Member, n: usize, card: &ActionCard) -> Value {
    let late = card.is_with_doer() && card.due < draft.state.rules().calendar.date(draft.now);
    let who = (card.to != member.id).then(|| words::call(draft.state.rules(), &card.to));
    let by_when = if late { format!("{}已过", exact(draft, card.due)) } else { by_when(draft, card.due) };
    json!({
        "n": n + 1,
        "who": who,
        "what": title(draft, card),
        "by_when": by_when,
        "state": card.state().name(),
    })
}

/// Opens one: as the card whose turn it is with this member, else as it stands. `false` when they do not see it.
pub fn show(draft: &mut Draft<'_>, member: &Member, id: ActionCardId, from: &Sender) -> bool {
    let Some(card) = draft.action(id).cloned() else { return false };
    let reviews = reviewer(draft, &card).is_some_and(|reviewer| reviewer.id == member.id);
    match card.state() {
        ActionState::Issued if card.to == member.id => offer(draft, &card, Some(from)),
        ActionState::Doing if card.to == member.id => {
            ask_for_evidence(draft, member, &card, from, "action_started", None);
        }
        ActionState::Reviewing if reviews => review::open(draft, &card, Some(from)),
        _ if card.to == member.id || card.by == member.id || leads(draft, member, &card.to) => {
            let vars = status(draft, &card);
            draft.answer(from, "action_status", vars);
        }
        _ => return false,
    }
    true
}

fn status(draft: &Draft<'_>, card: &ActionCard) -> Value {
    let times = card.times(draft.now).into_iter().map(|(state, time)| {
        let time = time.max(chrono::TimeDelta::minutes(1));
        format!("{} {}", state.name(), spoken_duration(time))
    });
    let reason =
        card.steps.iter().rev().find(|step| !step.reason.is_empty()).map(|step| step.reason.to_string());
    let all = summary(draft, card);
    words::vars([
        ("who", Some(words::call(draft.state.rules(), &card.to).into())),
        ("what", Some(title(draft, card).into())),
        ("state", Some(card.state().name().into())),
        ("by_when", Some(by_when(draft, card.due).into())),
        ("criteria", criteria(card).map(Into::into)),
        ("got", (!all.is_empty()).then(|| all.into())),
        ("times", Some(times.collect::<Vec<_>>().join(" · ").into())),
        ("reason", reason.map(Into::into)),
    ])
}

/// 为什么, asked behind an action card: who gave it when, and how it came to where it stands.
pub fn why(draft: &mut Draft<'_>, id: ActionCardId, from: &Sender) -> bool {
    let Some(card) = draft.action(id).cloned() else { return false };
    let (rules, now) = (draft.state.rules(), draft.now);
    let mut facts: Vec<String> = card
        .steps
        .iter()
        .rev()
        .take(3)
        .map(|step| {
            let by = step.by.as_ref().map_or_else(|| "初筛".to_owned(), |by| words::call(rules, by));
            let reason = if step.reason.is_empty() { String::new() } else { format!("：{}", step.reason) };
            format!("{} {by} {}{reason}", rules.calendar.spoken_time(step.at, now), step.to.name())
        })
        .collect();
    facts.reverse();
    if let Some(since) = card.since().filter(|_| card.is_open()) {
        facts.push(format!("在{}已经 {}", card.state().name(), lasted(since, now)));
    }
    let rule = format!("行动卡片，{}交，过了当天没交只提醒一次", by_when(draft, card.due));
    draft.answer(from, "why", words::vars([("rule", Some(rule.into())), ("facts", Some(facts.into()))]));
    true
}
