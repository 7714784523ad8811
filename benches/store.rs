//! What the store costs and bears, against the floor of appending the same bytes to a file and syncing it: a steady
//! minute at full speed with settling behind it, latency at a fixed rate, loading, memory, a backup and its restore,
//! a million overwrites, and reads beside full load. All in one run, so the ratios hold where the figures do not.
//!
//! `cargo bench --bench store [-- FOLDER] [--quick|--long] [--part NAME]`: quick takes seconds a part, long loads a million
//! deals too; the parts are steady, paced, reads, sizes and overwrites.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its table and fails loudly")]
#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

mod parts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use genjin::clock::Clock;
use genjin::engine::{self, Engine};
use genjin::state::Record;
use genjin::store::{
    Batch, Disk, Interfere, JournalStore, JournalStores, Key, Meet, Op, Options, Settling, Store, Stores,
};
use parts::{Bot, Floor, Texts, thread_cpu};

const WORKSPACE: &str = "bench";

/// The program's own.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What the store costs and bears; one run prints all of docs/performance.md's figures of it.
#[derive(Parser)]
struct Arguments {
    /// Where the stores of the bench lie, and so on which disk; the build's folder unless given.
    #[arg(default_value = env!("CARGO_TARGET_TMPDIR"))]
    folder: PathBuf,
    /// Seconds a part, in place of a minute.
    #[arg(long)]
    quick: bool,
    /// A million deals too.
    #[arg(long, conflicts_with = "quick")]
    long: bool,
    /// One part alone: steady, paced, reads, sizes or overwrites.
    #[arg(long)]
    part: Option<String>,
    /// Loads the store in the folder, and tells: a child of `sizes`.
    #[arg(long, hide = true)]
    loads: bool,
    /// What cargo gives to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    if arguments.loads {
        return load_and_tell(&arguments.folder);
    }
    let seconds = if arguments.quick { 5 } else { 60 };
    let texts = Texts::of_a_company(300, 5_000);
    let folder = || tempfile::tempdir_in(&arguments.folder).unwrap();
    let runs = |part: &str| arguments.part.as_deref().is_none_or(|only| only == part);
    if runs("steady") {
        for batch in [1, 16, 128] {
            steady(&texts, batch, Duration::from_secs(seconds), folder().path());
        }
    }
    if runs("paced") {
        paced(&texts, Duration::from_secs(seconds.min(20)), folder().path());
    }
    if runs("reads") {
        reads(&texts, Duration::from_secs(seconds.min(20)), folder().path());
    }
    if runs("sizes") {
        let demo = Texts { reps: 300, ..Texts::of_the_demo() };
        sizes(&demo, 50_000, folder().path());
        sizes(&demo, 100_000, folder().path());
        if arguments.long {
            sizes(&demo, 1_000_000, folder().path());
        }
    }
    if runs("overwrites") {
        overwrites(if arguments.quick { 100_000 } else { 1_000_000 }, folder().path());
    }
}

/// Counts the bytes that the journal appends.
#[derive(Clone, Default)]
struct Appended(Arc<Counting>);

#[derive(Default)]
struct Counting {
    laying_out: AtomicBool,
    bytes: AtomicU64,
}

impl Interfere for Appended {
    fn meet(&self, op: Op, path: &Path) -> Meet {
        let in_journal =
            path.to_str().is_some_and(|path| path.ends_with(".log") || path.ends_with(".log.new"));
        match op {
            Op::Create if in_journal => self.0.laying_out.store(true, Ordering::Relaxed),
            Op::Rename if in_journal => self.0.laying_out.store(false, Ordering::Relaxed),
            Op::Write(size) if in_journal && !self.0.laying_out.load(Ordering::Relaxed) => {
                self.0.bytes.fetch_add(size as u64, Ordering::Relaxed);
            }
            _ => {}
        }
        Meet::Pass
    }
}

