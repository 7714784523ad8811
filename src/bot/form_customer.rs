//! 新建客户 (product.md 1.8): a customer with its first deal, from the page or from the chat. A name that is there
//! already is told plainly (撞单), and what was written is kept.

use super::draft::Draft;
use super::{notes, said, words};
use crate::config::Member;
use crate::event::Sender;
use crate::sales::{
    Awaiting, Contact, Customer, CustomerId, Deal, DealId, NewCustomer, Region, Subject, short_name,
};
use crate::state::{Counts, Deed, Line, LineSubject, Record};

/// Every so many complete customers earn 数据之星 (product.md 1.11).
const STAR: usize = 10;

/// Enters a customer, or a further deal of one whom nobody else works on.
pub fn enter(draft: &mut Draft<'_>, member: &Member, new: &NewCustomer, from: &Sender) {
    let state = draft.state;
    let Some(known) = state.customers().find(|customer| customer.is_called(&new.name)) else {
        let customer = customer(draft, member, new);
        return begin(draft, member, new, customer, true, from);
    };
    let open: Vec<&Deal> = state.deals_of_customer(known.id).filter(|deal| deal.is_open()).collect();
    let theirs = open.iter().find(|deal| !deal.is_with(&member.id));
    let same = open.iter().find(|deal| deal.product_line == new.product_line);
    match theirs.or(same) {
        Some(deal) => collide(draft, member, new, known, deal, from),
        // Known, and nobody works on it: a further deal, and the file is filled up.
        None => begin(draft, member, new, filled_up(known, new), false, from),
    }
}

fn customer(draft: &mut Draft<'_>, member: &Member, new: &NewCustomer) -> Customer {
    Customer {
        id: CustomerId(draft.id()),
        name: new.name.clone(),
        short: short_name(&new.name).into(),
        aliases: Vec::new(),
        industry: new.industry.clone(),
        kind: new.kind.clone(),
        region: new.region.clone(),
        contacts: vec![contact(new)],
        created_at: draft.now,
        entered_by: Some(member.id.clone()),
    }
}

fn contact(new: &NewCustomer) -> Contact {
    let (name, title) = (new.contact.clone(), new.title.clone());
    Contact { call: name.clone(), name, title, part: "".into(), phone: new.phone.clone() }
}

/// The file of a known customer with what it did not have.
fn filled_up(known: &Customer, new: &NewCustomer) -> Customer {
    let mut customer = known.clone();
    for (field, told) in [
        (&mut customer.industry, &new.industry),
        (&mut customer.kind, &new.kind),
        (&mut customer.region, &new.region),
    ] {
        if field.is_empty() {
            field.clone_from(told);
        }
    }
    let same = |contact: &&mut Contact| contact.name == new.contact || contact.call == new.contact;
    match customer.contacts.iter_mut().find(same) {
        Some(contact) if contact.phone.is_empty() => contact.phone.clone_from(&new.phone),
        Some(_) => {}
        None => customer.contacts.push(contact(new)),
    }
    customer
}

fn begin(
    draft: &mut Draft<'_>,
    member: &Member,
    new: &NewCustomer,
    customer: Customer,
    fresh: bool,
    from: &Sender,
) {
    let (now, rules) = (draft.now, draft.state.rules());
    let Some(stage) = rules.process.stages.first() else { return };
    let id = DealId(draft.id());
    draft.add_deal(Deal {
        id,
        customer: customer.id,
        name: "".into(),
        owner: member.id.clone(),
        helpers: Vec::new(),
        stage: stage.key.clone(),
        amount: new.amount,
        product_line: new.product_line.clone(),
        expected_close: None,
        created_at: now,
        stage_since: now,
        last_follow_up: Some(now),
        next_step: None,
        promises: Vec::new(),
        recent: Vec::new(),
        given: Vec::new(),
        snooze: None,
        warned_lapse: None,
        escalated_lapse: None,
        closing: None,
    });
    let line = draft.about(id, Deed::Entered).by(&member.id).saying(&customer.name);
    draft.line(line);
    let subject = LineSubject::Customer(customer.id);
    let line = Line::about(subject, Deed::Entered, draft.event.identity, now).by(&member.id);
    draft.line(line.saying(&customer.name));
    let new_customers = i64::from(fresh && customer.is_complete());
    draft.count(&member.id, Counts { new_deals: 1, new_customers, ..Counts::default() });
    let star = (new_customers > 0).then(|| star(draft, member)).flatten();
    let short = customer.short.to_string();
    draft.put(Record::Customer(customer));
    if !new.note.is_empty() {
        let note = said::whole_note(draft.state, &member.id, &new.note, now);
        notes::store(draft, member, id, &note);
    }
    let dialogue = draft.dialogue_mut(&member.id);
    dialogue.awaiting = Awaiting::Nothing;
    dialogue.subject = Some(Subject { deal: id, at: now });
    let vars = words::vars([
        ("customer", Some(short.into())),
        ("stage", Some(stage.name.as_str().into())),
        ("amount", Some(new.amount.to_string().into())),
        ("contact", Some(new.contact.to_string().into())),
        ("star", star.map(|count| count.to_string().into())),
        ("page", Some(words::page("deal", id).into())),
    ]);
    draft.answer(from, "customer_new", vars);
}

/// How many complete customers the member has entered with this one, when that earns a star.
fn star(draft: &Draft<'_>, member: &Member) -> Option<usize> {
    let own =
        |customer: &&Customer| customer.entered_by.as_ref() == Some(&member.id) && customer.is_complete();
    let count = draft.state.customers().filter(own).count() + 1;
    count.is_multiple_of(STAR).then_some(count)
}

/// 撞单: whose it is, and what was written is kept.
fn collide(
    draft: &mut Draft<'_>,
    member: &Member,
    new: &NewCustomer,
    known: &Customer,
    deal: &Deal,
    from: &Sender,
) {
    let rules = draft.state.rules();
    let subject = LineSubject::Customer(known.id);
    let line = Line::about(subject, Deed::Collided, draft.event.identity, draft.now).by(&member.id);
    draft.line(line.saying(&told(draft, new)));
    let own = deal.is_with(&member.id);
    let owner = rules.people.find(&deal.owner).map(|owner| masked(&owner.name));
    let boss = member.manager.as_ref().map(|manager| words::call(rules, manager));
    let vars = words::vars([
        ("customer", Some(known.short.to_string().into())),
        ("owner", owner.filter(|_| !own).map(Into::into)),
        ("stage", Some(words::stage(rules, &deal.stage).into())),
        ("boss", boss.filter(|_| !own).map(Into::into)),
        ("page", own.then(|| words::page("deal", deal.id).into())),
    ]);
    draft.answer(from, "customer_exists", vars);
}

/// 李**: enough to ask the right person (product.md 1.15).
fn masked(name: &str) -> String {
    name.chars().next().map_or_else(String::new, |first| format!("{first}**"))
}

/// Everything that was written, as one text.
fn told(draft: &Draft<'_>, new: &NewCustomer) -> String {
    let process = &draft.state.rules().process;
    let region = Region::find(&new.region).map_or_else(String::new, |region| region.name());
    let parts = [
        new.name.to_string(),
        process.industry_name(&new.industry).to_owned(),
        process.customer_type_name(&new.kind).to_owned(),
        region,
        format!("{}{}", new.contact, new.title),
        new.phone.to_string(),
        process.product_line_name(&new.product_line).to_owned(),
        new.amount.to_string(),
        new.note.to_string(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("，")
}
