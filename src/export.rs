//! What an admin takes out as sheets: customers, deals, members, row by row in the words people read. The titles are
//! those that [`import`](crate::import) reads, so that an export that comes back changes nothing.

mod scripts;

pub use scripts::scripts;

use crate::config::{Config, Member};
use crate::import::{Column, Failed, Kind, Road};
use crate::sales::{Contact, Customer, CustomerId, Deal, DealId, MemberId, Outcome};
use crate::sheet::Cell;
use crate::state::State;

/// Records of one look between turns.
const PAGE: usize = 100;

use Column as C;

/// A sheet's columns, in order.
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Customers => &[
            C::Number,
            C::Customer,
            C::Short,
            C::Aliases,
            C::Industry,
            C::CustomerType,
            C::Region,
            C::Contacts,
            C::CreatedOn,
        ],
        Kind::Deals => &[
            C::Number,
            C::Customer,
            C::DealName,
            C::Owner,
            C::Helpers,
            C::Stage,
            C::Amount,
            C::ProductLine,
            C::ExpectedClose,
            C::CreatedOn,
            C::StageSince,
            C::LastFollowUp,
            C::LastGist,
            C::NextStepDay,
            C::NextStep,
            C::Outcome,
            C::LossReason,
            C::ClosedOn,
        ],
        Kind::People => &[
            C::PersonKey,
            C::PersonName,
            C::PersonCall,
            C::WeCom,
            C::DingTalk,
            C::Primary,
            C::Team,
            C::Manager,
            C::Roles,
        ],
    }
}

/// Rows of one page, and behind which record the next one begins; `None` at the end.
pub type Rows = (Vec<Vec<Cell>>, Option<u64>);

/// The rows of a kind behind the record `after`, as they are between two turns.
///
/// # Errors
/// [`Failed`] when the store is shut.
pub async fn page<R: Road>(road: &mut R, kind: Kind, after: Option<u64>) -> Result<Rows, Failed> {
    road.read(move |state, _| match kind {
        Kind::People => {
            let rules = state.rules();
            (rules.people.members.iter().map(|each| member(each, rules)).collect(), None)
        }
        Kind::Customers => {
            let page = state.customers_after(after.map(CustomerId), PAGE);
            numbered(page.map(|each| (each.id.0, customer(each, state.rules()))))
        }
        Kind::Deals => {
            let page = state.deals_after(after.map(DealId), PAGE);
            numbered(page.map(|each| (each.id.0, deal(each, state))))
        }
    })
    .await
}

fn numbered(rows: impl Iterator<Item = (u64, Vec<Cell>)>) -> Rows {
    let (ids, rows): (Vec<u64>, Vec<Vec<Cell>>) = rows.unzip();
    (rows, ids.last().copied())
}

fn words(text: &str) -> Cell {
    Cell::text(text)
}

fn list(parts: impl Iterator<Item = String>) -> Cell {
    words(&parts.collect::<Vec<_>>().join("；"))
}

fn customer(customer: &Customer, rules: &Config) -> Vec<Cell> {
    let types = &rules.process.customer_types;
    let kind =
        types.iter().find(|named| *named.key == *customer.kind).map_or(&*customer.kind, |named| &named.name);
    vec![
        words(&customer.id.to_string()),
        words(&customer.name),
        words(&customer.short),
        list(customer.aliases.iter().map(ToString::to_string)),
        words(rules.process.industry_name(&customer.industry)),
        words(kind),
        words(&customer.region_name()),
        list(customer.contacts.iter().map(contact)),
        Cell::Date(rules.calendar.date(customer.created_at)),
    ]
}

/// 「张建国/张总/总经理/决策人/13800000000」; what is behind the last that is known is left out.
fn contact(contact: &Contact) -> String {
    let parts = [&contact.name, &contact.call, &contact.title, &contact.part, &contact.phone];
    // A separator inside a name would make two of one.
    let parts = parts.map(|part| part.replace('/', "／").replace([';', '；', '、', '|'], "，"));
    parts.join("/").trim_end_matches('/').to_owned()
}

fn deal(deal: &Deal, state: &State) -> Vec<Cell> {
    let rules = state.rules();
    let process = &rules.process;
    let day = |at| Cell::Date(rules.calendar.date(at));
    let last = deal.recent.first();
    let closing = deal.closing.as_ref();
    let lost = match closing.map(|closing| closing.outcome) {
        Some(Outcome::Lost(Some(reason))) => reason.name(),
        _ => "",
    };
    #[expect(clippy::cast_precision_loss, reason = "fen of a deal are far below 2^53")]
    let yuan = deal.amount.0 as f64 / 100.0;
    vec![
        words(&deal.id.to_string()),
        words(state.customer(deal.customer).map_or("", |customer| &customer.name)),
        words(&deal.name),
        words(&person(&deal.owner, rules)),
        list(deal.helpers.iter().map(|helper| person(helper, rules))),
        words(process.stage(&deal.stage).map_or(deal.stage.as_str(), |stage| &stage.name)),
        Cell::Number(yuan),
        words(process.product_line_name(&deal.product_line)),
        deal.expected_close.map_or(Cell::Empty, Cell::Date),
        day(deal.created_at),
        day(deal.stage_since),
        deal.last_follow_up.or(last.map(|note| note.at)).map_or(Cell::Empty, day),
        words(last.map_or("", |note| &note.gist)),
        deal.next_step.as_ref().map_or(Cell::Empty, |step| Cell::Date(step.day)),
        words(deal.next_step.as_ref().map_or("", |step| &step.what)),
        words(closing.map_or("", |closing| closing.outcome.name())),
        words(lost),
        closing.map_or(Cell::Empty, |closing| day(closing.at)),
    ]
}

/// A member by name; by key where two have it.
fn person(id: &MemberId, rules: &Config) -> String {
    let members = &rules.people.members;
    let name = rules.people.find(id).map(|member| member.name.as_str());
    match name.filter(|name| members.iter().filter(|member| member.name == *name).count() == 1) {
        Some(name) => name.to_owned(),
        None => id.to_string(),
    }
}

fn member(member: &Member, rules: &Config) -> Vec<Cell> {
    let team = member.team.as_ref().and_then(|key| rules.people.team(key));
    let roles = [(member.rep, "销售"), (member.lead, "带队"), (member.admin, "管理员")];
    let primary = match member.primary {
        crate::sales::Platform::WeCom => "企业微信",
        crate::sales::Platform::DingTalk => "钉钉",
    };
    vec![
        words(member.id.as_str()),
        words(&member.name),
        words(&member.call),
        words(member.wecom.as_deref().unwrap_or_default()),
        words(member.dingtalk.as_deref().unwrap_or_default()),
        words(primary),
        words(team.map_or("", |team| &team.name)),
        words(&member.manager.as_ref().map_or_else(String::new, |manager| person(manager, rules))),
        list(roles.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned())),
    ]
}
