//! The one right call for a row: its template is rendered, filled into the platform's best form, and sent. One attempt
//! a call; what follows from a failure is the rule of `retry`.

mod dingtalk;
mod fetch;
mod media;
mod rank;
mod wecom;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::Value;

use super::{Carrier, Receipt};
use crate::event::CardFace;
use crate::messages::{Message, OnDoubt, RenderError, Templates, resolve};
use crate::platform::dingtalk::api::DingTalk;
use crate::platform::error::DeliverError;
use crate::platform::wecom::api::{AppChat, WeCom};
use crate::sales::{AppKey, Platform};
use crate::state::{Row, Saying};
use dingtalk::Speaker;
use media::media_dingtalk;
pub use rank::Meanings;

/// Finds the templates of a version; the current ones where that version is not kept.
pub type FindTemplates = Arc<dyn Fn(&str) -> Arc<Templates> + Send + Sync>;
/// Makes `material://KEY` and `page://PURPOSE/SUBJECT` an address that the row's recipient can open.
pub type Link = Arc<dyn Fn(&str, &Row) -> Option<String> + Send + Sync>;

/// Keeps bytes durably and gives their name.
pub type Keep = Arc<dyn Fn(&[u8]) -> std::io::Result<String> + Send + Sync>;

/// Gives bytes that are kept, by their name.
pub type Give = Arc<dyn Fn(&str) -> std::io::Result<Vec<u8>> + Send + Sync>;

/// Gives a material's own document, by its key; nothing when it has none any more.
pub type FindDocument = Arc<dyn Fn(&str) -> std::io::Result<Option<Document>> + Send + Sync>;

/// Gives a team's own WeCom group as it shall be, by the team's key; nothing when it has none any more.
pub type FindChat = Arc<dyn Fn(&str) -> Option<AppChat> + Send + Sync>;

/// A document of the admin's folder.
pub struct Document {
    /// What recipients read: 竞品对比表.pdf
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Sends rows of one workspace.
pub struct Courier {
    /// The apps that speak.
    pub apps: BTreeMap<AppKey, App>,
    /// Group robots, by their key in `apps.toml`.
    pub robots: BTreeMap<Box<str>, Robot>,
    /// The templates by version.
    pub templates: FindTemplates,
    /// Links to pages of ours.
    pub link: Link,
    /// Where fetched pictures and files are kept.
    pub keep: Keep,
    /// Gives pictures and files that are kept.
    pub give: Give,
    /// What ranks scripts by meaning, where one is configured.
    pub meanings: Option<Meanings>,
    /// Gives materials' own documents.
    pub document: FindDocument,
    /// Gives teams' own groups.
    pub chat: FindChat,
    /// The store's epoch, in every name that is shown outside.
    pub epoch: Arc<AtomicU64>,
}

/// An app that speaks.
pub enum App {
    /// A WeCom app.
    WeCom(WeCom),
    /// A DingTalk robot.
    DingTalk {
        /// Its calls.
        api: DingTalk,
        /// `robotCode`
        robot_code: String,
        /// The card template's id.
        card_template: String,
        /// The name its card callbacks are registered under.
        route_key: String,
    },
}

/// A group robot.
pub struct Robot {
    /// The webhook's key or token.
    pub webhook: SecretString,
    /// DingTalk's signing secret.
    pub secret: Option<SecretString>,
}

/// Why a row could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The platform's answer.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// The message cannot be made.
    #[error("the message cannot be made: {0}")]
    Render(#[from] RenderError),
    /// `apps.toml` has no such app or robot any more.
    #[error("apps.toml has no `{0}` any more: put it back, or forget the row by `genjin parked release`")]
    NoApp(String),
    /// WeCom's apps say nothing in groups but through a group robot (reference/wecom.md 5).
    #[error("a WeCom app cannot speak in a group: name the group's robot in apps.toml")]
    NoGroups,
    /// DingTalk's group robots carry words alone (reference/dingtalk.md 5.4).
    #[error("a DingTalk group robot sends no pictures and files")]
    NoFiles,
    /// The team has no group of its own any more, or nobody of it is in WeCom.
    #[error(
        "team `{0}` has no WeCom group of its own: people.toml says wecom_chat, and two members with WeCom ids?"
    )]
    NoChat(String),
    /// The material has no document any more.
    #[error(
        "materials.toml has no file for `{0}` any more: name one, or forget the row by `genjin parked release`"
    )]
    NoDocument(String),
    /// A fetched file could not be written.
    #[error("a fetched file could not be kept: {0}")]
    Disk(std::io::Error),
    /// A kept file is not there any more, or holds other bytes.
    #[error("a kept file could not be read: {0}")]
    Gone(std::io::Error),
    /// A WeCom card can be changed by a code alone, and there is none.
    #[error("there is no code to change the card by")]
    NoCode,
}

