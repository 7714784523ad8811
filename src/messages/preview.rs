//! A template's samples in every form, as an admin sees them before it goes live: drawn in text for a terminal, or
//! as JSON, or as a page with both phones. What is drawn is read back from the wire, so it is what the platform would get.

mod markup;
mod page;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

pub use page::page;

use super::forms::{self, Fit, FormKind};
use super::limits::{self, Broken, Wire};
use super::render::RenderError;
use super::template::Sample;
use super::templates::Templates;
use crate::platform::dingtalk::wire::{CardParams, RobotMessage, WebhookBody, WebhookMessage};
use crate::platform::wecom::wire::{self, TemplateCard};
use crate::sales::Platform;

/// One form of one sample.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// Which message.
    pub message: String,
    /// Which sample.
    pub sample: Sample,
    /// Which form.
    pub form: FormKind,
    /// What would be sent.
    pub wire: Value,
    /// The same, drawn.
    pub drawn: String,
    /// Limits that the text exceeds; what is sent is shortened to keep them.
    pub broken: Vec<Broken>,
}

/// Every form of both samples, of one platform or of both.
///
/// # Errors
/// When there is no such message. Live templates render their own samples, since nothing else goes live.
pub fn previews(
    templates: &Templates,
    key: &str,
    platform: Option<Platform>,
) -> Result<Vec<Preview>, RenderError> {
    let template = templates.get(key).ok_or_else(|| RenderError::Unknown { key: key.to_owned() })?;
    let mut previews = Vec::new();
    for sample in [Sample::Usual, Sample::Lean] {
        let values = template.sample(sample);
        for on in [Platform::WeCom, Platform::DingTalk] {
            if platform.is_some_and(|platform| platform != on) {
                continue;
            }
            let message = templates.render(key, &values, on)?;
            for form in forms::of(&message).into_iter().filter(|form| form.platform() == on) {
                let wire = forms::fill(&message, form, Fit::Cut);
                previews.push(Preview {
                    message: key.to_owned(),
                    sample,
                    form,
                    drawn: drawn(&wire),
                    wire: json(&wire),
                    broken: limits::check(&forms::fill(&message, form, Fit::Whole)),
                });
            }
        }
    }
    Ok(previews)
}

/// All of [`previews`] as text for a terminal.
///
/// # Errors
/// When there is no such message.
pub fn preview(templates: &Templates, key: &str, platform: Option<Platform>) -> Result<String, RenderError> {
    let mut text = String::new();
    for preview in previews(templates, key, platform)? {
        let sample = match preview.sample {
            Sample::Usual => "常见的样子",
            Sample::Lean => "名字最长、能空的都空",
        };
        let _ = writeln!(text, "── {} · {sample} ──\n{}", preview.form.name(), preview.drawn.trim_end());
        for broken in &preview.broken {
            let _ = writeln!(text, "⚠ {broken}，发出去时缩短");
        }
        text.push('\n');
    }
    Ok(text)
}

fn json(wire: &Wire) -> Value {
    let json = match wire {
        Wire::WeCom(message) => serde_json::to_value(message),
        Wire::WeComWebhook(message) => serde_json::to_value(message),
        Wire::DingTalkCard(params) => serde_json::to_value(params),
        Wire::DingTalk(message) => {
            let param = serde_json::from_str(&message.param()).unwrap_or(Value::Null);
            Ok(serde_json::json!({ "msgKey": message.key(), "msgParam": Value::clone(&param) }))
        }
        Wire::DingTalkWebhook(message) => serde_json::to_value(message),
    };
    json.expect("a wire struct is always JSON")
}

