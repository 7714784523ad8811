//! One line of a message, or the words of a quote, and how each target writes it.
//!
//! The inline markup of templates is `**bold**` and `[words](https://…)`; everything else, and everything that came
//! from a value, is plain. Each target's writer escapes the plain parts: the markdowns of both platforms know no
//! backslash, so signs that would mean something become their full-width twins there.

use super::guard::unguard;

/// Words with their emphasis and links.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text(Vec<Span>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Span {
    Plain(String),
    Bold(String),
    Link { words: String, url: String },
}

impl Text {
    /// Words without markup.
    pub fn plain(words: impl Into<String>) -> Self {
        Self(vec![Span::Plain(words.into())])
    }

    /// Words that open a page.
    pub fn linked(words: impl Into<String>, url: impl Into<String>) -> Self {
        Self(vec![Span::Link { words: words.into(), url: url.into() }])
    }

    /// One rendered line, its values still guarded; their line breaks become spaces.
    pub(super) fn line(rendered: &str) -> Self {
        let mut text = Self::words_of(rendered);
        for span in &mut text.0 {
            let (Span::Plain(words) | Span::Bold(words) | Span::Link { words, .. }) = span;
            if words.contains('\n') {
                *words = words.replace('\n', " ");
            }
        }
        text
    }

    /// Rendered words, their values still guarded; line breaks stay.
    pub(super) fn words_of(rendered: &str) -> Self {
        let mut spans = Vec::new();
        let mut rest = rendered;
        while let Some(at) = rest.find(['*', '[']) {
            let Some((span, after)) = markup(&rest[at..]) else {
                let next = at + 1;
                push_plain(&mut spans, &rest[..next]);
                rest = &rest[next..];
                continue;
            };
            push_plain(&mut spans, &rest[..at]);
            spans.push(span);
            rest = after;
        }
        push_plain(&mut spans, rest);
        Self(spans)
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|span| {
            let (Span::Plain(words) | Span::Bold(words) | Span::Link { words, .. }) = span;
            words.trim().is_empty()
        })
    }

    /// The first link: its words and address.
    pub fn link(&self) -> Option<(&str, &str)> {
        self.0.iter().find_map(|span| match span {
            Span::Link { words, url } => Some((words.as_str(), url.as_str())),
            Span::Plain(_) | Span::Bold(_) => None,
        })
    }

    /// Words alone, for fields that draw what they are given: card titles, conversation lists, DingTalk's card title.
    pub fn to_plain(&self) -> String {
        self.write(str::to_owned, str::to_owned, |words, _| words.to_owned())
    }

    /// Plain text whose links show their address, which the client makes tappable (DingTalk text).
    pub fn with_addresses(&self) -> String {
        self.write(str::to_owned, str::to_owned, |words, url| format!("{words}：{url}"))
    }

    /// WeCom text: only `<a href>` means something there (reference/wecom.md 4.1).
    pub fn wecom_text(&self) -> String {
        self.write(without_tags, without_tags, |words, url| {
            format!("<a href=\"{url}\">{}</a>", without_tags(words))
        })
    }

    /// WeCom's app and webhook markdown (reference/wecom.md 4.1).
    pub fn wecom_markdown(&self) -> String {
        self.write(widen, bold, |words, url| format!("[{}]({url})", widen(words)))
    }

    /// DingTalk's markdown, in messages and cards (reference/dingtalk.md 5.3).
    pub fn dingtalk_markdown(&self) -> String {
        self.write(widen, bold, |words, url| format!("[{}]({url})", widen(words)))
    }

    /// HTML.
    pub fn html(&self) -> String {
        self.write(
            escape_html,
            |words| format!("<b>{}</b>", escape_html(words)),
            |words, url| format!("<a href=\"{}\">{}</a>", escape_html(url), escape_html(words)),
        )
    }

    fn write(
        &self,
        plain: impl Fn(&str) -> String,
        bold: impl Fn(&str) -> String,
        link: impl Fn(&str, &str) -> String,
    ) -> String {
        let parts = self.0.iter().map(|span| match span {
            Span::Plain(words) => plain(words),
            Span::Bold(words) => bold(words),
            Span::Link { words, url } => link(words, url),
        });
        parts.collect()
    }
}

fn push_plain(spans: &mut Vec<Span>, words: &str) {
    if words.is_empty() {
        return;
    }
    let words = unguard(words);
    match spans.last_mut() {
        Some(Span::Plain(before)) => before.push_str(&words),
        _ => spans.push(Span::Plain(words)),
    }
}

