//! 「测算 宏远」「ROI 宏远 人工 8000 夜班 2」: asking what an investment brings back, and the figures that stand in a text, by the
//! names that the admin's models give them.

use std::ops::Range;

use super::commands::Command;
use super::figures::{exact, percent};
use super::names::ids;
use super::notes::own_contacts_only;
use super::numbers::is_numeral;
use super::text::{Text, is_blank_or_mark};
use super::{Context, Via};

/// Longer words first.
const WORDS: &str = "\
    投资回报率测算 投资回报测算 投资回报率 投资回报 投入产出比 投入产出 回本测算 收益测算 测算一下 测算 \
    roi测算 roi 算算回本 算一下回本 算回本";
/// What may stand around the word and the name without meaning anything.
const AROUND: &str =
    "帮我 给我 帮忙 帮 给 做个 做一个 来个 来一份 出个 出一份 看看 看 算一下 算算 算 一下 一份 的 吧";
/// Words of a sentence that tells something: it is a note, though it speaks of the return.
const TOLD: &str = "\
    了 过 说 觉得 认可 认为 出来 回本 老板 客户 对方 他们 问 想 要 给 发 等 没 吗 呢 表 定 拿 谈 聊 见 约";
/// Longer runs of words are sentences.
const LONGEST_RUN: usize = 6;
/// A name that nobody bears may be so long.
const LONGEST_NAME: usize = 8;

/// The command that the whole of `raw` is, if it asks for an estimate.
pub(super) fn read(raw: &str, text: &Text<'_>, ctx: &Context<'_>) -> Option<Command> {
    let word = text.find(text.whole(), WORDS)?;
    let latin = |at: Option<char>| at.is_some_and(|c| c.is_ascii_alphanumeric());
    if latin(text.before(word.start)) || latin(text.get(word.end)) {
        return None;
    }
    let mentions = own_contacts_only(ctx.names.customers_in(raw));
    let place = |span: &Range<usize>| text.position(span.start)..text.position(span.end);
    let named: Vec<Range<usize>> = mentions.iter().map(|mention| place(&mention.span)).collect();
    let masked = text.masked(&named);
    if !is_empty(&masked, 0..word.start) {
        return None;
    }
    let behind = word.end..text.len();
    let apart = masked
        .get(word.end)
        .is_none_or(|c| c == Text::MASK || is_blank_or_mark(c) || is_numeral(c) || c == '一');
    let rest = masked.trim(without_around(&masked, behind.clone()));
    let said: String = masked.chars(rest).iter().filter(|c| **c != Text::MASK).collect();
    if !apart || !is_figures(&said, mentions.is_empty() && word.start == 0) {
        return None;
    }
    // As they were written, without the customer's name.
    let kept = behind.filter(|at| masked.get(*at) != Some(Text::MASK)).map(|at| text.raw(at..at + 1));
    let said = kept.collect::<String>().trim_matches(is_blank_or_mark).to_owned();
    let by_company = mentions.iter().any(|mention| mention.via != Via::Contact);
    let customers =
        ids(&mentions.into_iter().filter(|it| !by_company || it.via != Via::Contact).collect::<Vec<_>>());
    Some(Command::Estimate { customers, said })
}

/// Whether nothing is said in `range` but names and words that mean nothing here.
fn is_empty(masked: &Text<'_>, range: Range<usize>) -> bool {
    let mut at = range.start;
    while at < range.end {
        let blank = masked.get(at).is_none_or(|c| c == Text::MASK || is_blank_or_mark(c));
        at = match masked.any(at, AROUND) {
            _ if blank => at + 1,
            Some(end) if end <= range.end => end,
            Some(_) | None => return false,
        };
    }
    true
}

/// `range` without what means nothing at its beginning.
fn without_around(masked: &Text<'_>, range: Range<usize>) -> Range<usize> {
    let mut start = range.start;
    while let Some(end) = masked.any(start, AROUND).filter(|end| *end <= range.end) {
        start = end;
    }
    start..range.end
}

/// Whether `said` is nothing, or figures with short names, or alone perhaps a customer's name that nobody bears.
fn is_figures(said: &str, alone: bool) -> bool {
    let said = said.trim_matches(is_blank_or_mark);
    let text = Text::new(said);
    if said.is_empty() {
        return true;
    }
    let short = said
        .split(|c: char| is_blank_or_mark(c) || is_numeral(c))
        .all(|run| run.chars().count() <= LONGEST_RUN);
    let told = text.has(text.whole(), TOLD);
    let counted = said.chars().any(|c| c.is_ascii_digit() || is_numeral(c));
    if counted { short && !told } else { alone && !told && text.len() <= LONGEST_NAME }
}

/// A figure that may be told: what it is called, and what it is counted in.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    /// Its names.
    pub names: Vec<&'a str>,
    /// 元/月, 人, %.
    pub unit: &'a str,
}

