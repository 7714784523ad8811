//! Where the pages lie that messages link to, and for how long a link opens them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::config::Config;
use crate::outbox;
use crate::sales::AppKey;
use crate::state::{Recipient, Row};
use crate::web;
use crate::web::links::{Grant, Links};

/// A link to a document or a deal is good this long.
const READING: TimeDelta = TimeDelta::days(7);

/// Makes the addresses of one workspace's pages.
#[derive(Clone)]
pub(super) struct Pages {
    /// Where phones reach our pages; without it there are none.
    pub url: Option<String>,
    pub links: Arc<Links>,
    pub config: watch::Receiver<Arc<Config>>,
}

impl Pages {
    /// For the rows of the outbox.
    pub fn for_rows(self) -> outbox::Link {
        Arc::new(move |page: &str, row: &Row| match &row.to {
            // From the row's own time, so that its bytes can be made again.
            Recipient::Person { user } => self.address(page, &row.app, Some(user), row.at),
            Recipient::Robot { .. }
            | Recipient::AppChat { .. }
            | Recipient::Group { .. }
            | Recipient::Ourselves { .. }
            | Recipient::Ranking { .. } => self.address(page, &row.app, None, row.at),
        })
    }

    /// For the answers of one app to taps.
    pub fn for_answers(self, app: AppKey) -> web::PageLink {
        Arc::new(move |page, user, at| self.address(page, &app, Some(user), at))
    }

    /// A material's own address, or a page of ours for one person.
    fn address(&self, page: &str, app: &AppKey, user: Option<&str>, at: DateTime<Utc>) -> Option<String> {
        let (purpose, subject) = if let Some(key) = page.strip_prefix("material://") {
            let config = self.config.borrow();
            let material = config.materials.iter().find(|material| material.key.as_str() == key)?;
            if let Some(link) = &material.link {
                return Some(link.clone());
            }
            // One that is a file alone has no page.
            material.text.as_ref()?;
            ("material", key)
        } else {
            page.strip_prefix("page://")?.split_once('/')?
        };
        let (url, user) = (self.url.as_ref()?, user?);
        let lives =
            if matches!(purpose, "material" | "deal" | "evidence") { READING } else { Links::FORM_LIVES };
        let grant = Grant {
            purpose: purpose.into(),
            subject: subject.into(),
            user: user.into(),
            app: app.as_str().into(),
            expires: (at + lives).timestamp(),
        };
        Some(format!("{url}{}", self.links.path(&grant)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(url: Option<&str>) -> Pages {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
        let mut config = crate::config::load_with_unset_secrets(&folder, &|_| None).unwrap();
        config.materials[0].link = Some("https://outside.example/a.pdf".into());
        let config = watch::channel(Arc::new(config)).1;
        Pages { url: url.map(str::to_owned), links: Arc::new(Links::new([7; 32])), config }
    }

    fn address(pages: &Pages, page: &str, user: Option<&str>) -> Option<String> {
        pages.address(page, &"wecom".into(), user, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn page_of_ours_is_linked_for_one_person_where_a_phone_reaches_us() {
        let reached = pages(Some("https://g.example"));
        for (page, place) in [
            ("page://note/d-1", "https://g.example/f/note/"),
            ("page://customer/", "https://g.example/f/customer/"),
            ("page://deal/d-1", "https://g.example/d/"),
            ("material://needs-survey", "https://g.example/m/"),
        ] {
            let link = address(&reached, page, Some("WangLei")).unwrap();
            assert!(link.starts_with(place), "{link}");
            assert_eq!(address(&reached, page, None), None, "nobody in a group is one person");
            assert_eq!(address(&pages(None), page, Some("WangLei")), None, "no phone reaches us");
        }
        assert_eq!(address(&reached, "page://nothing/1", Some("WangLei")), None);
    }

    #[test]
    fn outside_address_of_a_material_is_linked_everywhere() {
        let first = pages(None).config.borrow().materials[0].key.clone();
        let link = address(&pages(None), &format!("material://{first}"), None);
        assert_eq!(link.as_deref(), Some("https://outside.example/a.pdf"));
    }
}
