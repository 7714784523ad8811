//! The admin's files at work: read at the start, watched, read again as one 300 ms after the last write. What does
//! not hold together never goes live; its faults enter the road as an event, and so does what does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::versions::{By, Entry, Places, Version, Versions};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::engine::Handle;
use crate::event::{Adopted, Event, Fault, Identity, Nonce, What};
use crate::messages::Templates;
use crate::sim::client::WorldInfo;

/// Writes come in bursts; the folder is read when it has been still this long.
const STILL: Duration = Duration::from_millis(300);

/// The folders, and what a simulator replaces in them.
#[derive(Clone)]
pub(super) struct Folders {
    pub config: PathBuf,
    pub templates: PathBuf,
    pub versions: Versions,
    pub world: Option<Arc<WorldInfo>>,
}

/// The rules and templates in force.
#[derive(Clone)]
pub(super) struct InForce {
    pub config: Arc<Config>,
    pub templates: Arc<Templates>,
}

impl Folders {
    /// Reads the config folder as one.
    pub fn read_config(&self) -> Result<Config, Vec<Fault>> {
        read_config(&self.config, self.world.as_deref())
    }

    /// Reads both folders at the start. A broken config folder is served by the last good version, when one is kept.
    pub fn start(&self) -> anyhow::Result<(InForce, Vec<Fault>)> {
        let (templates, mut faults) = Templates::shipped().reload_keeping(&self.templates);
        let config = match self.read_config() {
            Ok(config) => config,
            Err(found) => {
                let said = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
                let last = self.versions.last_config();
                let Some(config) = last.and_then(|kept| read_config(&kept, self.world.as_deref()).ok())
                else {
                    bail!("{} does not hold together:\n{said}", self.config.display());
                };
                faults.extend(found);
                config
            }
        };
        Ok((InForce { config: Arc::new(config), templates: Arc::new(templates) }, faults))
    }

    /// Keeps the texts of both, so that what is committed under their hashes finds them at any later time.
    pub fn keep(&self, rules: &InForce) -> std::io::Result<()> {
        self.versions.keep_templates(&rules.templates)?;
        self.versions.keep_config(&rules.config.version, &self.config)
    }

    /// Enters what lies in the folders, whole and in force, into the list of versions; a rollback has done so before.
    /// The number of the version before it, if there is one. What cannot be entered stops nothing.
    pub fn enter(&self, rules: &InForce, by: By, at: DateTime<Utc>) -> Option<u64> {
        let entered = || {
            let places = Places { config: self.config.clone(), templates: self.templates.clone() };
            let texts = places.read()?;
            let (config, templates) = (rules.config.version.as_str(), rules.templates.version());
            let now = self.versions.enter(Entry { texts: &texts, at, by, config, templates })?;
            let before = |version: &Version| version.was_live() && version.number < now;
            Ok::<_, std::io::Error>(self.versions.list()?.into_iter().rfind(before))
        };
        let before = entered()
            .inspect_err(|error| tracing::warn!(%error, "This version is not in the list for a rollback"));
        Some(before.ok()??.number)
    }

    /// Removes old versions, but none that a message on its way was made under.
    pub async fn prune(&self, engine: &Handle) {
        let named = |state: &crate::state::State| state.rows().map(|row| row.templates.to_string()).collect();
        let Ok(named) = engine.read(move |state, _| named(state)).await else { return };
        match self.versions.prune(&named) {
            Ok(0) => {}
            Ok(gone) => {
                tracing::info!(gone, "Old versions of the files were removed: the newest 200 are kept")
            }
            Err(error) => tracing::warn!(%error, "Old versions of the files could not be removed"),
        }
    }
}

fn read_config(folder: &Path, world: Option<&WorldInfo>) -> Result<Config, Vec<Fault>> {
    let Some(world) = world else {
        return config::load(folder, &config::environment);
    };
    let mut config = config::load_with_unset_secrets(folder, &config::environment)?;
    super::simulated::replace(&mut config, world);
    Ok(config)
}

/// The event of rules going into force; `before` is the number of the version that they replace, `mended` whether
/// faults were told before it.
pub(super) fn adopted(
    rules: &InForce,
    author: &str,
    (mended, before): (bool, Option<u64>),
    clock: &Clock,
) -> Event {
    let adopted = Adopted {
        config: rules.config.version.as_str().into(),
        templates: rules.templates.version().into(),
        author: author.into(),
        nonce: nonce(),
        mended,
        before,
    };
    let at = clock.now().timestamp_micros().to_be_bytes();
    let identity = Identity::of(&[b"adopted", adopted.config.as_bytes(), adopted.templates.as_bytes(), &at]);
    Event { identity, what: What::Adopted(adopted) }
}

