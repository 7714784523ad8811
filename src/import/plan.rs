//! Rows against what is known: which begin, which add something, which say nothing new, which are wrong. Pure; nothing
//! happens here.

mod deals;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::column::{Column, Kind, SheetRow};
use super::fields::{Fields, WORDS_MAX};
use super::known::Known;
use super::people;
use super::report::{Report, RowFault, RowKept};
use super::value::Wrong;
use crate::config::Config;
use crate::sales::{Contact, Customer, CustomerId, CustomerRow, ImportRow, Kept, MemberId, same_name};

/// Contacts of one customer, at most.
const CONTACTS_MAX: usize = 50;

/// What is to be done.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plan {
    /// Customers that begin or learn something.
    pub customers: Vec<ImportRow>,
    /// Deals that begin or learn something.
    pub deals: Vec<ImportRow>,
    /// The same in figures, with every fault.
    pub report: Report,
}

/// Plans what `rows` do under these rules. With `overwrite` the sheet wins over what is known.
pub fn plan(rows: &[SheetRow], known: &Known, rules: &Config, now: DateTime<Utc>, overwrite: bool) -> Plan {
    let mut planner = Planner {
        known,
        rules,
        now,
        today: rules.calendar.date(now),
        overwrite,
        customers: Vec::new(),
        by_name: BTreeMap::new(),
        by_number: BTreeMap::new(),
        deals: BTreeMap::new(),
        members: BTreeMap::new(),
        plan: Plan::default(),
    };
    planner.plan.report.rows = rows.len();
    // Customers first, wherever they stand in the file: deals are found by them.
    for row in rows.iter().filter(|row| row.kind == Kind::Customers) {
        planner.customer_row(row);
    }
    for row in rows.iter().filter(|row| row.kind == Kind::Deals) {
        planner.deal_row(row);
    }
    planner.put_customers();
    let mut plan = planner.plan;
    people::plan(rows, rules, &mut plan.report);
    plan.report.faults.sort();
    plan.report.kept.sort();
    let mut faulty: Vec<(u16, u32)> =
        plan.report.faults.iter().map(|fault| (fault.sheet, fault.line)).collect();
    faulty.dedup();
    plan.report.faulty = faulty.len();
    plan
}

/// A customer of the file: all its rows together.
struct Entry {
    row: CustomerRow,
    /// Where it stands first.
    at: (u16, u32),
    /// How many rows of customers it has: rows of deals count as deals.
    rows: usize,
    /// How many deals of the file are its.
    deals: usize,
}

struct Planner<'a> {
    known: &'a Known,
    rules: &'a Config,
    now: DateTime<Utc>,
    today: NaiveDate,
    overwrite: bool,
    customers: Vec<Entry>,
    /// Customers of the file by each of their names.
    by_name: BTreeMap<String, usize>,
    /// Those that are known, by number.
    by_number: BTreeMap<CustomerId, usize>,
    /// Deals of the file by customer and name, and where they stand.
    deals: BTreeMap<(usize, String), (u16, u32)>,
    /// Members by what the file calls them.
    members: BTreeMap<String, Result<MemberId, Wrong>>,
    plan: Plan,
}

