//! Pictures and files on the simulated platforms: as strict as the real ones, also for third-party clients.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use genjin::sim::dingtalk_ids;
use reqwest::Method;
use serde_json::{Value, json};

use crate::sim_stage::{DINGTALK_GROUP, Service, Stage, WECOM_GROUP};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a picture of sorts";

fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn picture(platform: &str, user: &str) -> Value {
    json!({"platform": platform, "user": user, "image": {"base64": encoded(PNG)}})
}

/// What the service heard of a picture or a file: its id.
fn code(heard: &genjin::platform::inbound::Inbound) -> String {
    use genjin::platform::inbound::Kind;
    match &heard.kind {
        Kind::Picture { media } | Kind::File { media, .. } => media.clone(),
        Kind::Mixed { pictures, .. } => pictures[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn wecom_gives_a_picture_by_its_media_id_for_three_days() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    assert_eq!(stage.post("/sim/say", picture("wecom", "WangLei")).await["status"], 200);
    let id = code(service.heard().last().unwrap());
    let shown = &stage.inbox("wecom", "WangLei").await[0];
    assert_eq!(shown["kind"], "image");
    let drawn = stage.request(Method::GET, shown["card"]["image"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(drawn.headers()["content-type"], "image/png");
    assert_eq!(&drawn.bytes().await.unwrap()[..], PNG);

    let token = stage.wecom_token().await;
    let path = |token: &str, id: &str| format!("/cgi-bin/media/get?access_token={token}&media_id={id}");
    let given = stage.request(Method::GET, &path(&token, &id)).send().await.unwrap();
    let disposition = given.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment; filename="), "{disposition}");
    assert_eq!(&given.bytes().await.unwrap()[..], PNG);
    assert_eq!(stage.get(&path("", &id)).await["errcode"], 41001);
    assert_eq!(stage.get(&path(&token, "made-up")).await["errcode"], 40007);
    assert_eq!(stage.get(&path(&token, "")).await["errcode"], 41006);
    stage.post("/sim/clock", json!({"advance": "73h"})).await;
    let token = stage.wecom_token().await;
    assert_eq!(stage.get(&path(&token, &id)).await["errcode"], 40007);
}

#[tokio::test]
async fn dingtalk_gives_a_signed_address_that_expires() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    let file = json!({"platform": "dingtalk", "user": "zhaomin", "file": {"name": "报价.pdf", "base64": encoded(b"%PDF-1.7 x")}});
    assert_eq!(stage.post("/sim/say", file).await["status"], 200);
    let id = code(service.heard().last().unwrap());
    let token = stage.dingtalk_token().await;
    let ask = async |body: Value| {
        let request = stage.request(Method::POST, "/v1.0/robot/messageFiles/download").json(&body);
        let answer = request.header("x-acs-dingtalk-access-token", &token).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let robot = dingtalk_ids::APP_KEY;
    let (status, answer) = ask(json!({"downloadCode": id, "robotCode": robot})).await;
    assert_eq!(status, 200);
    let url = answer["downloadUrl"].as_str().unwrap().to_owned();
    let fetch = async |url: &str| {
        let path = url.strip_prefix(&stage.url).unwrap();
        let answer = stage.request(Method::GET, path).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    };
    assert_eq!(fetch(&url).await, (200, b"%PDF-1.7 x".to_vec()));
    assert_eq!(fetch(&url.replace("Signature=", "Signature=0")).await.0, 403);
    for (body, wanted) in [
        (json!({"downloadCode": "made-up", "robotCode": robot}), "invalidParameter.robotCode.downloadCode"),
        (json!({"downloadCode": id, "robotCode": "another"}), "invalidParameter.robotCode.auth"),
        (json!({"robotCode": robot}), "invalidParameter.robotCode.empty"),
    ] {
        let (status, answer) = ask(body).await;
        assert_eq!((status, answer["code"].as_str()), (400, Some(wanted)));
    }
    stage.post("/sim/clock", json!({"advance": "15m"})).await;
    assert_eq!(fetch(&url).await.0, 403, "the address has expired");
}

#[tokio::test]
async fn what_a_platform_does_not_tell_the_bot_is_not_heard() {
    let stage = Stage::new().await;
    let _service = Service::start(&stage).await;
    let file = |platform: &str, user: &str| json!({"platform": platform, "user": user, "file": {"name": "a.pdf", "base64": encoded(b"%PDF-1.7")}});
    let in_group = |mut say: Value, chat: &str| {
        say["chat"] = json!(chat);
        say
    };
    for say in [
        file("wecom", "WangLei"),
        in_group(picture("wecom", "WangLei"), WECOM_GROUP),
        in_group(picture("dingtalk", "zhaomin"), DINGTALK_GROUP),
        in_group(file("dingtalk", "zhaomin"), DINGTALK_GROUP),
    ] {
        assert_eq!(stage.post("/sim/say", say.clone()).await["heard"], false, "{say}");
    }
}

#[tokio::test]
async fn what_no_phone_could_send_is_refused() {
    let stage = Stage::new().await;
    let say = async |more: Value| {
        let mut body = json!({"platform": "wecom", "user": "WangLei"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = stage.request(Method::POST, "/sim/say").json(&body).send().await.unwrap();
        answer.status().as_u16()
    };
    for (what, status) in [
        (json!({"image": {"base64": "no base64!"}}), 400),
        (json!({"image": {"base64": encoded(b"<svg/> is none")}}), 400),
        (json!({"image": {"base64": encoded(b"tiny")}}), 413),
        (json!({"image": {"base64": encoded(&[PNG, &vec![0; 10 << 20]].concat())}}), 413),
        (json!({"file": {"base64": encoded(PNG)}}), 400),
        (json!({"image": {"base64": encoded(PNG)}, "text": "看看"}), 400),
        (json!({}), 400),
    ] {
        assert_eq!(
            say(what.clone()).await,
            status,
            "{}",
            what.to_string().chars().take(80).collect::<String>()
        );
    }
}
