//! `roi.toml`: what an investment brings back, by industry. A model is its inputs, each with a common value, and its lines,
//! each a formula over inputs and earlier lines; two of the lines are what is said first: the saving of a year, and when
//! the money is back. How it is worded stands in `message-templates/roi.md`.

use super::fault::did_you_mean;
use super::names::Names;
use super::table::Table;
use crate::sales::{Formula, FormulaFault, MaterialKey, Quantity, SumFault, is_formula_name};

/// How the return of one kind of deal is estimated.
#[derive(Clone, Debug)]
pub struct RoiModel {
    /// The key.
    pub key: String,
    /// What people read: 机械质检.
    pub name: String,
    /// Industries it is for; all when empty.
    pub industries: Vec<String>,
    /// Product lines it is for; all when empty.
    pub product_lines: Vec<String>,
    /// The material that explains it; scripts with this material offer the estimate.
    pub material: Option<MaterialKey>,
    /// What it is made of.
    pub inputs: Vec<RoiInput>,
    /// What is worked out, in order.
    pub lines: Vec<RoiLine>,
    /// The input that is the money spent, by name.
    pub invest: String,
    /// The line that is what a year saves, by name.
    pub saving: String,
    /// The line that is the months until the money is back, by name.
    pub payback: String,
}

/// One figure that goes in.
#[derive(Clone, Debug)]
pub struct RoiInput {
    /// What people read, formulas name and reps say: 人工.
    pub name: String,
    /// What else a rep may call it.
    pub words: Vec<String>,
    /// 元, 元/月, 人, %; a percentage counts as hundredths in formulas.
    pub unit: String,
    /// The common value.
    pub default: Quantity,
    /// Whether a deal's amount is the better value.
    pub from_amount: bool,
}

/// One figure that comes out.
#[derive(Clone, Debug)]
pub struct RoiLine {
    /// What people read, and later formulas name.
    pub name: String,
    /// As of an input.
    pub unit: String,
    /// How it is worked out.
    pub formula: Formula,
    /// Whether it is shown as a part of the saving, or of what is taken off it; else it only serves others.
    pub part: Option<RoiPart>,
}

/// Which side of the saving a line is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoiPart {
    /// It is saved.
    Saved,
    /// It is spent.
    Spent,
}

impl RoiModel {
    /// How well it fits: `None` not at all, more is better.
    fn fit(&self, industry: &str, product_line: &str) -> Option<u8> {
        let has = |list: &[String], key: &str| list.is_empty() || list.iter().any(|entry| entry == key);
        let fits = has(&self.industries, industry) && has(&self.product_lines, product_line);
        fits.then(|| 2 * u8::from(!self.industries.is_empty()) + u8::from(!self.product_lines.is_empty()))
    }

    /// Every line's figure, in order, where `input` gives each input's; a percentage goes in as its hundredths. A line
    /// without a figure says why, and so do those that are made of it.
    pub fn worked_out(&self, input: impl Fn(&RoiInput) -> Quantity) -> Vec<Result<Quantity, SumFault>> {
        let mut values: Vec<(&str, Quantity)> = Vec::new();
        for each in &self.inputs {
            let value = input(each);
            values.push((&each.name, if each.unit == "%" { value.hundredth() } else { value }));
        }
        let mut figures = Vec::new();
        for line in &self.lines {
            let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let figure = line.formula.sum(&value);
            values.extend(figure.as_ref().ok().map(|figure| (line.name.as_str(), *figure)));
            figures.push(figure);
        }
        figures
    }

    /// The figure of the line that is called so, if it has one.
    pub fn figure_of(&self, figures: &[Result<Quantity, SumFault>], name: &str) -> Option<Quantity> {
        let place = self.lines.iter().position(|line| line.name == name)?;
        figures.get(place)?.as_ref().ok().copied()
    }
}

/// The model for a deal's industry and product line: the one that is meant most closely, the first of equals.
pub(super) fn fitting<'m>(
    models: &'m [RoiModel],
    industry: &str,
    product_line: &str,
) -> Option<&'m RoiModel> {
    let fitting = models.iter().filter_map(|model| Some((model.fit(industry, product_line)?, model)));
    fitting.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, model)| model)
}

/// A name stands in one line with others, on a phone.
const NAME_CHARS: usize = 8;

pub(super) fn read(root: &Table<'_>, names: &Names) -> Vec<RoiModel> {
    root.only(&["models"]);
    root.tables("models").iter().map(|table| RoiModel::read(table, names)).collect()
}

impl RoiModel {
    fn read(table: &Table<'_>, names: &Names) -> Self {
        table.only(&[
            "key",
            "name",
            "industries",
            "product_lines",
            "material",
            "invest",
            "saving",
            "payback",
            "inputs",
            "lines",
        ]);
        table.needs("inputs", "输入");
        table.needs("lines", "算式");
        let mut known: Vec<String> = Vec::new();
        let inputs = table.tables("inputs").iter().map(|input| RoiInput::read(input, &mut known)).collect();
        let own: Vec<String> = known.clone();
        let lines = table.tables("lines").iter().map(|line| RoiLine::read(line, &mut known)).collect();
        let of = |key: &str, among: &[String], kind: &str| {
            let name = table.required(key);
            if !name.is_empty() && !among.iter().any(|known| known == name) {
                let cure =
                    did_you_mean(name, among.iter().map(String::as_str), format!("写{kind}里有的名字"));
                table.fault(key, format!("{kind}里没有「{name}」"), cure);
            }
            name.to_owned()
        };
        let worked: Vec<String> = known.iter().skip(own.len()).cloned().collect();
        let model = Self {
            key: table.required("key").into(),
            name: table.required("name").into(),
            industries: table.references("industries", &names.industries),
            product_lines: table.references("product_lines", &names.product_lines),
            material: table.reference("material", &names.materials),
            invest: of("invest", &own, "输入"),
            saving: of("saving", &worked, "算式"),
            payback: of("payback", &worked, "算式"),
            inputs,
            lines,
        };
        model.check_common_values(table);
        model
    }

