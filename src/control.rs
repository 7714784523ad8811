//! The local socket `control.sock` in the data folder: a command that finds a service running speaks to it here. One
//! JSON line asks, one answers; before the answer of long work come lines that tell how far it is. Whoever may open the
//! socket (mode 0600) is the operator.

mod chore;
mod client;
mod sheets;
mod understood;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use chore::{Chore, Chored, Chores, Step, Which, Whose};
pub use client::{ask, ask_telling, is_running};
pub use sheets::ask_with_rows;

use crate::clock::Clock;
use crate::engine::Handle;
use crate::engine::thread::Unanswered;
use crate::event::{Event, Identity, Unpark, What};
use crate::import::{Kind, Options, Progress, Report};
use crate::sheet::Cell;
use crate::state::{Deed, RowState, State};
pub use understood::{Query, understood};

/// A request is no longer than this.
const LINE_MAX: u64 = 64 * 1024;
/// A command says at once what it wants.
const ASKS_WITHIN: Duration = Duration::from_secs(5);
/// An open store answers within milliseconds; one that does not is shut and may stay so.
const ENGINE_ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// Commands at once; more wait.
const COMMANDS: usize = 8;

/// What a command asks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Of several workspaces, only this one: numbers count in each anew.
    #[serde(default)]
    pub workspace: Option<String>,
    /// What is asked.
    pub what: Ask,
}

/// What can be asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// What was put aside.
    Parked,
    /// Let parked things go on, or forget them.
    Unpark(Unpark),
    /// Work on the store itself.
    Chore(Chore),
    /// Lay rows in that follow, or say what they would do.
    Import {
        /// How many rows follow, in lines of several.
        rows: usize,
        /// What the caller wants.
        options: Options,
    },
    /// Hand out all rows of a kind.
    Export(Kind),
    /// What reps brought into the script library.
    Scripts,
    /// What a text would be understood as.
    Understand(Query),
    /// Where the service listens.
    Where,
}

/// What is answered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// How far an import is; more follows.
    Progress(Progress),
    /// Rows of an export; more follows.
    Rows(Vec<Vec<Cell>>),
    /// What an import did.
    Imported(Box<Report>),
    /// What was put aside, by workspace.
    Parked(Vec<Aside>),
    /// What was read in the text: a [`crate::language::Breakdown`] as JSON.
    Understood(serde_json::Value),
    /// A file of scripts, and how many are in it.
    Scripts(String, usize),
    /// Where the service listens.
    Listens(std::net::SocketAddr),
    /// It is done.
    Done,
    /// It is not, and why.
    Failed(String),
    /// How far long work is; more lines follow.
    Step(Step),
    /// What became of a chore, by workspace.
    Chored(Vec<Chored>),
}

/// One thing that was put aside.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Aside {
    /// The workspace.
    pub workspace: String,
    /// Its number; 0 for what cannot be acted on.
    pub id: u64,
    /// `event`, `row`, `doubt` or `dropped`.
    pub kind: String,
    /// When, RFC 3339.
    pub at: String,
    /// Why, with the cure where one is known.
    pub why: String,
}

/// A workspace's engine by its name.
pub type Engines = Vec<(String, Handle)>;

/// What a state holds that was put aside: events with an error, refused rows, rows of the last day in doubt or dropped.
pub fn aside(workspace: &str, state: &State) -> Vec<Aside> {
    let of = |id, kind: &str, at: chrono::DateTime<chrono::Utc>, why: &str| Aside {
        workspace: workspace.to_owned(),
        id,
        kind: kind.to_owned(),
        at: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        why: why.to_owned(),
    };
    let events = state.parked().map(|parked| of(parked.id, "event", parked.at, &parked.error));
    let rows = state.rows().filter_map(|row| match &row.state {
        RowState::Parked { why } => Some(of(row.id.0, "row", row.at, why)),
        RowState::Held => {
            let why = "on its way when the backup was made: release sends it";
            Some(of(row.id.0, "held", row.at, why))
        }
        RowState::Ready { .. } | RowState::Out => None,
    });
    let lines = state.recent().filter_map(|recent| {
        let kind = match recent.line.what {
            Deed::Doubted => "doubt",
            Deed::Dropped => "dropped",
            _ => return None,
        };
        Some(of(0, kind, recent.line.at, recent.line.text.as_deref().unwrap_or_default()))
    });
    events.chain(rows).chain(lines).collect()
}

