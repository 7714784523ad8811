//! Reads the folder as one: first every name that others refer to, then every file, then the faults of all.

use std::collections::BTreeMap;
use std::path::Path;

use super::embeddings::Embeddings;
use super::fault::Faults;
use super::folder::Folder;
use super::names::Names;
use super::objections::Objections;
use super::people::People;
use super::process::Process;
use super::secret::Secrets;
use super::table::{Doc, Source};
use super::workspace::Workspace;
use super::{App, Config, Script, apps, calendar, materials, roi, schedule, scripts};
use crate::event::Fault;
use crate::sales::Platform;

/// Reads `folder`, looking the variables of secrets up by `env` (normally [`super::environment`]).
///
/// # Errors
/// Everything that is wrong with it, by file and line.
pub fn load(folder: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Vec<Fault>> {
    read(folder, Secrets { folder, env, allow_unset: false })
}

/// Like [`load`], but an unset variable is an empty secret: for those whose secrets come from elsewhere, or who only
/// want to see the rules.
///
/// # Errors
/// Everything else that is wrong with it, by file and line.
pub fn load_with_unset_secrets(
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, Vec<Fault>> {
    read(folder, Secrets { folder, env, allow_unset: true })
}

fn read(path: &Path, secrets: Secrets<'_>) -> Result<Config, Vec<Fault>> {
    let faults = Faults::default();
    let config = {
        let folder = Folder::read(path, &faults);
        let doc = |name| folder.doc(name, &faults);
        let (apps_doc, people_doc) = (doc("apps.toml"), doc("people.toml"));
        let (process_doc, materials_doc) = (doc("process.toml"), doc("materials.toml"));
        let (objections_doc, roi_doc) = (doc("objections.toml"), doc("roi.toml"));
        let names =
            Names::gather(&apps_doc, &people_doc, &process_doc, &materials_doc, &objections_doc, &roi_doc);

        let workspace = Workspace::read(&doc("workspace.toml").table());
        let apps = apps::read(&apps_doc.table(), &secrets);
        let embeddings = apps_doc.table().sub("embeddings").map(|table| Embeddings::read(&table, &secrets));
        let platforms = platforms_of(&apps, &apps_doc);
        let people = People::read(&people_doc.table(), &names, &platforms);
        let process = Process::read(&process_doc.table(), &names);
        Config {
            version: folder.version.clone(),
            schedules: schedule::read(&doc("schedule.toml").table(), &names, &people),
            calendar: calendar::read(&doc("calendar.toml"), workspace.timezone),
            materials: {
                let texts = material_texts(&folder, &names, &faults);
                let shelf = materials::Shelf { folder: path.join("materials"), texts };
                materials::read(&materials_doc.table(), &names, &process.stages, &shelf)
            },
            objections: Objections::read(&objections_doc.table()),
            scripts: read_scripts(&folder, &names, &faults),
            roi: roi::read(&roi_doc.table(), &names),
            workspace,
            apps,
            embeddings,
            people,
            process,
        }
    };
    faults.or(config)
}

/// The platforms that have an app; empty when one of the apps could not be read.
fn platforms_of(apps: &[App], doc: &Doc<'_>) -> Vec<Platform> {
    if apps.len() == doc.table().tables("apps").len() {
        apps.iter().map(App::platform).collect()
    } else {
        Vec::new()
    }
}

/// The documents of `materials/`, by key; records those that no entry names.
fn material_texts<'a>(folder: &'a Folder, names: &Names, faults: &Faults) -> BTreeMap<&'a str, &'a str> {
    let mut texts = BTreeMap::new();
    for (file, text) in folder.markdown("materials") {
        let key = file.trim_start_matches("materials/").trim_end_matches(".md");
        if !names.materials.has(key) {
            let cure = format!("在 materials.toml 里加一段 key = \"{key}\"，或者删掉这个文件");
            faults.add(file, None, "materials.toml 里没有登记它", cure);
        }
        texts.insert(key, text);
    }
    texts
}

fn read_scripts(folder: &Folder, names: &Names, faults: &Faults) -> Vec<Script> {
    let mut words = scripts::Words::default();
    let files = folder.markdown("scripts");
    files
        .flat_map(|(file, text)| scripts::read(Source::new(file, text, faults), text, names, &mut words))
        .collect()
}
