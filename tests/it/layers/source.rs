//! Reads a Rust source as far as the layers need it: which paths of this crate it names, on which line. Comments,
//! strings and `#[cfg(test)]` items are blanked first, so that what is only talked about or tested is not an import.

/// A source file of the crate, ready to be looked at.
pub struct Source {
    /// From `src/`, such as `bot/mod.rs`.
    pub file: String,
    code: String,
    lines: usize,
}

/// A path into this crate: `crate::state::{Row, kind}` is two of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    pub line: usize,
    /// Without `crate`: `["state", "Row"]`.
    pub path: Vec<String>,
}

impl Source {
    pub fn new(file: &str, text: &str) -> Self {
        let all = without_prose(text);
        let code = without_tests(&all);
        let is_test = |(was, is): &(&str, &str)| !was.trim().is_empty() && is.trim().is_empty();
        let tests = all.lines().zip(code.lines()).filter(is_test).count();
        Self { file: file.to_owned(), lines: text.lines().count() - tests, code }
    }

    /// The module at the crate's root that it belongs to: `bot` for `bot/mod.rs` and for `bot.rs`.
    pub fn layer(&self) -> &str {
        let end = self.file.find('/').unwrap_or(self.file.len());
        self.file[..end].trim_end_matches(".rs")
    }

    /// How many of its lines are not tests.
    pub fn production_lines(&self) -> usize {
        self.lines
    }

    /// The lines that name `word` in code.
    pub fn lines_with(&self, word: &str) -> Vec<usize> {
        self.code.match_indices(word).map(|(at, _)| self.line_of(at)).collect()
    }

    /// Every path that starts at the crate's root, however it gets there.
    pub fn imports(&self) -> Vec<Import> {
        let up = "super::".repeat(self.depth());
        let roots = ["crate::", "genjin::", &up];
        let starts = roots.iter().flat_map(|root| {
            self.code.match_indices(root).map(|(at, root)| (at, at + root.len())).collect::<Vec<_>>()
        });
        let mut imports = Vec::new();
        for (at, end) in starts.filter(|(at, _)| self.begins_a_path(*at)) {
            tree(&self.code[end..], &[], &mut |path| {
                imports.push(Import { line: self.line_of(at), path: path.to_vec() });
            });
        }
        imports.sort_by_key(|import| import.line);
        imports
    }

    /// How many `super::` lead from here to the crate's root.
    fn depth(&self) -> usize {
        self.file.trim_end_matches("/mod.rs").split('/').count()
    }

    fn begins_a_path(&self, at: usize) -> bool {
        !self.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
    }

    fn line_of(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// Walks a path or a group of paths from its start, and gives its end.
fn tree<'a>(text: &'a str, before: &[String], each: &mut dyn FnMut(&[String])) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if let Some(end) = rest.strip_prefix('}') {
                return end;
            }
            let next = tree(rest, before, each);
            if next.len() == rest.len() {
                return rest;
            }
            rest = skip_alias(next);
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let path = [before, &[name.to_owned()]].concat();
    match rest.strip_prefix("::") {
        Some(inner) if !inner.starts_with('<') => tree(inner, &path, each),
        _ => {
            each(&path);
            rest
        }
    }
}

fn skip_alias(text: &str) -> &str {
    let Some(alias) = text.trim_start().strip_prefix("as ") else { return text };
    alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == ' ')
}

/// Blanks comments, strings and character literals; lines stay where they are.
fn without_prose(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let prose = prose_at(rest, code.chars().next_back());
        let (piece, after) = rest.split_at(if prose == 0 { c.len_utf8() } else { prose });
        if prose == 0 {
            code.push(c);
        } else {
            blank(piece, &mut code);
        }
        rest = after;
    }
    code
}

/// How many bytes of comment or literal begin here; 0 if it is code.
fn prose_at(rest: &str, before: Option<char>) -> usize {
    let within_a_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment(rest)
    } else if let Some(text) = rest.strip_prefix('"') {
        1 + closing_quote(text, '"')
    } else if !within_a_name && (rest.starts_with("r\"") || rest.starts_with("r#")) {
        raw_string(rest)
    } else if rest.starts_with('\'') {
        character(rest)
    } else {
        0
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest[at..];
        let step = if here.starts_with("/*") {
            depth += 1;
            2
        } else if here.starts_with("*/") {
            depth -= 1;
            2
        } else {
            here.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn closing_quote(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A raw string, or 0 for a raw identifier.
fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
    if !rest[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = 2 + hashes;
    rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
}

/// A character literal, or 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest[1..].chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => 1 + closing_quote(&rest[1..], '\''),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// Blanks the item behind each `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let item = item_length(&rest[at..]);
        kept.push_str(&rest[..at]);
        blank(&rest[at..at + item], &mut kept);
        rest = &rest[at + item..];
    }
    kept.push_str(rest);
    kept
}

/// How far an item reaches: to its `;`, or to the brace that closes its first one.
fn item_length(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    item.len()
}

fn blank(piece: &str, into: &mut String) {
    into.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}
