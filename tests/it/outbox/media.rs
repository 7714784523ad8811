//! Fetching what people sent: kept before anybody is told, for both platforms, and never more than the limit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use genjin::sales::{MediaId, MediaKind};
use genjin::store::MediaFolder;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a picture of sorts";

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
