//! What a page shows of a deal, as people say it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::config::Member;
use crate::sales::{Deal, DealId, FollowUp};
use crate::state::State;

/// The deal that a link's subject names; one that never was where it names none.
pub(super) fn deal_of(subject: &str) -> DealId {
    DealId(subject.strip_prefix("d-").and_then(|number| number.parse().ok()).unwrap_or(u64::MAX))
}

/// The customer, the stage, the amount, the last follow-up and what was agreed.
pub(super) fn of(state: &State, deal: &Deal, now: DateTime<Utc>) -> Value {
    let rules = state.rules();
    let customer = state.customer(deal.customer);
    let stage = rules.process.stage(&deal.stage).map_or(deal.stage.as_str(), |stage| &stage.name);
    json!({
        "customer": customer.map_or_else(|| deal.id.to_string(), |customer| customer.short.to_string()),
        "stage": stage,
        "amount": deal.amount.to_string(),
        "contact": customer.and_then(|customer| customer.contacts.first()).map(|contact| &*contact.call),
        "last": deal.recent.first().map(|note| follow_up(state, note, now)),
        "next": next(state, deal, now),
    })
}

/// One follow-up: which day, by whom, what.
pub(super) fn follow_up(state: &State, note: &FollowUp, now: DateTime<Utc>) -> Value {
    let by = state.rules().people.find(&note.by).map_or("", |member| &member.name);
    json!({ "day": state.rules().calendar.spoken_day(note.at, now), "by": by, "gist": &*note.gist })
}

/// What was agreed and for which day.
pub(super) fn next(state: &State, deal: &Deal, now: DateTime<Utc>) -> Option<String> {
    let step = deal.next_step.as_ref()?;
    Some(format!("{} {}", state.rules().calendar.spoken_month_day(step.day, now), step.what))
}

/// Who sees what the member writes: 「你和李经理」.
pub(super) fn who_sees(state: &State, member: &Member) -> String {
    let manager = member.manager.as_ref().and_then(|manager| state.rules().people.find(manager));
    manager.map_or_else(|| "只有你".to_owned(), |manager| format!("你和{}", manager.call))
}
