//! The one writer of a workspace. [`Engine::turn`] drains what waits, decides each event against the state that the
//! one before left, and makes the whole drain durable with one commit; only then is anyone answered.
//!
//! It is a plain function without thread, socket, clock or chance: a seeded simulation drives it in tests, and
//! [`thread`] runs it behind a bounded channel.

mod drain;
mod handout;
mod inbox;
mod loading;
mod seen;
mod sweep;
pub mod thread;
mod timers;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use inbox::{Answer, Budget, Entry, Inbox, Looks, Reader, Respond};
pub use thread::{Handle, Status};

use crate::bot;
pub use crate::bot::understood;
use crate::config::Config;
use crate::event::{Event, Fate, Reply, What};
use crate::sales::{ActionCard, RowId};
use crate::state::{Outcome, Parked, Record, RecordKey, RowState, State};
use crate::store::{CommitError, Opened, Store, StoreError};
use drain::Drain;
use seen::Seen;

/// At most so many events a turn.
const EVENTS: usize = 256;
/// At most so many due times derived anew a turn after a change of rules.
const DERIVED: usize = 5_000;
/// At most so many old records forgotten a turn.
const FORGOTTEN: usize = 64;
/// How long lines are kept whole beside the history, for 撤销 and 日报.
const RECENT: TimeDelta = TimeDelta::hours(24);
/// How long a card can be tapped or changed; WeCom's codes live 72 hours.
const CARDS: TimeDelta = TimeDelta::days(7);
/// How long an accepted action card stays in memory after it was given.
const ACTIONS: TimeDelta = TimeDelta::days(100);
/// How long tallies stay in memory.
const TALLIES: TimeDelta = TimeDelta::days(100);

/// One workspace at work.
pub struct Engine<S> {
    state: State,
    store: S,
    seen: Seen,
    /// Rows that are with the outbox.
    out: BTreeSet<RowId>,
    /// Rows that were on their way when an earlier process ended, as far as nothing is known of them yet.
    doubtful: BTreeSet<RowId>,
    /// No timers fire before this: the machine's clock jumped.
    held_until: Option<DateTime<Utc>>,
    /// The last instant that was used; none before it is.
    last: DateTime<Utc>,
    /// Opening mended what a sound disk does not do: the admins are to hear of it.
    repaired: bool,
    /// An erasure's way through the history.
    sweep: Option<sweep::Sweep>,
}

/// What a turn did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Turned {
    /// Events decided.
    pub events: usize,
    /// Whether there is more to do at once.
    pub more: bool,
}

/// Why an engine ended. Its memory ends with it; the caller opens the store anew.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A commit did not become durable, or nobody knows whether it did.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A stored record cannot be read.
    #[error("a stored record of kind {kind:?} cannot be read")]
    Record {
        /// The kind's letter.
        kind: char,
        /// Why.
        #[source]
        source: crate::state::DecodeError,
    },
}

impl<S: Store> Engine<S> {
    /// Loads the state of an opened store.
    ///
    /// # Errors
    /// [`Ended`] when the store fails or a record does not read.
    pub fn load(opened: Opened<S>, rules: Arc<Config>) -> Result<Self, Ended> {
        let Opened { mut store, head, identities, repaired } = opened;
        let state = loading::load(&mut store, &head, rules)?;
        let mut seen = Seen::default();
        for (at, identity) in identities {
            seen.insert(at, identity);
        }
        let last = state.recent().next_back().map_or(DateTime::UNIX_EPOCH, |recent| recent.line.at);
        let was_out = state.rows().filter(|row| row.state == RowState::Out);
        let doubtful = was_out.map(|row| row.id).collect();
        Ok(Self {
            state,
            store,
            seen,
            out: BTreeSet::new(),
            doubtful,
            held_until: None,
            last,
            sweep: None,
            repaired: repaired.is_some_and(|repaired| repaired.is_alarming()),
        })
    }

    /// The rows whose call may or may not have been made before this process began.
    pub fn doubtful(&self) -> &BTreeSet<RowId> {
        &self.doubtful
    }

    /// For an engine that follows another in one process: only what was in doubt then is so now. Whatever else is
    /// marked out is still with the outbox, or never reached it.
    pub fn doubt_only(&mut self, known: &BTreeSet<RowId>) {
        self.doubtful.retain(|row| known.contains(row));
    }

