//! 钉钉's card address: what it takes, refuses and reads (dingtalk.md 7.5, 7.6).

use chrono::{DateTime, Utc};
use genjin::platform::callback::CallbackError;
use genjin::platform::dingtalk::callback::Cards;
use genjin::platform::dingtalk::sign;
use genjin::platform::inbound::{Chat, Inbound, Kind, Tap};
use proptest::prelude::*;
use serde_json::json;

use crate::dingtalk_callback::mangled;

const CARD_SECRET: &str = "sim-card-secret";
const STAMP: &str = "1700000000123";

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

fn cards() -> Cards {
    Cards::new(CARD_SECRET.into(), "dingcorp1")
}

/// dingtalk.md 7.5.
const TAP: &str = r#"{"type":"actionCallback","outTrackId":"deal-42-20260101-zhangsan","corpId":"dingcorp1","userId":"zhangsan","userIdType":1,"spaceType":"IM_ROBOT","spaceId":"zhangsan","extension":"{}","content":"{\"cardPrivateData\":{\"actionIds\":[\"btn_done\"],\"params\":{\"action\":\"done\",\"dealId\":\"42\"}}}"}"#;

fn tap(timestamp: &str, body: &str) -> Result<Inbound, CallbackError> {
    let signature = sign::card::sign(CARD_SECRET, timestamp);
    cards().receive(Some(timestamp), Some(&signature), body.as_bytes(), at(1_700_000_000_123))
}

#[test]
fn dingtalk_card_tap_is_read() {
    let inbound = tap(STAMP, TAP).unwrap();
    let expected = Tap {
        card: "deal-42-20260101-zhangsan".into(),
        button: "btn_done".into(),
        selected: vec![("action".into(), vec!["done".into()]), ("dealId".into(), vec!["42".into()])],
        update_code: None,
    };
    assert_eq!(
        inbound,
        Inbound {
            user: "zhangsan".into(),
            delivery: Some(STAMP.into()),
            sent_at: Some(at(1_700_000_000_123)),
            ..Inbound::notice(Kind::Tap(expected))
        }
    );
    assert_eq!(tap(STAMP, &TAP.replace("\"content\":", "\"content\":\"\",\"value\":")).unwrap(), inbound);
    let socket = cards().read(STAMP, Some(at(1_700_000_000_123)), TAP.as_bytes());
    assert_eq!(socket, Ok(inbound));
}

#[test]
fn dingtalk_card_tap_in_another_dress_is_read() {
    let body = json!({"outTrackId": "d-1", "userId": "uid", "userIdType": 2, "spaceType": "IM_GROUP", "spaceId": "cidX==",
        "value": {"cardPrivateData": {"params": {"action": "later", "days": [1, "2"], "sure": true, "none": null}}}});
    let inbound = tap(STAMP, &body.to_string()).unwrap();
    assert_eq!(
        (inbound.user.as_str(), inbound.stranger.as_deref()),
        ("", Some("uid")),
        "a unionId is nobody"
    );
    assert_eq!(inbound.chat, Chat::Group { id: "cidX==".into(), title: None });
    let selected =
        [("action", vec!["later"]), ("days", vec!["1", "2"]), ("none", vec![]), ("sure", vec!["true"])];
    let selected = selected.map(|(key, values)| (key.into(), values.into_iter().map(Into::into).collect()));
    assert_eq!(
        inbound.kind,
        Kind::Tap(Tap {
            card: "d-1".into(),
            button: "later".into(),
            selected: selected.into(),
            update_code: None
        })
    );
}

#[test]
fn dingtalk_card_tap_that_proves_or_says_nothing_is_refused() {
    let now = at(1_700_000_000_123);
    let robots = sign::robot::sign(CARD_SECRET, STAMP);
    let right = "LNbnkodDLQo3KaOLI5+T0ZrxOW1duGT3Dxc7mgo42yk=";
    for (timestamp, signature) in [
        (Some(STAMP), None),
        (None, Some(right)),
        (Some("1700000000124"), Some(right)),
        (Some(STAMP), Some(&robots)),
    ] {
        let refused = cards().receive(timestamp, signature, TAP.as_bytes(), now);
        assert_eq!(refused, Err(CallbackError::Signature));
    }
    assert!(cards().receive(Some(STAMP), Some(right), TAP.as_bytes(), now).is_ok());
    assert_eq!(tap("1699999600123", TAP), Err(CallbackError::Stale));
    assert_eq!(tap(STAMP, &TAP.replace("dingcorp1", "dingcorp2")), Err(CallbackError::Owner));
    for (gone, named) in [("outTrackId", "outTrackId"), ("content", "content"), ("actionIds", "actionIds")] {
        let body = TAP.replace(gone, "gone").replace("\\\"action\\\"", "\\\"a\\\"");
        assert_eq!(tap(STAMP, &body), Err(CallbackError::Malformed(named)));
    }
    for body in ["", "[]", &"{\"content\":".repeat(100_000)] {
        assert_eq!(tap(STAMP, body), Err(CallbackError::Malformed("JSON")));
    }
}

#[test]
fn dingtalk_taps_identity_is_its_body_and_its_time() {
    let identity =
        |timestamp: &str, body: &str| tap(timestamp, body).unwrap().identity_source(body.as_bytes());
    let first = identity(STAMP, TAP);
    assert_eq!(first, identity(STAMP, TAP));
    assert_ne!(first, identity("1700000001999", TAP), "a second tap is its own event");
    assert_ne!(first, identity(STAMP, &TAP.replace("btn_done", "btn_later")));
}

proptest! {
    #[test]
    fn dingtalk_cards_never_panic_on_noise(timestamp: String, signature: String, body: Vec<u8>) {
        let refused = cards().receive(Some(&timestamp), Some(&signature), &body, at(1_700_000_000_123));
        prop_assert_eq!(refused, Err(CallbackError::Signature));
        prop_assert!(cards().read(&timestamp, None, &body).is_err());
    }

    #[test]
    fn dingtalk_tap_mangled_by_its_sender_never_panics(body in mangled(TAP.to_owned())) {
        let _read_or_refused = cards().read("d", None, body.as_bytes());
    }
}
