//! The control API's routes and its plain reads; the shapes are in the module's documentation.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::faults::Fault;
use super::message::ChatKey;
use super::persist::Unwritable;
use super::setup::{Group, Person, Platform, Webhook, dingtalk_ids, wecom_ids};
use super::shared::{Shared, random};
use super::world::{AppChat, Change};
use super::{Sim, clock, files, people, service, view};

/// The longest that `GET /sim/events` waits.
const EVENTS_WAIT_MAX_SECS: f64 = 60.0;

/// A file of 20 MB in base64, and what stands around it.
const SAY_MAX_BYTES: usize = 28 << 20;

pub(super) fn router() -> Router<Sim> {
    Router::new()
        .route("/sim/world", get(world))
        .route("/sim/service", post(service::register))
        .route("/sim/say", post(people::say).layer(DefaultBodyLimit::max(SAY_MAX_BYTES)))
        .route("/sim/file/{id}", get(files::show))
        .route("/sim/tap", post(people::tap))
        .route("/sim/inbox", get(inbox))
        .route("/sim/group", get(group))
        .route("/sim/clock", get(clock::poll).post(clock::push))
        .route("/sim/events", get(events))
        .route("/sim/road", get(road))
        .route("/sim/fault", get(faults).post(add_fault).delete(clear_faults))
        .route("/sim/reset", post(reset))
}

/// A refusal of the control API: status and one sentence.
#[derive(Debug)]
pub(super) struct Oops(pub StatusCode, pub String);

impl Oops {
    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }

    pub(super) fn missing(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, what.to_owned())
    }
}

impl From<Unwritable> for Oops {
    fn from(error: Unwritable) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl IntoResponse for Oops {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// Reads a JSON body, whatever its content type says.
pub(super) fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Oops> {
    serde_json::from_slice(bytes).map_err(|error| Oops::bad(error.to_string()))
}

pub(super) fn known_person<'a>(shared: &'a Shared, platform: Platform, id: &str) -> Result<&'a Person, Oops> {
    shared.setup.person(platform, id).ok_or_else(|| Oops::missing("no such person"))
}

/// The group chat of this id: one that was set up, or an app chat made since.
pub(super) fn known_group(shared: &Shared, platform: Platform, id: &str) -> Result<ChatKey, Oops> {
    let made = platform == Platform::Wecom && shared.state().world.app_chats.contains_key(id);
    let known = made || shared.setup.group(platform, id).is_some();
    known.then(|| ChatKey::group(platform, id)).ok_or_else(|| Oops::missing("no such group"))
}

type Params = Query<HashMap<String, String>>;

fn platform(query: &HashMap<String, String>) -> Result<Platform, Oops> {
    let name = query.get("platform").ok_or_else(|| Oops::bad("platform is missing"))?;
    name.parse().map_err(|()| Oops::bad("platform is wecom or dingtalk"))
}

fn needed<'a>(query: &'a HashMap<String, String>, name: &str) -> Result<&'a str, Oops> {
    query.get(name).map(String::as_str).ok_or_else(|| Oops::bad(format!("{name} is missing")))
}

async fn world(State(sim): State<Sim>) -> Json<Value> {
    let shared = &sim.0;
    let service = shared.state().service.clone();
    let known = service.is_some();
    let service = service.unwrap_or_default();
    let now = shared.now();
    let base = shared.base_url();
    let people = |platform| shared.setup.people_of(platform).collect::<Vec<_>>();
    let groups = |platform| shared.setup.groups_of(platform).collect::<Vec<_>>();
    Json(json!({
        "now": shared.shown(now),
        "zone": shared.setup.zone.name(),
        "workday": (shared.setup.is_workday)(now.with_timezone(&shared.setup.zone).date_naive()),
        "walking": shared.walk.is_walking(),
        "base_url": base,
        "service": { "url": known.then_some(service.url), "following": shared.walk.is_followed() },
        "wecom": {
            "base_url": base,
            "corp_id": wecom_ids::CORP_ID,
            "agent_id": wecom_ids::AGENT_ID,
            "secret": wecom_ids::SECRET,
            "token": wecom_ids::TOKEN,
            "aes_key": wecom_ids::AES_KEY,
            "callback_url": service.wecom_callback,
            "users": people(Platform::Wecom),
            "chats": groups(Platform::Wecom).into_iter().cloned().chain(app_chats(shared)).collect::<Vec<_>>(),
        },
        "dingtalk": {
            "base_url": base,
            "corp_id": dingtalk_ids::CORP_ID,
            "app_key": dingtalk_ids::APP_KEY,
            "app_secret": dingtalk_ids::APP_SECRET,
            "robot_code": dingtalk_ids::APP_KEY,
            "robot_name": dingtalk_ids::ROBOT_NAME,
            "agent_id": dingtalk_ids::AGENT_ID,
            "token": dingtalk_ids::TOKEN,
            "aes_key": dingtalk_ids::AES_KEY,
            "callback_url": service.dingtalk_callback,
            "events_url": service.dingtalk_events,
            "cards_url": service.dingtalk_cards,
            "users": people(Platform::Dingtalk),
            "groups": groups(Platform::Dingtalk),
        },
    }))
}

/// Chats that the app made, as groups.
fn app_chats(shared: &Shared) -> Vec<Group> {
    let group = |(id, chat): (&String, &AppChat)| Group {
        platform: Platform::Wecom,
        id: id.clone(),
        name: chat.name.clone(),
        members: chat.members.clone(),
        webhook: Webhook::of(Platform::Wecom, id),
    };
    shared.state().world.app_chats.iter().map(group).collect()
}

