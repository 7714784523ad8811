//! Pictures and files both ways: what people sent is kept before anybody is told, and never more than the limit; what
//! goes out is uploaded first and arrives as a picture or a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use genjin::sales::{MediaId, MediaKind};
use genjin::store::MediaFolder;

use super::*;

/// Somebody sends a picture; gives what it is fetched by.
async fn sends(stage: &Stage, service: &Service, platform: &str, user: &str) -> String {
    let say = json!({"platform": platform, "user": user, "image": {"base64": STANDARD.encode(PNG)}});
    assert_eq!(stage.post("/sim/say", say).await["status"], 200);
    match &service.heard().last().unwrap().kind {
        Kind::Picture { media } => media.clone(),
        other => panic!("{other:?}"),
    }
}

fn fetch(app: &str, code: &str) -> Row {
    let media = MediaId(3);
    row(1, app, Recipient::Ourselves { media }, Saying::Fetch { media, code: code.into() })
}

#[tokio::test]
async fn picture_is_kept_under_its_bytes_name_before_its_result_is_told() {
    let (stage, service, mut courier) = stage().await;
    let folder = tempfile::tempdir().unwrap();
    let media = MediaFolder::of(folder.path());
    let keeper = media.clone();
    courier.keep = Arc::new(move |bytes| keeper.keep(bytes));
    for (app, user) in [(WECOM, "WangLei"), (DINGTALK, "zhaomin")] {
        let code = sends(&stage, &service, app, user).await;
        let blob = sent(&courier, &fetch(app, &code)).await.blob.unwrap();
        assert_eq!((blob.kind, blob.bytes), (MediaKind::Png, PNG.len() as u64));
        assert_eq!(media.read(&blob.sha256).unwrap(), PNG);
    }
    assert_eq!(std::fs::read_dir(folder.path().join("media")).unwrap().count(), 1);
}

#[tokio::test]
async fn code_that_is_unknown_or_too_old_is_refused_for_good() {
    let (stage, service, courier) = stage().await;
    let code = sends(&stage, &service, WECOM, "WangLei").await;
    for (app, code) in [(WECOM, "made-up"), (DINGTALK, "made-up"), (DINGTALK, code.as_str())] {
        let error = refused(&courier, &fetch(app, code)).await;
        assert!(matches!(error, DeliverError::Rejected { .. }), "{app} {code}: {error:?}");
    }
    stage.post("/sim/clock", json!({"advance": "73h"})).await;
    let error = refused(&courier, &fetch(WECOM, &code)).await;
    assert!(matches!(error, DeliverError::Rejected { .. }), "{error:?}");
}

#[tokio::test]
async fn full_disk_is_tried_again() {
    let (stage, service, mut courier) = stage().await;
    courier.keep = Arc::new(|_| Err(std::io::ErrorKind::StorageFull.into()));
    let code = sends(&stage, &service, WECOM, "WangLei").await;
    let error = courier.deliver(&fetch(WECOM, &code), opening()).await;
    assert!(matches!(error, Err(CourierError::Disk(_))), "{error:?}");
}

#[tokio::test]
async fn more_than_the_limit_is_not_read() {
    let (stage, service, courier) = stage().await;
    let code = sends(&stage, &service, WECOM, "WangLei").await;
    let Some(App::WeCom(api)) = courier.apps.get(WECOM) else { unreachable!() };
    assert_eq!(api.fetch_media(&code, PNG.len()).await.unwrap(), PNG);
    let error = api.fetch_media(&code, PNG.len() - 1).await.unwrap_err();
    assert!(matches!(error, DeliverError::Rejected { .. }), "{error:?}");
}

fn document(app: &str, to: Recipient, material: &str) -> Row {
    row(1, app, to, Saying::Document { material: material.into() })
}

/// The newest message of a group.
async fn in_group(stage: &Stage, platform: &str, chat: &str) -> Value {
    let chat = chat.replace('+', "%2B").replace('=', "%3D");
    let shown = stage.get(&format!("/sim/group?platform={platform}&chat={chat}")).await;
    shown["messages"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn document_arrives_as_a_picture_or_a_file_wherever_the_platform_carries_one() {
    let (stage, _service, courier) = stage().await;
    let dingtalk_group = || Recipient::Group { id: DINGTALK_GROUP.into() };
    for (app, user) in [(WECOM, "WangLei"), (DINGTALK, "zhaomin")] {
        for (material, kind, title) in [("table", "file", "竞品对比表.pdf"), ("chart", "image", "")] {
            sent(&courier, &document(app, person(user), material)).await;
            let shown = stage.inbox(app, user).await.pop().unwrap();
            assert_eq!((shown["kind"].as_str(), shown["title"].as_str()), (Some(kind), Some(title)));
        }
    }
    sent(&courier, &document(DINGTALK, dingtalk_group(), "table")).await;
    assert_eq!(in_group(&stage, "dingtalk", DINGTALK_GROUP).await["title"], "竞品对比表.pdf");
    // A WeCom group robot uploads for itself, and a picture as a file.
    let robot = Recipient::Robot { key: "east-wecom".into() };
    for (material, title) in [("table", "竞品对比表.pdf"), ("chart", "甘特图.png")] {
        sent(&courier, &document(WECOM, robot.clone(), material)).await;
        let shown = in_group(&stage, "wecom", WECOM_GROUP).await;
        assert_eq!((shown["kind"].as_str(), shown["title"].as_str()), (Some("file"), Some(title)));
    }
}

#[tokio::test]
async fn document_that_cannot_go_is_refused_for_good_and_says_why() {
    let (_stage, _service, courier) = stage().await;
    let refused = async |row: &Row| courier.deliver(row, opening()).await.unwrap_err();
    let gone = refused(&document(WECOM, person("WangLei"), "gone")).await;
    assert!(matches!(&gone, CourierError::NoDocument(key) if key == "gone"), "{gone:?}");
    let robot = Recipient::Robot { key: "east-dingtalk".into() };
    let silent = refused(&document(DINGTALK, robot, "table")).await;
    assert!(matches!(silent, CourierError::NoFiles), "{silent:?}");
    let group = Recipient::Group { id: WECOM_GROUP.into() };
    let nowhere = refused(&document(WECOM, group, "table")).await;
    assert!(matches!(nowhere, CourierError::NoGroups), "{nowhere:?}");
    let slides = refused(&document(DINGTALK, person("zhaomin"), "slides")).await;
    assert!(matches!(slides, CourierError::Deliver(DeliverError::Rejected { .. })), "{slides:?}");
}
