//! Work on stores for the operator: the same hands beside a running service, where the control socket asks, and without
//! one, where a command opens the store itself.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::erasures::{Desk, Eraser};
use super::service::random_epoch;
use crate::control::{Chore, Chored, Step, Whose};
use crate::state::{Fold, export_line};
use crate::store::{JournalStores, Keeper, Progress, Stores};

/// Tells how far a chore is.
pub struct Telling<'a>(pub &'a (dyn Fn(Step) + Send + Sync));

impl Progress for Telling<'_> {
    fn step(&self, what: &'static str, done: u64, of: u64) {
        (self.0)(Step { what: what.to_owned(), done, of });
    }
}

/// Does a chore on an open store.
///
/// # Errors
/// It could not be done; the message says what to do.
pub fn run(
    keeper: &Keeper,
    workspace: &str,
    chore: &Chore,
    progress: &dyn Progress,
) -> anyhow::Result<Chored> {
    let done = Chored { workspace: workspace.to_owned(), ..Chored::default() };
    match chore {
        Chore::Backup { file } => back_up(keeper, file, progress, done),
        Chore::Verify => verify(keeper, progress, done),
        Chore::Export { file } => export(keeper, file, progress, done),
        Chore::Stats => stats(keeper, done),
        Chore::Restore { .. } => bail!("a restore needs the store closed"),
        Chore::Erase { .. } => bail!("an erasure needs the engine"),
    }
}

fn back_up(keeper: &Keeper, file: &Path, progress: &dyn Progress, done: Chored) -> anyhow::Result<Chored> {
    let backup = keeper.backup_to(file, progress)?;
    let (records, seq, mb) = (backup.records, backup.seq, megabytes(backup.bytes));
    let file = backup.file.display();
    let said = vec![format!("{file}: {records} records up to commit {seq}, {mb}, read back and proved")];
    let figures = json!({ "file": backup.file, "commit": seq, "records": records, "bytes": backup.bytes });
    Ok(Chored { said, figures, ..done })
}

fn verify(keeper: &Keeper, progress: &dyn Progress, done: Chored) -> anyhow::Result<Chored> {
    let mut proof = keeper.verify(progress)?;
    let mut fold = Fold::default();
    let head = keeper.scan(&mut |key, value| {
        fold.take(key, value);
        Ok(())
    })?;
    proof.proved.extend(fold.said());
    proof.problems.extend(fold.problems());
    let figures = json!({ "commit": head.seq, "proved": proof.proved, "problems": proof.problems });
    Ok(Chored { said: proof.proved, problems: proof.problems, figures, ..done })
}

fn export(keeper: &Keeper, file: &Path, progress: &dyn Progress, done: Chored) -> anyhow::Result<Chored> {
    let named = || format!("writing {}", file.display());
    let made =
        File::create_new(file).with_context(|| format!("making {}: choose a new name", file.display()))?;
    let mut out = BufWriter::new(made);
    let first = json!({ "format": "genjin-export", "version": 1, "workspace": done.workspace });
    writeln!(out, "{first}").with_context(named)?;
    let mut lines = 0;
    let head = keeper.scan(&mut |key, value| {
        if let Some(line) = export_line(key, value) {
            writeln!(out, "{line}")?;
            lines += 1;
            if lines % 1_000 == 0 {
                progress.step("exporting", lines, lines);
            }
        }
        Ok(())
    })?;
    writeln!(out, "{}", json!({ "end": true, "lines": lines, "commit": head.seq })).with_context(named)?;
    out.into_inner()
        .map_err(|error| error.into_error())
        .and_then(|file| file.sync_all())
        .with_context(named)?;
    let said = vec![format!("{}: {lines} records and lines up to commit {}", file.display(), head.seq)];
    Ok(Chored { said, figures: json!({ "file": file, "lines": lines, "commit": head.seq }), ..done })
}

fn stats(keeper: &Keeper, done: Chored) -> anyhow::Result<Chored> {
    let stats = keeper.stats()?;
    let (settled, head) = (&stats.settled, &stats.head);
    let open = if settled.is_open { "open" } else { "closed, idle" };
    let mut said = vec![
        format!(
            "records   {} live, {} history lines, settled at commit {}",
            head.live.count, head.history.count, settled.seq
        ),
        format!("journal   {} segments, {}", stats.segments.0, megabytes(stats.segments.1)),
        format!(
            "state     {} ({open}), {} wait to be settled",
            megabytes(stats.state_bytes),
            megabytes(settled.debt as u64)
        ),
        format!("backups   {}; {} of journal since", stats.backups.len(), megabytes(stats.since_backup)),
    ];
    said.extend(
        stats
            .backups
            .iter()
            .map(|(file, bytes)| format!("          {} ({})", file.display(), megabytes(*bytes))),
    );
    let mut problems = Vec::new();
    problems.extend(settled.fault.iter().map(|why| format!("commits are not settled: {why}")));
    problems.extend(stats.backup_fault.iter().map(|why| format!("the last backup failed: {why}")));
    let backups: Vec<_> =
        stats.backups.iter().map(|(file, bytes)| json!({ "file": file, "bytes": bytes })).collect();
    let figures = json!({
        "live": head.live.count,
        "history": head.history.count,
        "settled": settled.seq,
        "debt_bytes": settled.debt,
        "state_open": settled.is_open,
        "state_bytes": stats.state_bytes,
        "segments": stats.segments.0,
        "journal_bytes": stats.segments.1,
        "since_backup_bytes": stats.since_backup,
        "backups": backups,
    });
    Ok(Chored { said, problems, figures, ..done })
}

