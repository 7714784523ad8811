//! A card that was sent with buttons: what a tap on it, or a digit in its chat, means.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    ActionAsk, ActionCardId, CardId, DealId, MaterialKey, MediaId, MeetingId, MemberId, Platform, ScriptKey,
    ScriptOfferId, StageKey,
};

/// A card that was sent and may still be tapped.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// Its number.
    pub id: CardId,
    /// Whom it was sent to; nobody else's tap counts.
    pub to: MemberId,
    /// In which app.
    pub platform: Platform,
    /// What it asks.
    pub kind: CardKind,
    /// Where it stands.
    pub state: CardState,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Its template, so that it can be drawn again.
    pub template: Box<str>,
    /// Its variables.
    pub vars: serde_json::Value,
    /// What the platform needs to change it later; known once it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<CardHandle>,
}

/// What a card asks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// An overdue deal, with the four buttons.
    Warning {
        /// The deal.
        deal: DealId,
    },
    /// Several overdue deals; a digit opens one.
    Warnings {
        /// In the order of their digits.
        deals: Vec<DealId>,
    },
    /// 关闭商机: 赢单, 丢单 or 搁置?
    Closing {
        /// The deal.
        deal: DealId,
    },
    /// 丢单: why?
    LossReason {
        /// The deal.
        deal: DealId,
    },
    /// 移交: to whom?
    HandOver {
        /// The deal.
        deal: DealId,
        /// In the order of their digits.
        mates: Vec<MemberId>,
    },
    /// Which deal was meant?
    WhichDeal {
        /// In the order of their digits.
        deals: Vec<DealId>,
    },
    /// A note was stored with something beside it: 改一下, 撤销.
    Noted {
        /// The deal.
        deal: DealId,
        /// The materials that its new stage demands, to tick.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        materials: Vec<MaterialKey>,
        /// The competitor that the note names, whose scripts are offered: by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rival: Option<Box<str>>,
    },
    /// A note that said nothing: what is the next step?
    EmptyNote {
        /// The deal.
        deal: DealId,
    },
    /// A list of deals without buttons; a digit shows one.
    Deals {
        /// In the order of their digits.
        deals: Vec<DealId>,
    },
    /// What a new customer still lacks, as drop-downs; the rest was told, and is awaited in the chat.
    NewCustomer,
    /// Words for the customer; 发1 sends one alone.
    Scripts {
        /// The deal that they fit, when there is one.
        deal: Option<DealId>,
        /// In the order of their digits.
        scripts: Vec<ScriptKey>,
        /// What they answer.
        #[serde(default, skip_serializing_if = "str::is_empty")]
        ask: Box<str>,
        /// Shown before for the same; 换一组 leaves them out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        before: Vec<ScriptKey>,
        /// Those that were sent alone, the newest last: what 有用 is said of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sent: Vec<ScriptKey>,
        /// What was said of them, useful or not; one voice a script.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        judged: Vec<(ScriptKey, bool)>,
    },
    /// 话术 alone: which kind of objection, or which competitor?
    ScriptKinds {
        /// The deal that they shall fit, when there is one.
        deal: Option<DealId>,
        /// In the order of their digits: what to ask for.
        asks: Vec<Box<str>>,
    },
    /// What a deal brings back; figures said behind it change it, 发 sends it alone.
    Estimate {
        /// The deal, when it is one's.
        deal: Option<DealId>,
        /// A key of `roi.toml`.
        model: Box<str>,
        /// The figures that were said, by the input's name, in ten-thousandths.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        said: Vec<(Box<str>, i64)>,
    },
    /// What a stage demands, to tick.
    Checkpoint {
        /// The deal.
        deal: DealId,
        /// The materials, in order.
        materials: Vec<MaterialKey>,
        /// The stage that the deal comes to once none is missing; none when it only came to its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<StageKey>,
    },
    /// The pre-meeting pack: its buttons tick materials.
    Pack {
        /// The meeting.
        meeting: MeetingId,
        /// The materials offered, in order.
        materials: Vec<MaterialKey>,
    },
    /// After the meeting: what came of it?
    MeetingOutcome {
        /// The meeting.
        meeting: MeetingId,
    },
    /// The manager's digest: a button or a digit opens one of its deals.
    Stuck {
        /// In the order of their digits.
        deals: Vec<DealId>,
    },
    /// One deal, shown to who leads its owner: 派任务.
    Lead {
        /// The deal.
        deal: DealId,
    },
    /// On which deal are these pictures to be kept?
    WhosePicture {
        /// The pictures.
        media: Vec<MediaId>,
        /// In the order of their digits.
        deals: Vec<DealId>,
    },
    /// Something about an action card.
    Action(ActionAsk),
    /// A rep's words for the script library: 通过 or 不收.
    ScriptOffer {
        /// The words.
        offer: ScriptOfferId,
    },
}

