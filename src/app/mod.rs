//! Builds every part from the config and runs them: the only module that knows all others.

pub mod chores;
pub mod erasures;
mod hands;
mod pages;
mod parts;
pub mod rollback;
mod rules;
mod service;
mod simulated;
mod timekeeping;
pub mod versions;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use service::{Service, control_socket};

use crate::config::{self, WorkspaceFolder};
use crate::sim::Sim;

/// How long `serve --sim` waits for its simulator to answer.
const SIM_ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// What `genjin serve` is told.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The config folder: one workspace, or one a sub-folder.
    pub config: PathBuf,
    /// The template folder.
    pub templates: PathBuf,
    /// Where stores lie.
    pub data: PathBuf,
    /// Only this workspace.
    pub workspace: Option<String>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The simulator's base URL.
    pub sim: Option<String>,
    /// How platforms and phones reach this service; the listening address under `--sim`. Without it no page is linked.
    pub public_url: Option<String>,
}

/// What `genjin sim` is told.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// The config folder: people, groups and zone come from it.
    pub config: PathBuf,
    /// The world lies in `sim/` of it.
    pub data: PathBuf,
    /// Of several workspaces, this one.
    pub workspace: Option<String>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Forget the world that is kept.
    pub fresh: bool,
}

/// What `genjin demo` is told.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The config folder.
    pub config: PathBuf,
    /// The template folder.
    pub templates: PathBuf,
    /// Where the store and the world lie.
    pub data: PathBuf,
    /// Of several workspaces, this one.
    pub workspace: Option<String>,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// Where the simulator listens.
    pub sim_listen: SocketAddr,
    /// Forget the store and the world.
    pub fresh: bool,
}

/// Runs the service until `shutdown`; `started` is told its URL.
///
/// # Errors
/// A part could not start; the message says what to do.
pub async fn run_serve(
    options: ServeOptions,
    shutdown: CancellationToken,
    started: impl FnOnce(&str),
) -> anyhow::Result<()> {
    let service = Service::start(options, shutdown).await?;
    started(service.url());
    service.run().await
}

/// Runs the simulator alone until `shutdown`; `started` is told its URL.
///
/// # Errors
/// The config does not hold together, the world's folder is in use, or the address is taken.
pub async fn run_sim(
    options: SimOptions,
    shutdown: CancellationToken,
    started: impl FnOnce(&str),
) -> anyhow::Result<()> {
    let (sim, listener) = build_sim(&options).await?;
    started(&url_of(listener.local_addr()?));
    Ok(sim.serve(listener, shutdown).await?)
}

/// Runs the simulator and the service until `shutdown`; `started` is told the two URLs once both answer.
///
/// # Errors
/// As [`run_sim`] and [`run_serve`].
pub async fn run_demo(
    options: DemoOptions,
    shutdown: CancellationToken,
    started: impl FnOnce(&str, &str),
) -> anyhow::Result<()> {
    if options.fresh {
        forget(&options)?;
    }
    let (sim, listener) = build_sim(&SimOptions {
        config: options.config.clone(),
        data: options.data.clone(),
        workspace: options.workspace.clone(),
        listen: options.sim_listen,
        fresh: options.fresh,
    })
    .await?;
    let sim_url = url_of(listener.local_addr()?);
    // The simulator ends after the service, which tells it of its last messages.
    let sim_shutdown = CancellationToken::new();
    let simulator = tokio::spawn({
        let shutdown = sim_shutdown.clone();
        async move { sim.serve(listener, shutdown).await }
    });
    let served = async {
        let service = Service::start(
            ServeOptions {
                config: options.config,
                templates: options.templates,
                data: options.data,
                workspace: options.workspace,
                listen: options.listen,
                sim: Some(sim_url.clone()),
                public_url: None,
            },
            shutdown,
        )
        .await?;
        started(&sim_url, service.url());
        service.run().await
    }
    .await;
    sim_shutdown.cancel();
    simulator.await.context("the simulator ended badly")??;
    served
}

/// `--fresh`: the workspace's store goes, and nothing else of the data folder.
fn forget(options: &DemoOptions) -> anyhow::Result<()> {
    for workspace in chosen(&options.config, options.workspace.as_deref())? {
        let folder = options.data.join(&workspace.name);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", folder.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn build_sim(options: &SimOptions) -> anyhow::Result<(Sim, TcpListener)> {
    let workspace = chosen(&options.config, options.workspace.as_deref())?.remove(0);
    let config = config::load_with_unset_secrets(&workspace.path, &config::environment)
        .map_err(|faults| broken(&workspace.path, &faults))?;
    let listener = bind(options.listen).await?;
    let folder = options.data.join("sim");
    let setup = simulated::setup(&config, folder, options.fresh, None);
    Ok((Sim::new(setup)?, listener))
}

/// The workspaces of a config folder, or the one that was asked for. Never empty.
fn chosen(folder: &std::path::Path, only: Option<&str>) -> anyhow::Result<Vec<WorkspaceFolder>> {
    let mut workspaces = config::workspaces(folder).map_err(|faults| broken(folder, &faults))?;
    if let Some(name) = only {
        workspaces.retain(|workspace| workspace.name == name);
    }
    if workspaces.is_empty() {
        bail!(
            "{} holds no workspace{}: give --config a folder with a workspace.toml, or one of such folders",
            folder.display(),
            only.map_or_else(String::new, |name| format!(" `{name}`")),
        );
    }
    Ok(workspaces)
}

fn broken(folder: &std::path::Path, faults: &[config::Fault]) -> anyhow::Error {
    let said = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    anyhow::anyhow!("{} does not hold together:\n{said}", folder.display())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} is not free: another genjin may be running; stop it or choose another --listen")
    })
}

fn url_of(address: SocketAddr) -> String {
    format!("http://{address}")
}
