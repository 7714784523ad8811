//! Who may import whom. The order of the modules is what keeps the road one way: `decide` cannot reach the disk, the
//! store knows no word of sales, and time and the environment each come in through one door.
//!
//! Each test names the file, the line and the arrow that is not allowed. A new arrow is argued where it is added here.

mod source;

use std::fs;
use std::path::Path;

use source::Source;

/// Plain types that everyone above them may use.
const PLAIN: [&str; 5] = ["calendar", "clock", "config", "event", "sales"];

/// Production lines of a file, at most.
const LONGEST: usize = 600;

/// Files of the simulator that measure the machine which it runs on, not the time of its world.
const STOPWATCHES: [&str; 2] = ["sim/road.rs", "sim/walk.rs"];

/// What a layer may import beside itself: modules, or single names of one. `None` if it has no rule.
fn allowed(layer: &str) -> Option<Vec<&'static str>> {
    let only = |names: &[&'static str]| Some(names.to_vec());
    let plain_and = |names: &[&'static str]| Some([&PLAIN, names].concat());
    match layer {
        "clock" | "calendar" => only(&[]),
        "sales" => only(&["calendar"]),
        "event" => only(&["calendar", "sales"]),
        // The limits of sending are plain numbers; they stand with the platforms' own.
        "config" => only(&["calendar", "event", "sales", "platform::pace"]),
        "language" => only(&["calendar", "sales"]),
        // Names are indexed where the records are, by the reading that finds them in a text.
        "state" => plain_and(&["language::Directory", "language::NameIndex", "language::Via"]),
        "bot" => plain_and(&["state", "language"]),
        "engine" => plain_and(&["bot", "state", "store"]),
        "store" | "platform" => only(&["clock"]),
        // A message is rendered from its variables alone, so that its bytes can be made again under other rules.
        "messages" => only(&[
            "calendar",
            "clock",
            "event",
            "sales",
            "platform::dingtalk::wire",
            "platform::wecom::wire",
        ]),
        "outbox" => plain_and(&["messages", "platform", "state", "engine"]),
        // Bytes and cells: what a column means is nothing to it.
        "sheet" => only(&[]),
        // Plans are pure; its one driver speaks to a running engine, or to one of its own on a store.
        "import" => plain_and(&["sheet", "state", "engine", "store::Store"]),
        // It writes the titles that an import reads, and looks at records over the same road.
        "export" => plain_and(&["sheet", "state", "import"]),
        // What needs no names is read before the event: what stands in a form's field is.
        "web" => plain_and(&["engine", "state", "messages", "platform", "language::fields"]),
        // A command's sheets are laid in and handed out where the engine runs, and an operator may ask there what a
        // text would be understood as.
        "control" => {
            plain_and(&["engine", "state", "messages", "platform", "language", "import", "export", "sheet"])
        }
        // It is made from the platforms' documents, not from our calls: of ours it shares what both sides must agree on.
        "sim" => only(&[
            "clock",
            "platform::envelope",
            "platform::dingtalk::sign",
            "platform::dingtalk::wire",
            "platform::wecom::wire",
            "platform::wecom::xml",
        ]),
        // A command without a running service does the service's work on the store itself.
        "cli" => plain_and(&[
            "app", "control", "engine", "export", "import", "messages", "sheet", "state", "store",
        ]),
        "main" => only(&["cli"]),
        _ => None,
    }
}

/// Those that may import everything: the one that joins all, and the list of the modules.
const JOINERS: [&str; 2] = ["app", "lib"];

fn forbidden_imports(source: &Source) -> Vec<String> {
    let layer = source.layer();
    if JOINERS.contains(&layer) {
        return Vec::new();
    }
    let Some(allowed) = allowed(layer) else {
        return vec![format!("src/{}: `{layer}` has no rule in tests/it/layers.rs", source.file)];
    };
    let is_allowed = |path: &[String]| {
        let covers = |rule: &&str| rule.split("::").zip(path).all(|(rule, name)| rule == name);
        let long_enough = |rule: &&str| rule.split("::").count() <= path.len();
        path[0] == layer || allowed.iter().any(|rule| long_enough(rule) && covers(rule))
    };
    let imports = source.imports().into_iter();
    imports
        .filter(|import| !is_allowed(&import.path))
        .map(|import| format!("src/{}:{}: {layer} → {}", source.file, import.line, import.path.join("::")))
        .collect()
}

/// Lines of `source` with one of `words`, told as what they do.
fn found(source: &Source, words: &[&str], does: &str) -> Vec<String> {
    let lines = words.iter().flat_map(|word| source.lines_with(word));
    lines.map(|line| format!("src/{}:{line}: {does}", source.file)).collect()
}

fn reads_time(source: &Source) -> Vec<String> {
    found(source, &["Utc::now", "Local::now", "Instant::now", "SystemTime::now"], "reads the time")
}

fn reads_environment(source: &Source) -> Vec<String> {
    found(source, &["env::var", "env::set_var"], "reads the environment")
}

fn too_long(source: &Source) -> Option<String> {
    let lines = source.production_lines();
    (lines > LONGEST).then(|| format!("src/{}: {lines} production lines, split it", source.file))
}

/// Every source of the crate, in the order of their names.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    gather(&root, &root, &mut sources);
    sources.sort_by(|one, other| one.file.cmp(&other.file));
    sources
}

