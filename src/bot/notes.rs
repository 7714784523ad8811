//! A note becomes a follow-up: it moves the clock, and with it come the meeting, the next step, the amount and the stage
//! that it tells of. What was understood is shown in one line; silence means right.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::draft::{Draft, Push};
use super::{deals, words};
use crate::calendar::Calendar;
use crate::config::Member;
use crate::event::Sender;
use crate::language::{Meeting as Told, Moment, Note};
use crate::sales::{
    Awaiting, CardKind, CardState, DealId, FollowUp, Meeting, MeetingId, MeetingState, NextStep, Subject,
};
use crate::state::{Counts, Deed, Line};

/// A deal shows the gists of so many.
const RECENT: usize = 3;

/// Stores a note on the deal that it is about, or asks which; what nobody can place is kept as a draft.
pub fn take(draft: &mut Draft<'_>, member: &Member, note: &Note, from: &Sender) {
    match deals::which(draft, member, note) {
        deals::Which::One(deal) => take_on(draft, member, deal, note, from),
        deals::Which::Several(offered) => ask(draft, member, note, offered, from),
        deals::Which::None => keep_as_draft(draft, member, &note.text, from),
    }
}

/// Stores a note on this deal and says what was understood.
pub fn take_on(draft: &mut Draft<'_>, member: &Member, deal: DealId, note: &Note, from: &Sender) {
    let stored = store(draft, member, deal, note);
    answer(draft, member, deal, note, &stored, from);
}

/// What was stored beside the note itself.
#[derive(Default)]
pub struct Stored {
    meeting: Option<DateTime<Utc>>,
    beside: bool,
}

/// Stores a note on a deal.
pub fn store(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note) -> Stored {
    let mut stored = Stored::default();
    let counts = !note.empty || draft.state.rules().workspace.empty_note_counts;
    let was_warned = draft.deal(id).is_some_and(|deal| deal.warned_lapse.is_some());
    let (now, by) = (draft.now, member.id.clone());
    let gist = words::gist(&note.text);
    let Some(deal) = draft.deal_mut(id) else { return stored };
    deal.recent.insert(0, FollowUp { at: now, by, gist: gist.clone() });
    deal.recent.truncate(RECENT);
    if counts {
        touch(draft, id);
    }
    stored.beside |= next_step(draft, id, note, &gist);
    stored.beside |= amount_and_stage(draft, member, id, note);
    stored.meeting = meeting(draft, member, id, note);
    draft.count(
        &member.id,
        Counts {
            notes: 1,
            empty_notes: i64::from(note.empty),
            meetings: i64::from(stored.meeting.is_some()),
            handled: i64::from(was_warned && counts),
            ..Counts::default()
        },
    );
    let line = draft.about(id, Deed::Noted).by(&member.id).saying(&note.text);
    draft.line(line);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Nothing;
    dialogue.subject = Some(Subject { deal: id, at: now });
    if counts {
        finish_warnings(draft, id);
    }
    stored
}

/// A follow-up ends the lapse: the clock begins anew.
pub fn touch(draft: &mut Draft<'_>, id: DealId) {
    let now = draft.now;
    if let Some(deal) = draft.deal_mut(id) {
        deal.last_follow_up = Some(now);
        deal.snooze = None;
        deal.warned_lapse = None;
        deal.escalated_lapse = None;
    }
}

/// Open warnings of the deal are answered by this, in whichever app they stand.
pub fn finish_warnings(draft: &mut Draft<'_>, id: DealId) {
    let is_warning = |kind: &CardKind| matches!(kind, CardKind::Warning { deal } if *deal == id);
    let open: Vec<_> = draft
        .state
        .cards()
        .filter(|card| card.state == CardState::Open && is_warning(&card.kind))
        .map(|card| card.id)
        .collect();
    for card in open {
        draft.finish(card, "记下了", None);
    }
}

