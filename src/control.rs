//! The local socket `control.sock` in the data folder: a command that finds a service running speaks to it here. One
//! JSON line asks, one answers. Whoever may open the socket (mode 0600) is the operator.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::Handle;
use crate::event::{Event, Identity, Unpark, What};
use crate::state::{Deed, RowState, State};

/// A request is no longer than this.
const LINE_MAX: u64 = 64 * 1024;

/// What a command asks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// What was put aside.
    Parked,
    /// Let parked things go on, or forget them.
    Unpark(Unpark),
}

/// What is answered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
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
    let identity = Identity::of(&[b"unpark", &now.timestamp_micros().to_be_bytes()]);
    Event { identity, what: What::Unpark(unpark) }
}

/// Answers on the socket until `shutdown`.
///
/// # Errors
/// The socket cannot be made.
pub async fn serve(
    path: &Path,
    engines: Engines,
    clock: Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    // One that was left by a killed process refuses connections; the store's LOCK tells whether somebody lives.
    let _stale = std::fs::remove_file(path);
    let listener = UnixListener::bind(path).with_context(|| format!("making {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)) = accepted else { continue };
        if let Err(error) = answer(stream, &engines, &clock).await {
            tracing::warn!(%error, "A command on the control socket was not answered");
        }
    }
    let _gone = std::fs::remove_file(path);
    Ok(())
}

async fn answer(stream: UnixStream, engines: &Engines, clock: &Clock) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_MAX)).read_line(&mut line).await?;
    let response = match serde_json::from_str(&line) {
        Ok(request) => respond(request, engines, clock).await,
        Err(_) => Response::Failed("this is no request of this version of genjin".into()),
    };
    let mut text = serde_json::to_vec(&response)?;
    text.push(b'\n');
    Ok(write.write_all(&text).await?)
}

async fn respond(request: Request, engines: &Engines, clock: &Clock) -> Response {
    let mut found = Vec::new();
    for (workspace, engine) in engines {
        let name = workspace.clone();
        let done = match &request {
            Request::Parked => {
                engine.read(move |state, _| aside(&name, state)).await.map(|more| found.extend(more))
            }
            Request::Unpark(unpark) => {
                engine.submit(unpark_event(unpark.clone(), clock.now())).await.map(drop)
            }
        };
        if done.is_err() {
            return Response::Failed(format!("workspace `{workspace}` is shut: its log says why"));
        }
    }
    match request {
        Request::Parked => Response::Parked(found),
        Request::Unpark(_) => Response::Done,
    }
}

/// Asks the service that runs on a data folder; `None` when none does.
///
/// # Errors
/// It does not answer as it should.
pub async fn ask(path: &Path, request: &Request) -> anyhow::Result<Option<Response>> {
    let Ok(stream) = UnixStream::connect(path).await else { return Ok(None) };
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
