//! What a person wrote → what was meant. [`understand`] is the entrance for what is said in a chat, [`whole_note`] and
//! [`fields`] for what is filled into a page. All are pure, so the same words at the same moment mean the same.
//!
//! The order of reading: an answer to what the dialogue waits for, a pasted conversation, an action card, a command, small talk, an objection, a note (or
//! several in one breath). What is none of these is [`Understanding::Unknown`], never an error. Rules and word lists
//! stand in the module of what they find; Chinese lives here and in templates alone.

mod ahead;
mod alike;
mod amounts;
mod answers;
mod breakdown;
mod breath;
mod chats;
mod command_words;
mod commands;
mod contacts;
mod content;
mod decision_chain;
mod deeds;
mod edits;
mod estimates;
pub mod fields;
mod figures;
mod filler;
mod handing_over;
pub mod learned;
mod masking;
mod meetings;
mod moments;
mod names;
mod newcomers;
mod notes;
mod numbers;
pub mod objections;
mod obstacles;
mod offers;
mod passages;
mod phrases;
mod promises;
mod reminders;
mod tasks;
mod text;
mod times;

use chrono::{DateTime, Utc};

pub use alike::alike;
pub use answers::{Answer, Courtesy, MeetingAnswer};
pub use breakdown::{Breakdown, breakdown};
pub use commands::{Command, Report, ScriptWord};
pub use content::has_content;
pub use decision_chain::Role;
pub use deeds::{Action, Tense};
pub use edits::{Edit, amended};
pub use estimates::{Measured, Measures, measures};
pub use masking::masked;
pub use moments::Moment;
pub use names::{Directory, Mention, NameIndex, Names, Via};
pub use notes::{Meeting, Note};
pub use obstacles::Obstacle;
pub use promises::{Party, Promise};
pub use tasks::{Assignment, CardStep};

use crate::calendar::Calendar;
use moments::Present;
use text::is_blank_or_mark;

/// So many characters of a message are understood; the rest is kept with it. Platforms send up to 2,048 bytes.
const READ_AT_MOST: usize = 2_000;

/// What a text is understood against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// When it was written.
    pub now: DateTime<Utc>,
    /// The workspace's days.
    pub calendar: &'a Calendar,
    /// The names that its writer may use.
    pub names: &'a dyn Names,
    /// What the dialogue waits for.
    pub awaiting: Awaited,
}

/// What the dialogue waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Awaited {
    /// Anything.
    #[default]
    Nothing,
    /// A note: what is no command or small talk is one, even if it does not read like progress.
    Note,
    /// Any words, for an action card: a sentence is one, whatever it tells, and commands are still commands.
    Words,
    /// One of so many choices, by digit or name.
    Choice {
        /// How many.
        of: usize,
    },
    /// 赢单, 丢单 or 搁置, in this order.
    Closing,
    /// Why a deal was lost, in the order of [`crate::sales::LossReason::ALL`].
    Reason,
    /// What came of a meeting: 推进了, 要补材料, 没见成, or a sentence.
    MeetingOutcome,
    /// What is to be done on a deal.
    Assignment,
}

/// What a text means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Understanding {
    /// Something to do.
    Command(Command),
    /// Progress with a customer, who may have to be inferred.
    Note(Box<Note>),
    /// Two or more notes on different customers said in one breath, in their order.
    Notes(Vec<Note>),
    /// What the dialogue waited for.
    Answer(Answer),
    /// Small talk.
    Courtesy(Courtesy),
    /// None of these; kept as a draft, answered with what works.
    Unknown(Unclear),
}

/// Why a text was not understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unclear {
    /// It has no words.
    Blank,
    /// It asks something that no command answers.
    Question,
    /// It names no customer and does not read like progress.
    NoSubject,
}

/// What `text` means. Never fails and never panics, whatever the text.
pub fn understand(text: &str, ctx: &Context<'_>) -> Understanding {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    if let Some(answer) = answers::answer(text, ctx) {
        return Understanding::Answer(answer);
    }
    if let Some((note, _)) = chats::read(text, ctx) {
        return Understanding::Note(Box::new(note));
    }
    if let Some(command) = tasks::read(text, ctx) {
        return Understanding::Command(command);
    }
    if let Some(command) = commands::read(text, ctx) {
        return command;
    }
    if text.chars().all(is_blank_or_mark) {
        return Understanding::Unknown(Unclear::Blank);
    }
    if let Some(courtesy) = answers::courtesy(text) {
        return Understanding::Courtesy(courtesy);
    }
    if ctx.awaiting == Awaited::Assignment && !is_question(text) {
        return Understanding::Command(Command::Assign(Box::new(tasks::read_task(text, ctx))));
    }
    if !ctx.wants_note()
        && let Some(command) = answers::objection(text, ctx)
    {
        return Understanding::Command(command);
    }
    told(text, ctx)
}

