//! Live records and their encoding. A value is JSON with a version, `{"v":1,"r":{…}}`: additive changes by default
//! value, others by a migration where the version is read.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::record_key::{RecordKey, kind};
use super::{Chain, Erasure, Line, Row, ScriptVotes, Tally};
use crate::event::{Adopted, Event, Identity};
use crate::sales::{
    ActionCard, Card, Customer, Deal, Dialogue, ImportRow, Media, Meeting, Platform, ScriptOffer,
};

/// The version that is written.
const VERSION: u16 = 1;

/// One live record.
#[derive(Clone, PartialEq, Debug)]
pub enum Record {
    /// A customer.
    Customer(Customer),
    /// A deal, open or closed under 90 days.
    Deal(Deal),
    /// A meeting.
    Meeting(Meeting),
    /// An action card.
    Action(ActionCard),
    /// A picture or a file.
    Media(Media),
    /// A card that may still be tapped.
    Card(Card),
    /// What is awaited in a member's chat.
    Dialogue(Dialogue),
    /// A message on its way out.
    Row(Row),
    /// An event put aside with its error.
    Parked(Parked),
    /// When a schedule ran last.
    Schedule(ScheduleMark),
    /// The rules in force.
    Rules(Adopted),
    /// Which life of the store this is.
    Life(Life),
    /// Somebody who is no member.
    Stranger(Stranger),
    /// A line of the last day, kept whole.
    Recent(Recent),
    /// A member's day.
    Tally(Tally),
    /// What reps found of a script.
    ScriptVotes(ScriptVotes),
    /// Words that a rep offered to the script library.
    ScriptOffer(ScriptOffer),
    /// An import under way.
    Import(Import),
    /// Rows of it that are laid aside.
    ImportRows(ImportRows),
    /// The head of the audit chain.
    Chain(Chain),
    /// An erasure, under way or done.
    Erasure(Erasure),
}

/// An import under way. Its rows lie aside in [`ImportRows`] until it goes; it ends with the last of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Import {
    /// Its name.
    pub id: Identity,
    /// How many chunks it has.
    pub chunks: u32,
    /// Whether the sheet wins over what is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overwrite: bool,
    /// The chunk that is next to become records; `None` while it does not count yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// When it is to be looked after if nobody did by then.
    pub look_at: DateTime<Utc>,
}

/// Rows of an import, laid aside.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ImportRows {
    /// The import.
    pub import: Identity,
    /// The chunk's number, from 0.
    pub n: u32,
    /// The rows.
    pub rows: Vec<ImportRow>,
}

/// An event put aside with its error: acknowledged, listed, to be decided again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Parked {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The event.
    pub event: Event,
    /// The error.
    pub error: Box<str>,
}

/// When a schedule ran last.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScheduleMark {
    /// Its name in `schedule.toml`.
    pub name: Box<str>,
    /// The instant that was served last; the next one is the first after it.
    pub served: DateTime<Utc>,
}

/// Which life of the store its content is of. After a restore it differs from the store's own epoch until the first
/// turn has seen it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Life {
    /// The epoch.
    pub epoch: u64,
}

/// Somebody who wrote without being a member.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Stranger {
    /// Where.
    pub platform: Platform,
    /// The platform's id.
    pub user: Box<str>,
    /// When they were answered last.
    pub answered_at: DateTime<Utc>,
    /// How many messages came in all.
    pub messages: u64,
}

/// A line of the last day, by its place in the history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Recent {
    /// The commit.
    pub seq: u64,
    /// Its place in the commit.
    pub n: u16,
    /// The line.
    pub line: Line,
}

/// A stored value that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The key's first byte is no kind of this version.
    #[error("no record of kind {0:#x} is known to this version")]
    Kind(u8),
    /// A newer version wrote it.
    #[error("the record is of version {0}, written by a newer Genjin")]
    Newer(u16),
    /// It is no such record.
    #[error("the record does not read")]
    Json(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a, T> {
    v: u16,
    r: &'a T,
}

#[derive(Deserialize)]
struct Read<T> {
    v: u16,
    r: T,
}

fn written<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(&Written { v: VERSION, r: record }).expect("records are plain data with string keys")
}

fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, DecodeError> {
    let Read { v, r } = serde_json::from_slice(value)?;
    if v > VERSION { Err(DecodeError::Newer(v)) } else { Ok(r) }
}

