//! A picture or a file goes out: uploaded first, then named in a message (reference/wecom.md 4.1, 5.2 and 7,
//! reference/dingtalk.md 5.3 and 9). What a platform does not take as a picture goes as a file.

use secrecy::ExposeSecret;

use super::{Courier, CourierError, Document};
use crate::outbox::Receipt;
use crate::platform::dingtalk::api::DingTalk;
use crate::platform::dingtalk::wire::{FILE_TYPES, RobotMessage};
use crate::platform::error::DeliverError;
use crate::platform::upload::Upload;
use crate::platform::wecom::api::WeCom;
use crate::platform::wecom::wire::{Message, Send, Uploaded, WebhookMessage};
use crate::sales::{Blob, MaterialKey, MediaKind};
use crate::state::{Recipient, Row};

/// The largest picture that WeCom takes as one.
const WECOM_PICTURE_MAX_BYTES: usize = 10 << 20;

impl Courier {
    /// One that we keep.
    pub(super) fn kept(&self, blob: &Blob, name: &str) -> Result<Document, CourierError> {
        let bytes = (self.give)(&blob.sha256).map_err(CourierError::Gone)?;
        Ok(Document { name: name.to_owned(), bytes })
    }

    /// One of the admin's folder.
    pub(super) fn document(&self, material: &MaterialKey) -> Result<Document, CourierError> {
        let found = (self.document)(material.as_str()).map_err(CourierError::Gone)?;
        found.ok_or_else(|| CourierError::NoDocument(material.to_string()))
    }

    pub(super) async fn media_wecom(
        &self,
        api: &WeCom,
        row: &Row,
        file: &Document,
    ) -> Result<Receipt, CourierError> {
        match &row.to {
            Recipient::Person { user } => {
                let drawn = matches!(MediaKind::of(&file.bytes), MediaKind::Jpeg | MediaKind::Png);
                let picture = drawn && file.bytes.len() <= WECOM_PICTURE_MAX_BYTES;
                let media_id = api.upload_media(&upload(picture, file)).await?;
                let send = Send {
                    enable_duplicate_check: None,
                    duplicate_check_interval: None,
                    // The client puts in its own agentid.
                    ..Send::to_user(&**user, 0, Message::media(picture, media_id))
                };
                api.send(&send).await?;
            }
            Recipient::Robot { key } => {
                let webhook = self.robot(key)?.webhook.expose_secret();
                let media_id = api.upload_to_webhook(webhook, &upload(false, file)).await?;
                let message = WebhookMessage::File { file: Uploaded { media_id } };
                api.send_webhook(webhook, &message).await?;
            }
            Recipient::Group { .. }
            | Recipient::AppChat { .. }
            | Recipient::Ourselves { .. }
            | Recipient::Ranking { .. } => {
                return Err(CourierError::NoGroups);
            }
        }
        Ok(Receipt::default())
    }
}

pub(super) async fn media_dingtalk(
    api: &DingTalk,
    row: &Row,
    file: &Document,
) -> Result<Receipt, CourierError> {
    let kind = MediaKind::of(&file.bytes);
    let picture = matches!(kind, MediaKind::Jpeg | MediaKind::Png | MediaKind::Gif | MediaKind::Bmp);
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let ending = ending.unwrap_or_default();
    if !picture && !FILE_TYPES.contains(&ending.as_str()) {
        return Err(CourierError::Deliver(DeliverError::Rejected {
            code: "fileType".into(),
            hint: format!("a DingTalk robot sends {}", FILE_TYPES.join(", ")),
        }));
    }
    if matches!(row.to, Recipient::Robot { .. }) {
        return Err(CourierError::NoFiles);
    }
    let media_id = api.upload_media(&upload(picture, file)).await?;
    let body = if picture {
        RobotMessage::SampleImageMsg { photo_url: media_id }
    } else {
        RobotMessage::SampleFile { media_id, file_name: file.name.clone(), file_type: ending }
    };
    match &row.to {
        Recipient::Person { user } => super::dingtalk::to_person(api, user, &body).await?,
        Recipient::Group { id } => drop(api.send_group(id, &body).await?),
        Recipient::Robot { .. }
        | Recipient::AppChat { .. }
        | Recipient::Ourselves { .. }
        | Recipient::Ranking { .. } => {
            return Err(CourierError::NoFiles);
        }
    }
    Ok(Receipt::default())
}

fn upload(picture: bool, file: &Document) -> Upload<'_> {
    let content_type = MediaKind::of(&file.bytes).content_type();
    Upload { picture, name: &file.name, content_type, bytes: &file.bytes }
}
