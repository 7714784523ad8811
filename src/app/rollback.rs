//! Brings an older version of the admin's files back. It goes the way of any edit: the files are written, and a running
//! service reads them. Nothing is written unless today's program can serve the older files.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::versions::{By, Entry, Places, Texts, Version, Versions, hashes};
use crate::config::{self, Fault};
use crate::messages::Templates;

/// What became of a rollback.
#[derive(Debug)]
pub enum RolledBack {
    /// The files say this version already.
    Already,
    /// These files say it again.
    Done {
        /// The files that changed.
        changed: Vec<String>,
        /// The number under which the version is in force again.
        now: u64,
        /// What was there before, to come back to.
        before: u64,
    },
    /// Today's program cannot serve it; nothing was changed.
    Refused(Vec<Fault>),
}

/// Writes the texts of `version` into the folders, if they hold together today.
///
/// # Errors
/// The version's texts are gone, or a folder cannot be read or written; nothing was changed then.
pub fn roll_back(
    versions: &Versions,
    places: &Places,
    version: &Version,
    who: Option<String>,
    now: DateTime<Utc>,
) -> anyhow::Result<RolledBack> {
    let texts = versions
        .texts(version.number)
        .with_context(|| format!("the texts of version {} cannot be read", version.number))?;
    let there = places.read()?;
    if there == texts {
        return Ok(RolledBack::Already);
    }
    let faults = rehearsed(places, &texts)?;
    if !faults.is_empty() {
        return Ok(RolledBack::Refused(faults));
    }
    let before = set_aside(versions, places, &there, now)?;
    let files = hashes(&texts);
    let old = hashes(&there);
    let names: std::collections::BTreeSet<&String> = files.keys().chain(old.keys()).collect();
    let changed: Vec<String> =
        names.into_iter().filter(|name| files.get(*name) != old.get(*name)).cloned().collect();
    let mut entered = None;
    let written = places.write(&texts, || {
        // Entered before the first file gets its name: a service that reads them finds who brought them.
        let by = By::Rollback { to: version.number, who };
        let (config, templates) = (version.config.as_str(), version.templates.as_str());
        // A demo's clock is ahead of the machine's.
        let at = versions.list()?.last().map_or(now, |newest| now.max(newest.at));
        entered = Some(versions.enter(Entry { texts: &texts, at, by, config, templates })?);
        Ok(())
    });
    if let Err(error) = written {
        // The number of an older version is given where the newest one in force says the same already.
        if let Some(number) = entered.filter(|number| *number > before) {
            let _left = versions.withdraw(number);
        }
        return Err(error).context("the older files were not written; let this user write to the folders");
    }
    Ok(RolledBack::Done { changed, now: entered.unwrap_or(version.number), before })
}

/// What today's program says to these texts.
fn rehearsed(places: &Places, texts: &Texts) -> anyhow::Result<Vec<Fault>> {
    let room = tempfile::tempdir().context("making a folder to try the older files in")?;
    let stage = places.rehearse(texts, room.path())?;
    let templates = Templates::load(&stage.templates).err().unwrap_or_default();
    // Secrets of the environment are the service's, not of who rolls back.
    let config = config::load_with_unset_secrets(&stage.config, &config::environment).err();
    Ok(templates.into_iter().chain(config.unwrap_or_default()).collect())
}

/// Keeps what lies in the folders, if no version says it; the number to come back to.
fn set_aside(versions: &Versions, places: &Places, there: &Texts, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let files = hashes(there);
    if let Some(same) = versions.list()?.into_iter().rfind(|version| version.files == files) {
        return Ok(same.number);
    }
    let (by, config, templates) = match whole(&places.config, &places.templates) {
        Some((config, templates)) => (By::Files, config, templates),
        None => (By::SetAside, String::new(), String::new()),
    };
    let entry = Entry { texts: there, at: now, by, config: &config, templates: &templates };
    versions.enter(entry).context("what is there now could not be kept, so it stays")
}

/// The hashes of both folders, if they hold together.
fn whole(config: &Path, templates: &Path) -> Option<(String, String)> {
    let config = config::load_with_unset_secrets(config, &config::environment).ok()?;
    let templates = Templates::load(templates).ok()?;
    Some((config.version, templates.version().to_owned()))
}
