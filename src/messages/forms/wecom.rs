//! WeCom's forms (reference/wecom.md 4.1, 4.2, 5.2). A card says: title; below it the first line; words for the
//! customer in the quote; short facts and materials as rows; the other lines and the grey one as its text.

use super::super::message::{Audience, Block, Form, Message, Style, Tick};
use super::super::shorten::{Unit, shorten};
use super::Fit;
use super::lines::{Frame, Pen, fitted, written};
use super::wecom_question;
use crate::platform::wecom::wire::{
    self, Button, CardType, Content, HorizontalContent, MainTitle, QuoteArea, TemplateCard, TextLimits,
    WebhookMessage,
};

const TEXTS: TextLimits = TextLimits::APP;
/// Materials that get a linked row of their own.
const LINKED_ROWS: usize = 3;

/// The best form: a card where something can be tapped, else text. `task_id` must be new for ever in the app.
pub fn wecom(message: &Message, task_id: &str) -> wire::Message {
    let tappable =
        !message.buttons.is_empty() || !message.checklist.is_empty() || !message.selects.is_empty();
    match message.form {
        _ if message.audience == Audience::Group => wire::Message::markdown(wecom_markdown(message)),
        Form::Card if tappable => wire::Message::card(wecom_card(message, task_id)),
        Form::Markdown => wire::Message::markdown(wecom_markdown(message)),
        Form::Card | Form::Text | Form::Bare => wire::Message::text(wecom_text(message)),
    }
}

/// A card to send, with buttons or with one submit. Ticks come first among the buttons.
pub fn wecom_card(message: &Message, task_id: &str) -> TemplateCard {
    card(message, Some(task_id), Fit::Cut)
}

/// The card as it changes while its buttons still work (a tick): for an update, so without `task_id`.
pub fn wecom_card_changed(message: &Message) -> TemplateCard {
    card(message, None, Fit::Cut)
}

/// The card's final state: the same card, its buttons one grey text. Give the message its end by
/// [`Message::with_done`].
pub fn wecom_card_done(message: &Message) -> TemplateCard {
    card(&ended(message), None, Fit::Cut)
}

fn ended(message: &Message) -> Message {
    match message.done {
        Some(_) => message.clone(),
        None => message.clone().with_done(HANDLED),
    }
}

/// Text, with numbers in place of buttons.
pub fn wecom_text(message: &Message) -> String {
    text(message, Fit::Cut)
}

/// Markdown of the app, or of a group of the app's own.
pub fn wecom_markdown(message: &Message) -> String {
    markdown(message, wire::MARKDOWN_MAX_BYTES, Fit::Cut)
}

/// What a group's webhook robot says.
pub fn wecom_webhook(message: &Message) -> WebhookMessage {
    webhook(message, Fit::Cut)
}

pub(super) fn text(message: &Message, fit: Fit) -> String {
    written(message, Pen::WeComText, Frame::text(message), wire::TEXT_MAX_BYTES, fit)
}

pub(super) fn markdown(message: &Message, max: usize, fit: Fit) -> String {
    written(message, Pen::WeComMarkdown, Frame::text(message), max, fit)
}

pub(super) fn webhook(message: &Message, fit: Fit) -> WebhookMessage {
    let content = markdown(message, wire::WEBHOOK_MARKDOWN_MAX_BYTES, fit);
    WebhookMessage::Markdown { markdown: Content { content } }
}

pub(super) fn card(message: &Message, task_id: Option<&str>, fit: Fit) -> TemplateCard {
    if let Some(card) = wecom_question::card(message, task_id, fit) {
        return card;
    }
    let mut card = TemplateCard::of(CardType::ButtonInteraction);
    let mut lines = Vec::new();
    let mut desc = None;
    if let Some(done) = &message.done {
        card.replace_text = Some(ending(done));
        if Unit::Chars.of(done) > TemplateCard::BUTTON_TEXT_MAX_CHARS {
            lines.push(done.clone());
        }
    }
    let rows_max = TemplateCard::HORIZONTAL_MAX - message.checklist.len().min(LINKED_ROWS);
    let mut facts = 0;
    for (at, block) in message.body.iter().enumerate() {
        match block {
            Block::Line(line) => match (line.to_plain(), line.link()) {
                (words, _) if at == 0 && !message.listed && Unit::Chars.of(&words) <= TEXTS.desc => {
                    desc = Some(words);
                }
                (_, Some((words, url))) if facts < rows_max && Unit::Chars.of(words) <= TEXTS.value => {
                    facts += 1;
                    card.horizontal_content_list.push(HorizontalContent::link("打开", words, url));
                }
                (words, _) => lines.push(words),
            },
            Block::Fact { key, value } => {
                let said = value.to_plain();
                let short = Unit::Chars.of(key) <= TEXTS.keyname && Unit::Chars.of(&said) <= TEXTS.value;
                if short && facts < rows_max {
                    facts += 1;
                    card.horizontal_content_list.push(match value.link() {
                        Some((_, url)) => HorizontalContent::link(key, said, url),
                        None => HorizontalContent::fact(key, said),
                    });
                } else {
                    lines.push(format!("{key}：{said}"));
                }
            }
            Block::Quote { title, words } => match card.quote_area {
                None => card.quote_area = Some(quote_area(title.clone(), words.to_plain())),
                Some(_) => lines.push(words.to_plain()),
            },
            Block::Checklist(heading) => {
                card.horizontal_content_list.extend(rows(&message.checklist, heading));
                lines.extend(beyond_rows(&message.checklist));
            }
        }
    }
    let (buttons, beyond) = buttons(message, fit);
    lines.extend(beyond);
    card.button_list = buttons;
    let grey: Vec<String> = message.grey.iter().map(|grey| grey.to_plain()).collect();
    card.sub_title_text = match fit {
        Fit::Whole => Some([lines, grey].concat().join("\n")),
        Fit::Cut => Some(fitted(&lines, &grey, "\n", TEXTS.sub_title, Unit::Chars)),
    }
    .filter(|text| !text.is_empty());
    let title = message.title.to_plain();
    let title = if fit == Fit::Cut { shorten(&title, TEXTS.title, Unit::Chars) } else { title };
    card.main_title = Some(MainTitle { title: Some(title), desc });
    card.task_id = task_id.map(str::to_owned);
    card
}

