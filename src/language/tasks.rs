//! Action cards in words: a manager's sentence that gives one, 「@小王 周五前 给鑫源食品发报价单：1 有报价单图片 2 写明交期」,
//! and the words that move one on: 开始, 提交, 通过, 退回 ….

use chrono::NaiveDate;

use super::names::ids;
use super::text::is_blank_or_mark;
use super::{Awaited, Command, Context, notes};
use crate::sales::{CustomerId, MemberId};

/// A task that is given in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// To whom; several when the name is shared, nobody when none was named.
    pub to: Vec<MemberId>,
    /// A name that stands where a colleague's should, and is nobody's.
    pub unknown: Option<String>,
    /// The customers that it names.
    pub customers: Vec<CustomerId>,
    /// By the end of which day, if that was said.
    pub due: Option<NaiveDate>,
    /// What is to be done, without whom and by when.
    pub what: String,
    /// 验收标准, without their numbers.
    pub criteria: Vec<String>,
}

/// What moves an action card on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardStep {
    /// 开始
    Start,
    /// 提交
    Submit,
    /// 有困难
    Trouble,
    /// 通过
    Accept,
    /// 看交付: what was handed in, itself.
    Show,
    /// 退回, perhaps with the reason.
    Return {
        /// The reason; empty when none was said.
        reason: String,
    },
}

/// Longer than this nobody commands.
const LONGEST_WORD: usize = 6;
/// A reason is a sentence.
const LONGEST_REASON: usize = 200;
/// At most so many criteria.
const CRITERIA: usize = 6;
/// At most so many characters of each.
const CRITERION: usize = 60;

/// What `raw` as a whole commands about action cards. Where a note is awaited, 「@小王 …」 tells of one's doing.
pub(super) fn read(raw: &str, ctx: &Context<'_>) -> Option<Command> {
    let told = matches!(ctx.awaiting, Awaited::Note | Awaited::MeetingOutcome);
    let give = || given(raw, ctx).filter(|_| !told).map(|task| Command::Assign(Box::new(task)));
    word(raw).or_else(|| returned(raw)).or_else(give)
}

fn word(raw: &str) -> Option<Command> {
    let bare: String = raw.chars().filter(|c| !is_blank_or_mark(*c)).collect();
    if bare.chars().count() > LONGEST_WORD {
        return None;
    }
    let step = match bare.as_str() {
        "开始" | "开始做" | "开工" | "接了" | "我接了" => CardStep::Start,
        "提交" | "提交了" | "交了" | "交上了" | "做完了" => CardStep::Submit,
        "有困难" | "困难" | "做不了" | "卡住了" => CardStep::Trouble,
        "看交付" | "看图" | "看证据" | "看文件" | "看交付物" | "发我看看" => {
            CardStep::Show
        }
        "通过" | "验收" | "验收通过" => CardStep::Accept,
        "退回" | "打回" | "不通过" | "返工" => CardStep::Return { reason: String::new() },
        "任务" | "行动卡" | "我的任务" | "行动" | "任务列表" => return Some(Command::Tasks),
        "派任务" | "派" | "派活" | "派行动卡" => return Some(Command::BeginTask { number: None }),
        other => {
            let digit = other.strip_prefix('派')?.chars().collect::<Vec<_>>();
            let [digit] = digit[..] else { return None };
            let number = digit.to_digit(10).filter(|number| *number > 0)?;
            return Some(Command::BeginTask { number: u8::try_from(number).ok() });
        }
    };
    Some(Command::Step(step))
}

/// 「退回 没写交期」
fn returned(raw: &str) -> Option<Command> {
    let rest = ["退回", "打回"].iter().find_map(|word| raw.trim().strip_prefix(word))?;
    let apart = rest.starts_with(is_blank_or_mark);
    let reason = rest.trim_matches(is_blank_or_mark);
    let sentence = apart && !reason.is_empty() && reason.chars().count() <= LONGEST_REASON;
    sentence.then(|| Command::Step(CardStep::Return { reason: reason.to_owned() }))
}

