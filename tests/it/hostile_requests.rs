//! Every kind of bad request on each callback address: a 4xx without a word, and the service goes on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::envelope_vectors::{K1, K2, RANDOM, sealed_unpadded};
use crate::front::{
    Answer, CORP, DING_APP, Front, NOW, Request, ding_envelope, document, event, event_of, robot_message,
    robot_of, tap, tap_of, wecom, wecom_envelope, wecom_of, wecom_text, wecom_trial,
};

/// One day, in seconds: no clock is that wrong.
const DAY: i64 = 86_400;
const WECOM_LIMIT: usize = 64 * 1024;
const DINGTALK_LIMIT: usize = 256 * 1024;

type Cases = Vec<(&'static str, u16, Request)>;

async fn refuses(front: &Front, cases: Cases) {
    for (name, status, request) in cases {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        let answer = front.send(request).await;
        assert_eq!(answer, Answer::of(status, ""), "{path}: {name}");
    }
    let left =
        front.read(|state| (state.rows().count(), state.recent().count(), state.parked().count())).await;
    assert_eq!(left, (0, 0, 0), "what was refused left something");
}

/// Ciphertexts that are rightly signed and no message.
fn ciphertexts(good: &str, key: &str, other_owner: String) -> Vec<(&'static str, u16, String)> {
    let unpadded = STANDARD.encode(sealed_unpadded(key, &[b'x'; 64]));
    let mut bytes = STANDARD.decode(good).unwrap();
    bytes.truncate(bytes.len() - 16);
    vec![
        ("padding", 400, unpadded),
        ("another receiver", 401, other_owner),
        ("truncated", 400, STANDARD.encode(&bytes)),
        ("half a block", 400, STANDARD.encode(&bytes[..bytes.len() - 5])),
        ("no base64", 400, "这不是base64!".to_owned()),
        ("nothing", 400, String::new()),
    ]
}

/// A signature over something else.
fn resigned(request: Request) -> Request {
    request.with_path(|path| path.replacen("msg_signature=", "msg_signature=0", 1))
}

fn unsigned(request: Request) -> Request {
    request.with_path(|path| path.split('?').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn bad_wecom_deliveries_are_refused_without_a_word() {
    let front = Front::open().await;
    let text = || wecom_text("WangLei", 1, "帮助");
    let seal = |plain: &str, owner: &str| wecom_envelope().seal(RANDOM, plain.as_bytes(), owner);
    let plain = document("WangLei", 1, "<MsgType><![CDATA[text]]></MsgType><Content>1</Content>");
    let good = seal(&plain, CORP);
    let mut cases: Cases = vec![
        ("signature", 401, resigned(text())),
        ("no query", 401, unsigned(text())),
        ("stale", 401, wecom_of(&good, NOW - DAY)),
        ("from tomorrow", 401, wecom_of(&good, NOW + DAY)),
        ("timestamp beyond all time", 401, wecom_of(&good, i64::MAX)),
        ("oversized", 413, text().with_body(vec![b' '; WECOM_LIMIT + 1])),
        ("JSON", 415, text().with_header("content-type", "application/json")),
        ("form", 415, text().with_header("content-type", "application/x-www-form-urlencoded")),
        ("empty", 400, text().with_body("")),
        ("no XML", 400, text().with_body("{}")),
        ("no UTF-8", 400, text().with_body([0xff, 0xfe, b'<'])),
        ("no Encrypt", 401, text().with_body("<xml></xml>")),
        ("entity", 400, text().with_body("<xml><Encrypt>&secret;</Encrypt></xml>")),
        (
            "entity bomb",
            400,
            text().with_body(
                "<!DOCTYPE x [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><xml><Encrypt>&b;</Encrypt></xml>",
            ),
        ),
        ("deep", 413, text().with_body("<a>".repeat(9_000))),
        ("entity inside", 400, wecom("<xml><FromUserName>&secret;</FromUserName></xml>")),
        ("file inside", 400, wecom("<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><xml>&f;</xml>")),
        ("deep inside", 413, wecom(&"<a>".repeat(9_000))),
        ("no XML inside", 400, wecom("{\"FromUserName\":\"WangLei\"}")),
    ];
    for (name, status, encrypt) in ciphertexts(&good, K1, seal(&plain, "ww9999999999999999")) {
        cases.push((name, status, wecom_of(&encrypt, NOW)));
    }
    refuses(&front, cases).await;
    assert_eq!(front.send(text()).await, Answer::of(200, ""));
    assert_eq!(
        front.send(wecom_text("WangLei", 2, "1").without_header("content-type")).await,
        Answer::of(200, "")
    );
}

#[tokio::test]
async fn bad_wecom_trials_are_refused_without_a_word() {
    let front = Front::open().await;
    let seal = |owner: &str| wecom_envelope().seal(RANDOM, b"1616140317555161061", owner);
    let good = seal(CORP);
    let mut cases: Cases = vec![
        ("signature", 401, resigned(wecom_trial(&good, NOW))),
        ("no query", 401, unsigned(wecom_trial(&good, NOW))),
        ("escaped twice", 401, wecom_trial(&good, NOW).with_path(|path| path.replace('%', "%25"))),
        ("stale", 401, wecom_trial(&good, NOW - DAY)),
    ];
    for (name, status, encrypt) in ciphertexts(&good, K1, seal("ww9999999999999999")) {
        // What is no base64 is no part of a URL either.
        if encrypt.is_ascii() {
            cases.push((name, status, wecom_trial(&encrypt, NOW)));
        }
    }
    refuses(&front, cases).await;
    assert_eq!(front.send(wecom_trial(&good, NOW)).await.status, 200);
}

#[tokio::test]
async fn bad_dingtalk_messages_are_refused_without_a_word() {
    let front = Front::open().await;
    let good = || robot_of(robot_message("lina", "msg1", "帮助").to_string(), NOW);
    let with = |key: &str, value: Value| {
        let mut message = robot_message("lina", "msg1", "帮助");
        message[key] = value;
        message.to_string()
    };
    let cases: Cases = vec![
        ("signature", 401, good().with_header("sign", "AAAA")),
        ("another time's signature", 401, good().with_header("timestamp", "1700000000001")),
        ("no signature", 401, good().without_header("sign")),
        ("no timestamp", 401, good().without_header("timestamp")),
        ("stale", 401, robot_of(good().body, NOW - DAY)),
        ("another robot", 401, robot_of(with("robotCode", json!("other")), NOW)),
        ("another company", 401, robot_of(with("chatbotCorpId", json!("other")), NOW)),
        ("oversized", 413, good().with_body(vec![b' '; DINGTALK_LIMIT + 1])),
        ("XML", 415, good().with_header("content-type", "text/xml")),
        ("form", 415, good().with_header("content-type", "application/x-www-form-urlencoded")),
        ("empty", 400, good().with_body("")),
        ("truncated", 400, robot_of(&good().body[..40], NOW)),
        ("no object", 400, robot_of("[]", NOW)),
        ("deep", 400, robot_of("{\"a\":".repeat(50_000), NOW)),
        ("deep lists", 400, robot_of("[".repeat(200_000), NOW)),
        (
            "deep inside",
            400,
            robot_of(
                with("text", json!("{\"a\":".repeat(30_000)))
                    .replace("\"msgtype\":\"text\"", "\"msgtype\":null"),
                NOW,
            ),
        ),
        ("no kind", 400, robot_of(with("msgtype", Value::Null), NOW)),
        ("no conversation", 400, robot_of(with("conversationType", json!("9")), NOW)),
    ];
    refuses(&front, cases).await;
    assert_eq!(front.send(good()).await, Answer::of(200, "{}"));
}

#[tokio::test]
async fn bad_dingtalk_events_are_refused_without_a_word() {
    let front = Front::open().await;
    let plain = json!({"EventType": "check_url"}).to_string();
    let seal = |owner: &str| ding_envelope().seal(RANDOM, plain.as_bytes(), owner);
    let good = || event(&plain);
    let mut cases: Cases = vec![
        ("signature", 401, resigned(good())),
        ("no query", 401, unsigned(good())),
        ("stale", 401, event_of(&seal(DING_APP), NOW - DAY)),
        ("oversized", 413, good().with_body(vec![b' '; DINGTALK_LIMIT + 1])),
        ("XML", 415, good().with_header("content-type", "application/xml")),
        ("empty", 400, good().with_body("")),
        ("truncated", 400, good().with_body("{\"encrypt\":\"AAAA")),
        ("deep", 400, good().with_body("{\"a\":".repeat(50_000))),
        ("no encrypt", 400, good().with_body("{}")),
        ("deep inside", 400, event(&"{\"a\":".repeat(20_000))),
        ("no JSON inside", 400, event("<xml/>")),
        ("no event inside", 400, event("{}")),
    ];
    for (name, status, encrypt) in ciphertexts(&seal(DING_APP), K2, seal("dingother")) {
        cases.push((name, status, event_of(&encrypt, NOW)));
    }
    refuses(&front, cases).await;
    assert_eq!(front.send(good()).await.status, 200);
}

#[tokio::test]
async fn bad_dingtalk_taps_are_refused_without_a_word() {
    let front = Front::open().await;
    let good = || tap_of(tap("c-1", "done").to_string(), NOW);
    let with = |key: &str, value: Value| {
        let mut body = tap("c-1", "done");
        body[key] = value;
        tap_of(body.to_string(), NOW)
    };
    let cases: Cases = vec![
        ("signature", 401, good().with_header("x-ddpaas-signature", "AAAA")),
        ("no signature", 401, good().without_header("x-ddpaas-signature")),
        ("no timestamp", 401, good().without_header("x-ddpaas-signature-timestamp")),
        ("stale", 401, tap_of(good().body, NOW - DAY)),
        ("another company", 401, with("corpId", json!("other"))),
        ("oversized", 413, good().with_body(vec![b' '; DINGTALK_LIMIT + 1])),
        ("XML", 415, good().with_header("content-type", "text/xml")),
        ("empty", 400, good().with_body("")),
        ("truncated", 400, tap_of(&good().body[..40], NOW)),
        ("deep", 400, tap_of("{\"a\":".repeat(50_000), NOW)),
        ("deep inside", 400, with("content", json!("{\"a\":".repeat(20_000)))),
        ("no card", 400, with("outTrackId", Value::Null)),
        ("no button", 400, with("content", json!("{}"))),
    ];
    refuses(&front, cases).await;
    assert_eq!(front.send(good()).await, Answer::of(200, "{}"));
}
