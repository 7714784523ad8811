//! A message is said in the words that were in force when it was decided, whatever happens until it is out.

use serde_json::json;

use crate::stage::{REP_DINGTALK, REP_WECOM, Stage, said};

#[tokio::test(flavor = "multi_thread")]
async fn message_that_waits_over_a_change_of_its_template_and_a_restart_is_said_in_its_old_words() {
    let stage = Stage::open().await;
    let phone = stage.phone(REP_WECOM);
    let before = phone.says("帮助").await;
    let limit = json!({"kind": "rate_limit", "platform": "wecom", "path": "/cgi-bin/message/send"});
    stage.post("/sim/fault", &limit).await;
    phone.writes("帮助").await;
    stage
        .eventually("the answer was refused as too frequent", async || {
            let faults = stage.get("/sim/fault").await;
            faults.as_array().or(faults["faults"].as_array()).unwrap().is_empty().then_some(())
        })
        .await;

    let file = stage.templates.join("help.md");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replace("\n# ", "\n# 新版：")).unwrap();
    stage
        .eventually("the new words are in force", async || {
            let answers = stage.phone(REP_DINGTALK).says("帮助").await;
            answers.iter().any(|answer| said(answer).contains("新版：")).then_some(())
        })
        .await;
    let told = stage.phone(("wecom", "LinXiao")).sees("新规则已经生效").await;
    assert!(said(&told).contains("消息模板"), "{told}");
    let stage = stage.again().await;
    let phone = stage.phone(REP_WECOM);
    stage.wait("15m").await;
    let helps: Vec<String> =
        phone.messages().await.iter().filter(|it| it["from"] != "me").map(said).collect();
    assert_eq!(helps, vec![said(&before[0]); 2], "the second waited, and says the same to the letter");

    let after = phone.says("帮助").await;
    assert!(said(&after[0]).contains("新版："), "{after:?}");
    stage.close().await;
}