/// A plan with a day holds the clock until its end; an older promise is kept by the note itself.
fn next_step(draft: &mut Draft<'_>, id: DealId, note: &Note, gist: &str) -> bool {
    let now = draft.now;
    let plan = note.when.as_ref().filter(|_| note.meeting == Told::No).map(|moment| moment.day);
    let Some(deal) = draft.deal_mut(id) else { return false };
    deal.next_step = plan.map(|day| {
        let what = note.next_step.as_deref().map_or_else(|| gist.into(), words::gist);
        NextStep { day, what, agreed_at: now }
    });
    plan.is_some()
}

fn amount_and_stage(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note) -> bool {
    let now = draft.now;
    let stages: Vec<_> = draft.state.rules().process.stages.iter().map(|stage| stage.key.clone()).collect();
    let place = |key| stages.iter().position(|stage| stage == key);
    let Some(deal) = draft.deal_mut(id) else { return false };
    let mut beside = false;
    if let Some(amount) = note.amount.filter(|amount| *amount != deal.amount) {
        deal.amount = amount;
        beside = true;
    }
    let Some(stage) = note.stage.clone().filter(|stage| *stage != deal.stage) else { return beside };
    let is_later = place(&stage) > place(&deal.stage);
    deal.stage = stage;
    deal.stage_since = now;
    if is_later {
        draft.count(&member.id, Counts { moves: 1, ..Counts::default() });
    }
    true
}

/// The meeting that a note agrees, moves or calls off; the start of one that stands.
fn meeting(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note) -> Option<DateTime<Utc>> {
    let planned = draft
        .state
        .meetings_of(id)
        .filter(|meeting| meeting.state == MeetingState::Planned && meeting.starts_at > draft.now)
        .min_by_key(|meeting| meeting.starts_at)
        .map(|meeting| meeting.id);
    let when = note.when.as_ref().filter(|moment| !(moment.vague && moment.time.is_none()));
    match (note.meeting, planned, when) {
        (Told::Cancelled, Some(meeting), _) => {
            draft.meeting_mut(meeting)?.state = MeetingState::Cancelled;
            None
        }
        (Told::Moved, Some(meeting), Some(moment)) => {
            let (starts_at, ends_at) = span(draft, moment);
            let meeting = draft.meeting_mut(meeting)?;
            (meeting.starts_at, meeting.ends_at) = (starts_at, ends_at);
            meeting.all_day = moment.time.is_none();
            Some(starts_at)
        }
        (Told::Planned, _, Some(moment)) => {
            let (starts_at, ends_at) = span(draft, moment);
            let new = MeetingId(draft.id());
            draft.add_meeting(Meeting {
                id: new,
                deal: id,
                member: member.id.clone(),
                starts_at,
                ends_at,
                all_day: moment.time.is_none(),
                purpose: purpose(&note.text).into(),
                with: note.contact.as_deref().unwrap_or_default().into(),
                state: MeetingState::Planned,
                packed_for: None,
                asked: false,
            });
            Some(starts_at)
        }
        (Told::No | Told::Planned | Told::Moved | Told::Cancelled, ..) => None,
    }
}

fn span(draft: &Draft<'_>, moment: &Moment) -> (DateTime<Utc>, DateTime<Utc>) {
    let rules = draft.state.rules();
    let calendar: &Calendar = &rules.calendar;
    match moment.time {
        Some(time) => {
            let start = calendar.instant(moment.day.and_time(time));
            (start, start + rules.workspace.meeting_length)
        }
        None => (calendar.opening(moment.day), calendar.closing(moment.day)),
    }
}

/// What a meeting is for, in the rep's words where they use one of the usual ones.
fn purpose(text: &str) -> &'static str {
    const WORDS: [&str; 9] = ["看厂", "演示", "签约", "签合同", "试机", "验收", "培训", "吃饭", "开会"];
    WORDS.into_iter().find(|word| text.contains(word)).unwrap_or("拜访")
}

