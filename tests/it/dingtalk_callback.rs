//! 钉钉's message address: what it takes, refuses and reads (dingtalk.md 2).
//!
//! The signatures' published samples are checked beside the code, in `platform::dingtalk::sign`.

use chrono::{DateTime, TimeDelta, Utc};
use genjin::platform::callback::{CallbackError, Now};
use genjin::platform::dingtalk::callback::Robot;
use genjin::platform::dingtalk::sign;
use genjin::platform::inbound::{Chat, Inbound, Kind, Session};
use proptest::prelude::*;
use serde_json::{Value, json};

const SECRET: &str = "sim-app-secret-0001";
const STAMP: &str = "1700000000123";

fn robot() -> Robot {
    Robot::new(SECRET.into(), "dingsimappkey00001", "dingcorp1")
}

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

/// dingtalk.md 2.2, in a group.
fn sample() -> Value {
    json!({"conversationId":"cidSIM0001==","conversationType":"2","conversationTitle":"销售一群",
        "atUsers":[{"dingtalkId":"$:LWCP_v1:$bot"}],"isInAtList":true,"chatbotCorpId":"dingcorp1",
        "chatbotUserId":"$:LWCP_v1:$bot","msgId":"msgSIM0001==","senderNick":"张三","senderStaffId":"zhangsan",
        "senderId":"$:LWCP_v1:$u1","senderCorpId":"dingcorp1","senderPlatform":"Mac","isAdmin":false,
        "createAt":1700000000000i64,
        "sessionWebhook":"https://oapi.dingtalk.com/robot/sendBySession?session=0123456789abcdef",
        "sessionWebhookExpiredTime":1700005400000i64,"robotCode":"dingsimappkey00001","msgtype":"text",
        "text":{"content":" 报价已发"}})
}

/// The sample with `changes` to it; null takes a field out.
fn sample_with(changes: Value) -> Value {
    let mut message = sample();
    for (key, value) in changes.as_object().unwrap() {
        message[key.as_str()] = value.clone();
    }
    message.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    message
}

fn read(message: &Value) -> Result<Inbound, CallbackError> {
    let sign = sign::robot::sign(SECRET, STAMP);
    robot().receive(Some(STAMP), Some(&sign), message.to_string().as_bytes(), at(1_700_000_000_123))
}

/// The kind of a message to the robot in private.
#[track_caller]
fn private(msgtype: &str, content: Value) -> Kind {
    let message = sample_with(json!({"conversationType": "1", "conversationTitle": null, "text": null,
        "msgtype": msgtype, "content": content}));
    read(&message).unwrap().kind
}

#[track_caller]
fn in_group(msgtype: &str, content: Value) -> Kind {
    read(&sample_with(json!({"text": null, "msgtype": msgtype, "content": content}))).unwrap().kind
}

#[test]
fn dingtalk_group_message_is_read() {
    let expected = Inbound {
        user: "zhangsan".into(),
        chat: Chat::Group { id: "cidSIM0001==".into(), title: Some("销售一群".into()) },
        message_id: Some("msgSIM0001==".into()),
        sent_at: Some(at(1_700_000_000_000)),
        session: Some(Session {
            url: "https://oapi.dingtalk.com/robot/sendBySession?session=0123456789abcdef".into(),
            expires_at: at(1_700_005_400_000),
        }),
        ..Inbound::notice(Kind::Text("报价已发".into()))
    };
    assert_eq!(read(&sample()), Ok(expected));
}

