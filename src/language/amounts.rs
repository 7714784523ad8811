//! What a deal is worth, of the amounts of money that a note names: not the part of a price (首付 20 万) and not the price
//! of one piece (每箱 128 元).

use std::ops::Range;

use super::figures::{Currency, Kind, figures};
use super::numbers::ONE;
use super::text::Text;
use crate::sales::Money;

/// One amount.
#[derive(Debug)]
pub(super) struct Amount {
    pub(super) money: Money,
    /// Where it stands, in characters.
    pub(super) span: Range<usize>,
    /// A down payment, a discount, a difference: not what the deal is worth.
    pub(super) part: bool,
}

/// Prices of one piece: 每箱 128 元, 单价 12.5w, 12.5 元一斤.
const EACH_BEFORE: &str =
    "单价 每箱 每件 每台 每斤 每吨 每个 每公斤 每平 每套 每袋 每瓶 每盒 每米 一箱 一件 一台 一斤 一吨 一个";
const EACH_BEHIND: &str = "/ 一箱 一件 一台 一斤 一吨 一个 一公斤 一平 一套 一袋 一瓶 一盒 一米 每 的单价";
const PART_WORDS: &str = "\
    首付 定金 订金 预付 尾款 回款 到账 打了 付了 优惠 便宜 降了 降 让 差 运费 押金 质保金 少了 \
    贵 加价 返点 罚 样品费 低 低了 高了 高出 贵了 便宜了 多了 多出 少 涨了 涨 省 砍 砍了 再让 便宜我们";
/// The same, said behind the amount.
const PARTS_BEHIND: &str = "样品款 货款到 到账 到了 定金 订金 首付 尾款 预付 回款 运费 押金";

/// The amount that says what a deal is worth: the last that is no part of it.
pub(super) fn worth(amounts: &[Amount]) -> Option<Money> {
    amounts.iter().rev().find(|amount| !amount.part).map(|amount| amount.money)
}

/// Every exact amount in `text`; of 几十万 nobody said how much.
pub(super) fn amounts(text: &Text<'_>) -> Vec<Amount> {
    let figures = figures(text);
    let exact = figures
        .into_iter()
        .filter(|figure| figure.kind == Kind::Amount(Currency::Yuan) && figure.low == figure.high);
    exact.filter_map(|figure| amount(text, figure.low, figure.span)).collect()
}

fn amount(text: &Text<'_>, value: i64, span: Range<usize>) -> Option<Amount> {
    let fen = i64::try_from(i128::from(value) * 100 / i128::from(ONE)).ok().filter(|fen| *fen > 0)?;
    let start = span.start;
    let led_by_part = (0..=3).any(|gap| {
        let before = start.saturating_sub(gap);
        start >= gap
            && (text.any_before(before, PART_WORDS) || text.any_before(before, EACH_BEFORE))
            && !text.chars(before..start).iter().any(|c| matches!(c, ',' | '到' | '成'))
    });
    // 「定金到账，三十万整」「瑞丰欠的两万八」
    let clause = text.clause_at(start);
    let paid = text.has(clause.start.saturating_sub(14)..start, "定金 尾款 欠的 欠款 欠 到账 催款 催下来")
        && !text.has(clause.start.saturating_sub(14)..span.end, "预算 总价 合同 报 单子 签 成交 估 大概");
    let behind = text.any(span.end, "的").unwrap_or(span.end);
    let part = led_by_part
        || paid
        || text.any(behind, PARTS_BEHIND).is_some()
        || text.any(behind, EACH_BEHIND).is_some();
    Some(Amount { money: Money(fen), span, part })
}
