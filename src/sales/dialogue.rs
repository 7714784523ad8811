//! What the bot waits for in one member's chat. States say what is awaited and carry what was gathered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ActionCardId, CardId, DealId, MeetingId, MemberId, NewCustomer};

/// One member's chat with the bot.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Dialogue {
    /// Whose.
    pub member: MemberId,
    /// What the next text is taken for.
    pub awaiting: Awaiting,
    /// When that ends.
    pub expires_at: DateTime<Utc>,
    /// What was spoken of last: wins a choice within half an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The newest open card or list; a bare digit means it for a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardId>,
    /// When the bot said who it is and what becomes of what is written: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcomed_at: Option<DateTime<Utc>>,
}

/// The deal last spoken of.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// The deal.
    pub deal: DealId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the next text is taken for.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awaiting {
    /// Anything.
    #[default]
    Nothing,
    /// A note on this deal.
    Note(DealId),
    /// The note is kept here until the deal is chosen.
    DealFor {
        /// What was written.
        note: Box<str>,
        /// The deals that fit, in the order of their digits.
        deals: Vec<DealId>,
    },
    /// What came of this meeting.
    MeetingOutcome(MeetingId),
    /// What is still missing of a new customer, of whom so much was told.
    Customer(Box<NewCustomer>),
    /// Evidence for this action card.
    Evidence(ActionCardId),
    /// Why this action card goes back to its doer.
    ReturnReason(ActionCardId),
    /// What is in the way of this action card.
    Trouble(ActionCardId),
    /// What is to be done on this deal.
    Assignment(DealId),
}
