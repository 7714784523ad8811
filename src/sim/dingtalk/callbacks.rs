//! What 钉钉 sends to the service: the check of its event address, and signed robot messages (dingtalk.md 2, 4.3).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::webhook;
use crate::platform::dingtalk::sign;
use crate::platform::envelope::Envelope;
use crate::sim::Sim;
use crate::sim::deliver::{Outgoing, Returned, returned};
use crate::sim::fields::Fields;
use crate::sim::message::{Heard, Push};
use crate::sim::road::Callback;
use crate::sim::setup::{Platform, Role, dingtalk_ids, hex};
use crate::sim::shared::{Shared, random};
use crate::sim::world::{Change, Session};

/// How long the answer to a push over HTTP may take.
const LIMIT: Duration = Duration::from_millis(2_500);
/// When a robot message comes again that nobody answered, by the world's time.
const PUSH_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// The life of a sessionWebhook, as all samples show it.
const SESSION_LIFE: TimeDelta = TimeDelta::milliseconds(5_400_100);

/// Checks an event address as the console does when it is saved: `check_url`, to be answered with `success`.
pub(crate) async fn verify_events_url(shared: &Shared, url: &str) -> Result<(), String> {
    let envelope =
        Envelope::new(dingtalk_ids::TOKEN, dingtalk_ids::AES_KEY).expect("the own key has the form");
    let encrypt = envelope.seal(random(), br#"{"EventType":"check_url"}"#, dingtalk_ids::APP_KEY);
    let (timestamp, nonce) = (shared.now().timestamp_millis().to_string(), hex(&random::<4>()));
    let signature = envelope.sign(&timestamp, &nonce, &encrypt);
    let query = [
        ("signature", &signature),
        ("msg_signature", &signature),
        ("timestamp", &timestamp),
        ("nonce", &nonce),
    ];
    let request = shared.http.post(url).query(&query).json(&json!({ "encrypt": encrypt }));
    let answer = returned(request, LIMIT).await;
    match answer.attempt.status {
        None => Err(answer.attempt.error.unwrap_or_default()),
        Some(200) => check_success(&envelope, &answer.body),
        Some(status) => Err(format!("HTTP {status}")),
    }
}

/// The answer's four fields must be signed and hold the encrypted word `success`.
fn check_success(envelope: &Envelope, body: &[u8]) -> Result<(), String> {
    const WRONG: &str = "HTTP请求结果校验返回字段值失败";
    let answer: Value = serde_json::from_slice(body).map_err(|_| format!("{WRONG}: no JSON"))?;
    let field = |name: &str| answer[name].as_str().ok_or_else(|| format!("{WRONG}: {name} is missing"));
    let (signature, timestamp) = (field("msg_signature")?, field("timeStamp")?);
    let (nonce, encrypt) = (field("nonce")?, field("encrypt")?);
    envelope.verify(signature, timestamp, nonce, encrypt).map_err(|error| format!("{WRONG}: {error}"))?;
    let opened = envelope.open(encrypt).map_err(|error| format!("{WRONG}: {error}"))?;
    if opened.message == b"success" { Ok(()) } else { Err(format!("{WRONG}: not success")) }
}

/// Delivers what a person said to the robot. Without an answer it comes again, once, a minute later.
pub(crate) async fn deliver_message(sim: &Sim, push: &Push, entry: u64) -> Option<u16> {
    let url = sim.0.state().service.as_ref().and_then(|service| service.dingtalk_callback.clone())?;
    let plain = message(sim, push).await;
    let mut callback = Callback { url, plain, ..Callback::default() };
    let answer = attempt(sim, &mut callback).await;
    sim.0.record_callback(entry, &callback);
    if answer.attempt.status.is_some() {
        reply(sim, push, &answer).await;
        if sim.0.state().faults.duplicates(Platform::Dingtalk) {
            attempt(sim, &mut callback).await;
            sim.0.record_callback(entry, &callback);
        }
    } else {
        push_again(sim, push.clone(), entry, callback);
    }
    answer.attempt.status
}

fn push_again(sim: &Sim, push: Push, entry: u64, mut callback: Callback) {
    let at = sim.0.now() + PUSH_AGAIN;
    let due = sim.0.walk.due_at(at);
    let task = {
        let sim = sim.clone();
        async move {
            sim.0.setup.clock.sleep_until(at).await;
            let _out = sim.0.walk.going_out();
            drop(due);
            let answer = attempt(&sim, &mut callback).await;
            sim.0.record_callback(entry, &callback);
            reply(&sim, &push, &answer).await;
        }
    };
    sim.spawn(task);
}

async fn attempt(sim: &Sim, callback: &mut Callback) -> Returned {
    let timestamp = sim.0.now().timestamp_millis().to_string();
    let sign = sign::robot::sign(dingtalk_ids::APP_SECRET, &timestamp);
    let out = Outgoing {
        url: callback.url.clone(),
        headers: vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("timestamp", timestamp),
            ("sign", sign),
        ],
        body: callback.plain.clone(),
    };
    callback.request.clone_from(&out.body);
    let answer = sim.post(Platform::Dingtalk, &out, LIMIT).await;
    callback.attempts.push(answer.attempt.clone());
    answer
}

