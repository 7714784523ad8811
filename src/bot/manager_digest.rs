//! The manager's private digest: which deals are stuck beyond their second limit or lie with someone who cannot be
//! warned, what was closed or opened again since the last one, and who has been quiet. Nothing to tell is no message.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Value, json};

use super::digest::{USEFUL, closed_since, team_of};
use super::draft::{Draft, Push};
use super::{action_card, questions, words};
use crate::calendar::spoken_weekday;
use crate::config::{Member, Team};
use crate::event::Sender;
use crate::sales::{CardKind, Deal, DealId, Lapse, MemberId, Outcome};
use crate::state::{Deed, LineSubject};

/// A list shows three.
const SHOWN: usize = 3;
/// Who wrote nothing for so many working days may need help.
const QUIET_WORKDAYS: u32 = 3;
/// A line of managers is short; the bound is against a ring in the file.
const LADDER: usize = 8;

/// To each manager of these teams what happened after `since`, in one message for all their teams.
pub fn send(draft: &mut Draft<'_>, teams: &[&Team], since: DateTime<Utc>) {
    let mut by_manager: BTreeMap<&MemberId, Vec<&Team>> = BTreeMap::new();
    for team in teams {
        by_manager.entry(&team.manager).or_default().push(team);
    }
    for (manager, teams) in by_manager {
        if let Some(manager) = reachable(draft, manager) {
            to_manager(draft, manager, &teams, since);
        }
    }
}

/// The manager, or while they are away the one above.
fn reachable<'s>(draft: &Draft<'s>, manager: &MemberId) -> Option<&'s Member> {
    let rules = draft.state.rules();
    let today = rules.calendar.date(draft.now);
    let above = |member: &&Member| member.manager.as_ref().and_then(|id| rules.people.find(id));
    let mut ladder = std::iter::successors(rules.people.find(manager), above).take(LADDER);
    ladder.find(|member| !member.is_away(today))
}

fn to_manager(draft: &mut Draft<'_>, manager: &Member, teams: &[&Team], since: DateTime<Utc>) {
    let Some(Stand { vars, stuck }) = stand(draft, manager, teams, since) else { return };
    let now = draft.now;
    let deals: Vec<DealId> = stuck.iter().map(|(deal, _)| deal.id).collect();
    for (deal, lapse) in stuck {
        let escalated = lapse.escalate_at <= now;
        if let Some(deal) = draft.deal_mut(deal.id).filter(|_| escalated) {
            deal.escalated_lapse = Some(lapse.start);
        }
    }
    let useful_until = now + USEFUL;
    // 全部 lists them whole, and a tap or a digit shows one.
    let card = (!deals.is_empty()).then_some(CardKind::Stuck { deals });
    draft.push(manager, Push { template: "manager_digest", vars, card, useful_until, bulk: true });
}

/// 战报, 谁卡住了: the same as it stands now, of all teams below the member. Who leads none has their own day.
pub fn asked(draft: &mut Draft<'_>, member: &Member, from: &Sender) {
    let rules = draft.state.rules();
    let above = |id: &MemberId| rules.people.find(id)?.manager.as_ref();
    let leads = |team: &&Team| {
        let mut line = std::iter::successors(Some(&team.manager), |id| above(id)).take(LADDER);
        line.any(|id| *id == member.id)
    };
    let teams: Vec<&Team> = rules.people.teams.iter().filter(leads).collect();
    if teams.is_empty() {
        return questions::today(draft, member, from);
    }
    let since = rules.calendar.start_of_day(rules.calendar.date(draft.now));
    match stand(draft, member, &teams, since) {
        None => drop(draft.answer(from, "teams_quiet", words::vars([]))),
        Some(Stand { vars, stuck }) if stuck.is_empty() => {
            draft.answer(from, "manager_digest", vars);
        }
        Some(Stand { vars, stuck }) => {
            let deals = stuck.iter().map(|(deal, _)| deal.id).collect();
            draft.answer_card(from, &member.id, CardKind::Stuck { deals }, "manager_digest", vars);
        }
    }
}

/// How teams stand: what the message says, and what is stuck.
struct Stand<'s> {
    vars: Value,
    stuck: Vec<(&'s Deal, Lapse)>,
}

/// `None` when there is nothing to tell.
fn stand<'s>(
    draft: &Draft<'s>,
    manager: &Member,
    teams: &[&Team],
    since: DateTime<Utc>,
) -> Option<Stand<'s>> {
    let stuck = stuck(draft, teams);
    let closed: Vec<Value> = teams
        .iter()
        .flat_map(|team| closed_since(draft, &team.key, since))
        .map(|deal| closed_item(draft, deal))
        .collect();
    let (reopened, quiet) = (reopened(draft, teams, since), quiet(draft, teams));
    let late = action_card::late(draft, manager);
    let nothing = stuck.is_empty() && late.is_empty();
    if nothing && closed.is_empty() && reopened.is_empty() && quiet.is_empty() {
        return None;
    }
    let today = draft.state.rules().calendar.date(draft.now);
    let items: Vec<Value> = stuck.iter().take(SHOWN).map(|(deal, _)| stuck_item(draft, deal)).collect();
    let more = stuck.len().saturating_sub(SHOWN);
    let customers = stuck.iter().take(SHOWN).map(|(deal, _)| words::customer(draft.state, deal));
    let options = words::options(customers.collect::<Vec<_>>());
    let vars = words::vars([
        ("day", Some(spoken_weekday(today.weekday()).into())),
        ("stuck", Some(items.into())),
        ("more", (more > 0).then(|| more.into())),
        ("closed", Some(closed.into())),
        ("reopened", Some(reopened.join("、").into())),
        ("quiet", Some(quiet.join("、").into())),
        ("late", late.first().map(|first| first.as_str().into())),
        ("late_more", (late.len() > 1).then(|| (late.len() - 1).into())),
        ("options", Some(options)),
    ]);
    Some(Stand { vars, stuck })
}

