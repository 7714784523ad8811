//! Runs one engine on a thread of its own behind a bounded channel. When a commit fails the engine ends, memory and
//! all: the thread opens the store anew, with growing pauses, and goes on with what was not drained yet.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{oneshot, watch};

use super::{Answer, Budget, Ended, Engine, Entry, Inbox};
use crate::clock::Clock;
use crate::config::Config;
use crate::event::Event;
use crate::state::State;
use crate::store::{Opened, Store, StoreError};

/// How much may wait.
const INBOX: usize = 4_096;
/// How long one turn goes on taking events.
const BUDGET: TimeDelta = TimeDelta::milliseconds(2);
/// Pauses between attempts to open a store, in seconds.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 30];

/// Speaks to one engine; clones share it.
#[derive(Clone)]
pub struct Handle {
    sender: SyncSender<Order>,
    status: watch::Receiver<Status>,
}

/// What can be seen of an engine from outside.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Status {
    /// Whether its store is open.
    pub open: bool,
    /// Why not, for the operator.
    pub fault: Option<String>,
    /// The last instant whose timers have all fired.
    pub reached: Option<DateTime<Utc>>,
    /// When a timer is to fire next.
    pub next_due: Option<DateTime<Utc>>,
    /// When a row becomes ready next.
    pub next_row: Option<DateTime<Utc>>,
    /// Rows that are with the outbox.
    pub rows_out: usize,
    /// Events that wait.
    pub waiting: usize,
    /// Counts the turns, so that a change is seen.
    pub turns: u64,
}

/// The engine did not answer: its commit failed, its inbox is full, or it is gone. A platform must be left waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the event was not committed")]
pub struct Unanswered;

enum Order {
    Entry(Entry),
    Wake,
    Hold(DateTime<Utc>),
    Apart(Box<dyn FnOnce() + Send>),
    Stop,
}

impl Handle {
    /// Commits an event and gives its answer.
    ///
    /// # Errors
    /// [`Unanswered`] when it did not become durable, as far as anyone knows.
    pub async fn submit(&self, event: Event) -> Result<Answer, Unanswered> {
        self.entry(|respond| Entry::Event(Box::new(event), respond)).await
    }

    /// Puts new rules in force.
    ///
    /// # Errors
    /// [`Unanswered`] as in [`Handle::submit`].
    pub async fn adopt(&self, event: Event, rules: Arc<Config>) -> Result<Answer, Unanswered> {
        self.entry(|respond| Entry::Rules(Box::new(event), rules, respond)).await
    }

    /// Tells what became of rows, and takes more.
    ///
    /// # Errors
    /// [`Unanswered`] as in [`Handle::submit`]: the results must be told again.
    pub async fn exchange(&self, event: Event) -> Result<Answer, Unanswered> {
        self.entry(|respond| Entry::Results(Box::new(event), respond)).await
    }

    /// Looks at the committed state between turns.
    ///
    /// # Errors
    /// [`Unanswered`] when the engine is closed or its inbox full.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State, DateTime<Utc>) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (tell, told) = oneshot::channel();
        let reader = Box::new(move |state: &State, now| drop(tell.send(look(state, now))));
        self.send(Order::Entry(Entry::Read(reader)))?;
        told.await.map_err(|_| Unanswered)
    }

    /// What can be seen from outside, and a way to wait for its change.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// The clock was pushed: look at the time again.
    pub fn wake(&self) {
        // A full inbox is awake already.
        let _full = self.sender.try_send(Order::Wake);
    }

    /// Fires no timer before `until`.
    pub fn hold_timers(&self, until: DateTime<Utc>) {
        let _full = self.sender.try_send(Order::Hold(until));
    }

    /// Closes the store, does `work` while nobody has it, and opens it again. Blocks until the work is done.
    ///
    /// # Errors
    /// [`Unanswered`] when the engine is gone or its inbox full.
    pub fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (tell, told) = std::sync::mpsc::channel();
        self.send(Order::Apart(Box::new(move || drop(tell.send(work())))))?;
        told.recv().map_err(|_| Unanswered)
    }

    /// Ends the engine after what waits now.
    pub fn stop(&self) {
        let _gone = self.sender.send(Order::Stop);
    }

    async fn entry(&self, make: impl FnOnce(super::Respond) -> Entry) -> Result<Answer, Unanswered> {
        let (tell, told) = oneshot::channel();
        let respond = Box::new(move |answer| drop(tell.send(answer)));
        self.send(Order::Entry(make(respond)))?;
        told.await.map_err(|_| Unanswered)
    }

    fn send(&self, order: Order) -> Result<(), Unanswered> {
        self.sender.try_send(order).map_err(|refused| match refused {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => Unanswered,
        })
    }
}

/// Opens a store; called at the start and after each failure.
pub type Open<S> = Box<dyn FnMut() -> Result<Opened<S>, StoreError> + Send>;

