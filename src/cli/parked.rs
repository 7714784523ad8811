//! `genjin parked …`: beside a running service through its control socket, else on the store itself.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::json;

use crate::app::control_socket;
use crate::clock::Clock;
use crate::config::{self, WorkspaceFolder};
use crate::control::{self, Aside, Ask, Request, Response};
use crate::engine::{Engine, Entry, Inbox, Looks};
use crate::event::Unpark;
use crate::store::{JournalStores, Stores};

/// What to do with what was put aside.
#[derive(Subcommand)]
pub(super) enum What {
    /// List it, each with its reason
    List,
    /// Decide events again and send refused messages again
    Replay {
        /// Their numbers; all when none is given
        ids: Vec<u64>,
    },
    /// Forget it
    Release {
        /// Their numbers; all when none is given
        ids: Vec<u64>,
    },
}

pub(super) async fn run(
    data: &Path,
    folder: &Path,
    only: Option<&str>,
    what: What,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let what = match what {
        What::List => Ask::Parked,
        What::Replay { ids } => Ask::Unpark(Unpark { ids, again: true }),
        What::Release { ids } => Ask::Unpark(Unpark { ids, again: false }),
    };
    let request = Request { workspace: only.map(Into::into), what };
    let response = match control::ask(&control_socket(data), &request).await? {
        Some(response) => response,
        None => alone(data, folder, &request)?,
    };
    match response {
        Response::Parked(aside) => print(&aside, json),
        Response::Done if json => println!("{}", json!({ "done": true })),
        Response::Done => println!("done"),
        Response::Failed(why) => bail!(why),
        Response::Step(_)
        | Response::Chored(_)
        | Response::Progress(_)
        | Response::Rows(_)
        | Response::Scripts(..)
        | Response::Imported(_)
        | Response::Listens(_)
        | Response::Understood(_) => bail!("the service answered what nobody asked"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Without a service the store is opened here.
fn alone(data: &Path, folder: &Path, request: &Request) -> anyhow::Result<Response> {
    let clock = Clock::system();
    let stores = JournalStores::new(data, clock.clone());
    let mut found = Vec::new();
    // The data folder holds more than stores: the simulator's world is none.
    let names = stores.workspaces().with_context(|| format!("reading {}", data.display()))?;
    let mut workspaces = config::workspaces(folder).map_err(|faults| does_not_hold(&faults))?;
    workspaces.retain(|each| {
        names.contains(&each.name) && request.workspace.as_ref().is_none_or(|only| *only == each.name)
    });
    if workspaces.is_empty() {
        bail!("{} holds no store: give --data the folder that `serve` or `demo` printed", data.display());
    }
    let mut open = Vec::new();
    for WorkspaceFolder { name, path } in workspaces {
        let rules = config::load_with_unset_secrets(&path, &config::environment)
            .map_err(|faults| does_not_hold(&faults))?;
        let engine = Engine::load(stores.open(&name)?, Arc::new(rules))?;
        open.push((name, engine));
    }
    if let Ask::Unpark(unpark) = &request.what {
        let known: Vec<Aside> =
            open.iter().flat_map(|(name, engine)| control::aside(name, engine.state())).collect();
        control::all_known(unpark, &known).map_err(anyhow::Error::msg)?;
    }
    for (name, mut engine) in open {
        if let Ask::Unpark(unpark) = &request.what {
            let mut inbox = Inbox::default();
            let event = control::unpark_event(unpark.clone(), clock.now());
            inbox.push(Entry::Event(Box::new(event), Box::new(drop)));
            // Only the operator's word is decided here; what is due waits for the service.
            engine.hold_timers(chrono::DateTime::<chrono::Utc>::MAX_UTC);
            engine.turn(&mut inbox, clock.now(), &mut Looks(1))?;
        }
        found.extend(control::aside(&name, engine.state()));
    }
    Ok(match request.what {
        Ask::Parked => Response::Parked(found),
        Ask::Unpark(_)
        | Ask::Chore(_)
        | Ask::Import { .. }
        | Ask::Export(_)
        | Ask::Scripts
        | Ask::Understand(_)
        | Ask::Where => Response::Done,
    })
}

fn does_not_hold(faults: &[config::Fault]) -> anyhow::Error {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    anyhow::anyhow!(
        "the config does not hold together ({} in all, `genjin check` lists them): {first}",
        faults.len()
    )
}

fn print(aside: &[Aside], json: bool) {
    if json {
        println!("{}", json!({ "parked": aside }));
        return;
    }
    for each in aside {
        println!("{:>6}  {:<5}  {}  {}  {}", each.id, each.kind, each.workspace, each.at, each.why);
    }
    if aside.is_empty() {
        println!("nothing is parked");
    } else {
        println!(
            "\n`genjin parked replay [ID…]` decides or sends again, `genjin parked release [ID…]` forgets."
        );
    }
}
