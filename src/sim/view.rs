//! Draws a message as the phones page and the tests read it; the shape is in the module's documentation.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Value, json};

use super::message::{Body, ChatKey, LinkButton, LinkKind, Message, Track, WecomCard};
use super::shared::Shared;
use super::world::World;

/// A button as the viewer sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Button {
    pub key: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// What a 钉钉 button sends along.
    #[serde(skip)]
    pub params: Value,
}

/// RFC 3339 in `zone`, with milliseconds.
pub(crate) fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A message in `chat`, as `viewer` sees it.
pub(crate) fn message(
    shared: &Shared,
    world: &World,
    chat: &ChatKey,
    message: &Message,
    viewer: &str,
) -> Value {
    let drawn = draw(world, &message.body, viewer);
    let name = message.user.as_ref().map(|user| {
        shared.setup.person(chat.platform, user).map_or(user.as_str(), |person| person.name.as_str())
    });
    json!({
        "id": id_text(message.id),
        "kind": drawn.kind,
        "from": if message.user.is_some() { "me" } else { "bot" },
        "user": message.user,
        "name": name,
        "title": drawn.title,
        "text": drawn.text,
        "buttons": drawn.buttons,
        "at": shared.shown(message.at),
        "updated_at": message.updated_at.map(|at| shared.shown(at)),
        "card": drawn.card,
    })
}

/// `m-12`.
pub(crate) fn id_text(id: u64) -> String {
    format!("m-{id}")
}

/// The number of `m-12`.
pub(crate) fn id_of(text: &str) -> Option<u64> {
    text.strip_prefix("m-")?.parse().ok()
}

/// The buttons of a message, in the order of their digits.
pub(crate) fn buttons(world: &World, body: &Body, viewer: &str) -> Vec<Button> {
    draw(world, body, viewer).buttons
}

/// A message's title, or the first line of its text.
pub(crate) fn headline(world: &World, message: &Message, viewer: &str) -> String {
    let drawn = draw(world, &message.body, viewer);
    if drawn.title.is_empty() {
        drawn.text.lines().next().unwrap_or_default().to_owned()
    } else {
        drawn.title
    }
}

struct Drawn {
    kind: &'static str,
    title: String,
    text: String,
    buttons: Vec<Button>,
    card: Value,
}

impl Drawn {
    fn plain(kind: &'static str, title: &str, text: &str) -> Self {
        Self { kind, title: title.to_owned(), text: text.to_owned(), buttons: Vec::new(), card: Value::Null }
    }
}

fn draw(world: &World, body: &Body, viewer: &str) -> Drawn {
    match body {
        Body::Text(text) => Drawn::plain("text", "", text),
        Body::Markdown { title, text } => Drawn::plain("markdown", title, text),
        Body::Image(url) => Drawn { card: json!({ "image": url }), ..Drawn::plain("image", "", "[图片]") },
        Body::File(name) => Drawn::plain("file", name, &format!("[文件] {name}")),
        Body::Document { name, path } => {
            Drawn { card: json!({ "file": path }), ..Drawn::plain("file", name, &format!("[文件] {name}")) }
        }
        Body::Notice(text) => Drawn::plain("notice", "", text),
        Body::Links { kind, title, text, buttons, horizontal } => {
            links(*kind, title, text, buttons, *horizontal)
        }
        Body::Wecom(card) => wecom(card),
        Body::Dingtalk { out_track_id } => match world.tracks.get(out_track_id) {
            Some(track) => dingtalk(track, viewer),
            None => Drawn::plain("notice", "", ""),
        },
    }
}

fn links(kind: LinkKind, title: &str, text: &str, buttons: &[LinkButton], horizontal: bool) -> Drawn {
    let shown = buttons.iter().enumerate().map(|(place, button)| Button {
        key: (place + 1).to_string(),
        text: button.text.clone(),
        url: Some(button.url.clone()),
        ..Button::default()
    });
    let kind = match kind {
        LinkKind::ActionCard => "action_card",
        LinkKind::Link => "link",
        LinkKind::News => "news",
    };
    let orientation = if horizontal { "horizontal" } else { "vertical" };
    let card =
        json!({ "markdown": text, "orientation": orientation, "link": buttons.first().map(|b| &b.url) });
    Drawn { buttons: shown.collect(), card, ..Drawn::plain(kind, title, text) }
}

