//! The live state of one workspace: what a rule, a search or a one-screen answer needs, in plain maps. Every index
//! lives in memory alone and is rebuilt at load. Only the engine changes it, through [`State::apply`], which cannot fail.

mod action_cards;
mod audit;
mod chain;
mod changes;
mod due;
mod export;
mod fold;
mod erasure;
mod index;
mod line;
mod offers;
mod read;
mod record;
mod record_key;
mod row;
mod sight;
mod tally;
mod votes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

pub use audit::{Audit, Audited};
pub use chain::{Chain, Hash, Seal};
pub use changes::{Change, Outcome};
pub use due::{Due, action_due, deal_due, lapse_of, loud_for, outcome_due, pack_due};
pub use erasure::{Erasure, Scope, mentions};
pub use export::export_line;
pub use fold::Fold;
pub use index::Names;
pub use line::{Deed, FieldChange, Line, LineSubject, differences, taken_back};
pub use record::{DecodeError, Import, ImportRows, Life, Parked, Recent, Record, ScheduleMark, Stranger};
pub use record_key::{RecordKey, kind};
pub use row::{Recipient, Row, RowState, Saying};
pub use tally::{Counts, Tally};
pub use votes::ScriptVotes;

use crate::config::{Config, Script};
use crate::event::{Adopted, Identity};
use crate::sales::{
    ActionCard, ActionCardId, Card, CardId, Customer, CustomerId, Deal, DealId, Dialogue, Media, MediaId,
    Meeting, MeetingId, MemberId, Platform, RowId, ScriptKey, ScriptOffer, ScriptOfferId,
};

/// The live records, their indexes and the rules in force.
#[derive(Debug)]
pub struct State {
    rules: Arc<Config>,
    adopted: Option<Adopted>,
    life: Option<Life>,
    /// The counter that ids are given out from.
    next_id: u64,
    /// Carried by every id that is shown outside.
    epoch: u64,
    // Boxed: a map filled in order leaves half of its room empty, and these are many.
    customers: BTreeMap<CustomerId, Box<Customer>>,
    deals: BTreeMap<DealId, Box<Deal>>,
    meetings: BTreeMap<MeetingId, Meeting>,
    actions: BTreeMap<ActionCardId, ActionCard>,
    media: BTreeMap<MediaId, Media>,
    cards: BTreeMap<CardId, Card>,
    dialogues: BTreeMap<MemberId, Dialogue>,
    rows: BTreeMap<RowId, Row>,
    parked: BTreeMap<u64, Parked>,
    schedules: BTreeMap<Box<str>, ScheduleMark>,
    strangers: BTreeMap<(Platform, Box<str>), Stranger>,
    recent: BTreeMap<(u64, u16), Recent>,
    tallies: BTreeMap<(NaiveDate, MemberId), Counts>,
    votes: BTreeMap<ScriptKey, ScriptVotes>,
    offers: BTreeMap<ScriptOfferId, ScriptOffer>,
    /// Those that were taken, as scripts under the rules in force.
    offered: BTreeMap<ScriptOfferId, Script>,
    imports: BTreeMap<Identity, Import>,
    import_rows: BTreeMap<(Identity, u32), ImportRows>,
    chain: Option<Chain>,
    erasures: BTreeMap<Identity, Erasure>,
    index: index::Index,
    due: BTreeSet<(DateTime<Utc>, Due)>,
    /// What each record waits for, so that a change takes the old instants out.
    waits: BTreeMap<RecordKey, Vec<(DateTime<Utc>, Due)>>,
    /// Records whose due times the last change of rules left to be derived anew.
    underived: BTreeSet<RecordKey>,
}

impl State {
    /// An empty state under these rules; `next_id` and `epoch` are the head's.
    pub fn new(rules: Arc<Config>, next_id: u64, epoch: u64) -> Self {
        let mut index = index::Index::default();
        index.put_rules(&rules);
        Self {
            rules,
            adopted: None,
            life: None,
            next_id,
            epoch,
            customers: BTreeMap::new(),
            deals: BTreeMap::new(),
            meetings: BTreeMap::new(),
            actions: BTreeMap::new(),
            media: BTreeMap::new(),
            cards: BTreeMap::new(),
            dialogues: BTreeMap::new(),
            rows: BTreeMap::new(),
            parked: BTreeMap::new(),
            schedules: BTreeMap::new(),
            strangers: BTreeMap::new(),
            recent: BTreeMap::new(),
            tallies: BTreeMap::new(),
            votes: BTreeMap::new(),
            offers: BTreeMap::new(),
            offered: BTreeMap::new(),
            imports: BTreeMap::new(),
            import_rows: BTreeMap::new(),
            chain: None,
            erasures: BTreeMap::new(),
            index,
            due: BTreeSet::new(),
            waits: BTreeMap::new(),
            underived: BTreeSet::new(),
        }
    }

