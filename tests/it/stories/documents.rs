//! 发资料: a material's own document as a rep has it on either phone.

use crate::stage::{Phone, REP_DINGTALK, REP_WECOM, Stage, said};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n a chart of sorts";

/// The demo, whose rivals' table is a PDF; its rollout is a picture too.
async fn stage() -> Stage {
    let stage = Stage::open().await;
    stage
        .again_after(async |stage| {
            let materials = stage.config.join("materials");
            std::fs::write(materials.join("甘特图.png"), PICTURE).unwrap();
            let path = stage.config.join("materials.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            let text =
                text.replace("name = \"实施排期甘特图\"", "name = \"实施排期甘特图\"\nfile = \"甘特图.png\"");
            std::fs::write(path, text).unwrap();
        })
        .await
}

async fn has(stage: &Stage, phone: Phone<'_>) {
    let file = &phone.says("发资料 竞品对比表").await[0];
    assert_eq!((file["kind"].as_str(), file["title"].as_str()), (Some("file"), Some("竞品对比表.pdf")));
    let path = file["card"]["file"].as_str().unwrap();
    let shipped = std::fs::read(stage.config.join("materials/竞品对比表.pdf")).unwrap();
    assert!(stage.bytes(&format!("{}{path}", stage.sim)).await == shipped, "the bytes of the folder's file");
    let picture = &phone.says("发资料 实施排期甘特图").await[0];
    assert_eq!(picture["kind"], "image");
    let path = picture["card"]["image"].as_str().unwrap();
    assert_eq!(stage.bytes(&format!("{}{path}", stage.sim)).await, PICTURE);
    let page = &phone.says("发资料 售后服务承诺").await[0];
    assert!(said(page).contains("打开看看"), "one without a file comes as its page: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn material_that_is_a_file_is_had_by_its_name_and_by_its_number() {
    let stage = stage().await;
    for phone in [REP_WECOM, REP_DINGTALK].map(|who| stage.phone(who)) {
        has(&stage, phone).await;
    }
    // A card with materials to tick: 发资料 and its number there.
    let phone = stage.phone(REP_WECOM);
    let told = phone.says("鑫源进入方案演示").await;
    assert!(told.iter().any(|it| said(it).contains("竞品对比表")), "{told:?}");
    let files = phone.says("发资料1").await;
    assert_eq!(files[0]["title"], "竞品对比表.pdf", "{files:?}");
    stage.close().await;
}
