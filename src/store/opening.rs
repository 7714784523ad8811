//! Opening a workspace on disk: the tree proves itself, the journal is brought over it, and what of the two cannot be
//! right is built anew from a verified backup and the journal, or the workspace stays shut and says what is missing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::backup::{self, Pairs};
use super::disk::Disk;
use super::frame::{Frame, MARK_FORMAT};
use super::identities::{Identities, joined, older_identities};
use super::journal::JOURNAL;
use super::lines::Line;
use super::overlay::Overlay;
use super::replay::{self, Heading, Replay};
use super::segment::{self, Segment};
use super::settler::OLD;
use super::tree::{self, Mark, Tree};
use super::tree_error::TreeError;
use super::walk::{Walked, walk};
use super::{Head, Progress, Refusal, Repair, Source, StoreError};

/// Where the tree lies in a workspace's folder.
pub(super) const STATE: &str = "state";
/// One that is being built.
pub(super) const STATE_NEW: &str = "state.new";
const STATE_BROKEN: &str = "state.broken-";
/// Says why the state is to be proved whole at the next opening, its history too.
const STATE_DOUBT: &str = "state.doubt";

/// Whether a name in the workspace's folder is that of a tree that nobody uses any more.
pub(super) fn is_laid_aside(name: &str) -> bool {
    name.starts_with(STATE_BROKEN)
        || name.strip_prefix(STATE).and_then(|rest| rest.strip_prefix('.')) == Some(OLD)
}

/// A workspace as it was found, proved.
pub(super) struct Found {
    pub(super) tree: Tree,
    /// Up to where the tree is durable.
    pub(super) settled: Mark,
    pub(super) heading: Heading,
    pub(super) overlay: Overlay,
    pub(super) segment: Segment,
    /// The checksum of the last frame.
    pub(super) checksum: u32,
    pub(super) identities: Identities,
    pub(super) repairs: Vec<Repair>,
    /// Whether the settled history lines were proved, or that is still to be done.
    pub(super) are_lines_proved: bool,
}

/// What opening works with.
pub(super) struct Opening<'a> {
    pub(super) disk: &'a Disk,
    pub(super) folder: &'a Path,
    pub(super) workspace: &'a str,
    /// Names what is moved aside.
    pub(super) now: DateTime<Utc>,
    pub(super) progress: &'a dyn Progress,
    /// So many history lines at most are proved here.
    pub(super) prove_lines: u64,
}

/// What the journal alone tells.
struct Journal {
    walked: Walked,
    identities: Identities,
    /// The checksum of the frame of the tree's last commit.
    anchor: Option<u32>,
}

