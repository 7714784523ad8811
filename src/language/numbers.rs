//! Numbers as they are written or said: `12.5`, `1,200`, 一百二十, 两千五, 十一.

use super::text::Text;

/// A number in ten-thousandths, so that 12.3456 万 loses nothing.
pub(super) const ONE: i64 = 10_000;

pub(super) fn digit(c: char) -> Option<i64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' | '俩' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// A whole number below 10,000 at `at`, and where it ends.
pub(super) fn small(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    let (value, end) = arabic_whole(text, at).or_else(|| chinese(text, at))?;
    Some((u32::try_from(value).ok().filter(|value| *value < 10_000)?, end))
}

/// Arabic digits with an optional fraction and thousands' commas, in ten-thousandths.
pub(super) fn arabic(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let (mut value, mut end) = arabic_whole(text, at)?;
    let three_digits = |at: usize| text.chars(at..at + 3).iter().filter(|c| c.is_ascii_digit()).count() == 3;
    while text.get(end) == Some(',') && three_digits(end + 1) && !is_digit_at(text, end + 4) {
        let (group, next) = arabic_whole(text, end + 1)?;
        (value, end) = (value.checked_mul(1000)?.checked_add(group)?, next);
    }
    value = value.checked_mul(ONE)?;
    if text.get(end) == Some('.') && is_digit_at(text, end + 1) {
        let mut worth = ONE / 10;
        end += 1;
        while let Some(digit) = text.get(end).and_then(|c| c.to_digit(10)) {
            value = value.checked_add(i64::from(digit) * worth)?;
            worth /= 10;
            end += 1;
        }
    }
    Some((value, end))
}

fn is_digit_at(text: &Text<'_>, at: usize) -> bool {
    text.get(at).is_some_and(|c| c.is_ascii_digit())
}

fn arabic_whole(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let mut value: i64 = 0;
    let mut end = at;
    while let Some(digit) = text.get(end).and_then(|c| c.to_digit(10)) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
        end += 1;
    }
    (end > at).then_some((value, end))
}

/// A Chinese number below ten thousand: 十一, 一百二, 两千零五. 一百二 is 120, as it is said.
pub(super) fn chinese(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let mut total = 0;
    let mut pending: Option<i64> = None;
    let mut last_unit = 10_000;
    let mut after_zero = false;
    let mut end = at;
    while let Some(c) = text.get(end) {
        let unit = match c {
            '十' | '拾' => 10,
            '百' | '佰' => 100,
            '千' | '仟' => 1000,
            _ => 0,
        };
        // 廿三, 卅: twenty and thirty in lunar days.
        if let Some(tens) = [('廿', 20), ('卅', 30)].into_iter().find(|(tens, _)| *tens == c) {
            if end > at {
                break;
            }
            (total, last_unit) = (tens.1, 10);
            end += 1;
            continue;
        }
        if unit > 0 {
            // 十 may stand alone, 百 and 千 need a digit before; units fall.
            if unit >= last_unit || (pending.is_none() && unit != 10) {
                break;
            }
            total += pending.take().unwrap_or(1) * unit;
            last_unit = unit;
            after_zero = false;
        } else if let Some(value) = digit(c) {
            if value == 0 && end > at {
                after_zero = true;
            } else if pending.is_none() && last_unit > 1 {
                pending = Some(value);
            } else {
                break;
            }
        } else {
            break;
        }
        end += 1;
    }
    if let Some(value) = pending {
        let shorthand = last_unit < 10_000 && last_unit > 10 && !after_zero;
        total += if shorthand { value * last_unit / 10 } else { value };
    }
    (end > at).then_some((total, end))
}

/// Whether `c` is a digit or unit of a number, in any script.
pub(super) fn is_numeral(c: char) -> bool {
    let unit = matches!(c, '十' | '百' | '千' | '万' | '亿' | '拾' | '佰' | '仟' | '廿' | '卅');
    c.is_ascii_digit() || unit || digit(c).is_some()
}

/// 「三点五」 as it stands before a unit: a Chinese whole number, in ten-thousandths, with a fraction if one is said.
pub(super) fn chinese_decimal(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let (whole, mut end) = chinese(text, at)?;
    let mut value = whole * ONE;
    if text.get(end) == Some('点') && text.get(end + 1).and_then(digit).is_some() {
        let mut worth = ONE / 10;
        end += 1;
        while let Some(digit) = text.get(end).and_then(digit) {
            value += digit * worth;
            worth /= 10;
            end += 1;
        }
    }
    Some((value, end))
}
