//! The one right call for a row: its template is rendered, filled into the platform's best form, and sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::event::CardFace;
use crate::messages::{Message, RenderError, Templates, forms};
use crate::platform::dingtalk::api::DingTalk;
use crate::platform::dingtalk::wire as ding;
use crate::platform::error::DeliverError;
use crate::platform::wecom::api::WeCom;
use crate::platform::wecom::wire as work;
use crate::sales::{AppKey, CardId, Platform};
use crate::state::{Recipient, Row, Saying};

/// A reply address is not used in its last two minutes.
const SESSION_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// Finds the templates of a version; the current ones where that version is not kept.
pub type FindTemplates = Arc<dyn Fn(&str) -> Arc<Templates> + Send + Sync>;
/// Makes `material://KEY` an address that the row's recipient can open.
pub type Link = Arc<dyn Fn(&str, &Row) -> Option<String> + Send + Sync>;

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
    /// The store's epoch, in every name that is shown outside.
    pub epoch: u64,
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
}

impl App {
    fn platform(&self) -> Platform {
        match self {
            Self::WeCom(_) => Platform::WeCom,
            Self::DingTalk { .. } => Platform::DingTalk,
        }
    }
}

impl Courier {
    /// The platform that sends a row.
    pub fn platform(&self, row: &Row) -> Option<Platform> {
        self.apps.get(&row.app).map(App::platform)
    }

    /// Whether a call in doubt is made again, by the row's template.
    pub fn resends(&self, row: &Row) -> bool {
        let Saying::Message { template, .. } = &row.says else { return true };
        let templates = (self.templates)(&row.templates);
        templates
            .get(template)
            .is_none_or(|template| template.head.on_doubt == crate::messages::OnDoubt::Resend)
    }

    /// Makes the one right call; gives the platform's code to change the card, if it gave one.
    ///
    /// # Errors
    /// [`CourierError`]; whether it is tried again is the outbox's rule.
    pub async fn deliver(&self, row: &Row, now: DateTime<Utc>) -> Result<Option<Box<str>>, CourierError> {
        let app = self.apps.get(&row.app).ok_or_else(|| CourierError::NoApp(row.app.to_string()))?;
        match (&row.says, app) {
            (Saying::Update { face, code }, App::WeCom(api)) => {
                self.update_wecom(api, row, face, code.as_deref()).await
            }
            (Saying::Update { face, .. }, App::DingTalk { api, .. }) => {
                self.update_dingtalk(api, row, face).await
            }
            (Saying::Message { template, vars, card, .. }, App::WeCom(api)) => {
                let message = self.render(row, template, vars, Platform::WeCom)?;
                self.send_wecom(api, row, &message, *card).await
            }
            (Saying::Message { template, vars, .. }, App::DingTalk { .. }) => {
                let message = self.render(row, template, vars, Platform::DingTalk)?;
                self.send_dingtalk(app, row, &message, now).await
            }
        }
    }

    fn render(
        &self,
        row: &Row,
        template: &str,
        vars: &serde_json::Value,
        platform: Platform,
    ) -> Result<Message, RenderError> {
        let mut vars = vars.clone();
        self.resolve(&mut vars, row);
        (self.templates)(&row.templates).render(template, &vars, platform)
    }

