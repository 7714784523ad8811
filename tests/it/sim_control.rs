//! The simulator's people: what they say and tap reaches the service as the platforms would bring it.

use genjin::platform::inbound::{Chat, Kind};
use serde_json::json;

use crate::sim_stage::{BUTTON_CARD, CARD_ROUTE, DINGTALK_GROUP, Service, Stage, WECOM_GROUP};

#[tokio::test]
async fn what_a_person_says_reaches_the_service_on_both_platforms() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    for (platform, user) in [("wecom", "WangLei"), ("dingtalk", "zhaomin")] {
        let said = json!({"platform": platform, "user": user, "text": "张总约了下周二看厂 ]]> <b>&"});
        assert_eq!(stage.post("/sim/say", said).await["status"], 200);
    }
    let heard = service.heard();
    assert_eq!(service.texts(), ["张总约了下周二看厂 ]]> <b>&"; 2]);
    assert_eq!(heard[0].user.to_lowercase(), "wanglei");
    assert_eq!(heard[1].user, "zhaomin");
    assert_ne!(heard[0].message_id, heard[1].message_id);
    let mine = &stage.inbox("wecom", "wanglei").await[0];
    assert_eq!((&mine["from"], &mine["name"]), (&json!("me"), &json!("王磊")));
}

#[tokio::test]
async fn what_was_said_before_a_service_is_known_is_delivered_after() {
    let stage = Stage::new().await;
    let said = json!({"platform": "wecom", "user": "WangLei", "text": "在吗"});
    let (status, answer) = stage.try_post("/sim/say", said).await;
    assert_eq!((status, &answer["queued"]), (202, &json!(true)));
    assert!(stage.get("/sim/world").await["service"]["url"].is_null());

    let service = Service::start(&stage).await;
    let settled = stage.post("/sim/clock", json!({"advance": "0s"})).await;
    assert_eq!(settled["settled"], true);
    assert_eq!(service.texts(), ["在吗"]);
    assert_eq!(stage.get("/sim/world").await["service"]["url"], service.url);
}

#[tokio::test]
async fn registering_tells_which_address_fails() {
    let stage = Stage::new().await;
    let service = Service::unregistered(&stage).await;
    let mut registration = service.registration();
    registration["wecom"]["callback_url"] = json!(format!("{}/nowhere", service.url));
    let answer = stage.post("/sim/service", registration).await;
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["checks"][0]["ok"], false);
    assert!(answer["checks"][0]["error"].as_str().unwrap().contains("404"), "{answer}");
    assert_eq!(answer["checks"][1]["ok"], true, "{answer}");
}

#[tokio::test]
async fn wecom_app_hears_nothing_in_groups_and_a_robot_only_what_calls_it() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    let group = json!({"platform": "wecom", "user": "WangLei", "chat": WECOM_GROUP, "text": "大家好"});
    let answer = stage.post("/sim/say", group).await;
    assert_eq!((&answer["status"], &answer["heard"]), (&json!(null), &json!(false)));

    let mut group =
        json!({"platform": "dingtalk", "user": "zhaomin", "chat": DINGTALK_GROUP, "text": "@跟进 进度"});
    assert_eq!(stage.post("/sim/say", group.clone()).await["status"], 200);
    group["at"] = json!(false);
    assert_eq!(stage.post("/sim/say", group).await["heard"], false);
    let heard = service.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].kind, Kind::Text("进度".to_owned()));
    assert!(matches!(&heard[0].chat, Chat::Group { id, .. } if id == DINGTALK_GROUP));
    let road = stage.get("/sim/road?platform=dingtalk&user=zhaomin").await;
    assert!(road["events"][0]["callback"]["plain"].as_str().unwrap().contains(r#""content":" 进度""#));
}

#[tokio::test]
async fn tap_on_a_wecom_card_brings_a_code_that_updates_it_once() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    let sent = stage.wecom("message/send", wecom_card("d1-a")).await;
    assert_eq!(sent["errcode"], 0, "{sent}");
    let card = &stage.inbox("wecom", "WangLei").await[0];
    assert_eq!(card["title"], "宏远机械：52 小时没跟进");
    assert_eq!(card["text"], "需求确认 · 80 万\n上次 要先看同行案例");

    let tap = json!({"platform": "wecom", "user": "WangLei", "message": card["id"], "button": "明天提醒"});
    assert_eq!(stage.post("/sim/tap", tap.clone()).await["status"], 200);
    let heard = service.heard();
    let Kind::Tap(tapped) = &heard[0].kind else { panic!("{heard:?}") };
    assert_eq!((tapped.card.as_str(), tapped.button.as_str()), ("d1-a", "later"));
    let code = tapped.update_code.clone().unwrap();

    let update = json!({"userids": ["WangLei"], "agentid": 1_000_002, "response_code": code,
        "button": {"replace_name": "明天 9:00 提醒"}});
    assert_eq!(stage.wecom("message/update_template_card", update.clone()).await["errcode"], 0);
    assert_eq!(stage.wecom("message/update_template_card", update).await["errcode"], 60140);
    let updated = &stage.inbox("wecom", "WangLei").await[0];
    assert_eq!(updated["id"], card["id"]);
    assert_eq!(updated["card"]["replaced"], "明天 9:00 提醒");
    assert_eq!(stage.try_post("/sim/tap", tap).await.0, 409, "a grey button cannot be tapped");
}

