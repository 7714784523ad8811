//! Cards from the engine's side: what time brings, what each button does, and that nothing is done twice. The demo's
//! config and data, no platform: a tap is an event, a message is a row.

mod action_cards;
mod closing;
mod digests;
mod meetings;
mod warnings;

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use genjin::config::{self, Config};
use genjin::engine::{Answer, Engine, Entry, Inbox, Looks};
use genjin::event::{Adopted, Content, Event, Identity, Said, Seed, Sender, Tapped, What};
use genjin::sales::{Card, CardId, CardKind, CardState, Deal, DealId, Meeting, MemberId};
use genjin::state::{Counts, Deed, Recipient, Row, Saying, State};
use genjin::store::{MemoryStore, MemoryStores, Stores};
use serde_json::Value;

/// The epoch of the store, in the cards' outside names.
const EPOCH: u64 = 7;

/// A Tuesday, 09:30 in Shanghai.
fn day0() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

/// 24 November and later, on the wall in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2026-{text}:00+08:00")).unwrap().to_utc()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config")
}

fn demo() -> Config {
    config::load_with_unset_secrets(&folder(), &|_| None).unwrap()
}

/// An engine with the demo in it, and what it made so far.
struct Desk {
    engine: Engine<MemoryStore>,
    now: DateTime<Utc>,
    events: u64,
    answer: Arc<Mutex<Option<Answer>>>,
}

impl Desk {
    fn open() -> Self {
        Self::with(demo())
    }

    /// Under other rules, and the demo's data.
    fn with(config: Config) -> Self {
        let seed = config::seed::read(&folder(), &demo(), day0()).unwrap();
        let config = Arc::new(config);
        let engine = Engine::load(MemoryStores::new().create("demo", EPOCH).unwrap(), config).unwrap();
        let mut desk = Self { engine, now: day0(), events: 0, answer: Arc::default() };
        let adopted = Adopted {
            config: "c".into(),
            templates: "t".into(),
            author: "start".into(),
            mended: false,
            before: None,
            nonce: None,
        };
        desk.post(What::Adopted(adopted));
        let next_id = seed.last_id() + 1;
        let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
        desk.post(What::Seeded(Box::new(seed)));
        desk
    }

    fn state(&self) -> &State {
        self.engine.state()
    }

    fn post(&mut self, what: What) -> Answer {
        self.events += 1;
        let event = Event { identity: Identity::of(&[&self.events.to_be_bytes()]), what };
        let answer = self.answer.clone();
        let mut inbox = Inbox::default();
        let respond = Box::new(move |given| *answer.lock().unwrap() = Some(given));
        inbox.push(Entry::Event(Box::new(event), respond));
        self.turn(&mut inbox);
        self.answer.lock().unwrap().take().unwrap()
    }

    fn turn(&mut self, inbox: &mut Inbox) {
        let known = self.state().next_id();
        while self.engine.turn(inbox, self.now, &mut Looks(256)).unwrap().more {}
        let parked: Vec<_> = self.state().parked().map(|parked| parked.error.clone()).collect();
        assert!(parked.is_empty(), "an event panicked: {parked:?}");
        let new = self.state().rows().filter(|row| row.id.0 >= known);
        new.for_each(crate::sayable::assert_can_be_made);
    }

