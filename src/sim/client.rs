//! What a service under `--sim URL` asks of its simulator: the ids to use, its own registration, and the time.
//!
//! `app` alone calls this. After [`follow_clock`] has begun the service's clock is the simulator's.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::shared::http_client;
use crate::clock::Clock;

/// How long one poll waits for a push.
const WAIT: Duration = Duration::from_secs(20);
/// How long it waits while a walk asks for its reports.
const WAIT_WALKING: Duration = Duration::from_millis(10);
/// The answer to anything else.
const LIMIT: Duration = Duration::from_secs(15);
/// Between two tries while the simulator does not answer.
const AGAIN: Duration = Duration::from_millis(500);
/// A difference of the clocks that is only the way of the answer.
const SAME_MS: i64 = 20;

/// The simulator did not answer, or not as it should.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No client could be built.
    #[error("the HTTP client cannot be built")]
    Client(#[source] super::SimError),
    /// It is not there, or speaks another language.
    #[error("no simulator answers at this address")]
    Unreachable(#[source] reqwest::Error),
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// `GET /sim/world`.
#[derive(Clone, Debug, Deserialize)]
pub struct WorldInfo {
    /// The world's time.
    pub now: DateTime<Utc>,
    /// The company's zone.
    pub zone: String,
    /// 企业微信.
    pub wecom: WecomInfo,
    /// 钉钉.
    pub dingtalk: DingtalkInfo,
}

/// What replaces a 企业微信 app's settings.
#[derive(Clone, Debug, Deserialize)]
pub struct WecomInfo {
    /// In place of `https://qyapi.weixin.qq.com`.
    pub base_url: String,
    /// `corpid`.
    pub corp_id: String,
    /// `agentid`.
    pub agent_id: i64,
    /// The app's secret.
    pub secret: String,
    /// Of the callback.
    pub token: String,
    /// EncodingAESKey of the callback.
    pub aes_key: String,
    /// Group chats with their webhook robots.
    pub chats: Vec<GroupInfo>,
}

/// What replaces a 钉钉 app's settings.
#[derive(Clone, Debug, Deserialize)]
pub struct DingtalkInfo {
    /// In place of both of 钉钉's hosts.
    pub base_url: String,
    /// `corpId`.
    pub corp_id: String,
    /// appKey.
    pub app_key: String,
    /// appSecret.
    pub app_secret: String,
    /// `robotCode`.
    pub robot_code: String,
    /// `agentId`.
    pub agent_id: i64,
    /// Of the event push.
    pub token: String,
    /// Of the event push.
    pub aes_key: String,
    /// Group chats with their webhook robots.
    pub groups: Vec<GroupInfo>,
}

/// A group chat.
#[derive(Clone, Debug, Deserialize)]
pub struct GroupInfo {
    /// Its id; on 钉钉 the openConversationId.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its webhook robot.
    pub webhook: WebhookInfo,
}

/// A webhook robot.
#[derive(Clone, Debug, Deserialize)]
pub struct WebhookInfo {
    /// `key`, or `access_token` on 钉钉.
    pub key: String,
    /// 钉钉's signing secret.
    pub secret: Option<String>,
}

/// `POST /sim/service`: where the service is reached.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Registration {
    /// The service's base URL, which links in messages begin with.
    pub url: String,
    /// 企业微信.
    pub wecom: WecomUrls,
    /// 钉钉.
    pub dingtalk: DingtalkUrls,
}

/// 企业微信's callback address.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WecomUrls {
    /// Messages and events.
    pub callback_url: Option<String>,
}

/// 钉钉's callback addresses.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DingtalkUrls {
    /// Robot messages.
    pub callback_url: Option<String>,
    /// Encrypted events.
    pub events_url: Option<String>,
    /// Card taps.
    pub cards_url: Option<String>,
}

/// How one address fared in the platform's check.
#[derive(Clone, Debug, Deserialize)]
pub struct Check {
    /// The address.
    pub url: String,
    /// Whether the platform would keep it.
    pub ok: bool,
    /// Why not.
    pub error: Option<String>,
}

/// What the service tells of itself with each poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it will do next, if anything.
    pub next_due: Option<DateTime<Utc>>,
    /// Nothing due, no row out or ready now.
    pub quiet: bool,
}

/// Reads the world at the simulator's base URL.
pub async fn world(url: &str) -> Result<WorldInfo, ClientError> {
    let client = http_client().map_err(ClientError::Client)?;
    let request = client.get(format!("{}/sim/world", base(url))).timeout(LIMIT);
    Ok(request.send().await?.error_for_status()?.json().await?)
}

/// Registers the service; its addresses must answer already.
pub async fn register(url: &str, registration: &Registration) -> Result<Vec<Check>, ClientError> {
    #[derive(Deserialize)]
    struct Answer {
        checks: Vec<Check>,
    }
    let client = http_client().map_err(ClientError::Client)?;
    let request = client.post(format!("{}/sim/service", base(url))).json(registration).timeout(LIMIT);
    let answer: Answer = request.send().await?.error_for_status()?.json().await?;
    Ok(answer.checks)
}

#[derive(Deserialize)]
struct Tick {
    now: DateTime<Utc>,
    tick: u64,
    walking: bool,
    registered: bool,
}

/// Keeps `clock` at the simulator's time and tells it `status` with each poll, until `shutdown`. Registers anew when
/// the simulator was started again. Fails only if no client can be built.
pub async fn follow_clock(
    url: &str,
    registration: &Registration,
    clock: Clock,
    status: impl Fn() -> Status,
    shutdown: CancellationToken,
) -> Result<(), ClientError> {
    let client = http_client().map_err(ClientError::Client)?;
    let follow = async {
        let mut last = Tick { now: clock.now(), tick: 0, walking: false, registered: true };
        loop {
            match poll(&client, url, &clock, status(), &last).await {
                Ok(tick) => {
                    if tick.now > clock.now() && is_pushed(&tick, &clock) {
                        clock.set(tick.now);
                    }
                    if !tick.registered && register(url, registration).await.is_err() {
                        tokio::time::sleep(AGAIN).await;
                    }
                    last = tick;
                }
                Err(error) => {
                    tracing::debug!(%error, "the simulator does not tell its time");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    };
    shutdown.run_until_cancelled(follow).await;
    Ok(())
}

fn is_pushed(tick: &Tick, clock: &Clock) -> bool {
    tick.walking || (tick.now - clock.now()).num_milliseconds() > SAME_MS
}

async fn poll(
    client: &reqwest::Client,
    url: &str,
    clock: &Clock,
    status: Status,
    last: &Tick,
) -> Result<Tick, reqwest::Error> {
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let wait = if last.walking { WAIT_WALKING } else { WAIT };
    let query = [
        ("reached", written(clock.now())),
        ("next_due", status.next_due.map_or_else(|| "null".to_owned(), written)),
        ("quiet", status.quiet.to_string()),
        ("wait", wait.as_secs_f64().to_string()),
        ("tick", last.tick.to_string()),
    ];
    let request = client.get(format!("{}/sim/clock", base(url))).query(&query).timeout(wait + LIMIT);
    request.send().await?.error_for_status()?.json().await
}

fn base(url: &str) -> &str {
    url.trim_end_matches('/')
}
