//! The asking end: a command that speaks to the service of a data folder, if one runs.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{Request, Response, Step};

/// Asks the service that runs on a data folder; `None` when none does.
///
/// # Errors
/// It does not answer as it should.
pub async fn ask(path: &Path, request: &Request) -> anyhow::Result<Option<Response>> {
    ask_telling(path, request, &|_| {}).await
}

/// The same for long work: `tell` hears how far it is.
///
/// # Errors
/// As [`ask`].
pub async fn ask_telling(
    path: &Path,
    request: &Request,
    tell: &(dyn Fn(Step) + Send + Sync),
) -> anyhow::Result<Option<Response>> {
    let Some(stream) = connect(path).await? else { return Ok(None) };
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(request)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line).context("the service is of another version of genjin")? {
            Response::Step(step) => tell(step),
            response => return Ok(Some(response)),
        }
    }
    bail!("the service closed {} without an answer: it may be stopping; ask again", path.display())
}

/// Whether a service runs on the data folder of this socket.
pub async fn is_running(path: &Path) -> bool {
    matches!(connect(path).await, Ok(Some(_)))
}

pub(super) async fn connect(path: &Path) -> anyhow::Result<Option<UnixStream>> {
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(error).with_context(|| format!("{} is another user's service", path.display()))
        }
        // No socket, one that a killed process left, or a path too long for one: nobody listens.
        Err(_) => Ok(None),
    }
}
