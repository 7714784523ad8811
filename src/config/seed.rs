//! `demo/*.csv`: the customers and deals that a demo begins with. All times are relative to day 0, 09:30, so that the
//! demo is alive on whatever day it is started. Read once, when a store is empty; from then on they are state.

mod row;

use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::fault::Faults;
use super::{Config, Named};
use crate::event::Fault;
use crate::sales::{
    Closing, Contact, Customer, CustomerId, Deal, DealId, FollowUp, LossReason, MaterialKey, Meeting,
    MeetingId, MeetingState, MemberId, Money, NextStep, Outcome, Region,
};
use row::{Row, Sheet};

/// A gist is at most so long (`sales::FollowUp`).
const GIST_CHARS: usize = 80;

const CUSTOMER_COLUMNS: [&str; 7] =
    ["name", "short", "aliases", "industry", "kind", "created_days_before", "contacts"];

const DEAL_COLUMNS: [&str; 22] = [
    "customer",
    "owner",
    "helpers",
    "stage",
    "amount_wan",
    "product_line",
    "created_days_before",
    "stage_days_before",
    "last_follow_up_hours_before",
    "last_gist",
    "earlier_hours_before",
    "earlier_gist",
    "next_step_workdays",
    "next_step",
    "expected_close_days",
    "given",
    "meeting_workdays",
    "meeting_at",
    "meeting_minutes",
    "meeting_purpose",
    "meeting_with",
    "closed",
];

/// What a demo begins with, numbered by one counter from 1.
#[derive(Clone, Default, Debug)]
pub struct Seed {
    /// In the file's order.
    pub customers: Vec<Customer>,
    /// In the file's order.
    pub deals: Vec<Deal>,
    /// In the order of their deals.
    pub meetings: Vec<Meeting>,
}

impl Seed {
    /// How many ids it uses: the next one is one more.
    pub fn last_id(&self) -> u64 {
        (self.customers.len() + self.deals.len() + self.meetings.len()) as u64
    }
}

/// Reads `demo/` of `folder` for a world that begins at `day0`; empty when the folder has none.
///
/// # Errors
/// Everything that is wrong with the sheets, by file and line.
pub fn read(folder: &Path, config: &Config, day0: DateTime<Utc>) -> Result<Seed, Vec<Fault>> {
    let demo = folder.join("demo");
    if !demo.is_dir() {
        return Ok(Seed::default());
    }
    let faults = Faults::default();
    let customers = Sheet::read(&demo, "customers.csv", &CUSTOMER_COLUMNS, &faults);
    let deals = Sheet::read(&demo, "deals.csv", &DEAL_COLUMNS, &faults);
    let mut reader = Reader { config, day0, customers: Vec::new(), last_id: 0 };
    for row in customers.rows(&faults) {
        let customer = reader.customer(&row);
        reader.customers.push(customer);
    }
    let rows: Vec<Row<'_>> = deals.rows(&faults).collect();
    let deals: Vec<Deal> = rows.iter().map(|row| reader.deal(row)).collect();
    let meetings = rows.iter().zip(&deals).filter_map(|(row, deal)| reader.meeting(row, deal)).collect();
    faults.or(Seed { customers: reader.customers, deals, meetings })
}

/// Makes records of rows. A cell that is wrong is recorded and its record holds a placeholder.
struct Reader<'a> {
    config: &'a Config,
    day0: DateTime<Utc>,
    customers: Vec<Customer>,
    last_id: u64,
}

