//! A template's samples as one page for a browser: the WeCom phone and the DingTalk phone side by side, with the looks
//! of the simulator's phones. It carries everything in itself and has no script.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::forms::{self, Fit, FormKind};
use super::super::limits::{self, Broken, Wire};
use super::super::message::Audience;
use super::super::render::RenderError;
use super::super::template::{Sample, Template};
use super::super::templates::Templates;
use super::markup::{escaped, markdown, plain};
use crate::platform::dingtalk::wire::{CardParams, RobotMessage, WebhookBody, WebhookMessage};
use crate::platform::wecom::wire::{self, TemplateCard};
use crate::sales::Platform;

/// The looks of the phones are those of the simulator's page: they are one.
const PHONES: &str = include_str!("../../sim/page/phones.css");
const OWN: &str = include_str!("page.css");
const BOT: &str = include_str!("../../sim/page/icon.svg");
const ICONS: &str = "\
<svg class=\"sprite\" aria-hidden=\"true\" focusable=\"false\">\
<symbol id=\"i-back\" viewBox=\"0 0 24 24\"><path d=\"m14.5 5-7 7 7 7\"/></symbol>\
<symbol id=\"i-more\" viewBox=\"0 0 24 24\"><path d=\"M5 12h.01M12 12h.01M19 12h.01\" stroke-width=\"3\"/></symbol>\
<symbol id=\"i-signal\" viewBox=\"0 0 24 16\">\
<path d=\"M3 12.5v1M8.5 9v4.5M14 5.5v8M19.5 2v11.5\" stroke-width=\"3\"/></symbol>\
<symbol id=\"i-battery\" viewBox=\"0 0 28 16\"><rect x=\"2\" y=\"3\" width=\"21\" height=\"10\" rx=\"3\"/>\
<path d=\"M5.5 8h10\" stroke-width=\"5\"/><path d=\"M26 7v2\" stroke-width=\"2\"/></symbol></svg>";

/// One page with these messages, on one platform's phone or on both.
///
/// # Errors
/// When there is no message of one of these names.
pub fn page(templates: &Templates, keys: &[&str], platform: Option<Platform>) -> Result<String, RenderError> {
    let mut sections = String::new();
    for key in keys {
        let template = templates.get(key).ok_or_else(|| RenderError::Unknown { key: (*key).to_owned() })?;
        let mut phones = String::new();
        for on in [Platform::WeCom, Platform::DingTalk] {
            if platform.is_none_or(|platform| platform == on) {
                phones.push_str(&phone(templates, template, on)?);
            }
        }
        let (name, trigger) = (escaped(&template.head.name), escaped(&template.head.trigger));
        let _infallible = writeln!(
            sections,
            "<section class=\"shown\" id=\"{key}\"><header><h2>{name} <code>{key}.md</code></h2><p>{trigger}</p>\
             </header><div class=\"pair\">{phones}</div></section>",
        );
    }
    let title = match keys {
        [key] => escaped(key),
        _ => "全部消息".to_owned(),
    };
    Ok(format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · 跟进</title>\n\
         <style>\n{PHONES}\n{OWN}</style>\n</head>\n<body>\n{ICONS}\n<main class=\"sheet\">\n{sections}</main>\n\
         </body>\n</html>\n"
    ))
}

