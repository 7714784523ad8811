//! The simulator is as strict as 钉钉: both generations of its API, robots, webhooks and cards.

use genjin::platform::dingtalk::sign;
use genjin::sim::{Platform, Webhook, dingtalk_ids};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sim_stage::{BUTTON_CARD, CARD_ROUTE, DINGTALK_GROUP, Service, Stage, answer, opening};

fn to_person(key: &str, param: Value) -> Value {
    json!({"robotCode": dingtalk_ids::APP_KEY, "userIds": ["zhaomin"], "msgKey": key, "msgParam": param.to_string()})
}

fn card(id: &str, params: Value) -> Value {
    json!({"cardTemplateId": BUTTON_CARD, "outTrackId": id, "callbackType": "HTTP", "callbackRouteKey": CARD_ROUTE,
        "cardData": {"cardParamMap": params}, "openSpaceId": "dtv1.card//IM_ROBOT.zhaomin",
        "imRobotOpenSpaceModel": {"supportForward": false},
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": dingtalk_ids::APP_KEY}})
}

const BATCH: &str = "robot/oToMessages/batchSend";
const CREATE: &str = "card/instances/createAndDeliver";

#[tokio::test]
async fn one_token_opens_both_generations() {
    let stage = Stage::new().await;
    let token = stage.dingtalk_token().await;
    let old = stage
        .get(&format!("/gettoken?appkey={}&appsecret={}", dingtalk_ids::APP_KEY, dingtalk_ids::APP_SECRET))
        .await;
    assert_eq!(old["access_token"], token);
    let user = json!({"userid": "zhaomin"});
    let read = stage.post(&format!("/topapi/v2/user/get?access_token={token}"), user.clone()).await;
    assert_eq!((&read["errcode"], &read["result"]["name"]), (&json!(0), &json!("赵敏")));
    assert_eq!(stage.post("/topapi/v2/user/get?access_token=x", user.clone()).await["errcode"], 40014);
    assert_eq!(stage.post("/topapi/v2/user/get", user).await["errcode"], 41001);

    let wrong = json!({"appKey": dingtalk_ids::APP_KEY, "appSecret": "x"});
    let (status, refusal) = stage.try_post("/v1.0/oauth2/accessToken", wrong).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("invalidClientIdOrSecret")));
    let form = stage.request(Method::POST, "/v1.0/oauth2/accessToken").body("appKey=x");
    assert_eq!(answer(form).await.1["code"], "Missingbody");
    let (status, refusal) = stage.try_post(&format!("/v1.0/{BATCH}"), json!({})).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("InvalidAuthentication")));
    assert!(refusal["requestid"].is_string());
}

#[tokio::test]
async fn unknown_paths_are_answered_in_their_generations_manner() {
    let stage = Stage::new().await;
    let (status, refusal) = stage.try_post("/v1.0/robot/no/such", json!({})).await;
    assert_eq!((status, &refusal["code"]), (404, &json!("error.notFound")));
    let (status, refusal) = stage.try_post("/topapi/no/such", json!({})).await;
    assert_eq!((status, &refusal["errcode"]), (200, &json!(22)));
    assert_eq!(refusal["sub_msg"], "不合法ApiName，ApiName = dingtalk.oapi.no.such");
}

#[tokio::test]
async fn robot_messages_are_checked_to_the_letter() {
    let stage = Stage::new().await;
    let text = json!({"content": "早"});
    let send = async |body: Value| stage.dingtalk(Method::POST, BATCH, body).await;
    let (status, sent) = send(to_person("sampleText", text.clone())).await;
    assert_eq!(status, 200);
    assert!(sent["processQueryKey"].is_string());
    assert_eq!(stage.texts("dingtalk", "zhaomin").await, ["早"]);

    let mut partly = to_person("sampleMarkdown", json!({"title": "今日", "text": "- A"}));
    partly["userIds"] = json!(["zhaomin", "gone01"]);
    assert_eq!(send(partly).await.1["invalidStaffIdList"], json!(["gone01"]));

    let object = json!({"robotCode": dingtalk_ids::APP_KEY, "userIds": ["zhaomin"], "msgKey": "sampleText", "msgParam": {"content": "早"}});
    let mut other_robot = to_person("sampleText", text.clone());
    other_robot["robotCode"] = json!("dingother");
    let mut many = to_person("sampleText", text.clone());
    many["userIds"] = json!(vec!["zhaomin"; 21]);
    let mut extra = to_person("sampleText", text);
    extra["agentId"] = json!(1);
    stage.post("/sim/clock", json!({"advance": "1s"})).await;
    for (body, code) in [
        (object, "invalidParameter.msgParam.invalid"),
        (to_person("sampleText", json!({"content": 1})), "invalidParameter.msgParam.invalid"),
        (to_person("sampleText", json!({"content": "x", "title": "x"})), "invalidParameter.msgParam.invalid"),
        (to_person("sampleMarkdown", json!({"title": "", "text": "x"})), "miss.param.title"),
        (
            to_person("sampleText", json!({"content": "长".repeat(5_000)})),
            "invalidParameter.msgParam.tooLong",
        ),
        (to_person("sampleCard", json!({"content": "x"})), "invalidParameter.msgKey.invalid"),
        (other_robot, "invalidParameter.robotCode.auth"),
        (many, "invalidParameter.userIds.overMax"),
        (extra, "invalidParameter.param.invalid"),
    ] {
        let (status, refusal) = send(body.clone()).await;
        assert_eq!((status, refusal["code"].as_str()), (400, Some(code)), "{body}");
    }
}

