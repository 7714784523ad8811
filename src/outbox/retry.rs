//! What becomes of a row after an attempt that failed: a pure rule of (row, error, now). Attempts end with the row's
//! `useful_until`; there is no other count but that of a misconfigured app.

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::Fate;
use crate::platform::error::DeliverError;
use crate::sales::Platform;
use crate::state::{Row, Saying};

/// The first pause, doubled with each attempt.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(2);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// Doublings after which the longest pause is surely reached.
const DOUBLINGS: u32 = 10;
/// How often a call is tried again that needs the operator, who may have acted meanwhile.
const PATIENCE: u32 = 3;

/// The fate of a row whose call ended with `error`. `resends` is its template's word for calls in doubt.
pub fn next(row: &Row, platform: Platform, error: &DeliverError, resends: bool, now: DateTime<Utc>) -> Fate {
    let why: Box<str> = error.to_string().into();
    let at = match error {
        DeliverError::RetryAfter(pause) => now + TimeDelta::from_std(*pause).unwrap_or(LONGEST_PAUSE),
        DeliverError::QuotaGone { until } => *until,
        DeliverError::Transient { .. } | DeliverError::Unreachable(_) | DeliverError::Unauthorized { .. } => {
            now + pause(row)
        }
        DeliverError::InDoubt(_) if row.is_idempotent(platform) || resends => now + pause(row),
        DeliverError::InDoubt(_) => return Fate::Dropped { why },
        DeliverError::Misconfigured { .. } if row.attempts < PATIENCE => now + LONGEST_PAUSE,
        DeliverError::Misconfigured { .. } => return Fate::Refused { why },
        // The card is gone or can be changed no more: there is nothing that a person could mend.
        DeliverError::RecipientGone { .. } if matches!(row.says, Saying::Update { .. }) => {
            return Fate::Dropped { why };
        }
        DeliverError::RecipientGone { .. } => {
            let cure = "check the id in people.toml and that the app's visible range holds it";
            return Fate::Refused { why: format!("{why}; {cure}").into() };
        }
        DeliverError::Rejected { .. } => {
            let cure = "mend the message's template, then send it again by `genjin parked replay`";
            return Fate::Refused { why: format!("{why}; {cure}").into() };
        }
    };
    if at > row.useful_until { Fate::Dropped { why } } else { Fate::Later { at, why } }
}

/// Doubling, with a jitter of up to a quarter that follows from the row and the attempt: the same run, the same pauses.
fn pause(row: &Row) -> TimeDelta {
    let doubled = FIRST_PAUSE * 2_i32.pow(row.attempts.min(DOUBLINGS));
    let pause = doubled.min(LONGEST_PAUSE);
    let quarter = pause.num_milliseconds() / 4;
    pause + TimeDelta::milliseconds(jitter(row) % quarter)
}

/// A number below 2³² that looks random (Fibonacci hashing).
fn jitter(row: &Row) -> i64 {
    let mixed = (row.id.0 ^ (u64::from(row.attempts) << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    i64::from((mixed >> 32) as u32)
}
