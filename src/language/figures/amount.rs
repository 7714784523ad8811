//! One figure: a number, perhaps a range of two, with its unit and what it therefore counts.

use super::super::numbers::{ONE, arabic, chinese_decimal, digit};
use super::super::text::Text;
use super::numeral::{self, Numeral};
use super::qualifier::{Qualifier, around};
use super::units::{Currency, counts, currency, goods, sign};
use super::{Figure, Kind};

const MONEY: &str = "带单位的钱数；万、w、亿、k 都换成元";
const GOODS: &str = "数量带单位";
const PERCENT: &str = "成、折、个点、百分之都换成百分数";

/// Words of money beside a number without its unit.
const MONEY_WORDS: &str = "\
    价 报 预算 款 费 付 打 优惠 便宜 降 成交 总额 合同 金额 订单 签 定金 订金 押金 砍 还价 贵 让 差 收";
/// A price of one piece: 3千5一台.
const EACH: &str = "一箱 一件 一台 一斤 一吨 一个 一公斤 一平 一套 一袋 一瓶 一盒 一米 每 /";
/// 十万火急, 百万雄师: no figures.
const SAYINGS: &str = "火急 雄 里加急 分感谢 个放心 个为什么 八千里";

/// Money or goods at `at`.
pub(super) fn figure(text: &Text<'_>, at: usize) -> Option<Figure> {
    if numeral::goes_on(text, at) {
        return None;
    }
    let signed = text.get(at).and_then(sign);
    let from = if signed.is_some() { text.skip_blanks(at + 1) } else { at };
    let (number, other) = range(text, from)?;
    if other.low <= 0 {
        return None;
    }
    let glued = text.get(number.end).is_some_and(|c| c.is_ascii_digit());
    let unit_at = text.skip_blanks(number.end);
    if glued || text.any(unit_at, SAYINGS).is_some() {
        return None;
    }
    let built = |kind, end, why| {
        let span = at..end;
        let qualifier = number.within.or_else(|| around(text, &span));
        Some(Figure { kind, low: number.low, high: number.high, qualifier, span, why })
    };
    if let Some((currency, end)) = currency(text, unit_at) {
        // 42块5: the digit behind counts tenths.
        let tenth = text.get(end).and_then(|c| digit(c).or_else(|| c.to_digit(10).map(i64::from)));
        let alone = text.get(end - 1) == Some('块')
            && !text.get(end + 1).is_some_and(|c| counts(c) || c.is_ascii_digit() || c == '.');
        if let Some(tenth) = tenth.filter(|_| alone && number.low == number.high) {
            let value = number.low.checked_add(tenth * ONE / 10)?;
            let span = at..end + 1;
            let qualifier = number.within.or_else(|| around(text, &span));
            return Some(Figure {
                kind: Kind::Amount(currency),
                low: value,
                high: value,
                qualifier,
                span,
                why: MONEY,
            });
        }
        return built(Kind::Amount(currency), end, MONEY);
    }
    if let Some(currency) = signed {
        return built(Kind::Amount(currency), number.end, MONEY);
    }
    let one = number.high == ONE && !text.get(from).is_some_and(|c| c.is_ascii_digit());
    if let Some(end) = goods(text, unit_at) {
        let version = text.before(at) == Some('v');
        return if one || version { None } else { built(Kind::Count, end, GOODS) };
    }
    let follows = text.get(unit_at);
    let each = text.any(unit_at, EACH).is_some();
    let counted =
        follows.is_some_and(counts) || text.get(number.end).is_some_and(|c| c.is_ascii_alphanumeric());
    if counted && !each {
        return None;
    }
    let written = text.chars(from..number.end);
    let large = written.iter().any(|c| matches!(c, '万' | '萬' | '亿' | 'w')) || written.contains(&'k');
    let scaled = written.iter().any(|c| matches!(c, '百' | '千' | '佰' | '仟' | '几'));
    let about_money = text.has(at.saturating_sub(6)..at, MONEY_WORDS)
        || text.has(number.end..(number.end + 4).min(text.len()), "定金 订金 押金 尾款 货款 首付")
        || each;
    let idiom = text.any_before(at, "千 百 万 成 上 数") && number.scale == 1;
    (large || scaled && about_money && !idiom)
        .then(|| built(Kind::Amount(Currency::Yuan), number.end, MONEY))?
}

/// A number or two with 到 or - between, as one.
fn range(text: &Text<'_>, at: usize) -> Option<(Numeral, Numeral)> {
    let first = numeral::read(text, at)?;
    let unit = text.skip_blanks(first.end);
    let first_unit = currency(text, unit).map(|(_, end)| end).or_else(|| goods(text, unit));
    let Some(from) = joins(text, first_unit.unwrap_or(first.end)) else { return Some((first, first)) };
    let Some(second) = numeral::read(text, from).filter(|_| first.low == first.high) else {
        return Some((first, first));
    };
    // 80到100万: the scale stands behind both.
    let shared = first.scale == 1 && second.scale > 1 && first.low < second.low;
    let low = if shared { first.low.checked_mul(second.scale) } else { Some(first.low) }?;
    let unit = text.skip_blanks(second.end);
    let united = currency(text, unit).is_some() || goods(text, unit).is_some();
    let ended = united || second.scale > 1;
    // From 80万 to 65万 is a change, no range.
    if low >= second.high || !ended {
        return Some((first, first));
    }
    let both = Numeral { low, high: second.high, ..second };
    Some((both, both))
}

