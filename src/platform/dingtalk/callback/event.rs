//! Event pushes (dingtalk.md 4): encrypted in the envelope that 企业微信 uses too, answered with an encrypted word.
//!
//! The address tells of joiners, leavers, departments and groups, and of nothing that a person said. Which owner an
//! envelope names depends on how the push was set up, so the answer goes to the owner that came in.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::platform::callback::{CallbackError, Now, Query, from_millis};
use crate::platform::envelope::Envelope;
use crate::platform::inbound::{Chat, Inbound, Kind, word};

/// How far a push's timestamp may be from now. The platform names no figure; its re-sends end within a minute.
const FRESHNESS: TimeDelta = TimeDelta::minutes(5);
/// The word that the platform wants to find in the answer.
const ACCEPTED: &[u8] = b"success";

/// The event address of one app.
#[derive(Debug)]
pub struct Events {
    envelope: Envelope,
    owners: [String; 2],
}

/// A push that was proved and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What happened.
    pub inbound: Inbound,
    /// The decrypted body, for its identity.
    pub plaintext: Vec<u8>,
    /// Whom it was sealed for; [`Events::answer`] wants it back.
    pub owner: String,
}

/// The four fields of an answer; the platform knows them by exactly these names.
#[derive(Serialize)]
struct Answer<'a> {
    msg_signature: String,
    #[serde(rename = "timeStamp")]
    timestamp: String,
    nonce: &'a str,
    encrypt: String,
}

impl Events {
    /// An address whose events must be sealed for the app or for the company.
    pub fn new(envelope: Envelope, app_key: impl Into<String>, corp_id: impl Into<String>) -> Self {
        Self { envelope, owners: [app_key.into(), corp_id.into()] }
    }

    /// Reads a push: the query string and the body as they came.
    pub fn receive(&self, query: &Query, body: &[u8], now: impl Into<Now>) -> Result<Pushed, CallbackError> {
        let encrypt = Fields::parse(body)?.text("encrypt").ok_or(CallbackError::Malformed("encrypt"))?;
        let (signature, timestamp) = (signature(query), query.get("timestamp"));
        self.envelope.verify(signature, timestamp, query.get("nonce"), &encrypt)?;
        now.into().expect_near(from_millis(timestamp), FRESHNESS)?;
        let opened = self.envelope.open(&encrypt)?;
        let named = |owner: &&String| owner.as_bytes() == opened.owner;
        let owner = self.owners.iter().find(named).ok_or(CallbackError::Owner)?.clone();
        Ok(Pushed { inbound: Self::read(&Map::new(), &opened.message)?, plaintext: opened.message, owner })
    }

    /// Reads an event's body. Over the socket its `eventType`, `eventId` and `eventBornTime` are `headers` of the
    /// frame; by HTTP they are in the body and `headers` is empty.
    pub fn read(headers: &Map<String, Value>, body: &[u8]) -> Result<Inbound, CallbackError> {
        let fields = Fields::parse(body)?.or(headers);
        let what = fields.text("EventType").ok_or(CallbackError::Malformed("EventType"))?;
        let kind = kind(&what, &fields);
        Ok(Inbound {
            user: fields.text("operator").filter(|_| kind == Kind::GroupLearnt).unwrap_or_default(),
            chat: group(&fields).filter(|_| kind == Kind::GroupLearnt).unwrap_or(Chat::Private),
            message_id: fields.text("eventId"),
            sent_at: born(&fields),
            ..Inbound::notice(kind)
        })
    }

    /// The body of the answer that accepts a push sealed for `owner`; `random` and `nonce` are fresh.
    pub fn answer(&self, random: [u8; 16], nonce: &str, now: DateTime<Utc>, owner: &str) -> String {
        let timestamp = now.timestamp_millis().to_string();
        let encrypt = self.envelope.seal(random, ACCEPTED, owner);
        let msg_signature = self.envelope.sign(&timestamp, nonce, &encrypt);
        serde_json::to_string(&Answer { msg_signature, timestamp, nonce, encrypt })
            .expect("plain texts are JSON")
    }
}

/// The platform calls it by a new and an old name, and sends either or both.
fn signature(query: &Query) -> &str {
    match query.get("msg_signature") {
        "" => query.get("signature"),
        signature => signature,
    }
}

fn kind(what: &str, fields: &Fields) -> Kind {
    match what {
        "check_url" => Kind::Check,
        "user_add_org" | "user_modify_org" | "user_leave_org" | "user_active_org" | "org_admin_add"
        | "org_admin_remove" | "org_dept_create" | "org_dept_modify" | "org_dept_remove" => {
            Kind::People { what: what.to_owned(), users: fields.list("userId") }
        }
        "im_cool_app_install" if group(fields).is_some() => Kind::GroupLearnt,
        _ => Kind::Other { what: word(what) },
    }
}

fn group(fields: &Fields) -> Option<Chat> {
    fields.text("openConversationId").map(|id| Chat::Group { id, title: None })
}

fn born(fields: &Fields) -> Option<DateTime<Utc>> {
    let names = ["eventBornTime", "EventTime", "operateTime", "timeStamp"];
    names.iter().find_map(|name| from_millis(&fields.text(name)?))
}
