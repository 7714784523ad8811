//! `genjin backup|restore|verify|export|store`: beside a running service through its control socket, else on the store
//! itself, with a bar that tells how far it is.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::chores::{self, Telling};
use crate::app::control_socket;
use crate::clock::Clock;
use crate::control::{self, Ask, Chore, Chored, Request, Response, Step};
use crate::store::{JournalStores, Options, Stores};

/// The simulator's folder in a data folder.
const SIMULATOR: &str = "sim";

/// Does a chore and prints what became of it; failure when something is wrong.
pub(super) async fn run(
    data: PathBuf,
    workspace: Option<String>,
    chore: Chore,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let bar = bar(json);
    let tell = |step: Step| show(&bar, &step);
    let request = Request { workspace: workspace.clone(), what: Ask::Chore(chore.clone()) };
    let done = match control::ask_telling(&control_socket(&data), &request, &tell).await? {
        Some(Response::Chored(done)) => done,
        Some(Response::Failed(why)) => bail!(why),
        Some(_) => bail!("the service answered another question"),
        None => tokio::task::block_in_place(|| alone(&data, workspace.as_deref(), &chore, &tell))?,
    };
    bar.finish_and_clear();
    print(&done, json);
    let is_well = done.iter().all(|each| each.problems.is_empty());
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Without a service the stores are opened here.
fn alone(
    data: &Path,
    only: Option<&str>,
    chore: &Chore,
    tell: &(dyn Fn(Step) + Send + Sync),
) -> anyhow::Result<Vec<Chored>> {
    let clock = Clock::system();
    let options = Options { upkeep: None, ..Options::default() };
    let stores = JournalStores::new(data, clock.clone()).with_options(options);
    if let Chore::Restore { file, replace } = chore {
        let name = only.unwrap_or("main");
        let now = clock.now();
        return Ok(vec![chores::restore(&stores, data, name, (file, *replace), now, &Telling(tell))?]);
    }
    // The data folder holds more than stores: the simulator's world is none.
    let mut names = stores.workspaces().with_context(|| format!("reading {}", data.display()))?;
    names.retain(|name| name != SIMULATOR && only.is_none_or(|only| only == name));
    if names.is_empty() {
        bail!("{} holds no store: give --data the folder that `serve` or `demo` printed", data.display());
    }
    if names.len() > 1 && chore.is_about_one() {
        bail!("choose one with --workspace: there are {}", names.join(", "));
    }
    let mut done = Vec::new();
    for name in names {
        let opened = stores.open_telling(&name, &Telling(tell))?;
        let repaired = opened.repaired.iter().map(|repair| format!("opening {repair}"));
        let mut chored = chores::run(&opened.store.keeper(), &name, chore, &Telling(tell))?;
        chored.said.splice(0..0, repaired);
        done.push(chored);
    }
    Ok(done)
}

/// A bar where a person looks on; nothing for scripts.
fn bar(json: bool) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:10} {bar:30} {human_pos}/{human_len} {eta}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, step: &Step) {
    bar.set_length(step.of);
    bar.set_message(step.what.clone());
    bar.set_position(step.done);
}

fn print(done: &[Chored], json: bool) {
    if json {
        let figures: Vec<_> = done
            .iter()
            .map(|each| json!({ "workspace": each.workspace, "problems": each.problems, "figures": each.figures }))
            .collect();
        println!("{}", json!({ "workspaces": figures }));
        return;
    }
    for each in done {
        if done.len() > 1 {
            println!("{}", each.workspace);
        }
        each.said.iter().for_each(|line| println!("{line}"));
        each.problems.iter().for_each(|line| println!("WRONG  {line}"));
        if each.problems.is_empty() && each.figures.get("proved").is_some() {
            println!("all is well");
        }
    }
}
