//! A message on its way out: what the outbox sends, and what is known of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{CardFace, Identity, Ranking, Session};
use crate::sales::{AppKey, Blob, CardId, MaterialKey, MediaId, RowId};

/// One message on its way out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Its number.
    pub id: RowId,
    /// The app that sends it.
    pub app: AppKey,
    /// Whom it goes to.
    pub to: Recipient,
    /// What it says.
    pub says: Saying,
    /// The template folder's hash it was made under, so that its bytes can be made again.
    pub templates: Box<str>,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// After this it is of no use.
    pub useful_until: DateTime<Utc>,
    /// Whether it may wait behind those that answer somebody.
    #[serde(default)]
    pub bulk: bool,
    /// The event it came of.
    pub cause: Identity,
    /// A row that must be delivered first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RowId>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// Where it stands.
    pub state: RowState,
}

/// Where a message goes. With the app it is the lane: one row of a lane is out at a time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A person's own chat with the bot.
    Person {
        /// The platform's user id.
        user: Box<str>,
    },
    /// A group, through a robot's webhook (a key of `apps.toml`).
    Robot {
        /// The key.
        key: Box<str>,
    },
    /// A WeCom group of the app's own, for a team.
    AppChat {
        /// The team's key.
        team: Box<str>,
    },
    /// A DingTalk group, by `openConversationId`.
    Group {
        /// The id.
        id: Box<str>,
    },
    /// Nobody: a picture or a file comes to us. Each is a lane of its own.
    Ourselves {
        /// Which.
        media: MediaId,
    },
    /// Nobody: an order of scripts comes to us. Each question is a lane of its own.
    Ranking {
        /// Its number.
        n: u64,
    },
}

/// What a row says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// A message from a template.
    Message {
        /// The template.
        template: Box<str>,
        /// Its variables.
        vars: serde_json::Value,
        /// The card it becomes, when it has buttons.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<CardId>,
        /// DingTalk's reply address, while it lives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<Session>,
    },
    /// A new face for a card that is out.
    Update {
        /// The face.
        face: CardFace,
        /// WeCom's one-use code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Box<str>>,
    },
    /// A picture or a file that we keep.
    Media {
        /// Which.
        media: MediaId,
        /// Its bytes.
        blob: Blob,
        /// What recipients read: 报价单.pdf
        name: Box<str>,
    },
    /// A material's own document, as it lies in the admin's folder when it is sent.
    Document {
        /// Which.
        material: MaterialKey,
    },
    /// Nothing: a picture or a file is to be fetched.
    Fetch {
        /// Which.
        media: MediaId,
        /// What it is fetched by.
        code: Box<str>,
    },
    /// Nothing: scripts are to be ranked.
    Rank {
        /// The question.
        ranking: Box<Ranking>,
    },
}

/// Where a row stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// To be sent, from this instant on.
    Ready {
        /// When.
        from: DateTime<Utc>,
    },
    /// Handed out, by a call that might say it twice if it were made again. The mark is durable before the call, so a
    /// process that ends at either side of the call leaves the same: such a row is in doubt at the next start.
    Out,
    /// Restored from a backup: it may have been said long ago, so a person lets it go.
    Held,
    /// Refused for good; a person must look.
    Parked {
        /// Why.
        why: Box<str>,
    },
}

impl Row {
    /// What must stay in order.
    pub fn lane(&self) -> (&AppKey, &Recipient) {
        (&self.app, &self.to)
    }

    /// Whether sending it again says nothing twice: cards carry our own id, WeCom drops an identical request and
    /// DingTalk's custom robots a repeated `msgUuid`.
    pub fn is_idempotent(&self, platform: crate::sales::Platform) -> bool {
        use crate::sales::Platform::{DingTalk, WeCom};
        match (&self.says, &self.to, platform) {
            (
                Saying::Update { .. }
                | Saying::Message { card: Some(_), .. }
                | Saying::Fetch { .. }
                | Saying::Rank { .. },
                _,
                _,
            ) => true,
            (Saying::Message { .. }, Recipient::Robot { .. }, DingTalk) => true,
            (
                Saying::Message { .. } | Saying::Media { .. } | Saying::Document { .. },
                _,
                WeCom | DingTalk,
            ) => false,
        }
    }
}
