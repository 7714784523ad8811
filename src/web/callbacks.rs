//! The platforms' callbacks: prove, read, commit, answer. The answer is constant per endpoint; only a DingTalk card's
//! new face travels in it. A bad request gets its status and nothing else, and one line in the log.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{App, Callbacks, DingTalkCallbacks, Front, inbound};
use crate::clock::machine_now;
use crate::engine::Answer;
use crate::event::{CardFace, Event};
use crate::messages::forms;
use crate::platform::callback::{CallbackError, Now, Query};
use crate::platform::dingtalk::wire::CardReply;
use crate::sales::{AppKey, Platform};

/// WeCom's documents are a few KB; a text is 2,048 bytes.
const WECOM_BODY: usize = 64 * 1024;
/// DingTalk's rich texts may be longer.
const DINGTALK_BODY: usize = 256 * 1024;
/// WeCom gives up after 5 s (reference/wecom.md 1.4), and sends again only then.
const WECOM_GIVES_UP: Duration = Duration::from_secs(6);
/// DingTalk gives up after 2 to 3 s (reference/dingtalk.md 3.3).
const DINGTALK_GIVES_UP: Duration = Duration::from_secs(3);

/// A request that is not taken: its status, and why for the log.
pub(super) struct Refused(StatusCode, &'static str);

impl From<CallbackError> for Refused {
    fn from(error: CallbackError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let why = match error {
            CallbackError::Signature => "signature",
            CallbackError::Stale => "stale",
            CallbackError::Owner => "owner",
            CallbackError::Sealed(_) => "sealed",
            CallbackError::Malformed(_) => "malformed",
            CallbackError::TooLarge => "too_large",
        };
        Self(status, why)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, why) = self;
        metrics::counter!("genjin_callbacks_refused_total", "why" => why).increment(1);
        tracing::warn!(status = status.as_u16(), why, "A callback was refused");
        status.into_response()
    }
}

/// What the commit of a callback came to.
enum Committed {
    /// To be acknowledged.
    Yes(Option<Box<CardFace>>),
    /// The platform gave up waiting; it may send again.
    No,
}

/// `GET /callback/wecom/{app}`: the platform tries the address.
pub(super) async fn wecom_verify(
    State(front): State<Front>,
    Path(app): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Vec<u8>, Refused> {
    let (_, _, callback) = front.wecom(&app)?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    Ok(callback.verify_url(&query, front.now())?)
}

/// `POST /callback/wecom/{app}`: messages, events and taps.
pub(super) async fn wecom_receive(
    State(front): State<Front>,
    Path(app): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callback) = front.wecom(&app)?;
    let (_, body) = read(request, WECOM_BODY, &["xml", "text/plain"]).await?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let (inbound, plaintext) = callback.receive(&query, &body, front.now())?;
    let event = inbound::event(Platform::WeCom, key, inbound, &plaintext);
    Ok(match commit(own, event, WECOM_GIVES_UP).await {
        Committed::Yes(_) => StatusCode::OK.into_response(),
        Committed::No => unanswered(),
    })
}

/// `POST /callback/dingtalk/{app}`: robot messages.
pub(super) async fn dingtalk_robot(
    State(front): State<Front>,
    Path(app): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callbacks) = front.dingtalk(&app)?;
    let (headers, body) = read(request, DINGTALK_BODY, &["json"]).await?;
    let inbound =
        callbacks.robot.receive(text(&headers, "timestamp"), text(&headers, "sign"), &body, front.now())?;
    let event = inbound::event(Platform::DingTalk, key, inbound, &body);
    Ok(match commit(own, event, DINGTALK_GIVES_UP).await {
        Committed::Yes(_) => json("{}"),
        Committed::No => unanswered(),
    })
}

/// `POST /callback/dingtalk/{app}/events`: the encrypted event push.
pub(super) async fn dingtalk_event(
    State(front): State<Front>,
    Path(app): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callbacks) = front.dingtalk(&app)?;
    let (_, body) = read(request, DINGTALK_BODY, &["json"]).await?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let pushed = callbacks.events.receive(&query, &body, front.now())?;
    let event = inbound::event(Platform::DingTalk, key, pushed.inbound, &pushed.plaintext);
    if let Committed::No = commit(own, event, DINGTALK_GIVES_UP).await {
        return Ok(unanswered());
    }
    let mut random = [0; 24];
    // Without random numbers nothing can be sealed; the platform sends the event again.
    getrandom::fill(&mut random).map_err(|_| Refused(StatusCode::SERVICE_UNAVAILABLE, "random"))?;
    let nonce: String = random[16..].iter().map(|byte| format!("{byte:02x}")).collect();
    let mut salt = [0; 16];
    salt.copy_from_slice(&random[..16]);
    Ok(json(callbacks.events.answer(salt, &nonce, front.clock.now(), &pushed.owner)))
}