fn wecom_card(task: &str) -> serde_json::Value {
    json!({"touser": "WangLei", "msgtype": "template_card", "agentid": 1_000_002, "template_card": {
        "card_type": "button_interaction", "main_title": {"title": "宏远机械：52 小时没跟进", "desc": "需求确认 · 80 万"},
        "horizontal_content_list": [{"keyname": "上次", "value": "要先看同行案例"}],
        "button_list": [{"text": "记一笔", "key": "note"}, {"text": "明天提醒", "key": "later"}],
        "task_id": task}})
}

#[tokio::test]
async fn tap_on_a_dingtalk_card_takes_its_answer() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    let buttons = json!({"msgButtons": [{"text": "记一笔", "id": "note", "request": true},
        {"text": "打开", "url": "https://crm.example/1"}]});
    let card = json!({"cardTemplateId": BUTTON_CARD, "outTrackId": "deal-1", "callbackType": "HTTP",
        "callbackRouteKey": CARD_ROUTE, "openSpaceId": "dtv1.card//IM_ROBOT.zhaomin",
        "cardData": {"cardParamMap": {"title": "宏远机械", "markdown": "**52 小时**", "sys_full_json_obj": buttons.to_string()}},
        "imRobotOpenSpaceModel": {"supportForward": false},
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT"}});
    let (status, answer) =
        stage.dingtalk(reqwest::Method::POST, "card/instances/createAndDeliver", card).await;
    assert_eq!((status, &answer["result"]["deliverResults"][0]["success"]), (200, &json!(true)), "{answer}");

    service.answer_taps_with(json!({"cardUpdateOptions": {"updateCardDataByKey": true},
        "cardData": {"cardParamMap": {"markdown": "记在这里"}},
        "userPrivateData": {"cardParamMap": {"tips": "只有你看见"}}}));
    let shown = &stage.inbox("dingtalk", "zhaomin").await[0];
    let tap =
        |button| json!({"platform": "dingtalk", "user": "zhaomin", "message": shown["id"], "button": button});
    assert_eq!(stage.post("/sim/tap", tap("2")).await["url"], "https://crm.example/1");
    assert_eq!(stage.post("/sim/tap", tap("1")).await["status"], 200);
    let Kind::Tap(tapped) = service.heard()[0].kind.clone() else { panic!("a tap was made") };
    assert_eq!((tapped.card.as_str(), tapped.button.as_str()), ("deal-1", "note"));
    let updated = &stage.inbox("dingtalk", "zhaomin").await[0];
    assert_eq!(updated["title"], "宏远机械", "changed by key");
    assert_eq!(updated["text"], "记在这里\n只有你看见");
    assert!(updated["updated_at"].is_string());
}

#[tokio::test]
async fn lost_answer_brings_the_same_wecom_message_again() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    stage.post("/sim/fault", json!({"kind": "drop_answers", "platform": "wecom"})).await;
    stage.post("/sim/fault", json!({"kind": "duplicate_callbacks", "platform": "wecom"})).await;
    let said = json!({"platform": "wecom", "user": "WangLei", "text": "报价已发"});
    assert_eq!(stage.post("/sim/say", said).await["status"], 200);
    let ids: Vec<_> = service.heard().into_iter().map(|heard| heard.message_id).collect();
    assert_eq!(ids.len(), 3, "once lost, once answered, once too often");
    assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]));
    assert_eq!(stage.get("/sim/fault").await["faults"], json!([]));
}

