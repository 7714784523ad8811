//! A picture or a file that we keep goes out: uploaded first, then named in a message (reference/wecom.md 4.1 and 7,
//! reference/dingtalk.md 5.3 and 9). What a platform does not take as a picture goes as a file.

use super::{Courier, CourierError};
use crate::outbox::Receipt;
use crate::platform::dingtalk::api::DingTalk;
use crate::platform::dingtalk::wire::{FILE_TYPES, RobotMessage};
use crate::platform::error::DeliverError;
use crate::platform::upload::Upload;
use crate::platform::wecom::api::WeCom;
use crate::platform::wecom::wire::{Message, Send};
use crate::sales::{Blob, MediaKind};
use crate::state::{Recipient, Row};

/// The largest picture that WeCom takes as one.
const WECOM_PICTURE_MAX_BYTES: u64 = 10 << 20;

impl Courier {
    pub(super) async fn media_wecom(
        &self,
        api: &WeCom,
        row: &Row,
        blob: &Blob,
        name: &str,
    ) -> Result<Receipt, CourierError> {
        let Recipient::Person { user } = &row.to else { return Err(CourierError::NoGroups) };
        let drawn = matches!(blob.kind, MediaKind::Jpeg | MediaKind::Png);
        let picture = drawn && blob.bytes <= WECOM_PICTURE_MAX_BYTES;
        let bytes = (self.give)(&blob.sha256).map_err(CourierError::Gone)?;
        let media_id = api.upload_media(&upload(picture, name, blob, &bytes)).await?;
        let send = Send {
            enable_duplicate_check: None,
            duplicate_check_interval: None,
            // The client puts in its own agentid.
            ..Send::to_user(&**user, 0, Message::media(picture, media_id))
        };
        api.send(&send).await?;
        Ok(Receipt::default())
    }

    pub(super) async fn media_dingtalk(
        &self,
        api: &DingTalk,
        row: &Row,
        blob: &Blob,
        name: &str,
    ) -> Result<Receipt, CourierError> {
        let picture = matches!(blob.kind, MediaKind::Jpeg | MediaKind::Png | MediaKind::Gif | MediaKind::Bmp);
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        if !picture && !FILE_TYPES.contains(&ending.as_str()) {
            return Err(CourierError::Deliver(DeliverError::Rejected {
                code: "fileType".into(),
                hint: format!("a DingTalk robot sends {}", FILE_TYPES.join(", ")),
            }));
        }
        let bytes = (self.give)(&blob.sha256).map_err(CourierError::Gone)?;
        let media_id = api.upload_media(&upload(picture, name, blob, &bytes)).await?;
        let body = if picture {
            RobotMessage::SampleImageMsg { photo_url: media_id }
        } else {
            RobotMessage::SampleFile { media_id, file_name: name.to_owned(), file_type: ending }
        };
        match &row.to {
            Recipient::Person { user } => super::dingtalk::to_person(api, user, &body).await?,
            Recipient::Group { id } => drop(api.send_group(id, &body).await?),
            Recipient::Robot { .. } | Recipient::Ourselves { .. } | Recipient::Ranking { .. } => {
                return Err(CourierError::NoGroups);
            }
        }
        Ok(Receipt::default())
    }
}

fn upload<'a>(picture: bool, name: &'a str, blob: &Blob, bytes: &'a [u8]) -> Upload<'a> {
    Upload { picture, name, content_type: blob.kind.content_type(), bytes }
}
