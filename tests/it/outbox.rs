//! The courier on the real wires: what it sends arrives on the simulator's phones, in the form that the platform can
//! carry, and once.

mod media;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::event::{CardFace, Fate, Identity, Session};
use genjin::messages::{Sample, Templates};
use genjin::outbox::{self, App, Carrier, Courier, CourierError, Document, Receipt, Robot};
use genjin::platform::dingtalk::api::{DingTalk, DingTalkApp};
use genjin::platform::error::DeliverError;
use genjin::platform::http::http_client;
use genjin::platform::inbound::Kind;
use genjin::platform::pace::{DingTalkLimits, Rate, WeComLimits};
use genjin::platform::wecom::api::{AppChat, WeCom, WeComApp};
use genjin::sales::{CardId, Platform, RowId};
use genjin::sim::{Platform as Simulated, Webhook, dingtalk_ids, wecom_ids};
use genjin::state::{Recipient, Row, RowState, Saying};
use serde_json::{Value, json};

use crate::scripted::{Scripted, ok};
use crate::sim_stage::{BUTTON_CARD, CARD_ROUTE, DINGTALK_GROUP, Service, Stage, WECOM_GROUP, opening};

/// A file.
const PDF: &[u8] = b"%PDF-1.7 three rivals in one table";
/// A picture of one point.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n one point";
const EPOCH: u64 = 0xfeed;
const WECOM: &str = "wecom";
const DINGTALK: &str = "dingtalk";

fn courier(url: &str, clock: &Clock) -> Courier {
    courier_with(url, clock, None)
}

/// With `agent_id` the DingTalk app has work notices.
fn courier_with(url: &str, clock: &Clock, agent_id: Option<i64>) -> Courier {
    let http = http_client(None).unwrap();
    let wecom = WeComApp {
        base_url: url.into(),
        corp_id: wecom_ids::CORP_ID.into(),
        secret: wecom_ids::SECRET.into(),
        agent_id: wecom_ids::AGENT_ID,
    };
    let dingtalk = DingTalkApp {
        base_url_new: url.into(),
        base_url_old: url.into(),
        app_key: dingtalk_ids::APP_KEY.into(),
        app_secret: dingtalk_ids::APP_SECRET.into(),
        robot_code: dingtalk_ids::APP_KEY.into(),
        agent_id,
    };
    // The clock stands still: nobody would ever be let pass who has to wait for his turn.
    let at_once = Rate::new(1_000, 1, 1).unwrap();
    let limits = DingTalkLimits { api: at_once, webhook: at_once };
    let speaks = App::DingTalk {
        api: DingTalk::new(dingtalk, http.clone(), clock.clone(), limits),
        robot_code: dingtalk_ids::APP_KEY.into(),
        card_template: BUTTON_CARD.into(),
        route_key: CARD_ROUTE.into(),
    };
    let robot = |platform, group| {
        let webhook = Webhook::of(platform, group);
        Robot { webhook: webhook.key.into(), secret: webhook.secret.map(Into::into) }
    };
    let templates = Arc::new(Templates::shipped());
    Courier {
        apps: BTreeMap::from([
            (WECOM.into(), App::WeCom(WeCom::new(wecom, http, clock.clone(), WeComLimits::default()))),
            (DINGTALK.into(), speaks),
        ]),
        robots: BTreeMap::from([
            ("east-wecom".into(), robot(Simulated::Wecom, WECOM_GROUP)),
            ("east-dingtalk".into(), robot(Simulated::Dingtalk, DINGTALK_GROUP)),
        ]),
        templates: Arc::new(move |_| templates.clone()),
        link: Arc::new(|page, row| {
            Some(format!("https://g.example/m/{}?for={}", page.trim_start_matches("material://"), row.id))
        }),
        keep: Arc::new(|_| Ok("0".repeat(64))),
        give: Arc::new(|_| Ok(PNG.to_vec())),
        meanings: None,
        chat: Arc::new(|team| {
            (team == "east").then(|| AppChat {
                chatid: "gj00".into(),
                name: "华东组".into(),
                owner: "LiJing".into(),
                userlist: ["LiJing", "WangLei"].map(str::to_owned).to_vec(),
            })
        }),
        document: Arc::new(|key| {
            let document = |name: &str, bytes: &[u8]| Document { name: name.into(), bytes: bytes.to_vec() };
            Ok(match key {
                "table" => Some(document("竞品对比表.pdf", PDF)),
                "chart" => Some(document("甘特图.png", PNG)),
                "slides" => Some(document("介绍.pptx", b"PK\x03\x04 slides")),
                _ => None,
            })
        }),
        epoch: Arc::new(AtomicU64::new(EPOCH)),
    }
}

