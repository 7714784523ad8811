//! Messages by address alone: the sessionWebhook of a chat, and a group's custom robot (dingtalk.md 5.4, 6). The
//! answer to a robot callback has the same form.

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use super::{Errcode, ok};
use crate::platform::dingtalk::sign;
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::message::{Body, ChatKey, LinkButton, LinkKind};
use crate::sim::setup::{Group, Platform};
use crate::sim::shared::Shared;
use crate::sim::world::{Change, Remembered};

/// The body, in bytes: the figure that is in common use.
const BODY_MAX_BYTES: usize = 20_000;
/// People that one message may @.
const AT_MAX: usize = 50;
/// Messages a minute, and how long a robot is silent that sent more.
const RATE: (usize, TimeDelta) = (20, TimeDelta::minutes(1));
const BAN: TimeDelta = TimeDelta::minutes(10);
/// How far a signature's timestamp may be off.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How long a `msgUuid` is known.
const UUID_KEPT: TimeDelta = TimeDelta::hours(24);

/// `POST /robot/sendBySession?session=`.
pub(super) fn send_by_session(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let session = call.param("session").unwrap_or_default();
    let request = json_body(call)?;
    let body = read_message(&Fields::root(&request)?, &[])?;
    let mut step = shared.step();
    let session = step.world().sessions.get(session).filter(|session| session.until > step.now);
    let chat = session.ok_or_else(|| Errcode::new(300_001, "session 不存在"))?.chat.clone();
    step.post(&chat, None, body);
    Ok(ok(json!({})).after(step.commit(), vec![chat]))
}

/// `POST /robot/send?access_token=`.
pub(super) fn send(shared: &Shared, call: &Call) -> Result<Answer, Errcode> {
    let token = call.param("access_token").unwrap_or_default();
    let group = shared.setup.group_of_webhook(Platform::Dingtalk, token);
    let group = group.ok_or_else(|| Errcode::new(300_001, "token is not exist"))?;
    if !call.is_json_typed() {
        return Err(Errcode::new(43004, "无效的HTTP HEADER Content-Type"));
    }
    check_sign(shared, group, call)?;
    let request = json_body(call)?;
    let fields = Fields::root(&request)?;
    let body = read_message(&fields, &["msgUuid"])?;
    check_keywords(group, &body)?;

    let mut step = shared.step();
    let uuid = fields.text("msgUuid")?;
    let seen = format!("dingtalk webhook {token} {uuid}");
    if !uuid.is_empty() && step.world().remembered.get(&seen).is_some_and(|seen| seen.until > step.now) {
        return Ok(ok(json!({})));
    }
    let now = step.now;
    if !step.state.limits.allow_or_ban(format!("dingtalk webhook {token}"), now, RATE, BAN) {
        return Err(Errcode::robot_too_often());
    }
    let chat = ChatKey::group(Platform::Dingtalk, &group.id);
    step.post(&chat, None, body);
    if !uuid.is_empty() {
        let remembered = Remembered { answer: Value::Null, until: now + UUID_KEPT };
        step.change(Change::Remembered(seen, remembered));
    }
    Ok(ok(json!({})).after(step.commit(), vec![chat]))
}

fn check_sign(shared: &Shared, group: &Group, call: &Call) -> Result<(), Errcode> {
    let Some(secret) = &group.webhook.secret else { return Ok(()) };
    let timestamp = call.param("timestamp").unwrap_or_default();
    let ms = timestamp.parse::<i64>().ok().and_then(DateTime::from_timestamp_millis);
    if ms.is_none_or(|at| (shared.now() - at).abs() > FRESH) {
        return Err(Errcode::new(310_000, "invalid timestamp"));
    }
    if !sign::robot::verify(secret, timestamp, call.param("sign").unwrap_or_default()) {
        return Err(Errcode::new(310_000, "sign not match"));
    }
    Ok(())
}

fn check_keywords(group: &Group, body: &Body) -> Result<(), Errcode> {
    let (title, text) = match body {
        Body::Text(text) => ("", text.as_str()),
        Body::Markdown { title, text } | Body::Links { title, text, .. } => (title.as_str(), text.as_str()),
        Body::Wecom(_)
        | Body::Dingtalk { .. }
        | Body::Image(_)
        | Body::File(_)
        | Body::Document { .. }
        | Body::Notice(_) => ("", ""),
    };
    let keywords = &group.webhook.keywords;
    let held = |word: &String| title.contains(word.as_str()) || text.contains(word.as_str());
    if keywords.is_empty() || keywords.iter().any(held) {
        return Ok(());
    }
    Err(Errcode::new(310_000, "keywords not in content"))
}

