//! The callback addresses as the platforms use them: what is right is committed, then answered in the one way that
//! each endpoint has.

use std::time::Duration;

use genjin::sales::Platform;
use genjin::state::State;
use serde_json::{Value, json};

use crate::envelope_vectors::RANDOM;
use crate::front::{
    Answer, CARDS, DING_APP, Front, NOW, ROBOT, Request, WECOM, ding_envelope, document, event,
    robot_message, robot_of, tap, tap_of, wecom, wecom_envelope, wecom_text, wecom_trial,
};

/// Everything that an event can have left in a state.
fn traces(state: &State) -> (u64, usize, usize, usize) {
    (state.next_id(), state.rows().count(), state.recent().count(), state.strangers_asked())
}

trait Asked {
    fn strangers_asked(&self) -> usize;
}

impl Asked for State {
    fn strangers_asked(&self) -> usize {
        let known = [(Platform::WeCom, "nobody"), (Platform::DingTalk, "$:LWCP_v1:$u1")];
        known.iter().filter(|(platform, user)| self.stranger(*platform, user).is_some()).count()
    }
}

#[tokio::test]
async fn wecom_trial_of_the_address_is_answered_with_the_bare_message() {
    let front = Front::open().await;
    let trial = wecom_trial(&wecom_envelope().seal(RANDOM, b"1616140317555161061", crate::front::CORP), NOW);
    assert_eq!(front.send(trial).await, Answer::of(200, "1616140317555161061"));
}

#[tokio::test]
async fn wecom_text_is_committed_before_the_empty_answer() {
    let front = Front::open().await;
    assert_eq!(front.send(wecom_text("WangLei", 1, "帮助")).await, Answer::of(200, ""));
    let rows = front.read(|state| state.rows().count()).await;
    assert_eq!(rows, 1, "the answer to 帮助 waits in the outbox");
}

#[tokio::test]
async fn repeated_delivery_gets_the_bare_answer_and_changes_nothing() {
    let front = Front::open().await;
    let message = robot_message("lina", "msg1", "帮助").to_string();
    for (first, answer) in [
        (wecom_text("WangLei", 1, "帮助"), Answer::of(200, "")),
        (robot_of(message.clone(), NOW), Answer::of(200, "{}")),
    ] {
        assert_eq!(front.send(first.clone()).await, answer);
        let before = front.read(traces).await;
        assert_eq!(front.send(first).await, answer);
        assert_eq!(front.read(traces).await, before);
    }
    // The platform signs a re-send anew.
    let before = front.read(traces).await;
    assert_eq!(front.send(robot_of(message, NOW + 60)).await, Answer::of(200, "{}"));
    assert_eq!(front.read(traces).await, before);
}

#[tokio::test]
async fn dingtalk_event_push_is_answered_with_an_encrypted_success() {
    let front = Front::open().await;
    for body in [
        json!({"EventType": "check_url"}),
        json!({"EventType": "user_leave_org", "userId": ["lina"], "eventId": "e1"}),
        json!({"EventType": "something_new"}),
    ] {
        let answer = front.send(event(&body.to_string())).await;
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        let field = |name: &str| told[name].as_str().unwrap();
        let (stamp, nonce, encrypt) = (field("timeStamp"), field("nonce"), field("encrypt"));
        ding_envelope().verify(field("msg_signature"), stamp, nonce, encrypt).unwrap();
        let opened = ding_envelope().open(encrypt).unwrap();
        assert_eq!((answer.status, stamp), (200, format!("{NOW}000").as_str()));
        assert_eq!((opened.message, opened.owner), (b"success".to_vec(), DING_APP.as_bytes().to_vec()));
    }
}

#[tokio::test]
async fn dingtalk_tap_on_an_unknown_card_is_acknowledged() {
    let front = Front::open().await;
    let tapped = tap_of(tap("nothing-of-ours", "done").to_string(), NOW);
    assert_eq!(front.send(tapped).await, Answer::of(200, "{}"));
}

