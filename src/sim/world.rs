//! What there is: chats, cards, codes, and how far the clock was pushed. Changed by [`Change`]s alone, so that the
//! journal of `persist` can replay it. Rules are the callers'; `apply` cannot fail.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::files::SentFile;
use super::message::{Body, CardRef, ChatKey, Message, Push, Track};

/// One step of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A message came into a chat.
    Posted(ChatKey, Message),
    /// A message has another body now.
    Redrawn(CardRef, Body),
    /// A person has read a chat up to its present end.
    Read(ChatKey),
    /// A 企业微信 card went out under this `task_id`.
    TaskSent(String, Vec<CardRef>),
    /// A response code is out.
    CodeIssued(String, ResponseCode),
    /// A response code was used.
    CodeUsed(String),
    /// A 钉钉 card was made or changed; the value is the whole of it.
    Tracked(String, Track),
    /// A card callback was registered.
    Routed(String, Route),
    /// A request that must not act twice, with its answer.
    Remembered(String, Remembered),
    /// A sessionWebhook is out.
    SessionOpened(String, Session),
    /// A person sent a picture or a file.
    FileSent(String, SentFile),
    /// The app made a chat, or changed it.
    ChatMade(String, AppChat),
    /// A callback waits for a service.
    Queued(Push),
    /// It need not wait any more.
    Unqueued(u64),
    /// The clock stands this far from the machine's, in milliseconds.
    Moved(i64),
    /// All chats and cards are gone; the epoch is a new one.
    Emptied(u32),
}

/// Leave to update one card once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseCode {
    /// The card's `task_id`; empty for a notice that had none.
    pub task_id: String,
    /// Every copy of the card.
    pub cards: Vec<CardRef>,
    /// The end of its 72 hours.
    pub until: DateTime<Utc>,
    /// Whether it was used.
    pub used: bool,
}

/// Where taps on 钉钉 cards go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The address.
    pub url: String,
    /// What signs the callbacks, if one was registered.
    pub secret: Option<String>,
}

/// The answer to a request that may come again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// What was answered.
    pub answer: Value,
    /// Until when the same request counts as the same.
    pub until: DateTime<Utc>,
}

/// A chat that the 企业微信 app made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppChat {
    /// What it is called.
    pub name: String,
    /// Who may dissolve it.
    pub owner: String,
    /// User ids.
    pub members: Vec<String>,
}

/// A sessionWebhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where its messages appear.
    pub chat: ChatKey,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// A chat's messages in order, and how many of them its person has read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chat {
    /// In the order of their coming.
    pub messages: Vec<Message>,
    /// How many were there when the person last looked.
    pub read: usize,
}

/// Everything that outlives a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// Drawn at creation, in every message id, so that a fresh world's messages are no repeats of the old one's.
    pub epoch: u32,
    /// The number of the last journal line.
    pub seq: u64,
    /// The last number given away.
    pub counter: u64,
    /// How far the clock stands before the machine's, in milliseconds.
    pub offset_ms: i64,
    /// When the last change happened.
    pub last: DateTime<Utc>,
    /// All chats that hold something.
    pub chats: BTreeMap<ChatKey, Chat>,
    /// 企业微信 cards by `task_id`.
    pub tasks: BTreeMap<String, Vec<CardRef>>,
    /// Response codes.
    pub codes: BTreeMap<String, ResponseCode>,
    /// 钉钉 cards by `outTrackId`.
    pub tracks: BTreeMap<String, Track>,
    /// Card callbacks by `callbackRouteKey`.
    pub routes: BTreeMap<String, Route>,
    /// Requests that must not act twice, by digest.
    pub remembered: BTreeMap<String, Remembered>,
    /// Open sessionWebhooks.
    pub sessions: BTreeMap<String, Session>,
    /// Pictures and files that people sent, by id.
    #[serde(default)]
    pub files: BTreeMap<String, SentFile>,
    /// Chats that the 企业微信 app made, by chatid.
    #[serde(default)]
    pub app_chats: BTreeMap<String, AppChat>,
    /// Callbacks that wait for a service.
    pub queue: Vec<Push>,
}