/// The words of a grey button whose own are too long for it.
const HANDLED: &str = "已处理";

/// The end in the width of a button: its first clause, when it has one that fits.
pub(super) fn ending(done: &str) -> String {
    let clause = done.split(['：', '，', '；', '（']).next().unwrap_or_default();
    let clause = if Unit::Chars.of(done) <= TemplateCard::BUTTON_TEXT_MAX_CHARS { done } else { clause };
    let fits = !clause.is_empty() && Unit::Chars.of(clause) <= TemplateCard::BUTTON_TEXT_MAX_CHARS;
    if fits { clause.to_owned() } else { HANDLED.to_owned() }
}

fn quote_area(title: Option<String>, quote_text: String) -> QuoteArea {
    QuoteArea { kind: Some(0), url: None, title, quote_text: Some(quote_text) }
}

/// A row for each of the first materials; its key carries the tick.
fn rows<'a>(ticks: &'a [Tick], heading: &'a str) -> impl Iterator<Item = HorizontalContent> + 'a {
    ticks.iter().take(LINKED_ROWS).map(move |tick| {
        let mark = if tick.done { "✅" } else { "☐" };
        let key = shorten(&format!("{mark} {heading}"), TEXTS.keyname, Unit::Chars);
        let name = shorten(&tick.text, TEXTS.value, Unit::Chars);
        match &tick.link {
            Some(url) => HorizontalContent::link(key, name, url),
            None => HorizontalContent::fact(key, name),
        }
    })
}

fn beyond_rows(ticks: &[Tick]) -> Option<String> {
    let names: Vec<&str> = ticks.iter().skip(LINKED_ROWS).map(|tick| tick.text.as_str()).collect();
    (!names.is_empty()).then(|| format!("还有：{}", names.join("、")))
}

/// The buttons, and a line for choices that find no place among them; their numbers work all the same.
fn buttons(message: &Message, fit: Fit) -> (Vec<Button>, Option<String>) {
    let ticks = message.checklist.iter().map(|tick| {
        let (text, style) =
            if tick.done { (format!("✅ {}", tick.text), 2) } else { (tick.text.clone(), 1) };
        Button::callback(label(&text, fit), style, &tick.key)
    });
    let own = message.buttons.iter().map(|button| {
        let (text, style) = (label(&button.text, fit), style(button.style));
        match &button.url {
            Some(url) => Button::link(text, style, url),
            None => Button::callback(text, style, &button.key),
        }
    });
    let mut all: Vec<Button> = ticks.chain(own).collect();
    if fit == Fit::Whole || all.len() <= TemplateCard::BUTTON_MAX {
        return (all, None);
    }
    all.truncate(TemplateCard::BUTTON_MAX);
    let beyond: Vec<String> = message
        .choices()
        .iter()
        .enumerate()
        .skip(TemplateCard::BUTTON_MAX)
        .map(|(at, (_, words))| format!("{} {words}", at + 1))
        .collect();
    let line = (!beyond.is_empty() && !message.listed).then(|| format!("也可以回 {}", beyond.join(" · ")));
    (all, line)
}

fn label(text: &str, fit: Fit) -> String {
    match fit {
        Fit::Cut => shorten(text, TemplateCard::BUTTON_TEXT_MAX_CHARS, Unit::Chars),
        Fit::Whole => text.to_owned(),
    }
}

fn style(style: Style) -> u8 {
    match style {
        Style::Primary => 1,
        Style::Plain => 2,
        Style::Danger => 3,
    }
}
