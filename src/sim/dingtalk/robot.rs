//! The app robot's own messages, to people and to groups (dingtalk.md 5.1-5.3).

use serde_json::{Value, json};

use super::Refused;
use crate::sim::call::Answer;
use crate::sim::fields::{Bad, Fields, Why};
use crate::sim::files;
use crate::sim::message::{Body, ChatKey, LinkButton, LinkKind};
use crate::sim::setup::{Platform, dingtalk_ids};
use crate::sim::shared::Shared;

/// Receivers of one `batchSend`.
const USERS_MAX: usize = 20;
/// `msgParam`, in UTF-8 bytes.
const PARAM_MAX_BYTES: usize = 15_000;
/// What `sampleFile` sends (dingtalk.md 5.3).
const FILE_TYPES: [&str; 6] = ["xlsx", "pdf", "zip", "rar", "doc", "docx"];

fn refuse(what: &str, fault: &str) -> Refused {
    Refused::bad(&format!("invalidParameter.{what}.{fault}"), &format!("无效的参数 {what}"))
}

fn refuse_bad(bad: Bad) -> Refused {
    match bad.why {
        Why::Unknown => Refused::bad("invalidParameter.param.invalid", &format!("未知的参数 {}", bad.path)),
        Why::Missing => refuse(&bad.path, "empty"),
        Why::Type => refuse(&bad.path, "invalid"),
    }
}

pub(super) fn batch_send(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    let fields = Fields::root(body).map_err(refuse_bad)?;
    fields.only(&["robotCode", "userIds", "msgKey", "msgParam"]).map_err(refuse_bad)?;
    check_robot(&fields)?;
    let users = fields.texts("userIds").map_err(refuse_bad)?;
    if users.is_empty() {
        return Err(refuse("userIds", "empty"));
    }
    if users.len() > USERS_MAX {
        return Err(refuse("userIds", "overMax"));
    }
    let message = read_message(shared, &fields)?;

    let (known, invalid): (Vec<&str>, Vec<&str>) =
        users.iter().partition(|user| shared.setup.person(Platform::Dingtalk, user).is_some());
    let mut step = shared.step();
    let mut reached = Vec::new();
    for user in known {
        let chat = ChatKey::person(Platform::Dingtalk, user);
        step.post(&chat, None, message.clone());
        reached.push(chat);
    }
    let answer = json!({
        "processQueryKey": step.handle(),
        "invalidStaffIdList": invalid,
        "flowControlledStaffIdList": [],
    });
    Ok(Answer::ok(answer).after(step.commit(), reached))
}

pub(super) fn group_send(shared: &Shared, body: &Value) -> Result<Answer, Refused> {
    let fields = Fields::root(body).map_err(refuse_bad)?;
    let names = ["robotCode", "openConversationId", "msgKey", "msgParam", "coolAppCode", "token"];
    fields.only(&names).map_err(refuse_bad)?;
    check_robot(&fields)?;
    let id = fields.needed("openConversationId").map_err(refuse_bad)?;
    let message = read_message(shared, &fields)?;
    if shared.setup.group(Platform::Dingtalk, id).is_none() {
        return Err(Refused::bad("invalid.openConversationId", "无效的会话 id"));
    }
    let chat = ChatKey::group(Platform::Dingtalk, id);
    let mut step = shared.step();
    step.post(&chat, None, message);
    let answer = json!({ "processQueryKey": step.handle() });
    Ok(Answer::ok(answer).after(step.commit(), vec![chat]))
}

fn check_robot(fields: &Fields<'_>) -> Result<(), Refused> {
    match fields.needed("robotCode").map_err(refuse_bad)? {
        dingtalk_ids::APP_KEY => Ok(()),
        _ => Err(refuse("robotCode", "auth")),
    }
}

