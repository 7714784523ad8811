//! The pages that messages link to, as HTML: `message-templates/pages/`, compiled in. Values are escaped for HTML where
//! they are written out; a page is drawn from its values alone.

use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;

use super::values::value_of;

/// A page cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the page {name} cannot be drawn")]
pub struct PageError {
    name: String,
    source: minijinja::Error,
}

/// The pages of one workspace. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pages(Arc<Environment<'static>>);

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../message-templates/pages/", $name)))),*]
    };
}

/// Name and text of every page.
const SHIPPED: &[(&str, &str)] =
    shipped!["customer.html", "deal.html", "done.html", "frame.html", "note.html"];

impl Pages {
    /// The pages in the binary.
    pub fn shipped() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        for (name, text) in SHIPPED {
            environment.add_template(name, text).expect("shipped pages are tested");
        }
        Self(Arc::new(environment))
    }

    /// Draws a page from its values.
    ///
    /// # Errors
    /// There is no such page, or it cannot be carried out with these values.
    pub fn draw(&self, name: &str, values: &Value) -> Result<String, PageError> {
        let drawn = self.0.get_template(name).and_then(|page| page.render(value_of(values)));
        drawn.map_err(|source| PageError { name: name.to_owned(), source })
    }
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
        drop(Pages::shipped());
    }
}
