//! What the benches share: the demo's people at work on an engine, and the floor beneath any commit.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use genjin::config::{self, Config, Member, seed};
use genjin::engine::{Answer, Engine, Entry, Inbox, Looks};
use genjin::event::{Content, Event, Fate, Identity, RowResult, Said, Seed, Sender, Sent, What};
use genjin::sales::{Customer, CustomerId, Deal, DealId, MemberId, Platform, RowId};
use genjin::store::{Opened, Store};

const FLOOR_FILE: u64 = 64 << 20;
/// Tuesday, 09:30 in Shanghai: nobody is asleep, nothing is due.
pub const DAY_0: &str = "2026-11-24T01:30:00Z";

/// Who writes, and about whom.
pub struct Texts {
    pub rules: Arc<Config>,
    pub seed: Seed,
    pub lines: Vec<(Sender, String)>,
    pub day_0: DateTime<Utc>,
    pub reps: u64,
}

impl Texts {
    pub fn of_the_demo() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bot-config");
        let day_0: DateTime<Utc> = DAY_0.parse().unwrap();
        let rules = config::load_with_unset_secrets(&folder, &|_| None).unwrap();
        let seed = seed::read(&folder, &rules, day_0).unwrap();
        let next_id = seed.last_id() + 1;
        let (customers, deals, meetings) = (seed.customers, seed.deals, seed.meetings);
        let seed = Seed { customers, deals, meetings, next_id };
        let open = seed.deals.iter().filter(|deal| deal.closing.is_none());
        let lines = open
            .filter_map(|deal| {
                let customer = seed.customers.iter().find(|customer| customer.id == deal.customer)?;
                let owner = rules.people.find(&deal.owner)?;
                Some((sender(&rules, owner)?, customer.short.to_string()))
            })
            .collect();
        Self { rules: Arc::new(rules), seed, lines, day_0, reps: 1 }
    }

    /// A company of so many reps, who share so many deals made after the demo's, two to a customer.
    pub fn of_a_company(reps: u64, deals: u64) -> Self {
        let mut company = Self::of_the_demo();
        let mut rules = Config::clone(&company.rules);
        let model = rules.people.members.iter().find(|member| member.rep).unwrap().clone();
        let more = (0..reps).map(|n| {
            let (id, wecom) = (rep(n, reps), Some(format!("rep{n}")));
            Member { id, wecom, dingtalk: None, primary: Platform::WeCom, ..model.clone() }
        });
        rules.people.members = rules.people.members.iter().cloned().chain(more).collect();
        company.reps = reps;
        let next_id = Self::next_id(deals);
        let (customers, deals): (Vec<_>, Vec<_>) = (0..deals).map(|n| company.deal(n)).unzip();
        let customers: Vec<_> = customers.into_iter().flatten().collect();
        company.lines = customers
            .iter()
            .zip(deals.iter().step_by(2))
            .map(|(customer, deal)| {
                let owner = rules.people.find(&deal.owner).unwrap();
                (sender(&rules, owner).unwrap(), customer.short.to_string())
            })
            .collect();
        company.seed = Seed { customers, deals, meetings: Vec::new(), next_id };
        company.rules = Arc::new(rules);
        company
    }

    /// The `n`th deal, made after the demo's, and with every other one the customer that it shares with the next.
    pub fn deal(&self, n: u64) -> (Option<Customer>, Deal) {
        let deal = &self.seed.deals[n as usize / 2 % self.seed.deals.len()];
        let customer = self.seed.customers.iter().find(|customer| customer.id == deal.customer).unwrap();
        let of = n / 2;
        let id = CustomerId(of * 3 + 1);
        let name = |name: &str| format!("{name}{of}").into();
        let (name, short) = (name(&customer.name), name(&customer.short));
        let customer = n.is_multiple_of(2).then(|| Customer { id, name, short, ..customer.clone() });
        let owner = rep(of, self.reps);
        (customer, Deal { id: DealId(of * 3 + 2 + n % 2), customer: id, owner, ..deal.clone() })
    }

    /// The first number that is free behind so many deals.
    pub fn next_id(deals: u64) -> u64 {
        deals.div_ceil(2) * 3 + 1
    }

    /// The `n`th callback: a note that says something new.
    pub fn event(&self, n: u64) -> Event {
        note(&self.lines, n)
    }
}