#[test]
fn dingtalk_message_with_bad_signature_is_refused() {
    let right = sign::robot::sign(SECRET, STAMP);
    let hex = "4970db853bb7bae9874f0eb2f8960e749f8dcc90279ae9906b4b77c455366102";
    let url_encoded = "SXDbhTu3uumHTw6y%2BJYOdJ%2BNzJAnmumQa0t3xFU2YQI%3D";
    for (timestamp, sign) in [
        (Some(STAMP), Some(hex)),
        (Some(STAMP), Some(url_encoded)),
        (Some("1700000000124"), Some(right.as_str())),
        (Some(STAMP), Some("")),
        (Some(STAMP), None),
        (None, Some(right.as_str())),
        (None, None),
    ] {
        let refused =
            robot().receive(timestamp, sign, sample().to_string().as_bytes(), at(1_700_000_000_123));
        assert_eq!(refused, Err(CallbackError::Signature), "{timestamp:?} {sign:?}");
    }
    let probe = robot().receive(None, None, b"", at(1_700_000_000_123));
    assert_eq!(probe, Err(CallbackError::Signature), "an empty probe");
}

#[test]
fn dingtalk_message_from_another_hour_is_refused() {
    let receive = |timestamp: &str, now: Now| {
        let sign = sign::robot::sign(SECRET, timestamp);
        robot().receive(Some(timestamp), Some(&sign), sample().to_string().as_bytes(), now).map(|_| ())
    };
    let sent = at(1_700_000_000_123);
    let (hour, moment) = (TimeDelta::hours(1), TimeDelta::milliseconds(1));
    assert_eq!(receive(STAMP, (sent + hour).into()), Ok(()));
    assert_eq!(receive(STAMP, (sent - hour).into()), Ok(()));
    assert_eq!(receive(STAMP, (sent + hour + moment).into()), Err(CallbackError::Stale));
    assert_eq!(receive(STAMP, (sent - hour - moment).into()), Err(CallbackError::Stale));
    let simulated = Now { service: sent + TimeDelta::days(9), machine: Some(sent) };
    assert_eq!(receive(STAMP, simulated), Ok(()));
    for odd in
        ["", "1700000000", "-1700000000123", "+1700000000123", "1.7e12", "99999999999999999999999", "今"]
    {
        assert_eq!(receive(odd, sent.into()), Err(CallbackError::Stale), "{odd}");
    }
}

#[test]
fn dingtalk_message_for_another_robot_or_company_is_refused() {
    for changes in [
        json!({"robotCode": "dingother"}),
        json!({"chatbotCorpId": "dingcorp2"}),
        json!({"robotCode": null, "chatbotCorpId": "dingcorp2"}),
        json!({"robotCode": null, "chatbotCorpId": null}),
    ] {
        assert_eq!(read(&sample_with(changes.clone())), Err(CallbackError::Owner), "{changes}");
    }
    assert!(read(&sample_with(json!({"robotCode": null}))).is_ok());
}

#[test]
fn dingtalk_message_without_what_it_cannot_lack_is_refused() {
    for (field, named) in [
        ("conversationType", "conversationType"),
        ("conversationId", "conversationId"),
        ("msgtype", "msgtype"),
    ] {
        let refused = read(&sample_with(json!({ field: null })));
        assert_eq!(refused, Err(CallbackError::Malformed(named)));
    }
    assert_eq!(
        read(&sample_with(json!({"conversationType": "3"}))),
        Err(CallbackError::Malformed("conversationType"))
    );
    let deep = format!("{{\"text\":{}", "{\"text\":".repeat(100_000));
    for body in ["", "null", "[]", "\"text\"", "{\"msgtype\":", &deep] {
        assert_eq!(robot().read(body.as_bytes()), Err(CallbackError::Malformed("JSON")));
    }
}

#[test]
fn dingtalk_person_outside_the_company_is_a_stranger() {
    for absent in [json!({"senderStaffId": null}), json!({"senderStaffId": ""})] {
        let inbound = read(&sample_with(absent)).unwrap();
        assert_eq!((inbound.user.as_str(), inbound.stranger.as_deref()), ("", Some("$:LWCP_v1:$u1")));
    }
    assert_eq!(read(&sample()).unwrap().stranger, None);
}

