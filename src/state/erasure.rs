//! Erasures: a live record each, so that one cut short goes on at the next start, and what of the history it touches.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Deed, Line, LineSubject};
use crate::event::Identity;
use crate::sales::ErasureSubject;

/// An erasure, under way or done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Erasure {
    /// Its name, the same wherever it is run again.
    pub id: Identity,
    /// Whose data.
    pub subject: ErasureSubject,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Who asked for it.
    pub by: Box<str>,
    /// What is to be swept from the history; gone once it is swept, for it holds the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The names of pictures and files that go with it, as `media/` has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Box<str>>,
    /// When the last file was written anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<DateTime<Utc>>,
}

/// Which lines of the history lose their words.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Scope {
    /// Names of the records it is about: `c-12`, `d-3`, `m-4`.
    pub records: Vec<Box<str>>,
    /// Whether every line about these goes, or only those that mention a name.
    pub whole: bool,
    /// Full names and numbers: a line that mentions one goes, whatever it is about.
    pub names: Vec<Box<str>>,
    /// Short names: too common to be looked for in the lines of others.
    pub short: Vec<Box<str>>,
}

impl Scope {
    /// Whether a line loses its words.
    pub fn touches(&self, line: &Line) -> bool {
        if line.what == Deed::Erased {
            return false;
        }
        let subject = match line.subject {
            LineSubject::Deal(id) => Some(id.to_string()),
            LineSubject::Customer(id) => Some(id.to_string()),
            LineSubject::Action(id) => Some(id.to_string()),
            LineSubject::Workspace => None,
        };
        let is_ours = |name: &str| self.records.iter().any(|record| **record == *name);
        let concerns = subject.as_deref().is_some_and(is_ours)
            || line.changes.iter().any(|change| is_ours(&change.record));
        let mentions = |words: &[Box<str>]| line_mentions(line, words);
        match (concerns, self.whole) {
            (true, true) => true,
            (true, false) => mentions(&self.names) || mentions(&self.short),
            // A draft is about the workspace until somebody says which deal it means.
            (false, true) if subject.is_none() => mentions(&self.names) || mentions(&self.short),
            (false, _) => mentions(&self.names),
        }
    }

    /// Whether a text mentions anybody of it by whatever name.
    pub fn is_in(&self, text: &str) -> bool {
        mentions(text, &self.names) || mentions(text, &self.short)
    }

    /// Whether any text of a value does.
    pub fn is_in_value(&self, value: &Value) -> bool {
        value_mentions(value, &self.names) || value_mentions(value, &self.short)
    }
}

fn line_mentions(line: &Line, words: &[Box<str>]) -> bool {
    line.text.as_deref().is_some_and(|text| mentions(text, words))
        || line
            .changes
            .iter()
            .any(|change| value_mentions(&change.before, words) || value_mentions(&change.after, words))
}

/// Whether a text has one of these words; a single character is none.
pub fn mentions(text: &str, words: &[Box<str>]) -> bool {
    words.iter().any(|word| word.chars().nth(1).is_some() && text.contains(&**word))
}

fn value_mentions(value: &Value, words: &[Box<str>]) -> bool {
    match value {
        Value::String(text) => mentions(text, words),
        Value::Array(values) => values.iter().any(|value| value_mentions(value, words)),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| mentions(name, words) || value_mentions(value, words))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
