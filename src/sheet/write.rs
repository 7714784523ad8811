//! Rows of cells become a file that Excel and WPS open as it was meant: nothing in it is a formula.

use chrono::NaiveDate;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::Cell;

/// Excel's names of sheets are no longer.
const NAME_MAX: usize = 31;
/// A column is no wider, in pixels.
const WIDTH_MAX: u32 = 300;

/// One sheet to write.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// Its name.
    pub name: String,
    /// The first row, frozen in a workbook.
    pub header: Vec<String>,
    /// All others.
    pub rows: Vec<Vec<Cell>>,
}

/// A workbook of these sheets. A text is a text in it whatever it begins with, also when its cell is edited.
///
/// # Errors
/// A sheet has more rows than Excel has, or a name that it takes for none.
pub fn to_xlsx(pages: &[Page]) -> Result<Vec<u8>, XlsxError> {
    let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"));
    let quoted = Format::new().set_quote_prefix();
    let mut book = Workbook::new();
    for page in pages {
        let sheet = book.add_worksheet();
        sheet.set_name(page.name.chars().take(NAME_MAX).collect::<String>())?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, title) in (0..).zip(&page.header) {
            sheet.write_string_with_format(0, column, title, &bold)?;
        }
        for (line, row) in (1..).zip(&page.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Cell::Empty => {}
                    Cell::Number(number) => drop(sheet.write_number(line, column, *number)?),
                    Cell::Date(date) => {
                        sheet.write_number_with_format(line, column, serial(*date), &day)?;
                    }
                    text if would_run(&text.shown()) => {
                        sheet.write_string_with_format(line, column, text.shown(), &quoted)?;
                    }
                    text => drop(sheet.write_string(line, column, text.shown())?),
                }
            }
        }
        sheet.set_autofit_max_width(WIDTH_MAX).autofit();
    }
    book.save_to_buffer()
}

/// A table in UTF-8 with the mark by which Excel knows it. What a spreadsheet would run begins with a `'`, which
/// [`super::read`] takes away again.
pub fn to_csv(page: &Page) -> Vec<u8> {
    let mut text = csv::WriterBuilder::new().flexible(true).from_writer(vec![0xef, 0xbb, 0xbf]);
    let mut write = |row: Vec<String>| {
        text.write_record(row).expect("memory takes every row of its writer");
    };
    write(page.header.iter().map(|title| guarded(title)).collect());
    for row in &page.rows {
        let width = row.len().max(page.header.len());
        let cells = row.iter().chain(std::iter::repeat(&Cell::Empty)).take(width);
        write(cells.map(shown).collect());
    }
    text.into_inner().expect("memory takes every row of its writer")
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Number(_) | Cell::Date(_) | Cell::Empty => cell.shown().into_owned(),
        Cell::Text(_) | Cell::Wrong(_) | Cell::TooLong(_) => guarded(&cell.shown()),
    }
}

fn guarded(text: &str) -> String {
    if would_run(text) { format!("'{text}") } else { text.to_owned() }
}

/// Whether a spreadsheet takes a text for a formula, or for a cell that was guarded against that.
pub(super) fn would_run(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|', '%'])
}

/// Days since 1899-12-30, as sheets count.
fn serial(date: NaiveDate) -> f64 {
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "days of a calendar are far below 2^52")]
    let days = date.signed_duration_since(epoch).num_days() as f64;
    days
}
