//! The command line: what is asked, and what is printed. Everything else is done by the modules below.

#![expect(clippy::print_stdout, reason = "what a command prints is its result")]

mod check;
mod chores;
mod erase;
mod export;
mod health;
mod import;
mod parked;
mod pipe;
mod preview;
mod store;
mod templates;
mod understand;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio_util::sync::CancellationToken;

use crate::app::{self, DemoOptions, ServeOptions, SimOptions};
use crate::control::Chore;
use crate::import::Kind;

/// Genjin (跟进) runs a sales team's follow-up discipline inside WeCom and DingTalk.
#[derive(Parser)]
#[command(
    name = "genjin",
    version,
    about,
    propagate_version = true,
    after_help = "\
Try it without any account:
  genjin demo                     the service, both platforms and four phones in one process
  genjin demo --fresh             the same, from an empty store

See what is wrong in the files, and what a message looks like:
  genjin check
  genjin preview overdue_warning --platform wecom"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Global {
    /// The config folder: one workspace, or one a sub-folder
    #[arg(long, global = true, default_value = "bot-config", value_name = "DIR")]
    config: PathBuf,
    /// The message templates
    #[arg(long, global = true, default_value = "message-templates", value_name = "DIR")]
    templates: PathBuf,
    /// Where stores lie [default: data; demo: data/demo]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Of several workspaces, only this one
    #[arg(long, global = true, value_name = "NAME")]
    workspace: Option<String>,
    /// Print JSON, for scripts; logs become JSON too
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service: callbacks in, messages out
    #[command(after_help = "Behind the simulator:  genjin serve --sim http://127.0.0.1:8701")]
    Serve {
        /// Where to listen
        #[arg(long, default_value = health::LISTEN, env = health::LISTEN_VARIABLE, value_name = "ADDR")]
        listen: SocketAddr,
        /// Speak to this simulator in place of the platforms, and follow its clock
        #[arg(long, value_name = "URL")]
        sim: Option<String>,
        /// How platforms and phones reach this service, e.g. https://bot.example.com
        #[arg(long, env = "GENJIN_PUBLIC_URL", value_name = "URL")]
        public_url: Option<String>,
    },
    /// Ask whether the service answers; exit 1 if it does not
    #[command(after_help = "\
It asks the service on --data where it listens; without one, GENJIN_LISTEN and then the default say so.
  genjin health --data /data            for a container's health check
  genjin health --ready && echo open    also every workspace's store is open")]
    Health {
        /// Ask at this address instead
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// A workspace whose store is shut is a failure too
        #[arg(long)]
        ready: bool,
    },
    /// Run the simulator of both platforms alone; its page shows four phones
    Sim {
        /// Where to listen
        #[arg(long, default_value = "127.0.0.1:8701", value_name = "ADDR")]
        listen: SocketAddr,
        /// Forget the world that is kept: chats, cards and time
        #[arg(long)]
        fresh: bool,
    },
    /// Run the simulator and the service in one process, with the demo company
    Demo {
        /// Where the service listens
        #[arg(long, default_value = "127.0.0.1:8700", value_name = "ADDR")]
        listen: SocketAddr,
        /// Where the simulator listens
        #[arg(long = "sim", default_value = "127.0.0.1:8701", value_name = "ADDR")]
        sim_listen: SocketAddr,
        /// Forget the demo's store and world first
        #[arg(long)]
        fresh: bool,
    },
    /// Check every config and template file; exit 1 if anything is wrong
    Check,
    /// Show a message as both platforms would, with its samples
    #[command(after_help = "\
genjin preview overdue_warning
genjin preview pack --html pack.html            both phones, in a browser
genjin preview pack --png pack.png --dark       the same as a picture, where a Chromium is
genjin preview all --html all.html              every message on one page")]
    Preview(preview::What),
    /// List the versions of the admin's files, show what differs, bring an older one back
    #[command(after_help = "\