fn vars(template: &str) -> Value {
    Templates::shipped().get(template).unwrap().sample(Sample::Usual)
}

fn row(id: u64, app: &str, to: Recipient, says: Saying) -> Row {
    Row {
        id: RowId(id),
        app: app.into(),
        to,
        says,
        templates: "".into(),
        at: opening(),
        useful_until: opening() + TimeDelta::hours(1),
        bulk: false,
        cause: Identity::of(&[b"test", &id.to_be_bytes()]),
        after: None,
        attempts: 0,
        state: RowState::Ready { from: opening() },
    }
}

fn person(user: &str) -> Recipient {
    Recipient::Person { user: user.into() }
}

fn message(template: &str, card: Option<u64>) -> Saying {
    Saying::Message { template: template.into(), vars: vars(template), card: card.map(CardId), session: None }
}

fn update(card: u64, done: Option<&str>, code: Option<Box<str>>) -> Saying {
    let template: Box<str> = "overdue_warning".into();
    let mut vars = vars(&template);
    vars["idle"] = json!("3 天");
    Saying::Update { face: CardFace { card: CardId(card), template, vars, done: done.map(Into::into) }, code }
}

fn buttons(message: &Value) -> Vec<&str> {
    message["buttons"].as_array().unwrap().iter().map(|button| button["text"].as_str().unwrap()).collect()
}

async fn sent(courier: &Courier, row: &Row) -> Receipt {
    courier.deliver(row, opening()).await.unwrap()
}

async fn refused(courier: &Courier, row: &Row) -> DeliverError {
    match courier.deliver(row, opening()).await {
        Err(CourierError::Deliver(error)) => error,
        other => panic!("{other:?}"),
    }
}

async fn stage() -> (Stage, Service, Courier) {
    let stage = Stage::new().await;
    let service = Service::start(&stage).await;
    let courier = courier(&stage.url, &stage.sim.clock());
    (stage, service, courier)
}

#[tokio::test]
async fn wecom_card_arrives_with_its_buttons_and_changes_in_its_place() {
    let (stage, _service, courier) = stage().await;
    let warning = row(1, WECOM, person("WangLei"), message("overdue_warning", Some(9)));
    let code = sent(&courier, &warning).await.code;
    assert!(code.is_some());
    let inbox = stage.inbox("wecom", "WangLei").await;
    assert_eq!(inbox[0]["title"], "宏远机械：2 天 4 小时没跟进");
    assert_eq!(buttons(&inbox[0]), ["记一笔", "明天提醒", "移交", "关闭商机"]);

    sent(&courier, &row(2, WECOM, person("WangLei"), update(9, Some("已记一笔"), code.clone()))).await;
    let inbox = stage.inbox("wecom", "WangLei").await;
    assert_eq!((inbox.len(), &inbox[0]["title"]), (1, &json!("宏远机械：3 天没跟进")));

    let again = row(2, WECOM, person("WangLei"), update(9, Some("已记一笔"), code));
    assert!(matches!(refused(&courier, &again).await, DeliverError::RecipientGone { .. }));
    assert_eq!(sent(&courier, &Row { attempts: 1, ..again }).await, Receipt::default(), "done by the first");
}

