//! Access tokens: one for each platform, the same for who asks again within its life. Forgotten at a stop.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::setup::{Platform, hex};
use super::shared::random;

/// `expires_in` of both platforms, in seconds.
pub(crate) const LIFE_SECS: i64 = 7_200;

/// The tokens given out.
#[derive(Default)]
pub(crate) struct Tokens {
    current: HashMap<Platform, (String, DateTime<Utc>)>,
    dead: HashSet<String>,
}

/// Why a token does not open anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadToken {
    /// None came.
    Missing,
    /// It was never given out, or was taken back.
    Unknown,
    /// It was given out and its time is over.
    Expired,
}

impl Tokens {
    /// The platform's token and the seconds that it has left. `renewed`: asking again lengthens its life.
    pub(crate) fn issue(&mut self, platform: Platform, now: DateTime<Utc>, renewed: bool) -> (String, i64) {
        let full = now + TimeDelta::seconds(LIFE_SECS);
        match self.current.get_mut(&platform) {
            Some((token, until)) if *until > now => {
                if renewed {
                    *until = full;
                }
                (token.clone(), (*until - now).num_seconds())
            }
            old => {
                self.dead.extend(old.map(|(token, _)| std::mem::take(token)));
                let token = format!("{}{}", hex(&random::<32>()), hex(&random::<32>()));
                self.current.insert(platform, (token.clone(), full));
                (token, LIFE_SECS)
            }
        }
    }

    pub(crate) fn check(
        &self,
        platform: Platform,
        token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), BadToken> {
        let token = token.filter(|token| !token.is_empty()).ok_or(BadToken::Missing)?;
        match self.current.get(&platform) {
            Some((current, until)) if current == token && *until > now => Ok(()),
            Some((current, _)) if current == token => Err(BadToken::Expired),
            _ if self.dead.contains(token) => Err(BadToken::Expired),
            _ => Err(BadToken::Unknown),
        }
    }

    /// Takes the token back before its time, as the platforms may.
    pub(crate) fn expire(&mut self, platform: Platform) {
        if let Some((token, _)) = self.current.remove(&platform) {
            self.dead.insert(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_the_same_within_its_life_and_another_after() {
        let mut tokens = Tokens::default();
        let now: DateTime<Utc> = "2026-11-24T04:00:00Z".parse().unwrap();
        let (first, left) = tokens.issue(Platform::Wecom, now, false);
        assert_eq!(left, LIFE_SECS);
        let later = now + TimeDelta::minutes(90);
        assert_eq!(tokens.issue(Platform::Wecom, later, false), (first.clone(), 1_800));
        let after = now + TimeDelta::hours(2);
        assert_eq!(tokens.check(Platform::Wecom, Some(&first), after), Err(BadToken::Expired));
        assert_ne!(tokens.issue(Platform::Wecom, after, false).0, first);
        assert_eq!(tokens.check(Platform::Wecom, Some(&first), after), Err(BadToken::Expired));
        assert_eq!(tokens.check(Platform::Dingtalk, Some("x"), after), Err(BadToken::Unknown));
        assert_eq!(tokens.check(Platform::Dingtalk, None, after), Err(BadToken::Missing));
    }

    #[test]
    fn dingtalk_token_is_renewed_by_asking() {
        let mut tokens = Tokens::default();
        let now: DateTime<Utc> = "2026-11-24T04:00:00Z".parse().unwrap();
        let (token, _) = tokens.issue(Platform::Dingtalk, now, true);
        tokens.issue(Platform::Dingtalk, now + TimeDelta::minutes(90), true);
        assert_eq!(tokens.check(Platform::Dingtalk, Some(&token), now + TimeDelta::minutes(150)), Ok(()));
    }
}
