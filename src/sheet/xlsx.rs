//! `.xlsx`. It is unpacked once, counted and thrown away, before the parser may hold any of it: what a workbook says of
//! its own size may be a lie. Then its cells are read one by one, so that a cell in the last corner costs one cell.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{Days, NaiveDate};

use super::{
    CELLS_MAX, COLUMNS_MAX, Cell, ROWS_MAX, Row, SHEETS_MAX, Sheet, Unreadable, damaged, too_many_cells,
    too_many_rows,
};

/// The parser sets memory aside for as many shared strings as the workbook says that it has.
const STRINGS_MAX: u64 = 2_000_000;
/// Files in the archive, at most.
const ENTRIES_MAX: usize = 2_000;
/// The last day that a sheet's number can name: 9999-12-31.
const SERIAL_MAX: f64 = 2_958_465.0;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads a workbook's visible sheets, if it unpacks to no more than `most` bytes.
pub(super) fn read(bytes: &[u8], most: u64) -> Result<Vec<Sheet>, Unreadable> {
    weigh(bytes, most)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(told)?;
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .take(SHEETS_MAX)
        .collect();
    let mut left = Left { rows: ROWS_MAX, cells: CELLS_MAX };
    names.into_iter().map(|name| sheet(&mut book, name, &mut left)).collect()
}

/// What the file may still hold.
struct Left {
    rows: usize,
    cells: usize,
}

/// Unpacks everything into nowhere, up to the limit.
fn weigh(bytes: &[u8], most: u64) -> Result<(), Unreadable> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let bomb = || {
        let what = format!("解压后超过 {} MB", most >> 20);
        Unreadable::new(what, "只留要导入的表和列，另存为一份新的 .xlsx")
    };
    if archive.len() > ENTRIES_MAX {
        return Err(bomb());
    }
    let (mut left, mut block, mut workbook) = (most, vec![0; 64 << 10], false);
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|_| damaged())?;
        let name = entry.name().map_err(|_| damaged())?.to_ascii_lowercase();
        workbook |= name.ends_with("workbook.xml");
        let strings = name.ends_with("sharedstrings.xml");
        let mut first = true;
        loop {
            let read = entry.read(&mut block).map_err(|_| damaged())?;
            if read == 0 {
                break;
            }
            left = left.checked_sub(read as u64).ok_or_else(bomb)?;
            if strings && std::mem::take(&mut first) && said_strings(&block[..read]) > STRINGS_MAX {
                return Err(bomb());
            }
        }
    }
    if workbook {
        return Ok(());
    }
    let what = "这是压缩包或别的文档，不是 .xlsx 表格";
    Err(Unreadable::new(what, "解压或另存为 .xlsx 再导入"))
}

/// `uniqueCount="12"` of the shared strings' first tag.
fn said_strings(head: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(&head[..head.len().min(2_048)]);
    let Some((_, said)) = head.split_once("uniqueCount") else { return 0 };
    let digits = said.trim_start_matches([' ', '=', '"', '\'', '\t', '\n', '\r']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    if end == 0 { 0 } else { digits[..end].parse().unwrap_or(u64::MAX) }
}

fn told(error: XlsxError) -> Unreadable {
    match error {
        XlsxError::Password => Unreadable::new("表格加了打开密码", "去掉密码，另存一份再导入"),
        _ => damaged(),
    }
}

fn sheet(book: &mut Book<'_>, name: String, left: &mut Left) -> Result<Sheet, Unreadable> {
    let is_1904 = book.has_1904_epoch();
    let mut rows: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
    let mut cells = book.worksheet_cells_reader(&name).map_err(told)?;
    while let Some(read) = cells.next_cell().map_err(told)? {
        let (line, column) = read.get_position();
        let cell = cell(read.get_value(), is_1904);
        let column = column as usize;
        if cell.is_empty() || column >= COLUMNS_MAX {
            continue;
        }
        let row = match rows.entry(line) {
            std::collections::btree_map::Entry::Occupied(row) => row.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                left.rows = left.rows.checked_sub(1).ok_or_else(too_many_rows)?;
                free.insert(Vec::new())
            }
        };
        if row.len() <= column {
            left.cells = left.cells.checked_sub(column + 1 - row.len()).ok_or_else(too_many_cells)?;
            row.resize(column + 1, Cell::Empty);
        }
        row[column] = cell;
    }
    drop(cells);
    spread(&mut rows, &book.merge_cells_by_sheet_name(&name).map_err(told)?, left);
    let rows = rows.into_iter().map(|(line, cells)| Row { line: line.saturating_add(1), cells }).collect();
    Ok(Sheet { name, rows })
}

fn cell(value: &DataRef<'_>, is_1904: bool) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        #[expect(clippy::cast_precision_loss, reason = "a sheet's numbers are floats in the file already")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) if number.is_finite() => Cell::Number(*number),
        DataRef::Float(_) => Cell::Wrong("#NUM!".into()),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(yes) => Cell::text(if *yes { "是" } else { "否" }),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            day(moment.as_f64(), is_1904).map_or(Cell::Number(moment.as_f64()), Cell::Date)
        }
        DataRef::DateTime(length) => Cell::Number(length.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Error(error) => Cell::Wrong(error.to_string().into()),
    }
}

/// The day that a sheet's number names: days since 1899-12-30, or 1904-01-01 in an old Mac's workbook.
fn day(serial: f64, is_1904: bool) -> Option<NaiveDate> {
    let epoch =
        if is_1904 { NaiveDate::from_ymd_opt(1904, 1, 1) } else { NaiveDate::from_ymd_opt(1899, 12, 30) };
    if !(1.0..=SERIAL_MAX).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between the bounds")]
    epoch?.checked_add_days(Days::new(serial.floor() as u64))
}

/// A value that is written once over several rows belongs to each of them. Across columns it stays where it is: it is
/// a title there. Regions of a million rows, and a million regions over the same rows, cost no more than the limit.
fn spread(rows: &mut BTreeMap<u32, Vec<Cell>>, merged: &[Dimensions], left: &mut Left) {
    let mut looks = CELLS_MAX;
    for region in merged.iter().filter(|region| region.start.0 < region.end.0) {
        let ((first, column), (last, _)) = (region.start, region.end);
        let column = column as usize;
        let value = rows.get(&first).and_then(|row| row.get(column)).filter(|cell| !cell.is_empty()).cloned();
        let Some(value) = value else { continue };
        for (_, row) in rows.range_mut(first.saturating_add(1)..=last) {
            let more = (column + 1).saturating_sub(row.len());
            let (Some(looks_left), Some(cells_left)) = (looks.checked_sub(1), left.cells.checked_sub(more))
            else {
                return;
            };
            (looks, left.cells) = (looks_left, cells_left);
            row.resize(row.len() + more, Cell::Empty);
            if let Some(cell) = row.get_mut(column).filter(|cell| cell.is_empty()) {
                *cell = value.clone();
            }
        }
    }
}
