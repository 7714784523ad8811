//! Indexes: in memory alone, rebuilt at load, never holding a copy of a record.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
pub use crate::language::Directory as Names;
use crate::language::{NameIndex, Via};
use crate::sales::{
    AppKey, Card, CardId, CardState, CardSubject, Customer, CustomerId, Deal, DealId, Meeting, MeetingId,
    MemberId, RowId,
};

use super::{Recipient, Row};

/// What finds records by something other than their number.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_customer: BTreeSet<(CustomerId, DealId)>,
    by_owner: BTreeMap<MemberId, BTreeSet<DealId>>,
    meetings: BTreeSet<(DealId, MeetingId)>,
    lanes: BTreeMap<(AppKey, Recipient), BTreeSet<RowId>>,
    open_cards: BTreeMap<CardSubject, BTreeSet<CardId>>,
    names: Names,
}

impl Index {
    pub(super) fn put_customer(&mut self, new: &Customer) {
        let own = [(&*new.name, Via::Name), (&*new.short, Via::Name)];
        let aliases = new.aliases.iter().map(|alias| (&**alias, Via::Alias));
        let people = new.contacts.iter().flat_map(|contact| [&*contact.name, &*contact.call]);
        let contacts = people.map(|name| (name, Via::Contact));
        self.names.customers.set(&new.id, own.into_iter().chain(aliases).chain(contacts));
    }

    /// Members and stages are named by the rules.
    pub(super) fn put_rules(&mut self, rules: &Config) {
        self.names.members = NameIndex::default();
        for member in &rules.people.members {
            let names = [(&*member.name, Via::Name), (&*member.call, Via::Alias)];
            self.names.members.set(&member.id, names);
        }
        self.names.stages = NameIndex::default();
        for stage in &rules.process.stages {
            self.names.stages.set(&stage.key, [(&*stage.name, Via::Name)]);
        }
        self.names.competitors = NameIndex::default();
        for competitor in &rules.objections.competitors {
            let names = competitor.names().map(|name| (name, Via::Name));
            self.names.competitors.set(&competitor.key.as_str().into(), names);
        }
        self.names.products = NameIndex::default();
        for line in &rules.process.product_lines {
            self.names.products.set(&line.key.as_str().into(), [(&*line.name, Via::Name)]);
        }
    }

    pub(super) fn drop_customer(&mut self, old: &Customer) {
        self.names.customers.remove(&old.id);
    }

    /// The deal shares its owner's key with the owner's other deals.
    pub(super) fn put_deal(&mut self, old: Option<&Deal>, new: &mut Deal) {
        if let Some(old) = old {
            self.drop_deal(old);
        }
        if let Some((owner, _)) = self.by_owner.get_key_value(&new.owner) {
            new.owner = owner.clone();
        }
        self.by_customer.insert((new.customer, new.id));
        self.by_owner.entry(new.owner.clone()).or_default().insert(new.id);
    }

    pub(super) fn drop_deal(&mut self, old: &Deal) {
        self.by_customer.remove(&(old.customer, old.id));
        remove(&mut self.by_owner, &old.owner, &old.id);
    }

    pub(super) fn put_meeting(&mut self, old: Option<&Meeting>, new: &Meeting) {
        if let Some(old) = old {
            self.drop_meeting(old);
        }
        self.meetings.insert((new.deal, new.id));
    }

    pub(super) fn drop_meeting(&mut self, old: &Meeting) {
        self.meetings.remove(&(old.deal, old.id));
    }

    pub(super) fn put_row(&mut self, row: &Row) {
        self.lanes.entry((row.app.clone(), row.to.clone())).or_default().insert(row.id);
    }

    pub(super) fn drop_row(&mut self, row: &Row) {
        remove(&mut self.lanes, &(row.app.clone(), row.to.clone()), &row.id);
    }

    pub(super) fn put_card(&mut self, old: Option<&Card>, new: &Card) {
        if let Some(old) = old {
            self.drop_card(old);
        }
        if let (CardState::Open, Some(subject)) = (&new.state, new.kind.subject()) {
            self.open_cards.entry(subject).or_default().insert(new.id);
        }
    }

    pub(super) fn drop_card(&mut self, old: &Card) {
        if let Some(subject) = old.kind.subject() {
            remove(&mut self.open_cards, &subject, &old.id);
        }
    }

    pub(super) fn open_cards(&self, about: CardSubject) -> impl Iterator<Item = CardId> {
        self.open_cards.get(&about).into_iter().flatten().copied()
    }

    pub(super) fn deals_of_customer(&self, id: CustomerId) -> impl Iterator<Item = DealId> {
        self.by_customer.range((id, DealId(0))..=(id, DealId(u64::MAX))).map(|(_, deal)| *deal)
    }

    pub(super) fn deals_of_owner(&self, member: &MemberId) -> impl Iterator<Item = DealId> {
        self.by_owner.get(member).into_iter().flatten().copied()
    }

    pub(super) fn meetings_of(&self, deal: DealId) -> impl Iterator<Item = MeetingId> {
        self.meetings.range((deal, MeetingId(0))..=(deal, MeetingId(u64::MAX))).map(|(_, meeting)| *meeting)
    }

    pub(super) fn lanes(&self) -> impl Iterator<Item = &BTreeSet<RowId>> {
        self.lanes.values()
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }
}

fn remove<K: Ord, V: Ord>(index: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(values) = index.get_mut(key) {
        values.remove(value);
        if values.is_empty() {
            index.remove(key);
        }
    }
}
