//! 测算 as a rep meets it on either phone: one message, made for the customer, worked out again by figures alone.

use crate::stage::{REP_DINGTALK, REP_WECOM, Stage, said};

#[tokio::test(flavor = "multi_thread")]
async fn estimate_is_one_message_that_figures_change_and_one_character_hands_over() {
    let stage = Stage::open().await;
    for (who, customer, amount) in [(REP_WECOM, "金利达", "42 万"), (REP_DINGTALK, "瑞丰五金", "34 万")]
    {
        let phone = stage.phone(who);
        let answers = phone.says(&format!("测算 {customer}")).await;
        let [told] = &answers[..] else { panic!("{answers:?}") };
        let text = said(told);
        for words in [customer, amount, "个月回本", "人工 6,700 元/月", "是按常见值估的", "回 发"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        let answers = phone.says("人工 8000 夜班 2").await;
        let [told] = &answers[..] else { panic!("{answers:?}") };
        assert!(said(told).contains("人工 8,000 元/月"), "{told}");
        let answers = phone.says("发").await;
        let [alone] = &answers[..] else { panic!("{answers:?}") };
        let text = said(alone);
        assert!(text.contains("人工 8,000 元/月") && !text.contains("常见值"), "{text}");
    }
    stage.close().await;
}
