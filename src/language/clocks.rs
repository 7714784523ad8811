//! Times of day as they are said: 下午三点半, 15:30, 九点一刻, 晚上. An hour without a part of the day is the one that lies
//! in working hours: 三点 is 15:00.

use chrono::NaiveTime;

use super::numbers::small;
use super::text::{Text, is_blank_or_mark};
use crate::calendar::Hours;

/// A time of day found in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Clock {
    pub(super) time: NaiveTime,
    /// 晚上十二点 is the first moment of the next day.
    pub(super) next_day: bool,
    /// The end, where one is said: 三点到四点.
    pub(super) until: Option<NaiveTime>,
    /// The part of the day alone was said; then when that part is over.
    pub(super) part_ends: Option<NaiveTime>,
    /// The hour may be another: 七点.
    pub(super) vague: bool,
    pub(super) end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Dawn,
    Morning,
    Noon,
    Afternoon,
    Evening,
}

const PARTS: &[(&str, Part)] = &[
    ("凌晨", Part::Dawn),
    ("清晨", Part::Morning),
    ("早晨", Part::Morning),
    ("早上", Part::Morning),
    ("一早", Part::Morning),
    ("大早", Part::Morning),
    ("上午", Part::Morning),
    ("中午", Part::Noon),
    ("午间", Part::Noon),
    ("下午", Part::Afternoon),
    ("午后", Part::Afternoon),
    ("傍晚", Part::Evening),
    ("晚上", Part::Evening),
    ("晚间", Part::Evening),
    ("夜里", Part::Evening),
    ("夜晚", Part::Evening),
    ("今夜", Part::Evening),
    ("am", Part::Morning),
    ("pm", Part::Afternoon),
];
const SHORT_PARTS: &[(&str, Part)] = &[("早", Part::Morning), ("晨", Part::Morning), ("晚", Part::Evening)];

/// The time said at `at`; `after_day` when a day was said right before.
pub(super) fn clock_at(text: &Text<'_>, at: usize, after_day: bool, work: Hours) -> Option<Clock> {
    if let Some(end) = text.any(at, "下班之前 下班以前 下班前") {
        // The last character stays for whoever asks whether it is a deadline.
        return Some(Clock {
            time: work.to,
            next_day: false,
            until: None,
            part_ends: None,
            vague: false,
            end: end - 1,
        });
    }
    let part = text.one_of(at, PARTS).or_else(|| after_day.then(|| text.one_of(at, SHORT_PARTS))?);
    let from = part.map_or(at, |(_, end)| text.skip_blanks(end));
    let spoken = hour(text, from, after_day || part.is_some());
    match (part, spoken) {
        (part, Some((hour, minute, end))) => {
            let (hour, next_day, vague) = resolve(hour, part.map(|(part, _)| part), work)?;
            let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
            let (until, end) = until(text, end, time);
            Some(Clock { time, next_day, until, part_ends: None, vague, end })
        }
        (Some((part, end)), None) => Some(part_alone(part, end, work)),
        (None, None) => None,
    }
}

fn part_alone(part: Part, end: usize, work: Hours) -> Clock {
    let (time, over) = match part {
        Part::Dawn => (5, 6),
        Part::Morning => (9, 12),
        Part::Noon => (12, 14),
        Part::Afternoon => (14, 18),
        Part::Evening => (19, 23),
    };
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let time = if part == Part::Morning { work.from } else { hour(time) };
    Clock { time, next_day: false, until: None, part_ends: Some(hour(over)), vague: true, end }
}

/// Hour and minute as said, and where they end.
fn hour(text: &Text<'_>, at: usize, led: bool) -> Option<(u32, u32, usize)> {
    let glued =
        text.before(at).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '第'));
    if glued && !led || text.any_before(at, "比例 比 降 涨 返 让 便宜 加 十 百") {
        return None;
    }
    let (hour, end) = small(text, at).filter(|(hour, _)| *hour < 24)?;
    if text.get(end) == Some(':') {
        let (minute, end) = minute_digits(text, end + 1)?;
        let end = text.word(end, ":").and_then(|at| minute_digits(text, at)).map_or(end, |(_, end)| end);
        return Some((hour, minute, end));
    }
    let digits = text.get(at)?.is_ascii_digit();
    let point = text.word(end, "点").or_else(|| text.word(end, "时").filter(|_| digits && led))?;
    if text.get(point).is_some_and(|c| "候间段效".contains(c)) {
        return None;
    }
    const COUNTED: &str =
        "要求 意见 建议 问题 原因 需求 顾虑 疑问 想法 内容 说明 反馈 结论 好处 优势 不满 返利";
    if text.any(point, COUNTED).is_some() {
        return None;
    }
    let (minute, end) = minutes_said(text, point);
    let exact = end > point;
    if !led && !exact && (hour == 1 || !reads_as_time(text, end)) {
        return None;
    }
    Some((hour, minute, text.any(end, "左右 许").unwrap_or(end)))
}

