//! The pre-meeting pack (product.md 1.3): one card before the meeting with who, what was said last, three materials with a
//! tick each, the likely objections and what is still missing. One whose meeting has begun is dropped.

use serde_json::{Value, json};

use super::draft::{Draft, Push};
use super::words;
use crate::config::Member;
use crate::event::Tapped;
use crate::sales::{CardId, CardKind, Deal, MaterialKey, Meeting, MeetingId, MeetingState};
use crate::state::Deed;

/// A pack carries so many materials.
const MATERIALS: usize = 3;
/// And so many likely objections.
const LIKELY: usize = 2;

/// A meeting's pack may be due.
pub fn due(draft: &mut Draft<'_>, id: MeetingId) {
    let state = draft.state;
    let Some(meeting) = state.meeting(id).filter(|meeting| is_due(draft, meeting)) else { return };
    let Some(deal) = state.deal(meeting.deal) else { return };
    if let Some(meeting) = draft.meeting_mut(id) {
        meeting.packed_for = Some(meeting.starts_at);
    }
    let line = draft.about(meeting.deal, Deed::Packed);
    draft.line(line);
    let member = state.rules().people.find(&meeting.member);
    // A meeting that has begun needs no pack any more; the mark keeps the firing from coming again.
    let Some(member) = member.filter(|_| meeting.starts_at > draft.now) else { return };
    let materials = materials(draft, deal);
    let vars = vars(draft, meeting, deal, &materials);
    let (card, useful_until) = (Some(CardKind::Pack { meeting: id, materials }), meeting.starts_at);
    draft.push(member, Push { template: "pack", vars, card, useful_until, bulk: false });
}

fn is_due(draft: &Draft<'_>, meeting: &Meeting) -> bool {
    let lead = draft.state.rules().workspace.pack_lead;
    meeting.state == MeetingState::Planned
        && meeting.packed_for != Some(meeting.starts_at)
        && meeting.starts_at - lead <= draft.now
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
    let people = customer.map(|customer| {
        let all = customer.contacts.iter().map(|contact| match &*contact.title {
            "" => contact.call.to_string(),
            title => format!("{}（{title}）", contact.call),
        });
        all.collect::<Vec<_>>().join(" · ")
    });
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
        ("people", people.map(Into::into)),
        ("last", deal.recent.first().map(|note| note.gist.to_string().into())),
        ("promised", deal.next_step.as_ref().map(|step| step.what.to_string().into())),
        ("likely", Some(likely.into())),
        ("missing", missing(draft, deal).map(Into::into)),
        ("materials", Some(ticks(draft, deal, materials))),
    ])
}

/// The materials as the card draws them: ticked once they were given.
fn ticks(draft: &Draft<'_>, deal: &Deal, materials: &[MaterialKey]) -> Value {
    let known = materials
        .iter()
        .filter_map(|key| draft.state.rules().materials.iter().find(|material| material.key == *key));
    let tick = |material: &crate::config::Material| {
        json!({
            "key": material.key.as_str(),
            "text": material.name,
            "done": deal.given.contains(&material.key),
            "link": format!("material://{}", material.key),
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
pub fn tick(
    draft: &mut Draft<'_>,
    member: &Member,
    id: MeetingId,
    card: CardId,
    button: &str,
    tapped: Option<&Tapped>,
) -> bool {
    let state = draft.state;
    let (Some(meeting), Some(sent)) = (state.meeting(id), state.card(card)) else { return false };
    let CardKind::Pack { materials, .. } = &sent.kind else { return false };
    let Some(key) = materials.iter().find(|key| key.as_str() == button) else { return false };
    let Some(deal) = draft.deal_mut(meeting.deal) else { return false };
    match deal.given.iter().position(|given| given == key) {
        Some(place) => drop(deal.given.remove(place)),
        None => deal.given.push(key.clone()),
    }
    let deal = deal.clone();
    let mut vars = sent.vars.clone();
    if let Some(fields) = vars.as_object_mut() {
        fields.insert("materials".into(), ticks(draft, &deal, materials));
    }
    draft.redraw(card, vars, tapped);
    let line = draft.about(deal.id, Deed::Ticked).by(&member.id).saying(key.as_str());
    draft.line(line);
    true
}
