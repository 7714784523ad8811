//! A push of the clock walks: from one due instant to the next up to its target, waiting at each until the service
//! has acted and is quiet, so that it gives what those hours would have given.
//!
//! The service tells {reached, next_due, quiet} by its long poll (`clock`); what the simulator itself has due (a
//! callback that comes again) and has out (a callback on its way) counts as well. With no service it jumps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::Sim;
use super::world::Change;

/// A service that has not polled for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(2);
/// A step at which nothing moves for so long is left by a jump to the target.
const STALL: Duration = Duration::from_secs(5);

/// What a service says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Up to when it has acted.
    pub reached: DateTime<Utc>,
    /// What it will do next, if anything.
    pub next_due: Option<DateTime<Utc>>,
    /// Nothing due, nothing on its way.
    pub quiet: bool,
}

/// The state of pushing. Clones share it.
#[derive(Clone)]
pub(crate) struct Walk(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// Changes with everything in the state.
    changed: watch::Sender<u64>,
    /// Counts the steps; a report is fresh if it was made after the last.
    tick: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    report: Option<(Report, u64)>,
    polls: usize,
    last_poll: Option<Instant>,
    target: Option<DateTime<Utc>>,
    step: Option<DateTime<Utc>>,
    /// Whether the last walk ended in quiet.
    settled: bool,
    dues: BTreeMap<u64, DateTime<Utc>>,
    last_due: u64,
    out: usize,
}

impl Default for Walk {
    fn default() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            changed: watch::channel(0).0,
            tick: watch::channel(0).0,
        }))
    }
}

impl Walk {
    /// Counts a callback that is on its way until the guard is dropped.
    pub(crate) fn going_out(&self) -> Guard {
        self.change(|state| state.out += 1);
        Guard { walk: self.clone(), end: |state, _| state.out -= 1, key: 0 }
    }

    /// Counts a long poll until the guard is dropped.
    pub(crate) fn polling(&self) -> Guard {
        self.change(|state| state.polls += 1);
        let end = |state: &mut State, _| {
            state.polls -= 1;
            state.last_poll = Some(Instant::now());
        };
        Guard { walk: self.clone(), end, key: 0 }
    }

    /// Lets a walk stop at `at` until the guard is dropped.
    pub(crate) fn due_at(&self, at: DateTime<Utc>) -> Guard {
        let mut key = 0;
        self.change(|state| {
            state.last_due += 1;
            key = state.last_due;
            state.dues.insert(key, at);
        });
        let end = |state: &mut State, key| {
            state.dues.remove(&key);
        };
        Guard { walk: self.clone(), end, key }
    }

    /// Takes a report; `tick` is the step that it was made after, the present one if the service did not say.
    pub(crate) fn report(&self, report: Report, tick: Option<u64>) {
        let tick = tick.unwrap_or_else(|| self.tick());
        self.change(|state| state.report = Some((report, tick)));
    }

    /// Where the walk has set the clock, if it has and `reached` lies before.
    pub(crate) fn is_behind(&self, reached: DateTime<Utc>) -> bool {
        let state = self.state();
        state.target.is_some() && state.step.is_some_and(|step| reached < step)
    }

    pub(crate) fn is_walking(&self) -> bool {
        self.state().target.is_some()
    }

    /// Whether a service follows the clock.
    pub(crate) fn is_followed(&self) -> bool {
        self.state().is_connected()
    }

    pub(crate) fn tick(&self) -> u64 {
        *self.0.tick.borrow()
    }

    /// Changes with each step.
    pub(crate) fn ticks(&self) -> watch::Receiver<u64> {
        self.0.tick.subscribe()
    }

    /// Sets the target, `further` from now or from where a walk already goes, and says whether a walk has to begin.
    fn aim(&self, now: DateTime<Utc>, aim: Aim) -> (DateTime<Utc>, bool) {
        let mut begins = false;
        let mut target = now;
        self.change(|state| {
            let base = state.target.unwrap_or(now);
            target = match aim {
                Aim::Further(by) => base + by,
                Aim::At(at) => at.max(base),
            };
            begins = state.target.is_none();
            state.target = Some(target);
            if begins {
                (state.step, state.settled) = (Some(now), false);
            }
        });
        if begins {
            self.next_tick();
        }
        (target, begins)
    }