/// One phone with both samples: the best form, how it ends, and the leanest values.
fn phone(templates: &Templates, template: &Template, on: Platform) -> Result<String, RenderError> {
    let mut chat = String::new();
    let mut notes = Vec::new();
    let mut is_group = false;
    for sample in [Sample::Usual, Sample::Lean] {
        let message = templates.render(&template.key, &template.sample(sample), on)?;
        is_group = message.audience == Audience::Group;
        let own: Vec<FormKind> =
            forms::of(&message).into_iter().filter(|form| form.platform() == on).collect();
        let is_done = |form: &FormKind| matches!(form, FormKind::WeComCardDone | FormKind::DingTalkCardDone);
        let best = own.first().copied().into_iter();
        let end = own.iter().copied().filter(|form| sample == Sample::Usual && is_done(form));
        for form in best.chain(end) {
            let said = match sample {
                _ if is_done(&form) => "处理以后",
                Sample::Usual => "常见的样子",
                Sample::Lean => "名字最长、能空的都空",
            };
            let body = drawn(&forms::fill(&message, form, Fit::Cut));
            let _infallible = write!(
                chat,
                "<li class=\"when\">{said}</li><li class=\"row\"><span class=\"face bot\">{BOT}</span>\
                 <div class=\"said\">{body}</div></li>"
            );
            let broken = limits::check(&forms::fill(&message, form, Fit::Whole));
            notes.extend(broken.iter().map(|broken| note(said, broken)));
        }
    }
    let (name, whose, title, below) = match (on, is_group) {
        (Platform::WeCom, false) => ("wecom", "企业微信", "跟进", "应用"),
        (Platform::WeCom, true) => ("wecom", "企业微信", "华东组", "群"),
        (Platform::DingTalk, false) => ("dingtalk", "钉钉", "跟进", "机器人"),
        (Platform::DingTalk, true) => ("dingtalk", "钉钉", "华东组", "群"),
    };
    let foot = if on == Platform::WeCom && is_group {
        "<p class=\"mute\">企业微信的群里，应用只发不听。有话在单聊里说</p>".to_owned()
    } else {
        "<div class=\"say\"><span class=\"blank\">说一句，回车就发</span></div>".to_owned()
    };
    Ok(format!(
        "<div class=\"slot\"><p class=\"whose-app\">{whose}</p><div class=\"phone\" data-platform=\"{name}\" \
         role=\"img\" aria-label=\"{whose}的手机\"><div class=\"screen\"><div class=\"statusbar\"><span>9:30</span>\
         <span>{signal}{battery}</span></div><div class=\"appbar\"><span class=\"nav\">{back}</span><div><b>{title}</b>\
         <small>{below}</small></div><span class=\"nav\">{more}</span></div><div class=\"middle\">\
         <ol class=\"chat\">{chat}</ol></div><div class=\"bottom\">{foot}</div></div></div>{notes}</div>",
        signal = icon("signal"),
        battery = icon("battery"),
        back = icon("back"),
        more = icon("more"),
        notes = notes.concat(),
    ))
}

fn icon(name: &str) -> String {
    format!("<svg class=\"i\"><use href=\"#i-{name}\"/></svg>")
}

fn note(said: &str, broken: &Broken) -> String {
    format!("<p class=\"over\">{said}：{}，发出去时缩短</p>", escaped(&broken.to_string()))
}

fn drawn(wire: &Wire) -> String {
    match wire {
        Wire::WeCom(wire::Message::Text { text }) => bubble(&plain(&text.content), false),
        Wire::WeCom(wire::Message::Markdown { markdown: text }) => bubble(&markdown(&text.content), true),
        Wire::WeCom(wire::Message::TemplateCard { template_card }) => wecom_card(template_card),
        Wire::WeCom(wire::Message::Image { .. }) | Wire::DingTalk(RobotMessage::SampleImageMsg { .. }) => {
            bubble("[图片]", false)
        }
        Wire::WeCom(wire::Message::File { .. }) | Wire::WeComWebhook(wire::WebhookMessage::File { .. }) => {
            bubble("[文件]", false)
        }
        Wire::DingTalk(RobotMessage::SampleFile { file_name, .. }) => {
            bubble(&plain(&format!("[文件] {file_name}")), false)
        }
        Wire::WeComWebhook(wire::WebhookMessage::Text { text }) => bubble(&plain(&text.content), false),
        Wire::WeComWebhook(wire::WebhookMessage::Markdown { markdown: text }) => {
            bubble(&markdown(&text.content), true)
        }
        Wire::DingTalkCard(params) => dingtalk_card(params),
        Wire::DingTalk(RobotMessage::SampleText { content }) => bubble(&plain(content), false),
        Wire::DingTalk(RobotMessage::SampleMarkdown { text, .. }) => bubble(&markdown(text), true),
        Wire::DingTalkWebhook(WebhookMessage { body, .. }) => match body {
            WebhookBody::Text { text } => bubble(&plain(&text.content), false),
            WebhookBody::Markdown { markdown: text } => bubble(&markdown(&text.text), true),
            WebhookBody::ActionCard { action_card } => bubble(&markdown(&action_card.text), true),
        },
    }
}

fn bubble(html: &str, is_markdown: bool) -> String {
    format!("<div class=\"bubble{}\">{html}</div>", if is_markdown { " md" } else { "" })
}

