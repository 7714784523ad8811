//! The simulator is as strict as 企业微信: codes, shapes and limits of its reference.

use genjin::sim::{Platform, Webhook, wecom_ids};
use serde_json::{Value, json};

use crate::sim_stage::{Service, Stage, WECOM_GROUP};

fn text(to: &str, content: &str) -> Value {
    json!({"touser": to, "msgtype": "text", "agentid": wecom_ids::AGENT_ID, "text": {"content": content}})
}

fn card(template_card: Value) -> Value {
    json!({"touser": "WangLei", "msgtype": "template_card", "agentid": wecom_ids::AGENT_ID,
        "template_card": template_card})
}

fn buttons(task: &str) -> Value {
    json!({"card_type": "button_interaction", "main_title": {"title": "宏远机械"},
        "button_list": [{"text": "记一笔", "key": "note"}], "task_id": task})
}

/// The value with one place of it replaced; `null` takes it away.
fn with(mut value: Value, path: &str, new: Value) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match new {
        Value::Null => parent.remove(name),
        new => parent.insert(name.to_owned(), new),
    };
    value
}

#[tokio::test]
async fn token_is_the_same_within_its_life_and_wrong_secrets_are_refused() {
    let stage = Stage::new().await;
    let token = stage.wecom_token().await;
    assert_eq!(stage.wecom_token().await, token);
    let wrong = stage.get(&format!("/cgi-bin/gettoken?corpid={}&corpsecret=x", wecom_ids::CORP_ID)).await;
    assert_eq!(wrong["errcode"], 40001);
    let wrong = stage.get(&format!("/cgi-bin/gettoken?corpid=ww1&corpsecret={}", wecom_ids::SECRET)).await;
    assert_eq!(wrong["errcode"], 40013);

    let send = |token: &str| format!("/cgi-bin/message/send?access_token={token}");
    assert_eq!(stage.post(&send(""), text("WangLei", "x")).await["errcode"], 41001);
    assert_eq!(stage.post(&send("made-up"), text("WangLei", "x")).await["errcode"], 40014);
    stage.post("/sim/clock", json!({"advance": "2h"})).await;
    assert_eq!(stage.post(&send(&token), text("WangLei", "x")).await["errcode"], 42001);
    let fresh = stage.wecom_token().await;
    stage.post("/sim/fault", json!({"kind": "expire_tokens"})).await;
    assert_eq!(stage.post(&send(&fresh), text("WangLei", "x")).await["errcode"], 42001);
    assert!(stage.inbox("wecom", "WangLei").await.is_empty());
}