genjin templates log                  when, who, which files
genjin templates diff                 what changed last
genjin templates rollback 12          version 12 again, live within a second
Templates and config are one version together. Works with and without a running service.")]
    Templates {
        #[command(subcommand)]
        what: templates::What,
    },
    /// Show what texts would be understood as: one a line in, one JSON line each out; nothing is recorded
    #[command(after_help = "\
echo 张总约了下周二看厂 | genjin understand --data data/demo --rep zhou-jianping\n\
A line may also be JSON: {\"id\", \"text\", \"now\", \"rep\"}.")]
    Understand {
        /// When the texts were written, RFC 3339 [default: now]
        #[arg(long, value_name = "TIME", value_parser = rfc3339)]
        now: Option<DateTime<Utc>>,
        /// Who wrote them: a member's key in people.toml; their own customers come first
        #[arg(long, value_name = "ID")]
        rep: Option<String>,
        /// Say for a person why each part was read so
        #[arg(long)]
        explain: bool,
    },
    /// What was put aside: events with an error, refused messages, messages that may be said twice
    Parked {
        #[command(subcommand)]
        what: parked::What,
    },
    /// Write a backup to FILE, read it back and prove it; the service may go on
    Backup {
        /// The file to make, e.g. genjin-2026-11-24.zst
        file: PathBuf,
    },
    /// Put a backup in the place of a workspace; messages on their way wait until `parked release`
    Restore {
        /// The file that `genjin backup` wrote, or one of the workspace's backup folder
        file: PathBuf,
        /// Move the workspace that is there aside first
        #[arg(long)]
        replace: bool,
    },
    /// Read journal, state, backups, media and history, and prove each; exit 1 if anything is wrong
    Verify,
    /// Let a customer's or a person's data go for good, from the records, the history and the files
    #[command(
        after_help = "Keep erasures.jsonl of the workspace's folder with your backups: a restore reads it."
    )]
    Erase {
        #[command(subcommand)]
        what: erase::What,
        /// Do it without asking
        #[arg(long, global = true)]
        yes: bool,
    },
    /// Look at the store
    Store {
        #[command(subcommand)]
        what: StoreWhat,
    },
    /// Bring in customers, deals and people from .xlsx or .csv; nobody is notified
    #[command(after_help = "See first what would happen:  genjin import 客户.xlsx --dry-run")]
    Import(import::What),
    /// Take everything out as .jsonl, customers, deals and people as .xlsx or .csv, or scripts that reps offered as .md
    Export(export::What),
}

#[derive(Subcommand)]
enum StoreWhat {
    /// Records, journal, state, backups, and what waits
    Stats,
}

/// What the rows of a sheet are.
#[derive(Clone, Copy, ValueEnum)]
enum TableArg {
    Customers,
    Deals,
    People,
}