    /// Takes in one change. What waits for time is derived again for the records that it touches.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Put(record) => self.put((**record).clone()),
            Change::Delete(key) => self.delete(key),
        }
    }

    /// Adds to a member's day, and says what the day's record is now.
    pub fn add(&mut self, tally: &Tally) -> Record {
        let counts = self.tallies.entry((tally.day, tally.member.clone())).or_default();
        counts.add(&tally.counts);
        Record::Tally(Tally { member: tally.member.clone(), day: tally.day, counts: *counts })
    }

    /// Puts new rules in force. The due times of all records are derived anew by [`State::derive`].
    pub fn adopt(&mut self, rules: Arc<Config>) {
        self.index.put_rules(&rules);
        self.rules = rules;
        self.derive_offers();
        self.underived = self
            .deals
            .keys()
            .map(|id| RecordKey::Deal(*id))
            .chain(self.meetings.keys().map(|id| RecordKey::Meeting(*id)))
            .chain(self.actions.keys().map(|id| RecordKey::Action(*id)))
            .chain(self.schedules.keys().map(|name| RecordKey::Schedule(name.clone())))
            .collect();
    }

    /// Derives the due times of at most `most` records that the last change of rules left; whether any are left still.
    pub fn derive(&mut self, most: usize) -> bool {
        for _record in 0..most {
            let Some(key) = self.underived.pop_first() else { return false };
            self.derive_one(key);
        }
        !self.underived.is_empty()
    }

    /// Takes in one record, as [`State::apply`] does.
    pub fn put(&mut self, record: Record) {
        match record {
            Record::Customer(mut customer) => {
                // Room that reading left over would stay for good, and customers and deals are many.
                customer.contacts.shrink_to_fit();
                customer.aliases.shrink_to_fit();
                self.index.put_customer(&customer);
                self.customers.insert(customer.id, Box::new(customer));
            }
            Record::Deal(mut deal) => {
                let id = deal.id;
                if let Some(stage) = self.rules.process.stage(&deal.stage) {
                    deal.stage = stage.key.clone();
                }
                deal.recent.shrink_to_fit();
                deal.helpers.shrink_to_fit();
                deal.given.shrink_to_fit();
                self.index.put_deal(self.deals.get(&id).map(|deal| &**deal), &mut deal);
                self.deals.insert(id, Box::new(deal));
                self.derive_deal(id);
            }
            Record::Meeting(meeting) => {
                let (id, deal) = (meeting.id, meeting.deal);
                self.index.put_meeting(self.meetings.get(&id), &meeting);
                self.meetings.insert(id, meeting);
                self.derive_one(RecordKey::Meeting(id));
                self.derive_one(RecordKey::Deal(deal));
            }
            Record::Action(card) => {
                let key = RecordKey::Action(card.id);
                self.actions.insert(card.id, card);
                self.derive_one(key);
            }
            Record::Media(media) => drop(self.media.insert(media.id, media)),
            Record::Card(card) => {
                self.index.put_card(self.cards.get(&card.id), &card);
                self.cards.insert(card.id, card);
            }
            Record::Dialogue(dialogue) => drop(self.dialogues.insert(dialogue.member.clone(), dialogue)),
            Record::Row(row) => {
                self.index.put_row(&row);
                self.rows.insert(row.id, row);
            }
            Record::Parked(parked) => drop(self.parked.insert(parked.id, parked)),
            Record::Schedule(mark) => {
                let key = RecordKey::Schedule(mark.name.clone());
                self.schedules.insert(mark.name.clone(), mark);
                self.derive_one(key);
            }
            Record::Rules(adopted) => self.adopted = Some(adopted),
            Record::Life(life) => self.life = Some(life),
            Record::Stranger(stranger) => {
                self.strangers.insert((stranger.platform, stranger.user.clone()), stranger);
            }
            Record::Recent(recent) => drop(self.recent.insert((recent.seq, recent.n), recent)),
            Record::Tally(tally) => drop(self.tallies.insert((tally.day, tally.member), tally.counts)),
            Record::ScriptVotes(votes) => drop(self.votes.insert(votes.script.clone(), votes)),
            Record::ScriptOffer(offer) => self.put_offer(offer),
            Record::Import(import) => {
                let key = RecordKey::Import(import.id);
                self.imports.insert(import.id, import);
                self.derive_one(key);
            }
            Record::ImportRows(rows) => drop(self.import_rows.insert((rows.import, rows.n), rows)),
            Record::Chain(chain) => self.chain = Some(chain),
            Record::Erasure(erasure) => drop(self.erasures.insert(erasure.id, erasure)),
        }
    }

    fn delete(&mut self, key: &RecordKey) {
        match key {
            RecordKey::Customer(id) => {
                if let Some(customer) = self.customers.remove(id) {
                    self.index.drop_customer(&customer);
                }
            }
            RecordKey::Deal(id) => {
                if let Some(deal) = self.deals.remove(id) {
                    self.index.drop_deal(&deal);
                }
                self.derive_deal(*id);
            }
            RecordKey::Meeting(id) => {
                if let Some(meeting) = self.meetings.remove(id) {
                    self.index.drop_meeting(&meeting);
                    self.derive_one(RecordKey::Deal(meeting.deal));
                }
                self.derive_one(key.clone());
            }
            RecordKey::Action(id) => {
                self.actions.remove(id);
                self.derive_one(key.clone());
            }
            RecordKey::Media(id) => drop(self.media.remove(id)),
            RecordKey::Card(id) => {
                if let Some(card) = self.cards.remove(id) {
                    self.index.drop_card(&card);
                }
            }
            RecordKey::Dialogue(member) => drop(self.dialogues.remove(member)),
            RecordKey::Row(id) => {
                if let Some(row) = self.rows.remove(id) {
                    self.index.drop_row(&row);
                }
            }
            RecordKey::Parked(id) => drop(self.parked.remove(id)),
            RecordKey::Schedule(name) => {
                self.schedules.remove(name);
                self.derive_one(key.clone());
            }
            RecordKey::Rules => self.adopted = None,
            RecordKey::Life => self.life = None,
            RecordKey::Stranger(platform, user) => drop(self.strangers.remove(&(*platform, user.clone()))),
            RecordKey::Recent(seq, n) => drop(self.recent.remove(&(*seq, *n))),
            RecordKey::Tally(day, member) => drop(self.tallies.remove(&(*day, member.clone()))),
            RecordKey::ScriptVotes(script) => drop(self.votes.remove(script)),
            RecordKey::ScriptOffer(id) => self.drop_offer(*id),
            RecordKey::Import(id) => {
                self.imports.remove(id);
                self.derive_one(key.clone());
            }
            RecordKey::ImportRows(id, n) => drop(self.import_rows.remove(&(*id, *n))),
            RecordKey::Chain => self.chain = None,
            RecordKey::Erasure(id) => drop(self.erasures.remove(id)),
        }
    }

    /// A deal's own due time, and those of its meetings, which end with the deal.
    fn derive_deal(&mut self, id: DealId) {
        self.derive_one(RecordKey::Deal(id));
        let meetings: Vec<_> = self.meetings_of(id).map(|meeting| meeting.id).collect();
        for meeting in meetings {
            self.derive_one(RecordKey::Meeting(meeting));
        }
    }

    fn derive_one(&mut self, key: RecordKey) {
        let waits = match &key {
            RecordKey::Deal(id) => self.due_of_deal(*id).into_iter().collect(),
            RecordKey::Meeting(id) => self.due_of_meeting(*id),
            RecordKey::Action(id) => self.due_of_action(*id).into_iter().collect(),
            RecordKey::Schedule(name) => self.due_of_schedule(name).into_iter().collect(),
            RecordKey::Import(id) => self.due_of_import(*id).into_iter().collect(),
            _ => Vec::new(),
        };
        for old in self.waits.remove(&key).into_iter().flatten() {
            self.due.remove(&old);
        }
        if !waits.is_empty() {
            self.due.extend(waits.iter().cloned());
            self.waits.insert(key, waits);
        }
    }
}
