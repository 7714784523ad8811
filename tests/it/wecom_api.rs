//! The WeCom client against a scripted platform.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use genjin::clock::Clock;
use genjin::platform::error::DeliverError;
use genjin::platform::http::{http_client, http_client_within};
use genjin::platform::pace::WeComLimits;
use genjin::platform::wecom::api::{Sent, WeCom, WeComApp};
use genjin::platform::wecom::wire::{
    CardChange, Content, Message, ReplaceName, Send, UpdateCard, WebhookMessage, WebhookText,
};
use serde_json::json;

use crate::scripted::{Answer, Scripted, nobody, ok};

const TOKEN: &str = "GET /cgi-bin/gettoken";
const SEND: &str = "POST /cgi-bin/message/send";
const UPDATE: &str = "POST /cgi-bin/message/update_template_card";
const WEBHOOK: &str = "POST /cgi-bin/webhook/send";

fn clock() -> Clock {
    Clock::manual("2026-11-24T01:30:00Z".parse().unwrap())
}

fn client(base_url: &str, clock: &Clock) -> WeCom {
    let app = WeComApp {
        base_url: format!("{base_url}/"),
        corp_id: "ww1".into(),
        secret: "app-secret".into(),
        agent_id: 1_000_002,
    };
    WeCom::new(app, http_client(None).unwrap(), clock.clone(), WeComLimits::default())
}

fn token(value: &str) -> Answer {
    ok(json!({"errcode":0,"errmsg":"ok","access_token":value,"expires_in":7200}))
}

fn sent(msgid: &str) -> Answer {
    ok(json!({"errcode":0,"errmsg":"ok","msgid":msgid}))
}

fn error(errcode: i64, errmsg: &str) -> Answer {
    ok(json!({"errcode":errcode,"errmsg":errmsg}))
}

fn to(touser: &str) -> Send {
    Send::to_user(touser, 0, Message::text("跟进提醒：宏远机械"))
}

async fn with_token() -> (Scripted, WeCom) {
    let platform = Scripted::start().await;
    platform.always(TOKEN, token("T1"));
    let wecom = client(&platform.url, &clock());
    (platform, wecom)
}

#[tokio::test]
async fn send_is_raw_utf8_json_with_the_token_in_the_query() {
    let (platform, wecom) = with_token().await;
    platform.on(SEND, ok(json!({"errcode":0,"errmsg":"ok","msgid":"M1","response_code":"RC","new_field":1})));
    let sent = wecom.send(&to("zhangsan")).await.unwrap();
    let wanted = Sent { msgid: "M1".into(), response_code: Some("RC".into()), ..Sent::default() };
    assert_eq!(sent, wanted);

    let bought = &platform.seen(TOKEN)[0];
    assert_eq!((&*bought.query["corpid"], &*bought.query["corpsecret"]), ("ww1", "app-secret"));
    let seen = &platform.seen(SEND)[0];
    assert_eq!(seen.query["access_token"], "T1");
    assert!(seen.raw.contains("宏远机械"), "raw UTF-8, no escapes");
    assert_eq!(
        seen.json(),
        json!({"touser":"zhangsan","agentid":1000002,"msgtype":"text","text":{"content":"跟进提醒：宏远机械"},
            "enable_duplicate_check":1,"duplicate_check_interval":14400})
    );
}

#[tokio::test]
async fn refused_token_is_bought_anew_once_and_the_send_replayed() {
    for errcode in [40014, 42001, 40001] {
        let platform = Scripted::start().await;
        platform.on(TOKEN, token("T1")).on(TOKEN, token("T2"));
        platform.on(SEND, error(errcode, "invalid access_token")).on(SEND, sent("M1"));
        assert_eq!(client(&platform.url, &clock()).send(&to("zhangsan")).await.unwrap().msgid, "M1");
        let tokens: Vec<_> =
            platform.seen(SEND).iter().map(|seen| seen.query["access_token"].clone()).collect();
        assert_eq!(tokens, ["T1", "T2"], "{errcode}");
        assert_eq!(platform.seen(SEND)[0].raw, platform.seen(SEND)[1].raw);
    }
}

#[tokio::test]
async fn token_that_stays_refused_ends_after_one_replay() {
    let (platform, wecom) = with_token().await;
    platform.always(SEND, error(40014, "invalid access_token"));
    let refused = wecom.send(&to("zhangsan")).await.unwrap_err();
    assert!(matches!(&refused, DeliverError::Unauthorized { code } if code == "40014"), "{refused:?}");
    assert_eq!((platform.seen(SEND).len(), platform.seen(TOKEN).len()), (2, 2));
}

#[tokio::test]
async fn twenty_sends_at_once_buy_one_token() {
    let (platform, wecom) = with_token().await;
    platform.always(SEND, sent("M"));
    assert_eq!(send_twenty(wecom).await.iter().filter(|result| result.is_ok()).count(), 20);
    assert_eq!((platform.seen(TOKEN).len(), platform.seen(SEND).len()), (1, 20));
}

