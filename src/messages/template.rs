//! One template: its front matter and its bodies, read from the files of `message-templates/`.
//!
//! The shipped template of the same name is the contract: a folder's file may say everything otherwise, but it gets
//! the variables that the bot gives, keeps the keys of fixed buttons, and stays a card, a list or a bare word.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::{Audience, Form, Style};
use super::nearest::nearest;
use crate::event::Fault;
use crate::sales::Platform;

/// A message's template.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Template {
    /// The message, also the file's name: `overdue_warning`.
    pub key: String,
    /// What the front matter says.
    pub head: FrontMatter,
    /// The front matter as written, to find lines in.
    pub(super) head_source: String,
    pub(super) body: Body,
    pub(super) wecom: Option<Body>,
    pub(super) dingtalk: Option<Body>,
}

/// What stands between the `+++` lines.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// Its name in lists, Chinese.
    pub name: String,
    /// When it goes out, Chinese.
    pub trigger: String,
    /// Who reads it.
    pub audience: Audience,
    /// How it likes to be drawn.
    pub form: Form,
    /// Fixed buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<ButtonSpec>,
    /// The list variable of `{key, text}` that gives the buttons instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<String>,
    /// Whether the body itself lists the choices by number.
    #[serde(default)]
    pub choices_listed: bool,
    /// The list variable of `{key, title, options}` that gives drop-downs, whose options are `{key, text}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selects: Option<String>,
    /// The list variable of `{key, text, done, link}` to tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklist: Option<String>,
    /// What to do after a start with a send of unknown outcome.
    #[serde(default)]
    pub on_doubt: OnDoubt,
    /// Whether it may wait to be merged and paced.
    #[serde(default)]
    pub urgency: Urgency,
    /// The variables that the bot gives.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
}

/// A fixed button.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonSpec {
    /// Comes back with the tap.
    pub key: String,
    /// A verb of two to four characters.
    pub text: String,
    /// How it looks.
    #[serde(default)]
    pub style: Style,
    /// The variable that holds the page to open; without an address the button is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The variable without which the button is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A variable that the bot gives.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What it says, Chinese.
    pub what: String,
    /// An example.
    pub sample: Value,
    /// Whether it may be empty.
    #[serde(default)]
    pub optional: bool,
}

/// What to do with a send whose outcome a stop of the service left open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDoubt {
    /// Send it again: twice is better than never.
    #[default]
    Resend,
    /// Leave it: never is better than twice.
    Drop,
}

/// Whether a message may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// It goes at once.
    #[default]
    Now,
    /// It may be paced.
    Bulk,
}

/// A body and where it stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Body {
    pub file: String,
    /// Lines of the file before it.
    pub skipped: usize,
    pub source: String,
}

impl Body {
    /// A fault at line `line` of the body.
    pub fn fault(&self, line: Option<usize>, what: impl Into<String>, cure: impl Into<String>) -> Fault {
        let line = line.map(|line| line + self.skipped);
        Fault { file: self.file.clone(), line, what: what.into(), cure: cure.into() }
    }
}

/// Which values to show a template with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sample {
    /// Every variable as its sample.
    Usual,
    /// Optional variables empty, customers by [`LONGEST_CUSTOMER`].
    Lean,
}

/// As long as a customer's name gets.
pub const LONGEST_CUSTOMER: &str = "上海宏远精密机械制造股份有限公司浦东分公司";

impl Template {
    /// Reads the template's own file; overrides are added by [`Self::override_body`].
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Fault> {
        let (head, skipped, source) = split(file, text)?;
        let head_source = head.to_owned();
        let head = front_matter(file, head)?;
        let body = Body { file: file.to_owned(), skipped, source: source.to_owned() };
        let key = file.strip_suffix(".md").unwrap_or(file).to_owned();
        Ok(Self { key, head, head_source, body, wecom: None, dingtalk: None })
    }

    /// Takes another body for one platform.
    pub(super) fn override_body(&mut self, platform: Platform, file: &str, text: &str) -> Result<(), Fault> {
        let body = Body { file: file.to_owned(), skipped: 0, source: text.to_owned() };
        if text.trim_start().starts_with("+++") {
            return Err(body.fault(
                Some(1),
                "分平台的文件只写正文，不写 +++ 段",
                format!("把 +++ 段移到 {}.md，这里从「# 标题」写起", self.key),
            ));
        }
        match platform {
            Platform::WeCom => self.wecom = Some(body),
            Platform::DingTalk => self.dingtalk = Some(body),
        }
        Ok(())
    }

