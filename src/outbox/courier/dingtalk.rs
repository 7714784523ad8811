//! DingTalk's calls for a row (reference/dingtalk.md 5 to 7). Cards carry our `outTrackId` and group robots our
//! `msgUuid`, so that making the call again shows nothing twice. An answer goes by the session of the question while
//! that lives, which costs no quota; else by the robot's own calls.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::{Courier, CourierError};
use crate::event::{CardFace, Session};
use crate::messages::{Message, forms};
use crate::outbox::Receipt;
use crate::platform::dingtalk::api::DingTalk;
use crate::platform::dingtalk::wire::{CreateCard, RobotMessage, UpdateCard};
use crate::platform::error::DeliverError;
use crate::sales::{CardId, Platform};
use crate::state::{Recipient, Row};

/// A session is not used in its last two minutes: what comes after its end is lost.
const SESSION_MARGIN: TimeDelta = TimeDelta::minutes(2);
/// The pause after the platform held back a message since its recipient gets too many.
const TOO_MANY: Duration = Duration::from_secs(30);

/// An app and what it speaks with.
pub(super) struct Speaker<'a> {
    pub api: &'a DingTalk,
    pub robot_code: &'a str,
    pub card_template: &'a str,
    pub route_key: &'a str,
}

/// Whether an answer may still go by this session.
pub(super) fn lives(session: &Session, now: DateTime<Utc>) -> bool {
    session.until - SESSION_MARGIN > now
}

impl Courier {
    pub(super) async fn send_dingtalk(
        &self,
        speaker: &Speaker<'_>,
        row: &Row,
        message: &Message,
        card: Option<CardId>,
        session: Option<&Session>,
    ) -> Result<Receipt, CourierError> {
        let body = match (forms::dingtalk(message), &row.to, card) {
            (forms::DingTalk::Card { params, preview }, Recipient::Person { user }, Some(card)) => {
                let name = card.outside(self.epoch());
                let mut create =
                    CreateCard::to_person(speaker.robot_code, user, &name, speaker.route_key, &preview);
                create.card_template_id = speaker.card_template.to_owned();
                create.card_data.card_param_map = params;
                speaker.api.create_card(&create).await?;
                return Ok(Receipt::default());
            }
            (forms::DingTalk::Robot(body), ..) => body,
            (forms::DingTalk::Card { .. }, ..) => forms::dingtalk_text(message),
        };
        let api = speaker.api;
        match &row.to {
            Recipient::Robot { key } => self.by_webhook(api, key, row, message).await?,
            _ if by_session(api, session, message).await? => {}
            Recipient::Person { user } => to_person(api, user, &body).await?,
            Recipient::Group { id } => drop(api.send_group(id, &body).await?),
            Recipient::AppChat { .. } | Recipient::Ourselves { .. } | Recipient::Ranking { .. } => {
                return Err(CourierError::NoGroups);
            }
        }
        Ok(Receipt::default())
    }

    async fn by_webhook(
        &self,
        api: &DingTalk,
        key: &str,
        row: &Row,
        message: &Message,
    ) -> Result<(), CourierError> {
        let robot = self.robot(key)?;
        let mut body = forms::dingtalk_webhook(message);
        body.msg_uuid = Some(format!("{}-{:016x}", row.id, self.epoch()));
        api.send_webhook(robot.webhook.expose_secret(), robot.secret.as_ref(), &body).await?;
        Ok(())
    }

    pub(super) async fn update_dingtalk(
        &self,
        api: &DingTalk,
        row: &Row,
        face: &CardFace,
    ) -> Result<Receipt, CourierError> {
        let message = self.face(row, face, Platform::DingTalk)?;
        let params = match face.done {
            Some(_) => forms::dingtalk_card_done(&message),
            None => forms::dingtalk_card(&message),
        };
        api.update_card(&UpdateCard::changing(&face.card.outside(self.epoch()), params)).await?;
        Ok(Receipt::default())
    }
}

/// Whether the message went by the session; not when there is none, or it is over or not on a host of DingTalk's, where
/// nothing was sent and another way remains.
async fn by_session(
    api: &DingTalk,
    session: Option<&Session>,
    message: &Message,
) -> Result<bool, DeliverError> {
    let Some(session) = session else { return Ok(false) };
    match api.send_session(&session.url, &forms::dingtalk_webhook(message)).await {
        Ok(()) => Ok(true),
        Err(DeliverError::RecipientGone { .. }) => Ok(false),
        Err(DeliverError::Rejected { code, .. }) if code == "sessionWebhook" => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whom the robot did not reach, since they are outside its range, gets a work notice where the app has them.
pub(super) async fn or_by_notice(
    api: &DingTalk,
    row: &Row,
    message: &Message,
    by_robot: Result<Receipt, CourierError>,
) -> Result<Receipt, CourierError> {
    match (&by_robot, &row.to) {
        (
            Err(CourierError::Deliver(DeliverError::RecipientGone { code, .. })),
            Recipient::Person { user },
        ) if api.has_notices() => {
            tracing::info!(code, "The robot does not reach this person: the message goes as a work notice");
            let (title, text) = forms::dingtalk_notice(message);
            api.send_notice(user, &title, &text).await?;
            Ok(Receipt::default())
        }
        _ => by_robot,
    }
}

pub(super) async fn to_person(api: &DingTalk, user: &str, body: &RobotMessage) -> Result<(), DeliverError> {
    let sent = api.send_person(&[user.to_owned()], body).await?;
    if sent.too_many_messages.is_empty() { Ok(()) } else { Err(DeliverError::RetryAfter(TOO_MANY)) }
}
