//! A sheet is laid in: chunk by chunk aside, then with one commit they count, then chunk by chunk they become customers
//! and deals. Nobody is told: imported deals are 待盘点 (product.md 1.2).

use chrono::TimeDelta;

use super::draft::Draft;
use crate::event::{Identity, ImportStep, Importing};
use crate::language::Via;
use crate::sales::{Customer, CustomerId, CustomerRow, Deal, DealId, DealRow, ImportRow, same_name};
use crate::state::{Deed, Import, ImportRows, Line, LineSubject, Record, RecordKey};

/// An import that counts goes on by itself when nobody drove it for so long.
const DRIVEN_WITHIN: TimeDelta = TimeDelta::minutes(1);
/// One that does not count yet is forgotten after so long.
const STAGED_WITHIN: TimeDelta = TimeDelta::hours(1);

/// One step, as whoever imports drives it.
pub fn step(draft: &mut Draft<'_>, importing: &Importing) {
    let id = importing.import;
    match &importing.step {
        ImportStep::Begin { chunks, overwrite } => {
            let idle: Vec<Import> =
                draft.state.imports().filter(|import| import.next.is_none()).cloned().collect();
            idle.iter().for_each(|import| forget(draft, import));
            let look_at = draft.now + STAGED_WITHIN;
            draft.put(Record::Import(Import {
                id,
                chunks: *chunks,
                overwrite: *overwrite,
                next: None,
                look_at,
            }));
        }
        ImportStep::Rows { n, rows } => {
            let known = draft.state.import(id);
            if known.is_some_and(|import| import.next.is_none() && *n < import.chunks) {
                draft.put(Record::ImportRows(ImportRows { import: id, n: *n, rows: rows.clone() }));
            }
        }
        ImportStep::Go => {
            let Some(import) = draft.state.import(id).filter(|import| import.next.is_none()).cloned() else {
                return;
            };
            // A chunk that is missing would be half an import.
            if (0..import.chunks).all(|n| draft.state.import_rows(id, n).is_some()) {
                let look_at = draft.now + DRIVEN_WITHIN;
                draft.put(Record::Import(Import { next: Some(0), look_at, ..import }));
                let line = draft.about_workspace(Deed::Imported).saying(&id.to_string());
                draft.line(line);
            }
        }
        ImportStep::Next { n } => next(draft, id, *n, DRIVEN_WITHIN),
        ImportStep::Drop => {
            let import = draft.state.import(id).filter(|import| import.next.is_none()).cloned();
            if let Some(import) = import {
                forget(draft, &import);
            }
        }
    }
}

/// Nobody drives it any more: one that counts goes on at once, chunk by chunk, one that does not is forgotten.
pub fn left_alone(draft: &mut Draft<'_>, id: Identity, n: u32) {
    match draft.state.import(id).cloned() {
        Some(import) if import.look_at > draft.now => {}
        Some(import) if import.next.is_none() => forget(draft, &import),
        Some(_) => next(draft, id, n, TimeDelta::zero()),
        None => {}
    }
}

fn forget(draft: &mut Draft<'_>, import: &Import) {
    for n in 0..import.chunks {
        if draft.state.import_rows(import.id, n).is_some() {
            draft.delete(RecordKey::ImportRows(import.id, n));
        }
    }
    draft.delete(RecordKey::Import(import.id));
}

/// Chunk `n` becomes customers and deals, if it is the next one.
fn next(draft: &mut Draft<'_>, id: Identity, n: u32, look_within: TimeDelta) {
    let Some(import) = draft.state.import(id).filter(|import| import.next == Some(n)).cloned() else {
        return;
    };
    let rows = draft.state.import_rows(id, n).map(|chunk| chunk.rows.clone()).unwrap_or_default();
    for row in &rows {
        match row {
            ImportRow::Customer(row) => customer(draft, row, import.overwrite),
            ImportRow::Deal(row) => deal(draft, row, import.overwrite),
        }
    }
    draft.delete(RecordKey::ImportRows(id, n));
    if n + 1 < import.chunks {
        let look_at = draft.now + look_within;
        draft.put(Record::Import(Import { next: Some(n + 1), look_at, ..import }));
    } else {
        draft.delete(RecordKey::Import(id));
    }
}

/// The customer that the plan found, else one that was entered under this name since.
fn customer(draft: &mut Draft<'_>, row: &CustomerRow, overwrite: bool) {
    let known = row.known.filter(|id| draft.state.customer(*id).is_some());
    match known.or_else(|| named(draft, &row.name)) {
        Some(id) => {
            let Some(mut customer) = draft.state.customer(id).cloned() else { return };
            row.add_to(&mut customer, overwrite);
            put_customer(draft, customer);
        }
        None => {
            let id = CustomerId(draft.id());
            let customer = row.begin(id, draft.now);
            put_customer(draft, customer);
        }
    }
}

fn put_customer(draft: &mut Draft<'_>, customer: Customer) {
    if draft.state.customer(customer.id) == Some(&customer) {
        return;
    }
    let line =
        Line::about(LineSubject::Customer(customer.id), Deed::Imported, draft.event.identity, draft.now);
    draft.line(line);
    draft.put(Record::Customer(customer));
}

fn named(draft: &Draft<'_>, name: &str) -> Option<CustomerId> {
    let mut found = draft.state.names().customers.named(name).iter().filter(|(_, via)| *via == Via::Name);
    let whole = |id: &CustomerId| {
        draft.state.customer(*id).is_some_and(|customer| same_name(&customer.name) == same_name(name))
    };
    found.find(|(id, _)| whole(id)).map(|(id, _)| *id)
}

/// A deal of the same customer under the same name, entered since the plan, is the one that is meant.
fn deal(draft: &mut Draft<'_>, row: &DealRow, overwrite: bool) {
    let customer = row.customer_id.filter(|id| draft.state.customer(*id).is_some());
    let Some(customer) = customer.or_else(|| named(draft, &row.customer)) else { return };
    let known = row.known.filter(|id| draft.state.deal(*id).is_some());
    let entered =
        || draft.state.deals_of_customer(customer).find(|deal| is_same(deal, row)).map(|deal| deal.id);
    match known.or_else(entered) {
        Some(id) => {
            let Some(mut deal) = draft.state.deal(id).cloned() else { return };
            row.add_to(&mut deal, overwrite, draft.now);
            put_deal(draft, deal);
        }
        None => {
            let Some(first) = draft.state.rules().process.stages.first().map(|stage| stage.key.clone())
            else {
                return;
            };
            let id = DealId(draft.id());
            if let Some(deal) = row.begin(id, customer, &first, draft.now) {
                put_deal(draft, deal);
            }
        }
    }
}

/// Whether a deal goes by this row's name; one without a name goes by its product line.
fn is_same(deal: &Deal, row: &DealRow) -> bool {
    if row.name.is_empty() {
        deal.name.is_empty() && deal.product_line == row.product_line
    } else {
        same_name(&deal.name) == same_name(&row.name)
    }
}

fn put_deal(draft: &mut Draft<'_>, deal: Deal) {
    if draft.state.deal(deal.id) == Some(&deal) {
        return;
    }
    let line = draft.about(deal.id, Deed::Imported);
    draft.line(line);
    draft.put(Record::Deal(deal));
}
