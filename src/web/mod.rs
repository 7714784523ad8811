//! The HTTP front: callbacks of both platforms, health, metrics, and the pages that messages link to.

mod callbacks;
mod evidence;
mod forms;
mod health;
pub mod inbound;
pub mod links;
mod pages;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Handle;
use crate::messages::Templates;
use crate::platform::{dingtalk, wecom};
use crate::sales::AppKey;

/// What the front needs of the rest.
#[derive(Clone)]
pub struct Front {
    /// The apps of all workspaces by their key in the callback paths.
    pub apps: Arc<BTreeMap<AppKey, App>>,
    /// One a workspace.
    pub engines: Arc<Vec<Handle>>,
    /// The service's time.
    pub clock: Clock,
    /// Under `--sim` callbacks stamped with the machine's time are fresh too, and pages may stand in the phones' frames.
    pub under_sim: bool,
    /// Signs the links in messages.
    pub links: Arc<links::Links>,
    /// Renders what `/metrics` shows.
    pub metrics: PrometheusHandle,
}

/// Reads a kept picture or file by its bytes' name.
pub type See = Arc<dyn Fn(&str) -> std::io::Result<Vec<u8>> + Send + Sync>;

/// One platform app, as its callbacks see it.
pub struct App {
    /// Where its events go.
    pub engine: Handle,
    /// Its workspace's rules.
    pub config: watch::Receiver<Arc<Config>>,
    /// Its workspace's templates.
    pub templates: watch::Receiver<Arc<Templates>>,
    /// Reads a kept picture or file by its bytes' name.
    pub see: See,
    /// Proves and reads its callbacks.
    pub callbacks: Callbacks,
    /// Makes the addresses of pages in its answers.
    pub link: PageLink,
}

/// Makes a variable that names a page the address that this user can open from this instant on; `None` where there is
/// no such page, or no phone reaches us.
pub type PageLink = Arc<dyn Fn(&str, &str, DateTime<Utc>) -> Option<String> + Send + Sync>;

/// What proves and reads an app's callbacks.
pub enum Callbacks {
    /// 企业微信
    WeCom(wecom::callback::Callback),
    /// 钉钉
    DingTalk(Box<DingTalkCallbacks>),
}

/// DingTalk's three kinds of callback.
pub struct DingTalkCallbacks {
    /// Robot messages.
    pub robot: dingtalk::callback::Robot,
    /// The encrypted event push.
    pub events: dingtalk::callback::Events,
    /// Card taps.
    pub cards: dingtalk::callback::Cards,
}

/// The routes.
pub fn router(front: Front) -> Router {
    Router::new()
        .route("/callback/wecom/{app}", get(callbacks::wecom_verify).post(callbacks::wecom_receive))
        .route("/callback/dingtalk/{app}", post(callbacks::dingtalk_robot))
        .route("/callback/dingtalk/{app}/events", post(callbacks::dingtalk_event))
        .route("/callback/dingtalk/{app}/cards", post(callbacks::dingtalk_card))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/m/{token}", get(pages::material))
        .route("/e/{token}", get(evidence::page))
        .route("/e/{token}/{n}", get(evidence::file))
        .merge(forms::routes())
        .with_state(front)
}
