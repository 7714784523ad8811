//! A tap on a card: the signed callback, and the new values in its answer (dingtalk.md 7.5, 7.6). It has two seconds
//! and comes once; what is not answered is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::cards::{ByKey, read_params};
use crate::platform::dingtalk::sign;
use crate::sim::Sim;
use crate::sim::deliver::Outgoing;
use crate::sim::fields::Fields;
use crate::sim::message::{Heard, Push};
use crate::sim::road::Callback;
use crate::sim::setup::{Platform, dingtalk_ids};
use crate::sim::view::Button;
use crate::sim::world::{Change, Route};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(2);

/// What the callback will tell of a tap; `selected` are values that the person filled in.
pub(crate) fn tap(out_track_id: &str, button: &Button, selected: Option<&Value>) -> Heard {
    let mut params = button.params.clone();
    if let (Some(params), Some(Value::Object(filled))) = (params.as_object_mut(), selected) {
        params.extend(filled.clone());
    }
    Heard::DingtalkTap { out_track_id: out_track_id.to_owned(), action: button.key.clone(), params }
}

/// Delivers the tap to the address that the card's `callbackRouteKey` names.
pub(crate) async fn deliver_tap(sim: &Sim, push: &Push, entry: u64) -> Option<u16> {
    let Heard::DingtalkTap { out_track_id, action, params } = &push.what else { return None };
    let route = route_of(sim, out_track_id)?;
    let content = json!({ "cardPrivateData": { "actionIds": [action], "params": params } });
    let plain = json!({
        "type": "actionCallback",
        "outTrackId": out_track_id,
        "corpId": dingtalk_ids::CORP_ID,
        "userId": push.user,
        "userIdType": 1,
        "spaceType": if push.chat.group { "IM_GROUP" } else { "IM_ROBOT" },
        "spaceId": push.chat.id,
        "extension": "{}",
        "content": content.to_string(),
        "value": content.to_string(),
    })
    .to_string();
    let mut answer = sim.post(Platform::Dingtalk, &signed(sim, &route, &plain), LIMIT).await;
    if answer.is_success()
        && let Err(wrong) = apply(sim, push, out_track_id, &answer.body).await
    {
        answer.attempt.error = Some(wrong);
    }
    let mut attempts = vec![answer.attempt.clone()];
    if sim.0.state().faults.duplicates(Platform::Dingtalk) {
        attempts.push(sim.post(Platform::Dingtalk, &signed(sim, &route, &plain), LIMIT).await.attempt);
    }
    sim.0.record_callback(entry, &Callback { url: route.url, request: plain.clone(), plain, attempts });
    answer.attempt.status
}

/// Where taps on the card go, if anywhere: over HTTP, to a key that was registered.
fn route_of(sim: &Sim, out_track_id: &str) -> Option<Route> {
    let state = sim.0.state();
    let track = state.world.tracks.get(out_track_id)?;
    let key = track.route.as_ref().filter(|_| track.callback_type.as_deref() == Some("HTTP"))?;
    state.world.routes.get(key).cloned()
}

fn signed(sim: &Sim, route: &Route, plain: &str) -> Outgoing {
    let mut headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    if let Some(secret) = &route.secret {
        let timestamp = sim.0.now().timestamp_millis().to_string();
        headers.push(("x-ddpaas-signature", sign::card::sign(secret, &timestamp)));
        headers.push(("x-ddpaas-signature-timestamp", timestamp));
    }
    Outgoing { url: route.url.clone(), headers, body: plain.to_owned() }
}

/// Gives the card the values of the answer; says what is wrong with an answer that cannot be used.
async fn apply(sim: &Sim, push: &Push, out_track_id: &str, body: &[u8]) -> Result<(), String> {
    if body.is_empty() {
        return Ok(());
    }
    let answer: Value = serde_json::from_slice(body).map_err(|_| "the answer is no JSON".to_owned())?;
    let unusable = |what: &str| format!("the answer's {what} cannot be used");
    let fields = Fields::root(&answer).map_err(|_| unusable("form"))?;
    let names = ["cardUpdateOptions", "cardData", "userPrivateData"];
    fields.only(&names).map_err(|bad| unusable(&bad.path))?;
    let by_key = ByKey::read(&fields).map_err(|_| unusable("cardUpdateOptions"))?;
    let read = |name: &str| -> Result<Option<BTreeMap<String, String>>, String> {
        let data = fields.object(name).map_err(|_| unusable(name))?;
        data.map(|data| read_params(&data)).transpose().map_err(|_| unusable(name))
    };
    let (public, own) = (read("cardData")?, read("userPrivateData")?);
    if public.is_none() && own.is_none() {
        return Ok(());
    }
    let ticket = {
        let mut step = sim.0.step();
        let Some(mut track) = step.world().tracks.get(out_track_id).cloned() else { return Ok(()) };
        by_key.change(&mut track, public, own.map(|own| (push.user.clone(), own)).into_iter().collect());
        step.change(Change::Tracked(out_track_id.to_owned(), track));
        step.commit()
    };
    ticket.safe().await.map_err(|error| error.to_string())
}