/// The longest first.
fn stuck<'s>(draft: &Draft<'s>, teams: &[&Team]) -> Vec<(&'s Deal, Lapse)> {
    let (state, now) = (draft.state, draft.now);
    let is_stuck = |deal: &Deal, lapse: &Lapse| {
        lapse.escalate_at <= now || (lapse.warn_at <= now && !can_be_warned(draft, deal))
    };
    let mut stuck: Vec<_> = state
        .deals()
        .filter_map(|deal| Some((deal, state.lapse(deal)?)))
        .filter(|(deal, lapse)| is_stuck(deal, lapse) && is_of(draft, deal, teams))
        .collect();
    stuck.sort_by_key(|(deal, lapse)| (lapse.start, deal.id));
    stuck
}

fn can_be_warned(draft: &Draft<'_>, deal: &Deal) -> bool {
    let rules = draft.state.rules();
    let today = rules.calendar.date(draft.now);
    rules.people.find(&deal.owner).is_some_and(|owner| !owner.is_away(today))
}

fn is_of(draft: &Draft<'_>, deal: &Deal, teams: &[&Team]) -> bool {
    team_of(draft, deal).is_some_and(|of| teams.iter().any(|team| team.key == *of))
}

fn stuck_item(draft: &Draft<'_>, deal: &Deal) -> Value {
    let rules = draft.state.rules();
    let today = rules.calendar.date(draft.now);
    let owner = match rules.people.find(&deal.owner) {
        Some(owner) if owner.is_away(today) => format!("{}，请假", owner.call),
        Some(owner) => owner.call.clone(),
        None => "没人负责".to_owned(),
    };
    json!({
        "customer": words::customer(draft.state, deal),
        "owner": owner,
        "idle": words::idle(deal, draft.now),
        "stage": words::stage(rules, &deal.stage),
    })
}

fn closed_item(draft: &Draft<'_>, deal: &Deal) -> Value {
    let outcome = deal.closing.as_ref().map(|closing| closing.outcome);
    let reason = match outcome {
        Some(Outcome::Lost(Some(reason))) => reason.name(),
        _ => "",
    };
    json!({
        "customer": words::customer(draft.state, deal),
        "owner": owner(draft, deal),
        "outcome": outcome.map_or("", Outcome::name),
        "reason": reason,
    })
}

fn owner(draft: &Draft<'_>, deal: &Deal) -> String {
    let owner = draft.state.rules().people.find(&deal.owner);
    owner.map_or_else(|| "没人负责".to_owned(), |owner| owner.call.clone())
}

/// 「恒达铸件（小王）」, of those that are still open.
fn reopened(draft: &Draft<'_>, teams: &[&Team], since: DateTime<Utc>) -> Vec<String> {
    let lines = draft.state.recent().map(|recent| &recent.line);
    let mut ids: Vec<DealId> = lines
        .filter(|line| line.what == Deed::Reopened && line.at > since && !line.undone)
        .filter_map(|line| match line.subject {
            LineSubject::Deal(id) => Some(id),
            LineSubject::Customer(_) | LineSubject::Action(_) | LineSubject::Workspace => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .filter_map(|id| draft.state.deal(id))
        .filter(|deal| deal.is_open() && is_of(draft, deal, teams))
        .map(|deal| format!("{}（{}）", words::customer(draft.state, deal), owner(draft, deal)))
        .collect()
}

/// Reps with open deals who wrote nothing for days: 「老高（3 天）」. Who is away is left alone.
fn quiet(draft: &Draft<'_>, teams: &[&Team]) -> Vec<String> {
    let (state, calendar) = (draft.state, &draft.state.rules().calendar);
    let today = calendar.date(draft.now);
    let mut last: BTreeMap<&MemberId, DateTime<Utc>> = BTreeMap::new();
    for note in state.deals().flat_map(|deal| &deal.recent) {
        let newest = last.entry(&note.by).or_insert(note.at);
        *newest = note.at.max(*newest);
    }
    let reps = teams.iter().flat_map(|team| state.rules().people.members_of(&team.key));
    reps.filter(|member| member.rep && !member.is_away(today))
        .filter(|member| state.deals_of_owner(&member.id).any(Deal::is_open))
        .filter_map(|member| {
            let days = calendar.working_days_between(calendar.date(*last.get(&member.id)?), today);
            (days >= QUIET_WORKDAYS).then(|| format!("{}（{days} 天）", member.call))
        })
        .collect()
}
