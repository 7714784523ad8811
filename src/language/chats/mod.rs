//! A conversation copied out of WeChat and pasted in: who said what, and when. What people say of themselves is turned
//! into what the note's writer would tell: 「我周五前打款」 of the customer is their promise.

mod note;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};

use super::text::{Text, fold, is_blank_or_mark};
use super::{Context, contacts};

pub(super) use note::read;

/// One thing that somebody said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Turn<'t> {
    /// The name as the app shows it.
    pub(super) speaker: &'t str,
    /// Whether that is one of us.
    pub(super) ours: bool,
    /// When, if the app showed it; the day alone counts from its morning.
    pub(super) at: Option<DateTime<Utc>>,
    /// The words; several lines where they were several.
    pub(super) said: String,
}

/// The turns of a pasted conversation; `None` where `raw` is none.
pub(super) fn turns<'t>(raw: &'t str, ctx: &Context<'_>) -> Option<Vec<Turn<'t>>> {
    let lines: Vec<&str> = raw.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() < 2 {
        return None;
    }
    let mut turns: Vec<Turn<'t>> = Vec::new();
    let mut day: Option<NaiveDate> = None;
    let mut headed = false;
    for line in lines {
        if let Some(date) = date_line(line, ctx) {
            day = Some(date);
            continue;
        }
        if let Some((speaker, at)) = stamped(line, day, ctx) {
            headed = true;
            turns.push(Turn { speaker, ours: is_ours(speaker, ctx), at, said: String::new() });
            continue;
        }
        if let Some((speaker, said)) = named(line) {
            headed |= said.is_empty();
            let at = day.map(|day| ctx.calendar.opening(day));
            turns.push(Turn { speaker, ours: is_ours(speaker, ctx), at, said: plain(said).to_owned() });
            continue;
        }
        let said = plain(line);
        match turns.last_mut() {
            Some(turn) if !said.is_empty() => {
                if !turn.said.is_empty() {
                    turn.said.push('\n');
                }
                turn.said.push_str(said);
            }
            Some(_) => {}
            // A heading before the first turn is a word of the rep's.
            None if said.chars().count() > LONGEST_NAME => return None,
            None => {}
        }
    }
    is_conversation(&turns, headed).then_some(turns)
}

/// A name as apps show it has at most so many characters.
const LONGEST_NAME: usize = 16;

/// Two people take turns; names without a time beside them must look like people.
fn is_conversation(turns: &[Turn<'_>], headed: bool) -> bool {
    let first = turns.first().map(|turn| turn.speaker);
    let several = turns.iter().any(|turn| Some(turn.speaker) != first);
    let people = turns.iter().all(|turn| turn.ours || looks_like_a_person(turn.speaker));
    let stamped = turns.iter().any(|turn| turn.at.is_some());
    turns.len() >= 2 && (several || stamped) && (people || (headed && stamped))
}

fn looks_like_a_person(name: &str) -> bool {
    let text = Text::new(name);
    let titled = !contacts::contacts(&text, text.whole()).is_empty();
    let latin = name.chars().all(|c| c.is_ascii_alphabetic() || c == ' ') && name.len() >= 2;
    titled || latin
}

fn is_ours(name: &str, ctx: &Context<'_>) -> bool {
    let bare = name.trim();
    let whole = |mention: &super::Mention<_>| mention.span == (0..bare.len());
    bare == "我" || ctx.names.members_in(bare).iter().any(whole)
}

/// Words without what stands for pictures, voices and files.
fn plain(line: &str) -> &str {
    const SHOWN: [&str; 12] = [
        "图片",
        "语音",
        "文件",
        "视频",
        "表情",
        "动画表情",
        "链接",
        "位置",
        "名片",
        "小程序",
        "聊天记录",
        "红包",
    ];
    let inner = line.strip_prefix(['[', '【']).and_then(|line| line.split([']', '】']).next());
    let shown = inner.is_some_and(|inner| SHOWN.iter().any(|word| inner.starts_with(word)));
    let quoted = line.starts_with('「') && line.ends_with('」') || line.starts_with("引用");
    let rule = line.chars().all(|c| is_blank_or_mark(c) || c == '-' || c == '—');
    if shown || quoted || rule { "" } else { line }
}

/// 「张总：好的」, 「张总:」 before its words.
fn named(line: &str) -> Option<(&str, &str)> {
    let (name, said) = line.split_once(['：', ':'])?;
    let name = name.trim();
    (is_name(name) && !LABELS.contains(&name)).then_some((name, said.trim()))
}

/// What people write before a colon in a note that is no conversation.
const LABELS: [&str; 26] = [
    "客户",
    "联系人",
    "金额",
    "时间",
    "地点",
    "下一步",
    "备注",
    "行业",
    "公司",
    "电话",
    "手机",
    "预算",
    "产品",
    "进展",
    "问题",
    "结论",
    "需求",
    "报价",
    "计划",
    "跟进",
    "要求",
    "交期",
    "付款",
    "参会",
    "内容",
    "主题",
];

fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    let letter = |c: char| c.is_alphabetic() || " -_()（）·@&".contains(c);
    (1..=LONGEST_NAME).contains(&length) && name.chars().all(letter) && name.chars().any(char::is_alphabetic)
}

