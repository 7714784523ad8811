//! One row's cells, read with their faults gathered: a row tells everything that is wrong with it at once.

use chrono::NaiveDate;

use super::column::{Column, SheetRow};
use super::report::RowFault;
use super::value::{self, Lies, Wrong};
use crate::config::{Member, Named, People, near};
use crate::sales::{Money, same_name};
use crate::sheet::Cell;

/// Names and words of one cell are no longer.
pub(super) const WORDS_MAX: usize = 100;

/// One row while it is read.
pub(super) struct Fields<'a> {
    row: &'a SheetRow,
    today: NaiveDate,
    pub(super) faults: Vec<RowFault>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(row: &'a SheetRow, today: NaiveDate) -> Self {
        Self { row, today, faults: Vec::new() }
    }

    pub(super) fn fault(&mut self, column: Column, wrong: Wrong) {
        self.faults.push(RowFault {
            sheet: self.row.sheet,
            line: self.row.line,
            column,
            what: wrong.what,
            cure: wrong.cure,
        });
    }

    fn cell(&self, column: Column) -> Option<&'a Cell> {
        self.row.cells.iter().find(|(known, _)| *known == column).map(|(_, cell)| cell)
    }

    fn read<T>(&mut self, column: Column, read: impl FnOnce(&Cell) -> Result<T, Wrong>) -> Option<T> {
        match read(self.cell(column)?) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.fault(column, wrong);
                None
            }
        }
    }

    /// The cell's words; empty when it says nothing.
    pub(super) fn text(&mut self, column: Column, most: usize) -> String {
        self.read(column, |cell| value::text(cell, most)).unwrap_or_default()
    }

    /// The cell's words, cut to `most` characters where they are more.
    pub(super) fn gist(&mut self, column: Column, most: usize) -> String {
        let words = self.text(column, crate::sheet::CELL_MAX);
        match words.char_indices().nth(most) {
            Some((end, _)) => format!("{}…", &words[..end]),
            None => words,
        }
    }

    pub(super) fn needed(&mut self, column: Column) -> String {
        let faults = self.faults.len();
        let text = self.text(column, WORDS_MAX);
        if text.is_empty() && self.faults.len() == faults {
            self.fault(column, Wrong::new("空着", "填上"));
        }
        text
    }

    /// The parts of a cell, which `;`、`；` or `、` separate.
    pub(super) fn list(&mut self, column: Column) -> Vec<String> {
        let text = self.text(column, crate::sheet::CELL_MAX);
        let parts = text.split([';', '；', '、', '|']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(Into::into).collect()
    }

    pub(super) fn amount(&mut self) -> Option<Money> {
        let wan = self.read(Column::AmountWan, |cell| value::amount(cell, true));
        wan.or_else(|| self.read(Column::Amount, |cell| value::amount(cell, false)))
    }

    pub(super) fn day(&mut self, column: Column, lies: Lies) -> Option<NaiveDate> {
        let today = self.today;
        self.read(column, |cell| value::day(cell, today, lies))
    }

    /// A day that has been.
    pub(super) fn past_day(&mut self, column: Column) -> Option<NaiveDate> {
        let day = self.day(column, Lies::Past)?;
        if day > self.today {
            let wrong = Wrong::new(format!("「{day}」还没到"), "看看是不是写错了年份");
            self.fault(column, wrong);
            return None;
        }
        Some(day)
    }

    /// The key of what a cell names; empty when it says nothing.
    pub(super) fn named(&mut self, column: Column, known: &[Named]) -> String {
        let known: Vec<(&str, &str)> =
            known.iter().map(|named| (named.key.as_str(), named.name.as_str())).collect();
        self.keyed(column, &known).unwrap_or_default()
    }

    /// The key of what a cell names, of `known` (key, name).
    pub(super) fn keyed(&mut self, column: Column, known: &[(&str, &str)]) -> Option<String> {
        let said = self.text(column, WORDS_MAX);
        if said.is_empty() {
            return None;
        }
        let folded = same_name(&said);
        let found = known.iter().find(|(key, name)| same_name(name) == folded || same_name(key) == folded);
        if let Some((key, _)) = found {
            return Some((*key).to_owned());
        }
        let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
        let wrong = Wrong::new(format!("没有「{said}」"), cure(&said, &names));
        self.fault(column, wrong);
        None
    }
}

/// The member whom `said` names, by key, account, name or call.
pub(super) fn member<'p>(said: &str, people: &'p People) -> Result<&'p Member, Wrong> {
    let folded = same_name(said);
    let is = |text: &str| same_name(text) == folded;
    let own = |member: &Member| {
        let accounts = member.wecom.iter().chain(&member.dingtalk);
        is(member.id.as_str()) || accounts.into_iter().any(|account| is(account))
    };
    let those = |of: &dyn Fn(&Member) -> bool| -> Vec<&'p Member> {
        people.members.iter().filter(|member| of(member)).collect()
    };
    let ways: [&dyn Fn(&Member) -> bool; 3] = [&own, &|member| is(&member.name), &|member| is(&member.call)];
    let found = ways.into_iter().map(those).find(|found| !found.is_empty()).unwrap_or_default();
    match found[..] {
        [member] => Ok(member),
        [] => {
            let names: Vec<&str> = people.members.iter().map(|member| member.name.as_str()).collect();
            Err(Wrong::new(format!("没有叫「{said}」的成员"), cure(said, &names)))
        }
        _ => {
            let keys: Vec<&str> = found.iter().map(|member| member.id.as_str()).collect();
            let what = format!("有 {} 位「{said}」", found.len());
            Err(Wrong::new(what, format!("写成员的代号：{}", keys.join("、"))))
        }
    }
}

/// 「写成「王磊」」, or what there is to choose from.
fn cure(said: &str, known: &[&str]) -> String {
    const SHOWN: usize = 12;
    let near = near(said, known.iter().copied());
    if !near.is_empty() {
        return format!("写成「{}」", near.join("」或「"));
    }
    let more = if known.len() > SHOWN { "…" } else { "" };
    format!("可选：{}{more}", known.iter().take(SHOWN).copied().collect::<Vec<_>>().join("、"))
}