    /// Every `material://KEY` in the variables becomes a link, or nothing where none can be made.
    fn resolve(&self, vars: &mut serde_json::Value, row: &Row) {
        match vars {
            serde_json::Value::String(text) => {
                if let Some(key) = text.strip_prefix("material://") {
                    *text = (self.link)(key, row).unwrap_or_default();
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.resolve(item, row)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|item| self.resolve(item, row)),
            _ => {}
        }
    }

    async fn send_wecom(
        &self,
        api: &WeCom,
        row: &Row,
        message: &Message,
        card: Option<CardId>,
    ) -> Result<Option<Box<str>>, CourierError> {
        let user = match &row.to {
            Recipient::Person { user } => user,
            Recipient::Robot { key } => {
                let robot = self.robot(key)?;
                api.send_webhook(robot.webhook.expose_secret(), &forms::wecom_webhook(message)).await?;
                return Ok(None);
            }
            // WeCom's apps hear and say nothing in groups but by a robot's webhook.
            Recipient::Group { id } => return Err(CourierError::NoApp(id.to_string())),
        };
        let name = card.map_or_else(String::new, |card| card.outside(self.epoch));
        let body = match card {
            Some(_) => forms::wecom(message, &name),
            None => work::Message::text(forms::wecom_text(message)),
        };
        let mut send = work::Send::to_user(&**user, 0, body);
        if card.is_none() {
            // The duplicate check would swallow an honest repeat of the same words.
            (send.enable_duplicate_check, send.duplicate_check_interval) = (None, None);
        }
        match api.send(&send).await {
            Ok(sent) if sent.invalid_users.is_empty() && sent.unlicensed_users.is_empty() => {
                Ok(sent.response_code.map(Into::into))
            }
            Ok(_) => Err(DeliverError::RecipientGone {
                code: "invaliduser".into(),
                hint: "the member is outside the app's visible range or has no licence".into(),
            }
            .into()),
            // The card is there from an attempt whose answer was lost (reference/wecom.md 4.2: a task_id is used once).
            Err(DeliverError::Rejected { code, .. }) if code == "42014" && card.is_some() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn update_wecom(
        &self,
        api: &WeCom,
        row: &Row,
        face: &CardFace,
        code: Option<&str>,
    ) -> Result<Option<Box<str>>, CourierError> {
        let (Some(code), Recipient::Person { user }) = (code, &row.to) else { return Ok(None) };
        let message = self.face(row, face, Platform::WeCom)?;
        let card = if face.done.is_some() {
            forms::wecom_card_done(&message)
        } else {
            forms::wecom_card_changed(&message)
        };
        let update = work::UpdateCard {
            userids: vec![user.to_string()],
            atall: None,
            agentid: 0,
            response_code: code.to_owned(),
            enable_id_trans: None,
            change: work::CardChange::Card { template_card: Box::new(card) },
        };
        match api.update_card(&update).await {
            Ok(_) => Ok(None),
            // Used by an attempt whose answer was lost, or too old: the card keeps its face.
            Err(DeliverError::RecipientGone { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn send_dingtalk(
        &self,
        app: &App,
        row: &Row,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<Option<Box<str>>, CourierError> {
        let App::DingTalk { api, robot_code, card_template, route_key } = app else { return Ok(None) };
        let Saying::Message { card, session, .. } = &row.says else { return Ok(None) };
        if let (Some(card), Recipient::Person { user }, forms::DingTalk::Card { params, preview }) =
            (card, &row.to, forms::dingtalk(message))
        {
            let name = card.outside(self.epoch);
            let mut create = ding::CreateCard::to_person(robot_code, user, &name, route_key, &preview);
            create.card_template_id.clone_from(card_template);
            create.card_data.card_param_map = params;
            api.create_card(&create).await?;
            return Ok(None);
        }
        let live = session.as_ref().filter(|session| session.until - SESSION_MARGIN > now);
        if let Some(session) = live {
            match api.send_session(&session.url, &forms::dingtalk_webhook(message)).await {
                Err(DeliverError::RecipientGone { .. }) => {}
                sent => return Ok(sent.map(|_| None)?),
            }
        }
        let body = match forms::dingtalk(message) {
            forms::DingTalk::Robot(body) => body,
            forms::DingTalk::Card { .. } => forms::dingtalk_text(message),
        };
        match &row.to {
            Recipient::Person { user } => {
                let sent = api.send_person(&[user.to_string()], &body).await?;
                if !sent.too_many_messages.is_empty() {
                    return Err(DeliverError::RetryAfter(std::time::Duration::from_secs(30)).into());
                }
                if !sent.invalid_users.is_empty() {
                    let hint = "the person left, or is outside the app's visible range".into();
                    return Err(DeliverError::RecipientGone { code: "invalidStaffId".into(), hint }.into());
                }
            }
            Recipient::Group { id } => drop(api.send_group(id, &body).await?),
            Recipient::Robot { key } => {
                let robot = self.robot(key)?;
                let mut message = forms::dingtalk_webhook(message);
                message.msg_uuid = Some(format!("{}-{:016x}", row.id, self.epoch));
                api.send_webhook(robot.webhook.expose_secret(), robot.secret.as_ref(), &message).await?;
            }
        }
        Ok(None)
    }

    async fn update_dingtalk(
        &self,
        api: &DingTalk,
        row: &Row,
        face: &CardFace,
    ) -> Result<Option<Box<str>>, CourierError> {
        let message = self.face(row, face, Platform::DingTalk)?;
        let params = if face.done.is_some() {
            forms::dingtalk_card_done(&message)
        } else {
            forms::dingtalk_card(&message)
        };
        api.update_card(&ding::UpdateCard::changing(&face.card.outside(self.epoch), params)).await?;
        Ok(None)
    }

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