/// The figures in a text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Measures {
    /// Which one was told, by its place, and its value in ten-thousandths; in the order in which they were said.
    pub found: Vec<(usize, i64)>,
    /// What is none of them, as it was written.
    pub rest: String,
}

/// Between figures these mean nothing.
const BETWEEN: &str = "\
    每个月 一个月 每月 每天 一天 每年 一年 每班 一班 改成 改为 改 换成 按照 按 大概 大约 左右 差不多 可以 能 再 把 只 就 \
    算 是 为 到 的 了 个";

/// The figures of `asked` in `said`: by the name before the number, else by the number's unit, which then is the first's
/// that is counted so. 「人工 8000 每天省 3 个人」.
pub fn measures(said: &str, asked: &[Measured<'_>]) -> Measures {
    let text = Text::new(said);
    let mut told = Measures::default();
    let mut called: Option<(usize, Range<usize>)> = None;
    let mut at = 0;
    while at < text.len() {
        if let Some((place, end)) = name_at(&text, at, asked) {
            if let Some((_, unused)) = called.replace((place, at..end)) {
                told.leave(&text, unused);
            }
            at = end;
        } else if let Some(end) = text.any(at, BETWEEN) {
            at = end;
        } else if let Some(number) = number_at(&text, at) {
            let by_name = called.take();
            let wanted = by_name.as_ref().map(|(place, _)| *place);
            match owner(&text, &number, wanted, asked) {
                Some((place, end)) => {
                    told.found.retain(|(known, _)| *known != place);
                    told.found.push((place, number.value));
                    at = end;
                }
                None => {
                    let from = by_name.map_or(at, |(_, name)| name.start);
                    told.leave(&text, from..number.end);
                    at = number.end;
                }
            }
        } else {
            if !text.get(at).is_none_or(is_blank_or_mark) {
                told.leave(&text, at..at + 1);
            }
            at += 1;
        }
    }
    if let Some((_, unused)) = called {
        told.leave(&text, unused);
    }
    told
}

impl Measures {
    /// Words that stand apart stay apart.
    fn leave(&mut self, text: &Text<'_>, range: Range<usize>) {
        let apart = text.before(range.start).is_none_or(is_blank_or_mark);
        if apart && !self.rest.is_empty() {
            self.rest.push(' ');
        }
        self.rest.push_str(text.raw(range));
    }
}

/// The longest name that stands at `at`.
fn name_at(text: &Text<'_>, at: usize, asked: &[Measured<'_>]) -> Option<(usize, usize)> {
    let named = asked.iter().enumerate().flat_map(|(place, measured)| {
        let ends = measured.names.iter().filter_map(move |name| Some((place, text.word(at, &folded(name))?)));
        ends.filter(move |(_, end)| *end > at)
    });
    named.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn folded(name: &str) -> String {
    name.chars().map(super::text::fold).collect()
}

/// A number as it was said.
struct Number {
    /// In ten-thousandths.
    value: i64,
    end: usize,
    /// 60%, 六成.
    percent: bool,
}

fn number_at(text: &Text<'_>, at: usize) -> Option<Number> {
    if let Some((value, end)) = percent(text, at) {
        return Some(Number { value, end, percent: true });
    }
    let (value, end) = exact(text, at)?;
    Some(Number { value, end, percent: false })
}

/// Whose number it is, and where it ends with its unit.
fn owner(
    text: &Text<'_>,
    number: &Number,
    called: Option<usize>,
    asked: &[Measured<'_>],
) -> Option<(usize, usize)> {
    let fits = |place: usize| {
        let unit = asked.get(place)?.unit;
        let end = unit_end(text, number.end, unit);
        match (number.percent, unit == "%") {
            (true, true) => Some((place, number.end, true)),
            (true, false) => None,
            (false, _) => Some((place, end.unwrap_or(number.end), end.is_some())),
        }
    };
    match called {
        Some(place) => fits(place).map(|(place, end, _)| (place, end)),
        None => (0..asked.len())
            .filter_map(fits)
            .find_map(|(place, end, by_unit)| by_unit.then_some((place, end))),
    }
}

/// Where the unit ends that stands at `at`: of 元/月 that is 元, 块, 元/月.
fn unit_end(text: &Text<'_>, at: usize, unit: &str) -> Option<usize> {
    let base = unit.split('/').next().unwrap_or(unit);
    let at = text.skip_blanks(at);
    let end = match base {
        "元" => text.any(at, "元 块钱 块"),
        "人" => text.any(at, "个人 人 名 位"),
        "小时" => text.any(at, "个小时 小时 个钟头 钟头"),
        base => text.word(at, base).or_else(|| text.word(text.word(at, "个")?, base)),
    }?;
    let per = unit.split_once('/').and_then(|(_, per)| text.word(text.word(end, "/")?, per));
    Some(per.unwrap_or(end))
}