impl Record {
    /// Its name.
    pub fn key(&self) -> RecordKey {
        match self {
            Self::Customer(customer) => RecordKey::Customer(customer.id),
            Self::Deal(deal) => RecordKey::Deal(deal.id),
            Self::Meeting(meeting) => RecordKey::Meeting(meeting.id),
            Self::Action(card) => RecordKey::Action(card.id),
            Self::Media(media) => RecordKey::Media(media.id),
            Self::Card(card) => RecordKey::Card(card.id),
            Self::Dialogue(dialogue) => RecordKey::Dialogue(dialogue.member.clone()),
            Self::Row(row) => RecordKey::Row(row.id),
            Self::Parked(parked) => RecordKey::Parked(parked.id),
            Self::Schedule(mark) => RecordKey::Schedule(mark.name.clone()),
            Self::Rules(_) => RecordKey::Rules,
            Self::Life(_) => RecordKey::Life,
            Self::Stranger(stranger) => RecordKey::Stranger(stranger.platform, stranger.user.clone()),
            Self::Recent(recent) => RecordKey::Recent(recent.seq, recent.n),
            Self::Tally(tally) => RecordKey::Tally(tally.day, tally.member.clone()),
            Self::ScriptVotes(votes) => RecordKey::ScriptVotes(votes.script.clone()),
            Self::ScriptOffer(offer) => RecordKey::ScriptOffer(offer.id),
            Self::Import(import) => RecordKey::Import(import.id),
            Self::ImportRows(rows) => RecordKey::ImportRows(rows.import, rows.n),
            Self::Chain(_) => RecordKey::Chain,
            Self::Erasure(erasure) => RecordKey::Erasure(erasure.id),
        }
    }

    /// The stored value.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Customer(record) => written(record),
            Self::Deal(record) => written(record),
            Self::Meeting(record) => written(record),
            Self::Action(record) => written(record),
            Self::Media(record) => written(record),
            Self::Card(record) => written(record),
            Self::Dialogue(record) => written(record),
            Self::Row(record) => written(record),
            Self::Parked(record) => written(record),
            Self::Schedule(record) => written(record),
            Self::Rules(record) => written(record),
            Self::Life(record) => written(record),
            Self::Stranger(record) => written(record),
            Self::Recent(record) => written(record),
            Self::Tally(record) => written(record),
            Self::ScriptVotes(record) => written(record),
            Self::ScriptOffer(record) => written(record),
            Self::Import(record) => written(record),
            Self::ImportRows(record) => written(record),
            Self::Chain(record) => written(record),
            Self::Erasure(record) => written(record),
        }
    }

    /// Reads a stored value of the kind that the key's first byte names.
    ///
    /// # Errors
    /// An unknown kind, a newer version, or a value that is no such record.
    pub fn from_bytes(kind: u8, value: &[u8]) -> Result<Self, DecodeError> {
        Ok(match kind {
            kind::CUSTOMER => Self::Customer(read(value)?),
            kind::DEAL => Self::Deal(read(value)?),
            kind::MEETING => Self::Meeting(read(value)?),
            kind::ACTION => Self::Action(read(value)?),
            kind::MEDIA => Self::Media(read(value)?),
            kind::CARD => Self::Card(read(value)?),
            kind::DIALOGUE => Self::Dialogue(read(value)?),
            kind::ROW => Self::Row(read(value)?),
            kind::PARKED => Self::Parked(read(value)?),
            kind::SCHEDULE => Self::Schedule(read(value)?),
            kind::RULES => Self::Rules(read(value)?),
            kind::LIFE => Self::Life(read(value)?),
            kind::STRANGER => Self::Stranger(read(value)?),
            kind::RECENT => Self::Recent(read(value)?),
            kind::TALLY => Self::Tally(read(value)?),
            kind::SCRIPT_VOTES => Self::ScriptVotes(read(value)?),
            kind::SCRIPT_OFFER => Self::ScriptOffer(read(value)?),
            kind::IMPORT => Self::Import(read(value)?),
            kind::IMPORT_ROWS => Self::ImportRows(read(value)?),
            kind::CHAIN => Self::Chain(read(value)?),
            kind::ERASURE => Self::Erasure(read(value)?),
            other => return Err(DecodeError::Kind(other)),
        })
    }

    /// The record as fields, for records whose changes the history tells: customers, deals, meetings, action
    /// cards, and what was sent with them.
    pub fn told(&self) -> Option<(String, Value)> {
        let value = match self {
            Self::Customer(record) => (record.id.to_string(), serde_json::to_value(record)),
            Self::Deal(record) => (record.id.to_string(), serde_json::to_value(record)),
            Self::Meeting(record) => (record.id.to_string(), serde_json::to_value(record)),
            Self::Action(record) => (record.id.to_string(), serde_json::to_value(record)),
            Self::Media(record) => (record.id.to_string(), serde_json::to_value(record)),
            _ => return None,
        };
        Some((value.0, value.1.expect("records are plain data with string keys")))
    }
}
