//! Action cards, and the pictures and files that people sent: reading, and what they wait for.

use chrono::{DateTime, Utc};

use super::{Due, State, action_due};
use crate::sales::{ActionCard, ActionCardId, Media, MediaId, MemberId};

impl State {
    /// By number.
    pub fn action(&self, id: ActionCardId) -> Option<&ActionCard> {
        self.actions.get(&id)
    }

    /// All action cards, by number.
    pub fn actions(&self) -> impl DoubleEndedIterator<Item = &ActionCard> {
        self.actions.values()
    }

    /// The open action cards that `member` has to do, or has to review or wait for, by number.
    pub fn actions_of<'s>(&'s self, member: &'s MemberId) -> impl DoubleEndedIterator<Item = &'s ActionCard> {
        self.actions().filter(move |card| card.is_open() && (card.to == *member || card.by == *member))
    }

    /// All pictures and files, by number.
    pub fn all_media(&self) -> impl Iterator<Item = &Media> {
        self.media.values()
    }

    /// By number.
    pub fn media(&self, id: MediaId) -> Option<&Media> {
        self.media.get(&id)
    }

    pub(super) fn due_of_action(&self, id: ActionCardId) -> Option<(DateTime<Utc>, Due)> {
        let at = action_due(self.action(id)?, self.rules())?;
        Some((at, Due::ActionCard(id)))
    }
}