#[tokio::test]
async fn twentyfirst_call_of_a_second_is_forbidden() {
    let stage = Stage::new().await;
    for n in 0..21 {
        let body = to_person("sampleText", json!({"content": n.to_string()}));
        let (status, answer) = stage.dingtalk(Method::POST, BATCH, body).await;
        if n < 20 {
            assert_eq!(status, 200);
        } else {
            let code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
            assert_eq!((status, answer["code"].as_str()), (403, Some(code)));
        }
    }
    assert_eq!(stage.inbox("dingtalk", "zhaomin").await.len(), 20);
}

#[tokio::test]
async fn group_is_found_by_its_exact_id() {
    let stage = Stage::new().await;
    let send = async |id: &str| {
        let body = json!({"robotCode": dingtalk_ids::APP_KEY, "openConversationId": id,
            "msgKey": "sampleActionCard2", "msgParam": json!({"title": "战报", "text": "62%",
            "actionTitle1": "看", "actionURL1": "https://a", "actionTitle2": "问", "actionURL2": "https://b"}).to_string()});
        stage.dingtalk(Method::POST, "robot/groupMessages/send", body).await
    };
    assert_eq!(send(&DINGTALK_GROUP.to_lowercase()).await.1["code"], "invalid.openConversationId");
    assert_eq!(send(DINGTALK_GROUP).await.0, 200);
    let id = DINGTALK_GROUP.replace('+', "%2B");
    let group = stage.get(&format!("/sim/group?platform=dingtalk&chat={id}")).await;
    assert_eq!(group["messages"][0]["buttons"][1], json!({"key": "2", "text": "问", "url": "https://b"}));
}

#[tokio::test]
async fn custom_robot_wants_its_signature_and_forgets_no_uuid() {
    let stage = Stage::new().await;
    let webhook = Webhook::of(Platform::Dingtalk, DINGTALK_GROUP);
    let timestamp = opening().timestamp_millis().to_string();
    let sign = sign::robot::sign(webhook.secret.as_deref().unwrap(), &timestamp);
    let send = async |token: &str, sign: &str, body: Value| {
        let query = [("access_token", token), ("timestamp", &timestamp), ("sign", sign)];
        answer(stage.request(Method::POST, "/robot/send").query(&query).json(&body)).await.1
    };
    let text = |uuid: &str| json!({"msgtype": "text", "text": {"content": "早"}, "msgUuid": uuid});
    assert_eq!(send("x", &sign, text("u1")).await["errcode"], 300_001);
    assert_eq!(send(&webhook.key, "x", text("u1")).await["errcode"], 310_000);
    for _ in 0..2 {
        assert_eq!(send(&webhook.key, &sign, text("u1")).await["errcode"], 0);
    }
    let mixed = json!({"msgtype": "text", "markdown": {"title": "t", "text": "x"}});
    assert_eq!(send(&webhook.key, &sign, mixed).await["errcode"], 40035);
    assert_eq!(send(&webhook.key, &sign, json!({"msgtype": "image"})).await["errcode"], 400_105);
    for n in 0..20 {
        let expected = if n < 19 { 0 } else { 130_101 };
        assert_eq!(send(&webhook.key, &sign, text(&format!("n{n}"))).await["errcode"], expected);
    }
    stage.post("/sim/clock", json!({"advance": "9m"})).await;
    assert_eq!(send(&webhook.key, &sign, text("later")).await["errcode"], 130_101, "ten minutes of silence");
    stage.post("/sim/clock", json!({"advance": "2h"})).await;
    assert_eq!(send(&webhook.key, &sign, text("later")).await["errcode"], 310_000, "the signature is stale");
}

