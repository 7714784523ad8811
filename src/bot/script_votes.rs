//! 有用, 没用: said of a script it moves that script in the rank for everybody. One list gives each of its scripts one
//! voice; said again otherwise, it is changed.

use super::draft::Draft;
use super::words;
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{Card, CardKind, ScriptKey};
use crate::state::{Deed, Record, ScriptVotes};

/// What is said, and of which.
#[derive(Clone, Copy)]
pub struct Verdict {
    pub useful: bool,
    /// Of the one with this number; without one of the script that was taken last, or of all that were shown.
    pub number: Option<u8>,
}

/// Keeps a verdict on the scripts of this card; whether it shows any.
pub fn judge(
    draft: &mut Draft<'_>,
    member: &Member,
    card: &Card,
    verdict: Verdict,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    let CardKind::Scripts { scripts, sent, judged, .. } = &card.kind else { return false };
    let meant: Vec<ScriptKey> = match (verdict.number, sent.last()) {
        (Some(n), _) => {
            usize::from(n).checked_sub(1).and_then(|at| scripts.get(at)).into_iter().cloned().collect()
        }
        (None, Some(taken)) => vec![taken.clone()],
        (None, None) => scripts.clone(),
    };
    if meant.is_empty() {
        let n = verdict.number.map(|n| n.to_string().into());
        draft.answer(from, "number_none", words::vars([("n", n)]));
        return true;
    }
    let mut judged = judged.clone();
    for key in &meant {
        let before = judged.iter().find(|(known, _)| known == key).map(|(_, useful)| *useful);
        if before == Some(verdict.useful) {
            continue;
        }
        keep(draft, member, key, before, verdict.useful);
        judged.retain(|(known, _)| known != key);
        judged.push((key.clone(), verdict.useful));
    }
    let state = draft.state;
    let name = |key: &ScriptKey| state.script(key).map(|script| script.name.as_str());
    let names = meant.iter().filter_map(name).collect::<Vec<_>>().join("、");
    if let Some(CardKind::Scripts { judged: kept, .. }) = draft.card_mut(card.id).map(|card| &mut card.kind) {
        *kept = judged;
    }
    let mut vars = card.vars.clone();
    let said = format!("{names}{}", if verdict.useful { "有用" } else { "没用" });
    if let Some(fields) = vars.as_object_mut() {
        fields.insert("judged".into(), said.into());
    }
    let more = vars.get("more").cloned();
    draft.redraw(card.id, vars, tapped);
    if tapped.is_none() {
        let useful = verdict.useful.then_some(true.into());
        let vars = words::vars([("name", Some(names.into())), ("useful", useful), ("more", more)]);
        draft.answer(from, "script_judged", vars);
    }
    true
}

/// Adds one voice to a script, and takes back the one that was given before.
fn keep(draft: &mut Draft<'_>, member: &Member, key: &ScriptKey, before: Option<bool>, useful: bool) {
    let one = |said: bool| i64::from(useful == said) - i64::from(before == Some(said));
    let added = ScriptVotes { script: key.clone(), useful: one(true), useless: one(false) };
    let mut votes = draft.state.votes(key).cloned().unwrap_or_else(|| ScriptVotes::none(key.clone()));
    votes.add(&added);
    draft.put(Record::ScriptVotes(votes));
    let text = serde_json::to_string(&added).expect("votes are plain data with string keys");
    let line = draft.about_workspace(Deed::ScriptJudged).by(&member.id).saying(&text);
    draft.line(line);
}
