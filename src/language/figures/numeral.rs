//! Numbers with their scale, as money and goods are counted: 十二万五千, 12万5, 1.2个亿, 几十万, 七八万, 十几万.

use super::super::numbers::{ONE, arabic, chinese_decimal, digit, is_numeral};
use super::super::text::Text;
use super::qualifier::Qualifier;

/// A number, exact or between two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numeral {
    /// In ten-thousandths.
    pub(super) low: i64,
    pub(super) high: i64,
    /// The last scale that was said; 1 when none was.
    pub(super) scale: i64,
    /// 多, 来 within.
    pub(super) within: Option<Qualifier>,
    pub(super) end: usize,
}

const SCALES: &[(&str, i64)] = &[
    ("千万", 10_000_000),
    ("百万", 1_000_000),
    ("个亿", 100_000_000),
    ("亿", 100_000_000),
    ("万", 10_000),
    ("萬", 10_000),
    ("w", 10_000),
    ("千", 1000),
    ("仟", 1000),
    ("k", 1000),
    ("百", 100),
    ("佰", 100),
    ("十", 10),
];

/// The number at `at`.
pub(super) fn read(text: &Text<'_>, at: usize) -> Option<Numeral> {
    few(text, at).or_else(|| neighbours(text, at)).or_else(|| exact(text, at))
}

/// Where the Latin number at `at` ends, so that it is not read from its middle.
pub(super) fn end(text: &Text<'_>, at: usize) -> Option<usize> {
    let glued = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.get(at).filter(char::is_ascii_alphanumeric)?;
    (at + 1..=text.len()).find(|end| !text.get(*end).is_some_and(glued))
}

fn scale(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let (scale, end) = text.one_of(at, SCALES)?;
    // 5kw, 3kg, 12wifi: units and words.
    let latin = matches!(text.get(at), Some('w' | 'k'));
    let word = latin && text.get(end).is_some_and(|c| c.is_ascii_alphabetic());
    (!word).then_some((scale, end))
}

/// 几万, 几十万, 几百块: two to nine.
fn few(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let from = text.word(at, "好几").or_else(|| text.word(at, "几")).or_else(|| text.word(at, "数"))?;
    let (mut worth, mut end) = scale(text, from)?;
    while let Some((more, next)) = scale(text, end).filter(|(more, _)| *more > worth) {
        worth = worth.checked_mul(more)?;
        end = next;
    }
    Some(Numeral {
        low: worth.checked_mul(2 * ONE)?,
        high: worth.checked_mul(9 * ONE)?,
        scale: worth,
        within: None,
        end,
    })
}

/// 七八万, 二三十万, 四五百: one of two neighbours.
fn neighbours(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let one = digit(text.get(at)?)?;
    let two = digit(text.get(at + 1)?)?;
    if one < 1
        || !(two == one + 1 || (one, two) == (3, 5))
        || text.get(at + 2).is_some_and(|c| digit(c).is_some())
    {
        return None;
    }
    let (mut worth, mut end) = (1, at + 2);
    while let Some((more, next)) =
        scale(text, end).filter(|(more, _)| worth == 1 || *more > worth || *more >= 10_000)
    {
        worth = i64::checked_mul(worth, more)?;
        end = next;
    }
    let (low, high) = (worth.checked_mul(one * ONE)?, worth.checked_mul(two * ONE)?);
    Some(Numeral { low, high, scale: worth, within: None, end })
}

fn exact(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let mut number = term(text, at)?;
    if number.low != number.high {
        return Some(number);
    }
    while number.scale > 1 && number.within.is_none() {
        let Some(longer) = number.and_then_said(text) else { break };
        number = longer;
    }
    Some(number)
}

impl Numeral {
    fn exactly(value: i64, term: Self) -> Self {
        Self { low: value, high: value, ..term }
    }

