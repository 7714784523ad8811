//! What can be asked of a state: each record by its key, each index by what it finds, and what falls due.

use std::ops::Bound;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Chain, Counts, Due, Erasure, Import, ImportRows, Life, Names, Parked, Recent, Record, RecordKey, Row,
    ScriptVotes, State, Stranger, Tally, lapse_of,
};
use crate::config::Config;
use crate::event::{Adopted, Identity};
use crate::sales::{
    Card, CardId, CardSubject, Customer, CustomerId, Deal, DealId, Dialogue, Meeting, MeetingId, MemberId,
    Platform, RowId, ScriptKey,
};

impl State {
    /// The rules in force.
    pub fn rules(&self) -> &Config {
        &self.rules
    }

    /// The rules in force, to keep.
    pub fn rules_shared(&self) -> Arc<Config> {
        self.rules.clone()
    }

    /// Imports under way, by name.
    pub fn imports(&self) -> impl Iterator<Item = &Import> {
        self.imports.values()
    }

    /// By name.
    pub fn import(&self, id: Identity) -> Option<&Import> {
        self.imports.get(&id)
    }

    /// A chunk of an import's rows.
    pub fn import_rows(&self, id: Identity, n: u32) -> Option<&ImportRows> {
        self.import_rows.get(&(id, n))
    }

