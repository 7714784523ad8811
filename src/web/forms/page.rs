//! Draws a page of ours, under the strictest policy that its own style and script allow.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::gate::Opened;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Opened<'_> {
    /// Draws a page; `values` gets what every page has.
    pub fn draw(&self, status: StatusCode, page: &str, mut values: Value) -> Response {
        if let Some(fields) = values.as_object_mut() {
            fields.insert("style".into(), STYLE.into());
            fields.insert("script".into(), SCRIPT.into());
            fields.insert("workspace".into(), self.app.config.borrow().workspace.name.as_str().into());
        }
        let drawn = self.app.templates.borrow().pages().draw(page, &values);
        match drawn {
            Ok(document) => (status, self.headers(), document).into_response(),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, page, "A page cannot be drawn");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    fn headers(&self) -> [(header::HeaderName, String); 5] {
        // Only the simulator's phones may show a page in a frame.
        let frames = if self.front.under_sim { "http://127.0.0.1:* http://localhost:*" } else { "'none'" };
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; form-action 'self'; \
             base-uri 'none'; frame-ancestors {frames}",
            hash(STYLE),
            hash(SCRIPT),
        );
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy),
            // The address is the key: it goes to nobody else, but our own forms must say where they come from.
            (header::REFERRER_POLICY, "same-origin".to_owned()),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ]
    }
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};

    #[test]
    fn script_stays_small_enough_for_a_phone_underway() {
        assert!(SCRIPT.len() < 20 * 1024, "{} bytes of script", SCRIPT.len());
        assert!(STYLE.len() < 10 * 1024, "{} bytes of style", STYLE.len());
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}