/// What `text` says as one note, where it can be nothing else: on a page that is for a note.
pub fn whole_note(text: &str, ctx: &Context<'_>) -> Note {
    notes::read(text.trim_matches(|c: char| c.is_whitespace() || c.is_control()), ctx).note
}

fn told(text: &str, ctx: &Context<'_>) -> Understanding {
    let parts = breath::parts(text, ctx);
    if parts.len() > 1 {
        return Understanding::Notes(parts.into_iter().map(|part| notes::read(part, ctx).note).collect());
    }
    let read = notes::read(text, ctx);
    if ctx.wants_note() {
        return Understanding::Note(Box::new(read.note));
    }
    // 「刘经理电话多少」: a person alone is asked about as well.
    let person = read.note.mentions.iter().all(|mention| mention.via == Via::Contact);
    if person && is_question(text) || is_service(text) {
        return Understanding::Unknown(Unclear::Question);
    }
    if read.progress {
        Understanding::Note(Box::new(read.note))
    } else {
        Understanding::Unknown(Unclear::NoSubject)
    }
}

/// 「帮我写个催款短信」「把联系人发我一下」: something is asked of the bot, whatever it names.
fn is_service(text: &str) -> bool {
    const ASKS: [&str; 5] = ["帮我", "替我", "给我", "麻烦", "帮忙"];
    const FOR: [&str; 12] = ["写", "查", "翻", "找", "看", "算", "列", "导", "拟", "想", "调", "改"];
    const SENDS: [&str; 4] = ["发我", "发我一下", "发给我", "发我看看"];
    const STARTS: [&str; 12] = [
        "请问",
        "怎么改",
        "怎么录",
        "怎么加",
        "怎么删",
        "怎么导",
        "怎么设",
        "怎么用",
        "怎么查",
        "帮助",
        "帮我把",
        "给我来",
    ];
    const ENDS: [&str; 8] =
        ["帮我查查", "帮我看看", "帮我查一下", "翻出来看看", "调出来看看", "找出来看看", "来着", "记得吗"];
    let bare = text.trim_end_matches(is_blank_or_mark);
    let asked = ASKS.iter().filter_map(|ask| bare.strip_prefix(ask));
    asked.clone().any(|rest| FOR.iter().any(|verb| rest.starts_with(verb)))
        || STARTS.iter().any(|start| bare.starts_with(start))
        || ENDS.iter().any(|end| bare.ends_with(end))
        || ["把", "请把", "麻烦把"].iter().any(|start| bare.starts_with(start))
            && SENDS
                .iter()
                .any(|end| bare.trim_end_matches("谢谢").trim_end_matches(is_blank_or_mark).ends_with(end))
}

/// Whether `text` asks the bot something, rather than telling what a customer asks.
fn is_question(text: &str) -> bool {
    const ENDS: &str =
        "吗 呢 什么 什么了 啥 啥了 多少 谁 哪 几点 几号 哪天 什么时候 几单 几个 几家 几次 几条 怎么样 咋样";
    const STARTS: &str = "怎么 为什么 如何 什么 谁 哪 能不能 可不可以";
    const WITHIN: &str = "有什么 有哪些 是什么 哪几个";
    const REPORTED: &str = "问 说 想知道 客户 对方 他们 约 要 关心 在意 纠结 担心 打听 催 让 不知道 不清楚";
    // 「哪些客户该跟了」 asks, whatever it names.
    const LISTS: &str = "哪些 哪个 哪几个 谁 有没有";
    let has = |words: &str, fits: &dyn Fn(&str) -> bool| words.split_ascii_whitespace().any(fits);
    let bare = text.trim_end_matches(is_blank_or_mark);
    let asks = text.ends_with(['?', '？'])
        || has(ENDS, &|end| bare.ends_with(end))
        || has(STARTS, &|start| bare.starts_with(start))
        || has(WITHIN, &|word| bare.contains(word));
    has(LISTS, &|start| bare.starts_with(start)) || asks && !has(REPORTED, &|word| bare.contains(word))
}

impl<'a> Context<'a> {
    fn present(&self) -> Present<'a> {
        Present { now: self.now, calendar: self.calendar }
    }

    fn wants_note(&self) -> bool {
        matches!(self.awaiting, Awaited::Note | Awaited::Words | Awaited::MeetingOutcome)
    }
}