fn gather(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.strip_prefix(root).unwrap().to_str().unwrap();
            sources.push(Source::new(file, &fs::read_to_string(&path).unwrap()));
        }
    }
}

#[track_caller]
fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn modules_import_only_whom_they_may() {
    let sources = sources();
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    assert_none(sources.iter().flat_map(forbidden_imports).collect());
}

#[test]
fn only_the_clock_reads_the_time() {
    let others = |source: &&Source| source.file != "clock.rs" && !STOPWATCHES.contains(&source.file.as_str());
    assert_none(sources().iter().filter(others).flat_map(reads_time).collect());
}

#[test]
fn each_stopwatch_is_still_needed() {
    let sources = sources();
    for file in STOPWATCHES {
        let needed = sources.iter().any(|source| source.file == file && !reads_time(source).is_empty());
        assert!(needed, "{file} reads no time: take it off the list");
    }
}

#[test]
fn only_the_configuration_reads_the_environment() {
    let others = |source: &&Source| source.layer() != "config";
    assert_none(sources().iter().filter(others).flat_map(reads_environment).collect());
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    assert_none(sources().iter().filter_map(too_long).collect());
}

#[test]
fn a_forbidden_import_is_told_with_its_line_and_arrow() {
    let text = "//! A use case.\n\nuse std::fmt;\n\nuse crate::state::State;\nuse crate::store::Store;\n";
    let told = forbidden_imports(&Source::new("bot/note.rs", text));
    assert_eq!(told, ["src/bot/note.rs:6: bot → store::Store"]);
}

#[test]
fn an_import_cannot_hide_in_a_group_a_path_or_behind_super() {
    let grouped = "use crate::{\n    sales::{DealId, MemberId as Who},\n    engine::{self, Handle},\n};\n";
    let told = forbidden_imports(&Source::new("language/days.rs", grouped));
    assert_eq!(
        told,
        [
            "src/language/days.rs:1: language → engine::self",
            "src/language/days.rs:1: language → engine::Handle",
        ]
    );

    let path = "fn now() -> crate::web::Page {\n    crate::app::page()\n}\n";
    let told = forbidden_imports(&Source::new("sales/deal.rs", path));
    assert_eq!(told, ["src/sales/deal.rs:1: sales → web::Page", "src/sales/deal.rs:2: sales → app::page"]);

    let above = "use super::super::bot::decide;\nuse super::frame;\n";
    assert_eq!(
        forbidden_imports(&Source::new("store/open.rs", above)),
        ["src/store/open.rs:1: store → bot::decide"]
    );
    let above = "use super::bot::decide;\n";
    assert_eq!(forbidden_imports(&Source::new("event.rs", above)), ["src/event.rs:1: event → bot::decide"]);
}

#[test]
fn a_rule_for_single_names_lets_no_others_in() {
    let text = "use crate::language::{Directory, understand};\nuse crate::language;\n";
    let told = forbidden_imports(&Source::new("state/index.rs", text));
    assert_eq!(
        told,
        ["src/state/index.rs:1: state → language::understand", "src/state/index.rs:2: state → language",]
    );
}

#[test]
fn a_module_without_a_rule_is_refused() {
    let told = forbidden_imports(&Source::new("helpers/mod.rs", ""));
    assert_eq!(told, ["src/helpers/mod.rs: `helpers` has no rule in tests/it/layers.rs"]);
}

#[test]
fn what_is_only_talked_about_or_tested_is_no_import() {
    let text = r##"
//! See [`crate::engine`].
/* crate::web /* crate::app */ crate::sim */
const TEXT: &str = "crate::store \" crate::bot";
const RAW: &str = r#"crate::bot "quoted""#;
fn quote<'a>(c: &'a char) -> bool { *c == '"' || *c == '\'' } // Utc::now
#[cfg(test)]
mod tests {
    use crate::engine::Engine;
    fn time() { Instant::now(); }
}
"##;
    let source = Source::new("sales/deal.rs", text);
    assert_eq!(forbidden_imports(&source), [""; 0]);
    assert_eq!(reads_time(&source), [""; 0]);
    assert_eq!(source.production_lines(), 6);
}

#[test]
fn a_look_at_the_time_or_the_environment_is_told() {
    let text = "fn late() -> bool {\n    std::time::Instant::now() > LIMIT\n}\n\nlet home = std::env::var(\"HOME\");\n";
    let source = Source::new("bot/note.rs", text);
    assert_eq!(reads_time(&source), ["src/bot/note.rs:2: reads the time"]);
    assert_eq!(reads_environment(&source), ["src/bot/note.rs:5: reads the environment"]);
}

#[test]
fn a_file_is_too_long_by_its_production_lines_alone() {
    let code = "fn one() {}\n".repeat(LONGEST);
    let tested = format!("{code}#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn two() {}\n".repeat(50));
    assert_eq!(too_long(&Source::new("bot/note.rs", &tested)), None);
    let longer = format!("{code}fn one_more() {{}}\n");
    let told = too_long(&Source::new("bot/note.rs", &longer));
    assert_eq!(told.as_deref(), Some("src/bot/note.rs: 601 production lines, split it"));
}
