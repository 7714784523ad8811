//! The pre-meeting pack (product.md 1.3): one card before the meeting with who, what was said last, three materials with a
//! tick each, the likely objections and what is still missing. One whose meeting has begun is dropped.

use serde_json::{Value, json};

use super::draft::{Draft, Push};
use super::tapped::Press;
use super::{checkpoints, documents, promises, words};
use crate::config::{Config, Material, Member};
use crate::sales::{CardKind, Customer, Deal, DealId, MaterialKey, Meeting, MeetingId};
use crate::state::{Deed, pack_due};

/// A pack carries so many materials.
const MATERIALS: usize = 3;
/// An answer offers so many: what still fits a glance, the most useful first.
const OFFERED: usize = 5;
/// Of people whom nobody named it shows so many.
const KNOWN: usize = 3;
/// And so many likely objections.
const LIKELY: usize = 2;

/// A meeting's pack may be due.
pub fn due(draft: &mut Draft<'_>, id: MeetingId) {
    let (state, now) = (draft.state, draft.now);
    let due = |meeting: &&Meeting| pack_due(meeting, state.rules()).is_some_and(|at| at <= now);
    let Some(meeting) = state.meeting(id).filter(due) else { return };
    let Some(deal) = state.deal(meeting.deal).filter(|deal| deal.is_open()) else { return };
    if let Some(meeting) = draft.meeting_mut(id) {
        meeting.packed_for = Some(meeting.starts_at);
    }
    let people = &state.rules().people;
    let member = people.find(&meeting.member).or_else(|| people.find(&deal.owner));
    // A meeting that has begun needs no pack any more; the mark keeps the firing from coming again.
    let Some(member) = member.filter(|_| meeting.starts_at > now) else { return };
    let line = draft.about(deal.id, Deed::Packed);
    draft.line(line);
    let materials = materials(draft, deal);
    let vars = vars(draft, meeting, deal, &materials);
    let (card, useful_until) = (Some(CardKind::Pack { meeting: id, materials }), meeting.starts_at);
    draft.push(member, Push { template: "pack", vars, card, useful_until, bulk: false });
}

fn materials(draft: &Draft<'_>, deal: &Deal) -> Vec<MaterialKey> {
    let industry = draft.state.customer(deal.customer).map_or("", |customer| &customer.industry);
    let rules = draft.state.rules();
    let fitting = rules.materials_for(&deal.stage, industry, &deal.product_line, MATERIALS);
    fitting.into_iter().map(|material| material.key.clone()).collect()
}

fn vars(draft: &Draft<'_>, meeting: &Meeting, deal: &Deal, materials: &[MaterialKey]) -> Value {
    let (state, rules) = (draft.state, draft.state.rules());
    let customer = state.customer(deal.customer);
    let industry = customer.map_or("", |customer| &customer.industry);
    let likely: Vec<Value> = rules
        .objections(&deal.stage, industry)
        .into_iter()
        .take(LIKELY)
        .map(|script| json!({ "word": script.word, "ask": script.objection }))
        .collect();
    // A firing comes some milliseconds late; the minute that has begun counts whole.
    let minutes = (meeting.starts_at - draft.now).num_seconds() / 60 + 1;
    let minutes = minutes.min(rules.workspace.pack_lead.num_minutes().max(1));
    words::vars([
        ("time", Some(rules.calendar.local(meeting.starts_at).format("%H:%M").to_string().into())),
        ("customer", Some(words::customer(state, deal).into())),
        ("purpose", Some(meeting.purpose.to_string().into())),
        ("minutes", Some(minutes.into())),
        ("people", customer.map(|customer| people(meeting, customer).into())),
        ("last", deal.recent.first().map(|note| note.gist.to_string().into())),
        ("promised", promises::said_so(deal).map(Into::into)),
        ("likely", Some(likely.into())),
        ("missing", missing(draft, deal).map(Into::into)),
        ("send", how_to_send(rules, materials).map(Into::into)),
        ("materials", Some(ticks(draft, deal, materials))),
    ])
}

