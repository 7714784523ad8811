//! How near the journal's commit comes to the floor: appending the same bytes to a file laid out before and syncing it.
//! Both run in turns in the same process on the same disk, since an fdatasync differs from machine to machine.
//!
//! `cargo bench --bench floor [-- FOLDER]` prints one table; the folder (default: the build's) chooses the disk.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its table and fails loudly")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use genjin::clock::Clock;
use genjin::store::{Batch, JournalStore, JournalStores, Key, Store, Stores};

const ROUNDS: usize = 20;
const COMMITS_A_ROUND: u64 = 25;
const VALUE: usize = 300;
const FLOOR_FILE: usize = 64 << 20;

fn main() {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let dir = named.next().unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").to_owned());
    println!(
        "one writer, every commit durable before the next; values of {VALUE} bytes, half of them overwrites"
    );
    println!("{:>8} {:>22} {:>22} {:>7}", "changes", "append + fdatasync", "journal commit", "ratio");
    for changes in [1, 16, 128] {
        let folder = tempfile::tempdir_in(&dir).unwrap();
        let mut floor = Floor::new(&folder);
        let at: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let mut store =
            JournalStores::new(folder.path(), Clock::manual(at)).create("bench", 1).unwrap().store;
        let (mut below, mut above) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            below.extend(timed(|| floor.append(changes)));
            above.extend(timed(|| commit(&mut store, changes, at)));
        }
        let (below, above) = (Times::of(below), Times::of(above));
        let ratio = above.total.as_secs_f64() / below.total.as_secs_f64();
        println!("{changes:>8} {:>22} {:>22} {ratio:>6.2}×", below.to_string(), above.to_string());
    }
}

/// A file of zeros, synced, into which is written from front to end.
struct Floor {
    file: File,
    at: u64,
}

impl Floor {
    fn new(folder: &tempfile::TempDir) -> Self {
        let file = File::create(folder.path().join("floor")).unwrap();
        file.write_all_at(&vec![0; FLOOR_FILE], 0).unwrap();
        file.sync_all().unwrap();
        Self { file, at: 0 }
    }

    fn append(&mut self, changes: u64) {
        let bytes = vec![b'7'; 120 + changes as usize * (VALUE + 15)];
        self.file.write_all_at(&bytes, self.at).unwrap();
        self.file.sync_data().unwrap();
        self.at += bytes.len() as u64;
        assert!(self.at < FLOOR_FILE as u64, "the floor file is too small");
    }
}

fn commit(store: &mut JournalStore, changes: u64, time: DateTime<Utc>) {
    let seq = store.head().seq + 1;
    let pair = |n: u64| {
        let id = if n.is_multiple_of(2) { n % 1_000 } else { seq * 1_000 + n };
        (Key::record(b'd', id), Some(vec![b'7'; VALUE]))
    };
    let changes = (seq..seq + changes).map(pair).collect();
    store.commit(&Batch { seq, time, changes, identities: Vec::new(), next_id: seq }).unwrap();
}

/// The time of each call of a round.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn timed(mut act: impl FnMut()) -> Vec<Duration> {
    let one = |_| {
        let start = Instant::now();
        act();
        start.elapsed()
    };
    (0..COMMITS_A_ROUND).map(one).collect()
}

struct Times {
    median: Duration,
    worst_of_hundred: Duration,
    total: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: usize| times[times.len() * share / 100];
        Self { median: at(50), worst_of_hundred: at(99), total: times.iter().sum() }
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        write!(f, "{:.2} ms, p99 {:.2}", ms(self.median), ms(self.worst_of_hundred))
    }
}
