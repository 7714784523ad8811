//! 话术 and checkpoints as a rep meets them on either phone.

use serde_json::Value;

use super::buttons;
use crate::stage::{Phone, REP_DINGTALK, REP_WECOM, Stage, said};

/// The message that a tap brings.
async fn tapped(phone: &Phone<'_>, stage: &Stage, card: &Value, button: &str) -> Value {
    let before = phone.messages().await.len();
    phone.taps(card, button).await;
    let what = format!("what {button} brings");
    stage.eventually(&what, async || phone.messages().await.get(before).cloned()).await
}

/// The card as it is once its text or buttons have `words`.
async fn shows(phone: &Phone<'_>, stage: &Stage, card: &Value, words: &str) -> Value {
    let what = format!("the card shows {words}");
    stage
        .eventually(&what, async || {
            let messages = phone.messages().await;
            let card = messages.into_iter().find(|message| message["id"] == card["id"])?;
            (said(&card).contains(words) || buttons(&card).iter().any(|text| text.contains(words)))
                .then_some(card)
        })
        .await
}

/// A rep asks for scripts, takes one alone, and finds the one of no use further back.
async fn scripts(stage: &Stage, phone: Phone<'_>, ask: &str) {
    let asked = phone.says(ask).await;
    let [card] = &asked[..] else { panic!("{asked:?}") };
    assert!(said(card).contains("算退货") && said(card).contains("食品加工"), "{card}");
    assert_eq!(&buttons(card)[..3], ["发1", "发2", "发3"], "{card}");
    assert!(said(card).contains("/m/") || said(card).contains("测算表"), "its material is named: {card}");
    // Words meant for the customer travel alone.
    let bare = tapped(&phone, stage, card, "发1").await;
    let words = bare["text"].as_str().unwrap().to_owned();
    assert!(words.ends_with('？') || words.ends_with('。'), "{bare}");
    assert!(!words.contains("发1") && !words.contains("算退货") && buttons(&bare).is_empty(), "{bare}");
    for text in ["发1", "发话术", "1"] {
        let again = phone.says(text).await;
        assert_eq!(again.iter().map(|it| it["text"].as_str()).collect::<Vec<_>>(), [Some(&*words)], "{text}");
    }
    phone.taps(card, "没用").await;
    shows(&phone, stage, card, "算退货没用").await;
    let again = phone.says(ask).await;
    assert!(said(&again[0]).contains("算退货"), "{again:?}");
    let told = phone.says("没用1").await;
    assert!(said(&told[0]).contains("以后往后排"), "{told:?}");
    let moved = phone.says(ask).await;
    let text = said(&moved[0]);
    let at = |name: &str| text.find(name).unwrap_or(usize::MAX);
    assert!(at("算总账") < at("算退货"), "twice 没用 moves it back: {text}");
}

/// A deal is held, told what is missing, goes on by one tap, and its new stage's materials are ticked.
async fn checkpoints(stage: &Stage, phone: Phone<'_>, customer: &str) {
    let told = phone.says(&format!("{customer}进入方案演示")).await;
    let missing = stage
        .eventually("what is missing", async || {
            phone
                .messages()
                .await
                .into_iter()
                .rev()
                .find(|message| said(message).contains("还缺技术参数确认"))
        })
        .await;
    assert!(said(&missing).contains("补齐就到方案演示"), "{told:?}");
    let entered = tapped(&phone, stage, &missing, "技术参数确认单").await;
    assert!(said(&entered).contains("到方案演示了"), "{entered}");
    assert_eq!(buttons(&entered), ["竞品对比表", "客户定制化报价单", "实施排期甘特图"]);
    phone.taps(&entered, "客户定制化报价单").await;
    shows(&phone, stage, &entered, "✅ 客户定制化报价单").await;
    // A digit means the same button.
    phone.writes("1").await;
    stage
        .eventually("both ticks stand on the deal", async || {
            let deal = phone.says(&format!("商机 {customer}")).await;
            let deal = deal.iter().find(|it| said(it).contains("方案演示"))?;
            (said(deal).contains("还缺：实施排期甘特图") || said(deal).contains("实施排期甘特图（"))
                .then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wecom_rep_asks_for_scripts_and_moves_a_deal_past_its_checkpoint() {
    let stage = Stage::open().await;
    let phone = stage.phone(REP_WECOM);
    scripts(&stage, phone, "话术 比别家贵 鑫源").await;
    checkpoints(&stage, phone, "金利达").await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dingtalk_rep_asks_for_scripts_and_moves_a_deal_past_its_checkpoint() {
    let stage = Stage::open().await;
    let phone = stage.phone(REP_DINGTALK);
    scripts(&stage, phone, "话术 比别家贵 粤味香").await;
    checkpoints(&stage, phone, "瑞丰").await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn competitor_in_a_note_is_answered_by_one_tap_and_an_unknown_word_by_what_there_is() {
    let stage = Stage::open().await;
    for (who, customer) in [(REP_WECOM, "鑫源"), (REP_DINGTALK, "粤味香")] {
        let phone = stage.phone(who);
        let noted = phone.says(&format!("{customer}那边也约了锐目来看")).await;
        assert!(said(&noted[0]).contains("记下了"), "{noted:?}");
        let scripts = tapped(&phone, &stage, &noted[0], "看话术").await;
        assert!(said(&scripts).contains("客户拿锐目比"), "{scripts}");
        let kinds = phone.says("话术").await;
        assert!(said(&kinds[0]).contains("1 价格") && said(&kinds[0]).contains("德斯克"), "{kinds:?}");
        let chosen = tapped(&phone, &stage, &kinds[0], "价格").await;
        assert_eq!(&buttons(&chosen)[..1], ["发1"], "{chosen}");
        let none = phone.says("话术 要回扣").await;
        assert!(said(&none[0]).contains("还没有「要回扣」") && said(&none[0]).contains("现在有"), "{none:?}");
        let by_digit = phone.says("1").await;
        assert_eq!(&buttons(&by_digit[0])[..1], ["发1"], "{by_digit:?}");
    }
    stage.close().await;
}
