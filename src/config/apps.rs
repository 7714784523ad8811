//! `apps.toml`: the platform apps, their secrets and limits.

use secrecy::{ExposeSecret, SecretString};

use super::fault::did_you_mean;
use super::secret::Secrets;
use super::table::Table;
use crate::platform::pace::{DingTalkLimits, WeComLimits};
use crate::sales::{AppKey, Platform};

/// WeCom's public address (reference/wecom.md 3).
const WECOM_URL: &str = "https://qyapi.weixin.qq.com";

/// DingTalk's new-style address (reference/dingtalk.md 0).
const DINGTALK_API_URL: &str = "https://api.dingtalk.com";

/// DingTalk's old-style address (reference/dingtalk.md 0).
const DINGTALK_OAPI_URL: &str = "https://oapi.dingtalk.com";

/// DingTalk's built-in card template for markdown with buttons (reference/dingtalk.md 7).
const DINGTALK_CARD: &str = "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema";

/// Both platforms' callback keys are base64 of 32 bytes without its last sign.
const AES_KEY_CHARS: usize = 43;

/// The keys that every app has.
const COMMON_KEYS: [&str; 5] = ["key", "kind", "proxy", "robots", "limits"];

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
    pub limits: WeComLimits,
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
    /// The app's number; with it those whom the robot does not reach get work notices.
    pub agent_id: Option<u64>,
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
    pub limits: DingTalkLimits,
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

pub(super) fn read(root: &Table<'_>, secrets: &Secrets<'_>) -> Vec<App> {
    root.only(&["apps", "embeddings"]);
    root.needs("apps", "应用");
    root.tables("apps").iter().filter_map(|table| read_app(table, secrets)).collect()
}

fn read_app(table: &Table<'_>, secrets: &Secrets<'_>) -> Option<App> {
    let kind = match table.required("kind") {
        "wecom" => AppKind::WeCom(WeComApp::read(table, secrets)),
        "dingtalk" => AppKind::DingTalk(DingTalkApp::read(table, secrets)),
        "" => return None,
        other => {
            let cure = did_you_mean(other, ["wecom", "dingtalk"], "写成「wecom」或「dingtalk」");
            table.fault("kind", format!("没有叫「{other}」的平台"), cure);
            return None;
        }
    };
    Some(App {
        key: table.required("key").into(),
        kind,
        proxy: table.has("proxy").then(|| read_url(table, "proxy", "")),
        robots: table.tables("robots").iter().map(|robot| GroupRobot::read(robot, secrets)).collect(),
    })
}

impl WeComApp {
    fn read(table: &Table<'_>, secrets: &Secrets<'_>) -> Self {
        let own = ["corp_id", "agent_id", "secret", "token", "aes_key", "base_url"];
        table.only(&[&COMMON_KEYS[..], &own].concat());
        if !table.has("agent_id") {
            table.fault("agent_id", "少了 agent_id", "补上 agent_id = 1000002，在应用管理里看");
        }
        Self {
            corp_id: table.required("corp_id").into(),
            agent_id: table.number("agent_id", 1..=u32::MAX).unwrap_or_default(),
            secret: secrets.required(table, "secret"),
            token: secrets.required(table, "token"),
            aes_key: read_aes_key(table, secrets),
            base_url: read_url(table, "base_url", WECOM_URL),
            limits: table.section("limits"),
        }
    }
}

impl DingTalkApp {
    fn read(table: &Table<'_>, secrets: &Secrets<'_>) -> Self {
        let own = [
            "corp_id",
            "app_key",
            "app_secret",
            "robot_code",
            "agent_id",
            "token",
            "aes_key",
            "card_template",
        ];
        table.only(&[&COMMON_KEYS[..], &own, &["api_url", "oapi_url"]].concat());
        let app_key = table.required("app_key");
        Self {
            corp_id: table.required("corp_id").into(),
            app_key: app_key.into(),
            app_secret: secrets.required(table, "app_secret"),
            robot_code: table.text("robot_code").unwrap_or(app_key).into(),
            agent_id: table.long_number("agent_id", 1..=999_999_999_999),
            token: secrets.required(table, "token"),
            aes_key: read_aes_key(table, secrets),
            card_template: table.text("card_template").unwrap_or(DINGTALK_CARD).into(),
            api_url: read_url(table, "api_url", DINGTALK_API_URL),
            oapi_url: read_url(table, "oapi_url", DINGTALK_OAPI_URL),
            limits: table.section("limits"),
        }
    }
}

impl GroupRobot {
    fn read(table: &Table<'_>, secrets: &Secrets<'_>) -> Self {
        table.only(&["key", "webhook", "secret"]);
        Self {
            key: table.required("key").into(),
            webhook: secrets.required(table, "webhook"),
            secret: secrets.optional(table, "secret"),
        }
    }
}

fn read_aes_key(table: &Table<'_>, secrets: &Secrets<'_>) -> SecretString {
    let key = secrets.required(table, "aes_key");
    let (chars, plain) = (key.expose_secret().chars().count(), key.expose_secret().bytes());
    if chars != 0 && (chars != AES_KEY_CHARS || !plain.into_iter().all(|byte| byte.is_ascii_alphanumeric())) {
        let what = format!("aes_key 应该是 {AES_KEY_CHARS} 位字母和数字，现在是 {chars} 位");
        table.fault("aes_key", what, "从平台的回调设置页重新复制，前后不要带空格");
    }
    key
}

fn read_url(table: &Table<'_>, key: &str, default: &str) -> String {
    let url = table.text(key).unwrap_or(default);
    if table.has(key) && !(url.starts_with("https://") || url.starts_with("http://")) {
        table.fault(key, format!("{key} 不是一个网址"), "以 https:// 开头写全");
    }
    url.trim_end_matches('/').into()
}
