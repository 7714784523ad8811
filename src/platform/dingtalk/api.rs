//! The calls to DingTalk: robot messages to persons and groups, and cards. Messages by webhook are in [`webhook`].
//!
//! `outbox` makes them, one attempt a call: the only repetition here is one replay after a refused token. The new
//! host tells failure by status and code (dingtalk.md 0.1), some of it behind HTTP 200. Each call first passes the
//! pace of its API.

mod media;
mod notices;
mod upload;
mod webhook;

use chrono::TimeDelta;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codes;
use super::wire::{
    BatchSend, BatchSendAnswer, CardAnswer, CreateCard, DeliverResult, Delivered, GroupSend, GroupSendAnswer,
    NewFailure, RegisterCallback, Registered, RobotMessage, TokenAnswer, TokenRequest, UpdateCard,
};
use crate::clock::Clock;
use crate::platform::error::{Class, DeliverError};
use crate::platform::http::{Answered, exchange};
use crate::platform::pace::{DingTalkLimits, Lane, Pace};
use crate::platform::token::{Fetched, Token, TokenCache};

/// No charset: a custom robot refuses what is not plainly JSON (43004).
const JSON: &str = "application/json";
const TOKEN_HEADER: &str = "x-acs-dingtalk-access-token";

/// Which app speaks.
#[derive(Clone, Debug)]
pub struct DingTalkApp {
    /// `https://api.dingtalk.com`, or the simulator.
    pub base_url_new: String,
    /// `https://oapi.dingtalk.com`, or the simulator.
    pub base_url_old: String,
    /// The client id.
    pub app_key: String,
    /// The client secret.
    pub app_secret: SecretString,
    /// The robot that speaks, normally the app key.
    pub robot_code: String,
    /// The app's number, which work notices are sent under.
    pub agent_id: Option<i64>,
}

/// A message that DingTalk accepted for at least one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonSent {
    /// The handle for recall and read status.
    pub process_query_key: String,
    /// People who did not get it: unknown, filtered, or outside the app's range.
    pub invalid_users: Vec<String>,
    /// People who did not get it just now, since they get too many messages.
    pub too_many_messages: Vec<String>,
}

/// The client of one app.
pub struct DingTalk {
    app: DingTalkApp,
    http: Client,
    clock: Clock,
    limits: DingTalkLimits,
    pace: Pace,
    tokens: TokenCache,
}

impl DingTalk {
    /// A client that has not called yet.
    pub fn new(app: DingTalkApp, http: Client, clock: Clock, limits: DingTalkLimits) -> Self {
        let (pace, tokens) = (Pace::new(clock.clone()), TokenCache::new(clock.clone()));
        Self { app, http, clock, limits, pace, tokens }
    }

    /// Sends to people in their chats with the robot, at most 20 (dingtalk.md 5.1). Not idempotent.
    ///
    /// Succeeds when at least one gets it; else fails with `RetryAfter` if all get too many messages just now, or
    /// with `RecipientGone`.
    pub async fn send_person(
        &self,
        user_ids: &[String],
        message: &RobotMessage,
    ) -> Result<PersonSent, DeliverError> {
        let body = BatchSend {
            robot_code: self.app.robot_code.clone(),
            user_ids: user_ids.to_vec(),
            msg_key: message.key().into(),
            msg_param: message.param(),
        };
        let path = "/v1.0/robot/oToMessages/batchSend";
        let (answered, answer) = self.call::<_, BatchSendAnswer>(Method::POST, path, &body).await?;
        let mut invalid_users = answer.invalid_staff_id_list;
        invalid_users.extend(answer.filtered_staff_id_list);
        let too_many_messages = answer.flow_controlled_staff_id_list;
        let missed = |user: &String| invalid_users.contains(user) || too_many_messages.contains(user);
        if !user_ids.iter().all(missed) {
            let process_query_key = answer.process_query_key;
            return Ok(PersonSent { process_query_key, invalid_users, too_many_messages });
        }
        Err(if invalid_users.is_empty() {
            codes::class(400, "flowLimit").error(&answered, "flowControlledStaffIdList", "")
        } else {
            Class::Gone.error(&answered, "invalidStaffIdList", "unknown or outside the app's range")
        })
    }