/// The `n`th callback: a note that says something new.
pub fn note(lines: &[(Sender, String)], n: u64) -> Event {
    let (from, customer) = &lines[n as usize % lines.len()];
    let text = format!("{customer}说方案可以，第 {n} 版报价要再看看，预算 {} 万", 20 + n % 80);
    let said = Said { from: from.clone(), content: Content::Text(text.into()) };
    Event { identity: Identity::of(&[b"bench", &n.to_be_bytes()]), what: What::Said(said) }
}

/// The `n`th rep of so many.
pub fn rep(n: u64, reps: u64) -> MemberId {
    MemberId::from(format!("rep-{}", n % reps))
}

fn sender(rules: &Config, member: &Member) -> Option<Sender> {
    let app = rules.apps.iter().find(|app| app.platform() == member.primary)?;
    let user = member.user_on(member.primary)?.into();
    Some(Sender { platform: member.primary, app: app.key.clone(), user, group: None, session: None })
}

/// An engine with the demo's customers and deals in it.
pub struct Bot<'a, S> {
    pub engine: Engine<S>,
    pub texts: &'a Texts,
    pub inbox: Inbox,
    pub now: DateTime<Utc>,
    pub sent: u64,
    pub answered: Arc<AtomicU64>,
    pub out: Vec<RowId>,
}

impl<'a, S: Store> Bot<'a, S> {
    pub fn new(texts: &'a Texts, opened: Opened<S>) -> Self {
        let mut bot = Self {
            engine: Engine::load(opened, texts.rules.clone()).unwrap(),
            texts,
            inbox: Inbox::default(),
            now: texts.day_0,
            sent: 0,
            answered: Arc::default(),
            out: Vec::new(),
        };
        let seeded = What::Seeded(Box::new(texts.seed.clone()));
        let event = Event { identity: Identity::of(&[b"seed"]), what: seeded };
        bot.inbox.push(Entry::Event(Box::new(event), Box::new(|_| {})));
        bot.drain();
        bot.deliver();
        bot
    }

    /// Lets `batch` callbacks wait.
    pub fn queue(&mut self, batch: usize) {
        for _ in 0..batch {
            self.sent += 1;
            let answered = self.answered.clone();
            let answer = move |answer| {
                if answer == Answer::Done {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            };
            let event = Box::new(self.texts.event(self.sent));
            self.inbox.push(Entry::Event(event, Box::new(answer)));
        }
    }

    /// The outbox takes every row, and tells that all were delivered.
    pub fn deliver(&mut self) {
        loop {
            let fate = || Fate::Delivered { code: None };
            let results = self.out.drain(..).map(|row| RowResult { row, fate: fate() }).collect();
            let sent = What::Sent(Sent { results, room: 256 });
            let event = Event { identity: Identity::of(&[b"sent"]), what: sent };
            let (tell, told) = mpsc::channel();
            let respond = Box::new(move |answer| drop(tell.send(answer)));
            self.inbox.push(Entry::Results(Box::new(event), respond));
            self.drain();
            let Ok(Answer::Rows(rows)) = told.recv() else { panic!("the outbox was not answered") };
            if rows.is_empty() {
                return;
            }
            self.out = rows.iter().map(|row| row.id).collect();
        }
    }

    /// Turns until nothing waits: one turn for up to 256 callbacks.
    pub fn drain(&mut self) {
        loop {
            self.now += TimeDelta::milliseconds(1);
            let turned = self.engine.turn(&mut self.inbox, self.now, &mut Looks(usize::MAX)).unwrap();
            if !turned.more {
                return;
            }
        }
    }
}

/// A file of zeros, synced, into which is written from front to end, and again from the front.
pub struct Floor {
    pub file: File,
    pub at: u64,
}

impl Floor {
    pub fn new(folder: &Path) -> Self {
        let file = File::create(folder.join("floor")).unwrap();
        file.write_all_at(&vec![0; FLOOR_FILE as usize], 0).unwrap();
        file.sync_all().unwrap();
        Self { file, at: 0 }
    }

    pub fn append(&mut self, size: usize) {
        if self.at + size as u64 > FLOOR_FILE {
            self.at = 0;
        }
        self.file.write_all_at(&vec![b'7'; size], self.at).unwrap();
        self.file.sync_data().unwrap();
        self.at += size as u64;
    }
}

/// How long this thread has been on a processor.
pub fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}
