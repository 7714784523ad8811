//! How often the platforms let one call: sliding windows by the world's time. Forgotten at a stop.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

/// Calls of late, by what is limited.
pub(crate) struct Limits {
    hits: HashMap<String, VecDeque<DateTime<Utc>>>,
    bans: HashMap<String, DateTime<Utc>>,
    /// Off by `{"kind":"limits","on":false}`, for those who measure.
    pub on: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hits: HashMap::new(), bans: HashMap::new(), on: true }
    }
}

impl Limits {
    /// Counts one call of `what` and says whether it is within `most` in `span`; one that is not does not count.
    pub(crate) fn allow(&mut self, what: String, now: DateTime<Utc>, most: usize, span: TimeDelta) -> bool {
        if !self.on {
            return true;
        }
        let hits = self.hits.entry(what).or_default();
        while hits.front().is_some_and(|&hit| hit + span <= now) {
            hits.pop_front();
        }
        let allowed = hits.len() < most;
        if allowed {
            hits.push_back(now);
        }
        allowed
    }

    /// As [`Limits::allow`], but who goes over it is shut out for `ban`.
    pub(crate) fn allow_or_ban(
        &mut self,
        what: String,
        now: DateTime<Utc>,
        (most, span): (usize, TimeDelta),
        ban: TimeDelta,
    ) -> bool {
        if self.on && self.bans.get(&what).is_some_and(|&until| now < until) {
            return false;
        }
        let allowed = self.allow(what.clone(), now, most, span);
        if !allowed {
            self.bans.insert(what, now + ban);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_slides_and_a_ban_stays() {
        let mut limits = Limits::default();
        let now: DateTime<Utc> = "2026-11-24T04:00:00Z".parse().unwrap();
        let (minute, ban) = (TimeDelta::minutes(1), TimeDelta::minutes(10));
        let mut at =
            |secs: i64| limits.allow_or_ban("w".to_owned(), now + TimeDelta::seconds(secs), (2, minute), ban);
        assert!(at(0) && at(30));
        assert!(!at(59), "a third within the minute");
        assert!(!at(120), "ten minutes of silence");
        assert!(at(660));
        assert!(
            limits.allow("x".to_owned(), now, 1, minute) && !limits.allow("x".to_owned(), now, 1, minute)
        );
    }
}
