//! `POST /cgi-bin/message/update_template_card` (wecom.md 4.3): one use of one code within 72 hours.

use serde_json::{Value, json};

use super::card::{self, Use};
use super::{Refusal, json_body, ok, send};
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::message::{Body, CardRef, WecomCard};
use crate::sim::setup::Platform;
use crate::sim::shared::{Shared, Step};
use crate::sim::world::Change;

const NAMES: [&str; 9] = [
    "userids",
    "partyids",
    "tagids",
    "atall",
    "agentid",
    "response_code",
    "enable_id_trans",
    "button",
    "template_card",
];

pub(super) fn update(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let request = json_body(call)?;
    let fields = Fields::root(&request)?;
    fields.only(&NAMES)?;
    send::check_app(&fields)?;
    let look = Look::read(&fields)?;
    let (users, bad_users) = targets(shared, &fields)?;

    let mut step = shared.step();
    let code = fields.text("response_code")?;
    let issued = step.world().codes.get(code).filter(|issued| !issued.used && issued.until > step.now);
    let issued = issued.ok_or_else(|| Refusal::new(60140, "response_code invalid or expired"))?.clone();
    let meant = |card: &&CardRef| users.as_ref().is_none_or(|users| users.contains(&card.chat.id));
    let cards: Vec<CardRef> = issued.cards.iter().filter(meant).cloned().collect();
    if cards.is_empty() {
        return Err(Refusal::new(82102, "target not in message").with("invaliduser", json!(bad_users)));
    }
    for card in &cards {
        redraw(&mut step, card, &look)?;
    }
    step.change(Change::CodeUsed(code.to_owned()));
    let reached = cards.into_iter().map(|card| card.chat).collect();
    let answer = if bad_users.is_empty() { json!({}) } else { json!({ "invaliduser": bad_users }) };
    Ok(ok(answer).after(step.commit(), reached))
}

/// How the card looks afterwards.
pub(super) enum Look {
    /// The same with a grey button of this text.
    Replaced(String),
    /// Another card.
    Card(Value),
}

impl Look {
    fn read(fields: &Fields<'_>) -> Result<Self, Refusal> {
        if let Some(card) = fields.object("template_card")? {
            card::check(&card, Use::Update)?;
            return Ok(Self::Card(Value::Object(card.map.clone())));
        }
        let Some(button) = fields.object("button")? else {
            return Err(Refusal::new(42017, "missing button"));
        };
        button.only(&["replace_name"])?;
        let name = button.needed("replace_name").map_err(|_| Refusal::new(42020, "missing replace_name"))?;
        Ok(Self::Replaced(name.to_owned()))
    }
}

/// Whose copies change, `None` for all, and who is unknown.
fn targets(shared: &Shared, fields: &Fields<'_>) -> Result<(Option<Vec<String>>, Vec<String>), Refusal> {
    let ids = fields.texts("userids")?;
    let others = ["partyids", "tagids"].iter().any(|name| fields.has(name));
    match fields.int("atall")? {
        Some(1) => return Ok((None, Vec::new())),
        Some(0) | None => {}
        Some(_) => return Err(Refusal::parameter("atall")),
    }
    if ids.is_empty() && !others {
        return Err(Refusal::new(82101, "no update target"));
    }
    let (mut users, mut bad) = (Vec::new(), Vec::new());
    for id in ids {
        match shared.setup.person(Platform::Wecom, id) {
            Some(person) => users.push(person.id.clone()),
            None => bad.push(id.to_lowercase()),
        }
    }
    Ok((Some(users), bad))
}

/// Gives the card at `at` another look.
pub(super) fn redraw(step: &mut Step<'_>, at: &CardRef, look: &Look) -> Result<(), Refusal> {
    let Some(Body::Wecom(old)) = step.world().message(at).map(|message| &message.body) else {
        return Err(Refusal::new(42016, "task_id not exist"));
    };
    let interacts = old.card["card_type"].as_str().is_some_and(|kind| kind.ends_with("_interaction"));
    let card = match look {
        Look::Replaced(_) if !interacts => return Err(Refusal::new(42017, "card has no button")),
        Look::Replaced(name) => WecomCard { replaced: Some(name.clone()), ..old.clone() },
        Look::Card(card) => WecomCard { card: card.clone(), task_id: old.task_id.clone(), replaced: None },
    };
    step.change(Change::Redrawn(at.clone(), Body::Wecom(card)));
    Ok(())
}
