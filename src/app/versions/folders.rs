//! What the admin's two folders say, file by file, as it is kept under a version and written back by a rollback. Only
//! files that are read belong to it: a secret that lies beside them never does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::sync_folder;

/// How files of the config folder are named in a version.
const CONFIG: &str = "bot-config";
/// How files of the template folder are named in a version.
const TEMPLATES: &str = "message-templates";
/// Name, ending and sub-folder (empty: itself) of what is read.
const READ: [(&str, &str, &str); 5] = [
    (CONFIG, "toml", ""),
    (CONFIG, "md", "scripts"),
    (CONFIG, "md", "materials"),
    (TEMPLATES, "md", ""),
    (TEMPLATES, "html", "pages"),
];

/// The files of both folders by name (`bot-config/people.toml`, `message-templates/pages/note.html`), byte for byte.
pub type Texts = BTreeMap<String, Vec<u8>>;

/// The admin's two folders of one workspace.
#[derive(Clone, Debug)]
pub struct Places {
    /// The workspace's config folder.
    pub config: PathBuf,
    /// The template folder.
    pub templates: PathBuf,
}

impl Places {
    /// Reads both. A folder that is not there is an empty one.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(&self) -> io::Result<Texts> {
        let mut texts = Texts::new();
        for (whose, ending, sub) in READ {
            let folder = self.folder(whose).join(sub);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(told(&folder, &error)),
            };
            for entry in entries {
                let path = entry?.path();
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
                if !belongs(name, ending) || !path.is_file() {
                    continue;
                }
                let name = [whose, sub, name].into_iter().filter(|part| !part.is_empty());
                let name = name.collect::<Vec<_>>().join("/");
                texts.insert(name, fs::read(&path).map_err(|error| told(&path, &error))?);
            }
        }
        Ok(texts)
    }

    /// Makes both say `texts` and nothing else: first every changed file is written beside its place and synced, then
    /// all get their names, then what is too much goes. `ready` is called between the two: until then nothing that
    /// anybody reads has changed, and an error of its own changes nothing either.
    ///
    /// # Errors
    /// A folder cannot be written.
    pub fn write(&self, texts: &Texts, ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let now = self.read()?;
        let mut changed = texts.iter().filter(|(name, text)| now.get(*name) != Some(*text));
        let mut staged = Vec::new();
        let written = changed
            .try_for_each(|(name, text)| {
                let place = self.place(name)?;
                let beside = beside(&place);
                staged.push((beside.clone(), place));
                stage(&beside, text).map_err(|error| told(&beside, &error))
            })
            .and_then(|()| ready());
        if let Err(error) = written {
            for (beside, _) in &staged {
                let _unfinished = fs::remove_file(beside);
            }
            return Err(error);
        }
        for (beside, place) in &staged {
            fs::rename(beside, place).map_err(|error| told(place, &error))?;
        }
        for name in now.keys().filter(|name| !texts.contains_key(*name)) {
            let place = self.place(name)?;
            fs::remove_file(&place).map_err(|error| told(&place, &error))?;
        }
        for (whose, _, sub) in READ {
            let folder = self.folder(whose).join(sub);
            if folder.is_dir() {
                sync_folder(&folder)?;
            }
        }
        Ok(())
    }

    /// Lays `texts` into two new folders under `root`, with links to what else lies in these here (secrets), to see
    /// whether they hold together.
    ///
    /// # Errors
    /// `root` cannot be written.
    pub fn rehearse(&self, texts: &Texts, root: &Path) -> io::Result<Places> {
        let stage = Places { config: root.join(CONFIG), templates: root.join(TEMPLATES) };
        for (whose, ..) in READ {
            fs::create_dir_all(stage.folder(whose))?;
        }
        for entry in fs::read_dir(&self.config)?.flatten() {
            let name = entry.file_name();
            let is_read = |(whose, ending, sub): &(&str, &str, &str)| {
                *whose == CONFIG
                    && (name == *sub || sub.is_empty() && name.to_str().is_some_and(|it| belongs(it, ending)))
            };
            if !READ.iter().any(is_read) {
                std::os::unix::fs::symlink(std::path::absolute(entry.path())?, stage.config.join(&name))?;
            }
        }
        for (whose, ending, sub) in READ.iter().filter(|(whose, _, sub)| *whose == CONFIG && !sub.is_empty())
        {
            self.lend(whose, ending, sub, &stage)?;
        }
        stage.write(texts, || Ok(()))?;
        Ok(stage)
    }

    /// Links to the files of a sub-folder that belong to no version: a material's own document.
    fn lend(&self, whose: &str, ending: &str, sub: &str, stage: &Places) -> io::Result<()> {
        let to = stage.folder(whose).join(sub);
        for entry in fs::read_dir(self.folder(whose).join(sub)).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if entry.path().is_file() && !name.to_str().is_some_and(|name| belongs(name, ending)) {
                fs::create_dir_all(&to)?;
                std::os::unix::fs::symlink(std::path::absolute(entry.path())?, to.join(&name))?;
            }
        }
        Ok(())
    }

    fn folder(&self, whose: &str) -> &Path {
        if whose == CONFIG { &self.config } else { &self.templates }
    }

    /// Where a file of a version lies. A name that leads out of the folders is refused: versions travel in backups.
    fn place(&self, name: &str) -> io::Result<PathBuf> {
        let known = READ.iter().find_map(|(whose, ending, sub)| {
            let rest = name.strip_prefix(whose)?.strip_prefix('/')?;
            let file = if sub.is_empty() { rest } else { rest.strip_prefix(sub)?.strip_prefix('/')? };
            (belongs(file, ending) && !file.contains('/')).then(|| self.folder(whose).join(sub).join(file))
        });
        known.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{name} is no file of a version"))
        })
    }
}

/// Editors' swap and lock files begin with a dot; the README is nobody's message.
fn belongs(name: &str, ending: &str) -> bool {
    let has_ending = name.rsplit_once('.').is_some_and(|(_, found)| found == ending);
    has_ending && !name.starts_with('.') && name != "README.md"
}

fn beside(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.genjin-new"))
}

fn stage(beside: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = beside.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create(beside)?;
    file.write_all(text)?;
    file.sync_all()
}

fn told(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
