//! An action card (行动卡片): a task with a day, acceptance criteria, evidence and a review. It goes 发起 → 执行 → 提交 →
//! 验证 → 归档, and keeps when it came to each; a return from the review brings it back to 执行.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{ActionCardId, DealId, MediaId, MemberId};

/// A task that somebody gave somebody.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ActionCard {
    /// Its number.
    pub id: ActionCardId,
    /// The deal it serves, where it serves one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<DealId>,
    /// What is to be done, in the giver's words: 给鑫源食品发报价单.
    pub what: Box<str>,
    /// Who gave it, and reviews it.
    pub by: MemberId,
    /// Who does it.
    pub to: MemberId,
    /// The day by whose end it is to be handed in.
    pub due: NaiveDate,
    /// 验收标准, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Box<str>>,
    /// What was handed in so far, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// How it came to where it stands, oldest first; it begins with 发起.
    pub steps: Vec<Step>,
    /// The due day that was warned of: each is warned of once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_for: Option<NaiveDate>,
    /// The warning waits until then, since the day's pushes were used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<DateTime<Utc>>,
}

/// One thing handed in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: MemberId,
    /// What.
    pub what: EvidenceKind,
}

/// What was handed in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A sentence.
    Words(Box<str>),
    /// A picture or a file.
    Media(MediaId),
}

/// A step on its way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// To which state.
    pub to: ActionState,
    /// When.
    pub at: DateTime<Utc>,
    /// Whose doing; nobody's when a rule did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// Why it came back, in the reviewer's words.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub reason: Box<str>,
}

/// Where a card stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// 发起: it was given.
    Issued,
    /// 执行: somebody is at it.
    Doing,
    /// 提交: handed in, and screened by rule once all its media have come.
    Submitted,
    /// 验证: with the reviewer.
    Reviewing,
    /// 归档: accepted.
    Archived,
}

impl ActionState {
    /// The word people read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "发起",
            Self::Doing => "执行",
            Self::Submitted => "提交",
            Self::Reviewing => "验证",
            Self::Archived => "归档",
        }
    }
}

impl ActionCard {
    /// Where it stands.
    pub fn state(&self) -> ActionState {
        self.steps.last().map_or(ActionState::Issued, |step| step.to)
    }

    /// Since when it stands there.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.steps.last().map(|step| step.at)
    }

    /// When it was given.
    pub fn issued_at(&self) -> Option<DateTime<Utc>> {
        self.steps.first().map(|step| step.at)
    }

    /// Moves it on.
    pub fn step(&mut self, to: ActionState, at: DateTime<Utc>, by: Option<&MemberId>, reason: &str) {
        self.steps.push(Step { to, at, by: by.cloned(), reason: reason.into() });
    }

    /// How long it stood in each state by `now`; a state that it came to twice counts both times.
    pub fn times(&self, now: DateTime<Utc>) -> Vec<(ActionState, TimeDelta)> {
        let ends = self.steps.iter().skip(1).map(|step| step.at).chain([now]);
        let mut times: Vec<(ActionState, TimeDelta)> = Vec::new();
        for (step, end) in self.steps.iter().zip(ends) {
            if step.to == ActionState::Archived {
                continue;
            }
            let stood = (end - step.at).max(TimeDelta::zero());
            match times.iter_mut().find(|(state, _)| *state == step.to) {
                Some((_, time)) => *time += stood,
                None => times.push((step.to, stood)),
            }
        }
        times
    }

    /// How long its doer needed: from the giving to the last handing in, or to `now`.
    pub fn worked(&self, now: DateTime<Utc>) -> TimeDelta {
        let handed_in = self.steps.iter().rev().find(|step| step.to == ActionState::Submitted);
        let end = handed_in.map_or(now, |step| step.at);
        self.issued_at().map_or(TimeDelta::zero(), |start| end - start)
    }

    /// Whether its doer still has to do something.
    pub fn is_with_doer(&self) -> bool {
        matches!(self.state(), ActionState::Issued | ActionState::Doing)
    }

    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        self.state() != ActionState::Archived
    }

    /// The sentences handed in.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.evidence.iter().filter_map(|evidence| match &evidence.what {
            EvidenceKind::Words(words) => Some(&**words),
            EvidenceKind::Media(_) => None,
        })
    }

    /// The pictures and files handed in.
    pub fn media(&self) -> impl Iterator<Item = MediaId> {
        self.evidence.iter().filter_map(|evidence| match evidence.what {
            EvidenceKind::Media(media) => Some(media),
            EvidenceKind::Words(_) => None,
        })
    }
}

/// What a card in somebody's chat asks about an action card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionAsk {
    /// To its doer: 开始做, 有困难.
    Offered(ActionCardId),
    /// To its doer: 提交, 有困难.
    Doing(ActionCardId),
    /// To its reviewer: 通过, 退回.
    Review(ActionCardId),
    /// To its reviewer: why does it go back?
    ReturnWhy {
        /// Which.
        card: ActionCardId,
        /// In the order of their digits.
        reasons: Vec<Box<str>>,
    },
    /// To its doer: what is in the way?
    TroubleWhy {
        /// Which.
        card: ActionCardId,
        /// In the order of their digits.
        reasons: Vec<Box<str>>,
    },
    /// To its giver: 撤销.
    Issued(ActionCardId),
    /// To a manager: what is to be done on this deal?
    Create {
        /// The deal.
        deal: DealId,
        /// In the order of their digits.
        offers: Vec<Box<str>>,
    },
    /// A list without buttons; a digit opens one.
    List(Vec<ActionCardId>),
}

impl ActionAsk {
    /// The one action card that it is about.
    pub fn card(&self) -> Option<ActionCardId> {
        match self {
            Self::Offered(card)
            | Self::Doing(card)
            | Self::Review(card)
            | Self::ReturnWhy { card, .. }
            | Self::TroubleWhy { card, .. }
            | Self::Issued(card) => Some(*card),
            Self::Create { .. } | Self::List(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    #[test]
    fn each_state_keeps_its_time_also_when_it_comes_twice() {
        let day = DateTime::UNIX_EPOCH.date_naive();
        let mut card = ActionCard {
            id: ActionCardId(1),
            deal: None,
            what: "发报价单".into(),
            by: "li".into(),
            to: "wang".into(),
            due: day,
            criteria: Vec::new(),
            evidence: Vec::new(),
            steps: Vec::new(),
            warned_for: None,
            put_off: None,
        };
        for (to, hour) in [
            (ActionState::Issued, 0),
            (ActionState::Doing, 2),
            (ActionState::Submitted, 5),
            (ActionState::Reviewing, 5),
            (ActionState::Doing, 9),
            (ActionState::Submitted, 10),
        ] {
            card.step(to, at(hour), None, "");
        }
        let hours: Vec<(ActionState, i64)> =
            card.times(at(11)).into_iter().map(|(state, time)| (state, time.num_hours())).collect();
        assert_eq!(
            hours,
            [
                (ActionState::Issued, 2),
                (ActionState::Doing, 4),
                (ActionState::Submitted, 1),
                (ActionState::Reviewing, 4)
            ]
        );
        assert_eq!(card.worked(at(20)).num_hours(), 10, "until it was handed in last");
    }
}
