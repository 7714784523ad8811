//! Which deal is meant: by the customers that are named, by what was last spoken of, by what the words tell, or by a
//! choice. A choice keeps the words as they were written and takes them up again on the deal that was chosen.

use std::cmp::Reverse;

use super::draft::Draft;
use super::{agreed, words};
use crate::config::Member;
use crate::event::Sender;
use crate::language::{Note, Via};
use crate::sales::{Awaiting, CardKind, CardState, CustomerId, Deal, DealId};
use crate::state::Deed;

/// At most so many are offered.
const OFFERED: usize = 4;

/// The deal that is meant.
pub enum Which {
    /// This one.
    One(DealId),
    /// One of these; it matters which.
    Several(Vec<DealId>),
    /// Nobody can say.
    None,
}

/// The deal that a note is about.
pub fn which(draft: &Draft<'_>, member: &Member, note: &Note) -> Which {
    let named = note.customers();
    if named.is_empty() {
        return subject(draft, member).map_or_else(|| own_few(draft, member), Which::One);
    }
    among(draft, member, &named, note)
}

/// The deal of these customers that a note is about.
pub fn among(draft: &Draft<'_>, member: &Member, named: &[CustomerId], note: &Note) -> Which {
    let all: Vec<&Deal> = named
        .iter()
        .flat_map(|id| draft.state.deals_of_customer(*id))
        .filter(|deal| deal.is_open())
        .collect();
    let own: Vec<&Deal> = all.iter().copied().filter(|deal| deal.is_with(&member.id)).collect();
    // Half the country is 张总: a person alone never leads to a colleague's customer.
    let person_alone = !note.mentions.is_empty() && note.mentions.iter().all(|it| it.via == Via::Contact);
    if person_alone && own.is_empty() {
        let led = all.into_iter().filter(|deal| draft.state.leads(member, deal)).collect::<Vec<_>>();
        return match led.is_empty() {
            true => own_few(draft, member),
            false => one_of(&led),
        };
    }
    // A colleague's note on another's deal lands there: own deals come first.
    let fitting = if own.is_empty() { all } else { own };
    let spoken_of = subject(draft, member).filter(|id| fitting.iter().any(|deal| deal.id == *id));
    match &fitting[..] {
        [] => Which::None,
        [one] => Which::One(one.id),
        several => of_product(draft, several, note)
            .or(spoken_of)
            .or_else(|| known_from_before(draft, several, note))
            .map_or_else(|| Which::Several(newest(several)), Which::One),
    }
}

/// The one open deal that a command means: of the customers it names, the newest card's, the one last spoken of, or
/// the only one.
pub fn meant(draft: &Draft<'_>, member: &Member, customers: &[CustomerId]) -> Which {
    if customers.is_empty() {
        let at_hand = of_card(draft, member).or_else(|| subject(draft, member));
        return at_hand.map_or_else(|| own_few(draft, member), Which::One);
    }
    let named: Vec<&Deal> = customers
        .iter()
        .flat_map(|id| draft.state.deals_of_customer(*id))
        .filter(|deal| deal.is_open() && deal.is_with(&member.id))
        .collect();
    let at_hand = of_card(draft, member).or_else(|| subject(draft, member));
    match &named[..] {
        [] => Which::None,
        [one] => Which::One(one.id),
        several => at_hand
            .filter(|id| several.iter().any(|deal| deal.id == *id))
            .map_or_else(|| Which::Several(newest(several)), Which::One),
    }
}

/// The one open deal of these customers whose owner the member leads.
pub fn led(draft: &Draft<'_>, member: &Member, customers: &[CustomerId]) -> Which {
    let of_them = customers.iter().flat_map(|id| draft.state.deals_of_customer(*id));
    let led: Vec<&Deal> = of_them.filter(|deal| deal.is_open() && draft.state.leads(member, deal)).collect();
    one_of(&led)
}

/// The only one, or those to choose from.
fn one_of(deals: &[&Deal]) -> Which {
    match deals {
        [] => Which::None,
        [one] => Which::One(one.id),
        several => Which::Several(newest(several)),
    }
}

/// The open deal of the newest card in this chat, while the card is open.
fn of_card(draft: &Draft<'_>, member: &Member) -> Option<DealId> {
    let card = draft.state.card(draft.state.dialogue(&member.id)?.card?)?;
    let deal = card.kind.deal().filter(|_| card.state == CardState::Open)?;
    draft.state.deal(deal).filter(|deal| deal.is_open()).map(|deal| deal.id)
}

