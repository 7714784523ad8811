//! `genjin import FILE`: the file is read here, its rows are planned and laid in beside a running service through its
//! control socket, else on the store itself. What is wrong comes back as a file beside the input.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::TableArg;
use crate::app::control_socket;
use crate::control::{self, Ask, Request, Response};
use crate::import::{self, Column, Options, Progress, Report, SheetRow, Table};
use crate::sheet::{self, Cell, FILE_MAX, Page, Sheet};

/// Faults shown; the others stand in the file.
const SHOWN: usize = 20;

/// What to import, and how.
#[derive(Args)]
pub(super) struct What {
    /// The sheet: .xlsx, or .csv in UTF-8 or GBK
    file: PathBuf,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the good rows though others are faulty
    #[arg(long)]
    partial: bool,
    /// Where the sheet differs from what is known, the sheet wins
    #[arg(long)]
    overwrite: bool,
    /// What the rows are, where their titles do not tell
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<TableArg>,
}

/// A file whose tables are understood.
struct Read {
    sheets: Vec<Sheet>,
    /// By the place of their sheet.
    tables: Vec<(u16, Table)>,
    rows: Vec<SheetRow>,
}

pub(super) async fn run(
    data: &Path,
    config: &Path,
    workspace: Option<&str>,
    what: What,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let read = read(&what)?;
    let options = Options { dry_run: what.dry_run, partial: what.partial, overwrite: what.overwrite };
    let bar = bar(json);
    let request = Request {
        workspace: workspace.map(Into::into),
        what: Ask::Import { rows: read.rows.len(), options },
    };
    let socket = control_socket(data);
    let answered = control::ask_with_rows(&socket, &request, &read.rows, |answer| {
        if let Response::Progress(progress) = answer {
            show(&bar, progress);
        }
    });
    let report = match answered.await? {
        Some(Response::Imported(report)) => *report,
        Some(Response::Failed(why)) => bail!(why),
        Some(_) => bail!("the service answered what nobody asked"),
        None => {
            let mut alone = super::store::alone(data, config, workspace)?;
            import::run(&mut alone, read.rows.clone(), options, |progress| show(&bar, progress)).await?
        }
    };
    bar.finish_and_clear();
    let beside = if what.dry_run { Files::default() } else { Files::write(&what.file, &read, &report)? };
    if json {
        println!("{}", as_json(&what, &read, &report, &beside));
    } else {
        print!("{}", said(&what, &read, &report, &beside));
    }
    let refused = report.faulty > 0 && !report.written;
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read(what: &What) -> anyhow::Result<Read> {
    let shown = what.file.display();
    let size = fs::metadata(&what.file).with_context(|| format!("没有读到 {shown}"))?.len();
    if size > FILE_MAX as u64 {
        bail!("{shown} 有 {} MB，太大了。改法：拆成几个文件，每个不超过 {} MB。", size >> 20, FILE_MAX >> 20);
    }
    let bytes = fs::read(&what.file).with_context(|| format!("没有读到 {shown}"))?;
    let sheets = sheet::read(&bytes).with_context(|| format!("没有读到 {shown}"))?;
    let asked = what.kind.map(TableArg::kind);
    let numbered = (0..).zip(&sheets);
    let tables: Vec<(u16, Table)> =
        numbered.filter_map(|(at, sheet)| Some((at, Table::of(sheet, asked)?))).collect();
    if tables.is_empty() {
        bail!(
            "{shown} 里没找到表头。改法：客户表要有「客户名称」一列；商机表再加「负责人」「阶段」「金额」；\
             成员表要有「姓名」和「企业微信账号」或「钉钉账号」。"
        );
    }
    let rows = tables.iter().flat_map(|(at, table)| table.rows(*at, &sheets[usize::from(*at)])).collect();
    Ok(Read { sheets, tables, rows })
}

fn bar(json: bool) -> ProgressBar {
    // On a terminal alone: what is piped into a file needs no moving picture.
    let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("导入 {bar:40} {percent}%  还要 {eta}");
    ProgressBar::with_draw_target(None, target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, Progress { done, of }: Progress) {
    bar.set_length(of as u64);
    bar.set_position(done as u64);
}

/// What was written beside the input.
#[derive(Default)]
struct Files {
    faulty: Option<PathBuf>,
    people: Option<PathBuf>,
}

impl Files {
    fn write(input: &Path, read: &Read, report: &Report) -> anyhow::Result<Self> {
        let mut files = Self::default();
        if report.faulty > 0 {
            let pages: Vec<Page> =
                read.tables.iter().filter_map(|table| faulty(read, table, report)).collect();
            let is_csv = !input.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"));
            let bytes = match &pages[..] {
                [page] if is_csv => sheet::to_csv(page),
                pages => sheet::to_xlsx(pages)?,
            };
            files.faulty = Some(beside(input, "有问题", if is_csv { "csv" } else { "xlsx" }, &bytes)?);
        }
        if let Some(people) = &report.people {
            files.people = Some(beside(input, "people", "toml", people.as_bytes())?);
        }
        Ok(files)
    }
}

/// Writes a new file beside the input. One that is there may hold somebody's corrections: it stays.
fn beside(input: &Path, word: &str, extension: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let stem = input.file_stem().map_or_else(|| "import".into(), |stem| stem.to_string_lossy());
    for n in 1..1_000 {
        let number = if n == 1 { String::new() } else { format!("-{n}") };
        let path = input.with_file_name(format!("{stem}-{word}{number}.{extension}"));
        match fs::File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(bytes).with_context(|| format!("writing {}", path.display()))?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("writing {}", path.display())),
        }
    }
    bail!("{} 旁边已经有太多「{word}」文件。改法：删掉不要的。", input.display())
}

