//! The training text: files of lines under headings, each line a sentence or a grammar of several.
//!
//! `# price competitor` heads sentences of these categories, `# none` those that object to nothing; a last word
//! `content` or `empty` says whether they tell something. `[a|b]` stands for `a` or `b`.

use super::super::objections::Category;

/// A sentence to learn from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// The words.
    pub text: String,
    /// What they object to; nothing where empty.
    pub categories: Vec<Category>,
    /// Whether they tell something; unknown for those that put off.
    pub content: Option<bool>,
}

/// A line that is no training text: its number from 1, and what is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Faulty {
    /// The line.
    pub line: usize,
    /// Why.
    pub why: &'static str,
}

/// A line with many alternatives gives so many sentences, or as many as its longest choice.
const OF_A_LINE: usize = 12;

/// The sentences of a file.
pub fn sentences(file: &str) -> Result<Vec<Sentence>, Faulty> {
    let mut sentences = Vec::new();
    let mut heading = None;
    for (line, text) in (1..).zip(file.lines()) {
        let faulty = |why| Faulty { line, why };
        if let Some(words) = text.strip_prefix("# ") {
            heading = Some(read_heading(words).ok_or_else(|| faulty("no such category"))?);
        } else if !text.is_empty() {
            let (categories, content) =
                heading.clone().ok_or_else(|| faulty("a sentence before any heading"))?;
            let texts = expanded(text, line).ok_or_else(|| faulty("a bracket is not closed"))?;
            let sentence = |text| Sentence { text, categories: categories.clone(), content };
            sentences.extend(texts.into_iter().map(sentence));
        }
    }
    Ok(sentences)
}

fn read_heading(words: &str) -> Option<(Vec<Category>, Option<bool>)> {
    let mut categories = Vec::new();
    let mut told = None;
    for word in words.split(' ') {
        match word {
            "none" => {}
            "content" => told = Some(true),
            "empty" => told = Some(false),
            key => categories.push(Category::from_key(key)?),
        }
    }
    // Who objects tells something, but for those who put off.
    let known = categories.is_empty() || categories.contains(&Category::Stall);
    Some((categories, told.or((!known).then_some(true))))
}

/// The sentences that `line` stands for: each alternative occurs, in changing company.
fn expanded(line: &str, seed: usize) -> Option<Vec<String>> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, behind) = after.split_once(']')?;
        parts.push(vec![before]);
        parts.push(inside.split('|').collect());
        rest = behind;
    }
    parts.push(vec![rest]);
    let all: usize = parts.iter().map(Vec::len).product();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(1);
    let count = all.min(OF_A_LINE.max(longest));
    let mut texts: Vec<String> = Vec::with_capacity(count);
    for number in 0..all.max(count) * 2 {
        let mut turn = number + seed;
        let mut text = String::new();
        for part in &parts {
            text.push_str(part.get(turn % part.len()).copied().unwrap_or_default());
            // Parts of one length would keep step with each other.
            turn += number / part.len().max(2) + usize::from(part.len() > 1);
        }
        if !texts.contains(&text) {
            texts.push(text);
        }
        if texts.len() == count {
            break;
        }
    }
    Some(texts)
}
