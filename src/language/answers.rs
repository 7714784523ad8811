//! Answers to what the dialogue waits for, small talk, and objections told without a customer's name.

use super::command_words::{digit, loss_reason, outcome};
use super::commands::Command;
use super::names::{Mention, ids};
use super::notes::own_contacts_only;
use super::text::{Text, is_blank_or_mark};
use super::{Awaited, Context};
use crate::sales::{CustomerId, LossReason, MemberId, Outcome};

/// An answer to what was awaited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// One of the choices shown, counted from 1, within their number.
    Choice(u8),
    /// A choice by the customer's name, or by a contact's; several when it is shared.
    Customer(Vec<CustomerId>),
    /// A choice by a colleague's name; several when it is shared.
    Member(Vec<MemberId>),
    /// 赢单, 丢单 or 搁置.
    Closing(Outcome),
    /// Why it was lost.
    Reason(LossReason),
    /// What came of the meeting, by the card's words.
    Meeting(MeetingAnswer),
}

/// The buttons after a meeting. 「说一句」 has no answer here: the next text is the note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MeetingAnswer {
    /// 推进了
    Forward,
    /// 要补材料
    Materials,
    /// 没见成
    NotMet,
}

/// Small talk that deserves one warm line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Courtesy {
    /// 早, 你好, 在吗
    Greeting,
    /// 谢谢, 辛苦了
    Thanks,
    /// 好的, 收到, 👌
    Acknowledged,
}

/// The answer that `raw` is to what is awaited.
pub(super) fn answer(raw: &str, ctx: &Context<'_>) -> Option<Answer> {
    let text = Text::new(raw);
    /// Whoever writes more tells a story.
    const LONGEST: usize = 24;
    if text.len() > LONGEST {
        return None;
    }
    let number = digit(&text);
    let bare = bare(&text);
    match ctx.awaiting {
        Awaited::Nothing | Awaited::Note | Awaited::Words | Awaited::Assignment => None,
        Awaited::Choice { of } => number
            .filter(|number| usize::from(*number) <= of)
            .map(Answer::Choice)
            .or_else(|| by_name(raw, &own_contacts_only(ctx.names.customers_in(raw))).map(Answer::Customer))
            .or_else(|| by_name(raw, &ctx.names.members_in(raw)).map(Answer::Member)),
        Awaited::Closing => {
            let by_number = number.and_then(|number| match number {
                1 => Some(Outcome::Won),
                2 => Some(Outcome::Lost(None)),
                3 => Some(Outcome::Shelved),
                _ => None,
            });
            by_number.or_else(|| outcome(&bare)).map(Answer::Closing)
        }
        Awaited::Reason => {
            let by_number =
                number.and_then(|number| LossReason::ALL.get(usize::from(number).checked_sub(1)?).copied());
            by_number.or_else(|| loss_reason(&bare)).map(Answer::Reason)
        }
        Awaited::MeetingOutcome => {
            let chosen = match (number, bare.as_str()) {
                (Some(1), _) | (_, "推进了" | "推进") => MeetingAnswer::Forward,
                (Some(2), _) | (_, "要补材料" | "补材料") => MeetingAnswer::Materials,
                (Some(3), _) | (_, "没见成" | "没见到" | "没见" | "没去成") => {
                    MeetingAnswer::NotMet
                }
                _ => return None,
            };
            Some(Answer::Meeting(chosen))
        }
    }
}

/// The ids of a name that is the whole of `raw`.
fn by_name<Id: Clone>(raw: &str, mentions: &[Mention<Id>]) -> Option<Vec<Id>> {
    let outside = |at: usize| !mentions.iter().any(|mention| mention.span.contains(&at));
    let only =
        raw.char_indices().all(|(at, c)| !outside(at) || is_blank_or_mark(c) || "给是的选".contains(c));
    (only && !mentions.is_empty()).then(|| mentions.iter().map(|mention| mention.id.clone()).collect())
}

