//! The folder as it lies on the disk: which files are read, and what names their state.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::fault::{Faults, did_you_mean};
use super::table::{Doc, Source};
use crate::event::Fault;

/// The file that makes a folder a workspace.
const WORKSPACE: &str = "workspace.toml";

/// Without these there are no rules.
const NEEDED: [&str; 4] = [WORKSPACE, "apps.toml", "people.toml", "process.toml"];

/// These may be missing.
const OPTIONAL: [&str; 5] =
    ["schedule.toml", "calendar.toml", "materials.toml", "objections.toml", "roi.toml"];

/// Sub-folders with Markdown in them.
const MARKDOWN: [&str; 2] = ["scripts", "materials"];

/// The name of the workspace whose files lie in the folder itself.
const ONLY_WORKSPACE: &str = "main";

/// One workspace's folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceFolder {
    /// The workspace's name: that of its sub-folder, or `main`. Its data lie under this name.
    pub name: String,
    /// Where its files lie.
    pub path: PathBuf,
}

/// The workspaces of `folder`: the folder itself when `workspace.toml` lies in it, else each sub-folder with one, by
/// name.
///
/// # Errors
/// When there is none.
pub fn workspaces(folder: &Path) -> Result<Vec<WorkspaceFolder>, Vec<Fault>> {
    if folder.join(WORKSPACE).is_file() {
        return Ok(vec![WorkspaceFolder { name: ONLY_WORKSPACE.into(), path: folder.into() }]);
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<WorkspaceFolder> = entries
        .filter(|entry| entry.path().join(WORKSPACE).is_file())
        .filter_map(|entry| {
            Some(WorkspaceFolder { name: entry.file_name().to_str()?.into(), path: entry.path() })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        let faults = Faults::default();
        let what = format!("{} 里没有 {WORKSPACE}，子文件夹里也没有", folder.display());
        faults.add(WORKSPACE, None, what, "用 --config 指到放设置的文件夹");
        return faults.or(found);
    }
    Ok(found)
}

/// The texts of one workspace.
#[derive(Debug)]
pub(super) struct Folder {
    /// By name relative to the folder, with `/` and line ends of one byte.
    texts: BTreeMap<String, String>,
    /// Files that are there but could not be read.
    unread: BTreeSet<String>,
    /// SHA-256 over names and bytes, hex.
    pub(super) version: String,
}

impl Folder {
    pub(super) fn read(path: &Path, faults: &Faults) -> Self {
        let mut folder = Self { texts: BTreeMap::new(), unread: BTreeSet::new(), version: String::new() };
        let mut hash = Sha256::new();
        for name in names(path, faults) {
            let bytes = match std::fs::read(path.join(&name)) {
                Ok(bytes) => bytes,
                Err(error) => {
                    faults.add(&name, None, format!("读不出来（{error}）"), "看看文件的权限");
                    folder.unread.insert(name);
                    continue;
                }
            };
            for part in [name.as_bytes(), &bytes] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            match String::from_utf8(bytes) {
                Ok(text) => {
                    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
                    folder.texts.insert(name, text);
                }
                Err(_) => {
                    faults.add(&name, None, "不是 UTF-8 编码", "用编辑器另存为 UTF-8");
                    folder.unread.insert(name);
                }
            }
        }
        for byte in hash.finalize() {
            let _infallible = write!(folder.version, "{byte:02x}");
        }
        folder
    }

    /// A TOML file; one that may be missing is empty then.
    pub(super) fn doc<'a>(&'a self, name: &'static str, faults: &'a Faults) -> Doc<'a> {
        match self.texts.get(name) {
            Some(text) => Doc::parse(Source::new(name, text, faults), text),
            None if NEEDED.contains(&name) || self.unread.contains(name) => {
                Doc::unread(Source::new(name, "", faults))
            }
            None => Doc::parse(Source::new(name, "", faults), ""),
        }
    }

    /// The Markdown files under `sub`, by name.
    pub(super) fn markdown<'a>(&'a self, sub: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let prefix = format!("{sub}/");
        let all = self.texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        all.filter(move |(name, _)| name.starts_with(&prefix))
    }
}

/// The files to read, sorted; records those that are missing or that nobody reads.
fn names(path: &Path, faults: &Faults) -> Vec<String> {
    let mut names = list(path, "toml");
    for name in NEEDED.iter().filter(|needed| !names.iter().any(|name| name == *needed)) {
        faults.add(name, None, "没有这个文件", "照样例补一份，或者从备份里找回来");
    }
    let known = || NEEDED.into_iter().chain(OPTIONAL);
    names.retain(|name| {
        let read = known().any(|known| known == name);
        if !read {
            let cure = did_you_mean(name, known(), "从文件夹里移走");
            faults.add(name, None, "不读这个文件", cure);
        }
        read
    });
    for sub in MARKDOWN {
        names.extend(list(&path.join(sub), "md").into_iter().map(|name| format!("{sub}/{name}")));
    }
    names.sort();
    names
}

fn list(folder: &Path, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    let wanted = files.filter(|path| path.extension().is_some_and(|found| found == extension));
    let names = wanted.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    names.filter(|name| !name.starts_with('.')).collect()
}
