//! Action cards, pictures and files on the draft, and the lines about them.

use super::super::draft::{Draft, taken};
use crate::sales::{ActionAsk, ActionCard, ActionCardId, CardId, CardKind, CardSubject, Media, MediaId};
use crate::state::{Deed, Line, LineSubject, RecordKey};

impl Draft<'_> {
    /// The action card, as this event has left it so far.
    pub fn action(&self, id: ActionCardId) -> Option<&ActionCard> {
        let stored = || self.state.action(id).filter(|_| !self.is_deleted(&RecordKey::Action(id)));
        self.actions.get(&id).or_else(stored)
    }

    /// The action card, to change.
    pub fn action_mut(&mut self, id: ActionCardId) -> Option<&mut ActionCard> {
        let Self { state, actions, .. } = self;
        taken(actions, id, || state.action(id))
    }

    /// The picture or file, as this event has left it so far.
    pub fn medium(&self, id: MediaId) -> Option<&Media> {
        self.media.get(&id).or_else(|| self.state.media(id))
    }

    /// The picture or file, to change.
    pub fn medium_mut(&mut self, id: MediaId) -> Option<&mut Media> {
        let Self { state, media, .. } = self;
        taken(media, id, || state.media(id))
    }

    /// A line about an action card: it stands in its deal's history, where it serves one.
    pub fn about_action(&self, card: &ActionCard, what: Deed) -> Line {
        let subject = card.deal.map_or(LineSubject::Action(card.id), LineSubject::Deal);
        Line::about(subject, what, self.event.identity, self.now)
    }

    /// Ends the open cards that ask so about this action card, all but `but`.
    pub fn finish_asks(
        &mut self,
        id: ActionCardId,
        fits: impl Fn(&ActionAsk) -> bool,
        done: &str,
        but: Option<CardId>,
    ) {
        let asks = |kind: &CardKind| match kind {
            CardKind::Action(ask) => fits(ask),
            _ => false,
        };
        for card in self.open_cards(CardSubject::Action(id), asks) {
            if Some(card) != but {
                self.finish(card, done, None);
            }
        }
    }
}
