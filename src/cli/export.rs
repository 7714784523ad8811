//! `genjin export FILE`: what the file is to be is told by its ending.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::TableArg;
use crate::app::control_socket;
use crate::control::{self, Ask, Chore, Request, Response};
use crate::export;
use crate::import::{Alone, Kind, Road as _};
use crate::sheet::{self, Cell, Page};
use crate::store::JournalStore;

/// What to export, and where to.
#[derive(Args)]
pub(super) struct What {
    /// Where to: .xlsx (a sheet a kind), .csv (one kind, see --only), .jsonl (everything, see docs/data.md) or .md (what reps
    /// brought into the script library, for bot-config/scripts)
    file: PathBuf,
    /// Only these rows
    #[arg(long, value_name = "KIND")]
    only: Option<TableArg>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(
    data: &Path,
    config: &Path,
    workspace: Option<&str>,
    what: What,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let ending = what.file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let from = From { data, config, workspace };
    match ending.as_deref() {
        Some("jsonl") => {
            let chore = Chore::Export { file: std::path::absolute(&what.file)? };
            return super::chores::run(data.to_owned(), workspace.map(Into::into), chore, json).await;
        }
        Some("xlsx" | "csv" | "md") => {}
        _ => bail!("{}: end the name in .xlsx, .csv, .jsonl or .md", what.file.display()),
    }
    if what.file.exists() && !what.force {
        bail!("{} is there already: choose another name, or add --force", what.file.display());
    }
    if ending.as_deref() == Some("md") {
        return scripts(&from, &what.file, json).await;
    }
    let only = what.only.map(TableArg::kind);
    let (pages, bytes) = match (ending.as_deref(), only) {
        (Some("csv"), None) => {
            bail!("a .csv holds one kind of rows: add --only customers, --only deals or --only people")
        }
        (Some("csv"), Some(kind)) => {
            let page = from.page(kind).await?;
            let bytes = sheet::to_csv(&page);
            (vec![page], bytes)
        }
        (_, only) => {
            let mut pages = Vec::new();
            for kind in [Kind::Customers, Kind::Deals, Kind::People] {
                if only.is_none_or(|only| only == kind) {
                    pages.push(from.page(kind).await?);
                }
            }
            let bytes = sheet::to_xlsx(&pages).context("the workbook could not be made")?;
            (pages, bytes)
        }
    };
    write(&what.file, &bytes).with_context(|| format!("writing {}", what.file.display()))?;
    if json {
        let counts: serde_json::Map<String, serde_json::Value> =
            pages.iter().map(|page| (page.name.clone(), page.rows.len().into())).collect();
        println!("{}", json!({ "file": what.file, "rows": counts }));
    } else {
        let counts: Vec<String> =
            pages.iter().map(|page| format!("{} {}", page.name, page.rows.len())).collect();
        println!("写好了 {}：{}。里面有客户的电话，别外传。", what.file.display(), counts.join("，"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What reps brought into the script library, as a file of scripts.
async fn scripts(from: &From<'_>, path: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let (text, count) = from.scripts().await?;
    if count == 0 {
        bail!("no offered script is taken that the files do not have: {} was not written", path.display());
    }
    write(path, text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    if json {
        println!("{}", json!({ "file": path, "scripts": count }));
    } else {
        println!("写好了 {}：话术 {count} 条。放进 bot-config/scripts，补上阶段和行业就行。", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The whole file or none: it takes its name when it is complete. Nobody but its owner reads it.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".tmp");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

/// Where rows come from.
struct From<'a> {
    data: &'a Path,
    config: &'a Path,
    workspace: Option<&'a str>,
}

impl From<'_> {
    async fn scripts(&self) -> anyhow::Result<(String, usize)> {
        let request = Request { workspace: self.workspace.map(Into::into), what: Ask::Scripts };
        match control::ask(&control_socket(self.data), &request).await? {
            Some(Response::Scripts(file, count)) => Ok((file, count)),
            Some(Response::Failed(why)) => bail!(why),
            Some(_) => bail!("the service answered what nobody asked"),
            None => {
                let mut alone: Alone<JournalStore> =
                    super::store::alone(self.data, self.config, self.workspace)?;
                Ok(alone.read(|state, _| export::scripts(state)).await?)
            }
        }
    }

    async fn page(&self, kind: Kind) -> anyhow::Result<Page> {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let request = Request { workspace: self.workspace.map(Into::into), what: Ask::Export(kind) };
        let socket = control_socket(self.data);
        let answered = control::ask_with_rows(&socket, &request, &[], |answer| {
            if let Response::Rows(more) = answer {
                rows.extend(more);
            }
        });
        match answered.await? {
            Some(Response::Done) => {}
            Some(Response::Failed(why)) => bail!(why),
            Some(_) => bail!("the service answered what nobody asked"),
            None => {
                let mut alone: Alone<JournalStore> =
                    super::store::alone(self.data, self.config, self.workspace)?;
                let mut after = None;
                loop {
                    let (more, next) = export::page(&mut alone, kind, after).await?;
                    rows.extend(more);
                    after = next;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        let header = export::columns(kind).iter().map(|column| column.title().to_owned()).collect();
        Ok(Page { name: kind.name().into(), header, rows })
    }
}
