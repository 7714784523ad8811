//! What can be wrong with the tree, and what each fault means to those above it.

use std::fmt;
use std::io;
use std::path::Path;

use super::StoreError;
use super::disk::at_path;

/// Why the tree does not do as it should.
#[derive(Debug)]
pub(super) enum TreeError {
    /// Its files cannot be right: they are to be built anew.
    Wrong(String),
    /// A newer program wrote them, in this format.
    Newer(u32),
    /// The disk does not do as it should: later it may.
    Io(io::Error),
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(why) => f.write_str(why),
            Self::Newer(format) => write!(f, "they have format {format}, written by a newer genjin"),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl TreeError {
    /// The same with the file that it is about.
    pub(super) fn at(self, path: &Path) -> Self {
        match self {
            Self::Io(error) => Self::Io(at_path(path, error)),
            other => other,
        }
    }
}

impl From<io::Error> for TreeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<TreeError> for StoreError {
    /// For a tree that was proved before: what is wrong with it now, the next opening mends.
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Io(error) => error.into(),
            other => io::Error::other(other.to_string()).into(),
        }
    }
}

impl From<sled::Error> for TreeError {
    fn from(error: sled::Error) -> Self {
        use io::ErrorKind::{InvalidData, UnexpectedEof};
        match error {
            // What is read past the end or not understood is damage; anything else is the disk's.
            sled::Error::Io(error) if !matches!(error.kind(), InvalidData | UnexpectedEof) => Self::Io(error),
            other => Self::Wrong(format!("sled says: {other}")),
        }
    }
}
