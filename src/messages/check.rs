//! What is held against a template before it may go live: the shipped template of the same name, the template
//! language, the house rules and the platforms' limits, the latter two by rendering its samples in every form.

use minijinja::{Environment, Error, ErrorKind};

use super::forms::{self, Fit, FormKind};
use super::limits;
use super::message::{Form, Message};
use super::nearest::nearest;
use super::render::{self, RenderError};
use super::template::{Body, Sample, Template};
use super::values::FILTERS;
use crate::event::Fault;
use crate::sales::Platform;

/// Most buttons, unless the shipped message has more (the five reasons of a loss).
const BUTTONS_MAX: usize = 4;

/// Most lines of a message: eight for what is read before a meeting or a day, none for a whole list.
fn lines_max(key: &str) -> usize {
    match key {
        "pack" | "today" => 8,
        "all" => usize::MAX,
        _ => 6,
    }
}

/// Takes from the shipped template what the folder's left out, and notes where they cannot go together.
pub(super) fn adopt(mut template: Template, shipped: &Template, faults: &mut Vec<Fault>) -> Template {
    for name in template.head.variables.keys() {
        if !shipped.head.variables.contains_key(name) {
            let known = shipped.head.variables.keys().map(String::as_str);
            faults.push(template.head_fault(
                &format!("variables.{name}"),
                format!("机器人不会给出变量 {name}"),
                cure_for(name, known, "变量"),
            ));
        }
    }
    for (name, variable) in &shipped.head.variables {
        let taken = template.head.variables.entry(name.clone()).or_insert_with(|| variable.clone());
        // Whether it comes, and as what, is the bot's to say.
        taken.optional = variable.optional;
        if std::mem::discriminant(&taken.sample) != std::mem::discriminant(&variable.sample) {
            taken.sample = variable.sample.clone();
        }
    }
    let same_kind = template.head.form == shipped.head.form
        && template.head.audience == shipped.head.audience
        && template.head.choices == shipped.head.choices
        && template.head.selects == shipped.head.selects
        && template.head.checklist == shipped.head.checklist;
    if !same_kind {
        faults.push(template.head_fault(
            "form",
            "form、audience、choices、selects、checklist 是这条消息的用法，不能改",
            "照原来的模板写回去",
        ));
    }
    // When a button is there is the bot's to say: its digit means the same in every folder.
    for button in &mut template.head.buttons {
        let known = shipped.head.buttons.iter().find(|known| known.key == button.key);
        button.when = known.and_then(|known| known.when.clone());
    }
    check_buttons(&template, shipped, faults);
    template
}

fn check_buttons(template: &Template, shipped: &Template, faults: &mut Vec<Fault>) {
    let buttons = &template.head.buttons;
    for button in &shipped.head.buttons {
        if !buttons.iter().any(|own| own.key == button.key) {
            faults.push(template.head_fault(
                "form",
                format!("少了按钮 {}（{}）", button.key, button.text),
                format!("加上 [[buttons]]，写 key = \"{}\"；名字和先后可以改", button.key),
            ));
        }
    }
    for (at, button) in buttons.iter().enumerate() {
        let mark = format!("\"{}\"", button.key);
        if !shipped.head.buttons.iter().any(|known| known.key == button.key) {
            faults.push(template.head_fault(
                &mark,
                format!("机器人不认识按钮 {}", button.key),
                "删掉这个按钮",
            ));
        } else if buttons[..at].iter().any(|before| before.key == button.key) {
            faults.push(template.head_fault(&mark, format!("按钮 {} 写了两次", button.key), "留一个"));
        }
        if button.text.trim().is_empty() {
            faults.push(template.head_fault(&mark, "按钮上没有字", "写两到四个字的动词"));
        }
    }
    let max = BUTTONS_MAX.max(shipped.head.buttons.len());
    if buttons.len() > max {
        faults.push(template.head_fault(
            "[[buttons]]",
            format!("有 {} 个按钮，最多 {max} 个", buttons.len()),
            "留下最常点的几个",
        ));
    }
}

