//! What the simulator is made from: people, groups, zone, folder, start; and the ids and secrets it hands out.
//!
//! `app` fills a [`SimSetup`] from the config. Ids and secrets are fixed, so that two starts agree on them without
//! keeping them; they are valid in form, and one AES key has the unused bits set that real keys often have.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Clock;

/// Which of the two platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// 企业微信.
    Wecom,
    /// 钉钉.
    Dingtalk,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
        })
    }
}

impl FromStr for Platform {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "wecom" => Ok(Self::Wecom),
            "dingtalk" => Ok(Self::Dingtalk),
            _ => Err(()),
        }
    }
}

/// What a person is in the company; shown on the page, nothing is decided by it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 销售.
    Rep,
    /// 主管.
    Manager,
    /// 管理员.
    Admin,
}

/// A person in one of the apps. Who is in both is two of these with one `member`.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// The platform's user id: `userid` or `staffId`.
    pub id: String,
    /// Whose user id it is.
    #[serde(skip)]
    pub platform: Platform,
    /// The name that chats show.
    pub name: String,
    /// Rep, manager or admin.
    pub role: Role,
    /// The team's name, empty for none.
    pub team: String,
    /// The member's key in `people.toml`.
    pub member: String,
}

/// A group chat.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Whose group it is.
    #[serde(skip)]
    pub platform: Platform,
    /// 企业微信: any id; 钉钉: the openConversationId (`cid…==`).
    pub id: String,
    /// The name that chats show.
    pub name: String,
    /// User ids of this platform.
    pub members: Vec<String>,
    /// The group's webhook robot; [`Webhook::of`] makes one up where the config names none.
    pub webhook: Webhook,
}

/// A group's webhook robot.
#[derive(Clone, Debug, Serialize)]
pub struct Webhook {
    /// 企业微信's `key` or 钉钉's `access_token`.
    pub key: String,
    /// 钉钉's `SEC…` secret, if the robot checks signatures.
    pub secret: Option<String>,
    /// 钉钉's keywords: a message must hold one of them. Empty: no such check.
    pub keywords: Vec<String>,
}

impl Webhook {
    /// A robot for a group whose webhook nobody configured, the same at each start.
    pub fn of(platform: Platform, group: &str) -> Self {
        let hex = hex(&Sha256::digest(format!("genjin sim webhook {platform} {group}")));
        match platform {
            Platform::Wecom => Self { key: uuid(&hex), secret: None, keywords: Vec::new() },
            Platform::Dingtalk => {
                Self { secret: Some(format!("SEC{}", &hex[..32])), key: hex, keywords: Vec::new() }
            }
        }
    }
}

/// Whether a day is a working day; the page's bar says so. `app` hands in the workspace's calendar.
pub type IsWorkday = Arc<dyn Fn(NaiveDate) -> bool + Send + Sync>;

/// Everything a simulator is made from.
pub struct SimSetup {
    /// Who has a phone.
    pub people: Vec<Person>,
    /// Which group chats there are.
    pub groups: Vec<Group>,
    /// The company's zone; times are shown in it.
    pub zone: chrono_tz::Tz,
    /// The calendar of the page's bar.
    pub is_workday: IsWorkday,
    /// Where the world is kept; `None` keeps it in memory only.
    pub folder: Option<PathBuf>,
    /// The instant at which a fresh world begins; ignored if it lies before the clock's.
    pub start: DateTime<Utc>,
    /// The machine's time; the simulator moves it on by the world's offset and owns it from then on.
    pub clock: Clock,
    /// Forget the world that the folder holds.
    pub fresh: bool,
    /// How services reach the simulator, if not by the address that it listens on.
    pub base_url: Option<String>,
    /// Card templates of 钉钉 beside the ready-made ones.
    pub card_templates: Vec<String>,
}