fn joins(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.any(text.skip_blanks(at), "到 至 -- - ~ —— — –")?;
    Some(text.skip_blanks(end))
}

/// 30%, 百分之二十, 三成半, 八五折, 15个点, 3到5个点.
pub(super) fn percent(text: &Text<'_>, at: usize) -> Option<Figure> {
    if numeral::goes_on(text, at) {
        return None;
    }
    let (low, high, end) = parts_of(text, at)
        .or_else(|| tenths(text, at))
        .or_else(|| discount(text, at))
        .or_else(|| points(text, at))?;
    let span = at..end;
    let qualifier: Option<Qualifier> = around(text, &span);
    Some(Figure { kind: Kind::Percent, low, high, qualifier, span, why: PERCENT })
}

fn decimal(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    arabic(text, at).or_else(|| chinese_decimal(text, at))
}

/// 百分之二十, 千分之五
fn parts_of(text: &Text<'_>, at: usize) -> Option<(i64, i64, usize)> {
    let (per, from) = text.one_of(at, &[("百分之", 1), ("千分之", 10), ("万分之", 100)])?;
    if let Some(end) = text.word(from, "百") {
        return Some((100 * ONE, 100 * ONE, end));
    }
    let (value, end) = decimal(text, from)?;
    Some((value / per, value / per, end))
}

/// 三成, 三成五, 两成半, 两三成
fn tenths(text: &Text<'_>, at: usize) -> Option<(i64, i64, usize)> {
    let of = |c: char| digit(c).or_else(|| c.to_digit(10).map(i64::from)).filter(|digit| *digit > 0);
    let (low, high, after) = match (of(text.get(at)?), text.get(at + 1).and_then(of)) {
        (Some(one), Some(two)) if two == one + 1 => (one, two, at + 2),
        (Some(one), None) => (one, one, at + 1),
        _ => return None,
    };
    let end = text.word(after, "成")?;
    // 成本, 不变, 成为: other words.
    if text.get(end).is_some_and(|c| "本为交功立员品熟都果效分不天倍套型".contains(c)) {
        return None;
    }
    let (more, end) = match text.get(end) {
        Some('半') => (5, end + 1),
        Some(c) if of(c).is_some() && !text.get(end + 1).is_some_and(counts) => (of(c)?, end + 1),
        _ => (0, end),
    };
    Some(((low * 10 + more) * ONE, (high * 10 + more) * ONE, end))
}

/// 八折, 九五折, 85折, 8.5折
fn discount(text: &Text<'_>, at: usize) -> Option<(i64, i64, usize)> {
    let spoken = || {
        let one = digit(text.get(at)?)?;
        let two = text.get(at + 1).and_then(digit);
        let (value, end) = match two {
            Some(two) => (one * 10 + two, at + 2),
            None => (one * 10, at + 1),
        };
        Some((value * ONE, end))
    };
    let written = || {
        let (value, end) = arabic(text, at)?;
        Some((if value <= 10 * ONE { value * 10 } else { value }, end))
    };
    let (value, end) = written().or_else(spoken)?;
    let end = text.word(text.skip_blanks(end), "折")?;
    let other = text.get(end).is_some_and(|c| "叠腾算旧返页线".contains(c));
    (!other && (10 * ONE..=100 * ONE).contains(&value)).then_some((value, value, end))
}

/// 30%, 15个点, 10%到15%, 3-5个点, 两三个点
fn points(text: &Text<'_>, at: usize) -> Option<(i64, i64, usize)> {
    let unit = |at: usize| {
        let end = text.any(text.skip_blanks(at), "% 个百分点 百分点 个点")?;
        // 个点子
        (!text.get(end).is_some_and(|c| "子位击".contains(c))).then_some(end)
    };
    let of = |c: Option<char>| c.and_then(digit).filter(|digit| *digit > 0);
    if let (Some(one), Some(two)) = (of(text.get(at)), of(text.get(at + 1)))
        && two == one + 1
        && let Some(end) = unit(at + 2)
    {
        return Some((one * ONE, two * ONE, end));
    }
    let (low, first_end) = decimal(text, at)?;
    let own = unit(first_end);
    let second = joins(text, own.unwrap_or(first_end)).and_then(|from| {
        let (high, end) = decimal(text, from)?;
        Some((high, unit(end)?)).filter(|(high, _)| *high > low)
    });
    match (second, own) {
        (Some((high, end)), _) => Some((low, high, end)),
        (None, Some(end)) => Some((low, low, end)),
        (None, None) => None,
    }
}
