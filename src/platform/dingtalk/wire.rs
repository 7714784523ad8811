//! What we send to DingTalk's two HTTP APIs and what they answer, field for field in the platform's spelling.
//!
//! `messages` fills these structs, `api` posts them, the simulator reads them with its own strictness.
//! A list or option that is empty is left out, so a value read back and written again is the same JSON. Unknown
//! fields of an answer are ignored, since the platform adds some without notice (reference 0.3). The `*_MAX`
//! constants are the documented limits, `_BYTES` in UTF-8 bytes.

mod card;

use serde::{Deserialize, Deserializer, Serialize};

pub use card::{
    CallbackType, CardAnswer, CardData, CardParams, CardReply, CardUpdateOptions, CreateCard, DeliverResult,
    Delivered, GroupDeliver, I18n, MARKDOWN_BUTTONS_TEMPLATE, MsgButton, Notification, RegisterCallback,
    Registered, RobotDeliver, SpaceModel, UpdateCard, group_space, robot_space, sys_full_json_obj,
};

/// Most userIds in one `batchSend` (reference 5.1).
pub const USER_IDS_MAX: usize = 20;
/// Longest `msgParam`; stated for groups, taken for persons too (reference 5.1).
pub const MSG_PARAM_MAX_BYTES: usize = 15_000;
/// Body of a webhook or session message: widely used figure (reference 6).
pub const WEBHOOK_MAX_BYTES: usize = 20_000;
/// Most people called (@) in one webhook message (reference 5.4).
pub const AT_MAX: usize = 50;

/// A message to a person or group through the robot: `msgKey` and `msgParam` (reference 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RobotMessage {
    /// Plain text.
    SampleText {
        /// The words.
        content: String,
    },
    /// Markdown; the title is what the conversation list and the push show.
    SampleMarkdown {
        /// Never empty.
        title: String,
        /// The markdown; no @ here.
        text: String,
    },
    /// A picture.
    SampleImageMsg {
        /// Its `media_id`, with its prefix, or an https address.
        photo_url: String,
    },
    /// A file.
    SampleFile {
        /// Its `media_id`, with its prefix.
        media_id: String,
        /// What recipients read.
        file_name: String,
        /// One of [`FILE_TYPES`].
        file_type: String,
    },
}

/// The files that a robot can send (reference 5.3).
pub const FILE_TYPES: [&str; 6] = ["xlsx", "pdf", "zip", "rar", "doc", "docx"];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SampleFile {
    media_id: String,
    file_name: String,
    file_type: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleImageMsg {
    #[serde(rename = "photoURL")]
    photo_url: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleText {
    content: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleMarkdown {
    title: String,
    text: String,
}

impl RobotMessage {
    /// The `msgKey`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::SampleText { .. } => "sampleText",
            Self::SampleMarkdown { .. } => "sampleMarkdown",
            Self::SampleImageMsg { .. } => "sampleImageMsg",
            Self::SampleFile { .. } => "sampleFile",
        }
    }

    /// The `msgParam`: a JSON object as a string.
    pub fn param(&self) -> String {
        match self {
            Self::SampleText { content } => serde_json::json!({ "content": content }),
            Self::SampleMarkdown { title, text } => serde_json::json!({ "title": title, "text": text }),
            Self::SampleImageMsg { photo_url } => serde_json::json!({ "photoURL": photo_url }),
            Self::SampleFile { media_id, file_name, file_type } => {
                serde_json::json!({ "mediaId": media_id, "fileName": file_name, "fileType": file_type })
            }
        }
        .to_string()
    }

    /// The message that `key` and `param` say; `None` when the key is unknown or the object has not exactly its
    /// keys with string values.
    pub fn parse(key: &str, param: &str) -> Option<Self> {
        match key {
            "sampleText" => {
                let SampleText { content } = serde_json::from_str(param).ok()?;
                Some(Self::SampleText { content })
            }
            "sampleMarkdown" => {
                let SampleMarkdown { title, text } = serde_json::from_str(param).ok()?;
                Some(Self::SampleMarkdown { title, text })
            }
            "sampleImageMsg" => {
                let SampleImageMsg { photo_url } = serde_json::from_str(param).ok()?;
                Some(Self::SampleImageMsg { photo_url })
            }
            "sampleFile" => {
                let SampleFile { media_id, file_name, file_type } = serde_json::from_str(param).ok()?;
                Some(Self::SampleFile { media_id, file_name, file_type })
            }
            _ => None,
        }
    }
}

/// `POST /v1.0/robot/oToMessages/batchSend` (reference 5.1). Not idempotent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchSend {
    /// The robot that speaks; for internal robots the appKey.
    pub robot_code: String,
    /// 1 to [`USER_IDS_MAX`].
    pub user_ids: Vec<String>,
    /// See [`RobotMessage::key`].
    pub msg_key: String,
    /// See [`RobotMessage::param`]; at most [`MSG_PARAM_MAX_BYTES`].
    pub msg_param: String,
}

