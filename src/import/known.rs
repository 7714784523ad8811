//! What is known already, as far as a plan asks: customers by their names, deals by their customers. It is gathered page
//! by page between an engine's turns, so that nobody waits for it.

use std::collections::BTreeMap;

use crate::sales::{Customer, CustomerId, Deal, DealId, same_name};

/// Customers and deals, to be found by name.
#[derive(Clone, Debug, Default)]
pub struct Known {
    customers: BTreeMap<CustomerId, Customer>,
    deals: BTreeMap<DealId, Deal>,
    by_name: BTreeMap<String, Vec<CustomerId>>,
    by_other_name: BTreeMap<String, Vec<CustomerId>>,
    of_customer: BTreeMap<CustomerId, Vec<DealId>>,
}

impl Known {
    /// Takes in a customer.
    pub fn add_customer(&mut self, customer: Customer) {
        self.by_name.entry(same_name(&customer.name)).or_default().push(customer.id);
        for other in std::iter::once(&customer.short).chain(&customer.aliases) {
            let ids = self.by_other_name.entry(same_name(other)).or_default();
            if !ids.contains(&customer.id) {
                ids.push(customer.id);
            }
        }
        self.customers.insert(customer.id, customer);
    }

    /// Takes in a deal.
    pub fn add_deal(&mut self, deal: Deal) {
        self.of_customer.entry(deal.customer).or_default().push(deal.id);
        self.deals.insert(deal.id, deal);
    }

    /// By number.
    pub fn customer(&self, id: CustomerId) -> Option<&Customer> {
        self.customers.get(&id)
    }

    /// Those whose full name it is.
    pub fn named(&self, name: &str) -> &[CustomerId] {
        self.by_name.get(&same_name(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that go by it beside their full name.
    pub fn also_named(&self, name: &str) -> &[CustomerId] {
        self.by_other_name.get(&same_name(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// By number.
    pub fn deal(&self, id: DealId) -> Option<&Deal> {
        self.deals.get(&id)
    }

    /// A customer's deals, by number.
    pub fn deals_of(&self, id: CustomerId) -> impl Iterator<Item = &Deal> {
        self.of_customer.get(&id).into_iter().flatten().filter_map(|id| self.deals.get(id))
    }
}