/// The values that `viewer` sees: all people's, over them their own.
pub(crate) fn params_for<'a>(track: &'a Track, viewer: &str) -> BTreeMap<&'a str, &'a str> {
    let own = track.private.get(viewer).into_iter().flatten();
    track.params.iter().chain(own).map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn dingtalk(track: &Track, viewer: &str) -> Drawn {
    let params = params_for(track, viewer);
    let first = |names: &[&str]| names.iter().find_map(|name| params.get(name).copied()).unwrap_or_default();
    let title = first(&["title", "msgTitle"]);
    let markdown = first(&["markdown", "msgContent", "staticMsgContent"]);
    let tips = first(&["tips"]);
    let buttons = dingtalk_buttons(first(&["sys_full_json_obj"]));
    let text =
        [markdown, tips].iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join("\n");
    let card = json!({
        "template": track.template,
        "markdown": markdown,
        "tips": tips,
        "link": null,
        "orientation": "horizontal",
        "params": params,
    });
    Drawn { buttons, card, ..Drawn::plain("card", title, &text) }
}

/// The buttons in `sys_full_json_obj`: with `request` they call back, else they open `url`.
fn dingtalk_buttons(full: &str) -> Vec<Button> {
    let full: Value = serde_json::from_str(full).unwrap_or_default();
    let buttons = full["msgButtons"].as_array().cloned().unwrap_or_default();
    let shown = buttons.iter().enumerate().map(|(place, button)| {
        let text = |name: &str| button[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let calls_back = button["request"].as_bool() == Some(true);
        Button {
            key: text("id").unwrap_or_else(|| (place + 1).to_string()),
            text: text("text").unwrap_or_default(),
            url: if calls_back { None } else { text("url") },
            style: button.get("color").cloned(),
            disabled: button["disabled"].as_bool() == Some(true),
            params: button.get("params").cloned().unwrap_or_else(|| json!({})),
        }
    });
    shown.collect()
}

fn wecom(sent: &WecomCard) -> Drawn {
    let card = &sent.card;
    let text_at = |path: &str| card.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let title = text_at("/main_title/title");
    let rows = shown_list(
        card,
        "horizontal_content_list",
        |row| json!({ "key": row["keyname"], "value": row["value"], "url": row["url"], "user": row["userid"] }),
    );
    let verticals = shown_list(card, "vertical_content_list", Value::clone);
    let jumps = shown_list(card, "jump_list", |jump| json!({ "text": jump["title"], "url": jump["url"] }));
    let menu = card.pointer("/action_menu/action_list").cloned().unwrap_or_else(|| json!([]));
    let replaced = sent.replaced.as_deref().or_else(|| card["replace_text"].as_str());
    let selects = selects(card);
    let checkbox = checkbox(&card["checkbox"]);
    let quote = card
        .get("quote_area")
        .map(|quote| json!({ "title": quote["title"], "text": quote["quote_text"], "url": quote["url"] }));
    let shown = json!({
        "type": card["card_type"],
        "source": { "text": text_at("/source/desc"), "color": card.pointer("/source/desc_color") },
        "desc": text_at("/main_title/desc"),
        "quote": quote,
        "emphasis": card["emphasis_content"],
        "sub_title": text_at("/sub_title_text"),
        "rows": rows,
        "verticals": verticals,
        "jumps": jumps,
        "image": card.pointer("/card_image/url"),
        "link": card.pointer("/card_action/url"),
        "selects": selects,
        "checkbox": checkbox,
        "menu": menu,
        "replaced": replaced,
    });
    let buttons = wecom_buttons(card, replaced);
    Drawn { buttons, text: wecom_text(&shown), card: shown, ..Drawn::plain("card", title, "") }
}

fn shown_list(card: &Value, name: &str, draw: impl Fn(&Value) -> Value) -> Vec<Value> {
    card[name].as_array().map(|items| items.iter().map(draw).collect()).unwrap_or_default()
}

fn wecom_buttons(card: &Value, replaced: Option<&str>) -> Vec<Button> {
    let mut buttons = Vec::new();
    for (place, button) in card["button_list"].as_array().into_iter().flatten().enumerate() {
        let key = button["key"].as_str().map_or_else(|| (place + 1).to_string(), str::to_owned);
        let url = button["url"].as_str().map(str::to_owned);
        buttons.push(Button {
            key,
            text: button["text"].as_str().unwrap_or_default().to_owned(),
            disabled: replaced.is_some() && url.is_none(),
            url,
            style: button.get("style").cloned(),
            ..Button::default()
        });
    }
    if let Some(key) = card.pointer("/submit_button/key").and_then(Value::as_str) {
        let text = card.pointer("/submit_button/text").and_then(Value::as_str).unwrap_or("提交");
        buttons.push(Button {
            key: key.to_owned(),
            text: text.to_owned(),
            disabled: replaced.is_some(),
            ..Button::default()
        });
    }
    buttons
}

fn selects(card: &Value) -> Vec<Value> {
    let lone = card.get("button_selection").into_iter();
    let many = card["select_list"].as_array().into_iter().flatten();
    lone.chain(many)
        .map(|select| {
            json!({
                "key": select["question_key"],
                "title": select["title"],
                "selected": select["selected_id"],
                "disabled": select["disable"].as_bool().unwrap_or(false),
                "options": select["option_list"],
            })
        })
        .collect()
}

fn checkbox(checkbox: &Value) -> Value {
    if checkbox.is_null() {
        return Value::Null;
    }
    let options = checkbox["option_list"].as_array().into_iter().flatten();
    let options: Vec<Value> = options
        .map(|option| json!({ "id": option["id"], "text": option["text"], "checked": option["is_checked"] }))
        .collect();
    json!({
        "key": checkbox["question_key"],
        "multi": checkbox["mode"].as_i64() == Some(1),
        "disabled": checkbox["disable"].as_bool().unwrap_or(false),
        "options": options,
    })
}

/// Everything that one reads on the card, as lines.
fn wecom_text(shown: &Value) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = |parts: &[&Value]| {
        let words: Vec<&str> =
            parts.iter().filter_map(|part| part.as_str()).filter(|word| !word.is_empty()).collect();
        if !words.is_empty() {
            lines.push(words.join(" "));
        }
    };
    line(&[&shown["source"]["text"]]);
    line(&[&shown["desc"]]);
    line(&[&shown["quote"]["title"], &shown["quote"]["text"]]);
    line(&[&shown["emphasis"]["title"], &shown["emphasis"]["desc"]]);
    line(&[&shown["sub_title"]]);
    for (list, first, second) in
        [("rows", "key", "value"), ("verticals", "title", "desc"), ("jumps", "text", "none")]
    {
        for item in shown[list].as_array().into_iter().flatten() {
            line(&[&item[first], &item[second]]);
        }
    }
    for option in shown["checkbox"]["options"].as_array().into_iter().flatten() {
        line(&[&option["text"]]);
    }
    line(&[&shown["replaced"]]);
    lines.join("\n")
}
