//! What a use case writes on: records to change, lines, counts and messages, gathered into one [`Outcome`].
//!
//! A record taken for change is kept here and put once at the end, so that two steps of one event see each other.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::config::Member;
use crate::event::{CardFace, Event, Reply, Sender, Tapped};
use crate::sales::{
    ActionAsk, ActionCard, ActionCardId, AppKey, Card, CardHandle, CardId, CardKind, CardState, Deal, DealId,
    Dialogue, Media, MediaId, Meeting, MeetingId, MemberId, Platform, RowId,
};
use crate::state::{
    Change, Counts, Deed, Line, LineSubject, Outcome, Recipient, Record, RecordKey, Row, RowState, Saying,
    State, loud_for,
};

/// An answer is of use this long.
const ANSWER_USEFUL: TimeDelta = TimeDelta::hours(1);
/// WeCom's codes to change a card live this long (reference/wecom.md 4.3).
const CODE_LIVES: TimeDelta = TimeDelta::hours(72);

/// What a use case writes on.
pub(super) struct Draft<'a> {
    pub state: &'a State,
    pub event: &'a Event,
    pub now: DateTime<Utc>,
    outcome: Outcome,
    deals: BTreeMap<DealId, Deal>,
    meetings: BTreeMap<MeetingId, Meeting>,
    pub actions: BTreeMap<ActionCardId, ActionCard>,
    pub media: BTreeMap<MediaId, Media>,
    cards: BTreeMap<CardId, Card>,
    dialogues: BTreeMap<MemberId, Dialogue>,
}

/// A message that nobody asked for.
pub(super) struct Push<'t> {
    pub template: &'t str,
    pub vars: Value,
    /// What its buttons mean, when it has any.
    pub card: Option<CardKind>,
    /// After this it is of no use.
    pub useful_until: DateTime<Utc>,
    /// Whether it may wait behind answers.
    pub bulk: bool,
}

impl<'a> Draft<'a> {
    pub fn new(state: &'a State, event: &'a Event, now: DateTime<Utc>) -> Self {
        let outcome = Outcome { next_id: state.next_id(), ..Outcome::default() };
        let (deals, meetings) = (BTreeMap::new(), BTreeMap::new());
        Self {
            state,
            event,
            now,
            outcome,
            deals,
            meetings,
            actions: BTreeMap::new(),
            media: BTreeMap::new(),
            cards: BTreeMap::new(),
            dialogues: BTreeMap::new(),
        }
    }

    /// The outcome, with every record that was taken for change.
    pub fn into_outcome(mut self) -> Outcome {
        let deals = self.deals.into_values().map(Record::Deal);
        let meetings = self.meetings.into_values().map(Record::Meeting);
        let cards = self.cards.into_values().map(Record::Card);
        let dialogues = self.dialogues.into_values().map(Record::Dialogue);
        let actions = self.actions.into_values().map(Record::Action);
        let media = self.media.into_values().map(Record::Media);
        for record in deals.chain(meetings).chain(actions).chain(media).chain(cards).chain(dialogues) {
            self.outcome.put(record);
        }
        self.outcome
    }

    /// The next number.
    pub fn id(&mut self) -> u64 {
        let id = self.outcome.next_id;
        self.outcome.next_id += 1;
        id
    }

    /// Numbers below `next` are taken.
    pub fn ids_from(&mut self, next: u64) {
        self.outcome.next_id = self.outcome.next_id.max(next);
    }

    /// The deal, as this event has left it so far.
    pub fn deal(&self, id: DealId) -> Option<&Deal> {
        self.deals.get(&id).or_else(|| self.state.deal(id))
    }

    /// The deal, to change.
    pub fn deal_mut(&mut self, id: DealId) -> Option<&mut Deal> {
        let Self { state, deals, .. } = self;
        taken(deals, id, || state.deal(id))
    }

    /// The meeting, to change.
    pub fn meeting_mut(&mut self, id: MeetingId) -> Option<&mut Meeting> {
        let Self { state, meetings, .. } = self;
        taken(meetings, id, || state.meeting(id))
    }

    /// The deal's meetings, as this event has left them so far.
    pub fn meetings_of(&self, deal: DealId) -> Vec<&Meeting> {
        let ended = |id: MeetingId| {
            let key = RecordKey::Meeting(id);
            self.outcome.changes.iter().any(|change| matches!(change, Change::Delete(gone) if *gone == key))
        };
        let stored = self.state.meetings_of(deal).filter(|meeting| !self.meetings.contains_key(&meeting.id));
        let taken = self.meetings.values().filter(|meeting| meeting.deal == deal);
        stored.chain(taken).filter(|meeting| !ended(meeting.id)).collect()
    }

    /// A meeting that begins with this event.
    pub fn add_meeting(&mut self, meeting: Meeting) {
        self.meetings.insert(meeting.id, meeting);
    }

