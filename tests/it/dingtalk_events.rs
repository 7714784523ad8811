//! A 钉钉 event address: what it takes, refuses, reads and answers (dingtalk.md 4).

use chrono::{DateTime, TimeDelta, Utc};
use genjin::platform::callback::{CallbackError, Query};
use genjin::platform::dingtalk::callback::{Events, Pushed};
use genjin::platform::envelope::{Envelope, EnvelopeError};
use genjin::platform::inbound::{Chat, Inbound, Kind};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::dingtalk_callback::mangled;
use crate::envelope_vectors::{K1, RANDOM, Vector, vector};

const TOKEN: &str = "SimTok01";
const APP: &str = "dingsimappkey00001";
const CORP: &str = "dingcorp0123456789abcdef";

fn at(millis: &str) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis.parse().unwrap()).unwrap()
}

fn events(key: &str) -> Events {
    Events::new(Envelope::new(TOKEN, key).unwrap(), APP, CORP)
}

fn query(signature: &str, timestamp: &str, nonce: &str) -> Query {
    Query::parse(&format!("msg_signature={signature}&timestamp={timestamp}&nonce={nonce}"))
}

fn body(encrypt: &str) -> String {
    json!({ "encrypt": encrypt }).to_string()
}

fn receive(events: &Events, vector: &Vector) -> Result<Pushed, CallbackError> {
    let query = query(vector.signature, vector.timestamp, vector.nonce);
    events.receive(&query, body(vector.encrypt).as_bytes(), at(vector.timestamp))
}

/// Sends `plaintext` as the platform would, sealed for the app.
fn push(plaintext: &str) -> Result<Pushed, CallbackError> {
    let envelope = Envelope::new(TOKEN, K1).unwrap();
    let encrypt = envelope.seal(RANDOM, plaintext.as_bytes(), APP);
    let timestamp = "1700000000123";
    let query = query(&envelope.sign(timestamp, "n", &encrypt), timestamp, "n");
    events(K1).receive(&query, body(&encrypt).as_bytes(), at(timestamp))
}

#[track_caller]
fn read(plaintext: Value) -> Inbound {
    push(&plaintext.to_string()).unwrap().inbound
}

#[test]
fn dingtalk_url_check_is_recognised() {
    let dv1 = vector("DV1");
    let pushed = receive(&events(dv1.key), dv1).unwrap();
    assert_eq!(pushed.inbound, Inbound::notice(Kind::Check));
    assert_eq!((pushed.plaintext, pushed.owner.as_str()), (dv1.message.into(), APP));
}

#[test]
fn dingtalk_leaver_is_named_whatever_the_case_of_the_keys() {
    let dv3 = vector("DV3");
    let pushed = receive(&events(dv3.key), dv3).unwrap();
    let users = vec!["zhangsan".into(), "李四".into()];
    assert_eq!(pushed.inbound.kind, Kind::People { what: "user_leave_org".into(), users });
    assert_eq!(pushed.inbound.sent_at, Some(at("1700000000700")));
    assert_eq!(pushed.owner, CORP, "the company owns it as well as the app");
}

#[test]
fn dingtalk_envelope_that_holds_no_event_is_refused() {
    let dv2 = vector("DV2");
    assert_eq!(receive(&events(dv2.key), dv2), Err(CallbackError::Malformed("JSON")));
    assert_eq!(push("{}"), Err(CallbackError::Malformed("EventType")));
    assert_eq!(push("[]"), Err(CallbackError::Malformed("JSON")));
    assert_eq!(push(&"{\"a\":".repeat(10_000)), Err(CallbackError::Malformed("JSON")));
}

#[test]
fn dingtalk_signature_is_taken_under_both_its_names() {
    let dv1 = vector("DV1");
    let receive = |raw: &str| {
        let raw = format!("{raw}&timestamp={}&nonce={}", dv1.timestamp, dv1.nonce);
        let body = body(dv1.encrypt);
        events(dv1.key).receive(&Query::parse(&raw), body.as_bytes(), at(dv1.timestamp)).map(|_| ())
    };
    let right = dv1.signature;
    assert_eq!(receive(&format!("signature={right}")), Ok(()));
    assert_eq!(receive(&format!("signature={right}&msg_signature={right}")), Ok(()));
    assert_eq!(receive(&format!("signature={right}&msg_signature=")), Ok(()));
    assert_eq!(receive(&format!("signature={right}&msg_signature=00")), Err(CallbackError::Signature));
    assert_eq!(receive("signature="), Err(CallbackError::Signature));
}

