//! Festivals and lunar days: 国庆后, 年前, 节后, 中秋, 初八, 腊月廿三.

use chrono::{Datelike, NaiveDate};

use super::super::numbers::{is_numeral, small};
use super::super::text::Text;
use super::bounds::suffix;
use super::days::{Days, Shape};
use super::{Present, moved};
use crate::calendar::{Festival, Stretch, lunar, winter_solstice};

const WHY: &str = "节前到节日前一天为止，节后从放完假的第一天起；节日已过就是下一次";
const LUNAR: &str = "农历日子按农历换算；单说初几是正月初几";

#[derive(Clone, Copy)]
enum Feast {
    /// With days off.
    Off(Festival),
    Solar(u32, u32),
    Lunar(isize, usize),
    /// The day before the first of the first month.
    Eve,
    Solstice,
    /// 节: the next one with three days off.
    Next,
}

/// How much else must be said for the word to be the festival.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// 前, 后, 期间 or days off: 十一, 年, 节 alone are other words.
    Bound,
}

const FEASTS: &[(&str, (Feast, Needs))] = {
    use Festival as F;
    use Needs::{Bound, Nothing};
    &[
        ("过完年", (Feast::Off(F::Spring), Bound)),
        ("过了年", (Feast::Off(F::Spring), Bound)),
        ("元旦", (Feast::Off(F::NewYear), Nothing)),
        ("春节", (Feast::Off(F::Spring), Nothing)),
        ("过年", (Feast::Off(F::Spring), Bound)),
        ("年", (Feast::Off(F::Spring), Bound)),
        ("清明", (Feast::Off(F::Qingming), Nothing)),
        ("五一", (Feast::Off(F::Labour), Nothing)),
        ("劳动节", (Feast::Off(F::Labour), Nothing)),
        ("端午", (Feast::Off(F::DragonBoat), Nothing)),
        ("中秋", (Feast::Off(F::MidAutumn), Nothing)),
        ("国庆", (Feast::Off(F::National), Nothing)),
        ("双十一", (Feast::Solar(11, 11), Nothing)),
        ("双11", (Feast::Solar(11, 11), Nothing)),
        ("双十二", (Feast::Solar(12, 12), Nothing)),
        ("双12", (Feast::Solar(12, 12), Nothing)),
        ("十一", (Feast::Off(F::National), Bound)),
        ("618", (Feast::Solar(6, 18), Nothing)),
        ("六一八", (Feast::Solar(6, 18), Nothing)),
        ("圣诞", (Feast::Solar(12, 25), Nothing)),
        ("平安夜", (Feast::Solar(12, 24), Nothing)),
        ("情人节", (Feast::Solar(2, 14), Nothing)),
        ("妇女节", (Feast::Solar(3, 8), Nothing)),
        ("儿童节", (Feast::Solar(6, 1), Nothing)),
        ("教师节", (Feast::Solar(9, 10), Nothing)),
        ("元宵", (Feast::Lunar(1, 15), Nothing)),
        ("七夕", (Feast::Lunar(7, 7), Nothing)),
        ("重阳", (Feast::Lunar(9, 9), Nothing)),
        ("腊八", (Feast::Lunar(12, 8), Nothing)),
        ("除夕", (Feast::Eve, Nothing)),
        ("大年三十", (Feast::Eve, Nothing)),
        ("年三十", (Feast::Eve, Nothing)),
        ("年夜", (Feast::Eve, Bound)),
        ("冬至", (Feast::Solstice, Nothing)),
        ("长假", (Feast::Next, Bound)),
        ("假期", (Feast::Next, Bound)),
        ("节", (Feast::Next, Bound)),
    ]
};

/// The festival or lunar day at `at`.
pub(super) fn at(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    lunar_day(text, at, present).or_else(|| festival(text, at, present))
}

