//! Figures as reps say them, typed: money (五十万, 12.5w, 一万二), percents (三成, 八折, 15个点) and counts of goods or
//! people (5台, 三万吨), with what was said around them (大概, 至少, 不超过). A bare number is none of these: a phone number,
//! a version and a date therefore are none either.

mod amount;
mod numeral;
mod qualifier;
mod units;

use std::ops::Range;

use super::numbers::is_numeral;
use super::text::Text;
pub use qualifier::Qualifier;
pub use units::Currency;

/// A figure in a text. `low` and `high` differ where a range was said: 几十万, 80到100万.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// What it counts.
    pub kind: Kind,
    /// The value or the lower end, in ten-thousandths.
    pub low: i64,
    /// The value or the upper end, in ten-thousandths.
    pub high: i64,
    /// 大概, 至少, 不超过.
    pub qualifier: Option<Qualifier>,
    /// Where it stands, in characters, with its unit.
    pub span: Range<usize>,
    /// The rule by which it was read, for people.
    pub why: &'static str,
}

/// What a figure counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Money, in the currency's unit.
    Amount(Currency),
    /// Hundredths: 三成 is 30, 八折 80.
    Percent,
    /// Goods, people or measures.
    Count,
}

/// The exact number at `at` with its scale, in ten-thousandths, and where it ends: 8000, 五十万, 1.2万.
pub(super) fn exact(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let number = numeral::read(text, at).filter(|number| number.low == number.high)?;
    Some((number.low, number.end))
}

/// The number at `at` with its scale, exact or the larger of two, in ten-thousandths, and where it ends: 几十万, 20 多万.
pub(super) fn number(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let number = numeral::read(text, at)?;
    Some((number.high, number.end))
}

/// The exact percentage at `at`, in ten-thousandths of a hundredth, and where it ends: 60%, 六成.
pub(super) fn percent(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let figure = amount::percent(text, at).filter(|figure| figure.low == figure.high)?;
    Some((figure.low, figure.span.end))
}

/// Every figure in `text`, in its order.
pub(super) fn figures(text: &Text<'_>) -> Vec<Figure> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let begins = text
            .get(at)
            .is_some_and(|c| is_numeral(c) || matches!(c, '几' | '好' | '数') || units::sign(c).is_some());
        if !begins {
            at = numeral::end(text, at).unwrap_or(at + 1);
            continue;
        }
        match amount::percent(text, at).or_else(|| amount::figure(text, at)) {
            Some(figure) => {
                at = figure.span.end.max(at + 1);
                found.push(figure);
            }
            // A number is read from its first digit or not at all.
            None => at = numeral::end(text, at).unwrap_or(at + 1),
        }
    }
    found
}