#[tokio::test]
async fn wecom_tap_names_the_card_and_its_code_changes_it_while_the_buttons_go_on() {
    let (stage, service, courier) = stage().await;
    sent(&courier, &row(1, WECOM, person("WangLei"), message("overdue_warning", Some(9)))).await;
    let id = stage.inbox("wecom", "WangLei").await[0]["id"].clone();
    let tap = json!({"platform": "wecom", "user": "WangLei", "message": id, "button": "note"});
    assert_eq!(stage.post("/sim/tap", tap).await["status"], 200);
    let heard = service.heard();
    let Kind::Tap(tap) = &heard[0].kind else { panic!("{heard:?}") };
    assert_eq!(CardId::from_outside(&tap.card, EPOCH), Some(CardId(9)));
    let code = tap.update_code.clone().map(Into::into);
    sent(&courier, &row(2, WECOM, person("WangLei"), update(9, None, code))).await;
    assert_eq!(buttons(&stage.inbox("wecom", "WangLei").await[0]).len(), 4);
}

#[tokio::test]
async fn wecom_card_sent_again_is_one_card() {
    let (stage, _service, courier) = stage().await;
    let warning = row(1, WECOM, person("WangLei"), message("overdue_warning", Some(9)));
    let first = sent(&courier, &warning).await;
    assert_eq!(sent(&courier, &warning).await, first, "the same bytes get the same answer");
    let mut other = warning;
    other.says = Saying::Message {
        template: "overdue_warning".into(),
        vars: json!({"customer": "宏远", "idle": "2 天", "stage": "初访", "amount": "8 万", "rule": "初访 48 小时"}),
        card: Some(CardId(9)),
        session: None,
    };
    assert_eq!(sent(&courier, &other).await, Receipt::default(), "a used task_id is the card that exists");
    assert_eq!(stage.inbox("wecom", "WangLei").await.len(), 1);
}

#[tokio::test]
async fn wecom_text_and_group_webhook_arrive() {
    let (stage, _service, courier) = stage().await;
    for id in [1, 2] {
        sent(&courier, &row(id, WECOM, person("WangLei"), message("noted", None))).await;
    }
    let texts = stage.texts("wecom", "WangLei").await;
    let said = "记下了：宏远机械，客户认可方案\n听着在意价格，回 话术 价格 看怎么接";
    assert_eq!(texts, [said; 2], "an honest repeat is not swallowed");

    let group = Recipient::Robot { key: "east-wecom".into() };
    sent(&courier, &row(3, WECOM, group, message("group_digest", None))).await;
    let group = stage.get(&format!("/sim/group?platform=wecom&chat={WECOM_GROUP}")).await;
    assert!(group["messages"][0]["text"].as_str().unwrap().contains("华东组 周二"), "{group}");

    let nowhere = row(4, WECOM, Recipient::Group { id: "wr-x".into() }, message("noted", None));
    assert!(matches!(courier.deliver(&nowhere, opening()).await, Err(CourierError::NoGroups)));
}

