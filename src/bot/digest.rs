//! Digests (product.md 2.1): progress and wins by name to the group, problems there by number only; who and why to the
//! manager alone. Every figure is a sum of tallies or a count over open deals.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::draft::{Draft, Push};
use super::words;
use crate::calendar::spoken_weekday;
use crate::config::{Member, Team};
use crate::sales::{Deal, Outcome, Platform, TeamKey};
use crate::state::{Counts, Deed, Recipient, Record, ScheduleMark};

/// A schedule that was missed by more than this is told and not made up for.
const MISSED: TimeDelta = TimeDelta::hours(2);
/// A digest is of use this long.
const USEFUL: TimeDelta = TimeDelta::hours(12);
/// A manager's list shows three.
const SHOWN: usize = 3;

/// A schedule's instant came.
pub fn due(draft: &mut Draft<'_>, name: &str, at: DateTime<Utc>) {
    let Some(schedule) = draft.state.rules().schedules.iter().find(|schedule| schedule.name == name) else {
        return;
    };
    draft.put(Record::Schedule(ScheduleMark { name: name.into(), served: draft.now.max(at) }));
    if draft.now - at > MISSED {
        let line = draft.about_workspace(Deed::Missed).saying(name);
        return draft.line(line);
    }
    let line = draft.about_workspace(Deed::Digested).saying(name);
    draft.line(line);
    let meant = |team: &&Team| schedule.teams.is_empty() || schedule.teams.contains(&team.key);
    for team in draft.state.rules().people.teams.iter().filter(meant) {
        match schedule.message.as_str() {
            "manager_digest" => to_manager(draft, team),
            _ => to_group(draft, team),
        }
    }
}

fn to_group(draft: &mut Draft<'_>, team: &Team) {
    let vars = group_vars(draft, team);
    let useful_until = draft.now + USEFUL;
    let robot = team.wecom_robot.as_ref().and_then(|key| {
        let apps = &draft.state.rules().apps;
        let app = apps.iter().find(|app| app.robots.iter().any(|robot| robot.key == *key))?;
        Some((app.key.clone(), Recipient::Robot { key: key.as_str().into() }))
    });
    let group = team.dingtalk_group.as_ref().and_then(|id| {
        Some((draft.app_of(Platform::DingTalk)?, Recipient::Group { id: id.as_str().into() }))
    });
    for (app, to) in robot.into_iter().chain(group) {
        draft.tell_group(app, to, "group_digest", vars.clone(), useful_until);
    }
}

fn group_vars(draft: &Draft<'_>, team: &Team) -> Value {
    let (state, rules) = (draft.state, draft.state.rules());
    let today = rules.calendar.date(draft.now);
    let days: Vec<Counts> =
        rules.people.members_of(&team.key).map(|member| state.counts(&member.id, today)).collect();
    let sum: Counts = days.iter().sum();
    let won: Vec<Value> = closed_on(draft, &team.key, today)
        .filter(|deal| deal.closing.as_ref().is_some_and(|closing| closing.outcome == Outcome::Won))
        .map(|deal| {
            json!({
                "customer": words::customer(state, deal),
                "amount": deal.amount.to_string(),
                "by": rules.people.find(&deal.owner).map_or("", |member| &member.name),
            })
        })
        .collect();
    let stuck = stuck(draft, &team.key).len();
    let count = |n: i64| (n > 0).then(|| Value::from(n));
    words::vars([
        ("team", Some(team.name.as_str().into())),
        ("day", Some(spoken_weekday(chrono::Datelike::weekday(&today)).into())),
        ("new_deals", Some(sum.new_deals.into())),
        ("moved", Some(sum.moves.into())),
        ("won", Some(won.into())),
        ("notes", Some(sum.notes.into())),
        ("meetings_tomorrow", Some(meetings_on(draft, &team.key, rules.calendar.next_workday(today)).into())),
        ("stuck", (stuck > 0).then(|| stuck.into())),
        ("handled", count(sum.handled)),
    ])
}