#[tokio::test]
async fn shared_location_is_acknowledged_and_leaves_nothing() {
    let front = Front::open().await;
    let before = front.read(traces).await;
    let place = "<MsgType><![CDATA[location]]></MsgType><Location_X>31.2</Location_X><Location_Y>121.5</Location_Y>\
                 <Scale>16</Scale><Label><![CDATA[上海]]></Label>";
    let reported = "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[LOCATION]]></Event><Latitude>31.2</Latitude>\
                    <Longitude>121.5</Longitude><Precision>5</Precision>";
    for what in [place, reported] {
        assert_eq!(front.send(wecom(&document("WangLei", 9, what))).await, Answer::of(200, ""));
    }
    assert_eq!(front.read(traces).await, before);
}

#[tokio::test]
async fn stranger_is_taken_by_whatever_names_them() {
    let front = Front::open().await;
    assert_eq!(front.send(wecom_text("nobody", 3, "你好")).await.status, 200);
    let mut message = robot_message("", "msg3", "你好");
    message.as_object_mut().unwrap().remove("senderStaffId");
    assert_eq!(front.send(robot_of(message.to_string(), NOW)).await.status, 200);
    assert_eq!(front.read(|state| state.strangers_asked()).await, 2);
}

#[tokio::test]
async fn what_is_not_committed_is_not_answered() {
    let front = Front::open().await;
    let mut status = front.engine.status();
    status.wait_for(|status| status.open).await.unwrap();
    front.engine.stop();
    status.wait_for(|status| !status.open).await.unwrap();
    // Shorter than a platform waits, longer than any error would take to come back.
    let patience = Duration::from_millis(300);
    for request in [
        wecom_text("WangLei", 1, "帮助"),
        robot_of(robot_message("lina", "msg1", "帮助").to_string(), NOW),
        tap_of(tap("c-1", "done").to_string(), NOW),
    ] {
        let path = request.path.clone();
        assert!(front.leaves_waiting(request, patience).await, "{path} was answered");
    }
    let ready = front.get("/readyz").await;
    assert_eq!(ready.status(), 503, "a proxy must see that the store is shut");
}

#[tokio::test]
async fn unknown_app_is_not_found() {
    let front = Front::open().await;
    let to = |request: Request, path: &str| Request { path: path.to_owned(), ..request };
    for path in
        ["/callback/wecom/other", "/callback/wecom/dingtalk", "/callback/wecom/%ff", "/callback/wecom/"]
    {
        assert_eq!(
            front.send(to(wecom_text("WangLei", 1, "帮助"), path)).await,
            Answer::of(404, ""),
            "{path}"
        );
    }
    let other = [ROBOT.replace("/dingtalk/dingtalk", "/dingtalk/wecom"), CARDS.replace("/cards", "/other")];
    for path in other.iter().map(String::as_str).chain(["/callback/dingtalk/%ff/events"]) {
        let message = robot_of(robot_message("lina", "msg1", "帮助").to_string(), NOW);
        assert_eq!(front.send(to(message, path)).await, Answer::of(404, ""), "{path}");
    }
    let put = Request { method: reqwest::Method::PUT, ..wecom_text("WangLei", 1, "帮助") };
    assert_eq!(front.send(put).await, Answer::of(405, ""), "{WECOM}");
}

#[tokio::test]
async fn operator_sees_that_the_service_lives_and_is_ready() {
    let front = Front::open().await;
    front.engine.status().wait_for(|status| status.open).await.unwrap();
    let alive: Value = front.get("/healthz").await.json().await.unwrap();
    assert_eq!(alive, json!({ "alive": true, "faults": [] }));
    assert_eq!(front.get("/readyz").await.status(), 200);
    let metrics = front.get("/metrics").await;
    assert_eq!(
        (metrics.status().as_u16(), &metrics.headers()["content-type"]),
        (200, &"text/plain; version=0.0.4".parse().unwrap())
    );
}
