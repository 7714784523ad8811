//! What stands in a cell, as a value of ours: amounts and days as people and spreadsheets write them. What is wrong is
//! said with the cure.

use chrono::{Datelike, NaiveDate};

use crate::sales::Money;
use crate::sheet::Cell;

/// Amounts from here on are a slip of the hand: a thousand billion yuan.
const YUAN_MAX: f64 = 1e12;
/// A number in a column of days is one that a spreadsheet counts from 1899-12-30: from 1982 to 2119.
const SERIALS: std::ops::RangeInclusive<f64> = 30_000.0..=80_000.0;
/// Days of a sales team's sheet lie in these years.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2099;

/// What is wrong with a cell, and the cure; both in Chinese, without a full stop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// What is wrong.
    pub what: String,
    /// The cure.
    pub cure: String,
}

impl Wrong {
    /// What is wrong, and the cure.
    pub fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into() }
    }
}

/// A text of at most `most` characters.
///
/// # Errors
/// It is longer, or the result of a formula that failed.
pub fn text(cell: &Cell, most: usize) -> Result<String, Wrong> {
    match cell {
        Cell::Wrong(error) => {
            Err(Wrong::new(format!("公式的结果是 {error}"), "把公式改对，或者直接写上内容"))
        }
        Cell::TooLong(chars) => Err(too_long(*chars, most)),
        Cell::Text(words) if words.contains('\u{fffd}') => {
            Err(Wrong::new("有认不出来的字", "用 Excel 或 WPS 另存为 .xlsx 或「CSV UTF-8」再导入"))
        }
        cell => {
            let shown = cell.shown().into_owned();
            let chars = shown.chars().count();
            if chars > most { Err(too_long(chars, most)) } else { Ok(shown) }
        }
    }
}

fn too_long(chars: usize, most: usize) -> Wrong {
    Wrong::new(format!("有 {chars} 个字，太长了"), format!("缩短到 {most} 个字以内"))
}

