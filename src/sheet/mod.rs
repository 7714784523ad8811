//! Sheets as people keep them: `.xlsx` and `.csv` bytes become rows of cells, and rows of cells become bytes. Nothing
//! here knows what a column means.
//!
//! A sheet comes from anywhere, so that everything about it is hostile until it is read: sizes are bounded before a
//! parser sees the bytes, cells lose the characters that nobody can see, and nothing that is read is ever run.

mod csv;
mod write;
mod xlsx;

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use write::{Page, to_csv, to_xlsx};

/// A file is no larger than this.
pub const FILE_MAX: usize = 50 << 20;
/// What a workbook unpacks to is no larger than this: 100,000 rows of twenty columns are about 150 MB.
pub const UNPACKED_MAX: u64 = 400 << 20;
/// Rows of one file, at most.
pub const ROWS_MAX: usize = 200_000;
/// Columns of a sheet, at most.
pub const COLUMNS_MAX: usize = 200;
/// Cells of one file, at most: what they take in memory stays below a few hundred megabytes.
pub const CELLS_MAX: usize = 6_000_000;
/// Sheets of a workbook, at most.
pub const SHEETS_MAX: usize = 50;
/// Characters of a cell, at most: a customer's whole story fits.
pub const CELL_MAX: usize = 2_000;

/// One sheet of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Sheet {
    /// Its name; a `.csv` has none.
    pub name: String,
    /// Rows that hold anything, in order.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Its number as a spreadsheet shows it, from 1.
    pub line: u32,
    /// Its cells from column A; those behind the last one that holds anything are left out.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Words, without the characters that nobody can see.
    Text(Box<str>),
    /// A number.
    Number(f64),
    /// A day.
    Date(NaiveDate),
    /// A formula whose result is an error, as Excel shows it: `#REF!`.
    Wrong(Box<str>),
    /// Words that go on and on: how many characters.
    TooLong(usize),
}

impl Cell {
    /// A text cell: invisible characters are dropped, line breaks become spaces, the ends are trimmed.
    pub fn text(raw: &str) -> Self {
        // A cell of a megabyte is measured, not copied.
        if raw.len() > CELL_MAX * 4 || raw.chars().count() > CELL_MAX {
            return Self::TooLong(raw.chars().count());
        }
        let seen: String = raw.chars().filter_map(visible).collect();
        let seen = seen.trim();
        if seen.is_empty() { Self::Empty } else { Self::Text(seen.into()) }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// As a person reads it.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Wrong(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Date(day) => Cow::Owned(day.to_string()),
            Self::TooLong(chars) => Cow::Owned(format!("（{chars} 个字）")),
        }
    }
}

/// A character as it is kept: no control characters, no marks that turn or hide what stands beside them.
fn visible(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{a0}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// A file that cannot be read at all: what is wrong, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
pub struct Unreadable {
    /// What is wrong, in Chinese, without a full stop.
    pub what: String,
    /// The cure, in Chinese, without a full stop.
    pub cure: String,
}

impl Unreadable {
    fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}。改法：{}。", self.what, self.cure)
    }
}

/// Reads a file by what it holds, not by its name.
///
/// # Errors
/// It is too large, no sheet, or damaged.
pub fn read(bytes: &[u8]) -> Result<Vec<Sheet>, Unreadable> {
    read_unpacking(bytes, UNPACKED_MAX)
}

/// The same, for a workbook that may unpack to `most` bytes.
///
/// # Errors
/// As [`read`].
pub fn read_unpacking(bytes: &[u8], most: u64) -> Result<Vec<Sheet>, Unreadable> {
    if bytes.len() > FILE_MAX {
        let what = format!("文件有 {} MB，太大了", bytes.len() >> 20);
        return Err(Unreadable::new(what, format!("拆成几个文件，每个不超过 {} MB", FILE_MAX >> 20)));
    }
    // What a parser has not thought of is told like any other damage.
    let read = catch_unwind(AssertUnwindSafe(|| match bytes {
        [b'P', b'K', 3, 4, ..] => xlsx::read(bytes, most),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            let what = "这是旧版 .xls，或者加了打开密码，读不了";
            Err(Unreadable::new(what, "用 Excel 或 WPS 打开，另存为不加密的 .xlsx"))
        }
        [b'%', b'P', b'D', b'F', ..] => Err(Unreadable::new("这是 PDF，不是表格", "导出成 .xlsx 或 .csv")),
        _ => csv::read(bytes),
    }));
    read.unwrap_or_else(|_| Err(damaged()))
}

fn damaged() -> Unreadable {
    Unreadable::new("文件坏了，读不出来", "用 Excel 或 WPS 打开，另存为一份新的 .xlsx 再导入")
}

fn too_many_rows() -> Unreadable {
    let what = format!("行数超过 {ROWS_MAX}");
    Unreadable::new(what, "拆成几个文件分次导入；末尾有大片空行的，删掉再存")
}

fn too_many_cells() -> Unreadable {
    Unreadable::new("格子太多了", "只留要导入的列，或者拆成几个文件")
}
