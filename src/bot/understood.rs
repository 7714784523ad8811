//! What a text would be understood as in this workspace, without anything being recorded.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::names::NamesOf;
use super::objections::heard;
use crate::config::Script;
use crate::language::objections::Objection;
use crate::language::{Awaited, Breakdown, Context, breakdown};
use crate::sales::{CustomerId, Deal, MemberId, ScriptKey, StageKey};
use crate::state::{ScriptVotes, State};

/// At most so many scripts are named.
const SCRIPTS: usize = 3;

/// What `text`, written by `by` at `now`, is understood as.
pub fn understood(state: &State, text: &str, by: Option<&MemberId>, now: DateTime<Utc>) -> Breakdown {
    let rules = state.rules();
    let names = NamesOf::new(state, by);
    let ctx = Context { now, calendar: &rules.calendar, names: &names, awaiting: Awaited::Nothing };
    let mut parts = breakdown(text, &ctx, &|id| state.customer(id).map(|customer| customer.name.to_string()));
    if parts.objections.first().is_some_and(|first| first.score >= LIKELY) {
        let customer = parts.customers.first().and_then(|it| it["id"].as_u64()).map(CustomerId);
        let deal = customer.and_then(|id| state.deals_of_customer(id).find(|deal| deal.is_open()));
        parts.scripts = scripts(state, text, deal, &parts.objections);
    }
    parts
}

/// An objection less likely than this brings no scripts.
const LIKELY: f64 = 0.35;

/// The scripts that answer it at the deal's stage, in its customer's industry, the best first; the score is how likely
/// their kind of objection is meant.
fn scripts(state: &State, text: &str, deal: Option<&Deal>, objections: &[Objection]) -> Vec<Value> {
    let rules = state.rules();
    let nowhere = StageKey::from("");
    let stage = deal.map_or(&nowhere, |deal| &deal.stage);
    let industry = deal.and_then(|deal| state.customer(deal.customer)).map_or("", |it| &it.industry);
    let useful = |key: &ScriptKey| state.votes(key).map_or(0, ScriptVotes::worth);
    let likely = |script: &Script| {
        let kind = |it: &&Objection| script.category.as_deref() == Some(it.category.key());
        objections.iter().find(kind).map_or(0.0, |it| it.score)
    };
    let answers = rules.answers(&heard(rules, text), stage, industry, useful);
    let best = answers.into_iter().take(SCRIPTS);
    best.map(|script| json!({ "id": script.key, "score": likely(script) })).collect()
}