#[test]
fn dingtalk_times_are_read_as_numbers_and_as_text() {
    let as_text = json!({"createAt": "1700000000000", "sessionWebhookExpiredTime": "1700005400000"});
    assert_eq!(read(&sample_with(as_text)), read(&sample()));
    let without = sample_with(json!({"createAt": "soon", "sessionWebhookExpiredTime": null}));
    let inbound = read(&without).unwrap();
    assert_eq!((inbound.sent_at, inbound.session), (None, None));
}

#[test]
fn dingtalk_text_is_read_in_both_shapes() {
    let bare = sample_with(json!({"text": null, "content": " 你好"}));
    assert_eq!(read(&bare).unwrap().kind, Kind::Text("你好".into()));
    let empty = sample_with(json!({"text": {"content": ""}}));
    assert_eq!(read(&empty).unwrap().kind, Kind::Text(String::new()));
    assert_eq!(read(&sample_with(json!({"text": null}))).unwrap().kind, Kind::Text(String::new()));
    let reply = json!({"text": {"content": "改到周三", "isReplyMsg": true,
        "repliedMsg": {"msgType": "text", "msgId": "m", "senderId": "s", "content": {"text": "@x 周二"}}}});
    assert_eq!(read(&sample_with(reply)).unwrap().kind, Kind::Text("改到周三".into()));
}

#[test]
fn dingtalk_mention_in_front_is_cut_in_groups_and_kept_in_private() {
    let said = json!({"text": {"content": "\u{2005}@小王\u{A0} 张总约了周二 @老李"}});
    assert_eq!(read(&sample_with(said)).unwrap().kind, Kind::Text("张总约了周二 @老李".into()));
    let private = json!({"conversationType": "1", "text": {"content": "@张总 约了周二"}});
    assert_eq!(read(&sample_with(private)).unwrap().kind, Kind::Text("@张总 约了周二".into()));
}

#[test]
fn dingtalk_voice_comes_with_its_transcript() {
    let voice = |transcript: Option<&str>, media: Option<&str>| Kind::Voice {
        transcript: transcript.map(Into::into),
        media: media.map(Into::into),
    };
    let heard = json!({"duration": 4000, "downloadCode": "DC", "recognition": "张总约了下周二看厂。"});
    assert_eq!(private("audio", heard), voice(Some("张总约了下周二看厂。"), Some("DC")));
    assert_eq!(private("audio", json!({"downloadCode": "DC", "recognition": " "})), voice(None, Some("DC")));
    assert_eq!(private("audio", json!({"recognition": "好"})), voice(Some("好"), None));
}

#[test]
fn dingtalk_media_messages_are_read_by_kind() {
    let picture = Kind::Picture { media: "DC".into() };
    assert_eq!(private("picture", json!({"downloadCode": "DC", "pictureDownloadCode": "P"})), picture);
    assert_eq!(private("picture", json!({"pictureDownloadCode": "DC"})), picture);
    let video = Kind::File { media: "DC".into(), name: None };
    assert_eq!(private("video", json!({"duration": "4", "downloadCode": "DC", "videoType": "mp4"})), video);
    let file = Kind::File { media: "DC".into(), name: Some("报价 v2.xlsx".into()) };
    assert_eq!(
        private("file", json!({"downloadCode": "DC", "fileName": "报价 v2.xlsx", "spaceId": "1"})),
        file
    );
    assert_eq!(
        private("file", json!({"downloadCode": "DC", "fileName": "报价 v2.xlsx"}).to_string().into()),
        file
    );
    assert_eq!(private("picture", json!({})), Kind::Other { what: "picture".into() });
}

#[test]
fn dingtalk_unknown_messages_keep_their_name() {
    for (msgtype, what) in [
        ("unknownMsgType", "unknownMsgType"),
        ("interactiveCard", "interactiveCard"),
        ("chatRecord", "chatRecord"),
        ("新\n类型", ""),
    ] {
        let content = json!({"unknownMsgType": "…", "title": "x"});
        assert_eq!(private(msgtype, content), Kind::Other { what: what.into() });
    }
}

