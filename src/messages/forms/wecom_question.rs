//! WeCom's cards with one submit button (reference/wecom.md 4.2), where they say more than buttons can and nothing needs
//! a link, which they cannot carry: drop-downs as `multiple_interaction`; more choices than there are buttons, and ticks
//! that open nothing, as `vote_interaction`.

use super::super::message::{Block, Message};
use super::super::shorten::{Unit, shorten};
use super::Fit;
use super::lines::fitted;
use crate::event::SUBMIT;
use crate::platform::wecom::wire::{
    CardType, Checkbox, Choice, MainTitle, SelectList, SelectOption, SubmitButton, TemplateCard, TextLimits,
};

/// The question of a vote; there is one a card.
const QUESTION: &str = "choice";

/// What is asked in a way that buttons cannot.
enum Asked {
    Selects(Vec<SelectList>),
    Vote(Checkbox),
}

/// The card that asks, if the message is one of these.
pub(super) fn card(message: &Message, task_id: Option<&str>, fit: Fit) -> Option<TemplateCard> {
    let asked = asked(message)?;
    let (mut card, texts) = match asked {
        Asked::Selects(selects) => {
            let mut card = TemplateCard::of(CardType::MultipleInteraction);
            card.select_list = selects;
            (card, TextLimits::MULTIPLE)
        }
        Asked::Vote(checkbox) => {
            let mut card = TemplateCard::of(CardType::VoteInteraction);
            card.checkbox = Some(checkbox);
            (card, TextLimits::VOTE)
        }
    };
    let lines: Vec<String> = message.body.iter().filter_map(|block| line(block, message)).collect();
    let grey: Vec<String> = message.grey.iter().map(|grey| grey.to_plain()).collect();
    let (title, desc) = match fit {
        Fit::Whole => (message.title.to_plain(), [lines, grey].concat().join("\n")),
        Fit::Cut => {
            let title = shorten(&message.title.to_plain(), texts.title, Unit::Chars);
            (title, fitted(&lines, &grey, "\n", texts.desc, Unit::Chars))
        }
    };
    card.main_title =
        Some(MainTitle { title: Some(title), desc: Some(desc).filter(|desc| !desc.is_empty()) });
    card.task_id = task_id.map(str::to_owned);
    card.submit_button = Some(SubmitButton { text: "提交".into(), key: SUBMIT.into() });
    if let Some(done) = &message.done {
        card.replace_text = Some(super::wecom::ending(done));
        card.checkbox.iter_mut().for_each(|checkbox| checkbox.disable = Some(true));
        card.select_list.iter_mut().for_each(|select| select.disable = Some(true));
    }
    Some(card)
}

fn asked(message: &Message) -> Option<Asked> {
    if !message.selects.is_empty() {
        return Some(Asked::Selects(selects(message)));
    }
    if links(message) {
        return None;
    }
    let ticks = message.checklist.iter().map(|tick| (&tick.key, &tick.text, tick.done));
    let buttons = message.buttons.iter().map(|button| (&button.key, &button.text, false));
    let (mode, options): (u8, Vec<_>) = match (message.checklist.len(), message.buttons.len()) {
        // One tick is one tap on a button.
        (2.., 0) => (1, ticks.collect()),
        (0, choices) if choices > TemplateCard::BUTTON_MAX && !message.listed => (0, buttons.collect()),
        _ => return None,
    };
    let options = options.into_iter().take(Checkbox::OPTION_MAX);
    let option_list =
        options.map(|(id, text, is_checked)| Choice { id: id.clone(), text: text.clone(), is_checked });
    Some(Asked::Vote(Checkbox {
        question_key: QUESTION.into(),
        mode,
        option_list: option_list.collect(),
        disable: None,
    }))
}

fn selects(message: &Message) -> Vec<SelectList> {
    let select = |select: &super::super::message::Select| {
        let options = select.options.iter().take(SelectList::OPTION_MAX);
        SelectList {
            question_key: select.key.clone(),
            title: Some(select.title.clone()),
            selected_id: None,
            option_list: options
                .map(|(id, text)| SelectOption { id: id.clone(), text: text.clone() })
                .collect(),
            disable: None,
        }
    };
    message.selects.iter().take(SelectList::LIST_MAX).map(select).collect()
}

/// Whether anything in it opens a page.
fn links(message: &Message) -> bool {
    let in_body = message.body.iter().any(|block| match block {
        Block::Line(line) | Block::Fact { value: line, .. } => line.link().is_some(),
        Block::Quote { .. } | Block::Checklist(_) => false,
    });
    in_body
        || message.checklist.iter().any(|tick| tick.link.is_some())
        || message.buttons.iter().any(|button| button.url.is_some())
}

fn line(block: &Block, message: &Message) -> Option<String> {
    match block {
        Block::Line(line) => Some(line.to_plain()),
        Block::Fact { key, value } => Some(format!("{key}：{}", value.to_plain())),
        Block::Quote { title, words } => {
            let title = title.as_ref().map(|title| format!("{title}：")).unwrap_or_default();
            Some(title + &words.to_plain())
        }
        // The options themselves.
        Block::Checklist(heading) => (!message.checklist.is_empty()).then(|| format!("{heading}：")),
    }
}
