//! Amounts, in fen, said as people say them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Chinese yuan, counted in fen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// Whole yuan.
    pub fn yuan(yuan: i64) -> Self {
        Self(yuan.saturating_mul(100))
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, money| sum.saturating_add(money.0)))
    }
}

/// 「50 万」「12.5 万」「1.2 亿」「3,200 元」.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yuan = self.0 / 100;
        let (whole, unit, name) = match yuan.abs() {
            100_000_000.. => (yuan, 100_000_000, "亿"),
            10_000.. => (yuan, 10_000, "万"),
            _ => return write!(f, "{} 元", grouped(yuan)),
        };
        // Two places at most, and none that say nothing: 12.50 万 is 12.5 万.
        let hundredths = (whole * 100 + unit / 2 * whole.signum()) / unit;
        match (hundredths / 100, (hundredths % 100).abs()) {
            (units, 0) => write!(f, "{units} {name}"),
            (units, part) if part % 10 == 0 => write!(f, "{units}.{} {name}", part / 10),
            (units, part) => write!(f, "{units}.{part:02} {name}"),
        }
    }
}

fn grouped(number: i64) -> String {
    let digits = number.abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn amounts_read_as_people_say_them() {
        let said = [0, 980, 3_200, 9_999, 10_000, 125_000, 500_000, 1_234_567, 120_000_000]
            .map(|yuan| Money::yuan(yuan).to_string());
        assert_eq!(
            said,
            ["0 元", "980 元", "3,200 元", "9,999 元", "1 万", "12.5 万", "50 万", "123.46 万", "1.2 亿"]
        );
        assert_eq!(Money::yuan(-50_000).to_string(), "-5 万");
    }
}
