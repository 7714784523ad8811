//! Pacing: below the platforms' limits, by the clock alone.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::platform::error::DeliverError;
use genjin::platform::http::http_client;
use genjin::platform::pace::{Bucket, DingTalkLimits, Rate, WeComLimits};
use genjin::platform::wecom::api::{WeCom, WeComApp};
use genjin::platform::wecom::wire::{Content, Message, Send, WebhookMessage};
use proptest::prelude::*;
use serde_json::json;

use crate::scripted::{Scripted, ok};

fn noon() -> DateTime<Utc> {
    "2026-11-24T04:00:00Z".parse().unwrap()
}

#[test]
fn bucket_lets_its_burst_pass_and_then_says_when() {
    let mut bucket = Bucket::new(Rate::new(2, 15, 60).unwrap());
    assert_eq!(bucket.take(noon()), Ok(()));
    assert_eq!(bucket.take(noon()), Ok(()));
    let free_at = noon() + TimeDelta::seconds(4);
    assert_eq!(bucket.take(noon()), Err(free_at));
    assert_eq!(bucket.take(free_at - TimeDelta::milliseconds(1)), Err(free_at));
    assert_eq!(bucket.take(free_at), Ok(()));
    assert_eq!(bucket.take(noon() + TimeDelta::hours(1)), Ok(()));
}

#[test]
fn clock_that_went_back_holds_nobody_longer_than_a_full_refill() {
    let mut bucket = Bucket::new(Rate::new(2, 15, 60).unwrap());
    bucket.take(noon()).unwrap();
    let yesterday = noon() - TimeDelta::days(1);
    let free_at = bucket.take(yesterday).unwrap_err();
    assert!(free_at <= yesterday + TimeDelta::seconds(8), "{free_at}");
}

#[test]
fn limits_are_overridden_one_by_one_and_unknown_or_zero_ones_refused() {
    let limits: DingTalkLimits =
        serde_json::from_value(json!({"api":{"burst":5,"refill":55,"per_s":1}})).unwrap();
    assert_eq!(limits.api, Rate::new(5, 55, 1).unwrap());
    assert_eq!(limits.webhook, DingTalkLimits::default().webhook);
    let refused = |value| serde_json::from_value::<WeComLimits>(value).unwrap_err().to_string();
    assert!(refused(json!({"member_second":{"burst":1,"refill":1,"per_s":1}})).contains("member_second"));
    assert!(refused(json!({"webhook":{"burst":0,"refill":1,"per_s":1}})).contains("at least 1"));
}

proptest! {
    #[test]
    fn no_window_holds_more_than_the_published_limit(gaps in prop::collection::vec(0_i64..4000, 1..200)) {
        for (rate, window, published) in [
            (WeComLimits::default().member_minute, 60, 30),
            (WeComLimits::default().webhook, 60, 20),
            (DingTalkLimits::default().webhook, 60, 20),
            (DingTalkLimits::default().api, 1, 20),
            (WeComLimits::default().member_hour, 3600, 1000),
        ] {
            let (mut bucket, mut now, mut passed) = (Bucket::new(rate), noon(), Vec::new());
            for gap in &gaps {
                now += TimeDelta::milliseconds(gap / 10);
                if bucket.take(now).is_ok() {
                    passed.push(now);
                }
            }
            for (n, &from) in passed.iter().enumerate() {
                let to = from + TimeDelta::seconds(window);
                let within = passed[n..].iter().take_while(|&&at| at < to).count();
                prop_assert!(within <= published, "{within} within {window} s");
            }
        }
    }
}

async fn wecom(clock: &Clock) -> (Scripted, Arc<WeCom>) {
    let platform = Scripted::start().await;
    platform.always(
        "GET /cgi-bin/gettoken",
        ok(json!({"errcode":0,"errmsg":"ok","access_token":"T","expires_in":7200})),
    );
    platform.always("POST /cgi-bin/message/send", ok(json!({"errcode":0,"errmsg":"ok","msgid":"M"})));
    platform.always("POST /cgi-bin/webhook/send", ok(json!({"errcode":0,"errmsg":"ok"})));
    let app = WeComApp {
        base_url: platform.url.clone(),
        corp_id: "ww1".into(),
        secret: "s".into(),
        agent_id: 1_000_002,
    };
    let client = WeCom::new(app, http_client(None).unwrap(), clock.clone(), WeComLimits::default());
    (platform, Arc::new(client))
}

fn to(member: &str) -> Send {
    Send::to_user(member, 1_000_002, Message::text("a"))
}

#[tokio::test]
async fn call_waits_its_turn_by_the_clock() {
    let clock = Clock::manual(noon());
    let (platform, wecom) = wecom(&clock).await;
    for _ in 0..9 {
        wecom.send(&to("zhangsan")).await.unwrap();
    }
    let waiting = tokio::spawn({
        let wecom = wecom.clone();
        async move { wecom.send(&to("ZhangSan")).await }
    });
    tokio::task::yield_now().await;
    wecom.send(&to("lisi")).await.unwrap();
    assert!(!waiting.is_finished(), "one member's bucket is not another's, and case makes no second member");
    assert_eq!(platform.seen("POST /cgi-bin/message/send").len(), 10);
    clock.advance(TimeDelta::seconds(3));
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn call_that_would_wait_for_long_is_handed_back_unsent() {
    let clock = Clock::manual(noon());
    let (platform, wecom) = wecom(&clock).await;
    let message = WebhookMessage::Markdown { markdown: Content { content: "日报".into() } };
    for _ in 0..4 {
        wecom.send_webhook("key", &message).await.unwrap();
    }
    match wecom.send_webhook("key", &message).await {
        Err(DeliverError::RetryAfter(wait)) => assert_eq!(wait.as_secs(), 4),
        other => panic!("{other:?}"),
    }
    assert_eq!(platform.seen("POST /cgi-bin/webhook/send").len(), 4);
    wecom.send_webhook("another", &message).await.unwrap();
}
