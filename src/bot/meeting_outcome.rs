//! After the meeting: one prompt asks what came of it; one tap or one sentence tells.

use chrono::TimeDelta;

use super::draft::{Draft, Push};
use super::{notes, words};
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{Awaiting, CardId, CardKind, MeetingId, MeetingState, Subject};
use crate::state::Deed;

/// The question is of use this long.
const USEFUL: TimeDelta = TimeDelta::hours(24);

/// A meeting's outcome may be asked for.
pub fn due(draft: &mut Draft<'_>, id: MeetingId) {
    let state = draft.state;
    let asks = |meeting: &&crate::sales::Meeting| meeting.state == MeetingState::Planned && !meeting.asked;
    let Some(meeting) = state.meeting(id).filter(asks) else { return };
    if let Some(meeting) = draft.meeting_mut(id) {
        meeting.asked = true;
    }
    let line = draft.about(meeting.deal, Deed::MeetingAsked);
    draft.line(line);
    let (Some(deal), Some(member)) = (state.deal(meeting.deal), state.rules().people.find(&meeting.member))
    else {
        return;
    };
    let vars = words::vars([
        ("customer", Some(words::customer(state, deal).into())),
        ("purpose", Some(meeting.purpose.to_string().into())),
    ]);
    let (card, useful_until) = (Some(CardKind::MeetingOutcome { meeting: id }), draft.now + USEFUL);
    draft.push(member, Push { template: "meeting_outcome", vars, card, useful_until, bulk: false });
}

/// An outcome was tapped.
pub fn pressed(
    draft: &mut Draft<'_>,
    member: &Member,
    id: MeetingId,
    card: CardId,
    button: &str,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    let Some(deal) = draft.state.meeting(id).map(|meeting| meeting.deal) else { return false };
    let done = match button {
        "moved" => "推进了",
        "material" => "要补材料",
        "missed" => "没见成",
        "say" => "说一句",
        _ => return false,
    };
    draft.finish(card, done, tapped);
    if let Some(meeting) = draft.meeting_mut(id) {
        meeting.state = MeetingState::Told;
    }
    if button == "missed" {
        // Nothing was said to the customer: the clock runs on, and the meeting holds it no longer.
        if let Some(meeting) = draft.meeting_mut(id) {
            meeting.state = MeetingState::Cancelled;
        }
    } else if button != "say" {
        notes::touch(draft, deal);
        notes::finish_warnings(draft, deal);
    }
    let line = draft.about(deal, Deed::MeetingTold).by(&member.id).saying(done);
    draft.line(line);
    let (now, window) = (draft.now, draft.state.rules().workspace.subject_window);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.subject = Some(Subject { deal, at: now });
    if button == "say" {
        dialogue.awaiting = Awaiting::Note(deal);
        dialogue.expires_at = now + window;
        let customer = draft.deal(deal).map(|deal| words::customer(draft.state, deal).into());
        draft.answer(from, "note_prompt", words::vars([("customer", customer)]));
    }
    true
}
