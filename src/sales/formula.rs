//! Sums as an admin writes them in `roi.toml`: 「省人 × 人工 × 12」, 「(省料 + 少赔) ÷ 2 - 6%」. Numbers, names, four operations
//! and brackets, in full or half width; nothing else, so that a formula is read, checked and carried out in one screen
//! each and cannot do harm. Exact: no binary fractions, so that the same words give the same figure everywhere.

use std::fmt;

/// A number in millionths, exact as it was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Quantity(i128);

/// One, in millionths.
const ONE: i128 = 1_000_000;

impl Quantity {
    /// Of ten-thousandths, in which texts are read.
    pub fn from_ten_thousandths(value: i64) -> Self {
        Self(i128::from(value) * (ONE / 10_000))
    }

    /// Of fen, in which money is counted.
    pub fn from_fen(fen: i64) -> Self {
        Self(i128::from(fen) * (ONE / 100))
    }

    /// In fen, cut below; `None` beyond what money can say.
    pub fn fen(self) -> Option<i64> {
        i64::try_from(self.0 / (ONE / 100)).ok()
    }

    /// 「12」「0.5」「1,200」; `None` when it is no such number or has more than six places.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace([',', '_'], "");
        let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let plain = digits(whole) && (digits(places) || !text.contains('.'));
        if !plain || places.len() > 6 {
            return None;
        }
        let value: i128 = format!("{whole}{places:0<6}").parse().ok()?;
        Some(Self(value))
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// A hundredth of it: what 「60%」 is of 60.
    pub fn hundredth(self) -> Self {
        Self(self.0 / 100)
    }

    /// The next whole number up.
    pub fn rounded_up(self) -> Self {
        Self(-(-self.0).div_euclid(ONE) * ONE)
    }

    fn operated(self, operation: Operation, with: Self) -> Result<Self, SumFault> {
        let Self(with) = with;
        let value = match operation {
            Operation::Add => self.0.checked_add(with),
            Operation::Subtract => self.0.checked_sub(with),
            Operation::Multiply => self.0.checked_mul(with).map(|product| product / ONE),
            Operation::Divide if with == 0 => return Err(SumFault::DividedByNothing),
            Operation::Divide => self.0.checked_mul(ONE).and_then(|value| value.checked_div(with)),
        };
        value.map(Self).ok_or(SumFault::TooLarge)
    }
}

/// 「4」「1,200」「0.5」: two places at most, and none that say nothing.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0.abs() + ONE / 200) / (ONE / 100);
        let (whole, part) = ((hundredths / 100).to_string(), hundredths % 100);
        if self.0 < 0 && hundredths > 0 {
            f.write_str("-")?;
        }
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        match part {
            0 => Ok(()),
            part if part % 10 == 0 => write!(f, ".{}", part / 10),
            part => write!(f, ".{part:02}"),
        }
    }
}

/// A sum that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Formula(Node);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Node {
    Number(Quantity),
    Name(Box<str>),
    Negative(Box<Node>),
    Operated(Operation, Box<Node>, Box<Node>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Why a text is no formula.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormulaFault {
    /// Something is missing at its end, or behind an operation.
    #[error("a number or a name is missing at the end")]
    Unfinished,
    /// This stands where a number, a name or an operation belongs.
    #[error("{0:?} does not belong here")]
    Unexpected(char),
    /// A bracket is not closed.
    #[error("a bracket is not closed")]
    Unclosed,
    /// No number reads like this.
    #[error("{0} is no number")]
    Number(Box<str>),
    /// More brackets in each other than anyone means.
    #[error("too many brackets in each other")]
    Deep,
}

/// Why a formula gives no figure.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SumFault {
    /// Nothing is called so.
    #[error("nothing is called {0}")]
    Unknown(Box<str>),
    /// A division by nothing.
    #[error("a division by nothing")]
    DividedByNothing,
    /// No such number is meant.
    #[error("a number beyond all measure")]
    TooLarge,
}

/// Whether formulas can name something so: letters of any script, digits behind the first.
pub fn is_formula_name(name: &str) -> bool {
    name.chars().next().is_some_and(begins_name) && name.chars().all(goes_on_name)
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn goes_on_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit()
}

/// Nothing: what stands for a formula that does not read until its fault is told.
impl Default for Formula {
    fn default() -> Self {
        Self(Node::Number(Quantity::default()))
    }
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// The first place at which it is none.
    pub fn parse(text: &str) -> Result<Self, FormulaFault> {
        let mut reader = Reader { chars: text.chars().collect(), at: 0, depth: 0 };
        let root = reader.sum()?;
        match reader.peek() {
            None => Ok(Self(root)),
            Some(stray) => Err(FormulaFault::Unexpected(stray)),
        }
    }

    /// The names in it, in their order.
    pub fn names(&self) -> Vec<&str> {
        fn gather<'n>(node: &'n Node, names: &mut Vec<&'n str>) {
            match node {
                Node::Number(_) => {}
                Node::Name(name) => names.push(name),
                Node::Negative(of) => gather(of, names),
                Node::Operated(_, one, other) => {
                    gather(one, names);
                    gather(other, names);
                }
            }
        }
        let mut names = Vec::new();
        gather(&self.0, &mut names);
        names
    }

    /// Its figure, where `value` says what names stand for.
    ///
    /// # Errors
    /// A name without a value, a division by nothing, or a number beyond all measure.
    pub fn sum(&self, value: &dyn Fn(&str) -> Option<Quantity>) -> Result<Quantity, SumFault> {
        fn of(node: &Node, value: &dyn Fn(&str) -> Option<Quantity>) -> Result<Quantity, SumFault> {
            match node {
                Node::Number(number) => Ok(*number),
                Node::Name(name) => value(name).ok_or_else(|| SumFault::Unknown(name.clone())),
                Node::Negative(node) => Quantity::default().operated(Operation::Subtract, of(node, value)?),
                Node::Operated(operation, one, other) => {
                    of(one, value)?.operated(*operation, of(other, value)?)
                }
            }
        }
        of(&self.0, value)
    }
}

