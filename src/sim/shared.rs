//! What all handlers share: the world under its lock, the journal, the clock, and what is forgotten at a stop.
//!
//! The world changes inside a [`Step`]: it holds the lock, and what it did becomes one line of the journal. Nobody
//! awaits while holding it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::SimError;
use super::faults::Faults;
use super::limits::Limits;
use super::message::{Body, CardRef, ChatKey, Message};
use super::persist::{Journal, Line, Ticket};
use super::road::Road;
use super::service::Service;
use super::setup::{SimSetup, hex};
use super::tokens::Tokens;
use super::view;
use super::walk::Walk;
use super::world::{Change, World};

/// How many news `GET /sim/events` can look back.
const NEWS_KEPT: usize = 2_000;

/// The simulator's insides.
pub(crate) struct Shared {
    pub setup: SimSetup,
    pub journal: Journal,
    pub walk: Walk,
    pub http: reqwest::Client,
    pub stop: CancellationToken,
    /// Counts the news; those who wait for some watch it.
    pub news: watch::Sender<u64>,
    state: Mutex<State>,
    base: OnceLock<String>,
}

/// Everything under the lock.
pub(crate) struct State {
    pub world: World,
    pub tokens: Tokens,
    pub limits: Limits,
    pub faults: Faults,
    pub road: Road,
    pub service: Option<Service>,
    pub recent: VecDeque<(u64, Value)>,
    news: u64,
}

impl Shared {
    pub(crate) fn open(mut setup: SimSetup) -> Result<Self, SimError> {
        let machine = setup.clock.now();
        let offset = (setup.start - machine).max(TimeDelta::zero());
        let new = World::new(u32::from_be_bytes(random()), machine + offset, offset);
        let (journal, world) = match setup.folder.take() {
            None => (Journal::nowhere(), new),
            Some(folder) => Journal::open(&folder, setup.fresh, new).map_err(SimError::Folder)?,
        };
        // The world's time never goes back, even where the machine's did.
        let now = (machine + TimeDelta::milliseconds(world.offset_ms)).max(world.last);
        if now > machine {
            setup.clock.set(now);
        }
        let world = World { offset_ms: (now - machine).num_milliseconds(), ..world };
        let base = setup
            .base_url
            .take()
            .map_or_else(OnceLock::new, |url| url.trim_end_matches('/').to_owned().into());
        Ok(Self {
            setup,
            journal,
            walk: Walk::default(),
            http: http_client()?,
            stop: CancellationToken::new(),
            news: watch::channel(0).0,
            state: Mutex::new(State {
                world,
                tokens: Tokens::default(),
                limits: Limits::default(),
                faults: Faults::default(),
                road: Road::default(),
                service: None,
                recent: VecDeque::new(),
                news: 0,
            }),
            base,
        })
    }

    /// The simulator's time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.setup.clock.now()
    }

    /// An instant as answers show it: RFC 3339 in the company's zone, milliseconds.
    pub(crate) fn shown(&self, at: DateTime<Utc>) -> String {
        view::instant(at, self.setup.zone)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a change of the world.
    pub(crate) fn step(&self) -> Step<'_> {
        Step { now: self.now(), shared: self, state: self.state(), changes: Vec::new() }
    }

    /// Takes the address as base URL, if none was configured.
    pub(crate) fn listen_at(&self, address: SocketAddr) {
        let mut address = address;
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        self.base.get_or_init(|| format!("http://{address}"));
    }

    /// How a service reaches the simulator.
    pub(crate) fn base_url(&self) -> &str {
        self.base.get().map_or("http://127.0.0.1", String::as_str)
    }

    /// Tells those who watch `GET /sim/events`.
    pub(crate) fn tell(&self, state: &mut State, kind: &str, mut fields: Value) {
        state.news += 1;
        fields["n"] = json!(state.news);
        fields["at"] = json!(self.shown(self.now()));
        fields["kind"] = json!(kind);
        if state.recent.len() == NEWS_KEPT {
            state.recent.pop_front();
        }
        let news = state.news;
        state.recent.push_back((news, fields));
        self.news.send_modify(|counter| *counter = news);
    }
}

