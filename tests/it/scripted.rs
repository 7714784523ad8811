//! A platform that answers by script: each answer is used once, in order, for its method and path.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub call: String,
    pub query: BTreeMap<String, String>,
    pub headers: HeaderMap,
    pub raw: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.raw).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What the platform does with a request.
#[derive(Clone)]
pub enum Answer {
    Json(u16, Value),
    Page(u16, &'static str),
    /// With `Retry-After` in seconds.
    Later(u16, u32, Value),
    Huge,
    Never,
}

/// 200 with that JSON.
pub fn ok(body: Value) -> Answer {
    Answer::Json(200, body)
}

#[derive(Default)]
struct Script {
    once: HashMap<String, VecDeque<Answer>>,
    always: HashMap<String, Answer>,
    seen: Vec<Seen>,
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Scripted {
    pub url: String,
    script: Arc<Mutex<Script>>,
}

impl Scripted {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script }
    }

    /// The next answer to `call`, `POST /path`.
    pub fn on(&self, call: &str, answer: Answer) -> &Self {
        self.script.lock().unwrap().once.entry(call.into()).or_default().push_back(answer);
        self
    }

    /// The answer to `call` whenever the others are used up.
    pub fn always(&self, call: &str, answer: Answer) -> &Self {
        self.script.lock().unwrap().always.insert(call.into(), answer);
        self
    }

    /// All requests so far to `call`.
    pub fn seen(&self, call: &str) -> Vec<Seen> {
        self.script.lock().unwrap().seen.iter().filter(|seen| seen.call == call).cloned().collect()
    }

    /// How many requests came at all.
    pub fn count(&self) -> usize {
        self.script.lock().unwrap().seen.len()
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = format!("{method} {}", uri.path());
    let answer = {
        let mut script = script.lock().unwrap();
        let raw = String::from_utf8(body.to_vec()).unwrap();
        script.seen.push(Seen { call: call.clone(), query, headers, raw });
        let next = script.once.get_mut(&call).and_then(VecDeque::pop_front);
        next.or_else(|| script.always.get(&call).cloned())
    };
    let status = |code: u16| StatusCode::from_u16(code).unwrap();
    match answer {
        Some(Answer::Json(code, body)) => (status(code), axum::Json(body)).into_response(),
        Some(Answer::Page(code, html)) => (status(code), html).into_response(),
        Some(Answer::Later(code, seconds, body)) => {
            (status(code), [("retry-after", seconds.to_string())], axum::Json(body)).into_response()
        }
        Some(Answer::Huge) => vec![b' '; (1 << 20) + 1].into_response(),
        Some(Answer::Never) => std::future::pending().await,
        None => (StatusCode::IM_A_TEAPOT, format!("{call} is not in the script")).into_response(),
    }
}

/// An address where nobody listens.
pub async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