impl Planner<'_> {
    fn customer_row(&mut self, row: &SheetRow) {
        let mut fields = Fields::new(row, self.today);
        let said = self.said_of_customer(&mut fields);
        let number = fields.text(Column::Number, WORDS_MAX);
        let hint = number.strip_prefix("c-").and_then(|digits| digits.parse().ok()).map(CustomerId);
        let mut faults = fields.faults;
        if faults.is_empty()
            && let Some(at) = self.entry(&said, hint, row, &mut faults)
        {
            self.merge(at, &said, row, &mut faults);
            if faults.is_empty() {
                self.customers[at].rows += 1;
            }
        }
        self.plan.report.faults.append(&mut faults);
    }

    /// What a row says of its customer.
    fn said_of_customer(&self, fields: &mut Fields<'_>) -> CustomerRow {
        let process = &self.rules.process;
        let name = fields.needed(Column::Customer);
        // One character stands in too many other words to find a customer by.
        if name.chars().count() == 1 {
            fields.fault(Column::Customer, Wrong::new(format!("「{name}」只有一个字"), "写公司的全称"));
        }
        let contacts = contacts(fields);
        let created = fields.past_day(Column::CreatedOn);
        CustomerRow {
            known: None,
            name: name.as_str().into(),
            short: fields.text(Column::Short, WORDS_MAX).into(),
            aliases: fields.list(Column::Aliases).into_iter().map(Into::into).collect(),
            industry: fields.named(Column::Industry, &process.industries).into(),
            kind: fields.named(Column::CustomerType, &process.customer_types).into(),
            region: fields.text(Column::Region, WORDS_MAX).into(),
            contacts,
            created_at: created.map(|day| self.rules.calendar.opening(day)),
        }
    }

    /// The customer that a row means, in the file or known before; a new one where nobody has the name. `hint` is the
    /// number that an export gave it: it counts where the name fits, too, for it may be another workspace's.
    fn entry(
        &mut self,
        said: &CustomerRow,
        hint: Option<CustomerId>,
        row: &SheetRow,
        faults: &mut Vec<RowFault>,
    ) -> Option<usize> {
        let folded = same_name(&said.name);
        let hint = hint.and_then(|id| self.known.customer(id));
        let hint = hint.filter(|known| same_name(&known.name) == folded).map(|known| known.id);
        if hint.is_none()
            && let Some(at) = self.by_name.get(&folded)
        {
            return Some(*at);
        }
        let found = match (self.known.named(&said.name), self.known.also_named(&said.name)) {
            _ if hint.is_some() => hint.as_slice(),
            ([], others) | (others, _) => others,
        };
        let (known, name) = match found {
            [] => (None, said.name.clone()),
            [id] => {
                let known = self.known.customer(*id);
                (Some(*id), known.map_or_else(|| said.name.clone(), |known| known.name.clone()))
            }
            several => {
                let names = several.iter().filter_map(|id| self.known.customer(*id));
                let names: Vec<&str> = names.map(|customer| &*customer.name).take(3).collect();
                let what = format!("有 {} 家客户叫「{}」", several.len(), said.name);
                faults.push(fault(row, Column::Customer, what, format!("写全称：{}", names.join("、"))));
                return None;
            }
        };
        // Under another of its names it may stand in the file already.
        let before = known.and_then(|id| self.by_number.get(&id)).copied();
        let at = before.unwrap_or(self.customers.len());
        if before.is_none() {
            let row_of = CustomerRow { known, name: name.clone(), ..CustomerRow::default() };
            self.customers.push(Entry { row: row_of, at: (row.sheet, row.line), rows: 0, deals: 0 });
        }
        self.by_name.entry(folded).or_insert(at);
        self.by_name.entry(same_name(&name)).or_insert(at);
        if let Some(id) = known {
            self.by_number.insert(id, at);
        }
        Some(at)
    }

    /// Adds what a row says to what the rows before it said. Two rows that contradict each other are a fault.
    fn merge(&mut self, at: usize, said: &CustomerRow, row: &SheetRow, faults: &mut Vec<RowFault>) {
        let Some(entry) = self.customers.get_mut(at) else { return };
        let (first, own) = (entry.at, &mut entry.row);
        let mut merged = own.clone();
        let pairs = [
            (&mut merged.short, &said.short, Column::Short),
            (&mut merged.industry, &said.industry, Column::Industry),
            (&mut merged.kind, &said.kind, Column::CustomerType),
            (&mut merged.region, &said.region, Column::Region),
        ];
        for (own, said, column) in pairs {
            if own.is_empty() {
                own.clone_from(said);
            } else if !said.is_empty() && own != said {
                let what = format!("第 {} 行的同一家客户写的不一样", first.1);
                faults.push(fault(row, column, what, "改成一样的，或者只在一行里写"));
            }
        }
        for alias in &said.aliases {
            if !merged.aliases.contains(alias) {
                merged.aliases.push(alias.clone());
            }
        }
        for contact in &said.contacts {
            match merged.contacts.iter_mut().find(|known| known.name == contact.name) {
                Some(known) if known.phone.is_empty() => known.phone.clone_from(&contact.phone),
                Some(_) => {}
                None => merged.contacts.push(contact.clone()),
            }
        }
        if merged.contacts.len() > CONTACTS_MAX {
            let what = format!("这家客户的联系人超过 {CONTACTS_MAX} 位");
            faults.push(fault(row, Column::Contacts, what, "只留常联系的"));
        }
        merged.created_at = merged.created_at.or(said.created_at);
        if faults.is_empty() {
            *own = merged;
            if !own.short.is_empty() {
                self.by_name.entry(same_name(&own.short)).or_insert(at);
            }
            for alias in &own.aliases {
                self.by_name.entry(same_name(alias)).or_insert(at);
            }
        }
    }

    /// The file's customers become rows of the plan.
    fn put_customers(&mut self) {
        for entry in std::mem::take(&mut self.customers) {
            let report = &mut self.plan.report;
            let known = entry.row.known.and_then(|id| self.known.customer(id));
            let Some(known) = known else {
                // One that only faulty rows speak of is nobody's.
                if entry.rows > 0 || entry.deals > 0 {
                    report.new_customers += 1;
                    report.same += entry.rows.saturating_sub(1);
                    self.plan.customers.push(ImportRow::Customer(Box::new(entry.row)));
                }
                continue;
            };
            let mut changed: Customer = known.clone();
            let kept = entry.row.add_to(&mut changed, self.overwrite);
            if !kept.is_empty() {
                report.kept.push(told(entry.at, kept));
            }
            if changed == *known {
                report.same += entry.rows;
            } else {
                report.changed_customers += 1;
                report.same += entry.rows.saturating_sub(1);
                self.plan.customers.push(ImportRow::Customer(Box::new(entry.row)));
            }
        }
    }
}