/// Puts a backup in the place of a workspace that nobody holds open. What was there is moved aside, and back again if
/// the backup does not hold together.
///
/// # Errors
/// There is a workspace and `replace` is not said, or the backup is damaged.
pub fn restore(
    stores: &JournalStores,
    data: &Path,
    workspace: &str,
    chore: (&Path, bool),
    now: DateTime<Utc>,
    progress: &dyn Progress,
) -> anyhow::Result<Chored> {
    let (file, replace) = chore;
    let mut backup = File::open(file).with_context(|| format!("opening {}", file.display()))?;
    let folder = data.join(workspace);
    let is_there = stores.workspaces()?.iter().any(|name| name == workspace);
    if is_there && !replace {
        bail!(
            "workspace `{workspace}` is there already: --replace moves it aside and puts the backup in its place"
        );
    }
    let aside =
        is_there.then(|| data.join(format!(".{workspace}.replaced-{}", now.format("%Y%m%dT%H%M%SZ"))));
    if let Some(aside) = &aside {
        fs::rename(&folder, aside).with_context(|| format!("moving {} aside", folder.display()))?;
    }
    let imported = stores.import_telling(workspace, &mut backup, random_epoch()?, progress);
    let head = match (imported, &aside) {
        (Ok(head), _) => head,
        (Err(error), Some(aside)) => {
            fs::rename(aside, &folder).with_context(|| format!("moving {} back", aside.display()))?;
            return Err(error.into());
        }
        (Err(error), None) => return Err(error.into()),
    };
    if let Some(aside) = &aside {
        carry_over(aside, &folder)?;
    }
    let records = head.live.count + head.history.count;
    let mut said = vec![
        format!("{workspace}: {records} records as of commit {}", head.seq),
        "Messages that were on their way wait: `genjin parked list`, then `genjin parked release`."
            .to_owned(),
    ];
    said.extend(aside.iter().map(|aside| format!("What was there lies in {}", aside.display())));
    let figures = json!({ "records": records, "commit": head.seq, "moved_to": aside });
    Ok(Chored { workspace: workspace.to_owned(), said, figures, problems: Vec::new() })
}

/// What outlives a restore: the list of erasures, so that what was erased stays so, and pictures and files, which only a
/// backup that leaves the folder carries.
fn carry_over(from: &Path, to: &Path) -> anyhow::Result<()> {
    const ERASURES: &str = "erasures.jsonl";
    const MEDIA: &str = "media";
    let list: PathBuf = from.join(ERASURES);
    if list.is_file() {
        fs::copy(&list, to.join(ERASURES)).context("carrying the list of erasures over")?;
        File::open(to.join(ERASURES))?.sync_all()?;
        File::open(to)?.sync_all()?;
    }
    let media = from.join(MEDIA);
    if media.is_dir() {
        carry_media(&media, &to.join(MEDIA)).context("carrying pictures and files over")?;
        File::open(to)?.sync_all()?;
    }
    Ok(())
}

/// Named by their bytes and never changed, they can be in both places at once.
fn carry_media(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let there = to.join(file.file_name());
        // What was begun and never named is left behind.
        if there.exists() || file.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if fs::hard_link(file.path(), &there).is_err() {
            fs::copy(file.path(), &there)?;
            File::open(&there)?.sync_all()?;
        }
    }
    File::open(to)?.sync_all()
}

/// Erases, or says what that would do.
///
/// # Errors
/// As [`Eraser::erase`].
pub fn erase<D: Desk>(
    mut eraser: Eraser<D>,
    workspace: &str,
    (whose, go): (&Whose, bool),
    progress: &dyn Progress,
) -> anyhow::Result<Chored> {
    let said = if go { eraser.erase(whose, progress)? } else { eraser.plan(whose)?.said };
    let figures = json!({ "erased": go, "said": said });
    Ok(Chored { workspace: workspace.to_owned(), said, figures, problems: Vec::new() })
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MediaFolder;

    #[test]
    fn pictures_outlive_a_restore_from_a_backup_without_them() {
        let folder = tempfile::tempdir().unwrap();
        let (aside, restored) = (folder.path().join("aside"), folder.path().join("restored"));
        fs::create_dir_all(&aside).unwrap();
        fs::create_dir_all(&restored).unwrap();
        let (old, new) = (MediaFolder::of(&aside), MediaFolder::of(&restored));
        let (one, both) = (old.keep(b"one").unwrap(), old.keep(b"both").unwrap());
        new.keep(b"both").unwrap();
        fs::write(aside.join("media/.begun.new"), b"").unwrap();
        carry_over(&aside, &restored).unwrap();
        assert_eq!((new.read(&one).unwrap(), new.read(&both).unwrap()), (b"one".to_vec(), b"both".to_vec()));
        assert_eq!(fs::read_dir(restored.join("media")).unwrap().count(), 2);
    }
}
