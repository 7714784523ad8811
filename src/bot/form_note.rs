//! 记一笔 on its page: the words are a note on the page's deal, whatever else they might be in the chat.

use super::draft::Draft;
use super::{notes, said};
use crate::config::Member;
use crate::event::Sender;
use crate::sales::DealId;
use crate::state::Deed;

/// Stores the words on the deal. On one that is closed or went to somebody else they are kept as a draft, and the page
/// says so.
pub fn take(draft: &mut Draft<'_>, member: &Member, id: DealId, text: &str, from: &Sender) {
    let sees = draft.deal(id).is_some_and(|deal| deal.is_open() && draft.state.sees(member, deal));
    if !sees {
        let line = draft.about_workspace(Deed::Drafted).by(&member.id).saying(text);
        return draft.line(line);
    }
    let note = said::whole_note(draft.state, &member.id, text, draft.now);
    notes::take_on(draft, member, id, &note, from);
}