/// The deal last spoken of in this chat, within the window.
pub fn subject(draft: &Draft<'_>, member: &Member) -> Option<DealId> {
    let subject = draft.state.dialogue(&member.id)?.subject.as_ref()?;
    let window = draft.state.rules().workspace.subject_window;
    let fresh = draft.now - subject.at <= window;
    let open = draft.state.deal(subject.deal).is_some_and(Deal::is_open);
    (fresh && open).then_some(subject.deal)
}

/// The only deal that the note names, by its own name or its product line.
fn of_product(draft: &Draft<'_>, deals: &[&Deal], note: &Note) -> Option<DealId> {
    let process = &draft.state.rules().process;
    only(deals, |deal| {
        let names = [&*deal.name, process.product_line_name(&deal.product_line)];
        names.iter().any(|name| !name.is_empty() && note.text.contains(name))
    })
}

/// The only deal of one customer on which the person, or what is agreed, was spoken of before.
fn known_from_before(draft: &Draft<'_>, deals: &[&Deal], note: &Note) -> Option<DealId> {
    let first = deals.first()?;
    if deals.iter().any(|deal| deal.customer != first.customer) {
        return None;
    }
    let before = |deal: &Deal, word: &str| {
        let told = deal.recent.iter().any(|follow_up| follow_up.gist.contains(word));
        told || draft
            .state
            .meetings_of(deal.id)
            .any(|meeting| meeting.with.contains(word) || meeting.purpose.contains(word))
    };
    let clues = [note.contact.as_deref(), agreed::purpose_in(&note.text)];
    clues.into_iter().flatten().find_map(|clue| only(deals, |deal| before(deal, clue)))
}

fn only(deals: &[&Deal], fits: impl Fn(&Deal) -> bool) -> Option<DealId> {
    let mut fitting = deals.iter().filter(|deal| fits(deal));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first.id)
}

/// Without any name: the only own deal, or a choice of those touched last.
fn own_few(draft: &Draft<'_>, member: &Member) -> Which {
    let own: Vec<&Deal> = draft.state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).collect();
    one_of(&own)
}

fn newest(deals: &[&Deal]) -> Vec<DealId> {
    let mut deals = deals.to_vec();
    deals.sort_by_key(|deal| (Reverse(deal.last_follow_up), deal.id));
    deals.iter().take(OFFERED).map(|deal| deal.id).collect()
}

/// The name that several customers share in a note: 张总.
pub fn shared_name(note: &Note) -> Option<String> {
    let contact = note.mentions.iter().find(|mention| mention.via == Via::Contact);
    let contact = contact.filter(|_| note.customers().len() > 1)?;
    note.text.get(contact.span.clone()).map(str::to_owned)
}

/// Asks which; the words are kept, and taken up again on the deal that is chosen.
pub fn ask(
    draft: &mut Draft<'_>,
    member: &Member,
    kept: &str,
    said: Option<String>,
    offered: Vec<DealId>,
    from: &Sender,
) {
    let deals = offered.iter().filter_map(|id| draft.deal(*id));
    let texts: Vec<String> = deals.map(|deal| label(draft, &offered, deal)).collect();
    let vars = words::vars([("said", said.map(Into::into)), ("options", Some(words::options(texts)))]);
    draft.answer_card(from, &member.id, CardKind::WhichDeal { deals: offered.clone() }, "which_deal", vars);
    let expires_at = draft.now + draft.state.rules().workspace.subject_window;
    let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(kept);
    draft.line(line);
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::DealFor { note: kept.into(), deals: offered };
    dialogue.expires_at = expires_at;
}

/// The customer, and what tells two deals of one customer apart.
pub fn label(draft: &Draft<'_>, offered: &[DealId], deal: &Deal) -> String {
    let rules = draft.state.rules();
    let customer = words::customer(draft.state, deal);
    let offered = offered.iter().filter_map(|id| draft.deal(*id));
    let twins = offered.filter(|other| other.customer == deal.customer && other.id != deal.id);
    let mut twins = twins.peekable();
    if twins.peek().is_none() {
        return customer;
    }
    if !deal.name.is_empty() {
        return format!("{customer} {}", deal.name);
    }
    let line = rules.process.product_line_name(&deal.product_line);
    if twins.any(|twin| twin.product_line == deal.product_line) {
        format!("{customer} {}", words::stage(rules, &deal.stage))
    } else {
        format!("{customer} {line}")
    }
}
