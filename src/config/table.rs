//! A TOML table that knows its lines: every accessor either gives the value or records a fault at the line of the
//! entry and gives a placeholder. Each file's reader is a list of these accessors.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Faults, did_you_mean};
use super::names::Known;
use crate::sales::Quantity;

/// A text of the folder, or the TOML part of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// The file, relative to the folder.
    pub(super) file: &'a str,
    /// The whole file.
    whole: &'a str,
    /// Where the part begins.
    start: usize,
    faults: &'a Faults,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a str, whole: &'a str, faults: &'a Faults) -> Self {
        Self { file, whole, start: 0, faults }
    }

    /// The part of this source that begins `start` bytes into the file.
    pub(super) fn part(self, start: usize) -> Self {
        Self { start, ..self }
    }

    /// The line that the byte `at` of the part is on.
    pub(super) fn line_at(&self, at: usize) -> usize {
        let before = &self.whole.as_bytes()[..(self.start + at).min(self.whole.len())];
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    pub(super) fn fault(&self, line: usize, what: impl Into<String>, cure: impl Into<String>) {
        self.faults.add(self.file, Some(line), what, cure);
    }

    pub(super) fn fault_of_file(&self, what: impl Into<String>, cure: impl Into<String>) {
        self.faults.add(self.file, None, what, cure);
    }
}

/// A parsed TOML text.
#[derive(Debug)]
pub(super) struct Doc<'a> {
    pub(super) source: Source<'a>,
    root: DeTable<'a>,
    /// Whether it was read and its syntax is right; else nobody knows what it holds.
    pub(super) whole: bool,
}

impl<'a> Doc<'a> {
    /// Parses `text`, which is `source` or a part of it, and records each error of syntax.
    pub(super) fn parse(source: Source<'a>, text: &'a str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let line = source.line_at(error.span().map_or(0, |span| span.start));
            let (what, cure) = match error.message() {
                "duplicate key" => ("同一个键写了两次".into(), "留一个，删掉另一个"),
                english => (format!("这里的 TOML 写得不对（{english}）"), "看看引号、方括号和等号是不是成对"),
            };
            source.fault(line, what, cure);
        }
        Self { source, root: root.into_inner(), whole: errors.is_empty() }
    }

    /// A text that could not be read.
    pub(super) fn unread(source: Source<'a>) -> Self {
        Self { source, root: DeTable::new(), whole: false }
    }

    /// The whole text as one table; empty when its syntax is wrong.
    pub(super) fn table(&'a self) -> Table<'a> {
        Table { source: self.source, entries: self.whole.then_some(&self.root), line: self.source.line_at(0) }
    }

    /// Reads the whole text by its `Deserialize`, which knows what is allowed in it.
    pub(super) fn deserialize<T: DeserializeOwned + Default>(&'a self) -> T {
        if self.whole { deserialize(&self.source, self.root.clone(), 0) } else { T::default() }
    }
}

fn deserialize<T: DeserializeOwned + Default>(source: &Source<'_>, table: DeTable<'_>, at: usize) -> T {
    T::deserialize(toml::de::Deserializer::from(Spanned::new(at..at, table))).unwrap_or_else(|error| {
        let at = error.span().map_or(at, |span| span.start);
        let (what, cure) = in_chinese(error.message());
        source.fault(source.line_at(at), what, cure);
        T::default()
    })
}

/// What `serde` says, for an admin.
fn in_chinese(english: &str) -> (String, String) {
    let mut quoted = english.split('`').skip(1).step_by(2);
    if english.starts_with("unknown field") {
        let word = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        return unknown_key(word, &known);
    }
    if english.starts_with("missing field") {
        let key = quoted.next().unwrap_or_default();
        return (format!("少了 {key}"), format!("补上 {key} = …"));
    }
    (format!("这里的值不对（{english}）"), "照样例的写法改".into())
}

fn unknown_key(word: &str, known: &[&str]) -> (String, String) {
    let otherwise = format!("删掉它；这里可以写 {}", known.join("、"));
    (format!("不认识「{word}」"), did_you_mean(word, known.iter().copied(), otherwise))
}

/// One table of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    /// `None` in a text whose syntax is wrong: nothing is demanded of it.
    entries: Option<&'a DeTable<'a>>,
    /// Where it begins.
    pub(super) line: usize,
}

/// A text and the line it stands on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

impl<'a> Table<'a> {
    /// Records every key that is not in `known`.
    pub(super) fn only(&self, known: &[&str]) {
        for key in self.entries.into_iter().flat_map(|entries| entries.keys()) {
            if !known.contains(&key.get_ref().as_ref()) {
                let (what, cure) = unknown_key(key.get_ref(), known);
                self.source.fault(self.source.line_at(key.span().start), what, cure);
            }
        }
    }

    /// Whether the key is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The line of the key, or of the table where the key is not written.
    pub(super) fn line_of(&self, key: &str) -> usize {
        let entry = self.entries.and_then(|entries| entries.get_key_value(key));
        entry.map_or(self.line, |(key, _)| self.source.line_at(key.span().start))
    }

    /// Records a fault at the key.
    pub(super) fn fault(&self, key: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.source.fault(self.line_of(key), what, cure);
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.entries?.get(key)
    }

    fn wrong_type(&self, key: &str, at: usize, wanted: &str) {
        let what = format!("{key} 的值类型不对");
        self.source.fault(self.source.line_at(at), what, format!("写成{wanted}"));
    }

