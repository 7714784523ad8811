//! What live records are called, and their keys in the store: the kind's byte, then what orders records of the kind.

use crate::event::Identity;
use crate::sales::{
    ActionCardId, CardId, CustomerId, DealId, MediaId, MeetingId, MemberId, Platform, RowId, ScriptKey,
    ScriptOfferId,
};

/// Names one live record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RecordKey {
    /// A customer.
    Customer(CustomerId),
    /// A deal.
    Deal(DealId),
    /// A meeting.
    Meeting(MeetingId),
    /// An action card.
    Action(ActionCardId),
    /// A picture or a file.
    Media(MediaId),
    /// A card.
    Card(CardId),
    /// A member's chat.
    Dialogue(MemberId),
    /// A row.
    Row(RowId),
    /// A parked event.
    Parked(u64),
    /// A schedule's mark.
    Schedule(Box<str>),
    /// The rules in force.
    Rules,
    /// The life.
    Life,
    /// A stranger.
    Stranger(Platform, Box<str>),
    /// A recent line.
    Recent(u64, u16),
    /// A member's day.
    Tally(chrono::NaiveDate, MemberId),
    /// What reps found of a script.
    ScriptVotes(ScriptKey),
    /// Words offered to the script library.
    ScriptOffer(ScriptOfferId),
    /// An import under way.
    Import(Identity),
    /// A chunk of its rows.
    ImportRows(Identity, u32),
    /// The head of the audit chain.
    Chain,
    /// An erasure.
    Erasure(Identity),
}

impl RecordKey {
    /// The stored key: the kind, then what orders records of the kind.
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbered = |kind: u8, id: u64| [&[kind][..], &id.to_be_bytes()].concat();
        match self {
            Self::Customer(id) => numbered(kind::CUSTOMER, id.0),
            Self::Deal(id) => numbered(kind::DEAL, id.0),
            Self::Meeting(id) => numbered(kind::MEETING, id.0),
            Self::Action(id) => numbered(kind::ACTION, id.0),
            Self::Media(id) => numbered(kind::MEDIA, id.0),
            Self::Card(id) => numbered(kind::CARD, id.0),
            Self::Dialogue(member) => [&[kind::DIALOGUE], member.as_str().as_bytes()].concat(),
            Self::Row(id) => numbered(kind::ROW, id.0),
            Self::Parked(id) => numbered(kind::PARKED, *id),
            Self::Schedule(name) => [&[kind::SCHEDULE], name.as_bytes()].concat(),
            Self::Rules => vec![kind::RULES],
            Self::Life => vec![kind::LIFE],
            Self::Stranger(platform, user) => {
                [&[kind::STRANGER], platform.as_str().as_bytes(), b"/", user.as_bytes()].concat()
            }
            Self::Recent(seq, n) => [&[kind::RECENT][..], &seq.to_be_bytes(), &n.to_be_bytes()].concat(),
            Self::Tally(day, member) => {
                [&[kind::TALLY][..], day.to_string().as_bytes(), b"/", member.as_str().as_bytes()].concat()
            }
            Self::ScriptVotes(script) => [&[kind::SCRIPT_VOTES], script.as_str().as_bytes()].concat(),
            Self::ScriptOffer(id) => numbered(kind::SCRIPT_OFFER, id.0),
            Self::Import(id) => [&[kind::IMPORT][..], &id.0].concat(),
            Self::ImportRows(id, n) => [&[kind::IMPORT_ROWS][..], &id.0, &n.to_be_bytes()].concat(),
            Self::Chain => vec![kind::CHAIN],
            Self::Erasure(id) => [&[kind::ERASURE][..], &id.0].concat(),
        }
    }
}

/// The kinds' first key bytes; `h` is the history's.
pub mod kind {
    /// Customers.
    pub const CUSTOMER: u8 = b'c';
    /// Deals.
    pub const DEAL: u8 = b'd';
    /// Meetings.
    pub const MEETING: u8 = b'm';
    /// Action cards.
    pub const ACTION: u8 = b'a';
    /// Pictures and files.
    pub const MEDIA: u8 = b'f';
    /// Cards.
    pub const CARD: u8 = b'k';
    /// Dialogues.
    pub const DIALOGUE: u8 = b'g';
    /// Outbox rows.
    pub const ROW: u8 = b'o';
    /// Parked events.
    pub const PARKED: u8 = b'p';
    /// Schedule marks.
    pub const SCHEDULE: u8 = b's';
    /// The rules in force.
    pub const RULES: u8 = b'u';
    /// The life of the store.
    pub const LIFE: u8 = b'l';
    /// Strangers.
    pub const STRANGER: u8 = b'x';
    /// Recent lines.
    pub const RECENT: u8 = b'r';
    /// Tallies.
    pub const TALLY: u8 = b't';
    /// The head of the audit chain.
    pub const CHAIN: u8 = b'n';
    /// Erasures.
    pub const ERASURE: u8 = b'e';
    /// What reps found of scripts.
    pub const SCRIPT_VOTES: u8 = b'v';
    /// Words offered to the script library.
    pub const SCRIPT_OFFER: u8 = b'w';
    /// Imports under way.
    pub const IMPORT: u8 = b'i';
    /// Their rows.
    pub const IMPORT_ROWS: u8 = b'j';
    /// All of them, in the order in which they are loaded.
    pub const ALL: [u8; 21] = [
        LIFE,
        RULES,
        CUSTOMER,
        DEAL,
        MEETING,
        ACTION,
        MEDIA,
        CARD,
        DIALOGUE,
        ROW,
        PARKED,
        SCHEDULE,
        STRANGER,
        RECENT,
        TALLY,
        SCRIPT_VOTES,
        SCRIPT_OFFER,
        IMPORT,
        IMPORT_ROWS,
        CHAIN,
        ERASURE,
    ];
}
