//! What people do: `/sim/say` and `/sim/tap`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Oops, body, known_group, known_person};
use super::files::{self, Upload};
use super::message::{Body, CardRef, ChatKey, Heard, Push};
use super::road::{Doing, Stopwatch};
use super::setup::Platform;
use super::view::{Button, buttons, id_of, id_text};
use super::world::{Change, World};
use super::{Sim, dingtalk, wecom};

/// A link that says its `content` in the person's name when it is tapped (dingtalk.md 7.8).
const SAYS: &str = "dtmd://dingtalkclient/sendMessage?content=";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    platform: Platform,
    user: String,
    #[serde(default)]
    text: String,
    image: Option<Upload>,
    file: Option<Upload>,
    chat: Option<String>,
    via: Option<String>,
    /// Whether the robot is @-ed in a group.
    at: Option<bool>,
}

/// `POST /sim/say`.
pub(super) async fn say(State(sim): State<Sim>, bytes: Bytes) -> Result<Response, Oops> {
    let said: Say = body(&bytes)?;
    match said.via.as_deref() {
        None | Some("http") => {}
        Some("stream") => return Err(Oops(StatusCode::NOT_IMPLEMENTED, "no stream connections here".into())),
        Some(_) => return Err(Oops::bad("via is http or stream")),
    }
    let upload = match (&said.image, &said.file) {
        (Some(_), Some(_)) => return Err(Oops::bad("an image or a file, not both")),
        (Some(image), None) => Some((image, true)),
        (None, Some(file)) if file.name.as_deref().is_none_or(str::is_empty) => {
            return Err(Oops::bad("a file has a name"));
        }
        (None, Some(file)) => Some((file, false)),
        (None, None) if said.text.trim().is_empty() => return Err(Oops::bad("text is empty")),
        (None, None) => None,
    };
    let user = known_person(&sim.0, said.platform, &said.user)?.id.clone();
    let chat = match &said.chat {
        None => ChatKey::person(said.platform, &user),
        Some(id) => known_group(&sim.0, said.platform, id)?,
    };
    // 企业微信 tells an app nothing of groups, 钉钉 tells its robot only what @-s it.
    let heard = !chat.group || (said.platform == Platform::Dingtalk && said.at != Some(false));
    let Some((upload, picture)) = upload else {
        return speak(&sim, user, chat, Said::Words(said.text), heard).await;
    };
    let words = !said.text.trim().is_empty();
    if words && !(picture && said.platform == Platform::Dingtalk) {
        return Err(Oops::bad("only 钉钉 sends words and a picture in one message"));
    }
    // 企业微信 tells its apps of no file (wecom.md 2.1), 钉钉 tells of a picture in a group only beside an @ (dingtalk.md 2.3).
    let told = if said.platform == Platform::Wecom { picture } else { !chat.group || words };
    speak(&sim, user, chat, Said::Upload { upload, picture, text: &said.text }, heard && told).await
}

/// What a person puts into a chat.
enum Said<'s> {
    Words(String),
    Upload { upload: &'s Upload, picture: bool, text: &'s str },
}

async fn speak(
    sim: &Sim,
    user: String,
    chat: ChatKey,
    said: Said<'_>,
    heard: bool,
) -> Result<Response, Oops> {
    let (push, message, waits, ticket) = {
        let mut step = sim.0.step();
        let (body, what) = match said {
            Said::Words(text) => (Body::Text(text.clone()), Heard::Said(text)),
            Said::Upload { upload, picture, text } => {
                let file = files::keep(&mut step, chat.platform, picture, upload)?;
                let name = upload.name.clone().filter(|_| !picture);
                let body = match &name {
                    Some(name) => Body::File(name.clone()),
                    None => Body::Image(format!("/sim/file/{file}")),
                };
                (body, Heard::Sent { file, picture, name, text: text.to_owned() })
            }
        };
        if let Heard::Sent { text, .. } = &what
            && !text.trim().is_empty()
        {
            step.post(&chat, Some(&user), Body::Text(text.clone()));
        }
        let card = step.post(&chat, Some(&user), body);
        let push = Push { id: step.number(), user, chat, at: step.now, what };
        let waits = heard && step.state.service.is_none();
        if waits {
            step.change(Change::Queued(push.clone()));
        }
        (push, id_text(card.message), waits, step.commit())
    };
    ticket.safe().await?;
    if waits {
        let queued = Json(json!({ "queued": true, "message": message }));
        return Ok((StatusCode::ACCEPTED, queued).into_response());
    }
    if !heard {
        return Ok(Json(json!({ "status": null, "heard": false, "message": message })).into_response());
    }
    let entry = announce(sim, &push, "");
    Ok(told(sim, &push, entry, &message).await)
}

/// Begins what the drawer shows of this; `label` is the button's.
pub(super) fn announce(sim: &Sim, push: &Push, label: &str) -> u64 {
    let (kind, text) = match &push.what {
        Heard::Said(text) => ("say", text.as_str()),
        Heard::Sent { picture: true, .. } => ("say", "[图片]"),
        Heard::Sent { .. } => ("say", "[文件]"),
        Heard::WecomTap { .. } | Heard::DingtalkTap { .. } => ("tap", label),
    };
    sim.0.record_doing(&Doing { kind, chat: &push.chat, user: Some(&push.user), text })
}

