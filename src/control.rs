//! The local socket `control.sock` in the data folder: a command that finds a service running speaks to it here. One
//! JSON line asks, one answers. Whoever may open the socket (mode 0600) is the operator.

mod sheets;

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use sheets::ask_with_rows;

use crate::clock::Clock;
use crate::engine::Handle;
use crate::engine::thread::Unanswered;
use crate::event::{Event, Identity, Unpark, What};
use crate::import::{Kind, Options, Progress, Report};
use crate::sheet::Cell;
use crate::state::{Deed, RowState, State};

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
    /// Lay rows in that follow, or say what they would do.
    Import {
        /// How many rows follow, in lines of several.
        rows: usize,
        /// What the caller wants.
        options: Options,
    },
    /// Hand out all rows of a kind.
    Export(Kind),
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
    /// It is done.
    Done,
    /// It is not, and why.
    Failed(String),
}

/// One thing that was put aside.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Aside {
    /// The workspace.
    pub workspace: String,
    /// Its number; 0 for what cannot be acted on.
    pub id: u64,
    /// `event`, `row` or `doubt`.
    pub kind: String,
    /// When, RFC 3339.
    pub at: String,
    /// Why, with the cure where one is known.
    pub why: String,
}

/// A workspace's engine by its name.
pub type Engines = Vec<(String, Handle)>;

/// What a state holds that was put aside: events with an error, refused rows, rows of the last day in doubt.
pub fn aside(workspace: &str, state: &State) -> Vec<Aside> {
    let of = |id, kind: &str, at: chrono::DateTime<chrono::Utc>, why: &str| Aside {
        workspace: workspace.to_owned(),
        id,
        kind: kind.to_owned(),
        at: at.to_rfc3339(),
        why: why.to_owned(),
    };
    let events = state.parked().map(|parked| of(parked.id, "event", parked.at, &parked.error));
    let rows = state.rows().filter_map(|row| match &row.state {
        RowState::Parked { why } => Some(of(row.id.0, "row", row.at, why)),
        RowState::Ready { .. } | RowState::Out => None,
    });
    let doubts = state.recent().filter(|recent| recent.line.what == Deed::Doubted);
    let doubts =
        doubts.map(|recent| of(0, "doubt", recent.line.at, recent.line.text.as_deref().unwrap_or_default()));
    events.chain(rows).chain(doubts).collect()
}

/// The event of an operator's word.
pub fn unpark_event(unpark: Unpark, now: chrono::DateTime<chrono::Utc>) -> Event {
    let word = serde_json::to_vec(&unpark).expect("numbers and a flag are JSON");
    let identity = Identity::of(&[b"unpark", &now.timestamp_micros().to_be_bytes(), &word]);
    Event { identity, what: What::Unpark(unpark) }
}

/// The service's end of the socket.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
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
        Ok(Self { listener, path })
    }

    /// Answers until `shutdown`, several commands at once: a long import holds nobody up.
    pub async fn serve(self, engines: Engines, clock: Clock, shutdown: CancellationToken) {
        let engines = Arc::new(engines);
        let mut commands = JoinSet::new();
        while let Some(accepted) = shutdown.run_until_cancelled(self.listener.accept()).await {
            let Ok((stream, _)) = accepted else { continue };
            let (engines, clock, shutdown) = (engines.clone(), clock.clone(), shutdown.clone());
            commands.spawn(async move {
                let answered = shutdown.run_until_cancelled(answer(stream, &engines, &clock)).await;
                if let Some(Err(error)) = answered {
                    tracing::warn!(%error, "A command on the control socket was not answered");
                }
            });
            while commands.try_join_next().is_some()
                || commands.len() >= COMMANDS && commands.join_next().await.is_some()
            {}
        }
        while commands.join_next().await.is_some() {}
        let _gone = std::fs::remove_file(&self.path);
    }
}

async fn answer(stream: UnixStream, engines: &Engines, clock: &Clock) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(LINE_MAX));
    tokio::time::timeout(ASKS_WITHIN, read.read_line(&mut line)).await.context("it asked nothing")??;
    let response = match serde_json::from_str::<Request>(&line) {
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
        Ok(request) => respond(request, engines, clock).await,
        Err(_) => Response::Failed("this is no request of this version of genjin".into()),
    };
    sheets::send(&mut write, &response).await
}

async fn respond(request: Request, engines: &Engines, clock: &Clock) -> Response {
    let asked = |name: &str| request.workspace.as_deref().is_none_or(|only| only == name);
    if let Some(missing) = request.workspace.as_ref().filter(|_| !engines.iter().any(|(name, _)| asked(name)))
    {
        return Response::Failed(format!("this service has no workspace `{missing}`"));
    }
    let mut found = Vec::new();
    for (workspace, engine) in engines.iter().filter(|(name, _)| asked(name)) {
        let name = workspace.clone();
        let done = async {
            match &request.what {
                Ask::Parked => found.extend(engine.read(move |state, _| aside(&name, state)).await?),
                Ask::Unpark(unpark) => {
                    engine.submit(unpark_event(unpark.clone(), clock.now())).await?;
                }
                // Answered before, with what follows the request.
                Ask::Import { .. } | Ask::Export(_) => {}
            }
            Ok::<_, Unanswered>(())
        };
        if !matches!(tokio::time::timeout(ENGINE_ANSWERS_WITHIN, done).await, Ok(Ok(()))) {
            return Response::Failed(format!("workspace `{workspace}` is shut: its log says why"));
        }
    }
    match request.what {
        Ask::Parked => Response::Parked(found),
        Ask::Unpark(_) | Ask::Import { .. } | Ask::Export(_) => Response::Done,
    }
}

/// Asks the service that runs on a data folder; `None` when none does.
///
/// # Errors
/// It does not answer as it should.
pub async fn ask(path: &Path, request: &Request) -> anyhow::Result<Option<Response>> {
    let Some(stream) = connect(path).await? else { return Ok(None) };
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(request)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    let mut line = String::new();
    BufReader::new(read).read_line(&mut line).await?;
    if line.is_empty() {
        bail!("the service closed {} without an answer: it may be stopping; ask again", path.display());
    }
    Ok(Some(serde_json::from_str(&line).context("the service is of another version of genjin")?))
}

async fn connect(path: &Path) -> anyhow::Result<Option<UnixStream>> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(error).with_context(|| format!("{} is another user's service", path.display()))
        }
        // No socket, one that a killed process left, or a path too long for one: nobody listens.
        Err(_) => Ok(None),
    }
}
