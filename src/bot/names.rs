//! The workspace's names as one member means them: where a name is shared their own customers' come first, and their own
//! are heard although they were misheard or mistyped.

use std::cell::RefCell;

use crate::language::{Mention, Names, alike};
use crate::sales::{Customer, CustomerId, Deal, MemberId, StageKey};
use crate::state::State;

/// A text and the customers that it names.
type Found = (Box<str>, Vec<Mention<CustomerId>>);

/// What finds names in the texts of one member, or of nobody in particular.
#[derive(Debug)]
pub struct NamesOf<'s> {
    state: &'s State,
    member: Option<&'s MemberId>,
    /// What was found already: the rules that read a note ask for the names of the same few texts again and again.
    found: RefCell<Vec<Found>>,
}

impl<'s> NamesOf<'s> {
    /// Names as `member` means them.
    pub fn new(state: &'s State, member: Option<&'s MemberId>) -> Self {
        Self { state, member, found: RefCell::default() }
    }
}

impl NamesOf<'_> {
    fn look_for_customers(&self, text: &str) -> Vec<Mention<CustomerId>> {
        let mut mentions = self.state.names().customers_in(text);
        let Some(member) = self.member else { return mentions };
        let own = mentions.iter().filter(|mention| self.is_own(member, mention.id));
        let owned: Vec<_> = own.map(|mention| mention.span.clone()).collect();
        mentions.retain(|mention| !owned.contains(&mention.span) || self.is_own(member, mention.id));
        let taken: Vec<_> = mentions.iter().map(|mention| mention.span.clone()).collect();
        mentions.extend(alike(text, &taken, self.own_names(member)));
        mentions.sort_by_key(|mention| mention.span.start);
        mentions
    }

    fn is_own(&self, member: &MemberId, id: CustomerId) -> bool {
        self.state.deals_of_customer(id).any(|deal| deal.is_open() && deal.is_with(member))
    }

    /// The names of the customers with whom `member` has an open deal, without those of people: 章总 may be another
    /// than 张总.
    fn own_names(&self, member: &MemberId) -> Vec<(CustomerId, &str)> {
        let own = self.state.deals_of_owner(member).filter(|deal: &&Deal| deal.is_open());
        let mut ids: Vec<CustomerId> = own.map(|deal| deal.customer).collect();
        ids.sort_unstable();
        ids.dedup();
        let customers = ids.into_iter().filter_map(|id| self.state.customer(id));
        customers.flat_map(names).collect()
    }
}

/// A customer's own names, each with its number.
fn names(customer: &Customer) -> impl Iterator<Item = (CustomerId, &str)> {
    let names = [&customer.name, &customer.short].into_iter().chain(&customer.aliases);
    names.map(|name| (customer.id, &**name))
}

impl Names for NamesOf<'_> {
    fn customers_in(&self, text: &str) -> Vec<Mention<CustomerId>> {
        let known =
            self.found.borrow().iter().find(|(asked, _)| **asked == *text).map(|(_, found)| found.clone());
        known.unwrap_or_else(|| {
            let found = self.look_for_customers(text);
            self.found.borrow_mut().push((text.into(), found.clone()));
            found
        })
    }

    fn members_in(&self, text: &str) -> Vec<Mention<MemberId>> {
        self.state.names().members_in(text)
    }

    fn stages_in(&self, text: &str) -> Vec<Mention<StageKey>> {
        self.state.names().stages_in(text)
    }

    fn competitors_in(&self, text: &str) -> Vec<Mention<Box<str>>> {
        self.state.names().competitors_in(text)
    }

    fn products_in(&self, text: &str) -> Vec<Mention<Box<str>>> {
        self.state.names().products_in(text)
    }
}