    /// Records that a list of tables is not written.
    pub(super) fn needs(&self, key: &str, kind: &str) {
        if self.entries.is_some() && !self.has(key) {
            self.source.fault_of_file(format!("一个{kind}也没有"), format!("至少写一段 [[{key}]]"));
        }
    }

    fn missing(&self, key: &str, example: &str) {
        if self.entries.is_some() {
            self.source.fault(self.line, format!("少了 {key}"), format!("补上 {key} = {example}"));
        }
    }

    /// A text, if it is written.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(key, value.span().start, "带引号的文字，比如 \"…\"");
        }
        text
    }

    /// A text that must be written and say something.
    pub(super) fn required(&self, key: &str) -> &'a str {
        match self.text(key) {
            Some(text) if text.trim().is_empty() => {
                self.fault(key, format!("{key} 是空的"), "填上内容");
                ""
            }
            Some(text) => text,
            None if self.has(key) => "",
            None => {
                self.missing(key, "\"…\"");
                ""
            }
        }
    }

    /// A whole number within `range`, if it is written.
    pub(super) fn number(&self, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let range = u64::from(*range.start())..=u64::from(*range.end());
        self.long_number(key, range).and_then(|number| number.try_into().ok())
    }

    /// The same of a platform's longer numbers.
    pub(super) fn long_number(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let wanted = || format!(" {} 到 {} 之间的整数，不带引号", range.start(), range.end());
        let number = value.get_ref().as_integer().map(|n| u64::from_str_radix(n.as_str(), n.radix()));
        match number {
            Some(Ok(number)) if range.contains(&number) => Some(number),
            Some(_) => {
                self.fault(key, format!("{key} 的数不对"), format!("写成{}", wanted()));
                None
            }
            None => {
                self.wrong_type(key, value.span().start, &wanted());
                None
            }
        }
    }

    /// A number that must be written, exact.
    pub(super) fn quantity(&self, key: &str) -> Quantity {
        let Some(value) = self.get(key) else {
            self.missing(key, "8000");
            return Quantity::default();
        };
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => Quantity::parse(number.as_str()),
            DeValue::Float(number) => Quantity::parse(number.as_str()),
            _ => None,
        };
        number.unwrap_or_else(|| {
            self.wrong_type(key, value.span().start, "一个数，不带引号和单位，比如 8000 或 0.5");
            Quantity::default()
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str, default: bool) -> bool {
        let Some(value) = self.get(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, value.span().start, " true 或 false，不带引号");
            default
        })
    }

    /// A day, if it is written.
    pub(super) fn day(&self, key: &str) -> Option<NaiveDate> {
        let Some(value) = self.get(key) else {
            self.missing(key, "2026-10-08");
            return None;
        };
        let date = value.get_ref().as_datetime().and_then(|at| at.date);
        let day = date.and_then(|d| NaiveDate::from_ymd_opt(d.year.into(), d.month.into(), d.day.into()));
        if day.is_none() {
            self.wrong_type(key, value.span().start, "日期，不带引号，比如 2026-10-08");
        }
        day
    }

    /// A list of texts; empty when it is not written.
    pub(super) fn words(&self, key: &str) -> Vec<Word<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value.span().start, "方括号里的一串，比如 [\"…\", \"…\"]");
            return Vec::new();
        };
        let word = |entry: &'a Spanned<DeValue<'a>>| {
            let text = entry.get_ref().as_str();
            if text.is_none() {
                self.wrong_type(key, entry.span().start, "带引号的文字，比如 \"…\"");
            }
            Some(Word { text: text?, line: self.source.line_at(entry.span().start) })
        };
        list.iter().filter_map(word).collect()
    }

    /// The keys of other entries that this one names.
    pub(super) fn references<K: From<&'a str>>(&self, key: &str, known: &Known) -> Vec<K> {
        self.words(key)
            .into_iter()
            .filter(|word| known.check(&self.source, *word))
            .map(|word| K::from(word.text))
            .collect()
    }

    /// The key of another entry that this one names, if it names one.
    pub(super) fn reference<K: From<&'a str>>(&self, key: &str, known: &Known) -> Option<K> {
        let word = Word { text: self.text(key)?, line: self.line_of(key) };
        known.check(&self.source, word).then(|| K::from(word.text))
    }

    /// The tables of `[[key]]`, or of a list of `{ … }`.
    pub(super) fn tables(&self, key: &str) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value.span().start, &format!("一段一段的 [[{key}]]"));
            return Vec::new();
        };
        let table = |entry: &'a Spanned<DeValue<'a>>| {
            let Some(entries) = entry.get_ref().as_table() else {
                self.wrong_type(key, entry.span().start, " { … } 这样的一组");
                return None;
            };
            let line = self.source.line_at(entry.span().start);
            Some(Table { source: self.source, entries: Some(entries), line })
        };
        list.iter().filter_map(table).collect()
    }

    /// The table of `[key]`, if it is written.
    pub(super) fn sub(&self, key: &str) -> Option<Table<'a>> {
        let value = self.get(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong_type(key, value.span().start, &format!("一段 [{key}]"));
            return None;
        };
        let line = self.line_of(key);
        Some(Table { source: self.source, entries: Some(entries), line })
    }

    /// The table under `key`, read by its `Deserialize`; its default when it is not written.
    pub(super) fn section<T: DeserializeOwned + Default>(&self, key: &str) -> T {
        let Some(value) = self.get(key) else { return T::default() };
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong_type(key, value.span().start, &format!("一段 [{key}]"));
            return T::default();
        };
        deserialize(&self.source, entries.clone(), value.span().start)
    }
}