/// Whether a bare 「三点」 goes on as a time would.
fn reads_as_time(text: &Text<'_>, end: usize) -> bool {
    let next = text.get(text.skip_blanks(end));
    next.is_none_or(|c| {
        is_blank_or_mark(c) || "去到至见开拜来过碰在约出前左跟和给打回接送面会看吃签试".contains(c)
    })
}

fn minute_digits(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    let two = text.chars(at..at + 2).iter().filter(|c| c.is_ascii_digit()).count() == 2;
    let (minute, end) = small(text, at).filter(|(minute, end)| two && *minute < 60 && end - at == 2)?;
    Some((minute, end))
}

/// What follows 点: 半, 一刻, 三刻, 整, 钟, 十五分, 15.
fn minutes_said(text: &Text<'_>, at: usize) -> (u32, usize) {
    const WORDS: &[(&str, u32)] = &[
        ("半钟", 30),
        ("半", 30),
        ("一刻", 15),
        ("1刻", 15),
        ("三刻", 45),
        ("3刻", 45),
        ("整", 0),
        ("钟", 0),
    ];
    if let Some(found) = text.one_of(at, WORDS) {
        return found;
    }
    let number = text.word(at, "过").or_else(|| text.word(at, "零")).unwrap_or(at);
    match small(text, number) {
        Some((minute, end))
            if minute < 60 && (number == at || minute < 10 || text.word(end, "分").is_some()) =>
        {
            let said = text.any(end, "分钟 分");
            let counts =
                said.is_none() && text.get(end).is_some_and(|c| "个家人台吨件箱万元块%次位条".contains(c));
            if counts { (0, at) } else { (minute, said.unwrap_or(end)) }
        }
        _ => (0, at),
    }
}

/// The hour of 24, whether it is the next day's, and whether it may be another.
fn resolve(hour: u32, part: Option<Part>, work: Hours) -> Option<(u32, bool, bool)> {
    let exact = |hour| Some((hour, false, false));
    match part {
        _ if hour > 12 => exact(hour),
        Some(Part::Dawn | Part::Morning) if hour == 12 && part == Some(Part::Dawn) => exact(0),
        Some(Part::Dawn | Part::Morning) => exact(hour),
        Some(Part::Noon) => exact(if hour < 5 { hour + 12 } else { hour }),
        Some(Part::Evening) if hour == 12 => Some((0, true, false)),
        Some(Part::Evening) if hour < 5 => Some((hour, true, false)),
        Some(Part::Afternoon) if hour == 12 => exact(12),
        Some(Part::Afternoon | Part::Evening) => exact(hour + 12),
        None => {
            let works = |hour: u32| {
                NaiveTime::from_hms_opt(hour, 0, 0).is_some_and(|time| work.contain(time) || time == work.to)
            };
            match (works(hour), hour < 12 && works(hour + 12)) {
                (true, _) => exact(hour),
                (false, true) => exact(hour + 12),
                (false, false) => {
                    Some((if (1..8).contains(&hour) { hour + 12 } else { hour }, false, hour != 0))
                }
            }
        }
    }
}

/// 「到五点」「-16:00」 behind a time.
fn until(text: &Text<'_>, at: usize, start: NaiveTime) -> (Option<NaiveTime>, usize) {
    let Some(from) = text.any(text.skip_blanks(at), "到 至 -- - ~ — –") else {
        return (None, at);
    };
    let from = text.skip_blanks(from);
    let (part, from) =
        text.one_of(from, PARTS).map_or((None, from), |(part, end)| (Some(part), text.skip_blanks(end)));
    let Some((hour, minute, end)) = self::hour(text, from, true) else { return (None, at) };
    let hour = match part {
        Some(Part::Afternoon | Part::Evening) if hour < 12 => hour + 12,
        _ => hour,
    };
    let at_hour = |hour| NaiveTime::from_hms_opt(hour, minute, 0).filter(|time| *time > start);
    (at_hour(hour).or_else(|| at_hour(hour + 12)), end)
}
