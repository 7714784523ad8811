//! The pages that somebody fills in: opened by a signed link, sent in without a script, answered with a page.

mod customers;
mod deals;
mod notes;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::config;
use genjin::event::{Content, Event, Identity, Said, Seed, Sender, What};
use genjin::sales::{Deal, DealId, Platform};
use genjin::state::{Line, Saying};
use genjin::web::links::Grant;

use crate::front::{Answer, Front, Request, demo, now};

/// The demo company behind its web front.
pub struct Desk {
    pub front: Front,
}

/// A person, as a link names them.
pub type Who = (&'static str, &'static str);

pub const WANG_LEI: Who = ("wecom", "WangLei");
pub const LI_NA: Who = ("dingtalk", "lina");
/// Leads 王磊's team.
const LI_MING: Who = ("wecom", "LiMing");

impl Desk {
    pub async fn open() -> Self {
        let config = demo();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
        let seed = config::seed::read(&folder, &config, now()).unwrap();
        let next_id = seed.last_id() + 1;
        let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
        let front = Front::with(config).await;
        let what = What::Seeded(Box::new(seed));
        front.engine.submit(Event { identity: Identity::of(&[b"seed"]), what }).await.unwrap();
        Self { front }
    }

    /// The path of a page for one person, good for a day.
    pub fn link(&self, (app, user): Who, purpose: &str, subject: impl ToString) -> String {
        self.link_until((app, user), purpose, subject, now() + TimeDelta::hours(24))
    }

    pub fn link_until(
        &self,
        (app, user): Who,
        purpose: &str,
        subject: impl ToString,
        until: DateTime<Utc>,
    ) -> String {
        let (subject, expires) = (subject.to_string().into(), until.timestamp());
        let grant = Grant { purpose: purpose.into(), subject, user: user.into(), app: app.into(), expires };
        self.front.links.path(&grant).unwrap()
    }

    async fn opens(&self, path: &str) -> Answer {
        let answer = self.front.get(path).await;
        let status = answer.status().as_u16();
        // A slash is written as a reference, and means itself.
        Answer { status, body: answer.text().await.unwrap().replace("&#x2f;", "/") }
    }

    /// Opens a form and sends it in with these fields, as a browser without script does.
    async fn fills(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let once = once(&self.opens(path).await.body);
        self.sends(path, &once, fields).await
    }

    /// Sends a form in under this number, and follows to the answer once it was taken.
    async fn sends(&self, path: &str, once: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("once", once)], fields].concat();
        let answer = self.front.send(form(path, &fields)).await;
        if answer.status == 303 { self.opens(&format!("{path}?done={once}")).await } else { answer }
    }

    /// Somebody says something in their chat.
    async fn says(&self, (app, user): Who, text: &str) {
        let platform = if app == "wecom" { Platform::WeCom } else { Platform::DingTalk };
        let from = Sender { platform, app: app.into(), user: user.into(), group: None, session: None };
        let what = What::Said(Said { from, content: Content::Text(text.into()) });
        let identity = Identity::of(&[b"said", text.as_bytes()]);
        self.front.engine.submit(Event { identity, what }).await.unwrap();
    }

    pub async fn deal_of(&self, short: &'static str) -> DealId {
        self.front
            .read(move |state| {
                let customer = state.customers().find(|customer| *customer.short == *short).unwrap();
                state.deals_of_customer(customer.id).next().unwrap().id
            })
            .await
    }

    pub async fn deal(&self, id: DealId) -> Deal {
        self.front.read(move |state| state.deal(id).unwrap().clone()).await
    }

    /// The lines of what was done since the seed.
    pub async fn lines(&self) -> Vec<Line> {
        self.front.read(|state| state.recent().skip(1).map(|recent| recent.line.clone()).collect()).await
    }

    /// The templates of the messages that wait to go out.
    async fn told(&self) -> Vec<String> {
        self.front
            .read(|state| {
                let says = |row: &genjin::state::Row| match &row.says {
                    Saying::Message { template, .. } => template.to_string(),
                    Saying::Update { .. } => "update".to_owned(),
                    Saying::Fetch { .. } | Saying::Media { .. } | Saying::Document { .. } => {
                        "fetch".to_owned()
                    }
                    Saying::Rank { .. } => "rank".to_owned(),
                };
                state.rows().map(says).collect()
            })
            .await
    }
}

fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    let encode = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let body = fields.iter().map(|(name, value)| format!("{name}={}", encode(value)));
    Request {
        method: reqwest::Method::POST,
        path: path.to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: body.collect::<Vec<_>>().join("&").into_bytes(),
    }
}

/// The one-time number of a form that was drawn.
fn once(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"once\" value=\"").unwrap_or_else(|| panic!("no form: {page}"));
    rest.split('"').next().unwrap().to_owned()
}
