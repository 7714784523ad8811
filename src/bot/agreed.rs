//! What a note brings beside its words: a meeting, a dated next step, an amount, a stage, a material given.

use chrono::{DateTime, Utc};

use super::checkpoints::{self, Missing};
use super::draft::Draft;
use super::{decision_chain, promises, words};
use crate::config::Member;
use crate::language::{Meeting as Told, Moment, Note};
use crate::sales::{DealId, Meeting, MeetingId, MeetingState, NextStep, StageKey};
use crate::state::Counts;

/// What people meet for, in the words that reps use; the first that occurs is the purpose.
const PURPOSES: [&str; 22] = [
    "看厂",
    "演示",
    "签约",
    "签合同",
    "试机",
    "验收",
    "培训",
    "吃饭",
    "开会",
    "电话会",
    "视频会",
    "看样机",
    "看样品",
    "看设备",
    "看现场",
    "看产线",
    "考察",
    "参观",
    "试吃",
    "验厂",
    "交流",
    "调研",
];

/// What came of a meeting that a note speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It is agreed for this instant.
    Agreed(DateTime<Utc>),
    /// It is moved to this instant.
    Moved(DateTime<Utc>, MeetingId),
    /// It is off.
    Off(MeetingId),
}

/// What a note brought.
#[derive(Default)]
pub struct Brought {
    /// A meeting.
    pub met: Option<Met>,
    /// Whether a meeting began that was not known.
    pub new_meeting: bool,
    /// A step with a day.
    pub step: bool,
    /// Another amount.
    pub amount: bool,
    /// Another stage.
    pub stage: bool,
    /// Whether the stage is a later one.
    pub moved_on: bool,
    /// What is missing of the stage that the deal leaves, or was to leave.
    pub missing: Option<Missing>,
}

/// Takes in what a note brings.
pub fn take(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note) -> Brought {
    let mut brought = Brought::default();
    tick(draft, id, note);
    promises::take(draft, id, note);
    decision_chain::take(draft, id, note);
    meeting(draft, member, id, note, &mut brought);
    brought.step = next_step(draft, id, note, brought.met.is_none());
    if let (Some(amount), Some(deal)) = (note.amount, draft.deal_mut(id)) {
        brought.amount = deal.amount != amount;
        deal.amount = amount;
    }
    stage(draft, id, note, &mut brought);
    let moves = i64::from(brought.moved_on);
    draft.count(&member.id, Counts { moves, meetings: brought.new_meeting.into(), ..Counts::default() });
    brought
}

/// A plan with a day holds the clock until its end. Without a new one, what was due by today is kept by the note.
fn next_step(draft: &mut Draft<'_>, id: DealId, note: &Note, wanted: bool) -> bool {
    let (now, today) = (draft.now, draft.state.rules().calendar.date(draft.now));
    let day = note.when.as_ref().map(|moment| moment.day).filter(|_| wanted);
    let Some(deal) = draft.deal_mut(id) else { return false };
    if let Some(day) = day {
        deal.next_step = Some(NextStep { day, what: words::gist(&plan_words(note)), agreed_at: now });
    } else if deal.next_step.as_ref().is_some_and(|step| step.day <= today) {
        deal.next_step = None;
    }
    day.is_some()
}

/// 「报价单发过了」 ticks the material that the stage demands.
fn tick(draft: &mut Draft<'_>, id: DealId, note: &Note) {
    const GIVEN: [&str; 12] =
        ["发了", "给了", "带了", "寄了", "交了", "签了", "确认了", "发过", "给过", "签过", "填了", "齐了"];
    let rules = draft.state.rules();
    if note.when.is_some() || !GIVEN.iter().any(|word| note.text.contains(word)) {
        return;
    }
    let Some(deal) = draft.deal_mut(id) else { return };
    let demanded = rules.process.stage(&deal.stage).map_or(&[][..], |stage| &stage.checkpoints);
    for checkpoint in demanded {
        let Some(key) = &checkpoint.material else { continue };
        let name = rules.materials.iter().find(|material| material.key == *key).map(|it| it.name.as_str());
        let named = [Some(checkpoint.name.as_str()), name].into_iter().flatten();
        if named.into_iter().any(|name| note.text.contains(name)) && !deal.given.contains(key) {
            deal.given.push(key.clone());
        }
    }
}

