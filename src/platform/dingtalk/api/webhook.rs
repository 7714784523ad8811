//! Messages by webhook: the session that a message offers for its answer, and custom group robots. No token.
//!
//! A session's URL arrives in a message, whose body no signature covers: only the configured hosts are called.

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use super::{DingTalk, JSON, json, not_dingtalk};
use crate::platform::dingtalk::wire::{OldAnswer, WebhookMessage};
use crate::platform::dingtalk::{codes, sign};
use crate::platform::error::DeliverError;
use crate::platform::http::{Answered, exchange};
use crate::platform::pace::Lane;

impl DingTalk {
    /// Answers in the chat that a message came from, by the `sessionWebhook` in it (dingtalk.md 5.4).
    ///
    /// Fails with `RecipientGone` when the session is over: `send_person` and `send_group` remain. Fails with
    /// `Rejected` when the URL is not on a configured host; nothing was sent then. Not idempotent.
    pub async fn send_session(&self, url: &str, message: &WebhookMessage) -> Result<(), DeliverError> {
        let url = self.session_url(url).ok_or_else(|| DeliverError::Rejected {
            code: "sessionWebhook".into(),
            hint: "its URL is not on a configured DingTalk host".into(),
        })?;
        self.pace.pass(&[(Lane("api", "sendBySession".into()), self.limits.api)]).await?;
        match self.post_old(self.http.post(url), message).await {
            Err(DeliverError::Misconfigured { code, .. }) if code == "300001" => {
                Err(DeliverError::RecipientGone { code, hint: "the session is over".into() })
            }
            other => other,
        }
    }

    /// Sends by a custom group robot, named by its access token or by the whole URL that the group shows; signed if
    /// it has a secret (dingtalk.md 6). Idempotent by `msg_uuid`, if the message has one.
    pub async fn send_webhook(
        &self,
        url_or_token: &str,
        secret: Option<&SecretString>,
        message: &WebhookMessage,
    ) -> Result<(), DeliverError> {
        let token = access_token(url_or_token)?;
        self.pace.pass(&[(Lane("webhook", token.clone()), self.limits.webhook)]).await?;
        let url = format!("{}/robot/send", self.app.base_url_old.trim_end_matches('/'));
        let mut query = vec![("access_token", token)];
        if let Some(secret) = secret {
            let timestamp = self.clock.now().timestamp_millis().to_string();
            query.push(("sign", sign::robot::sign(secret.expose_secret(), &timestamp)));
            query.push(("timestamp", timestamp));
        }
        self.post_old(self.http.post(url).query(&query), message).await
    }

    async fn post_old(&self, request: RequestBuilder, message: &WebhookMessage) -> Result<(), DeliverError> {
        let request = request.header(CONTENT_TYPE, JSON).body(json(message));
        read_old(&exchange(request, &self.clock).await?)
    }

    /// The URL if it is on one of the two configured hosts, by the same scheme and port, without userinfo.
    fn session_url(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let configured = [&self.app.base_url_old, &self.app.base_url_new];
        let known = configured.iter().filter_map(|base| Url::parse(base).ok()).any(|base| {
            // Origins of odd schemes are never equal, so this also refuses those.
            base.origin() == url.origin()
        });
        (known && url.username().is_empty() && url.password().is_none()).then_some(url)
    }
}

pub(super) fn read_old(answered: &Answered) -> Result<(), DeliverError> {
    let answer = answered.json::<serde_json::Value>().filter(|value| value.get("errcode").is_some());
    let Some(answer) = answer.and_then(|value| serde_json::from_value::<OldAnswer>(value).ok()) else {
        return Err(not_dingtalk(answered));
    };
    if answer.errcode == 0 {
        return Ok(());
    }
    let said = if answer.sub_msg.is_empty() { &answer.errmsg } else { &answer.sub_msg };
    Err(codes::old_class(&answer).error(answered, answer.errcode.to_string(), said))
}

/// The access token alone, also from the URL as the group shows it.
fn access_token(url_or_token: &str) -> Result<String, DeliverError> {
    let given = url_or_token.trim();
    let token = match Url::parse(given) {
        Ok(url) => {
            url.query_pairs().find(|(name, _)| name == "access_token").map(|(_, token)| token.into_owned())
        }
        Err(_) => Some(given.to_owned()),
    };
    token.filter(|token| !token.is_empty()).ok_or_else(|| DeliverError::Misconfigured {
        code: "webhook".into(),
        cure: "the group robot has no token: copy its whole URL, or the part after 'access_token='".into(),
    })
}
