//! What can happen, and what comes of it. Everything travels as an [`Event`]; the answer to each is one [`Reply`].

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sales::{
    ActionCardId, AppKey, Blob, CardId, Customer, Deal, DealId, ErasureSubject, ImportRow, MaterialKey,
    MediaId, Meeting, MeetingId, MemberId, NewCustomer, Platform, RowId,
};

/// 128 bits that name an event wherever it shows: in spans, lines, rows and results. A re-send has the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Identity(pub [u8; 16]);

impl Identity {
    /// The identity of what these parts name together.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        Self(id)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Identity> for String {
    fn from(id: Identity) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for Identity {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        let mut id = [0; 16];
        if hex.len() != 32 || !hex.is_ascii() {
            return Err("an identity is 32 hex digits");
        }
        for (i, byte) in id.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).map_err(|_| "an identity is 32 hex digits")?;
        }
        Ok(Self(id))
    }
}

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

/// One step of an import. Rows are laid aside chunk by chunk; [`ImportStep::Go`] is the one commit that makes them count,
/// so that after any crash either none of them or, in the end, all of them are in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Importing {
    /// The import's name.
    pub import: Identity,
    /// Which step.
    pub step: ImportStep,
}

/// The steps of an import, in order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStep {
    /// It begins. One that began before and never went on is forgotten.
    Begin {
        /// How many chunks will come.
        chunks: u32,
        /// Whether the sheet wins over what is known.
        overwrite: bool,
    },
    /// Rows to lay aside.
    Rows {
        /// The chunk's number, from 0.
        n: u32,
        /// Its rows.
        rows: Vec<ImportRow>,
    },
    /// All rows are there: they count from now on.
    Go,
    /// The next chunk becomes customers and deals.
    Next {
        /// Its number.
        n: u32,
    },
    /// It is not wanted any more, if it does not count yet.
    Drop,
}

impl Importing {
    /// The event of a step. The same step twice is a repeat.
    pub fn event(import: Identity, step: ImportStep) -> Event {
        let (word, n): (&[u8], u32) = match &step {
            ImportStep::Begin { .. } => (b"begin", 0),
            ImportStep::Rows { n, .. } => (b"rows", *n),
            ImportStep::Go => (b"go", 0),
            ImportStep::Next { n } => (b"next", *n),
            ImportStep::Drop => (b"drop", 0),
        };
        let identity = Identity::of(&[b"import", &import.0, word, &n.to_be_bytes()]);
        Event { identity, what: What::Imported(Self { import, step }) }
    }
}

/// A step of an erasure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Erase {
    /// The erasure's name, the same wherever it is run again.
    pub id: Identity,
    /// Which step.
    pub step: EraseStep,
}

/// The steps of an erasure that come from outside; between them the engine sweeps the history by itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EraseStep {
    /// It begins: the live records lose what is personal.
    Begin {
        /// Whose data.
        subject: ErasureSubject,
        /// Who asked for it: `operator`, or `restore` when the list of erasures is run again.
        by: Box<str>,
    },
    /// The files were written anew: nothing is left in them.
    Gone,
}

impl Erase {
    /// The event of a step.
    pub fn event(id: Identity, step: EraseStep) -> Event {
        let identity = match step {
            EraseStep::Begin { .. } => id,
            EraseStep::Gone => Identity::of(&[b"erased", &id.0]),
        };
        Event { identity, what: What::Erase(Self { id, step }) }
    }
}

/// The first data of a demo, laid into an empty store.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seed {
    /// Customers.
    pub customers: Vec<Customer>,
    /// Deals.
    pub deals: Vec<Deal>,
    /// Meetings.
    pub meetings: Vec<Meeting>,
    /// The first number that is free.
    pub next_id: u64,
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

/// Somebody tapped a button.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tapped {
    /// Who.
    pub from: Sender,
    /// The card, as we named it outside: `task_id` or `outTrackId`.
    pub card: Box<str>,
    /// The button's key.
    pub button: Box<str>,
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

/// New rules in force.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Adopted {
    /// The config folder's hash.
    pub config: Box<str>,
    /// The template folder's hash.
    pub templates: Box<str>,
    /// Who changed it, as far as is known: `start` or `files`.
    pub author: Box<str>,
    /// Chance for the audit chain's salts; never written.
    #[serde(skip)]
    pub nonce: Option<Nonce>,
    /// Faults were told before, and are mended now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mended: bool,
    /// The number in the list of versions of what was in force before, for who wants it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// Random bytes that nobody may see.
#[derive(Clone, Copy, PartialEq)]
pub struct Nonce(pub [u8; 32]);

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// One thing that is wrong in the admin's files, in the admin's language.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The file, relative to its folder.
    pub file: String,
    /// The line, counted from 1; none when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong, in Chinese, without a full stop.
    pub what: String,
    /// What to do about it, in Chinese, without a full stop.
    pub cure: String,
}

/// `people.toml:12: 没有代号是「eest」的小组。改法：写成「east」。`
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}。改法：{}。", self.what, self.cure)
    }
}

impl std::error::Error for Fault {}

/// The operator's word on parked things.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unpark {
    /// Their numbers; all when empty.
    pub ids: Vec<u64>,
    /// `true`: decide or send again; `false`: forget.
    pub again: bool,
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
