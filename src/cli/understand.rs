//! `genjin understand`: what texts would be understood as, one JSON line each; nothing is recorded.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::app::control_socket;
use crate::clock::{Clock, machine_now};
use crate::config::{self, Config};
use crate::control::{self, Ask, Query, Request, Response, understood};
use crate::engine::Engine;
use crate::sales::MemberId;
use crate::state::State;
use crate::store::{JournalStores, MemoryStores, Stores};

/// How texts are to be understood.
pub(super) struct Options {
    pub(super) config: PathBuf,
    pub(super) data: PathBuf,
    pub(super) workspace: Option<String>,
    pub(super) now: Option<DateTime<Utc>>,
    pub(super) rep: Option<String>,
    pub(super) explain: bool,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (workspace, rules) = rules(&options.config, options.workspace.as_deref())?;
    let asked = Asked { path: control_socket(&options.data), workspace };
    let held = asked.is_held().await?;
    let copy = if held { None } else { Some(Copy::of(&options.data, &asked.workspace, rules)?) };
    let mut whole = true;
    let mut number = 0;
    let mut line = Vec::new();
    let mut input = std::io::stdin().lock();
    while input.read_until(b'\n', &mut line).context("reading what to understand")? > 0 {
        number += 1;
        let text = String::from_utf8_lossy(&line);
        let answer = match question(text.trim_end_matches(['\n', '\r']), number, &options) {
            Ok((id, query)) => {
                let read = match &copy {
                    Some(copy) => serde_json::to_value(understood(copy.state(), &query, machine_now()))?,
                    None => asked.ask(&query).await?,
                };
                with_id(id, read, &query)
            }
            Err((id, why)) => {
                whole = false;
                Answer { text: String::new(), value: json!({ "id": id, "error": why }) }
            }
        };
        line.clear();
        let shown = if options.explain { answer.explained() } else { answer.value.to_string() };
        // A reader that has seen enough (head) ends this without an error.
        if writeln!(std::io::stdout().lock(), "{shown}").is_err() {
            break;
        }
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line of input: a text, or `{"id", "text", "now", "rep"}`.
fn question(line: &str, number: u64, options: &Options) -> Result<(Value, Query), (Value, String)> {
    let plain =
        Query { text: line.to_owned(), now: options.now, rep: options.rep.as_deref().map(MemberId::from) };
    let object =
        line.trim_start().starts_with('{').then(|| serde_json::from_str::<Value>(line).ok()).flatten();
    let Some(object) = object.filter(|object| object["text"].is_string()) else {
        return Ok((json!(number), plain));
    };
    let id = object.get("id").cloned().unwrap_or_else(|| json!(number));
    let now = match &object["now"] {
        Value::Null => plain.now,
        Value::String(now) => match DateTime::parse_from_rfc3339(now) {
            Ok(now) => Some(now.to_utc()),
            Err(_) => return Err((id, format!("`now` is no RFC 3339 time: {now}"))),
        },
        _ => return Err((id, "`now` must be a text like 2026-11-24T09:30:00+08:00".to_owned())),
    };
    let rep = object["rep"].as_str().map(MemberId::from).or(plain.rep);
    let text = object["text"].as_str().unwrap_or_default().to_owned();
    Ok((id, Query { text, now, rep }))
}

struct Answer {
    text: String,
    value: Value,
}

fn with_id(id: Value, mut read: Value, query: &Query) -> Answer {
    if let Value::Object(map) = &mut read {
        map.insert("id".to_owned(), id);
    }
    Answer { text: query.text.clone(), value: read }
}

impl Answer {
    /// For a person: the text, and why each part was read so.
    fn explained(&self) -> String {
        if let Some(error) = self.value["error"].as_str() {
            return error.to_owned();
        }
        let strings = |key: &str| -> Vec<String> {
            let list = self.value[key].as_array().into_iter().flatten();
            list.filter_map(|each| each.as_str().map(str::to_owned)).collect()
        };
        let creates: Vec<String> = strings("creates").iter().map(|kind| spoken(kind).to_owned()).collect();
        let made = if creates.is_empty() {
            "不记录".to_owned()
        } else {
            format!("记成：{}", creates.join("、"))
        };
        let lines = strings("explain").into_iter().chain([made]).map(|line| format!("  {line}\n"));
        format!("{}\n{}", self.text, lines.collect::<String>())
    }
}

/// A kind of record in product words.
fn spoken(kind: &str) -> &str {
    match kind {
        "meeting" => "日程",
        "follow_up" => "跟进",
        "task" => "待办",
        "deal_update" => "商机更新",
        "customer_form" => "客户登记",
        other => other,
    }
}

/// The workspace whose names and days hold.
fn rules(folder: &Path, only: Option<&str>) -> anyhow::Result<(String, Config)> {
    let broken = |faults: Vec<config::Fault>| {
        anyhow::anyhow!("the config does not hold together, see `genjin check`: {} faults", faults.len())
    };
    let mut workspaces = config::workspaces(folder).map_err(broken)?;
    workspaces.retain(|each| only.is_none_or(|only| only == each.name));
    let [workspace] = workspaces.as_slice() else {
        bail!("{} has {} such workspaces: name one with --workspace", folder.display(), workspaces.len());
    };
    let rules = config::load_with_unset_secrets(&workspace.path, &config::environment).map_err(broken)?;
    Ok((workspace.name.clone(), rules))
}

/// A service that runs on the data folder.
struct Asked {
    path: PathBuf,
    workspace: String,
}

impl Asked {
    /// Whether a service answers.
    async fn is_held(&self) -> anyhow::Result<bool> {
        let hello = Query { text: String::new(), now: None, rep: None };
        Ok(self.response(&hello).await?.is_some())
    }

    async fn response(&self, query: &Query) -> anyhow::Result<Option<Response>> {
        let what = Ask::Understand(query.clone());
        control::ask(&self.path, &Request { workspace: Some(self.workspace.clone()), what }).await
    }

    async fn ask(&self, query: &Query) -> anyhow::Result<Value> {
        match self.response(query).await? {
            Some(Response::Understood(read)) => Ok(read),
            Some(Response::Failed(why)) => bail!(why),
            Some(
                Response::Parked(_)
                | Response::Done
                | Response::Step(_)
                | Response::Chored(_)
                | Response::Progress(_)
                | Response::Rows(_)
                | Response::Scripts(..)
                | Response::Listens(_)
                | Response::Imported(_),
            ) => {
                bail!("the service answered another question")
            }
            None => bail!("the service has stopped meanwhile; ask again"),
        }
    }
}

/// A copy of a store that nobody holds; the original is not touched.
struct Copy {
    state: Box<dyn StateOf>,
    /// Removed when this ends.
    _folder: Option<tempfile::TempDir>,
}

trait StateOf {
    fn state(&self) -> &State;
}

impl<S: crate::store::Store> StateOf for Engine<S> {
    fn state(&self) -> &State {
        Engine::state(self)
    }
}

impl Copy {
    fn of(data: &Path, workspace: &str, rules: Config) -> anyhow::Result<Self> {
        let rules = Arc::new(rules);
        let original = data.join(workspace);
        let stores = JournalStores::new(data, Clock::system());
        let there = stores.workspaces().unwrap_or_default().iter().any(|name| name == workspace);
        if !there {
            let opened = MemoryStores::default().create(workspace, 0)?;
            return Ok(Self { state: Box::new(Engine::load(opened, rules)?), _folder: None });
        }
        let folder = tempfile::tempdir().context("making a temporary folder")?;
        copy_store(&original, &folder.path().join(workspace))
            .with_context(|| format!("copying {}", original.display()))?;
        let opened = JournalStores::new(folder.path(), Clock::system()).open(workspace)?;
        Ok(Self { state: Box::new(Engine::load(opened, rules)?), _folder: Some(folder) })
    }

    fn state(&self) -> &State {
        self.state.state()
    }
}

/// All files of a store but its lock and its media, which no text needs.
fn copy_store(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let skipped = name == "LOCK" || name == "media" || name == "control.sock";
        match (skipped, entry.file_type()?.is_dir()) {
            (true, _) => {}
            (false, true) => copy_store(&entry.path(), &to.join(&name))?,
            (false, false) => drop(std::fs::copy(entry.path(), to.join(&name))?),
        }
    }
    Ok(())
}