/// A task that begins with whom it is for: 「@小王 …」「派小王 …」「派给小王：…」.
fn given(raw: &str, ctx: &Context<'_>) -> Option<Assignment> {
    let text = raw.trim_start();
    let called = ["派任务给", "派给", "派", "安排给", "安排", "@", "＠"]
        .iter()
        .find_map(|word| text.strip_prefix(word))?
        .trim_start();
    let mentions = ctx.names.members_in(called);
    let Some(first) = mentions.first().filter(|mention| mention.span.start == 0) else {
        return text.starts_with(['@', '＠']).then(|| nobody_called(called, ctx)).flatten();
    };
    let to: Vec<_> = mentions.iter().filter(|mention| mention.span == first.span).cloned().collect();
    let rest = called.get(first.span.end..)?;
    // Who was named by name and call at once, 「@王磊 小王」, is one person.
    let task = read_task(rest.trim_start_matches(|c| is_blank_or_mark(c) || c == '去'), ctx);
    (!task.what.is_empty()).then(|| Assignment { to: ids(&to), ..task })
}

/// 「@火星人 明天前 …」: a name that nobody has, up to a blank.
fn nobody_called(called: &str, ctx: &Context<'_>) -> Option<Assignment> {
    const LONGEST_NAME: usize = 8;
    let (name, rest) = called.split_once(is_blank_or_mark)?;
    let task = read_task(rest.trim_start_matches(is_blank_or_mark), ctx);
    let named = (1..=LONGEST_NAME).contains(&name.chars().count());
    (named && !task.what.is_empty()).then(|| Assignment { unknown: Some(name.to_owned()), ..task })
}

/// What is to be done, by when and how it is judged, whoever it is for.
pub(super) fn read_task(raw: &str, ctx: &Context<'_>) -> Assignment {
    let (head, criteria) = head_and_criteria(raw);
    let note = notes::read(head, ctx).note;
    // What is to be done lies ahead, also where the words could tell of today as over.
    let when = note.when.as_ref().or(note.happened.as_ref());
    let due = when.map(|moment| moment.day);
    let mut what = head.to_owned();
    if let Some(said) = when.map(|moment| moment.said.as_str()).filter(|said| !said.is_empty())
        && let Some(at) = what.find(said)
    {
        let behind = what.get(at + said.len()..).unwrap_or_default();
        let tail =
            ["之前", "以前", "前", "之内", "以内", "内"].iter().find_map(|word| behind.strip_prefix(word));
        let behind = tail.unwrap_or(behind).trim_start_matches(is_blank_or_mark).to_owned();
        what.truncate(at);
        what = what.trim_end_matches(is_blank_or_mark).to_owned();
        if !what.is_empty() && !behind.is_empty() {
            what.push(' ');
        }
        what.push_str(&behind);
    }
    let what = what.trim_matches(is_blank_or_mark);
    Assignment {
        to: Vec::new(),
        unknown: None,
        customers: note.customers(),
        due,
        what: joined(what),
        criteria,
    }
}

