//! Where an endpoint is configured, a customer's sentence is answered in two steps: its scripts go out to be ranked by
//! what they mean, and the answer is decided when the order comes, or its deadline. Without an order the offline one is
//! the answer. Nothing leaves but masked words.

use chrono::TimeDelta;

use super::draft::Draft;
use super::scripts::{self, Asked};
use crate::config::Member;
use crate::event::{Ranked, Ranking, Sender};
use crate::language::masked;
use crate::sales::ScriptKey;
use crate::state::State;

/// So many of the offline answers are ranked anew.
const RANKED: usize = 12;
/// Shorter words are a kind's or a script's own, and mean what they say.
const SENTENCE: usize = 4;
/// Beside the endpoint's own time: until the outbox has looked at it.
const WAIT: TimeDelta = TimeDelta::seconds(2);
/// Older questions are not answered any more, as an answer that did not go out in that time would not be.
const STALE: TimeDelta = TimeDelta::hours(1);

/// Has the answers ranked; whether they are, and the answer comes later.
pub fn begin(draft: &mut Draft<'_>, member: &Member, asked: Asked<'_>, from: &Sender) -> bool {
    let state = draft.state;
    let Some(embeddings) = &state.rules().embeddings else { return false };
    if asked.ask.chars().count() < SENTENCE || is_named(state, asked.ask) {
        return false;
    }
    let fitting = scripts::fitting(state, asked);
    if fitting.len() < 2 {
        return false;
    }
    let mask = |words: &str| -> Box<str> { masked(words, state.names()).into() };
    let options = fitting.iter().take(RANKED).map(|script| {
        let words = script.say.replace("{{ contact }}，", "").replace("{{ contact }}", "");
        (script.key.clone(), mask(&format!("{}：{words}", script.objection)))
    });
    let ranking = Ranking {
        from: from.clone(),
        member: member.id.clone(),
        at: draft.now,
        ask: asked.ask.into(),
        deal: asked.deal.map(|deal| deal.id),
        masked: mask(asked.ask),
        options: options.collect(),
    };
    let useful_until = draft.now + embeddings.timeout + WAIT;
    draft.rank(ranking, useful_until);
    true
}

/// Whether the words are a kind's, a competitor's or a script's name: nothing is to be found out about those.
fn is_named(state: &State, ask: &str) -> bool {
    let objections = &state.rules().objections;
    objections.categories.iter().any(|category| category.name == ask)
        || objections.competitors.iter().any(|rival| rival.names().any(|name| name == ask))
        || state.scripts().any(|script| script.word == ask || script.name == ask)
}

/// The order came, or will not: the answer, in it or as it is offline.
pub fn ranked(draft: &mut Draft<'_>, ranked: &Ranked) {
    let Ranking { from, member, at, ask, deal, .. } = &*ranked.ranking;
    let state = draft.state;
    let Some(member) = state.rules().people.find(member).filter(|_| draft.now - *at <= STALE) else { return };
    let order: &[ScriptKey] = ranked.order.as_deref().unwrap_or_default();
    let asked = Asked { ask, deal: deal.and_then(|id| state.deal(id)) };
    scripts::answer_in(draft, member, asked, order, &[], from);
}
