//! Where the pages lie that messages link to, and for how long a link opens them.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::watch;

use super::rules::InForce;
use crate::outbox;
use crate::state::{Recipient, Row};
use crate::web::links::{Grant, Links};

/// A link to a document or a deal is good this long.
const READING: TimeDelta = TimeDelta::days(7);

/// A material's own address, or a page of ours for the person whom the row goes to. `url` is where phones reach our
/// pages; without one there are none.
pub(super) fn link(url: Option<&str>, links: Arc<Links>, in_force: watch::Receiver<InForce>) -> outbox::Link {
    let url = url.map(str::to_owned);
    Arc::new(move |page: &str, row: &Row| {
        let (purpose, subject) = if let Some(key) = page.strip_prefix("material://") {
            let config = in_force.borrow().config.clone();
            let material = config.materials.iter().find(|material| material.key.as_str() == key)?;
            if let Some(link) = &material.link {
                return Some(link.clone());
            }
            ("material", key)
        } else {
            page.strip_prefix("page://")?.split_once('/')?
        };
        let (url, Recipient::Person { user }) = (url.as_ref()?, &row.to) else { return None };
        let lives = if matches!(purpose, "material" | "deal") { READING } else { Links::FORM_LIVES };
        let grant = Grant {
            purpose: purpose.into(),
            subject: subject.into(),
            user: user.clone(),
            app: row.app.as_str().into(),
            // From the row's own time, so that its bytes can be made again.
            expires: (row.at + lives).timestamp(),
        };
        Some(format!("{url}{}", links.path(&grant)?))
    })
}
