//! Amounts of money as reps say them: 五十万, 12.5w, 3,200 元, 一万二, 12万5. A bare number is no amount, and neither is
//! a quantity (三万吨, 两千箱), a power (5kw) or a part of the price (首付 20 万).

use std::ops::Range;

use super::numbers::{ONE, arabic, chinese_decimal};
use super::text::Text;
use crate::sales::Money;

/// One amount, and where it stands.
#[derive(Debug)]
pub(super) struct Amount {
    pub(super) money: Money,
    pub(super) span: Range<usize>,
    /// A down payment, a discount, a difference: not what the deal is worth.
    pub(super) part: bool,
}

const SCALES: &[(&str, i64)] = &[
    ("千万", 10_000_000),
    ("百万", 1_000_000),
    ("个亿", 100_000_000),
    ("亿", 100_000_000),
    ("万", 10_000),
    ("w", 10_000),
    ("千", 1000),
    ("k", 1000),
    ("百", 100),
    ("十", 10),
];
const YUAN: &str = "块钱 元 块 rmb 圆 人民币 大洋";
/// Prices of one piece: 每箱 128 元, 单价 12.5w, 12.5 元一斤.
const EACH_BEFORE: &str =
    "单价 每箱 每件 每台 每斤 每吨 每个 每公斤 每平 每套 每袋 每瓶 每盒 每米 一箱 一件 一台 一斤 一吨 一个";
const EACH_BEHIND: &str = "/ 一箱 一件 一台 一斤 一吨 一个 一公斤 一平 一套 一袋 一瓶 一盒 一米 每 的单价";
/// What follows a number that counts things rather than money.
const COUNTED: &str = "吨件箱台个只平方斤公瓶袋套次人米里片份桶盒包条亩辆支头家名户小天转张页颗升克目年月日号点度倍瓦伏安英寸毫厘股粒根听罐板托批";
const MONEY_WORDS: &str = "价 报 预算 款 费 付 打 优惠 便宜 降 成交 总额 合同 金额 订单 签";
const PART_WORDS: &str = "\
    首付 定金 订金 预付 尾款 回款 到账 打了 付了 优惠 便宜 降了 降 让 差 运费 押金 质保金 少了 \
    贵 加价 返点 罚 样品费";

/// The same, said behind the amount.
const PARTS_BEHIND: &str = "货款到 到账 到了 定金 订金 首付 尾款 预付 回款 运费 押金";

/// The amount that says what a deal is worth: the last that is no part of it.
pub(super) fn worth(amounts: &[Amount]) -> Option<Money> {
    amounts.iter().rev().find(|amount| !amount.part).map(|amount| amount.money)
}

/// Every amount in `text`.
pub(super) fn amounts(text: &Text<'_>) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match amount(text, at) {
            Some(amount) => {
                at = amount.span.end;
                found.push(amount);
            }
            // A number is read from its first digit or not at all.
            None => at = number_end(text, at).unwrap_or(at + 1),
        }
    }
    found
}

fn number_end(text: &Text<'_>, at: usize) -> Option<usize> {
    let glued = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.get(at).filter(char::is_ascii_alphanumeric)?;
    (at + 1..=text.len()).find(|end| !text.get(*end).is_some_and(glued))
}

fn amount(text: &Text<'_>, start: usize) -> Option<Amount> {
    // 几十万, 五六万: nobody said how much.
    if text.before(start).is_some_and(|c| "几数一二两三四五六七八九十百千".contains(c)) {
        return None;
    }
    let (mut value, mut end, mut scale) = term(text, start)?;
    // 十二万五千: further terms, each of a lower scale; 12万5: a last bare digit counts tenths of the scale.
    while scale > 1 {
        let Some((more, next, lower)) = term(text, end) else { break };
        let shorthand = lower == 1 && more < 10 * ONE && more % ONE == 0;
        let followed = text.get(next).is_some_and(|c| COUNTED.contains(c) || c.is_ascii_digit() || c == '.');
        // 七十八万八千: a Chinese number brings its own units.
        let whole = lower == 1
            && more >= 10 * ONE
            && more < scale * ONE
            && !text.get(end).is_some_and(|c| c.is_ascii_digit());
        if lower == 1 && !whole && (!shorthand || followed || scale < 1000) || lower >= scale {
            break;
        }
        value = value.checked_add(if lower == 1 && !whole { more.checked_mul(scale / 10)? } else { more })?;
        (end, scale) = (next, lower);
    }
    let told_about = text.any(text.skip_blanks(end), "多 来 左右 上下");
    let unit_at =
        text.skip_blanks(told_about.filter(|end| text.any(*end, "万 元 块").is_some()).unwrap_or(end));
    let yuan = text.any(unit_at, YUAN);
    let large = value >= 10_000 * ONE && scale >= 1;
    let scaled = text.chars(start..end).iter().any(|c| matches!(c, '万' | '亿' | 'w' | 'k' | '千'));
    if yuan.is_none() {
        let follows = text.get(text.skip_blanks(end));
        let counted = follows.is_some_and(|c| COUNTED.contains(c) || c == '%');
        let glued = text.get(end).is_some_and(|c| c.is_ascii_alphanumeric());
        if counted || glued || !scaled {
            return None;
        }
        let about_money = text.has(start.saturating_sub(6)..start, MONEY_WORDS);
        if !large && !about_money {
            return None;
        }
    }
    let fen = i64::try_from(i128::from(value) * 100 / i128::from(ONE)).ok().filter(|fen| *fen > 0)?;
    let part = (0..=3).any(|gap| {
        let before = start.saturating_sub(gap);
        start >= gap
            && (text.any_before(before, PART_WORDS) || text.any_before(before, EACH_BEFORE))
            && !text.chars(before..start).contains(&',')
    });
    let behind = text.any(yuan.unwrap_or(end), "的").unwrap_or(yuan.unwrap_or(end));
    let part = part || text.any(behind, PARTS_BEHIND).is_some() || text.any(behind, EACH_BEHIND).is_some();
    Some(Amount { money: Money(fen), span: start..yuan.unwrap_or(end), part })
}

/// A number with its scale at `at`: value in ten-thousandths, end, scale (1 when none is said).
fn term(text: &Text<'_>, at: usize) -> Option<(i64, usize, i64)> {
    let glued = text.before(at).is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
    if glued
        && text.get(at).is_some_and(|c| c.is_ascii_digit())
        && !text.before(at).is_some_and(|c| matches!(c, 'w' | 'k'))
    {
        return None;
    }
    let (value, end) = arabic(text, at).or_else(|| chinese_decimal(text, at))?;
    let scale_at = text.skip_blanks(end);
    // 三十来万, 一百多万: about so much.
    let about = text.any(scale_at, "多 来").unwrap_or(scale_at);
    let Some((scale, after)) = text.one_of(about, SCALES) else { return Some((value, end, 1)) };
    Some((value.checked_mul(scale)?, after, scale))
}
