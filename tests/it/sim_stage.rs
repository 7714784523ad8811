//! What the simulator's tests share: a simulator on a port of its own, and a scripted service that hears callbacks
//! with the product's own readers.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use genjin::clock::Clock;
use genjin::platform::callback::Query;
use genjin::platform::dingtalk::callback::{Cards, Events, Robot};
use genjin::platform::envelope::Envelope;
use genjin::platform::inbound::{Inbound, Kind};
use genjin::platform::wecom::callback::Callback;
use genjin::sim::{Group, Person, Platform, Role, Sim, SimSetup, Webhook, dingtalk_ids, wecom_ids};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Secret of the card callbacks, registered by [`Service::start`].
pub const CARD_SECRET: &str = "sim-card-secret";
pub const CARD_ROUTE: &str = "genjin";
/// The ready-made card of Markdown and buttons.
pub const BUTTON_CARD: &str = "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema";
pub const WECOM_GROUP: &str = "wr-huadong";
pub const DINGTALK_GROUP: &str = "cidHua/Dong+01==";

/// Tuesday 09:30 in Shanghai.
pub fn opening() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

fn person(platform: Platform, id: &str, name: &str, role: Role) -> Person {
    Person {
        id: id.to_owned(),
        platform,
        name: name.to_owned(),
        role,
        team: "华东组".to_owned(),
        member: id.to_lowercase(),
    }
}

fn group(platform: Platform, id: &str, members: &[&str]) -> Group {
    Group {
        platform,
        id: id.to_owned(),
        name: "华东组群".to_owned(),
        members: members.iter().map(|id| (*id).to_owned()).collect(),
        webhook: Webhook::of(platform, id),
    }
}

pub fn setup(clock: Clock, folder: Option<&Path>) -> SimSetup {
    use Platform::{Dingtalk, Wecom};
    SimSetup {
        people: vec![
            person(Wecom, "WangLei", "王磊", Role::Rep),
            person(Wecom, "LiJing", "李静", Role::Manager),
            person(Dingtalk, "zhaomin", "赵敏", Role::Rep),
            person(Dingtalk, "sunhao", "孙浩", Role::Admin),
        ],
        groups: vec![
            group(Wecom, WECOM_GROUP, &["WangLei", "LiJing"]),
            group(Dingtalk, DINGTALK_GROUP, &["zhaomin", "sunhao"]),
        ],
        zone: chrono_tz::Asia::Shanghai,
        is_workday: Arc::new(|day| chrono::Datelike::weekday(&day).num_days_from_monday() < 5),
        folder: folder.map(Path::to_owned),
        start: opening(),
        clock,
        fresh: false,
        base_url: None,
        card_templates: Vec::new(),
    }
}

/// A simulator that is being served.
pub struct Stage {
    pub sim: Sim,
    pub url: String,
    pub stop: CancellationToken,
    http: reqwest::Client,
    served: JoinHandle<()>,
}

pub fn http_client() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

impl Stage {
    /// A simulator whose clock stands still but for pushes, in memory.
    pub async fn new() -> Self {
        Self::with(setup(Clock::manual(opening()), None)).await
    }

