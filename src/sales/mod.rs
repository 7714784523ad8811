//! The domain: plain values and the rules that need nothing else. No I/O, no clock, no platform.
//!
//! | word | 中文 | here |
//! |---|---|---|
//! | member | 成员 | [`MemberId`]; who they are stands in `people.toml` |
//! | customer | 客户 | [`Customer`], [`Contact`] |
//! | deal | 商机 | [`Deal`] |
//! | follow-up | 跟进 | [`FollowUp`] |
//! | meeting | 客户会议 | [`Meeting`] |
//! | action card | 行动卡片 | [`ActionCard`]: a task with acceptance criteria, evidence and a review |
//! | media | 图片和文件 | [`Media`] |
//! | card | 卡片 | [`Card`]: what was sent with buttons and may still be tapped |
//! | import row | 导入行 | [`ImportRow`]: what one row of a sheet says of a customer or a deal |
//! | new customer | 新客户 | [`NewCustomer`]: the eight facts that everyone is asked for |
//! | script offer | 投稿 | [`ScriptOffer`]: words that a rep offers to the script library |
//! | formula | 算法 | [`Formula`]: a sum in the admin's words, of [`Quantity`] |
//! | region | 地区 | [`Region`]: a city, by its code |
//! | dialogue | 对话 | [`Dialogue`]: what the bot waits for in one member's chat |
//! | lapse | 停滞 | [`Lapse`]: one stretch without a follow-up, see [`lapse`] |

mod action_card;
mod card;
mod customer;
mod deal;
mod dialogue;
mod erasure;
mod formula;
mod ids;
mod import;
pub mod lapse;
mod media;
mod meeting;
mod money;
mod new_customer;
mod region;
mod script_offer;

pub use action_card::{ActionAsk, ActionCard, ActionState, Evidence, EvidenceKind, Step};
pub use card::{CARD_CODE_LIVES, Card, CardHandle, CardKind, CardState, CardSubject};
pub use customer::{Contact, Customer, short_name};
pub use deal::{Closing, Deal, FollowUp, LossReason, NextStep, Outcome, Promise, Snooze};
pub use dialogue::{Awaiting, Dialogue, Subject};
pub use erasure::{ErasureSubject, NameMark};
pub use formula::{Formula, FormulaFault, Quantity, SumFault, is_formula_name};
pub use ids::{
    ActionCardId, AppKey, CardId, CustomerId, DealId, MaterialKey, MediaId, MeetingId, MemberId, Platform,
    RowId, ScriptKey, ScriptOfferId, StageKey, TeamKey,
};
pub use import::{CustomerRow, DealRow, ImportRow, Kept, same_name};
pub use lapse::Lapse;
pub use media::{Blob, Media, MediaKind, MediaState};
pub use meeting::{Meeting, MeetingState};
pub use money::Money;
pub use new_customer::NewCustomer;
pub use region::{Region, regions};
pub use script_offer::{OfferState, ScriptOffer};