impl TableArg {
    fn kind(self) -> Kind {
        match self {
            Self::Customers => Kind::Customers,
            Self::Deals => Kind::Deals,
            Self::People => Kind::People,
        }
    }
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    pipe::end_quietly_when_nobody_reads();
    let cli = Cli::parse();
    logs(cli.global.json);
    // A service's last word belongs into its log; whoever typed a command is answered in plain words.
    let is_logged = cli.global.json
        || matches!(cli.command, Command::Serve { .. } | Command::Sim { .. } | Command::Demo { .. });
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime could not start")
        .and_then(|runtime| runtime.block_on(dispatch(cli)));
    match done {
        Ok(code) => code,
        Err(error) => {
            if is_logged {
                tracing::error!("{error:#}");
            } else {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let Global { config, templates, data, workspace, json } = cli.global;
    let demo_data = || PathBuf::from("data").join("demo");
    match cli.command {
        Command::Serve { listen, sim, public_url } => {
            let data = data.unwrap_or_else(|| "data".into());
            let options = ServeOptions { config, templates, data, workspace, listen, sim, public_url };
            let started = |url: &str| println!("genjin serves at {url}");
            app::run_serve(options, stops_on_signal(), started).await?;
        }
        Command::Health { listen, ready } => {
            let data = data.unwrap_or_else(|| "data".into());
            return health::run(&data, listen, ready, json).await;
        }
        Command::Sim { listen, fresh } => {
            let data = data.unwrap_or_else(|| "data".into());
            let options = SimOptions { config, data, workspace, listen, fresh };
            app::run_sim(options, stops_on_signal(), |url| println!("phones page  {url}")).await?;
        }
        Command::Demo { listen, sim_listen, fresh } => {
            let data = data.unwrap_or_else(demo_data);
            let shown = std::path::absolute(&data).unwrap_or_else(|_| data.clone());
            let options = DemoOptions { config, templates, data, workspace, listen, sim_listen, fresh };
            let started = |sim: &str, service: &str| {
                println!(
                    "phones page  {sim}\nservice      {service}\ndata         --data {}",
                    shown.display()
                );
                println!("Open the phones page, push +48 小时, and answer the warning. Ctrl-C stops.");
            };
            app::run_demo(options, stops_on_signal(), started).await?;
        }
        Command::Check => return check::run(&config, &templates, workspace.as_deref(), json),
        Command::Preview(what) => return preview::run(&templates, &what, json),
        Command::Templates { what } => {
            let data = data.unwrap_or_else(|| "data".into());
            return templates::run(what, (&config, templates, data), workspace.as_deref(), json).await;
        }
        Command::Understand { now, rep, explain } => {
            let data = data.unwrap_or_else(|| "data".into());
            let options = understand::Options { config, data, workspace, now, rep, explain };
            return understand::run(options).await;
        }
        Command::Parked { what } => {
            let data = data.unwrap_or_else(|| "data".into());
            return parked::run(&data, &config, workspace.as_deref(), what, json).await;
        }
        Command::Backup { file } => {
            let chore = Chore::Backup { file: std::path::absolute(file)? };
            return chores::run(data.unwrap_or_else(|| "data".into()), workspace, chore, json).await;
        }
        Command::Restore { file, replace } => {
            let chore = Chore::Restore { file: std::path::absolute(file)?, replace };
            return chores::run(data.unwrap_or_else(|| "data".into()), workspace, chore, json).await;
        }
        Command::Verify => {
            return chores::run(data.unwrap_or_else(|| "data".into()), workspace, Chore::Verify, json).await;
        }
        Command::Erase { what, yes } => {
            let data = data.unwrap_or_else(|| "data".into());
            let (config, workspace) = (config.as_path(), workspace.as_deref());
            return erase::run(erase::Place { data: &data, config, workspace, json }, what, yes).await;
        }
        Command::Store { what: StoreWhat::Stats } => {
            return chores::run(data.unwrap_or_else(|| "data".into()), workspace, Chore::Stats, json).await;
        }
        Command::Import(what) => {
            let data = data.unwrap_or_else(|| "data".into());
            return import::run(&data, &config, workspace.as_deref(), what, json).await;
        }
        Command::Export(what) => {
            let data = data.unwrap_or_else(|| "data".into());
            return export::run(&data, &config, workspace.as_deref(), what, json).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rfc3339(said: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(said)
        .map(|at| at.to_utc())
        .map_err(|_| "give a time like 2026-11-24T09:30:00+08:00".to_owned())
}

/// Cancelled by the first Ctrl-C or SIGTERM; the second ends the process at once.
fn stops_on_signal() -> CancellationToken {
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("Stopping; once more to stop at once");
        token.cancel();
        signal().await;
        std::process::exit(130);
    });
    shutdown
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _interrupted = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

fn logs(json: bool) {
    let filter = crate::config::environment("GENJIN_LOG").unwrap_or_else(|| "info".into());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        // Colours are for a person; in a file or a journal they are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // A second subscriber (tests) changes nothing.
    let _set = if json { subscriber.json().try_init() } else { subscriber.compact().try_init() };
}
