//! WeCom's calls for a row (reference/wecom.md 4, 5.2). A card is sent with the duplicate check and under a `task_id`
//! of its own, so that making the call again shows nothing twice; a text goes without the check, which would swallow
//! an honest repeat of the same words.

use secrecy::ExposeSecret;

use super::{Courier, CourierError};
use crate::event::CardFace;
use crate::messages::{Form, Message, forms};
use crate::outbox::Receipt;
use crate::platform::error::DeliverError;
use crate::platform::wecom::api::WeCom;
use crate::platform::wecom::wire::{self, CardChange, Send, UpdateCard};
use crate::sales::{CardId, Platform};
use crate::state::{Recipient, Row};

/// The `task_id` was used before; ours are well formed, so it is the same card from an attempt whose answer was lost.
const TASK_ID_USED: &str = "42014";
/// The code was used, or is older than 72 hours.
const CODE_USED: &str = "60140";

impl Courier {
    pub(super) async fn send_wecom(
        &self,
        api: &WeCom,
        row: &Row,
        message: &Message,
        card: Option<CardId>,
    ) -> Result<Receipt, CourierError> {
        match &row.to {
            Recipient::Person { user } => {
                let send = self.to_member(user, message, card);
                match api.send(&send).await {
                    Ok(sent) => {
                        Ok(Receipt { code: sent.response_code.map(Into::into), ..Receipt::default() })
                    }
                    Err(DeliverError::Rejected { code, .. }) if code == TASK_ID_USED && card.is_some() => {
                        Ok(Receipt::default())
                    }
                    Err(error) => Err(error.into()),
                }
            }
            Recipient::Robot { key } => {
                let robot = self.robot(key)?;
                api.send_webhook(robot.webhook.expose_secret(), &forms::wecom_webhook(message)).await?;
                Ok(Receipt::default())
            }
            Recipient::AppChat { team } => {
                let chat = (self.chat)(team).ok_or_else(|| CourierError::NoChat(team.to_string()))?;
                api.say_in_chat(&chat, forms::wecom_markdown(message)).await?;
                Ok(Receipt::default())
            }
            Recipient::Group { .. } | Recipient::Ourselves { .. } | Recipient::Ranking { .. } => {
                Err(CourierError::NoGroups)
            }
        }
    }

    fn to_member(&self, user: &str, message: &Message, card: Option<CardId>) -> Send {
        // The client puts in its own agentid.
        let to = |body| Send::to_user(user, 0, body);
        let repeated =
            |body| Send { enable_duplicate_check: None, duplicate_check_interval: None, ..to(body) };
        match card {
            Some(card) => to(forms::wecom(message, &card.outside(self.epoch()))),
            None if message.form == Form::Markdown => {
                repeated(wire::Message::markdown(forms::wecom_markdown(message)))
            }
            None => repeated(wire::Message::text(forms::wecom_text(message))),
        }
    }

    pub(super) async fn update_wecom(
        &self,
        api: &WeCom,
        row: &Row,
        face: &CardFace,
        code: Option<&str>,
    ) -> Result<Receipt, CourierError> {
        let (Some(code), Recipient::Person { user }) = (code, &row.to) else {
            return Err(CourierError::NoCode);
        };
        let message = self.face(row, face, Platform::WeCom)?;
        let card = match face.done {
            Some(_) => forms::wecom_card_done(&message),
            None => forms::wecom_card_changed(&message),
        };
        let update = UpdateCard {
            userids: vec![user.to_string()],
            atall: None,
            agentid: 0,
            response_code: code.to_owned(),
            enable_id_trans: None,
            change: CardChange::Card { template_card: Box::new(card) },
        };
        match api.update_card(&update).await {
            Ok(_unchanged) => Ok(Receipt::default()),
            Err(DeliverError::RecipientGone { code, .. }) if code == CODE_USED && row.attempts > 0 => {
                Ok(Receipt::default())
            }
            Err(error) => Err(error.into()),
        }
    }
}