fn festival(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    let ((feast, needs), name_end) = text.one_of(at, FEASTS)?;
    let single = name_end - at == 1;
    let before = text.before(at);
    let word_before = |words: &str| before.is_some_and(|c| words.contains(c));
    let short =
        single && word_before("今明去前后半每一二两三四五六七八九十几环细季春过多成学往近当章情调0123456789");
    // 二十一, 第十一, 三五一: parts of numbers.
    let number = text.get(at).is_some_and(is_numeral)
        && (before.is_some_and(is_numeral)
            || word_before("第.-#:¥")
            || text.get(name_end).is_some_and(|c| {
                is_numeral(c)
                    || "月点号个日时分家台件吨天周人块元楼层栋区期名位款%.岁米公路街广大村厂".contains(c)
            }));
    // 中秋礼盒, 国庆路, 双十一爆款: what is named after it.
    let thing = text.any(name_end, "礼 月饼 福利 款 装 路 店 物料 诗 上河").is_some();
    if short || number || thing {
        return None;
    }
    let today = present.today();
    let over = is_over(text, name_end);
    let end = text.any(name_end, "节日 节 放假 假期 长假 小长假 黄金周").unwrap_or(name_end);
    let off = end > name_end && text.any(name_end, "节 节日").is_none()
        || text.any(end, "期间 假期 放假 长假 小长假 黄金周").is_some();
    let end = text.any(end, "期间 假期 放假 长假 小长假 黄金周").unwrap_or(end);
    let bound = suffix(text, end).is_some() || text.any(end, "回来 结束").is_some();
    if needs == Needs::Bound && !bound && !off && !over {
        return None;
    }
    // 6180, 618元: digits of a figure.
    if text.get(at) == Some('6') && text.get(end).is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let stretch = |feast: Feast, from: NaiveDate| stretch(feast, from, present);
    let next = stretch(feast, today)?;
    let before = moved(today, -360).and_then(|from| stretch(feast, from));
    let told = before.filter(|(own, _)| *own <= today).map(|(own, _)| (own, own));
    let (own, free) = next;
    if off && !bound {
        return Some(Days { vague: false, ..Days::stretch(free.first, free.last, end, WHY) });
    }
    let after = moved(free.last, 1)?;
    let end = text
        .any(end, "回来 结束")
        .map_or(end, |after| if suffix(text, after).is_some() { after } else { end });
    let bound = bound || over;
    let told = told.filter(|_| !bound);
    Some(Days { told, vague: bound, shape: Shape::Festival(after), ..Days::day(own, end, WHY) })
}

/// Whether 过完年 or 过了年 ends at `end`: what follows comes after it.
pub(super) fn is_over(text: &Text<'_>, end: usize) -> bool {
    text.any_before(end, "过完年 过了年")
}

/// The own day of the first `feast` whose days off are not over on `from`, and those days.
fn stretch(feast: Feast, from: NaiveDate, present: Present<'_>) -> Option<(NaiveDate, Stretch)> {
    let one = |day: NaiveDate| (day, Stretch { first: day, last: day });
    let by_year = |day: &dyn Fn(i32) -> Option<NaiveDate>| {
        (from.year() - 1..=from.year() + 2).filter_map(day).find(|day| *day >= from).map(one)
    };
    match feast {
        Feast::Off(festival) => {
            let free = present.calendar.festival(festival, from)?;
            let own = (free.first.year()..=free.last.year())
                .filter_map(|year| festival.own_day(year))
                .find(|own| (free.first..=free.last).contains(own));
            Some((own.unwrap_or(free.first), free))
        }
        Feast::Solar(month, day) => by_year(&|year| NaiveDate::from_ymd_opt(year, month, day)),
        Feast::Lunar(month, day) => by_year(&|year| lunar(year, month, day)),
        Feast::Eve => by_year(&|year| moved(lunar(year, 1, 1)?, -1)),
        Feast::Solstice => by_year(&winter_solstice),
        Feast::Next => {
            let free = present.calendar.next_break(from, 3)?;
            Some((free.first, free))
        }
    }
}

/// 正月初八, 腊月廿三, 农历八月十五, 大年初八, 初八.
fn lunar_day(text: &Text<'_>, at: usize, present: Present<'_>) -> Option<Days> {
    const MONTHS: &[(&str, isize)] = &[("正月", 1), ("腊月", 12), ("冬月", 11), ("大年", 1)];
    let from = text.any(at, "农历 阴历 旧历").unwrap_or(at);
    let led = from > at;
    let (month, day_at) = match text.one_of(from, MONTHS) {
        Some((month, end)) => (Some(month), end),
        None if led => {
            let (month, end) = small(text, from).filter(|(month, _)| (1..=12).contains(month))?;
            (Some(isize::try_from(month).ok()?), text.word(end, "月")?)
        }
        None => (None, from),
    };
    let early = text.word(day_at, "初");
    let (day, end) = small(text, early.unwrap_or(day_at))?;
    let named =
        early.is_some() && (1..=10).contains(&day) && !text.get(at).is_some_and(|c| c.is_ascii_digit());
    let free = !text.before(at).is_some_and(|c| "年月当起最".contains(c) || is_numeral(c));
    let counted = text.get(end).is_some_and(|c| "次步版中级期个轮".contains(c));
    if !(1..=30).contains(&day) || counted || (month.is_none() && !(named && free)) {
        return None;
    }
    let day = usize::try_from(day).ok()?;
    let month = month.unwrap_or(1);
    let today = present.today();
    let days: Vec<NaiveDate> =
        (today.year() - 2..=today.year() + 2).filter_map(|year| lunar(year, month, day)).collect();
    let ahead = days.iter().copied().find(|day| *day >= today)?;
    let told = days.iter().rev().copied().find(|day| *day <= today).map(|day| (day, day));
    Some(Days { told, ..Days::day(ahead, end, LUNAR) })
}