/// A table's faulty rows as they are, with the reason behind.
fn faulty(read: &Read, (at, table): &(u16, Table), report: &Report) -> Option<Page> {
    let sheet = read.sheets.get(usize::from(*at))?;
    let old_reason =
        table.columns.iter().find(|(_, column, _)| *column == Column::Reason).map(|(place, ..)| *place);
    let faults = report.faults.iter().filter(|fault| fault.sheet == *at);
    let mut rows: Vec<(u32, String)> = Vec::new();
    for fault in faults {
        match rows.last_mut().filter(|(line, _)| *line == fault.line) {
            Some((_, reason)) => {
                reason.push('；');
                reason.push_str(&fault.reason(table.title(fault.column)));
            }
            None => rows.push((fault.line, fault.reason(table.title(fault.column)))),
        }
    }
    rows.first()?;
    let written =
        |line: u32| sheet.rows.binary_search_by_key(&line, |row| row.line).ok().map(|at| &sheet.rows[at]);
    let titles = written(table.header_line);
    let lines = rows.iter().filter_map(|(line, _)| written(*line)).chain(titles);
    let width = lines.map(|row| row.cells.len()).max().unwrap_or_default();
    let places: Vec<usize> = (0..width).filter(|place| Some(*place) != old_reason).collect();
    let title = |place: &usize| {
        let known =
            table.columns.iter().find(|(known, ..)| known == place).map(|(_, _, title)| title.clone());
        let cell = || titles?.cells.get(*place).map(|cell| cell.shown().into_owned());
        known.or_else(cell).unwrap_or_default()
    };
    let reason = Column::Reason.title().to_owned();
    Some(Page {
        name: if sheet.name.is_empty() { table.kind.name().into() } else { sheet.name.clone() },
        header: places.iter().map(title).chain([reason]).collect(),
        rows: rows
            .iter()
            .filter_map(|(line, reason)| {
                let cells = &written(*line)?.cells;
                let cells = places.iter().map(|place| cells.get(*place).cloned().unwrap_or_default());
                Some(cells.chain([Cell::text(reason)]).collect())
            })
            .collect(),
    })
}

fn as_json(what: &What, read: &Read, report: &Report, files: &Files) -> serde_json::Value {
    let tables = read.tables.iter().map(|(at, table)| {
        let columns = table.columns.iter().map(|(_, column, title)| json!({ "column": column, "title": title }));
        json!({
            "sheet": at, "name": read.sheets[usize::from(*at)].name, "kind": table.kind,
            "header_line": table.header_line, "columns": columns.collect::<Vec<_>>(), "ignored": table.ignored,
        })
    });
    json!({
        "file": what.file, "dry_run": what.dry_run, "tables": tables.collect::<Vec<_>>(), "report": report,
        "faulty_file": files.faulty, "people_file": files.people,
    })
}

