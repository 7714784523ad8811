//! What a callback costs from its decided event to its answer: whole engine turns on the store in memory and on the
//! journal, beside the floor of appending the journal's own bytes to a file laid out before and syncing it.
//!
//! All three run in turns in one process on one disk and one state, the demo's, so the ratios hold where the figures do
//! not. A callback counts when it was answered. Verifying, parsing and rendering lie outside of a turn; the outbox takes
//! its rows between the turns, untimed, as it would otherwise leave them to grow without end.
//!
//! `cargo bench --bench callbacks [-- FOLDER]` prints one table; the folder (default: the build's) chooses the disk.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its table and fails loudly")]

mod parts;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use genjin::clock::Clock;
use genjin::store::{Disk, Interfere, JournalStores, Meet, MemoryStores, Op, Stores};
use parts::{Bot, Floor, Texts, thread_cpu};

/// Callbacks in each line of the table, about.
const CALLBACKS: usize = 4_000;
/// A line has at least so many turns; they run in rounds of ten, so that all three see the same moments of the disk.
const FEWEST_TURNS: usize = 60;
const ROUND: usize = 10;

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
