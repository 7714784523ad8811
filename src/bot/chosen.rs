//! What was chosen on a card and sent in by its one button (WeCom's votes and drop-downs): one of several is the button
//! of that key; ticks are ticked as they were left; drop-downs fill in what was asked.

use super::draft::Draft;
use super::{checkpoints, tapped, tell_customer, words};
use crate::config::Member;
use crate::event::Tapped;
use crate::sales::{Card, CardKind, DealId, MaterialKey};

/// The submit button of an open card was tapped.
pub fn sent_in(draft: &mut Draft<'_>, member: &Member, card: &Card, tapped: &Tapped) {
    if matches!(card.kind, CardKind::NewCustomer) {
        return tell_customer::chosen(draft, member, card, tapped);
    }
    let options: Vec<&str> =
        tapped.chosen.iter().flat_map(|(_, options)| options).map(|option| &**option).collect();
    if options.is_empty() {
        // Where a client leaves the question out nothing is taken off; the card is drawn again, so that it does not
        // seem to wait.
        draft.redraw(card.id, card.vars.clone(), Some(tapped));
        draft.answer(&tapped.from, "choose_first", words::vars([]));
        return;
    }
    if let Some((deal, materials)) = ticks_of(draft, card) {
        return tick(draft, member, card, deal, &materials, &options, tapped);
    }
    let known = options
        .first()
        .is_some_and(|option| tapped::press(draft, member, card.id, option, &tapped.from, Some(tapped)));
    if !known {
        draft.answer(&tapped.from, "choose_first", words::vars([]));
    }
}

/// The materials to tick on the card, and whose deal they are for.
fn ticks_of(draft: &Draft<'_>, card: &Card) -> Option<(DealId, Vec<MaterialKey>)> {
    match &card.kind {
        CardKind::Pack { meeting, materials } => {
            Some((draft.state.meeting(*meeting)?.deal, materials.clone()))
        }
        CardKind::Checkpoint { deal, materials, .. } | CardKind::Noted { deal, materials, .. } => {
            (!materials.is_empty()).then(|| (*deal, materials.clone()))
        }
        _ => None,
    }
}

fn tick(
    draft: &mut Draft<'_>,
    member: &Member,
    card: &Card,
    id: DealId,
    materials: &[MaterialKey],
    left: &[&str],
    tapped: &Tapped,
) {
    let Some(deal) = draft.deal(id) else { return };
    let differs = |key: &&MaterialKey| deal.given.contains(*key) != left.contains(&key.as_str());
    let changed: Vec<MaterialKey> = materials.iter().filter(differs).cloned().collect();
    let Some((last, others)) = changed.split_last() else {
        // Sent in as it was: the card is drawn again, so that it does not seem to wait.
        return draft.redraw(card.id, card.vars.clone(), Some(tapped));
    };
    for key in others {
        if checkpoints::toggle(draft, id, key).is_some() {
            checkpoints::ticked(draft, member, id, key, None, &tapped.from);
        }
    }
    // The last one draws the card, which can be done once a tap.
    tapped::press(draft, member, card.id, last.as_str(), &tapped.from, Some(tapped));
}
