//! The page of what was handed in for an action card: the words, the pictures, the files to save. It is linked from the
//! reviewer's card, by a link of their own, and shows itself only to those who see the card still.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::links::{Grant, LinkError};
use super::pages::{document, escaped, notice};
use super::{App, Front};
use crate::config::Config;
use crate::sales::{ActionCard, ActionCardId, Blob, EvidenceKind, Media, MediaState, MemberId};
use crate::state::State as Records;

/// A line of managers is short; the bound is against a ring in the file.
const LADDER: usize = 8;

/// What the page says of one card.
struct Shown {
    what: String,
    who: String,
    criteria: Vec<String>,
    words: Vec<String>,
    media: Vec<Media>,
}

/// `GET /e/{token}`
pub(super) async fn page(State(front): State<Front>, token: Result<Path<String>, PathRejection>) -> Response {
    let token = token.map_or_else(|_| String::new(), |Path(token)| token);
    let shown = match shown(&front, &token).await {
        Ok(shown) => shown,
        Err(refusal) => return refusal,
    };
    let mut body = format!("<h1>{}</h1><p>{}交的</p>", escaped(&shown.what), escaped(&shown.who));
    if !shown.criteria.is_empty() {
        body += "<h2>要做到</h2><ul>";
        shown.criteria.iter().for_each(|criterion| body += &format!("<li>{}</li>", escaped(criterion)));
        body += "</ul>";
    }
    body += "<h2>交了</h2>";
    shown.words.iter().for_each(|words| body += &format!("<blockquote>{}</blockquote>", escaped(words)));
    for (n, medium) in shown.media.iter().enumerate() {
        body += &part(&token, n, medium);
    }
    if shown.words.is_empty() && shown.media.is_empty() {
        body += "<p>还没有东西。</p>";
    }
    document(&front, StatusCode::OK, &shown.what, &body)
}

fn part(token: &str, n: usize, medium: &Media) -> String {
    let name = medium.name.as_deref().map_or_else(|| format!("文件 {}", n + 1), escaped);
    match &medium.state {
        // Phones that cannot draw HEIC save it.
        MediaState::Kept(blob) if blob.kind.content_type().starts_with("image/") => {
            format!("<p><img src=\"/e/{token}/{n}\" alt=\"第 {} 张图\" style=\"max-width:100%\"></p>", n + 1)
        }
        MediaState::Kept(blob) => {
            let size = (blob.bytes / 1024).max(1);
            format!("<p><a href=\"/e/{token}/{n}\" download>{name}</a>（{size} KB）</p>")
        }
        MediaState::Fetching => format!("<p>{name}：还在取，过一会儿再看</p>"),
        MediaState::Lost { .. } => format!("<p>{name}：没取下来，请他再发一次</p>"),
    }
}

/// `GET /e/{token}/{n}`: one picture or file.
pub(super) async fn file(
    State(front): State<Front>,
    path: Result<Path<(String, usize)>, PathRejection>,
) -> Response {
    let Ok(Path((token, n))) = path else { return StatusCode::NOT_FOUND.into_response() };
    let shown = match shown(&front, &token).await {
        Ok(shown) => shown,
        Err(refusal) => return refusal,
    };
    let Some(Media { state: MediaState::Kept(blob), name, .. }) = shown.media.get(n).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let app = front.links.verify(&token, "evidence", front.clock.now()).ok();
    let Some(app) = app.and_then(|grant| front.apps.get(&*grant.app)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (see, sha256) = (app.see.clone(), blob.sha256.clone());
    let read = tokio::task::spawn_blocking(move || see(&sha256)).await;
    match read {
        Ok(Ok(bytes)) => served(&blob, name.as_deref(), n, bytes),
        Ok(Err(error)) => {
            tracing::error!(%error, "A kept picture or file cannot be read");
            StatusCode::NOT_FOUND.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn served(blob: &Blob, name: Option<&str>, n: usize, bytes: Vec<u8>) -> Response {
    let kind = blob.kind.content_type();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Whatever the bytes are, they never run: no script, no frame, no form.
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if !kind.starts_with("image/") {
        let name = name.map_or_else(|| format!("{}", n + 1), str::to_owned);
        let encoded: String = name.bytes().map(percent).collect();
        let disposition = format!("attachment; filename*=UTF-8''{encoded}");
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    (headers, bytes).into_response()
}

fn percent(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// What the link's holder may see, or the page that says why not.
async fn shown(front: &Front, token: &str) -> Result<Shown, Response> {
    let gone = || {
        notice(
            front,
            StatusCode::NOT_FOUND,
            "看不到了",
            "这件事撤了，或者不再归你看。回机器人「任务」看现在的。",
        )
    };
    let grant = front.links.verify(token, "evidence", front.clock.now()).map_err(|error| match error {
        LinkError::Expired => notice(front, StatusCode::GONE, "链接过期了", "回机器人「任务」，会给你新的。"),
        LinkError::Forged => {
            notice(front, StatusCode::NOT_FOUND, "打不开", "这个链接不完整，从聊天里再点一次。")
        }
    })?;
    let (Some(app), Ok(id)) = (front.apps.get(&*grant.app), grant.subject.parse()) else {
        return Err(gone());
    };
    let reader = reader(app, &grant);
    let config = app.config.borrow().clone();
    let look = move |state: &Records, _now| {
        let card = state.action(ActionCardId(id)).filter(|card| sees(&config, reader.as_ref(), card))?;
        Some(shown_of(state, &config, card))
    };
    app.engine.read(look).await.ok().flatten().ok_or_else(gone)
}

fn reader(app: &App, grant: &Grant) -> Option<MemberId> {
    let config = app.config.borrow();
    let platform = config.apps.iter().find(|it| it.key.as_str() == &*grant.app)?.platform();
    config.people.find_user(platform, &grant.user).map(|member| member.id.clone())
}

/// The giver, the doer, and the line of managers above the doer.
fn sees(config: &Config, reader: Option<&MemberId>, card: &ActionCard) -> bool {
    let above = |id: &MemberId| config.people.find(id).and_then(|member| member.manager.clone());
    let mut ladder = std::iter::successors(above(&card.to), above).take(LADDER);
    reader.is_some_and(|reader| {
        *reader == card.by || *reader == card.to || ladder.any(|above| above == *reader)
    })
}

fn shown_of(state: &Records, config: &Config, card: &ActionCard) -> Shown {
    let words = card.evidence.iter().filter_map(|evidence| match &evidence.what {
        EvidenceKind::Words(words) => Some(words.to_string()),
        EvidenceKind::Media(_) => None,
    });
    Shown {
        what: card.what.to_string(),
        who: config.people.find(&card.to).map_or_else(|| card.to.to_string(), |doer| doer.call.clone()),
        criteria: card.criteria.iter().map(ToString::to_string).collect(),
        words: words.collect(),
        media: card.media().filter_map(|id| state.media(id).cloned()).collect(),
    }
}
