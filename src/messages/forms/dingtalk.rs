//! DingTalk's forms (reference/dingtalk.md 5.3, 5.4, 7.7): the ready-made card of markdown and buttons, the robot's
//! text and markdown, and what goes to a session or webhook.

use super::super::message::{Audience, Form, Message, Style};
use super::super::shorten::{Unit, shorten};
use super::Fit;
use super::lines::{Frame, Pen, written};
use crate::platform::dingtalk::wire::{
    CardParams, CreateCard, MSG_PARAM_MAX_BYTES, MsgButton, RobotMessage, WebhookMessage, sys_full_json_obj,
};

/// Longest text or markdown we send: connectors split at about 3,500 characters (reference 14), and `msgParam` with
/// its escapes stays far below [`MSG_PARAM_MAX_BYTES`].
const TEXT_MAX_BYTES: usize = MSG_PARAM_MAX_BYTES / 2;
/// Longest title of a markdown message, for the conversation list.
const TITLE_MAX_CHARS: usize = 40;
const VALUE_MAX_BYTES: usize = CreateCard::PARAM_VALUE_ADVISED_BYTES;

/// The best form for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DingTalk {
    /// The ready-made card: its variables, and the line for the conversation list.
    Card {
        /// `cardParamMap`
        params: CardParams,
        /// The title alone.
        preview: String,
    },
    /// A message of the robot.
    Robot(RobotMessage),
}

/// The best form: a card where something can be tapped, else text or, for groups, markdown.
pub fn dingtalk(message: &Message) -> DingTalk {
    let tappable = !message.buttons.is_empty() || !message.checklist.is_empty();
    match message.form {
        _ if message.audience == Audience::Group => DingTalk::Robot(dingtalk_markdown(message)),
        Form::Card if tappable => {
            let preview = shorten(&message.title.to_plain(), TITLE_MAX_CHARS, Unit::Chars);
            DingTalk::Card { params: dingtalk_card(message), preview }
        }
        Form::Markdown => DingTalk::Robot(dingtalk_markdown(message)),
        Form::Card | Form::Text | Form::Bare => DingTalk::Robot(dingtalk_text(message)),
    }
}

/// All variables of the ready-made card, to create or to change it. Ticks come first among the buttons.
pub fn dingtalk_card(message: &Message) -> CardParams {
    card(message, Fit::Cut)
}

/// The card's final state: no buttons, the end in their place. Give the message its end by [`Message::with_done`].
pub fn dingtalk_card_done(message: &Message) -> CardParams {
    match message.done {
        Some(_) => card(message, Fit::Cut),
        None => card(&message.clone().with_done("已处理"), Fit::Cut),
    }
}

/// What a work notice says, so that with its JSON around it stays below the platform's 2,048 bytes.
const NOTICE_MAX_BYTES: usize = 1_500;
/// Where one answers.
const NOTICE_END: &str = "工作通知里回不了，到机器人的单聊里回我";

/// A text, with numbers in place of buttons.
pub fn dingtalk_text(message: &Message) -> RobotMessage {
    RobotMessage::SampleText { content: text(message, Fit::Cut) }
}

/// A markdown message, with numbers in place of buttons.
pub fn dingtalk_markdown(message: &Message) -> RobotMessage {
    let (title, text) = markdown(message, Fit::Cut);
    RobotMessage::SampleMarkdown { title, text }
}

/// What goes to a session or to a group's webhook.
pub fn dingtalk_webhook(message: &Message) -> WebhookMessage {
    webhook(message, Fit::Cut)
}

/// Title and text of a work notice, which is read and cannot be answered.
pub fn dingtalk_notice(message: &Message) -> (String, String) {
    let (title, frame) = (markdown(message, Fit::Cut).0, Frame { numbers: false, ..Frame::text(message) });
    let said = written(message, Pen::DingTalkMarkdown, frame, NOTICE_MAX_BYTES, Fit::Cut);
    (title, format!("{said}  \n  {NOTICE_END}"))
}

pub(super) fn webhook(message: &Message, fit: Fit) -> WebhookMessage {
    // Bare words have no title, and markdown would draw some of their signs.
    if message.form == Form::Bare {
        return WebhookMessage::text(text(message, fit));
    }
    let (title, text) = markdown(message, fit);
    WebhookMessage::markdown(title, text)
}

pub(super) fn text(message: &Message, fit: Fit) -> String {
    written(message, Pen::DingTalkText, Frame::text(message), TEXT_MAX_BYTES, fit)
}

pub(super) fn markdown(message: &Message, fit: Fit) -> (String, String) {
    let title = message.title.to_plain();
    let title = if fit == Fit::Cut { shorten(&title, TITLE_MAX_CHARS, Unit::Chars) } else { title };
    (title, written(message, Pen::DingTalkMarkdown, Frame::text(message), TEXT_MAX_BYTES, fit))
}

pub(super) fn card(message: &Message, fit: Fit) -> CardParams {
    let frame = Frame { title: false, numbers: false, grey: false };
    let cut =
        |text: String| if fit == Fit::Cut { shorten(&text, VALUE_MAX_BYTES, Unit::Bytes) } else { text };
    let grey = message.grey.as_ref().map(|grey| grey.to_plain()).unwrap_or_default();
    let (buttons, tips) = match &message.done {
        Some(done) => (Vec::new(), done.clone()),
        None => (buttons(message), grey),
    };
    CardParams::from([
        ("title".to_owned(), cut(message.title.to_plain())),
        ("markdown".to_owned(), written(message, Pen::DingTalkMarkdown, frame, VALUE_MAX_BYTES, fit)),
        ("tips".to_owned(), cut(tips)),
        ("sys_full_json_obj".to_owned(), buttons_json(buttons, fit)),
    ])
}

/// As many buttons as one value holds; the numbers of the others work all the same.
fn buttons_json(mut buttons: Vec<MsgButton>, fit: Fit) -> String {
    loop {
        let json = sys_full_json_obj(&buttons);
        if fit == Fit::Whole || json.len() <= VALUE_MAX_BYTES || buttons.pop().is_none() {
            return json;
        }
    }
}

fn buttons(message: &Message) -> Vec<MsgButton> {
    let ticks = message.checklist.iter().map(|tick| {
        let (text, color) =
            if tick.done { (format!("✅ {}", tick.text), "gray") } else { (tick.text.clone(), "blue") };
        colored(MsgButton::callback(text, &tick.key), color)
    });
    let own = message.buttons.iter().map(|button| {
        let color = match button.style {
            Style::Primary => "blue",
            Style::Plain => "gray",
            Style::Danger => "red",
        };
        colored(
            match &button.url {
                Some(url) => MsgButton::link(&button.text, url),
                None => MsgButton::callback(&button.text, &button.key),
            },
            color,
        )
    });
    ticks.chain(own).collect()
}

fn colored(button: MsgButton, color: &str) -> MsgButton {
    MsgButton { color: Some(color.to_owned()), ..button }
}
