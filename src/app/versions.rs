//! What the admin's files said under each hash that the store names: `versions/` in the workspace's folder. A version
//! is kept, and synced, before the event that puts it in force enters the road.

mod folders;
mod list;
mod prune;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub use folders::{Places, Texts};
pub use list::{By, Entry, VERSIONS_KEPT, Version, hashes};

use crate::messages::Templates;

/// The demo's customers and deals in a config folder.
const DEMO: &str = "demo";

/// The kept versions of one workspace: `<config hash>/` are copies of the folder, `last` names the newest of them,
/// `templates/<templates hash>.json` are the texts of all templates; `<number>.zst` is the list that an admin sees.
#[derive(Clone, Debug)]
pub struct Versions(PathBuf);

impl Versions {
    /// Those of a workspace.
    pub fn of(data: &Path, workspace: &str) -> Self {
        Self(data.join(workspace).join("versions"))
    }

    /// Keeps a config folder that holds together, under its hash, and names it the last good one.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep_config(&self, version: &str, folder: &Path) -> io::Result<()> {
        let kept = self.0.join(version);
        if !kept.exists() {
            make_folder(&self.0)?;
            let unfinished = self.0.join(format!("{version}.tmp"));
            copy_folder(folder, &unfinished)?;
            // The demo's customers are no rules; a copy would outlive their erasure.
            remove_folder(&unfinished.join(DEMO))?;
            fs::rename(&unfinished, &kept)?;
        }
        match self.last_config() {
            Some(last) if last == kept => Ok(()),
            _ => put(&self.0.join("last"), version.as_bytes()),
        }
    }

    /// The folder of the last good config, when one is kept.
    pub fn last_config(&self) -> Option<PathBuf> {
        Some(self.0.join(self.last_hash()?))
    }

    fn last_hash(&self) -> Option<String> {
        let version = fs::read_to_string(self.0.join("last")).ok()?;
        Some(version.trim().to_owned())
    }

    /// Keeps the texts of the templates under their hash.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep_templates(&self, templates: &Templates) -> io::Result<()> {
        let file = self.file_of(templates.version());
        if self.templates(templates.version()).is_some() {
            return Ok(());
        }
        make_folder(&self.0)?;
        make_folder(file.parent().unwrap_or(&self.0))?;
        put(&file, &templates.to_bytes())
    }

    /// The templates of a version, when they are kept whole.
    pub fn templates(&self, version: &str) -> Option<Templates> {
        Templates::from_bytes(&fs::read(self.file_of(version)).ok()?, version)
    }

    fn file_of(&self, version: &str) -> PathBuf {
        self.0.join("templates").join(format!("{version}.json"))
    }
}

/// Puts a file in place whole, or not at all, and durably.
fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = file.with_extension("tmp");
    let mut made = File::create(&unfinished)?;
    made.write_all(bytes)?;
    made.sync_all()?;
    fs::rename(&unfinished, file)?;
    sync_folder(file.parent().unwrap_or(Path::new(".")))
}

/// A folder that its parent durably has. The parent must be there: a workspace that a restore has just moved aside is
/// not begun anew from here.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() { fs::remove_dir_all(folder) } else { Ok(()) }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    if !to.is_dir() {
        fs::create_dir(to)?;
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            File::open(target)?.sync_all()?;
        }
    }
    sync_folder(to)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
