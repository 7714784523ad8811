//! One running service: its workspaces' stores, engines and outboxes, the web in front of them, and the ends of all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::erasures::{Behind, Eraser};
use super::hands::{Hands, behind};
use super::rules::{self, Folders, InForce};
use super::timekeeping::{follow, hold_on_steps, registration, wait_for_world, wake_on_jumps};
use super::versions::{By, Versions};
use super::{ServeOptions, bind, chosen, parts, url_of};
use crate::calendar::Calendar;
use crate::clock::Clock;
use crate::config::{self, WorkspaceFolder};
use crate::control::Control;
use crate::engine::{self, Handle};
use crate::event::{Event, Fault, Identity, Seed, What};
use crate::sim::client::WorldInfo;
use crate::store::{
    JournalStore, JournalStores, MediaFolder, Nightly, Opened, Options, StoreError, Stores, Upkeep,
};

/// One running service.
pub struct Service {
    listener: TcpListener,
    url: String,
    router: axum::Router,
    engines: Vec<(Handle, JoinHandle<()>)>,
    tasks: JoinSet<anyhow::Result<()>>,
    shutdown: CancellationToken,
}

/// One workspace at work.
pub(super) struct Workspace {
    pub name: String,
    pub engine: Handle,
    pub in_force: watch::Receiver<InForce>,
    pub media: MediaFolder,
    pub versions: Versions,
    /// The store's, which a restore changes.
    pub epoch: Arc<AtomicU64>,
    stores: JournalStores,
}

impl Service {
    /// Builds and starts every part; the service answers when [`Service::run`] is called.
    ///
    /// # Errors
    /// The files do not hold together, a store stays shut, or the address is taken.
    pub async fn start(options: ServeOptions, shutdown: CancellationToken) -> anyhow::Result<Self> {
        make_data(&options.data)?;
        let listener = bind(options.listen).await?;
        let url = options.public_url.clone().unwrap_or(url_of(listener.local_addr()?));
        let world = match &options.sim {
            Some(sim) => Some(Arc::new(wait_for_world(sim).await?)),
            None => None,
        };
        let clock = world.as_ref().map_or_else(Clock::system, |world| Clock::running_from(world.now));
        let mut service = Self {
            listener,
            url,
            router: axum::Router::new(),
            engines: Vec::new(),
            tasks: JoinSet::new(),
            shutdown,
        };
        let mut workspaces = Vec::new();
        for folder in chosen(&options.config, options.workspace.as_deref())? {
            workspaces.push(service.start_workspace(&options, folder, world.clone(), &clock).await?);
        }
        // A phone reaches our pages by a public address, or in the simulator; else no page is ever linked.
        let reached = options.public_url.is_some() || options.sim.is_some();
        let pages = reached.then(|| service.url.clone());
        let links = Arc::new(parts::links(&options.data)?);
        service.router =
            parts::front(&workspaces, &options, &clock, pages.clone(), links.clone(), &mut service.tasks)?;
        for workspace in &workspaces {
            let shutdown = service.shutdown.clone();
            let (url, tasks) = (service.url.as_str(), &mut service.tasks);
            parts::send(workspace, &clock, url, pages.clone(), links.clone(), shutdown, tasks)?;
        }
        let engines = workspaces.iter().map(|each| (each.name.clone(), each.engine.clone())).collect();
        let of = |each: &Workspace| (each.name.clone(), (each.stores.clone(), each.engine.clone()));
        let stores = workspaces.iter().map(of).collect();
        let (data, shutdown) = (options.data.clone(), service.shutdown.clone());
        let hands = Arc::new(Hands { data, shutdown, clock: clock.clone(), stores });
        let control = Control::bind(control_socket(&options.data))?
            .with_chores(hands)
            .listening_at(service.listener.local_addr()?);
        let (control_clock, shutdown) = (clock.clone(), service.shutdown.clone());
        service.tasks.spawn(async move {
            control.serve(engines, control_clock, shutdown).await;
            Ok(())
        });
        service.keep_time(&options, &workspaces, clock);
        Ok(service)
    }