/// So many brackets may stand in each other.
const DEEPEST: u8 = 16;

/// Where the reading of a formula has got to.
struct Reader {
    chars: Vec<char>,
    at: usize,
    depth: u8,
}

impl Reader {
    /// The next character that is no blank.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn sum(&mut self) -> Result<Node, FormulaFault> {
        let mut sum = self.product()?;
        loop {
            let operation = match self.peek() {
                Some('+' | '＋') => Operation::Add,
                Some('-' | '－' | '−') => Operation::Subtract,
                _ => return Ok(sum),
            };
            self.at += 1;
            sum = Node::Operated(operation, Box::new(sum), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Node, FormulaFault> {
        let mut product = self.factor()?;
        loop {
            let operation = match self.peek() {
                Some('*' | '×' | '＊') => Operation::Multiply,
                Some('/' | '÷' | '／') => Operation::Divide,
                _ => return Ok(product),
            };
            self.at += 1;
            product = Node::Operated(operation, Box::new(product), Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Node, FormulaFault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FormulaFault::Deep);
        }
        let factor = match self.peek() {
            None => Err(FormulaFault::Unfinished),
            Some('(' | '（') => self.bracket(),
            Some('-' | '－' | '−') => {
                self.at += 1;
                Ok(Node::Negative(Box::new(self.factor()?)))
            }
            Some(c) if c.is_ascii_digit() => self.number(),
            Some(c) if begins_name(c) => Ok(Node::Name(self.taken(goes_on_name).into())),
            Some(stray) => Err(FormulaFault::Unexpected(stray)),
        };
        self.depth -= 1;
        factor
    }

    fn bracket(&mut self) -> Result<Node, FormulaFault> {
        self.at += 1;
        let within = self.sum()?;
        match self.peek() {
            Some(')' | '）') => {
                self.at += 1;
                Ok(within)
            }
            Some(stray) => Err(FormulaFault::Unexpected(stray)),
            None => Err(FormulaFault::Unclosed),
        }
    }

    fn number(&mut self) -> Result<Node, FormulaFault> {
        let written = self.taken(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '_'));
        let number = Quantity::parse(&written).ok_or_else(|| FormulaFault::Number(written.into()))?;
        if matches!(self.peek(), Some('%' | '％')) {
            self.at += 1;
            return Ok(Node::Number(number.hundredth()));
        }
        Ok(Node::Number(number))
    }

    /// What stands here as long as it `belongs`.
    fn taken(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let taken: String = self.chars.iter().skip(self.at).take_while(|c| belongs(**c)).collect();
        self.at += taken.chars().count();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(text: &str) -> Result<String, SumFault> {
        let value = |name: &str| match name {
            "省人" => Quantity::parse("4"),
            "人工2" => Quantity::parse("6,700"),
            "无" => Some(Quantity::default()),
            _ => None,
        };
        Formula::parse(text).unwrap().sum(&value).map(|sum| sum.to_string())
    }

    #[test]
    fn sums_follow_the_rules_of_school() {
        for (text, figure) in [
            ("1 + 2 * 3", "7"),
            ("（1＋2）×3", "9"),
            ("10 - 2 - 3", "5"),
            ("100 ÷ 8 / 2", "6.25"),
            ("-2 * -3", "6"),
            ("省人 × 人工2 × 12", "321,600"),
            ("60% * 200", "120"),
            ("0.1 + 0.2", "0.3"),
            ("2 - 5", "-3"),
            ("1 / 3", "0.33"),
        ] {
            assert_eq!(sum(text).as_deref(), Ok(figure), "{text}");
        }
    }

    #[test]
    fn sums_without_a_figure_say_why() {
        assert_eq!(sum("1 / 无"), Err(SumFault::DividedByNothing));
        assert_eq!(sum("夜班 + 1"), Err(SumFault::Unknown("夜班".into())));
        let huge = ["9999999999999999999"; 3].join(" * ");
        assert_eq!(sum(&huge), Err(SumFault::TooLarge));
    }

    #[test]
    fn texts_that_are_no_formula_say_where() {
        let deep = "(".repeat(400);
        for (text, fault) in [
            ("", FormulaFault::Unfinished),
            ("1 +", FormulaFault::Unfinished),
            ("1 2", FormulaFault::Unexpected('2')),
            ("* 2", FormulaFault::Unexpected('*')),
            ("(1 + 2", FormulaFault::Unclosed),
            ("1 + 2)", FormulaFault::Unexpected(')')),
            ("1.2.3", FormulaFault::Number("1.2.3".into())),
            ("a; b", FormulaFault::Unexpected(';')),
            (&deep, FormulaFault::Deep),
            (&"-".repeat(400), FormulaFault::Deep),
        ] {
            assert_eq!(Formula::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn quantities_are_said_as_people_say_them() {
        let up = |text: &str| Quantity::parse(text).unwrap().rounded_up().to_string();
        assert_eq!([up("10.2"), up("11"), up("0.3")], ["11", "11", "1"]);
        assert_eq!(Quantity::from_ten_thousandths(15_000).to_string(), "1.5");
        assert_eq!(Quantity::from_fen(-5).to_string(), "-0.05");
        assert_eq!((Quantity::parse("1.5").unwrap().fen(), Quantity::parse("一")), (Some(150), None));
    }
}