    /// With its common values a model has to come out at something that a customer can be told.
    fn check_common_values(&self, table: &Table<'_>) {
        let tables = table.tables("lines");
        let figures = self.worked_out(|input| input.default);
        for (place, figure) in figures.iter().enumerate() {
            let what = match figure {
                Err(SumFault::TooLarge) => "数大得没有意义",
                Err(SumFault::DividedByNothing) => "除数是 0",
                // What a line does not know was told where it is named.
                Err(SumFault::Unknown(_)) | Ok(_) => continue,
            };
            let name = self.lines.get(place).map_or("", |line| &line.name);
            let line = tables.get(place).unwrap_or(table);
            line.fault("formula", format!("按常见值算「{name}」，{what}"), "改一下算式或者 default");
        }
        if self.figure_of(&figures, &self.payback).is_some_and(|months| !months.is_positive()) {
            let what = format!("按常见值算，「{}」不到 0", self.payback);
            table.fault("payback", what, "改一下算式或者 default，让常见值算得出几个月回本");
        }
    }
}

/// A name that formulas may use, said for the first time; records what is wrong with it.
fn new_name(table: &Table<'_>, known: &mut Vec<String>) -> String {
    let name = table.required("name");
    let chars = name.chars().count();
    if !name.is_empty() && !is_formula_name(name) {
        table.fault("name", format!("算式里写不了「{name}」"), "只用汉字、字母和数字，数字不放在最前面");
    } else if chars > NAME_CHARS {
        let what = format!("名字「{name}」有 {chars} 个字");
        table.fault("name", what, format!("缩短到 {NAME_CHARS} 个字以内，一行要放得下好几个"));
    }
    if known.iter().any(|known| known == name) && !name.is_empty() {
        table.fault("name", format!("「{name}」重复了"), "换一个名字，或者删掉多的一段");
    }
    known.push(name.to_owned());
    name.into()
}

impl RoiInput {
    fn read(table: &Table<'_>, known: &mut Vec<String>) -> Self {
        table.only(&["name", "words", "unit", "default", "from"]);
        let words = table.words("words");
        for word in words.iter().filter(|word| word.text.trim().is_empty()) {
            table.source.fault(word.line, "空的词会对上每一句话", "删掉它");
        }
        let from = table.text("from");
        if let Some(strange) = from.filter(|from| *from != "amount") {
            let cure = did_you_mean(strange, ["amount"], "写 amount（商机金额），或者删掉这一行");
            table.fault("from", format!("不认识「{strange}」"), cure);
        }
        Self {
            name: new_name(table, known),
            words: words.iter().map(|word| word.text.into()).collect(),
            unit: table.required("unit").into(),
            default: table.quantity("default"),
            from_amount: from == Some("amount"),
        }
    }
}

impl RoiLine {
    fn read(table: &Table<'_>, known: &mut Vec<String>) -> Self {
        table.only(&["name", "unit", "formula", "part"]);
        let written = table.required("formula");
        let formula = Formula::parse(written);
        match &formula {
            Ok(formula) => check_names(table, formula, known),
            Err(fault) if !written.trim().is_empty() => tell(table, fault),
            Err(_) => {}
        }
        let part = match table.text("part") {
            None => None,
            Some("saved") => Some(RoiPart::Saved),
            Some("spent") => Some(RoiPart::Spent),
            Some(strange) => {
                let cure = did_you_mean(strange, ["saved", "spent"], "写 saved（省下的）或 spent（要扣的）");
                table.fault("part", format!("不认识「{strange}」"), cure);
                None
            }
        };
        Self {
            name: new_name(table, known),
            unit: table.required("unit").into(),
            formula: formula.unwrap_or_default(),
            part,
        }
    }
}

/// A formula may name inputs and the lines above it.
fn check_names(table: &Table<'_>, formula: &Formula, known: &[String]) {
    for name in formula.names() {
        if !known.iter().any(|known| known == name) {
            let all = known.iter().map(String::as_str);
            let cure = did_you_mean(name, all, "先在上面写一段输入或算式，或者换成已有的名字");
            table.fault("formula", format!("算式里的「{name}」前面没有"), cure);
        }
    }
}

fn tell(table: &Table<'_>, fault: &FormulaFault) {
    let (what, cure) = match fault {
        FormulaFault::Unfinished => ("算式没写完".into(), "后面补上一个数或者名字"),
        FormulaFault::Unexpected(c) => {
            (format!("算式里的「{c}」放得不对"), "只用数、名字、加减乘除和括号，比如 (人数 - 2) × 工资 × 12")
        }
        FormulaFault::Unclosed => ("算式的括号没有关上".into(), "补上右括号"),
        FormulaFault::Number(number) => (format!("「{number}」不是一个数"), "写成 8000、0.6 或 60%"),
        FormulaFault::Deep => ("算式的括号套得太深".into(), "拆成两段算式，后一段用前一段的名字"),
    };
    table.fault("formula", what, cure);
}