/// As the simulator's `wecom.js` draws one.
fn wecom_card(card: &TemplateCard) -> String {
    let mut body = String::new();
    if let Some(title) = &card.main_title {
        push(&mut body, "h3", "", title.title.as_deref());
        push(&mut body, "p", "desc", title.desc.as_deref());
    }
    if let Some(quote) = &card.quote_area {
        body.push_str("<div class=\"quote\">");
        push(&mut body, "b", "", quote.title.as_deref());
        push(&mut body, "p", "", quote.quote_text.as_deref());
        body.push_str("</div>");
    }
    push(&mut body, "p", "sub", card.sub_title_text.as_deref());
    let row = |row: &wire::HorizontalContent| {
        let value = escaped(row.value.as_deref().unwrap_or_default());
        let value = if row.url.is_some() { format!("<span class=\"link\">{value}</span>") } else { value };
        format!("<div><dt>{}</dt><dd>{value}</dd></div>", escaped(&row.keyname))
    };
    if !card.horizontal_content_list.is_empty() {
        let rows: String = card.horizontal_content_list.iter().map(row).collect();
        let _infallible = write!(body, "<dl class=\"rows\">{rows}</dl>");
    }
    for select in &card.select_list {
        let title = escaped(select.title.as_deref().unwrap_or_default());
        let first = select.option_list.first().map(|option| escaped(&option.text)).unwrap_or_default();
        let _infallible = write!(
            body,
            "<label class=\"choose\"><span>{title}</span><span class=\"select\"><select disabled><option>{first}\
             </option></select></span></label>"
        );
    }
    if let Some(checkbox) = &card.checkbox {
        let kind = if checkbox.mode == 0 { "radio" } else { "checkbox" };
        let option = |option: &wire::Choice| {
            let checked = if option.is_checked { " checked" } else { "" };
            let text = escaped(&option.text);
            format!("<label><input type=\"{kind}\"{checked}><span>{text}</span></label>")
        };
        let options: String = checkbox.option_list.iter().map(option).collect();
        let _infallible = write!(body, "<fieldset class=\"ticks\" disabled>{options}</fieldset>");
    }
    let button = |button: &wire::Button| {
        format!("<span class=\"wide style-{}\">{}</span>", button.style.unwrap_or(1), escaped(&button.text))
    };
    let foot = match (&card.replace_text, &card.submit_button) {
        (Some(said), _) => format!("<span class=\"wide done\">{}</span>", escaped(said)),
        (None, Some(submit)) => format!("<span class=\"wide style-1\">{}</span>", escaped(&submit.text)),
        (None, None) => card.button_list.iter().map(button).collect(),
    };
    format!("<article class=\"card\"><div class=\"card-body\">{body}</div>{foot}</article>")
}

fn push(out: &mut String, tag: &str, class: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let _infallible = write!(out, "<{tag} class=\"{class}\">{}</{tag}>", plain(text));
    }
}

/// As the simulator's `dingtalk.js` draws one.
fn dingtalk_card(params: &CardParams) -> String {
    let value = |key: &str| params.get(key).map(String::as_str).unwrap_or_default();
    let full: Value = serde_json::from_str(value("sys_full_json_obj")).unwrap_or(Value::Null);
    let buttons: Vec<&Value> = full["msgButtons"].as_array().into_iter().flatten().collect();
    let has_blue = buttons.iter().any(|button| button["color"] == "blue");
    let look = |at: usize, button: &Value| match button["color"].as_str() {
        Some("red") => "outlined red",
        color if if has_blue { color == Some("blue") } else { at == 0 } => "filled",
        _ => "outlined",
    };
    let button = |(at, button): (usize, &&Value)| {
        let text = button["text"].as_str().unwrap_or_default();
        format!("<span class=\"{}\">{}</span>", look(at, button), escaped(text))
    };
    let foot: String = buttons.iter().enumerate().map(button).collect();
    let foot = if foot.is_empty() { foot } else { format!("<div class=\"buttons\">{foot}</div>") };
    let mut body = markdown(value("markdown"));
    push(&mut body, "p", "tips", Some(value("tips")));
    let title = escaped(value("title"));
    format!(
        "<article class=\"card\"><h3 class=\"head\">{title}</h3><div class=\"card-body md\">{body}</div>{foot}</article>"
    )
}