/// 「12.5万」「¥125,000.00」「125000元」, a bare number in yuan, or in 万 where the title says so.
///
/// # Errors
/// It is none, negative, or beyond all measure.
pub fn amount(cell: &Cell, in_wan: bool) -> Result<Money, Wrong> {
    let wrong = |shown: &str| Wrong::new(format!("「{shown}」不是金额"), "写数字，比如 125000 或 12.5万");
    let yuan = match cell {
        Cell::Number(number) => number * if in_wan { 1e4 } else { 1.0 },
        Cell::Text(text) => written(text, in_wan).ok_or_else(|| wrong(text))?,
        Cell::Wrong(_) | Cell::TooLong(_) => {
            return Err(self::text(cell, 0).err().unwrap_or_else(|| wrong("")));
        }
        Cell::Date(_) | Cell::Empty => return Err(wrong(&cell.shown())),
    };
    if yuan < 0.0 {
        return Err(Wrong::new(format!("金额「{}」是负的", cell.shown()), "写 0 或正数"));
    }
    if yuan >= YUAN_MAX {
        return Err(Wrong::new(
            format!("金额「{}」大得不像真的", cell.shown()),
            "看看是不是多写了单位或几个 0",
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is below the bound, which is far below 2^53")]
    Ok(Money((yuan * 100.0).round() as i64))
}

fn written(text: &str, in_wan: bool) -> Option<f64> {
    let folded: String = crate::sales::same_name(text).chars().filter(|c| *c != ',' && *c != '，').collect();
    let in_yuan = folded.contains(['元', '块', '圆', '¥', '￥']);
    let mut rest =
        folded.trim_start_matches(['¥', '￥', '约']).trim_start_matches("rmb").trim_start_matches("cny");
    rest = rest.trim_start_matches("人民币").trim_end_matches("人民币").trim_end_matches("rmb");
    rest = rest.trim_end_matches('整').trim_end_matches(['元', '块', '圆']);
    let units: [(&str, f64); 7] =
        [("百万", 1e6), ("千万", 1e7), ("万", 1e4), ("w", 1e4), ("亿", 1e8), ("千", 1e3), ("k", 1e3)];
    let unit = units.iter().find_map(|(unit, worth)| Some((rest.strip_suffix(unit)?, *worth)));
    let (digits, worth) = unit.unwrap_or((rest, if in_wan && !in_yuan { 1e4 } else { 1.0 }));
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let number: f64 = if plain { digits.parse().ok()? } else { return None };
    number.is_finite().then_some(number * worth)
}

/// Which way a day without its year lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lies {
    /// It has been: the last one.
    Past,
    /// It is to come: the next one.
    Ahead,
}

/// A day: a spreadsheet's own, 「2026-12-03」「2026/12/3 15:00」「2026年12月3日」「12月3日」「2026年12月底」「20261203」.
///
/// # Errors
/// It is none, or no such day exists.
pub fn day(cell: &Cell, today: NaiveDate, lies: Lies) -> Result<NaiveDate, Wrong> {
    let day = match cell {
        Cell::Date(day) => *day,
        Cell::Number(serial) if SERIALS.contains(serial) => since_epoch(*serial)?,
        Cell::Number(number) => said(&number.to_string(), today, lies)?,
        Cell::Text(text) => said(text, today, lies)?,
        Cell::Wrong(_) | Cell::TooLong(_) | Cell::Empty => {
            return Err(self::text(cell, 20).err().unwrap_or_else(|| unclear("")));
        }
    };
    if YEARS.contains(&day.year()) {
        return Ok(day);
    }
    Err(Wrong::new(format!("日期是 {} 年", day.year()), "看看年份是不是写错了"))
}

fn unclear(text: &str) -> Wrong {
    Wrong::new(format!("「{text}」不是日期"), "写成 2026-12-03 这样")
}

fn since_epoch(serial: f64) -> Result<NaiveDate, Wrong> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between the bounds")]
    let days = chrono::Days::new(serial as u64);
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30);
    epoch.and_then(|epoch| epoch.checked_add_days(days)).ok_or_else(|| unclear(&serial.to_string()))
}

fn said(text: &str, today: NaiveDate, lies: Lies) -> Result<NaiveDate, Wrong> {
    let text = text.trim();
    let mut numbers: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let has_year = numbers.first().is_some_and(|year| year.len() == 4);
    // What follows the day is the time, which no column of days asks for; a second year is a second day.
    if numbers.iter().skip(1).any(|part| part.len() == 4) {
        return Err(unclear(text));
    }
    numbers.truncate(if has_year { 3 } else { 2 });
    let number = |at: usize| numbers.get(at).and_then(|digits| digits.parse::<u32>().ok());
    let year = |digits: Option<u32>| digits.and_then(|year| i32::try_from(year).ok());
    if let [digits] = numbers[..]
        && text.chars().all(|c| c.is_ascii_digit())
    {
        return match digits.len() {
            8 => {
                let part = |range: std::ops::Range<usize>| digits[range].parse::<u32>().ok();
                exists(text, year(part(0..4)), part(4..6), part(6..8))
            }
            // A spreadsheet's number that became text on its way.
            5 if digits.parse().is_ok_and(|serial: f64| SERIALS.contains(&serial)) => {
                since_epoch(digits.parse().map_err(|_| unclear(text))?)
            }
            _ => Err(unclear(text)),
        };
    }
    let end_of_month = text.ends_with('底') || text.ends_with('末') || text.ends_with('月');
    match (numbers.len(), has_year) {
        (3, true) => exists(text, year(number(0)), number(1), number(2)),
        (2, true) if end_of_month || text.contains(['-', '/', '.']) => {
            last_of_month(year(number(0)), number(1)).ok_or_else(|| no_such(text))
        }
        (2, false) if text.contains('月') => {
            nearest(today, lies, |year| NaiveDate::from_ymd_opt(year, number(0)?, number(1)?))
                .ok_or_else(|| no_such(text))
        }
        (1, false) if text.contains('月') && end_of_month => {
            nearest(today, lies, |year| last_of_month(Some(year), number(0))).ok_or_else(|| no_such(text))
        }
        (2 | 3, false) => {
            Err(Wrong::new(format!("「{text}」看不出是哪一年"), "年份写四位，写成 2026-12-03 这样"))
        }
        _ => Err(unclear(text)),
    }
}