/// The markup that `rest` begins with, and what follows it.
fn markup(rest: &str) -> Option<(Span, &str)> {
    if let Some(inner) = rest.strip_prefix("**") {
        let (words, after) = inner.split_once("**")?;
        return (!words.is_empty()).then(|| (Span::Bold(unguard(words)), after));
    }
    let (words, after) = rest.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    match web_address(&unguard(address)) {
        Some(url) => Some((Span::Link { words: unguard(words), url }, after)),
        // No address to open: the words are all there is.
        None => Some((Span::Plain(unguard(words)), after)),
    }
}

/// The address when it is one of the web, with the characters encoded that would end it early in any target.
pub(super) fn web_address(address: &str) -> Option<String> {
    let address = address.trim();
    if !address.starts_with("https://") && !address.starts_with("http://") {
        return None;
    }
    let mut url = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '(' | ')' | '<' | '>' | '"' | '\'' | '[' | ']' | '`' | '\\' => {
                url.push_str(&format!("%{:02X}", u32::from(c)))
            }
            c if c.is_whitespace() || c.is_control() => return None,
            c => url.push(c),
        }
    }
    Some(url)
}

/// `<` becomes its full-width twin where a tag could begin; 「<5 天」 stays.
fn without_tags(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut chars = words.chars().peekable();
    while let Some(c) = chars.next() {
        let tag = c == '<' && chars.peek().is_some_and(|next| next.is_ascii_alphabetic() || *next == '/');
        text.push(if tag { '＜' } else { c });
    }
    text
}

fn bold(words: &str) -> String {
    format!("**{}**", widen(words))
}

/// Full-width twins for what the platforms' markdowns would take as markup.
fn widen(words: &str) -> String {
    let mut line_begins = true;
    let widened = words.chars().map(|c| {
        let begins = line_begins;
        line_begins = c == '\n' || (begins && c == ' ');
        match c {
            '*' => '＊',
            '_' => '＿',
            '[' => '［',
            ']' => '］',
            '`' => '｀',
            '<' => '＜',
            '>' => '＞',
            '~' => '～',
            '|' => '｜',
            '&' => '＆',
            '\\' => '＼',
            '#' if begins => '＃',
            '-' if begins => '－',
            '+' if begins => '＋',
            '=' if begins => '＝',
            c => c,
        }
    });
    widened.collect()
}

fn escape_html(words: &str) -> String {
    let mut html = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::super::guard::guard;
    use super::Text;

    #[test]
    fn markup_of_the_template_is_kept_and_that_of_a_value_is_text() {
        let value = guard("**甲** [点我](http://evil) <a href=\"x\"> `c`");
        let text = Text::line(&format!("**重点**：{value} [打开](https://genjin.example/a)"));
        assert_eq!(text.to_plain(), "重点：**甲** [点我](http://evil) <a href=\"x\"> `c` 打开");
        assert_eq!(
            text.wecom_markdown(),
            "**重点**：＊＊甲＊＊ ［点我］(http://evil) ＜a href=\"x\"＞ ｀c｀ [打开](https://genjin.example/a)"
        );
        assert_eq!(
            text.wecom_text(),
            "重点：**甲** [点我](http://evil) ＜a href=\"x\"> `c` <a href=\"https://genjin.example/a\">打开</a>"
        );
        assert!(
            text.html()
                .ends_with("&lt;a href=&quot;x&quot;&gt; `c` <a href=\"https://genjin.example/a\">打开</a>")
        );
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        for address in ["javascript:alert(1)", "dtmd://x", "", "https://a b"] {
            let text = Text::line(&format!("[打开]({})", guard(address)));
            assert_eq!(text.link(), None, "{address}");
            assert_eq!(text.to_plain(), "打开");
        }
        let text = Text::line(&format!("[打开]({})", guard("https://a/)[x](https://evil\"")));
        assert_eq!(text.link(), Some(("打开", "https://a/%29%5Bx%5D%28https://evil%22")));
    }

    #[test]
    fn line_breaks_of_a_value_end_no_line() {
        let value = guard("好\n# 大\n- 小");
        assert_eq!(Text::line(&value).to_plain(), "好 # 大 - 小");
        assert_eq!(Text::words_of(&value).to_plain(), "好\n# 大\n- 小");
    }
}
