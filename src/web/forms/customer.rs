//! 新建客户: eight facts on one page, with defaults and choices wherever there are any.

use std::collections::BTreeMap;

use axum::extract::{Query, Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::gate::{Opened, Refused, Token};
use super::note::After;
use super::posted::Posted;
use super::{customer_fields, done, facts, posted};
use crate::config::{Member, Named};
use crate::event::Form;
use crate::sales::{Customer, Region, regions};
use crate::state::State;
use crate::web::Front;

/// So many cities of the member's own customers stand first.
const OWN_CITIES: usize = 6;
/// More choices than this are a list instead of chips.
const CHIPS: usize = 6;
/// The fields, by name.
const FIELDS: [&str; 10] =
    ["name", "industry", "kind", "region", "contact", "title", "phone", "product_line", "amount", "note"];

/// `GET /f/customer/{token}`: the form, or the answer to one that was sent in.
pub(super) async fn show(
    Shared(front): Shared<Front>,
    Token(token): Token,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    let opened = Opened::prove(&front, &token, "customer")?;
    match &after.done {
        Some(once) => done::show(&opened, once).await,
        None => form(&opened, StatusCode::OK, Value::Null, json!({ "once": posted::new_once()? })).await,
    }
}

/// `POST /f/customer/{token}`: the form comes back.
pub(super) async fn take(
    Shared(front): Shared<Front>,
    Token(token): Token,
    request: Request,
) -> Result<Response, Refused> {
    let opened = Opened::prove(&front, &token, "customer")?;
    let posted = posted::read(&front, request).await?;
    let filled = filled(&posted);
    let rules = opened.app.config.borrow().clone();
    match customer_fields::read(&posted, &rules.process) {
        Err(faults) => {
            let trouble = match faults.len() {
                1 => "还有一项要改，写过的都在。".to_owned(),
                several => format!("还有 {several} 项要补，写过的都在。"),
            };
            let told = json!({ "once": posted.once, "faults": faults, "trouble": trouble });
            form(&opened, StatusCode::UNPROCESSABLE_ENTITY, filled, told).await
        }
        Ok(new) => {
            if opened.commit(&posted.once, Form::Customer(Box::new(new))).await {
                return Ok(Redirect::to(&format!("?done={}", posted.once)).into_response());
            }
            let told =
                json!({ "once": posted.once, "trouble": "刚才没存上，写过的都在，再点一次「保存」。" });
            form(&opened, StatusCode::SERVICE_UNAVAILABLE, filled, told).await
        }
    }
}

fn filled(posted: &Posted) -> Value {
    FIELDS.iter().map(|field| ((*field).to_owned(), Value::from(posted.text(field)))).collect()
}

/// Draws the form; with the member's usual choices where it was not filled in yet.
async fn form(
    opened: &Opened<'_>,
    status: StatusCode,
    filled: Value,
    told: Value,
) -> Result<Response, Refused> {
    let rules = opened.app.config.borrow().clone();
    let mut values = opened.look(|state, member, _| Some(usual(state, member))).await?;
    let (chosen, is_filled) = match filled {
        Value::Null => (values["usual"].clone(), false),
        filled => (filled, true),
    };
    let process = &rules.process;
    let choice = |field: &str, label: &str, missing: &str, known: &[Named]| {
        let options: Vec<Value> = known
            .iter()
            .map(|entry| json!({ "key": entry.key, "name": entry.name, "chosen": chosen[field] == *entry.key }))
            .collect();
        json!({ "field": field, "label": label, "missing": missing, "options": options, "chips": known.len() <= CHIPS })
    };
    values["choices"] = json!({
        "industry": choice("industry", "行业", "选一个行业，话术和物料按它来挑", &process.industries),
        "kind": choice("kind", "客户类型", "选一个客户类型", &process.customer_types),
        "product_line": choice("product_line", "产品线", "选一条产品线", &process.product_lines),
    });
    let region = chosen["region"].as_str().unwrap_or_default();
    let known = Region::find(region).or_else(|| Region::read(region));
    values["provinces"] = provinces(known);
    values["filled"] = is_filled.into();
    values["value"] = chosen;
    values["draft"] = opened.draft().into();
    if let (Value::Object(fields), Value::Object(told)) = (&mut values, told) {
        fields.extend(told);
    }
    Ok(opened.draw(status, "customer.html", values))
}

/// What is true of most of the member's customers stands in the form; the cities of their own stand first.
fn usual(state: &State, member: &Member) -> Value {
    let deals: Vec<_> = state.deals_of_owner(&member.id).collect();
    let customers: Vec<&Customer> = deals.iter().filter_map(|deal| state.customer(deal.customer)).collect();
    let mut cities: BTreeMap<&str, usize> = BTreeMap::new();
    for city in customers.iter().filter_map(|customer| customer.city()) {
        *cities.entry(city.code).or_default() += 1;
    }
    let mut cities: Vec<(&str, usize)> = cities.into_iter().collect();
    cities.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    let own: Vec<Value> = cities
        .iter()
        .take(OWN_CITIES)
        .filter_map(|(code, _)| Region::find(code))
        .map(|region| json!({ "code": region.code, "city": region.city }))
        .collect();
    let usual = json!({
        "industry": most(customers.iter().map(|customer| &*customer.industry)),
        "kind": most(customers.iter().map(|customer| &*customer.kind)),
        "product_line": most(deals.iter().map(|deal| &*deal.product_line)),
    });
    json!({
        "usual": usual, "own_cities": own, "by": member.name, "sees": facts::who_sees(state, member),
    })
}

/// The word of more than half, if there is one.
fn most<'w>(words: impl Iterator<Item = &'w str>) -> &'w str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    counts.into_iter().find(|(_, count)| count * 2 > all).map_or("", |(word, _)| word)
}

fn provinces(chosen: Option<Region>) -> Value {
    let mut provinces: Vec<(&str, Vec<Value>)> = Vec::new();
    for region in regions() {
        let chosen = chosen.is_some_and(|chosen| chosen == region);
        let city = json!({ "code": region.code, "city": region.city, "chosen": chosen });
        match provinces.last_mut() {
            Some((province, cities)) if *province == region.province => cities.push(city),
            _ => provinces.push((region.province, vec![city])),
        }
    }
    provinces.into_iter().map(|(name, cities)| json!({ "name": name, "cities": cities })).collect()
}
