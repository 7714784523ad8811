//! 投稿: words that a rep found to work, offered to everybody's script library.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{MemberId, ScriptKey, ScriptOfferId};

/// Words that a rep offers to the library. It is kept whatever becomes of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScriptOffer {
    /// Its number.
    pub id: ScriptOfferId,
    /// Whose words they are.
    pub by: MemberId,
    /// When they were offered.
    pub at: DateTime<Utc>,
    /// What they answer, as the rep put it: 价格, 客户说太贵. Empty when it was not said.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub ask: Box<str>,
    /// The kind of objection, a key of `objections.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Box<str>>,
    /// The competitor that they are meant against, a key of `objections.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competitor: Option<Box<str>>,
    /// The words themselves, as they are said to a customer.
    pub say: Box<str>,
    /// What became of it.
    #[serde(default)]
    pub state: OfferState,
}

/// What became of an offer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Nobody has decided.
    #[default]
    Offered,
    /// It is in the library.
    Taken {
        /// Who decided.
        by: MemberId,
        /// When.
        at: DateTime<Utc>,
    },
    /// It is not.
    Declined {
        /// Who decided.
        by: MemberId,
        /// When.
        at: DateTime<Utc>,
    },
}

impl ScriptOffer {
    /// The key that it has as a script, beside those of files.
    pub fn key(&self) -> ScriptKey {
        format!("offered/{}", self.id).into()
    }

    /// Whether it is in the library.
    pub fn is_taken(&self) -> bool {
        matches!(self.state, OfferState::Taken { .. })
    }

    /// Whether it waits to be decided.
    pub fn is_open(&self) -> bool {
        self.state == OfferState::Offered
    }
}