/// A deal comes to a later stage once nothing that can be ticked is missing, or at once where the stage does not hold
/// it; back it may always go. One that waited for what this note gave comes there by itself.
fn stage(draft: &mut Draft<'_>, id: DealId, note: &Note, brought: &mut Brought) {
    let (now, rules) = (draft.now, draft.state.rules());
    let place = |key: &StageKey| rules.process.stages.iter().position(|stage| stage.key == *key);
    let told = note.stage.clone().or_else(|| checkpoints::reached(draft, id));
    let Some(deal) = draft.deal_mut(id) else { return };
    let Some(to) = told.filter(|stage| *stage != deal.stage) else { return };
    let later = place(&to) > place(&deal.stage);
    let materials = checkpoints::missing(rules, deal);
    if later && !materials.is_empty() {
        let moved = rules.process.stage(&deal.stage).is_some_and(|stage| !stage.holds);
        brought.missing = Some(Missing { from: deal.stage.clone(), to: to.clone(), materials, moved });
        if !moved {
            return;
        }
    }
    let done = format!("到{}了", words::stage(rules, &to));
    deal.stage = to;
    deal.stage_since = now;
    (brought.stage, brought.moved_on) = (true, later);
    checkpoints::end_waiting(draft, id, &done);
}

/// The meeting that a note agrees, moves or calls off.
fn meeting(draft: &mut Draft<'_>, member: &Member, id: DealId, note: &Note, brought: &mut Brought) {
    let planned = |meeting: &&Meeting| meeting.state == MeetingState::Planned && meeting.ends_at > draft.now;
    let mut known: Vec<Meeting> = draft.meetings_of(id).into_iter().filter(planned).cloned().collect();
    known.sort_by_key(|meeting| (meeting.starts_at, meeting.id));
    let when = note.when.as_ref().filter(|moment| !(moment.vague && moment.time.is_none()));
    let calendar = &draft.state.rules().calendar;
    let same_day = |moment: &Moment| {
        known.iter().find(|meeting| calendar.date(meeting.starts_at) == moment.day).cloned()
    };
    match (note.meeting, known.last().cloned(), when) {
        (Told::Cancelled, Some(newest), _) => {
            let called_off = when.and_then(same_day).unwrap_or(newest);
            if let Some(meeting) = draft.meeting_mut(called_off.id) {
                meeting.state = MeetingState::Cancelled;
                brought.met = Some(Met::Off(called_off.id));
            }
        }
        (Told::Moved, Some(newest), Some(moment)) => {
            let starts_at = put_to(draft, &newest, moment);
            brought.met = Some(Met::Moved(starts_at, newest.id));
        }
        (Told::Planned | Told::Moved, _, Some(moment)) => {
            let starts_at = match same_day(moment) {
                // Told twice, it is one meeting; the second time may know the hour.
                Some(known) => put_to(draft, &known, moment),
                None => {
                    brought.new_meeting = true;
                    begin(draft, member, id, note, moment)
                }
            };
            brought.met = Some(Met::Agreed(starts_at));
        }
        (Told::No | Told::Planned | Told::Moved | Told::Cancelled, ..) => {}
    }
}

fn begin(
    draft: &mut Draft<'_>,
    member: &Member,
    deal: DealId,
    note: &Note,
    moment: &Moment,
) -> DateTime<Utc> {
    let (starts_at, ends_at) = span(draft, moment);
    let id = MeetingId(draft.id());
    draft.add_meeting(Meeting {
        id,
        deal,
        member: member.id.clone(),
        starts_at,
        ends_at,
        all_day: moment.all_day(),
        purpose: purpose(note).into(),
        with: note.contact.as_deref().unwrap_or_default().into(),
        state: MeetingState::Planned,
        packed_for: None,
        asked: false,
    });
    starts_at
}