    /// The state, as it is between turns.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The store, for its owner's chores between turns.
    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Fires no timer before `until`.
    pub fn hold_timers(&mut self, until: DateTime<Utc>) {
        self.held_until = Some(until);
    }

    /// When a timer is to fire next.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let due = self.state.next_due()?;
        Some(self.held_until.map_or(due, |held| due.max(held)))
    }

    /// When a row becomes ready next; `now` or earlier if one is.
    pub fn next_row(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        handout::next_ready(&self.state, &self.out, now)
    }

    /// How many rows are with the outbox.
    pub fn rows_out(&self) -> usize {
        self.out.len()
    }

    /// Drains what waits: fires timers, decides events, commits once, answers, lets readers look.
    ///
    /// # Errors
    /// [`Ended`]: nothing of this drain was answered, and this engine must be dropped.
    pub fn turn(
        &mut self,
        inbox: &mut Inbox,
        now: DateTime<Utc>,
        budget: &mut dyn Budget,
    ) -> Result<Turned, Ended> {
        let now = now.max(self.last);
        self.last = now;
        let mut drain = Drain::default();
        self.begin(&mut drain, now);
        let mut more = self.fire(&mut drain, now);
        while drain.events < EVENTS && !budget.is_spent() {
            let Some(entry) = inbox.pop_event() else { break };
            self.take(entry, &mut drain, now);
        }
        more |= self.state.derive(DERIVED);
        self.tidy(&mut drain, now);
        self.commit(&mut drain, now)?;
        let events = drain.events;
        for (respond, answer) in drain.answers {
            respond(answer);
        }
        while let Some(reader) = inbox.pop_reader() {
            reader(&self.state, now);
            if budget.is_spent() {
                break;
            }
        }
        more |= self.sweep(now)?;
        let due = self.next_due().is_some_and(|due| due <= now);
        Ok(Turned { events, more: more || due || !inbox.is_empty() })
    }

    fn commit(&mut self, drain: &mut Drain, now: DateTime<Utc>) -> Result<(), Ended> {
        if drain.is_empty() {
            return Ok(());
        }
        let identities: Vec<_> = drain.identities.iter().copied().collect();
        let batch = drain.batch(&self.state, self.store.head().seq + 1, now);
        self.store.commit(&batch)?;
        for identity in identities {
            self.seen.insert(now, identity);
        }
        self.seen.forget_before(now);
        Ok(())
    }

    /// A store that was made or restored begins a life; one that was mended is told of.
    fn begin(&mut self, drain: &mut Drain, now: DateTime<Utc>) {
        if std::mem::take(&mut self.repaired) {
            let identity = crate::event::Identity::of(&[b"repaired", &self.store.head().seq.to_be_bytes()]);
            self.decide(&Event { identity, what: What::Repaired }, drain, now);
        }
        let epoch = self.state.epoch();
        if self.state.life().is_none_or(|life| life.epoch != epoch) {
            let identity = crate::event::Identity::of(&[b"begun", &epoch.to_be_bytes()]);
            self.decide(&Event { identity, what: What::Begun(epoch) }, drain, now);
        }
    }

    fn fire(&mut self, drain: &mut Drain, now: DateTime<Utc>) -> bool {
        if self.held_until.is_some_and(|held| now < held) {
            return false;
        }
        self.held_until = None;
        let events = timers::fire(&self.state, now);
        let fired = !events.is_empty();
        for event in events {
            self.decide(&event, drain, now);
        }
        fired && self.next_due().is_some_and(|due| due <= now)
    }

    fn take(&mut self, entry: Entry, drain: &mut Drain, now: DateTime<Utc>) {
        match entry {
            Entry::Event(event, respond) => {
                let answer = self.decide(&event, drain, now);
                drain.answers.push((respond, answer));
            }
            Entry::Rules(event, rules, respond) => {
                self.state.adopt(rules);
                let answer = self.decide(&event, drain, now);
                drain.answers.push((respond, answer));
            }
            Entry::Results(event, respond) => {
                let rows = self.exchange(&event, drain, now);
                drain.answers.push((respond, Answer::Rows(rows)));
            }
            Entry::Read(_) => {}
        }
    }

    /// Decides one event and applies what comes of it. One that panics is put aside, alone.
    fn decide(&mut self, event: &Event, drain: &mut Drain, now: DateTime<Utc>) -> Answer {
        drain.events += 1;
        let identity = event.identity.0;
        if drain.identities.contains(&identity) || self.seen.contains(&identity) {
            return Answer::Repeat;
        }
        let again = self.replayed(event, drain, now);
        drain.identities.insert(identity);
        drain.stir(&mut self.state, event);
        let decided = catch_unwind(AssertUnwindSafe(|| bot::decide(&self.state, event, now)));
        let (outcome, answer) = match decided {
            Ok(mut outcome) => {
                let answer = match std::mem::take(&mut outcome.reply) {
                    Reply::Done => Answer::Done,
                    Reply::Card(face) => Answer::Card(face),
                };
                (outcome, answer)
            }
            Err(panic) => (self.park(event, &panic_text(&*panic), now), Answer::Parked),
        };
        drain.take(&mut self.state, outcome, self.store.head().seq + 1);
        for event in again {
            self.decide(&event, drain, now);
        }
        answer
    }

    /// The parked events that the operator lets be decided again, under identities of their own.
    fn replayed(&mut self, event: &Event, drain: &mut Drain, now: DateTime<Utc>) -> Vec<Event> {
        let What::Unpark(unpark) = &event.what else { return Vec::new() };
        let parked: Vec<Parked> = self
            .state
            .parked()
            .filter(|parked| unpark.ids.is_empty() || unpark.ids.contains(&parked.id))
            .cloned()
            .collect();
        for parked in &parked {
            drain.forget(&mut self.state, RecordKey::Parked(parked.id));
        }
        let renamed = |parked: Parked| Event {
            identity: crate::event::Identity::of(&[
                b"again",
                &parked.event.identity.0,
                &now.timestamp_micros().to_be_bytes(),
            ]),
            ..parked.event
        };
        if unpark.again { parked.into_iter().map(renamed).collect() } else { Vec::new() }
    }

    fn park(&self, event: &Event, error: &str, now: DateTime<Utc>) -> Outcome {
        tracing::error!(event.id = %event.identity, error, "An event was put aside: `genjin parked list` shows it");
        metrics::counter!("genjin_events_parked_total").increment(1);
        let id = self.state.next_id();
        let mut outcome = Outcome { next_id: id + 1, ..Outcome::default() };
        let parked = Parked { id, at: now, event: event.clone(), error: error.into() };
        outcome.put(Record::Parked(parked));
        outcome
    }

    /// Settles the outbox's results and hands out what it has room for.
    fn exchange(&mut self, event: &Event, drain: &mut Drain, now: DateTime<Utc>) -> Vec<crate::state::Row> {
        let What::Sent(sent) = &event.what else { return Vec::new() };
        drain.events += 1;
        for result in &sent.results {
            self.out.remove(&result.row);
            self.doubtful.remove(&result.row);
            if let Fate::Refused { why } = &result.fate {
                tracing::error!(row.id = %result.row, why = &**why, "A message was refused for good");
            }
        }
        let seq = self.store.head().seq + 1;
        let came = handout::came(&self.state, &sent.results);
        let settled = handout::settle(&self.state, &sent.results, now);
        drain.take(&mut self.state, settled, seq);
        for event in came {
            self.decide(&event, drain, now);
        }
        let (rows, marked) = handout::hand_out(&self.state, &self.out, &self.doubtful, sent.room, now);
        drain.take(&mut self.state, marked, seq);
        self.out.extend(rows.iter().map(|row| row.id));
        rows
    }

    /// Forgets what is too old to matter: each map is in time order, so only its front is looked at.
    fn tidy(&mut self, drain: &mut Drain, now: DateTime<Utc>) {
        let state = &self.state;
        let lines = state.recent().take_while(|recent| recent.line.at < now - RECENT);
        let cards = state.cards().take_while(|card| card.at < now - CARDS);
        let issued_before = |card: &&ActionCard| card.issued_at().is_some_and(|at| at < now - ACTIONS);
        let actions = state.actions().take_while(issued_before).filter(|card| !card.is_open());
        let first_day = (now - TALLIES).date_naive();
        let tallies = state.tallies().take_while(|(day, ..)| *day < first_day);
        let old: Vec<RecordKey> = lines
            .map(|recent| RecordKey::Recent(recent.seq, recent.n))
            .chain(cards.map(|card| RecordKey::Card(card.id)))
            .chain(actions.map(|card| RecordKey::Action(card.id)))
            .chain(tallies.map(|(day, member, _)| RecordKey::Tally(day, member.clone())))
            .take(FORGOTTEN)
            .collect();
        for key in old {
            drain.forget(&mut self.state, key);
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".into())
}
