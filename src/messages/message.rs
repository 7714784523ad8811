//! The neutral message: what is said, before any platform's form. [`super::Templates`] makes it, [`super::forms`]
//! fill it into what a platform can carry.

use serde::{Deserialize, Serialize};

use super::guard;
use super::text::Text;

/// What is said, in the order in which it is read.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// The template's key.
    pub key: String,
    /// How it likes to be drawn.
    pub form: Form,
    /// Who reads it.
    pub audience: Audience,
    /// The first line; empty only when [`Form::Bare`].
    pub title: Text,
    /// What follows, in order.
    pub body: Vec<Block>,
    /// Materials to tick.
    pub checklist: Vec<Tick>,
    /// Drop-downs that are sent in together.
    pub selects: Vec<Select>,
    /// Buttons, the likeliest first.
    pub buttons: Vec<Button>,
    /// Whether the body itself lists the buttons by number.
    pub listed: bool,
    /// Why it came and how to stop it.
    pub grey: Option<Text>,
    /// What stands in place of the buttons once it was answered.
    pub done: Option<String>,
}

/// How a message likes to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// With buttons that call back.
    Card,
    /// Words.
    Text,
    /// Words for the customer and nothing else.
    Bare,
    /// Formatted words, for groups.
    Markdown,
}

/// Who reads a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// One rep.
    Rep,
    /// One manager.
    Manager,
    /// The admins.
    Admin,
    /// Everyone in a group: no actions.
    Group,
    /// Someone who is not a member.
    Stranger,
}

/// A piece of the body.
#[derive(Clone, PartialEq, Debug)]
pub enum Block {
    /// A line.
    Line(Text),
    /// 「键：值」
    Fact {
        /// The key.
        key: String,
        /// The value.
        value: Text,
    },
    /// Words meant for the customer, or somebody's own words.
    Quote {
        /// What they are.
        title: Option<String>,
        /// The words; may have several lines.
        words: Text,
    },
    /// Where the checklist stands, and its heading.
    Checklist(String),
}

/// A material to tick.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    /// Comes back with the tap.
    pub key: String,
    /// Its name.
    pub text: String,
    /// Whether it is ticked.
    pub done: bool,
    /// Where it lies.
    pub link: Option<String>,
}

/// A drop-down.
#[derive(Clone, PartialEq, Debug)]
pub struct Select {
    /// Comes back with what was chosen.
    pub key: String,
    /// What it asks.
    pub title: String,
    /// The options, as (key, words).
    pub options: Vec<(String, String)>,
}

/// A button.
#[derive(Clone, PartialEq, Debug)]
pub struct Button {
    /// Comes back with the tap.
    pub key: String,
    /// A verb of two to four characters, or a choice.
    pub text: String,
    /// The page it opens instead of calling back.
    pub url: Option<String>,
    /// How it looks.
    pub style: Style,
}

/// How a button looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// The one that is most likely wanted.
    Primary,
    /// Any other.
    #[default]
    Plain,
    /// One that ends something.
    Danger,
}

impl Message {
    /// The same message as it looks once it was answered: `done` takes the place of the buttons.
    pub fn with_done(mut self, done: impl Into<String>) -> Self {
        self.done = Some(guard::one_line(&done.into()));
        self
    }

    /// What can be tapped or answered by number, as (key, words) in the order of the numbers: ticks, then buttons
    /// that call back.
    pub fn choices(&self) -> Vec<(&str, &str)> {
        let ticks = self.checklist.iter().map(|tick| (tick.key.as_str(), tick.text.as_str()));
        let buttons = self.buttons.iter().filter(|button| button.url.is_none());
        ticks.chain(buttons.map(|button| (button.key.as_str(), button.text.as_str()))).collect()
    }

    /// How many lines a reader counts: title and body, a checklist or a quote as one; buttons and the grey line not.
    pub fn lines(&self) -> usize {
        let body = self.body.iter().filter(|block| match block {
            Block::Checklist(_) => !self.checklist.is_empty(),
            Block::Line(_) | Block::Fact { .. } | Block::Quote { .. } => true,
        });
        usize::from(!self.title.is_empty()) + body.count()
    }
}

/// The written parts of a message.
pub(super) struct Written {
    pub title: Text,
    pub body: Vec<Block>,
    pub grey: Option<Text>,
}

