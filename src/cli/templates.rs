//! `genjin templates`: which versions of the files there were, what differs between two, and back to an older one.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;
use similar::TextDiff;

use crate::app::control_socket;
use crate::app::rollback::{RolledBack, roll_back};
use crate::app::versions::{By, Places, Texts, VERSIONS_KEPT, Version, Versions, hashes};
use crate::calendar::{Calendar, spoken_weekday};
use crate::clock::machine_now;
use crate::config::{self, Fault, WorkspaceFolder};
use crate::control;

/// The files as they lie there, in the place of a version.
const NOW: &str = "now";

/// What is asked about versions.
#[derive(Subcommand)]
pub(super) enum What {
    /// List the versions of both folders: when, who, and which files changed; the one in force is marked
    #[command(after_help = "\
A version is both folders together, as they were when they went into force. The newest 200 are kept.
  genjin templates log --data data/demo
  genjin templates log --json | jq '.versions[-1]'")]
    Log,
    /// Show what differs between two versions, line by line
    #[command(after_help = "\
  genjin templates diff           what changed last, or what in the folders is not in force
  genjin templates diff 12        from version 12 to the files as they lie there now
  genjin templates diff 12 15     from version 12 to version 15
Ends with 0 whether or not anything differs.")]
    Diff {
        /// From this version: a number of `templates log`, or `now`
        #[arg(value_name = "A")]
        from: Option<String>,
        /// To this version [default: now, the files as they lie there]
        #[arg(value_name = "B")]
        to: Option<String>,
    },
    /// Write an older version back into the folders, if today's program can serve it
    #[command(after_help = "\
  genjin templates rollback 12
A running service has it in force within a second; without one the next start has. What was there before is kept as
a version too, so a rollback can be rolled back. Where the older files no longer hold together nothing is changed,
every fault is told with its cure, and it ends with 1.")]
    Rollback {
        /// A number of `templates log`
        #[arg(value_name = "VERSION")]
        to: String,
    },
}

/// Where the files and their versions lie.
struct Here {
    workspace: String,
    versions: Versions,
    places: Places,
    calendar: Calendar,
}

/// Does what is asked and prints it.
pub(super) async fn run(
    what: What,
    (config, templates, data): (&Path, PathBuf, PathBuf),
    only: Option<&str>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let here = here(config, templates, &data, only)?;
    match what {
        What::Log => log(&here, json),
        What::Diff { from, to } => diff(&here, (from.as_deref(), to.as_deref()), json),
        What::Rollback { to } => {
            let is_running = control::is_running(&control_socket(&data)).await;
            rollback(&here, &to, is_running, json)
        }
    }
}

fn here(config: &Path, templates: PathBuf, data: &Path, only: Option<&str>) -> anyhow::Result<Here> {
    let mut workspaces = config::workspaces(config).unwrap_or_else(|_| {
        // A folder whose workspace.toml is gone is one that somebody wants to roll back.
        vec![WorkspaceFolder { name: only.unwrap_or("main").to_owned(), path: config.to_owned() }]
    });
    workspaces.retain(|each| only.is_none_or(|only| only == each.name));
    let names: Vec<&str> = workspaces.iter().map(|each| each.name.as_str()).collect();
    let [WorkspaceFolder { name, path }] = &workspaces[..] else {
        bail!("name one workspace with --workspace: {} holds {}", config.display(), names.join(", "));
    };
    let versions = Versions::of(data, name);
    if versions.list()?.is_empty() {
        bail!(
            "{} keeps no versions of `{name}`: give --data the folder that `serve` or `demo` printed; the first version \
             is kept when the service starts",
            data.display()
        );
    }
    let calendar = config::load_with_unset_secrets(path, &config::environment)
        .map_or_else(|_| Calendar::default(), |config| config.calendar);
    Ok(Here {
        workspace: name.clone(),
        versions,
        places: Places { config: path.clone(), templates },
        calendar,
    })
}

