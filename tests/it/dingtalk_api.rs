//! The DingTalk client against a scripted platform.

use std::collections::BTreeMap;
use std::time::Duration;

use genjin::clock::Clock;
use genjin::platform::dingtalk::api::{DingTalk, DingTalkApp, PersonSent};
use genjin::platform::dingtalk::wire::{
    CreateCard, RegisterCallback, RobotMessage, UpdateCard, WebhookMessage, sys_full_json_obj,
};
use genjin::platform::error::DeliverError;
use genjin::platform::http::{http_client, http_client_within};
use genjin::platform::pace::DingTalkLimits;
use serde_json::{Value, json};

use crate::scripted::{Answer, Scripted, nobody, ok};

const TOKEN: &str = "POST /v1.0/oauth2/accessToken";
const PERSON: &str = "POST /v1.0/robot/oToMessages/batchSend";
const GROUP: &str = "POST /v1.0/robot/groupMessages/send";
const SESSION: &str = "POST /robot/sendBySession";
const WEBHOOK: &str = "POST /robot/send";
const CREATE: &str = "POST /v1.0/card/instances/createAndDeliver";
const UPDATE: &str = "PUT /v1.0/card/instances";
const REGISTER: &str = "POST /v1.0/card/callbacks/register";

const HEADER: &str = "x-acs-dingtalk-access-token";

/// The instant of the reference's signature vectors.
fn clock() -> Clock {
    Clock::manual("2023-11-14T22:13:20.123Z".parse().unwrap())
}

fn client(base_url: &str, limits: DingTalkLimits) -> DingTalk {
    client_with(base_url, limits, http_client(None).unwrap())
}

fn client_with(base_url: &str, limits: DingTalkLimits, http: reqwest::Client) -> DingTalk {
    let app = DingTalkApp {
        base_url_new: base_url.into(),
        base_url_old: base_url.into(),
        app_key: "dingsimappkey00001".into(),
        app_secret: "sim-app-secret-0001".into(),
        robot_code: "dingsimappkey00001".into(),
        agent_id: None,
    };
    DingTalk::new(app, http, clock(), limits)
}

/// Limits that no test reaches; `pacing` has those of the platform.
fn unlimited() -> DingTalkLimits {
    serde_json::from_value(json!({
        "api": {"burst": 1000, "refill": 1, "per_s": 1}, "webhook": {"burst": 1000, "refill": 1, "per_s": 1}
    }))
    .unwrap()
}

async fn with_token() -> (Scripted, DingTalk) {
    let platform = Scripted::start().await;
    platform.always(TOKEN, token("T1"));
    let dingtalk = client(&platform.url, unlimited());
    (platform, dingtalk)
}

fn token(value: &str) -> Answer {
    ok(json!({"accessToken":value,"expireIn":7200}))
}

fn failure(status: u16, code: &str) -> Answer {
    Answer::Json(status, json!({"code":code,"message":"…","requestid":"0F714542"}))
}

fn text() -> RobotMessage {
    RobotMessage::SampleText { content: "跟进提醒".into() }
}

fn zhangsan() -> Vec<String> {
    vec!["zhangsan".into()]
}

