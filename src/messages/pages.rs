//! The pages that messages link to, as HTML: `message-templates/pages/`. What ships in the binary is the contract: a
//! folder's file may say everything otherwise, but it sends in the same fields. Values are escaped for HTML where they
//! are written out; a page is drawn from its values alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;

use super::nearest::nearest;
use super::values::value_of;
use crate::event::Fault;

/// A page cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the page {name} cannot be drawn")]
pub struct PageError {
    name: String,
    source: minijinja::Error,
}

/// The pages of one workspace, each in its last good version. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pages {
    environment: Arc<Environment<'static>>,
    /// Name and text of each.
    live: Arc<BTreeMap<String, String>>,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../message-templates/pages/", $name)))),*]
    };
}

/// Name and text of every page.
const SHIPPED: &[(&str, &str)] =
    shipped!["customer.html", "deal.html", "done.html", "frame.html", "note.html"];

/// The same texts are the same pages.
impl PartialEq for Pages {
    fn eq(&self, other: &Self) -> bool {
        self.live == other.live
    }
}

impl Pages {
    /// The pages in the binary.
    pub fn shipped() -> Self {
        let live = SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self::of(live).expect("shipped pages are tested")
    }

    fn of(live: BTreeMap<String, String>) -> Result<Self, minijinja::Error> {
        let mut environment = environment();
        for (name, text) in &live {
            environment.add_template_owned(name.clone(), text.clone())?;
        }
        Ok(Self { environment: Arc::new(environment), live: Arc::new(live) })
    }

    /// Reads `folder` over the shipped pages; one with a fault stays as it is in `self`.
    pub(super) fn reload_keeping(&self, folder: &Path) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut live: BTreeMap<String, String> =
            SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        for (name, text) in read_folder(folder, &mut faults) {
            match self.check(&name, &text) {
                Ok(()) => drop(live.insert(name, text)),
                Err(fault) => {
                    faults.push(fault);
                    live.extend(self.live.get(&name).map(|text| (name, text.clone())));
                }
            }
        }
        match Self::of(live) {
            Ok(pages) => (pages, faults),
            // Each was read alone already.
            Err(_) => (self.clone(), faults),
        }
    }

    /// Whether a page reads, can be carried out, and sends in what the shipped one does.
    fn check(&self, name: &str, text: &str) -> Result<(), Fault> {
        let fault = |line: Option<usize>, what: String, cure: String| Fault {
            file: format!("pages/{name}"),
            line,
            what,
            cure,
        };
        let Some((_, shipped)) = SHIPPED.iter().find(|(known, _)| *known == name) else {
            let cure = match nearest(name, SHIPPED.iter().map(|(known, _)| *known)) {
                Some(meant) => format!("是不是想写 {meant}"),
                None => "页面只有这几个，不用的文件请移走".to_owned(),
            };
            return Err(fault(None, format!("没有叫 {name} 的页面"), cure));
        };
        if let Some(mark) = marks(shipped).find(|mark| !text.contains(mark)) {
            let what = format!("少了 {mark}");
            return Err(fault(None, what, "照原来的页面写回去，程序靠它收表".to_owned()));
        }
        let mut environment = environment();
        let added = self
            .live
            .iter()
            .filter(|(other, _)| *other != name)
            .try_for_each(|(other, text)| environment.add_template_owned(other.clone(), text.clone()));
        let read = added.and_then(|()| environment.add_template_owned(name.to_owned(), text.to_owned()));
        let drawn = read.and_then(|()| environment.get_template(name)?.render(value_of(&Value::Null)));
        drawn.map(drop).map_err(|error| {
            fault(
                error.line(),
                format!("这里写法不对（{}）", error.kind()),
                "检查花括号是不是成对".to_owned(),
            )
        })
    }

    /// Draws a page from its values; one of the folder that these values break gives way to the shipped one.
    ///
    /// # Errors
    /// There is no such page, or it cannot be carried out with these values.
    pub fn draw(&self, name: &str, values: &Value) -> Result<String, PageError> {
        match self.draw_live(name, values) {
            Err(error)
                if SHIPPED
                    .iter()
                    .any(|(known, text)| self.live.get(*known).is_none_or(|own| own != text)) =>
            {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "The shipped page is shown instead"
                );
                Self::shipped().draw_live(name, values)
            }
            drawn => drawn,
        }
    }

    fn draw_live(&self, name: &str, values: &Value) -> Result<String, PageError> {
        let drawn = self.environment.get_template(name).and_then(|page| page.render(value_of(values)));
        drawn.map_err(|source| PageError { name: name.to_owned(), source })
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
}

