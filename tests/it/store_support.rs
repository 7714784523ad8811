//! What the store's tests share: batches that can be made again from their number alone, and a way to see everything
//! a store holds.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::store::{
    BackedUp, Batch, Disk, Head, JournalStore, JournalStores, Key, MemoryStores, Opened, Options, Order,
    Page, Refusal, Repair, Settling, Store, StoreError, Stores, Value,
};
use tempfile::TempDir;

/// The workspace of these tests.
pub const WORKSPACE: &str = "demo";
/// The epoch they give it.
pub const EPOCH: u64 = 0x5eed;

/// The day on which these tests begin.
pub fn morning() -> DateTime<Utc> {
    "2026-11-24T01:30:00Z".parse().unwrap()
}

/// A number that looks random and follows from `seed` alone (splitmix64).
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`th batch of the generator: new records, removed ones, overwritten ones, lines, identities, and now and then
/// a long value. It follows from `n` alone.
pub fn batch(n: u64) -> Batch {
    let records = |n: u64| (0..1 + mix(n) % 6).map(move |i| Key::record(b'd', n * 16 + i));
    let mut changes: Vec<_> = records(n).map(|key| (key, Some(value(n, 40 + mix(n + 1) % 200)))).collect();
    if n > 50 {
        changes.extend(records(n - 50).map(|key| (key, None)));
    }
    changes.extend((0..3).map(|i| (Key::record(b's', mix(n * 3 + i) % 40), Some(value(n + i, 90)))));
    changes.extend((0..2).map(|i| (Key::line(b'd', n % 7, n, i), Some(value(n, 120)))));
    if n.is_multiple_of(16) {
        changes.push((Key::record(b'm', n % 64), Some(value(n, 6_000))));
    }
    if n.is_multiple_of(97) {
        changes.push((Key::record(b'm', 97), Some(value(n, 700_000))));
    }
    let time = morning() + TimeDelta::minutes(n as i64);
    let identities = (0..2).map(|i| u128::from(mix(n * 2 + i)).to_be_bytes()).collect();
    Batch { seq: n, time, changes, identities, next_id: n * 16 + 16 }
}

/// A batch of given changes that follows `head`.
pub fn batch_after(head: &Head, changes: Vec<(Key, Option<Value>)>) -> Batch {
    let seq = head.seq + 1;
    let time = morning() + TimeDelta::minutes(seq as i64);
    Batch { seq, time, changes, identities: Vec::new(), next_id: head.next_id }
}

/// A JSON value of about `length` bytes.
pub fn value(n: u64, length: u64) -> Value {
    let noise = format!("{:016x}", mix(n));
    format!(r#"{{"v":1,"n":{n},"text":"{}"}}"#, noise.repeat(length as usize / 16 + 1)).into_bytes()
}

/// Options under which nothing is ever settled or backed up: all lies in the journal.
pub fn unsettled() -> Options {
    Options {
        settling: Settling { enabled: false, ..Settling::default() },
        upkeep: None,
        ..Options::default()
    }
}

/// Everything in a store: its head and every pair in key order.
pub fn content(store: &mut dyn Store) -> (Head, Vec<(Key, Value)>) {
    let all = Page { prefix: &[], after: None, order: Order::OldestFirst, limit: usize::MAX };
    (store.head().clone(), store.history(&all).unwrap())
}

/// What a store must hold: the generator's batches in memory, brought forward as asked.
pub struct Model {
    opened: Opened<<MemoryStores as Stores>::Store>,
}

impl Model {
    /// Nothing committed yet.
    pub fn new() -> Self {
        Self { opened: MemoryStores::new().create(WORKSPACE, EPOCH).unwrap() }
    }

    /// The content after commit `seq`, which is not before the one asked last.
    pub fn at(&mut self, seq: u64) -> (Head, Vec<(Key, Value)>) {
        let store = &mut self.opened.store;
        assert!(seq >= store.head().seq, "the model only goes forward");
        for n in store.head().seq + 1..=seq {
            store.commit(&batch(n)).unwrap();
        }
        content(store)
    }
}

/// What every sentence for the operator carries: something to do.
const CURES: [&str; 9] = [
    "put ",
    "restore",
    "start the newer",
    "give the",
    "take it out",
    "import",
    "make room",
    "make that disk writable",
    "stop that one",
];

/// Proves that a sentence for the operator says what to do.
#[track_caller]
pub fn assert_cure(sentence: &str) {
    assert!(CURES.iter().any(|cure| sentence.contains(cure)), "no cure in: {sentence}");
}

/// Options under which commits settle as they come and nothing happens by the clock.
pub fn settling() -> Options {
    Options { upkeep: None, ..Options::default() }
}

/// The files under a folder, by their paths in it.
pub type Files = Vec<(PathBuf, Vec<u8>)>;

/// Reads all files under a folder.
pub fn files_of(folder: &Path) -> Files {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                match fs::read(&path) {
                    // Under a running store files come and go; what went between the look and this is not there.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    read => files.push((path.strip_prefix(folder).unwrap().to_owned(), read.unwrap())),
                }
            }
        }
    }
    files.sort();
    files
}

/// Writes files under a folder.
pub fn put_files(folder: &Path, files: &[(PathBuf, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// A data folder with one workspace.
pub struct Place {
    folder: TempDir,
    /// How its stores behave.
    pub options: Options,
    /// Their clock.
    pub clock: Clock,
}

impl Place {
    /// Nothing in it yet.
    pub fn new(options: Options) -> Self {
        Self { folder: TempDir::new().unwrap(), options, clock: Clock::manual(morning()) }
    }

    /// With these files in the workspace.
    pub fn of(files: &[(PathBuf, Vec<u8>)]) -> Self {
        let place = Self::new(settling());
        put_files(&place.path(""), files);
        place
    }

    /// The stores here.
    pub fn stores(&self) -> JournalStores {
        self.on(Disk::default())
    }

    /// The stores here on a disk that a test interferes with.
    pub fn on(&self, disk: Disk) -> JournalStores {
        JournalStores::with_disk(self.folder.path(), self.clock.clone(), disk)
            .with_options(self.options.clone())
    }

    /// A path in the workspace's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(WORKSPACE).join(name)
    }

    /// Where segment `number` lies.
    pub fn segment(&self, number: u32) -> PathBuf {
        self.path(&format!("journal/{number:06}.log"))
    }

    /// The backups, oldest first.
    pub fn backups(&self) -> Vec<PathBuf> {
        files_of(&self.path("backup")).into_iter().map(|(name, _)| self.path("backup").join(name)).collect()
    }

    /// Opens the workspace.
    pub fn open(&self) -> Result<Opened<JournalStore>, StoreError> {
        self.stores().open(WORKSPACE)
    }

    /// Opens the workspace, or makes it.
    pub fn opened(&self) -> Opened<JournalStore> {
        match self.open() {
            Err(StoreError::Missing(_)) => self.stores().create(WORKSPACE, EPOCH).unwrap(),
            other => other.unwrap(),
        }
    }

    /// Commits the generator's batches up to `upto`, and closes cleanly.
    pub fn grow(&self, upto: u64) -> &Self {
        let mut store = self.opened().store;
        grow(&mut store, upto);
        self
    }

    /// The settled tree by itself, to be spoilt. A process that another test is just starting holds what this one had
    /// open for a moment, so it may take a while.
    pub fn tree(&self) -> sled::Db {
        let mut db = None;
        until("sled's lock is free", || {
            db = sled::open(self.path("state")).ok();
            db.is_some()
        });
        db.unwrap()
    }

    /// Makes a backup.
    pub fn back_up(&self) -> BackedUp {
        self.opened().store.keeper().backup(&()).unwrap()
    }

    /// Opens it, proves that its content is that of commit `seq` and that it goes on, and gives what was mended.
    #[track_caller]
    pub fn whole(&self, seq: u64) -> Option<Repair> {
        let mut opened = self.open().unwrap_or_else(|error| panic!("{error}"));
        assert!(
            content(&mut opened.store) == Model::new().at(seq),
            "the content is not that of commit {seq}"
        );
        assert_eq!(opened.store.check().unwrap().problems, [""; 0]);
        opened.store.commit(&batch(seq + 1)).unwrap();
        opened.repaired
    }

    /// Proves that it stays shut, changes nothing, and says what to do; gives why.
    #[track_caller]
    pub fn refusal(&self) -> Refusal {
        let before = self.promised_files();
        let error = self.open().map(|opened| opened.head).unwrap_err();
        assert_cure(&error.to_string());
        assert!(self.promised_files() == before, "a refusal changes no file");
        match error {
            StoreError::Shut(refusal) => refusal,
            other => panic!("{other}"),
        }
    }

    /// Journal and backups: what nothing but a decision may change.
    fn promised_files(&self) -> [Files; 2] {
        ["journal", "backup"].map(|dir| files_of(&self.path(dir)))
    }
}

/// Commits the generator's batches up to `upto`.
pub fn grow(store: &mut dyn Store, upto: u64) {
    (store.head().seq + 1..=upto).for_each(|n| store.commit(&batch(n)).unwrap());
}

/// Waits for what other threads do, with bounded patience.
#[expect(clippy::disallowed_methods, reason = "patience with a thread is real time, and bounded")]
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < std::time::Duration::from_secs(180), "not yet: {what}");
        // A look that never rests would keep the threads that it waits for from a processor.
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