/// The report as an admin reads it.
fn said(what: &What, read: &Read, report: &Report, files: &Files) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _written = writeln!(text, "{line}");
    };
    for (at, table) in &read.tables {
        let name = &read.sheets[usize::from(*at)].name;
        let name = if name.is_empty() { String::new() } else { format!("「{name}」") };
        let titles: Vec<&str> = table.columns.iter().map(|(_, _, title)| title.as_str()).collect();
        line(format!(
            "{name}{}表，第 {} 行是表头：{}",
            table.kind.name(),
            table.header_line,
            titles.join("、")
        ));
        if !table.ignored.is_empty() {
            line(format!("  没用上的列：{}", table.ignored.join("、")));
        }
    }
    let left = read.sheets.len() - read.tables.len();
    if left > 0 {
        line(format!("另有 {left} 张表没有认得的表头，没看"));
    }
    line(String::new());
    let would = if report.written { "" } else { "可以" };
    let mut figures: Vec<String> = Vec::new();
    let counted = [
        ("新增客户", report.new_customers),
        ("新增商机", report.new_deals),
        ("补充客户", report.changed_customers),
        ("补充商机", report.changed_deals),
        ("新成员", report.new_members),
    ];
    for (word, count) in counted.into_iter().filter(|(_, count)| *count > 0) {
        figures.push(format!("{would}{word} {count}"));
    }
    if report.same > 0 {
        figures.push(format!("和现有的一样 {}", report.same));
    }
    figures.push(format!("有问题 {}", report.faulty));
    line(format!("{} 行：{}", report.rows, figures.join("，")));
    for fault in report.faults.iter().take(SHOWN) {
        let name = read.sheets.get(usize::from(fault.sheet)).map_or("", |sheet| &sheet.name);
        let sheet = if read.tables.len() > 1 { format!("「{name}」") } else { String::new() };
        let table = read.tables.iter().find(|(at, _)| *at == fault.sheet);
        let title = table.map_or(fault.column.title(), |(_, table)| table.title(fault.column));
        line(format!("  {sheet}第 {} 行 {}", fault.line, fault.reason(title)));
    }
    let more = report.faults.len().saturating_sub(SHOWN);
    if more > 0 {
        line(format!("  还有 {more} 处"));
    }
    if !report.kept.is_empty() {
        let kept: Vec<String> = report
            .kept
            .iter()
            .take(SHOWN)
            .map(|kept| format!("第 {} 行 {}", kept.line, kept.columns.join("、")))
            .collect();
        line(format!("{} 行和系统里写的不一样，没动：{}", report.kept.len(), kept.join("；")));
        line("  要以表为准，加 --overwrite；换负责人在聊天里说「移交」".into());
    }
    line(String::new());
    line(match (report.written, what.dry_run, report.faulty > 0) {
        (true, _, false) => "导入好了。没有通知任何人；新商机是待盘点，第一次跟进以后才开始计时。".into(),
        (true, _, true) => {
            "好的行导入了，有问题的没有。没有通知任何人；新商机是待盘点，第一次跟进以后才开始计时。".into()
        }
        (false, true, false) => "这是预演，什么也没写。去掉 --dry-run 就真的导入。".into(),
        (false, true, true) => {
            "这是预演，什么也没写。改好有问题的行再导入；先导入其余的，加 --partial。".into()
        }
        (false, false, true) => "一行也没有导入。改好再来一次；先导入其余的，加 --partial。".into(),
        (false, false, false) => "没有要写的。".into(),
    });
    if let Some(faulty) = &files.faulty {
        line(format!("有问题的行和原因在 {}，改好直接导入它就行", faulty.display()));
    }
    match (&files.people, &report.people) {
        (Some(people), _) => line(format!(
            "成员由 people.toml 说了算：{} 里的内容看过以后，贴到它的末尾，存盘就生效",
            people.display()
        )),
        (None, Some(people)) => line(format!("people.toml 要加上：\n{people}")),
        (None, None) => {}
    }
    text
}
