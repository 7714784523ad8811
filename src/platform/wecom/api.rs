//! The calls to WeCom: app messages, card updates, group webhooks.
//!
//! `outbox` makes them, one attempt a call: the only repetition here is one replay after a refused token. WeCom
//! answers HTTP 200 to everything, so `errcode` decides (wecom.md 0). Each call first passes the pace of its lane.

mod chats;
mod media;

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codes;
use super::wire::{Answer, Send, SendAnswer, TokenAnswer, UpdateAnswer, UpdateCard, WebhookMessage};
use crate::clock::Clock;
use crate::platform::error::{Class, DeliverError};
use crate::platform::http::{Answered, exchange};
use crate::platform::pace::{Lane, Pace, Rate, WeComLimits};
use crate::platform::token::{Fetched, Token, TokenCache};
pub use chats::AppChat;

const JSON: &str = "application/json; charset=utf-8";

/// Which app speaks.
#[derive(Clone, Debug)]
pub struct WeComApp {
    /// `https://qyapi.weixin.qq.com`, or the simulator.
    pub base_url: String,
    /// `ww…`.
    pub corp_id: String,
    /// The app's secret.
    pub secret: SecretString,
    /// The app's number.
    pub agent_id: i64,
}

/// A send that WeCom accepted for at least one member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The handle for recall.
    pub msgid: String,
    /// The key to the card's one update, 72 hours; only for cards with buttons or a menu.
    pub response_code: Option<String>,
    /// Members who did not get it, lower-cased: unknown or outside the app's visible range.
    pub invalid_users: Vec<String>,
    /// Members who did not get it for want of a licence.
    pub unlicensed_users: Vec<String>,
}

/// The client of one app.
pub struct WeCom {
    app: WeComApp,
    http: Client,
    clock: Clock,
    limits: WeComLimits,
    pace: Pace,
    tokens: TokenCache,
}

impl WeCom {
    /// A client that has not called yet.
    pub fn new(app: WeComApp, http: Client, clock: Clock, limits: WeComLimits) -> Self {
        let (pace, tokens) = (Pace::new(clock.clone()), TokenCache::new(clock.clone()));
        Self { app, http, clock, limits, pace, tokens }
    }

    /// Sends an app message; its `agentid` is always this app's (wecom.md 4.1).
    ///
    /// Succeeds when at least one of the members gets it, else fails with `RecipientGone`. Idempotent within the
    /// message's own duplicate check, if it asks for one.
    pub async fn send(&self, message: &Send) -> Result<Sent, DeliverError> {
        self.pace.pass(&self.member_lanes(&message.touser)).await?;
        let message = Send { agentid: self.app.agent_id, ..message.clone() };
        let answer: SendAnswer = self.post("/cgi-bin/message/send", &message).await?;
        let sent = Sent {
            msgid: answer.msgid,
            response_code: Some(answer.response_code).filter(|code| !code.is_empty()),
            invalid_users: members(&answer.invaliduser),
            unlicensed_users: members(&answer.unlicenseduser),
        };
        if reaches_nobody(&message, &sent) {
            let code = if sent.unlicensed_users.is_empty() { "invaliduser" } else { "unlicenseduser" };
            return Err(DeliverError::RecipientGone { code: code.into(), hint: answer.errmsg });
        }
        Ok(sent)
    }

    /// Gives a card its one update; returns the members whose card did not change (wecom.md 4.3).
    ///
    /// Fails with `RecipientGone` when the response code is used or older than 72 hours.
    pub async fn update_card(&self, update: &UpdateCard) -> Result<Vec<String>, DeliverError> {
        let path = "/cgi-bin/message/update_template_card";
        self.paced(path).await?;
        let update = UpdateCard { agentid: self.app.agent_id, ..update.clone() };
        let answer: UpdateAnswer = self.post(path, &update).await?;
        Ok(answer.invaliduser)
    }

    /// Sends to a group webhook, named by its key or by the whole URL that the group shows (wecom.md 5.2).
    pub async fn send_webhook(&self, url_or_key: &str, message: &WebhookMessage) -> Result<(), DeliverError> {
        let key = webhook_key(url_or_key)?;
        self.pace.pass(&[(Lane("webhook", key.clone()), self.limits.webhook)]).await?;
        let request = self.http.post(self.url("/cgi-bin/webhook/send")).query(&[("key", &key)]);
        let answered = exchange(request.header(CONTENT_TYPE, JSON).body(json(message)), &self.clock).await?;
        read::<Answer>(&answered, codes::class).map(drop)
    }

    /// Waits for the turn of a call.
    async fn paced(&self, path: &str) -> Result<(), DeliverError> {
        self.pace.pass(&[(Lane("api", path.into()), self.limits.api)]).await
    }