/// The answer to `batchSend`: HTTP 200 also when some did not get it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BatchSendAnswer {
    /// The handle for recall and read status.
    pub process_query_key: String,
    /// Unknown people, or outside the app's range.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invalid_staff_id_list: Vec<String>,
    /// People who get too many messages just now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flow_controlled_staff_id_list: Vec<String>,
    /// In the models only; meaning not documented.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filtered_staff_id_list: Vec<String>,
}

/// `POST /v1.0/robot/groupMessages/send` (reference 5.2). Not idempotent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSend {
    /// The robot that speaks; must be in the group.
    pub robot_code: String,
    /// `cid…==`, case-sensitive.
    pub open_conversation_id: String,
    /// See [`RobotMessage::key`].
    pub msg_key: String,
    /// See [`RobotMessage::param`]; at most [`MSG_PARAM_MAX_BYTES`].
    pub msg_param: String,
}

/// The answer to a group send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupSendAnswer {
    /// The handle for recall and read status.
    pub process_query_key: String,
}

/// A message to a sessionWebhook or to `/robot/send` (reference 5.4, 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookMessage {
    /// The message itself; its tag is `msgtype`.
    #[serde(flatten)]
    pub body: WebhookBody,
    /// Who is called; their `@id` must stand in the words too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Idempotency key of `/robot/send`: the same on each retry. Ignored by sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_uuid: Option<String>,
}

impl WebhookMessage {
    /// Plain text that calls nobody.
    pub fn text(content: impl Into<String>) -> Self {
        Self { body: WebhookBody::Text { text: Text { content: content.into() } }, at: None, msg_uuid: None }
    }

    /// Markdown that calls nobody.
    pub fn markdown(title: impl Into<String>, text: impl Into<String>) -> Self {
        let markdown = Markdown { title: title.into(), text: text.into() };
        Self { body: WebhookBody::Markdown { markdown }, at: None, msg_uuid: None }
    }
}

/// The kinds of webhook message we send (reference 5.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "msgtype", rename_all = "camelCase")]
pub enum WebhookBody {
    /// Plain text.
    Text {
        /// The text.
        text: Text,
    },
    /// Markdown.
    Markdown {
        /// The markdown.
        markdown: Markdown,
    },
    /// Markdown with buttons that open pages; no callback.
    #[serde(rename_all = "camelCase")]
    ActionCard {
        /// The card.
        action_card: ActionCard,
    },
}

/// `{"content": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The words.
    pub content: String,
}

/// Title for the list and the push, and the markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Markdown {
    /// Never empty.
    pub title: String,
    /// The markdown.
    pub text: String,
}