async fn inbox(State(sim): State<Sim>, Query(query): Params) -> Result<Json<Value>, Oops> {
    let platform = platform(&query)?;
    let user = known_person(&sim.0, platform, needed(&query, "user")?)?.id.clone();
    let chat = ChatKey::person(platform, &user);
    let (answer, ticket) = {
        let mut step = sim.0.step();
        let held = step.world().chats.get(&chat);
        let unread = held.map_or(0, |held| held.messages.len() - held.read);
        let answer = json!({ "messages": messages(&sim, step.world(), &chat, &user), "unread": unread });
        let reads = unread > 0 && query.get("read").is_some_and(|read| read == "true");
        let ticket = reads.then(|| {
            step.change(Change::Read(chat.clone()));
            step.commit()
        });
        (answer, ticket)
    };
    if let Some(ticket) = ticket {
        ticket.safe().await?;
    }
    Ok(Json(answer))
}

async fn group(State(sim): State<Sim>, Query(query): Params) -> Result<Json<Value>, Oops> {
    let platform = platform(&query)?;
    let id = needed(&query, "chat")?;
    let chat = known_group(&sim.0, platform, id)?;
    let viewer = query.get("user").map_or("", String::as_str);
    let shown = messages(&sim, &sim.0.state().world, &chat, viewer);
    Ok(Json(json!({ "messages": shown })))
}

fn messages(sim: &Sim, world: &super::world::World, chat: &ChatKey, viewer: &str) -> Vec<Value> {
    let messages = world.messages(chat).iter();
    messages.map(|message| view::message(&sim.0, world, chat, message, viewer)).collect()
}

async fn events(State(sim): State<Sim>, Query(query): Params) -> Result<Json<Value>, Oops> {
    let number = |name: &str| query.get(name).map_or(Ok(0.0), |value| value.parse::<f64>());
    let wait = number("wait").map_err(|_| Oops::bad("wait is a number of seconds"))?;
    let after = query.get("after").map_or(Ok(0), |after| after.parse::<u64>());
    let after = after.map_err(|_| Oops::bad("after is a number"))?;
    let wait = Duration::from_secs_f64(wait.clamp(0.0, EVENTS_WAIT_MAX_SECS));
    let mut news = sim.0.news.subscribe();
    let more = tokio::time::timeout(wait, news.wait_for(|&last| last != after));
    // Woken by news, by the end of the wait, or by the stop: what is there is the answer.
    let _ = sim.0.stop.run_until_cancelled(more).await;
    let state = sim.0.state();
    let last = state.recent.back().map_or(0, |(n, _)| *n);
    let oldest = state.recent.front().map_or(0, |(n, _)| *n);
    let events: Vec<Value> = if after > last || after + 1 < oldest {
        vec![json!({ "n": last, "at": sim.0.shown(sim.0.now()), "kind": "reset" })]
    } else {
        state.recent.iter().filter(|(n, _)| *n > after).map(|(_, event)| event.clone()).collect()
    };
    Ok(Json(json!({ "after": last, "events": events })))
}

async fn road(State(sim): State<Sim>, Query(query): Params) -> Result<Json<Value>, Oops> {
    let platform = platform(&query)?;
    let (user, chat) = (query.get("user"), query.get("chat"));
    let entries = sim.0.state().road.of(|entry| {
        let of_user = user.is_none_or(|user| entry.user.as_ref() == Some(user));
        let of_chat = chat.is_none_or(|chat| entry.chat.as_ref() == Some(chat));
        entry.platform == platform && of_user && of_chat
    });
    Ok(Json(json!({ "events": entries })))
}

async fn faults(State(sim): State<Sim>) -> Json<Value> {
    let state = sim.0.state();
    Json(json!({
        "faults": state.faults.list,
        "retry_on_error": state.faults.retry_on_error,
        "limits": state.limits.on,
    }))
}

async fn add_fault(State(sim): State<Sim>, bytes: Bytes) -> Result<Json<Value>, Oops> {
    let fault: Fault = body(&bytes)?;
    {
        let mut state = sim.0.state();
        match fault {
            Fault::ExpireTokens { platform } => {
                for each in [Platform::Wecom, Platform::Dingtalk] {
                    if platform.is_none_or(|platform| platform == each) {
                        state.tokens.expire(each);
                    }
                }
            }
            Fault::RetryOnError { on } => state.faults.retry_on_error = on,
            Fault::Limits { on } => state.limits.on = on,
            Fault::Fail { .. }
            | Fault::Delay { .. }
            | Fault::RateLimit { .. }
            | Fault::DuplicateCallbacks { .. }
            | Fault::DropAnswers { .. } => state.faults.list.push(fault),
        }
    }
    Ok(faults(State(sim)).await)
}

async fn clear_faults(State(sim): State<Sim>) -> Json<Value> {
    {
        let mut state = sim.0.state();
        state.faults = super::faults::Faults::default();
        state.limits.on = true;
    }
    faults(State(sim)).await
}

/// `POST /sim/reset`: empty chats and cards. Time does not go back, what was registered stays, and the service keeps
/// all that it knows: the first day again is `genjin demo --fresh`.
async fn reset(State(sim): State<Sim>) -> Result<Json<Value>, Oops> {
    let ticket = {
        let mut step = sim.0.step();
        step.change(Change::Emptied(u32::from_be_bytes(random())));
        step.state.road = super::road::Road::default();
        step.commit()
    };
    ticket.safe().await?;
    Ok(Json(json!({ "now": sim.0.shown(sim.0.now()) })))
}
