//! What came in: the plain value into which both platforms' callbacks and sockets turn a request.
//!
//! The callbacks make it, `web` wraps it into an event, `bot` reads it. By then the request is proved and decrypted,
//! nothing of a platform's wire is left but its ids, and what law forbids to keep (a location) is already gone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One message, tap or notice of a platform, proved to come from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Who did it: 企业微信 userid (compare without regard to case) or 钉钉 staffId. Empty for a system event and for
    /// a person outside the company.
    pub user: String,
    /// Tells apart the people who have no `user`: 钉钉's encrypted senderId. Good for nothing but comparing.
    pub stranger: Option<String>,
    /// Where it was done.
    pub chat: Chat,
    /// The platform's own id of the message or event, the same at each re-send.
    pub message_id: Option<String>,
    /// Where neither an id nor the body tells two deliveries apart (钉钉 card taps): what does.
    pub delivery: Option<String>,
    /// When the platform says it was done.
    pub sent_at: Option<DateTime<Utc>>,
    /// Where 钉钉 takes a reply to this very message.
    pub session: Option<Session>,
    /// What was done.
    pub kind: Kind,
}

impl Inbound {
    /// A notice of the platform itself: nobody's, in no group, without id or time.
    pub fn notice(kind: Kind) -> Self {
        Self {
            user: String::new(),
            stranger: None,
            chat: Chat::Private,
            message_id: None,
            delivery: None,
            sent_at: None,
            session: None,
            kind,
        }
    }

    /// The bytes that are equal exactly when the platform sends the same thing again: its id, else the decrypted
    /// `body`. Their hash, with platform and app, is the event's identity.
    pub fn identity_source(&self, body: &[u8]) -> Vec<u8> {
        match (&self.message_id, &self.delivery) {
            (Some(id), _) => [b"id\0", id.as_bytes()].concat(),
            (None, Some(delivery)) => [b"delivery\0", delivery.as_bytes(), b"\0", body].concat(),
            (None, None) => [b"body\0", body].concat(),
        }
    }
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chat {
    /// Between the person and the bot.
    Private,
    /// In a group. Its id is opaque: case kept, never trimmed.
    Group {
        /// 钉钉 openConversationId.
        id: String,
        /// The group's name where the platform told it.
        title: Option<String>,
    },
}

/// A reply address that the platform hands out with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whoever knows it may speak in the chat: a secret while it lives.
    pub url: String,
    /// After it the address is dead and a message sent to it is lost.
    pub expires_at: DateTime<Utc>,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Words, trimmed and without the mention that addressed the bot. May be empty when there was nothing else.
    Text(String),
    /// A spoken message; a platform gives the transcript, the sound, or both.
    Voice {
        /// What the platform heard, if it listens.
        transcript: Option<String>,
        /// 企业微信 media_id or 钉钉 downloadCode.
        media: Option<String>,
    },
    /// One picture.
    Picture {
        /// 企业微信 media_id or 钉钉 downloadCode.
        media: String,
    },
    /// Words and pictures in one message: the only way in which a picture reaches a 钉钉 robot in a group.
    Mixed {
        /// The words, as in [`Kind::Text`].
        text: String,
        /// The pictures' media, in order; at least one.
        pictures: Vec<String>,
    },
    /// A file or a video.
    File {
        /// 企业微信 media_id or 钉钉 downloadCode.
        media: String,
        /// The file's name; videos have none.
        name: Option<String>,
    },
    /// A button of a card.
    Tap(Tap),
    /// The person opened the app's chat.
    Entered,
    /// The person shared where they are. The place itself is dropped unread.
    Location,
    /// Something else, by the platform's own word for it: ASCII, at most 64 characters, safe to log.
    Other {
        /// A msgtype or event name.
        what: String,
    },
    /// 钉钉: the company's monthly quota is used up; a message came without its content.
    QuotaGone,
    /// The company's directory changed: who is in it, who sees the app, or a department.
    People {
        /// The platform's word: `create_user`, `update_party`, `subscribe`, `user_leave_org`, `org_dept_modify`, …
        what: String,
        /// The members it names; a 企业微信 `update_user` that renames an id names the old and the new one.
        users: Vec<String>,
    },
    /// The bot was put into the group of `chat`.
    GroupLearnt,
    /// 钉钉 tries the event address; it wants the usual answer and nothing else.
    Check,
}

/// A tap on a card's button, with what was chosen on the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// 企业微信 TaskId or 钉钉 outTrackId.
    pub card: String,
    /// 企业微信 EventKey or the id of the 钉钉 component.
    pub button: String,
    /// Each question or parameter with the options or values given to it.
    pub selected: Vec<(String, Vec<String>)>,
    /// 企业微信 ResponseCode: good for one update of this card within 72 hours.
    pub update_code: Option<String>,
}

/// White space as people's keyboards and the platforms make it: Unicode's, and zero-width marks beside it.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

/// `text` without the white space around it.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// `text` as said in a group: without the mentions in front, which only address the bot.
pub(crate) fn unaddressed(text: &str) -> &str {
    let mut rest = trimmed(text);
    while rest.starts_with('@') {
        rest = rest.find(is_blank).map_or("", |end| trimmed(&rest[end..]));
    }
    rest
}

/// A platform's word, cut to what may stand in a log line whoever wrote it.
pub(crate) fn word(raw: &str) -> String {
    raw.chars().filter(|c| c.is_ascii_alphanumeric() || "_-./".contains(*c)).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_text_are_cut() {
        assert_eq!(trimmed("\u{2005}\u{A0} \u{3000}报价 已发\u{200B}\r\n"), "报价 已发");
    }

    #[test]
    fn mentions_in_front_of_a_group_text_are_cut() {
        for (said, meant) in [
            ("@跟进助手\u{2005}报价已发", "报价已发"),
            (" @跟进助手 @小王 报价@李总", "报价@李总"),
            ("@跟进助手", ""),
            ("报价 @跟进助手", "报价 @跟进助手"),
        ] {
            assert_eq!(unaddressed(said), meant);
        }
    }

    #[test]
    fn identity_is_the_id_or_else_the_body_and_never_confuses_them() {
        let mut inbound = Inbound::notice(Kind::Entered);
        let by_body = inbound.identity_source(b"42");
        assert_ne!(by_body, inbound.identity_source(b"43"));
        inbound.delivery = Some("1700000000123".into());
        let by_delivery = inbound.identity_source(b"42");
        inbound.message_id = Some("42".into());
        let by_id = inbound.identity_source(b"42");
        assert_eq!(by_id, inbound.identity_source(b"43"));
        assert!(by_body != by_delivery && by_delivery != by_id && by_id != by_body);
    }

    #[test]
    fn word_of_a_stranger_is_cut_to_log_characters() {
        assert_eq!(word("user_leave_org"), "user_leave_org");
        assert_eq!(word("a\nb\u{1b}[31m张"), "ab31m");
        assert_eq!(word(&"x".repeat(999)).len(), 64);
    }
}