/// Blanks within Chinese say nothing; lines become one.
fn joined(what: &str) -> String {
    let words: Vec<&str> = what.split_whitespace().collect();
    let latin = |word: Option<&&str>, last: bool| {
        let c = word.and_then(|word| if last { word.chars().next_back() } else { word.chars().next() });
        c.is_some_and(|c| c.is_ascii_alphanumeric())
    };
    let mut line = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 && (latin(words.get(at - 1), true) || latin(Some(word), false)) {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// What stands before the criteria, and these: behind a colon, 「要求」 or 「验收标准」, or from the first number on.
fn head_and_criteria(raw: &str) -> (&str, Vec<String>) {
    const MARKS: [&str; 7] = ["验收标准", "验收", "要求", "要做到", "标准", "：", ":"];
    let by_mark = MARKS.iter().filter_map(|mark| Some((raw.find(mark)?, mark.len()))).min();
    let by_number = numbered(raw).first().map(|(at, _)| (*at, 0));
    let by_line = raw.trim_end().find('\n').map(|at| (at, 1));
    let cut = by_mark.or(by_number).or(by_line).filter(|(at, _)| *at > 0);
    let Some((at, skipped)) = cut else { return (raw, Vec::new()) };
    let (head, tail) = raw.split_at(at);
    let tail = tail.get(skipped..).unwrap_or_default();
    let marks = |c: char| is_blank_or_mark(c);
    let tail = MARKS.iter().fold(tail.trim_start_matches(marks), |tail, mark| {
        tail.strip_prefix(mark).unwrap_or(tail).trim_start_matches(marks)
    });
    (head.trim_matches(marks), criteria(tail))
}

fn criteria(tail: &str) -> Vec<String> {
    let numbers = numbered(tail);
    let parts: Vec<&str> = if numbers.is_empty() {
        tail.split(['；', ';', '\n']).collect()
    } else {
        let starts = numbers.iter().map(|(_, end)| *end);
        let ends = numbers.iter().skip(1).map(|(at, _)| *at).chain([tail.len()]);
        starts.zip(ends).filter_map(|(start, end)| tail.get(start..end)).collect()
    };
    let tidy = |part: &str| {
        let part = part.trim_matches(is_blank_or_mark);
        joined(part).chars().take(CRITERION).collect::<String>()
    };
    parts.into_iter().map(tidy).filter(|part| !part.is_empty()).take(CRITERIA).collect()
}

/// The numbers 1, 2, 3 … of a list: where each stands and where what it numbers begins. A figure, 「2 天」, is none.
fn numbered(text: &str) -> Vec<(usize, usize)> {
    const MEASURES: &str = "天小时分个张份页人台万元千百月年周次家点号日折成%块条";
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let next = u32::try_from(found.len()).unwrap_or(u32::MAX) + 1;
        let circled = u32::from(c).checked_sub(u32::from('①')).map(|n| n + 1) == Some(next);
        let opens = before.is_none_or(|c| is_blank_or_mark(c) || c == '(' || c == '（');
        let plain = c.to_digit(10) == Some(next) && opens;
        before = Some(c);
        if !circled && !plain {
            continue;
        }
        let behind = text.get(at + c.len_utf8()..).unwrap_or_default();
        let skipped = behind.trim_start_matches(|c: char| is_blank_or_mark(c) || c == ')' || c == '）');
        let marked = circled || skipped.len() < behind.len();
        let first = skipped.chars().next();
        let figure = first.is_some_and(|c| MEASURES.contains(c) || c.is_ascii_digit());
        // 「1有图」 is a list, too, once the number cannot be a figure.
        let glued = !marked && first.is_some_and(|c| !c.is_ascii() && !MEASURES.contains(c));
        if (marked && (circled || !figure)) || glued {
            found.push((at, text.len() - skipped.len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{criteria, head_and_criteria, word};

    #[test]
    fn criteria_are_split_by_their_numbers_and_marks() {
        for (tail, wanted) in [
            ("1 有报价单图片 2 写明交期", vec!["有报价单图片", "写明交期"]),
            ("1、含等保三级认证页；2、含本地化部署架构图", vec!["含等保三级认证页", "含本地化部署架构图"]),
            ("①有图②写明 2 天内到货", vec!["有图", "写明 2 天内到货"]),
            ("1.有图 2.写明交期 3.客户签收", vec!["有图", "写明交期", "客户签收"]),
            ("有图；写明交期", vec!["有图", "写明交期"]),
            ("客户签收截图", vec!["客户签收截图"]),
            ("", vec![]),
        ] {
            assert_eq!(criteria(tail), wanted, "{tail}");
        }
    }

    #[test]
    fn head_ends_where_the_criteria_begin() {
        for (text, head, count) in [
            ("发报价单：1 有图 2 写明交期", "发报价单", 2),
            ("发报价单，要求：有图", "发报价单", 1),
            ("发报价单 1 有图 2 写明交期", "发报价单", 2),
            ("发报价单\n有图\n写明交期", "发报价单", 2),
            ("带 3 个样品去", "带 3 个样品去", 0),
        ] {
            let (found, criteria) = head_and_criteria(text);
            assert_eq!((found, criteria.len()), (head, count), "{text}");
        }
    }

    #[test]
    fn sentence_that_begins_like_a_step_is_none() {
        assert!(word("提交").is_some() && word("派1").is_some());
        for said in ["提交了报价单给张总", "派人去看看", "派0", "通过率还行吧"] {
            assert!(word(said).is_none(), "{said}");
        }
    }
}