/// Moves a meeting; when the day alone was said it keeps its hour, and unless its end was said its length.
fn put_to(draft: &mut Draft<'_>, known: &Meeting, moment: &Moment) -> DateTime<Utc> {
    let calendar = &draft.state.rules().calendar;
    let length = known.ends_at - known.starts_at;
    let (starts_at, ends_at, all_day) = match moment.time {
        None if !known.all_day => {
            let time = calendar.local(known.starts_at).time();
            let starts_at = calendar.instant(moment.day.and_time(time));
            (starts_at, starts_at + length, false)
        }
        Some(_) if !known.all_day && moment.until.is_none() => {
            let (starts_at, _) = span(draft, moment);
            (starts_at, starts_at + length, false)
        }
        time => {
            let (starts_at, ends_at) = span(draft, moment);
            (starts_at, ends_at, time.is_none())
        }
    };
    if let Some(meeting) = draft.meeting_mut(known.id) {
        (meeting.starts_at, meeting.ends_at, meeting.all_day) = (starts_at, ends_at, all_day);
        meeting.asked = false;
    }
    starts_at
}

fn span(draft: &Draft<'_>, moment: &Moment) -> (DateTime<Utc>, DateTime<Utc>) {
    let rules = draft.state.rules();
    let calendar = &rules.calendar;
    match moment.time {
        Some(time) => {
            let start = calendar.instant(moment.day.and_time(time));
            (start, moment.until.filter(|end| *end > start).unwrap_or(start + rules.workspace.meeting_length))
        }
        None => (calendar.opening(moment.day), calendar.closing(moment.day)),
    }
}

/// What a meeting is for, in the rep's words.
pub fn purpose(note: &Note) -> &'static str {
    purpose_in(&note.text).unwrap_or("拜访")
}

/// The usual purpose that the words tell.
pub fn purpose_in(text: &str) -> Option<&'static str> {
    PURPOSES.into_iter().find(|word| text.contains(word))
}

/// What was promised, without whom it is with and when it is due: those stand beside it.
pub fn plan_words(note: &Note) -> String {
    /// 「把报价单发给宏远」: what stands before the name leans on it.
    const LEANING: [char; 16] =
        ['给', '到', '跟', '和', '找', '去', '向', '对', '帮', '替', '陪', '请', '等', '催', '问', '约'];
    const LEADS: [&str; 7] = ["我答应", "答应", "让我", "叫我", "要我", "我说", "我得"];
    let told = note.next_step.as_deref().unwrap_or(&note.text);
    let mut rest = told.to_owned();
    let leans = |name: &str| told.find(name).is_some_and(|at| told[..at].ends_with(LEANING));
    let names = note.mentions.iter().filter_map(|mention| note.text.get(mention.span.clone()));
    let names = names.filter(|name| !leans(name));
    let day = note.when.as_ref().map(|moment| moment.said.as_str());
    for said in names.chain(day).filter(|said| !said.is_empty()) {
        rest = rest.replacen(said, "", 1);
    }
    let mark = |c: char| c.is_whitespace() || "，。,.：:、；;！!".contains(c);
    let rest = rest.trim_matches(mark).trim_start_matches(['前', '之']).trim_matches(mark);
    // 「刘经理让我重报」: who wants it stands beside it.
    let wanted = note.contact.as_deref().and_then(|who| rest.strip_prefix(who));
    let rest = wanted.filter(|rest| LEADS.iter().any(|lead| rest.starts_with(lead))).unwrap_or(rest);
    // 「罗总说下周三批预算」: what is said is the plan, not the saying.
    let rest = rest.trim_start_matches('说').trim_start_matches(mark);
    // 「答应沈总周五前给」: of that 「给」 alone would be left. 「让我下周三前重报」 is what we do.
    // 让我们 is not 让我.
    let lead = LEADS.iter().find_map(|lead| rest.strip_prefix(lead)).filter(|rest| !rest.starts_with('们'));
    let rest = lead.map_or(rest, |rest| rest.trim_start_matches(mark));
    if rest.chars().count() < 2 { told.to_owned() } else { rest.to_owned() }
}
