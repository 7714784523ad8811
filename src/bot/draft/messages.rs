//! The draft's messages: answers where it was asked, pushes to a member's primary app, words to a group.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::Draft;
use crate::config::Member;
use crate::event::{Ranking, Sender};
use crate::sales::{
    ActionAsk, AppKey, Blob, CardId, CardKind, MaterialKey, MediaId, MemberId, Platform, RowId,
};
use crate::state::{Counts, Recipient, Row, RowState, Saying, loud_for};

/// An answer is of use this long.
const ANSWER_USEFUL: TimeDelta = TimeDelta::hours(1);

/// A message that nobody asked for.
pub struct Push<'t> {
    pub template: &'t str,
    pub vars: Value,
    /// What its buttons mean, when it has any.
    pub card: Option<CardKind>,
    /// After this it is of no use.
    pub useful_until: DateTime<Utc>,
    /// Whether it may wait behind answers.
    pub bulk: bool,
}

impl Draft<'_> {
    /// Answers where it was asked: in the person's chat or the group, through DingTalk's reply address while it lives.
    pub fn answer(&mut self, to: &Sender, template: &str, vars: Value) -> RowId {
        let says =
            Saying::Message { template: template.into(), vars, card: None, session: to.session.clone() };
        self.row(to.app.clone(), place(to), says, self.now + ANSWER_USEFUL, false)
    }

    /// Sends a picture or a file that is kept into the chat of who asked for it.
    pub fn answer_media(&mut self, to: &Sender, media: MediaId, blob: Blob, name: &str) -> RowId {
        let says = Saying::Media { media, blob, name: name.into() };
        let person = Recipient::Person { user: to.user.clone() };
        self.row(to.app.clone(), person, says, self.now + ANSWER_USEFUL, false)
    }

    /// Answers where it was asked with a material's own document.
    pub fn answer_document(&mut self, to: &Sender, material: &MaterialKey) -> RowId {
        let says = Saying::Document { material: material.clone() };
        self.row(to.app.clone(), place(to), says, self.now + ANSWER_USEFUL, false)
    }

    /// Answers with a card in the member's own chat; a digit there means this card from now on.
    pub fn answer_card(
        &mut self,
        to: &Sender,
        member: &MemberId,
        kind: CardKind,
        template: &str,
        vars: Value,
    ) -> CardId {
        let card = self.card(member, to.platform, kind, template, vars.clone());
        let says = Saying::Message { template: template.into(), vars, card: Some(card), session: None };
        let person = Recipient::Person { user: to.user.clone() };
        self.row(to.app.clone(), person, says, self.now + ANSWER_USEFUL, false);
        card
    }

    /// Answers with a numbered text; a digit in the member's chat means its items from now on.
    pub fn answer_list(
        &mut self,
        to: &Sender,
        member: &MemberId,
        kind: CardKind,
        template: &str,
        vars: Value,
    ) {
        self.card(member, to.platform, kind, template, vars.clone());
        self.answer(to, template, vars);
    }

    /// Pushes to a member's primary app, at the next hour at which they may be disturbed. `None` when they have no
    /// identity there.
    pub fn push(&mut self, member: &Member, push: Push<'_>) -> Option<RowId> {
        let user = member.user_on(member.primary)?;
        let app = self.app_of(member.primary)?;
        let is_list =
            matches!(push.card, Some(CardKind::Deals { .. } | CardKind::Action(ActionAsk::List(_))));
        let card = push
            .card
            .map(|kind| self.card(&member.id, member.primary, kind, push.template, push.vars.clone()))
            // A list has no buttons: it is a text whose digits mean something.
            .filter(|_| !is_list);
        let says = Saying::Message { template: push.template.into(), vars: push.vars, card, session: None };
        let person = Recipient::Person { user: user.into() };
        self.count(&member.id, Counts { pushes: 1, ..Counts::default() });
        let id = self.row(app, person, says, push.useful_until, push.bulk);
        let loud = loud_for(Some(member), self.now, self.state.rules());
        // What would be of no use by then goes at once: a pack before an early meeting.
        if let Some(row) = self.outcome.messages.last_mut().filter(|_| loud < push.useful_until) {
            row.state = RowState::Ready { from: loud };
        }
        Some(id)
    }

    /// Sends to a group, through the app that reaches it.
    pub fn tell_group(
        &mut self,
        app: AppKey,
        group: Recipient,
        template: &str,
        vars: Value,
        useful_until: DateTime<Utc>,
    ) {
        let says = Saying::Message { template: template.into(), vars, card: None, session: None };
        self.row(app, group, says, useful_until, true);
    }

    /// Has a picture or a file fetched, by the app that it came through, until `useful_until`.
    pub fn fetch(&mut self, app: AppKey, media: MediaId, code: &str, useful_until: DateTime<Utc>) {
        let says = Saying::Fetch { media, code: code.into() };
        self.row(app, Recipient::Ourselves { media }, says, useful_until, false);
    }

    /// Has scripts ranked by meaning; what becomes of it is an event, at the latest soon after `useful_until`.
    pub fn rank(&mut self, ranking: Ranking, useful_until: DateTime<Utc>) {
        let (app, n) = (ranking.from.app.clone(), self.id());
        let says = Saying::Rank { ranking: Box::new(ranking) };
        self.row(app, Recipient::Ranking { n }, says, useful_until, false);
    }

    /// The first app of a platform.
    pub fn app_of(&self, platform: Platform) -> Option<AppKey> {
        self.state.rules().apps.iter().find(|app| app.platform() == platform).map(|app| app.key.clone())
    }

    /// A message on its way out, ready now.
    pub(super) fn row(
        &mut self,
        app: AppKey,
        to: Recipient,
        says: Saying,
        useful_until: DateTime<Utc>,
        bulk: bool,
    ) -> RowId {
        let id = RowId(self.id());
        let templates = self.state.adopted().map_or_else(|| "".into(), |adopted| adopted.templates.clone());
        self.outcome.messages.push(Row {
            id,
            app,
            to,
            says,
            templates,
            at: self.now,
            useful_until,
            bulk,
            cause: self.event.identity,
            after: None,
            attempts: 0,
            state: RowState::Ready { from: self.now },
        });
        id
    }
}

fn place(to: &Sender) -> Recipient {
    match &to.group {
        Some(group) => Recipient::Group { id: group.clone() },
        None => Recipient::Person { user: to.user.clone() },
    }
}