/// Starts an engine's thread. `rules` are those in force at the start; later ones come as events and are kept for
/// the next opening.
///
/// # Errors
/// The thread could not be made.
pub fn start<S: Store + 'static>(
    name: &str,
    open: Open<S>,
    rules: Arc<Config>,
    clock: Clock,
) -> std::io::Result<(Handle, std::thread::JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(INBOX);
    let (tell, status) = watch::channel(Status::default());
    let inbox = Inbox::default();
    let runner = Runner { open, rules, clock, receiver, tell, inbox, apart: Vec::new(), stopping: false };
    let thread = std::thread::Builder::new().name(format!("engine {name}")).spawn(move || runner.run())?;
    Ok((Handle { sender, status }, thread))
}

struct Runner<S> {
    open: Open<S>,
    rules: Arc<Config>,
    clock: Clock,
    receiver: Receiver<Order>,
    tell: watch::Sender<Status>,
    inbox: Inbox,
    /// Work that wants the store closed.
    apart: Vec<Box<dyn FnOnce() + Send>>,
    stopping: bool,
}

/// A turn's time, by the clock.
struct Until<'a>(&'a Clock, DateTime<Utc>);

impl Budget for Until<'_> {
    fn is_spent(&mut self) -> bool {
        self.0.now() >= self.1
    }
}

impl<S: Store> Runner<S> {
    fn run(mut self) {
        let mut failures = 0;
        let mut doubtful = None;
        while !self.stopping {
            match (self.open)()
                .map_err(Ended::from)
                .and_then(|opened| Engine::load(opened, self.rules.clone()))
            {
                Ok(mut engine) => {
                    failures = 0;
                    if let Some(known) = &doubtful {
                        engine.doubt_only(known);
                    }
                    let served = self.serve(&mut engine);
                    doubtful = Some(engine.doubtful().clone());
                    drop(engine);
                    match served {
                        Ok(()) if self.apart.is_empty() => break,
                        Ok(()) => {
                            self.apart.drain(..).for_each(|work| work());
                            // It may be another store by now.
                            doubtful = None;
                            continue;
                        }
                        Err(ended) => self.tell_fault(&ended),
                    }
                }
                Err(ended) => self.tell_fault(&ended),
            }
            self.apart.drain(..).for_each(|work| work());
            let pause = PAUSES[usize::min(failures, PAUSES.len() - 1)];
            failures += 1;
            self.pause(Duration::from_secs(pause));
        }
        self.tell.send_modify(|status| status.open = false);
    }

    fn serve(&mut self, engine: &mut Engine<S>) -> Result<(), Ended> {
        loop {
            let now = self.clock.now();
            self.gather(engine);
            let turned = engine.turn(&mut self.inbox, now, &mut Until(&self.clock, now + BUDGET))?;
            self.rules = engine.state().rules_shared();
            metrics::counter!("genjin_events_total").increment(turned.events as u64);
            self.show(engine, now);
            if turned.more {
                continue;
            }
            if self.stopping || !self.apart.is_empty() {
                return Ok(());
            }
            self.wait(engine);
        }
    }

    /// Takes in what came meanwhile.
    fn gather(&mut self, engine: &mut Engine<S>) {
        while self.inbox.len() < INBOX {
            match self.receiver.try_recv() {
                Ok(order) => self.take(order, engine),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.stopping = true;
                    return;
                }
            }
        }
    }

    /// Sleeps until something comes or falls due.
    fn wait(&mut self, engine: &mut Engine<S>) {
        let due = engine.next_due().and_then(|due| self.clock.wait_for(due));
        let order = match due {
            Some(left) => self.receiver.recv_timeout(left + Duration::from_millis(1)),
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match order {
            Ok(order) => self.take(order, engine),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.stopping = true,
        }
    }

    fn take(&mut self, order: Order, engine: &mut Engine<S>) {
        match order {
            Order::Entry(entry) => self.inbox.push(entry),
            Order::Wake => {}
            Order::Hold(until) => engine.hold_timers(until),
            Order::Apart(work) => self.apart.push(work),
            Order::Stop => self.stopping = true,
        }
    }

    /// Waits with the store closed; what comes meanwhile is kept for the next opening.
    fn pause(&mut self, length: Duration) {
        match self.receiver.recv_timeout(length) {
            Ok(Order::Entry(entry)) => {
                self.inbox.push(entry);
                // One look at the channel is not the pause: the rest of it is waited out in full.
                std::thread::park_timeout(length);
            }
            Ok(Order::Apart(work)) => work(),
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => self.stopping = true,
            Ok(Order::Wake | Order::Hold(_)) | Err(RecvTimeoutError::Timeout) => {}
        }
    }

    fn show(&self, engine: &Engine<S>, now: DateTime<Utc>) {
        self.tell.send_modify(|status| {
            *status = Status {
                open: true,
                fault: None,
                reached: Some(now),
                next_due: engine.next_due(),
                next_row: engine.next_row(now),
                rows_out: engine.rows_out(),
                waiting: self.inbox.len(),
                turns: status.turns + 1,
            };
        });
    }

    fn tell_fault(&self, ended: &Ended) {
        tracing::error!(error = %ended, "The store is closed; nothing is answered until it opens again");
        self.tell.send_modify(|status| {
            status.open = false;
            status.fault = Some(ended.to_string());
            status.turns += 1;
        });
    }
}
