//! Keeps the world in a folder: a snapshot and, beside it, one line for each step since.
//!
//! Lines are handed over in order and written by a thread of their own, as many with one sync as have come; who
//! must not answer before a line is safe waits for its [`Ticket`]. At each start snapshot and lines become the next
//! snapshot, and a last line that a kill cut short is left out: nobody was told that it was safe.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::world::{Change, World};

/// The folder's files.
const SNAPSHOT: &str = "world.json";
const LINES: &str = "world.jsonl";
const LOCK: &str = "LOCK";

/// One committed step.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub counter: u64,
    pub changes: Vec<Change>,
}

/// Writing failed; nothing more is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulator's folder cannot be written")]
pub struct Unwritable;

/// Resolves when a line is on disk.
#[must_use = "an answer before the line is safe breaks the simulator's promise"]
#[derive(Debug)]
pub(crate) struct Ticket(Option<(u64, watch::Receiver<Written>)>);

impl Ticket {
    pub(crate) async fn safe(self) -> Result<(), Unwritable> {
        let Some((seq, mut written)) = self.0 else { return Ok(()) };
        match written.wait_for(|written| written.failed || written.upto >= seq).await {
            Ok(written) if written.upto >= seq => Ok(()),
            _ => Err(Unwritable),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Written {
    upto: u64,
    failed: bool,
}

/// Where lines go. Without a folder all is safe at once.
pub(crate) struct Journal(Option<Writer>);

/// Numbered lines on their way to the thread.
type Lines = mpsc::Sender<(u64, Vec<u8>)>;

struct Writer {
    written: watch::Receiver<Written>,
    thread: Mutex<Option<(Lines, JoinHandle<()>)>>,
}

impl Journal {
    /// One that keeps nothing.
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    /// Opens `folder`, made if missing, and reads the world in it, if there is one and it is not to be `fresh`.
    /// Fails also when another simulator holds the folder.
    pub(crate) fn open(folder: &Path, fresh: bool, new: World) -> io::Result<(Self, World)> {
        fs::create_dir_all(folder)?;
        let lock = File::create(folder.join(LOCK))?;
        lock.try_lock()
            .map_err(|_| io::Error::new(io::ErrorKind::WouldBlock, "another simulator holds this folder"))?;
        let world = if fresh { new } else { read(folder)?.unwrap_or(new) };
        replace(folder, &world)?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join(LINES))?;
        file.set_len(0)?;
        file.sync_all()?;
        sync_dir(folder)?;

        let (lines, inbox) = mpsc::channel::<(u64, Vec<u8>)>();
        let (report, written) = watch::channel(Written { upto: world.seq, failed: false });
        let thread = thread::Builder::new().name("sim-journal".to_owned()).spawn(move || {
            write_lines(file, &inbox, &report);
            drop(lock);
        })?;
        let thread = Mutex::new(Some((lines, thread)));
        Ok((Self(Some(Writer { written, thread })), world))
    }

    pub(crate) fn append(&self, line: &Line) -> Ticket {
        let Some(writer) = &self.0 else { return Ticket(None) };
        let mut bytes = serde_json::to_vec(line).expect("a world's step is plain JSON");
        bytes.push(b'\n');
        if let Some((lines, _)) = &*writer.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            // If the thread has ended it has said so: the ticket fails.
            let _ = lines.send((line.seq, bytes));
        }
        Ticket(Some((line.seq, writer.written.clone())))
    }

    /// Writes what has come and lets go of the folder; later lines are refused by their tickets.
    pub(crate) fn close(&self) {
        let Some(writer) = &self.0 else { return };
        let open = writer.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((lines, thread)) = open {
            drop(lines);
            // A panic there has been printed; there is nothing left to write.
            let _ = thread.join();
        }
    }
}

/// Writes what has come with one sync, until the senders are gone or the disk refuses.
fn write_lines(mut file: File, inbox: &mpsc::Receiver<(u64, Vec<u8>)>, report: &watch::Sender<Written>) {
    while let Ok((mut upto, mut bytes)) = inbox.recv() {
        for (seq, more) in inbox.try_iter() {
            upto = seq;
            bytes.extend(more);
        }
        if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            tracing::error!(%error, "the simulator's world could not be written");
            report.send_modify(|written| written.failed = true);
            return;
        }
        report.send_modify(|written| written.upto = upto);
    }
}