/// What the program needs to find in a page: its style and script, and the names of its fields.
fn marks(shipped: &str) -> impl Iterator<Item = &str> {
    let fields = shipped.match_indices("name=\"").filter_map(|(at, _)| {
        let rest = &shipped[at..];
        let end = rest.match_indices('"').nth(1).map(|(end, _)| end + 1)?;
        let field = &rest[..end];
        // Those of the head say nothing to us, those that are made are not to be found as text.
        (!field.contains('{') && !field.contains("viewport") && !field.contains('-')).then_some(field)
    });
    let own = ["{{ style|safe }}", "{{ script|safe }}"].into_iter().filter(|mark| shipped.contains(mark));
    fields.chain(own)
}

/// The pages of `folder/pages`, by name.
fn read_folder(folder: &Path, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(folder.join("pages")) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        // An editor's swap and lock files begin with a dot.
        if !name.ends_with(".html") || name.starts_with('.') {
            continue;
        }
        match std::fs::read_to_string(entry.path()) {
            Ok(text) => files.push((name, text)),
            Err(error) => faults.push(Fault {
                file: format!("pages/{name}"),
                line: None,
                what: format!("读不出来（{error}）"),
                cure: "检查权限，编码存成 UTF-8".to_owned(),
            }),
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Pages, SHIPPED};

    #[test]
    fn every_page_of_the_folder_ships_and_reads() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("message-templates/pages");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, SHIPPED.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (name, text) in SHIPPED {
            Pages::shipped().check(name, text).unwrap();
        }
    }

    #[test]
    fn page_of_the_folder_is_live_and_a_broken_one_leaves_the_last_good() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pages/done.html");
        std::fs::create_dir(folder.path().join("pages")).unwrap();
        let draws = |pages: &Pages| pages.draw("done.html", &serde_json::json!({"title": "<好>"})).unwrap();
        std::fs::write(
            &file,
            "{% extends \"frame.html\" %}{% block main %}<p>成了 {{ title }}{% endblock %}",
        )
        .unwrap();
        let (pages, faults) = Pages::shipped().reload_keeping(folder.path());
        assert!(faults.is_empty() && draws(&pages).contains("<p>成了 &lt;好&gt;"), "{faults:?}");
        std::fs::write(&file, "一\n二 {% if %}").unwrap();
        let (pages, faults) = pages.reload_keeping(folder.path());
        assert_eq!((faults[0].file.as_str(), faults[0].line), ("pages/done.html", Some(2)));
        assert!(draws(&pages).contains("成了"), "the last good one serves");
        std::fs::remove_file(&file).unwrap();
        assert!(!draws(&pages.reload_keeping(folder.path()).0).contains("成了"));
    }

    #[test]
    fn page_that_breaks_on_real_values_gives_way_to_the_shipped_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pages")).unwrap();
        std::fs::write(folder.path().join("pages/done.html"), "{% if title %}{{ title + 1 }}{% endif %}")
            .unwrap();
        let (pages, faults) = Pages::shipped().reload_keeping(folder.path());
        assert!(faults.is_empty(), "{faults:?}");
        let drawn = pages.draw("done.html", &serde_json::json!({"title": "记下了"})).unwrap();
        assert!(drawn.contains("<h1>记下了</h1>"), "{drawn}");
    }

    #[test]
    fn page_that_would_not_send_its_form_in_never_goes_live() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pages")).unwrap();
        for (name, text, what) in [
            ("note.html", "<form method=post><textarea name=\"text\"></textarea></form>", "name=\"once\""),
            ("frame.html", "<style>{{ style|safe }}</style>", "{{ script|safe }}"),
            ("notes.html", "", "没有叫 notes.html 的页面"),
        ] {
            let file = folder.path().join("pages").join(name);
            std::fs::write(&file, text).unwrap();
            let (_, faults) = Pages::shipped().reload_keeping(folder.path());
            assert!(faults.len() == 1 && faults[0].what.contains(what), "{faults:?}");
            std::fs::remove_file(&file).unwrap();
        }
    }
}