#[tokio::test]
async fn unanswered_robot_message_comes_again_after_a_minute_of_the_world() {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    stage.post("/sim/fault", json!({"kind": "drop_answers", "platform": "dingtalk"})).await;
    let said = json!({"platform": "dingtalk", "user": "zhaomin", "text": "报价已发"});
    assert!(stage.post("/sim/say", said).await["status"].is_null());
    stage.post("/sim/clock", json!({"advance": "59s"})).await;
    assert_eq!(service.heard().len(), 1);
    assert_eq!(stage.post("/sim/clock", json!({"advance": "1s"})).await["settled"], true);
    let heard = service.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].message_id, heard[1].message_id);
}

#[tokio::test]
async fn page_learns_of_messages_and_of_their_road() {
    let stage = Stage::new().await;
    let _service = Service::start(&stage).await;
    let before = stage.get("/sim/events").await["after"].as_u64().unwrap();
    stage.post("/sim/say", json!({"platform": "wecom", "user": "WangLei", "text": "今日"})).await;
    stage
        .wecom(
            "message/send",
            json!({"touser": "wanglei", "msgtype": "text", "agentid": 1_000_002,
        "text": {"content": "今天 3 件事"}}),
        )
        .await;
    let news = stage.get(&format!("/sim/events?after={before}&wait=5")).await;
    let messages: Vec<_> =
        news["events"].as_array().unwrap().iter().filter(|e| e["kind"] == "message").collect();
    assert_eq!(messages[1]["message"]["text"], "今天 3 件事");
    assert_eq!(messages[1]["user"], "WangLei");

    let road = stage.get("/sim/road?platform=wecom&user=WangLei").await;
    let event = &road["events"][0];
    assert_eq!((&event["kind"], &event["text"]), (&json!("say"), &json!("今日")));
    assert!(event["callback"]["plain"].as_str().unwrap().contains("今日"));
    assert_eq!(event["callback"]["attempts"][0]["status"], 200);
    assert_eq!(event["sends"][0]["path"], "/cgi-bin/message/send");
    assert_eq!(event["sends"][0]["title"], "今天 3 件事");

    stage.post("/sim/reset", json!({})).await;
    assert!(stage.inbox("wecom", "WangLei").await.is_empty());
    let far = stage.get("/sim/events?after=999999").await;
    assert_eq!(far["events"][0]["kind"], "reset", "a page of an earlier run reads everything again");
}

#[tokio::test]
async fn control_api_refuses_in_words() {
    let stage = Stage::new().await;
    let say = |user: &str, via: &str| json!({"platform": "wecom", "user": user, "text": "x", "via": via});
    for (body, status) in [
        (say("WangLei", "stream"), 501),
        (say("nobody", "http"), 404),
        (json!({"platform": "feishu", "user": "WangLei", "text": "x"}), 400),
        (json!({"platform": "wecom", "user": "WangLei", "text": "x", "txt": "y"}), 400),
    ] {
        let (answered, refusal) = stage.try_post("/sim/say", body).await;
        assert_eq!(answered, status);
        assert!(refusal["error"].is_string());
    }
    let tap = json!({"platform": "wecom", "user": "WangLei", "message": "m-1", "button": "1"});
    assert_eq!(stage.try_post("/sim/tap", tap).await.0, 404);
}