/// The event of an operator's word.
pub fn unpark_event(unpark: Unpark, now: chrono::DateTime<chrono::Utc>) -> Event {
    let word = serde_json::to_vec(&unpark).expect("numbers and a flag are JSON");
    let identity = Identity::of(&[b"unpark", &now.timestamp_micros().to_be_bytes(), &word]);
    Event { identity, what: What::Unpark(unpark) }
}

/// The service's end of the socket.
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
    chores: Option<Arc<dyn Chores>>,
    listens: Option<std::net::SocketAddr>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Control {
    /// Makes the socket, in place of one that a killed process left: the store's LOCK tells whether somebody lives.
    ///
    /// # Errors
    /// The folder is not writable, or the path is longer than the system takes for a socket.
    pub fn bind(path: PathBuf) -> anyhow::Result<Self> {
        let _stale = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).with_context(|| {
            format!("making {}: give --data a shorter path, writable for us", path.display())
        })?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .with_context(|| format!("closing {} to others", path.display()))?;
        Ok(Self { listener, path, chores: None, listens: None })
    }

    /// The same with hands for chores.
    pub fn with_chores(self, chores: Arc<dyn Chores>) -> Self {
        Self { chores: Some(chores), ..self }
    }

    /// The same for a service that listens here.
    pub fn listening_at(self, address: std::net::SocketAddr) -> Self {
        Self { listens: Some(address), ..self }
    }

    /// Answers until `shutdown`.
    pub async fn serve(self, engines: Engines, clock: Clock, shutdown: CancellationToken) {
        let mut answers = JoinSet::new();
        while let Some(accepted) = shutdown.run_until_cancelled(self.listener.accept()).await {
            let Ok((stream, _)) = accepted else { continue };
            let (engines, chores, clock) = (engines.clone(), self.chores.clone(), clock.clone());
            let listens = self.listens;
            answers.spawn(shutdown.clone().run_until_cancelled_owned(async move {
                if let Err(error) = answer(stream, &engines, (chores, listens), &clock).await {
                    tracing::warn!(%error, "A command on the control socket was not answered");
                }
            }));
            while answers.try_join_next().is_some()
                || answers.len() >= COMMANDS && answers.join_next().await.is_some()
            {}
        }
        answers.join_all().await;
        let _gone = std::fs::remove_file(&self.path);
    }
}

async fn answer(
    stream: UnixStream,
    engines: &Engines,
    (chores, listens): (Option<Arc<dyn Chores>>, Option<std::net::SocketAddr>),
    clock: &Clock,
) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(LINE_MAX));
    tokio::time::timeout(ASKS_WITHIN, read.read_line(&mut line)).await.context("it asked nothing")??;
    let response = match serde_json::from_str::<Request>(&line) {
        Ok(Request { workspace, what: Ask::Chore(chore) }) => {
            let asked = |name: &str| workspace.as_deref().is_none_or(|only| only == name);
            let names: Vec<_> =
                engines.iter().map(|(name, _)| name.clone()).filter(|name| asked(name)).collect();
            do_chore(names, chore, chores, &mut write).await?
        }
        Ok(Request { workspace, what: Ask::Import { rows, options } }) => {
            sheets::lift_limit(&mut read);
            match sheets::engine(engines, workspace.as_deref()) {
                Ok(engine) => sheets::import_from(engine, (rows, options), &mut read, &mut write).await?,
                Err(response) => response,
            }
        }
        Ok(Request { workspace, what: Ask::Export(kind) }) => {
            match sheets::engine(engines, workspace.as_deref()) {
                Ok(engine) => sheets::export_to(engine, kind, &mut write).await?,
                Err(response) => response,
            }
        }
        Ok(Request { workspace, what: Ask::Scripts }) => {
            match sheets::engine(engines, workspace.as_deref()) {
                Ok(engine) => sheets::scripts_of(engine).await?,
                Err(response) => response,
            }
        }
        Ok(Request { what: Ask::Where, .. }) => match listens {
            Some(address) => Response::Listens(address),
            None => Response::Failed("this service does not say where it listens".into()),
        },
        Ok(request) => respond(request, engines, clock).await,
        Err(_) => Response::Failed("this is no request of this version of genjin".into()),
    };
    sheets::send(&mut write, &response).await
}