#[tokio::test]
async fn team_gets_a_group_of_its_own_that_follows_its_members() {
    let (stage, _service, courier) = stage().await;
    let to = Recipient::AppChat { team: "east".into() };
    sent(&courier, &row(1, WECOM, to.clone(), message("group_digest", None))).await;
    let world = stage.get("/sim/world").await;
    let chats = world["wecom"]["chats"].as_array().unwrap();
    let chat = chats.iter().find(|chat| chat["id"] == "gj00").unwrap();
    assert_eq!((&chat["name"], &chat["members"]), (&json!("华东组"), &json!(["LiJing", "WangLei"])));
    let said = || async { stage.get("/sim/group?platform=wecom&chat=gj00").await["messages"].clone() };
    assert_eq!(said().await[0]["kind"], "markdown");
    // Somebody else changed it: the next message brings it in step again, and makes no second chat.
    let change = json!({"chatid": "gj00", "name": "别的", "owner": "WangLei"});
    assert_eq!(stage.wecom("/cgi-bin/appchat/update", change).await["errcode"], 0);
    sent(&courier, &row(2, WECOM, to, message("group_digest", None))).await;
    let world = stage.get("/sim/world").await;
    let chats = world["wecom"]["chats"].as_array().unwrap();
    let own: Vec<_> = chats.iter().filter(|chat| chat["id"] == "gj00").collect();
    assert_eq!(
        (own.len(), &own[0]["name"], &own[0]["members"]),
        (1, &json!("华东组"), &json!(["LiJing", "WangLei"]))
    );
    assert_eq!(said().await.as_array().unwrap().len(), 2);
    let nowhere = row(3, WECOM, Recipient::AppChat { team: "gone".into() }, message("group_digest", None));
    let error = courier.deliver(&nowhere, opening()).await.unwrap_err().to_string();
    assert!(error.contains("wecom_chat"), "{error}");
}

