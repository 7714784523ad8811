//! Opening a workspace on disk: the tree proves itself, the journal is brought over it, and what of the two cannot be
//! right is built anew from a verified backup and the journal, or the workspace stays shut and says what is missing.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::backup::{self, Pairs};
use super::disk::Disk;
use super::frame::{Frame, MARK_FORMAT};
use super::journal::JOURNAL;
use super::lines::Line;
use super::overlay::Overlay;
use super::replay::{Heading, Replay};
use super::segment::{self, Segment};
use super::tree::{self, Mark, Tree, TreeError};
use super::walk::{Walked, walk};
use super::{Head, IDENTITIES_KEPT, IdentityBytes, Progress, Refusal, Repair, Source, StoreError};

/// Where the tree lies in a workspace's folder.
pub(super) const STATE: &str = "state";
const STATE_NEW: &str = "state.new";
const STATE_BROKEN: &str = "state.broken-";

/// Identities with the times of their commits.
pub(super) type Identities = Vec<(DateTime<Utc>, IdentityBytes)>;

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
}

/// What opening works with.
pub(super) struct Opening<'a> {
    pub(super) disk: &'a Disk,
    pub(super) folder: &'a Path,
    pub(super) workspace: &'a str,
    /// Names what is moved aside.
    pub(super) now: DateTime<Utc>,
    pub(super) progress: &'a dyn Progress,
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
            Err(Broken::Wrong(why)) => (None, Some(why)),
            Err(Broken::Error(error)) => {
                walk(self.disk, &journal_dir, self.workspace, &mut |_| Ok(()))?;
                return Err(error);
            }
        };
        let seq = state.as_ref().map_or(u64::MAX, |state| state.mark.head.seq);
        let (journal, mut later) = self.journal(&journal_dir, seq)?;
        let checked = match (state, why) {
            (Some(state), None) => {
                self.hold_together(&state, &journal.walked, journal.anchor)?.map_or(Ok(state), Err)
            }
            (_, why) => Err(why.unwrap_or_default()),
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
        let State { tree, mark, heading } = state;
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
        let segment =
            Segment::lay_out(self.disk, &journal_dir, newest.number, &newest.header, &newest.frames)?;
        backup::remove_unfinished(self.disk, self.folder)?;
        let checksum = walked.checksum;
        Ok(Found { tree, settled: mark, heading, overlay, segment, checksum, identities, repairs })
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

    /// Whether tree and journal are of one past. The inner error says why the tree is to be built anew.
    fn hold_together(
        &self,
        state: &State,
        walked: &Walked,
        anchor: Option<u32>,
    ) -> Result<Option<String>, Refusal> {
        let (mark, last) = (&state.mark, walked.last_seq);
        let seq = mark.head.seq;
        if mark.head.epoch != walked.epoch {
            return Ok(Some(format!("{} is of another life of this workspace", self.state_dir().display())));
        }
        if seq > last {
            let file = walked.newest.path.clone();
            return Err(Refusal::Behind { file, last, settled: seq });
        }
        if seq + 1 < walked.first_seq {
            let first = walked.first_seq;
            return Ok(Some(format!("it goes to commit {seq} only, the journal begins at {first}")));
        }
        if anchor != Some(mark.checksum) {
            return Ok(Some(format!("its commit {seq} is another than the journal's")));
        }
        Ok(None)
    }

    fn state_dir(&self) -> PathBuf {
        self.folder.join(STATE)
    }

    /// Opens the tree and proves its live records.
    fn state(&self) -> Result<State, Broken> {
        let dir = self.state_dir();
        if !dir.join("db").is_file() {
            return Err(Broken::Wrong(format!("{} is missing", dir.display())));
        }
        let tree = Tree::open(self.disk, &dir)?;
        let mark = tree.mark()?.ok_or_else(|| Broken::Wrong(format!("{} is empty", dir.display())))?;
        let heading = tree::caught(|| Heading::read(&tree, &mark))?;
        Ok(State { tree, mark, heading })
    }

    /// Builds the tree anew from the newest verified backup from which the journal goes on.
    fn rebuild(&self, walked: &Walked, why: String) -> Result<(State, Repair), StoreError> {
        let new = self.folder.join(STATE_NEW);
        let mut missing = walked.first_seq.saturating_sub(1);
        let mut source = None;
        for candidate in backup::list(self.disk, self.folder)? {
            if candidate.seq > walked.last_seq {
                let (file, last) = (walked.newest.path.clone(), walked.last_seq);
                return Err(Refusal::Behind { file, last, settled: candidate.seq }.into());
            }
            if candidate.seq + 1 < walked.first_seq {
                continue;
            }
            match self.fill_from(&new, &candidate.path) {
                Ok(mark) if mark.head.epoch == walked.epoch => {
                    source = Some(Source::Backup { file: candidate.path });
                    break;
                }
                // A backup that cannot be proved is no source; the other one may be.
                Ok(_) | Err(StoreError::Import(_)) => {
                    tracing::error!(file = %candidate.path.display(), "A backup is damaged and was passed over");
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
            Broken::Wrong(why) => io::Error::other(format!("the state built anew is wrong: {why}")).into(),
            Broken::Error(error) => error,
        })?;
        let repair = Repair::State { why, source, replayed: walked.last_seq - state.mark.head.seq, moved_to };
        Ok((state, repair))
    }

    /// Puts the new tree in the place of the wrong one, which is kept aside; older such are removed.
    fn exchange(&self, new: &Path) -> Result<Option<PathBuf>, StoreError> {
        let dir = self.state_dir();
        for name in self.disk.names(self.folder)?.iter().filter(|name| name.starts_with(STATE_BROKEN)) {
            tree::remove(&self.folder.join(name))?;
        }
        let mut moved_to = None;
        if fs::exists(&dir)? {
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

/// The identities of a backup, where the journal's `own` do not reach back seven days; `None` if no backup has them.
pub(super) fn older_identities(
    disk: &Disk,
    folder: &Path,
    first_seq: u64,
    own: &Identities,
) -> Result<Option<Identities>, StoreError> {
    let ends = own.first().zip(own.last());
    if first_seq == 1 || ends.is_some_and(|(first, last)| first.0 < last.0 - IDENTITIES_KEPT) {
        return Ok(Some(Vec::new()));
    }
    for candidate in backup::list(disk, folder)? {
        if candidate.seq + 1 >= first_seq
            && let Some(identities) = identities_in(disk, &candidate.path)?
        {
            return Ok(Some(identities));
        }
    }
    Ok(None)
}

/// A tree proved.
struct State {
    tree: Tree,
    mark: Mark,
    heading: Heading,
}

/// Why there is no state.
enum Broken {
    /// It is to be built anew.
    Wrong(String),
    /// It cannot be told now.
    Error(StoreError),
}

impl From<TreeError> for Broken {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Wrong(why) => Self::Wrong(why),
            TreeError::Newer(found) => Self::Error(Refusal::StateFormat { found, known: MARK_FORMAT }.into()),
            TreeError::Io(error) => Self::Error(error.into()),
        }
    }
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

/// The identities in a backup; `None` if it cannot be proved.
pub(super) fn identities_in(disk: &Disk, file: &Path) -> Result<Option<Identities>, StoreError> {
    let mut identities = Vec::new();
    let read = backup::read(disk, file, "reading", &(), &mut |line| {
        if let Line::Identities(time, day) = line {
            identities.extend(day.into_iter().map(|identity| (time, identity)));
        }
        Ok(())
    });
    match read {
        Ok(_) => Ok(Some(identities)),
        Err(StoreError::Import(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Older identities and newer ones, each once, those of the last seven days.
pub(super) fn joined(before: Identities, own: Identities) -> Identities {
    let known: HashSet<IdentityBytes> = own.iter().map(|(_, identity)| *identity).collect();
    let mut all: Identities = before.into_iter().filter(|(_, identity)| !known.contains(identity)).collect();
    all.extend(own);
    if let Some(last) = all.iter().map(|(time, _)| *time).max() {
        all.retain(|(time, _)| *time >= last - IDENTITIES_KEPT);
    }
    all
}
