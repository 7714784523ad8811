//! The HTTP client of both adapters, and one exchange with it.
//!
//! TLS is rustls with the ring provider and the machine's certificates, set on the client alone, nothing global.
//! No redirects, no proxy but the one given, answers are read up to a limit. An error is told apart by whether the
//! request may have reached the platform, and never shows the URL, which carries tokens and keys.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_DISPOSITION, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use serde::de::DeserializeOwned;

use super::error::DeliverError;
use crate::clock::Clock;

/// Time to connect, the TLS handshake included.
const CONNECT: Duration = Duration::from_secs(3);
/// Time for the whole call; the platforms give up on their side after 3 to 5 s.
const WHOLE: Duration = Duration::from_secs(10);
/// The largest answer that is read; real ones are below 100 KB.
const ANSWER_MAX_BYTES: usize = 1 << 20;
/// The longest wait that a `Retry-After` header may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The proxy's address is not a URL.
    #[error("the proxy is not a URL like http://host:port")]
    Proxy(#[source] reqwest::Error),
    /// TLS could not be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The client could not be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] reqwest::Error),
}

/// A client for calls to the platforms, by `proxy` (`http://host:port`) if one is given.
pub fn http_client(proxy: Option<&str>) -> Result<reqwest::Client, HttpError> {
    http_client_within(proxy, WHOLE)
}

/// The same with another time for a whole call.
pub fn http_client_within(proxy: Option<&str>, whole: Duration) -> Result<reqwest::Client, HttpError> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .user_agent(concat!("genjin/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .timeout(whole)
        .no_proxy();
    let builder = match proxy {
        Some(url) => builder.proxy(reqwest::Proxy::all(url).map_err(|e| HttpError::Proxy(e.without_url()))?),
        None => builder,
    };
    builder.build().map_err(HttpError::Client)
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let builder = match Verifier::new(provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
        Err(error) => {
            // The simulator needs no certificates, so a bare machine may start; calls by https then fail.
            tracing::warn!(%error, "no https call can succeed: install the CA certificates of this machine");
            builder.with_root_certificates(RootCertStore::empty())
        }
    };
    Ok(builder.with_no_client_auth())
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answered {
    pub status: u16,
    /// From the header of that name.
    pub retry_after: Option<Duration>,
    /// When it came.
    pub at: DateTime<Utc>,
    pub body: Vec<u8>,
}

impl Answered {
    /// The body as JSON of that shape.
    pub(super) fn json<A: DeserializeOwned>(&self) -> Option<A> {
        serde_json::from_slice(&self.body).ok()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer is longer than {ANSWER_MAX_BYTES} bytes")]
struct AnswerTooLong;

/// Sends one request and reads the answer. Fails with `Unreachable` when nothing was sent, `InDoubt` otherwise.
pub(super) async fn exchange(
    request: reqwest::RequestBuilder,
    clock: &Clock,
) -> Result<Answered, DeliverError> {
    let mut response = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > ANSWER_MAX_BYTES {
            return Err(DeliverError::InDoubt(Arc::new(AnswerTooLong)));
        }
        body.extend_from_slice(&chunk);
    }
    let at = clock.now();
    Ok(Answered {
        status: response.status().as_u16(),
        retry_after: retry_after(response.headers(), at),
        at,
        body,
    })
}

/// Time for a file of 20 MB on a slow line.
pub(super) const FILE: Duration = Duration::from_secs(60);

/// A file that was read, or what came in its place.
#[derive(Debug)]
pub(super) struct Downloaded {
    pub answered: Answered,
    /// Whether the answer calls itself a file (`Content-Disposition: attachment`).
    pub attached: bool,
}

/// Reads a file of at most `max` bytes. Fails with `Rejected` when there are more, with `Unreachable` when it did not
/// come whole: reading again does no harm.
pub(super) async fn download(
    request: reqwest::RequestBuilder,
    clock: &Clock,
    max: usize,
) -> Result<Downloaded, DeliverError> {
    let lost = |error| lost(error).of_a_read();
    let mut response = request.timeout(FILE).send().await.map_err(lost)?;
    let disposition =
        response.headers().get(CONTENT_DISPOSITION).map(|value| value.as_bytes().to_ascii_lowercase());
    let attached = disposition.is_some_and(|value| value.starts_with(b"attachment"));
    let too_large =
        || DeliverError::Rejected { code: "too large".into(), hint: format!("more than {max} bytes") };
    if response.content_length().is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let at = clock.now();
    let retry_after = retry_after(response.headers(), at);
    let answered = Answered { status: response.status().as_u16(), retry_after, at, body };
    Ok(Downloaded { answered, attached })
}

fn lost(error: reqwest::Error) -> DeliverError {
    let nothing_was_sent = error.is_connect() || error.is_builder();
    let source = Arc::new(error.without_url());
    if nothing_was_sent { DeliverError::Unreachable(source) } else { DeliverError::InDoubt(source) }
}

/// `Retry-After` in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now).to_std().unwrap_or_default(),
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_date() {
        let now = "2026-11-24T04:00:00Z".parse().unwrap();
        let read = |value: &'static str| {
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]), now)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Tue, 24 Nov 2026 04:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(read("Tue, 24 Nov 2026 03:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("999999"), Some(RETRY_AFTER_MAX));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn client_builds_with_tls_and_with_a_proxy() {
        assert!(http_client(None).is_ok());
        assert!(http_client(Some("http://127.0.0.1:3128")).is_ok());
        assert!(matches!(http_client(Some("::")), Err(HttpError::Proxy(_))));
    }
}