#[tokio::test]
async fn material_is_linked_for_the_row_that_carries_it() {
    let (stage, _service, courier) = stage().await;
    let mut vars = vars("pack");
    vars["materials"] =
        json!([{"key": "quote", "text": "报价单", "done": false, "link": "material://quote"}]);
    let says = Saying::Message { template: "pack".into(), vars, card: Some(CardId(9)), session: None };
    sent(&courier, &row(5, WECOM, person("WangLei"), says)).await;
    let inbox = stage.inbox("wecom", "WangLei").await;
    let rows = inbox[0]["card"]["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["url"] == "https://g.example/m/quote?for=o-5"), "{rows:?}");
}

#[tokio::test]
async fn dingtalk_card_arrives_with_its_buttons_and_changes_in_its_place() {
    let (stage, service, courier) = stage().await;
    let warning = row(1, DINGTALK, person("zhaomin"), message("overdue_warning", Some(9)));
    sent(&courier, &warning).await;
    sent(&courier, &warning).await;
    let inbox = stage.inbox("dingtalk", "zhaomin").await;
    assert_eq!(inbox.len(), 1, "a card that exists already is this one");
    assert_eq!(buttons(&inbox[0]), ["记一笔", "明天提醒", "移交", "关闭商机"]);

    let tap = json!({"platform": "dingtalk", "user": "zhaomin", "message": inbox[0]["id"], "button": "note"});
    assert_eq!(stage.post("/sim/tap", tap).await["status"], 200);
    let heard = service.heard();
    assert!(matches!(&heard[0].kind, Kind::Tap(tap) if tap.card == CardId(9).outside(EPOCH)));

    sent(&courier, &row(2, DINGTALK, person("zhaomin"), update(9, Some("已记一笔"), None))).await;
    let inbox = stage.inbox("dingtalk", "zhaomin").await;
    assert_eq!((inbox.len(), buttons(&inbox[0]).len()), (1, 0));
    assert_eq!(inbox[0]["title"], "宏远机械：3 天没跟进");
    assert!(inbox[0]["text"].as_str().unwrap().ends_with("已记一笔"), "{}", inbox[0]);

    let missing = row(3, DINGTALK, person("zhaomin"), update(404, None, None));
    assert!(matches!(refused(&courier, &missing).await, DeliverError::RecipientGone { .. }));
}

/// The session of what somebody just said to the robot.
async fn session(stage: &Stage, service: &Service) -> Session {
    stage.post("/sim/say", json!({"platform": "dingtalk", "user": "zhaomin", "text": "今天"})).await;
    let session = service.heard().pop().unwrap().session.unwrap();
    Session { url: session.url.into(), until: session.expires_at }
}

fn answer(id: u64, session: Session) -> Row {
    let template = "noted";
    let says = Saying::Message {
        template: template.into(),
        vars: vars(template),
        card: None,
        session: Some(session),
    };
    row(id, DINGTALK, person("zhaomin"), says)
}

/// By which of its calls the bot spoke to the person, newest last.
async fn paths(stage: &Stage) -> String {
    stage.get("/sim/road?platform=dingtalk&user=zhaomin").await.to_string()
}

#[tokio::test]
async fn dingtalk_answer_goes_by_the_session_while_that_lives() {
    let (stage, service, courier) = stage().await;
    let session = session(&stage, &service).await;
    sent(&courier, &answer(1, session.clone())).await;
    assert!(paths(&stage).await.contains("/robot/sendBySession"));
    assert!(!paths(&stage).await.contains("batchSend"));

    let late: DateTime<Utc> = session.until - TimeDelta::seconds(90);
    courier.deliver(&answer(2, session.clone()), late).await.unwrap();
    assert!(paths(&stage).await.contains("batchSend"), "its last two minutes are not used");

    let dead = Session { url: format!("{}x", session.url).into(), ..session.clone() };
    sent(&courier, &answer(3, dead)).await;
    let foreign = Session { url: "https://evil.example/robot/sendBySession".into(), ..session };
    sent(&courier, &answer(4, foreign)).await;
    let texts = stage.texts("dingtalk", "zhaomin").await;
    let notes = texts.iter().filter(|text| text.contains("客户认可方案")).count();
    assert_eq!(notes, 4, "{texts:?}");
}

#[tokio::test]
async fn whom_the_robot_does_not_reach_gets_a_work_notice_once_a_day() {
    let (stage, _service, _without_notices) = stage().await;
    let courier = courier_with(&stage.url, &stage.sim.clock(), Some(dingtalk_ids::AGENT_ID));
    let hidden = |times: u32| {
        json!({"kind": "fail", "platform": "dingtalk", "path": "/v1.0/robot/oToMessages", "times": times,
            "code": "staffId.notExisted"})
    };
    stage.post("/sim/fault", hidden(2)).await;
    let note = row(1, DINGTALK, person("zhaomin"), message("noted", None));
    sent(&courier, &note).await;
    let inbox = stage.inbox("dingtalk", "zhaomin").await;
    let title = inbox[0]["title"].as_str().unwrap();
    assert!(title.starts_with("工作通知：记下了"), "{inbox:?}");
    assert!(inbox[0]["text"].as_str().unwrap().contains("到机器人的单聊里回我"), "{inbox:?}");
    // A success of the call is none of the delivery: the result says that the same words are lost.
    let lost = refused(&courier, &Row { id: RowId(2), ..note.clone() }).await;
    assert!(matches!(&lost, DeliverError::Rejected { code, .. } if code == "143106"), "{lost:?}");
    assert_eq!(stage.inbox("dingtalk", "zhaomin").await.len(), 1);
    // Who is nobody gets none, and the operator hears so.
    let nobody = row(3, DINGTALK, person("nobody"), message("noted", None));
    assert!(matches!(refused(&courier, &nobody).await, DeliverError::RecipientGone { .. }));
    // The robot reaches again: no notice.
    sent(&courier, &Row { id: RowId(4), ..note }).await;
    assert!(!stage.inbox("dingtalk", "zhaomin").await[1]["title"].as_str().unwrap().starts_with("工作通知"));
}

#[tokio::test]
async fn dingtalk_group_and_its_robot_are_spoken_to() {
    let (stage, _service, courier) = stage().await;
    let group = Recipient::Group { id: DINGTALK_GROUP.into() };
    sent(&courier, &row(1, DINGTALK, group, message("group_private", None))).await;
    let robot = Recipient::Robot { key: "east-dingtalk".into() };
    let digest = row(2, DINGTALK, robot, message("group_digest", None));
    sent(&courier, &digest).await;
    sent(&courier, &digest).await;
    let chat = DINGTALK_GROUP.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let group = stage.get(&format!("/sim/group?platform=dingtalk&chat={chat}")).await;
    assert_eq!(group["messages"].as_array().unwrap().len(), 2, "a repeated msgUuid is one message: {group}");
}

#[tokio::test]
async fn expired_tokens_heal_within_the_same_call() {
    let (stage, _service, courier) = stage().await;
    for (id, app, user) in [(1, WECOM, "WangLei"), (2, DINGTALK, "zhaomin")] {
        let text = row(id, app, person(user), message("noted", None));
        sent(&courier, &text).await;
        stage.post("/sim/fault", json!({"kind": "expire_tokens"})).await;
        sent(&courier, &text).await;
        assert_eq!(stage.texts(app, user).await.len(), 2);
    }
}

#[tokio::test]
async fn too_fast_a_call_is_made_again_when_the_platform_allows() {
    let (stage, _service, courier) = stage().await;
    for (id, app, user, platform) in
        [(1, WECOM, "WangLei", Platform::WeCom), (2, DINGTALK, "zhaomin", Platform::DingTalk)]
    {
        let text = row(id, app, person(user), message("noted", None));
        sent(&courier, &text).await;
        let path = if app == WECOM { "/cgi-bin/message" } else { "/v1.0/robot" };
        stage.post("/sim/fault", json!({"kind": "rate_limit", "platform": app, "path": path})).await;
        let error = refused(&courier, &text).await;
        let fate = outbox::next(&text, platform, &error, true, opening());
        assert!(matches!(fate, Fate::Later { at, .. } if at > opening()), "{app}: {fate:?}");
        sent(&courier, &text).await;
    }
}

#[tokio::test]
async fn answer_of_success_that_reached_nobody_is_not_a_delivery() {
    let platform = Scripted::start().await;
    let token = json!({"errcode": 0, "errmsg": "ok", "access_token": "T", "expires_in": 7200});
    platform.always("GET /cgi-bin/gettoken", ok(token));
    platform.always("POST /v1.0/oauth2/accessToken", ok(json!({"accessToken": "T", "expireIn": 7200})));
    let missed = json!({"errcode": 0, "errmsg": "ok", "invaliduser": "wanglei", "msgid": "M"});
    platform.on("POST /cgi-bin/message/send", ok(missed));
    let batch = "POST /v1.0/robot/oToMessages/batchSend";
    platform.on(batch, ok(json!({"processQueryKey": "K", "invalidStaffIdList": ["zhaomin"]})));
    platform.on(batch, ok(json!({"processQueryKey": "K", "flowControlledStaffIdList": ["zhaomin"]})));

    let courier = courier(&platform.url, &Clock::manual(opening()));
    let to_wecom = row(1, WECOM, person("WangLei"), message("noted", None));
    assert!(matches!(refused(&courier, &to_wecom).await, DeliverError::RecipientGone { .. }));
    let to_dingtalk = row(2, DINGTALK, person("zhaomin"), message("noted", None));
    assert!(matches!(refused(&courier, &to_dingtalk).await, DeliverError::RecipientGone { .. }));
    assert!(matches!(refused(&courier, &to_dingtalk).await, DeliverError::RetryAfter(_)));
}

#[tokio::test]
async fn row_whose_app_or_template_is_gone_tells_so() {
    let (_stage, _service, courier) = stage().await;
    let orphan = row(1, "old-app", person("WangLei"), message("noted", None));
    assert!(
        matches!(courier.deliver(&orphan, opening()).await, Err(CourierError::NoApp(app)) if app == "old-app")
    );
    let says = Saying::Message { template: "no_such".into(), vars: json!({}), card: None, session: None };
    let unknown = row(2, WECOM, person("WangLei"), says);
    assert!(matches!(courier.deliver(&unknown, opening()).await, Err(CourierError::Render(_))));
    let codeless = row(3, WECOM, person("WangLei"), update(9, None, None));
    assert!(matches!(courier.deliver(&codeless, opening()).await, Err(CourierError::NoCode)));
}
