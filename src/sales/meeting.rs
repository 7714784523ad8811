//! A dated meeting with a customer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DealId, MeetingId, MemberId};

/// A dated meeting on a deal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Meeting {
    /// Its number.
    pub id: MeetingId,
    /// The deal it serves.
    pub deal: DealId,
    /// Who goes.
    pub member: MemberId,
    /// When it begins. An all-day one begins when working hours do.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Whether only the day was agreed.
    #[serde(default)]
    pub all_day: bool,
    /// What for, in the rep's words: 看厂.
    pub purpose: Box<str>,
    /// Whom they meet, as the rep calls them.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub with: Box<str>,
    /// Where it stands.
    pub state: MeetingState,
    /// The start for which the pack went out; a meeting that moves gets its pack anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed_for: Option<DateTime<Utc>>,
    /// Whether its outcome was asked for.
    #[serde(default)]
    pub asked: bool,
}

/// Where a meeting stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeetingState {
    /// To come, or its outcome is not known yet.
    Planned,
    /// Its outcome was told.
    Told,
    /// Taken back.
    Cancelled,
}