impl SimSetup {
    pub(crate) fn person(&self, platform: Platform, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| {
            person.platform == platform
                && match platform {
                    // 企业微信 does not tell upper from lower case in user ids.
                    Platform::Wecom => person.id.eq_ignore_ascii_case(id),
                    Platform::Dingtalk => person.id == id,
                }
        })
    }

    pub(crate) fn people_of(&self, platform: Platform) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(move |person| person.platform == platform)
    }

    pub(crate) fn group(&self, platform: Platform, id: &str) -> Option<&Group> {
        self.groups_of(platform).find(|group| group.id == id)
    }

    pub(crate) fn group_of_webhook(&self, platform: Platform, key: &str) -> Option<&Group> {
        self.groups_of(platform).find(|group| group.webhook.key == key)
    }

    pub(crate) fn groups_of(&self, platform: Platform) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.platform == platform)
    }

    /// The company's teams in the people's order; their place is the department's number less two.
    pub(crate) fn teams(&self, platform: Platform) -> Vec<&str> {
        let mut teams: Vec<&str> = Vec::new();
        for person in self.people_of(platform) {
            if !person.team.is_empty() && !teams.contains(&person.team.as_str()) {
                teams.push(&person.team);
            }
        }
        teams
    }
}

/// 企业微信's ids and secrets of this simulator.
pub mod wecom_ids {
    /// `corpid`.
    pub const CORP_ID: &str = "ww5e1f0a7c3b9d2e64";
    /// `agentid` of the one self-built app.
    pub const AGENT_ID: i64 = 1_000_002;
    /// The app's secret.
    pub const SECRET: &str = "simWecomSecret-7Qm2vX9rT4kLp8Zs3Yd6Hc1Wb5Ng";
    /// Token of the callback.
    pub const TOKEN: &str = "SimWecomTok7Qm2vX9r";
    /// EncodingAESKey of the callback; its last character carries unused bits, as real keys often do.
    pub const AES_KEY: &str = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR";
}

/// 钉钉's ids and secrets of this simulator.
pub mod dingtalk_ids {
    /// `corpId`.
    pub const CORP_ID: &str = "ding9f3c1e7a5b2d4c8006e1f0a7c3b9d2e4";
    /// appKey, which is clientId and robotCode as well.
    pub const APP_KEY: &str = "dingsimk4p8zs3yd6h";
    /// appSecret.
    pub const APP_SECRET: &str = "simDing_7Qm2vX9rT4kLp8Zs3Yd6Hc1Wb5Ng-0Jf4Ra7Ue2Oi6Px9Cq3Vt8Bk1Mn";
    /// `agentId`.
    pub const AGENT_ID: i64 = 2_718_281_828;
    /// Token of the event push.
    pub const TOKEN: &str = "SimDingTok4pZ8";
    /// aes_key of the event push.
    pub const AES_KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopA";
    /// The name of the robot, that one @-s in groups.
    pub const ROBOT_NAME: &str = "跟进";
    /// `chatbotUserId`.
    pub const ROBOT_USER: &str = "$:LWCP_v1:$simRobot0001";
}

/// Lowercase hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first 32 digits of `hex` in the form of a UUID.
pub(crate) fn uuid(hex: &str) -> String {
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::envelope::Envelope;

    #[test]
    fn keys_and_secrets_have_the_platforms_form() {
        assert!(Envelope::new(wecom_ids::TOKEN, wecom_ids::AES_KEY).is_ok());
        assert!(Envelope::new(dingtalk_ids::TOKEN, dingtalk_ids::AES_KEY).is_ok());
        assert_eq!(dingtalk_ids::APP_SECRET.len(), 64);
        assert_eq!(dingtalk_ids::CORP_ID.len(), 36);
    }

    #[test]
    fn webhook_of_a_group_is_the_same_at_each_start() {
        let (one, two) = (Webhook::of(Platform::Wecom, "g1"), Webhook::of(Platform::Wecom, "g1"));
        assert_eq!(one.key, two.key);
        assert_eq!(one.key.len(), 36);
        assert_eq!(Webhook::of(Platform::Dingtalk, "g1").key.len(), 64);
    }
}
