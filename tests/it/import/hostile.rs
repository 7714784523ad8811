//! A sheet comes from anywhere: whatever it holds, it is read or refused with a cure, and nothing is run, filled up or
//! brought down.

use std::io::{Cursor, Write as _};

use genjin::import::{Known, Table, plan};
use genjin::sheet::{self, Cell, Sheet};
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;

use super::{faults, known, now, planned, rules};

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    for (column, title) in (0..).zip(["客户名称", "负责人", "阶段", "金额", "预计签单"]) {
        page.write(0, column, title).unwrap();
    }
    for row in 1..20 {
        page.write(row, 0, format!("第 {row} 机械有限公司")).unwrap();
        page.write(row, 1, "王磊").unwrap();
        page.write(row, 2, "报价").unwrap();
        page.write(row, 3, row * 1_000).unwrap();
        page.write(row, 4, "2026-12-30").unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// The same workbook with parts of it replaced.
fn with_parts(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for at in 0..old.len() {
        let mut entry = old.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        new.start_file(&*name, options).unwrap();
        match parts.iter().find(|(part, _)| *part == name) {
            Some((_, bytes)) => new.write_all(bytes).unwrap(),
            None => drop(std::io::copy(&mut entry, &mut new).unwrap()),
        }
    }
    new.finish().unwrap().into_inner()
}

fn sheet_xml(cells: &str) -> Vec<u8> {
    let head = r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#;
    format!("{head}<sheetData>{cells}</sheetData></worksheet>").into_bytes()
}

fn refusal(bytes: &[u8]) -> String {
    sheet::read(bytes).expect_err("it was read").to_string()
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    // What it is made of does not matter, nor what it says of its own size: every byte is counted as it comes.
    let bomb = with_parts(&[("xl/worksheets/sheet1.xml", vec![b' '; 20 << 20])]);
    assert!(bomb.len() < 100 << 10, "{}", bomb.len());
    let refused = sheet::read_unpacking(&bomb, 16 << 20).expect_err("it was read").to_string();
    assert!(refused.contains("解压后超过 16 MB"), "{refused}");
}

#[test]
fn a_workbook_that_promises_too_many_strings_is_refused() {
    let strings = br#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="99999999999"><si><t>x</t></si></sst>"#;
    let promised = with_parts(&[("xl/sharedStrings.xml", strings.to_vec())]);
    assert!(refusal(&promised).contains("解压后超过"), "{}", refusal(&promised));
}

#[test]
fn a_cell_in_the_last_corner_costs_one_cell() {
    let corner = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>客户名称</t></is></c></row><row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>"#;
    let sheets = sheet::read(&with_parts(&[("xl/worksheets/sheet1.xml", sheet_xml(corner))])).unwrap();
    let lines: Vec<(u32, usize)> = sheets[0].rows.iter().map(|row| (row.line, row.cells.len())).collect();
    assert_eq!(lines, [(1, 1), (1_048_576, 1)]);
}

#[test]
fn a_region_merged_over_everything_is_no_work() {
    let merged = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>客户名称</t></is></c></row></sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells><sheetData>"#;
    let sheets = sheet::read(&with_parts(&[("xl/worksheets/sheet1.xml", sheet_xml(merged))])).unwrap();
    assert_eq!(sheets[0].rows.len(), 1);
}

#[test]
fn too_many_rows_are_refused_before_they_fill_the_memory() {
    let text = "客户名称\n".to_owned() + &"甲乙机械\n".repeat(sheet::ROWS_MAX + 1);
    assert!(refusal(text.as_bytes()).contains("行数超过"));
    let wide = format!("客户名称{}\n", ",x".repeat(100_000));
    assert_eq!(sheet::read(wide.as_bytes()).unwrap()[0].rows[0].cells.len(), sheet::COLUMNS_MAX);
}

#[test]
fn a_cell_of_a_megabyte_is_told_and_goes_nowhere() {
    let text = format!("客户名称,负责人,阶段,备注\n甲乙机械,王磊,报价,{}\n", "长".repeat(400_000));
    let plan = planned(&text, &known());
    assert_eq!(faults(&plan), ["2 跟进内容：有 400000 个字，太长了，缩短到 2000 个字以内"]);
    let unclosed =
        format!("客户名称,负责人,阶段\n\"甲乙机械,王磊,报价\n{}", "丙丁,王磊,报价\n".repeat(1_000));
    assert_eq!(planned(&unclosed, &known()).report.new_deals, 0, "a quote that never ends");
}

#[test]
fn formulas_and_marks_that_nobody_sees_are_words_without_power() {
    let text =
        "客户名称,负责人,阶段,地区\n\"=HYPERLINK(\"\"http://x\"\")\",王磊,报价,\u{202e}波宁\u{0}\u{200b}\n";
    let plan = planned(text, &known());
    assert_eq!(plan.report.new_customers, 1);
    match &plan.customers[..] {
        [genjin::sales::ImportRow::Customer(row)] => {
            assert_eq!((&*row.name, &*row.region), (r#"=HYPERLINK("http://x")"#, "波宁"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_are_no_sheets_are_named_for_what_they_are() {
    assert!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").contains("旧版 .xls"));
    assert!(refusal(b"%PDF-1.7").contains("PDF"));
    let noise: Vec<u8> = (0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(refusal(&noise).contains("编码认不出来"), "{}", refusal(&noise));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("readme.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"hello").unwrap();
    assert!(refusal(&zip.finish().unwrap().into_inner()).contains("压缩包"));
    assert!(refusal(&workbook()[..2_000]).contains("坏了"));
    assert_eq!(sheet::read(b"").unwrap()[0].rows, []);
}

/// Reads, recognises and plans whatever it is.
fn through(sheets: &[Sheet]) {
    for (at, sheet) in (0..).zip(sheets) {
        let Some(table) = Table::of(sheet, None) else { continue };
        let rows: Vec<_> = table.rows(at, sheet).collect();
        let plan = plan(&rows, &Known::default(), &rules(), now(), false);
        assert!(plan.report.faulty <= rows.len());
    }
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[0-9.\\-/年月日,万亿元wk¥% :]{0,14}",
        Just("王磊".into()),
        Just("报价".into()),
        Just("宏远机械".into()),
        Just("d-3".into()),
        any::<f64>().prop_map(|number| number.to_string()),
        ".{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(sheets) = sheet::read(&bytes) {
            through(&sheets);
        }
    }

    #[test]
    fn no_damage_to_a_workbook_brings_the_reader_down(
        bits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut bytes = workbook();
        for (at, value) in bits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(sheets) = sheet::read(&bytes) {
            through(&sheets);
        }
    }

    #[test]
    fn no_cells_bring_the_plan_down(rows in proptest::collection::vec(proptest::collection::vec(cell(), 19), 0..6)) {
        let titles = "编号,客户名称,商机名称,负责人,协同,阶段,金额,金额万,产品线,预计签单,创建日期,最近跟进,跟进内容,下一步日期,\
                      下一步,结果,丢单原因,联系人,手机";
        let header = titles.split(',').map(Into::into).collect();
        let rows = rows.into_iter().map(|row| row.iter().map(|text| Cell::text(text)).collect()).collect();
        let page = sheet::Page { name: "x".into(), header, rows };
        through(&sheet::read(&sheet::to_csv(&page)).unwrap());
    }
}
