//! A text that an operator, a test or a script would have understood.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::engine;
use crate::language::Breakdown;
use crate::sales::MemberId;
use crate::state::State;

/// A text to understand.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Query {
    /// The words.
    pub text: String,
    /// When they were written; now, if it is not said.
    #[serde(default)]
    pub now: Option<DateTime<Utc>>,
    /// Who wrote them: of customers with one name their own come first.
    #[serde(default)]
    pub rep: Option<MemberId>,
}

/// What `query` is understood as by `state`'s names and calendar.
pub fn understood(state: &State, query: &Query, now: DateTime<Utc>) -> Breakdown {
    engine::understood(state, &query.text, query.rep.as_ref(), query.now.unwrap_or(now))
}