/// 「张总 2026/11/23 15:02:11」, 「张总  15:02」, 「11-23 15:02 张总」.
fn stamped<'t>(
    line: &'t str,
    day: Option<NaiveDate>,
    ctx: &Context<'_>,
) -> Option<(&'t str, Option<DateTime<Utc>>)> {
    let digit = line.find(|c: char| c.is_ascii_digit())?;
    let before = line.get(..digit)?.trim_end();
    let (name, stamp) = if before.is_empty() {
        let end = line.rfind(|c: char| c.is_ascii_digit()).map(|at| at + 1)?;
        (line.get(end..)?.trim(), line.get(..end)?)
    } else {
        const WORDS: [&str; 6] = ["今天", "昨天", "前天", "上午", "下午", "晚上"];
        let mut name = before;
        while let Some(word) = WORDS.into_iter().find(|word| name.ends_with(word)) {
            name = name.trim_end_matches(word).trim_end();
        }
        (name.trim_end_matches([' ', '　', '(', '（', '[']).trim_end(), line.get(name.len()..)?)
    };
    let (date, time) = stamp_of(stamp, day, ctx)?;
    is_name(name).then(|| (name, date.map(|date| ctx.calendar.instant(date.and_time(time)))))
}

/// A date, if there is one, and a time that are the whole of `stamp`.
fn stamp_of(
    stamp: &str,
    day: Option<NaiveDate>,
    ctx: &Context<'_>,
) -> Option<(Option<NaiveDate>, NaiveTime)> {
    let folded: String = stamp.chars().map(fold).collect();
    let today = ctx.calendar.date(ctx.now);
    let (mut date, mut time) = (day, None);
    for word in folded.split([' ', '(', ')', '[', ']']).filter(|word| !word.is_empty()) {
        let days = match word {
            "今天" => Some(0),
            "昨天" => Some(1),
            "前天" => Some(2),
            _ => None,
        };
        if let Some(days) = days {
            date = today.checked_sub_days(chrono::Days::new(days));
        } else if let Some(found) = time_of(word) {
            time = Some(found);
        } else {
            date = Some(date_of(word, today)?);
        }
    }
    Some((date, time?))
}

/// 15:02, 15:02:11, 下午3:02
fn time_of(word: &str) -> Option<NaiveTime> {
    let (word, later) = match (word.strip_prefix("下午"), word.strip_prefix("晚上")) {
        (Some(word), _) | (_, Some(word)) => (word, true),
        (None, None) => (word.strip_prefix("上午").unwrap_or(word), false),
    };
    let mut parts = word.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().map_or(Some(0), |second| second)?;
    let hour = if later && hour < 12 { hour + 12 } else { hour };
    NaiveTime::from_hms_opt(hour, minute, second).filter(|_| parts.next().is_none())
}

