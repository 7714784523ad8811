//! `apps.toml`: the platform apps, their secrets and limits.

use secrecy::SecretString;

use crate::sales::{AppKey, Platform};

/// One platform app.
#[derive(Clone, Debug)]
pub struct App {
    /// `{app}` in the callback paths, unique in the process.
    pub key: AppKey,
    /// Which platform, and what it needs.
    pub kind: AppKind,
    /// An HTTP proxy for its calls.
    pub proxy: Option<String>,
    /// Group robots that digests go to.
    pub robots: Vec<GroupRobot>,
}

/// What each platform's app needs.
#[derive(Clone, Debug)]
pub enum AppKind {
    /// A self-built WeCom app.
    WeCom(WeComApp),
    /// A DingTalk internal app with a robot.
    DingTalk(DingTalkApp),
}

/// A self-built WeCom app (reference/wecom.md 1 and 3).
#[derive(Clone, Debug)]
pub struct WeComApp {
    /// `ww…`
    pub corp_id: String,
    /// The app's number.
    pub agent_id: u32,
    /// The app's secret.
    pub secret: SecretString,
    /// The callback token.
    pub token: SecretString,
    /// The callback key, 43 characters.
    pub aes_key: SecretString,
    /// Where calls go.
    pub base_url: String,
    /// Overrides of the published limits.
    pub limits: crate::platform::pace::WeComLimits,
}

/// A DingTalk internal app with a robot (reference/dingtalk.md 1 to 7).
#[derive(Clone, Debug)]
pub struct DingTalkApp {
    /// `ding…`
    pub corp_id: String,
    /// The client id.
    pub app_key: String,
    /// The client secret.
    pub app_secret: SecretString,
    /// The robot's code, normally the app key.
    pub robot_code: String,
    /// The event push token.
    pub token: SecretString,
    /// The event push key, 43 characters.
    pub aes_key: SecretString,
    /// The card platform's template for markdown with buttons.
    pub card_template: String,
    /// Where new-style calls go.
    pub api_url: String,
    /// Where old-style calls go.
    pub oapi_url: String,
    /// Overrides of the published limits.
    pub limits: crate::platform::pace::DingTalkLimits,
}

/// A robot in a group that a digest goes to by webhook.
#[derive(Clone, Debug)]
pub struct GroupRobot {
    /// The name teams refer to it by.
    pub key: String,
    /// The webhook's key (WeCom) or access token (DingTalk).
    pub webhook: SecretString,
    /// DingTalk's signing secret.
    pub secret: Option<SecretString>,
}

impl App {
    /// Its platform.
    pub fn platform(&self) -> Platform {
        match self.kind {
            AppKind::WeCom(_) => Platform::WeCom,
            AppKind::DingTalk(_) => Platform::DingTalk,
        }
    }
}
