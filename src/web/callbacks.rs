//! The platforms' callbacks: prove, read, commit, answer. The answer is constant per endpoint; only a DingTalk card's
//! new face travels in it. A bad request gets its status and nothing else, and one line in the log.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{App, Callbacks, DingTalkCallbacks, Front, inbound};
use crate::clock::machine_now;
use crate::engine::Answer;
use crate::event::{CardFace, Event};
use crate::messages::{forms, resolve};
use crate::platform::callback::{CallbackError, Now, Query};
use crate::platform::dingtalk::wire::CardReply;
use crate::platform::inbound::Inbound;
use crate::sales::{AppKey, Platform};

/// WeCom's documents are a few KB; a text is 2,048 bytes.
const WECOM_BODY: usize = 64 * 1024;
/// DingTalk's rich texts may be longer.
const DINGTALK_BODY: usize = 256 * 1024;
/// WeCom gives up after 5 s (reference/wecom.md 1.4), and sends again only then.
const WECOM_GIVES_UP: Duration = Duration::from_secs(6);
/// DingTalk gives up after 2 to 3 s (reference/dingtalk.md 3.3).
const DINGTALK_GIVES_UP: Duration = Duration::from_secs(3);

/// A header that may be missing.
type Header<'h> = Option<&'h str>;

/// A request that is not taken: its status, and for the log why, of which app, and how long it was. Nothing of what
/// stood in it, which may be anybody's.
pub(super) struct Refused {
    status: StatusCode,
    why: &'static str,
    app: Option<AppKey>,
    bytes: u64,
}

impl Refused {
    fn by(app: &AppKey, status: StatusCode, why: &'static str, bytes: u64) -> Self {
        Self { status, why, app: Some(app.clone()), bytes }
    }

    fn no_such_app() -> Self {
        Self { status: StatusCode::NOT_FOUND, why: "no_such_app", app: None, bytes: 0 }
    }

    /// What the platform's own check of a body found.
    fn unproved(app: &AppKey, body: &[u8]) -> impl FnOnce(CallbackError) -> Self {
        move |error| {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let why = match error {
                CallbackError::Signature => "signature",
                CallbackError::Stale => "stale",
                CallbackError::Owner => "owner",
                CallbackError::Sealed(_) => "sealed",
                CallbackError::Malformed(_) => "malformed",
                CallbackError::TooLarge => "too_large",
            };
            Self::by(app, status, why, body.len() as u64)
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { status, why, app, bytes } = self;
        metrics::counter!("genjin_callbacks_refused_total", "why" => why).increment(1);
        let app = app.as_ref().map(AppKey::as_str);
        tracing::warn!(status = status.as_u16(), why, app, bytes, "A callback was refused");
        status.into_response()
    }
}

/// `{app}` of the path; one that is no text names no app.
pub(super) struct Named(String);

impl FromRequestParts<Front> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Refused> {
        let path = Path::from_request_parts(parts, front).await;
        path.map(|Path(app)| Self(app)).map_err(|_| Refused::no_such_app())
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
    Named(app): Named,
    RawQuery(query): RawQuery,
) -> Result<Vec<u8>, Refused> {
    let (key, _, callback) = front.wecom(&app)?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    callback.verify_url(&query, front.now()).map_err(Refused::unproved(key, b""))
}

/// `POST /callback/wecom/{app}`: messages, events and taps.
pub(super) async fn wecom_receive(
    State(front): State<Front>,
    Named(app): Named,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callback) = front.wecom(&app)?;
    let (_, body) = read(key, request, WECOM_BODY, &["xml", "text/plain"]).await?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let (inbound, plaintext) =
        callback.receive(&query, &body, front.now()).map_err(Refused::unproved(key, &body))?;
    let event = inbound::event(Platform::WeCom, key, inbound, &plaintext);
    Ok(match commit(own, event, WECOM_GIVES_UP).await {
        Committed::Yes(_) => StatusCode::OK.into_response(),
        Committed::No => unanswered(),
    })
}

/// `POST /callback/dingtalk/{app}`: robot messages.
pub(super) async fn dingtalk_robot(
    State(front): State<Front>,
    Named(app): Named,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callbacks) = front.dingtalk(&app)?;
    let prove = |timestamp: Header<'_>, sign: Header<'_>, body: &[u8]| {
        callbacks.robot.receive(timestamp, sign, body, front.now())
    };
    signed_by_header(&front, key, own, request, ["timestamp", "sign"], prove).await
}

/// `POST /callback/dingtalk/{app}/events`: the encrypted event push.
pub(super) async fn dingtalk_event(
    State(front): State<Front>,
    Named(app): Named,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callbacks) = front.dingtalk(&app)?;
    let (_, body) = read(key, request, DINGTALK_BODY, &["json"]).await?;
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let received = callbacks.events.receive(&query, &body, front.now());
    let pushed = received.map_err(Refused::unproved(key, &body))?;
    let event = inbound::event(Platform::DingTalk, key, pushed.inbound, &pushed.plaintext);
    if let Committed::No = commit(own, event, DINGTALK_GIVES_UP).await {
        return Ok(unanswered());
    }
    let mut random = [0; 24];
    // Without random numbers nothing can be sealed; the platform sends the event again.
    getrandom::fill(&mut random)
        .map_err(|_| Refused::by(key, StatusCode::SERVICE_UNAVAILABLE, "random", body.len() as u64))?;
    let nonce: String = random[16..].iter().map(|byte| format!("{byte:02x}")).collect();
    let mut salt = [0; 16];
    salt.copy_from_slice(&random[..16]);
    Ok(json(callbacks.events.answer(salt, &nonce, front.clock.now(), &pushed.owner)))
}

