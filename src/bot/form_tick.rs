//! A material ticked on the page of its deal, or the tick taken off.

use super::checkpoints;
use super::draft::Draft;
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{DealId, MaterialKey};

/// Sets the tick as it is from now on; one that stands so already changes nothing.
pub fn set(
    draft: &mut Draft<'_>,
    member: &Member,
    id: DealId,
    material: &MaterialKey,
    given: bool,
    from: &Sender,
) {
    let sees = draft.deal(id).is_some_and(|deal| deal.is_open() && draft.state.sees(member, deal));
    let known = draft.state.rules().materials.iter().any(|known| known.key == *material);
    let Some(deal) = draft.deal_mut(id).filter(|_| sees && known) else { return };
    if deal.given.contains(material) == given {
        return;
    }
    if given {
        deal.given.push(material.clone());
    } else {
        deal.given.retain(|key| key != material);
    }
    checkpoints::ticked(draft, member, id, material, None, from);
}
