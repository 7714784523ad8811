//! Pages of ours that somebody sent in. Every one leaves a line of this event: the page that answers is drawn from it,
//! and so is the answer to a second tap.

use super::draft::Draft;
use super::{form_customer, form_note, form_tick};
use crate::event::{Form, Submitted};

/// Somebody sent in a page.
pub fn submitted(draft: &mut Draft<'_>, submitted: &Submitted) {
    let Submitted { from, form } = submitted;
    // A link outlives its member: who is no longer one changes nothing.
    let Some(member) = draft.state.rules().people.find_user(from.platform, &from.user) else { return };
    match form {
        Form::Note { deal, text } => form_note::take(draft, member, *deal, text, from),
        Form::Customer(new) => form_customer::enter(draft, member, new, from),
        Form::Tick { deal, material, given } => form_tick::set(draft, member, *deal, material, *given, from),
    }
}
