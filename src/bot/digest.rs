//! Digests (product.md 2.1): progress and wins by name to the group, problems there by number only; who and why to the
//! manager alone (`manager_digest`). Every figure is a sum of tallies or a count over open deals.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::draft::Draft;
use super::{manager_digest, words};
use crate::calendar::spoken_weekday;
use crate::config::{Schedule, Team};
use crate::sales::{Deal, MeetingState, MemberId, Outcome, Platform, TeamKey};
use crate::state::{Counts, Deed, Recipient, Record, ScheduleMark};

/// A schedule that was missed by more than this is told and not made up for.
const MISSED: TimeDelta = TimeDelta::hours(2);
/// A digest is of use this long.
pub const USEFUL: TimeDelta = TimeDelta::hours(12);
/// At most so many missed instants are passed over at once; what is left fires again.
const PASSED: usize = 1_000;

/// A schedule's instant came. Of several that were missed the newest counts.
pub fn due(draft: &mut Draft<'_>, name: &str, at: DateTime<Utc>) {
    let (state, now) = (draft.state, draft.now);
    let rules = state.rules();
    let Some(schedule) = rules.schedules.iter().find(|schedule| schedule.name == name) else { return };
    let since = state.schedule_served(name).unwrap_or(at);
    let later = schedule.when.upcoming(at, &rules.calendar).take(PASSED).take_while(|run| *run <= now);
    let run = later.last().unwrap_or(at);
    draft.put(Record::Schedule(ScheduleMark { name: name.into(), served: run }));
    if now - run > MISSED {
        let line = draft.about_workspace(Deed::Missed).saying(name);
        return draft.line(line);
    }
    let line = draft.about_workspace(Deed::Digested).saying(name);
    draft.line(line);
    let teams = teams(draft, schedule);
    if schedule.message == "manager_digest" {
        return manager_digest::send(draft, &teams, since);
    }
    for team in teams {
        to_group(draft, team, since);
    }
}

fn teams<'s>(draft: &Draft<'s>, schedule: &Schedule) -> Vec<&'s Team> {
    let meant = |team: &&Team| schedule.teams.is_empty() || schedule.teams.contains(&team.key);
    draft.state.rules().people.teams.iter().filter(meant).collect()
}

fn to_group(draft: &mut Draft<'_>, team: &Team, since: DateTime<Utc>) {
    let vars = group_vars(draft, team, since);
    let useful_until = draft.now + USEFUL;
    let robot = team.wecom_robot.as_ref().and_then(|key| {
        let apps = &draft.state.rules().apps;
        let app = apps.iter().find(|app| app.robots.iter().any(|robot| robot.key == *key))?;
        Some((app.key.clone(), Recipient::Robot { key: key.as_str().into() }))
    });
    let chat = draft.app_of(Platform::WeCom).filter(|_| team.wecom_chat);
    let chat = chat.map(|app| (app, Recipient::AppChat { team: team.key.as_str().into() }));
    let group = team.dingtalk_group.as_ref().and_then(|id| {
        Some((draft.app_of(Platform::DingTalk)?, Recipient::Group { id: id.as_str().into() }))
    });
    for (app, to) in robot.into_iter().chain(chat).chain(group) {
        draft.tell_group(app, to, "group_digest", vars.clone(), useful_until);
    }
}

fn group_vars(draft: &Draft<'_>, team: &Team, since: DateTime<Utc>) -> Value {
    let (state, rules) = (draft.state, draft.state.rules());
    let today = rules.calendar.date(draft.now);
    let days: Vec<Counts> =
        rules.people.members_of(&team.key).map(|member| state.counts(&member.id, today)).collect();
    let sum: Counts = days.iter().sum();
    let won: Vec<Value> = closed_since(draft, &team.key, since)
        .filter(|deal| deal.closing.as_ref().is_some_and(|closing| closing.outcome == Outcome::Won))
        .map(|deal| {
            json!({
                "customer": words::customer(state, deal),
                "amount": deal.amount.to_string(),
                "by": rules.people.find(&deal.owner).map_or("", |member| &member.name),
            })
        })
        .collect();
    let count = |n: i64| (n > 0).then(|| Value::from(n));
    let tomorrow = today.succ_opt().map_or(0, |day| meetings_on(draft, &team.key, day));
    words::vars([
        ("team", Some(team.name.as_str().into())),
        ("day", Some(spoken_weekday(today.weekday()).into())),
        ("new_deals", Some(sum.new_deals.into())),
        ("moved", Some(sum.moves.into())),
        ("won", Some(won.into())),
        ("notes", Some(sum.notes.into())),
        ("meetings_tomorrow", Some(tomorrow.into())),
        ("stuck", count(overdue(draft, &team.key))),
        ("handled", count(sum.handled)),
    ])
}

/// How many open deals of the team are over their limit.
fn overdue(draft: &Draft<'_>, team: &TeamKey) -> i64 {
    let (state, now) = (draft.state, draft.now);
    let late = state.deals().filter(|deal| {
        state.lapse(deal).is_some_and(|lapse| lapse.warn_at <= now) && team_of(draft, deal) == Some(team)
    });
    i64::try_from(late.count()).unwrap_or(i64::MAX)
}

/// The team that answers for a deal: its owner's. One whose owner left goes to a team that knows it, else to the first:
/// nobody's deal is lost.
pub fn team_of<'s>(draft: &Draft<'s>, deal: &Deal) -> Option<&'s TeamKey> {
    let people = &draft.state.rules().people;
    let of = |member: &MemberId| people.find(member).and_then(|member| member.team.as_ref());
    let known = deal.helpers.iter().chain(deal.recent.iter().map(|note| &note.by));
    std::iter::once(&deal.owner)
        .chain(known)
        .find_map(of)
        .or_else(|| people.teams.first().map(|team| &team.key))
}

/// The team's deals that were closed after `since`.
pub fn closed_since<'s>(
    draft: &Draft<'s>,
    team: &TeamKey,
    since: DateTime<Utc>,
) -> impl Iterator<Item = &'s Deal> {
    let closed = move |deal: &&Deal| deal.closing.as_ref().is_some_and(|closing| closing.at > since);
    draft.state.deals().filter(closed).filter(move |deal| team_of(draft, deal) == Some(team))
}

fn meetings_on(draft: &Draft<'_>, team: &TeamKey, day: NaiveDate) -> i64 {
    let rules = draft.state.rules();
    let of_team = |member: &MemberId| {
        rules.people.find(member).is_some_and(|member| member.team.as_ref() == Some(team))
    };
    let planned = draft.state.meetings().filter(|meeting| {
        meeting.state == MeetingState::Planned
            && rules.calendar.date(meeting.starts_at) == day
            && of_team(&meeting.member)
    });
    i64::try_from(planned.count()).unwrap_or(i64::MAX)
}
