//! The only source of time. Everything that waits or stamps takes a [`Clock`]; nothing else reads the machine's time.
//!
//! A clock is monotonic time plus an offset, so that a machine whose wall clock jumps does not fire a day's
//! warnings at once, and so that the simulator can push time forward while the program keeps running.
//! A manual clock stands still until it is told; tests use it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// A handle on one clock; clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    source: Mutex<Source>,
    /// Counts the jumps, so that those who wait look at the time again.
    jumps: watch::Sender<u64>,
}

#[derive(Debug)]
enum Source {
    Running { since: Instant, at: DateTime<Utc> },
    Manual { at: DateTime<Utc> },
}

impl Clock {
    /// The machine's time now, counted on by monotonic time from here.
    pub fn system() -> Self {
        Self::running_from(machine_now())
    }

    /// A clock that shows `at` now and runs at normal speed from there.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads monotonic time")]
    pub fn running_from(at: DateTime<Utc>) -> Self {
        Self::new(Source::Running { since: Instant::now(), at })
    }

    /// A clock that stands still at `at` until [`Clock::set`] moves it.
    pub fn manual(at: DateTime<Utc>) -> Self {
        Self::new(Source::Manual { at })
    }

    fn new(source: Source) -> Self {
        Self(Arc::new(Shared { source: Mutex::new(source), jumps: watch::channel(0).0 }))
    }

    /// The present instant, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.source() {
            Source::Running { since, at } => *at + TimeDelta::from_std(since.elapsed()).unwrap_or_default(),
            Source::Manual { at } => *at,
        }
    }

    /// Moves the clock to `to`, forwards or back, and wakes everyone who waits on it.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads monotonic time")]
    pub fn set(&self, to: DateTime<Utc>) {
        match &mut *self.source() {
            Source::Running { since, at } => (*since, *at) = (Instant::now(), to),
            Source::Manual { at } => *at = to,
        }
        self.0.jumps.send_modify(|jumps| *jumps += 1);
    }

    /// Moves the clock forward by `by`.
    pub fn advance(&self, by: TimeDelta) {
        self.set(self.now() + by);
    }

    /// How long until `at` at normal speed; zero when it has passed, `None` on a manual clock that has not reached it.
    pub fn wait_for(&self, at: DateTime<Utc>) -> Option<Duration> {
        let left = (at - self.now()).to_std().unwrap_or_default();
        match &*self.source() {
            Source::Manual { .. } if !left.is_zero() => None,
            _ => Some(left),
        }
    }

    /// Resolves when the clock shows `at` or later, also when it is pushed there.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        let mut jumps = self.0.jumps.subscribe();
        while self.now() < at {
            match self.wait_for(at) {
                Some(left) => {
                    // A millisecond more, since the timer rounds down and would spin on the rest.
                    let _woken = tokio::time::timeout(left + Duration::from_millis(1), jumps.changed()).await;
                }
                None => {
                    let _woken = jumps.changed().await;
                }
            }
        }
    }

    /// Changes whenever the clock is set; for those who wait on something else as well.
    pub fn jumps(&self) -> watch::Receiver<u64> {
        self.0.jumps.subscribe()
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.0.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The machine's wall clock, read once at start and by the freshness checks of `--sim`.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-24T04:00:00Z".parse().unwrap()
    }

    #[test]
    fn manual_clock_stands_still_until_set() {
        let clock = Clock::manual(noon());
        assert_eq!(clock.now(), noon());
        assert_eq!(clock.wait_for(noon() + TimeDelta::hours(1)), None);
        clock.advance(TimeDelta::hours(2));
        assert_eq!(clock.now(), noon() + TimeDelta::hours(2));
        assert_eq!(clock.wait_for(noon()), Some(Duration::ZERO));
    }

    #[tokio::test]
    async fn sleeper_wakes_when_the_clock_is_pushed_past_its_instant() {
        let clock = Clock::manual(noon());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(noon() + TimeDelta::hours(1)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(TimeDelta::minutes(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(TimeDelta::minutes(1));
        sleeper.await.unwrap();
    }
}
