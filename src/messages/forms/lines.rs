//! A message as lines, for every form that is words: one entry a line or paragraph, the body apart from the tail that
//! must stay whole when the body is shortened.

use super::super::message::{Audience, Block, Form, Message, Select, Tick};
use super::super::shorten::{Unit, shorten};
use super::super::text::Text;
use super::Fit;

/// In whose words lines are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pen {
    WeComText,
    WeComMarkdown,
    DingTalkText,
    DingTalkMarkdown,
}

impl Pen {
    pub fn say(self, text: &Text) -> String {
        match self {
            Self::WeComText => text.wecom_text(),
            Self::WeComMarkdown => text.wecom_markdown(),
            Self::DingTalkText => text.with_addresses(),
            Self::DingTalkMarkdown => text.dingtalk_markdown(),
        }
    }

    /// Words that came without markup.
    pub fn plain(self, words: &str) -> String {
        self.say(&Text::plain(words))
    }

    fn title(self, title: &Text) -> String {
        match self {
            Self::WeComText | Self::DingTalkText => self.say(title),
            Self::WeComMarkdown | Self::DingTalkMarkdown => format!("#### {}", self.say(title)),
        }
    }

    /// Grey where the platform documents a colour; a plain line elsewhere.
    fn grey(self, grey: &Text) -> String {
        match self {
            Self::WeComMarkdown => format!("<font color=\"comment\">{}</font>", self.say(grey)),
            Self::WeComText | Self::DingTalkText | Self::DingTalkMarkdown => self.say(grey),
        }
    }

    fn quote(self, title: Option<&str>, words: &Text) -> Vec<String> {
        let said = self.say(words);
        let quoted = |said: &str| said.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n");
        match self {
            Self::WeComText | Self::DingTalkText => {
                let said = if said.starts_with('「') { said } else { format!("「{said}」") };
                vec![title.map_or_else(String::new, |title| format!("{}：", self.plain(title))) + &said]
            }
            Self::WeComMarkdown => title
                .map(|title| format!("{}：", self.plain(title)))
                .into_iter()
                .chain([quoted(&said)])
                .collect(),
            // A line after a quote would be taken into it without an empty one between.
            Self::DingTalkMarkdown => title
                .map(|title| format!("{}：", self.plain(title)))
                .into_iter()
                .chain([format!("\n{}\n", quoted(&said))])
                .collect(),
        }
    }

    /// What divides two lines. DingTalk wants two blanks on both sides of a break (reference/dingtalk.md 5.3).
    fn between(self) -> &'static str {
        match self {
            Self::WeComText | Self::WeComMarkdown | Self::DingTalkText => "\n",
            Self::DingTalkMarkdown => "  \n  ",
        }
    }
}

/// What else stands beside the body.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Whether the title is the first line, or drawn elsewhere.
    pub title: bool,
    /// Whether choices are offered by number, since no buttons are drawn.
    pub numbers: bool,
    /// Whether the grey line ends it, or is drawn elsewhere.
    pub grey: bool,
}

impl Frame {
    /// Everything in one text.
    pub fn text(message: &Message) -> Self {
        Self { title: true, numbers: message.audience != Audience::Group, grey: true }
    }
}

/// The whole message in lines, at most `max` bytes where it is to fit.
pub(super) fn written(message: &Message, pen: Pen, frame: Frame, max: usize, fit: Fit) -> String {
    if message.form == Form::Bare {
        let words = message.body.iter().filter_map(|block| match block {
            Block::Quote { words, .. } => Some(pen.say(words)),
            Block::Line(_) | Block::Fact { .. } | Block::Checklist(_) => None,
        });
        let words = words.collect::<Vec<_>>().join("\n");
        return if fit == Fit::Cut { shorten(&words, max, Unit::Bytes) } else { words };
    }
    let mut body = Vec::new();
    if frame.title {
        body.push(pen.title(&message.title));
    }
    for block in &message.body {
        match block {
            Block::Line(line) => body.push(pen.say(line)),
            Block::Fact { key, value } => body.push(format!("{}：{}", pen.plain(key), pen.say(value))),
            Block::Quote { title, words } => body.extend(pen.quote(title.as_deref(), words)),
            Block::Checklist(heading) => {
                body.extend(checklist(&message.checklist, heading, pen, frame.numbers))
            }
        }
    }
    let select = |select: &Select| {
        let options: Vec<String> = select.options.iter().map(|(_, words)| pen.plain(words)).collect();
        format!("{}：{}", pen.plain(&select.title), options.join(" / "))
    };
    body.extend(message.selects.iter().map(select));
    let mut tail = Vec::new();
    if let Some(done) = message.done.as_ref().filter(|_| frame.numbers) {
        tail.push(pen.plain(done));
    } else if frame.numbers {
        tail.extend(numbers(message, pen));
    }
    if frame.grey {
        tail.extend(message.grey.as_ref().map(|grey| pen.grey(grey)));
    }
    match fit {
        Fit::Whole => [body, tail].concat().join(pen.between()),
        Fit::Cut => fitted(&body, &tail, pen.between(), max, Unit::Bytes),
    }
}

