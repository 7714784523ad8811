//! A team without a WeCom group gets one of its own for its digest.

use crate::stage::{Stage, said};

#[tokio::test(flavor = "multi_thread")]
async fn digest_goes_to_a_group_that_the_app_makes_for_the_team() {
    let stage = Stage::open().await;
    let stage = stage
        .again_after(async |stage| {
            let path = stage.config.join("people.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replace("wecom_robot = \"east-group\"", "wecom_chat = true")).unwrap();
        })
        .await;
    stage.wait("24h").await;
    let chat = stage
        .eventually("the group is there", async || {
            let world = stage.get("/sim/world").await;
            let chats = world["wecom"]["chats"].as_array().unwrap().clone();
            chats.into_iter().find(|chat| chat["id"].as_str().unwrap().starts_with("gj"))
        })
        .await;
    assert_eq!((&chat["name"], &chat["members"][0]), (&"华东组".into(), &"LiMing".into()));
    let told = stage.group("wecom", chat["id"].as_str().unwrap()).await;
    assert!(told.iter().any(|message| said(message).contains("华东组")), "{told:?}");
    stage.close().await;
}