    pub async fn with(setup: SimSetup) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), setup)
    }

    pub fn on(listener: TcpListener, setup: SimSetup) -> Self {
        let sim = Sim::new(setup).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let served = tokio::spawn({
            let (sim, stop) = (sim.clone(), stop.clone());
            async move { sim.serve(listener, stop).await.unwrap() }
        });
        Self { sim, url, stop, http: http_client(), served }
    }

    /// Stops and lets go of the folder.
    pub async fn stop(self) {
        self.stop.cancel();
        drop(self.http);
        self.served.await.unwrap();
    }

    pub async fn get(&self, path: &str) -> Value {
        answer(self.http.get(format!("{}{path}", self.url))).await.1
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.try_post(path, body).await.1
    }

    pub async fn try_post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.http.post(format!("{}{path}", self.url)).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Value {
        answer(self.http.delete(format!("{}{path}", self.url))).await.1
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub async fn wecom_token(&self) -> String {
        let path =
            format!("/cgi-bin/gettoken?corpid={}&corpsecret={}", wecom_ids::CORP_ID, wecom_ids::SECRET);
        self.get(&path).await["access_token"].as_str().unwrap().to_owned()
    }

    /// A call of 企业微信 with a good token.
    pub async fn wecom(&self, path: &str, body: Value) -> Value {
        let token = self.wecom_token().await;
        self.post(&format!("/cgi-bin/{path}?access_token={token}"), body).await
    }

    pub async fn dingtalk_token(&self) -> String {
        let app = json!({"appKey": dingtalk_ids::APP_KEY, "appSecret": dingtalk_ids::APP_SECRET});
        self.post("/v1.0/oauth2/accessToken", app).await["accessToken"].as_str().unwrap().to_owned()
    }

    /// A call of 钉钉's new API with a good token: the HTTP status and the answer.
    pub async fn dingtalk(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let token = self.dingtalk_token().await;
        let request = self.request(method, &format!("/v1.0/{path}"));
        answer(request.header("x-acs-dingtalk-access-token", token).json(&body)).await
    }

    /// The person's messages as kind, title and text.
    pub async fn inbox(&self, platform: &str, user: &str) -> Vec<Value> {
        let inbox = self.get(&format!("/sim/inbox?platform={platform}&user={user}")).await;
        inbox["messages"].as_array().unwrap().clone()
    }

    pub async fn texts(&self, platform: &str, user: &str) -> Vec<String> {
        let messages = self.inbox(platform, user).await;
        messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// A service that proves and keeps what it is told.
#[derive(Clone)]
pub struct Service {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    heard: Mutex<Vec<Inbound>>,
    card_answer: Mutex<Value>,
}

impl Service {
    /// Starts and registers, with a card callback as well.
    pub async fn start(stage: &Stage) -> Self {
        let service = Self::unregistered(stage).await;
        let answer = stage.post("/sim/service", service.registration()).await;
        assert_eq!(answer["ok"], true, "{answer}");
        let route = json!({"callbackRouteKey": CARD_ROUTE, "callbackUrl": format!("{}/cards", service.url),
            "apiSecret": CARD_SECRET, "forceUpdate": true});
        let (status, answer) = stage.dingtalk(reqwest::Method::POST, "card/callbacks/register", route).await;
        assert_eq!((status, &answer["success"]), (200, &json!(true)));
        service
    }

    pub async fn unregistered(stage: &Stage) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            clock: stage.sim.clock(),
            heard: Mutex::default(),
            card_answer: Mutex::new(json!({})),
        });
        let routes = axum::Router::new()
            .route("/wecom", get(wecom_check).post(wecom_message))
            .route("/dingtalk", post(dingtalk_message))
            .route("/events", post(dingtalk_event))
            .route("/cards", post(dingtalk_tap))
            .with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, inner }
    }

    pub fn registration(&self) -> Value {
        let url = &self.url;
        json!({"url": url, "wecom": {"callback_url": format!("{url}/wecom")}, "dingtalk": {
            "callback_url": format!("{url}/dingtalk"), "events_url": format!("{url}/events"),
            "cards_url": format!("{url}/cards")}})
    }

    /// What the next taps on 钉钉 cards are answered with.
    pub fn answer_taps_with(&self, answer: Value) {
        *self.inner.card_answer.lock().unwrap() = answer;
    }

    pub fn heard(&self) -> Vec<Inbound> {
        self.inner.heard.lock().unwrap().clone()
    }

    /// The texts that were heard, in order.
    pub fn texts(&self) -> Vec<String> {
        let text = |inbound: Inbound| match inbound.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        };
        self.heard().into_iter().filter_map(text).collect()
    }
}

impl Inner {
    fn hear(&self, inbound: Inbound) {
        self.heard.lock().unwrap().push(inbound);
    }
}

fn wecom_callback() -> Callback {
    Callback::new(Envelope::new(wecom_ids::TOKEN, wecom_ids::AES_KEY).unwrap(), wecom_ids::CORP_ID)
}

async fn wecom_check(State(inner): State<Arc<Inner>>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(&query.unwrap_or_default());
    match wecom_callback().verify_url(&query, inner.clock.now()) {
        Ok(echo) => echo.into_response(),
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn wecom_message(
    State(inner): State<Arc<Inner>>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> StatusCode {
    let query = Query::parse(&query.unwrap_or_default());
    let (inbound, _) = wecom_callback().receive(&query, &body, inner.clock.now()).unwrap();
    inner.hear(inbound);
    StatusCode::OK
}

async fn dingtalk_message(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let robot = Robot::new(dingtalk_ids::APP_SECRET.into(), dingtalk_ids::APP_KEY, dingtalk_ids::CORP_ID);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let inbound = robot.receive(header("timestamp"), header("sign"), &body, inner.clock.now()).unwrap();
    inner.hear(inbound);
    StatusCode::OK
}

async fn dingtalk_event(State(inner): State<Arc<Inner>>, RawQuery(query): RawQuery, body: Bytes) -> String {
    let envelope = Envelope::new(dingtalk_ids::TOKEN, dingtalk_ids::AES_KEY).unwrap();
    let events = Events::new(envelope, dingtalk_ids::APP_KEY, dingtalk_ids::CORP_ID);
    let query = Query::parse(&query.unwrap_or_default());
    let pushed = events.receive(&query, &body, inner.clock.now()).unwrap();
    events.answer([7; 16], "nonce", inner.clock.now(), &pushed.owner)
}

async fn dingtalk_tap(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> axum::Json<Value> {
    let cards = Cards::new(CARD_SECRET.into(), dingtalk_ids::CORP_ID);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (timestamp, sign) = (header("x-ddpaas-signature-timestamp"), header("x-ddpaas-signature"));
    inner.hear(cards.receive(timestamp, sign, &body, inner.clock.now()).unwrap());
    axum::Json(inner.card_answer.lock().unwrap().clone())
}
