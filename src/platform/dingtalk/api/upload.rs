//! Uploading pictures and files (dingtalk.md 9): an id that robot messages name. The old host takes the new host's token.

use serde::Deserialize;

use super::DingTalk;
use super::webhook::read_old;
use crate::platform::error::{Class, DeliverError};
use crate::platform::http::{FILE, exchange};
use crate::platform::pace::Lane;
use crate::platform::token::Token;
use crate::platform::upload::Upload;

#[derive(Deserialize)]
struct Uploaded {
    media_id: String,
}

impl DingTalk {
    /// Uploads a picture (jpg, gif, png, bmp) or a file, 20 MB at most; gives its `media_id`, to be sent as it is, with
    /// its prefix.
    ///
    /// Nothing is seen by anybody yet, so that making the call again does no harm.
    pub async fn upload_media(&self, upload: &Upload<'_>) -> Result<String, DeliverError> {
        self.pace.pass(&[(Lane("api", "media/upload".into()), self.limits.api)]).await?;
        self.with_token(|token| self.upload_with(token, upload)).await
    }

    async fn upload_with(&self, token: Token, upload: &Upload<'_>) -> Result<String, DeliverError> {
        let url = format!("{}/media/upload", self.app.base_url_old.trim_end_matches('/'));
        let query = [("access_token", token.expose()), ("type", upload.kind())];
        let request = upload.fill(self.http.post(url).query(&query)).timeout(FILE);
        let answered = exchange(request, &self.clock).await.map_err(DeliverError::of_a_read)?;
        read_old(&answered).map_err(DeliverError::of_a_read)?;
        let answer = answered.json::<Uploaded>().filter(|answer| !answer.media_id.is_empty());
        let nothing = || Class::InDoubt.error(&answered, "unreadable answer", "").of_a_read();
        answer.map(|answer| answer.media_id).ok_or_else(nothing)
    }
}
