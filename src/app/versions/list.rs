//! The list of versions: every state of the admin's two folders that went into force, numbered, with its time, who
//! brought it, and all its texts. One file each, `versions/000012.zst`, two lines of JSON: the head, then the texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Texts, Versions, make_folder, put};

/// So many versions are kept.
pub const VERSIONS_KEPT: usize = 200;
const ENDING: &str = ".zst";

/// One version, without its texts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Counted from 1, never used twice.
    pub number: u64,
    /// When it went into force, by the service's clock.
    pub at: DateTime<Utc>,
    /// Who brought it.
    pub by: By,
    /// The hash of its config, as history lines name it.
    pub config: String,
    /// The hash of its templates, as messages name it.
    pub templates: String,
    /// SHA-256 of each of its files, by name.
    pub files: BTreeMap<String, String>,
}

/// Who brought a version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// It lay there when the service started.
    Start,
    /// Somebody saved files; nobody says who.
    Files,
    /// A rollback.
    Rollback {
        /// Which version's texts it brought back.
        to: u64,
        /// Who asked for it, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<String>,
    },
    /// Nobody: edits that were not in force, kept because a rollback wrote over them.
    SetAside,
}

impl Version {
    /// Whether it was ever in force.
    pub fn was_live(&self) -> bool {
        self.by != By::SetAside
    }

    /// Which files differ from `before`, by name.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> Vec<&'a str> {
        let names: BTreeSet<&str> =
            self.files.keys().chain(before.files.keys()).map(String::as_str).collect();
        names.into_iter().filter(|name| self.files.get(*name) != before.files.get(*name)).collect()
    }
}

/// What a new version is to be entered as.
pub struct Entry<'a> {
    /// Its files.
    pub texts: &'a Texts,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: By,
    /// The hash of its config.
    pub config: &'a str,
    /// The hash of its templates.
    pub templates: &'a str,
}

/// A text as it is written: what is not UTF-8 as base64.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Text(String),
    Bytes { base64: String },
}

impl Versions {
    /// All versions, oldest first. One that cannot be read (written by another Genjin, or cut short) is left out.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<Version>> {
        let read = |number| self.open(number).ok().map(|(version, _)| version);
        Ok(self.numbers()?.into_iter().filter_map(read).collect())
    }

    /// The texts of a version.
    ///
    /// # Errors
    /// It is gone or cannot be read.
    pub fn texts(&self, number: u64) -> io::Result<Texts> {
        let (_, mut rest) = self.open(number)?;
        let mut line = String::new();
        rest.read_line(&mut line)?;
        let kept: BTreeMap<String, Kept> = serde_json::from_str(&line)?;
        let bytes = |kept| match kept {
            Kept::Text(text) => Ok(text.into_bytes()),
            Kept::Bytes { base64 } => BASE64_STANDARD.decode(base64).map_err(io::Error::other),
        };
        kept.into_iter().map(|(name, kept)| Ok((name, bytes(kept)?))).collect()
    }

    /// Enters a version, unless the newest one that was live says the same; its number, or that of the newest.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn enter(&self, entry: Entry<'_>) -> io::Result<u64> {
        let files = hashes(entry.texts);
        let newest = self.list()?.into_iter().rfind(Version::was_live);
        if let Some(newest) = newest.filter(|newest| newest.files == files) {
            return Ok(newest.number);
        }
        make_folder(&self.0)?;
        let number = self.reserve()?;
        let version = Version {
            number,
            at: entry.at,
            by: entry.by,
            config: entry.config.to_owned(),
            templates: entry.templates.to_owned(),
            files,
        };
        let kept = |text: &Vec<u8>| match std::str::from_utf8(text) {
            Ok(text) => Kept::Text(text.to_owned()),
            Err(_) => Kept::Bytes { base64: BASE64_STANDARD.encode(text) },
        };
        let texts: BTreeMap<&str, Kept> =
            entry.texts.iter().map(|(name, text)| (name.as_str(), kept(text))).collect();
        let mut lines = serde_json::to_vec(&version)?;
        lines.push(b'\n');
        serde_json::to_writer(&mut lines, &texts)?;
        lines.push(b'\n');
        put(&self.file(number), &zstd::encode_all(lines.as_slice(), 0)?)?;
        Ok(number)
    }

    /// Takes an entry back that came to nothing.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn withdraw(&self, number: u64) -> io::Result<()> {
        fs::remove_file(self.file(number))
    }

    /// Takes the next number: a command and a service may both want one.
    fn reserve(&self) -> io::Result<u64> {
        let mut number = self.numbers()?.last().map_or(1, |last| last + 1);
        loop {
            match File::create_new(self.file(number)) {
                Ok(_) => return Ok(number),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn numbers(&self) -> io::Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut numbers: Vec<u64> =
            names.filter_map(|name| name.strip_suffix(ENDING)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn open(&self, number: u64) -> io::Result<(Version, impl io::BufRead)> {
        let mut lines = BufReader::new(zstd::Decoder::new(File::open(self.file(number))?)?);
        let mut head = String::new();
        lines.read_line(&mut head)?;
        Ok((serde_json::from_str(&head)?, lines))
    }

    pub(super) fn file(&self, number: u64) -> PathBuf {
        self.0.join(format!("{number:06}{ENDING}"))
    }
}

/// SHA-256 of each text, hex.
pub fn hashes(texts: &Texts) -> BTreeMap<String, String> {
    let hex = |text: &[u8]| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    texts.iter().map(|(name, text)| (name.clone(), hex(text))).collect()
}
