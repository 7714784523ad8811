//! A seeded simulation of the engine: people say and repeat things, timers fire, the outbox tries and fails, and the
//! store fails before and after it wrote. Whatever the order, each acknowledged event is in once, no message is lost,
//! and the tallies are the fold of the lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use genjin::config::{self, Config};
use genjin::engine::{Answer, Engine, Entry, Inbox, Looks};
use genjin::event::{
    Content, Event, Fate, Form, Identity, RowResult, Said, Seed, Sender, Sent, Submitted, What,
};
use genjin::sales::{DealId, MemberId, Money, NewCustomer, RowId};
use genjin::state::{Counts, Line};
use genjin::store::{Fault, Faults, FaultyStores, MemoryStores, Order, Page, Store, Stores};

/// A small generator of our own: the same seed gives the same run on every machine (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

pub fn demo() -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    config::load_with_unset_secrets(&folder, &|_| None).unwrap()
}

pub fn day0() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

pub fn seeded(config: &Config) -> Event {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
    let seed = config::seed::read(&folder, config, day0()).unwrap();
    let next_id = seed.last_id() + 1;
    let seed = Seed { customers: seed.customers, deals: seed.deals, meetings: seed.meetings, next_id };
    Event { identity: Identity::of(&[b"seed"]), what: What::Seeded(Box::new(seed)) }
}

const SENTENCES: [&str; 12] = [
    "张总约了下周二看厂",
    "宏远 客户认可方案，报价50万",
    "鑫源食品 等法务",
    "商机",
    "今日",
    "撤销",
    "1",
    "2",
    "客户很感兴趣，持续跟进中",
    "帮助",
    "永兴 周五前发样品",
    "这句话谁也听不懂",
];

type Answers = Arc<Mutex<Vec<(Identity, Answer)>>>;

pub struct World {
    pub chance: Chance,
    pub now: DateTime<Utc>,
    pub inbox: Inbox,
    answers: Answers,
    pub handed: Arc<Mutex<Vec<RowId>>>,
    /// What was sent in and when, so that it can be sent again while platforms do so.
    sent: Vec<(DateTime<Utc>, Event)>,
    people: Vec<(genjin::sales::Platform, Box<str>, genjin::sales::AppKey)>,
    tellings: u64,
}

impl World {
    pub fn new(seed: u64, config: &Config) -> Self {
        let app = |platform| config.apps.iter().find(|app| app.platform() == platform).unwrap().key.clone();
        let people = config.people.members.iter().filter(|member| member.rep).filter_map(|member| {
            Some((member.primary, member.user_on(member.primary)?.into(), app(member.primary)))
        });
        Self {
            chance: Chance(seed),
            now: day0(),
            inbox: Inbox::default(),
            answers: Answers::default(),
            handed: Arc::default(),
            sent: Vec::new(),
            people: people.collect(),
            tellings: 0,
        }
    }

    pub fn post(&mut self, event: Event) {
        let (answers, identity) = (self.answers.clone(), event.identity);
        let respond = Box::new(move |answer| answers.lock().unwrap().push((identity, answer)));
        self.inbox.push(Entry::Event(Box::new(event), respond));
    }

    /// Somebody says something, or the platform sends an old event again.
    pub fn say(&mut self) {
        if !self.sent.is_empty() && self.chance.one_in(4) {
            let old = self.chance.below(self.sent.len());
            let (at, event) = self.sent[old].clone();
            // Identities are kept for seven days; no platform sends again after minutes.
            if self.now - at < TimeDelta::days(6) {
                return self.post(event);
            }
        }
        let person = self.chance.below(self.people.len());
        let (platform, user, app) = self.people[person].clone();
        let from = Sender { platform, app, user, group: None, session: None };
        let what = if self.chance.one_in(5) {
            What::Submitted(Submitted { from, form: self.form() })
        } else {
            let text = SENTENCES[self.chance.below(SENTENCES.len())];
            What::Said(Said { from, content: Content::Text(text.into()) })
        };
        let event = Event { identity: Identity::of(&[&self.chance.next().to_be_bytes()]), what };
        self.sent.push((self.now, event.clone()));
        self.post(event);
    }

    /// A page that comes back, on whatever deal, of a customer who may be known.
    fn form(&mut self) -> Form {
        // Customers and deals share one counter; some numbers name none.
        let deal = DealId(1 + self.chance.next() % 60);
        match self.chance.below(3) {
            0 => Form::Note { deal, text: "约了下周三演示，报价60万".into() },
            1 => Form::Tick { deal, material: "custom-quote".into(), given: self.chance.one_in(2) },
            _ => Form::Customer(Box::new(NewCustomer {
                name: ["华盛机械", "永兴铸造", "鑫源食品", "新来的公司"][self.chance.below(4)].into(),
                contact: "赵总".into(),
                phone: "13812345678".into(),
                region: "330200".into(),
                industry: "machinery".into(),
                kind: "factory".into(),
                product_line: ["vision", "data"][self.chance.below(2)].into(),
                amount: Money::yuan(500_000),
                ..NewCustomer::default()
            })),
        }
    }

