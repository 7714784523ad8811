//! The list of erasures, `erasures.jsonl` in the workspace's folder: one line each, with numbers and marks and no word of
//! whom it was about. It is no part of a backup, so that a restored one cannot be without it; whatever stands on it and
//! is not known to the store is erased again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::Identity;
use crate::sales::ErasureSubject;

const FILE: &str = "erasures.jsonl";

/// One erasure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub id: Identity,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// Whose data.
    pub subject: ErasureSubject,
}

/// The list of one workspace.
#[derive(Clone, Debug)]
pub struct List {
    folder: PathBuf,
}

impl List {
    /// The list in a workspace's folder.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// All entries, in their order, and how many lines do not read.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn entries(&self) -> io::Result<(Vec<Entry>, usize)> {
        let text = match std::fs::read(self.file()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
            read => read?,
        };
        // A last line without an end was cut short before anybody was answered for it; it may read all the same.
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let (mut entries, mut unread) = (Vec::new(), 0);
        for line in lines {
            match serde_json::from_slice(line) {
                Ok(entry) => entries.push(entry),
                Err(_) => unread += 1,
            }
        }
        Ok((entries, unread))
    }

    /// Adds an entry, durable when this returns.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn add(&self, entry: &Entry) -> io::Result<()> {
        let file = self.file();
        let is_new = !file.exists();
        // A line that was cut short ends here, so that this one stands by itself.
        let is_cut = !is_new && !std::fs::read(&file)?.ends_with(b"\n");
        let mut line = if is_cut { vec![b'\n'] } else { Vec::new() };
        line.extend(serde_json::to_vec(entry)?);
        line.push(b'\n');
        let mut open = OpenOptions::new().append(true).create(true).open(&file)?;
        open.write_all(&line)?;
        open.sync_all()?;
        if is_new {
            File::open(&self.folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::CustomerId;

    fn entry(n: u8) -> Entry {
        let subject = ErasureSubject::Customer(CustomerId(n.into()));
        Entry { id: Identity([n; 16]), at: DateTime::UNIX_EPOCH, subject }
    }

    #[test]
    fn entry_after_a_line_that_was_cut_short_stands_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let list = List::of(folder.path());
        assert_eq!(list.entries().unwrap(), (Vec::new(), 0));
        list.add(&entry(1)).unwrap();
        let file = OpenOptions::new().append(true).open(list.file()).unwrap();
        (&file).write_all(br#"{"id":"0101"#).unwrap();
        list.add(&entry(2)).unwrap();
        assert_eq!(list.entries().unwrap(), (vec![entry(1), entry(2)], 1));
    }
}