#[test]
fn dingtalk_rich_text_keeps_words_and_pictures() {
    let rich = |items: Value| in_group("richText", json!({ "richText": items }));
    let picture = |code: &str| json!({"type": "picture", "downloadCode": code, "pictureDownloadCode": "P"});
    let mixed = |text: &str, pictures: &[&str]| Kind::Mixed {
        text: text.into(),
        pictures: pictures.iter().map(|&code| code.into()).collect(),
    };
    let at_robot = json!({"text": "@机器人"});
    assert_eq!(
        rich(
            json!([at_robot, {"text": "现场照片"}, picture("A"), {"text": "第二张", "type": "text"}, picture("B")])
        ),
        mixed("现场照片\n第二张", &["A", "B"])
    );
    assert_eq!(rich(json!([at_robot, picture("A")])), Kind::Picture { media: "A".into() });
    assert_eq!(rich(json!([picture("A"), picture("B")])), mixed("", &["A", "B"]));
    assert_eq!(rich(json!([at_robot, {"text": " 好的"}])), Kind::Text("好的".into()));
    let others = json!([{"type": "at", "atName": "机器人"}, {"text": "请"}, {"atName": "@老李", "atUserId": "l"}, {"text": "去"}]);
    assert_eq!(rich(others), Kind::Text("请@老李 去".into()));
    assert_eq!(rich(json!(["odd", 1, null, {}])), Kind::Text(String::new()));
    assert_eq!(in_group("richText", json!({})), Kind::Text(String::new()));
}

#[test]
fn dingtalk_message_without_content_tells_that_the_quota_is_gone() {
    for code in [json!(20001), json!("20001")] {
        let message = sample_with(json!({"text": null, "errorCode": code, "errorMessage": "…"}));
        let inbound = read(&message).unwrap();
        assert_eq!((inbound.kind, inbound.user.as_str()), (Kind::QuotaGone, "zhangsan"));
        let bare = sample_with(json!({"text": null, "msgtype": null, "errorCode": code, "errMsg": "…"}));
        assert_eq!(read(&bare).unwrap().kind, Kind::QuotaGone);
    }
    let fine = sample_with(json!({"errorCode": 0}));
    assert_eq!(read(&fine).unwrap().kind, Kind::Text("报价已发".into()));
}

#[test]
fn dingtalk_message_sent_again_has_the_same_identity() {
    let identity = |message: &Value| read(message).unwrap().identity_source(message.to_string().as_bytes());
    assert_eq!(identity(&sample()), identity(&sample_with(json!({"createAt": 1_700_000_060_000i64}))));
    assert_ne!(identity(&sample()), identity(&sample_with(json!({"msgId": "msgSIM0002=="}))));
}

proptest! {
    #[test]
    fn dingtalk_robot_never_panics_on_noise(timestamp: String, sign: String, body: Vec<u8>) {
        let now = at(1_700_000_000_123);
        prop_assert!(robot().receive(Some(&timestamp), Some(&sign), &body, now).is_err());
        prop_assert!(robot().read(&body).is_err());
    }

    #[test]
    fn dingtalk_message_mangled_by_its_sender_never_panics(body in mangled(sample().to_string())) {
        let _read_or_refused = robot().read(body.as_bytes());
    }

    #[test]
    fn dingtalk_truncated_message_is_refused(cut: prop::sample::Index) {
        let body = sample().to_string();
        let left = &body.as_bytes()[..cut.index(body.len())];
        prop_assert_eq!(robot().read(left), Err(CallbackError::Malformed("JSON")));
    }
}

/// Texts near a real body: it with one stretch replaced by noise.
pub fn mangled(body: String) -> impl Strategy<Value = String> {
    let body: Vec<char> = body.chars().collect();
    (0..body.len(), 0..30usize, "\\PC{0,6}").prop_map(move |(from, cut, noise)| {
        let rest = (from + cut).min(body.len());
        body[..from].iter().copied().chain(noise.chars()).chain(body[rest..].iter().copied()).collect()
    })
}
