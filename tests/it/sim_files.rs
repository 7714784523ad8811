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

/// An upload as a form; gives the answer.
async fn uploads(stage: &Stage, path: &str, disposition: &str, bytes: &[u8]) -> Value {
    let head = format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
    let request = stage.request(Method::POST, path).header("content-type", "multipart/form-data; boundary=b");
    request.body(body).send().await.unwrap().json().await.unwrap()
}

const NAMED: &str = "name=\"media\"; filename=\"报价.pdf\"";

#[tokio::test]
async fn wecom_takes_uploads_by_their_rules_and_sends_each_as_what_it_is() {
    let stage = Stage::new().await;
    let token = stage.wecom_token().await;
    let path = |kind: &str| format!("/cgi-bin/media/upload?access_token={token}&type={kind}");
    let pdf = uploads(&stage, &path("file"), NAMED, b"%PDF-1.7").await;
    assert_eq!((pdf["errcode"].as_i64(), pdf["type"].as_str()), (Some(0), Some("file")));
    assert!(pdf["created_at"].is_string(), "{pdf}");
    for (kind, disposition, bytes, errcode) in [
        ("pdf", NAMED, b"%PDF-1.7".as_slice(), 40005),
        ("image", NAMED, b"%PDF-1.7", 40004),
        ("file", NAMED, b"tiny", 40006),
        ("file", "name=\"file\"; filename=\"a.pdf\"", b"%PDF-1.7", 44001),
        ("file", "name=\"media\"; filename*=utf-8''a.pdf", b"%PDF-1.7", 44001),
    ] {
        let answer = uploads(&stage, &path(kind), disposition, bytes).await;
        assert_eq!(answer["errcode"], errcode, "{kind} {disposition}: {answer}");
    }
    let send = async |kind: &str, id: &str| {
        let mut body = json!({"touser": "WangLei", "msgtype": kind, "agentid": 1000002});
        body[kind] = json!({ "media_id": id });
        stage.wecom("/cgi-bin/message/send", body).await["errcode"].clone()
    };
    let id = pdf["media_id"].as_str().unwrap();
    assert_eq!(send("file", id).await, 0);
    assert_eq!((send("image", id).await, send("file", "made-up").await), (json!(40007), json!(40007)));
    stage.post("/sim/clock", json!({"advance": "73h"})).await;
    assert_eq!(send("file", id).await, 40007, "three days are over");
}

#[tokio::test]
async fn upload_for_a_webhook_is_good_for_that_webhook_alone() {
    let stage = Stage::new().await;
    let key = genjin::sim::Webhook::of(genjin::sim::Platform::Wecom, WECOM_GROUP).key;
    let path = |key: &str, kind: &str| format!("/cgi-bin/webhook/upload_media?key={key}&type={kind}");
    assert_eq!(uploads(&stage, &path("made-up", "file"), NAMED, b"%PDF-1.7").await["errcode"], 93000);
    assert_eq!(uploads(&stage, &path(&key, "image"), NAMED, b"%PDF-1.7").await["errcode"], 40005);
    let id = uploads(&stage, &path(&key, "file"), NAMED, b"%PDF-1.7").await["media_id"].clone();
    let body = json!({"msgtype": "file", "file": {"media_id": id}});
    let sent = stage.post(&format!("/cgi-bin/webhook/send?key={key}"), body).await;
    assert_eq!(sent["errcode"], 0, "{sent}");
    let to_member =
        json!({"touser": "WangLei", "msgtype": "file", "agentid": 1000002, "file": {"media_id": id}});
    assert_eq!(stage.wecom("/cgi-bin/message/send", to_member).await["errcode"], 40007);
}

#[tokio::test]
async fn uploads_to_dingtalk_outlive_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let setup = || crate::sim_stage::setup(genjin::clock::Clock::system(), Some(folder.path()));
    let stage = Stage::with(setup()).await;
    let token = stage.dingtalk_token().await;
    let path = |kind: &str| format!("/media/upload?access_token={token}&type={kind}");
    let id = uploads(&stage, &path("file"), NAMED, b"%PDF-1.7").await["media_id"].clone();
    assert!(id.as_str().is_some_and(|id| id.starts_with('@')), "{id}");
    for (kind, disposition, bytes, errcode) in [
        ("document", NAMED, b"%PDF-1.7".as_slice(), 40004),
        ("image", NAMED, b"%PDF-1.7", 40005),
        ("file", "name=\"media\"; filename=\"a.exe\"", b"MZ and more", 40005),
        ("file", "name=\"file\"; filename=\"a.pdf\"", b"%PDF-1.7", 41005),
    ] {
        let answer = uploads(&stage, &path(kind), disposition, bytes).await;
        assert_eq!(answer["errcode"], errcode, "{kind} {disposition}: {answer}");
    }
    stage.stop().await;
    let stage = Stage::with(setup()).await;
    let param = json!({"mediaId": id, "fileName": "报价.pdf", "fileType": "pdf"}).to_string();
    let body = json!({"robotCode": dingtalk_ids::APP_KEY, "userIds": ["zhaomin"], "msgKey": "sampleFile", "msgParam": param});
    let (status, answer) = stage.dingtalk(Method::POST, "robot/oToMessages/batchSend", body).await;
    assert_eq!(status, 200, "{answer}");
}
