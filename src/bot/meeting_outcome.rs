//! After the meeting: one prompt asks what came of it; one tap or one sentence tells. A note after the meeting tells it
//! as well, then nothing is asked.

use chrono::TimeDelta;

use super::draft::{Draft, Push};
use super::tapped::Press;
use super::{notes, pack, tapped, warn, words};
use crate::config::Member;
use crate::sales::{
    Awaiting, CardKind, CardSubject, DealId, FollowUp, Meeting, MeetingId, MeetingState, Subject,
};
use crate::state::{Counts, Deed, outcome_due};

/// The question is of use this long.
const USEFUL: TimeDelta = TimeDelta::hours(24);
/// A deal shows the gists of so many.
const RECENT: usize = 3;

/// A meeting's outcome may be asked for.
pub fn due(draft: &mut Draft<'_>, id: MeetingId) {
    let (state, now) = (draft.state, draft.now);
    let asks = |meeting: &&Meeting| outcome_due(meeting, state.rules()).is_some_and(|at| at <= now);
    let Some(meeting) = state.meeting(id).filter(asks) else { return };
    let Some(deal) = state.deal(meeting.deal).filter(|deal| deal.is_open()) else { return };
    if let Some(meeting) = draft.meeting_mut(id) {
        meeting.asked = true;
    }
    let line = draft.about(deal.id, Deed::MeetingAsked);
    draft.line(line);
    let people = &state.rules().people;
    // Who went may have left since; whoever answers for the deal is asked then.
    let Some(member) = people.find(&meeting.member).or_else(|| people.find(&deal.owner)) else { return };
    let vars = words::vars([
        ("customer", Some(words::customer(state, deal).into())),
        ("purpose", Some(meeting.purpose.to_string().into())),
    ]);
    let (card, useful_until) = (Some(CardKind::MeetingOutcome { meeting: id }), now + USEFUL);
    draft.push(member, Push { template: "meeting_outcome", vars, card, useful_until, bulk: false });
}

/// An outcome was tapped.
pub fn pressed(draft: &mut Draft<'_>, member: &Member, id: MeetingId, press: Press<'_>) -> bool {
    let Press { card, button, from, tapped: tap } = press;
    let Some(deal) = draft.state.meeting(id).map(|meeting| meeting.deal) else { return false };
    let done = match button {
        "moved" => "推进了",
        "material" => "要补材料",
        "missed" => "没见成",
        "say" => {
            // Until it is told the meeting stays as it is.
            tapped::listen(draft, member, deal, Awaiting::MeetingOutcome(id), from);
            return true;
        }
        _ => return false,
    };
    draft.finish(card, done, tap);
    tell(draft, member, id, deal, done, button == "missed");
    if button == "material" {
        let vars = pack::offer(draft, deal);
        draft.answer(from, "materials", vars);
    }
    true
}

/// The outcome is known: the deal was followed up, and the meeting holds its clock no longer.
fn tell(draft: &mut Draft<'_>, member: &Member, id: MeetingId, deal: DealId, done: &str, missed: bool) {
    let handled = i64::from(warn::is_unanswered(draft, deal));
    let now = draft.now;
    let mut purpose = "".into();
    if let Some(meeting) = draft.meeting_mut(id) {
        meeting.state = if missed { MeetingState::Cancelled } else { MeetingState::Told };
        purpose = meeting.purpose.clone();
    }
    notes::touch(draft, deal);
    notes::finish_warnings(draft, deal);
    if let Some(deal) = draft.deal_mut(deal) {
        let gist = format!("{purpose}：{done}").into();
        deal.recent.insert(0, FollowUp { at: now, by: member.id.clone(), gist });
        deal.recent.truncate(RECENT);
    }
    draft.count(&member.id, Counts { handled, ..Counts::default() });
    let line = draft.about(deal, Deed::MeetingTold).by(&member.id).saying(done);
    draft.line(line);
    draft.dialogue_mut(&member.id).subject = Some(Subject { deal, at: now });
}

/// A follow-up after a meeting tells what came of it: it is not asked for any more.
pub fn told_by_note(draft: &mut Draft<'_>, deal: DealId) {
    let now = draft.now;
    let over = |meeting: &&Meeting| meeting.state == MeetingState::Planned && meeting.ends_at <= now;
    let over: Vec<_> = draft.state.meetings_of(deal).filter(over).map(|meeting| meeting.id).collect();
    for id in over {
        // The same event may have told it already.
        if let Some(meeting) = draft.meeting_mut(id).filter(|it| it.state == MeetingState::Planned) {
            meeting.state = MeetingState::Told;
        }
        let asks = |kind: &CardKind| matches!(kind, CardKind::MeetingOutcome { .. });
        for card in draft.open_cards(CardSubject::Meeting(id), asks) {
            draft.finish(card, "记下了", None);
        }
    }
}
