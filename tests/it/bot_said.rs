//! What people say, and what the bot makes of it: real sentences through the engine on the demo company, which begins on
//! Tuesday 2026-11-24 at 09:30. An answer is its template and variables; how it looks is another test's matter.

mod checkpoints;
mod choosing;
mod customers;
mod documents;
mod edits;
mod elsewhere;
mod estimates;
mod files;
mod notes;
mod offers;
mod promises;
mod questions;
mod ranking;
mod scripts;
mod submitting;
mod undoing;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::config::{self, Config};
use genjin::engine::{Engine, Entry, Inbox, Looks};
use genjin::event::{Adopted, Content, Event, Identity, Said, Seed, Sender, Tapped, What};
use genjin::sales::{Card, Deal, DealId, Meeting, MemberId, Platform};
use genjin::state::{Counts, Deed, Line, Recipient, RowState, Saying, State};
use genjin::store::{MemoryStore, MemoryStores, Stores};
use serde_json::Value;

/// A person on the platform that pushes go to.
type Who = (Platform, &'static str);

const WANG_LEI: Who = (Platform::WeCom, "WangLei");
const CHEN_HAO: Who = (Platform::WeCom, "ChenHao");
const LI_MING: Who = (Platform::WeCom, "LiMing");
const LI_NA: Who = (Platform::DingTalk, "lina");
const ADMIN: Who = (Platform::WeCom, "LinXiao");
const OUTSIDER: Who = (Platform::WeCom, "SomebodyElse");

/// One message that went out: to whom, of which template, with what in it.
#[derive(Debug)]
struct Out {
    to: Recipient,
    template: String,
    vars: Value,
    /// Whether it has buttons.
    card: bool,
}

impl Out {
    fn var(&self, name: &str) -> &str {
        self.vars[name]
            .as_str()
            .unwrap_or_else(|| panic!("{} has no text {name}: {}", self.template, self.vars))
    }
}

struct Company {
    engine: Engine<MemoryStore>,
    now: DateTime<Utc>,
    told: u64,
    shown: u64,
}

impl Company {
    fn open() -> Self {
        Self::with(|_| {})
    }

    /// The demo company under changed rules.
    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
        let mut rules = config::load_with_unset_secrets(&folder, &|_| None).unwrap();
        change(&mut rules);
        let now = "2026-11-24T01:30:00Z".parse().unwrap();
        let seed = config::seed::read(&folder, &rules, now).unwrap();
        let next_id = seed.last_id() + 1;
        let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
        let engine = Engine::load(MemoryStores::new().create("demo", 7).unwrap(), Arc::new(rules)).unwrap();
        let mut company = Self { engine, now, told: 0, shown: 0 };
        company.happens(What::Seeded(Box::new(seed)));
        company.shown = company.state().next_id();
        company
    }

    fn state(&self) -> &State {
        self.engine.state()
    }

    /// Lets an event be decided; gives what went out by it, timers that were due included.
    fn happens(&mut self, what: What) -> Vec<Out> {
        self.told += 1;
        let event = Event { identity: Identity::of(&[b"test", &self.told.to_be_bytes()]), what };
        let mut inbox = Inbox::default();
        inbox.push(Entry::Event(Box::new(event), Box::new(|_| {})));
        while self.engine.turn(&mut inbox, self.now, &mut Looks(64)).unwrap().more {}
        let parked: Vec<_> = self.state().parked().map(|parked| parked.error.clone()).collect();
        assert!(parked.is_empty(), "{parked:?}");
        self.new_rows()
    }

    fn adopts(&mut self, rules: Config) -> Vec<Out> {
        self.told += 1;
        let adopted = Adopted {
            config: "b".into(),
            templates: "t".into(),
            author: "files".into(),
            mended: false,
            before: None,
            nonce: None,
        };
        let identity = Identity::of(&[b"rules", &self.told.to_be_bytes()]);
        let event = Event { identity, what: What::Adopted(adopted) };
        let mut inbox = Inbox::default();
        inbox.push(Entry::Rules(Box::new(event), Arc::new(rules), Box::new(|_| {})));
        while self.engine.turn(&mut inbox, self.now, &mut Looks(64)).unwrap().more {}
        self.new_rows()
    }

    fn new_rows(&mut self) -> Vec<Out> {
        let next = self.state().next_id();
        let shown = std::mem::replace(&mut self.shown, next);
        let rows = self.state().rows().filter(|row| row.id.0 >= shown);
        let rows = rows.inspect(|row| crate::sayable::assert_can_be_made(row));
        let out = rows.filter_map(|row| match &row.says {
            Saying::Message { template, vars, card, .. } => Some(Out {
                to: row.to.clone(),
                template: template.to_string(),
                vars: vars.clone(),
                card: card.is_some(),
            }),
            Saying::Update { .. }
            | Saying::Fetch { .. }
            | Saying::Media { .. }
            | Saying::Document { .. }
            | Saying::Rank { .. } => None,
        });
        out.collect()
    }

    fn sender(&self, (platform, user): Who) -> Sender {
        let app = self.state().rules().apps.iter().find(|app| app.platform() == platform).unwrap();
        Sender { platform, app: app.key.clone(), user: user.into(), group: None, session: None }
    }

    fn sends(&mut self, who: Who, content: Content) -> Vec<Out> {
        let from = self.sender(who);
        self.happens(What::Said(Said { from, content }))
    }

    /// Somebody writes; gives all that went out by it.
    fn hears(&mut self, who: Who, text: &str) -> Vec<Out> {
        self.sends(who, Content::Text(text.into()))
    }

    /// Somebody writes; gives the one answer, which goes to them alone.
    #[track_caller]
    fn says(&mut self, who: Who, text: &str) -> Out {
        let mut out = self.hears(who, text);
        assert_eq!(out.len(), 1, "「{text}」 is answered once: {out:#?}");
        let answer = out.remove(0);
        assert_eq!(answer.to, Recipient::Person { user: who.1.into() });
        answer
    }

    /// Somebody writes; gives the variables of the answer, which must be of this template.
    #[track_caller]
    fn answers(&mut self, who: Who, text: &str, template: &str) -> Out {
        let answer = self.says(who, text);
        assert_eq!(answer.template, template, "「{text}」 → {}", answer.vars);
        answer
    }

    /// Somebody taps a button of their newest card; gives what went out by it.
    fn taps(&mut self, who: Who, button: &str) -> Vec<Out> {
        let from = self.sender(who);
        let member = self.state().rules().people.find_user(who.0, who.1).unwrap().id.clone();
        let card = self.cards_of(member.as_str()).last().unwrap().id.outside(self.state().epoch());
        self.happens(What::Tapped(Tapped {
            from,
            card: card.into(),
            button: button.into(),
            chosen: vec![],
            code: None,
        }))
    }

    fn waits(&mut self, length: TimeDelta) -> Vec<Out> {
        self.now += length;
        let mut inbox = Inbox::default();
        while self.engine.turn(&mut inbox, self.now, &mut Looks(64)).unwrap().more {}
        self.new_rows()
    }

    /// The open deal of a customer on a product line.
    #[track_caller]
    fn deal(&self, customer: &str, line: &str) -> &Deal {
        let fits = |deal: &&Deal| {
            let short = self.state().customer(deal.customer).map(|customer| &*customer.short);
            short == Some(customer) && &*deal.product_line == line
        };
        self.state().deals().find(fits).unwrap_or_else(|| panic!("{customer} has no deal on {line}"))
    }

    fn meetings(&self, deal: DealId) -> Vec<&Meeting> {
        self.state().meetings_of(deal).collect()
    }

    fn counts(&self, member: &str) -> Counts {
        self.state().counts(&MemberId::from(member), self.state().rules().calendar.date(self.now))
    }

    fn lines(&self, what: Deed) -> Vec<&Line> {
        self.state().recent().map(|recent| &recent.line).filter(|line| line.what == what).collect()
    }

    fn cards_of(&self, member: &str) -> Vec<&Card> {
        self.state().cards().filter(|card| card.to.as_str() == member).collect()
    }

    /// A row that was refused for good, to be let go.
    fn refuse_all(&mut self) {
        use genjin::event::{Fate, RowResult, Sent};
        let mut inbox = Inbox::default();
        let sent = |results, room| Event {
            identity: Identity::of(&[b"sent"]),
            what: What::Sent(Sent { results, room }),
        };
        inbox.push(Entry::Results(Box::new(sent(Vec::new(), 64)), Box::new(|_| {})));
        self.engine.turn(&mut inbox, self.now, &mut Looks(64)).unwrap();
        let refused = |row| RowResult { row, fate: Fate::Refused { why: "81013".into() } };
        let results = self.state().rows().map(|row| refused(row.id)).collect();
        inbox.push(Entry::Results(Box::new(sent(results, 0)), Box::new(|_| {})));
        self.engine.turn(&mut inbox, self.now, &mut Looks(64)).unwrap();
    }

    fn parked_rows(&self) -> usize {
        self.state().rows().filter(|row| matches!(row.state, RowState::Parked { .. })).count()
    }
}

fn at(local: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("{local}:00+08:00")).unwrap().into()
}
