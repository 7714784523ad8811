//! Answers that are to be ranked by what they mean: asked of an endpoint beside the road, told as an event.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Sender;
use crate::sales::{DealId, MemberId, ScriptKey};

/// A customer's words and the scripts that answer them offline. It travels in a row of the outbox, so that nothing is
/// forgotten when the process ends in between.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ranking {
    /// Who asked, and where the answer goes.
    pub from: Sender,
    /// The same, as a member.
    pub member: MemberId,
    /// When.
    pub at: DateTime<Utc>,
    /// The words as they were written; they stay here.
    pub ask: Box<str>,
    /// The deal that they are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<DealId>,
    /// The words as the endpoint may read them: without names, numbers and amounts.
    pub masked: Box<str>,
    /// The scripts in their offline order, with their words as the endpoint may read them.
    pub options: Vec<(ScriptKey, Box<str>)>,
}

/// What became of ranking.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ranked {
    /// What was asked.
    pub ranking: Box<Ranking>,
    /// The nearest first, or why there is no order but the offline one.
    pub order: Result<Vec<ScriptKey>, Box<str>>,
}
