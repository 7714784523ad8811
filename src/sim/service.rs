//! The service under test: where it is, and whether its addresses pass the platforms' checks. Forgotten at a stop;
//! its long poll then learns that it has to register again.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Oops, body};
use super::people::announce;
use super::walk::Guard;
use super::world::Change;
use super::{Sim, dingtalk, wecom};

/// Where callbacks go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    pub url: String,
    pub wecom_callback: Option<String>,
    pub dingtalk_callback: Option<String>,
    pub dingtalk_events: Option<String>,
    pub dingtalk_cards: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    url: String,
    #[serde(default)]
    wecom: WecomUrls,
    #[serde(default)]
    dingtalk: DingtalkUrls,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WecomUrls {
    callback_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DingtalkUrls {
    callback_url: Option<String>,
    events_url: Option<String>,
    cards_url: Option<String>,
}

/// `POST /sim/service`: checks the addresses, keeps them, and delivers what people said before.
pub(super) async fn register(State(sim): State<Sim>, bytes: Bytes) -> Result<Json<Value>, Oops> {
    let Registration { url, wecom: wecom_urls, dingtalk: dingtalk_urls } = body(&bytes)?;
    let service = Service {
        url,
        wecom_callback: wecom_urls.callback_url,
        dingtalk_callback: dingtalk_urls.callback_url,
        dingtalk_events: dingtalk_urls.events_url,
        dingtalk_cards: dingtalk_urls.cards_url,
    };
    let mut checks = Vec::new();
    if let Some(url) = &service.wecom_callback {
        checks.push((url.clone(), wecom::verify_url(&sim.0, url).await));
    }
    if let Some(url) = &service.dingtalk_events {
        checks.push((url.clone(), dingtalk::verify_events_url(&sim.0, url).await));
    }
    {
        let mut state = sim.0.state();
        state.service = Some(service);
        sim.0.tell(&mut state, "service", json!({}));
    }
    // Counted as under way from here on, so that a push of the clock waits for it.
    let out = sim.0.walk.going_out();
    sim.spawn(deliver_queue(sim.clone(), out));
    let ok = checks.iter().all(|(_, check)| check.is_ok());
    let checks: Vec<Value> = checks
        .into_iter()
        .map(|(url, check)| json!({ "url": url, "ok": check.is_ok(), "error": check.err() }))
        .collect();
    Ok(Json(json!({ "ok": ok, "checks": checks })))
}

async fn deliver_queue(sim: Sim, _out: Guard) {
    let queue = sim.0.state().world.queue.clone();
    for push in queue {
        let entry = announce(&sim, &push, "");
        sim.deliver(&push, entry).await;
        let ticket = {
            let mut step = sim.0.step();
            step.change(Change::Unqueued(push.id));
            step.commit()
        };
        if ticket.safe().await.is_err() {
            return;
        }
    }
}
