//! Taps on cards (dingtalk.md 7.5, 7.6): signed in the headers over the timestamp alone.
//!
//! A tap carries no id and is not sent again, and two taps may be equal to the byte, so what tells deliveries apart
//! is the signature's timestamp here and the frame's id on the socket. Anyone in a group can tap: whether `user` may
//! is for `bot` to say.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::fields::Fields;
use crate::platform::callback::{CallbackError, Now, from_millis};
use crate::platform::dingtalk::sign;
use crate::platform::inbound::{Chat, Inbound, Kind, Tap};

/// How far a tap's timestamp may be from now. The platform names no figure and never re-sends.
const FRESHNESS: TimeDelta = TimeDelta::minutes(5);

/// The card address of one app.
#[derive(Debug)]
pub struct Cards {
    api_secret: SecretString,
    corp_id: String,
}

impl Cards {
    /// An address that was registered with `api_secret`.
    pub fn new(api_secret: SecretString, corp_id: impl Into<String>) -> Self {
        Self { api_secret, corp_id: corp_id.into() }
    }

    /// Reads a tap: the headers `x-ddpaas-signature-timestamp` and `x-ddpaas-signature` as they came, and the body.
    pub fn receive(
        &self,
        timestamp: Option<&str>,
        signature: Option<&str>,
        body: &[u8],
        now: impl Into<Now>,
    ) -> Result<Inbound, CallbackError> {
        let timestamp = timestamp.unwrap_or_default();
        if !sign::card::verify(self.api_secret.expose_secret(), timestamp, signature.unwrap_or_default()) {
            return Err(CallbackError::Signature);
        }
        let sent_at = from_millis(timestamp);
        now.into().expect_near(sent_at, FRESHNESS)?;
        self.read(timestamp, sent_at, body)
    }

    /// Reads a tap that came over our own socket, where `delivery` is the frame's `messageId`.
    pub fn read(
        &self,
        delivery: &str,
        sent_at: Option<DateTime<Utc>>,
        body: &[u8],
    ) -> Result<Inbound, CallbackError> {
        let fields = Fields::parse(body)?;
        if fields.text("corpId").is_some_and(|corp| corp != self.corp_id) {
            return Err(CallbackError::Owner);
        }
        let tap = tap(&fields)?;
        let person = fields.text("userId");
        // Type 2 is a unionId, which names nobody here.
        let (user, stranger) = match fields.text("userIdType").as_deref() {
            Some("2") => (None, person),
            _ => (person, None),
        };
        Ok(Inbound {
            user: user.unwrap_or_default(),
            stranger,
            chat: chat(&fields),
            delivery: Some(delivery.to_owned()),
            sent_at,
            ..Inbound::notice(Kind::Tap(tap))
        })
    }
}

fn tap(fields: &Fields) -> Result<Tap, CallbackError> {
    let card = fields.text("outTrackId").ok_or(CallbackError::Malformed("outTrackId"))?;
    let private = |key| fields.object(key).and_then(|inner| inner.object("cardPrivateData"));
    let data = private("content").or_else(|| private("value")).ok_or(CallbackError::Malformed("content"))?;
    let params = data.object("params").unwrap_or_default();
    let button = data.list("actionIds").into_iter().next().or_else(|| params.text("action"));
    Ok(Tap {
        card,
        button: button.ok_or(CallbackError::Malformed("actionIds"))?,
        selected: params.flattened(),
        update_code: None,
    })
}

fn chat(fields: &Fields) -> Chat {
    let in_group = fields.text("spaceType").is_some_and(|space| space.eq_ignore_ascii_case("IM_GROUP"));
    match fields.text("spaceId").filter(|_| in_group) {
        Some(id) => Chat::Group { id, title: None },
        None => Chat::Private,
    }
}
