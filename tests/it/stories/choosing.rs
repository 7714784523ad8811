//! WeCom's cards with one submit: drop-downs that finish a new customer, and a list of more mates than there are buttons.

use serde_json::{Value, json};

use crate::stage::{REP_DINGTALK, REP_WECOM, Stage, said};

/// Submits a card's question, `selected` by question.
async fn submits(stage: &Stage, (platform, user): (&str, &str), card: &Value, selected: Value) -> Value {
    let tap = json!({
        "platform": platform, "user": user, "message": card["id"], "button": "提交", "selected": selected
    });
    stage.post("/sim/tap", &tap).await
}

#[tokio::test(flavor = "multi_thread")]
async fn new_customer_is_finished_by_one_submit_and_a_second_changes_nothing() {
    let stage = Stage::open().await;
    let rep = stage.phone(REP_WECOM);
    let told = "新建客户 宁波华盛阀门有限公司，赵总，13812345678，宁波，50万";
    let card = rep.says(told).await.remove(0);
    assert_eq!(card["card"]["type"], "multiple_interaction", "{card}");
    let titles: Vec<&str> =
        card["card"]["selects"].as_array().unwrap().iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["行业", "客户类型", "产品线"]);
    let option = |n: usize, at: usize| card["card"]["selects"][n]["options"][at]["id"].clone();
    let chosen = json!({
        "industry": [option(0, 0)], "kind": [option(1, 1)], "product_line": [option(2, 0)]
    });
    submits(&stage, REP_WECOM, &card, chosen.clone()).await;
    let created = rep.sees("建好了：").await;
    assert!(said(&created).contains("华盛阀门"), "{created}");
    stage
        .eventually("the card ends", async || {
            let now = rep.messages().await.into_iter().find(|it| it["id"] == card["id"])?;
            (now["card"]["replaced"] == "选好了" && now["buttons"][0]["disabled"] == true).then_some(())
        })
        .await;
    // What is greyed cannot be tapped; the customer is there once.
    let answers = rep.says("商机 华盛阀门").await;
    assert!(said(&answers[0]).contains("华盛阀门"), "{answers:?}");
    assert_eq!(rep.count("建好了：").await, 1);
    // DingTalk has no such card: the same words are asked for in a text.
    let other =
        stage.phone(REP_DINGTALK).says("新建客户 苏州恒泰齿轮有限公司，钱总，13912345678，苏州，30万").await;
    assert!(said(&other[0]).contains("行业（机械制造 / 食品加工）"), "{other:?}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_mates_than_buttons_are_a_list_to_choose_from() {
    let stage = Stage::open().await;
    let stage = stage
        .again_after(async |stage| {
            let path = stage.config.join("people.toml");
            let mut text = std::fs::read_to_string(&path).unwrap();
            for (n, name) in ["甲乙", "丙丁", "戊己", "庚辛", "壬癸"].iter().enumerate() {
                text.push_str(&format!(
                    "\n[[members]]\nkey = \"extra-{n}\"\nname = \"{name}\"\nwecom = \"Extra{n}\"\nteam = \"east\"\n\
                     roles = [\"rep\"]\n"
                ));
            }
            std::fs::write(path, text).unwrap();
        })
        .await;
    let rep = stage.phone(REP_WECOM);
    let card = rep.says("移交 金利达").await.remove(0);
    assert_eq!(card["card"]["type"], "vote_interaction", "{card}");
    assert_eq!(card["card"]["checkbox"]["multi"], false);
    let options = card["card"]["checkbox"]["options"].as_array().unwrap();
    assert!(options.len() > 6, "{card}");
    submits(&stage, REP_WECOM, &card, json!([])).await;
    rep.sees("还没选").await;
    let last = options.last().unwrap();
    submits(&stage, REP_WECOM, &card, json!([last["id"]])).await;
    stage
        .eventually("the deal goes on", async || {
            let now = rep.messages().await.into_iter().find(|it| it["id"] == card["id"])?;
            said(&now).contains("已移交").then_some(())
        })
        .await;
    stage.close().await;
}
