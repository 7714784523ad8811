//! `POST /cgi-bin/webhook/send?key=` (wecom.md 5.2): a group's webhook robot.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::card::{self, Use};
use super::{Refusal, json_body, media, ok, send, truncated};
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::message::{Body, ChatKey, WecomCard};
use crate::sim::setup::Platform;
use crate::sim::shared::Shared;

/// `text.content`, as documented.
const TEXT_MAX_BYTES: usize = 2_048;
/// `markdown.content` and `markdown_v2.content`; more is refused, not cut.
const MARKDOWN_MAX_BYTES: usize = 4_096;
/// Messages a minute.
const PER_MINUTE: usize = 20;

pub(super) fn send(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let group = call.param("key").and_then(|key| shared.setup.group_of_webhook(Platform::Wecom, key));
    let group = group.ok_or_else(|| Refusal::new(93000, "invalid webhook url"))?;
    let request = json_body(call)?;
    let body = read_body(shared, &group.webhook.key, &Fields::root(&request)?)?;

    let mut step = shared.step();
    let now = step.now;
    let what = format!("wecom webhook {}", group.webhook.key);
    if !step.state.limits.allow(what, now, PER_MINUTE, TimeDelta::minutes(1)) {
        return Err(Refusal::new(45009, "api freq out of limit"));
    }
    let chat = ChatKey::group(Platform::Wecom, &group.id);
    step.post(&chat, None, body);
    Ok(ok(json!({})).after(step.commit(), vec![chat]))
}

fn read_body(shared: &Shared, key: &str, fields: &Fields<'_>) -> Result<Body, Refusal> {
    let kind = fields.text("msgtype")?;
    if !matches!(kind, "text" | "markdown" | "markdown_v2" | "image" | "news" | "file" | "template_card") {
        return Err(Refusal::new(40008, "invalid message type"));
    }
    fields.only(&["msgtype", kind])?;
    let Some(object) = fields.object(kind)? else {
        return Err(Refusal::new(93017, format!("{kind} is empty")));
    };
    match kind {
        "text" => {
            object.only(&["content", "mentioned_list", "mentioned_mobile_list"])?;
            object.texts("mentioned_list")?;
            object.texts("mentioned_mobile_list")?;
            Ok(Body::Text(truncated(content(&object, kind)?, TEXT_MAX_BYTES).to_owned()))
        }
        "markdown" | "markdown_v2" => {
            object.only(&["content"])?;
            let text = content(&object, kind)?;
            if text.len() > MARKDOWN_MAX_BYTES {
                let exceeds = format!("{kind}.content exceed max length {MARKDOWN_MAX_BYTES}");
                return Err(Refusal::parameter(&exceeds));
            }
            Ok(Body::Markdown { title: String::new(), text: text.to_owned() })
        }
        "image" => {
            object.only(&["base64", "md5"])?;
            let picture = object.needed("base64")?;
            object.needed("md5").map_err(|_| Refusal::new(301019, "invalid md5"))?;
            Ok(Body::Image(format!("data:image/png;base64,{picture}")))
        }
        "news" => send::news(&object),
        "file" => media::shown(shared, &object, false, Some(key)),
        _ => {
            card::check(&object, Use::Webhook)?;
            let card = Value::Object(object.map.clone());
            Ok(Body::Wecom(WecomCard { card, task_id: None, replaced: None }))
        }
    }
}

fn content<'a>(object: &Fields<'a>, kind: &str) -> Result<&'a str, Refusal> {
    let content = object.text("content")?;
    if content.trim().is_empty() {
        return Err(Refusal::new(93017, format!("{kind}.content is empty")));
    }
    Ok(content)
}
