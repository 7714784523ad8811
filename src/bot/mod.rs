//! The use cases: one file each, (state, event, now) → outcome, pure. [`decide`] is the only entrance.

mod draft;

use chrono::{DateTime, Utc};

use crate::event::Event;
use crate::state::{Outcome, State};

/// What the bot does about an event.
pub fn decide(_state: &State, _event: &Event, _now: DateTime<Utc>) -> Outcome {
    Outcome::default()
}
