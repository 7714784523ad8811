//! What a person filled into one field of a page → its value. As forgiving as the chat: full-width digits, spaces and
//! dashes are read, 「50万」 is an amount. What cannot be read is told by the page, beside the field.

use super::amounts::amounts;
use super::text::{Text, fold};
use crate::sales::Money;

/// The most that a deal may bring: ten thousand million yuan.
const MOST: Money = Money(1_000_000_000_000);

/// The longest name of a company or a person, in characters.
const LONGEST_NAME: usize = 60;

/// A name as it is kept: on one line, without space around it or twice within it. `None` where it names nobody: no two
/// letters, or longer than any name.
pub fn name(said: &str) -> Option<String> {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    };
    let name = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.chars().filter(|c| !hidden(*c)).collect();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 2 && name.chars().count() <= LONGEST_NAME).then_some(name)
}

/// Why an amount cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoAmount {
    /// It is no number.
    NotANumber,
    /// A small bare number: 50 may be 50 yuan or 500,000.
    NoUnit,
    /// Nothing, or more than any deal brings.
    OutOfRange,
}

/// An amount: 50万, 五十万, 12.5w, 500000, 3,200 元.
///
/// # Errors
/// [`NoAmount`]
pub fn amount(said: &str) -> Result<Money, NoAmount> {
    let said: String = said.chars().map(fold).filter(|c| !matches!(c, ' ' | ',' | '¥' | '￥')).collect();
    let in_range = |money: Money| {
        if money.0 > 0 && money <= MOST { Ok(money) } else { Err(NoAmount::OutOfRange) }
    };
    if said.chars().all(|c| c.is_ascii_digit() || c == '.') && !said.is_empty() {
        let yuan: f64 = said.parse().map_err(|_| NoAmount::NotANumber)?;
        // What nobody would sell a deal for is meant in ten thousands, or is not; only the person knows.
        if yuan > 0.0 && yuan < 1_000.0 {
            return Err(NoAmount::NoUnit);
        }
        if yuan * 100.0 > 9e15 {
            return Err(NoAmount::OutOfRange);
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 2^53, and fractions of a fen are none")]
        return in_range(Money((yuan * 100.0).round() as i64));
    }
    // The word before lets 「8千」 and 「三万」 be read as money.
    let text = format!("预算{said}");
    let text = Text::new(&text);
    match &amounts(&text)[..] {
        [only] if only.span.end == text.len() && only.span.start == 2 => in_range(only.money),
        _ => Err(NoAmount::NotANumber),
    }
}

/// Why a phone number cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoPhone {
    /// A mobile number has eleven digits; so many are here.
    MobileOf(usize),
    /// A fixed line without its area code.
    NoAreaCode,
    /// It is no number of the mainland.
    Unknown,
}

/// A mobile number, a fixed line with its area code and perhaps an extension, or a 400 number, as it is stored:
/// 13812345678, 0574-87651234, 010-62345678-802, 400-123-4567.
///
/// # Errors
/// [`NoPhone`]
pub fn phone(said: &str) -> Result<String, NoPhone> {
    let said: String = said.trim().chars().map(fold).collect();
    let (said, extension) = extension(&said);
    let marks = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '—' | '–' | '_');
    if !said.chars().all(|c| c.is_ascii_digit() || marks(c) || c == '+') {
        return Err(NoPhone::Unknown);
    }
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    let abroad = said.trim_start().starts_with('+') || digits.starts_with("0086");
    let digits = digits
        .trim_start_matches("00")
        .strip_prefix("86")
        .filter(|_| abroad || (digits.len() == 13 && digits.starts_with("861")))
        .unwrap_or(&digits);
    if digits.starts_with('1') && !digits.starts_with("10") && extension.is_none() {
        return mobile(digits);
    }
    if digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800")) {
        return Ok(format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..]));
    }
    fixed(digits, abroad, extension)
}

/// 「转 802」「-802」「#802」 behind a fixed line.
fn extension(said: &str) -> (&str, Option<&str>) {
    let at = said.rfind('转').or_else(|| said.rfind('#')).or_else(|| {
        // 0574-87651234-802: the third group.
        (said.matches('-').count() == 2 && said.starts_with('0')).then(|| said.rfind('-')).flatten()
    });
    let Some(at) = at else { return (said, None) };
    let (number, rest) = said.split_at(at);
    let rest = rest.trim_start_matches(['转', '#', '-', ' ']).trim();
    let short = (1..=6).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit());
    if short { (number.trim(), Some(rest)) } else { (said, None) }
}

fn mobile(digits: &str) -> Result<String, NoPhone> {
    match (digits.len(), digits.as_bytes().get(1)) {
        (11, Some(b'3'..=b'9')) => Ok(digits.to_owned()),
        (11, _) => Err(NoPhone::Unknown),
        (several, _) => Err(NoPhone::MobileOf(several)),
    }
}

