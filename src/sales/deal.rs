//! A deal and what is written on it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{CustomerId, DealId, MaterialKey, MeetingId, MemberId, Money, StageKey};

/// Customer, owner, stage, amount, and what was agreed last.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Deal {
    /// Its number.
    pub id: DealId,
    /// Whom it sells to.
    pub customer: CustomerId,
    /// What it is called beside its customer's name, where it came with a name: 二期产线.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub name: Box<str>,
    /// Who answers for it and is warned.
    pub owner: MemberId,
    /// 协同: their notes count, they are never warned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<MemberId>,
    /// A key of `process.toml`.
    pub stage: StageKey,
    /// What it may bring.
    pub amount: Money,
    /// A key of `process.toml`'s product lines.
    pub product_line: Box<str>,
    /// When it may be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_close: Option<NaiveDate>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it came to its present stage.
    pub stage_since: DateTime<Utc>,
    /// The start of the present stretch without a follow-up; `None` until an imported deal is touched.
    pub last_follow_up: Option<DateTime<Utc>>,
    /// The agreed dated next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
    /// What was promised and is open, ours and theirs, the oldest first; at most six.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promise>,
    /// The last three follow-ups, newest first, each cut to a gist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<FollowUp>,
    /// Materials ticked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<MaterialKey>,
    /// 明天提醒: the owner asked to be told once more in the same lapse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze: Option<Snooze>,
    /// The lapse that was warned of, by its start; a lapse is warned of once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_lapse: Option<DateTime<Utc>>,
    /// The lapse that was handed to the manager's digest, by its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated_lapse: Option<DateTime<Utc>>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
}

/// A promise with a day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NextStep {
    /// The day it is due; the clock is held until its end.
    pub day: NaiveDate,
    /// What, in the rep's words, cut to a gist.
    pub what: Box<str>,
    /// When it was agreed.
    pub agreed_at: DateTime<Utc>,
}

/// What one side has promised the other (product.md 1.14).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Promise {
    /// Whether we owe it to the customer; else they to us.
    pub ours: bool,
    /// What, in the rep's words, cut to a gist.
    pub what: Box<str>,
    /// When it is due, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// The kind of deed that keeps it, as `language::Action` is written: `quote`; empty where the words name none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub deed: Box<str>,
    /// When it was given.
    pub at: DateTime<Utc>,
}

/// One dated note.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FollowUp {
    /// When it was said.
    pub at: DateTime<Utc>,
    /// Who said it.
    pub by: MemberId,
    /// Its gist, at most 80 characters.
    pub gist: Box<str>,
}

/// The owner asked for one more reminder within a lapse.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Snooze {
    /// When to remind.
    pub until: DateTime<Utc>,
    /// The lapse it belongs to, by its start.
    pub lapse: DateTime<Utc>,
}

/// How a deal ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Closing {
    /// 赢单, 丢单 or 搁置.
    pub outcome: Outcome,
    /// When.
    pub at: DateTime<Utc>,
    /// Who said so.
    pub by: MemberId,
    /// The meetings that it called off, for 重开.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called_off: Vec<MeetingId>,
}

/// The three ends of a deal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 赢单
    Won,
    /// 丢单, and why once it was said.
    Lost(Option<LossReason>),
    /// 搁置
    Shelved,
}

/// The reasons that can be tapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    /// 价格
    Price,
    /// 竞品
    Competitor,
    /// 没预算
    Budget,
    /// 找不到人
    NoContact,
    /// 不做了
    Cancelled,
}

impl LossReason {
    /// In the order of the buttons.
    pub const ALL: [Self; 5] =
        [Self::Price, Self::Competitor, Self::Budget, Self::NoContact, Self::Cancelled];

    /// The button's text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "价格",
            Self::Competitor => "竞品",
            Self::Budget => "没预算",
            Self::NoContact => "找不到人",
            Self::Cancelled => "不做了",
        }
    }
}

impl Outcome {
    /// The button's text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Won => "赢单",
            Self::Lost(_) => "丢单",
            Self::Shelved => "搁置",
        }
    }
}

impl Deal {
    /// Whether it still asks for follow-ups.
    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// Whether `member` works on it, as owner or helper.
    pub fn is_with(&self, member: &MemberId) -> bool {
        self.owner == *member || self.helpers.contains(member)
    }
}
