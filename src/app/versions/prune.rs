//! Old versions go: the newest 200 stay, and whatever a message that is still on its way was made under.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Versions;
use super::list::VERSIONS_KEPT;

impl Versions {
    /// Removes what is older than the newest 200 and that neither a kept version nor `named` (hashes of templates)
    /// needs; says how many versions went.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn prune(&self, named: &BTreeSet<String>) -> io::Result<usize> {
        let numbers = self.numbers()?;
        let old = &numbers[..numbers.len().saturating_sub(VERSIONS_KEPT)];
        for number in old {
            fs::remove_file(self.file(*number))?;
        }
        let mut needed = named.clone();
        needed.extend(self.last_hash());
        // A copy or a text file more than 200 is rare: only then is it looked up what the kept versions need.
        let copies = self.too_many(&self.0, |path| path.is_dir() && is_hash(path))?;
        let texts = self.too_many(&self.0.join("templates"), is_hash)?;
        if !copies.is_empty() || !texts.is_empty() {
            needed.extend(self.list()?.into_iter().flat_map(|version| [version.config, version.templates]));
        }
        let is_free = |path: &&PathBuf| hash_of(path).is_some_and(|hash| !needed.contains(hash));
        for copy in copies.iter().filter(is_free) {
            fs::remove_dir_all(copy)?;
        }
        for text in texts.iter().filter(is_free) {
            fs::remove_file(text)?;
        }
        Ok(old.len())
    }

    /// Those of a folder that are older than its newest 200.
    fn too_many(&self, folder: &Path, counts: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut aged: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| counts(path))
            .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
            .collect();
        aged.sort();
        aged.truncate(aged.len().saturating_sub(VERSIONS_KEPT));
        Ok(aged.into_iter().map(|(_, path)| path).collect())
    }
}

fn hash_of(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

fn is_hash(path: &Path) -> bool {
    hash_of(path).is_some_and(|stem| stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && path.extension().is_none_or(|ending| ending == "json")
}

#[cfg(test)]
mod tests {
    use super::super::list::{By, Entry};
    use super::super::{Texts, Versions};
    use super::*;

    fn entered(versions: &Versions, n: usize) -> u64 {
        let texts = Texts::from([("bot-config/people.toml".to_owned(), n.to_string().into_bytes())]);
        let (config, templates) = (format!("{n:064x}"), format!("{:064x}", n + 1_000));
        let at = chrono::DateTime::UNIX_EPOCH;
        versions
            .enter(Entry { texts: &texts, at, by: By::Files, config: &config, templates: &templates })
            .unwrap()
    }

    #[test]
    fn newest_two_hundred_versions_stay_and_what_a_waiting_message_names() {
        let folder = tempfile::tempdir().unwrap();
        let versions = Versions::of(folder.path(), "main");
        fs::create_dir(folder.path().join("main")).unwrap();
        for n in 1..=VERSIONS_KEPT + 5 {
            assert_eq!(entered(&versions, n), n as u64);
            let templates = folder.path().join("main/versions/templates");
            fs::create_dir_all(&templates).unwrap();
            fs::write(templates.join(format!("{:064x}.json", n + 1_000)), "{}").unwrap();
        }
        // Times of files may be equal: which of them count as old is left to their names then.
        let named = BTreeSet::from([format!("{:064x}", 1_002)]);
        assert_eq!(versions.prune(&named).unwrap(), 5);
        let kept = versions.list().unwrap();
        assert_eq!((kept.len(), kept[0].number), (VERSIONS_KEPT, 6));
        let left = |n: usize| folder.path().join(format!("main/versions/templates/{n:064x}.json")).exists();
        assert!(left(1_002), "a message on its way was made under it");
        assert!(left(1_006) && left(1_000 + VERSIONS_KEPT), "those of the kept versions");
        assert!(!left(1_001) && !left(1_003));
        assert_eq!(entered(&versions, 1), 206, "numbers go on");
    }
}
