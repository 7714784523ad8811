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
            Recipient::Robot { .. } | Recipient::Group { .. } => self.address(page, &row.app, None, row.at),
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
            ("material", key)
        } else {
            page.strip_prefix("page://")?.split_once('/')?
        };
        let (url, user) = (self.url.as_ref()?, user?);
        let lives = if matches!(purpose, "material" | "deal") { READING } else { Links::FORM_LIVES };
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
