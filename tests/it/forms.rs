//! The pages that somebody fills in: opened by a signed link, sent in without a script, answered with a page.

mod notes;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::config;
use genjin::event::{Event, Identity, Seed, What};
use genjin::sales::{Deal, DealId};
use genjin::state::{Line, Saying};
use genjin::web::links::Grant;

use crate::front::{Answer, Front, Request, demo, now};

/// The demo company behind its web front.
struct Desk {
    front: Front,
}

/// A person, as a link names them.
type Who = (&'static str, &'static str);

const WANG_LEI: Who = ("wecom", "WangLei");
const LI_NA: Who = ("dingtalk", "lina");
/// Leads 王磊's team.
const LI_MING: Who = ("wecom", "LiMing");

impl Desk {
    async fn open() -> Self {
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
    fn link(&self, (app, user): Who, purpose: &str, subject: impl ToString) -> String {
        self.link_until((app, user), purpose, subject, now() + TimeDelta::hours(24))
    }

    fn link_until(
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
        Answer { status: answer.status().as_u16(), body: answer.text().await.unwrap() }
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

    async fn deal_of(&self, short: &'static str) -> DealId {
        self.front
            .read(move |state| {
                let customer = state.customers().find(|customer| *customer.short == *short).unwrap();
                state.deals_of_customer(customer.id).next().unwrap().id
            })
            .await
    }

    async fn deal(&self, id: DealId) -> Deal {
        self.front.read(move |state| state.deal(id).unwrap().clone()).await
    }

    /// The lines of what was done since the seed.
    async fn lines(&self) -> Vec<Line> {
        self.front.read(|state| state.recent().skip(1).map(|recent| recent.line.clone()).collect()).await
    }

    /// The templates of the messages that wait to go out.
    async fn told(&self) -> Vec<String> {
        self.front
            .read(|state| {
                let says = |row: &genjin::state::Row| match &row.says {
                    Saying::Message { template, .. } => template.to_string(),
                    Saying::Update { .. } => "update".to_owned(),
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