    /// Resolves when no walk is under way; whether it ended in quiet.
    async fn ended(&self) -> bool {
        let mut changed = self.0.changed.subscribe();
        loop {
            {
                let state = self.state();
                if state.target.is_none() {
                    return state.settled;
                }
            }
            if changed.changed().await.is_err() {
                return false;
            }
        }
    }

    /// Resolves when all that is due by now has been done.
    async fn quiet(&self, sim: &Sim) {
        let mut changed = self.0.changed.subscribe();
        loop {
            if self.is_quiet(sim.0.now()) {
                return;
            }
            // The timeout sees that a service has gone, which tells nobody.
            let _woken = timeout(Duration::from_millis(100), changed.changed()).await;
        }
    }

    fn is_quiet(&self, now: DateTime<Utc>) -> bool {
        let tick = self.tick();
        let state = self.state();
        let own = state.out == 0 && state.dues.values().all(|&due| due > now);
        if !own || !state.is_connected() {
            return own;
        }
        state.report.is_some_and(|(report, made)| {
            made == tick
                && report.quiet
                && state.step.is_none_or(|step| report.reached >= step)
                && report.next_due.is_none_or(|due| due > now)
        })
    }

    /// The next instant to stop at, the target at the latest; `None` when the target is reached.
    fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let state = self.state();
        let target = state.target.filter(|&target| target > now)?;
        let reported = state.report.filter(|_| state.is_connected()).and_then(|(report, _)| report.next_due);
        state.dues.values().copied().chain(reported).chain([target]).filter(|&at| at > now).min()
    }

    fn target(&self) -> Option<DateTime<Utc>> {
        self.state().target
    }

    fn stepped(&self, at: DateTime<Utc>) {
        self.change(|state| state.step = Some(at));
        self.next_tick();
    }

    fn next_tick(&self) {
        self.0.tick.send_modify(|tick| *tick += 1);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.changed.send_modify(|changes| *changes += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_connected(&self) -> bool {
        self.polls > 0 || self.last_poll.is_some_and(|last| last.elapsed() < GONE_AFTER)
    }
}

/// Counts something while it lives.
pub(crate) struct Guard {
    walk: Walk,
    end: fn(&mut State, u64),
    key: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (end, key) = (self.end, self.key);
        self.walk.change(|state| end(state, key));
    }
}

/// Where a push goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// By so much.
    Further(TimeDelta),
    /// To this instant.
    At(DateTime<Utc>),
}

impl Sim {
    /// Pushes the clock; answers the target, and whether all was quiet there within `patience`. If not, the walk
    /// goes on behind.
    pub(crate) async fn push_clock(&self, aim: Aim, patience: Duration) -> (DateTime<Utc>, bool) {
        let walk = &self.0.walk;
        let (target, begins) = walk.aim(self.0.now(), aim);
        if begins {
            let sim = self.clone();
            self.spawn(async move { sim.walk().await });
        }
        let settled = timeout(patience, walk.ended()).await.unwrap_or(false);
        (target, settled)
    }

    async fn walk(&self) {
        let walk = &self.0.walk;
        let mut settled = true;
        loop {
            if settled {
                settled = timeout(STALL, walk.quiet(self)).await.is_ok();
            }
            let next = if settled { walk.next(self.0.now()) } else { walk.target() };
            let Some(next) = next.filter(|&next| next > self.0.now()) else { break };
            self.move_clock(next).await;
            walk.stepped(next);
        }
        walk.change(|state| (state.target, state.settled) = (None, settled));
        walk.next_tick();
    }

    /// Keeps the new offset before anyone sees the new time, so that time never goes back.
    async fn move_clock(&self, to: DateTime<Utc>) {
        let ticket = {
            let mut step = self.0.step();
            let by = (to - step.now).max(TimeDelta::zero());
            let offset = step.world().offset_ms + by.num_milliseconds() + 1;
            step.change(Change::Moved(offset));
            step.commit()
        };
        if ticket.safe().await.is_ok() && to > self.0.now() {
            self.0.setup.clock.set(to);
        }
    }
}
