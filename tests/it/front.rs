//! The web front on a port of its own, before an engine in memory: what the topics about callbacks, pages and the
//! control socket send their requests to. It signs and seals as the platforms do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use genjin::clock::Clock;
use genjin::config::{self, Config};
use genjin::engine::{self, Handle};
use genjin::messages::Templates;
use genjin::platform::dingtalk::callback::{Cards, Events, Robot};
use genjin::platform::dingtalk::sign;
use genjin::platform::envelope::Envelope;
use genjin::platform::wecom::callback::Callback;
use genjin::state::State;
use genjin::store::{MemoryStores, Stores};
use genjin::web::links::Links;
use genjin::web::{self, App, Callbacks, DingTalkCallbacks};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::envelope_vectors::{K1, K2, RANDOM};

pub const WECOM: &str = "/callback/wecom/wecom";
pub const ROBOT: &str = "/callback/dingtalk/dingtalk";
pub const EVENTS: &str = "/callback/dingtalk/dingtalk/events";
pub const CARDS: &str = "/callback/dingtalk/dingtalk/cards";

pub const CORP: &str = "ww0000000000000001";
pub const DING_CORP: &str = "dingcorp1";
pub const DING_APP: &str = "dingsimappkey00001";
pub const DING_SECRET: &str = "sim-app-secret-0001";
const TOKEN: &str = "SimTok01";

/// The front's time, in seconds.
pub const NOW: i64 = 1_700_000_000;

pub struct Front {
    pub engine: Handle,
    pub clock: Clock,
    pub links: Arc<Links>,
    url: String,
    http: reqwest::Client,
}

/// A request to the front.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: reqwest::Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Its answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Front {
    pub async fn open() -> Self {
        Self::with(demo()).await
    }

    pub async fn with(config: Config) -> Self {
        let clock = Clock::manual(now());
        let config = Arc::new(config);
        let engine = engine(config.clone(), clock.clone());
        let links = Arc::new(Links::new([7; 32]));
        let app = |callbacks| App {
            see: Arc::new(|_| Err(std::io::ErrorKind::NotFound.into())),
            engine: engine.clone(),
            config: watch::channel(config.clone()).1,
            templates: watch::channel(Arc::new(Templates::shipped())).1,
            callbacks,
            link: Arc::new(|page, user, _| Some(format!("https://g.example/{page}/{user}"))),
        };
        let dingtalk = DingTalkCallbacks {
            robot: Robot::new(DING_SECRET.into(), DING_APP, DING_CORP),
            events: Events::new(ding_envelope(), DING_APP, DING_CORP),
            cards: Cards::new(DING_SECRET.into(), DING_CORP),
        };
        let apps = [
            ("wecom".into(), app(Callbacks::WeCom(Callback::new(wecom_envelope(), CORP)))),
            ("dingtalk".into(), app(Callbacks::DingTalk(Box::new(dingtalk)))),
        ];
        let router = web::router(web::Front {
            apps: Arc::new(apps.into()),
            engines: Arc::new(vec![engine.clone()]),
            clock: clock.clone(),
            under_sim: false,
            links: links.clone(),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = genjin::platform::http::http_client(None).unwrap();
        Self { engine, clock, links, url, http }
    }

    pub async fn send(&self, request: Request) -> Answer {
        let answer = self.request(request).send().await.unwrap();
        Answer { status: answer.status().as_u16(), body: answer.text().await.unwrap() }
    }

    /// Whether a request is still without an answer when `patience` is over.
    pub async fn leaves_waiting(&self, request: Request, patience: Duration) -> bool {
        match self.request(request).timeout(patience).send().await {
            Ok(_) => false,
            Err(error) => error.is_timeout(),
        }
    }

    /// Where a path lies.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    pub async fn read<T: Send + 'static>(&self, look: impl FnOnce(&State) -> T + Send + 'static) -> T {
        self.engine.read(|state, _| look(state)).await.unwrap()
    }

    fn request(&self, request: Request) -> reqwest::RequestBuilder {
        let url = format!("{}{}", self.url, request.path);
        let sent = self.http.request(request.method, url).body(request.body);
        request.headers.into_iter().fold(sent, |sent, (name, value)| sent.header(name, value))
    }
}

impl Request {
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub fn with_path(self, change: impl FnOnce(String) -> String) -> Self {
        Self { path: change(self.path), ..self }
    }
}

impl Answer {
    pub fn of(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned() }
    }
}

/// An engine on an empty store in memory.
pub fn engine(config: Arc<Config>, clock: Clock) -> Handle {
    let stores = MemoryStores::new();
    drop(stores.create("main", 7).unwrap());
    let open = Box::new(move || stores.open("main"));
    engine::thread::start("main", open, config, clock).unwrap().0
}

