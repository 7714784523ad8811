//! The access token of one app: fetched once for all who wait, renewed early, dropped when the platform refuses it.
//!
//! Each client holds one cache, so tokens never mix between apps. The lock is held during the fetch, which makes it
//! single-flight; those who waited for a fetch that failed share its error instead of trying one after the other.
//! A wrong secret is not tried again for a minute, since WeCom blocks the address after many. A token is never
//! logged.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::error::DeliverError;
use crate::clock::Clock;

/// How long before its end a token is renewed (wecom.md 3.1, dingtalk.md 1.1).
const EARLY: TimeDelta = TimeDelta::minutes(5);
/// After an early renewal failed, the next try.
const EARLY_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// How long a configuration fault is believed before the platform is asked again.
const FAULT_HELD: TimeDelta = TimeDelta::minutes(1);

/// A token as the platform gave it.
pub(super) struct Fetched {
    pub value: String,
    pub lives: TimeDelta,
}

/// A token in use; clones are cheap enough for one a call.
#[derive(Clone)]
pub(super) struct Token {
    value: SecretString,
    generation: u64,
}

impl Token {
    /// The token for the request. Nowhere else.
    pub(super) fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

/// The cache of one app.
pub(super) struct TokenCache {
    clock: Clock,
    failures: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failed: Option<Failed>,
    generation: u64,
}

struct Held {
    token: Token,
    renew_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

struct Failed {
    error: DeliverError,
    until: DateTime<Utc>,
}

impl TokenCache {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, failures: AtomicU64::new(0), state: Mutex::new(State::default()) }
    }

    /// The token, by `fetch` if there is none or it ends soon.
    pub(super) async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Token, DeliverError>
    where
        F: Future<Output = Result<Fetched, DeliverError>>,
    {
        let failures_seen = self.failures.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(held) = state.held.as_ref().filter(|held| now < held.renew_at) {
            return Ok(held.token.clone());
        }
        let failed_while_waiting = self.failures.load(Ordering::Acquire) != failures_seen;
        if let Some(failed) =
            state.failed.as_ref().filter(|failed| failed_while_waiting || now < failed.until)
        {
            return Err(failed.error.clone());
        }
        match fetch().await {
            Ok(fetched) => Ok(state.keep(fetched, self.clock.now())),
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Release);
                state.fail(error, self.clock.now())
            }
        }
    }

    /// Makes `call` with the token; once more, with a new one, where the platform refuses it.
    pub(super) async fn using<T, F, C>(
        &self,
        fetch: impl Fn() -> F,
        call: impl Fn(Token) -> C,
    ) -> Result<T, DeliverError>
    where
        F: Future<Output = Result<Fetched, DeliverError>>,
        C: Future<Output = Result<T, DeliverError>>,
    {
        let token = self.get(&fetch).await?;
        match call(token.clone()).await {
            Err(DeliverError::Unauthorized { .. }) => {
                self.discard(&token).await;
                call(self.get(&fetch).await?).await
            }
            answer => answer,
        }
    }

    /// Forgets `token`, which the platform refused, unless another has taken its place already.
    async fn discard(&self, token: &Token) {
        let mut state = self.state.lock().await;
        if state.held.as_ref().is_some_and(|held| held.token.generation == token.generation) {
            state.held = None;
        }
    }
}

impl State {
    fn keep(&mut self, fetched: Fetched, now: DateTime<Utc>) -> Token {
        self.generation += 1;
        let token = Token { value: fetched.value.into(), generation: self.generation };
        let ends_at = now + fetched.lives;
        let renew_at = ends_at - EARLY.min(fetched.lives / 2);
        self.failed = None;
        self.held = Some(Held { token: token.clone(), renew_at, ends_at });
        token
    }

    /// Remembers the failure; an old token that still lives is used on.
    fn fail(&mut self, error: DeliverError, now: DateTime<Utc>) -> Result<Token, DeliverError> {
        if let Some(held) = self.held.as_mut().filter(|held| now < held.ends_at) {
            held.renew_at = (now + EARLY_AGAIN).min(held.ends_at);
            return Ok(held.token.clone());
        }
        let until = match &error {
            DeliverError::Misconfigured { .. } => now + FAULT_HELD,
            DeliverError::RetryAfter(wait) => now + TimeDelta::from_std(*wait).unwrap_or(FAULT_HELD),
            DeliverError::QuotaGone { until } => *until,
            _ => now,
        };
        self.failed = Some(Failed { error: error.clone(), until });
        Err(error)
    }
}
