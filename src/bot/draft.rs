//! What a use case writes on: records to change, lines, counts and messages, gathered into one [`Outcome`].
//!
//! A record taken for change is kept here and put once at the end, so that two steps of one event see each other.

mod cards;
mod messages;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::event::{Event, Reply};
use crate::sales::{
    ActionCard, ActionCardId, Card, CardId, Customer, CustomerId, Deal, DealId, Dialogue, Media, MediaId,
    Meeting, MeetingId, MemberId,
};
use crate::state::{Change, Counts, Deed, Line, LineSubject, Outcome, Record, RecordKey, State};
pub(super) use messages::Push;

/// What a use case writes on.
pub(super) struct Draft<'a> {
    pub state: &'a State,
    pub event: &'a Event,
    pub now: DateTime<Utc>,
    outcome: Outcome,
    customers: BTreeMap<CustomerId, Customer>,
    deals: BTreeMap<DealId, Deal>,
    meetings: BTreeMap<MeetingId, Meeting>,
    pub actions: BTreeMap<ActionCardId, ActionCard>,
    pub media: BTreeMap<MediaId, Media>,
    cards: BTreeMap<CardId, Card>,
    dialogues: BTreeMap<MemberId, Dialogue>,
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
            customers: BTreeMap::new(),
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
        let customers = self.customers.into_values().map(Record::Customer);
        let deals = self.deals.into_values().map(Record::Deal);
        let meetings = self.meetings.into_values().map(Record::Meeting);
        let cards = self.cards.into_values().map(Record::Card);
        let dialogues = self.dialogues.into_values().map(Record::Dialogue);
        let actions = self.actions.into_values().map(Record::Action);
        let media = self.media.into_values().map(Record::Media);
        for record in
            customers.chain(deals).chain(meetings).chain(actions).chain(media).chain(cards).chain(dialogues)
        {
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

    /// The customer, to change. One that begins with this event is written whole.
    pub fn customer_mut(&mut self, id: CustomerId) -> Option<&mut Customer> {
        let Self { state, customers, .. } = self;
        taken(customers, id, || state.customer(id))
    }

    /// The deal, to change.
    pub fn deal_mut(&mut self, id: DealId) -> Option<&mut Deal> {
        let Self { state, deals, .. } = self;
        taken(deals, id, || state.deal(id))
    }

    /// A deal that begins with this event.
    pub fn add_deal(&mut self, deal: Deal) {
        self.deals.insert(deal.id, deal);
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
                welcomed_at: None,
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
