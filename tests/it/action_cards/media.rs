//! Pictures and files: from a phone of either platform to the folder, the first look and the reviewer's page.

use serde_json::json;

use super::{PAIRS, Pair, buttons, sees};
use crate::stage::{REP_DINGTALK, REP_WECOM, Stage, said};

/// A PNG of one white pixel, in base64.
pub const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=";

/// The files in every workspace's media folder.
fn kept(stage: &Stage) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for workspace in std::fs::read_dir(&stage.data).unwrap().flatten() {
        let Ok(files) = std::fs::read_dir(workspace.path().join("media")) else { continue };
        found.extend(files.flatten().map(|file| file.path()));
    }
    found
}

/// The page that a card links to, if it links to one.
fn link(message: &serde_json::Value) -> String {
    let text = message.to_string();
    let start = text.find("/e/").expect("the card links to what was handed in");
    let begin = text[..start].rfind("http").unwrap();
    let end = text[start..].find(['"', ')', '\\']).unwrap() + start;
    text[begin..end].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn picture_is_evidence_seen_by_rule_and_by_the_reviewer() {
    let stage = Stage::open().await;
    for pair in PAIRS {
        let (manager, rep) = (stage.phone(pair.manager), stage.phone(pair.rep));
        let Pair { call, customer, .. } = pair;
        manager.says(&format!("@{call} 下周三前 给{customer}发报价单：1 有报价单图片 2 写明交期")).await;
        let card = sees(&stage, rep, &["发报价单", "报价单图片"]).await;
        rep.taps(&card, "开始做").await;
        sees(&stage, rep, &["等你交"]).await;
        rep.sends(json!({ "image": { "base64": PIXEL } })).await;
        let got = sees(&stage, rep, &["收好了 1 张图"]).await;
        assert!(said(&got).contains("有报价单图片") && said(&got).contains("写明交期"), "{got}");
        rep.taps(&got, "提交").await;
        let review = sees(&stage, manager, &["初筛", "发报价单"]).await;
        assert!(said(&review).contains("没看到"), "the date of delivery was not named: {review}");

        let (status, page) = stage.fetch(&link(&review)).await;
        assert_eq!(status, 200);
        assert!(page.contains("<img"), "{page}");
        let picture = stage.bytes(&format!("{}/0", link(&review))).await;
        assert_eq!(&picture[..4], b"\x89PNG");
        manager.says("看交付").await;
        let shown = stage.eventually("the picture itself", async || picture_in(manager).await).await;
        let address = shown["card"]["image"].as_str().unwrap().to_owned();
        assert_eq!(&stage.bytes(&format!("{}{address}", stage.sim)).await[..4], b"\x89PNG");
        let (status, _) = stage.fetch(&link(&review).replace("/e/", "/e/x")).await;
        assert_eq!(status, 404, "a changed link opens nothing");
        manager.says("撤销").await;
        let (status, page) = stage.fetch(&link(&review)).await;
        assert_eq!(status, 404, "what was taken back is nobody's to see");
        assert!(page.contains("看不到了"), "{page}");
    }
    assert_eq!(kept(&stage).len(), 1, "the same bytes are one file");
    stage.close().await;
}

/// The newest picture that the bot sent.
async fn picture_in(phone: crate::stage::Phone<'_>) -> Option<serde_json::Value> {
    let messages = phone.messages().await;
    messages.into_iter().rev().find(|message| message["kind"] == "image" && message["from"] != "me")
}

#[tokio::test(flavor = "multi_thread")]
async fn file_and_words_beside_a_picture_are_evidence_on_dingtalk() {
    let stage = Stage::open().await;
    let pair = &PAIRS[1];
    let (manager, rep) = (stage.phone(pair.manager), stage.phone(pair.rep));
    manager.says("@娜姐 下周三前 给粤味香发合同：1 合同文件 2 写明账期").await;
    let card = sees(&stage, rep, &["发合同"]).await;
    rep.taps(&card, "开始做").await;
    sees(&stage, rep, &["等你交"]).await;
    rep.sends(json!({ "file": { "name": "合同.pdf", "base64": "JVBERi0xLjcKJcOkw7zDtgo=" } })).await;
    sees(&stage, rep, &["收好了 1 份文件"]).await;
    rep.sends(json!({ "image": { "base64": PIXEL }, "text": "账期 30 天" })).await;
    let got = sees(&stage, rep, &["收好了 1 张图 · 1 句话"]).await;
    assert!(said(&got).contains("没有要补的"), "{got}");
    rep.taps(&got, "提交").await;
    sees(&stage, manager, &["初筛", "发合同"]).await;
    manager.says("看交付").await;
    sees(&stage, manager, &["合同.pdf"]).await;
    stage.eventually("the picture itself", async || picture_in(manager).await).await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picture_without_a_task_is_kept_on_the_deal_and_asks_one_sentence() {
    let stage = Stage::open().await;
    for (who, customer) in [(REP_WECOM, "鑫源食品"), (REP_DINGTALK, "粤味香")] {
        let phone = stage.phone(who);
        phone.says(&format!("{customer} 客户认可方案")).await;
        phone.sends(json!({ "image": { "base64": PIXEL } })).await;
        sees(&stage, phone, &[customer, "图片收好了"]).await;
        let noted = phone.says("这是他们产线的照片").await;
        assert!(said(&noted[0]).contains("记下了") && said(&noted[0]).contains(customer), "{noted:?}");
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picture_that_nobody_can_place_asks_whose_it_is() {
    let stage = Stage::open().await;
    for who in [REP_WECOM, REP_DINGTALK] {
        let phone = stage.phone(who);
        phone.sends(json!({ "image": { "base64": PIXEL } })).await;
        let asks = sees(&stage, phone, &["是哪个客户的"]).await;
        let first = buttons(&asks)[0].to_owned();
        phone.taps(&asks, &first).await;
        sees(&stage, phone, &[&first, "图片收好了"]).await;
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picture_that_the_platform_gives_no_more_is_asked_for_again() {
    let stage = Stage::open().await;
    for (platform, path, who, code) in [
        ("wecom", "/cgi-bin/media/get", REP_WECOM, json!({ "errcode": 40007 })),
        (
            "dingtalk",
            "/v1.0/robot/messageFiles/download",
            REP_DINGTALK,
            json!({ "status": 400, "code": "invalidParameter.robotCode.downloadCode" }),
        ),
    ] {
        let mut fault = json!({ "kind": "fail", "platform": platform, "path": path, "times": 1 });
        fault.as_object_mut().unwrap().extend(code.as_object().unwrap().clone());
        stage.post("/sim/fault", &fault).await;
        let phone = stage.phone(who);
        phone.sends(json!({ "image": { "base64": PIXEL } })).await;
        sees(&stage, phone, &["没取下来", "再发我一次"]).await;
    }
    stage.close().await;
}