/// Markdown with links as buttons (reference 5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionCard {
    /// Never empty.
    pub title: String,
    /// The markdown.
    pub text: String,
    /// `"0"` buttons one below the other, `"1"` side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub btn_orientation: Option<String>,
    /// The buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub btns: Vec<LinkButton>,
    /// Instead of `btns`: one title for the whole card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_title: Option<String>,
    /// Where the whole card leads.
    #[serde(rename = "singleURL", default, skip_serializing_if = "Option::is_none")]
    pub single_url: Option<String>,
}

/// A button that opens a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkButton {
    /// Its words.
    pub title: String,
    /// Its page, or a `dtmd://` text.
    #[serde(rename = "actionURL")]
    pub action_url: String,
}

/// Who is called in a group, at most [`AT_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct At {
    /// By userId.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_user_ids: Vec<String>,
    /// By phone number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_mobiles: Vec<String>,
    /// Everyone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_at_all: bool,
}

/// The answer of the old host, also to sessions and webhooks (reference 0.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OldAnswer {
    /// 0 is success; comes as number or, in some documents, as string.
    #[serde(deserialize_with = "number_or_text")]
    pub errcode: i64,
    /// For people; may hide `subcode=…` in brackets.
    pub errmsg: String,
    /// The real reason beside errcode 88 and some 40xxx.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sub_code: String,
    /// Its text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sub_msg: String,
}

/// The failure of the new host: HTTP 4xx or 5xx (reference 0.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewFailure {
    /// Branch on this, never on the status alone.
    pub code: String,
    /// For people.
    pub message: String,
    /// For a support case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub requestid: String,
    /// Beside a missing permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accessdenieddetail: Option<AccessDenied>,
}

/// Which permissions are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessDenied {
    /// Their names on the permission page.
    pub required_scopes: Vec<String>,
}

/// `POST /v1.0/oauth2/accessToken` (reference 1.1). No `Debug`: it holds a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    /// The app.
    pub app_key: String,
    /// Its secret.
    pub app_secret: String,
}

/// Its answer. No `Debug`: it is a secret.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenAnswer {
    /// One token for both hosts.
    pub access_token: String,
    /// Seconds, 7200.
    pub expire_in: i64,
}

fn number_or_text<'de, D: Deserializer<'de>>(wire: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Either::deserialize(wire)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn msg_param_is_a_json_string_that_reads_back() {
        let message = RobotMessage::SampleMarkdown {
            title: "今日待办".into(),
            text: "### 今日待办\n- A".into(),
        };
        assert_eq!(message.key(), "sampleMarkdown");
        assert_eq!(RobotMessage::parse(message.key(), &message.param()), Some(message));
        assert_eq!(RobotMessage::parse("sampleText", r#"{"content":"a","extra":"b"}"#), None);
        assert_eq!(RobotMessage::parse("sampleText", r#"{"content":1}"#), None);
    }

    #[test]
    fn webhook_bodies_read_and_write_back_the_same() {
        for wire in [
            json!({"msgtype":"text","text":{"content":"… @zhangsan"},"at":{"atUserIds":["zhangsan"]},"msgUuid":"u1"}),
            json!({"msgtype":"markdown","markdown":{"title":"日报","text":"… @all"},"at":{"isAtAll":true}}),
            json!({"msgtype":"actionCard","actionCard":{"title":"日报","text":"…","btnOrientation":"1",
                "btns":[{"title":"打开","actionURL":"https://crm.example"}]}}),
            json!({"msgtype":"actionCard","actionCard":{"title":"日报","text":"…","singleTitle":"打开",
                "singleURL":"https://crm.example"}}),
        ] {
            let message: WebhookMessage = from_value(wire.clone()).unwrap();
            assert_eq!(to_value(&message).unwrap(), wire);
        }
    }

    #[test]
    fn errcode_is_read_from_number_and_from_text() {
        for wire in [json!({"errcode":130101,"errmsg":"x"}), json!({"errcode":"130101","errmsg":"x"})] {
            assert_eq!(from_value::<OldAnswer>(wire).unwrap().errcode, 130_101);
        }
    }
}