impl Here {
    /// The version of this number.
    fn version(&self, said: &str) -> anyhow::Result<Version> {
        let number = said.trim_start_matches(['v', 'V', '第']).trim_end_matches('版').trim().parse::<u64>();
        let all = self.versions.list()?;
        let known = || {
            let numbers: Vec<String> =
                all.iter().rev().take(5).map(|version| version.number.to_string()).collect();
            numbers.join(", ")
        };
        let found = number.ok().and_then(|number| all.iter().find(|version| version.number == number));
        match found {
            Some(version) => Ok(version.clone()),
            None => {
                bail!(
                    "no version `{said}` is kept: `genjin templates log` lists them, the newest are {}",
                    known()
                )
            }
        }
    }

    /// What a side of a diff is called, and its texts.
    fn side(&self, said: &str) -> anyhow::Result<(String, Texts)> {
        if said == NOW {
            return Ok((NOW.to_owned(), self.places.read()?));
        }
        let version = self.version(said)?;
        Ok((format!("v{}", version.number), self.versions.texts(version.number)?))
    }

    fn spoken(&self, at: DateTime<Utc>) -> String {
        let local = self.calendar.local(at);
        let weekday = spoken_weekday(chrono::Datelike::weekday(&local));
        format!("{} {weekday} {}", local.format("%Y年%-m月%-d日"), local.format("%H:%M:%S"))
    }
}

fn log(here: &Here, json: bool) -> anyhow::Result<ExitCode> {
    let all = here.versions.list()?;
    let in_force = all.iter().rfind(|version| version.was_live()).map(|version| version.number);
    let there = hashes(&here.places.read()?);
    let is_in_force = |version: &&Version| Some(version.number) == in_force && version.files == there;
    let is_whole = all.iter().any(|version| is_in_force(&version));
    let changed = |at: usize| {
        let before = all[..at].iter().rfind(|before| before.was_live());
        before.map(|before| all[at].changed_since(before))
    };
    if json {
        let told: Vec<_> = (0..all.len())
            .map(|at| {
                let version = &all[at];
                json!({
                    "version": version.number, "at": version.at, "by": version.by, "changed": changed(at),
                    "in_force": Some(version.number) == in_force,
                    "config": version.config, "templates": version.templates,
                })
            })
            .collect();
        let told = json!({ "workspace": here.workspace, "versions": told, "files_are_in_force": is_whole });
        println!("{told}");
        return Ok(ExitCode::SUCCESS);
    }
    for (at, version) in all.iter().enumerate() {
        let mark = if Some(version.number) == in_force { "▶" } else { " " };
        println!("{mark} {:>4}  {}  {}", version.number, here.spoken(version.at), by(&version.by));
        match changed(at) {
            None => println!("        最早留下的一版，共 {} 个文件", version.files.len()),
            Some(files) if files.is_empty() => println!("        和前一版一样"),
            Some(files) => println!("        {}", shown(&files)),
        }
    }
    println!();
    if is_whole {
        println!("▶ 正在用的一版");
    } else {
        println!(
            "▶ 正在用的一版。文件夹里有还没生效的改动：genjin templates diff 看改了什么，genjin check 看哪里要改"
        );
    }
    if all.len() >= VERSIONS_KEPT {
        println!("只留最近 {VERSIONS_KEPT} 版，更早的已经清掉");
    }
    Ok(ExitCode::SUCCESS)
}

fn by(by: &By) -> String {
    match by {
        By::Start => "启动时读到".to_owned(),
        By::Files => "改了文件".to_owned(),
        By::Rollback { to, who: Some(who) } => format!("{who} 退回第 {to} 版"),
        By::Rollback { to, who: None } => format!("退回第 {to} 版"),
        By::SetAside => "没生效过，退回时替你留下".to_owned(),
    }
}

/// The first few names, and how many more.
fn shown(files: &[&str]) -> String {
    const SHOWN: usize = 4;
    let more = files.len().saturating_sub(SHOWN);
    let names = files.iter().take(SHOWN).copied().collect::<Vec<_>>().join("  ");
    if more == 0 { names } else { format!("{names}  还有 {more} 个") }
}

