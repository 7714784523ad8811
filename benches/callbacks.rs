//! What a callback costs from its decided event to its answer: whole engine turns on the store in memory and on the
//! journal, beside the floor of appending the journal's own bytes to a file laid out before and syncing it.
//!
//! All three run in turns in one process on one disk and one state, the demo's, so the ratios hold where the figures do
//! not. A callback counts when it was answered. Verifying, parsing and rendering lie outside of a turn; the outbox takes
//! its rows between the turns, untimed, as it would otherwise leave them to grow without end.
//!
//! `cargo bench --bench callbacks [-- FOLDER]` prints one table; the folder (default: the build's) chooses the disk.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its table and fails loudly")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::config::{self, Config, Member, seed};
use genjin::engine::{Answer, Engine, Entry, Inbox, Looks};
use genjin::event::{Content, Event, Fate, Identity, RowResult, Said, Seed, Sender, Sent, What};
use genjin::sales::RowId;
use genjin::store::{Disk, Interfere, JournalStores, Meet, MemoryStores, Op, Opened, Store, Stores};

/// Callbacks in each line of the table, about.
const CALLBACKS: usize = 4_000;
/// A line has at least so many turns; they run in rounds of ten, so that all three see the same moments of the disk.
const FEWEST_TURNS: usize = 60;
const ROUND: usize = 10;
const FLOOR_FILE: u64 = 64 << 20;
/// Tuesday, 09:30 in Shanghai: nobody is asleep, nothing is due.
const DAY_0: &str = "2026-11-24T01:30:00Z";

fn main() {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let dir = named.next().unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").to_owned());
    let texts = Texts::of_the_demo();
    println!("one writer, every callback durable before its answer; the demo's people write notes");
    println!(
        "{:>5}  {:<18} {:>11} {:>10} {:>10} {:>12} {:>9} {:>10}",
        "batch", "", "callbacks/s", "turn p50", "turn p99", "CPU/callback", "× floor", "bytes/call"
    );
    for batch in [1, 16, 128, 256] {
        let folder = tempfile::tempdir_in(&dir).unwrap();
        measure(&texts, batch, folder.path());
    }
}

/// Prints the three lines of one batch size.
fn measure(texts: &Texts, batch: usize, folder: &Path) {
    let writes = Writes::default();
    let disk = Disk::interfered(Arc::new(writes.clone()));
    let journals = JournalStores::with_disk(folder, Clock::manual(texts.day_0), disk);
    let mut memory = Bot::new(texts, MemoryStores::new().create("bench", 1).unwrap());
    let mut journal = Bot::new(texts, journals.create("bench", 1).unwrap());
    let mut floor = Floor::new(folder);
    let (mut below, mut inside, mut above) = (Times::default(), Times::default(), Times::default());
    let rounds = FEWEST_TURNS.max(CALLBACKS / batch).div_ceil(ROUND);
    let mut bytes = 0;
    for _ in 0..rounds {
        for _ in 0..ROUND {
            memory.queue(batch);
            inside.add(|| memory.drain());
            memory.deliver();
        }
        let mut sizes = Vec::new();
        for _ in 0..ROUND {
            journal.queue(batch);
            writes.take();
            above.add(|| journal.drain());
            sizes.push(writes.take());
            journal.deliver();
        }
        for commits in &sizes {
            bytes += commits.iter().sum::<usize>();
            below.add(|| commits.iter().for_each(|size| floor.append(*size)));
        }
    }
    let callbacks = rounds * ROUND * batch;
    assert_eq!(memory.answered.load(Ordering::Relaxed), callbacks as u64, "answers of the store in memory");
    assert_eq!(journal.answered.load(Ordering::Relaxed), callbacks as u64, "answers of the journal");
    let floor_time = below.total();
    for (name, times) in
        [("append + fdatasync", below), ("turn, in memory", inside), ("turn, journal", above)]
    {
        let bytes = if name == "turn, in memory" { 0 } else { bytes };
        println!("{batch:>5}  {name:<18} {}", times.line(callbacks, floor_time, bytes));
    }
}

/// Who writes, and about whom.
struct Texts {
    rules: Arc<Config>,
    seed: Seed,
    lines: Vec<(Sender, String)>,
    day_0: DateTime<Utc>,
}

