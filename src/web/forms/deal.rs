//! The page of a deal: what it is, what was said last, what comes next, and its materials with a tick each.

use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::gate::{Opened, Refused, Token};
use super::{facts, posted};
use crate::config::{Material, Member};
use crate::event::Form;
use crate::sales::{Customer, Deal};
use crate::state::State;
use crate::web::Front;

/// `GET /d/{token}`: the page.
pub(super) async fn show(Shared(front): Shared<Front>, Token(token): Token) -> Result<Response, Refused> {
    draw(&Opened::prove(&front, &token, "deal")?, StatusCode::OK, "").await
}

/// `POST /d/{token}`: a tick.
pub(super) async fn take(
    Shared(front): Shared<Front>,
    Token(token): Token,
    request: Request,
) -> Result<Response, Refused> {
    let opened = Opened::prove(&front, &token, "deal")?;
    let posted = posted::read(&front, request).await?;
    let given = posted.text("give");
    let (material, given) = if given.is_empty() { (posted.text("take"), false) } else { (given, true) };
    let form = Form::Tick { deal: facts::deal_of(&opened.grant.subject), material: material.into(), given };
    // One page has one number and many buttons: each of them, one way, is one form.
    let once = format!("{}/{material}/{given}", posted.once);
    if opened.commit(&once, form).await {
        return Ok(Redirect::to("?").into_response());
    }
    draw(&opened, StatusCode::SERVICE_UNAVAILABLE, "刚才没存上，再点一次。").await
}

async fn draw(opened: &Opened<'_>, status: StatusCode, trouble: &str) -> Result<Response, Refused> {
    let deal = facts::deal_of(&opened.grant.subject);
    let page = opened.look(move |state, member, now| {
        let deal = state.deal(deal).filter(|deal| state.sees(member, deal))?;
        Some(page(state, deal, member, now))
    });
    let mut values = page.await?;
    for material in values["materials"].as_array_mut().into_iter().flatten() {
        let key = material["key"].as_str().unwrap_or_default().to_owned();
        if material["link"].is_null() {
            material["link"] = opened.path("material", &key).into();
        }
    }
    if values["open"] == true {
        values["note_link"] = opened.path("note", &opened.grant.subject).into();
    }
    values["once"] = posted::new_once()?.into();
    values["trouble"] = trouble.into();
    Ok(opened.draw(status, "deal.html", values))
}

fn page(state: &State, deal: &Deal, member: &Member, now: DateTime<Utc>) -> Value {
    let rules = state.rules();
    let customer = state.customer(deal.customer);
    let owner =
        rules.people.find(&deal.owner).map_or_else(|| deal.owner.to_string(), |owner| owner.name.clone());
    let mut page = facts::of(state, deal, now);
    page["open"] = deal.is_open().into();
    page["closing"] = deal.closing.as_ref().map(|closing| closing.outcome.name()).into();
    page["owner"] = owner.into();
    page["product_line"] = rules.process.product_line_name(&deal.product_line).into();
    page["close"] = deal.expected_close.map(|day| rules.calendar.spoken_month_day(day, now)).into();
    page["company"] = customer.map(|customer| &*customer.name).into();
    page["about"] = customer.map(|customer| about(state, customer)).into();
    page["contacts"] = customer.map(contacts).unwrap_or_default().into();
    page["notes"] = deal.recent.iter().map(|note| facts::follow_up(state, note, now)).collect();
    page["materials"] = materials(state, deal, customer);
    page["missing"] = missing(state, deal).into();
    page["sees"] = facts::who_sees(state, member).into();
    page
}

fn about(state: &State, customer: &Customer) -> String {
    let process = &state.rules().process;
    let region = customer.region_name();
    let parts =
        [process.industry_name(&customer.industry), process.customer_type_name(&customer.kind), &region];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn contacts(customer: &Customer) -> Vec<Value> {
    let contact = |contact: &crate::sales::Contact| {
        let parts = [&*contact.title, &*contact.part];
        let what: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let dial: String = contact.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        json!({ "call": &*contact.call, "what": what.join(" · "), "phone": &*contact.phone, "dial": dial })
    };
    customer.contacts.iter().map(contact).collect()
}

/// What the stage offers: as in the pack, and what was given before whatever its stage.
fn materials(state: &State, deal: &Deal, customer: Option<&Customer>) -> Value {
    /// As many as fit a thumb's reach.
    const SHOWN: usize = 8;
    let rules = state.rules();
    let industry = customer.map_or("", |customer| &customer.industry);
    let mut shown: Vec<&Material> = rules.materials_for(&deal.stage, industry, &deal.product_line, SHOWN);
    let given = rules.materials.iter().filter(|material| deal.given.contains(&material.key));
    for material in given {
        if !shown.iter().any(|other| other.key == material.key) {
            shown.push(material);
        }
    }
    let tick = |material: &&Material| {
        json!({
            "key": material.key.as_str(), "name": material.name, "hint": material.hint,
            "done": deal.given.contains(&material.key), "link": material.link,
        })
    };
    shown.iter().map(tick).collect()
}

/// What the stage still demands.
fn missing(state: &State, deal: &Deal) -> Vec<String> {
    let demanded = state.rules().process.stage(&deal.stage).map_or(&[][..], |stage| &stage.checkpoints);
    let open = demanded.iter().filter(|checkpoint| {
        checkpoint.material.as_ref().is_none_or(|material| !deal.given.contains(material))
    });
    open.map(|checkpoint| checkpoint.name.clone()).collect()
}
