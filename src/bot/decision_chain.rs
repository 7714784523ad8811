//! Who has which part in a customer's decision, as notes tell it: 「沈总拍板，郑经理管选型」.

use super::draft::Draft;
use crate::language::{Note, Role};
use crate::sales::{Contact, DealId};

/// Writes the parts that a note tells to the customer's people; whoever has a part and is not known yet is from now on.
pub fn take(draft: &mut Draft<'_>, id: DealId, note: &Note) {
    // 「私下记」 is nobody else's.
    if note.roles.is_empty() || note.private {
        return;
    }
    let Some(customer) = draft.deal(id).map(|deal| deal.customer) else { return };
    let Some(customer) = draft.customer_mut(customer) else { return };
    for (who, role) in &note.roles {
        let known = customer.contacts.iter_mut().find(|it| *it.call == **who || *it.name == **who);
        match known {
            // Whoever decides and stands by us decides all the same.
            Some(contact) if contact.part.is_empty() || is_place(*role) => contact.part = role.part().into(),
            Some(_) => {}
            None => customer.contacts.push(Contact {
                name: who.as_str().into(),
                call: who.as_str().into(),
                title: "".into(),
                part: role.part().into(),
                phone: "".into(),
            }),
        }
    }
}

/// Whether a part is a place in the company, not a leaning.
fn is_place(role: Role) -> bool {
    match role {
        Role::Decides | Role::Technical | Role::Buys | Role::Uses | Role::Pays => true,
        Role::Supports | Role::Opposes => false,
    }
}
