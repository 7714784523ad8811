//! `.csv` and tab-separated text, in whatever encoding Excel and WPS write: UTF-8 with or without its mark, GB18030
//! (which GBK and GB2312 are part of), UTF-16.

use std::borrow::Cow;

use csv::ReaderBuilder;
use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::{CELLS_MAX, COLUMNS_MAX, Cell, ROWS_MAX, Row, Sheet, Unreadable, too_many_cells, too_many_rows};

/// A text with more unreadable and control characters than one in so many is none in an encoding that is known here.
const UNREADABLE_ONE_IN: usize = 50;
/// So much of the text tells what separates its cells.
const SNIFFED: usize = 4_096;

/// Reads a text.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, Unreadable> {
    let text = decode(bytes)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let (mut rows, mut record, mut cells_in_all) = (Vec::new(), csv::StringRecord::new(), 0);
    let (mut line, mut physical) = (0_u32, reader.position().line());
    while reader.read_record(&mut record).map_err(|_| super::damaged())? {
        // As a spreadsheet counts: a blank line is a row, a line break inside a cell is none.
        let (before, breaks) = (physical, record.as_slice().matches('\n').count() as u64);
        physical = reader.position().line();
        let passed = physical.saturating_sub(before).saturating_sub(breaks).max(1);
        line = line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        let mut cells: Vec<Cell> = record.iter().take(COLUMNS_MAX).map(unguarded).collect();
        let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        cells.truncate(end);
        cells_in_all += cells.len();
        if cells_in_all > CELLS_MAX {
            return Err(too_many_cells());
        }
        if !cells.is_empty() {
            if rows.len() == ROWS_MAX {
                return Err(too_many_rows());
            }
            rows.push(Row { line, cells });
        }
    }
    Ok(vec![Sheet { name: String::new(), rows }])
}

/// A cell without the mark that [`super::to_csv`] sets before what a spreadsheet would run.
fn unguarded(raw: &str) -> Cell {
    let own = raw.strip_prefix('\'').filter(|rest| super::write::would_run(rest));
    Cell::text(own.unwrap_or(raw))
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let (encoding, bytes) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (UTF_8, rest),
        [0xff, 0xfe, rest @ ..] => (UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => (UTF_16BE, rest),
        _ if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        _ => (GB18030, bytes),
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let is_strange = |c: &char| *c == '\u{fffd}' || c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let strange = text.chars().filter(is_strange).count();
    if strange * UNREADABLE_ONE_IN > text.chars().count() {
        let what = "这不是表格，或者编码认不出来";
        return Err(Unreadable::new(what, "用 Excel 或 WPS 打开，另存为 .xlsx 或「CSV UTF-8」"));
    }
    Ok(text)
}

/// What stands most often between cells, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    let mut quoted = false;
    for byte in text.bytes().take(SNIFFED) {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(mark, _)| *mark == byte && !quoted) {
            *count += 1;
        }
    }
    // Of equals the comma: it stands first.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| *mark)
}
