//! What a record waits for. Due times are no records: they follow from records, rules and calendar, and are held in
//! one ordered set that a change of rules derives anew. A firing is a hint; the use case looks again.

use chrono::{DateTime, Utc};

use super::State;
use crate::config::{Config, Member};
use crate::event::Identity;
use crate::sales::{
    ActionCard, ActionCardId, Deal, DealId, Lapse, Meeting, MeetingId, MeetingState, MemberId,
};

/// What falls due.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Due {
    /// A deal's owner is to be warned, or reminded once more.
    Overdue(MemberId, DealId),
    /// A meeting's pack.
    Pack(MeetingId),
    /// The question what came of a meeting.
    Outcome(MeetingId),
    /// The warning that an action card is overdue.
    ActionCard(ActionCardId),
    /// A schedule's next instant.
    Schedule(Box<str>),
    /// An import that nobody looks after, at the chunk that is next.
    Import(Identity, u32),
}

/// Warnings that fall due close together go out together: their instant is rounded up to this many minutes.
const TOGETHER_MINUTES: i64 = 10;

/// The lapse that an open deal is in; none before an imported deal is touched, none once it is closed.
pub fn lapse_of(deal: &Deal, meetings: &[&Meeting], rules: &Config) -> Option<Lapse> {
    let last = deal.last_follow_up?;
    if !deal.is_open() {
        return None;
    }
    let limit = rules.process.stage(&deal.stage)?.limit;
    let agreed: Vec<_> = deal
        .next_step
        .iter()
        .map(|step| step.day)
        .chain(
            meetings
                .iter()
                .filter(|meeting| meeting.state == MeetingState::Planned)
                .map(|meeting| rules.calendar.date(meeting.ends_at)),
        )
        .collect();
    Some(Lapse::of(last, &agreed, limit, &rules.calendar))
}

/// When a deal's owner is to hear of it next: the lapse's warning, or the reminder that they asked for.
pub fn deal_due(deal: &Deal, meetings: &[&Meeting], rules: &Config) -> Option<DateTime<Utc>> {
    let lapse = lapse_of(deal, meetings, rules)?;
    let at = match &deal.snooze {
        Some(snooze) if snooze.lapse == lapse.start => snooze.until,
        _ if deal.warned_lapse == Some(lapse.start) => return None,
        _ => lapse.warn_at,
    };
    let owner = rules.people.find(&deal.owner);
    Some(together(loud_for(owner, at, rules)))
}

/// When a meeting's pack is due: none once it went out for this start, or the meeting is over.
pub fn pack_due(meeting: &Meeting, rules: &Config) -> Option<DateTime<Utc>> {
    let planned = meeting.state == MeetingState::Planned && !meeting.all_day;
    (planned && meeting.packed_for != Some(meeting.starts_at))
        .then(|| meeting.starts_at - rules.workspace.pack_lead)
}

/// When a meeting's outcome is asked for.
pub fn outcome_due(meeting: &Meeting, rules: &Config) -> Option<DateTime<Utc>> {
    let open = meeting.state == MeetingState::Planned && !meeting.asked;
    open.then(|| {
        loud_for(rules.people.find(&meeting.member), meeting.ends_at + rules.workspace.outcome_delay, rules)
    })
}

/// When the doer of an action card is to hear that its day is over: none once they heard it, or it is handed in.
pub fn action_due(card: &ActionCard, rules: &Config) -> Option<DateTime<Utc>> {
    if !card.is_with_doer() || card.warned_for == Some(card.due) {
        return None;
    }
    let at = card.put_off.unwrap_or_else(|| rules.calendar.end_of_day(card.due));
    Some(together(loud_for(rules.people.find(&card.to), at, rules)))
}

/// The first instant from `at` on at which this person may be pushed: no night, no day off, no leave.
pub fn loud_for(member: Option<&Member>, at: DateTime<Utc>, rules: &Config) -> DateTime<Utc> {
    let mut at = rules.calendar.next_loud(at);
    let Some(member) = member else { return at };
    // A leave ends, so this does; the bound is only against a file with a leave for life.
    for _day in 0..400 {
        let day = rules.calendar.date(at);
        if !member.is_away(day) {
            break;
        }
        at = rules.calendar.next_loud(rules.calendar.end_of_day(day));
    }
    at
}

/// The next multiple of [`TOGETHER_MINUTES`].
fn together(at: DateTime<Utc>) -> DateTime<Utc> {
    let step = TOGETHER_MINUTES * 60;
    let seconds = at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0);
    let rounded = seconds.div_euclid(step) * step + if seconds.rem_euclid(step) == 0 { 0 } else { step };
    DateTime::from_timestamp(rounded, 0).unwrap_or(at)
}

impl State {
    /// What the deal, and the meetings on it, wait for.
    pub(super) fn due_of_deal(&self, id: DealId) -> Option<(DateTime<Utc>, Due)> {
        let deal = self.deal(id)?;
        let meetings: Vec<_> = self.meetings_of(id).collect();
        let at = deal_due(deal, &meetings, self.rules())?;
        Some((at, Due::Overdue(deal.owner.clone(), id)))
    }

    pub(super) fn due_of_meeting(&self, id: MeetingId) -> Vec<(DateTime<Utc>, Due)> {
        let Some(meeting) = self.meeting(id) else { return Vec::new() };
        if self.deal(meeting.deal).is_none_or(|deal| !deal.is_open()) {
            return Vec::new();
        }
        let pack = pack_due(meeting, self.rules()).map(|at| (at, Due::Pack(id)));
        let outcome = outcome_due(meeting, self.rules()).map(|at| (at, Due::Outcome(id)));
        pack.into_iter().chain(outcome).collect()
    }

    pub(super) fn due_of_schedule(&self, name: &str) -> Option<(DateTime<Utc>, Due)> {
        let schedule = self.rules().schedules.iter().find(|schedule| schedule.name == name)?;
        let served = self.schedule_served(name)?;
        let at = schedule.when.next_after(served, &self.rules().calendar)?;
        Some((at, Due::Schedule(name.into())))
    }

    pub(super) fn due_of_import(&self, id: Identity) -> Option<(DateTime<Utc>, Due)> {
        let import = self.import(id)?;
        Some((import.look_at, Due::Import(id, import.next.unwrap_or(0))))
    }
}
