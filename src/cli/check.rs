//! `genjin check`: every fault of every file, with its line and cure, and when each schedule runs next.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::clock::machine_now;
use crate::config::{self, Config};
use crate::messages::Templates;

/// Prints what is wrong and what runs next; success only when nothing is wrong.
pub(super) fn run(
    folder: &Path,
    templates: &Path,
    only: Option<&str>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut faults: Vec<serde_json::Value> = Vec::new();
    let mut runs = Vec::new();
    match Templates::load(templates) {
        Ok(_) => {}
        Err(found) => faults.extend(found.iter().map(|fault| told(templates, fault))),
    }
    match config::workspaces(folder) {
        Err(found) => faults.extend(found.iter().map(|fault| told(folder, fault))),
        Ok(workspaces) => {
            for workspace in
                workspaces.iter().filter(|workspace| only.is_none_or(|name| name == workspace.name))
            {
                // Secrets may be set on another machine than the one where the files are written.
                match config::load_with_unset_secrets(&workspace.path, &config::environment) {
                    Ok(config) => runs.extend(upcoming(&workspace.name, &config)),
                    Err(found) => {
                        faults.extend(found.iter().map(|fault| told(&workspace.path, fault)));
                    }
                }
            }
        }
    }
    print(&faults, &runs, json);
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(folder: &Path, fault: &config::Fault) -> serde_json::Value {
    json!({ "file": folder.join(&fault.file), "line": fault.line, "what": fault.what, "cure": fault.cure })
}

fn upcoming(workspace: &str, config: &Config) -> Vec<serde_json::Value> {
    let now = machine_now();
    let runs = config.schedules.iter().map(|schedule| {
        let next: Vec<String> = schedule
            .when
            .upcoming(now, &config.calendar)
            .take(3)
            .map(|at| config.calendar.spoken_time(at, now))
            .collect();
        json!({
            "workspace": workspace, "schedule": schedule.name, "message": schedule.message,
            "when": schedule.when.describe(), "next": next
        })
    });
    runs.collect()
}

fn print(faults: &[serde_json::Value], runs: &[serde_json::Value], json: bool) {
    if json {
        println!("{}", json!({ "faults": faults, "schedules": runs }));
        return;
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for fault in faults {
        let line = fault["line"].as_u64().map_or_else(String::new, |line| format!(":{line}"));
        println!("{}{line}: {}。改法：{}", text(&fault["file"]), text(&fault["what"]), text(&fault["cure"]));
    }
    for run in runs {
        let next: Vec<String> = run["next"].as_array().into_iter().flatten().map(text).collect();
        println!(
            "{}（{}，{}）：{}",
            text(&run["schedule"]),
            text(&run["message"]),
            text(&run["when"]),
            next.join(" · ")
        );
    }
    match faults.len() {
        0 => println!("都好：没有发现问题。"),
        n => println!("{n} 处要改。改好之前，正在跑的服务用上一份好的。"),
    }
}
