//! The little markup that both apps draw, as HTML: what our own forms write, and nothing else. Whatever is not known
//! stays visible as the signs it is made of. It draws as the simulator's `markdown.js` does.

/// Text for HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A text message: its lines, WeCom's `<a href>`, and addresses.
pub(super) fn plain(text: &str) -> String {
    broken(text.lines(), false)
}

/// A Markdown body: headings, quotes, lists, paragraphs; bold, links and grey within them.
pub(super) fn markdown(source: &str) -> String {
    let mut out = String::new();
    let mut open: Option<(Block, Vec<&str>)> = None;
    for line in source.lines().map(str::trim) {
        let (block, words) = block_of(line);
        let goes_on =
            matches!((&open, block), (Some((last, _)), block) if *last == block && block != Block::Heading);
        if !goes_on {
            close(&mut out, open.take());
        }
        if block != Block::Gap {
            open.get_or_insert((block, Vec::new())).1.push(words);
        }
    }
    close(&mut out, open);
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Gap,
    Heading,
    Quote,
    Bullets,
    Paragraph,
}

fn block_of(line: &str) -> (Block, &str) {
    let after_marks = line.trim_start_matches('#');
    if line.is_empty() {
        (Block::Gap, line)
    } else if after_marks.len() < line.len() && after_marks.starts_with(' ') {
        (Block::Heading, after_marks.trim_start())
    } else if let Some(quoted) = line.strip_prefix('>') {
        (Block::Quote, quoted.trim_start())
    } else if let Some(item) = line.strip_prefix("- ").or(line.strip_prefix("* ")) {
        (Block::Bullets, item)
    } else {
        (Block::Paragraph, line)
    }
}

fn close(out: &mut String, open: Option<(Block, Vec<&str>)>) {
    let Some((block, lines)) = open else { return };
    match block {
        Block::Gap => {}
        Block::Heading => out.push_str(&format!("<p class=\"heading\">{}</p>", broken(lines, true))),
        Block::Quote => out.push_str(&format!("<blockquote><p>{}</p></blockquote>", broken(lines, true))),
        Block::Bullets => {
            let items: String = lines.iter().map(|item| format!("<li>{}</li>", inline(item, true))).collect();
            out.push_str(&format!("<ul>{items}</ul>"));
        }
        Block::Paragraph => out.push_str(&format!("<p>{}</p>", broken(lines, true))),
    }
}

fn broken<'a>(lines: impl IntoIterator<Item = &'a str>, has_marks: bool) -> String {
    lines.into_iter().map(|line| inline(line, has_marks)).collect::<Vec<_>>().join("<br>")
}

/// One run of text; `has_marks` where bold, links in brackets and colours mean something.
fn inline(text: &str, has_marks: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = match c {
            '<' => anchor(rest).or_else(|| grey(rest, has_marks)),
            '[' if has_marks => bracketed(rest),
            '*' if has_marks => bold(rest, has_marks),
            'h' => address(rest),
            _ => None,
        };
        let length = match found {
            Some((html, length)) => {
                out.push_str(&html);
                length
            }
            None => {
                out.push_str(&escaped(&rest[..c.len_utf8()]));
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// A link is drawn, and leads nowhere: the addresses of a sample are nobody's.
fn linked(words: &str) -> String {
    format!("<span class=\"link\">{}</span>", escaped(words))
}

fn anchor(rest: &str) -> Option<(String, usize)> {
    let (_, after) = rest.strip_prefix("<a href=\"")?.split_once("\">")?;
    let (words, _) = after.split_once("</a>")?;
    let length = rest.len() - after.len() + words.len() + "</a>".len();
    Some((linked(words), length))
}

fn grey(rest: &str, has_marks: bool) -> Option<(String, usize)> {
    let after = rest.strip_prefix("<font color=\"comment\">").filter(|_| has_marks)?;
    let (words, _) = after.split_once("</font>")?;
    let length = rest.len() - after.len() + words.len() + "</font>".len();
    Some((format!("<span class=\"ink-grey\">{}</span>", inline(words, has_marks)), length))
}

fn bracketed(rest: &str) -> Option<(String, usize)> {
    let (words, after) = rest[1..].split_once("](")?;
    let (url, _) = after.split_once(')')?;
    let is_link = !words.contains([']', '\n']) && !url.contains(char::is_whitespace);
    is_link.then(|| (linked(words), words.len() + url.len() + "[]()".len()))
}

fn bold(rest: &str, has_marks: bool) -> Option<(String, usize)> {
    let (words, _) = rest.strip_prefix("**")?.split_once("**")?;
    (!words.is_empty()).then(|| (format!("<strong>{}</strong>", inline(words, has_marks)), words.len() + 4))
}

fn address(rest: &str) -> Option<(String, usize)> {
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || "<>\"'）」，。；！？、".contains(c);
    let length = rest.find(ends).unwrap_or(rest.len());
    Some((linked(&rest[..length]), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_forms_write_is_drawn_and_all_else_stays_as_its_signs() {
        assert_eq!(plain("a < b\n<script>"), "a &lt; b<br>&lt;script&gt;");
        assert_eq!(
            plain("见 <a href=\"https://x.example/1\">报价</a>。**不粗**"),
            "见 <span class=\"link\">报价</span>。**不粗**"
        );
        assert_eq!(
            plain("报价：https://x.example/1，看完回我"),
            "报价：<span class=\"link\">https://x.example/1</span>，看完回我"
        );
        assert_eq!(
            markdown("#### 标题  \n  第一行  \n  **粗** [打开](https://x.example/)\n\n> 引用\n\n- 一\n- 二"),
            "<p class=\"heading\">标题</p><p>第一行<br><strong>粗</strong> <span class=\"link\">打开</span></p>\
             <blockquote><p>引用</p></blockquote><ul><li>一</li><li>二</li></ul>"
        );
        assert_eq!(
            markdown("<font color=\"comment\">回 <b></font>"),
            "<p><span class=\"ink-grey\">回 &lt;b&gt;</span></p>"
        );
        assert_eq!(markdown("**没完 [也没完](x"), "<p>**没完 [也没完](x</p>");
    }
}
