//! Pictures and files both ways (wecom.md 7): `media/get` by a `media_id`, which lives three days, and `media/upload`.
//! The calls go to the configured base URL and to nowhere else: no address that anybody sent is ever followed.

use serde::Deserialize;

use super::{Head, WeCom, codes, read, webhook_key};
use crate::platform::error::DeliverError;
use crate::platform::http::{Downloaded, FILE, download, exchange};
use crate::platform::token::Token;
use crate::platform::upload::Upload;

impl WeCom {
    /// The bytes of a picture or a file, at most `max`.
    ///
    /// Fails with `Rejected` when the id is unknown or too old, or there are more bytes.
    pub async fn fetch_media(&self, media_id: &str, max: usize) -> Result<Vec<u8>, DeliverError> {
        let path = "/cgi-bin/media/get";
        self.paced(path).await?;
        self.with_token(|token| self.fetch_with(token, path, media_id, max)).await
    }

    async fn fetch_with(
        &self,
        token: Token,
        path: &str,
        media_id: &str,
        max: usize,
    ) -> Result<Vec<u8>, DeliverError> {
        let query = [("access_token", token.expose()), ("media_id", media_id)];
        let request = self.http.get(self.url(path)).query(&query);
        let Downloaded { answered, attached } = download(request, &self.clock, max).await?;
        // An error is JSON with an errcode, behind HTTP 200 as everything; a file comes as an attachment.
        let refused = !attached || answered.status != 200;
        if refused {
            return Err(match read::<Head>(&answered, codes::class) {
                // A wrong or old id never comes right.
                Err(DeliverError::Misconfigured { code, cure }) if code == "40007" => {
                    DeliverError::Rejected { code, hint: cure }
                }
                Err(error) => error.of_a_read(),
                Ok(_) => DeliverError::Rejected { code: "empty".into(), hint: "no file came".into() },
            });
        }
        Ok(answered.body)
    }

    /// Uploads a picture (jpg, png; 10 MB) or a file (20 MB); gives its `media_id`, good for three days.
    ///
    /// Nothing is seen by anybody yet, so that making the call again does no harm.
    pub async fn upload_media(&self, upload: &Upload<'_>) -> Result<String, DeliverError> {
        let path = "/cgi-bin/media/upload";
        self.paced(path).await?;
        self.with_token(|token| self.upload_with(token, path, upload)).await
    }

    /// Uploads a file (20 MB) for a group webhook, which alone may send it; gives its `media_id`, good for three days.
    pub async fn upload_to_webhook(
        &self,
        url_or_key: &str,
        upload: &Upload<'_>,
    ) -> Result<String, DeliverError> {
        let key = webhook_key(url_or_key)?;
        let path = "/cgi-bin/webhook/upload_media";
        self.paced(path).await?;
        self.hand_in(path, &[("key", &key), ("type", "file")], upload).await
    }

    async fn upload_with(
        &self,
        token: Token,
        path: &str,
        upload: &Upload<'_>,
    ) -> Result<String, DeliverError> {
        self.hand_in(path, &[("access_token", token.expose()), ("type", upload.kind())], upload).await
    }

    async fn hand_in(
        &self,
        path: &str,
        query: &[(&str, &str)],
        upload: &Upload<'_>,
    ) -> Result<String, DeliverError> {
        let request = upload.fill(self.http.post(self.url(path)).query(query)).timeout(FILE);
        let answered = exchange(request, &self.clock).await.map_err(DeliverError::of_a_read)?;
        read::<Uploaded>(&answered, codes::class)
            .map(|answer| answer.media_id)
            .map_err(DeliverError::of_a_read)
    }
}

#[derive(Deserialize)]
struct Uploaded {
    media_id: String,
}
