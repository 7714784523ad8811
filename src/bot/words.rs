//! Facts as people say them: what templates are filled with.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use crate::calendar::spoken_duration;
use crate::config::Config;
use crate::sales::{Contact, Customer, Deal, MemberId, StageKey};
use crate::state::State;

/// The longest gist of a note, in characters.
const GIST: usize = 80;

/// A deal's customer by the name that messages use.
pub fn customer(state: &State, deal: &Deal) -> String {
    state.customer(deal.customer).map_or_else(|| deal.id.to_string(), |customer| customer.short.to_string())
}

/// A stage's name.
pub fn stage(rules: &Config, key: &StageKey) -> String {
    rules.process.stage(key).map_or_else(|| key.to_string(), |stage| stage.name.clone())
}

/// How long a deal has been without a follow-up: 「2 天 4 小时」.
pub fn idle(deal: &Deal, now: DateTime<Utc>) -> String {
    spoken_duration(now - deal.last_follow_up.unwrap_or(deal.created_at))
}

/// The rule that a warning follows: 「需求确认 48 小时规则」.
pub fn rule(rules: &Config, key: &StageKey) -> String {
    let limit = rules.process.stage(key).map(|stage| stage.limit);
    let unit = if limit.is_some_and(|limit| limit.working) { "个工作小时" } else { "小时" };
    format!("{} {} {unit}规则", stage(rules, key), limit.map_or(0, |limit| limit.hours))
}

/// What a colleague is called.
pub fn call(rules: &Config, member: &MemberId) -> String {
    rules.people.find(member).map_or_else(|| member.to_string(), |member| member.call.clone())
}

/// A note cut to its gist.
pub fn gist(text: &str) -> Box<str> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(GIST) {
        Some((end, _)) => format!("{}…", &line[..end]).into(),
        None => line.into(),
    }
}

/// When a deal may be signed, as exactly as anyone knows it: 「12月底」「明年1月初」.
pub fn close(rules: &Config, date: NaiveDate, now: DateTime<Utc>) -> String {
    let part = match date.day() {
        ..=10 => "初",
        11..=20 => "中旬",
        _ => "底",
    };
    let month = date.month();
    match date.year() - rules.calendar.date(now).year() {
        0 => format!("{month}月{part}"),
        1 => format!("明年{month}月{part}"),
        _ => format!("{}年{month}月{part}", date.year()),
    }
}

/// A day as people say it: 「12月3日」.
pub fn day(rules: &Config, date: NaiveDate, now: DateTime<Utc>) -> String {
    rules.calendar.spoken_month_day(date, now)
}

/// The person whom the rep speaks to there.
pub fn contact(customer: Option<&Customer>) -> Option<String> {
    customer?.contacts.first().map(|contact| contact.call.to_string())
}

/// A person with their post, else with their part in the decision: 张总（总经理）.
pub fn titled(contact: &Contact) -> String {
    let post = [&contact.title, &contact.part].into_iter().find(|post| !post.is_empty());
    post.map_or_else(|| contact.call.to_string(), |post| format!("{}（{post}）", contact.call))
}

/// A page of ours, by purpose and subject: the outbox makes it an address that the recipient can open, or nothing
/// where no phone reaches us.
pub fn page(purpose: &str, subject: impl std::fmt::Display) -> String {
    format!("page://{purpose}/{subject}")
}

/// Words for the customer with the contact's name in them, or without where nobody is known.
pub fn spoken_to(say: &str, contact: Option<&str>) -> String {
    match contact {
        Some(name) => say.replace("{{ contact }}", name),
        None => say.replace("{{ contact }}，", "").replace("{{ contact }}", ""),
    }
}

/// Choices as templates want them: digits in order.
pub fn options(texts: impl IntoIterator<Item = String>) -> Value {
    let option = |(n, text): (usize, String)| json!({ "key": (n + 1).to_string(), "text": text });
    texts.into_iter().enumerate().map(option).collect()
}

/// Variables without those that say nothing.
pub fn vars<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let said = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(said.filter(|(_, value)| !is_nothing(value)).collect::<Map<_, _>>())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
