//! What stands behind a number: a currency, a unit of goods, a percent.

use super::super::text::Text;

/// The currency of an amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Currency {
    /// 元
    Yuan,
    /// 美元
    Dollar,
    /// 欧元
    Euro,
    /// 港币
    HongKong,
    /// 日元
    Yen,
}

impl Currency {
    /// Its ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Yuan => "CNY",
            Self::Dollar => "USD",
            Self::Euro => "EUR",
            Self::HongKong => "HKD",
            Self::Yen => "JPY",
        }
    }
}

const CURRENCIES: &[(&str, Currency)] = &[
    ("美元", Currency::Dollar),
    ("美金", Currency::Dollar),
    ("美刀", Currency::Dollar),
    ("usd", Currency::Dollar),
    ("欧元", Currency::Euro),
    ("欧", Currency::Euro),
    ("港币", Currency::HongKong),
    ("港元", Currency::HongKong),
    ("日元", Currency::Yen),
    ("人民币", Currency::Yuan),
    ("块钱", Currency::Yuan),
    ("元整", Currency::Yuan),
    ("元", Currency::Yuan),
    ("块", Currency::Yuan),
    ("圆", Currency::Yuan),
    ("rmb", Currency::Yuan),
    ("大洋", Currency::Yuan),
];

/// The currency at `at`.
pub(super) fn currency(text: &Text<'_>, at: usize) -> Option<(Currency, usize)> {
    let found = text.one_of(at, CURRENCIES)?;
    // 元旦, 块头, 欧洲: other words.
    let other = found.1 == at + 1 && text.get(found.1).is_some_and(|c| "旦件素宵洲阳头".contains(c));
    (!other).then_some(found)
}

/// The sign of a currency before a number.
pub(super) fn sign(c: char) -> Option<Currency> {
    match c {
        '¥' | '￥' => Some(Currency::Yuan),
        '$' => Some(Currency::Dollar),
        '€' => Some(Currency::Euro),
        _ => None,
    }
}

/// Units of goods, people and measures.
const GOODS: &str = "\
    千瓦时 千瓦 千克 公斤 公里 平方米 平方 平米 立方 毫米 厘米 kwh kw kg km mm cm 个人 \
    台 箱 吨 件 套 人 家 款 盒 袋 瓶 桶 斤 克 米 条 辆 亩 头 只 片 包 支 张 升 颗 株 卷 托 罐 听 板 令 匹";

/// Where a unit of goods at `at` ends.
pub(super) fn goods(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.any(at, GOODS)?;
    // 人民币, 家里, 件事, 条件, 头期: other words.
    let other = end == at + 1
        && text.get(end).is_some_and(|c| match text.get(at) {
            Some('人') => "民均次才生家脉".contains(c),
            Some('家') => "里庭具电常长".contains(c),
            Some('件') => "事".contains(c),
            Some('条') => "件款约路".contains(c),
            Some('头') => "期部疼".contains(c),
            Some('张') => "总经工姐哥主老".contains(c),
            Some('包' | '板') => "装含括涵容干年月".contains(c),
            _ => false,
        });
    (!other).then_some(end)
}

/// What counts things that are no goods, or time: the number before it is no money.
pub(super) fn counts(c: char) -> bool {
    "个吨件箱台只平方斤公瓶袋套次人米里片份桶盒包条亩辆支头家名户小天转张页颗升克年月日号点度倍瓦伏安英寸毫厘股粒根听罐板托批款轮期%层栋楼座秒分时岁周届代版课步刻".contains(c)
}
