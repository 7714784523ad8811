//! What lies in a chat, and what goes out as a callback. Plain records; `world` keeps them, `view` draws them.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::setup::Platform;

/// One chat: a person with the bot, or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ChatKey {
    /// Whose chat it is.
    pub platform: Platform,
    /// Whether `id` names a group.
    pub group: bool,
    /// The user's or the group's id.
    pub id: String,
}

impl ChatKey {
    /// The chat of `user` with the bot.
    pub fn person(platform: Platform, user: &str) -> Self {
        Self { platform, group: false, id: user.to_owned() }
    }

    /// A group chat.
    pub fn group(platform: Platform, id: &str) -> Self {
        Self { platform, group: true, id: id.to_owned() }
    }
}

impl fmt::Display for ChatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.group { "group" } else { "user" };
        write!(f, "{}/{kind}/{}", self.platform, self.id)
    }
}

impl From<ChatKey> for String {
    fn from(key: ChatKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for ChatKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const BAD: &str = "a chat key reads platform/kind/id";
        let (platform, rest) = text.split_once('/').ok_or(BAD)?;
        let (kind, id) = rest.split_once('/').ok_or(BAD)?;
        let group = match kind {
            "group" => true,
            "user" => false,
            _ => return Err(BAD),
        };
        Ok(Self { platform: platform.parse().map_err(|()| BAD)?, group, id: id.to_owned() })
    }
}

/// One message in a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Unique in the world; shown as `m-12`.
    pub id: u64,
    /// Who wrote it; `None` is the bot.
    pub user: Option<String>,
    /// What it says.
    pub body: Body,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: Option<DateTime<Utc>>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Plain text.
    Text(String),
    /// Markdown in the platform's dialect.
    Markdown {
        /// Shown in the list of chats; empty on 企业微信.
        title: String,
        /// The markdown.
        text: String,
    },
    /// A 企业微信 template card, as it was sent.
    Wecom(WecomCard),
    /// A 钉钉 interactive card; its content is the world's [`Track`].
    Dingtalk {
        /// Which card.
        out_track_id: String,
    },
    /// Title, text and buttons that open links: 钉钉 action cards, 企业微信 text cards.
    Links {
        /// `action_card`, `link` or `news`.
        kind: LinkKind,
        /// The title.
        title: String,
        /// The text, Markdown in action cards.
        text: String,
        /// What opens.
        buttons: Vec<LinkButton>,
        /// Whether the buttons stand side by side.
        horizontal: bool,
    },
    /// A picture: address or media id.
    Image(String),
    /// A file by its name.
    File(String),
    /// A file that the bot sent, which the page opens.
    Document {
        /// Its name.
        name: String,
        /// Where the page finds it.
        path: String,
    },
    /// A grey line of the platform's own.
    Notice(String),
}

/// Which of the forms with links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// 钉钉 action card, 企业微信 text card.
    ActionCard,
    /// 钉钉 link.
    Link,
    /// Articles of either.
    News,
}

/// A button that opens a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkButton {
    /// Its label.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

/// A template card in one person's chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WecomCard {
    /// The card's JSON.
    pub card: Value,
    /// The `task_id` that it was sent with; a replaced card keeps it.
    pub task_id: Option<String>,
    /// The text on the greyed button, once there is one.
    pub replaced: Option<String>,
}

/// A 钉钉 card: one for all that see it, with values of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// The card's template.
    pub template: String,
    /// `STREAM`, `HTTP`, or none: then taps reach nobody.
    pub callback_type: Option<String>,
    /// Which registered callback, for `HTTP`.
    pub route: Option<String>,
    /// The values that all see.
    pub params: BTreeMap<String, String>,
    /// Values by viewer.
    pub private: BTreeMap<String, BTreeMap<String, String>>,
    /// Where it lies.
    pub cards: Vec<CardRef>,
}

/// Where a card lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRef {
    /// The chat.
    pub chat: ChatKey,
    /// The message in it.
    pub message: u64,
}

/// A callback to the service that has to go out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Push {
    /// The same at each attempt; message ids are made from it.
    pub id: u64,
    /// Who spoke or tapped.
    pub user: String,
    /// Where.
    pub chat: ChatKey,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Heard,
}

/// What a callback tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// A text, as it was typed.
    Said(String),
    /// A picture or a file, perhaps with words.
    Sent {
        /// Its id.
        file: String,
        /// Whether it is a picture.
        picture: bool,
        /// A file's name.
        name: Option<String>,
        /// What was typed with it; empty for nothing.
        text: String,
    },
    /// A button of a 企业微信 card.
    WecomTap {
        /// The key of the button or the menu's entry.
        key: String,
        /// Whether it is of the menu.
        menu: bool,
        /// The card's `task_id`.
        task_id: String,
        /// The card's type.
        card_type: String,
        /// The code that this tap brings.
        response_code: String,
        /// What was chosen, by question.
        selected: BTreeMap<String, Vec<String>>,
    },
    /// A button of a 钉钉 card.
    DingtalkTap {
        /// Which card.
        out_track_id: String,
        /// The button's id.
        action: String,
        /// The parameters of the button, and what was filled in.
        params: Value,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_key_survives_its_text_form() {
        for key in
            [ChatKey::person(Platform::Wecom, "zhangsan"), ChatKey::group(Platform::Dingtalk, "cid/a+b==")]
        {
            assert_eq!(ChatKey::try_from(key.to_string()), Ok(key));
        }
        assert!(ChatKey::try_from("wecom/who".to_owned()).is_err());
    }
}