/// `POST /callback/dingtalk/{app}/cards`: taps; the card's new face is the answer.
pub(super) async fn dingtalk_card(
    State(front): State<Front>,
    Path(app): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callbacks) = front.dingtalk(&app)?;
    let (headers, body) = read(request, DINGTALK_BODY, &["json"]).await?;
    let timestamp = text(&headers, "x-ddpaas-signature-timestamp");
    let signature = text(&headers, "x-ddpaas-signature");
    let inbound = callbacks.cards.receive(timestamp, signature, &body, front.now())?;
    let event = inbound::event(Platform::DingTalk, key, inbound, &body);
    Ok(match commit(own, event, DINGTALK_GIVES_UP).await {
        Committed::Yes(Some(face)) => json(reply(own, &face)),
        Committed::Yes(None) => json("{}"),
        Committed::No => unanswered(),
    })
}

fn reply(own: &App, face: &CardFace) -> String {
    let rendered = own.templates.borrow().render(&face.template, &face.vars, Platform::DingTalk);
    let params = rendered.map(|message| match &face.done {
        Some(done) => forms::dingtalk_card_done(&message.with_done(&**done)),
        None => forms::dingtalk_card(&message),
    });
    match params {
        Ok(params) => serde_json::to_string(&CardReply::changing(params)).unwrap_or_else(|_| "{}".into()),
        Err(error) => {
            tracing::error!(%error, "A card's new face cannot be drawn; the card stays as it is");
            "{}".into()
        }
    }
}

async fn commit(own: &App, event: Option<Event>, gives_up: Duration) -> Committed {
    let Some(event) = event else { return Committed::Yes(None) };
    match own.engine.submit(event).await {
        Ok(Answer::Card(face)) => Committed::Yes(Some(face)),
        Ok(Answer::Done | Answer::Repeat | Answer::Parked | Answer::Rows(_)) => Committed::Yes(None),
        Err(_) => {
            metrics::counter!("genjin_callbacks_unanswered_total").increment(1);
            // Only a time-out is surely sent again; an error status may count as received.
            tokio::time::sleep(gives_up).await;
            Committed::No
        }
    }
}

/// What nobody waits for any more.
fn unanswered() -> Response {
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.into()).into_response()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Reads a body within its limit, of a type that the platform sends. A missing type is let pass.
async fn read(request: Request, limit: usize, types: &[&str]) -> Result<(HeaderMap, Bytes), Refused> {
    let (parts, body) = request.into_parts();
    let kind = text(&parts.headers, header::CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
    if !kind.is_empty() && !types.iter().any(|known| kind.contains(known)) {
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"));
    }
    let body =
        to_bytes(body, limit).await.map_err(|_| Refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large"))?;
    Ok((parts.headers, body))
}

impl Front {
    fn now(&self) -> Now {
        Now { service: self.clock.now(), machine: self.under_sim.then(machine_now) }
    }

    fn app(&self, key: &str) -> Result<(&AppKey, &App), Refused> {
        self.apps.get_key_value(key).ok_or(Refused(StatusCode::NOT_FOUND, "no_such_app"))
    }

    fn wecom(
        &self,
        key: &str,
    ) -> Result<(&AppKey, &App, &crate::platform::wecom::callback::Callback), Refused> {
        let (key, app) = self.app(key)?;
        match &app.callbacks {
            Callbacks::WeCom(callback) => Ok((key, app, callback)),
            Callbacks::DingTalk(_) => Err(Refused(StatusCode::NOT_FOUND, "no_such_app")),
        }
    }

    fn dingtalk(&self, key: &str) -> Result<(&AppKey, &App, &DingTalkCallbacks), Refused> {
        let (key, app) = self.app(key)?;
        match &app.callbacks {
            Callbacks::DingTalk(callbacks) => Ok((key, app, callbacks)),
            Callbacks::WeCom(_) => Err(Refused(StatusCode::NOT_FOUND, "no_such_app")),
        }
    }
}
