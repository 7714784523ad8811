//! What we send to WeCom's HTTP API and what it answers, field for field in the platform's spelling.
//!
//! `messages` fills these structs, `api` posts them, the simulator reads them with its own strictness.
//! A list or option that is empty is left out, so a value read back and written again is the same JSON. Unknown
//! fields of an answer are ignored, since the platform adds some without notice (reference 0). The `*_MAX` constants
//! are the documented limits; `_BYTES` are UTF-8 bytes and cut or refused by the platform, `_CHARS` are characters
//! (字) that its client folds.

mod card;
mod question;

use serde::{Deserialize, Serialize};

pub use card::{
    ActionMenu, Button, CardAction, CardType, EmphasisContent, HorizontalContent, Jump, MainTitle,
    MenuAction, QuoteArea, Source, TemplateCard, TextLimits,
};
pub use question::{Checkbox, Choice, SelectList, SelectOption, SubmitButton};

/// Most userids in one `touser`, and in `userids` of an update (reference 4.1, 4.3).
pub const TOUSER_MAX: usize = 1000;
/// Text of an app message; more is cut by the platform (reference 4.1).
pub const TEXT_MAX_BYTES: usize = 2048;
/// Markdown of an app message (reference 4.1).
pub const MARKDOWN_MAX_BYTES: usize = 2048;
/// Text of a group webhook message (reference 5.2).
pub const WEBHOOK_TEXT_MAX_BYTES: usize = 2048;
/// Markdown of a group webhook message; more is refused with 40058 (reference 5.2).
pub const WEBHOOK_MARKDOWN_MAX_BYTES: usize = 4096;
/// Longest `duplicate_check_interval`, in seconds (reference 4.1).
pub const DUPLICATE_CHECK_MAX_S: u32 = 14_400;

/// `POST /cgi-bin/message/send` (reference 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// Userids joined by `|`, at most [`TOUSER_MAX`], or `@all`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub touser: String,
    /// Department ids joined by `|`, at most 100.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub toparty: String,
    /// Tag ids joined by `|`, at most 100.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub totag: String,
    /// The app that speaks; must be the one the token belongs to (else 301002).
    pub agentid: i64,
    /// The message itself; its tag is `msgtype`.
    #[serde(flatten)]
    pub message: Message,
    /// 0 may be shared, 1 may not. Not for markdown and cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe: Option<u8>,
    /// 1 expands `$userName=…$` and its like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_id_trans: Option<u8>,
    /// 1: the same JSON within the interval is accepted and not delivered again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_duplicate_check: Option<u8>,
    /// Seconds, at most [`DUPLICATE_CHECK_MAX_S`]; the platform's default is 1800.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_check_interval: Option<u32>,
}

impl Send {
    /// A message to one member or several (`a|b`) with the duplicate check at its longest, which makes the same
    /// bytes safe to send again for four hours.
    pub fn to_user(touser: impl Into<String>, agentid: i64, message: Message) -> Self {
        Self {
            touser: touser.into(),
            toparty: String::new(),
            totag: String::new(),
            agentid,
            message,
            safe: None,
            enable_id_trans: None,
            enable_duplicate_check: Some(1),
            duplicate_check_interval: Some(DUPLICATE_CHECK_MAX_S),
        }
    }
}

/// The kinds of app message we send (reference 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "msgtype", rename_all = "snake_case")]
pub enum Message {
    /// Plain text with `\n` and `<a href>`; at most [`TEXT_MAX_BYTES`].
    Text {
        /// The text.
        text: Content,
    },
    /// The app subset of markdown; at most [`MARKDOWN_MAX_BYTES`].
    Markdown {
        /// The markdown.
        markdown: Content,
    },
    /// A picture that was uploaded.
    Image {
        /// Which.
        image: Uploaded,
    },
    /// A file that was uploaded.
    File {
        /// Which.
        file: Uploaded,
    },
    /// A card with facts, links and buttons.
    TemplateCard {
        /// The card.
        template_card: Box<TemplateCard>,
    },
}

/// What was uploaded (reference 7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Good for three days.
    pub media_id: String,
}

impl Message {
    /// A plain text.
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text { text: Content { content: content.into() } }
    }

    /// A markdown text.
    pub fn markdown(content: impl Into<String>) -> Self {
        Self::Markdown { markdown: Content { content: content.into() } }
    }

    /// A picture or a file that was uploaded.
    pub fn media(picture: bool, media_id: String) -> Self {
        let uploaded = Uploaded { media_id };
        if picture { Self::Image { image: uploaded } } else { Self::File { file: uploaded } }
    }

    /// A card.
    pub fn card(card: TemplateCard) -> Self {
        Self::TemplateCard { template_card: Box::new(card) }
    }
}

/// `{"content": …}` of text and markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The words, raw UTF-8.
    pub content: String,
}

/// The answer to `message/send` (reference 4.1). A send whose recipients are partly invalid still succeeds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendAnswer {
    /// 0 is success.
    #[serde(default)]
    pub errcode: i64,
    /// For people; branch on `errcode` only.
    #[serde(default)]
    pub errmsg: String,
    /// Userids that did not get it, lower-cased, joined by `|`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invaliduser: String,
    /// Departments that did not get it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invalidparty: String,
    /// Tags that did not get it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invalidtag: String,
    /// Userids without a base-interface licence, joined by `|`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unlicenseduser: String,
    /// The handle for recall.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub msgid: String,
    /// The one key to one update of the card, 72 hours.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub response_code: String,
}