impl Written {
    /// The words alone, all of them.
    pub fn bare(rendered: &str) -> Self {
        let words = Text::words_of(rendered.trim());
        Self { title: Text::default(), body: vec![Block::Quote { title: None, words }], grey: None }
    }

    /// Reads a rendered body, its values still guarded. `None` without a title.
    ///
    /// Empty lines mean nothing, so a template may stand its `{% if %}` on lines of their own.
    pub fn read(rendered: &str) -> Option<Self> {
        let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
        let title = Text::line(lines.next()?.strip_prefix("# ")?.trim());
        if title.is_empty() {
            return None;
        }
        let mut body = Vec::new();
        let mut quoted: Vec<&str> = Vec::new();
        let mut below: Option<Vec<&str>> = None;
        for line in lines {
            if let Some(grey) = &mut below {
                grey.push(line);
                continue;
            }
            if let Some(words) = line.strip_prefix('>') {
                quoted.push(words.trim());
                continue;
            }
            body.extend(quote(std::mem::take(&mut quoted)));
            match line {
                "---" => below = Some(Vec::new()),
                line => body.push(block(line)),
            }
        }
        body.extend(quote(quoted));
        let grey = below.map(|lines| Text::line(&lines.join(" · "))).filter(|grey| !grey.is_empty());
        Some(Self { title, body, grey })
    }
}

fn block(line: &str) -> Block {
    if let Some(heading) = line.strip_prefix("- [ ]") {
        return Block::Checklist(guard::unguard(heading.trim()));
    }
    let fact = line.strip_prefix("- ").and_then(|fact| fact.split_once('：'));
    match fact {
        Some((key, value)) => Block::Fact {
            key: guard::unguard(key.trim()).replace('\n', " "),
            value: Text::line(value.trim()),
        },
        None => Block::Line(Text::line(line.strip_prefix("- ").unwrap_or(line))),
    }
}

/// A first line of the template's own that ends in 「：」 is the quote's title.
fn quote(lines: Vec<&str>) -> Option<Block> {
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let (title, words) = match lines.split_first()? {
        (first, rest) if first.ends_with('：') && !rest.is_empty() => {
            (Some(guard::unguard(first.trim_end_matches('：'))), rest.join("\n"))
        }
        _ => (None, lines.join("\n")),
    };
    Some(Block::Quote { title, words: Text::words_of(&words) })
}

#[cfg(test)]
mod tests {
    use super::super::guard::guard;
    use super::{Block, Written};

    #[test]
    fn body_is_read_line_by_line() {
        let written = Written::read(
            "\n# 宏远机械：看厂\n\n**要紧**\n- 上次：怕停产\n> 可以这样说：\n> 您好\n> 再见\n- [ ] 带上\n完\n---\n规则\n回 为什么\n",
        )
        .unwrap();
        assert_eq!(written.title.to_plain(), "宏远机械：看厂");
        assert_eq!(written.grey.unwrap().to_plain(), "规则 · 回 为什么");
        let [
            Block::Line(_),
            Block::Fact { key, value },
            Block::Quote { title, words },
            Block::Checklist(heading),
            Block::Line(_),
        ] = &written.body[..]
        else {
            panic!("{:?}", written.body);
        };
        assert_eq!((key.as_str(), value.to_plain().as_str()), ("上次", "怕停产"));
        assert_eq!((title.as_deref(), words.to_plain().as_str()), (Some("可以这样说"), "您好\n再见"));
        assert_eq!(heading, "带上");
    }

    #[test]
    fn value_makes_no_structure() {
        let value = guard("好\n---\n# 大\n- 甲：乙\n> 说");
        let written = Written::read(&format!("# {value}\n{value}\n- 键：{value}")).unwrap();
        assert_eq!(written.title.to_plain(), "好 --- # 大 - 甲：乙 > 说");
        assert_eq!(written.body.len(), 2);
        assert!(written.grey.is_none());
        let started = Written::read(&format!("# 名\n{}", guard("- 甲：乙"))).unwrap();
        assert!(matches!(&started.body[..], [Block::Line(line)] if line.to_plain() == "- 甲：乙"));
    }

    #[test]
    fn body_without_a_title_is_none() {
        assert!(Written::read("没有标题").is_none());
        assert!(Written::read("# \n有").is_none());
        assert!(Written::read(&guard("# 假的")).is_none());
    }
}
