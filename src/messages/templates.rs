//! All templates of one workspace. A broken file never goes live and never stops a message: the last good version of
//! that template serves on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use minijinja::Environment;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::check;
use super::message::Message;
use super::nearest::nearest;
use super::pages::Pages;
use super::render::{self, RenderError};
use super::shipped::{SHIPPED, SHIPPED_BODIES};
use super::template::Template;
use super::values::environment;
use crate::event::Fault;
use crate::sales::Platform;

/// The templates, each in its last good version. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    /// What ships: the contract and the fallback.
    shipped: Arc<BTreeMap<String, Arc<Template>>>,
    live: BTreeMap<String, Arc<Template>>,
    pages: Pages,
    version: String,
}

impl Templates {
    /// The templates in the binary.
    pub fn shipped() -> Self {
        let read = |(key, text): &(&str, &str)| {
            let file = format!("{key}.md");
            let mut template = Template::read(&file, text).expect("shipped templates are tested");
            for (file, text) in SHIPPED_BODIES {
                let (of, platform) = key_of(file);
                if let Some(platform) = platform.filter(|_| of == *key) {
                    template.override_body(platform, file, text).expect("shipped templates are tested");
                }
            }
            ((*key).to_owned(), Arc::new(template))
        };
        let shipped: BTreeMap<_, _> = SHIPPED.iter().map(read).collect();
        let live = shipped.clone();
        let pages = Pages::shipped();
        let version = version(&live);
        Self { environment: Arc::new(environment()), shipped: Arc::new(shipped), live, pages, version }
    }

    /// Reads `folder` over the shipped templates and pages; all faults of all files when there is one.
    pub fn load(folder: &Path) -> Result<Self, Vec<Fault>> {
        let (templates, faults) = Self::shipped().reload_keeping(folder);
        if faults.is_empty() { Ok(templates) } else { Err(faults) }
    }

    /// Reads `folder` anew. A template with a fault in any of its files stays as it is in `self`; one without a file
    /// is the shipped one.
    pub fn reload_keeping(&self, folder: &Path) -> (Self, Vec<Fault>) {
        let (files, mut faults) = read_folder(folder);
        let mut live = BTreeMap::new();
        let mut sources: BTreeMap<String, Vec<(Option<Platform>, String, String)>> = BTreeMap::new();
        for (file, text) in files {
            let (key, platform) = key_of(&file);
            if self.shipped.contains_key(key) {
                sources.entry(key.to_owned()).or_default().push((platform, file, text));
            } else {
                faults.push(self.nobody_sends(&file, key));
            }
        }
        for (key, shipped) in self.shipped.iter() {
            let template = match sources.remove(key) {
                None => Arc::clone(shipped),
                Some(files) => match self.assemble(shipped, &files) {
                    Ok(template) => Arc::new(template),
                    Err(mut found) => {
                        faults.append(&mut found);
                        Arc::clone(&self.live[key])
                    }
                },
            };
            live.insert(key.clone(), template);
        }
        let (pages, mut found) = self.pages.reload_keeping(folder);
        faults.append(&mut found);
        let version = version(&live);
        (Self { live, pages, version, ..self.clone() }, faults)
    }

    /// The live templates as they are kept for rows that went out under them: heads after the contract, and bodies.
    /// [`Templates::version`] is their SHA-256.
    pub fn to_bytes(&self) -> Vec<u8> {
        texts(&self.live)
    }

    /// The templates that [`Templates::to_bytes`] gave, whatever ships now; `None` where these are not those of
    /// `version`, or were written by another Genjin in a way that this one cannot read.
    pub fn from_bytes(bytes: &[u8], version: &str) -> Option<Self> {
        if hex(&Sha256::digest(bytes)) != version {
            return None;
        }
        let live: BTreeMap<String, Template> = serde_json::from_slice(bytes).ok()?;
        let live = live.into_iter().map(|(key, template)| (key, Arc::new(template))).collect();
        Some(Self { live, version: version.to_owned(), ..Self::shipped() })
    }

    /// Checks one text as it is typed, without making it live: all its faults.
    pub fn check(&self, file: &str, text: &str) -> Vec<Fault> {
        let (key, platform) = key_of(file);
        let Some(shipped) = self.shipped.get(key) else { return vec![self.nobody_sends(file, key)] };
        self.assemble(shipped, &[(platform, file.to_owned(), text.to_owned())]).err().unwrap_or_default()
    }

