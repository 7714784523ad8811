//! 检查点: what a stage demands before a deal may leave it. Entering a stage brings its materials to tick; leaving it
//! with one missing waits or is flagged, as `process.toml` says, and moves on by itself once all are given.

use serde_json::Value;

use super::draft::{Draft, Push};
use super::{pack, words};
use crate::config::{Config, Member};
use crate::event::{Sender, Tapped};
use crate::sales::{Card, CardId, CardKind, CardSubject, Deal, DealId, MaterialKey, StageKey};
use crate::state::{Counts, Deed};

/// So many can be ticked on one card, beside two or three buttons of its own.
const TICKS: usize = 4;

/// What is missing of a stage that a deal was to leave.
pub struct Missing {
    /// The stage that demands it.
    pub from: StageKey,
    /// The stage that the deal was to come to.
    pub to: StageKey,
    /// What can be ticked and is not.
    pub materials: Vec<MaterialKey>,
    /// Whether it came there all the same.
    pub moved: bool,
}

/// The materials of the deal's stage to tick.
pub fn demanded(rules: &Config, deal: &Deal) -> Vec<MaterialKey> {
    let stage = rules.process.stage(&deal.stage);
    let mut keys: Vec<MaterialKey> = Vec::new();
    for key in stage.into_iter().flat_map(|stage| stage.demanded()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys.truncate(TICKS);
    keys
}

/// What the deal's stage demands beside: 「交期确认」.
pub fn others(rules: &Config, deal: &Deal) -> Option<String> {
    let checkpoints = rules.process.stage(&deal.stage).map_or(&[][..], |stage| &stage.checkpoints);
    let bare = checkpoints.iter().filter(|checkpoint| checkpoint.material.is_none());
    let names: Vec<&str> = bare.map(|checkpoint| checkpoint.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join("、"))
}

/// What can be ticked and is not yet, of what the deal's stage demands.
pub fn missing(rules: &Config, deal: &Deal) -> Vec<MaterialKey> {
    let stage = rules.process.stage(&deal.stage);
    let demanded = stage.into_iter().flat_map(|stage| stage.demanded());
    demanded.filter(|key| !deal.given.contains(key)).cloned().collect()
}

/// The checkpoints of a stage that these materials fulfil, by name.
fn names_of(rules: &Config, stage: &StageKey, materials: &[MaterialKey]) -> String {
    let checkpoints = rules.process.stage(stage).map_or(&[][..], |stage| &stage.checkpoints);
    let meant = checkpoints
        .iter()
        .filter(|checkpoint| checkpoint.material.as_ref().is_some_and(|key| materials.contains(key)));
    meant.map(|checkpoint| checkpoint.name.as_str()).collect::<Vec<_>>().join("、")
}

/// Says what is missing, and how to give it.
pub fn ask(draft: &mut Draft<'_>, member: &Member, id: DealId, missing: &Missing, from: &Sender) {
    let materials: Vec<MaterialKey> = missing.materials.iter().take(TICKS).cloned().collect();
    let to = (!missing.moved).then(|| missing.to.clone());
    // The newest question counts: an older one would tell of another stage.
    end_waiting(draft, id, "换了新的");
    let vars = missing_vars(draft, id, missing, &materials);
    let kind = CardKind::Checkpoint { deal: id, materials, to };
    draft.answer_card(from, &member.id, kind, "checkpoint_missing", vars);
}

fn missing_vars(draft: &Draft<'_>, id: DealId, missing: &Missing, materials: &[MaterialKey]) -> Value {
    let rules = draft.state.rules();
    let Some(deal) = draft.deal(id) else { return Value::Null };
    let names = names_of(rules, &missing.from, &missing.materials);
    let first = names.split('、').next().unwrap_or_default();
    let how = format!("给过就点一下，或者说一句「{first}给了」");
    words::vars([
        ("customer", Some(words::customer(draft.state, deal).into())),
        ("from", Some(words::stage(rules, &missing.from).into())),
        ("to", Some(words::stage(rules, &missing.to).into())),
        ("moved", missing.moved.then_some(true.into())),
        ("missing", Some(names.into())),
        ("materials", Some(pack::ticks(draft, deal, materials))),
        ("how", Some(how.into())),
    ])
}

/// The owner learns what the new stage demands: in the answer, or as a push when somebody else moved the deal. Whether
/// there was anything to tell.
pub fn tell(draft: &mut Draft<'_>, member: &Member, id: DealId, gist: &str, from: &Sender) -> bool {
    let rules = draft.state.rules();
    let Some(deal) = draft.deal(id).cloned() else { return false };
    let materials = demanded(rules, &deal);
    if materials.is_empty() {
        return false;
    }
    let own = deal.owner == member.id;
    let vars = words::vars([
        ("customer", Some(words::customer(draft.state, &deal).into())),
        ("stage", Some(words::stage(rules, &deal.stage).into())),
        ("by", (!own).then(|| member.call.as_str().into())),
        ("gist", Some(gist.into())),
        ("materials", Some(pack::ticks(draft, &deal, &materials))),
        ("others", others(rules, &deal).map(Into::into)),
    ]);
    let kind = CardKind::Checkpoint { deal: id, materials, to: None };
    match rules.people.find(&deal.owner) {
        Some(owner) if !own => {
            let useful_until = draft.now + chrono::TimeDelta::hours(24);
            let push = Push { template: "stage_entered", vars, card: Some(kind), useful_until, bulk: false };
            draft.push(owner, push).is_some()
        }
        Some(_) | None => {
            draft.answer_card(from, &member.id, kind, "stage_entered", vars);
            true
        }
    }
}

/// A material is ticked for a deal, or the tick taken off. `None` when the deal is closed or gone.
pub fn toggle(draft: &mut Draft<'_>, id: DealId, key: &MaterialKey) -> Option<Deal> {
    let deal = draft.deal_mut(id).filter(|deal| deal.is_open())?;
    match deal.given.iter().position(|given| given == key) {
        Some(place) => drop(deal.given.remove(place)),
        None => deal.given.push(key.clone()),
    }
    Some(deal.clone())
}

/// A tick on a card that shows a stage's materials.
pub fn press(
    draft: &mut Draft<'_>,
    member: &Member,
    card: &Card,
    button: &str,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    let (CardKind::Checkpoint { deal, materials, .. } | CardKind::Noted { deal, materials, .. }) = &card.kind
    else {
        return false;
    };
    let Some(key) = materials.iter().find(|key| key.as_str() == button) else { return false };
    let id = *deal;
    let Some(deal) = toggle(draft, id, key) else {
        draft.finish(card.id, "商机已经关了", tapped);
        return true;
    };
    let mut vars = card.vars.clone();
    if let Some(fields) = vars.as_object_mut() {
        fields.insert("materials".into(), pack::ticks(draft, &deal, materials));
        if let (CardKind::Checkpoint { .. }, Some(_)) = (&card.kind, fields.get("missing")) {
            let open: Vec<_> = materials.iter().filter(|key| !deal.given.contains(key)).cloned().collect();
            let stage = card.vars["from"].as_str().unwrap_or_default();
            fields.insert("missing".into(), named(draft.state.rules(), stage, &open).into());
        }
    }
    if !ticked(draft, member, id, key, Some((card.id, &vars, tapped)), from) {
        draft.redraw(card.id, vars, tapped);
    }
    true
}

/// Tells the history of a tick, or of the stage that the deal comes to by it. `shown` is the card that was ticked, with
/// its new variables; whether that card has its end by this.
pub fn ticked(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    key: &MaterialKey,
    shown: Option<(CardId, &Value, Option<&Tapped>)>,
    from: &Sender,
) -> bool {
    if let Some(to) = reached(draft, id) {
        return advance(draft, member, id, to, shown, from);
    }
    let line = draft.about(id, Deed::Ticked).by(&member.id).saying(key.as_str());
    draft.line(line);
    false
}

/// [`names_of`] by the stage's name, as a card's variables have it.
fn named(rules: &Config, stage: &str, materials: &[MaterialKey]) -> String {
    let stage = rules.process.stages.iter().find(|each| each.name == stage);
    stage.map(|stage| names_of(rules, &stage.key, materials)).unwrap_or_default()
}

/// The stage that a deal waits for, of which a card says so.
fn waits_for(draft: &Draft<'_>, id: DealId) -> Option<(CardId, StageKey)> {
    let waiting = |kind: &CardKind| matches!(kind, CardKind::Checkpoint { to: Some(_), .. });
    let card = *draft.open_cards(CardSubject::Deal(id), waiting).last()?;
    let CardKind::Checkpoint { to, .. } = &draft.state.card(card)?.kind else { return None };
    let to = to.clone()?;
    let rules = draft.state.rules();
    let place = |key: &StageKey| rules.process.stages.iter().position(|stage| stage.key == *key);
    let deal = draft.deal(id).filter(|deal| deal.is_open())?;
    (place(&to) > place(&deal.stage)).then_some((card, to))
}

/// The stage that a deal comes to, since nothing is missing any more.
pub fn reached(draft: &Draft<'_>, id: DealId) -> Option<StageKey> {
    let (_, to) = waits_for(draft, id)?;
    missing(draft.state.rules(), draft.deal(id)?).is_empty().then_some(to)
}

/// Ends the questions about what is missing.
pub fn end_waiting(draft: &mut Draft<'_>, id: DealId, done: &str) {
    let waiting = |kind: &CardKind| matches!(kind, CardKind::Checkpoint { to: Some(_), .. });
    for card in draft.open_cards(CardSubject::Deal(id), waiting) {
        draft.finish(card, done, None);
    }
}

/// Nothing is missing any more: the deal comes to the stage that it waited for.
fn advance(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    to: StageKey,
    shown: Option<(CardId, &Value, Option<&Tapped>)>,
    from: &Sender,
) -> bool {
    let waiting = waits_for(draft, id).map(|(card, _)| card);
    let done = format!("到{}了", words::stage(draft.state.rules(), &to));
    let now = draft.now;
    if let Some(deal) = draft.deal_mut(id) {
        deal.stage = to;
        deal.stage_since = now;
    }
    draft.count(&member.id, Counts { moves: 1, ..Counts::default() });
    let line = draft.about(id, Deed::Moved).by(&member.id);
    draft.line(line);
    let ticked = shown.filter(|(card, ..)| Some(*card) == waiting);
    if let Some((card, vars, tapped)) = ticked {
        if let Some(card) = draft.card_mut(card) {
            card.vars = vars.clone();
        }
        draft.finish(card, &done, tapped);
    }
    end_waiting(draft, id, &done);
    tell(draft, member, id, "资料补齐了", from);
    ticked.is_some()
}