/// One change of the world, from reading it to its line in the journal. Dropped without [`Step::commit`] it is still
/// written, since it has happened; only nobody waits for it.
pub(crate) struct Step<'a> {
    pub now: DateTime<Utc>,
    pub state: MutexGuard<'a, State>,
    shared: &'a Shared,
    changes: Vec<Change>,
}

impl Step<'_> {
    pub(crate) fn world(&self) -> &World {
        &self.state.world
    }

    /// A number that nothing else in this world has.
    pub(crate) fn number(&mut self) -> u64 {
        self.state.world.counter += 1;
        self.state.world.counter
    }

    /// An id in the platforms' taste: unique over all worlds, unpredictable.
    pub(crate) fn handle(&mut self) -> String {
        let (epoch, number) = (self.state.world.epoch, self.number());
        format!("{epoch:08x}{number:08x}{}", hex(&random::<8>()))
    }

    pub(crate) fn change(&mut self, change: Change) {
        self.state.world.apply(self.now, change.clone());
        self.changes.push(change);
    }

    /// Puts a message into a chat; `user` is `None` for the bot.
    pub(crate) fn post(&mut self, chat: &ChatKey, user: Option<&str>, body: Body) -> CardRef {
        let id = self.number();
        let user = user.map(str::to_owned);
        let message = Message { id, user, body, at: self.now, updated_at: None };
        self.change(Change::Posted(chat.clone(), message));
        CardRef { chat: chat.clone(), message: id }
    }

    pub(crate) fn commit(mut self) -> Ticket {
        self.seal()
    }

    fn seal(&mut self) -> Ticket {
        let changes = std::mem::take(&mut self.changes);
        self.state.world.seq += 1;
        for change in &changes {
            self.announce(change);
        }
        let World { seq, counter, .. } = self.state.world;
        self.shared.journal.append(&Line { seq, at: self.now, counter, changes })
    }

    fn announce(&mut self, change: &Change) {
        match change {
            Change::Posted(chat, message) => self.tell_message("message", chat, message.id),
            // Whoever shows the groups reads them again.
            Change::ChatMade(..) => self.shared.tell(&mut self.state, "service", json!({})),
            Change::Redrawn(card, _) => self.tell_message("updated", &card.chat, card.message),
            Change::Tracked(_, track) => {
                for card in &track.cards {
                    self.tell_message("updated", &card.chat, card.message);
                }
            }
            Change::Moved(_) => self.shared.tell(&mut self.state, "clock", json!({})),
            Change::Emptied(_) => self.shared.tell(&mut self.state, "reset", json!({})),
            Change::Read(_)
            | Change::TaskSent(..)
            | Change::CodeIssued(..)
            | Change::CodeUsed(_)
            | Change::Routed(..)
            | Change::Remembered(..)
            | Change::SessionOpened(..)
            | Change::FileSent(..)
            | Change::Queued(_)
            | Change::Unqueued(_) => {}
        }
    }

    fn tell_message(&mut self, kind: &str, chat: &ChatKey, message: u64) {
        let card = CardRef { chat: chat.clone(), message };
        let Some(message) = self.state.world.message(&card) else { return };
        let place = if chat.group { "chat" } else { "user" };
        let shown = view::message(self.shared, &self.state.world, chat, message, &chat.id);
        let fields = json!({ "platform": chat.platform, place: chat.id, "message": shown });
        self.shared.tell(&mut self.state, kind, fields);
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if !self.changes.is_empty() {
            let _nobody_waits = self.seal();
        }
    }
}

/// Fresh random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A client for calling back: no proxy, no redirects, no roots, since a service under test speaks plain HTTP.
pub(crate) fn http_client() -> Result<reqwest::Client, SimError> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default TLS versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(SimError::Client)
}