    /// How this service is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves until the shutdown token is cancelled, then ends every part in order: the web stops accepting, the
    /// deliveries in hand finish, the engines commit what waits.
    ///
    /// # Errors
    /// A part ended badly.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let shutdown = self.shutdown.clone();
        tracing::info!(url = self.url, "Genjin is listening");
        let served = axum::serve(self.listener, self.router)
            .with_graceful_shutdown(async move { shutdown.cancelled().await })
            .await;
        self.shutdown.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(error = format!("{error:#}"), "A part ended badly"),
                Err(error) => tracing::error!(%error, "A part ended badly"),
            }
        }
        for (engine, thread) in self.engines {
            engine.stop();
            if thread.join().is_err() {
                tracing::error!("An engine's thread ended with a panic");
            }
        }
        Ok(served?)
    }

    async fn start_workspace(
        &mut self,
        options: &ServeOptions,
        folder: WorkspaceFolder,
        world: Option<Arc<WorldInfo>>,
        clock: &Clock,
    ) -> anyhow::Result<Workspace> {
        let WorkspaceFolder { name, path } = folder;
        let versions = Versions::of(&options.data, &name);
        let folders =
            Folders { config: path, templates: options.templates.clone(), versions, world: world.clone() };
        let (in_force, faults) = folders.start()?;
        let upkeep = Upkeep { nightly: nightly(in_force.config.calendar.clone()), ..Upkeep::default() };
        let stores = JournalStores::new(&options.data, clock.clone())
            .with_options(Options { upkeep: Some(upkeep), ..Options::default() });
        let opened = open_or_create(&stores, &name)?;
        folders
            .keep(&in_force)
            .context("the config and the templates could not be kept in the store's folder")?;
        let (is_fresh, epoch) = (opened.head.seq == 0, Arc::new(AtomicU64::new(opened.head.epoch)));
        let (engine, thread) = engine::thread::start(
            &name,
            reopening(stores.clone(), &name, opened, epoch.clone()),
            in_force.config.clone(),
            clock.clone(),
        )?;
        self.engines.push((engine.clone(), thread));
        let told = faults.clone();
        begin(&engine, &folders, &in_force, faults, is_fresh && world.is_some(), clock).await?;
        let desk = behind(&name, &stores, &engine, &self.shutdown);
        let eraser = Eraser::new(desk, &options.data.join(&name), clock.clone());
        self.go_on_erasing(eraser).await?;
        let (tell, in_force) = watch::channel(in_force);
        self.tasks.spawn(rules::watch(
            folders.clone(),
            tell,
            engine.clone(),
            clock.clone(),
            told,
            self.shutdown.clone(),
        ));
        let media = MediaFolder::of(&options.data.join(&name));
        Ok(Workspace { media, name, engine, in_force, versions: folders.versions, epoch, stores })
    }

    /// What was erased and came back with a restored store goes before anybody is served; what takes longer, and what a
    /// process left undone, goes on behind.
    async fn go_on_erasing(&mut self, mut eraser: Eraser<Behind>) -> anyhow::Result<()> {
        let replayed = tokio::task::spawn_blocking(move || eraser.replay().map(|()| eraser)).await?;
        let mut eraser =
            replayed.context("erasures that were lost with a restore could not be done again")?;
        self.tasks.spawn(async move {
            let finished = tokio::task::spawn_blocking(move || eraser.finish(&())).await?;
            finished.context("an erasure did not come to its end; it goes on at the next start").map(drop)
        });
        Ok(())
    }

    /// Follows the simulator's time, or holds the machine's clock against monotonic time.
    fn keep_time(&mut self, options: &ServeOptions, workspaces: &[Workspace], clock: Clock) {
        let engines: Vec<Handle> = workspaces.iter().map(|workspace| workspace.engine.clone()).collect();
        self.tasks.spawn(wake_on_jumps(engines.clone(), clock.clone(), self.shutdown.clone()));
        match options.sim.clone() {
            None => drop(self.tasks.spawn(hold_on_steps(engines, clock, self.shutdown.clone()))),
            Some(sim) => {
                let registration = registration(&self.url, workspaces);
                let shutdown = self.shutdown.clone();
                self.tasks.spawn(async move { follow(&sim, registration, engines, clock, shutdown).await });
            }
        }
    }
}

/// Puts the rules in force and lays the demo's data into an empty store.
async fn begin(
    engine: &Handle,
    folders: &Folders,
    in_force: &InForce,
    faults: Vec<Fault>,
    seeds: bool,
    clock: &Clock,
) -> anyhow::Result<()> {
    if seeds {
        let seed = config::seed::read(&folders.config, &in_force.config, clock.now())
            .map_err(|faults| super::broken(&folders.config, &faults))?;
        let next_id = seed.last_id() + 1;
        let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
        let event = Event { identity: Identity::of(&[b"seed"]), what: What::Seeded(Box::new(seed)) };
        engine.submit(event).await.context("the demo's data was not committed")?;
    }
    if faults.is_empty() {
        folders.enter(in_force, By::Start, clock.now());
    }
    let adopted = rules::adopted(in_force, "start", (false, None), clock);
    engine.adopt(adopted, in_force.config.clone()).await.context("the rules were not committed")?;
    folders.prune(engine).await;
    if !faults.is_empty() {
        for fault in &faults {
            tracing::warn!("{fault}");
        }
        engine.submit(rules::faulty(faults)).await.context("the files' faults were not committed")?;
    }
    Ok(())
}

fn open_or_create(stores: &JournalStores, name: &str) -> anyhow::Result<Opened<JournalStore>> {
    match stores.open(name) {
        Err(StoreError::Missing(_)) => Ok(stores.create(name, random_epoch()?)?),
        opened => Ok(opened?),
    }
}

/// A quiet hour of the workspace's own zone, for backups.
fn nightly(calendar: Calendar) -> Nightly {
    let at = NaiveTime::from_hms_opt(3, 30, 0).expect("half past three is a time");
    Arc::new(move |after| {
        let mut nights = calendar.date(after).iter_days().map(|day| calendar.instant(day.and_time(at)));
        nights.find(|night| *night > after).unwrap_or(DateTime::<Utc>::MAX_UTC)
    })
}

pub(super) fn random_epoch() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(u64::from_be_bytes(bytes))
}

/// The first opening is at hand already; later ones come after a failed commit.
fn reopening(
    stores: JournalStores,
    name: &str,
    opened: Opened<JournalStore>,
    epoch: Arc<AtomicU64>,
) -> engine::thread::Open<JournalStore> {
    let (name, mut first) = (name.to_owned(), Some(opened));
    Box::new(move || {
        let opened = first.take().map_or_else(|| stores.open(&name), Ok)?;
        epoch.store(opened.head.epoch, Ordering::Relaxed);
        if let Some(repair) = &opened.repaired {
            tracing::warn!(workspace = name, "{repair}");
        }
        Ok(opened)
    })
}

/// Where a data folder's control socket lies.
pub fn control_socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// A data folder that can hold stores.
pub(super) fn make_data(data: &Path) -> anyhow::Result<()> {
    if data.is_file() {
        bail!("{} is a file: --data wants a folder", data.display());
    }
    std::fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))
}