/// dingtalk.md 4.2, NEG1 to NEG7: each is refused by the check it is made for.
#[test]
fn dingtalk_negative_samples_are_refused_by_their_check() {
    let dv1 = vector("DV1");
    let receive = |owner: &str, encrypt: &str, signature: &str| {
        let events = Events::new(Envelope::new(TOKEN, K1).unwrap(), owner, "dingother");
        let query = query(signature, dv1.timestamp, dv1.nonce);
        events.receive(&query, body(encrypt).as_bytes(), at(dv1.timestamp)).map(|_| ())
    };
    let sealed = |check| Err(CallbackError::Sealed(check));
    assert_eq!(receive(APP, dv1.encrypt, &"0".repeat(40)), Err(CallbackError::Signature), "NEG1");
    assert_eq!(receive("dingother", dv1.encrypt, dv1.signature), Err(CallbackError::Owner), "NEG2");
    for (name, owner, encrypt, signature, refused) in [
        (
            "NEG3",
            APP,
            "TexlHnVuEgKiLJGBCfUlZLe3BRYqamZuzCinPvAdtWJptgUM+Xr4/BMl6nLF7UB8mj02XzxOTQQ7VBIl4y6Y4Q==",
            "be824b13c2fac7912dd569740de99dca5b1be9a0",
            sealed(EnvelopeError::Pad),
        ),
        (
            "NEG4",
            "dingk",
            "TexlHnVuEgKiLJGBCfUlZCrhRqN1H3t1jWhDqPYEhJw=",
            "1db6ffa4a261e0c04bf4a9704734dd3fb7f59229",
            sealed(EnvelopeError::Pad),
        ),
        (
            "NEG5",
            APP,
            "TexlHnVuEgKiLJGBCfUlZGppaYqETy08av/9Lq5V0Y6zuJYmgNUa0LPqgD6qC0G8j0XWAnwC0iW/sUiOa9j+gQ==",
            "acdf3efe4df9ffd3529bd491b9962b5793f98768",
            sealed(EnvelopeError::Length),
        ),
        ("NEG6", APP, "AAAA", "bcfa386144201386caab3ca611b494dc890e0656", sealed(EnvelopeError::BlockSize)),
        ("NEG7", APP, "@@@@", "d5e88e4faa534f5e82552d54b07cab819e22376a", sealed(EnvelopeError::Base64)),
    ] {
        assert_eq!(receive(owner, encrypt, signature), refused, "{name}");
    }
}

#[test]
fn dingtalk_event_from_another_time_or_without_envelope_is_refused() {
    let dv1 = vector("DV1");
    let query = query(dv1.signature, dv1.timestamp, dv1.nonce);
    let receive = |body: &str, late: i64| {
        let now = at(dv1.timestamp) + TimeDelta::seconds(late);
        events(dv1.key).receive(&query, body.as_bytes(), now).map(|_| ())
    };
    let sent = body(dv1.encrypt);
    assert_eq!(receive(&sent, 300), Ok(()));
    assert_eq!(receive(&sent, 301), Err(CallbackError::Stale));
    assert_eq!(receive(&sent, -301), Err(CallbackError::Stale));
    for empty in ["{}", "{\"encrypt\":null}", "{\"encrypt\":\"\"}", "{\"encrypt\":[]}"] {
        assert_eq!(receive(empty, 0), Err(CallbackError::Malformed("encrypt")), "{empty}");
    }
    for broken in ["", "x", "[1]", &sent[1..], &"[".repeat(100_000)] {
        assert_eq!(receive(broken, 0), Err(CallbackError::Malformed("JSON")));
    }
}

#[test]
fn dingtalk_answer_says_success_to_the_owner_that_came_in() {
    for (name, owner) in [("DV2", APP), ("DV4", "dingk")] {
        let vector = vector(name);
        let answer = events(vector.key).answer(RANDOM, vector.nonce, at(vector.timestamp), owner);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let expected = json!({
            "msg_signature": vector.signature,
            "timeStamp": vector.timestamp,
            "nonce": vector.nonce,
            "encrypt": vector.encrypt,
        });
        assert_eq!(answer, expected, "{name}");
    }
}