fn drawn(wire: &Wire) -> String {
    match wire {
        Wire::WeCom(wire::Message::Text { text }) => text.content.clone(),
        Wire::WeCom(wire::Message::Markdown { markdown }) => markdown.content.clone(),
        Wire::WeCom(wire::Message::TemplateCard { template_card }) => wecom_card(template_card),
        Wire::WeCom(wire::Message::Image { .. }) | Wire::DingTalk(RobotMessage::SampleImageMsg { .. }) => {
            "[图片]".to_owned()
        }
        Wire::WeCom(wire::Message::File { .. }) | Wire::WeComWebhook(wire::WebhookMessage::File { .. }) => {
            "[文件]".to_owned()
        }
        Wire::DingTalk(RobotMessage::SampleFile { file_name, .. }) => format!("[文件] {file_name}"),
        Wire::WeComWebhook(wire::WebhookMessage::Text { text }) => text.content.clone(),
        Wire::WeComWebhook(wire::WebhookMessage::Markdown { markdown }) => markdown.content.clone(),
        Wire::DingTalkCard(params) => dingtalk_card(params),
        Wire::DingTalk(RobotMessage::SampleText { content }) => content.clone(),
        Wire::DingTalk(RobotMessage::SampleMarkdown { title, text }) => titled(title, text),
        Wire::DingTalkWebhook(WebhookMessage { body, .. }) => match body {
            WebhookBody::Text { text } => text.content.clone(),
            WebhookBody::Markdown { markdown } => titled(&markdown.title, &markdown.text),
            WebhookBody::ActionCard { action_card } => titled(&action_card.title, &action_card.text),
        },
    }
}

/// The title as the conversation list shows it, above the text.
fn titled(title: &str, text: &str) -> String {
    format!("（{title}）\n{}", unbroken(text))
}

/// DingTalk's line breaks as the eye sees them.
fn unbroken(markdown: &str) -> String {
    let lines = markdown.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn wecom_card(card: &TemplateCard) -> String {
    let mut lines = Vec::new();
    if let Some(title) = &card.main_title {
        lines.extend(title.title.iter().map(|title| format!("【{title}】")));
        lines.extend(title.desc.clone());
    }
    if let Some(quote) = &card.quote_area {
        lines.extend(quote.title.iter().map(|title| format!("▏{title}")));
        lines.extend(quote.quote_text.iter().flat_map(|text| text.lines()).map(|line| format!("▏{line}")));
    }
    lines.extend(card.sub_title_text.clone());
    lines.extend(card.horizontal_content_list.iter().map(|row| {
        let open = if row.url.is_some() { " ›" } else { "" };
        format!("{}　{}{open}", row.keyname, row.value.as_deref().unwrap_or_default())
    }));
    for select in &card.select_list {
        let options: Vec<&str> = select.option_list.iter().map(|option| option.text.as_str()).collect();
        lines.push(format!("{} ▾ {}", select.title.as_deref().unwrap_or_default(), options.join(" / ")));
    }
    if let Some(checkbox) = &card.checkbox {
        let marks = if checkbox.mode == 0 { ["○", "●"] } else { ["☐", "☑"] };
        let mark = |option: &wire::Choice| marks[usize::from(option.is_checked)];
        lines.extend(checkbox.option_list.iter().map(|option| format!("{} {}", mark(option), option.text)));
    }
    lines.push(match (&card.replace_text, &card.submit_button) {
        (Some(text), _) => format!("（{text}）"),
        (None, Some(submit)) => bracketed([submit.text.as_str()].into_iter()),
        (None, None) => bracketed(card.button_list.iter().map(|button| button.text.as_str())),
    });
    lines.join("\n")
}

fn dingtalk_card(params: &CardParams) -> String {
    let value = |key: &str| params.get(key).map(String::as_str).unwrap_or_default();
    let full: Value = serde_json::from_str(value("sys_full_json_obj")).unwrap_or(Value::Null);
    let buttons = full["msgButtons"].as_array().into_iter().flatten();
    let buttons = bracketed(buttons.filter_map(|button| button["text"].as_str()));
    let lines =
        [format!("【{}】", value("title")), unbroken(value("markdown")), buttons, value("tips").to_owned()];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn bracketed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|words| format!("[{words}]")).collect::<Vec<_>>().join(" ")
}
