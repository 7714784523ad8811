//! 投稿 through both apps: offered on one phone, decided on another, found on a third; every tap counts once.

use serde_json::json;

use super::buttons;
use crate::stage::{REP_DINGTALK, REP_WECOM, Stage, said};

const ADMIN: (&str, &str) = ("wecom", "LinXiao");

/// On a stage where the leader of the south, who is in DingTalk, is an admin too.
async fn with_two_admins() -> Stage {
    let stage = Stage::open().await;
    let file = stage.config.join("people.toml");
    let people = std::fs::read_to_string(&file).unwrap();
    let at = people.find("key = \"chen-guodong\"").unwrap();
    let (before, after) = people.split_at(at);
    let after = after.replacen("roles = [\"manager\"]", "roles = [\"manager\", \"admin\"]", 1);
    std::fs::write(&file, format!("{before}{after}")).unwrap();
    stage.phone(ADMIN).sees("bot-config").await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn offered_words_are_taken_on_either_app_once_and_found_by_everybody() {
    let stage = with_two_admins().await;
    let (wecom, dingtalk) = (stage.phone(ADMIN), stage.phone(("dingtalk", "chenguodong")));
    for (who, other, decider, words) in [
        (REP_WECOM, REP_DINGTALK, dingtalk, "您比的是哪一项？咱们一项一项拆开，您看先拆哪项？"),
        (REP_DINGTALK, REP_WECOM, wecom, "贵不贵先放一放，您去年停线赔了多少，咱们拿那个数比？"),
    ] {
        let rep = stage.phone(who);
        let before = [wecom.count("投了一句话术").await, dingtalk.count("投了一句话术").await];
        // What is written and what is tapped come twice, as platforms send them.
        stage.post("/sim/fault", &json!({ "kind": "duplicate_callbacks", "times": 1 })).await;
        let answers = rep.says(&format!("投稿话术 价格：{words}")).await;
        let [kept] = &answers[..] else { panic!("{answers:?}") };
        assert!(said(kept).contains("谢谢你把好用的话分给大家") && said(kept).contains("价格"), "{kept}");
        let cards = [wecom.sees(words).await, dingtalk.sees(words).await];
        for card in &cards {
            assert_eq!(buttons(card), ["通过", "不收"], "{card}");
            assert!(said(card).contains("投了一句话术：价格"), "{card}");
        }
        stage.post("/sim/fault", &json!({ "kind": "duplicate_callbacks", "times": 1 })).await;
        decider.taps(&decider.sees(words).await, "通过").await;
        rep.sees("你的话术进库了").await;
        for phone in [wecom, dingtalk] {
            stage
                .eventually("both cards end", async || {
                    let messages = phone.messages().await;
                    messages
                        .iter()
                        .any(|each| said(each).contains(words) && said(each).contains("收进话术库了"))
                        .then_some(())
                })
                .await;
        }
        assert_eq!(rep.count("你的话术进库了").await, 1, "told once");
        let after = [wecom.count("投了一句话术").await, dingtalk.count("投了一句话术").await];
        assert_eq!(after, before.map(|cards| cards + 1), "one card an admin");
        // Others find it at once, one three after the other.
        let phone = stage.phone(other);
        let mut answers = phone.says("话术 价格").await;
        for _list in 0..20 {
            if answers.iter().any(|answer| said(answer).contains(&words[..30])) {
                break;
            }
            answers = phone.says("换一组").await;
        }
        assert!(answers.iter().any(|answer| said(answer).contains(&words[..30])), "{answers:?}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_not_taken_are_thanked_for_and_survive_a_restart() {
    let stage = Stage::open().await;
    stage.phone(REP_DINGTALK).says("这句话术收一下：您先别急着定，停一天线要多少钱，谁来担？").await;
    let stage = stage.again().await;
    let (rep, admin) = (stage.phone(REP_DINGTALK), stage.phone(ADMIN));
    let card = admin.sees("投了一句话术").await;
    admin.taps(&card, "不收").await;
    let told = rep.sees("先没进库").await;
    assert!(said(&told).contains("谢谢你愿意写出来") && said(&told).contains("谁来担"), "{told}");
    let answers = admin.says("通过").await;
    assert!(answers.iter().all(|answer| !said(answer).contains("收进话术库了")), "{answers:?}");
    assert_eq!(rep.count("进库了").await, 0);
    stage.close().await;
}