    /// The lanes of every member that a `touser` names.
    fn member_lanes(&self, touser: &str) -> Vec<(Lane, Rate)> {
        let of = |member: String| {
            let hour = (Lane("member_hour", member.clone()), self.limits.member_hour);
            [(Lane("member_minute", member), self.limits.member_minute), hour]
        };
        members(&touser.to_lowercase()).into_iter().flat_map(of).collect()
    }

    async fn get<A: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<A, DeliverError> {
        self.with_token(|token| self.get_with(token, path, query)).await
    }

    async fn get_with<A: DeserializeOwned>(
        &self,
        token: Token,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<A, DeliverError> {
        let request = self.http.get(self.url(path)).query(&[("access_token", token.expose())]).query(query);
        let answered = exchange(request, &self.clock).await?;
        read(&answered, codes::class)
    }

    async fn post<B: Serialize, A: DeserializeOwned>(&self, path: &str, body: &B) -> Result<A, DeliverError> {
        let body = json(body);
        self.with_token(|token| self.post_with(token, path, body.clone())).await
    }

    async fn post_with<A: DeserializeOwned>(
        &self,
        token: Token,
        path: &str,
        body: Vec<u8>,
    ) -> Result<A, DeliverError> {
        let request = self.http.post(self.url(path)).query(&[("access_token", token.expose())]);
        let answered = exchange(request.header(CONTENT_TYPE, JSON).body(body), &self.clock).await?;
        read(&answered, codes::class)
    }

    /// Makes `call` with the app's token.
    async fn with_token<T, C>(&self, call: impl Fn(Token) -> C) -> Result<T, DeliverError>
    where
        C: Future<Output = Result<T, DeliverError>>,
    {
        self.tokens.using(|| self.fetch_token(), call).await
    }

    async fn fetch_token(&self) -> Result<Fetched, DeliverError> {
        let credentials =
            [("corpid", self.app.corp_id.as_str()), ("corpsecret", self.app.secret.expose_secret())];
        let request = self.http.get(self.url("/cgi-bin/gettoken")).query(&credentials);
        let answered = exchange(request, &self.clock).await.map_err(DeliverError::of_a_read)?;
        let answer: TokenAnswer = read(&answered, codes::token_class).map_err(DeliverError::of_a_read)?;
        Ok(Fetched { value: answer.access_token, lives: TimeDelta::seconds(answer.expires_in) })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app.base_url.trim_end_matches('/'))
    }
}

/// Raw UTF-8, since `\uXXXX` may be refused (wecom.md 0).
fn json<B: Serialize>(body: &B) -> Vec<u8> {
    serde_json::to_vec(body).expect("wire structs have string keys and plain values")
}

/// The answer if its `errcode` is 0; else its error by that table.
fn read<A: DeserializeOwned>(answered: &Answered, class: fn(i64) -> Class) -> Result<A, DeliverError> {
    let Some(Head { errcode, errmsg }) = answered.json() else { return Err(not_wecom(answered)) };
    if errcode != 0 {
        return Err(class(errcode).error(answered, errcode.to_string(), &errmsg));
    }
    answered.json().ok_or_else(|| Class::InDoubt.error(answered, "unreadable answer", ""))
}

/// What tells an answer of WeCom from that of something in between.
#[derive(serde::Deserialize)]
struct Head {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

/// An answer without `errcode` is a gateway's, a proxy's, or from a wrong address.
fn not_wecom(answered: &Answered) -> DeliverError {
    let class = match answered.status {
        429 => Class::Wait(Duration::from_secs(60)),
        503 => Class::Transient,
        300..=399 | 401..=407 => {
            Class::Config("this is not WeCom's API: check base_url and proxy in apps.toml")
        }
        _ => Class::InDoubt,
    };
    class.error(answered, format!("HTTP {}", answered.status), "")
}

fn members(joined: &str) -> Vec<String> {
    joined.split('|').map(str::trim).filter(|member| !member.is_empty()).map(str::to_owned).collect()
}

/// Whether every member named is among those who did not get it; departments and tags may reach others.
fn reaches_nobody(message: &Send, sent: &Sent) -> bool {
    let missed = |member: &String| {
        let mut lists = sent.invalid_users.iter().chain(&sent.unlicensed_users);
        lists.any(|other| other.eq_ignore_ascii_case(member))
    };
    let named = members(&message.touser);
    message.toparty.is_empty() && message.totag.is_empty() && !named.is_empty() && named.iter().all(missed)
}

/// The key alone, also from the URL as the group shows it.
fn webhook_key(url_or_key: &str) -> Result<String, DeliverError> {
    let given = url_or_key.trim();
    let key = match Url::parse(given) {
        Ok(url) => url.query_pairs().find(|(name, _)| name == "key").map(|(_, key)| key.into_owned()),
        Err(_) => Some(given.to_owned()),
    };
    key.filter(|key| !key.is_empty()).ok_or_else(|| DeliverError::Misconfigured {
        code: "webhook".into(),
        cure: "the group webhook has no key: copy its whole URL, or the part after 'key='".into(),
    })
}
