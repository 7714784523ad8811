//! Times of day as they are said: 下午三点半, 15:30, 九点一刻, 晚上. An hour from 1 to 6 without a part of the day is in the
//! afternoon.

use chrono::{NaiveTime, Timelike};

use super::super::numbers::{is_numeral, small};
use super::super::text::Text;
use super::{Window, bounds, hour};
use crate::calendar::Hours;

/// A time of day found in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) struct Clock {
    /// The part of the day that was said.
    pub(in super::super) part: Option<Part>,
    /// The hour, if one was said.
    pub(in super::super) time: Option<NaiveTime>,
    /// 晚上十二点 is the first moment of the next day.
    pub(in super::super) next_day: bool,
    /// The end, where one is said: 三点到四点.
    pub(in super::super) until: Option<NaiveTime>,
    /// The hour may be the one twelve hours later: 七点.
    pub(in super::super) or_evening: bool,
    /// 下班 before 前.
    pub(in super::super) closing: bool,
    /// Where it ends.
    pub(in super::super) end: usize,
}

/// A part of the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Part {
    Dawn,
    Early,
    Morning,
    Noon,
    Afternoon,
    Dusk,
    Evening,
    Night,
}

const PARTS: &[(&str, Part)] = &[
    ("凌晨", Part::Dawn),
    ("清晨", Part::Early),
    ("清早", Part::Early),
    ("早晨", Part::Early),
    ("早上", Part::Early),
    ("一大早", Part::Early),
    ("一早", Part::Early),
    ("大早", Part::Early),
    ("上午", Part::Morning),
    ("中午", Part::Noon),
    ("午间", Part::Noon),
    ("下午", Part::Afternoon),
    ("午后", Part::Afternoon),
    ("傍晚", Part::Dusk),
    ("晚上", Part::Evening),
    ("晚间", Part::Evening),
    ("夜里", Part::Night),
    ("夜晚", Part::Evening),
    ("今夜", Part::Evening),
    ("深夜", Part::Night),
    ("半夜", Part::Night),
    ("午夜", Part::Night),
    ("am", Part::Morning),
    ("pm", Part::Afternoon),
];
const SHORT_PARTS: &[(&str, Part)] =
    &[("早", Part::Early), ("晨", Part::Early), ("晚", Part::Evening), ("夜", Part::Night)];

impl Part {
    /// Its hours.
    pub(in super::super) fn window(self) -> Window {
        let (from, to) = match self {
            Self::Dawn => (0, 6),
            Self::Early => (6, 9),
            Self::Morning => (9, 12),
            Self::Noon => (12, 14),
            Self::Afternoon => (14, 18),
            Self::Dusk => (17, 19),
            Self::Evening => (18, 22),
            Self::Night => (22, 24),
        };
        Window { from, to }
    }

    /// The hour at which something in it usually is.
    pub(in super::super) fn usual(self, work: Hours) -> NaiveTime {
        match self {
            Self::Dawn => hour(5),
            Self::Early | Self::Morning => work.from,
            Self::Noon => hour(12),
            Self::Afternoon => hour(14),
            Self::Dusk => hour(18),
            Self::Evening => hour(19),
            Self::Night => hour(22),
        }
    }
}

/// The time said at `at`; `after_day` when a day was said right before.
pub(super) fn at(text: &Text<'_>, at: usize, after_day: bool, work: Hours) -> Option<Clock> {
    if let Some(end) = text.word(at, "下班").filter(|end| bounds::suffix(text, *end).is_some()) {
        let time = Some(work.to);
        return Some(Clock { time, closing: true, ..bare(end) });
    }
    let latin = |at: usize| text.get(at).is_some_and(|c| c.is_ascii_alphabetic());
    let part = text
        .one_of(at, PARTS)
        .or_else(|| text.one_of(at, SHORT_PARTS).filter(|_| after_day))
        .filter(|(_, end)| !latin(at) || !latin(*end) && !at.checked_sub(1).is_some_and(latin));
    let from = part.map_or(at, |(_, end)| bounds::behind_filler(text, end));
    let led = after_day || part.is_some();
    let spoken = hour_said(text, from, led);
    let said_part = part.map(|(part, _)| part);
    match (part, spoken) {
        (_, Some(said)) => {
            let (hour, next_day, or_evening) = resolve(said.hour, said_part, said.exact)?;
            let time = NaiveTime::from_hms_opt(hour, said.minute, 0)?;
            let (until, end) = until(text, said.end, time, said_part);
            Some(Clock { part: said_part, time: Some(time), next_day, until, or_evening, ..bare(end) })
        }
        // 早上好 greets; 晚期, 早日 are other words.
        (Some((part, end)), None) => {
            let short = end - at == 1;
            let next = text.get(end);
            let other =
                next.is_some_and(|c| c == '好' || c == '茶' || short && "期日早晚点就已了辈报".contains(c));
            (!other).then_some(Clock { part: Some(part), ..bare(end) })
        }
        (None, None) => None,
    }
}