#[test]
fn dingtalk_event_reads_the_same_by_http_and_by_socket() {
    let http = r#"{"EventType":"user_leave_org","EventTime":1700000000000,"CorpId":"dingcorp1","BizId":"166","eventId":"e-1","timeStamp":"1700000000000","userId":["zhangsan"]}"#;
    let headers = json!({"topic":"*","eventType":"user_leave_org","eventId":"e-1","eventCorpId":"dingcorp1",
        "eventBornTime":"1700000000000","messageId":"m-1","time":"1700000000100"});
    let Value::Object(headers) = headers else { panic!("an object") };
    let body = r#"{"timeStamp":"1700000000000","userId":["zhangsan"]}"#;
    let by_http = Events::read(&Map::new(), http.as_bytes()).unwrap();
    let by_socket = Events::read(&headers, body.as_bytes()).unwrap();
    assert_eq!(by_http, by_socket);
    assert_eq!(by_http.identity_source(http.as_bytes()), by_socket.identity_source(body.as_bytes()));
    assert_eq!(by_http.message_id.as_deref(), Some("e-1"));
    assert_eq!(by_http.sent_at, Some(at("1700000000000")));
}

#[test]
fn dingtalk_directory_changes_name_the_people() {
    for what in [
        "user_add_org",
        "user_modify_org",
        "user_leave_org",
        "user_active_org",
        "org_admin_add",
        "org_admin_remove",
    ] {
        let inbound = read(json!({"EventType": what, "userId": ["a", 42], "eventId": "e-1"}));
        assert_eq!(inbound.kind, Kind::People { what: what.into(), users: vec!["a".into(), "42".into()] });
        assert_eq!((inbound.user.as_str(), inbound.chat), ("", Chat::Private));
    }
    for what in ["org_dept_create", "org_dept_modify", "org_dept_remove"] {
        let kind = read(json!({"EventType": what, "deptId": [1, 2]})).kind;
        assert_eq!(kind, Kind::People { what: what.into(), users: vec![] });
    }
    let single = read(json!({"EventType": "user_leave_org", "UserId": "a"})).kind;
    assert_eq!(single, Kind::People { what: "user_leave_org".into(), users: vec!["a".into()] });
}

#[test]
fn dingtalk_group_is_learnt_when_the_robot_is_put_into_it() {
    let inbound = read(
        json!({"EventType": "im_cool_app_install", "eventId": "e-2", "openConversationId": "cidAbC/+==",
        "coolAppCode": "c", "robotCode": APP, "operator": "zhangsan", "operateTime": "1700000000123"}),
    );
    assert_eq!(inbound.kind, Kind::GroupLearnt);
    assert_eq!(inbound.chat, Chat::Group { id: "cidAbC/+==".into(), title: None });
    assert_eq!(inbound.user, "zhangsan");
    assert_eq!(inbound.sent_at, Some(at("1700000000123")));
    let nowhere = read(json!({"EventType": "im_cool_app_install"})).kind;
    assert_eq!(nowhere, Kind::Other { what: "im_cool_app_install".into() });
}

#[test]
fn dingtalk_other_events_keep_their_name() {
    for what in [
        "org_change",
        "label_user_change",
        "chat_add_member",
        "chat_disband",
        "robot_msg_read",
        "calendar_event_change",
        "todo_task_update",
        "bpms_instance_change",
        "check_in",
        "im_cool_app_uninstall",
        "suite_ticket",
    ] {
        let inbound = read(json!({"EventType": what, "openConversationId": "cid1", "operator": "zhangsan"}));
        assert_eq!(inbound, Inbound::notice(Kind::Other { what: what.into() }));
    }
}

proptest! {
    #[test]
    fn dingtalk_event_never_panics_on_noise(noise: Vec<u8>, raw: String, plaintext: String) {
        let dv1 = vector("DV1");
        let signed = query(dv1.signature, dv1.timestamp, dv1.nonce);
        prop_assert!(events(K1).receive(&signed, &noise, at(dv1.timestamp)).is_err());
        let sent = body(dv1.encrypt);
        prop_assert!(events(K1).receive(&Query::parse(&raw), sent.as_bytes(), at(dv1.timestamp)).is_err());
        prop_assert!(push(&plaintext).is_err());
    }

    #[test]
    fn dingtalk_event_mangled_by_its_sender_never_panics(event in mangled(vector("DV3").message.to_owned())) {
        let _read_or_refused = push(&event);
    }
}