    /// The card, to change.
    pub fn card_mut(&mut self, id: CardId) -> Option<&mut Card> {
        let Self { state, cards, .. } = self;
        taken(cards, id, || state.card(id))
    }

    /// What is awaited in a member's chat, to change; begun where there was nothing.
    pub fn dialogue_mut(&mut self, member: &MemberId) -> &mut Dialogue {
        let (state, now) = (self.state, self.now);
        self.dialogues.entry(member.clone()).or_insert_with(|| {
            state.dialogue(member).cloned().unwrap_or_else(|| Dialogue {
                member: member.clone(),
                awaiting: crate::sales::Awaiting::Nothing,
                expires_at: now,
                subject: None,
                card: None,
            })
        })
    }

    pub fn put(&mut self, record: Record) {
        self.outcome.put(record);
    }

    pub fn delete(&mut self, key: RecordKey) {
        match &key {
            RecordKey::Meeting(id) => drop(self.meetings.remove(id)),
            RecordKey::Deal(id) => drop(self.deals.remove(id)),
            RecordKey::Action(id) => drop(self.actions.remove(id)),
            RecordKey::Media(id) => drop(self.media.remove(id)),
            _ => {}
        }
        self.outcome.changes.push(Change::Delete(key));
    }

    /// Whether this event has ended the record.
    pub fn is_deleted(&self, key: &RecordKey) -> bool {
        self.outcome.changes.iter().any(|change| matches!(change, Change::Delete(gone) if gone == key))
    }

    /// A line about a deal, to be finished by the caller and given to [`Draft::line`].
    pub fn about(&self, deal: DealId, what: Deed) -> Line {
        Line::about(LineSubject::Deal(deal), what, self.event.identity, self.now)
    }

    /// A line about the workspace.
    pub fn about_workspace(&self, what: Deed) -> Line {
        Line::about(LineSubject::Workspace, what, self.event.identity, self.now)
    }

    pub fn line(&mut self, line: Line) {
        self.outcome.lines.push(line);
    }

    /// Adds to a member's day.
    pub fn count(&mut self, member: &MemberId, counts: Counts) {
        if counts == Counts::default() {
            return;
        }
        let day = self.state.rules().calendar.date(self.now);
        self.outcome.count(member, day, counts);
    }

    /// Adds to a member's day other than today.
    pub fn count_on(&mut self, member: &MemberId, day: chrono::NaiveDate, counts: Counts) {
        self.outcome.count(member, day, counts);
    }

    /// What the platform takes only in its answer.
    pub fn reply(&mut self, reply: Reply) {
        self.outcome.reply = reply;
    }

    /// Answers where it was asked: in the person's chat or the group, through DingTalk's reply address while it lives.
    pub fn answer(&mut self, to: &Sender, template: &str, vars: Value) -> RowId {
        let says =
            Saying::Message { template: template.into(), vars, card: None, session: to.session.clone() };
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

    /// The first app of a platform.
    pub fn app_of(&self, platform: Platform) -> Option<AppKey> {
        self.state.rules().apps.iter().find(|app| app.platform() == platform).map(|app| app.key.clone())
    }

    /// Keeps the code that a tap brought: the card can be changed by it once, now or later.
    pub fn keep_code(&mut self, id: CardId, tapped: &Tapped) {
        let (code, at) = (tapped.code.clone(), self.now);
        if let (Some(code), Some(card)) = (code, self.card_mut(id)) {
            card.handle = Some(CardHandle::WeCom { code, at });
        }
    }

    /// The cards of this kind that still wait for an answer.
    pub fn open_cards(&mut self, fits: impl Fn(&CardKind) -> bool) -> Vec<CardId> {
        let state = self.state;
        let open = state.cards().filter(|card| card.state == CardState::Open && fits(&card.kind));
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
            (Platform::DingTalk, None) => None,
            // Without a code the card stays as it is; a tap on it brings a code of its own.
            (Platform::WeCom, _) => match self.spare_code(&card) {
                Some(code) => Some(code),
                None => return,
            },
        };
        let Some((app, user)) = self.chat_of(&card, here) else { return };
        let person = Recipient::Person { user };
        let says = Saying::Update { face, code };
        self.row(app, person, says, self.now + CODE_LIVES, false);
    }

    /// The code that came with the send or the newest tap, used once.
    fn spare_code(&mut self, card: &Card) -> Option<Box<str>> {
        let Some(CardHandle::WeCom { code, at }) = &card.handle else { return None };
        let lives = self.now - *at < CODE_LIVES;
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

    fn card(
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

    fn row(
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

pub(super) fn taken<'t, K: Ord, T: Clone>(
    map: &'t mut BTreeMap<K, T>,
    key: K,
    read: impl FnOnce() -> Option<&'t T>,
) -> Option<&'t mut T> {
    match map.entry(key) {
        std::collections::btree_map::Entry::Occupied(taken) => Some(taken.into_mut()),
        std::collections::btree_map::Entry::Vacant(free) => Some(free.insert(read()?.clone())),
    }
}