    pub(super) fn body(&self, platform: Platform) -> &Body {
        let own = match platform {
            Platform::WeCom => &self.wecom,
            Platform::DingTalk => &self.dingtalk,
        };
        own.as_ref().unwrap_or(&self.body)
    }

    /// All bodies, the common one first.
    pub(super) fn bodies(&self) -> impl Iterator<Item = &Body> {
        std::iter::once(&self.body).chain(&self.wecom).chain(&self.dingtalk)
    }

    /// A fault of the front matter, at the first line that holds `mark`.
    pub(super) fn head_fault(&self, mark: &str, what: impl Into<String>, cure: impl Into<String>) -> Fault {
        // The first line of the file is the fence.
        let line = self.head_source.lines().position(|line| line.contains(mark)).map(|at| at + 2);
        Fault { file: self.body.file.clone(), line, what: what.into(), cure: cure.into() }
    }

    /// Values to show it with.
    pub fn sample(&self, sample: Sample) -> Value {
        let values = self.head.variables.iter().map(|(name, variable)| {
            let value = match sample {
                Sample::Usual => variable.sample.clone(),
                Sample::Lean if variable.optional => empty(variable),
                Sample::Lean => lengthen(name, &variable.sample),
            };
            (name.clone(), value)
        });
        Value::Object(values.collect())
    }
}

/// The sample with every customer called by the longest name.
fn lengthen(name: &str, sample: &Value) -> Value {
    match sample {
        Value::String(_) if name == "customer" => Value::from(LONGEST_CUSTOMER),
        Value::Array(items) => items.iter().map(|item| lengthen("", item)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), lengthen(key, value))).collect())
        }
        value => value.clone(),
    }
}

/// What stands for a variable that was not given: an empty list where it is one, else nothing.
pub(super) fn empty(variable: &Variable) -> Value {
    if variable.sample.is_array() { Value::Array(Vec::new()) } else { Value::Null }
}

/// The fields that items of a list variable have, by its sample.
pub(super) fn item_fields(sample: &Value) -> BTreeSet<&str> {
    let items = sample.as_array().into_iter().flatten();
    items.filter_map(Value::as_object).flat_map(|item| item.keys().map(String::as_str)).collect()
}

/// Front matter, how many lines precede the body, and the body.
fn split<'a>(file: &str, text: &'a str) -> Result<(&'a str, usize, &'a str), Fault> {
    let fault = |line, what: &str| Fault {
        file: file.to_owned(),
        line: Some(line),
        what: what.to_owned(),
        cure: "文件以一行 +++ 开头，写完设置再来一行 +++，后面是正文".to_owned(),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at = 0;
    let mut head_begins = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        match (head_begins, line.trim()) {
            (None, "+++") => head_begins = Some(end),
            (None, _) => return Err(fault(number + 1, "开头缺少 +++ 段")),
            (Some(begins), "+++") => return Ok((&text[begins..at], number + 1, &text[end..])),
            (Some(_), _) => {}
        }
        at = end;
    }
    Err(fault(1, "+++ 段没有结束"))
}

fn front_matter(file: &str, head: &str) -> Result<FrontMatter, Fault> {
    toml::from_str(head).map_err(|error| {
        // The first line of the file is the fence.
        let line = error.span().map(|span| head[..span.start.min(head.len())].matches('\n').count() + 2);
        let (what, cure) = in_chinese(error.message());
        Fault { file: file.to_owned(), line, what, cure }
    })
}

/// The TOML reader's message as an admin would say it.
fn in_chinese(message: &str) -> (String, String) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let lists = |words: &[&str]| words.join("、");
    if message.starts_with("unknown field") && !quoted.is_empty() {
        let known = &quoted[1..];
        let cure = match nearest(quoted[0], known.iter().copied()) {
            Some(meant) => format!("是不是想写 {meant}"),
            None => format!("可以写的有：{}", lists(known)),
        };
        return (format!("不认识的设置 {}", quoted[0]), cure);
    }
    if message.starts_with("unknown variant") && !quoted.is_empty() {
        return (format!("没有 {} 这种写法", quoted[0]), format!("可以写：{}", lists(&quoted[1..])));
    }
    if message.starts_with("missing field") && !quoted.is_empty() {
        return (format!("缺少 {}", quoted[0]), format!("加上一行 {} = …，可以照着原来的模板写", quoted[0]));
    }
    if message.starts_with("invalid type") {
        return (format!("值的类型不对（{message}）"), "文字加引号，数字和 true、false 不加".to_owned());
    }
    (format!("这里写法不对（{message}）"), "检查引号、等号和方括号是不是成对".to_owned())
}