impl Reader<'_> {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn hours_before(&self, row: &Row<'_>, column: &str) -> Option<DateTime<Utc>> {
        let hours = row.number(column)?;
        Some(self.day0 - TimeDelta::hours(hours.into()))
    }

    fn days_before(&self, row: &Row<'_>, column: &str) -> DateTime<Utc> {
        self.day0 - TimeDelta::days(row.needed_number(column).into())
    }

    /// The day that is so many working days after day 0; day 0 for 0.
    fn workday(&self, row: &Row<'_>, column: &str) -> Option<NaiveDate> {
        let calendar = &self.config.calendar;
        Some(calendar.workdays_after(calendar.date(self.day0), row.number(column)?))
    }

    fn customer(&mut self, row: &Row<'_>) -> Customer {
        let process = &self.config.process;
        let short = row.needed("short");
        if self.customers.iter().any(|other| *other.short == *short) {
            row.fault(format!("「{short}」已经有了"), "换一个叫法，不然分不清");
        }
        Customer {
            id: CustomerId(self.next_id()),
            name: row.needed("name").into(),
            short: short.into(),
            aliases: row.list("aliases").map(Into::into).collect(),
            industry: row.one_of("industry", process.industries.iter().map(key)).into(),
            kind: row.one_of("kind", process.customer_types.iter().map(key)).into(),
            region: Region::of_company(row.needed("name")).map_or("", |region| region.code).into(),
            contacts: row.list("contacts").filter_map(|text| contact(row, text)).collect(),
            created_at: self.days_before(row, "created_days_before"),
            entered_by: None,
        }
    }

    fn deal(&mut self, row: &Row<'_>) -> Deal {
        let (people, process) = (&self.config.people, &self.config.process);
        let reps = || people.members.iter().filter(|member| member.rep).map(|member| member.id.as_str());
        let name = row.one_of("customer", self.customers.iter().map(|customer| &*customer.short));
        let customer = self.customers.iter().find(|customer| *customer.short == *name);
        let customer = customer.map_or(CustomerId(0), |customer| customer.id);
        let owner = MemberId::from(row.one_of("owner", reps()));
        let materials = || self.config.materials.iter().map(|material| material.key.as_str());
        let last = self.hours_before(row, "last_follow_up_hours_before");
        let recent = [("last_follow_up_hours_before", "last_gist"), ("earlier_hours_before", "earlier_gist")]
            .into_iter()
            .filter_map(|(at, gist)| {
                let at = self.hours_before(row, at)?;
                Some(FollowUp { at, by: owner.clone(), gist: self.gist(row, gist) })
            });
        Deal {
            customer,
            name: "".into(),
            helpers: row.each_of("helpers", reps).into_iter().map(MemberId::from).collect(),
            stage: row.one_of("stage", process.stages.iter().map(|stage| stage.key.as_str())).into(),
            amount: Money::yuan(i64::from(row.needed_number("amount_wan")) * 10_000),
            product_line: row.one_of("product_line", process.product_lines.iter().map(key)).into(),
            expected_close: row.number("expected_close_days").map(|days| {
                let today = self.config.calendar.date(self.day0);
                today + TimeDelta::days(days.into())
            }),
            created_at: self.days_before(row, "created_days_before"),
            stage_since: self.days_before(row, "stage_days_before"),
            last_follow_up: last,
            next_step: self.workday(row, "next_step_workdays").map(|day| NextStep {
                day,
                what: self.gist(row, "next_step"),
                agreed_at: last.unwrap_or(self.day0),
            }),
            promises: Vec::new(),
            recent: recent.collect(),
            given: row.each_of("given", materials).into_iter().map(MaterialKey::from).collect(),
            snooze: None,
            warned_lapse: None,
            escalated_lapse: None,
            closing: row.text("closed").map(|text| Closing {
                called_off: Vec::new(),
                outcome: outcome(row, text),
                at: last.unwrap_or(self.day0),
                by: owner.clone(),
            }),
            id: DealId(self.next_id()),
            owner,
        }
    }

    fn meeting(&mut self, row: &Row<'_>, deal: &Deal) -> Option<Meeting> {
        let day = self.workday(row, "meeting_workdays")?;
        let at = row.needed("meeting_at");
        let time = NaiveTime::parse_from_str(at, "%H:%M").unwrap_or_else(|_| {
            row.fault(format!("meeting_at「{at}」不是几点几分"), "写 24 小时制，比如 14:30");
            NaiveTime::MIN
        });
        let starts_at = self.config.calendar.instant(day.and_time(time));
        let minutes = row.number("meeting_minutes").map(|minutes| TimeDelta::minutes(minutes.into()));
        if starts_at <= self.day0 {
            row.fault("会议在第一天 09:30 之前", "往后挪，或者写成上一次跟进");
        }
        Some(Meeting {
            id: MeetingId(self.next_id()),
            deal: deal.id,
            member: deal.owner.clone(),
            starts_at,
            ends_at: starts_at + minutes.unwrap_or(self.config.workspace.meeting_length),
            all_day: false,
            purpose: row.needed("meeting_purpose").into(),
            with: row.text("meeting_with").unwrap_or_default().into(),
            state: MeetingState::Planned,
            packed_for: None,
            asked: false,
        })
    }

    fn gist(&self, row: &Row<'_>, column: &str) -> Box<str> {
        let gist = row.needed(column);
        let chars = gist.chars().count();
        if chars > GIST_CHARS {
            row.fault(format!("{column} 有 {chars} 个字"), format!("缩短到 {GIST_CHARS} 个字以内"));
        }
        gist.into()
    }
}

fn key(named: &Named) -> &str {
    &named.key
}

/// `张建国/张总/总经理/决策人`; post and part may be left out.
fn contact(row: &Row<'_>, text: &str) -> Option<Contact> {
    let mut parts = text.split('/').map(str::trim);
    let (Some(name), Some(call)) = (parts.next(), parts.next()) else {
        row.fault(format!("联系人「{text}」看不懂"), "写成 姓名/怎么叫/职务/在决策里管什么");
        return None;
    };
    let mut rest = || parts.next().unwrap_or_default().into();
    Some(Contact { name: name.into(), call: call.into(), title: rest(), part: rest(), phone: "".into() })
}

/// 「赢单」「搁置」「丢单/价格」.
fn outcome(row: &Row<'_>, text: &str) -> Outcome {
    let (end, reason) = text.split_once('/').unwrap_or((text, ""));
    let why = LossReason::ALL.into_iter().find(|known| known.name() == reason);
    match (end, why) {
        ("赢单", _) if reason.is_empty() => Outcome::Won,
        ("丢单", why) if why.is_some() || reason.is_empty() => Outcome::Lost(why),
        ("搁置", _) if reason.is_empty() => Outcome::Shelved,
        _ => {
            row.fault(format!("closed「{text}」看不懂"), "写赢单、搁置、丢单，或者丢单/价格这样带原因");
            Outcome::Shelved
        }
    }
}