    /// The number with the term behind it: 十二万五千, 12万5 (a last bare digit counts tenths of the scale), 1百20万.
    fn and_then_said(self, text: &Text<'_>) -> Option<Self> {
        let zero = text.any(self.end, "零 〇");
        let more = term(text, zero.unwrap_or(self.end)).filter(|more| more.low == more.high)?;
        if more.scale > 1 {
            if more.scale < self.scale {
                return Some(Self::exactly(self.low.checked_add(more.low)?, more));
            }
            // 1百20万: the last scale is of all that stands before it.
            let units = more.low / more.scale;
            let under = self.scale < 10_000 && more.scale >= 10_000 && units < self.scale.checked_mul(ONE)?;
            let value = self.low.checked_add(units)?.checked_mul(more.scale)?;
            return under.then_some(Self::exactly(value, more));
        }
        let tenths = zero.is_none() && more.low < 10 * ONE && more.low % ONE == 0 && self.scale >= 100;
        if tenths {
            let next = text.get(more.end);
            let counted = next.is_some_and(|c| super::units::counts(c) || c.is_ascii_digit() || c == '.');
            let value = self.low.checked_add(more.low.checked_mul(self.scale / 10)?)?;
            return (!counted).then_some(Self { scale: 1, ..Self::exactly(value, more) });
        }
        let chinese = !text.get(self.end).is_some_and(|c| c.is_ascii_digit());
        let whole = more.low < self.scale.checked_mul(ONE)? && (chinese || more.low >= 10 * ONE);
        whole.then_some(Self::exactly(self.low.checked_add(more.low)?, more))
    }
}

/// A number with its scale.
fn term(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let (value, end) = arabic(text, at).or_else(|| chinese_decimal(text, at))?;
    let plain = |end| Numeral { low: value, high: value, scale: 1, within: None, end };
    let scale_at = text.skip_blanks(end);
    // 三十来万, 一百多万, 十几万
    let within = text.one_of(
        scale_at,
        &[
            ("多", Some(Qualifier::AtLeast)),
            ("余", Some(Qualifier::AtLeast)),
            ("来", Some(Qualifier::About)),
            ("几", None),
        ],
    );
    let tens = value % (10 * ONE) == 0 && value > 0;
    let (within, few, about) = match within {
        Some((None, end)) if tens => (None, true, end),
        Some((Some(qualifier), end)) if tens || value >= 10 * ONE => (Some(qualifier), false, end),
        _ => (None, false, scale_at),
    };
    let Some((mut worth, mut after)) = scale(text, about) else {
        // 三百多人, 十来个: the word stands before the unit.
        let unit = about > scale_at
            && !few
            && (super::units::goods(text, about).is_some()
                || super::units::currency(text, about).is_some()
                || text.word(about, "个").is_some());
        let few_unit = few && super::units::goods(text, about).is_some();
        return Some(match (unit, few_unit) {
            (true, _) => Numeral { within, ..plain(about) },
            (_, true) => Numeral { low: value + ONE, high: value + 9 * ONE, ..plain(about) },
            _ => plain(end),
        });
    };
    let mut within = within;
    while let Some((more, next)) = scale(text, after).filter(|(more, _)| *more > worth && worth < 10_000) {
        worth = worth.checked_mul(more)?;
        after = next;
    }
    // 六千多, 50多万 has it before, 两千多块 behind.
    if let Some((qualifier, end)) = text
        .one_of(after, &[("多", Qualifier::AtLeast), ("余", Qualifier::AtLeast), ("来", Qualifier::About)])
        && (scale(text, end).is_some()
            || super::units::currency(text, end).is_some()
            || super::units::goods(text, end).is_some())
    {
        within = Some(qualifier);
        after = end;
        if let Some((more, next)) = scale(text, end) {
            worth = worth.checked_mul(more)?;
            after = next;
        }
    }
    let (low, high) = if few { (value + ONE, value + 9 * ONE) } else { (value, value) };
    Some(Numeral {
        low: low.checked_mul(worth)?,
        high: high.checked_mul(worth)?,
        scale: worth,
        within,
        end: after,
    })
}

/// Whether a number goes on from before `at`, or belongs to another word: V2.3, 第二, K300.
pub(super) fn goes_on(text: &Text<'_>, at: usize) -> bool {
    let money = |at: usize| {
        matches!(text.before(at), Some('w' | 'k'))
            && at.checked_sub(2).and_then(|at| text.get(at)).is_some_and(|c| c.is_ascii_digit())
    };
    text.before(at).is_some_and(|c| {
        (c.is_ascii_alphanumeric() && !money(at)) || matches!(c, '.' | '第' | '#' | '几') || is_numeral(c)
    })
}
