//! Action cards in the users' words: a manager's sentence to the archive, on the whole program and on both platforms,
//! every step once by taps and once by words.

pub mod media;

use serde_json::Value;

use crate::stage::{Phone, Stage, said};

/// A manager, whom they lead, and a customer of that rep, on one platform.
struct Pair {
    manager: (&'static str, &'static str),
    rep: (&'static str, &'static str),
    call: &'static str,
    customer: &'static str,
}

const PAIRS: [Pair; 2] = [
    Pair {
        manager: ("wecom", "LiMing"), rep: ("wecom", "WangLei"), call: "小王", customer: "鑫源食品"
    },
    Pair {
        manager: ("dingtalk", "chenguodong"),
        rep: ("dingtalk", "lina"),
        call: "娜姐",
        customer: "粤味香",
    },
];

fn buttons(message: &Value) -> Vec<&str> {
    let buttons = message["buttons"].as_array().into_iter().flatten();
    buttons.map(|button| button["text"].as_str().unwrap_or("")).collect()
}

/// The newest message of a phone that has all these words.
async fn sees(stage: &Stage, phone: Phone<'_>, words: &[&str]) -> Value {
    stage
        .eventually(&format!("a message with {words:?}"), async || {
            let messages = phone.messages().await;
            let fits = |message: &Value| words.iter().all(|words| said(message).contains(words));
            messages.into_iter().rev().find(|message| message["from"] != "me" && fits(message))
        })
        .await
}

/// Waits until a card shows that it was answered.
async fn is_done(stage: &Stage, phone: Phone<'_>, card: &Value, words: &str) {
    stage
        .eventually(&format!("the card shows {words}"), async || {
            let messages = phone.messages().await;
            let now = messages.into_iter().find(|message| message["id"] == card["id"])?;
            let done = said(&now).contains(words) || now["buttons"].to_string().contains(words);
            done.then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn task_goes_from_a_sentence_to_the_archive_by_taps() {
    let stage = Stage::open().await;
    for pair in PAIRS {
        let (manager, rep) = (stage.phone(pair.manager), stage.phone(pair.rep));
        let Pair { call, customer, .. } = pair;
        let given =
            manager.says(&format!("@{call} 下周三前 给{customer}发报价单：1 写明交期 2 写明付款方式")).await;
        assert!(said(&given[0]).contains("派出去了"), "{given:?}");
        assert_eq!(buttons(&given[0]), ["撤销"]);

        let card = sees(&stage, rep, &[call, "下周三前", "发报价单", "写明交期", "写明付款方式"]).await;
        assert_eq!(buttons(&card), ["开始做", "有困难"]);
        rep.taps(&card, "开始做").await;
        let asks = sees(&stage, rep, &["等你交", "发报价单"]).await;
        is_done(&stage, rep, &card, "开始了").await;
        assert_eq!(buttons(&asks), ["提交", "有困难"]);

        let got = rep.says("报价单发了，交期 30 天").await;
        let got = got.iter().find(|answer| said(answer).contains("收好了")).unwrap();
        assert!(said(got).contains("付款方式"), "what is still missing is named: {got}");
        rep.says("付款方式三七开").await;
        let ready = sees(&stage, rep, &["收好了", "没有要补的就点"]).await;
        rep.taps(&ready, "提交").await;
        sees(&stage, rep, &["交上去了", "等"]).await;
        is_done(&stage, rep, &ready, "交上去了").await;

        let review = sees(&stage, manager, &[call, "初筛", "发报价单", "付款方式三七开"]).await;
        assert_eq!(buttons(&review), ["通过", "退回"]);
        manager.taps(&review, "通过").await;
        is_done(&stage, manager, &review, "通过了").await;
        sees(&stage, rep, &["通过了", "发报价单"]).await;
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn task_goes_back_once_and_through_by_words_alone() {
    let stage = Stage::open().await;
    for pair in PAIRS {
        let (manager, rep) = (stage.phone(pair.manager), stage.phone(pair.rep));
        let Pair { call, customer, .. } = pair;
        manager.says(&format!("派{call}下周三前给{customer}发报价单：1 写明交期 2 写明付款方式")).await;
        sees(&stage, rep, &["发报价单", "交什么"]).await;
        rep.says("开始").await;
        rep.says("交期 30 天").await;
        rep.says("提交").await;
        sees(&stage, manager, &["初筛", "没看到", "写明付款方式"]).await;
        manager.says("退回").await;
        manager.says("付款方式也写上").await;
        sees(&stage, rep, &["差一点", "付款方式也写上"]).await;
        rep.says("付款方式三七开").await;
        rep.says("1").await;
        sees(&stage, manager, &["初筛", "付款方式三七开"]).await;
        manager.says("通过").await;
        sees(&stage, rep, &["通过了", "发报价单"]).await;
        let none = rep.says("任务").await;
        assert!(said(&none[0]).contains("现在没有任务"), "{none:?}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn day_that_passes_is_told_once_also_over_a_restart() {
    let stage = Stage::open().await;
    for pair in &PAIRS {
        let task = format!("@{} 今天给{}发报价单", pair.call, pair.customer);
        stage.phone(pair.manager).says(&task).await;
    }
    stage.wait("24h").await;
    for pair in &PAIRS {
        let told = sees(&stage, stage.phone(pair.rep), &["发报价单", "到期了"]).await;
        assert_eq!(buttons(&told), ["开始做", "有困难"]);
    }
    let stage = stage.again().await;
    stage.wait("24h").await;
    for pair in &PAIRS {
        assert_eq!(stage.phone(pair.rep).count("到期只提醒这一次").await, 1);
        let digest = sees(&stage, stage.phone(pair.manager), &["任务到期", pair.call]).await;
        assert!(said(&digest).contains("免打扰"), "{digest}");
        let rep = stage.phone(pair.rep);
        rep.taps(&rep.sees("到期只提醒这一次").await, "有困难").await;
        let why = sees(&stage, rep, &["卡在哪了"]).await;
        rep.taps(&why, "客户没回").await;
        sees(&stage, stage.phone(pair.manager), &["卡住了", "客户没回"]).await;
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn task_is_given_from_the_digest_by_taps_and_taken_back_by_its_button() {
    let stage = Stage::open().await;
    for _day in 0..7 {
        stage.wait("24h").await;
    }
    for pair in &PAIRS {
        let manager = stage.phone(pair.manager);
        let digest = sees(&stage, manager, &["卡住", "个"]).await;
        manager.taps(&digest, "1").await;
        let deal = stage
            .eventually("the deal opens", async || {
                let messages = manager.messages().await;
                messages.into_iter().rev().find(|message| buttons(message) == ["派任务"])
            })
            .await;
        manager.taps(&deal, "派任务").await;
        let create = sees(&stage, manager, &["做什么？"]).await;
        let offer = buttons(&create)[0].to_owned();
        manager.taps(&create, &offer).await;
        let given = sees(&stage, manager, &["派出去了", &offer]).await;
        manager.taps(&given, "撤销").await;
        sees(&stage, manager, &["撤销了", &offer]).await;
    }
    stage.close().await;
}
