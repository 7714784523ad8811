//! A sheet whose cells know their line; like [`super::super::table`], for CSV.

use std::io::ErrorKind;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::config::fault::{Faults, did_you_mean};

/// One CSV file with a header.
#[derive(Debug)]
pub(super) struct Sheet {
    file: String,
    header: StringRecord,
    records: Vec<StringRecord>,
}

impl Sheet {
    /// Reads `demo/<name>`; lines that begin with `#` are comments. Records columns that are missing or unknown.
    pub(super) fn read(demo: &Path, name: &str, columns: &[&str], faults: &Faults) -> Self {
        let file = format!("demo/{name}");
        let mut sheet = Self { file, header: StringRecord::new(), records: Vec::new() };
        let text = match std::fs::read_to_string(demo.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                faults.add(&sheet.file, None, "不是 UTF-8 编码", "另存为「CSV UTF-8」");
                return sheet;
            }
            Err(_) => {
                faults.add(&sheet.file, None, "没有这个文件", "照样例补一份，或者删掉整个 demo 文件夹");
                return sheet;
            }
        };
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        for record in reader.records() {
            match record {
                Ok(record) => sheet.records.push(record),
                Err(error) => {
                    let line = error.position().and_then(|at| usize::try_from(at.line()).ok());
                    let cure = "看看这一行的列数和表头是不是一样多";
                    faults.add(&sheet.file, line, format!("这一行读不出来（{error}）"), cure);
                }
            }
        }
        sheet.header = reader.headers().cloned().unwrap_or_default();
        let line = text.lines().position(|line| !line.starts_with('#')).map(|at| at + 1);
        for column in columns.iter().filter(|column| !sheet.header.iter().any(|found| found == **column)) {
            faults.add(&sheet.file, line, format!("少了 {column} 这一列"), "在表头补上，没有内容就空着");
        }
        for column in sheet.header.iter().filter(|found| !columns.contains(found)) {
            let cure = did_you_mean(column, columns.iter().copied(), "删掉这一列");
            faults.add(&sheet.file, line, format!("不认识「{column}」这一列"), cure);
        }
        sheet
    }

    pub(super) fn rows<'a>(&'a self, faults: &'a Faults) -> impl Iterator<Item = Row<'a>> {
        self.records.iter().map(move |record| Row { sheet: self, record, faults })
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    sheet: &'a Sheet,
    record: &'a StringRecord,
    faults: &'a Faults,
}

impl<'a> Row<'a> {
    pub(super) fn fault(&self, what: impl Into<String>, cure: impl Into<String>) {
        let line = self.record.position().and_then(|at| usize::try_from(at.line()).ok());
        self.faults.add(&self.sheet.file, line, what, cure);
    }

    /// The cell, if it is not empty.
    pub(super) fn text(&self, column: &str) -> Option<&'a str> {
        let at = self.sheet.header.iter().position(|found| found == column)?;
        self.record.get(at).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn needed(&self, column: &str) -> &'a str {
        self.text(column).unwrap_or_else(|| {
            self.fault(format!("{column} 空着"), "填上");
            ""
        })
    }

    /// The cell as a whole number, if it is not empty.
    pub(super) fn number(&self, column: &str) -> Option<u32> {
        let text = self.text(column)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.fault(format!("{column}「{text}」不是整数"), "写 0 或正整数");
        }
        number
    }

    pub(super) fn needed_number(&self, column: &str) -> u32 {
        self.needed(column);
        self.number(column).unwrap_or(0)
    }

    /// The parts of a cell, which semicolons separate.
    pub(super) fn list(&self, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let parts = self.text(column).unwrap_or_default().split([';', '；']);
        parts.map(str::trim).filter(|part| !part.is_empty())
    }

    /// The cell, which must be one of `known`.
    pub(super) fn one_of<'k>(&self, column: &str, known: impl Iterator<Item = &'k str>) -> &'a str {
        let text = self.needed(column);
        self.check(column, text, known);
        text
    }

    /// The parts of a cell, each of which must be one of `known`.
    pub(super) fn each_of<'k, I: Iterator<Item = &'k str>>(
        &self,
        column: &str,
        known: impl Fn() -> I,
    ) -> Vec<&'a str> {
        self.list(column).inspect(|part| self.check(column, part, known())).collect()
    }

    fn check<'k>(&self, column: &str, text: &str, known: impl Iterator<Item = &'k str>) {
        let known: Vec<&str> = known.collect();
        if !text.is_empty() && !known.contains(&text) {
            let cure = did_you_mean(text, known, "换成已有的，或者先加上它");
            self.fault(format!("{column} 里的「{text}」没有"), cure);
        }
    }
}
