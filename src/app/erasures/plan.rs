//! What an erasure will do, said before it is done.

use crate::control::{Which, Whose};
use crate::sales::{Contact, Customer, CustomerId, ErasureSubject, MemberId, NameMark};
use crate::state::State;

/// An erasure that can be done.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// Whose data.
    pub subject: ErasureSubject,
    /// What will go and what stays, a sentence each.
    pub said: Vec<String>,
}

/// What erasing this will do; `salt` is a random number for a mark.
///
/// # Errors
/// Nobody of that name is there, or may not be erased yet; in a sentence with the cure.
pub fn plan(state: &State, whose: &Whose, salt: u64) -> Result<Plan, String> {
    // Its rows lie aside and would become records after the erasure.
    if state.imports().next().is_some() {
        return Err("a sheet is being laid in: ask again when it is done".to_owned());
    }
    match whose {
        Whose::Customer(which) => customer(state, number(state, which)?),
        Whose::Contact { customer, who } => contact(state, number(state, customer)?, who, salt),
        Whose::Member(id) => member(state, id),
    }
}

fn number(state: &State, which: &Which) -> Result<CustomerId, String> {
    let name = match which {
        Which::Number(id) => return Ok(*id),
        Which::Name(name) => name,
    };
    let called: Vec<_> = state.customers().filter(|customer| customer.is_called(name)).collect();
    match called[..] {
        [one] => Ok(one.id),
        [] => Err(format!("no customer is called {name}: `genjin export` names them all")),
        _ => {
            let numbers: Vec<_> = called.iter().map(|customer| customer.id.to_string()).collect();
            Err(format!(
                "{} customers are called {name}, give the number: {}",
                called.len(),
                numbers.join(", ")
            ))
        }
    }
}

fn find(state: &State, id: CustomerId) -> Result<&Customer, String> {
    state.customer(id).ok_or_else(|| format!("there is no customer {id}: `genjin export` names them all"))
}

fn customer(state: &State, id: CustomerId) -> Result<Plan, String> {
    let customer = find(state, id)?;
    let deals: Vec<_> = state.deals_of_customer(id).collect();
    let open = deals.iter().filter(|deal| deal.is_open()).count();
    let meetings: usize = deals.iter().map(|deal| state.meetings_of(deal.id).count()).sum();
    let said = vec![
        format!("customer {id}, {}: its names and {} contacts go", customer.name, customer.contacts.len()),
        format!(
            "{} deals and {meetings} meetings lose their words; {open} open deals end as 搁置",
            deals.len()
        ),
        "their action cards, pictures and files go".to_owned(),
        "the history loses every word about them, and what others' lines say of the full names".to_owned(),
        "cards, questions and messages on their way that speak of it go".to_owned(),
        "amounts, stages, days and counts stay, under numbers alone".to_owned(),
    ];
    Ok(Plan { subject: ErasureSubject::Customer(id), said })
}

fn contact(state: &State, id: CustomerId, who: &str, salt: u64) -> Result<Plan, String> {
    let customer = find(state, id)?;
    let named: Vec<_> = customer.contacts.iter().filter(|contact| is_called(contact, who)).collect();
    let contact = match named[..] {
        [one] => one,
        [] => return Err(format!("{id} has no contact of that name or number")),
        _ => return Err(format!("{id} has {} contacts of that name: give the full name", named.len())),
    };
    let said = vec![
        format!("{} of {id}, {}: name, title and numbers go", contact.name, customer.name),
        "follow-ups, agreed steps and meetings of this customer that mention them lose their words".to_owned(),
        "every history line that mentions the full name loses its words; for the short name, those of this customer"
            .to_owned(),
        "cards and messages on their way that mention them go".to_owned(),
    ];
    Ok(Plan { subject: ErasureSubject::Contact { customer: id, mark: NameMark::of(contact, salt) }, said })
}

fn is_called(contact: &Contact, who: &str) -> bool {
    let who = who.trim();
    !who.is_empty() && [&contact.name, &contact.call, &contact.phone].into_iter().any(|name| **name == *who)
}

fn member(state: &State, id: &MemberId) -> Result<Plan, String> {
    if state.rules().people.find(id).is_some() {
        return Err(format!(
            "{id} is still in people.toml: hand their deals over, take them out of the file, then ask again"
        ));
    }
    let said = vec![
        format!("member {id}: what was asked in their chat and their cards go"),
        "their name and accounts go from the kept versions of people.toml".to_owned(),
        "the notes they wrote and their days' counts stay: they are the company's records, under the key alone"
            .to_owned(),
    ];
    Ok(Plan { subject: ErasureSubject::Member(id.clone()), said })
}