fn json_body(call: &Call) -> Result<Value, Errcode> {
    if call.body.len() > BODY_MAX_BYTES {
        return Err(Errcode::new(45002, "消息内容超过限制"));
    }
    call.json().filter(Value::is_object).ok_or_else(|| Errcode::parameter("缺少参数 json"))
}

/// The message of a webhook's JSON; `more` are fields beside it.
pub(super) fn read_message(fields: &Fields<'_>, more: &[&str]) -> Result<Body, Errcode> {
    let kind = fields.text("msgtype")?;
    if !matches!(kind, "text" | "markdown" | "link" | "actionCard" | "feedCard") {
        return Err(Errcode::new(400_105, "不支持的消息类型"));
    }
    fields.only(&[&["msgtype", kind, "at"][..], more].concat())?;
    if let Some(at) = fields.object("at")? {
        at.only(&["atUserIds", "atMobiles", "isAtAll"])?;
        if at.texts("atUserIds")?.len() + at.texts("atMobiles")?.len() > AT_MAX {
            return Err(Errcode::parameter("at"));
        }
        at.flag("isAtAll")?;
    }
    let object = fields.object(kind)?.ok_or_else(|| Errcode::parameter(&format!("缺少参数 {kind}")))?;
    match kind {
        "text" => {
            object.only(&["content"])?;
            Ok(Body::Text(object.needed("content")?.to_owned()))
        }
        "markdown" => {
            object.only(&["title", "text"])?;
            let (title, text) = (object.needed("title")?.to_owned(), object.needed("text")?.to_owned());
            Ok(Body::Markdown { title, text })
        }
        "link" => {
            object.only(&["title", "text", "messageUrl", "picUrl"])?;
            let open = LinkButton { text: "查看".to_owned(), url: object.needed("messageUrl")?.to_owned() };
            links(LinkKind::Link, &object, vec![open], false)
        }
        "actionCard" => action_card(&object),
        _ => feed_card(&object),
    }
}

fn action_card(object: &Fields<'_>) -> Result<Body, Errcode> {
    let names = ["title", "text", "singleTitle", "singleURL", "btnOrientation", "btns", "hideAvatar"];
    object.only(&names)?;
    let mut buttons = Vec::new();
    if object.has("singleTitle") {
        buttons.push(button(object, "singleTitle", "singleURL")?);
    }
    for item in object.objects("btns")? {
        item.only(&["title", "actionURL"])?;
        buttons.push(button(&item, "title", "actionURL")?);
    }
    if buttons.is_empty() {
        return Err(Errcode::parameter("缺少参数 singleTitle"));
    }
    let horizontal = object.value("btnOrientation").is_some_and(|value| value == "1");
    links(LinkKind::ActionCard, object, buttons, horizontal)
}

fn button(object: &Fields<'_>, text: &str, url: &str) -> Result<LinkButton, Errcode> {
    Ok(LinkButton { text: object.needed(text)?.to_owned(), url: object.needed(url)?.to_owned() })
}

fn links(
    kind: LinkKind,
    object: &Fields<'_>,
    buttons: Vec<LinkButton>,
    horizontal: bool,
) -> Result<Body, Errcode> {
    let (title, text) = (object.needed("title")?.to_owned(), object.needed("text")?.to_owned());
    Ok(Body::Links { kind, title, text, buttons, horizontal })
}

fn feed_card(object: &Fields<'_>) -> Result<Body, Errcode> {
    object.only(&["links"])?;
    let mut buttons = Vec::new();
    for link in object.objects("links")? {
        link.only(&["title", "messageURL", "picURL"])?;
        buttons.push(button(&link, "title", "messageURL")?);
    }
    let Some(first) = buttons.first() else { return Err(Errcode::parameter("缺少参数 links")) };
    let title = first.text.clone();
    Ok(Body::Links { kind: LinkKind::News, title, text: String::new(), buttons, horizontal: false })
}
