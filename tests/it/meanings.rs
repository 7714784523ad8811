//! Ranking by meaning: the real client and the whole road against an endpoint of our own on the loopback. What leaves is
//! masked; where no order comes in time the offline answer does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use genjin::clock::Clock;
use genjin::platform::embeddings::Embeddings;
use genjin::platform::http::http_client_within;
use serde_json::{Value, json};

use crate::stage::{Phone, REP_DINGTALK, REP_WECOM, Stage, said};

/// What the endpoint thinks is near the customer's words: a script about leasing.
const NEAR: &str = "租赁";

/// A body, and who it says that it is from.
type Asked = (Value, Option<String>);

/// An endpoint as OpenAI's, and what it was asked.
#[derive(Clone, Default)]
struct StandIn {
    asked: Arc<Mutex<Vec<Asked>>>,
    /// It takes the call and never answers.
    hangs: Arc<AtomicBool>,
    /// It answers something else.
    babbles: Arc<AtomicBool>,
}

impl StandIn {
    /// Listens on a port of its own; gives the address.
    async fn open(&self) -> String {
        let router =
            axum::Router::new().route("/v1/embeddings", axum::routing::post(answer)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/embeddings", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// Every text that it was asked about.
    fn texts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let texts = asked.iter().flat_map(|(body, _)| body["input"].as_array().cloned().unwrap_or_default());
        texts.map(|text| text.as_str().unwrap().to_owned()).collect()
    }
}

async fn answer(State(it): State<StandIn>, headers: HeaderMap, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap();
    let key = headers.get("authorization").map(|key| key.to_str().unwrap().to_owned());
    it.asked.lock().unwrap().push((body.clone(), key));
    if it.hangs.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
    if it.babbles.load(Ordering::Relaxed) {
        return (StatusCode::OK, "{\"data\":[{\"index\":0,\"embedding\":[1.0]}]}").into_response();
    }
    let vector = |(n, text): (usize, &Value)| {
        let near = n == 0 || text.as_str().unwrap().contains(NEAR);
        json!({ "object": "embedding", "index": n, "embedding": if near { [1.0, 0.2] } else { [0.0, 1.0] } })
    };
    let data: Vec<Value> = body["input"].as_array().unwrap().iter().enumerate().map(vector).rev().collect();
    axum::Json(json!({ "object": "list", "data": data, "model": body["model"] })).into_response()
}

fn client(url: &str, key: Option<&str>) -> Embeddings {
    let timeout = Duration::from_millis(200);
    Embeddings {
        url: url.into(),
        model: "bge-m3".into(),
        key: key.map(Into::into),
        timeout,
        http: http_client_within(None, timeout).unwrap(),
        clock: Clock::system(),
    }
}

#[tokio::test]
async fn client_asks_as_the_api_is_documented_and_puts_the_answer_in_order() {
    let it = StandIn::default();
    let url = it.open().await;
    let vectors = client(&url, Some("sk-secret")).of(&["一", "二", "租赁"]).await.unwrap();
    assert_eq!(vectors, [[1.0, 0.2], [0.0, 1.0], [1.0, 0.2]]);
    let (body, key) = it.asked.lock().unwrap()[0].clone();
    assert_eq!(body, json!({ "model": "bge-m3", "input": ["一", "二", "租赁"], "encoding_format": "float" }));
    assert_eq!(key.as_deref(), Some("Bearer sk-secret"));
    client(&url, None).of(&["一"]).await.unwrap();
    assert_eq!(it.asked.lock().unwrap()[1].1, None);
}

#[tokio::test]
async fn slow_absent_and_babbling_endpoints_are_errors_that_show_no_secret() {
    let it = StandIn::default();
    let url = it.open().await;
    it.babbles.store(true, Ordering::Relaxed);
    let mut errors = vec![client(&url, None).of(&["一", "二"]).await.unwrap_err()];
    it.hangs.store(true, Ordering::Relaxed);
    errors.push(client(&url, None).of(&["一"]).await.unwrap_err());
    errors.push(client("http://127.0.0.1:9/v1/embeddings", Some("sk-secret")).of(&["一"]).await.unwrap_err());
    errors.push(client(&url.replace("/v1/", "/none/"), None).of(&["一"]).await.unwrap_err());
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(told[0].contains("other vectors") && told[3].contains("404"), "{told:?}");
    assert!(
        told.iter().all(|error| !error.contains("sk-secret") && !error.contains("127.0.0.1")),
        "{told:?}"
    );
}

/// A demo company that asks this endpoint.
async fn company(it: &StandIn) -> Stage {
    let url = it.open().await;
    Stage::open_after(move |config| {
        let file = config.join("apps.toml");
        let apps = std::fs::read_to_string(&file).unwrap();
        let section = format!("\n[embeddings]\nurl = \"{url}\"\nmodel = \"bge-m3\"\ntimeout_ms = 300\n");
        std::fs::write(file, apps + &section).unwrap();
    })
    .await
}

/// Asks for scripts; gives the text of the one answer.
async fn asks(phone: &Phone<'_>, text: &str) -> String {
    let answers = phone.says(text).await;
    let [answer] = &answers[..] else { panic!("{answers:?}") };
    said(answer)
}

/// Where `later` stands behind `first`.
fn before(text: &str, first: &str, later: &str) -> bool {
    let at = |word: &str| text.find(word).unwrap_or(usize::MAX);
    at(first) < at(later)
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_come_in_the_endpoints_order_and_nothing_leaves_unmasked() {
    let it = StandIn::default();
    let stage = company(&it).await;
    for (who, customer) in [(REP_WECOM, "鑫源"), (REP_DINGTALK, "粤味香")] {
        let phone = stage.phone(who);
        let ask = format!("话术 {customer}张总13812345678说58万太贵了一次拿不出");
        let text = asks(&phone, &ask).await;
        assert!(before(&text, "拆到天", "算退货"), "leasing is nearest: {text}");
        assert!(text.contains("58万"), "the rep reads their own words: {text}");
        let alone = phone.says("发1").await;
        assert!(said(&alone[0]).contains(NEAR), "digits mean what is shown: {alone:?}");
    }
    let texts = it.texts();
    for private in ["鑫源", "粤味香", "张总", "13812345678", "58万", "49.6 万", "6,000"] {
        assert!(texts.iter().all(|text| !text.contains(private)), "{private}: {texts:#?}");
    }
    assert!(texts.iter().any(|text| text.contains("太贵了一次拿不出")), "{texts:?}");
    let calls = it.asked.lock().unwrap().len();
    assert_eq!(calls, 2, "one call a question");
    let scripts = |n: usize| it.asked.lock().unwrap()[n].0["input"].as_array().unwrap().len() - 1;
    assert!(scripts(0) > 0 && scripts(1) < scripts(0), "what is known of a script is not asked again");
    // A kind's own name means what it says.
    asks(&stage.phone(REP_WECOM), "话术 价格").await;
    assert_eq!(it.asked.lock().unwrap().len(), calls);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_or_lost_endpoint_leaves_the_offline_answer() {
    let it = StandIn::default();
    it.hangs.store(true, Ordering::Relaxed);
    let stage = company(&it).await;
    for (who, customer) in [(REP_WECOM, "鑫源"), (REP_DINGTALK, "粤味香")] {
        let phone = stage.phone(who);
        let text = asks(&phone, &format!("话术 你们比别家贵 {customer}")).await;
        assert!(before(&text, "算退货", "拆到天"), "{text}");
    }
    it.hangs.store(false, Ordering::Relaxed);
    it.babbles.store(true, Ordering::Relaxed);
    let text = asks(&stage.phone(REP_WECOM), "话术 你们比别家贵 鑫源").await;
    assert!(text.contains("算退货"), "{text}");
    assert_eq!(it.asked.lock().unwrap().len(), 3, "none is tried twice");
    stage.close().await;
}

#[test]
fn masked_text_keeps_its_sense_and_nobodys_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    let rules = genjin::config::load_with_unset_secrets(&folder, &|_| None).unwrap();
    let now = "2026-11-24T01:30:00Z".parse().unwrap();
    let seed = genjin::config::seed::read(&folder, &rules, now).unwrap();
    let mut state = genjin::state::State::new(Arc::new(rules), 1, 7);
    for customer in seed.customers {
        state.put(genjin::state::Record::Customer(customer));
    }
    for (said, masked) in [
        ("宏远张总嫌 58 万贵", "某客户某人嫌 若干元贵"),
        ("客户说太贵，比别家贵八万", "客户说太贵，比别家贵若干元"),
        ("小王说电话 138-1234-5678 打不通", "某人说电话 某号码 打不通"),
        ("老周要 3 台，下周二看", "某人要 3 台，下周二看"),
        ("49.6 万听着多，按 6,000 算，几十万的事", "若干听着多，按 若干 算，若干元的事"),
        ("担心停产 5 天", "担心停产 5 天"),
        ("", ""),
    ] {
        assert_eq!(genjin::language::masked(said, state.names()), masked, "{said}");
    }
}
