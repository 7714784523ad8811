//! Which deal a note is about: by the customers it names, by what was last spoken of, or by a choice.

use crate::config::Member;
use crate::language::Note;
use crate::sales::{Deal, DealId};

use super::draft::Draft;

/// At most so many are offered.
const OFFERED: usize = 4;

/// The deal that a note is about.
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
    let spoken_of = subject(draft, member);
    if named.is_empty() {
        return spoken_of.map_or_else(|| own_few(draft, member), Which::One);
    }
    let open = |deal: &&Deal| deal.is_open();
    let all: Vec<&Deal> =
        named.iter().flat_map(|id| draft.state.deals_of_customer(*id)).filter(open).collect();
    let own: Vec<&Deal> = all.iter().copied().filter(|deal| deal.is_with(&member.id)).collect();
    // A colleague's note on another's deal lands there: own deals come first.
    let fitting = if own.is_empty() { all } else { own };
    let ids: Vec<DealId> = fitting.iter().map(|deal| deal.id).collect();
    match &ids[..] {
        [] => Which::None,
        [one] => Which::One(*one),
        several => spoken_of
            .filter(|deal| several.contains(deal))
            .map_or_else(|| Which::Several(newest(&fitting)), Which::One),
    }
}

/// The deal last spoken of in this chat, within the window.
pub fn subject(draft: &Draft<'_>, member: &Member) -> Option<DealId> {
    let subject = draft.state.dialogue(&member.id)?.subject.as_ref()?;
    let window = draft.state.rules().workspace.subject_window;
    let fresh = draft.now - subject.at <= window;
    let open = draft.state.deal(subject.deal).is_some_and(Deal::is_open);
    (fresh && open).then_some(subject.deal)
}

/// Without any name: the only own deal, or a choice of those touched last.
fn own_few(draft: &Draft<'_>, member: &Member) -> Which {
    let own: Vec<&Deal> = draft.state.deals_of_owner(&member.id).filter(|deal| deal.is_open()).collect();
    match &own[..] {
        [] => Which::None,
        [one] => Which::One(one.id),
        several => Which::Several(newest(several)),
    }
}

fn newest(deals: &[&Deal]) -> Vec<DealId> {
    let mut deals = deals.to_vec();
    deals.sort_by_key(|deal| (std::cmp::Reverse(deal.last_follow_up), deal.id));
    deals.iter().take(OFFERED).map(|deal| deal.id).collect()
}
