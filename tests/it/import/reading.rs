//! Every encoding, every shape of header: the same rows come out.

use encoding_rs::GB18030;
use genjin::import::{Column, Kind, Table};
use genjin::sheet::{self, Cell, Page, Sheet};
use rust_xlsxwriter::{Format, Workbook};

use super::{kinds, rows, sheet as table_of};

const TABLE: &str = "客户名称,负责人,阶段,金额\n宁波测试机械有限公司,王磊,报价,12.5万\n";

fn read(bytes: &[u8]) -> Sheet {
    sheet::read(bytes).unwrap().remove(0)
}

#[test]
fn the_encoding_of_a_table_does_not_matter() {
    let (gbk, _, lost) = GB18030.encode(TABLE);
    assert!(!lost);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(TABLE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let marked = [&[0xef, 0xbb, 0xbf], TABLE.as_bytes()].concat();
    for bytes in [TABLE.as_bytes(), &marked, &gbk, &utf16] {
        assert_eq!(read(bytes), table_of(TABLE));
    }
    // What GB2312 never had: 𠮷 is four bytes in GB18030.
    let rare = TABLE.replace("测试", "𠮷测试");
    assert_eq!(read(&GB18030.encode(&rare).0), table_of(&rare));
}

#[test]
fn tabs_and_semicolons_separate_cells_too() {
    for mark in ["\t", ";"] {
        assert_eq!(table_of(&TABLE.replace(',', mark)), table_of(TABLE));
    }
}

#[test]
fn titles_are_found_below_headings_in_chinese_and_english() {
    let headed = format!("2026 年商机表\n\"制表人：林晓\n华东\",,2026-11-24\n\n{TABLE}");
    let found = rows(&headed);
    assert_eq!(kinds(&found), [(5, Kind::Deals)]);
    assert_eq!(found[0].cells, rows(TABLE)[0].cells);

    let english = "Company,Owner,Stage,Amount\n宁波测试机械有限公司,王磊,报价,12.5万\n";
    assert_eq!(rows(english)[0].cells, rows(TABLE)[0].cells);

    let marked =
        "*公司名称（必填）：,销售负责人,商机阶段,预计金额(万元)\n宁波测试机械有限公司,王磊,报价,12.5\n";
    let columns: Vec<Column> = rows(marked)[0].cells.iter().map(|(column, _)| *column).collect();
    assert_eq!(columns, [Column::Customer, Column::Owner, Column::Stage, Column::AmountWan]);
}

#[test]
fn what_the_rows_are_is_told_by_their_titles() {
    let customers = rows("客户名称,行业,联系人,负责人\n甲乙机械,机械制造,张三,王磊\n");
    assert_eq!(kinds(&customers), [(2, Kind::Customers)]);
    let people = rows("姓名,企业微信账号,小组\n钱多多,QianDuoDuo,华东组\n");
    assert_eq!(kinds(&people), [(2, Kind::People)]);
    let table = Table::of(&table_of("日期,天气\n周一,晴\n"), None);
    assert_eq!(table, None, "no titles of ours");
}

#[test]
fn blank_rows_sums_and_repeated_titles_are_no_rows() {
    let text = format!("{TABLE},,,\n,,,\n合计,,,12.5万\n{TABLE}");
    assert_eq!(kinds(&rows(&text)).len(), 2);
}

#[test]
fn titles_and_cells_merged_over_rows_are_read() {
    let mut book = Workbook::new();
    let (page, plain) = (book.add_worksheet(), Format::new());
    page.merge_range(0, 0, 0, 4, "2026 年商机", &plain).unwrap();
    page.merge_range(1, 0, 2, 0, "客户名称", &plain).unwrap();
    page.merge_range(1, 1, 1, 2, "商机信息", &plain).unwrap();
    page.write(2, 1, "阶段").unwrap();
    page.write(2, 2, "金额").unwrap();
    page.merge_range(1, 3, 2, 3, "负责人", &plain).unwrap();
    page.merge_range(1, 4, 2, 4, "产品线", &plain).unwrap();
    page.merge_range(3, 0, 4, 0, "宁波测试机械有限公司", &plain).unwrap();
    for (row, stage, amount, line) in [(3, "报价", 125_000, "视觉检测"), (4, "方案演示", 80_000, "产线数采")]
    {
        page.write(row, 1, stage).unwrap();
        page.write(row, 2, amount).unwrap();
        page.write(row, 3, "王磊").unwrap();
        page.write(row, 4, line).unwrap();
    }
    // Formats without anything in them, a thousand rows below.
    page.write_blank(1_500, 3, &Format::new().set_bold()).unwrap();
    let sheet = read(&book.save_to_buffer().unwrap());
    let table = Table::of(&sheet, None).unwrap();
    let rows: Vec<_> = table.rows(0, &sheet).collect();
    assert_eq!(kinds(&rows), [(4, Kind::Deals), (5, Kind::Deals)]);
    for row in &rows {
        assert_eq!(row.cells.len(), 5, "{row:?}");
        assert_eq!(row.cells[0], (Column::Customer, Cell::text("宁波测试机械有限公司")));
    }
}

#[test]
fn a_workbooks_days_numbers_formulas_and_errors_are_what_they_show() {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    page.write_number_with_format(0, 0, 46_359.5, &day).unwrap();
    page.write(0, 1, 13_800_000_000_i64).unwrap();
    page.write_formula(0, 2, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    page.write_formula(0, 3, rust_xlsxwriter::Formula::new("=A9/0").set_result("#DIV/0!")).unwrap();
    page.write(0, 4, "  王\u{200b}磊\u{202e}\n小王 ").unwrap();
    book.add_worksheet().set_hidden(true);
    let sheets = sheet::read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(sheets.len(), 1, "a hidden sheet is nobody's");
    let cells = &sheets[0].rows[0].cells;
    assert_eq!(cells[0], Cell::Date("2026-12-03".parse().unwrap()));
    assert_eq!(cells[1].shown(), "13800000000");
    assert_eq!(cells[2].shown(), "2");
    assert_eq!(cells[3], Cell::Wrong("#DIV/0!".into()));
    assert_eq!(cells[4].shown(), "王磊 小王");
}

#[test]
fn what_is_written_is_read_again_and_none_of_it_would_run() {
    let texts = [
        "=cmd|' /C calc'!A0",
        "+86 138",
        "-1",
        "@SUM(A1)",
        "'=1+1",
        "＝1",
        "|x",
        "%x",
        "张总",
        "\"a\",b",
        "'原话'",
    ];
    let cells: Vec<Cell> = texts.iter().map(|text| Cell::text(text)).collect();
    let page = Page { name: "客户".into(), header: vec!["客户名称".into()], rows: vec![cells.clone()] };
    let csv = sheet::to_csv(&page);
    assert_eq!(read(&csv).rows[1].cells, cells);
    let shown = String::from_utf8(csv).unwrap();
    let mut table =
        csv::ReaderBuilder::new().flexible(true).from_reader(shown.trim_start_matches('\u{feff}').as_bytes());
    for cell in table.records().next().unwrap().unwrap().iter() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '＝', '|', '%']), "{cell} would run");
    }
    let xlsx = sheet::to_xlsx(&[page]).unwrap();
    assert_eq!(read(&xlsx).rows[1].cells, cells);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&xlsx)).unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut xml)
        .unwrap();
    assert!(!xml.contains("<f>"), "a text became a formula");
}