fn read(folder: &Path) -> io::Result<Option<World>> {
    let snapshot = match fs::read(folder.join(SNAPSHOT)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut world: World = serde_json::from_slice(&snapshot)?;
    match File::open(folder.join(LINES)) {
        Ok(file) => replay(&mut world, BufReader::new(file))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(Some(world))
}

/// Applies the lines after the snapshot. One that cannot be read is torn only if none follows it.
fn replay(world: &mut World, mut lines: impl BufRead) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut torn = false;
    loop {
        bytes.clear();
        if lines.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        if torn {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line of the world is damaged"));
        }
        match serde_json::from_slice::<Line>(&bytes) {
            // Lines up to the snapshot's: it was written, they were not yet cut off.
            Ok(line) if line.seq <= world.seq => {}
            Ok(line) => {
                for change in line.changes {
                    world.apply(line.at, change);
                }
                (world.seq, world.counter) = (line.seq, line.counter);
            }
            Err(_) => torn = true,
        }
    }
}

/// Puts `world` in the snapshot's place: whole, or not at all.
fn replace(folder: &Path, world: &World) -> io::Result<()> {
    let beside: PathBuf = folder.join("world.json.new");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(world)?)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(SNAPSHOT))?;
    sync_dir(folder)
}

fn sync_dir(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn noon() -> DateTime<Utc> {
        "2026-11-24T04:00:00Z".parse().unwrap()
    }

    fn moved(seq: u64) -> String {
        let line = Line { seq, at: noon(), counter: seq, changes: vec![Change::Moved(seq as i64)] };
        serde_json::to_string(&line).unwrap() + "\n"
    }

    fn empty() -> World {
        World::new(7, noon(), TimeDelta::zero())
    }

    #[test]
    fn line_cut_short_by_a_kill_is_left_out() {
        let mut world = empty();
        let lines = moved(1) + &moved(2) + &moved(3)[..20];
        replay(&mut world, lines.as_bytes()).unwrap();
        assert_eq!((world.seq, world.offset_ms), (2, 2));
    }

    #[test]
    fn damaged_line_before_a_good_one_is_an_error() {
        let lines = moved(1) + &moved(2)[..20] + "\n" + &moved(3);
        assert!(replay(&mut empty(), lines.as_bytes()).is_err());
    }

    #[test]
    fn lines_that_the_snapshot_holds_are_not_applied_again() {
        let mut world = empty();
        (world.seq, world.offset_ms) = (2, 99);
        replay(&mut world, (moved(1) + &moved(2)).as_bytes()).unwrap();
        assert_eq!(world.offset_ms, 99);
    }

    #[tokio::test]
    async fn world_is_read_back_after_its_ticket() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, world) = Journal::open(folder.path(), false, empty()).unwrap();
        assert_eq!(world, empty());
        let line = Line { seq: 1, at: noon(), counter: 4, changes: vec![Change::Moved(1500)] };
        journal.append(&line).safe().await.unwrap();
        let read = read(folder.path()).unwrap().unwrap();
        assert_eq!((read.seq, read.counter, read.offset_ms), (1, 4, 1500));
        assert!(Journal::open(folder.path(), false, empty()).is_err(), "the folder is held");
        journal.close();
        assert!(journal.append(&line).safe().await.is_ok(), "it was safe before");
        let late = Line { seq: 2, ..line };
        assert_eq!(journal.append(&late).safe().await, Err(Unwritable));
        assert_eq!(Journal::open(folder.path(), true, empty()).unwrap().1, empty());
    }
}
