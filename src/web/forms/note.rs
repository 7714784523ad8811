//! 记一笔: one field on the deal that the link is for.

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::{Opened, Refused, Token};
use super::{done, facts, posted};
use crate::event::Form;
use crate::web::Front;

/// The longest note, in characters: what the chat carries as well.
const LONGEST: usize = 2_000;

/// What an address may carry beside its token.
#[derive(Deserialize)]
pub(super) struct After {
    /// The number of a form that was sent in.
    pub done: Option<String>,
}

/// `GET /f/note/{token}`: the form, or the answer to one that was sent in.
pub(super) async fn show(
    State(front): State<Front>,
    Token(token): Token,
    Query(after): Query<After>,
) -> Result<Response, Refused> {
    let opened = Opened::prove(&front, &token, "note")?;
    match &after.done {
        Some(once) => done::show(&opened, once).await,
        None => form(&opened, Filled { once: &posted::new_once()?, ..Filled::default() }).await,
    }
}

/// `POST /f/note/{token}`: the form comes back.
pub(super) async fn take(
    State(front): State<Front>,
    Token(token): Token,
    request: Request,
) -> Result<Response, Refused> {
    let opened = Opened::prove(&front, &token, "note")?;
    let posted = posted::read(&front, request).await?;
    let (once, text) = (posted.once.as_str(), posted.text("text"));
    let filled = Filled { once, text, ..Filled::default() };
    let chars = text.chars().count();
    if text.is_empty() {
        let fault = "写一句就行，比如「客户认可方案，周五前给报价」".to_owned();
        return form(&opened, Filled { fault, ..filled }).await;
    }
    if chars > LONGEST {
        let fault = format!("写了 {chars} 个字，一次最多 {LONGEST} 个，分两次记就行");
        return form(&opened, Filled { fault, ..filled }).await;
    }
    let deal = facts::deal_of(&opened.grant.subject);
    if opened.commit(once, Form::Note { deal, text: text.into() }).await {
        return Ok(Redirect::to(&format!("?done={once}")).into_response());
    }
    let trouble = "刚才没存上，你写的都在，再点一次「记下」。";
    form(&opened, Filled { trouble, ..filled }).await
}

/// What stands in the form when it is drawn.
#[derive(Default)]
struct Filled<'t> {
    once: &'t str,
    text: &'t str,
    fault: String,
    trouble: &'static str,
}

async fn form(opened: &Opened<'_>, filled: Filled<'_>) -> Result<Response, Refused> {
    let deal = facts::deal_of(&opened.grant.subject);
    let facts = opened.look(move |state, member, now| {
        let deal = state.deal(deal).filter(|deal| deal.is_open() && state.sees(member, deal))?;
        let mut facts = facts::of(state, deal, now);
        facts["by"] = member.name.as_str().into();
        facts["sees"] = facts::who_sees(state, member).into();
        Some(facts)
    });
    let mut values = facts.await?;
    let status = match (filled.fault.is_empty(), filled.trouble.is_empty()) {
        (true, true) => StatusCode::OK,
        (false, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (true, false) => StatusCode::SERVICE_UNAVAILABLE,
    };
    if let Value::Object(fields) = &mut values {
        let own = json!({
            "once": filled.once, "text": filled.text, "faults": { "text": filled.fault },
            "trouble": filled.trouble, "draft": opened.draft(),
        });
        fields.extend(own.as_object().cloned().unwrap_or_default());
    }
    Ok(opened.draw(status, "note.html", values))
}