#[tokio::test]
async fn twenty_sends_at_once_share_one_refused_secret() {
    let platform = Scripted::start().await;
    platform.always(TOKEN, error(40001, "invalid credential, hint: [1], from ip: 1.2.3.4"));
    let clock = clock();
    let results = send_twenty(client(&platform.url, &clock)).await;
    for result in results {
        let refused = result.unwrap_err();
        assert!(
            matches!(&refused, DeliverError::Misconfigured { code, .. } if code == "40001"),
            "{refused:?}"
        );
    }
    assert_eq!(platform.seen(TOKEN).len(), 1, "many wrong secrets block the address");
}

#[tokio::test]
async fn refused_secret_is_tried_again_after_a_minute() {
    let platform = Scripted::start().await;
    platform.on(TOKEN, error(40001, "invalid credential")).on(TOKEN, token("T1")).on(SEND, sent("M1"));
    let clock = clock();
    let wecom = client(&platform.url, &clock);
    for _ in 0..2 {
        assert!(matches!(wecom.send(&to("a")).await, Err(DeliverError::Misconfigured { .. })));
    }
    assert_eq!(platform.count(), 1);
    clock.advance(TimeDelta::minutes(1));
    assert!(wecom.send(&to("a")).await.is_ok());
}

async fn send_twenty(wecom: WeCom) -> Vec<Result<Sent, DeliverError>> {
    let wecom = Arc::new(wecom);
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let wecom = wecom.clone();
            tokio::spawn(async move { wecom.send(&to(&format!("member{n}"))).await })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[tokio::test]
async fn token_is_renewed_five_minutes_early_by_the_clock() {
    let platform = Scripted::start().await;
    platform.on(TOKEN, token("T1")).on(TOKEN, token("T2")).always(SEND, sent("M"));
    let clock = clock();
    let wecom = client(&platform.url, &clock);
    wecom.send(&to("a")).await.unwrap();
    clock.advance(TimeDelta::seconds(6899));
    wecom.send(&to("a")).await.unwrap();
    assert_eq!(platform.seen(TOKEN).len(), 1);
    clock.advance(TimeDelta::seconds(1));
    wecom.send(&to("a")).await.unwrap();
    assert_eq!(platform.seen(SEND)[2].query["access_token"], "T2");
}

#[tokio::test]
async fn token_that_still_lives_is_used_while_its_renewal_fails() {
    let platform = Scripted::start().await;
    platform.on(TOKEN, token("T1")).always(TOKEN, error(-1, "system busy")).always(SEND, sent("M"));
    let clock = clock();
    let wecom = client(&platform.url, &clock);
    wecom.send(&to("a")).await.unwrap();
    clock.advance(TimeDelta::minutes(116));
    wecom.send(&to("a")).await.unwrap();
    clock.advance(TimeDelta::minutes(5));
    assert!(matches!(wecom.send(&to("a")).await, Err(DeliverError::Transient { .. })), "it has ended");
}

#[tokio::test]
async fn partly_invalid_recipients_are_told_and_the_rest_is_sent() {
    let (platform, wecom) = with_token().await;
    let answer = json!({"errcode":0,"errmsg":"ok","invaliduser":"gone01","unlicenseduser":"u3","msgid":"M1"});
    platform.on(SEND, ok(answer));
    let sent = wecom.send(&to("zhangsan|Gone01|u3")).await.unwrap();
    assert_eq!((sent.invalid_users, sent.unlicensed_users), (vec!["gone01".into()], vec!["u3".into()]));
}

#[tokio::test]
async fn message_that_reaches_nobody_has_no_recipient() {
    let (platform, wecom) = with_token().await;
    platform.on(SEND, ok(json!({"errcode":0,"errmsg":"ok","unlicenseduser":"ZhangSan","msgid":"M1"})));
    platform
        .on(SEND, ok(json!({"errcode":81013,"errmsg":"user & party & tag all invalid","invaliduser":"x"})));
    for wanted in ["unlicenseduser", "81013"] {
        let refused = wecom.send(&to("zhangsan")).await.unwrap_err();
        assert!(
            matches!(&refused, DeliverError::RecipientGone { code, .. } if code == wanted),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn untrusted_address_is_told_to_the_operator_with_the_address() {
    let (platform, wecom) = with_token().await;
    platform.on(SEND, error(60020, "not allow to access from your ip, hint: [1], from ip: 203.0.113.7"));
    match wecom.send(&to("a")).await {
        Err(DeliverError::Misconfigured { code, cure }) => {
            assert_eq!(code, "60020");
            assert!(cure.contains("trusted IPs") && cure.contains("203.0.113.7"), "{cure}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn throttling_in_each_form_says_how_long() {
    let (platform, wecom) = with_token().await;
    platform
        .on(SEND, error(45009, "api freq out of limit"))
        .on(SEND, Answer::Later(429, 17, json!("slow down")))
        .on(SEND, Answer::Page(503, "busy"));
    let wait = |result| match result {
        Err(DeliverError::RetryAfter(wait)) => wait.as_secs(),
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(wecom.send(&to("a")).await), 60);
    assert_eq!(wait(wecom.send(&to("a")).await), 17);
    assert!(matches!(wecom.send(&to("a")).await, Err(DeliverError::Transient { .. })));
}

#[tokio::test]
async fn answer_that_never_comes_leaves_the_send_in_doubt() {
    let platform = Scripted::start().await;
    platform.on(TOKEN, token("T1")).on(SEND, Answer::Never);
    let app = WeComApp {
        base_url: platform.url.clone(),
        corp_id: "ww1".into(),
        secret: "app-secret".into(),
        agent_id: 1_000_002,
    };
    let http = http_client_within(None, Duration::from_millis(300)).unwrap();
    let wecom = WeCom::new(app, http, clock(), WeComLimits::default());
    let lost = wecom.send(&to("a")).await.unwrap_err();
    assert!(matches!(lost, DeliverError::InDoubt(_)), "{lost:?}");
    assert!(std::error::Error::source(&lost).is_some());
    assert!(!format!("{lost:?}").contains("T1"), "no token in an error");
}

#[tokio::test]
async fn answers_that_cannot_be_read_leave_the_send_in_doubt() {
    let (platform, wecom) = with_token().await;
    platform.on(SEND, Answer::Huge).on(SEND, Answer::Page(504, "gateway timeout")).on(SEND, ok(json!("ok")));
    for _ in 0..3 {
        let lost = wecom.send(&to("a")).await.unwrap_err();
        assert!(matches!(lost, DeliverError::InDoubt(_)), "{lost:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_shows_no_secret() {
    let wecom = client(&nobody().await, &clock());
    let lost = wecom.send(&to("a")).await.unwrap_err();
    assert!(matches!(lost, DeliverError::Unreachable(_)), "{lost:?}");
    assert!(!format!("{lost:?}").contains("app-secret"));
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let (platform, wecom) = with_token().await;
    platform.on(SEND, Answer::Page(302, "elsewhere"));
    assert!(matches!(wecom.send(&to("a")).await, Err(DeliverError::Misconfigured { .. })));
    assert_eq!(platform.count(), 2);
}

#[tokio::test]
async fn card_update_names_the_members_whose_card_stays() {
    let (platform, wecom) = with_token().await;
    platform.on(UPDATE, ok(json!({"errcode":0,"errmsg":"ok","invaliduser":["u9"]})));
    platform.on(UPDATE, error(60140, "invalid response_code"));
    let update = UpdateCard {
        userids: vec!["zhangsan".into()],
        atall: None,
        agentid: 0,
        response_code: "RC".into(),
        enable_id_trans: None,
        change: CardChange::Button { button: ReplaceName { replace_name: "已联系".into() } },
    };
    assert_eq!(wecom.update_card(&update).await.unwrap(), ["u9"]);
    assert_eq!(
        platform.seen(UPDATE)[0].json(),
        json!({"userids":["zhangsan"],"agentid":1000002,"response_code":"RC","button":{"replace_name":"已联系"}})
    );
    assert!(matches!(wecom.update_card(&update).await, Err(DeliverError::RecipientGone { .. })), "used code");
}

#[tokio::test]
async fn webhook_takes_key_or_url_and_no_token() {
    let (platform, wecom) = with_token().await;
    platform.always(WEBHOOK, error(0, "ok"));
    let message = WebhookMessage::Markdown { markdown: Content { content: "**日报** <@zhangsan>".into() } };
    wecom.send_webhook("693a91f6", &message).await.unwrap();
    let url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6";
    wecom.send_webhook(url, &message).await.unwrap();
    for seen in platform.seen(WEBHOOK) {
        assert_eq!(seen.query.iter().collect::<Vec<_>>(), [(&"key".to_string(), &"693a91f6".to_string())]);
        assert_eq!(seen.json(), json!({"msgtype":"markdown","markdown":{"content":"**日报** <@zhangsan>"}}));
    }
    assert!(platform.seen(TOKEN).is_empty());
    let keyless = wecom.send_webhook("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", &message).await;
    assert!(matches!(keyless, Err(DeliverError::Misconfigured { .. })));
}

#[tokio::test]
async fn webhook_that_was_removed_is_the_operators_to_mend() {
    let (platform, wecom) = with_token().await;
    platform.on(WEBHOOK, error(93000, "invalid webhook url"));
    let message =
        WebhookMessage::Text { text: WebhookText { content: "hi".into(), ..WebhookText::default() } };
    let refused = wecom.send_webhook("gone", &message).await.unwrap_err();
    assert!(matches!(&refused, DeliverError::Misconfigured { code, .. } if code == "93000"), "{refused:?}");
}