/// `POST /callback/dingtalk/{app}/cards`: taps; the card's new face is the answer.
pub(super) async fn dingtalk_card(
    State(front): State<Front>,
    Named(app): Named,
    request: Request,
) -> Result<Response, Refused> {
    let (key, own, callbacks) = front.dingtalk(&app)?;
    let prove = |timestamp: Header<'_>, sign: Header<'_>, body: &[u8]| {
        callbacks.cards.receive(timestamp, sign, body, front.now())
    };
    let names = ["x-ddpaas-signature-timestamp", "x-ddpaas-signature"];
    signed_by_header(&front, key, own, request, names, prove).await
}

/// A DingTalk request whose signature stands in two headers: a time, and what it is signed with. Only a tap has a face
/// to answer with.
async fn signed_by_header(
    front: &Front,
    key: &AppKey,
    own: &App,
    request: Request,
    [timestamp, sign]: [&str; 2],
    prove: impl FnOnce(Header<'_>, Header<'_>, &[u8]) -> Result<Inbound, CallbackError>,
) -> Result<Response, Refused> {
    let (headers, body) = read(key, request, DINGTALK_BODY, &["json"]).await?;
    let proved = prove(text(&headers, timestamp), text(&headers, sign), &body);
    let inbound = proved.map_err(Refused::unproved(key, &body))?;
    let user = inbound.user.clone();
    let event = inbound::event(Platform::DingTalk, key, inbound, &body);
    Ok(match commit(own, event, DINGTALK_GIVES_UP).await {
        Committed::Yes(Some(face)) => {
            let at = front.clock.now();
            json(reply(own, &face, &|page| (own.link)(page, &user, at)))
        }
        Committed::Yes(None) => json("{}"),
        Committed::No => unanswered(),
    })
}

fn reply(own: &App, face: &CardFace, link: &dyn Fn(&str) -> Option<String>) -> String {
    let mut vars = face.vars.clone();
    resolve(&mut vars, link);
    let rendered = own.templates.borrow().render(&face.template, &vars, Platform::DingTalk);
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

/// Commits an event and waits for it as long as the platform does. Only a time-out is surely sent again: an error
/// status may count as received, so what failed at once is held as long.
async fn commit(own: &App, event: Option<Event>, gives_up: Duration) -> Committed {
    let Some(event) = event else { return Committed::Yes(None) };
    let submitted = async {
        match own.engine.submit(event).await {
            Ok(answer) => answer,
            Err(_) => std::future::pending().await,
        }
    };
    match tokio::time::timeout(gives_up, submitted).await {
        Ok(Answer::Card(face)) => Committed::Yes(Some(face)),
        Ok(Answer::Done | Answer::Repeat | Answer::Parked | Answer::Rows(_)) => Committed::Yes(None),
        Err(_) => {
            metrics::counter!("genjin_callbacks_unanswered_total").increment(1);
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
async fn read(
    app: &AppKey,
    request: Request,
    limit: usize,
    types: &[&str],
) -> Result<(HeaderMap, Bytes), Refused> {
    let (parts, body) = request.into_parts();
    let announced = body.size_hint().lower();
    let kind = text(&parts.headers, header::CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
    if !kind.is_empty() && !types.iter().any(|known| kind.contains(known)) {
        return Err(Refused::by(app, StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", announced));
    }
    let read = to_bytes(body, limit).await;
    let body = read.map_err(|_| Refused::by(app, StatusCode::PAYLOAD_TOO_LARGE, "too_large", announced))?;
    Ok((parts.headers, body))
}

impl Front {
    fn now(&self) -> Now {
        Now { service: self.clock.now(), machine: self.under_sim.then(machine_now) }
    }

    fn app(&self, key: &str) -> Result<(&AppKey, &App), Refused> {
        self.apps.get_key_value(key).ok_or_else(Refused::no_such_app)
    }

    fn wecom(
        &self,
        key: &str,
    ) -> Result<(&AppKey, &App, &crate::platform::wecom::callback::Callback), Refused> {
        let (key, app) = self.app(key)?;
        match &app.callbacks {
            Callbacks::WeCom(callback) => Ok((key, app, callback)),
            Callbacks::DingTalk(_) => Err(Refused::no_such_app()),
        }
    }

    fn dingtalk(&self, key: &str) -> Result<(&AppKey, &App, &DingTalkCallbacks), Refused> {
        let (key, app) = self.app(key)?;
        match &app.callbacks {
            Callbacks::DingTalk(callbacks) => Ok((key, app, callbacks)),
            Callbacks::WeCom(_) => Err(Refused::no_such_app()),
        }
    }
}