    /// Lets time pass, stopping at each instant that something waits for.
    fn until(&mut self, end: DateTime<Utc>) {
        while let Some(due) = self.engine.next_due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.turn(&mut Inbox::default());
        }
        self.now = end;
    }

    /// The same without stopping: the program was not running.
    fn away_until(&mut self, end: DateTime<Utc>) {
        self.now = end;
        self.turn(&mut Inbox::default());
    }

    fn sender(&self, member: &str) -> Sender {
        let member = self.state().rules().people.find(&member.into()).unwrap();
        let platform = member.primary;
        let app = self.state().rules().apps.iter().find(|app| app.platform() == platform).unwrap();
        let user = member.user_on(platform).unwrap().into();
        Sender { platform, app: app.key.clone(), user, group: None, session: None }
    }

    fn says(&mut self, member: &str, text: &str) -> Vec<Row> {
        let before = self.rows();
        let from = self.sender(member);
        self.post(What::Said(Said { from, content: Content::Text(text.into()) }));
        self.since(before)
    }

    /// Taps a card's button; gives the rows that came of it and the answer.
    fn taps_and(&mut self, member: &str, card: CardId, button: &str) -> (Vec<Row>, Answer) {
        let before = self.rows();
        let from = self.sender(member);
        let code = (from.platform == genjin::sales::Platform::WeCom).then(|| format!("code-{}", self.events));
        let tapped = Tapped {
            from,
            card: card.outside(EPOCH).into(),
            button: button.into(),
            chosen: vec![],
            code: code.map(Into::into),
        };
        let answer = self.post(What::Tapped(tapped));
        (self.since(before), answer)
    }

    fn taps(&mut self, member: &str, card: CardId, button: &str) -> Vec<Row> {
        self.taps_and(member, card, button).0
    }

    fn rows(&self) -> Option<genjin::sales::RowId> {
        self.state().rows().last().map(|row| row.id)
    }

    fn since(&self, before: Option<genjin::sales::RowId>) -> Vec<Row> {
        self.state().rows().filter(|row| Some(row.id) > before).cloned().collect()
    }

    /// The rows of one template to one member, in order.
    fn sent(&self, member: &str, template: &str) -> Vec<Row> {
        let user = self.sender(member).user;
        let to = Recipient::Person { user };
        self.state().rows().filter(|row| row.to == to && name(row) == template).cloned().collect()
    }

    fn deal(&self, id: DealId) -> &Deal {
        self.state().deal(id).unwrap()
    }

    /// A member's first open deal with this customer.
    fn deal_with(&self, member: &str, customer: &str) -> DealId {
        let fits = |deal: &&Deal| {
            deal.is_open() && self.state().customer(deal.customer).is_some_and(|it| &*it.short == customer)
        };
        self.state().deals_of_owner(&member.into()).find(fits).unwrap().id
    }

    fn card(&self, id: CardId) -> &Card {
        self.state().card(id).unwrap()
    }

    fn done(&self, id: CardId) -> &str {
        match &self.card(id).state {
            CardState::Done(done) => done,
            other => panic!("{id} is {other:?}"),
        }
    }

    /// The newest card of a member that fits.
    fn newest(&self, member: &str, fits: impl Fn(&CardKind) -> bool) -> CardId {
        let member = MemberId::from(member);
        self.state().cards().rev().find(|card| card.to == member && fits(&card.kind)).unwrap().id
    }

    /// The one warning of two days, and its deal.
    fn warned(&mut self, member: &str) -> (CardId, DealId) {
        self.until(day0() + TimeDelta::hours(48));
        let card = self.newest(member, |kind| matches!(kind, CardKind::Warning { .. }));
        let CardKind::Warning { deal } = self.card(card).kind else { unreachable!() };
        (card, deal)
    }

    fn meeting_of(&self, member: &str) -> Meeting {
        let member = MemberId::from(member);
        self.state()
            .meetings()
            .filter(|it| it.member == member)
            .min_by_key(|it| it.starts_at)
            .unwrap()
            .clone()
    }

    fn counts(&self, member: &str) -> Counts {
        let day = self.state().rules().calendar.date(self.now);
        self.state().counts(&member.into(), day)
    }

    fn deeds(&self, what: Deed) -> usize {
        self.state().recent().filter(|recent| recent.line.what == what).count()
    }
}

fn name(row: &Row) -> &str {
    match &row.says {
        Saying::Message { template, .. } => template,
        Saying::Update { .. } => "update",
        Saying::Fetch { .. } | Saying::Media { .. } | Saying::Document { .. } => "fetch",
        Saying::Rank { .. } => "rank",
    }
}

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(name).collect()
}

fn vars(row: &Row) -> &Value {
    match &row.says {
        Saying::Message { vars, .. } => vars,
        Saying::Update { face, .. } => &face.vars,
        Saying::Fetch { .. } | Saying::Media { .. } | Saying::Document { .. } | Saying::Rank { .. } => {
            &Value::Null
        }
    }
}