impl Opening<'_> {
    /// Opens the workspace, whole or not at all.
    pub(super) fn open(&self) -> Result<Found, StoreError> {
        let mut repairs = Vec::new();
        let journal_dir = self.folder.join(JOURNAL);
        // The journal comes first: without it nothing tells what there should be.
        let (state, why) = match self.state() {
            Ok(state) => (Some(state), None),
            Err(Broken::Wrong(why, mark)) => (None, Some((why, mark))),
            Err(Broken::Error(error)) => {
                walk(self.disk, &journal_dir, self.workspace, &mut |_| Ok(()))?;
                return Err(error);
            }
        };
        let seq = state.as_ref().map_or(u64::MAX, |state| state.mark.head.seq);
        let (journal, mut later) = self.journal(&journal_dir, seq)?;
        let known = state.as_ref().map(|state| &state.mark).or(why.as_ref().and_then(|why| why.1.as_deref()));
        self.reaches(&journal.walked, known)?;
        let checked = match (state, why) {
            (Some(state), None) => {
                self.hold_together(&state, &journal.walked, journal.anchor).map_or(Ok(state), Err)
            }
            (_, why) => Err(why.unwrap_or_default().0),
        };
        let state = match checked {
            Ok(state) => state,
            Err(why) => {
                let (state, repair) = self.rebuild(&journal.walked, why)?;
                later = self.journal(&journal_dir, state.mark.head.seq)?.1;
                repairs.push(repair);
                state
            }
        };
        let State { tree, mark, heading, are_lines_proved } = state;
        let mut replay = Replay::over(&tree, heading);
        later.into_iter().try_for_each(|frame| replay.apply(frame))?;
        replay.prove()?;
        let Replay { heading, overlay, .. } = replay;
        let identities = self.identities(&journal, &mut repairs)?;
        let Journal { walked, .. } = journal;
        if let Some(at) = walked.newest.torn_at {
            repairs.push(Repair::TornFrame { file: walked.newest.path.clone(), at });
        }
        // From here on files are changed. What was read of the newest segment may so far live in the page cache alone,
        // which survives `kill -9` but not the next power cut: only its copy is believed.
        for name in self.disk.names(&journal_dir)?.iter().filter(|name| segment::is_unfinished(name)) {
            self.disk.remove(&journal_dir.join(name))?;
        }
        let newest = &walked.newest;
        let lay_out =
            |header: &_| Segment::lay_out(self.disk, &journal_dir, newest.number, header, &newest.frames);
        let segment = match lay_out(&newest.header) {
            // The copy stands beside the file for a moment; where there is no room for two, a shorter one may do.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                let size = segment::shortest(newest.frames.len());
                lay_out(&segment::Header { size, ..newest.header.clone() })?
            }
            laid_out => laid_out?,
        };
        backup::remove_unfinished(self.disk, self.folder)?;
        tree::remove(&self.folder.join(STATE_NEW))?;
        if self.is_doubted() {
            self.disk.remove(&self.folder.join(STATE_DOUBT))?;
            self.disk.sync_dir(self.folder)?;
        }
        let (checksum, settled) = (walked.checksum, mark);
        Ok(Found {
            tree,
            settled,
            heading,
            overlay,
            segment,
            checksum,
            identities,
            repairs,
            are_lines_proved,
        })
    }

    /// Reads the journal: what it tells, and its frames after commit `seq`.
    fn journal(&self, dir: &Path, seq: u64) -> Result<(Journal, Vec<Frame>), StoreError> {
        let (mut identities, mut later, mut anchor) = (Vec::new(), Vec::new(), None);
        let walked = walk(self.disk, dir, self.workspace, &mut |mut frame| {
            let time = frame.time;
            identities.extend(std::mem::take(&mut frame.identities).into_iter().map(|each| (time, each)));
            if frame.head.seq == seq {
                anchor = Some(frame.checksum);
            }
            if frame.head.seq > seq {
                later.push(frame);
            }
            Ok(())
        })?;
        if seq != u64::MAX && walked.first_seq == seq + 1 {
            anchor = Some(walked.first_before);
        }
        Ok((Journal { walked, identities, anchor }, later))
    }

    /// Refuses a journal that ends before what was settled or backed up from it, whatever else is wrong.
    fn reaches(&self, walked: &Walked, state: Option<&Mark>) -> Result<(), StoreError> {
        let of_state = state.filter(|mark| mark.head.epoch == walked.epoch).map(|mark| mark.head.seq);
        let of_backup = backup::list(self.disk, self.folder)?.first().map(|newest| newest.seq);
        match of_state.max(of_backup) {
            Some(settled) if settled > walked.last_seq => {
                let (file, last) = (walked.newest.path.clone(), walked.last_seq);
                Err(Refusal::Behind { file, last, settled }.into())
            }
            _ => Ok(()),
        }
    }

    /// Why tree and journal are not of one past, so that the tree is to be built anew.
    fn hold_together(&self, state: &State, walked: &Walked, anchor: Option<u32>) -> Option<String> {
        let mark = &state.mark;
        let seq = mark.head.seq;
        if mark.head.epoch != walked.epoch {
            return Some(format!("{} is of another life of this workspace", self.state_dir().display()));
        }
        if seq + 1 < walked.first_seq {
            let first = walked.first_seq;
            return Some(format!("it goes to commit {seq} only, the journal begins at {first}"));
        }
        (anchor != Some(mark.checksum)).then(|| format!("its commit {seq} is another than the journal's"))
    }

    fn is_doubted(&self) -> bool {
        self.folder.join(STATE_DOUBT).exists()
    }

    fn state_dir(&self) -> PathBuf {
        self.folder.join(STATE)
    }

    /// Opens the tree and proves its live records.
    fn state(&self) -> Result<State, Broken> {
        let dir = self.state_dir();
        if !dir.join("db").is_file() {
            return Err(Broken::Wrong(format!("{} is missing", dir.display()), None));
        }
        let tree = Tree::open(self.disk, &dir)?;
        let mark = tree.mark()?.ok_or_else(|| Broken::Wrong(format!("{} is empty", dir.display()), None))?;
        self.proved(tree, mark.clone()).map_err(|broken| match broken {
            Broken::Wrong(why, _) => Broken::Wrong(why, Some(Box::new(mark))),
            other => other,
        })
    }

    fn proved(&self, tree: Tree, mark: Mark) -> Result<State, Broken> {
        let heading = Heading::read(&tree, &mark)?;
        let are_lines_proved = self.is_doubted() || mark.head.history.count <= self.prove_lines;
        if are_lines_proved {
            replay::prove_lines(&tree, &mark.head, &mut || true)?;
        }
        Ok(State { tree, mark, heading, are_lines_proved })
    }

    /// Builds the tree anew from the newest verified backup from which the journal goes on.
    fn rebuild(&self, walked: &Walked, why: String) -> Result<(State, Repair), StoreError> {
        let new = self.folder.join(STATE_NEW);
        let mut missing = walked.first_seq.saturating_sub(1);
        let mut source = None;
        for candidate in backup::list(self.disk, self.folder)? {
            if candidate.seq + 1 < walked.first_seq {
                continue;
            }
            match self.fill_from(&new, &candidate.path) {
                Ok(mark) if mark.head.epoch == walked.epoch => {
                    source = Some(Source::Backup { file: candidate.path });
                    break;
                }
                // A backup that cannot be proved is no source; the other one may be.
                Err(StoreError::Import(error)) => {
                    tracing::error!(file = %candidate.path.display(), %error, "A backup cannot be used and was passed over");
                }
                Ok(_) => {
                    tracing::error!(file = %candidate.path.display(), "A backup of another life was passed over");
                }
                Err(other) => return Err(other),
            }
        }
        if source.is_none() && walked.first_seq == 1 && walked.first_before == 0 {
            missing = 0;
            self.fill_empty(&new, walked.epoch)?;
            source = Some(Source::Journal);
        }
        let Some(source) = source else {
            tree::remove(&new)?;
            return Err(Refusal::State { why, first: 1, last: missing }.into());
        };
        let moved_to = self.exchange(&new)?;
        let state = self.state().map_err(|broken| match broken {
            Broken::Wrong(why, _) => io::Error::other(format!("the state built anew is wrong: {why}")).into(),
            Broken::Error(error) => error,
        })?;
        let repair = Repair::State { why, source, replayed: walked.last_seq - state.mark.head.seq, moved_to };
        Ok((state, repair))
    }

    /// Puts the new tree in the place of the wrong one, which is kept aside; older such are removed.
    fn exchange(&self, new: &Path) -> Result<Option<PathBuf>, StoreError> {
        let dir = self.state_dir();
        let mut moved_to = None;
        if fs::exists(&dir)? {
            for name in self.disk.names(self.folder)?.iter().filter(|name| name.starts_with(STATE_BROKEN)) {
                tree::remove(&self.folder.join(name))?;
            }
            let aside = self.folder.join(format!("{STATE_BROKEN}{}", self.now.format("%Y%m%dT%H%M%SZ")));
            self.disk.rename(&dir, &aside)?;
            moved_to = Some(aside);
        }
        self.disk.rename(new, &dir)?;
        self.disk.sync_dir(self.folder)?;
        Ok(moved_to)
    }

    fn fill_from(&self, dir: &Path, file: &Path) -> Result<Mark, StoreError> {
        fill(self.disk, dir, file, self.progress)
    }

    fn fill_empty(&self, dir: &Path, epoch: u64) -> Result<(), StoreError> {
        make_empty(self.disk, dir, &Mark { head: Head::fresh(epoch), checksum: 0 })
    }

    /// The identities of the last seven days: the journal's, and those of a backup where the journal begins later.
    fn identities(&self, journal: &Journal, repairs: &mut Vec<Repair>) -> Result<Identities, StoreError> {
        let (own, first_seq) = (&journal.identities, journal.walked.first_seq);
        let older = older_identities(self.disk, self.folder, first_seq, own)?.unwrap_or_else(|| {
            repairs.push(Repair::Identities { before: first_seq });
            Vec::new()
        });
        Ok(joined(older, own.clone()))
    }
}

