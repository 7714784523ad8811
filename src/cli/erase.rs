//! `genjin erase …`: says what will go, asks, and lets it go: beside a running service through its control socket, else
//! on the store itself.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::json;

use crate::app::chores::{self, Telling};
use crate::app::control_socket;
use crate::app::erasures::{Alone, Eraser};
use crate::clock::Clock;
use crate::config;
use crate::control::{self, Ask, Chore, Chored, Request, Response, Step, Which, Whose};
use crate::engine::Engine;
use crate::sales::CustomerId;
use crate::store::{JournalStores, Options, Stores};

/// Whose data go.
#[derive(Subcommand)]
pub(super) enum What {
    /// A customer with its deals, meetings and contacts
    Customer {
        /// Its number, e.g. c-12, or its name
        customer: String,
    },
    /// A person at a customer
    Contact {
        /// The customer's number, e.g. c-12, or its name
        customer: String,
        /// Their name or phone number, as `genjin export` shows it
        who: String,
    },
    /// A member who left and is out of people.toml
    Member {
        /// Their key
        key: String,
    },
}

/// Where, and how.
pub(super) struct Place<'a> {
    pub data: &'a Path,
    pub config: &'a Path,
    pub workspace: Option<&'a str>,
    pub json: bool,
}

fn which(text: &str) -> Which {
    let number = text.strip_prefix("c-").and_then(|number| number.parse().ok());
    number.map_or_else(|| Which::Name(text.to_owned()), |number| Which::Number(CustomerId(number)))
}

pub(super) async fn run(place: Place<'_>, what: What, yes: bool) -> anyhow::Result<ExitCode> {
    let whose = match what {
        What::Customer { customer } => Whose::Customer(which(&customer)),
        What::Contact { customer, who } => Whose::Contact { customer: which(&customer), who },
        What::Member { key } => Whose::Member(key.into()),
    };
    if !yes {
        let plan = ask(&place, Chore::Erase { whose: whose.clone(), go: false }).await?;
        print(&plan, place.json);
        if !std::io::stdin().is_terminal() {
            bail!("nothing was erased: give --yes to do it, nobody can be asked here");
        }
        if !is_confirmed()? {
            println!("nothing was erased");
            return Ok(ExitCode::SUCCESS);
        }
    }
    print(&ask(&place, Chore::Erase { whose, go: true }).await?, place.json);
    Ok(ExitCode::SUCCESS)
}

fn is_confirmed() -> anyhow::Result<bool> {
    print!("It cannot be taken back. Type `erase` to do it: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "erase")
}

async fn ask(place: &Place<'_>, chore: Chore) -> anyhow::Result<Vec<Chored>> {
    let request = Request { workspace: place.workspace.map(Into::into), what: Ask::Chore(chore.clone()) };
    match control::ask_telling(&control_socket(place.data), &request, &|_: Step| {}).await? {
        Some(Response::Chored(done)) => Ok(done),
        Some(Response::Failed(why)) => bail!(why),
        Some(_) => bail!("the service answered another question"),
        None => tokio::task::block_in_place(|| alone(place, &chore)).map(|done| vec![done]),
    }
}

/// Without a service the store is opened here.
fn alone(place: &Place<'_>, chore: &Chore) -> anyhow::Result<Chored> {
    let Chore::Erase { whose, go } = chore else { bail!("this command only erases") };
    let clock = Clock::system();
    let options = Options { upkeep: None, ..Options::default() };
    let stores = JournalStores::new(place.data, clock.clone()).with_options(options);
    let known = stores.workspaces().with_context(|| format!("reading {}", place.data.display()))?;
    let mut workspaces = config::workspaces(place.config).map_err(|faults| does_not_hold(&faults))?;
    workspaces
        .retain(|each| known.contains(&each.name) && place.workspace.is_none_or(|only| *only == *each.name));
    let [workspace] = &workspaces[..] else {
        if workspaces.is_empty() {
            let data = place.data.display();
            bail!("{data} holds no store: give --data the folder that `serve` or `demo` printed");
        }
        bail!("choose one with --workspace: {data} holds several", data = place.data.display());
    };
    let rules = config::load_with_unset_secrets(&workspace.path, &config::environment)
        .map_err(|faults| does_not_hold(&faults))?;
    let engine = Engine::load(stores.open(&workspace.name)?, Arc::new(rules))?;
    let folder = place.data.join(&workspace.name);
    let eraser = Eraser::new(Alone::new(engine, clock.clone()), &folder, clock);
    chores::erase(eraser, &workspace.name, (whose, *go), &Telling(&|_: Step| {}))
}

fn does_not_hold(faults: &[config::Fault]) -> anyhow::Error {
    anyhow::anyhow!("the config does not hold together, see `genjin check`: {} faults", faults.len())
}

fn print(done: &[Chored], json: bool) {
    if json {
        let figures: Vec<_> = done.iter().map(|each| &each.figures).collect();
        println!("{}", json!({ "erasures": figures }));
        return;
    }
    done.iter().flat_map(|each| &each.said).for_each(|line| println!("{line}"));
}