fn answer(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note, stored: &Stored, from: &Sender) {
    let Some(deal) = draft.deal(id).cloned() else { return };
    let customer = words::customer(draft.state, &deal);
    let gist = words::gist(&note.text).into_string();
    if deal.owner != member.id {
        tell_owner(draft, member, &customer, &gist, &deal.owner);
    }
    if note.empty {
        let vars = words::vars([("customer", Some(customer.into()))]);
        draft.answer_card(from, &member.id, CardKind::EmptyNote { deal: id }, "empty_note", vars);
    } else if stored.beside || stored.meeting.is_some() {
        let vars = noted_card(draft, note, stored, customer, gist);
        draft.answer_card(from, &member.id, CardKind::Noted { deal: id }, "noted_card", vars);
    } else {
        let vars = words::vars([("customer", Some(customer.into())), ("gist", Some(gist.into()))]);
        draft.answer(from, "noted", vars);
    }
}

fn noted_card(draft: &Draft<'_>, note: &Note, stored: &Stored, customer: String, gist: String) -> Value {
    let calendar = &draft.state.rules().calendar;
    let lead = draft.state.rules().workspace.pack_lead;
    let day = match (stored.meeting, &note.when) {
        (Some(at), Some(moment)) if moment.time.is_some() => Some(calendar.spoken_time(at, draft.now)),
        (_, Some(moment)) => Some(calendar.spoken_day(calendar.opening(moment.day), draft.now)),
        (_, None) => None,
    };
    let what = if stored.meeting.is_some() { purpose(&note.text).to_owned() } else { gist };
    words::vars([
        ("customer", Some(customer.into())),
        ("contact", note.contact.clone().map(Into::into)),
        ("what", Some(what.into())),
        ("day", day.map(Into::into)),
        ("meeting", stored.meeting.is_some().then_some(true.into())),
        ("pack_lead", stored.meeting.map(|_| crate::calendar::spoken_duration(lead).into())),
    ])
}

/// 「老王帮你记」: the owner hears of a colleague's note.
fn tell_owner(
    draft: &mut Draft<'_>,
    by: &Member,
    customer: &str,
    gist: &str,
    owner: &crate::sales::MemberId,
) {
    let Some(owner) = draft.state.rules().people.find(owner) else { return };
    let vars = words::vars([
        ("customer", Some(customer.into())),
        ("by", Some(by.call.as_str().into())),
        ("gist", Some(gist.into())),
    ]);
    let useful_until = draft.now + chrono::TimeDelta::hours(24);
    draft.push(owner, Push { template: "noted_for", vars, card: None, useful_until, bulk: false });
}

fn ask(draft: &mut Draft<'_>, member: &Member, note: &Note, offered: Vec<DealId>, from: &Sender) {
    let texts: Vec<String> = offered
        .iter()
        .filter_map(|id| draft.deal(*id))
        .map(|deal| {
            let customer = words::customer(draft.state, deal);
            format!("{customer} {}", words::stage(draft.state.rules(), &deal.stage))
        })
        .collect();
    let said = note.contact.clone();
    let vars = words::vars([("said", said.map(Into::into)), ("options", Some(words::options(texts)))]);
    draft.answer_card(from, &member.id, CardKind::WhichDeal { deals: offered.clone() }, "which_deal", vars);
    let expires_at = draft.now + draft.state.rules().workspace.subject_window;
    let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(&note.text);
    draft.line(line);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::DealFor { note: note.text.as_str().into(), deals: offered };
    dialogue.expires_at = expires_at;
}

/// What nobody can place is never lost: it stands in the history and is said so.
pub fn keep_as_draft(draft: &mut Draft<'_>, member: &Member, text: &str, from: &Sender) {
    let line: Line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(text);
    draft.line(line);
    let said = words::gist(text).into_string();
    draft.answer(from, "unknown", words::vars([("said", Some(said.into()))]));
}