/// Who and why: to the team's manager alone.
fn to_manager(draft: &mut Draft<'_>, team: &Team) {
    let (state, rules) = (draft.state, draft.state.rules());
    let Some(manager) = rules.people.find(&team.manager) else { return };
    let today = rules.calendar.date(draft.now);
    let stuck = stuck(draft, &team.key);
    let closed: Vec<Value> =
        closed_on(draft, &team.key, today).map(|deal| closed_item(draft, deal)).collect();
    if stuck.is_empty() && closed.is_empty() {
        return;
    }
    let items: Vec<Value> = stuck
        .iter()
        .take(SHOWN)
        .map(|deal| {
            json!({
                "customer": words::customer(state, deal),
                "owner": words::call(rules, &deal.owner),
                "idle": words::idle(deal, draft.now),
                "stage": words::stage(rules, &deal.stage),
            })
        })
        .collect();
    let more = stuck.len().saturating_sub(SHOWN);
    let vars = words::vars([
        ("day", Some(spoken_weekday(chrono::Datelike::weekday(&today)).into())),
        ("stuck", Some(items.into())),
        ("more", (more > 0).then(|| more.into())),
        ("closed", Some(closed.into())),
        ("quiet", quiet(draft, &team.key, today).map(Into::into)),
    ]);
    let late: Vec<_> = stuck.iter().filter_map(|deal| Some((deal.id, state.lapse(deal)?))).collect();
    let now = draft.now;
    for (id, lapse) in late.into_iter().filter(|(_, lapse)| lapse.escalate_at <= now) {
        if let Some(deal) = draft.deal_mut(id) {
            deal.escalated_lapse = Some(lapse.start);
        }
    }
    let useful_until = draft.now + USEFUL;
    draft.push(manager, Push { template: "manager_digest", vars, card: None, useful_until, bulk: true });
}

fn closed_item(draft: &Draft<'_>, deal: &Deal) -> Value {
    let outcome = deal.closing.as_ref().map(|closing| closing.outcome);
    let reason = match outcome {
        Some(Outcome::Lost(Some(reason))) => Some(reason.name()),
        _ => None,
    };
    json!({
        "customer": words::customer(draft.state, deal),
        "owner": words::call(draft.state.rules(), &deal.owner),
        "outcome": outcome.map_or("", Outcome::name),
        "reason": reason,
    })
}

/// Open deals of the team whose lapse is over its limit, those past the second limit first, then the longest.
fn stuck<'s>(draft: &Draft<'s>, team: &TeamKey) -> Vec<&'s Deal> {
    let (state, now) = (draft.state, draft.now);
    let mut stuck: Vec<_> = state
        .rules()
        .people
        .members_of(team)
        .flat_map(|member: &Member| state.deals_of_owner(&member.id))
        .filter_map(|deal| Some((deal, state.lapse(deal)?)))
        .filter(|(_, lapse)| lapse.warn_at <= now)
        .collect();
    stuck.sort_by_key(|(deal, lapse)| (lapse.escalate_at > now, lapse.start, deal.id));
    stuck.into_iter().map(|(deal, _)| deal).collect()
}

fn closed_on<'s>(draft: &Draft<'s>, team: &'s TeamKey, day: NaiveDate) -> impl Iterator<Item = &'s Deal> {
    let state = draft.state;
    let rules = state.rules();
    let on_day = move |deal: &&Deal| {
        deal.closing.as_ref().is_some_and(|closing| rules.calendar.date(closing.at) == day)
    };
    rules.people.members_of(team).flat_map(move |member| state.deals_of_owner(&member.id)).filter(on_day)
}

fn meetings_on(draft: &Draft<'_>, team: &TeamKey, day: NaiveDate) -> i64 {
    let rules = draft.state.rules();
    let of_team = |member: &crate::sales::MemberId| {
        rules.people.find(member).is_some_and(|member| member.team.as_ref() == Some(team))
    };
    let planned = draft.state.meetings().filter(|meeting| {
        meeting.state == crate::sales::MeetingState::Planned
            && rules.calendar.date(meeting.starts_at) == day
            && of_team(&meeting.member)
    });
    i64::try_from(planned.count()).unwrap_or(i64::MAX)
}

/// Reps who wrote nothing today, by how colleagues call them.
fn quiet(draft: &Draft<'_>, team: &TeamKey, today: NaiveDate) -> Option<String> {
    let state = draft.state;
    let names: Vec<&str> = state
        .rules()
        .people
        .members_of(team)
        .filter(|member| member.rep && !member.is_away(today) && state.counts(&member.id, today).notes == 0)
        .map(|member| member.call.as_str())
        .collect();
    (!names.is_empty()).then(|| names.join("、"))
}
