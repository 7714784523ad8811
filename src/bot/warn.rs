//! The overdue warning (product.md 1.2): once a lapse, to the owner, with the way out attached. A firing is a hint: each
//! deal is looked at again under today's rules, and the lapse is marked in the same commit as its message.

use chrono::{NaiveTime, TimeDelta};
use serde_json::{Value, json};

use super::draft::{Draft, Push};
use super::words;
use crate::sales::{CardKind, Deal, DealId, MemberId, Snooze};
use crate::state::{Counts, Deed, State, deal_due};

/// Reminders and what waits for the morning come at nine.
pub const NINE: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("09:00 is a time");
/// A warning that did not go out within two days says nothing true any more.
const USEFUL: TimeDelta = TimeDelta::hours(48);
/// A list shows three.
const SHOWN: usize = 3;

/// These deals of one owner may be overdue: those that are become one message.
pub fn due(draft: &mut Draft<'_>, owner: &MemberId, deals: &[DealId]) {
    let state = draft.state;
    let overdue: Vec<DealId> = deals.iter().copied().filter(|id| is_due(draft, *id)).collect();
    if overdue.is_empty() {
        return;
    }
    let member = state.rules().people.find(owner).filter(|member| member.user_on(member.primary).is_some());
    let Some(member) = member else {
        // Nobody to warn: the lapse stands in the manager's digest.
        return overdue.iter().for_each(|id| mark(draft, *id));
    };
    let today = state.rules().calendar.date(draft.now);
    if state.counts(owner, today).pushes >= i64::from(state.rules().workspace.pushes_a_day) {
        return overdue.iter().for_each(|id| wait_for_morning(draft, *id));
    }
    let (template, vars, kind) = match &overdue[..] {
        [one] => ("overdue_warning", warning(draft, *one), CardKind::Warning { deal: *one }),
        many => ("overdue_list", list(draft, many), CardKind::Warnings { deals: many.to_vec() }),
    };
    let useful_until = draft.now + USEFUL;
    draft.push(member, Push { template, vars, card: Some(kind), useful_until, bulk: false });
    let warnings = i64::try_from(overdue.len()).unwrap_or(i64::MAX);
    draft.count(owner, Counts { warnings, ..Counts::default() });
    for id in overdue {
        mark(draft, id);
    }
}

fn is_due(draft: &Draft<'_>, id: DealId) -> bool {
    let Some(deal) = draft.deal(id) else { return false };
    let meetings: Vec<_> = draft.state.meetings_of(id).collect();
    deal_due(deal, &meetings, draft.state.rules()).is_some_and(|at| at <= draft.now)
}

fn mark(draft: &mut Draft<'_>, id: DealId) {
    let lapse = draft.deal(id).and_then(|deal| draft.state.lapse(deal));
    if let (Some(lapse), Some(deal)) = (lapse, draft.deal_mut(id)) {
        deal.warned_lapse = Some(lapse.start);
        deal.snooze = None;
    }
    let rules = draft.state.rules();
    let rule = draft.deal(id).map(|deal| words::rule(rules, &deal.stage)).unwrap_or_default();
    let line = draft.about(id, Deed::Warned).saying(&rule);
    draft.line(line);
}

/// Whether the owner was warned of the lapse that the deal is in and has not answered yet.
pub fn is_unanswered(draft: &Draft<'_>, id: DealId) -> bool {
    let Some(deal) = draft.deal(id) else { return false };
    let lapse = draft.state.lapse(deal);
    deal.snooze.is_none() && lapse.is_some_and(|lapse| deal.warned_lapse == Some(lapse.start))
}

fn wait_for_morning(draft: &mut Draft<'_>, id: DealId) {
    let until = draft.state.rules().calendar.next_workday_at(draft.now, NINE);
    let lapse = draft.deal(id).and_then(|deal| draft.state.lapse(deal));
    if let (Some(lapse), Some(deal)) = (lapse, draft.deal_mut(id)) {
        deal.snooze = Some(Snooze { until, lapse: lapse.start });
    }
    let line = draft.about(id, Deed::Snoozed);
    draft.line(line);
}

/// The variables of one deal's warning.
pub fn warning(draft: &Draft<'_>, id: DealId) -> Value {
    let (state, now) = (draft.state, draft.now);
    let Some(deal) = draft.deal(id) else { return Value::Null };
    let rules = state.rules();
    let last = deal.recent.first();
    words::vars([
        ("customer", Some(words::customer(state, deal).into())),
        ("idle", Some(words::idle(deal, now).into())),
        ("stage", Some(words::stage(rules, &deal.stage).into())),
        ("amount", Some(deal.amount.to_string().into())),
        ("close", deal.expected_close.map(|day| words::close(rules, day, now).into())),
        ("last_day", last.map(|note| rules.calendar.spoken_day(note.at, now).into())),
        ("last", last.map(|note| note.gist.to_string().into())),
        ("opener", opener(state, deal).map(Into::into)),
        ("rule", Some(words::rule(rules, &deal.stage).into())),
        ("page", Some(words::page("deal", id).into())),
    ])
}

/// What can be said to the customer as it stands: the script pack's first.
pub fn opener(state: &State, deal: &Deal) -> Option<String> {
    let customer = state.customer(deal.customer);
    let industry = customer.map_or("", |customer| &customer.industry);
    let script = state.rules().openers(&deal.stage, industry).into_iter().next()?;
    Some(words::spoken_to(&script.say, words::contact(customer).as_deref()))
}

fn list(draft: &Draft<'_>, deals: &[DealId]) -> Value {
    let shown = deals.iter().take(SHOWN).filter_map(|id| draft.deal(*id));
    let items: Vec<Value> = shown
        .clone()
        .enumerate()
        .map(|(n, deal)| {
            json!({
                "n": (n + 1).to_string(),
                "customer": words::customer(draft.state, deal),
                "idle": words::idle(deal, draft.now),
                "stage": words::stage(draft.state.rules(), &deal.stage),
            })
        })
        .collect();
    let more = deals.len().saturating_sub(SHOWN);
    words::vars([
        ("count", Some(deals.len().to_string().into())),
        ("items", Some(items.into())),
        ("more", (more > 0).then(|| more.to_string().into())),
        ("options", Some(words::options(shown.map(|deal| words::customer(draft.state, deal))))),
    ])
}