fn exists(text: &str, year: Option<i32>, month: Option<u32>, day: Option<u32>) -> Result<NaiveDate, Wrong> {
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(unclear(text)) };
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| no_such(text))
}

fn no_such(text: &str) -> Wrong {
    Wrong::new(format!("没有「{text}」这一天"), "对一下月份和日子，写成 2026-12-03 这样")
}

fn last_of_month(year: Option<i32>, month: Option<u32>) -> Option<NaiveDate> {
    let (year, month) = (year?, month?);
    let next = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month.checked_add(1)?) };
    NaiveDate::from_ymd_opt(year, month, 1)?;
    NaiveDate::from_ymd_opt(next.0, next.1, 1)?.pred_opt()
}

fn nearest(today: NaiveDate, lies: Lies, of: impl Fn(i32) -> Option<NaiveDate>) -> Option<NaiveDate> {
    let year = today.year();
    let (this, other) = match lies {
        Lies::Past => (of(year).filter(|day| *day <= today), of(year - 1)),
        Lies::Ahead => (of(year).filter(|day| *day >= today), of(year + 1)),
    };
    this.or(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read = |text: &str| amount(&Cell::text(text), false).map(|money| money.0 / 100);
        for (text, yuan) in [
            ("12.5万", 125_000),
            ("12.5w", 125_000),
            ("¥125,000.00", 125_000),
            ("１２５０００元", 125_000),
            ("1.2亿", 120_000_000),
            ("80k", 80_000),
            ("0", 0),
            ("人民币 3,200 元整", 3_200),
        ] {
            assert_eq!(read(text), Ok(yuan), "{text}");
        }
        for text in ["待定", "五十", "12..5万", "-5万", "1e9", "9999999亿", "12万3", "=1+1"] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
        assert_eq!(amount(&Cell::Number(12.5), true), Ok(Money::yuan(125_000)));
        assert_eq!(
            amount(&Cell::text("125000元"), true).unwrap(),
            Money::yuan(125_000),
            "元 wins over the title"
        );
    }

    #[test]
    fn days_are_read_as_people_and_spreadsheets_write_them() {
        let read = |text: &str| day(&Cell::text(text), today(), Lies::Ahead).map(|day| day.to_string());
        for (text, expected) in [
            ("2026-12-03", "2026-12-03"),
            ("2026/12/3 15:00", "2026-12-03"),
            ("2026.12.3", "2026-12-03"),
            ("2026年12月3日", "2026-12-03"),
            ("20261203", "2026-12-03"),
            ("46359", "2026-12-03"),
            ("12月3日", "2026-12-03"),
            ("1月5号", "2027-01-05"),
            ("2026年12月底", "2026-12-31"),
            ("2026年12月", "2026-12-31"),
            ("12月底", "2026-12-31"),
            ("2026-12-03T00:00:00", "2026-12-03"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "2026-02-30",
            "2026-13-01",
            "12/3/2026",
            "26-12-3",
            "尽快",
            "2026",
            "2026-12-03或2026-12-10",
            "1899-01-01",
            "13月40日",
        ] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
        let past = day(&Cell::text("12月3日"), today(), Lies::Past).unwrap();
        assert_eq!(past.to_string(), "2025-12-03");
        assert_eq!(day(&Cell::Number(46_359.6), today(), Lies::Past).unwrap().to_string(), "2026-12-03");
    }
}
