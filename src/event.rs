//! What can happen, and what comes of it. Everything travels as an [`Event`]; the answer to each is one [`Reply`].

mod identity;
mod operator;
mod ranking;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use identity::Identity;
pub use operator::{Adopted, Erase, EraseStep, Fault, ImportStep, Importing, Nonce, Seed, Unpark};
pub use ranking::{Ranked, Ranking};

use crate::sales::{
    ActionCardId, AppKey, Blob, CardId, DealId, MaterialKey, MediaId, MeetingId, MemberId, NewCustomer,
    Platform, RowId, ScriptKey,
};

/// One thing that happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Its name; the second of two with one identity changes nothing.
    pub identity: Identity,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody wrote or sent something to the bot.
    Said(Said),
    /// Somebody tapped a button of a card.
    Tapped(Tapped),
    /// Somebody sent in a page of ours.
    Submitted(Submitted),
    /// An instant came that a record waited for.
    Due(Timer),
    /// The outbox tells what became of rows, and asks for more.
    Sent(Sent),
    /// A picture or a file was fetched, or will never be.
    Fetched(Fetched),
    /// Scripts were ranked by meaning, or will not be.
    Ranked(Ranked),
    /// New rules are in force; they travel beside the event.
    Adopted(Adopted),
    /// The admin's files do not hold together; the last good ones stay in force.
    Faulty(Vec<Fault>),
    /// The operator lets a parked thing go on, or drops it.
    Unpark(Unpark),
    /// The store began a life under this epoch: it was made, or restored from a backup.
    Begun(u64),
    /// Opening built the store's state anew, or could not read its backups; the log says why.
    Repaired,
    /// The first data of a demo.
    Seeded(Box<Seed>),
    /// A sheet is being laid in.
    Imported(Importing),
    /// Somebody's data are to go, or have gone.
    Erase(Erase),
}

/// Who speaks, and how to answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sender {
    /// The platform.
    pub platform: Platform,
    /// The app that received it.
    pub app: AppKey,
    /// The platform's id of the person; for an outsider whatever names them there.
    pub user: Box<str>,
    /// The group it was said in; `None` in the person's own chat with the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Box<str>>,
    /// DingTalk's reply address, while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
}

/// DingTalk's `sessionWebhook` (reference/dingtalk.md 5.4).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Where to post.
    pub url: Box<str>,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Somebody wrote or sent something.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Said {
    /// Who.
    pub from: Sender,
    /// What.
    pub content: Content,
}

/// What was sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Words, or the transcript of a voice.
    Text(Box<str>),
    /// A voice without a transcript.
    Voice,
    /// A picture that cannot be fetched.
    Picture,
    /// Pictures or a file, perhaps with words.
    Attached {
        /// At least one, in their order.
        media: Vec<Attachment>,
        /// What was written with them.
        #[serde(default, skip_serializing_if = "str::is_empty")]
        words: Box<str>,
    },
    /// The person opened the chat, or the robot was added.
    Entered,
    /// The month's quota is gone: the words did not come (reference/dingtalk.md 2.5).
    QuotaGone,
    /// A kind that is not read: its name.
    Other(Box<str>),
}

/// A picture or a file that came with a message.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is fetched by: WeCom's `media_id` (3 days), DingTalk's `downloadCode` (at once).
    pub code: Box<str>,
    /// Whether it was sent as a picture.
    pub picture: bool,
    /// The file's name, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
}

/// What became of fetching a picture or a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fetched {
    /// Which.
    pub media: MediaId,
    /// Its bytes' name, or why there are none.
    pub blob: Result<Blob, Box<str>>,
}

/// The key of a card's one submit button, where it has one.
pub const SUBMIT: &str = "submit_choice";

/// Somebody tapped a button.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tapped {
    /// Who.
    pub from: Sender,
    /// The card, as we named it outside: `task_id` or `outTrackId`.
    pub card: Box<str>,
    /// The button's key.
    pub button: Box<str>,
    /// What was chosen before: each question with its options' keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<(Box<str>, Vec<Box<str>>)>,
    /// WeCom's one-use code to change the card (reference/wecom.md 4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<str>>,
}

/// Somebody sent in a page of ours. Its identity is made of the link's person and the form's own one-time number, so
/// that a second tap is a repeat.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Submitted {
    /// Who: the person whom the link was signed for; answers go to their own chat.
    pub from: Sender,
    /// What.
    pub form: Form,
}

/// What was filled in, read and found sound.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// 记一笔
    Note {
        /// On which deal.
        deal: DealId,
        /// The words.
        text: Box<str>,
    },
    /// 新建客户
    Customer(Box<NewCustomer>),
    /// A material was ticked for a deal, or the tick taken off: as it is from now on, so that twice is once.
    Tick {
        /// Which deal.
        deal: DealId,
        /// Which material.
        material: MaterialKey,
        /// Whether it was given.
        given: bool,
    },
}

/// An instant that a record waited for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// These deals of one owner may be overdue.
    Overdue {
        /// Who is to be warned.
        owner: MemberId,
        /// Which.
        deals: Vec<DealId>,
    },
    /// A meeting's pack may be due.
    Pack {
        /// Which.
        meeting: MeetingId,
    },
    /// A meeting's outcome may be asked for.
    Outcome {
        /// Which.
        meeting: MeetingId,
    },
    /// An action card may be overdue.
    ActionCard {
        /// Which.
        card: ActionCardId,
    },
    /// A schedule's instant came.
    Schedule {
        /// Its name.
        name: Box<str>,
        /// The instant.
        at: DateTime<Utc>,
    },
    /// An import was left alone in the middle.
    Import {
        /// Which.
        import: Identity,
        /// The chunk that is next.
        n: u32,
    },
}

/// The outbox's word to the engine.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Sent {
    /// What became of rows.
    pub results: Vec<RowResult>,
    /// How many more rows it can take.
    pub room: usize,
}

/// What became of one row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RowResult {
    /// The row.
    pub row: RowId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is out; the platform's code to change the card, if it gave one.
    Delivered {
        /// `response_code`
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Box<str>>,
    },
    /// It was fetched, and lies on the disk.
    Fetched(Blob),
    /// Scripts were ranked, or why not: then the offline order stands.
    Ranked(Result<Vec<ScriptKey>, Box<str>>),
    /// Not now: again at this instant.
    Later {
        /// When.
        at: DateTime<Utc>,
        /// Why, as the platform's code.
        why: Box<str>,
    },
    /// Never: a person must look.
    Refused {
        /// Why, as the platform's code with the cure.
        why: Box<str>,
    },
    /// Too late to be of use, or its template says that a doubtful one is not said again.
    Dropped {
        /// Why.
        why: Box<str>,
    },
}

/// What a platform takes only in its answer. Everything else to a person is a message.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Reply {
    /// Nothing but the acknowledgement.
    #[default]
    Done,
    /// A DingTalk card to show in place of the tapped one.
    Card(Box<CardFace>),
}

/// A card's new face.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CardFace {
    /// The card.
    pub card: CardId,
    /// Its template.
    pub template: Box<str>,
    /// Its variables.
    pub vars: serde_json::Value,
    /// The words of its final state; its buttons work while there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Box<str>>,
}
