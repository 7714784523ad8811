//! 记一笔: one field on the deal that the link is for.

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::{Opened, Token};
use super::{done, facts, posted};
use crate::event::Form;
use crate::sales::DealId;
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
) -> Response {
    match opened(&front, &token).await {
        Err(page) => page,
        Ok((opened, _)) if after.done.is_some() => done::show(&opened, &after.done.unwrap_or_default()).await,
        Ok((opened, deal)) => match posted::new_once() {
            Ok(once) => form(&opened, deal, Filled { once: &once, ..Filled::default() }).await,
            Err(status) => status.into_response(),
        },
    }
}

/// `POST /f/note/{token}`: the form comes back.
pub(super) async fn take(State(front): State<Front>, Token(token): Token, request: Request) -> Response {
    let (opened, deal) = match opened(&front, &token).await {
        Ok(opened) => opened,
        Err(page) => return page,
    };
    let posted = match posted::read(&front, request).await {
        Ok(posted) => posted,
        Err(page) => return page,
    };
    let (once, text) = (posted.once.as_str(), posted.text("text"));
    let filled = Filled { once, text, ..Filled::default() };
    let chars = text.chars().count();
    if text.is_empty() {
        let fault = "写一句就行，比如「客户认可方案，周五前给报价」".to_owned();
        return form(&opened, deal, Filled { fault, ..filled }).await;
    }
    if chars > LONGEST {
        let fault = format!("写了 {chars} 个字，一次最多 {LONGEST} 个，分两次记就行");
        return form(&opened, deal, Filled { fault, ..filled }).await;
    }
    if opened.commit(once, Form::Note { deal, text: text.into() }).await {
        return Redirect::to(&format!("?done={once}")).into_response();
    }
    let trouble = "刚才没存上，你写的都在，再点一次「记下」。";
    form(&opened, deal, Filled { trouble, ..filled }).await
}

async fn opened<'f>(front: &'f Front, token: &str) -> Result<(Opened<'f>, DealId), Response> {
    let opened = Opened::prove(front, token, "note")?;
    let deal = facts::deal_of(&opened.grant.subject);
    Ok((opened, deal))
}

/// What stands in the form when it is drawn.
#[derive(Default)]
struct Filled<'t> {
    once: &'t str,
    text: &'t str,
    fault: String,
    trouble: &'static str,
}

async fn form(opened: &Opened<'_>, deal: DealId, filled: Filled<'_>) -> Response {
    let facts = opened.look(move |state, member, now| {
        let deal = state.deal(deal).filter(|deal| deal.is_open() && state.sees(member, deal))?;
        let mut facts = facts::of(state, deal, now);
        facts["by"] = member.name.as_str().into();
        facts["sees"] = facts::who_sees(state, member).into();
        Some(facts)
    });
    let mut values = match facts.await {
        Ok(values) => values,
        Err(page) => return page,
    };
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
    opened.draw(status, "note.html", values)
}
