//! Asks the engine for rows, has them carried, and tells what became of them. The engine alone decides which rows go;
//! here they are only on their way: several at once, one of a lane.
//!
//! What was done is never forgotten while the process lives: results that the engine did not take are told again, and
//! a row that an engine opened anew hands out once more is not sent twice. At the end those in hand are finished.

mod carry;
mod courier;
mod retry;

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{self, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

pub use courier::{App, Courier, CourierError, Document, FindTemplates, Keep, Link, Meanings, Robot};
pub use retry::next;

use crate::clock::Clock;
use crate::engine::{Answer, Handle, Status};
use crate::event::{Event, Fate, Identity, RowResult, Sent, What};
use crate::sales::{Platform, RowId};
use crate::state::Row;

/// So many rows are on their way at once.
const ROOM: usize = 16;

/// Makes the calls for rows: [`Courier`] to the platforms, a test's by its own script.
pub trait Carrier: Send + Sync + 'static {
    /// The platform that sends a row; `None` when its app is configured no more.
    fn platform(&self, row: &Row) -> Option<Platform>;

    /// Whether a call in doubt is made again, by the row's template.
    fn resends(&self, row: &Row) -> bool;

    /// Makes the one right call.
    ///
    /// # Errors
    /// [`CourierError`]; whether it is tried again is the rule of [`next`].
    fn deliver(
        &self,
        row: &Row,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Receipt, CourierError>> + Send;
}

/// What the platform gave for a message that is out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// WeCom's code to change the card.
    pub code: Option<Box<str>>,
    /// What was fetched, and lies on the disk.
    pub blob: Option<crate::sales::Blob>,
    /// The order of scripts that was asked for, or why there is none.
    pub order: Option<Result<Vec<crate::sales::ScriptKey>, Box<str>>>,
}

/// Carries one workspace's rows until `shutdown`; then those in hand are finished and their results told.
pub async fn run<C: Carrier>(carrier: Arc<C>, engine: Handle, clock: Clock, shutdown: CancellationToken) {
    let outbox = Outbox {
        carrier,
        status: engine.status(),
        engine,
        clock,
        carried: JoinSet::new(),
        tasks: HashMap::new(),
        in_hand: BTreeSet::new(),
        results: Vec::new(),
        tellings: 0,
        asked_at: None,
        gone: false,
    };
    outbox.run(shutdown).await;
}

struct Outbox<C> {
    carrier: Arc<C>,
    engine: Handle,
    status: watch::Receiver<Status>,
    clock: Clock,
    carried: JoinSet<RowResult>,
    /// Which row a task carries, for one that ends in a panic.
    tasks: HashMap<task::Id, RowId>,
    /// Rows that were taken and not told yet; an engine that opened its store anew does not know of them.
    in_hand: BTreeSet<RowId>,
    /// What is still to be told.
    results: Vec<RowResult>,
    tellings: u64,
    /// The turn that the engine showed when it was last asked: until it shows another, its status is that of before.
    asked_at: Option<u64>,
    /// The engine's thread has ended.
    gone: bool,
}

impl<C: Carrier> Outbox<C> {
    async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let stopping = self.gone || shutdown.is_cancelled();
            let room = if stopping { 0 } else { ROOM.saturating_sub(self.carried.len()) };
            let (open, next_row, turn) = {
                let status = self.status.borrow_and_update();
                (status.open && !self.gone, status.next_row, status.turns)
            };
            let ready = room > 0 && next_row.is_some_and(|ready| ready <= self.clock.now());
            if open && self.asked_at != Some(turn) && (ready || !self.results.is_empty()) {
                self.asked_at = Some(turn);
                self.exchange(room, &shutdown).await;
            }
            if stopping && self.carried.is_empty() && (self.results.is_empty() || !open) {
                return self.leave();
            }
            let may_ask = open && self.asked_at != Some(turn) && room > 0;
            tokio::select! {
                Some(done) = self.carried.join_next_with_id() => self.take_back(done),
                changed = self.status.changed(), if !self.gone => self.gone = changed.is_err(),
                () = sleep_until(&self.clock, next_row), if may_ask => {}
                () = shutdown.cancelled(), if !stopping => {}
            }
        }
    }

    /// Tells the results and takes up to `room` rows. Results that did not become durable stay, to be told again.
    async fn exchange(&mut self, room: usize, shutdown: &CancellationToken) {
        self.tellings += 1;
        let now = self.clock.now().timestamp_micros();
        let identity = Identity::of(&[b"sent", &self.tellings.to_be_bytes(), &now.to_be_bytes()]);
        let what = What::Sent(Sent { results: self.results.clone(), room });
        let answer = tokio::select! {
            answer = self.engine.exchange(Event { identity, what }) => answer,
            () = no_hope(self.status.clone(), shutdown) => return,
        };
        let Ok(answer) = answer else { return };
        for told in self.results.drain(..) {
            self.in_hand.remove(&told.row);
        }
        let Answer::Rows(rows) = answer else { return };
        for row in rows {
            if self.in_hand.insert(row.id) {
                let id = row.id;
                let task = self.carried.spawn(carry::carry(self.carrier.clone(), row, self.clock.clone()));
                self.tasks.insert(task.id(), id);
            }
        }
    }

    /// Notes what became of a row. One whose delivery panicked is put aside, alone: its lane goes on.
    fn take_back(&mut self, done: Result<(task::Id, RowResult), JoinError>) {
        match done {
            Ok((task, result)) => {
                self.tasks.remove(&task);
                self.results.push(result);
            }
            Err(error) => {
                if let Some(row) = self.tasks.remove(&error.id()) {
                    let why = "sending it panicked, which is a fault of ours: please report it".into();
                    self.results.push(RowResult { row, fate: Fate::Refused { why } });
                }
            }
        }
    }

    fn leave(self) {
        if !self.results.is_empty() {
            let rows = self.results.len();
            tracing::warn!(rows, "The engine closed before it was told what became of these rows");
        }
    }
}

async fn sleep_until(clock: &Clock, at: Option<DateTime<Utc>>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Resolves when the process ends while the engine is closed: nobody will take the results any more.
async fn no_hope(mut status: watch::Receiver<Status>, shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    // An engine that has ended is closed as well.
    let _ended = status.wait_for(|status| !status.open).await;
}
