//! What becomes of a row after an attempt: a pure rule of (row, error, now).

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::Fate;
use crate::platform::error::DeliverError;
use crate::sales::Platform;
use crate::state::Row;

/// The first pause, doubled with each attempt.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(2);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// What the operator must mend is tried again this often, since it may be mended meanwhile.
const MISCONFIGURED_PAUSE: TimeDelta = TimeDelta::minutes(10);

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
        DeliverError::Misconfigured { .. } if row.attempts < 3 => now + MISCONFIGURED_PAUSE,
        DeliverError::Misconfigured { .. }
        | DeliverError::RecipientGone { .. }
        | DeliverError::Rejected { .. } => return Fate::Refused { why },
    };
    if at > row.useful_until { Fate::Dropped { why } } else { Fate::Later { at, why } }
}

/// Doubling, with a jitter of up to a quarter that follows from the row and the attempt: the same run, the same pauses.
fn pause(row: &Row) -> TimeDelta {
    let doubled = FIRST_PAUSE * 2_i32.saturating_pow(row.attempts.min(10));
    let pause = doubled.min(LONGEST_PAUSE);
    let mixed = (row.id.0 ^ (u64::from(row.attempts) << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let quarter = pause.num_milliseconds() / 4;
    pause + TimeDelta::milliseconds(i64::try_from(mixed).unwrap_or(0) % quarter.max(1))
}
