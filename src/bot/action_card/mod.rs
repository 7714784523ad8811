//! Action cards (行动卡片, product.md 1.7): a manager's sentence or tap gives one, its doer starts, sends evidence and
//! hands in, a rule screens, the manager accepts or returns. Every step by a tap, a word or a digit.

mod give;
mod list;
mod overdue;
mod records;
mod review;
pub mod screen;
mod told;
mod undo;
mod work;

use chrono::{DateTime, NaiveDate, Utc};

pub use give::{begin, give, offer};
pub use list::{list, why};
pub use overdue::{due, late};
pub use review::unless_fetching;
pub use told::{step, taken, waiting_for_media};
pub use undo::{may_undo, undone};
pub use work::{attach, lost};

use super::draft::Draft;
use super::words;
use crate::config::Member;
use crate::event::{Sender, Tapped};
use crate::sales::{ActionAsk, ActionCard, ActionState, CardId, MemberId};

/// A title is read on a phone's first line: of the task it shows so many characters.
const TITLE: usize = 28;
/// A line of managers is short; the bound is against a ring in the file.
const LADDER: usize = 8;

/// The key of an ask's nth button, in the order in which they are drawn.
pub fn button_at(ask: &ActionAsk, n: u8) -> Option<String> {
    let place = usize::from(n).checked_sub(1)?;
    let fixed = |keys: &[&str]| keys.get(place).map(|key| (*key).to_owned());
    let digit = |count: usize| (place < count).then(|| n.to_string());
    match ask {
        ActionAsk::Offered(_) => fixed(&["start", "trouble"]),
        ActionAsk::Doing(_) => fixed(&["submit", "trouble"]),
        ActionAsk::Review(_) => fixed(&["accept", "return"]),
        ActionAsk::Issued(_) => fixed(&["undo"]),
        ActionAsk::ReturnWhy { reasons, .. } | ActionAsk::TroubleWhy { reasons, .. } => digit(reasons.len()),
        ActionAsk::Create { offers, .. } => digit(offers.len()),
        ActionAsk::List(cards) => digit(cards.len()),
    }
}

/// Does what a button of an open card says; whether it has that button.
pub fn pressed(
    draft: &mut Draft<'_>,
    member: &Member,
    card: CardId,
    ask: &ActionAsk,
    button: &str,
    from: &Sender,
    tapped: Option<&Tapped>,
) -> bool {
    if let Some(over) = overtaken(draft, ask) {
        draft.finish(card, &over, tapped);
        if tapped.is_none() {
            let vars = words::vars([("state", Some(over.into()))]);
            draft.answer(from, "stale_card", vars);
        }
        return true;
    }
    let place = button.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let hand = Hand { member, from, card: Some(card), tapped };
    match (ask, button) {
        (ActionAsk::Offered(id), "start") => work::start(draft, &hand, *id),
        (ActionAsk::Doing(id), "submit") => work::submit(draft, &hand, *id),
        (ActionAsk::Offered(id) | ActionAsk::Doing(id), "trouble") => work::ask_trouble(draft, &hand, *id),
        (ActionAsk::TroubleWhy { card: id, reasons }, _) => {
            let Some(reason) = place.and_then(|place| reasons.get(place)) else { return false };
            work::trouble(draft, &hand, *id, reason);
        }
        (ActionAsk::Review(id), "accept") => review::accept(draft, &hand, *id),
        (ActionAsk::Review(id), "return") => review::ask_reason(draft, &hand, *id),
        (ActionAsk::ReturnWhy { card: id, reasons }, _) => {
            let Some(reason) = place.and_then(|place| reasons.get(place)) else { return false };
            review::give_back(draft, &hand, *id, reason);
        }
        (ActionAsk::Issued(_), "undo") => {
            draft.finish(card, "已撤销", tapped);
            super::undo::undo_of_action(draft, member, ask, from);
        }
        (ActionAsk::Create { deal, offers }, _) => {
            let Some(offer) = place.and_then(|place| offers.get(place)) else { return false };
            give::give_offer(draft, &hand, *deal, offer);
        }
        (ActionAsk::List(cards), _) => {
            let Some(id) = place.and_then(|place| cards.get(place)) else { return false };
            return list::show(draft, member, *id, from);
        }
        (ActionAsk::Offered(_) | ActionAsk::Doing(_) | ActionAsk::Review(_) | ActionAsk::Issued(_), _) => {
            return false;
        }
    }
    true
}