async fn told(sim: &Sim, push: &Push, entry: u64, message: &str) -> Response {
    let watch = Stopwatch::start();
    let status = sim.deliver(push, entry).await;
    Json(json!({ "status": status, "message": message, "ms": watch.ms() })).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    platform: Platform,
    user: String,
    message: String,
    button: Value,
    selected: Option<Value>,
}

/// `POST /sim/tap`.
pub(super) async fn tap(State(sim): State<Sim>, bytes: Bytes) -> Result<Response, Oops> {
    let tap: Tap = body(&bytes)?;
    let user = known_person(&sim.0, tap.platform, &tap.user)?.id.clone();
    let said = match &tap.button {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Oops::bad("button is a key, a label or a digit")),
    };
    let (card, button, menu) = find(&sim, &tap, &user, &said)?;
    if button.disabled {
        return Err(Oops(StatusCode::CONFLICT, format!("{} cannot be tapped any more", button.text)));
    }
    if let Some(url) = &button.url {
        return match url.strip_prefix(SAYS) {
            Some(content) => speak(&sim, user, card.chat, Said::Words(percent_decoded(content)), true).await,
            None => Ok(Json(json!({ "status": null, "url": url })).into_response()),
        };
    }
    if sim.0.state().service.is_none() {
        return Err(Oops(StatusCode::CONFLICT, "no service has registered yet".into()));
    }
    let (push, ticket) = {
        let mut step = sim.0.step();
        let body = step.world().message(&card).map(|message| message.body.clone());
        let what = match body {
            Some(Body::Wecom(sent)) => {
                let key = (button.key.as_str(), menu);
                wecom::tap(&mut step, &card, &sent, key, tap.selected.as_ref()).map_err(Oops::bad)?
            }
            Some(Body::Dingtalk { out_track_id }) => {
                if streams(step.world(), &out_track_id) {
                    return Err(Oops(StatusCode::NOT_IMPLEMENTED, "no stream connections here".into()));
                }
                dingtalk::tap(&out_track_id, &button, tap.selected.as_ref())
            }
            _ => return Err(Oops::bad("this message has no buttons that call back")),
        };
        (Push { id: step.number(), user, chat: card.chat.clone(), at: step.now, what }, step.commit())
    };
    ticket.safe().await?;
    let entry = announce(&sim, &push, &button.text);
    Ok(told(&sim, &push, entry, &tap.message).await)
}

fn streams(world: &World, out_track_id: &str) -> bool {
    world.tracks.get(out_track_id).is_some_and(|track| track.callback_type.as_deref() == Some("STREAM"))
}

/// The message, in the person's own chat or a group of theirs, and the button by key, label or place; the flag says
/// that it is an entry of the card's menu.
fn find(sim: &Sim, tap: &Tap, user: &str, said: &str) -> Result<(CardRef, Button, bool), Oops> {
    let message = id_of(&tap.message).ok_or_else(|| Oops::missing("no such message"))?;
    let groups = sim.0.setup.groups_of(tap.platform);
    let groups = groups.filter(|group| group.members.is_empty() || group.members.iter().any(|id| id == user));
    let chats = groups.map(|group| ChatKey::group(tap.platform, &group.id));
    let chats = std::iter::once(ChatKey::person(tap.platform, user)).chain(chats);
    let state = sim.0.state();
    let card = chats
        .map(|chat| CardRef { chat, message })
        .find(|card| state.world.message(card).is_some())
        .ok_or_else(|| Oops::missing("no such message in this person's chats"))?;
    let body = &state.world.message(&card).expect("it was just found").body;
    let mut shown: Vec<(Button, bool)> =
        buttons(&state.world, body, user).into_iter().map(|button| (button, false)).collect();
    if let Body::Wecom(sent) = body {
        shown.extend(menu(&sent.card).map(|button| (button, true)));
    }
    let place = said.parse::<usize>().ok().and_then(|digit| digit.checked_sub(1));
    let found = shown
        .iter()
        .find(|(button, _)| button.key == said)
        .or_else(|| shown.iter().find(|(button, _)| button.text == said))
        .or_else(|| shown.get(place?));
    let (button, menu) = found.cloned().ok_or_else(|| Oops::missing("no such button"))?;
    Ok((card, button, menu))
}

fn menu(card: &Value) -> impl Iterator<Item = Button> + '_ {
    let entries = card.pointer("/action_menu/action_list").and_then(Value::as_array).into_iter().flatten();
    entries.map(|entry| Button {
        key: entry["key"].as_str().unwrap_or_default().to_owned(),
        text: entry["text"].as_str().unwrap_or_default().to_owned(),
        ..Button::default()
    })
}

/// The text that a link carries; what is not UTF-8 becomes a question mark.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[test]
    fn link_says_what_it_carries() {
        assert_eq!(percent_decoded("%E8%AE%B0%E4%B8%80%E7%AC%94+1%"), "记一笔+1%");
    }
}
