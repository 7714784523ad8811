//! The draft's cards: those that begin, and the new faces of those that are out.

use serde_json::Value;

use super::Draft;
use crate::event::{CardFace, Reply, Tapped};
use crate::sales::{
    AppKey, CARD_CODE_LIVES, Card, CardHandle, CardId, CardKind, CardState, CardSubject, MemberId, Platform,
};
use crate::state::{Recipient, Saying};

impl Draft<'_> {
    /// Keeps what a tap shows: the card is out; on WeCom the tap's code can change it once, now or later.
    pub fn keep_handle(&mut self, id: CardId, tapped: &Tapped) {
        let handle = match (tapped.from.platform, tapped.code.clone()) {
            (Platform::WeCom, Some(code)) => CardHandle::WeCom { code, at: self.now },
            (Platform::WeCom, None) => return,
            (Platform::DingTalk, _) => CardHandle::DingTalk,
        };
        let known = self.cards.get(&id).or_else(|| self.state.card(id)).and_then(|card| card.handle.as_ref());
        if known == Some(&handle) {
            return;
        }
        if let Some(card) = self.card_mut(id) {
            card.handle = Some(handle);
        }
    }

    /// The cards of this kind that still wait for an answer about this.
    pub fn open_cards(&self, about: CardSubject, fits: impl Fn(&CardKind) -> bool) -> Vec<CardId> {
        let open = self.state.open_cards(about).filter(|card| fits(&card.kind));
        let mut ids: Vec<CardId> = open.map(|card| card.id).collect();
        ids.retain(|id| self.cards.get(id).is_none_or(|card| card.state == CardState::Open));
        ids
    }

    /// Gives a card its final face: in the answer to the tap where the platform takes it there, else by a call.
    pub fn finish(&mut self, id: CardId, done: &str, tapped: Option<&Tapped>) {
        let Some(card) = self.card_mut(id) else { return };
        card.state = CardState::Done(done.into());
        let (template, vars) = (card.template.clone(), card.vars.clone());
        self.show(id, CardFace { card: id, template, vars, done: Some(done.into()) }, tapped);
    }

    /// Draws a card again with other variables; its buttons go on working.
    pub fn redraw(&mut self, id: CardId, vars: Value, tapped: Option<&Tapped>) {
        let Some(card) = self.card_mut(id) else { return };
        card.vars = vars.clone();
        let template = card.template.clone();
        self.show(id, CardFace { card: id, template, vars, done: None }, tapped);
    }

    fn show(&mut self, id: CardId, face: CardFace, tapped: Option<&Tapped>) {
        let Some(card) = self.cards.get(&id).cloned() else { return };
        let here = tapped.filter(|tapped| tapped.from.platform == card.platform);
        let code = match (card.platform, here) {
            (Platform::DingTalk, Some(_)) => return self.reply(Reply::Card(Box::new(face))),
            // One that is still on its way gets its face when it is out.
            (Platform::DingTalk, None) if card.handle.is_none() => return,
            (Platform::DingTalk, None) => None,
            // Without a code the card stays as it is, until it is out or tapped: both bring a code.
            (Platform::WeCom, _) => match self.spare_code(&card) {
                Some(code) => Some(code),
                None => return,
            },
        };
        let Some((app, user)) = self.chat_of(&card, here) else { return };
        let person = Recipient::Person { user };
        let says = Saying::Update { face, code };
        self.row(app, person, says, self.now + CARD_CODE_LIVES, false);
    }

    /// The code that came with the send or the newest tap, used once.
    fn spare_code(&mut self, card: &Card) -> Option<Box<str>> {
        let Some(CardHandle::WeCom { code, at }) = &card.handle else { return None };
        let lives = self.now - *at < CARD_CODE_LIVES;
        if let Some(card) = self.card_mut(card.id) {
            card.handle = None;
        }
        lives.then(|| code.clone())
    }

    fn chat_of(&self, card: &Card, tapped: Option<&Tapped>) -> Option<(AppKey, Box<str>)> {
        if let Some(tapped) = tapped {
            return Some((tapped.from.app.clone(), tapped.from.user.clone()));
        }
        let user = self.state.rules().people.find(&card.to)?.user_on(card.platform)?;
        Some((self.app_of(card.platform)?, user.into()))
    }

    /// A card that begins with this event; a digit in the member's chat means it from now on.
    pub(super) fn card(
        &mut self,
        to: &MemberId,
        platform: Platform,
        kind: CardKind,
        template: &str,
        vars: Value,
    ) -> CardId {
        let id = CardId(self.id());
        let (to, at, template) = (to.clone(), self.now, template.into());
        self.dialogue_mut(&to).card = Some(id);
        self.cards.insert(
            id,
            Card { id, to, platform, kind, state: CardState::Open, at, template, vars, handle: None },
        );
        id
    }
}
