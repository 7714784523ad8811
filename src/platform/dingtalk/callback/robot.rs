//! Messages to the robot (dingtalk.md 2): signed in the headers, plain JSON in the body.
//!
//! The signature does not cover the body, so whoever saw one header pair could send anything for an hour: the body
//! must name our robot and company, and its id is remembered as the event's identity.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::fields::Fields;
use crate::platform::callback::{CallbackError, Now, from_millis};
use crate::platform::dingtalk::sign;
use crate::platform::inbound::{Chat, Inbound, Kind, Session, trimmed, unaddressed, word};

/// The platform's own bound on a robot message's timestamp, in both directions.
const FRESHNESS: TimeDelta = TimeDelta::hours(1);
/// The `errorCode` of a message that came without content because the month's quota is gone.
const QUOTA_GONE: &str = "20001";

/// The message address of one app's robot.
#[derive(Debug)]
pub struct Robot {
    app_secret: SecretString,
    robot_code: String,
    corp_id: String,
}

impl Robot {
    /// A robot of the company `corp_id`; `robot_code` is normally the appKey.
    pub fn new(app_secret: SecretString, robot_code: impl Into<String>, corp_id: impl Into<String>) -> Self {
        Self { app_secret, robot_code: robot_code.into(), corp_id: corp_id.into() }
    }

    /// Reads a delivery: the headers `timestamp` and `sign` as they came, and the body.
    pub fn receive(
        &self,
        timestamp: Option<&str>,
        sign: Option<&str>,
        body: &[u8],
        now: impl Into<Now>,
    ) -> Result<Inbound, CallbackError> {
        let timestamp = timestamp.unwrap_or_default();
        if !sign::robot::verify(self.app_secret.expose_secret(), timestamp, sign.unwrap_or_default()) {
            return Err(CallbackError::Signature);
        }
        now.into().expect_near(from_millis(timestamp), FRESHNESS)?;
        self.read(body)
    }

    /// Reads a message that came over our own socket, or was proved by [`Robot::receive`].
    pub fn read(&self, body: &[u8]) -> Result<Inbound, CallbackError> {
        let fields = Fields::parse(body)?;
        self.expect_ours(&fields)?;
        let user = fields.text("senderStaffId").unwrap_or_default();
        let stranger = fields.text("senderId").filter(|_| user.is_empty());
        let chat = chat(&fields)?;
        let kind = kind(&fields, &chat)?;
        Ok(Inbound {
            user,
            stranger,
            chat,
            message_id: fields.text("msgId"),
            sent_at: instant(&fields, "createAt"),
            session: session(&fields),
            ..Inbound::notice(kind)
        })
    }

    /// One of the two receivers must be named, and each that is named must be ours.
    fn expect_ours(&self, fields: &Fields) -> Result<(), CallbackError> {
        let named = [
            fields.text("robotCode").map(|code| code == self.robot_code),
            fields.text("chatbotCorpId").map(|corp| corp == self.corp_id),
        ];
        let ours = named.iter().flatten().all(|&ours| ours) && named.iter().any(Option::is_some);
        ours.then_some(()).ok_or(CallbackError::Owner)
    }
}

fn chat(fields: &Fields) -> Result<Chat, CallbackError> {
    match fields.text("conversationType").as_deref() {
        Some("1") => Ok(Chat::Private),
        Some("2") => Ok(Chat::Group {
            id: fields.text("conversationId").ok_or(CallbackError::Malformed("conversationId"))?,
            title: fields.text("conversationTitle"),
        }),
        _ => Err(CallbackError::Malformed("conversationType")),
    }
}

fn session(fields: &Fields) -> Option<Session> {
    let expires_at = instant(fields, "sessionWebhookExpiredTime")?;
    fields.text("sessionWebhook").map(|url| Session { url, expires_at })
}

fn instant(fields: &Fields, key: &str) -> Option<DateTime<Utc>> {
    from_millis(&fields.text(key)?)
}

fn kind(fields: &Fields, chat: &Chat) -> Result<Kind, CallbackError> {
    if fields.text("errorCode").as_deref() == Some(QUOTA_GONE) {
        return Ok(Kind::QuotaGone);
    }
    let message = fields.text("msgtype").ok_or(CallbackError::Malformed("msgtype"))?;
    let content = fields.object("content").unwrap_or_default();
    let media = || content.text("downloadCode").or_else(|| content.text("pictureDownloadCode"));
    let known = match message.to_ascii_lowercase().as_str() {
        "text" => Some(Kind::Text(words(&text(fields), chat))),
        "richtext" => Some(rich(&content, chat)),
        "picture" => media().map(|media| Kind::Picture { media }),
        "audio" => Some(Kind::Voice { transcript: transcript(&content), media: media() }),
        "video" => media().map(|media| Kind::File { media, name: None }),
        "file" => media().map(|media| Kind::File { media, name: content.text("fileName") }),
        _ => None,
    };
    Ok(known.unwrap_or_else(|| Kind::Other { what: word(&message) }))
}

/// `text.content`, or the bare `content` that one page of the documents prints.
fn text(fields: &Fields) -> String {
    let inner = fields.object("text").and_then(|text| text.text("content"));
    inner.or_else(|| fields.text("content")).unwrap_or_default()
}

fn words(text: &str, chat: &Chat) -> String {
    match chat {
        Chat::Private => trimmed(text).to_owned(),
        Chat::Group { .. } => unaddressed(text).to_owned(),
    }
}

fn transcript(content: &Fields) -> Option<String> {
    let heard = content.text("recognition")?;
    Some(trimmed(&heard).to_owned()).filter(|heard| !heard.is_empty())
}

/// Words in pieces, mentions and pictures among them.
fn rich(content: &Fields, chat: &Chat) -> Kind {
    let mut text = String::new();
    let mut pictures = Vec::new();
    for item in content.objects("richText") {
        if let Some(picture) = item.text("downloadCode").or_else(|| item.text("pictureDownloadCode")) {
            pictures.push(picture);
            text.push('\n');
            continue;
        }
        let mention = || item.text("atName").map(|name| format!("@{}", name.trim_start_matches('@')));
        let piece = item.text("text").or_else(mention).unwrap_or_default();
        text.push_str(&piece);
        // A mention that is a piece of its own ends with it, whatever the next piece begins with.
        if piece.trim_start().starts_with('@') {
            text.push(' ');
        }
    }
    let text = words(&text, chat);
    match <[String; 1]>::try_from(pictures) {
        Ok([media]) if text.is_empty() => Kind::Picture { media },
        Ok(one) => Kind::Mixed { text, pictures: one.into() },
        Err(pictures) if pictures.is_empty() => Kind::Text(text),
        Err(pictures) => Kind::Mixed { text, pictures },
    }
}
