//! Sheets as admins have them become customers and deals, all of a sheet or nothing, and nobody is told.

mod hostile;
mod killed;
mod planning;
mod program;
mod reading;
mod road;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use genjin::config::{self, Config};
use genjin::import::{Kind, Known, Plan, SheetRow, Table, plan};
use genjin::sales::{Customer, CustomerId, Deal, DealId, Money};
use genjin::sheet::{self, Sheet};

/// Tuesday, 2026-11-24, 09:30 in Shanghai.
fn now() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config")
}

fn rules() -> Arc<Config> {
    static RULES: LazyLock<Arc<Config>> =
        LazyLock::new(|| Arc::new(config::load_with_unset_secrets(&folder(), &|_| None).unwrap()));
    RULES.clone()
}

fn sheet(text: &str) -> Sheet {
    sheet::read(text.as_bytes()).unwrap().remove(0)
}

/// The rows of a table, by what its titles mean.
#[track_caller]
fn rows(text: &str) -> Vec<SheetRow> {
    let sheet = sheet(text);
    let table = Table::of(&sheet, None).unwrap_or_else(|| panic!("no titles in\n{text}"));
    table.rows(0, &sheet).collect()
}

/// What importing a text would do to what is known.
#[track_caller]
fn planned(text: &str, known: &Known) -> Plan {
    plan(&rows(text), known, &rules(), now(), false)
}

/// Faults as they are told: line, column, what, cure.
fn faults(plan: &Plan) -> Vec<String> {
    let faults = plan.report.faults.iter();
    faults.map(|fault| format!("{} {}", fault.line, fault.reason(fault.column.title()))).collect()
}

fn customer(id: u64, name: &str, short: &str) -> Customer {
    Customer {
        id: CustomerId(id),
        name: name.into(),
        short: short.into(),
        aliases: Vec::new(),
        industry: "machinery".into(),
        kind: "factory".into(),
        region: "".into(),
        contacts: Vec::new(),
        created_at: now(),
        entered_by: None,
    }
}

fn deal(id: u64, customer: u64, line: &str) -> Deal {
    Deal {
        id: DealId(id),
        customer: CustomerId(customer),
        name: "".into(),
        owner: "wang-lei".into(),
        helpers: Vec::new(),
        stage: "quote".into(),
        amount: Money::yuan(500_000),
        product_line: line.into(),
        expected_close: None,
        created_at: now(),
        stage_since: now(),
        last_follow_up: Some(now()),
        next_step: None,
        promises: Vec::new(),
        recent: Vec::new(),
        given: Vec::new(),
        snooze: None,
        warned_lapse: None,
        escalated_lapse: None,
        closing: None,
    }
}

/// 宏远机械 with one deal, which is in the quote stage.
fn known() -> Known {
    let mut known = Known::default();
    known.add_customer(customer(1, "宁波宏远机械制造有限公司", "宏远机械"));
    known.add_deal(deal(2, 1, "vision"));
    known
}

fn kinds(rows: &[SheetRow]) -> Vec<(u32, Kind)> {
    rows.iter().map(|row| (row.line, row.kind)).collect()
}