/// Area codes have three digits where they begin with 01 or 02, else four; numbers seven or eight.
fn fixed(digits: &str, abroad: bool, extension: Option<&str>) -> Result<String, NoPhone> {
    let with_zero = if abroad && !digits.starts_with('0') { format!("0{digits}") } else { digits.to_owned() };
    if !with_zero.starts_with('0') {
        let bare = matches!(with_zero.len(), 7 | 8) && !with_zero.starts_with('1');
        return Err(if bare { NoPhone::NoAreaCode } else { NoPhone::Unknown });
    }
    let area = if with_zero.starts_with("01") || with_zero.starts_with("02") { 3 } else { 4 };
    let (Some(code), Some(number)) = (with_zero.get(..area), with_zero.get(area..)) else {
        return Err(NoPhone::Unknown);
    };
    // 011 to 019 are no areas, and no local number begins with 0 or 1.
    let known = (!code.starts_with("01") || code == "010") && !code.starts_with("00");
    if !known || !matches!(number.len(), 7 | 8) || number.starts_with(['0', '1']) {
        return Err(NoPhone::Unknown);
    }
    let extension = extension.map_or_else(String::new, |digits| format!("-{digits}"));
    Ok(format!("{code}-{number}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_kept_on_one_line() {
        assert_eq!(name("  宁波华盛 \n 机械有限公司 ").as_deref(), Some("宁波华盛 机械有限公司"));
        assert_eq!(name("张总\u{202e}").as_deref(), Some("张总"));
        let long = "长".repeat(61);
        for said in ["", "  ", "张", "123456", "!!!", long.as_str()] {
            assert_eq!(name(said), None, "{said}");
        }
    }

    #[test]
    fn amounts_are_read_as_people_fill_them_in() {
        for (said, yuan) in [
            ("50万", 500_000),
            ("五十万", 500_000),
            ("12.5w", 125_000),
            ("１２．５Ｗ", 125_000),
            ("500000", 500_000),
            ("￥ 500,000", 500_000),
            ("3,200 元", 3_200),
            ("8千", 8_000),
            ("1.2亿", 120_000_000),
            ("一百二十万元", 1_200_000),
        ] {
            assert_eq!(amount(said), Ok(Money::yuan(yuan)), "{said}");
        }
        assert_eq!(amount("1234.56"), Ok(Money(123_456)));
    }

    #[test]
    fn amount_that_nobody_can_read_is_told_by_its_kind() {
        for said in ["", "很多", "50万左右吧", "几十万", "1.2.3", "-50万", "50万60万"] {
            assert_eq!(amount(said), Err(NoAmount::NotANumber), "{said}");
        }
        assert_eq!(amount("50"), Err(NoAmount::NoUnit));
        for said in ["0", "999999999999999999999", "200亿", "99999999999999"] {
            assert_eq!(amount(said), Err(NoAmount::OutOfRange), "{said}");
        }
    }

    #[test]
    fn phones_are_stored_one_way() {
        for (said, stored) in [
            ("13812345678", "13812345678"),
            ("138 1234 5678", "13812345678"),
            ("+86 138-1234-5678", "13812345678"),
            ("8613812345678", "13812345678"),
            ("００８６１３８１２３４５６７８", "13812345678"),
            ("１３８１２３４５６７８", "13812345678"),
            ("19912345678", "19912345678"),
            ("057487651234", "0574-87651234"),
            ("0574-87651234", "0574-87651234"),
            ("(0574)87651234", "0574-87651234"),
            ("010 6234 5678", "010-62345678"),
            ("+86 10 62345678", "010-62345678"),
            ("0574-87651234-802", "0574-87651234-802"),
            ("0574 87651234 转 802", "0574-87651234-802"),
            ("0755-2765432", "0755-2765432"),
            ("4001234567", "400-123-4567"),
            ("400-123-4567", "400-123-4567"),
        ] {
            assert_eq!(phone(said).as_deref(), Ok(stored), "{said}");
        }
    }

    #[test]
    fn phone_that_is_none_is_told_by_its_kind() {
        assert_eq!(phone("1381234567"), Err(NoPhone::MobileOf(10)));
        assert_eq!(phone("138123456789"), Err(NoPhone::MobileOf(12)));
        assert_eq!(phone("87651234"), Err(NoPhone::NoAreaCode));
        for said in
            ["", "张总", "12812345678", "0", "0574", "0574-1234", "99999", "1381234567x", "011-62345678"]
        {
            assert_eq!(phone(said), Err(NoPhone::Unknown), "{said}");
        }
    }
}