fn diff(here: &Here, sides: (Option<&str>, Option<&str>), json: bool) -> anyhow::Result<ExitCode> {
    let (from, to) = match sides {
        (Some(from), to) => (from.to_owned(), to.unwrap_or(NOW).to_owned()),
        (None, _) => last_change(here)?,
    };
    let ((old_name, old), (new_name, new)) = (here.side(&from)?, here.side(&to)?);
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed: Vec<&String> = names.into_iter().filter(|name| old.get(*name) != new.get(*name)).collect();
    let text = |texts: &Texts, name: &str| {
        texts.get(name).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
    };
    let unified = |name: &str| {
        let (before, after) = (text(&old, name), text(&new, name));
        let header = (format!("{old_name}/{name}"), format!("{new_name}/{name}"));
        TextDiff::from_lines(&before, &after).unified_diff().header(&header.0, &header.1).to_string()
    };
    if json {
        let files: Vec<_> =
            changed.iter().map(|name| json!({ "file": name, "diff": unified(name) })).collect();
        println!("{}", json!({ "from": old_name, "to": new_name, "files": files }));
        return Ok(ExitCode::SUCCESS);
    }
    if changed.is_empty() {
        println!("{old_name} 和 {new_name} 一样");
    }
    let is_coloured = std::io::stdout().is_terminal() && config::environment("NO_COLOR").is_none();
    for name in changed {
        for line in unified(name).lines() {
            println!("{}", if is_coloured { coloured(line) } else { line.to_owned() });
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is in the folders and not in force, else what the version in force changed.
fn last_change(here: &Here) -> anyhow::Result<(String, String)> {
    let live: Vec<Version> = here.versions.list()?.into_iter().filter(Version::was_live).collect();
    let there = hashes(&here.places.read()?);
    let named = |version: &Version| version.number.to_string();
    Ok(match &live[..] {
        [.., newest] if newest.files != there => (named(newest), NOW.to_owned()),
        [.., before, newest] => (named(before), named(newest)),
        _ => (NOW.to_owned(), NOW.to_owned()),
    })
}

fn coloured(line: &str) -> String {
    let colour = match line.as_bytes() {
        [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => "1",
        [b'-', ..] => "31",
        [b'+', ..] => "32",
        [b'@', ..] => "36",
        _ => return line.to_owned(),
    };
    format!("\u{1b}[{colour}m{line}\u{1b}[0m")
}

fn rollback(here: &Here, said: &str, is_running: bool, json: bool) -> anyhow::Result<ExitCode> {
    let version = here.version(said)?;
    let number = version.number;
    let who = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(config::environment);
    let done = roll_back(&here.versions, &here.places, &version, who, machine_now())?;
    let code = if matches!(done, RolledBack::Refused(_)) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if json {
        let told = match &done {
            RolledBack::Already => json!({ "to": number, "done": true, "changed": [] }),
            RolledBack::Done { changed, now, before } => {
                json!({ "to": number, "done": true, "changed": changed, "version": now, "before": before })
            }
            RolledBack::Refused(faults) => json!({ "to": number, "done": false, "faults": faults }),
        };
        println!("{told}");
        return Ok(code);
    }
    match done {
        RolledBack::Already => println!("文件夹里已经是第 {number} 版，什么都没改"),
        RolledBack::Done { changed, now, before } => {
            println!("退回了第 {number} 版，记作第 {now} 版，改了 {} 个文件：", changed.len());
            changed.iter().for_each(|name| println!("  {name}"));
            println!(
                "{}",
                if is_running {
                    "服务在跑，一秒之内生效"
                } else {
                    "服务没在跑，下次启动就用它"
                }
            );
            println!("反悔：genjin templates rollback {before}");
        }
        RolledBack::Refused(faults) => refused(number, &faults),
    }
    Ok(code)
}

fn refused(number: u64, faults: &[Fault]) {
    println!("第 {number} 版现在用不了，文件一个也没动：");
    faults.iter().for_each(|fault| println!("  {fault}"));
    println!(
        "换一版：genjin templates log；要用它里面的话：genjin templates diff {number}，把想要的几行抄回来"
    );
}
