//! Pictures and files that people sent, beside the journal: `media/<sha256>`. A file is written, synced, renamed and its
//! name synced before the commit that names it; named by its bytes, the same picture sent twice is one file.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk::Disk;

/// A workspace's folder of them.
#[derive(Clone, Debug)]
pub struct MediaFolder {
    folder: PathBuf,
    disk: Disk,
}

impl MediaFolder {
    /// The folder within a workspace's folder; made when the first file comes.
    pub fn of(workspace: &Path) -> Self {
        Self::with_disk(workspace, Disk::default())
    }

    /// The same on a disk that a test interferes with.
    pub fn with_disk(workspace: &Path, disk: Disk) -> Self {
        Self { folder: workspace.join("media"), disk }
    }

    /// Keeps bytes, durably, and gives their name.
    ///
    /// # Errors
    /// The disk refuses; a file that was begun stays under a name that nothing reads.
    pub fn keep(&self, bytes: &[u8]) -> io::Result<String> {
        let name = name_of(bytes);
        let path = self.folder.join(&name);
        // A file of that name may come of an attempt that did not get as far as its directory's sync.
        if !path.is_file() {
            // A restore has moved the workspace aside for a moment: nothing may stand in the place of what it brings.
            if !self.folder.parent().is_some_and(Path::is_dir) {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the workspace's folder is not there"));
            }
            self.disk.create_dirs(&self.folder)?;
            let beside = self.folder.join(format!(".{name}.new"));
            let file = self.disk.create(&beside)?;
            file.write_at(bytes, 0)?;
            file.sync_all()?;
            self.disk.rename(&beside, &path)?;
        }
        self.disk.sync_dir(&self.folder)?;
        Ok(name)
    }

    /// Removes the file of this name, durably, where there is one.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.folder.join(checked(name)?);
        if path.is_file() {
            self.disk.remove(&path)?;
            self.disk.sync_dir(&self.folder)?;
        }
        Ok(())
    }

    /// The bytes of this name.
    ///
    /// # Errors
    /// There is no such file, it cannot be read, or its bytes are not those that the name says.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let bytes = self.disk.read(&self.folder.join(checked(name)?))?;
        if name_of(&bytes) != name {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file holds other bytes than its name says",
            ));
        }
        Ok(bytes)
    }
}

/// Whether it may name a file of the folder, so that no name leads out of it.
fn checked(name: &str) -> io::Result<&str> {
    let is_name = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name
        .then_some(name)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no name of a picture or a file"))
}

fn name_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut name, byte| {
        let _infallible = write!(name, "{byte:02x}");
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_under_their_own_name_once() {
        let folder = tempfile::tempdir().unwrap();
        let media = MediaFolder::of(folder.path());
        let name = media.keep(b"a picture").unwrap();
        assert_eq!(media.keep(b"a picture").unwrap(), name);
        assert_eq!(media.read(&name).unwrap(), b"a picture");
        let files = std::fs::read_dir(folder.path().join("media")).unwrap().count();
        assert_eq!(files, 1);
    }

    #[test]
    fn rotten_file_and_foreign_name_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let media = MediaFolder::of(folder.path());
        let name = media.keep(b"a picture").unwrap();
        std::fs::write(folder.path().join("media").join(&name), b"another").unwrap();
        assert_eq!(media.read(&name).unwrap_err().kind(), io::ErrorKind::InvalidData);
        for foreign in ["../LOCK", "", "journal", &"g".repeat(64)] {
            assert_eq!(media.read(foreign).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }
}