#[track_caller]
fn wait(result: Result<impl std::fmt::Debug, DeliverError>) -> u64 {
    match result {
        Err(DeliverError::RetryAfter(wait)) => wait.as_secs(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn message_to_a_person_carries_the_token_in_its_header_and_param_as_a_string() {
    let (platform, dingtalk) = with_token().await;
    platform.on(PERSON, ok(json!({"processQueryKey":"K1"})));
    let sent = dingtalk.send_person(&zhangsan(), &text()).await.unwrap();
    assert_eq!(sent, PersonSent { process_query_key: "K1".into(), ..PersonSent::default() });
    assert_eq!(
        platform.seen(TOKEN)[0].json(),
        json!({"appKey":"dingsimappkey00001","appSecret":"sim-app-secret-0001"})
    );
    let seen = &platform.seen(PERSON)[0];
    assert_eq!((seen.header(HEADER), seen.header("content-type")), ("T1", "application/json"));
    assert!(seen.query.is_empty());
    assert_eq!(
        seen.json(),
        json!({"robotCode":"dingsimappkey00001","userIds":["zhangsan"],"msgKey":"sampleText",
            "msgParam":"{\"content\":\"跟进提醒\"}"})
    );
}

#[tokio::test]
async fn refused_token_is_bought_anew_once_and_the_call_replayed() {
    for refusal in [failure(400, "InvalidAuthentication"), failure(401, "InvalidAuthentication")] {
        let platform = Scripted::start().await;
        platform.on(TOKEN, token("T1")).on(TOKEN, token("T2"));
        platform.on(GROUP, refusal).on(GROUP, ok(json!({"processQueryKey":"K1"})));
        let dingtalk = client(&platform.url, unlimited());
        assert_eq!(dingtalk.send_group("cidSIM/1+==", &text()).await.unwrap(), "K1");
        let tokens: Vec<_> = platform.seen(GROUP).iter().map(|seen| seen.header(HEADER).to_owned()).collect();
        assert_eq!(tokens, ["T1", "T2"]);
        assert_eq!(
            platform.seen(GROUP)[0].json()["openConversationId"],
            "cidSIM/1+==",
            "case and signs are kept"
        );
    }
}

#[tokio::test]
async fn token_that_stays_refused_ends_after_one_replay() {
    let (platform, dingtalk) = with_token().await;
    platform.always(PERSON, failure(400, "InvalidAuthentication"));
    let refused = dingtalk.send_person(&zhangsan(), &text()).await.unwrap_err();
    assert!(matches!(refused, DeliverError::Unauthorized { .. }), "{refused:?}");
    assert_eq!((platform.seen(PERSON).len(), platform.seen(TOKEN).len()), (2, 2));
}

#[tokio::test]
async fn wrong_secret_is_the_operators_to_mend() {
    let platform = Scripted::start().await;
    platform.on(TOKEN, failure(400, "invalidClientIdOrSecret"));
    let refused = client(&platform.url, unlimited()).send_person(&zhangsan(), &text()).await.unwrap_err();
    assert!(matches!(refused, DeliverError::Misconfigured { .. }), "{refused:?}");
}

#[tokio::test]
async fn people_who_did_not_get_it_are_told_by_reason() {
    let (platform, dingtalk) = with_token().await;
    let answer = |invalid: Value, controlled: Value| {
        ok(json!({"processQueryKey":"K","invalidStaffIdList":invalid,"flowControlledStaffIdList":controlled}))
    };
    let people = ["zhangsan".to_string(), "gone01".into(), "busy01".into()];
    platform.on(PERSON, answer(json!(["gone01"]), json!(["busy01"])));
    let sent = dingtalk.send_person(&people, &text()).await.unwrap();
    assert_eq!((&*sent.invalid_users, &*sent.too_many_messages), (&people[1..2], &people[2..]));

    platform.on(PERSON, answer(json!(["gone01"]), json!([])));
    let gone = dingtalk.send_person(&people[1..2], &text()).await.unwrap_err();
    assert!(matches!(gone, DeliverError::RecipientGone { .. }), "{gone:?}");
    platform.on(PERSON, answer(json!([]), json!(["busy01"])));
    assert_eq!(wait(dingtalk.send_person(&people[2..], &text()).await), 60);
}

#[tokio::test]
async fn throttling_in_each_form_says_how_long() {
    let (platform, dingtalk) = with_token().await;
    for (answer, seconds) in [
        (failure(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), 1),
        (failure(403, "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"), 60),
        (failure(400, "send.too.fast"), 60),
        (failure(429, "system.busy"), 1),
        (Answer::Later(403, 9, json!({"code":"Forbidden.AccessDenied.QpsLimitForApi","message":""})), 9),
        (ok(json!({"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"})), 300),
        (Answer::Page(200, "<!DOCTYPE html><html>…"), 300),
        (Answer::Page(403, "<html>…"), 300),
    ] {
        platform.on(PERSON, answer);
        assert_eq!(wait(dingtalk.send_person(&zhangsan(), &text()).await), seconds);
    }
    platform.on(PERSON, failure(403, "Forbidden.AccessDenied.ApiCountLimitForOrg"));
    match dingtalk.send_person(&zhangsan(), &text()).await {
        Err(DeliverError::QuotaGone { until }) => assert_eq!(until.to_rfc3339(), "2023-11-30T16:00:00+00:00"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn missing_permission_names_the_scopes_to_grant() {
    let (platform, dingtalk) = with_token().await;
    platform.on(
        PERSON,
        Answer::Json(
            403,
            json!({"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","requestid":"0F71","message":"没有权限",
                "accessdenieddetail":{"requiredScopes":["Card.Instance.Write"]}}),
        ),
    );
    match dingtalk.send_person(&zhangsan(), &text()).await {
        Err(DeliverError::Misconfigured { cure, .. }) => {
            assert!(cure.contains("Card.Instance.Write"), "{cure}")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn unclear_answers_leave_a_send_in_doubt() {
    let (platform, dingtalk) = with_token().await;
    for answer in [
        failure(400, "unknown.send.result"),
        failure(500, "system.error"),
        Answer::Page(504, "<html>gateway timeout"),
        Answer::Page(200, ""),
        Answer::Huge,
    ] {
        platform.on(PERSON, answer);
        let lost = dingtalk.send_person(&zhangsan(), &text()).await.unwrap_err();
        assert!(matches!(lost, DeliverError::InDoubt(_)), "{lost:?}");
    }
}

#[tokio::test]
async fn token_that_never_comes_is_unreachable_since_nothing_was_sent() {
    let platform = Scripted::start().await;
    platform.on(TOKEN, Answer::Never);
    let http = http_client_within(None, Duration::from_millis(300)).unwrap();
    let dingtalk = client_with(&platform.url, unlimited(), http);
    let lost = dingtalk.send_person(&zhangsan(), &text()).await.unwrap_err();
    assert!(matches!(lost, DeliverError::Unreachable(_)), "{lost:?}");
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let dingtalk = client(&nobody().await, unlimited());
    let lost = dingtalk.send_person(&zhangsan(), &text()).await.unwrap_err();
    assert!(matches!(lost, DeliverError::Unreachable(_)), "{lost:?}");
}

#[tokio::test]
async fn session_is_answered_without_a_token() {
    let (platform, dingtalk) = with_token().await;
    platform.on(SESSION, ok(json!({"errcode":0,"errmsg":"ok"})));
    let url = format!("{}/robot/sendBySession?session=0123abcd", platform.url);
    dingtalk.send_session(&url, &WebhookMessage::text("好")).await.unwrap();
    let seen = &platform.seen(SESSION)[0];
    assert_eq!(seen.query["session"], "0123abcd");
    assert_eq!(seen.json(), json!({"msgtype":"text","text":{"content":"好"}}));
    assert!(platform.seen(TOKEN).is_empty());

    platform.on(SESSION, ok(json!({"errcode":300001,"errmsg":"session 不存在"})));
    let over = dingtalk.send_session(&url, &WebhookMessage::text("好")).await.unwrap_err();
    assert!(matches!(over, DeliverError::RecipientGone { .. }), "{over:?}");
}

#[tokio::test]
async fn session_on_any_other_host_is_refused_and_not_called() {
    let (platform, dingtalk) = with_token().await;
    let here = platform.url.trim_start_matches("http://");
    let port = here.rsplit(':').next().unwrap();
    for url in [
        "http://169.254.169.254/latest/meta-data/".to_string(),
        format!("https://{here}/robot/sendBySession?session=1"),
        format!("http://user:pw@{here}/robot/sendBySession?session=1"),
        format!("http://user@{here}/robot/sendBySession?session=1"),
        format!("http://{here}@evil.example/robot/sendBySession"),
        format!("http://localhost:{port}/robot/sendBySession"),
        "http://127.0.0.1:1/robot/sendBySession".into(),
        "file:///etc/passwd".into(),
        "/robot/sendBySession".into(),
        String::new(),
    ] {
        let refused = dingtalk.send_session(&url, &WebhookMessage::text("好")).await.unwrap_err();
        assert!(matches!(refused, DeliverError::Rejected { .. }), "{url}: {refused:?}");
    }
    assert_eq!(platform.count(), 0);
}

#[tokio::test]
async fn webhook_is_signed_and_the_signature_encoded_once() {
    let (platform, dingtalk) = with_token().await;
    platform.always(WEBHOOK, ok(json!({"errcode":"0","errmsg":"ok"})));
    let message =
        WebhookMessage { msg_uuid: Some("row-7".into()), ..WebhookMessage::markdown("日报", "### 日报") };
    let secret = "SECsim0123456789".into();
    let url = "https://oapi.dingtalk.com/robot/send?access_token=64hex";
    dingtalk.send_webhook(url, Some(&secret), &message).await.unwrap();
    dingtalk.send_webhook("64hex", None, &message).await.unwrap();
    let seen = platform.seen(WEBHOOK);
    assert_eq!(seen[0].query["access_token"], "64hex");
    assert_eq!(seen[0].query["timestamp"], "1700000000123");
    assert_eq!(seen[0].query["sign"], "GjG2N9nGwq9+Az2+hAKZjRQCpfsx9YNl/VZRWwS+6b0=");
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(
        seen[0].json(),
        json!({"msgtype":"markdown","markdown":{"title":"日报","text":"### 日报"},"msgUuid":"row-7"})
    );
    assert_eq!(seen[1].query.len(), 1, "no secret, no signature");
    assert!(platform.seen(TOKEN).is_empty());
}

#[tokio::test]
async fn webhook_refusals_are_told_apart() {
    let (platform, dingtalk) = with_token().await;
    platform.on(WEBHOOK, ok(json!({"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"})));
    assert_eq!(wait(dingtalk.send_webhook("t", None, &WebhookMessage::text("a")).await), 600);
    for (errcode, errmsg) in [(310_000, "sign not match"), (300_001, "token is not exist")] {
        platform.on(WEBHOOK, ok(json!({"errcode":errcode,"errmsg":errmsg})));
        match dingtalk.send_webhook("t", None, &WebhookMessage::text("a")).await {
            Err(DeliverError::Misconfigured { cure, .. }) => assert!(cure.contains(errmsg), "{cure}"),
            other => panic!("{other:?}"),
        }
    }
    platform.on(WEBHOOK, ok(json!({"errcode":400106,"errmsg":"robot not in group"})));
    let gone = dingtalk.send_webhook("t", None, &WebhookMessage::text("a")).await.unwrap_err();
    assert!(matches!(gone, DeliverError::RecipientGone { .. }), "{gone:?}");
}

fn card() -> CreateCard {
    let mut card = CreateCard::to_person("dingsimappkey00001", "zhangsan", "e1-42", "genjin", "跟进提醒");
    let params = &mut card.card_data.card_param_map;
    params.insert("markdown".into(), "### 宏远机械".into());
    params.insert("sys_full_json_obj".into(), sys_full_json_obj(&[]));
    card
}

#[tokio::test]
async fn card_is_created_and_its_delivery_looked_at() {
    let (platform, dingtalk) = with_token().await;
    let delivered = |success: bool, error: &str| {
        ok(json!({"success":true,"result":{"outTrackId":"e1-42","deliverResults":[{"spaceType":"IM_ROBOT",
            "spaceId":"zhangsan","success":success,"carrierId":"K1","errorMsg":error}]}}))
    };
    platform.on(CREATE, delivered(true, ""));
    assert_eq!(dingtalk.create_card(&card()).await.unwrap().as_deref(), Some("K1"));
    let body = platform.seen(CREATE)[0].json();
    assert_eq!(body["openSpaceId"], "dtv1.card//IM_ROBOT.zhangsan");
    assert_eq!(body["callbackType"], "HTTP");

    platform.on(CREATE, delivered(false, "spaceId is illegal"));
    let gone = dingtalk.create_card(&card()).await.unwrap_err();
    assert!(matches!(gone, DeliverError::RecipientGone { .. }), "{gone:?}");
    platform.on(CREATE, delivered(false, "something else"));
    let refused = dingtalk.create_card(&card()).await.unwrap_err();
    assert!(
        matches!(&refused, DeliverError::Rejected { hint, .. } if hint == "something else"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn card_that_exists_already_is_this_one() {
    let (platform, dingtalk) = with_token().await;
    platform.on(CREATE, failure(400, "param.cardAlreadyExist"));
    assert_eq!(dingtalk.create_card(&card()).await.unwrap(), None);
}

#[tokio::test]
async fn card_update_keeps_what_it_does_not_name() {
    let (platform, dingtalk) = with_token().await;
    platform
        .on(UPDATE, ok(json!({"success":true,"result":true})))
        .on(UPDATE, failure(400, "param.cardNotExist"));
    let update = UpdateCard::changing("e1-42", BTreeMap::from([("tips".into(), "已记录".into())]));
    dingtalk.update_card(&update).await.unwrap();
    assert_eq!(
        platform.seen(UPDATE)[0].json(),
        json!({"outTrackId":"e1-42","cardData":{"cardParamMap":{"tips":"已记录"}},"userIdType":1,
            "cardUpdateOptions":{"updateCardDataByKey":true,"updatePrivateDataByKey":true}})
    );
    let gone = dingtalk.update_card(&update).await.unwrap_err();
    assert!(matches!(gone, DeliverError::RecipientGone { .. }), "{gone:?}");
}

#[tokio::test]
async fn callback_key_that_stands_for_another_url_is_told() {
    let (platform, dingtalk) = with_token().await;
    let register = RegisterCallback {
        callback_route_key: "genjin".into(),
        callback_url: "https://bot.example/dingtalk/cards".into(),
        api_secret: Some("card-secret".into()),
        force_update: false,
    };
    let answer =
        |url: &str| ok(json!({"success":true,"result":{"callbackUrl":url,"apiSecret":"card-secret"}}));
    platform.on(REGISTER, answer(&register.callback_url)).on(REGISTER, answer("https://other.example"));
    platform.on(REGISTER, failure(500, "param.callbackRouteKeyExist"));
    dingtalk.register_card_callback(&register).await.unwrap();
    for _ in 0..2 {
        let refused = dingtalk.register_card_callback(&register).await.unwrap_err();
        assert!(matches!(refused, DeliverError::Misconfigured { .. }), "{refused:?}");
    }
}
