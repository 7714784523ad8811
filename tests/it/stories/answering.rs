//! The other three buttons of a warning, each to its end: 明天提醒, 移交, 关闭商机; and what takes a closing back.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::Value;

use super::buttons;
use crate::stage::{Phone, REP_DINGTALK, REP_WECOM, Stage, said};

/// Who has exactly one overdue deal after two days, whose it is, a mate of theirs, and their manager.
const REPS: [Rep; 2] = [
    Rep {
        who: REP_WECOM,
        customer: "鑫源",
        mate: ("徐静", ("wecom", "XuJing")),
        manager: ("wecom", "LiMing"),
    },
    Rep {
        who: REP_DINGTALK,
        customer: "粤味香",
        mate: ("黄嘉欣", ("dingtalk", "huangjiaxin")),
        manager: ("dingtalk", "chenguodong"),
    },
];

struct Rep {
    who: (&'static str, &'static str),
    customer: &'static str,
    mate: (&'static str, (&'static str, &'static str)),
    manager: (&'static str, &'static str),
}

/// How often the person was told that this customer waits, alone or in a list.
async fn told(phone: Phone<'_>, customer: &str) -> usize {
    let about = |message: &&Value| {
        let said = said(message);
        said.contains(customer) && (said.contains("没跟进") || said.contains("该动一动"))
    };
    phone.messages().await.iter().filter(about).count()
}

/// The card with this id once it shows `words`.
async fn shows(stage: &Stage, phone: Phone<'_>, card: &Value, words: &str) {
    stage
        .eventually(&format!("the card shows 「{words}」"), async || {
            let messages = phone.messages().await;
            let now = messages.into_iter().find(|message| message["id"] == card["id"])?;
            said(&now).contains(words).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tomorrow_brings_the_warning_again_at_nine_of_the_next_working_day_and_once() {
    let stage = Stage::open().await;
    stage.wait("48h").await;
    let rules = genjin::config::load_with_unset_secrets(&stage.config, &|_| None).unwrap();
    let now: DateTime<Utc> = stage.get("/sim/world").await["now"].as_str().unwrap().parse().unwrap();
    let nine = rules.calendar.next_workday_at(now, NaiveTime::from_hms_opt(9, 0, 0).unwrap());
    for rep in &REPS {
        let phone = stage.phone(rep.who);
        let warning = phone.sees("没跟进").await;
        phone.taps(&warning, "明天提醒").await;
        shows(&stage, phone, &warning, "9:00 提醒").await;
    }
    stage.until(nine - TimeDelta::minutes(1)).await;
    for rep in &REPS {
        assert_eq!(told(stage.phone(rep.who), rep.customer).await, 1, "not before nine");
    }
    stage.until(nine).await;
    for rep in &REPS {
        assert_eq!(told(stage.phone(rep.who), rep.customer).await, 2);
    }
    stage.wait("24h").await;
    for rep in &REPS {
        assert_eq!(told(stage.phone(rep.who), rep.customer).await, 2, "it is the same lapse");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deal_that_is_handed_over_is_told_to_its_new_owner_who_is_warned_from_then_on() {
    let stage = Stage::open().await;
    stage.wait("48h").await;
    for rep in &REPS {
        let (phone, mate) = (stage.phone(rep.who), stage.phone(rep.mate.1));
        let warning = phone.sees("没跟进").await;
        phone.taps(&warning, "移交").await;
        let offer = phone.sees("交给谁").await;
        assert!(buttons(&offer).iter().any(|button| button == rep.mate.0), "{offer}");
        phone.taps(&offer, rep.mate.0).await;
        shows(&stage, phone, &warning, "已移交").await;
        let news = mate.sees(rep.customer).await;
        assert_eq!(told(mate, rep.customer).await, 0, "the new owner begins a stretch of their own: {news}");
    }
    for _day in 0..7 {
        stage.wait("24h").await;
    }
    for rep in &REPS {
        assert_eq!(told(stage.phone(rep.mate.1), rep.customer).await, 1, "{}", rep.customer);
        assert_eq!(told(stage.phone(rep.who), rep.customer).await, 1, "the old owner hears no more of it");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_deals_stand_in_the_managers_digest_with_their_end() {
    let stage = Stage::open().await;
    stage.wait("48h").await;
    let [wecom, dingtalk] = &REPS;
    let phone = stage.phone(wecom.who);
    close(&stage, phone, &phone.sees("没跟进").await, "赢单").await;
    let phone = stage.phone(dingtalk.who);
    close(&stage, phone, &phone.sees("没跟进").await, "丢单").await;
    let why = phone.sees("主要丢在哪").await;
    assert_eq!(buttons(&why), ["价格", "竞品", "没预算", "找不到人", "不做了"]);
    phone.taps(&why, "竞品").await;
    phone.sees("丢单（竞品）").await;
    let phone = stage.phone(("wecom", "ChenHao"));
    phone.says("1").await;
    let warning = phone.sees("没跟进").await;
    let shelved = said(&warning).split('：').next().unwrap().trim().to_owned();
    close(&stage, phone, &warning, "搁置").await;

    stage.wait("9h").await;
    let digest = said(&stage.phone(wecom.manager).sees("关闭：").await);
    assert!(digest.contains("鑫源食品（小王，赢单）"), "{digest}");
    assert!(digest.contains(&format!("{shelved}（陈浩，搁置）")), "{digest}");
    let digest = said(&stage.phone(dingtalk.manager).sees("关闭：").await);
    assert!(digest.contains("粤味香（娜姐，丢单，竞品）"), "{digest}");
    stage.close().await;
}

/// 关闭商机 on a warning, then this end.
async fn close(stage: &Stage, phone: Phone<'_>, warning: &Value, end: &str) {
    phone.taps(warning, "关闭商机").await;
    let ask = phone.sees("结果是哪种").await;
    phone.taps(&ask, end).await;
    shows(stage, phone, &ask, end).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_after_the_reason_of_a_loss_opens_the_deal_again() {
    let stage = Stage::open().await;
    stage.wait("48h").await;
    for rep in &REPS {
        let phone = stage.phone(rep.who);
        close(&stage, phone, &phone.sees("没跟进").await, "丢单").await;
        phone.taps(&phone.sees("主要丢在哪").await, "价格").await;
        phone.sees("丢单（价格）").await;
        let undone = phone.says("撤销").await;
        assert!(undone.iter().any(|answer| said(answer).contains("丢单")), "{undone:?}");
        let deal = phone.says(&format!("商机 {}", rep.customer)).await;
        assert!(deal.iter().all(|answer| !said(answer).contains("丢单")), "{deal:?}");
        let nothing = phone.says("重开").await;
        assert!(nothing.iter().all(|answer| !said(answer).contains("重开了")), "{nothing:?}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reopened_deal_gets_its_meeting_back_and_the_pack_before_it() {
    let stage = Stage::open().await;
    for (who, customer, time) in [(REP_WECOM, "宏远机械", "14:30"), (REP_DINGTALK, "永兴铸造", "15:20")]
    {
        let phone = stage.phone(who);
        let choice = phone.says(&format!("关闭 {customer}")).await;
        let vision = buttons(&choice[0]).into_iter().find(|text| text.contains("视觉检测"));
        phone.taps(&choice[0], &vision.unwrap_or_else(|| panic!("{choice:?}"))).await;
        let ask = phone.sees("结果是哪种").await;
        phone.taps(&ask, "搁置").await;
        phone.sees("可以恢复").await;
        let reopened = phone.says("重开").await;
        assert!(said(&reopened[0]).contains(&format!("今天 {time}")), "{reopened:?}");
    }
    stage.wait("6h").await;
    for (who, pack) in [(REP_WECOM, "14:30 宏远机械"), (REP_DINGTALK, "15:20 永兴铸造")] {
        assert_eq!(stage.phone(who).count(pack).await, 1);
    }
    stage.close().await;
}
