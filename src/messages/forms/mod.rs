//! One message, in every form that a platform can really carry. A form keeps the platform's limits by shortening at
//! a sentence and naming the way to the whole; [`Fit::Whole`] leaves all in place, to see what an author exceeded.

mod dingtalk;
mod lines;
mod wecom;
mod wecom_question;

use serde::Serialize;

pub use dingtalk::{
    DingTalk, dingtalk, dingtalk_card, dingtalk_card_done, dingtalk_markdown, dingtalk_notice, dingtalk_text,
    dingtalk_webhook,
};
pub use wecom::{
    wecom, wecom_card, wecom_card_changed, wecom_card_done, wecom_markdown, wecom_text, wecom_webhook,
};

use super::limits::Wire;
use super::message::{Audience, Form, Message};
use crate::sales::Platform;

/// Whether a form keeps to its limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fit {
    /// Shortened to fit.
    Cut,
    /// Everything, also what the platform would refuse.
    Whole,
}

/// The forms.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FormKind {
    /// `button_interaction`; `vote_interaction` or `multiple_interaction` where one submit says more than buttons can.
    WeComCard,
    /// The same card once it was answered.
    WeComCardDone,
    /// A text of the app, with numbers in place of buttons.
    WeComText,
    /// Markdown of the app or of an app chat.
    WeComMarkdown,
    /// Markdown of a group's webhook robot.
    WeComWebhook,
    /// DingTalk's ready-made card of markdown and buttons.
    DingTalkCard,
    /// The same card once it was answered.
    DingTalkCardDone,
    /// A text of the robot.
    DingTalkText,
    /// Markdown of the robot.
    DingTalkMarkdown,
    /// Markdown to a session or a group's webhook.
    DingTalkWebhook,
}

impl FormKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::WeComCard,
        Self::WeComCardDone,
        Self::WeComText,
        Self::WeComMarkdown,
        Self::WeComWebhook,
        Self::DingTalkCard,
        Self::DingTalkCardDone,
        Self::DingTalkText,
        Self::DingTalkMarkdown,
        Self::DingTalkWebhook,
    ];

    /// Whose it is.
    pub fn platform(self) -> Platform {
        match self {
            Self::WeComCard
            | Self::WeComCardDone
            | Self::WeComText
            | Self::WeComMarkdown
            | Self::WeComWebhook => Platform::WeCom,
            Self::DingTalkCard
            | Self::DingTalkCardDone
            | Self::DingTalkText
            | Self::DingTalkMarkdown
            | Self::DingTalkWebhook => Platform::DingTalk,
        }
    }

    /// Its name in Chinese.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeComCard => "企业微信卡片",
            Self::WeComCardDone => "企业微信卡片（处理后）",
            Self::WeComText => "企业微信文字",
            Self::WeComMarkdown => "企业微信 Markdown",
            Self::WeComWebhook => "企业微信群机器人",
            Self::DingTalkCard => "钉钉卡片",
            Self::DingTalkCardDone => "钉钉卡片（处理后）",
            Self::DingTalkText => "钉钉文字",
            Self::DingTalkMarkdown => "钉钉 Markdown",
            Self::DingTalkWebhook => "钉钉群机器人",
        }
    }
}

/// The forms that this message may take, the best of each platform first.
pub fn of(message: &Message) -> Vec<FormKind> {
    use FormKind::*;
    if message.audience == Audience::Group {
        return vec![WeComWebhook, WeComMarkdown, WeComText, DingTalkMarkdown, DingTalkWebhook, DingTalkText];
    }
    match message.form {
        // A pack without materials, a question without choices.
        Form::Card if !message.selects.is_empty() => vec![WeComCard, WeComCardDone, WeComText, DingTalkText],
        Form::Card if message.choices().is_empty() => vec![WeComText, DingTalkText],
        Form::Card => vec![WeComCard, WeComCardDone, WeComText, DingTalkCard, DingTalkCardDone, DingTalkText],
        Form::Text => vec![WeComText, DingTalkText, DingTalkMarkdown],
        Form::Markdown => vec![WeComMarkdown, WeComText, DingTalkMarkdown, DingTalkText],
        Form::Bare => vec![WeComText, DingTalkText],
    }
}

/// Fills one form; `preview` stands for a card's `task_id`.
pub fn fill(message: &Message, form: FormKind, fit: Fit) -> Wire {
    use crate::platform::{dingtalk::wire as ding, wecom::wire as work};
    match form {
        FormKind::WeComCard => Wire::WeCom(work::Message::card(wecom::card(message, Some("preview"), fit))),
        FormKind::WeComCardDone => {
            Wire::WeCom(work::Message::card(wecom::card(&answered(message), None, fit)))
        }
        FormKind::WeComText => Wire::WeCom(work::Message::text(wecom::text(message, fit))),
        FormKind::WeComMarkdown => {
            Wire::WeCom(work::Message::markdown(wecom::markdown(message, work::MARKDOWN_MAX_BYTES, fit)))
        }
        FormKind::WeComWebhook => Wire::WeComWebhook(wecom::webhook(message, fit)),
        FormKind::DingTalkCard => Wire::DingTalkCard(dingtalk::card(message, fit)),
        FormKind::DingTalkCardDone => Wire::DingTalkCard(dingtalk::card(&answered(message), fit)),
        FormKind::DingTalkText => {
            Wire::DingTalk(ding::RobotMessage::SampleText { content: dingtalk::text(message, fit) })
        }
        FormKind::DingTalkMarkdown => {
            let (title, text) = dingtalk::markdown(message, fit);
            Wire::DingTalk(ding::RobotMessage::SampleMarkdown { title, text })
        }
        FormKind::DingTalkWebhook => Wire::DingTalkWebhook(dingtalk::webhook(message, fit)),
    }
}

/// For a preview: the card as it looks once its first choice was taken.
fn answered(message: &Message) -> Message {
    if message.done.is_some() {
        return message.clone();
    }
    let first =
        message.choices().first().map_or_else(|| "已处理".to_owned(), |(_, words)| format!("已选：{words}"));
    message.clone().with_done(first)
}