/// Processor time of the whole process: the settler's and sled's threads too.
fn process_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// A minute of drains at full speed, settling behind them, each answered when durable; then the floor for as many drains
/// of as many bytes.
fn steady(texts: &Texts, batch: usize, length: Duration, folder: &Path) {
    println!("\nsteady: drains of {batch} callbacks, one after the other, for {} s", length.as_secs());
    let appended = Appended::default();
    let disk = Disk::interfered(Arc::new(appended.clone()));
    let stores = JournalStores::with_disk(folder, Clock::manual(texts.day_0), disk);
    let opened = stores.create(WORKSPACE, 1).unwrap();
    let keeper = opened.store.keeper();
    let mut bot = Bot::new(texts, opened);
    let (start, cpu) = (Instant::now(), process_cpu());
    let (mut turns, mut in_turns, mut bytes, mut shown) = (0u32, Duration::ZERO, 0, 0);
    let mut turn_cpu = Duration::ZERO;
    while start.elapsed() < length {
        bot.queue(batch);
        let before = appended.0.bytes.load(Ordering::Relaxed);
        let (turn, own) = (Instant::now(), thread_cpu());
        bot.drain();
        in_turns += turn.elapsed();
        turn_cpu += thread_cpu() - own;
        bytes += appended.0.bytes.load(Ordering::Relaxed) - before;
        turns += 1;
        bot.deliver();
        let tenth = start.elapsed().as_secs() / 10;
        if tenth > shown {
            shown = tenth;
            let settled = keeper.stats().unwrap().settled;
            println!("  after {:>3} s: {:>6.1} MB wait to be settled", tenth * 10, settled.debt as f64 / 1e6);
        }
    }
    let callbacks = turns as usize * batch;
    let all_cpu = process_cpu() - cpu;
    let debt = keeper.stats().unwrap().settled.debt;
    let drained = Instant::now();
    keeper.backup(&()).unwrap();
    let drained = drained.elapsed();
    assert_eq!(bot.answered.load(Ordering::Relaxed), callbacks as u64);
    let mut floor = Floor::new(folder);
    let size = (bytes / u64::from(turns)) as usize;
    let (begin, own) = (Instant::now(), thread_cpu());
    (0..turns).for_each(|_| floor.append(size));
    let (floor_time, floor_cpu) = (begin.elapsed(), thread_cpu() - own);
    let rate = |time: Duration| callbacks as f64 / time.as_secs_f64();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / callbacks as f64;
    println!("  turns    {:>8.0} callbacks/s, {:>6.1} µs CPU each", rate(in_turns), each(turn_cpu));
    println!("  floor    {:>8.0} callbacks/s, {:>6.1} µs CPU each", rate(floor_time), each(floor_cpu));
    println!(
        "  ratio    {:.2} of the floor; with outbox and settling {:.1} µs CPU each; {} bytes a callback",
        floor_time.as_secs_f64() / in_turns.as_secs_f64(),
        each(all_cpu),
        bytes / callbacks as u64,
    );
    println!(
        "  debt     {:.1} MB at the end; settled, backed up and proved in {drained:.1?}",
        debt as f64 / 1e6
    );
}

/// Callbacks at a fixed 500 a second, each timed from the instant at which it was to come.
fn paced(texts: &Texts, length: Duration, folder: &Path) {
    const GAP: Duration = Duration::from_millis(2);
    println!("\npaced: 500 callbacks a second for {} s, from arrival to answer", length.as_secs());
    let stores = JournalStores::new(folder, Clock::manual(texts.day_0));
    let mut bot = Bot::new(texts, stores.create(WORKSPACE, 1).unwrap());
    let mut floor = Floor::new(folder);
    let count = (length.as_millis() / GAP.as_millis()) as u32;
    let at_pace = |act: &mut dyn FnMut()| -> Vec<Duration> {
        let start = Instant::now();
        let mut times: Vec<Duration> = (0..count)
            .map(|n| {
                let due = start + GAP * n;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                act();
                due.elapsed()
            })
            .collect();
        times.sort_unstable();
        times
    };
    let ours = at_pace(&mut || {
        bot.queue(1);
        bot.drain();
    });
    let floors = at_pace(&mut || floor.append(3_000));
    let at = |times: &[Duration], share: usize| times[times.len() * share / 1000].as_secs_f64() * 1e3;
    for (name, times) in [("callback", &ours), ("floor", &floors)] {
        println!(
            "  {name:<9} p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
            at(times, 500),
            at(times, 990),
            at(times, 999)
        );
    }
    println!("  ratio     p99 {:.2}×", at(&ours, 990) / at(&floors, 990));
}

