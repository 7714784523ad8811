//! Reading everything of an open store anew, and telling what proves itself and what does not.

use std::ops::Bound;
use std::path::Path;

use super::backup;
use super::journal::JOURNAL;
use super::keeper::Shared;
use super::lines::sha256;
use super::settler::Still;
use super::sum::{Sums, pair_hash};
use super::tree_error::TreeError;
use super::walk::walk_to;
use super::{ImportError, Progress, StoreError};

/// What a proof found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What was looked at, one sentence each.
    pub proved: Vec<String>,
    /// What is wrong, one sentence each with the cure; empty if all is well.
    pub problems: Vec<String>,
}

impl Proof {
    pub(super) fn journal(&mut self, shared: &Shared, upto: u64) -> Result<(), StoreError> {
        let dir = shared.folder.join(JOURNAL);
        match walk_to(&shared.disk, &dir, &shared.workspace, upto, &mut |_| Ok(())) {
            Ok(walked) if walked.last_seq >= upto => {
                let (first, last) = (walked.first_seq, walked.last_seq);
                self.proved.push(format!("journal: commits {first} to {last} follow each other"));
            }
            Ok(walked) => self.problems.push(format!(
                "{} ends at commit {}, settled is {upto}: stop the service and restore the newest backup",
                walked.newest.path.display(),
                walked.last_seq
            )),
            Err(StoreError::Shut(refusal)) => self.problems.push(refusal.to_string()),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    pub(super) fn state(&mut self, still: &Still<'_>, progress: &dyn Progress) -> Result<(), StoreError> {
        let (mut sums, head) = (Sums::default(), &still.mark.head);
        let (of, mut done) = (head.live.count + head.history.count, 0);
        for pair in still.tree.range(Bound::Unbounded, Bound::Unbounded) {
            let (key, value) = match pair {
                Ok(pair) => pair,
                Err(TreeError::Io(error)) => return Err(error.into()),
                Err(wrong) => {
                    self.problems.push(format!("state: {wrong}; start genjin anew, which rebuilds it"));
                    return Ok(());
                }
            };
            sums.of_mut(key.is_history()).add(pair_hash(&key.0, &value));
            done += 1;
            if done % 4_096 == 0 {
                progress.step("state", done, of);
            }
            still.give_way(done)?;
        }
        match sums.prove(head) {
            Ok(()) => self.proved.push(format!(
                "state: {} live records and {} history lines add up at commit {}",
                head.live.count, head.history.count, head.seq
            )),
            Err(refusal) => {
                still.tree.doubt(&refusal.to_string());
                self.problems.push(format!("state: {refusal}"));
            }
        }
        Ok(())
    }

    pub(super) fn backup(
        &mut self,
        shared: &Shared,
        file: &Path,
        progress: &dyn Progress,
    ) -> Result<(), StoreError> {
        match backup::prove(&shared.disk, file, progress) {
            Ok(mark) => {
                let records = mark.head.live.count + mark.head.history.count;
                let seq = mark.head.seq;
                self.proved.push(format!("{}: {records} records up to commit {seq}", file.display()));
            }
            Err(StoreError::Import(error @ ImportError::Version(_))) => {
                self.problems.push(format!("{}: {error}", file.display()));
            }
            Err(StoreError::Import(error)) => {
                let cure = "remove it and run `genjin backup` for a new one";
                self.problems.push(format!("{} is damaged ({error}): {cure}", file.display()));
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    pub(super) fn media(&mut self, shared: &Shared) -> Result<(), StoreError> {
        let dir = shared.folder.join("media");
        if !dir.is_dir() {
            return Ok(());
        }
        let names = shared.disk.names(&dir)?;
        let mut good = 0;
        for name in names.iter().filter(|name| name.len() == 64) {
            if sha256(&shared.disk.read(&dir.join(name))?) == *name {
                good += 1;
            } else {
                let file = dir.join(name);
                self.problems.push(format!("{} is damaged: put back a good copy", file.display()));
            }
        }
        self.proved.push(format!("media: {good} files are what their names say"));
        Ok(())
    }
}