impl World {
    /// An empty world.
    pub fn new(epoch: u32, at: DateTime<Utc>, offset: TimeDelta) -> Self {
        Self {
            epoch,
            seq: 0,
            counter: 0,
            offset_ms: offset.num_milliseconds(),
            last: at,
            chats: BTreeMap::new(),
            tasks: BTreeMap::new(),
            codes: BTreeMap::new(),
            tracks: BTreeMap::new(),
            routes: BTreeMap::new(),
            remembered: BTreeMap::new(),
            sessions: BTreeMap::new(),
            files: BTreeMap::new(),
            app_chats: BTreeMap::new(),
            queue: Vec::new(),
        }
    }

    /// Lets `change` happen at `at`.
    pub fn apply(&mut self, at: DateTime<Utc>, change: Change) {
        self.last = self.last.max(at);
        match change {
            Change::Posted(key, message) => {
                let chat = self.chats.entry(key).or_default();
                let own = message.user.is_some();
                chat.messages.push(message);
                if own {
                    chat.read = chat.messages.len();
                }
            }
            Change::Redrawn(card, body) => {
                if let Some(message) = self.message_mut(&card) {
                    (message.body, message.updated_at) = (body, Some(at));
                }
            }
            Change::Read(key) => {
                if let Some(chat) = self.chats.get_mut(&key) {
                    chat.read = chat.messages.len();
                }
            }
            Change::TaskSent(task, cards) => {
                self.tasks.insert(task, cards);
            }
            Change::CodeIssued(code, issued) => {
                self.codes.retain(|_, code| code.until > at);
                self.codes.insert(code, issued);
            }
            Change::CodeUsed(code) => {
                if let Some(code) = self.codes.get_mut(&code) {
                    code.used = true;
                }
            }
            Change::Tracked(id, track) => self.track(at, id, track),
            Change::Routed(key, route) => {
                self.routes.insert(key, route);
            }
            Change::Remembered(digest, remembered) => {
                self.remembered.retain(|_, old| old.until > at);
                self.remembered.insert(digest, remembered);
            }
            Change::SessionOpened(session, opened) => {
                self.sessions.retain(|_, old| old.until > at);
                self.sessions.insert(session, opened);
            }
            Change::FileSent(id, file) => {
                self.files.insert(id, file);
            }
            Change::ChatMade(id, chat) => {
                self.app_chats.insert(id, chat);
            }
            Change::Queued(push) => self.queue.push(push),
            Change::Unqueued(id) => self.queue.retain(|push| push.id != id),
            Change::Moved(offset_ms) => self.offset_ms = offset_ms,
            Change::Emptied(epoch) => {
                let (seq, counter) = (self.seq, self.counter);
                let routes = std::mem::take(&mut self.routes);
                let app_chats = std::mem::take(&mut self.app_chats);
                let offset = TimeDelta::milliseconds(self.offset_ms);
                *self = Self { seq, counter, routes, app_chats, ..Self::new(epoch, self.last, offset) };
            }
        }
    }

    /// The message at `card`.
    pub fn message(&self, card: &CardRef) -> Option<&Message> {
        let messages = &self.chats.get(&card.chat)?.messages;
        Some(&messages[messages.binary_search_by_key(&card.message, |message| message.id).ok()?])
    }

    /// The messages of a chat, none if nothing was said there.
    pub fn messages(&self, key: &ChatKey) -> &[Message] {
        self.chats.get(key).map_or(&[], |chat| &chat.messages)
    }

    fn track(&mut self, at: DateTime<Utc>, id: String, track: Track) {
        if let Some(old) = self.tracks.insert(id, track) {
            for card in &old.cards {
                if let Some(message) = self.message_mut(card) {
                    message.updated_at = Some(at);
                }
            }
        }
    }

    fn message_mut(&mut self, card: &CardRef) -> Option<&mut Message> {
        let messages = &mut self.chats.get_mut(&card.chat)?.messages;
        let place = messages.binary_search_by_key(&card.message, |message| message.id).ok()?;
        Some(&mut messages[place])
    }
}