#[tokio::test]
async fn error_carries_hint_address_and_headers() {
    let stage = Stage::new().await;
    let request = stage.request(reqwest::Method::POST, "/cgi-bin/message/send").json(&text("WangLei", "x"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["error-code"], "41001");
    assert!(response.headers().contains_key("error-msg"));
    let errmsg = response.json::<Value>().await.unwrap()["errmsg"].as_str().unwrap().to_owned();
    assert!(errmsg.starts_with("access_token missing, hint: ["), "{errmsg}");
    assert!(errmsg.contains("from ip: 127.0.0.1") && errmsg.ends_with("query?e=41001"), "{errmsg}");

    let unknown = stage.request(reqwest::Method::GET, "/cgi-bin/no/such").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    let wrong_way = stage.get("/cgi-bin/message/send").await;
    assert_eq!(wrong_way["errcode"], 43002);
}

#[tokio::test]
async fn receivers_are_told_apart() {
    let stage = Stage::new().await;
    let partly = stage.wecom("message/send", text("wanglei|Gone01|LiJing", "x")).await;
    assert_eq!((&partly["errcode"], &partly["invaliduser"]), (&json!(0), &json!("gone01")));
    assert!(partly["msgid"].is_string() && partly["response_code"].is_null());
    for user in ["WangLei", "LiJing"] {
        assert_eq!(stage.texts("wecom", user).await, ["x"]);
    }
    assert_eq!(stage.wecom("message/send", text("gone01", "x")).await["errcode"], 81013);
    assert_eq!(stage.wecom("message/send", text("", "x")).await["errcode"], 82001);
    let team = json!({"toparty": "2", "msgtype": "markdown", "agentid": wecom_ids::AGENT_ID,
        "markdown": {"content": "**早**"}});
    assert_eq!(stage.wecom("message/send", team).await["errcode"], 0);
    assert_eq!(stage.texts("wecom", "LiJing").await, ["x", "**早**"]);
}

#[tokio::test]
async fn malformed_messages_are_refused_with_their_codes() {
    let stage = Stage::new().await;
    let _service = Service::start(&stage).await;
    let cases = [
        (text("WangLei", "  "), 44004),
        (with(text("WangLei", "x"), "/agentid", json!(1)), 301_002),
        (with(text("WangLei", "x"), "/msgtype", json!("tekst")), 40008),
        (with(text("WangLei", "x"), "/silent", json!(1)), 40058),
        (with(text("WangLei", "x"), "/text/title", json!("x")), 40058),
        (with(card(buttons("t")), "/template_card/card_type", json!("fancy")), 42031),
        (with(card(buttons("t")), "/template_card/main_title", json!({"title": ""})), 42033),
        (with(card(buttons("t")), "/template_card/task_id", json!(null)), 42014),
        (with(card(buttons("t")), "/template_card/task_id", json!("空 格")), 42014),
        (with(card(buttons("t")), "/template_card/button_list", json!([])), 42038),
        (with(card(buttons("t")), "/template_card/button_list", json!([{"text": "a"}])), 42039),
        (with(card(buttons("t")), "/template_card/button_list", json!([{"text": "a", "type": 1}])), 42028),
        (
            with(
                card(buttons("t")),
                "/template_card/button_list",
                json!(vec![json!({"text": "a", "key": "k"}); 2]),
            ),
            42039,
        ),
        (with(card(buttons("t")), "/template_card/horizontal_content_list", json!([{"value": "v"}])), 42027),
        (
            with(
                card(buttons("t")),
                "/template_card/horizontal_content_list",
                json!(vec![json!({"keyname": "k"}); 7]),
            ),
            42035,
        ),
        (with(card(buttons("t")), "/template_card/emphasis_content", json!({"title": "3"})), 40058),
        (card(json!({"card_type": "text_notice", "main_title": {"title": "战报"}})), 42045),
        (
            card(json!({"card_type": "vote_interaction", "main_title": {"title": "带上"}, "task_id": "v",
            "checkbox": {"question_key": "q", "option_list": []}, "submit_button": {"text": "好", "key": "s"}})),
            42037,
        ),
    ];
    for (message, errcode) in cases {
        let answer = stage.wecom("message/send", message.clone()).await;
        assert_eq!(answer["errcode"], errcode, "{message}\n{answer}");
    }
    assert!(stage.inbox("wecom", "WangLei").await.is_empty());
}

#[tokio::test]
async fn card_that_calls_back_needs_a_callback_address() {
    let stage = Stage::new().await;
    assert_eq!(stage.wecom("message/send", card(buttons("t1"))).await["errcode"], 43012);
    let notice = card(json!({"card_type": "text_notice", "main_title": {"title": "战报"},
        "card_action": {"type": 1, "url": "https://crm.example"}}));
    assert_eq!(stage.wecom("message/send", notice).await["errcode"], 0);
    let _service = Service::start(&stage).await;
    let sent = stage.wecom("message/send", card(buttons("t1"))).await;
    assert!(sent["response_code"].is_string(), "{sent}");
    assert_eq!(stage.wecom("message/send", card(buttons("t1"))).await["errcode"], 42014, "never twice");
}

#[tokio::test]
async fn response_code_lives_for_72_hours() {
    let stage = Stage::new().await;
    let _service = Service::start(&stage).await;
    let mut codes = Vec::new();
    for task in ["t1", "t2"] {
        codes.push(stage.wecom("message/send", card(buttons(task))).await["response_code"].clone());
    }
    let update = |code: &Value| {
        json!({"atall": 1, "agentid": wecom_ids::AGENT_ID, "response_code": code,
        "template_card": {"card_type": "text_notice", "main_title": {"title": "已记录"},
            "card_action": {"type": 1, "url": "https://crm.example"}}})
    };
    let bad = with(update(&codes[0]), "/template_card/card_action", json!(null));
    assert_eq!(
        stage.wecom("message/update_template_card", bad).await["errcode"],
        42045,
        "no code is used up"
    );
    stage.post("/sim/clock", json!({"advance": "71h"})).await;
    assert_eq!(stage.wecom("message/update_template_card", update(&codes[0])).await["errcode"], 0);
    stage.post("/sim/clock", json!({"advance": "1h"})).await;
    assert_eq!(stage.wecom("message/update_template_card", update(&codes[1])).await["errcode"], 60140);
    let inbox = stage.inbox("wecom", "WangLei").await;
    assert_eq!((&inbox[0]["title"], &inbox[1]["title"]), (&json!("已记录"), &json!("宏远机械")));
}

#[tokio::test]
async fn identical_request_within_its_interval_is_delivered_once() {
    let stage = Stage::new().await;
    let message = with(text("WangLei", "3 件事"), "/enable_duplicate_check", json!(1));
    let message = with(message, "/duplicate_check_interval", json!(3600));
    let first = stage.wecom("message/send", message.clone()).await;
    let second = stage.wecom("message/send", message.clone()).await;
    assert_eq!((&second["errcode"], &second["msgid"]), (&json!(0), &first["msgid"]));
    assert_eq!(stage.inbox("wecom", "WangLei").await.len(), 1);
    stage.post("/sim/clock", json!({"advance": "1h"})).await;
    stage.wecom("message/send", message).await;
    assert_eq!(stage.inbox("wecom", "WangLei").await.len(), 2);
}

#[tokio::test]
async fn more_than_thirty_a_minute_to_one_member_are_dropped_without_a_word() {
    let stage = Stage::new().await;
    for n in 0..32 {
        assert_eq!(stage.wecom("message/send", text("WangLei", &n.to_string())).await["errcode"], 0);
    }
    assert_eq!(stage.inbox("wecom", "WangLei").await.len(), 30);
    stage.post("/sim/clock", json!({"advance": "1m"})).await;
    stage.wecom("message/send", text("WangLei", "again")).await;
    assert_eq!(stage.inbox("wecom", "WangLei").await.len(), 31);
}

#[tokio::test]
async fn group_webhook_takes_twenty_a_minute_and_refuses_long_markdown() {
    let stage = Stage::new().await;
    let webhook = format!("/cgi-bin/webhook/send?key={}", Webhook::of(Platform::Wecom, WECOM_GROUP).key);
    let markdown = |content: &str| json!({"msgtype": "markdown", "markdown": {"content": content}});
    assert_eq!(stage.post("/cgi-bin/webhook/send?key=x", markdown("x")).await["errcode"], 93000);
    let long = stage.post(&webhook, markdown(&"长".repeat(1_366))).await;
    assert_eq!(long["errcode"], 40058);
    assert!(long["errmsg"].as_str().unwrap().starts_with("markdown.content exceed max length 4096"));
    for _ in 0..20 {
        assert_eq!(stage.post(&webhook, markdown("战报")).await["errcode"], 0);
    }
    assert_eq!(stage.post(&webhook, markdown("战报")).await["errcode"], 45009);
    let group = stage.get(&format!("/sim/group?platform=wecom&chat={WECOM_GROUP}")).await;
    assert_eq!(group["messages"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn faults_strike_before_or_after_the_effect() {
    let stage = Stage::new().await;
    let fail = |after: bool| {
        json!({"kind": "fail", "platform": "wecom", "path": "/cgi-bin/message/send",
        "status": 500, "after": after})
    };
    let token = stage.wecom_token().await;
    let path = format!("/cgi-bin/message/send?access_token={token}");
    for (after, arrived) in [(false, 0), (true, 1)] {
        stage.post("/sim/fault", fail(after)).await;
        assert_eq!(stage.try_post(&path, text("WangLei", "x")).await.0, 500);
        assert_eq!(stage.inbox("wecom", "WangLei").await.len(), arrived);
    }
    stage.post("/sim/fault", json!({"kind": "rate_limit", "times": 5})).await;
    assert_eq!(stage.post(&path, text("WangLei", "x")).await["errcode"], 45009);
    stage.delete("/sim/fault").await;
    assert_eq!(stage.post(&path, text("WangLei", "x")).await["errcode"], 0);
}

#[tokio::test]
async fn doctor_reads_members_and_addresses() {
    let stage = Stage::new().await;
    let token = stage.wecom_token().await;
    let read = async |what: &str| stage.get(&format!("/cgi-bin/{what}access_token={token}")).await;
    assert_eq!(read("getcallbackip?").await["ip_list"][0], "127.0.0.1");
    assert_eq!(read("user/get?userid=wanglei&").await["name"], "王磊");
    assert_eq!(read("user/get?userid=gone&").await["errcode"], 60111);
    assert_eq!(read("user/list?department_id=2&").await["userlist"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn app_chats_are_made_once_and_hold_to_their_limits() {
    let stage = Stage::new().await;
    let make = |change: Value| {
        let mut chat =
            json!({"name": "华东组", "owner": "WangLei", "userlist": ["WangLei", "LiJing"], "chatid": "gj1"});
        chat.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        chat
    };
    for (change, errcode) in [
        (json!({"userlist": ["WangLei"]}), 86006),
        (json!({"userlist": ["WangLei", "Nobody"]}), 86007),
        (json!({"owner": "Nobody"}), 86207),
        (json!({"name": "长".repeat(51)}), 86004),
        (json!({"chatid": "has-dash"}), 86001),
        (json!({"chatid": "x".repeat(33)}), 86203),
        (json!({"members": []}), 40058),
        (json!({}), 0),
        (json!({}), 86215),
    ] {
        let answer = stage.wecom("/cgi-bin/appchat/create", make(change)).await;
        assert_eq!(answer["errcode"], errcode, "{answer}");
    }
    let says =
        |chat: &str, kind: &str| json!({"chatid": chat, "msgtype": kind, kind: {"content": "好"}, "safe": 0});
    for (body, errcode) in
        [(says("gj2", "text"), 86001), (says("gj1", "template_card"), 40008), (says("gj1", "markdown"), 0)]
    {
        assert_eq!(stage.wecom("/cgi-bin/appchat/send", body).await["errcode"], errcode);
    }
    let token = stage.wecom_token().await;
    let chat = stage.get(&format!("/cgi-bin/appchat/get?access_token={token}&chatid=gj1")).await;
    assert_eq!(chat["chat_info"]["userlist"], json!(["WangLei", "LiJing"]));
    let said = json!({"platform": "wecom", "user": "WangLei", "chat": "gj1", "text": "大家好"});
    assert_eq!(stage.post("/sim/say", said).await["heard"], false, "企业微信 tells an app nothing of groups");
}
