//! What the callbacks of both platforms share: the query string, freshness, and why a request is refused.
//!
//! `web` hands over the query string and headers as they came, since signatures cover them to the byte: a `+` stays
//! a `+`. Refusals carry no detail that a stranger could learn from.

use chrono::{DateTime, TimeDelta, Utc};

use super::envelope::EnvelopeError;

/// Why a callback was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The signature is missing or wrong.
    #[error("the callback's signature does not match")]
    Signature,
    /// The signature is right, but for another time.
    #[error("the callback's timestamp is too far from now")]
    Stale,
    /// The message is for another company, app or robot.
    #[error("the callback is meant for another receiver")]
    Owner,
    /// The signature is right, but what it covers does not decrypt: usually a wrong `EncodingAESKey`.
    #[error("the callback does not decrypt")]
    Sealed(#[source] EnvelopeError),
    /// What should be in it is not: names the part.
    #[error("the callback is malformed: {0}")]
    Malformed(&'static str),
    /// It is longer than anything the platform sends.
    #[error("the callback is too large")]
    TooLarge,
}

impl CallbackError {
    /// The HTTP status to answer with: 400, 401 or 413. The body stays empty.
    pub fn status(&self) -> u16 {
        match self {
            Self::Signature | Self::Stale | Self::Owner => 401,
            Self::Sealed(_) | Self::Malformed(_) => 400,
            Self::TooLarge => 413,
        }
    }
}

impl From<EnvelopeError> for CallbackError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Signature => Self::Signature,
            EnvelopeError::Base64 | EnvelopeError::BlockSize | EnvelopeError::Pad | EnvelopeError::Length => {
                Self::Sealed(error)
            }
        }
    }
}

/// What a callback's timestamp is held against.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The service's time.
    pub service: DateTime<Utc>,
    /// Under `--sim` the machine's time too: foreign tools that play the platform know no other.
    pub machine: Option<DateTime<Utc>>,
}

impl From<DateTime<Utc>> for Now {
    fn from(service: DateTime<Utc>) -> Self {
        Self { service, machine: None }
    }
}

impl Now {
    /// Fails with [`CallbackError::Stale`] unless `at` lies within `window` of a clock, in either direction.
    pub(crate) fn expect_near(
        self,
        at: Option<DateTime<Utc>>,
        window: TimeDelta,
    ) -> Result<(), CallbackError> {
        let near = |clock: DateTime<Utc>| at.is_some_and(|at| (clock - at).abs() <= window);
        let fresh = near(self.service) || self.machine.is_some_and(near);
        fresh.then_some(()).ok_or(CallbackError::Stale)
    }
}

/// Reads a decimal timestamp in seconds; `None` for anything but digits within the calendar.
pub(crate) fn from_seconds(digits: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_secs(number(digits)?)
}

/// Reads a decimal timestamp in milliseconds; `None` for anything but digits within the calendar.
pub(crate) fn from_millis(digits: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(number(digits)?)
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A query string, percent-decoded exactly once.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Takes the part of a URL behind the `?`.
    pub fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    /// The first value of `name`; empty when there is none, which no signature fits.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// Undoes percent-encoding; what is no valid escape stays as it is.
fn decoded(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        match (byte, escape(tail)) {
            (b'%', Some(escaped)) => {
                bytes.push(escaped);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that two leading hex digits stand for.
fn escape(tail: &[u8]) -> Option<u8> {
    let [high, low] = *tail.first_chunk()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_is_decoded_once_and_keeps_its_plus() {
        let query = Query::parse(
            "echostr=a%2Bb+c%3D%253D&nonce=%E5%BC%A0&bare&timestamp=1&timestamp=2&bad=%2&worse=%zz",
        );
        assert_eq!(query.get("echostr"), "a+b+c=%3D");
        assert_eq!(query.get("nonce"), "张");
        assert_eq!(query.get("timestamp"), "1");
        assert_eq!((query.get("bare"), query.get("missing")), ("", ""));
        assert_eq!((query.get("bad"), query.get("worse")), ("%2", "%zz"));
    }

    #[test]
    fn timestamp_of_anything_but_digits_is_none() {
        for bad in ["", "-1", "+1", "1.5", " 1", "1e3", "99999999999999999999", "9223372036854775807", "１"]
        {
            assert_eq!(from_seconds(bad), None, "{bad}");
            assert_eq!(from_millis(bad), None, "{bad}");
        }
    }

    #[test]
    fn fresh_is_near_the_service_or_else_the_machine() {
        let now = DateTime::from_timestamp_secs(1_700_000_000).unwrap();
        let window = TimeDelta::minutes(5);
        let old = Some(now - TimeDelta::days(3));
        assert_eq!(Now::from(now).expect_near(Some(now + window), window), Ok(()));
        assert_eq!(Now::from(now).expect_near(Some(now - window), window), Ok(()));
        assert_eq!(Now::from(now).expect_near(old, window), Err(CallbackError::Stale));
        assert_eq!(Now { service: now, machine: old }.expect_near(old, window), Ok(()));
        assert_eq!(Now::from(now).expect_near(None, window), Err(CallbackError::Stale));
    }
}