/// Whose hand does something, and how.
pub(super) struct Hand<'h> {
    pub member: &'h Member,
    pub from: &'h Sender,
    /// The card that was tapped, or that a digit meant.
    pub card: Option<CardId>,
    /// The tap, where it was one.
    pub tapped: Option<&'h Tapped>,
}

/// What became of the action card since a card asked about it, when its buttons mean nothing any more.
fn overtaken(draft: &Draft<'_>, ask: &ActionAsk) -> Option<String> {
    let id = ask.card()?;
    let Some(card) = draft.action(id) else { return Some("已撤销".into()) };
    let stands = match ask {
        ActionAsk::Offered(_) => card.state() == ActionState::Issued,
        ActionAsk::Doing(_) => card.state() == ActionState::Doing,
        ActionAsk::TroubleWhy { .. } => card.is_with_doer(),
        ActionAsk::Review(_) | ActionAsk::ReturnWhy { .. } => card.state() == ActionState::Reviewing,
        ActionAsk::Issued(_) | ActionAsk::Create { .. } | ActionAsk::List(_) => true,
    };
    (!stands).then(|| match card.state() {
        ActionState::Issued => "还没开始".to_owned(),
        ActionState::Doing => "在做了".to_owned(),
        ActionState::Submitted | ActionState::Reviewing => "已经交了".to_owned(),
        ActionState::Archived => "已经通过了".to_owned(),
    })
}

/// The task as a title has it, with its customer where the words do not name it.
fn title(draft: &Draft<'_>, card: &ActionCard) -> String {
    let deal = card.deal.and_then(|id| draft.deal(id));
    let customer = deal.and_then(|deal| draft.state.customer(deal.customer));
    let named = customer.is_none_or(|customer| {
        let names = [&customer.name, &customer.short].into_iter().chain(&customer.aliases);
        names.into_iter().any(|name| card.what.contains(&**name))
    });
    let what = match customer.filter(|_| !named) {
        Some(customer) => format!("{}：{}", customer.short, card.what),
        None => card.what.to_string(),
    };
    shortened(&what, TITLE)
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// By when, as one says it: 「周五前」「明天下班前」.
fn by_when(draft: &Draft<'_>, due: NaiveDate) -> String {
    let calendar = &draft.state.rules().calendar;
    let day = calendar.spoken_day(calendar.opening(due), draft.now);
    // 「明天前」 would leave open whether tomorrow counts.
    let near = ["今天", "明天", "后天"].contains(&day.as_str());
    format!("{day}{}", if near { "下班前" } else { "前" })
}

/// A span of time as people say it, never below a minute.
fn lasted(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    crate::calendar::spoken_duration((to - from).max(chrono::TimeDelta::minutes(1)))
}

/// Whether `member` stands in the line of managers above `other`.
fn leads(draft: &Draft<'_>, member: &Member, other: &MemberId) -> bool {
    let people = &draft.state.rules().people;
    let above = |id: &MemberId| people.find(id).and_then(|member| member.manager.clone());
    std::iter::successors(above(other), above).take(LADDER).any(|above| above == member.id)
}

/// Who reviews the card: its giver; while they are away whoever leads them, and where they have left whoever leads the
/// doer; where nobody does, the doer.
fn reviewer<'s>(draft: &Draft<'s>, card: &ActionCard) -> Option<&'s Member> {
    let rules = draft.state.rules();
    let people = &rules.people;
    let today = rules.calendar.date(draft.now);
    let reached = |id: &MemberId| people.find(id).filter(|member| member.user_on(member.primary).is_some());
    let above = |id: &MemberId| people.find(id).and_then(|member| member.manager.clone());
    let ladder = |id: &MemberId| std::iter::successors(above(id), above).take(LADDER);
    let here = |member: &&Member| !member.is_away(today);
    let giver = reached(&card.by);
    giver
        .filter(here)
        .or_else(|| ladder(&card.by).chain(ladder(&card.to)).filter_map(|id| reached(&id)).find(here))
        .or(giver)
        .or_else(|| reached(&card.to))
}
