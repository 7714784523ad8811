//! Sheets over the control socket: rows of an import come line by line after the request, rows of an export go line by
//! line before the last answer. The file itself is read and written by the command: a hostile one ends the command, not
//! the service.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};

use super::{Engines, Request, Response};
use crate::engine::Handle;
use crate::export;
use crate::import::{self, Kind, Options, Progress, SheetRow};
use crate::sheet::ROWS_MAX;

/// Rows come in lines of about this many bytes.
const BLOCK: usize = 256 << 10;
/// One line of rows is never longer: one row of the longest cells fits.
const BLOCK_MAX: u64 = 8 << 20;
/// Rows that were promised come at once.
const ROWS_WITHIN: Duration = Duration::from_secs(30);

/// The one workspace that is meant.
pub(super) fn engine<'e>(engines: &'e Engines, only: Option<&str>) -> Result<&'e Handle, Response> {
    let mut meant = engines.iter().filter(|(name, _)| only.is_none_or(|only| only == name));
    match (meant.next(), meant.next()) {
        (Some((_, engine)), None) => Ok(engine),
        (None, _) => Err(Response::Failed("this service has no such workspace".into())),
        (Some(_), Some(_)) => {
            Err(Response::Failed("this service has several workspaces: name one with --workspace".into()))
        }
    }
}

/// Takes `rows` rows from the lines that follow, and imports them.
pub(super) async fn import_from<R: tokio::io::AsyncBufRead + Unpin, W: AsyncWrite + Unpin>(
    engine: &Handle,
    (rows, options): (usize, Options),
    from: &mut R,
    to: &mut W,
) -> anyhow::Result<Response> {
    let mut all: Vec<SheetRow> = Vec::new();
    let (mut line, rows) = (String::new(), rows.min(ROWS_MAX));
    while all.len() < rows {
        line.clear();
        let mut limited = (&mut *from).take(BLOCK_MAX);
        let read = tokio::time::timeout(ROWS_WITHIN, limited.read_line(&mut line)).await;
        if read.context("the rows do not come")?? == 0 {
            bail!("the rows ended before their time");
        }
        let block: Vec<SheetRow> = serde_json::from_str(&line).context("these are no rows")?;
        if block.is_empty() {
            bail!("a line without rows came");
        }
        all.extend(block);
    }
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<Progress>();
    let mut engine = engine.clone();
    // On its own: when the command goes away in the middle, what was begun is finished all the same.
    let mut run = tokio::spawn(async move {
        import::run(&mut engine, all, options, |progress| {
            let _gone = tell.send(progress);
        })
        .await
    });
    loop {
        tokio::select! {
            Some(progress) = told.recv() => send(to, &Response::Progress(progress)).await?,
            done = &mut run => return Ok(match done.context("the import ended badly")? {
                Ok(report) => Response::Imported(Box::new(report)),
                Err(error) => Response::Failed(error.to_string()),
            }),
        }
    }
}

/// Sends the rows of a kind line by line.
pub(super) async fn export_to<W: AsyncWrite + Unpin>(
    engine: &Handle,
    kind: Kind,
    to: &mut W,
) -> anyhow::Result<Response> {
    let (mut engine, mut after) = (engine.clone(), None);
    loop {
        match export::page(&mut engine, kind, after).await {
            Ok((rows, next)) => {
                send(to, &Response::Rows(rows)).await?;
                after = next;
            }
            Err(error) => return Ok(Response::Failed(error.to_string())),
        }
        if after.is_none() {
            return Ok(Response::Done);
        }
    }
}

/// What reps brought into a workspace's script library.
pub(super) async fn scripts_of(engine: &Handle) -> anyhow::Result<Response> {
    let read = engine.read(|state, _| export::scripts(state));
    let Ok(Ok((file, count))) = tokio::time::timeout(ROWS_WITHIN, read).await else {
        return Ok(Response::Failed("the workspace is shut: its log says why".into()));
    };
    Ok(Response::Scripts(file, count))
}

/// Writes one line.
pub(super) async fn send<W: AsyncWrite + Unpin>(to: &mut W, what: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(what)?;
    text.push(b'\n');
    Ok(tokio::time::timeout(ROWS_WITHIN, to.write_all(&text)).await.context("nobody reads")??)
}

/// Asks the service that runs on a data folder, sends rows after the request, and hands every answer to `answer` until
/// the last, which is returned; `None` when no service runs.
///
/// # Errors
/// It does not answer as it should.
pub async fn ask_with_rows(
    path: &Path,
    request: &Request,
    rows: &[SheetRow],
    mut answer: impl FnMut(Response),
) -> anyhow::Result<Option<Response>> {
    let Some(stream) = super::client::connect(path).await? else { return Ok(None) };
    let (read, mut write) = stream.into_split();
    send(&mut write, request).await?;
    let mut left = rows;
    while !left.is_empty() {
        let (mut block, mut size) = (Vec::new(), 0);
        while let Some((row, rest)) = left.split_first().filter(|_| size < BLOCK) {
            size += serde_json::to_vec(row)?.len();
            block.push(row);
            left = rest;
        }
        send(&mut write, &block).await?;
    }
    let mut read = BufReader::new(read);
    loop {
        let mut line = String::new();
        read.read_line(&mut line).await?;
        if line.is_empty() {
            bail!("the service closed {} without an answer: it may be stopping; ask again", path.display());
        }
        match serde_json::from_str(&line).context("the service is of another version of genjin")? {
            more @ (Response::Progress(_) | Response::Rows(_)) => answer(more),
            last => return Ok(Some(last)),
        }
    }
}

/// The stream of a connection, for those that read more than its first line.
pub(super) type Lines = BufReader<tokio::io::Take<tokio::net::unix::OwnedReadHalf>>;

/// Lets more than the request through.
pub(super) fn lift_limit(lines: &mut Lines) {
    lines.get_mut().set_limit(u64::MAX);
}