/// One-screen reads through the engine's handle while callbacks come as fast as they are answered.
fn reads(texts: &Texts, length: Duration, folder: &Path) {
    println!("\nreads beside full load for {} s", length.as_secs());
    let clock = Clock::running_from(texts.day_0);
    let stores = JournalStores::new(folder, clock.clone());
    stores.create(WORKSPACE, 1).unwrap();
    let open = Box::new(move || stores.open(WORKSPACE));
    let (handle, thread) = engine::thread::start(WORKSPACE, open, texts.rules.clone(), clock).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let seeded = genjin::event::What::Seeded(Box::new(texts.seed.clone()));
    let identity = genjin::event::Identity::of(&[b"seed"]);
    runtime.block_on(handle.submit(genjin::event::Event { identity, what: seeded })).unwrap();
    let (until, sent) = (Instant::now() + length, Arc::new(AtomicU64::new(0)));
    let answered = Arc::new(AtomicU64::new(0));
    for _ in 0..64 {
        let (handle, sent, answered) = (handle.clone(), sent.clone(), answered.clone());
        let lines = texts.lines.clone();
        runtime.spawn(async move {
            while Instant::now() < until {
                let event = parts::note(&lines, sent.fetch_add(1, Ordering::Relaxed));
                if handle.submit(event).await.is_ok() {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    let mut times = Vec::new();
    while Instant::now() < until {
        let begin = Instant::now();
        let deals = runtime.block_on(handle.read(|state, _| state.deals().count())).unwrap();
        assert!(deals > 0);
        times.push(begin.elapsed());
        std::thread::sleep(Duration::from_millis(5));
    }
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 1000].as_secs_f64() * 1e3;
    let rate = answered.load(Ordering::Relaxed) as f64 / length.as_secs_f64();
    println!(
        "  {rate:.0} callbacks/s beside; read p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms",
        at(500),
        at(990),
        at(999)
    );
    handle.stop();
    thread.join().unwrap();
}

/// Loads a store of `deals` deals in a process of its own, backs it up and restores it.
fn sizes(texts: &Texts, deals: u64, folder: &Path) {
    println!("\n{deals} deals, two to a customer, 300 reps");
    let stores = JournalStores::new(folder, Clock::manual(texts.day_0));
    let mut store = stores.create(WORKSPACE, 1).unwrap().store;
    let begin = Instant::now();
    (0..deals)
        .step_by(2_000)
        .for_each(|first| commit_deals(&mut store, texts, first..(first + 2_000).min(deals)));
    println!("  written    {:.2?}", begin.elapsed());
    let begin = Instant::now();
    let backup = store.keeper().backup(&()).unwrap();
    println!("  backed up  {:.2?} with its proof, {:.1} MB", begin.elapsed(), backup.bytes as f64 / 1e6);
    drop(store);
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--loads".as_ref(), folder.as_os_str()])
        .status()
        .unwrap();
    assert!(child.success());
    let begin = Instant::now();
    let mut file = std::fs::File::open(&backup.file).unwrap();
    let copy = JournalStores::new(folder.join("copy"), Clock::manual(texts.day_0));
    copy.import(WORKSPACE, &mut file, 2).unwrap();
    println!("  restored   {:.2?}", begin.elapsed());
}

/// Child: opens and loads, and tells how long it took and what memory it holds.
fn load_and_tell(folder: &Path) {
    let texts = Texts::of_a_company(300, 1);
    let close_after = Duration::from_secs(1);
    let settling = Settling { close_after, ..Settling::default() };
    let options = Options { settling, ..Options::default() };
    let stores = JournalStores::new(folder, Clock::manual(texts.day_0)).with_options(options);
    let before = memory("VmRSS");
    let begin = Instant::now();
    let opened = stores.open(WORKSPACE).unwrap();
    let (proved, opened_with) = (begin.elapsed(), memory("VmRSS"));
    let engine = Engine::load(opened, texts.rules.clone()).unwrap();
    let (loaded, loaded_with) = (begin.elapsed(), memory("VmRSS"));
    let deals = engine.state().deals().count();
    // The settled tree is closed once nobody needed it for a while, and ten seconds later its memory is given back.
    std::thread::sleep(close_after * 15);
    println!("  start      {loaded:.2?}, of it {proved:.2?} to open and prove; {deals} deals");
    println!(
        "  memory     {before:.0} MB, opened {opened_with:.0} MB, loaded {loaded_with:.0} MB, at rest {:.0} MB",
        memory("VmRSS")
    );
}

fn memory(of: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(of)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1e3
}

/// Commits some deals with their customers, once settling has room for them.
fn commit_deals(store: &mut JournalStore, texts: &Texts, which: std::ops::Range<u64>) {
    let keeper = store.keeper();
    while keeper.stats().unwrap().settled.debt > 32 << 20 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let records = which.clone().flat_map(|n| {
        let (customer, deal) = texts.deal(n);
        customer.map(Record::Customer).into_iter().chain([Record::Deal(deal)])
    });
    let pair = |record: Record| (Key(record.key().to_bytes()), Some(record.to_bytes()));
    let seq = store.head().seq + 1;
    let changes = records.map(pair).collect();
    let next_id = Texts::next_id(which.end);
    store.commit(&Batch { seq, time: texts.day_0, changes, identities: Vec::new(), next_id }).unwrap();
}

/// Overwrites ten thousand records again and again, and looks at the disk.
fn overwrites(times: u64, folder: &Path) {
    println!("\n{times} overwrites of 10,000 records of 300 bytes");
    let at = parts::DAY_0.parse().unwrap();
    let stores = JournalStores::new(folder, Clock::manual(at));
    let mut store = stores.create(WORKSPACE, 1).unwrap().store;
    let mut most = 0;
    for round in 0..times / 100 {
        let seq = store.head().seq + 1;
        let pair = |n: u64| (Key::record(b'd', (round * 7_919 + n * 97) % 10_000), Some(vec![b'7'; 300]));
        let changes = (0..100).map(pair).collect();
        store.commit(&Batch { seq, time: at, changes, identities: Vec::new(), next_id: 1 }).unwrap();
        if round % 500 == 0 {
            most = most.max(on_disk(folder));
        }
    }
    println!("  at most {:.0} MB on disk", most as f64 / 1e6);
    let keeper = store.keeper();
    keeper.backup(&()).unwrap();
    store
        .commit(&Batch {
            seq: store.head().seq + 1,
            time: at,
            changes: Vec::new(),
            identities: Vec::new(),
            next_id: 1,
        })
        .unwrap();
    keeper.backup(&()).unwrap();
    println!("  after two backups {:.0} MB", on_disk(folder) as f64 / 1e6);
}

fn on_disk(folder: &Path) -> u64 {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => bytes += meta.len(),
                // Segments and sled's files come and go.
                Err(_) => {}
            }
        }
    }
    bytes
}