    /// At most `most` customers, by number, behind `after`: a page of them.
    pub fn customers_after(&self, after: Option<CustomerId>, most: usize) -> impl Iterator<Item = &Customer> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.customers.range((from, Bound::Unbounded)).map(|(_, customer)| &**customer).take(most)
    }

    /// At most `most` deals, by number, behind `after`: a page of them.
    pub fn deals_after(&self, after: Option<DealId>, most: usize) -> impl Iterator<Item = &Deal> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.deals.range((from, Bound::Unbounded)).map(|(_, deal)| &**deal).take(most)
    }

    /// Which life of the store this was in the last turn.
    pub fn life(&self) -> Option<Life> {
        self.life
    }

    /// The versions in force, once any were.
    pub fn adopted(&self) -> Option<&Adopted> {
        self.adopted.as_ref()
    }

    /// The next id that will be given out.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Ids up to `next` were given out.
    pub fn set_next_id(&mut self, next: u64) {
        self.next_id = self.next_id.max(next);
    }

    /// The epoch, in ids that are shown outside.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// By number.
    pub fn customer(&self, id: CustomerId) -> Option<&Customer> {
        self.customers.get(&id).map(|customer| &**customer)
    }

    /// All customers, by number.
    pub fn customers(&self) -> impl Iterator<Item = &Customer> {
        self.customers.values().map(|customer| &**customer)
    }

    /// By number.
    pub fn deal(&self, id: DealId) -> Option<&Deal> {
        self.deals.get(&id).map(|deal| &**deal)
    }

    /// All deals, by number.
    pub fn deals(&self) -> impl Iterator<Item = &Deal> {
        self.deals.values().map(|deal| &**deal)
    }

    /// A customer's deals, by number.
    pub fn deals_of_customer(&self, id: CustomerId) -> impl Iterator<Item = &Deal> {
        self.index.deals_of_customer(id).filter_map(|id| self.deal(id))
    }

    /// A member's own deals, by number.
    pub fn deals_of_owner(&self, member: &MemberId) -> impl Iterator<Item = &Deal> {
        self.index.deals_of_owner(member).filter_map(|id| self.deal(id))
    }

    /// By number.
    pub fn meeting(&self, id: MeetingId) -> Option<&Meeting> {
        self.meetings.get(&id)
    }

    /// All meetings, by number.
    pub fn meetings(&self) -> impl Iterator<Item = &Meeting> {
        self.meetings.values()
    }

    /// A deal's meetings, by number.
    pub fn meetings_of(&self, deal: DealId) -> impl Iterator<Item = &Meeting> {
        self.index.meetings_of(deal).filter_map(|id| self.meetings.get(&id))
    }

    /// The lapse that a deal is in.
    pub fn lapse(&self, deal: &Deal) -> Option<crate::sales::Lapse> {
        let meetings: Vec<_> = self.meetings_of(deal.id).collect();
        lapse_of(deal, &meetings, &self.rules)
    }

    /// By number.
    pub fn card(&self, id: CardId) -> Option<&Card> {
        self.cards.get(&id)
    }

    /// All cards, by number.
    pub fn cards(&self) -> impl DoubleEndedIterator<Item = &Card> {
        self.cards.values()
    }

    /// The cards that still wait for an answer about this, by number.
    pub fn open_cards(&self, about: CardSubject) -> impl Iterator<Item = &Card> {
        self.index.open_cards(about).filter_map(|id| self.cards.get(&id))
    }

    /// What is awaited in a member's chat.
    pub fn dialogue(&self, member: &MemberId) -> Option<&Dialogue> {
        self.dialogues.get(member)
    }

    /// By number.
    pub fn row(&self, id: RowId) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// All rows, by number: the order in which they were made.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// The rows of each lane in order; lanes by app and recipient.
    pub fn lanes(&self) -> impl Iterator<Item = impl Iterator<Item = &Row>> {
        self.index.lanes().map(|lane| lane.iter().filter_map(|id| self.rows.get(id)))
    }

    /// Events put aside, by number.
    pub fn parked(&self) -> impl Iterator<Item = &Parked> {
        self.parked.values()
    }

    /// By number.
    pub fn parked_event(&self, id: u64) -> Option<&Parked> {
        self.parked.get(&id)
    }

    /// The schedules that have a mark.
    pub fn schedule_names(&self) -> impl Iterator<Item = &str> {
        self.schedules.keys().map(|name| &**name)
    }

    /// When a schedule was served last.
    pub fn schedule_served(&self, name: &str) -> Option<DateTime<Utc>> {
        self.schedules.get(name).map(|mark| mark.served)
    }

    /// Somebody who is no member.
    pub fn stranger(&self, platform: Platform, user: &str) -> Option<&Stranger> {
        self.strangers.get(&(platform, user.into()))
    }

    /// The last day's lines, oldest first.
    pub fn recent(&self) -> impl DoubleEndedIterator<Item = &Recent> {
        self.recent.values()
    }

    /// A member's day.
    pub fn counts(&self, member: &MemberId, day: NaiveDate) -> Counts {
        self.tallies.get(&(day, member.clone())).copied().unwrap_or_default()
    }

    /// The head of the audit chain, once there is a line in it.
    pub fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// By name.
    pub fn erasure(&self, id: &Identity) -> Option<&Erasure> {
        self.erasures.get(id)
    }

    /// All erasures, by name.
    pub fn erasures(&self) -> impl Iterator<Item = &Erasure> {
        self.erasures.values()
    }

    /// What is awaited in all members' chats, by member.
    pub fn dialogues(&self) -> impl Iterator<Item = &Dialogue> {
        self.dialogues.values()
    }

    /// What reps found of a script.
    pub fn votes(&self, script: &ScriptKey) -> Option<&ScriptVotes> {
        self.votes.get(script)
    }

    /// All tallies, by day and member.
    pub fn tallies(&self) -> impl Iterator<Item = (NaiveDate, &MemberId, &Counts)> {
        self.tallies.iter().map(|((day, member), counts)| (*day, member, counts))
    }

    /// Customers and contacts by name.
    pub fn names(&self) -> &Names {
        self.index.names()
    }

    /// The record as it is now.
    pub fn record(&self, key: &RecordKey) -> Option<Record> {
        Some(match key {
            RecordKey::Customer(id) => Record::Customer(self.customer(*id)?.clone()),
            RecordKey::Deal(id) => Record::Deal(self.deal(*id)?.clone()),
            RecordKey::Meeting(id) => Record::Meeting(self.meetings.get(id)?.clone()),
            RecordKey::Action(id) => Record::Action(self.actions.get(id)?.clone()),
            RecordKey::Media(id) => Record::Media(self.media.get(id)?.clone()),
            RecordKey::Card(id) => Record::Card(self.cards.get(id)?.clone()),
            RecordKey::Dialogue(member) => Record::Dialogue(self.dialogues.get(member)?.clone()),
            RecordKey::Row(id) => Record::Row(self.rows.get(id)?.clone()),
            RecordKey::Parked(id) => Record::Parked(self.parked.get(id)?.clone()),
            RecordKey::Schedule(name) => Record::Schedule(self.schedules.get(name)?.clone()),
            RecordKey::Rules => Record::Rules(self.adopted.clone()?),
            RecordKey::Life => Record::Life(self.life?),
            RecordKey::ScriptVotes(script) => Record::ScriptVotes(self.votes.get(script)?.clone()),
            RecordKey::ScriptOffer(id) => Record::ScriptOffer(self.offer(*id)?.clone()),
            RecordKey::Import(id) => Record::Import(self.imports.get(id)?.clone()),
            RecordKey::ImportRows(id, n) => Record::ImportRows(self.import_rows.get(&(*id, *n))?.clone()),
            RecordKey::Stranger(platform, user) => {
                Record::Stranger(self.strangers.get(&(*platform, user.clone()))?.clone())
            }
            RecordKey::Recent(seq, n) => Record::Recent(self.recent.get(&(*seq, *n))?.clone()),
            RecordKey::Tally(day, member) => Record::Tally(Tally {
                member: member.clone(),
                day: *day,
                counts: *self.tallies.get(&(*day, member.clone()))?,
            }),
            RecordKey::Chain => Record::Chain(self.chain.clone()?),
            RecordKey::Erasure(id) => Record::Erasure(self.erasures.get(id)?.clone()),
        })
    }

    /// The next instant that a record waits for.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.due.first().map(|(at, _)| *at)
    }

    /// What waited for `now` or earlier, in order, at most `most`.
    pub fn due_by(&self, now: DateTime<Utc>, most: usize) -> impl Iterator<Item = &(DateTime<Utc>, Due)> {
        self.due.iter().take_while(move |(at, _)| *at <= now).take(most)
    }

    /// Whether the due times all follow from the rules in force.
    pub fn is_derived(&self) -> bool {
        self.underived.is_empty()
    }
}