/// Does a chore in each workspace on a thread of its own, and tells how far it is.
async fn do_chore(
    names: Vec<String>,
    chore: Chore,
    chores: Option<Arc<dyn Chores>>,
    write: &mut OwnedWriteHalf,
) -> anyhow::Result<Response> {
    if names.is_empty() {
        return Ok(Response::Failed("this service has no such workspace".into()));
    }
    if names.len() > 1 && chore.is_about_one() {
        let names = names.join(", ");
        return Ok(Response::Failed(format!("choose one with --workspace: this service has {names}")));
    }
    let Some(chores) = chores else {
        return Ok(Response::Failed("this service does no chores".into()));
    };
    // Steps that nobody takes in time are left out.
    let (tell, mut told) = mpsc::channel(8);
    let work = tokio::task::spawn_blocking(move || {
        let tell = |step| drop(tell.try_send(step));
        names.iter().map(|name| chores.run(name, &chore, &tell)).collect::<anyhow::Result<Vec<_>>>()
    });
    while let Some(step) = told.recv().await {
        sheets::send(write, &Response::Step(step)).await?;
    }
    Ok(match work.await? {
        Ok(done) => Response::Chored(done),
        Err(error) => Response::Failed(format!("{error:#}")),
    })
}

async fn respond(request: Request, engines: &Engines, clock: &Clock) -> Response {
    let asked = |name: &str| request.workspace.as_deref().is_none_or(|only| only == name);
    if let Some(missing) = request.workspace.as_ref().filter(|_| !engines.iter().any(|(name, _)| asked(name)))
    {
        return Response::Failed(format!("this service has no workspace `{missing}`"));
    }
    let mut found = Vec::new();
    if let Ask::Unpark(unpark) = &request.what {
        let mut known = Vec::new();
        for (workspace, engine) in engines.iter().filter(|(name, _)| asked(name)) {
            let name = workspace.clone();
            let read = engine.read(move |state, _| aside(&name, state));
            let Ok(Ok(read)) = tokio::time::timeout(ENGINE_ANSWERS_WITHIN, read).await else {
                return shut(workspace);
            };
            known.extend(read);
        }
        if let Err(why) = all_known(unpark, &known) {
            return Response::Failed(why);
        }
    }
    let mut read = serde_json::Value::Null;
    for (workspace, engine) in engines.iter().filter(|(name, _)| asked(name)) {
        let name = workspace.clone();
        let done = async {
            match &request.what {
                Ask::Parked => found.extend(engine.read(move |state, _| aside(&name, state)).await?),
                Ask::Chore(_) => {}
                Ask::Unpark(unpark) => {
                    engine.submit(unpark_event(unpark.clone(), clock.now())).await?;
                }
                // Answered before, with what follows the request.
                Ask::Import { .. } | Ask::Export(_) | Ask::Scripts | Ask::Where => {}
                Ask::Understand(query) => {
                    let query = query.clone();
                    let parts = engine.read(move |state, now| understood(state, &query, now)).await?;
                    read = serde_json::to_value(parts).unwrap_or_default();
                }
            }
            Ok::<_, Unanswered>(())
        };
        if !matches!(tokio::time::timeout(ENGINE_ANSWERS_WITHIN, done).await, Ok(Ok(()))) {
            return shut(workspace);
        }
    }
    match request.what {
        Ask::Parked => Response::Parked(found),
        Ask::Unpark(_) | Ask::Chore(_) | Ask::Import { .. } | Ask::Export(_) | Ask::Scripts | Ask::Where => {
            Response::Done
        }
        Ask::Understand(_) => Response::Understood(read),
    }
}

fn shut(workspace: &str) -> Response {
    Response::Failed(format!("workspace `{workspace}` is shut: its log says why"))
}

/// Whether every number that was given stands for something put aside.
///
/// # Errors
/// One does not: nothing is done then, since the others may be mistaken too.
pub fn all_known(unpark: &Unpark, aside: &[Aside]) -> Result<(), String> {
    let unknown = unpark.ids.iter().find(|id| **id == 0 || aside.iter().all(|each| each.id != **id));
    match unknown {
        Some(id) => Err(format!("nothing is parked under {id}: `genjin parked list` shows what is")),
        None => Ok(()),
    }
}