fn read_message(shared: &Shared, fields: &Fields<'_>) -> Result<Body, Refused> {
    let key = fields.needed("msgKey").map_err(refuse_bad)?;
    let names = names_of(key).ok_or_else(|| refuse("msgKey", "invalid"))?;
    let param = fields.needed("msgParam").map_err(refuse_bad)?;
    if param.len() > PARAM_MAX_BYTES {
        return Err(refuse("msgParam", "tooLong"));
    }
    let invalid = || refuse("msgParam", "invalid");
    let param: Value = serde_json::from_str(param).map_err(|_| invalid())?;
    let param = Fields::root(&param).map_err(|_| invalid())?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    param.only(&names).map_err(|_| invalid())?;
    for name in &names {
        let text = param.text(name).map_err(|_| invalid())?;
        if text.is_empty() && *name != "picUrl" {
            return Err(Refused::bad(&format!("miss.param.{name}"), &format!("缺少参数 {name}")));
        }
    }
    let text = |name: &str| param.text(name).unwrap_or_default().to_owned();
    let id = match key {
        "sampleImageMsg" => text("photoURL"),
        "sampleFile" => text("mediaId"),
        _ => return Ok(body_of(key, &text)),
    };
    if key == "sampleFile" && !FILE_TYPES.contains(&text("fileType").as_str()) {
        return Err(refuse("fileType", "invalid"));
    }
    if id.starts_with("https://") && key == "sampleImageMsg" {
        return Ok(Body::Image(id));
    }
    let picture = key == "sampleImageMsg";
    files::shown(&shared.state().world, Platform::Dingtalk, &id, picture, None, shared.now())
        .map(|body| match body {
            // Under the message's name, not under that of the upload.
            Body::Document { path, .. } => Body::Document { name: text("fileName"), path },
            other => other,
        })
        .ok_or_else(|| refuse("mediaId", "invalid"))
}

/// The keys that a `msgParam` has exactly.
fn names_of(key: &str) -> Option<Vec<String>> {
    let fixed: &[&str] = match key {
        "sampleText" => &["content"],
        "sampleMarkdown" => &["title", "text"],
        "sampleImageMsg" => &["photoURL"],
        "sampleLink" => &["title", "text", "picUrl", "messageUrl"],
        "sampleActionCard" => &["title", "text", "singleTitle", "singleURL"],
        "sampleActionCard6" => &["title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"],
        "sampleAudio" => &["mediaId", "duration"],
        "sampleFile" => &["mediaId", "fileName", "fileType"],
        "sampleVideo" => &["videoMediaId", "videoType", "picMediaId", "duration", "height", "width"],
        _ => {
            let count = vertical_buttons(key)?;
            let buttons = (1..=count).flat_map(|n| [format!("actionTitle{n}"), format!("actionURL{n}")]);
            return Some(["title".to_owned(), "text".to_owned()].into_iter().chain(buttons).collect());
        }
    };
    Some(fixed.iter().map(|name| (*name).to_owned()).collect())
}

/// How many buttons `sampleActionCard2` to `5` have.
fn vertical_buttons(key: &str) -> Option<usize> {
    let count = key.strip_prefix("sampleActionCard")?.parse().ok()?;
    (2..=5).contains(&count).then_some(count)
}

fn body_of(key: &str, text: &dyn Fn(&str) -> String) -> Body {
    let button = |title: &str, url: &str| LinkButton { text: text(title), url: text(url) };
    let links = |kind, buttons, horizontal| Body::Links {
        kind,
        title: text("title"),
        text: text("text"),
        buttons,
        horizontal,
    };
    match key {
        "sampleText" => Body::Text(text("content")),
        "sampleMarkdown" => Body::Markdown { title: text("title"), text: text("text") },
        "sampleImageMsg" => Body::Image(text("photoURL")),
        "sampleLink" => {
            let open = LinkButton { text: "查看".to_owned(), url: text("messageUrl") };
            links(LinkKind::Link, vec![open], false)
        }
        "sampleActionCard" => links(LinkKind::ActionCard, vec![button("singleTitle", "singleURL")], false),
        "sampleActionCard6" => {
            let buttons = vec![button("buttonTitle1", "buttonUrl1"), button("buttonTitle2", "buttonUrl2")];
            links(LinkKind::ActionCard, buttons, true)
        }
        "sampleFile" => Body::File(text("fileName")),
        "sampleAudio" | "sampleVideo" => Body::Notice("[语音或视频]".to_owned()),
        _ => {
            let numbers = 1..=vertical_buttons(key).unwrap_or(0);
            let buttons = numbers.map(|n| button(&format!("actionTitle{n}"), &format!("actionURL{n}")));
            links(LinkKind::ActionCard, buttons.collect(), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_action_cards_are_the_platforms() {
        assert_eq!(names_of("sampleActionCard3").unwrap().last().unwrap(), "actionURL3");
        assert_eq!(names_of("sampleActionCard6").unwrap()[3], "buttonUrl1");
        assert!(names_of("sampleActionCard7").is_none() && names_of("sampleCard").is_none());
    }
}