/// Chance for the audit chain. Without any the salts are still unknown to whoever does not know the chain's key.
fn nonce() -> Option<Nonce> {
    let mut bytes = [0; 32];
    let filled = getrandom::fill(&mut bytes);
    if let Err(error) = &filled {
        tracing::warn!(%error, "The machine gives no random numbers: the audit chain goes on without new ones");
    }
    filled.is_ok().then_some(Nonce(bytes))
}

/// The event of files that do not hold together: the same faults are told once.
pub(super) fn faulty(faults: Vec<Fault>) -> Event {
    let said = faults.iter().map(ToString::to_string).collect::<String>();
    Event { identity: Identity::of(&[b"faulty", said.as_bytes()]), what: What::Faulty(faults) }
}

/// Watches the folders and puts what holds together in force, until `shutdown`. `told` are the faults that were told at
/// the start.
pub(super) async fn watch(
    folders: Folders,
    in_force: watch::Sender<InForce>,
    engine: Handle,
    clock: Clock,
    mut told: Vec<Fault>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let (tell, mut writes) = mpsc::channel(1);
    let mut watcher = RecommendedWatcher::new(
        // One mark says as much as many: the folder is read as a whole.
        move |change| {
            if is_write(&change) {
                let _full = tell.try_send(());
            }
        },
        notify::Config::default(),
    )?;
    for folder in [&folders.config, &folders.templates] {
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .with_context(|| format!("watching {}", folder.display()))?;
    }
    loop {
        let woken = shutdown.run_until_cancelled(writes.recv()).await;
        if !matches!(woken, Some(Some(()))) {
            return Ok(());
        }
        while tokio::time::timeout(STILL, writes.recv()).await.is_ok_and(|write| write.is_some()) {}
        told = reload(&folders, &in_force, &engine, &clock, told).await;
    }
}

/// Whether files may say something else now. Reading them is told too, and is no reason to read them again.
fn is_write(change: &notify::Result<notify::Event>) -> bool {
    match change.as_ref().map(|event| event.kind) {
        Ok(EventKind::Access(kind)) => kind == AccessKind::Close(AccessMode::Write),
        // What went missing is looked for.
        Ok(_) | Err(_) => true,
    }
}

/// Reads both folders once; gives the faults that were told last.
async fn reload(
    folders: &Folders,
    in_force: &watch::Sender<InForce>,
    engine: &Handle,
    clock: &Clock,
    told: Vec<Fault>,
) -> Vec<Fault> {
    let now = in_force.borrow().clone();
    let (templates, mut faults) = now.templates.reload_keeping(&folders.templates);
    let config = folders.read_config().map_or_else(
        |found| {
            faults.extend(found);
            now.config.clone()
        },
        Arc::new,
    );
    let rules = InForce { config, templates: Arc::new(templates) };
    let is_new = rules.config.version != now.config.version
        || rules.templates.version() != now.templates.version()
        || rules.templates.pages() != now.templates.pages();
    // A row must never be committed under templates that a later process would not find.
    if is_new && let Err(error) = folders.keep(&rules) {
        tracing::error!(%error, "The new rules could not be kept in the store's folder: the old ones stay in force");
        return told;
    }
    let mended = faults.is_empty() && !told.is_empty();
    // What is in force beside a fault is a part of the folders: only what is whole can be come back to.
    let entered = faults.is_empty().then(|| folders.enter(&rules, By::Files, clock.now())).flatten();
    if is_new || mended {
        // The outbox must know the templates before the engine stamps rows with their version.
        in_force.send_replace(rules.clone());
        let event = adopted(&rules, "files", (mended, entered.filter(|_| is_new)), clock);
        if engine.adopt(event, rules.config.clone()).await.is_ok() {
            tracing::info!(config = &rules.config.version[..12], mended, "New rules are in force");
        }
        folders.prune(engine).await;
    }
    if !faults.is_empty() && told != faults {
        for fault in &faults {
            tracing::warn!(file = fault.file, line = fault.line, "{fault}");
        }
        let _unanswered = engine.submit(faulty_again(&faults, clock)).await;
    }
    faults
}

fn faulty_again(faults: &[Fault], clock: &Clock) -> Event {
    let event = faulty(faults.to_vec());
    let at = clock.now().timestamp_micros().to_be_bytes();
    Event { identity: Identity::of(&[&event.identity.0, &at]), ..event }
}
