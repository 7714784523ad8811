//! Keeps our calls below the platforms' published limits, so that nobody's message is dropped in silence.
//!
//! A [`Bucket`] is pure: it says yes, or when. A [`Pace`] keeps one bucket for each member, webhook or API and waits
//! by the [`Clock`]; a wait that would hold the caller for long is handed back as `RetryAfter` instead, before
//! anything was sent. All numbers come in through [`WeComLimits`] and [`DingTalkLimits`] (`apps.toml`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::error::DeliverError;
use crate::clock::Clock;

/// The longest that a call waits for its turn; whoever would wait longer comes back later.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(3);

/// How many buckets are kept before the idle ones are cleared away.
const BUCKETS_KEPT: usize = 4096;

/// How fast one bucket lets calls pass: in any `per_s` seconds at most `burst + refill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawRate")]
pub struct Rate {
    burst: u32,
    refill: u32,
    per_s: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    burst: u32,
    refill: u32,
    per_s: u32,
}

impl Rate {
    /// At most `burst` at once and `refill` more in each `per_s` seconds. `None` if one of them is zero.
    pub const fn new(burst: u32, refill: u32, per_s: u32) -> Option<Self> {
        if burst == 0 || refill == 0 || per_s == 0 {
            return None;
        }
        Some(Self { burst, refill, per_s })
    }

    /// The time in which one call's worth flows back.
    fn every(self) -> TimeDelta {
        TimeDelta::nanoseconds(i64::from(self.per_s) * 1_000_000_000 / i64::from(self.refill))
    }

    /// The time in which an empty bucket fills.
    fn fill(self) -> TimeDelta {
        self.every() * i32::try_from(self.burst).unwrap_or(i32::MAX)
    }
}

impl TryFrom<RawRate> for Rate {
    type Error = &'static str;

    fn try_from(RawRate { burst, refill, per_s }: RawRate) -> Result<Self, Self::Error> {
        Self::new(burst, refill, per_s).ok_or("burst, refill and per_s must all be at least 1")
    }
}

const fn sourced(burst: u32, refill: u32, per_s: u32) -> Rate {
    Rate::new(burst, refill, per_s).expect("the defaults below are not zero")
}

/// WeCom's limits with a margin (wecom.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeComLimits {
    /// App to one member by the minute: 30, beyond it is dropped in silence.
    pub member_minute: Rate,
    /// App to one member by the hour: 1000, beyond it is dropped in silence.
    pub member_hour: Rate,
    /// One group webhook: 20 a minute, beyond it 45009.
    pub webhook: Rate,
    /// One API of the corp, message/send not counted: 10 000 a minute, beyond it 45009.
    pub api: Rate,
}

impl Default for WeComLimits {
    fn default() -> Self {
        Self {
            member_minute: sourced(9, 20, 60),
            member_hour: sourced(90, 900, 3600),
            webhook: sourced(4, 15, 60),
            api: sourced(500, 9000, 60),
        }
    }
}

/// DingTalk's limits with a margin (dingtalk.md 0.4, 5.7, 6).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DingTalkLimits {
    /// App and API: 20 a second in the standard edition, beyond it 403.
    pub api: Rate,
    /// One custom robot: 20 a minute, beyond it ten minutes of silence.
    pub webhook: Rate,
}

impl Default for DingTalkLimits {
    fn default() -> Self {
        Self { api: sourced(2, 18, 1), webhook: sourced(4, 15, 60) }
    }
}

/// A token bucket that stores nothing but the instant at which it will be full again.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: Rate,
    full_at: DateTime<Utc>,
}

impl Bucket {
    /// A full bucket.
    pub fn new(rate: Rate) -> Self {
        Self { rate, full_at: DateTime::<Utc>::MIN_UTC }
    }

    /// Lets one call pass now, or says when one may.
    pub fn take(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let free_at = self.free_at(now);
        if free_at > now {
            return Err(free_at);
        }
        self.full_at = self.full_at.max(now) + self.rate.every();
        Ok(())
    }

    /// When the next call may pass; `now` or earlier if at once.
    fn free_at(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        // After a clock that went back nobody waits longer than an empty bucket takes to fill.
        self.full_at = self.full_at.min(now + self.rate.fill());
        if self.full_at <= now { now } else { self.full_at - self.rate.fill() + self.rate.every() }
    }

    fn is_full(&self, now: DateTime<Utc>) -> bool {
        self.full_at <= now
    }
}

/// One bucket that a call must pass: what is limited, and whose it is. No `Debug`: that may be a webhook's key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Lane(pub &'static str, pub String);

/// The buckets of one app.
pub(super) struct Pace {
    clock: Clock,
    buckets: Mutex<Buckets>,
}

struct Buckets {
    by_lane: HashMap<Lane, Bucket>,
    clear_at: usize,
}

impl Pace {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, buckets: Mutex::new(Buckets { by_lane: HashMap::new(), clear_at: BUCKETS_KEPT }) }
    }

    /// Waits until every lane lets one call pass, and takes it from all of them at once.
    ///
    /// Fails with `RetryAfter` when that would take longer than [`LONGEST_WAIT`] from now.
    pub(super) async fn pass(&self, lanes: &[(Lane, Rate)]) -> Result<(), DeliverError> {
        let patience = self.clock.now() + LONGEST_WAIT;
        loop {
            let now = self.clock.now();
            match self.take(lanes, now) {
                Ok(()) => return Ok(()),
                Err(at) if at > patience => {
                    return Err(DeliverError::RetryAfter((at - now).to_std().unwrap_or_default()));
                }
                Err(at) => self.clock.sleep_until(at).await,
            }
        }
    }

    fn take(&self, lanes: &[(Lane, Rate)], now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.clear_idle(now);
        let free_at = lanes.iter().map(|lane| buckets.of(lane).free_at(now)).max().unwrap_or(now);
        if free_at > now {
            return Err(free_at);
        }
        lanes.iter().try_for_each(|lane| buckets.of(lane).take(now))
    }
}

impl Buckets {
    fn of(&mut self, (lane, rate): &(Lane, Rate)) -> &mut Bucket {
        self.by_lane.entry(lane.clone()).or_insert_with(|| Bucket::new(*rate))
    }

    fn clear_idle(&mut self, now: DateTime<Utc>) {
        if self.by_lane.len() >= self.clear_at {
            self.by_lane.retain(|_, bucket| !bucket.is_full(now));
            self.clear_at = BUCKETS_KEPT.max(self.by_lane.len() * 2);
        }
    }
}
