//! The platforms' documented limits, held against what would be sent.

use std::fmt;

use serde::Serialize;

use super::shorten::Unit;
use crate::platform::dingtalk::wire::{
    CardParams, CreateCard, MSG_PARAM_MAX_BYTES, RobotMessage, WEBHOOK_MAX_BYTES, WebhookMessage,
};
use crate::platform::wecom::wire::{
    self, CardType, Checkbox, MARKDOWN_MAX_BYTES, SelectList, TEXT_MAX_BYTES, TemplateCard, TextLimits,
    WEBHOOK_MARKDOWN_MAX_BYTES, WEBHOOK_TEXT_MAX_BYTES,
};

/// What would be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// A message of a WeCom app.
    WeCom(wire::Message),
    /// A message of a WeCom group robot.
    WeComWebhook(wire::WebhookMessage),
    /// The variables of DingTalk's ready-made card.
    DingTalkCard(CardParams),
    /// A message of a DingTalk robot.
    DingTalk(RobotMessage),
    /// A message to a DingTalk session or group webhook.
    DingTalkWebhook(WebhookMessage),
}

/// One limit that is exceeded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Broken {
    /// Which part, in Chinese.
    pub part: String,
    /// How long it may be.
    pub max: usize,
    /// How long it is.
    pub actual: usize,
    /// In what.
    pub unit: Unit,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.name();
        write!(f, "{} {} {unit}，最多 {} {unit}", self.part, self.actual, self.max)
    }
}

/// Every limit that `wire` exceeds.
pub fn check(wire: &Wire) -> Vec<Broken> {
    let mut held = Held(Vec::new());
    match wire {
        Wire::WeCom(wire::Message::Text { text }) => held.bytes("全文", &text.content, TEXT_MAX_BYTES),
        Wire::WeCom(wire::Message::Markdown { markdown }) => {
            held.bytes("全文", &markdown.content, MARKDOWN_MAX_BYTES);
        }
        // Their bytes are weighed where they are uploaded.
        Wire::WeCom(wire::Message::Image { .. } | wire::Message::File { .. })
        | Wire::WeComWebhook(wire::WebhookMessage::File { .. }) => {}
        Wire::WeCom(wire::Message::TemplateCard { template_card }) => {
            let texts = match template_card.card_type {
                CardType::TextNotice | CardType::ButtonInteraction => TextLimits::APP,
                CardType::VoteInteraction => TextLimits::VOTE,
                CardType::MultipleInteraction => TextLimits::MULTIPLE,
            };
            held.card(template_card, &texts);
        }
        Wire::WeComWebhook(wire::WebhookMessage::Text { text }) => {
            held.bytes("全文", &text.content, WEBHOOK_TEXT_MAX_BYTES);
        }
        Wire::WeComWebhook(wire::WebhookMessage::Markdown { markdown }) => {
            held.bytes("全文", &markdown.content, WEBHOOK_MARKDOWN_MAX_BYTES);
        }
        Wire::DingTalkCard(params) => held.params(params),
        Wire::DingTalk(message) => held.bytes("全文", &message.param(), MSG_PARAM_MAX_BYTES),
        Wire::DingTalkWebhook(message) => {
            let body = serde_json::to_string(message).expect("a wire struct is always JSON");
            held.bytes("全文", &body, WEBHOOK_MAX_BYTES);
        }
    }
    held.0
}

struct Held(Vec<Broken>);

impl Held {
    fn at_most(&mut self, part: impl Into<String>, actual: usize, max: usize, unit: Unit) {
        if actual > max {
            self.0.push(Broken { part: part.into(), max, actual, unit });
        }
    }

    fn bytes(&mut self, part: impl Into<String>, text: &str, max: usize) {
        self.at_most(part, text.len(), max, Unit::Bytes);
    }

    fn chars(&mut self, part: impl Into<String>, text: Option<&str>, max: usize) {
        self.at_most(part, Unit::Chars.of(text.unwrap_or_default()), max, Unit::Chars);
    }

    fn card(&mut self, card: &TemplateCard, texts: &TextLimits) {
        if let Some(title) = &card.main_title {
            self.chars("标题", title.title.as_deref(), texts.title);
            self.chars("标题下的说明", title.desc.as_deref(), texts.desc);
        }
        self.chars("正文", card.sub_title_text.as_deref(), texts.sub_title);
        self.at_most("资料行", card.horizontal_content_list.len(), TemplateCard::HORIZONTAL_MAX, Unit::Items);
        for row in &card.horizontal_content_list {
            self.chars(format!("资料行「{}」的名字", row.keyname), Some(&row.keyname), texts.keyname);
            self.chars(format!("资料行「{}」", row.keyname), row.value.as_deref(), texts.value);
            self.bytes(
                format!("资料行「{}」的地址", row.keyname),
                row.url.as_deref().unwrap_or_default(),
                TemplateCard::URL_MAX_BYTES,
            );
        }
        self.at_most("按钮", card.button_list.len(), TemplateCard::BUTTON_MAX, Unit::Items);
        for button in &card.button_list {
            self.chars(
                format!("按钮「{}」", button.text),
                Some(&button.text),
                TemplateCard::BUTTON_TEXT_MAX_CHARS,
            );
            self.bytes(
                format!("按钮「{}」的代号", button.text),
                button.key.as_deref().unwrap_or_default(),
                TemplateCard::KEY_MAX_BYTES,
            );
            self.bytes(
                format!("按钮「{}」的地址", button.text),
                button.url.as_deref().unwrap_or_default(),
                TemplateCard::URL_MAX_BYTES,
            );
        }
        let options = card.checkbox.as_ref().map_or(0, |checkbox| checkbox.option_list.len());
        self.at_most("选项", options, Checkbox::OPTION_MAX, Unit::Items);
        self.at_most("下拉框", card.select_list.len(), SelectList::LIST_MAX, Unit::Items);
        for select in &card.select_list {
            let title = select.title.as_deref().unwrap_or_default();
            let (part, options) = (format!("下拉框「{title}」的选项"), select.option_list.len());
            self.at_most(part, options, SelectList::OPTION_MAX, Unit::Items);
        }
        self.chars("处理后的按钮", card.replace_text.as_deref(), TemplateCard::BUTTON_TEXT_MAX_CHARS);
        self.bytes("卡片编号", card.task_id.as_deref().unwrap_or_default(), TemplateCard::TASK_ID_MAX_BYTES);
    }

    fn params(&mut self, params: &CardParams) {
        for (key, value) in params {
            let part = match key.as_str() {
                "title" => "标题",
                "markdown" => "正文",
                "tips" => "灰字",
                "sys_full_json_obj" => "按钮",
                other => other,
            };
            self.bytes("变量名", key, CreateCard::PARAM_KEY_MAX_BYTES);
            self.bytes(part, value, CreateCard::PARAM_VALUE_ADVISED_BYTES);
        }
    }
}
