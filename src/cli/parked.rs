//! `genjin parked …`: beside a running service through its control socket, else on the store itself.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::json;

use crate::app::control_socket;
use crate::clock::Clock;
use crate::config;
use crate::control::{self, Aside, Request, Response};
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
    let request = match what {
        What::List => Request::Parked,
        What::Replay { ids } => Request::Unpark(Unpark { ids, again: true }),
        What::Release { ids } => Request::Unpark(Unpark { ids, again: false }),
    };
    let response = match control::ask(&control_socket(data), &request).await? {
        Some(response) => response,
        None => alone(data, folder, only, &request)?,
    };
    match response {
        Response::Parked(aside) => print(&aside, json),
        Response::Done if json => println!("{}", json!({ "done": true })),
        Response::Done => println!("done"),
        Response::Failed(why) => bail!(why),
    }
    Ok(ExitCode::SUCCESS)
}

/// Without a service the store is opened here.
fn alone(data: &Path, folder: &Path, only: Option<&str>, request: &Request) -> anyhow::Result<Response> {
    let clock = Clock::system();
    let stores = JournalStores::new(data, clock.clone());
    let mut found = Vec::new();
    let names = stores.workspaces().with_context(|| format!("reading {}", data.display()))?;
    let names: Vec<_> = names.into_iter().filter(|name| only.is_none_or(|only| only == name)).collect();
    if names.is_empty() {
        bail!("{} holds no store: give --data the folder that `serve` or `demo` printed", data.display());
    }
    let workspaces = config::workspaces(folder).unwrap_or_default();
    for name in names {
        let path =
            workspaces.iter().find(|workspace| workspace.name == name).map_or(folder, |found| &found.path);
        let rules = config::load_with_unset_secrets(path, &config::environment).map_err(|faults| {
            anyhow::anyhow!("the config does not hold together, see `genjin check`: {} faults", faults.len())
        })?;
        let mut engine = Engine::load(stores.open(&name)?, Arc::new(rules))?;
        if let Request::Unpark(unpark) = request {
            let mut inbox = Inbox::default();
            let event = control::unpark_event(unpark.clone(), clock.now());
            inbox.push(Entry::Event(Box::new(event), Box::new(drop)));
            // Only the operator's word is decided here; what is due waits for the service.
            engine.hold_timers(chrono::DateTime::<chrono::Utc>::MAX_UTC);
            engine.turn(&mut inbox, clock.now(), &mut Looks(1))?;
        }
        found.extend(control::aside(&name, engine.state()));
    }
    Ok(match request {
        Request::Parked => Response::Parked(found),
        Request::Unpark(_) => Response::Done,
    })
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
