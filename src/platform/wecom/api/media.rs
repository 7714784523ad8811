//! Fetching what members send (wecom.md 7): `media/get` by a `media_id`, which lives three days. The call goes to the
//! configured base URL and to nowhere else: no address that anybody sent is ever followed.

use super::{Head, WeCom, codes, read};
use crate::platform::error::DeliverError;
use crate::platform::http::{Downloaded, download};
use crate::platform::pace::Lane;
use crate::platform::token::Token;

impl WeCom {
    /// The bytes of a picture or a file, at most `max`.
    ///
    /// Fails with `Rejected` when the id is unknown or too old, or there are more bytes.
    pub async fn fetch_media(&self, media_id: &str, max: usize) -> Result<Vec<u8>, DeliverError> {
        let path = "/cgi-bin/media/get";
        self.pace.pass(&[(Lane("api", path.into()), self.limits.api)]).await?;
        let token = self.token().await?;
        match self.fetch_with(&token, path, media_id, max).await {
            Err(DeliverError::Unauthorized { .. }) => {
                self.tokens.discard(&token).await;
                let token = self.token().await?;
                self.fetch_with(&token, path, media_id, max).await
            }
            answer => answer,
        }
    }

    async fn fetch_with(
        &self,
        token: &Token,
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
}