fn bare(end: usize) -> Clock {
    Clock { part: None, time: None, next_day: false, until: None, or_evening: false, closing: false, end }
}

/// An hour and minute as said.
struct Said {
    hour: u32,
    minute: u32,
    /// 03:00 and 15:00 leave nothing open.
    exact: bool,
    end: usize,
}

fn hour_said(text: &Text<'_>, at: usize, led: bool) -> Option<Said> {
    let before = text.before(at);
    let glued =
        before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '/' | '第'));
    if glued && !led {
        return None;
    }
    if !led && before.is_some_and(is_numeral) {
        return None;
    }
    if let Some(said) = lacking(text, at) {
        return Some(said);
    }
    let (hour, end) = small(text, at).filter(|(hour, _)| *hour <= 24)?;
    let digits = text.get(at)?.is_ascii_digit();
    if text.get(end) == Some(':') && digits {
        let (minute, after) = minute_digits(text, end + 1)?;
        let end = text.word(after, ":").and_then(|at| minute_digits(text, at)).map_or(after, |(_, end)| end);
        let other = text.any_before(at, "比例 比") || text.get(end).is_some_and(|c| c.is_ascii_digit());
        let exact = text.get(at) == Some('0') && end - at > 4;
        return (!other).then_some(Said { hour, minute, exact, end });
    }
    let point = text.word(end, "点").or_else(|| text.word(end, "时").filter(|_| digits && led))?;
    if text.get(point).is_some_and(|c| "候间段效一".contains(c)) && text.any(point, "一刻").is_none() {
        return None;
    }
    let (minute, end) = minutes_said(text, point);
    let exact = end > point;
    let counts = counts_points(text, at, point) || (hour == 1 && !reads_as_time(text, end));
    // 「差零点三分」 is a figure.
    if hour == 0 && !led && text.any_before(at, "差 差了 高 低 多 少 高了 低了") {
        return None;
    }
    // 「周末一点不想动」: not at all.
    let at_all = hour == 1 && !exact && text.any(point, "不 都 也 没").is_some();
    if !led && !exact && counts || figure(text, point) && !exact || at_all {
        return None;
    }
    Some(Said { hour, minute, exact: false, end })
}

/// 差五分三点
fn lacking(text: &Text<'_>, at: usize) -> Option<Said> {
    let from = text.word(at, "差")?;
    let (minutes, end) = text.any(from, "一刻").map(|end| (15, end)).or_else(|| {
        small(text, from).and_then(|(minutes, end)| Some((minutes, text.any(end, "分钟 分")?)))
    })?;
    let (hour, end) = small(text, end).filter(|(hour, _)| (1..=24).contains(hour))?;
    let end = text.word(end, "点")?;
    let minute = 60_u32.checked_sub(minutes).filter(|minute| *minute < 60)?;
    Some(Said { hour: hour - 1, minute, exact: false, end })
}

/// 提了三点要求, 便宜两点: points, no hour.
fn counts_points(text: &Text<'_>, at: usize, point: usize) -> bool {
    const BEFORE: &str = "\
        提了 提出 提 有 说了 讲了 列了 这 那 以下 以上 总结 补充 归纳 几 加 让 降 涨 返 差 高 低 便宜 多 少 \
        跌 升 扣 贵 降了 涨了 让了 比例 比 强调 就 另外 反馈 百分之 了 记住";
    const BEHIND: &str = "\
        要求 意见 建议 问题 原因 需求 顾虑 疑问 想法 内容 说明 反馈 结论 好处 优势 不满 返利 不同 改进 \
        担心 理由 注意 好 不 共识 疑虑 缺点 优点 一线 利润 折扣 税 点 也 都 儿";
    text.any_before(at, BEFORE) || text.any(point, BEHIND).is_some()
}