/// Everything about the bodies.
pub(super) fn bodies(environment: &Environment<'static>, template: &Template) -> Vec<Fault> {
    let mut faults = Vec::new();
    for body in template.bodies() {
        faults.extend(names(environment, template, body));
    }
    if !faults.is_empty() {
        return faults;
    }
    for platform in [Platform::WeCom, Platform::DingTalk] {
        for sample in [Sample::Usual, Sample::Lean] {
            for fault in shown(environment, template, platform, sample) {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
    }
    faults
}

/// Syntax, variables and filters, also in branches that no sample takes.
fn names(environment: &Environment<'static>, template: &Template, body: &Body) -> Vec<Fault> {
    let compiled = match environment.template_from_named_str(&body.file, &body.source) {
        Ok(compiled) => compiled,
        Err(error) => return vec![in_chinese(body, &error)],
    };
    let mut used: Vec<String> = compiled.undeclared_variables(false).into_iter().collect();
    used.sort();
    let declared = || template.head.variables.keys().map(String::as_str);
    let unknown = used.iter().filter(|name| !template.head.variables.contains_key(*name));
    let mut faults: Vec<Fault> = unknown
        .map(|name| {
            let what = format!("没有变量 {name}");
            body.fault(line_of(&body.source, name), what, cure_for(name, declared(), "变量"))
        })
        .collect();
    for (line, filter) in filters(&body.source) {
        if !FILTERS.contains(&filter) {
            let what = format!("没有过滤器 {filter}");
            faults.push(body.fault(Some(line), what, cure_for(filter, FILTERS.into_iter(), "过滤器")));
        }
    }
    faults
}

/// What shows only when a sample is drawn.
fn shown(
    environment: &Environment<'static>,
    template: &Template,
    platform: Platform,
    sample: Sample,
) -> Vec<Fault> {
    let body = template.body(platform);
    let message = match render::message(environment, template, &template.sample(sample), platform) {
        Ok(message) => message,
        Err(RenderError::Body { source, .. }) => return vec![in_chinese(body, &source)],
        Err(RenderError::Untitled { .. }) => {
            return vec![body.fault(
                Some(1),
                "第一行不是标题",
                "第一行写「# 」加标题：客户、什么事、什么时候",
            )];
        }
        Err(RenderError::Missing { variable, .. }) => {
            return vec![template.head_fault(
                &variable,
                format!("变量 {variable} 没有样例"),
                "加一个 sample",
            )];
        }
        Err(RenderError::Unknown { .. }) => return Vec::new(),
    };
    let mut faults = Vec::new();
    let max = lines_max(&template.key);
    if template.head.form != Form::Bare && message.lines() > max {
        let what = format!("正文有 {} 行，最多 {max} 行", message.lines());
        faults.push(body.fault(None, what, "并成一行，或者去掉次要的"));
    }
    // With the longest name every form shortens by itself; an admin can help it only with the usual one.
    if sample == Sample::Usual {
        faults.extend(over_length(&message, platform, body));
    }
    faults
}

fn over_length(message: &Message, platform: Platform, body: &Body) -> Vec<Fault> {
    let mut faults = Vec::new();
    // What an answered card says, the open one said before.
    let open = |form: &FormKind| !matches!(form, FormKind::WeComCardDone | FormKind::DingTalkCardDone);
    for form in forms::of(message).into_iter().filter(|form| form.platform() == platform).filter(open) {
        for broken in limits::check(&forms::fill(message, form, Fit::Whole)) {
            let what = format!("{}里{broken}", form.name());
            faults.push(body.fault(None, what, "写短一些，或者把样例换成常见的长度"));
        }
    }
    faults
}

/// The template language's error as an admin would say it.
fn in_chinese(body: &Body, error: &Error) -> Fault {
    let detail = error.detail().map(|detail| format!("（{detail}）")).unwrap_or_default();
    let (what, cure) = match error.kind() {
        ErrorKind::SyntaxError => {
            ("模板写法不对", "检查 {{ }} 和 {% %} 是不是成对，if 和 for 有没有 endif、endfor")
        }
        ErrorKind::UndefinedError => ("用到了没有的内容", "列表里每一项有哪些字段，看 [variables] 里的样例"),
        ErrorKind::UnknownFilter => ("没有这个过滤器", "能用的有 count、first、join、length、short"),
        ErrorKind::UnknownTest => ("没有这个判断", "能用的只有 defined；空值直接写 {% if 变量 %}"),
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => ("不能调用函数", "只用变量和过滤器"),
        _ => ("这里算不出来", "对照 [variables] 里的样例，看类型对不对"),
    };
    body.fault(error.line(), format!("{what}{detail}"), cure)
}

fn cure_for<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, word: &str) -> String {
    match nearest(name, known.clone()) {
        Some(meant) => format!("是不是想写 {meant}"),
        None => format!("能用的{word}：{}", known.collect::<Vec<_>>().join("、")),
    }
}

/// The first line where `name` stands in a tag as a whole word.
fn line_of(source: &str, name: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let holds = |line: &str| {
        line.match_indices(name).any(|(at, _)| {
            !line[..at].ends_with(|c| is_word(c) || c == '.') && !line[at + name.len()..].starts_with(is_word)
        })
    };
    source.lines().position(|line| line.contains('{') && holds(line)).map(|at| at + 1)
}

/// Every `| name` within the tags of one line, with its line.
fn filters(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, line) in source.lines().enumerate() {
        for opened in line.split("{{").flat_map(|part| part.split("{%")).skip(1) {
            let tag = opened.split(['}', '%']).next().unwrap_or_default();
            for after in tag.split('|').skip(1) {
                let name = after.trim_start();
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                found.push((at + 1, &name[..end]));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{filters, line_of};

    #[test]
    fn filters_are_found_in_tags_alone() {
        let source = "a | b\n{{ said|short(24) }} | c {% if more | count %}";
        assert_eq!(filters(source), [(2, "short"), (2, "count")]);
    }

    #[test]
    fn variable_is_found_as_a_whole_word() {
        let source = "# name\n{{ item.name }} {{ names }}\n{% if name %}";
        assert_eq!(line_of(source, "name"), Some(3));
    }
}
