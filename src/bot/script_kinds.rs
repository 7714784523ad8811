//! 话术 alone: which kinds of objections and which competitors there are scripts for, to choose from.

use serde_json::{Value, json};

use super::draft::Draft;
use super::scripts::{self, Asked};
use super::words;
use crate::config::{self, Heard, Member};
use crate::event::Sender;
use crate::sales::{Card, CardKind, Deal};
use crate::state::State;

/// So many are buttons; all have a number.
const BUTTONS: usize = 6;

/// The names of what can be asked for: kinds, then competitors.
fn names(state: &State, deal: Option<&Deal>) -> (Vec<String>, Vec<String>) {
    let rules = state.rules();
    let Some((stage, industry)) = scripts::place(state, deal) else { return Default::default() };
    let answered =
        |heard: Heard<'_>| !config::answers(state.scripts(), &heard, stage, industry, |_| 0).is_empty();
    let kinds = rules
        .objections
        .categories
        .iter()
        .filter(|category| answered(Heard { categories: vec![&category.key], ..Heard::default() }));
    let rivals = rules
        .objections
        .competitors
        .iter()
        .filter(|rival| answered(Heard { competitor: Some(&rival.key), ..Heard::default() }));
    (kinds.map(|kind| kind.name.clone()).collect(), rivals.map(|rival| rival.name.clone()).collect())
}

/// The list, numbered.
pub fn list(draft: &mut Draft<'_>, member: &Member, deal: Option<&Deal>, from: &Sender) {
    let state = draft.state;
    let (kinds, rivals) = names(state, deal);
    if kinds.is_empty() && rivals.is_empty() {
        let said = Some("客户异议".into());
        draft.answer(from, "script_none", words::vars([("said", said)]));
        return;
    }
    let vars = words::vars([
        ("customer", deal.map(|deal| words::customer(state, deal).into())),
        ("kinds", Some(numbered(&kinds, 0))),
        ("rivals", Some(numbered(&rivals, kinds.len()))),
        ("options", Some(words::options(kinds.iter().take(BUTTONS).cloned()))),
    ]);
    let asks = kinds.into_iter().chain(rivals).map(Into::into).collect();
    let kind = CardKind::ScriptKinds { deal: deal.map(|deal| deal.id), asks };
    draft.answer_card(from, &member.id, kind, "script_kinds", vars);
}

/// None answers what was asked, or all were shown: what there is.
pub fn none(draft: &mut Draft<'_>, member: &Member, asked: Asked<'_>, over: bool, from: &Sender) {
    let (kinds, rivals) = names(draft.state, asked.deal);
    let asks: Vec<String> = kinds.into_iter().chain(rivals).collect();
    let vars = words::vars([
        ("said", Some(words::gist(asked.ask).into_string().into())),
        ("over", over.then_some(true.into())),
        ("words", Some(numbered(&asks, 0))),
        ("options", Some(words::options(asks.iter().take(BUTTONS).cloned()))),
    ]);
    if asks.is_empty() {
        draft.answer(from, "script_none", vars);
        return;
    }
    let asks = asks.into_iter().map(Into::into).collect();
    let kind = CardKind::ScriptKinds { deal: asked.deal.map(|deal| deal.id), asks };
    draft.answer_card(from, &member.id, kind, "script_none", vars);
}

fn numbered(names: &[String], before: usize) -> Value {
    names.iter().enumerate().map(|(n, name)| json!({ "n": before + n + 1, "name": name })).collect()
}

/// One of the list was chosen; whether it has so many.
pub fn chosen(draft: &mut Draft<'_>, member: &Member, card: &Card, place: usize, from: &Sender) -> bool {
    let CardKind::ScriptKinds { deal, asks } = &card.kind else { return false };
    let Some(ask) = asks.get(place) else { return false };
    let deal = deal.and_then(|id| draft.state.deal(id));
    scripts::answer(draft, member, Asked { ask, deal }, &[], from);
    true
}