    /// Sends to a group that the robot is in; returns the processQueryKey (dingtalk.md 5.2). Not idempotent.
    pub async fn send_group(
        &self,
        open_conversation_id: &str,
        message: &RobotMessage,
    ) -> Result<String, DeliverError> {
        let body = GroupSend {
            robot_code: self.app.robot_code.clone(),
            open_conversation_id: open_conversation_id.into(),
            msg_key: message.key().into(),
            msg_param: message.param(),
        };
        let path = "/v1.0/robot/groupMessages/send";
        let (_, answer) = self.call::<_, GroupSendAnswer>(Method::POST, path, &body).await?;
        Ok(answer.process_query_key)
    }

    /// Creates a card and shows it; returns its processQueryKey, if told (dingtalk.md 7.2).
    ///
    /// Idempotent: a card with this `outTrackId` that exists already is this one. A delivery that failed behind
    /// HTTP 200 is an error.
    pub async fn create_card(&self, card: &CreateCard) -> Result<Option<String>, DeliverError> {
        let path = "/v1.0/card/instances/createAndDeliver";
        match self.call::<_, CardAnswer<Delivered>>(Method::POST, path, card).await {
            Ok((answered, answer)) => {
                let delivered = succeeded(&answered, answer)?.unwrap_or_default().deliver_results;
                match delivered.iter().find(|result| !result.success) {
                    Some(failed) => Err(undelivered(&answered, failed)),
                    None => {
                        Ok(delivered.into_iter().map(|result| result.carrier_id).find(|key| !key.is_empty()))
                    }
                }
            }
            Err(DeliverError::Rejected { code, .. }) if code == "param.cardAlreadyExist" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes a card (dingtalk.md 7.3). Idempotent. Fails with `RecipientGone` when there is no such card.
    pub async fn update_card(&self, update: &UpdateCard) -> Result<(), DeliverError> {
        let path = "/v1.0/card/instances";
        let (answered, answer) =
            self.call::<_, CardAnswer<serde_json::Value>>(Method::PUT, path, update).await?;
        succeeded(&answered, answer).map(drop)
    }

    /// Tells DingTalk where the taps on our cards go (dingtalk.md 7.6).
    ///
    /// Fails with `Misconfigured` when the key stands for another URL and `force_update` is not set.
    pub async fn register_card_callback(&self, register: &RegisterCallback) -> Result<(), DeliverError> {
        let path = "/v1.0/card/callbacks/register";
        let (answered, answer) = self.call::<_, CardAnswer<Registered>>(Method::POST, path, register).await?;
        match succeeded(&answered, answer)? {
            Some(registered) if registered.callback_url != register.callback_url => {
                Err(codes::class(400, "param.callbackRouteKeyExist").error(&answered, "callbackUrl", ""))
            }
            _ => Ok(()),
        }
    }

    async fn call<B: Serialize, A: DeserializeOwned>(
        &self,
        method: Method,
        path: &'static str,
        body: &B,
    ) -> Result<(Answered, A), DeliverError> {
        self.pace.pass(&[(Lane("api", path.into()), self.limits.api)]).await?;
        let body = json(body);
        self.with_token(|token| self.call_with(token, method.clone(), path, body.clone())).await
    }

    async fn call_with<A: DeserializeOwned>(
        &self,
        token: Token,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<(Answered, A), DeliverError> {
        let request = self.http.request(method, self.new_url(path)).header(TOKEN_HEADER, token.expose());
        let request = request.header(ACCEPT, JSON).header(CONTENT_TYPE, JSON).body(body);
        let answered = exchange(request, &self.clock).await?;
        let answer = read(&answered, codes::class)?;
        Ok((answered, answer))
    }

    /// Makes `call` with the app's token.
    async fn with_token<T, C>(&self, call: impl Fn(Token) -> C) -> Result<T, DeliverError>
    where
        C: Future<Output = Result<T, DeliverError>>,
    {
        self.tokens.using(|| self.fetch_token(), call).await
    }

    async fn fetch_token(&self) -> Result<Fetched, DeliverError> {
        let (app_key, app_secret) =
            (self.app.app_key.clone(), self.app.app_secret.expose_secret().to_owned());
        let request = self.http.post(self.new_url("/v1.0/oauth2/accessToken"));
        let request = request.header(ACCEPT, JSON).header(CONTENT_TYPE, JSON);
        let request = request.body(json(&TokenRequest { app_key, app_secret }));
        let answered = exchange(request, &self.clock).await.map_err(DeliverError::of_a_read)?;
        let answer: TokenAnswer = read(&answered, codes::token_class).map_err(DeliverError::of_a_read)?;
        Ok(Fetched { value: answer.access_token, lives: TimeDelta::seconds(answer.expire_in) })
    }

    fn new_url(&self, path: &str) -> String {
        format!("{}{path}", self.app.base_url_new.trim_end_matches('/'))
    }
}

fn json<B: Serialize>(body: &B) -> Vec<u8> {
    serde_json::to_vec(body).expect("wire structs have string keys and plain values")
}

/// The answer if the status is 200; else its error by that table.
fn read<A: DeserializeOwned>(answered: &Answered, class: fn(u16, &str) -> Class) -> Result<A, DeliverError> {
    if (200..300).contains(&answered.status) && !is_address_ban(answered) {
        return answered.json().ok_or_else(|| not_dingtalk(answered));
    }
    let Some(failure) = answered.json::<NewFailure>().filter(|failure| !failure.code.is_empty()) else {
        return Err(not_dingtalk(answered));
    };
    let scopes = failure.accessdenieddetail.unwrap_or_default().required_scopes;
    let said = if scopes.is_empty() { failure.message } else { format!("missing {}", scopes.join(", ")) };
    Err(class(answered.status, &failure.code).error(answered, failure.code, &said))
}

/// Whether this is what a banned source address gets in place of an answer: a page, or `{"status":1111,…}`.
fn is_address_ban(answered: &Answered) -> bool {
    match answered.json::<serde_json::Value>() {
        Some(value) => value["status"] == 1111,
        None => answered.body.trim_ascii_start().starts_with(b"<"),
    }
}

/// An answer without a code is a ban's, a gateway's, or from a wrong address.
fn not_dingtalk(answered: &Answered) -> DeliverError {
    let class = match answered.status {
        300..=399 | 404 | 405 | 407 => {
            Class::Config("this is not DingTalk's API: check api_url, oapi_url and proxy in apps.toml")
        }
        503 => Class::Transient,
        500.. => Class::InDoubt,
        _ if is_address_ban(answered) => Class::Wait(codes::ADDRESS_BAN),
        200..=299 => Class::InDoubt,
        other => codes::class(other, ""),
    };
    class.error(answered, format!("HTTP {}", answered.status), "")
}

/// The result of a card call, unless it says that it failed.
fn succeeded<R>(answered: &Answered, answer: CardAnswer<R>) -> Result<Option<R>, DeliverError> {
    if answer.success { Ok(answer.result) } else { Err(Class::Rejected.error(answered, "success=false", "")) }
}

/// The error of one space that did not get the card although the call as a whole succeeded.
fn undelivered(answered: &Answered, failed: &DeliverResult) -> DeliverError {
    let class = if failed.error_msg.contains("spaceId is illegal") { Class::Gone } else { Class::Rejected };
    class.error(answered, "deliverResults", &failed.error_msg)
}
