//! The main job in the users' words, through signed callbacks on both platforms, on the whole program.

mod answering;
mod choosing;
mod estimates;
mod groups;
mod offers;
mod documents;
mod scripts;
mod versions;

use serde_json::Value;

use crate::stage::{REP_DINGTALK, REP_WECOM, Stage, said};

fn buttons(message: &Value) -> Vec<String> {
    let buttons = message["buttons"].as_array().into_iter().flatten();
    buttons.map(|button| button["text"].as_str().unwrap_or("").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_deal_is_warned_of_answered_and_told_in_the_digest() {
    let stage = Stage::open().await;
    for phone in [REP_WECOM, REP_DINGTALK].map(|who| stage.phone(who)) {
        assert_eq!(phone.count("没跟进").await, 0);
    }
    stage.wait("48h").await;
    for (phone, customer) in [(stage.phone(REP_WECOM), "鑫源"), (stage.phone(REP_DINGTALK), "粤味香")] {
        let warning = phone.sees("没跟进").await;
        assert!(said(&warning).contains(customer), "{warning}");
        assert_eq!(buttons(&warning), ["记一笔", "明天提醒", "移交", "关闭商机"]);
        let warnings = async || {
            let messages = phone.messages().await;
            messages
                .iter()
                .filter(|each| said(each).contains("没跟进") && said(each).contains(customer))
                .count()
        };
        assert_eq!(warnings().await, 1, "one warning for one lapse");

        phone.taps(&warning, "记一笔").await;
        phone.sees("说一句就行").await;
        let answers = phone.says("客户认可方案，等老板签字").await;
        assert!(answers.iter().any(|answer| said(answer).contains("记下了")), "{answers:?}");
        stage
            .eventually("the card changes", async || {
                let messages = phone.messages().await;
                let card = messages.into_iter().find(|message| message["id"] == warning["id"])?;
                (!card["updated_at"].is_null()).then_some(())
            })
            .await;
    }
    stage.wait("24h").await;
    for (phone, customer) in [(stage.phone(REP_WECOM), "鑫源"), (stage.phone(REP_DINGTALK), "粤味香")] {
        let messages = phone.messages().await;
        let again =
            messages.iter().filter(|each| said(each).contains("没跟进") && said(each).contains(customer));
        assert_eq!(again.count(), 1, "the note began a new stretch");
    }
    let digest = stage.group("wecom", "east-group").await;
    assert!(digest.iter().any(|message| said(message).contains("华东组")), "{digest:?}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_overdue_deals_come_as_one_list() {
    let stage = Stage::open().await;
    stage.wait("48h").await;
    for who in [("wecom", "ChenHao"), ("dingtalk", "liuyang")] {
        let phone = stage.phone(who);
        let list = phone.sees("3 个客户").await;
        assert_eq!(phone.messages().await.iter().filter(|message| message["from"] != "me").count(), {
            let briefs = phone.count("会前").await;
            1 + briefs
        });
        let opened = phone.says("2").await;
        assert!(opened.iter().any(|card| said(card).contains("没跟进")), "{list} → {opened:?}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spoken_meeting_is_stored_and_its_pack_comes_fifteen_minutes_before() {
    let stage = Stage::open().await;
    let phone = stage.phone(REP_WECOM);
    let answers = phone.says("宏远 明天下午三点演示").await;
    // 王磊 has two deals with 宏远: the note is kept until he says which.
    let choice =
        answers.iter().find(|answer| said(answer).contains("哪个")).unwrap_or_else(|| panic!("{answers:?}"));
    phone.taps(choice, "1").await;
    let card = phone.sees("记下了").await;
    assert!(said(&card).contains("演示"), "{card}");
    stage.wait("24h").await;
    assert_eq!(phone.count("15:00 宏远机械").await, 0, "not before its time");
    stage.wait("6h").await;
    let pack = phone.sees("15:00 宏远机械").await;
    assert!(said(&pack).contains("还有 15 分钟"), "{pack}");
    let tick = buttons(&pack)[0].clone();
    phone.taps(&pack, &tick).await;
    stage
        .eventually("the tick shows", async || {
            let messages = phone.messages().await;
            let card = messages.into_iter().find(|message| message["id"] == pack["id"])?;
            buttons(&card)[0].starts_with('✅').then_some(())
        })
        .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn note_is_taken_back_by_undo() {
    let stage = Stage::open().await;
    for (who, customer) in [(REP_WECOM, "宏远"), (REP_DINGTALK, "粤味香")] {
        let phone = stage.phone(who);
        phone.says(&format!("{customer} 客户认可方案")).await;
        let undone = phone.says("撤销").await;
        assert!(undone.iter().any(|answer| said(answer).contains("撤")), "{undone:?}");
        let deal = phone.says(&format!("商机 {customer}")).await;
        assert!(!deal.iter().any(|answer| said(answer).contains("客户认可方案")), "{deal:?}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_else_gets_a_helpful_answer() {
    let stage = Stage::open().await;
    for phone in [REP_WECOM, REP_DINGTALK].map(|who| stage.phone(who)) {
        for (text, words) in
            [("帮助", "今日"), ("今日", ""), ("商机", ""), ("阿巴阿巴", "没听懂"), ("谢谢", "")]
        {
            let answers = phone.says(text).await;
            assert!(answers.iter().any(|answer| said(answer).contains(words)), "{text} → {answers:?}");
        }
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_template_keeps_the_old_one_and_its_fault_reaches_the_admin() {
    let stage = Stage::open().await;
    let file = stage.templates.join("overdue_warning.md");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replace("{{ customer }}", "{{ customre }}")).unwrap();
    let admin = stage.phone(("wecom", "LinXiao"));
    let told = admin.sees("overdue_warning.md").await;
    assert!(said(&told).contains('行'), "the line is named: {told}");
    stage.wait("48h").await;
    stage.phone(REP_WECOM).sees("没跟进").await;

    std::fs::write(&file, whole.replace("没跟进", "没动静")).unwrap();
    stage
        .eventually("the new text is live", async || {
            let metrics = stage.fetch(&format!("{}/healthz", stage.service)).await;
            (metrics.0 == 200).then_some(())
        })
        .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clean_restart_keeps_everything_and_says_nothing_twice() {
    let stage = Stage::open().await;
    stage.wait("48h").await;
    let phone = stage.phone(REP_WECOM);
    let before = phone.messages().await.len();
    let stage = stage.again().await;
    let phone = stage.phone(REP_WECOM);
    stage.wait("15m").await;
    assert_eq!(phone.messages().await.len(), before);
    let warning = phone.sees("没跟进").await;
    phone.taps(&warning, "1").await;
    phone.sees("说一句就行").await;
    stage.close().await;
}
