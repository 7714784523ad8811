//! A workspace's store that no service holds, opened by the command itself.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use crate::clock::Clock;
use crate::config::{self, WorkspaceFolder};
use crate::engine::Engine;
use crate::import::Alone;
use crate::store::{JournalStore, JournalStores, Stores};

/// The one workspace that is meant, with its rules in force.
///
/// # Errors
/// There is none or there are several, its files do not hold together, or its store is held or shut.
pub(super) fn alone(data: &Path, folder: &Path, only: Option<&str>) -> anyhow::Result<Alone<JournalStore>> {
    let clock = Clock::system();
    let stores = JournalStores::new(data, clock.clone());
    // The data folder holds more than stores: the simulator's world is none.
    let names = stores.workspaces().with_context(|| format!("reading {}", data.display()))?;
    let mut workspaces = config::workspaces(folder).map_err(|faults| does_not_hold(&faults))?;
    workspaces.retain(|each| names.contains(&each.name) && only.is_none_or(|only| *only == each.name));
    let WorkspaceFolder { name, path } = match &workspaces[..] {
        [workspace] => workspace,
        [] => bail!(
            "{} holds no store: give --data the folder that `serve` or `demo` printed; a new one is made by its first start",
            data.display()
        ),
        _ => bail!("{} holds several workspaces: name one with --workspace", data.display()),
    };
    let rules = config::load_with_unset_secrets(path, &config::environment)
        .map_err(|faults| does_not_hold(&faults))?;
    let engine = Engine::load(stores.open(name)?, Arc::new(rules))?;
    Ok(Alone::new(engine, clock))
}

fn does_not_hold(faults: &[config::Fault]) -> anyhow::Error {
    anyhow::anyhow!("the config does not hold together, see `genjin check`: {} faults", faults.len())
}
