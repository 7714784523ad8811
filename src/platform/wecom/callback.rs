//! Proves and decrypts what 企业微信 sends to an app's callback address (wecom.md 1).
//!
//! `web` hands over query and body as they came and answers with what comes back; the address must be answered
//! within 1 s (GET) or 5 s (POST). Nothing leaves here that was not signed with the app's token, recently, for this
//! company. `inbound` reads the decrypted document.

use chrono::{DateTime, TimeDelta, Utc};

use super::inbound;
use super::xml::{Element, XmlError};
use crate::platform::callback::{CallbackError, Now, Query, from_seconds};
use crate::platform::envelope::Envelope;
use crate::platform::inbound::Inbound;

/// How far a callback's timestamp may be from now. The platform names no figure; its re-sends end within a minute.
const FRESHNESS: TimeDelta = TimeDelta::minutes(5);

/// The callback address of one app.
#[derive(Debug)]
pub struct Callback {
    envelope: Envelope,
    corp_id: String,
    freshness: TimeDelta,
}

impl Callback {
    /// An address whose messages must be sealed for `corp_id`.
    pub fn new(envelope: Envelope, corp_id: impl Into<String>) -> Self {
        Self { envelope, corp_id: corp_id.into(), freshness: FRESHNESS }
    }

    /// Takes timestamps up to `freshness` from now instead of five minutes.
    #[must_use]
    pub fn with_freshness(self, freshness: TimeDelta) -> Self {
        Self { freshness, ..self }
    }

    /// Answers the GET by which the platform tries the address: the bytes to send back, bare.
    pub fn verify_url(&self, query: &Query, now: impl Into<Now>) -> Result<Vec<u8>, CallbackError> {
        self.open(query, query.get("echostr"), now.into())
    }

    /// Reads a delivery (POST): what came in, and the decrypted document for its identity.
    pub fn receive(
        &self,
        query: &Query,
        body: &[u8],
        now: impl Into<Now>,
    ) -> Result<(Inbound, Vec<u8>), CallbackError> {
        let outer = Element::parse(body)?;
        let plaintext = self.open(query, outer.text_of("Encrypt"), now.into())?;
        let inbound = inbound::read(&Element::parse(&plaintext)?);
        Ok((inbound, plaintext))
    }

    /// The body of an encrypted answer to a delivery; `random` and `nonce` are fresh, `nonce` letters and digits.
    pub fn seal_reply(&self, random: [u8; 16], nonce: &str, now: DateTime<Utc>, message: &[u8]) -> String {
        let timestamp = now.timestamp().to_string();
        let encrypt = self.envelope.seal(random, message, &self.corp_id);
        let signature = self.envelope.sign(&timestamp, nonce, &encrypt);
        format!(
            "<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>\
             <TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )
    }

    fn open(&self, query: &Query, encrypt: &str, now: Now) -> Result<Vec<u8>, CallbackError> {
        let timestamp = query.get("timestamp");
        self.envelope.verify(query.get("msg_signature"), timestamp, query.get("nonce"), encrypt)?;
        now.expect_near(from_seconds(timestamp), self.freshness)?;
        let opened = self.envelope.open(encrypt)?;
        if opened.owner != self.corp_id.as_bytes() {
            return Err(CallbackError::Owner);
        }
        Ok(opened.message)
    }
}

impl From<XmlError> for CallbackError {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::TooLarge => Self::TooLarge,
            XmlError::Syntax | XmlError::Doctype | XmlError::Entity => Self::Malformed("XML"),
        }
    }
}