    /// The outbox tells what became of what it has, and asks for more.
    pub fn send(&mut self) {
        let handed: Vec<RowId> = std::mem::take(&mut *self.handed.lock().unwrap());
        let results = handed.into_iter().map(|row| RowResult { row, fate: self.fate() }).collect();
        self.tellings += 1;
        let identity = Identity::of(&[b"sent", &self.tellings.to_be_bytes()]);
        let what = What::Sent(Sent { results, room: 8 });
        let handed = self.handed.clone();
        let respond = Box::new(move |answer| {
            let Answer::Rows(rows) = answer else {
                panic!("the outbox is answered with rows, not {answer:?}")
            };
            handed.lock().unwrap().extend(rows.iter().map(|row| row.id));
        });
        self.inbox.push(Entry::Results(Box::new(Event { identity, what }), respond));
    }

    fn fate(&mut self) -> Fate {
        match self.chance.below(10) {
            0 => Fate::Later { at: self.now + TimeDelta::minutes(3), why: "45009".into() },
            1 => Fate::Refused { why: "81013".into() },
            _ => Fate::Delivered { code: Some("code".into()) },
        }
    }
}

/// Runs one seed and checks what must hold at its end.
fn run(seed: u64) {
    let config = Arc::new(demo());
    let mut world = World::new(seed, &config);
    let faults = Faults::new();
    let stores = FaultyStores::new(MemoryStores::new(), faults.clone());
    let mut engine = Engine::load(stores.create("sim", seed).unwrap(), config.clone()).unwrap();
    world.post(seeded(&config));
    let mut failed = 0;
    for _step in 0..400 {
        match world.chance.below(8) {
            0 => world.now += TimeDelta::minutes(37),
            1 => world.now += TimeDelta::hours(7),
            2 | 3 => world.send(),
            _ => world.say(),
        }
        if world.chance.one_in(20) {
            faults.then(if world.chance.one_in(2) { Fault::Before } else { Fault::After });
        }
        let budget = world.chance.below(6);
        if engine.turn(&mut world.inbox, world.now, &mut Looks(budget)).is_err() {
            failed += 1;
            drop(engine);
            world.handed.lock().unwrap().clear();
            engine = Engine::load(stores.open("sim").unwrap(), config.clone()).unwrap();
        }
    }
    loop {
        match engine.turn(&mut world.inbox, world.now, &mut Looks(256)) {
            Ok(turned) if !turned.more => break,
            Ok(_) => {}
            // A fault of the last steps may have met no commit yet.
            Err(_) => {
                drop(engine);
                engine = Engine::load(stores.open("sim").unwrap(), config.clone()).unwrap();
            }
        }
    }
    assert!(failed > 0, "seed {seed}: the script made no commit fail");
    check(seed, &mut engine, &world);
}

pub fn check<S: Store>(seed: u64, engine: &mut Engine<S>, world: &World) {
    let lines = lines_of(engine);
    let parked: Vec<_> = engine.state().parked().map(|parked| parked.error.clone()).collect();
    assert!(parked.is_empty(), "seed {seed}: events were parked: {parked:?}");

    let mut notes: BTreeMap<Identity, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.what == genjin::state::Deed::Noted) {
        *notes.entry(line.event).or_default() += 1;
    }
    let twice: Vec<_> = notes.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "seed {seed}: notes stored twice: {twice:?}");

    // Whoever was told Done finds the event known ever after.
    let answers = world.answers.lock().unwrap();
    let mut done = BTreeSet::new();
    for (identity, answer) in answers.iter() {
        match answer {
            Answer::Done => assert!(done.insert(*identity), "seed {seed}: {identity} was taken as new twice"),
            Answer::Repeat => {}
            other => panic!("seed {seed}: {identity} was answered {other:?}"),
        }
    }

    let mut folded: BTreeMap<(NaiveDate, MemberId), Counts> = BTreeMap::new();
    for tally in lines.iter().flat_map(|line| &line.tallies) {
        folded.entry((tally.day, tally.member.clone())).or_default().add(&tally.counts);
    }
    let held: BTreeMap<_, _> =
        engine.state().tallies().map(|(day, member, counts)| ((day, member.clone()), *counts)).collect();
    assert_eq!(held, folded, "seed {seed}: the tallies are not the fold of the lines");
    let report = engine.store().check().unwrap();
    assert!(report.problems.is_empty(), "seed {seed}: {:?}", report.problems);
}

fn lines_of<S: Store>(engine: &mut Engine<S>) -> Vec<Line> {
    let page = Page { prefix: b"h", after: None, order: Order::OldestFirst, limit: usize::MAX };
    let lines = engine.store().history(&page).unwrap();
    lines.iter().map(|(_, value)| serde_json::from_slice(value).unwrap()).collect()
}

#[test]
fn whatever_the_order_of_events_and_faults_nothing_is_lost_or_done_twice() {
    for seed in 1..=24 {
        run(seed);
    }
}