pub fn demo() -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    config::load_with_unset_secrets(&folder, &|_| None).unwrap()
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_secs(NOW).unwrap()
}

pub fn wecom_envelope() -> Envelope {
    Envelope::new(TOKEN, K1).unwrap()
}

pub fn ding_envelope() -> Envelope {
    Envelope::new(TOKEN, K2).unwrap()
}

/// A request to `path` with a rightly signed query.
fn sealed(path: &str, envelope: &Envelope, stamp: &str, encrypt: &str) -> String {
    let signature = envelope.sign(stamp, "n1", encrypt);
    format!("{path}?msg_signature={signature}&timestamp={stamp}&nonce=n1")
}

fn post(path: String, kind: &str, body: impl Into<Vec<u8>>) -> Request {
    let headers = vec![("content-type", kind.to_owned())];
    Request { method: reqwest::Method::POST, path, headers, body: body.into() }
}

/// A WeCom delivery of this ciphertext, signed at `at`.
pub fn wecom_of(encrypt: &str, at: i64) -> Request {
    let path = sealed(WECOM, &wecom_envelope(), &at.to_string(), encrypt);
    let body = format!(
        "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    );
    post(path, "text/xml", body)
}

/// A WeCom delivery of this document.
pub fn wecom(document: &str) -> Request {
    wecom_of(&wecom_envelope().seal(RANDOM, document.as_bytes(), CORP), NOW)
}

/// WeCom's trial of the address with this ciphertext, signed at `at`.
pub fn wecom_trial(encrypt: &str, at: i64) -> Request {
    let path = sealed(WECOM, &wecom_envelope(), &at.to_string(), encrypt);
    let echo = encrypt.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let path = format!("{path}&echostr={echo}");
    Request { method: reqwest::Method::GET, path, headers: Vec::new(), body: Vec::new() }
}

/// What WeCom sends when somebody does something; `what` are the elements that tell it.
pub fn document(user: &str, id: u64, what: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{user}]]></FromUserName>\
         <CreateTime>{NOW}</CreateTime>{what}<MsgId>{id}</MsgId><AgentID>1000002</AgentID></xml>"
    )
}

/// Somebody writes in WeCom.
pub fn wecom_text(user: &str, id: u64, text: &str) -> Request {
    let what = format!("<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>");
    wecom(&document(user, id, &what))
}

/// A DingTalk robot message with this body, signed at `at`.
pub fn robot_of(body: impl Into<Vec<u8>>, at: i64) -> Request {
    let stamp = (at * 1000).to_string();
    post(ROBOT.into(), "application/json", body)
        .with_header("sign", &sign::robot::sign(DING_SECRET, &stamp))
        .with_header("timestamp", &stamp)
}

/// The body of a DingTalk robot message in private.
pub fn robot_message(user: &str, id: &str, text: &str) -> Value {
    json!({"conversationId": "cid1", "conversationType": "1", "chatbotCorpId": DING_CORP, "robotCode": DING_APP,
        "msgId": id, "senderStaffId": user, "senderId": "$:LWCP_v1:$u1", "createAt": NOW * 1000, "msgtype": "text",
        "text": {"content": text}})
}

/// A DingTalk event push of this ciphertext, signed at `at`.
pub fn event_of(encrypt: &str, at: i64) -> Request {
    let path = sealed(EVENTS, &ding_envelope(), &(at * 1000).to_string(), encrypt);
    post(path, "application/json", json!({ "encrypt": encrypt }).to_string())
}

/// A DingTalk event push.
pub fn event(plaintext: &str) -> Request {
    event_of(&ding_envelope().seal(RANDOM, plaintext.as_bytes(), DING_APP), NOW)
}

/// A DingTalk tap with this body, signed at `at`.
pub fn tap_of(body: impl Into<Vec<u8>>, at: i64) -> Request {
    let stamp = (at * 1000).to_string();
    post(CARDS.into(), "application/json", body)
        .with_header("x-ddpaas-signature", &sign::card::sign(DING_SECRET, &stamp))
        .with_header("x-ddpaas-signature-timestamp", &stamp)
}

/// The body of a DingTalk tap.
pub fn tap(card: &str, button: &str) -> Value {
    let content = json!({"cardPrivateData": {"actionIds": [button], "params": {}}}).to_string();
    json!({"type": "actionCallback", "outTrackId": card, "corpId": DING_CORP, "userId": "lina", "userIdType": 1,
        "spaceType": "IM_ROBOT", "spaceId": "lina", "content": content})
}