/// `POST /cgi-bin/message/update_template_card` (reference 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateCard {
    /// Whose card changes, at most [`TOUSER_MAX`]; empty with `atall`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userids: Vec<String>,
    /// 1: the card of every recipient changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atall: Option<u8>,
    /// The app that sent the card (else 42015).
    pub agentid: i64,
    /// From the send or from a click; one call each, 72 hours (else 60140).
    pub response_code: String,
    /// 1 expands `$userName=…$` and its like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_id_trans: Option<u8>,
    /// What it becomes.
    #[serde(flatten)]
    pub change: CardChange,
}

/// What an update makes of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CardChange {
    /// The buttons turn into one grey one (interaction cards only).
    Button {
        /// Its text.
        button: ReplaceName,
    },
    /// A whole new card of any type, without `task_id`.
    Card {
        /// The card.
        template_card: Box<TemplateCard>,
    },
}

/// `{"replace_name": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceName {
    /// The grey button's text.
    pub replace_name: String,
}

/// The answer to an update; `invaliduser` is an array here, unlike [`SendAnswer`] (reference 4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateAnswer {
    /// 0 is success.
    #[serde(default)]
    pub errcode: i64,
    /// For people.
    #[serde(default)]
    pub errmsg: String,
    /// Userids whose card did not change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invaliduser: Vec<String>,
}

/// `POST /cgi-bin/webhook/send?key=` (reference 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "msgtype", rename_all = "snake_case")]
pub enum WebhookMessage {
    /// Plain text; at most [`WEBHOOK_TEXT_MAX_BYTES`].
    Text {
        /// The text and whom it calls.
        text: WebhookText,
    },
    /// Markdown, `<@userid>` calls a member; at most [`WEBHOOK_MARKDOWN_MAX_BYTES`].
    Markdown {
        /// The markdown.
        markdown: Content,
    },
    /// A file that was uploaded for this webhook, which takes no picture by its id.
    File {
        /// Which.
        file: Uploaded,
    },
}

/// A webhook's text (reference 5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookText {
    /// The words.
    pub content: String,
    /// Userids called, or `@all`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned_list: Vec<String>,
    /// Phone numbers called, or `@all`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned_mobile_list: Vec<String>,
}

/// The least that every answer has: webhook, update, errors (reference 0).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// 0 is success.
    #[serde(default)]
    pub errcode: i64,
    /// For people.
    #[serde(default)]
    pub errmsg: String,
}

/// The answer to `GET /cgi-bin/gettoken` (reference 3.1). No `Debug`: it is a secret.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// 0 is success.
    #[serde(default)]
    pub errcode: i64,
    /// For people.
    #[serde(default)]
    pub errmsg: String,
    /// Up to 512 bytes and more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub access_token: String,
    /// Seconds, 7200.
    #[serde(default)]
    pub expires_in: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn documented_send_reads_and_writes_back_the_same() {
        let wire = json!({"touser":"zhangsan","msgtype":"template_card","agentid":1000002,"template_card":{
            "card_type":"text_notice","main_title":{"title":"今日待跟进 3 家"},
            "emphasis_content":{"title":"3","desc":"到期客户"},
            "horizontal_content_list":[{"keyname":"客户","value":"A 公司"},
                {"keyname":"负责人","type":3,"value":"查看","userid":"zhangsan"}],
            "jump_list":[{"type":1,"title":"打开 CRM","url":"https://crm.example"}],
            "card_action":{"type":1,"url":"https://crm.example"},
            "action_menu":{"desc":"更多","action_list":[{"text":"今天不再提醒","key":"mute_today"}]},
            "task_id":"fu_20260101_1"}});
        let send: Send = from_value(wire.clone()).unwrap();
        assert_eq!(to_value(&send).unwrap(), wire);
    }

    #[test]
    fn documented_updates_read_and_write_back_the_same() {
        for wire in [
            json!({"userids":["zhangsan"],"agentid":1000002,"response_code":"RC","button":{"replace_name":"已联系"}}),
            json!({"atall":1,"agentid":1000002,"response_code":"RC","enable_id_trans":0,"template_card":{
                "card_type":"text_notice","main_title":{"title":"已记录"},
                "card_action":{"type":1,"url":"https://crm.example/c/42"}}}),
        ] {
            let update: UpdateCard = from_value(wire.clone()).unwrap();
            assert_eq!(to_value(&update).unwrap(), wire);
        }
    }

    #[test]
    fn text_to_a_member_asks_for_the_duplicate_check() {
        let send = Send::to_user("zhangsan", 1_000_002, Message::text("跟进提醒"));
        assert_eq!(
            to_value(send).unwrap(),
            json!({"touser":"zhangsan","agentid":1000002,"msgtype":"text","text":{"content":"跟进提醒"},
                "enable_duplicate_check":1,"duplicate_check_interval":14400})
        );
    }

    #[test]
    fn webhook_text_leaves_empty_mention_lists_out() {
        let message =
            WebhookMessage::Text { text: WebhookText { content: "hi".into(), ..Default::default() } };
        assert_eq!(to_value(message).unwrap(), json!({"msgtype":"text","text":{"content":"hi"}}));
    }
}