/// A tree proved.
struct State {
    tree: Tree,
    mark: Mark,
    heading: Heading,
    are_lines_proved: bool,
}

/// Why there is no state.
enum Broken {
    /// It is to be built anew; the mark, where that could be read.
    Wrong(String, Option<Box<Mark>>),
    /// It cannot be told now.
    Error(StoreError),
}

impl From<TreeError> for Broken {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Wrong(why) => Self::Wrong(why, None),
            TreeError::Newer(found) => Self::Error(Refusal::StateFormat { found, known: MARK_FORMAT }.into()),
            TreeError::Io(error) => Self::Error(error.into()),
        }
    }
}

/// Has the next opening prove the state whole.
pub(super) fn note_doubt(disk: &Disk, folder: &Path, why: &str) -> io::Result<()> {
    let file = disk.create(&folder.join(STATE_DOUBT))?;
    file.write_at(why.as_bytes(), 0)?;
    file.sync_all()?;
    disk.sync_dir(folder)
}

/// Makes a tree without records in `dir`, durable.
pub(super) fn make_empty(disk: &Disk, dir: &Path, mark: &Mark) -> Result<(), StoreError> {
    tree::remove(dir)?;
    let tree = Tree::open(disk, dir)?;
    tree.fill(&[], Some(mark))?;
    Ok(tree.sync()?)
}

/// Makes a tree in `dir` of a file of lines, durable; proved when this returns.
pub(super) fn fill(
    disk: &Disk,
    dir: &Path,
    file: &Path,
    progress: &dyn Progress,
) -> Result<Mark, StoreError> {
    tree::remove(dir)?;
    let tree = Tree::open(disk, dir)?;
    let mut pairs = Pairs::default();
    let mark = backup::read(disk, file, "restoring", progress, &mut |line| {
        if let Line::Pair(key, value) = line
            && pairs.add(key, value)
        {
            tree.fill(&pairs.pairs, None)?;
            pairs.clear();
        }
        Ok(())
    })?;
    tree.fill(&pairs.pairs, Some(&mark))?;
    tree.sync()?;
    Ok(mark)
}