fn told((sheet, line): (u16, u32), kept: Vec<Kept>) -> RowKept {
    RowKept { sheet, line, columns: kept.into_iter().map(Into::into).collect() }
}

fn fault(row: &SheetRow, column: Column, what: impl Into<String>, cure: impl Into<String>) -> RowFault {
    let (what, cure) = (what.into(), cure.into());
    RowFault { sheet: row.sheet, line: row.line, column, what, cure }
}

/// 「张建国/张总/总经理/决策人/138…」 with `;` between people, or one person over several columns.
fn contacts(fields: &mut Fields<'_>) -> Vec<Contact> {
    let call = fields.text(Column::Call, WORDS_MAX);
    let (title, part) = (fields.text(Column::Post, WORDS_MAX), fields.text(Column::Part, WORDS_MAX));
    let phone = fields.text(Column::Phone, WORDS_MAX);
    let list = fields.list(Column::Contacts);
    let mut contacts: Vec<Contact> = Vec::new();
    for written in &list {
        let mut parts = written.split('/').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let mut next = || parts.next().unwrap_or_default();
        let (call, title, part, phone) = (next(), next(), next(), next());
        let call = if call.is_empty() { name } else { call };
        let contact = Contact {
            name: name.into(),
            call: call.into(),
            title: title.into(),
            part: part.into(),
            phone: phone.into(),
        };
        if !name.is_empty() && contacts.iter().all(|known| known.name != contact.name) {
            contacts.push(contact);
        }
    }
    let Some(first) = contacts.first_mut() else {
        let name = if call.is_empty() { "" } else { &call };
        // A telephone without a person belongs to whoever picks it up.
        let name = if name.is_empty() && !phone.is_empty() { "联系人" } else { name };
        if !name.is_empty() {
            let (name, title, part) = (name.into(), title.into(), part.into());
            contacts.push(Contact { call: Box::clone(&name), name, title, part, phone: phone.into() });
        }
        return contacts;
    };
    let said = [
        (&mut first.call, call),
        (&mut first.title, title),
        (&mut first.part, part),
        (&mut first.phone, phone),
    ];
    for (own, said) in said {
        if !said.is_empty() {
            *own = said.into();
        }
    }
    contacts
}