/// The small talk that `raw` is as a whole.
pub(super) fn courtesy(raw: &str) -> Option<Courtesy> {
    let text = Text::new(raw);
    let bare = bare(&text);
    let plain =
        bare.trim_end_matches(['哈', '呀', '啊', '哦', '喔', '了', '呢', '啦', '~', '嘞', '哒', '您', '你']);
    let sticker = bare.starts_with('[') && bare.ends_with(']') && bare.chars().count() <= 8;
    let emoji = !bare.is_empty() && bare.chars().count() <= 8 && bare.chars().all(is_emoji);
    if sticker || emoji {
        return Some(Courtesy::Acknowledged);
    }
    let wish = ["愉快", "快乐", "新年好", "恭喜发财"].iter().any(|wish| plain.ends_with(wish));
    if wish && bare.chars().count() <= 8 {
        return Some(Courtesy::Greeting);
    }
    let plain = without_name(plain);
    match plain {
        "早" | "早上好" | "上午好" | "中午好" | "下午好" | "晚上好" | "早安" | "晚安" | "你好" | "您好"
        | "hi" | "hello" | "嗨" | "哈喽" | "哈啰" | "在吗" | "在么" | "在不在" | "在" => {
            Some(Courtesy::Greeting)
        }
        "谢谢" | "多谢" | "感谢" | "谢" | "谢谢谢谢" | "辛苦" | "thanks" | "thankyou" | "thx" | "3q"
        | "太感谢" | "非常感谢" | "帮大忙" | "麻烦" => Some(Courtesy::Thanks),
        "好的" | "好" | "收到" | "ok" | "okay" | "嗯" | "嗯嗯" | "恩" | "行" | "可以" | "明白" | "知道"
        | "了解" | "好嘞" | "好滴" | "好的好的" | "好的收到" | "收到谢谢" | "好的谢谢" | "没问题" | "懂"
        | "对" | "是的" | "对的" | "是" | "1收到" | "已阅" | "没错" | "不错" | "真棒" | "厉害" => {
            Some(Courtesy::Acknowledged)
        }
        _ => None,
    }
}

/// 「收到谢谢张经理」 without whom it thanks.
fn without_name(said: &str) -> &str {
    const THANKS: [&str; 8] = ["收到谢谢", "好的谢谢", "谢谢", "多谢", "辛苦", "收到", "好的", "感谢"];
    let text = Text::new(said);
    let called = |thanks: &&str| {
        let behind = thanks.chars().count();
        said.starts_with(*thanks)
            && super::contacts::titled(&text, behind).is_some_and(|who| who.end == text.len())
    };
    THANKS.iter().find(|thanks| called(thanks)).copied().unwrap_or(said)
}

/// An objection told without a customer's name, or any with 「怎么回」.
pub(super) fn objection(raw: &str, ctx: &Context<'_>) -> Option<Command> {
    const ASKS: &str = "\
        怎么回 怎么答 怎么接 怎么应对 怎么说服 怎么解释 咋回 咋说 怎么办 怎么跟他说 怎么跟客户说 \
        怎么和客户说 怎么说 如何应对 如何回复";
    const COMPLAINTS: &str = "\
        嫌 太贵 贵了 比别家贵 没预算 预算不够 不需要 用不上 再考虑 考虑考虑 商量 请示 研究研究 回去研究 比较比较 再比比 \
        货比三家 没时间 太忙 不着急 已有供应商 有供应商了 有合作的 用惯了 不信任 担心 怕 没听过 \
        没听说过 小公司 售后不 价格高 价格偏高 能不能便宜";
    // Said without a word of complaint, it must be meant beyond doubt: a note must not be taken for a question.
    const SURE: f64 = 0.9;
    // A word alone is looked for in the scripts.
    const SENTENCE: usize = 4;
    const SPEAKERS: &str = "客户 对方 他们 他 老板 采购 技术 人家 甲方 有客户 经销商 店长";
    let text = Text::new(raw);
    const LONGEST: usize = 40;
    if text.len() > LONGEST {
        return None;
    }
    let said = text.trim(text.whole());
    // Weighed last, and only where it decides: most texts are notes.
    let complains = || {
        text.has(said.clone(), COMPLAINTS)
            || said.len() >= SENTENCE
                && super::objections::read(raw).first().is_some_and(|meant| meant.score >= SURE)
    };
    let asks = text.has(said.clone(), ASKS);
    let customers = own_contacts_only(ctx.names.customers_in(raw));
    let speaker = text.any(said.start, SPEAKERS).is_some();
    let short = said.len() <= 8;
    let asked = || {
        asks && (speaker || !customers.is_empty() || text.has(said.clone(), "贵 价 竞品 预算") || complains())
    };
    let complained = || customers.is_empty() && (speaker || short) && complains();
    if !asked() && !complained() {
        return None;
    }
    Some(Command::Script { ask: text.raw(said).to_owned(), customers: ids(&customers) })
}

fn bare(text: &Text<'_>) -> String {
    text.chars(text.whole()).iter().filter(|c| !is_blank_or_mark(**c)).collect()
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x1f300..=0x1faff | 0x2600..=0x27bf | 0x1f1e6..=0x1f1ff | 0xfe0f | 0x200d)
}
