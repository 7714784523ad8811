//! Why a call to a platform did not do what it should, told by what the caller does next.
//!
//! Each adapter's `codes` sorts the platform's codes into a [`Class`]; the class and the answer make the
//! [`DeliverError`]. An error never holds a token, a key or a URL.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;

use super::http::Answered;

/// What an error came from; shared, so that all who waited for one token see the same failure.
pub type Cause = Arc<dyn Error + Send + Sync + 'static>;

/// The longest part of a platform's own words that an error repeats, in characters.
const SAID_MAX_CHARS: usize = 200;

/// Why a call failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeliverError {
    /// Too fast, by the platform's count or by ours; nothing was done, the same call is good after that time.
    #[error("too fast, good again in {} ms", .0.as_millis())]
    RetryAfter(Duration),
    /// The platform is busy and did nothing; the same call may succeed later.
    #[error("the platform is busy ({code}): {hint}")]
    Transient {
        /// The platform's code.
        code: String,
        /// The platform's words.
        hint: String,
    },
    /// The token was refused, and the one fetched anew as well.
    #[error("the access token is refused, also when fetched anew ({code})")]
    Unauthorized {
        /// The platform's code.
        code: String,
    },
    /// What the call was for is not there: the person, the group, the session, or the card to update. The same
    /// call never succeeds; another way to the same person may.
    #[error("the recipient is gone ({code}): {hint}")]
    RecipientGone {
        /// The platform's code.
        code: String,
        /// The platform's words.
        hint: String,
    },
    /// The platform does not take this content; the same call never succeeds.
    #[error("refused ({code}): {hint}")]
    Rejected {
        /// The platform's code.
        code: String,
        /// The platform's words.
        hint: String,
    },
    /// The app or its configuration is wrong: every call fails until the operator acts.
    #[error("misconfigured ({code}): {cure}")]
    Misconfigured {
        /// The platform's code.
        code: String,
        /// What the operator should do, in English, with the platform's words.
        cure: String,
    },
    /// No connection: nothing was sent.
    #[error("the platform cannot be reached")]
    Unreachable(#[source] Cause),
    /// The request went out and no clear answer came: it may have been done.
    #[error("the platform did not say whether it was done")]
    InDoubt(#[source] Cause),
    /// The platform's quota is used up.
    #[error("the quota is used up until {until}")]
    QuotaGone {
        /// When the platform counts anew.
        until: DateTime<Utc>,
    },
}

impl DeliverError {
    /// The error of a call that changes nothing: without an answer it is merely not reached.
    pub(super) fn of_a_read(self) -> Self {
        match self {
            Self::InDoubt(source) => Self::Unreachable(source),
            other => other,
        }
    }
}

/// An answer that leaves open whether the call was done.
#[derive(Debug, thiserror::Error)]
#[error("HTTP {status} {code}")]
struct Unclear {
    status: u16,
    code: String,
}

/// What a platform's code means for the caller; the adapters' tables are made of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Busy.
    Transient,
    /// Too fast; wait so long, unless the answer names a time itself.
    Wait(Duration),
    /// The token is not good.
    Token,
    /// The recipient is gone.
    Gone,
    /// The content is refused.
    Rejected,
    /// The operator must do this.
    Config(&'static str),
    /// Used up until the platform's next day.
    QuotaDay,
    /// Used up until the platform's next month.
    QuotaMonth,
    /// May have been done.
    InDoubt,
}

impl Class {
    /// The error of an answer with this `code`, in which the platform `said` so.
    pub(super) fn error(self, answered: &Answered, code: impl Into<String>, said: &str) -> DeliverError {
        let code = code.into();
        let hint: String = said.chars().take(SAID_MAX_CHARS).collect();
        match (self, answered.retry_after) {
            (Self::Wait(_) | Self::Transient, Some(wait)) | (Self::Wait(wait), None) => {
                DeliverError::RetryAfter(wait)
            }
            (Self::Transient, None) => DeliverError::Transient { code, hint },
            (Self::Token, _) => DeliverError::Unauthorized { code },
            (Self::Gone, _) => DeliverError::RecipientGone { code, hint },
            (Self::Rejected, _) => DeliverError::Rejected { code, hint },
            (Self::Config(cure), _) if hint.is_empty() => {
                DeliverError::Misconfigured { code, cure: cure.into() }
            }
            (Self::Config(cure), _) => {
                DeliverError::Misconfigured { code, cure: format!("{cure}; the platform said: {hint}") }
            }
            (Self::QuotaDay, _) => DeliverError::QuotaGone { until: next_day(answered.at) },
            (Self::QuotaMonth, _) => DeliverError::QuotaGone { until: next_month(answered.at) },
            (Self::InDoubt, _) => DeliverError::InDoubt(Arc::new(Unclear { status: answered.status, code })),
        }
    }
}

/// The next midnight where the platforms count.
fn next_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.with_timezone(&Shanghai).date_naive();
    midnight(today.succ_opt(), now)
}

/// The first midnight of the next month where the platforms count.
fn next_month(now: DateTime<Utc>) -> DateTime<Utc> {
    let first = now.with_timezone(&Shanghai).date_naive().with_day(1);
    midnight(first.and_then(|first| first.checked_add_months(Months::new(1))), now)
}

/// Shanghai has had no clock changes since 1991, so a midnight is always there; else the quota is tried at once.
fn midnight(date: Option<NaiveDate>, now: DateTime<Utc>) -> DateTime<Utc> {
    date.and_then(|date| Shanghai.from_local_datetime(&date.and_time(NaiveTime::MIN)).earliest())
        .map_or(now, |midnight| midnight.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(at: &str, retry_after: Option<Duration>) -> Answered {
        Answered { status: 403, retry_after, at: at.parse().unwrap(), body: Vec::new() }
    }

    #[test]
    fn quota_comes_back_at_the_platforms_midnight() {
        let late = answered("2026-12-31T15:59:00Z", None);
        let until = |class: Class| match class.error(&late, "x", "") {
            DeliverError::QuotaGone { until } => until.to_rfc3339(),
            other => panic!("{other:?}"),
        };
        assert_eq!(until(Class::QuotaDay), "2026-12-31T16:00:00+00:00");
        assert_eq!(until(Class::QuotaMonth), "2026-12-31T16:00:00+00:00");
        let next = answered("2026-12-31T16:00:00Z", None);
        assert!(matches!(Class::QuotaMonth.error(&next, "x", ""),
            DeliverError::QuotaGone { until } if until.to_rfc3339() == "2027-01-31T16:00:00+00:00"));
    }

    #[test]
    fn wait_that_the_answer_names_wins_over_the_table() {
        let named = answered("2026-11-24T04:00:00Z", Some(Duration::from_secs(7)));
        let error = Class::Wait(Duration::from_secs(60)).error(&named, "x", "");
        assert!(matches!(error, DeliverError::RetryAfter(wait) if wait == Duration::from_secs(7)));
    }
}
