//! What went over the wire, for the drawer 「发生了什么」: each thing a person did, the callback it caused, and the
//! calls that answered it. Kept in memory, the newest [`KEPT`].
//!
//! `GET /sim/road` answers `{"events":[Entry]}`. A call belongs to the last thing that its receiver did within a
//! minute of the world's time; else it stands alone with kind `push`.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::call::{Answer, Call};
use super::message::ChatKey;
use super::setup::Platform;
use super::shared::Shared;
use super::view;

/// How many entries are kept.
pub const KEPT: usize = 400;
/// How long after a person's doing a call may still be its answer.
const BELONGS: TimeDelta = TimeDelta::minutes(1);
/// Bodies longer than this are cut in what is shown.
const BODY_KEPT_CHARS: usize = 20_000;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Grows.
    pub id: u64,
    /// When, RFC 3339.
    pub at: String,
    /// `say`, `tap`, or `push` for what came of itself.
    pub kind: &'static str,
    /// Where.
    pub platform: Platform,
    /// Whose doing; null for what went to a group of itself.
    pub user: Option<String>,
    /// The group, if it happened in one.
    pub chat: Option<String>,
    /// What was said, or the label of the button.
    pub text: String,
    /// What the platform called.
    pub callback: Option<Callback>,
    /// What the service called in return.
    pub sends: Vec<Sent>,
    #[serde(skip)]
    instant: DateTime<Utc>,
}

/// A callback with all its attempts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Callback {
    /// Where it went.
    pub url: String,
    /// What it said before encryption, or the body where none is used.
    pub plain: String,
    /// The last request's body as it went.
    pub request: String,
    /// Each try in order.
    pub attempts: Vec<Attempt>,
}

/// One try of a callback.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// The HTTP status, null if none came.
    pub status: Option<u16>,
    /// The answer's body.
    pub answer: String,
    /// Why none came, or what is wrong with it.
    pub error: Option<String>,
    /// How long it took, in real milliseconds.
    pub ms: u64,
}

/// A call of the service.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// When, RFC 3339.
    pub at: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The first line of what it put into the chat.
    pub title: String,
    /// The body.
    pub request: String,
    /// The HTTP status.
    pub status: u16,
    /// The answer's body.
    pub answer: String,
    /// How long it took, in real milliseconds.
    pub ms: u64,
}

impl Sent {
    pub(crate) fn of(call: &Call, answer: &Answer, at: String, ms: u64) -> Self {
        Self {
            at,
            method: call.method.to_string(),
            path: call.path.clone(),
            title: String::new(),
            request: cut(&String::from_utf8_lossy(&call.body)),
            status: answer.status.as_u16(),
            answer: cut(&answer.body.to_string()),
            ms,
        }
    }
}

/// Measures real time.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The entries, oldest first.
#[derive(Default)]
pub(crate) struct Road {
    entries: VecDeque<Entry>,
    last: u64,
}

/// What a person did.
pub(crate) struct Doing<'a> {
    pub kind: &'static str,
    pub chat: &'a ChatKey,
    pub user: Option<&'a str>,
    pub text: &'a str,
}

impl Road {
    /// Takes the entries down that `wanted` picks.
    pub(crate) fn of(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.entries.iter().filter(|entry| wanted(entry)).cloned().collect()
    }

    fn push(&mut self, now: DateTime<Utc>, at: String, doing: &Doing<'_>) -> &mut Entry {
        self.last += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            id: self.last,
            at,
            kind: doing.kind,
            platform: doing.chat.platform,
            user: doing.user.map(str::to_owned),
            chat: doing.chat.group.then(|| doing.chat.id.clone()),
            text: doing.text.to_owned(),
            callback: None,
            sends: Vec::new(),
            instant: now,
        });
        self.entries.back_mut().expect("one was pushed")
    }

    fn entry(&mut self, id: u64) -> Option<&mut Entry> {
        let place = self.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.entries.get_mut(place)
    }

    /// The entry that a call for `chat` belongs to.
    fn cause(&mut self, chat: &ChatKey, now: DateTime<Utc>) -> Option<&mut Entry> {
        self.entries.iter_mut().rev().find(|entry| {
            let same = match (&entry.chat, &entry.user, chat.group) {
                (Some(group), _, true) => *group == chat.id,
                (None, Some(user), false) => *user == chat.id,
                _ => false,
            };
            same && entry.platform == chat.platform && entry.instant + BELONGS > now
        })
    }
}

impl Shared {
    /// Begins an entry and says its id.
    pub(crate) fn record_doing(&self, doing: &Doing<'_>) -> u64 {
        let now = self.now();
        let mut state = self.state();
        let id = state.road.push(now, self.shown(now), doing).id;
        self.tell(&mut state, "road", json!({ "platform": doing.chat.platform, "user": doing.user }));
        id
    }

    /// Keeps a callback with its entry, again after each attempt.
    pub(crate) fn record_callback(&self, entry: u64, callback: &Callback) {
        if let Some(entry) = self.state().road.entry(entry) {
            entry.callback = Some(callback.clone());
        }
    }

    /// Keeps a call with what it answers.
    pub(crate) fn record_sent(&self, platform: Platform, reached: &[ChatKey], sent: Sent) {
        if reached.is_empty() {
            return;
        }
        let now = self.now();
        let mut state = self.state();
        for chat in reached {
            let user = (!chat.group).then_some(chat.id.as_str());
            if state.road.cause(chat, now).is_none() {
                state.road.push(now, self.shown(now), &Doing { kind: "push", chat, user, text: "" });
            }
            let title =
                state.world.messages(chat).last().map(|last| view::headline(&state.world, last, &chat.id));
            if let Some(entry) = state.road.cause(chat, now) {
                entry.sends.push(Sent { title: title.unwrap_or_default(), ..sent.clone() });
            }
            self.tell(&mut state, "road", json!({ "platform": platform, "user": user }));
        }
    }
}

/// The text, or as much of it as one looks at.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(BODY_KEPT_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