    /// Makes the message `key` for `platform` from `vars`, an object with the template's variables; others are
    /// ignored. The values are text: nothing in them becomes markup.
    pub fn render(&self, key: &str, vars: &Value, platform: Platform) -> Result<Message, RenderError> {
        let template = self.get(key).ok_or_else(|| RenderError::Unknown { key: key.to_owned() })?;
        render::message(&self.environment, template, vars, platform)
    }

    /// The live template of a message.
    pub fn get(&self, key: &str) -> Option<&Template> {
        self.live.get(key).map(Arc::as_ref)
    }

    /// All live templates, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.live.values().map(Arc::as_ref)
    }

    /// The pages that messages link to.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// SHA-256 over all live templates, hex: the same texts under the same contract, the same version.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn assemble(
        &self,
        shipped: &Template,
        files: &[(Option<Platform>, String, String)],
    ) -> Result<Template, Vec<Fault>> {
        let mut faults = Vec::new();
        let own = files.iter().find(|(platform, ..)| platform.is_none());
        let mut template = match own.map(|(_, file, text)| Template::read(file, text)) {
            Some(Ok(template)) => check::adopt(template, shipped, &mut faults),
            Some(Err(fault)) => return Err(vec![fault]),
            None => shipped.clone(),
        };
        for (platform, file, text) in files {
            let Some(platform) = *platform else { continue };
            faults.extend(template.override_body(platform, file, text).err());
        }
        if faults.is_empty() {
            faults = check::bodies(&self.environment, &template);
        }
        if faults.is_empty() { Ok(template) } else { Err(faults) }
    }

    fn nobody_sends(&self, file: &str, key: &str) -> Fault {
        let cure = match nearest(key, self.shipped.keys().map(String::as_str)) {
            Some(meant) => format!("是不是想写 {meant}.md"),
            None => "文件名要用已有的消息名，README.md 里有全部名字；不用的文件请移走".to_owned(),
        };
        Fault { file: file.to_owned(), line: None, what: format!("没有叫 {key} 的消息"), cure }
    }
}

/// `overdue_warning.wecom.md` → (`overdue_warning`, WeCom).
fn key_of(file: &str) -> (&str, Option<Platform>) {
    let stem = file.strip_suffix(".md").unwrap_or(file);
    for platform in [Platform::WeCom, Platform::DingTalk] {
        if let Some(key) = stem.strip_suffix(platform.as_str()).and_then(|key| key.strip_suffix('.')) {
            return (key, Some(platform));
        }
    }
    (stem, None)
}

/// The Markdown files of the folder, by name, without the README.
fn read_folder(folder: &Path) -> (Vec<(String, String)>, Vec<Fault>) {
    let unreadable = |file: String, error: std::io::Error| Fault {
        file,
        line: None,
        what: format!("读不出来（{error}）"),
        cure: "检查文件在不在、权限对不对，编码存成 UTF-8".to_owned(),
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return (Vec::new(), vec![unreadable(folder.display().to_string(), error)]),
    };
    let mut files = Vec::new();
    let mut faults = Vec::new();
    for entry in entries.flatten() {
        let Ok(file) = entry.file_name().into_string() else { continue };
        // An editor's swap and lock files begin with a dot.
        if !file.ends_with(".md") || file.starts_with('.') || file == "README.md" {
            continue;
        }
        match std::fs::read_to_string(entry.path()) {
            Ok(text) => files.push((file, text)),
            Err(error) => faults.push(unreadable(file, error)),
        }
    }
    files.sort();
    faults.sort_by(|a, b| a.file.cmp(&b.file));
    (files, faults)
}

fn texts(live: &BTreeMap<String, Arc<Template>>) -> Vec<u8> {
    let plain: BTreeMap<&str, &Template> = live.iter().map(|(key, each)| (&**key, &**each)).collect();
    serde_json::to_vec(&plain).expect("templates are plain data with string keys")
}

fn version(live: &BTreeMap<String, Arc<Template>>) -> String {
    hex(&Sha256::digest(texts(live)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
