//! What comes back from a form: read within its limit, from our own page alone, with its one-time number.

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::{Front, pages};
use super::gate::Refused;

/// Two thousand characters are 18 KB as forms are written; the rest of any form is small.
const MOST: usize = 64 * 1024;

/// The fields of a form.
pub(super) struct Posted {
    fields: Vec<(String, String)>,
    /// The form's own number.
    pub once: String,
}

/// A number for a form that is about to be drawn.
pub(super) fn new_once() -> Result<String, Refused> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// Whether it is a number that [`new_once`] may have given.
pub(super) fn is_once(once: &str) -> bool {
    URL_SAFE_NO_PAD.decode(once).is_ok_and(|bytes| bytes.len() == 16)
}

/// Reads a form; else the page that says what to do.
pub(super) async fn read(front: &Front, request: Request) -> Result<Posted, Refused> {
    let refused = |status, why, title: &str, words: &str| -> Refused {
        tracing::warn!(why, "A form was refused");
        metrics::counter!("genjin_forms_refused_total", "why" => why).increment(1);
        pages::notice(front, status, title, words).into()
    };
    let again = "从聊天里再点一次链接，写过的还在手机上。";
    let (parts, body) = request.into_parts();
    if is_from_elsewhere(&parts.headers) {
        return Err(refused(StatusCode::FORBIDDEN, "elsewhere", "没有收下", again));
    }
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", "没有收下", again));
    }
    let Ok(bytes) = to_bytes(body, MOST).await else {
        let words = "返回上一页分两次交，写过的还在。";
        return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "太长了，没有收下", words));
    };
    let whole = Request::from_parts(parts, Body::from(bytes));
    let Ok(Form(fields)) = Form::<Vec<(String, String)>>::from_request(whole, &()).await else {
        return Err(refused(StatusCode::BAD_REQUEST, "malformed", "没有收下", again));
    };
    let posted = Posted { fields, once: String::new() };
    let once = posted.text("once").to_owned();
    if !is_once(&once) {
        return Err(refused(StatusCode::BAD_REQUEST, "no_number", "没有收下", again));
    }
    Ok(Posted { once, ..posted })
}

/// Browsers say where a form was sent from; the address itself is the secret, so this is a second lock.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        // A proxy may end TLS, so the scheme says nothing, and may have its own name for us.
        (None, Some(origin)) => !["host", "x-forwarded-host"]
            .into_iter()
            .filter_map(text)
            .any(|host| origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))),
        (None, None) => false,
    }
}

impl Posted {
    /// A field's text without space around it; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }
}