impl Texts {
    fn of_the_demo() -> Self {
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
        Self { rules: Arc::new(rules), seed, lines, day_0 }
    }

    /// The `n`th callback: a note that says something new.
    fn event(&self, n: u64) -> Event {
        let (from, customer) = &self.lines[n as usize % self.lines.len()];
        let text = format!("{customer}说方案可以，第 {n} 版报价要再看看，预算 {} 万", 20 + n % 80);
        let said = Said { from: from.clone(), content: Content::Text(text.into()) };
        Event { identity: Identity::of(&[b"bench", &n.to_be_bytes()]), what: What::Said(said) }
    }
}

fn sender(rules: &Config, member: &Member) -> Option<Sender> {
    let app = rules.apps.iter().find(|app| app.platform() == member.primary)?;
    let user = member.user_on(member.primary)?.into();
    Some(Sender { platform: member.primary, app: app.key.clone(), user, group: None, session: None })
}

/// An engine with the demo's customers and deals in it.
struct Bot<'a, S> {
    engine: Engine<S>,
    texts: &'a Texts,
    inbox: Inbox,
    now: DateTime<Utc>,
    sent: u64,
    answered: Arc<AtomicU64>,
    out: Vec<RowId>,
}

impl<'a, S: Store> Bot<'a, S> {
    fn new(texts: &'a Texts, opened: Opened<S>) -> Self {
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
    fn queue(&mut self, batch: usize) {
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
    fn deliver(&mut self) {
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
    fn drain(&mut self) {
        loop {
            self.now += TimeDelta::milliseconds(1);
            let turned = self.engine.turn(&mut self.inbox, self.now, &mut Looks(usize::MAX)).unwrap();
            if !turned.more {
                return;
            }
        }
    }
}

/// The sizes of the journal's appends; what laying out a segment writes is left out, as the floor's file is laid out too.
#[derive(Clone, Default)]
struct Writes(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    laying_out: bool,
    sizes: Vec<usize>,
}

impl Writes {
    fn take(&self) -> Vec<usize> {
        std::mem::take(&mut self.0.lock().unwrap().sizes)
    }
}

impl Interfere for Writes {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        let mut noted = self.0.lock().unwrap();
        match op {
            Op::Create => noted.laying_out = true,
            Op::Rename => noted.laying_out = false,
            Op::Write(size) if !noted.laying_out => noted.sizes.push(size),
            _ => {}
        }
        Meet::Pass
    }
}

/// A file of zeros, synced, into which is written from front to end, and again from the front.
struct Floor {
    file: File,
    at: u64,
}

impl Floor {
    fn new(folder: &Path) -> Self {
        let file = File::create(folder.join("floor")).unwrap();
        file.write_all_at(&vec![0; FLOOR_FILE as usize], 0).unwrap();
        file.sync_all().unwrap();
        Self { file, at: 0 }
    }

    fn append(&mut self, size: usize) {
        if self.at + size as u64 > FLOOR_FILE {
            self.at = 0;
        }
        self.file.write_all_at(&vec![b'7'; size], self.at).unwrap();
        self.file.sync_data().unwrap();
        self.at += size as u64;
    }
}

/// What the turns of one kind took.
#[derive(Default)]
struct Times {
    turns: Vec<Duration>,
    cpu: Duration,
}

impl Times {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    fn add(&mut self, act: impl FnOnce()) {
        let cpu = thread_cpu();
        let start = Instant::now();
        act();
        self.turns.push(start.elapsed());
        self.cpu += thread_cpu() - cpu;
    }

    fn total(&self) -> Duration {
        self.turns.iter().sum()
    }

    fn line(mut self, callbacks: usize, floor: Duration, bytes: usize) -> String {
        let total = self.total();
        self.turns.sort_unstable();
        let at = |share: usize| self.turns[self.turns.len() * share / 100].as_secs_f64() * 1e3;
        format!(
            "{:>11.0} {:>7.3} ms {:>7.3} ms {:>9.1} µs {:>8.2}× {:>10}",
            callbacks as f64 / total.as_secs_f64(),
            at(50),
            at(99),
            self.cpu.as_secs_f64() * 1e6 / callbacks as f64,
            total.as_secs_f64() / floor.as_secs_f64(),
            bytes / callbacks,
        )
    }
}

/// How long this thread has been on a processor.
fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}