/// 三点五万, 三点五折: a decimal.
fn figure(text: &Text<'_>, point: usize) -> bool {
    small(text, point).is_some_and(|(_, end)| text.get(point) != Some('十') && end == point + 1)
}

/// Whether a bare 「一点」 goes on as a time would.
fn reads_as_time(text: &Text<'_>, end: usize) -> bool {
    const GOES_ON: &str = "去 到 至 见 开 来 碰 约 出发 前 之前 左右 跟 和 给 打 接 面 会 看 吃 签 的会";
    let next = text.skip_blanks(end);
    text.any(next, GOES_ON).is_some()
}

fn minute_digits(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    let two = text.chars(at..at + 2).iter().filter(|c| c.is_ascii_digit()).count() == 2;
    small(text, at).filter(|(minute, end)| two && *minute < 60 && end - at == 2)
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
    let number = text.any(at, "过 零").unwrap_or(at);
    let Some((minute, end)) = small(text, number).filter(|(minute, _)| *minute < 60) else { return (0, at) };
    let said = text.any(end, "分钟 分");
    // 三点五 is a figure; two digits or 分 make minutes.
    let two_digits = text.get(number).is_some_and(|c| c.is_ascii_digit()) && end - number == 2;
    let tens = minute >= 10 && !text.get(number).is_some_and(|c| c.is_ascii_digit());
    let counts = text.get(end).is_some_and(|c| "个家人台吨件箱万元块%次位条折倍".contains(c));
    match said {
        Some(end) => (minute, end),
        None if (two_digits || tens || number > at) && !counts => (minute, end),
        None => (0, at),
    }
}

/// The hour of 24, whether it is the next day's, and whether the evening's may be meant.
fn resolve(hour: u32, part: Option<Part>, exact: bool) -> Option<(u32, bool, bool)> {
    let plain = |hour| Some((hour, false, false));
    match part {
        _ if hour == 24 => Some((0, true, false)),
        _ if hour > 12 || exact => plain(hour),
        Some(Part::Dawn) if hour == 12 => plain(0),
        Some(Part::Dawn | Part::Early | Part::Morning) => plain(hour),
        Some(Part::Noon) => plain(if hour < 5 { hour + 12 } else { hour }),
        Some(Part::Evening | Part::Night) if hour == 12 => Some((0, true, false)),
        Some(Part::Evening | Part::Night) if hour < 5 => Some((hour, true, false)),
        Some(Part::Afternoon | Part::Dusk) if hour == 12 => plain(12),
        Some(Part::Afternoon | Part::Dusk | Part::Evening | Part::Night) => plain(hour + 12),
        None if (1..=6).contains(&hour) => plain(hour + 12),
        None => Some((hour, false, (7..=8).contains(&hour))),
    }
}

/// 「到五点」「-16:00」 behind a time.
fn until(text: &Text<'_>, at: usize, start: NaiveTime, part: Option<Part>) -> (Option<NaiveTime>, usize) {
    let Some(from) = bounds::to(text, at) else { return (None, at) };
    let (own, from) =
        text.one_of(from, PARTS).map_or((None, from), |(part, end)| (Some(part), text.skip_blanks(end)));
    let Some(said) = hour_said(text, from, true) else { return (None, at) };
    let Some((first, ..)) = resolve(said.hour, own.or(part), said.exact) else { return (None, at) };
    let at_hour = |hour| NaiveTime::from_hms_opt(hour, said.minute, 0).filter(|time| *time > start);
    let end = at_hour(first).or_else(|| at_hour(said.hour)).or_else(|| at_hour(first + 12));
    // 上午十点到十一点 but also 上午十点到一点.
    let close =
        at_hour(said.hour).filter(|time| own.is_none() && part.is_none() && time.hour() >= start.hour());
    match close.or(end) {
        Some(until) => (Some(until), said.end),
        None => (None, at),
    }
}