/// 2026/11/23, 2026-11-23, 11-23, 11月23日; without a year the last one that is not ahead.
fn date_of(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let word = word.trim_end_matches('日');
    let parts: Vec<u32> = word
        .split(['/', '-', '.', '年', '月'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match parts[..] {
        [year, month, day] => {
            let year = if year < 100 { year + 2000 } else { year };
            NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
        }
        [month, day] => {
            let this = NaiveDate::from_ymd_opt(today.year(), month, day)?;
            if this > today { NaiveDate::from_ymd_opt(today.year() - 1, month, day) } else { Some(this) }
        }
        _ => None,
    }
}

/// 「—————  2026-11-23  —————」, 「2026年11月23日」 alone.
fn date_line(line: &str, ctx: &Context<'_>) -> Option<NaiveDate> {
    let bare = line.trim_matches(|c: char| is_blank_or_mark(c) || c == '—' || c == '-' || c == '–');
    let bare = bare.split(' ').next()?;
    let only = line
        .chars()
        .all(|c| c.is_ascii_digit() || is_blank_or_mark(c) || "—–-/年月日星期一二三四五六".contains(c));
    date_of(bare, ctx.calendar.date(ctx.now)).filter(|_| only)
}

#[cfg(test)]
mod tests {
    use super::{Turn, turns};
    use crate::calendar::Calendar;
    use crate::language::{Awaited, Context, Directory, Via};
    use crate::sales::MemberId;

    /// The speaker, whether one of us, when, and the words.
    type Told = (String, bool, Option<String>, String);

    fn read(raw: &str) -> Option<Vec<Told>> {
        let mut names = Directory::default();
        names.members.set(&MemberId::from("wanglei"), [("王磊", Via::Name)]);
        let calendar = Calendar::default();
        let now = "2026-11-24T01:30:00Z".parse().unwrap();
        let ctx = Context { now, calendar: &calendar, names: &names, awaiting: Awaited::Nothing };
        let told = |turn: Turn<'_>| {
            let at = turn.at.map(|at| calendar.local(at).format("%m-%d %H:%M").to_string());
            (turn.speaker.to_owned(), turn.ours, at, turn.said)
        };
        turns(raw, &ctx).map(|turns| turns.into_iter().map(told).collect())
    }

    fn turn(speaker: &str, ours: bool, at: Option<&str>, said: &str) -> Told {
        (speaker.to_owned(), ours, at.map(str::to_owned), said.to_owned())
    }

    #[test]
    fn every_way_of_copying_a_conversation_is_read() {
        let expected = vec![
            turn("张总", false, Some("11-23 15:02"), "报价什么时候给"),
            turn("王磊", true, Some("11-23 15:05"), "周五前发您"),
        ];
        for raw in [
            "张总 2026/11/23 15:02:11\n报价什么时候给\n王磊 2026/11/23 15:05:40\n周五前发您",
            "张总 11-23 15:02\n报价什么时候给\n\n王磊 11-23 15:05\n周五前发您\n[图片]",
            "—————  2026-11-23  —————\n\n张总  15:02\n\n报价什么时候给\n\n王磊  15:05\n\n周五前发您",
            "张总 昨天 15:02\n报价什么时候给\n王磊 昨天 15:05\n周五前发您",
            "张总 昨天 下午3:02\n报价什么时候给\n王磊 昨天 下午3:05\n[语音 5\"]\n周五前发您",
        ] {
            assert_eq!(read(raw), Some(expected.clone()), "{raw}");
        }
        let expected =
            vec![turn("张总", false, None, "报价什么时候给"), turn("我", true, None, "周五前发您")];
        for raw in ["张总：报价什么时候给\n我：周五前发您", "张总:\n报价什么时候给\n我:\n周五前发您"]
        {
            assert_eq!(read(raw), Some(expected.clone()), "{raw}");
        }
    }

    #[test]
    fn lists_and_notes_are_no_conversations() {
        for raw in [
            "客户：宏远\n金额：50万",
            "宏远：周二看厂\n永兴：报价发了",
            "1. 宏远 下周二看厂\n2. 永兴 催报价",
            "张总约了下周二看厂\n带上样品",
            "明天 15:02\n去宏远",
        ] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }
}