fn checklist(ticks: &[Tick], heading: &str, pen: Pen, numbered: bool) -> Vec<String> {
    if ticks.is_empty() {
        return Vec::new();
    }
    let tick = |(at, tick): (usize, &Tick)| {
        let name = match &tick.link {
            Some(url) => pen.say(&Text::linked(&tick.text, url)),
            None => pen.plain(&tick.text),
        };
        let number = if numbered { format!("{} ", at + 1) } else { String::new() };
        format!("{number}{} {name}", if tick.done { "✅" } else { "☐" })
    };
    let heading = format!("{}：", pen.plain(heading));
    std::iter::once(heading).chain(ticks.iter().enumerate().map(tick)).collect()
}

/// The choices by number, and pages to open. Ticks have their numbers in the checklist.
fn numbers(message: &Message, pen: Pen) -> Vec<String> {
    let ticks = message.checklist.len();
    let calling = message.buttons.iter().filter(|button| button.url.is_none());
    let named: Vec<String> = calling
        .enumerate()
        .map(|(at, button)| format!("{} {}", ticks + at + 1, pen.plain(&button.text)))
        .collect();
    let mut lines = Vec::new();
    if ticks > 0 {
        lines.push("带上了就回数字打勾".to_owned());
    }
    if !named.is_empty() && !message.listed {
        lines.push(format!("回 {}", named.join(" · ")));
    }
    for button in &message.buttons {
        if let Some(url) = &button.url {
            lines.push(pen.say(&Text::linked(&button.text, url)));
        }
    }
    lines
}

/// Body and tail, the body cut after a line or a sentence so that all is at most `max` long, with the way to the
/// whole. The tail stays as it is.
pub(super) fn fitted(body: &[String], tail: &[String], between: &str, max: usize, unit: Unit) -> String {
    let whole = [body, tail].concat().join(between);
    if unit.of(&whole) <= max {
        return whole;
    }
    let tail = [&["回 全部 看完整".to_owned()], tail].concat().join(between);
    let room = max.saturating_sub(unit.of(&tail) + unit.of(between));
    let mut kept = String::new();
    for line in body {
        let gap = if kept.is_empty() { "" } else { between };
        let used = unit.of(&kept) + unit.of(gap);
        if used + unit.of(line) <= room {
            kept.push_str(gap);
            kept.push_str(line);
            continue;
        }
        // A line with markup is left out whole: a cut could fall within it.
        let left = room.saturating_sub(used);
        if left > LEAST && !line.contains("](") && !line.contains("**") && !line.contains("<a ") {
            kept.push_str(gap);
            kept.push_str(&shorten(line, left, unit));
        }
        break;
    }
    shorten(&[kept, tail].join(between), max, unit)
}

/// Less room than this is not worth the beginning of a line.
const LEAST: usize = 16;

#[cfg(test)]
mod tests {
    use super::super::super::shorten::Unit;
    use super::fitted;

    #[test]
    fn body_gives_way_and_the_tail_stays() {
        let body = ["标题".to_owned(), "一句话说完。".repeat(8)];
        let tail = ["回 1 记一笔".to_owned()];
        let whole = format!("{}\n{}\n{}", body[0], body[1], tail[0]);
        assert_eq!(fitted(&body, &tail, "\n", 100, Unit::Chars), whole);
        assert_eq!(
            fitted(&body, &tail, "\n", 42, Unit::Chars),
            "标题\n一句话说完。一句话说完。一句话说完。…\n回 全部 看完整\n回 1 记一笔"
        );
    }
}