/// The message object (dingtalk.md 2.2), with a session of its own.
async fn message(sim: &Sim, push: &Push) -> String {
    let (session, until, epoch, ticket) = {
        let mut step = sim.0.step();
        let (session, until) = (step.handle(), step.now + SESSION_LIFE);
        let opened = Session { chat: push.chat.clone(), until };
        step.change(Change::SessionOpened(session.clone(), opened));
        let epoch = step.world().epoch;
        (session, until, epoch, step.commit())
    };
    // Should the disk refuse, the send to this session will be told.
    let _ = ticket.safe().await;
    let (text, sent) = match &push.what {
        Heard::Said(text) => (text, None),
        Heard::Sent { file, picture, name, text } => (text, Some((file, *picture, name))),
        Heard::WecomTap { .. } | Heard::DingtalkTap { .. } => unreachable!("taps are delivered as taps"),
    };
    let person = sim.0.setup.person(Platform::Dingtalk, &push.user);
    let mut message = json!({
        "msgId": format!("msg{}==", STANDARD_NO_PAD.encode(format!("{epoch:08x}{:08x}", push.id))),
        "msgtype": "text",
        "createAt": push.at.timestamp_millis(),
        "conversationId": conversation(push),
        "conversationType": if push.chat.group { "2" } else { "1" },
        "chatbotCorpId": dingtalk_ids::CORP_ID,
        "chatbotUserId": dingtalk_ids::ROBOT_USER,
        "robotCode": dingtalk_ids::APP_KEY,
        "senderId": format!("$:LWCP_v1:${}", hex(push.user.as_bytes())),
        "senderStaffId": push.user,
        "senderNick": person.map_or("", |person| person.name.as_str()),
        "senderCorpId": dingtalk_ids::CORP_ID,
        "senderPlatform": "Android",
        "isAdmin": person.is_some_and(|person| person.role == Role::Admin),
        "sessionWebhook": format!("{}/robot/sendBySession?session={session}", sim.0.base_url()),
        "sessionWebhookExpiredTime": until.timestamp_millis(),
        "text": { "content": text },
    });
    if push.chat.group {
        let group = sim.0.setup.group(Platform::Dingtalk, &push.chat.id);
        message["conversationTitle"] = json!(group.map(|group| group.name.as_str()));
        message["isInAtList"] = json!(true);
        message["atUsers"] = json!([{ "dingtalkId": dingtalk_ids::ROBOT_USER }]);
        message["text"]["content"] = json!(without_mentions(text));
    }
    if let Some((file, picture, name)) = sent {
        carry(&mut message, file, picture, name.as_deref());
    }
    message.to_string()
}

/// Makes the message one of a picture, of a picture among words, or of a file (dingtalk.md 2.3).
fn carry(message: &mut Value, file: &str, picture: bool, name: Option<&str>) {
    let text = message["text"]["content"].as_str().unwrap_or_default().to_owned();
    let (kind, content) = if !picture {
        ("file", json!({ "downloadCode": file, "fileName": name, "spaceId": "0", "fileId": "0" }))
    } else if text.trim().is_empty() {
        ("picture", json!({ "downloadCode": file, "pictureDownloadCode": file }))
    } else {
        let code = json!({ "type": "picture", "downloadCode": file, "pictureDownloadCode": file });
        ("richText", json!({ "richText": [{ "text": text }, code] }))
    };
    message["msgtype"] = json!(kind);
    message["content"] = content;
    if let Some(fields) = message.as_object_mut() {
        fields.remove("text");
    }
}

/// The group's id, or one of the person's own for the chat with the robot.
fn conversation(push: &Push) -> String {
    if push.chat.group {
        return push.chat.id.clone();
    }
    format!("cid{}==", STANDARD_NO_PAD.encode(format!("robot/{}", push.user)))
}

/// The text without its leading @-mentions; the space after each stays, as on the real platform.
fn without_mentions(text: &str) -> String {
    let mut rest = text.trim_start();
    let mut spaces = String::new();
    while rest.starts_with('@') {
        spaces.push(' ');
        rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    if spaces.is_empty() {
        spaces.push(' ');
    }
    spaces + rest
}

/// Posts a webhook-style message that came as the answer; `empty` and an empty body say nothing.
async fn reply(sim: &Sim, push: &Push, answer: &Returned) {
    let Ok(message) = serde_json::from_slice::<Value>(&answer.body) else { return };
    let Some(body) = Fields::root(&message).ok().and_then(|fields| webhook::read_message(&fields, &[]).ok())
    else {
        return;
    };
    let ticket = {
        let mut step = sim.0.step();
        step.post(&push.chat, None, body);
        step.commit()
    };
    // Nobody is told of a reply in the answer, so nobody is told of its loss.
    let _ = ticket.safe().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mention_leaves_its_space() {
        assert_eq!(without_mentions("@跟进 报价已发"), " 报价已发");
        assert_eq!(without_mentions("@跟进 @李娜 报价已发"), "  报价已发");
        assert_eq!(without_mentions("报价已发"), " 报价已发");
    }
}