impl Carrier for Courier {
    fn platform(&self, row: &Row) -> Option<Platform> {
        self.apps.get(&row.app).map(|app| match app {
            App::WeCom(_) => Platform::WeCom,
            App::DingTalk { .. } => Platform::DingTalk,
        })
    }

    fn resends(&self, row: &Row) -> bool {
        let Saying::Message { template, .. } = &row.says else { return true };
        let templates = (self.templates)(&row.templates);
        templates.get(template).is_none_or(|template| template.head.on_doubt == OnDoubt::Resend)
    }

    async fn deliver(&self, row: &Row, now: DateTime<Utc>) -> Result<Receipt, CourierError> {
        let app = self.apps.get(&row.app).ok_or_else(|| CourierError::NoApp(row.app.to_string()))?;
        match app {
            App::WeCom(api) => match &row.says {
                Saying::Message { template, vars, card, .. } => {
                    let message = self.render(row, template, vars, Platform::WeCom)?;
                    self.send_wecom(api, row, &message, *card).await
                }
                Saying::Media { blob, name, .. } => {
                    let file = self.kept(blob, name)?;
                    self.media_wecom(api, row, &file).await
                }
                Saying::Document { material } => {
                    let file = self.document(material)?;
                    self.media_wecom(api, row, &file).await
                }
                Saying::Update { face, code } => self.update_wecom(api, row, face, code.as_deref()).await,
                Saying::Fetch { code, .. } => {
                    self.fetched(api.fetch_media(code, fetch::MAX_BYTES).await?).await
                }
                Saying::Rank { ranking } => self.ranked(ranking).await,
            },
            App::DingTalk { api, robot_code, card_template, route_key } => match &row.says {
                Saying::Message { template, vars, card, session } => {
                    let message = self.render(row, template, vars, Platform::DingTalk)?;
                    let speaker = Speaker { api, robot_code, card_template, route_key };
                    let session = session.as_ref().filter(|session| dingtalk::lives(session, now));
                    let by_robot = self.send_dingtalk(&speaker, row, &message, *card, session).await;
                    dingtalk::or_by_notice(api, row, &message, by_robot).await
                }
                Saying::Media { blob, name, .. } => {
                    let file = self.kept(blob, name)?;
                    media_dingtalk(api, row, &file).await
                }
                Saying::Document { material } => {
                    let file = self.document(material)?;
                    media_dingtalk(api, row, &file).await
                }
                Saying::Update { face, .. } => self.update_dingtalk(api, row, face).await,
                Saying::Fetch { code, .. } => {
                    self.fetched(api.fetch_media(code, fetch::MAX_BYTES).await?).await
                }
                Saying::Rank { ranking } => self.ranked(ranking).await,
            },
        }
    }
}

impl Courier {
    /// The store's epoch as it is now.
    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    fn render(
        &self,
        row: &Row,
        template: &str,
        vars: &Value,
        platform: Platform,
    ) -> Result<Message, RenderError> {
        let mut vars = vars.clone();
        resolve(&mut vars, &|page| (self.link)(page, row));
        (self.templates)(&row.templates).render(template, &vars, platform)
    }

    /// A card's new face; with its end in place of the buttons, if it has one.
    fn face(&self, row: &Row, face: &CardFace, platform: Platform) -> Result<Message, RenderError> {
        let message = self.render(row, &face.template, &face.vars, platform)?;
        Ok(match &face.done {
            Some(done) => message.with_done(&**done),
            None => message,
        })
    }

    fn robot(&self, key: &str) -> Result<&Robot, CourierError> {
        self.robots.get(key).ok_or_else(|| CourierError::NoApp(key.to_owned()))
    }
}