#[tokio::test]
async fn session_webhook_dies_after_ninety_minutes() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    stage.post("/sim/say", json!({"platform": "dingtalk", "user": "zhaomin", "text": "今日"})).await;
    let session = service.heard()[0].session.clone().unwrap();
    let path = session.url.strip_prefix(&stage.url).unwrap();
    let markdown = json!({"msgtype": "markdown", "markdown": {"title": "今日", "text": "3 件事"}});
    assert_eq!(stage.post(path, markdown.clone()).await["errcode"], 0);
    stage.post("/sim/clock", json!({"advance": "91m"})).await;
    assert_eq!(stage.post(path, markdown).await["errcode"], 300_001);
    assert_eq!(stage.texts("dingtalk", "zhaomin").await, ["今日", "3 件事"]);
}

#[tokio::test]
async fn cards_are_made_once_and_overwritten_unless_by_key() {
    let stage = Stage::new().await;
    let create = async |body: Value| stage.dingtalk(Method::POST, CREATE, body).await;
    let params = json!({"title": "宏远机械", "markdown": "52 小时", "tips": "为什么"});
    assert_eq!(create(card("deal-1", params.clone())).await.0, 200);
    assert_eq!(create(card("deal-1", params.clone())).await.1["code"], "param.cardAlreadyExist");

    let update = async |body: Value| stage.dingtalk(Method::PUT, "card/instances", body).await;
    let by_key = json!({"outTrackId": "deal-1", "cardData": {"cardParamMap": {"markdown": "记好了"}},
        "cardUpdateOptions": {"updateCardDataByKey": true}});
    assert_eq!(update(by_key).await.1["result"], true);
    assert_eq!(stage.texts("dingtalk", "zhaomin").await, ["记好了\n为什么"]);
    let over = json!({"outTrackId": "deal-1", "cardData": {"cardParamMap": {"markdown": "全换了"}}});
    update(over).await;
    let shown = &stage.inbox("dingtalk", "zhaomin").await[0];
    assert_eq!(
        (&shown["title"], &shown["text"]),
        (&json!(""), &json!("全换了")),
        "what was not sent is cleared"
    );
    let gone = json!({"outTrackId": "deal-9", "cardData": {"cardParamMap": {}}});
    assert_eq!(update(gone).await.1["code"], "param.cardNotExist");
}

#[tokio::test]
async fn malformed_cards_are_refused_and_illegal_spaces_hidden() {
    let stage = Stage::new().await;
    let good = card("deal-2", json!({"title": "x"}));
    let change = |path: &str, value: Value| {
        let mut body = good.clone();
        body[path] = value;
        body
    };
    for (body, code) in [
        (change("cardData", json!({"cardParamMap": {"n": 1}})), "param.invalid"),
        (change("cardData", Value::Null), "param.cardPublicDataEmpty"),
        (change("cardTemplateId", json!("mine.schema")), "param.templateNotExist"),
        (change("callbackType", json!("http")), "param.invalid"),
        (change("callbackRouteKey", Value::Null), "param.invalid"),
        (change("openSpaceId", json!("IM_ROBOT.zhaomin")), "param.openSpaceIdInvalid"),
        (change("openSpaceId", json!("dtv1.card//IM_ROBOT.gone01")), "param.userIdNotExist"),
        (change("imRobotOpenDeliverModel", Value::Null), "param.openDeliverModelEmpty"),
        (change("imRobotOpenDeliverModel", json!({"spaceType": "im_robot"})), "param.openDeliverModelError"),
        (change("outTrackId", json!("")), "param.outTrackIdEmpty"),
        (change("surprise", json!(1)), "param.invalid"),
    ] {
        let (status, refusal) = stage.dingtalk(Method::POST, CREATE, body.clone()).await;
        assert_eq!((status, refusal["code"].as_str()), (400, Some(code)), "{body}");
    }
    let mut elsewhere = change("openSpaceId", json!("dtv1.card//IM_GROUP.cidNobody=="));
    elsewhere["imGroupOpenSpaceModel"] = json!({"supportForward": true});
    elsewhere["imGroupOpenDeliverModel"] = json!({"robotCode": dingtalk_ids::APP_KEY});
    let (status, hidden) = stage.dingtalk(Method::POST, CREATE, elsewhere).await;
    assert_eq!((status, &hidden["success"]), (200, &json!(true)));
    let result = &hidden["result"]["deliverResults"][0];
    assert_eq!((&result["success"], &result["errorMsg"]), (&json!(false), &json!("spaceId is illegal")));
}