/// The one thing that a card asks about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CardSubject {
    /// A deal.
    Deal(DealId),
    /// A meeting.
    Meeting(MeetingId),
    /// An action card.
    Action(ActionCardId),
    /// Words for the script library.
    Offer(ScriptOfferId),
}

/// Where a card stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// Its buttons work.
    Open,
    /// It was answered; the text stands on the card.
    Done(Box<str>),
    /// Something newer took its place.
    Stale,
}

/// WeCom's codes to change a card live this long (reference/wecom.md 4.3).
pub const CARD_CODE_LIVES: TimeDelta = TimeDelta::hours(72);

/// What the platform needs to change a card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardHandle {
    /// `response_code` of the send or of the newest tap: one use, 72 hours (reference/wecom.md 4.3).
    WeCom {
        /// The code.
        code: Box<str>,
        /// When it was given.
        at: DateTime<Utc>,
    },
    /// DingTalk cards are changed by their `outTrackId`, which we made.
    DingTalk,
}

impl CardKind {
    /// The one deal that it is about, where it is about one.
    pub fn deal(&self) -> Option<DealId> {
        match self.subject() {
            Some(CardSubject::Deal(deal)) => Some(deal),
            _ => None,
        }
    }

    /// What it is about, where that is one thing.
    pub fn subject(&self) -> Option<CardSubject> {
        match self {
            Self::Warning { deal }
            | Self::Closing { deal }
            | Self::LossReason { deal }
            | Self::HandOver { deal, .. }
            | Self::Noted { deal, .. }
            | Self::Checkpoint { deal, .. }
            | Self::EmptyNote { deal }
            | Self::Lead { deal }
            | Self::Action(ActionAsk::Create { deal, .. }) => Some(CardSubject::Deal(*deal)),
            Self::Scripts { deal, .. } | Self::ScriptKinds { deal, .. } | Self::Estimate { deal, .. } => {
                deal.map(CardSubject::Deal)
            }
            Self::Pack { meeting, .. } | Self::MeetingOutcome { meeting } => {
                Some(CardSubject::Meeting(*meeting))
            }
            Self::Action(ask) => ask.card().map(CardSubject::Action),
            Self::ScriptOffer { offer } => Some(CardSubject::Offer(*offer)),
            Self::NewCustomer
            | Self::Warnings { .. }
            | Self::WhichDeal { .. }
            | Self::Deals { .. }
            | Self::Stuck { .. }
            | Self::WhosePicture { .. } => None,
        }
    }
}

impl CardId {
    /// The card's name outside, `task_id` and `outTrackId`: its number and the store's epoch, so that a name is never
    /// used twice, not even after a restore.
    pub fn outside(self, epoch: u64) -> String {
        format!("k-{}-{epoch:016x}", self.0)
    }

    /// The card that an outside name means in this epoch.
    pub fn from_outside(name: &str, epoch: u64) -> Option<Self> {
        let (id, of) = name.strip_prefix("k-")?.split_once('-')?;
        (u64::from_str_radix(of, 16) == Ok(epoch)).then_some(Self(id.parse().ok()?))
    }
}