/// How the first material that is a file is had: 「发资料2」.
fn how_to_send(rules: &Config, materials: &[MaterialKey]) -> Option<String> {
    let has_file = |key: &MaterialKey| {
        rules.materials.iter().any(|material| material.key == *key && material.file.is_some())
    };
    let place = materials.iter().position(has_file)?;
    Some(format!("发资料 {}", place + 1))
}

/// Whom they meet, with their posts: those who were named, else whoever is known there.
fn people(meeting: &Meeting, customer: &Customer) -> String {
    let named: Vec<&str> =
        meeting.with.split(['、', '，', ',', ' ']).filter(|name| !name.is_empty()).collect();
    let titled = words::titled;
    let known = |name: &&str| {
        let contact = customer.contacts.iter().find(|it| *it.call == **name || *it.name == **name);
        contact.map_or_else(|| (*name).to_owned(), titled)
    };
    let people: Vec<String> = match &named[..] {
        [] => customer.contacts.iter().take(KNOWN).map(titled).collect(),
        named => named.iter().map(known).collect(),
    };
    people.join(" · ")
}

/// What else may be sent after the meeting: the materials that fit the deal.
pub fn offer(draft: &Draft<'_>, id: DealId) -> Value {
    let Some(deal) = draft.deal(id) else { return Value::Null };
    let fitting = fitting(draft, deal);
    let items = fitting.into_iter().enumerate().map(|(place, material)| documents::item(place, material));
    let items: Vec<Value> = items.collect();
    let customer = words::customer(draft.state, deal);
    words::vars([("customer", Some(customer.into())), ("items", Some(items.into()))])
}

/// The materials that fit the deal, as they are offered.
pub fn fitting<'s>(draft: &Draft<'s>, deal: &Deal) -> Vec<&'s Material> {
    let state = draft.state;
    let industry = state.customer(deal.customer).map_or("", |customer| &customer.industry);
    state.rules().materials_for(&deal.stage, industry, &deal.product_line, OFFERED)
}

/// The outbox makes it an address that the recipient can open.
pub fn link(key: &MaterialKey) -> String {
    format!("material://{key}")
}

/// The materials as the card draws them: ticked once they were given.
pub fn ticks(draft: &Draft<'_>, deal: &Deal, materials: &[MaterialKey]) -> Value {
    let known = materials
        .iter()
        .filter_map(|key| draft.state.rules().materials.iter().find(|material| material.key == *key));
    let tick = |material: &Material| {
        json!({
            "key": material.key.as_str(),
            "text": material.name,
            "done": deal.given.contains(&material.key),
            "link": link(&material.key),
        })
    };
    known.map(tick).collect()
}

/// What the stage still demands: 「技术参数确认（方案演示检查点）」.
pub fn missing(draft: &Draft<'_>, deal: &Deal) -> Option<String> {
    let stage = draft.state.rules().process.stage(&deal.stage)?;
    let open = stage.checkpoints.iter().filter(|checkpoint| {
        checkpoint.material.as_ref().is_none_or(|material| !deal.given.contains(material))
    });
    let names: Vec<&str> = open.map(|checkpoint| checkpoint.name.as_str()).take(2).collect();
    (!names.is_empty()).then(|| format!("{}（{}检查点）", names.join("、"), stage.name))
}

/// A material is ticked, or the tick taken off; the card shows it.
pub fn tick(draft: &mut Draft<'_>, member: &Member, id: MeetingId, press: Press<'_>) -> bool {
    let Press { card, button, from, tapped } = press;
    let state = draft.state;
    let (Some(meeting), Some(sent)) = (state.meeting(id), state.card(card)) else { return false };
    let CardKind::Pack { materials, .. } = &sent.kind else { return false };
    let Some(key) = materials.iter().find(|key| key.as_str() == button) else { return false };
    let Some(deal) = checkpoints::toggle(draft, meeting.deal, key) else { return false };
    let mut vars = sent.vars.clone();
    if let Some(fields) = vars.as_object_mut() {
        fields.insert("materials".into(), ticks(draft, &deal, materials));
        // A tick may be what the stage still demanded.
        fields.remove("missing");
        fields.extend(missing(draft, &deal).map(|missing| ("missing".into(), missing.into())));
    }
    draft.redraw(card, vars, tapped);
    checkpoints::ticked(draft, member, deal.id, key, None, from);
    true
}
