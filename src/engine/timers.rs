//! Due instants become events. Deals of one owner that fall due together become one event, so that they become one
//! message; each event's identity is its rule, subject and instant, so that a firing twice changes nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::event::{Event, Identity, Timer, What};
use crate::sales::{DealId, MemberId};
use crate::state::{Due, State};

/// At most so many firings a turn.
const FIRINGS: usize = 256;

/// The events of what waited for `now` or earlier.
pub(super) fn fire(state: &State, now: DateTime<Utc>) -> Vec<Event> {
    let mut overdue: BTreeMap<MemberId, Vec<(DealId, DateTime<Utc>)>> = BTreeMap::new();
    let mut events = Vec::new();
    for (at, due) in state.due_by(now, FIRINGS) {
        let timer = match due {
            Due::Overdue(owner, deal) => {
                overdue.entry(owner.clone()).or_default().push((*deal, *at));
                continue;
            }
            Due::Pack(meeting) => Timer::Pack { meeting: *meeting },
            Due::Outcome(meeting) => Timer::Outcome { meeting: *meeting },
            Due::ActionCard(card) => Timer::ActionCard { card: *card },
            Due::Schedule(name) => Timer::Schedule { name: name.clone(), at: *at },
            Due::Import(import, n) => Timer::Import { import: *import, n: *n },
        };
        events.push(event(timer, &at.timestamp().to_be_bytes()));
    }
    events.extend(overdue.into_iter().map(|(owner, deals)| {
        let instants: Vec<u8> = deals.iter().flat_map(|(_, at)| at.timestamp().to_be_bytes()).collect();
        let deals = deals.into_iter().map(|(deal, _)| deal).collect();
        event(Timer::Overdue { owner, deals }, &instants)
    }));
    events
}

fn event(timer: Timer, instants: &[u8]) -> Event {
    let subject = serde_json::to_vec(&timer).expect("timers are plain data");
    Event { identity: Identity::of(&[b"timer", &subject, instants]), what: What::Due(timer) }
}
